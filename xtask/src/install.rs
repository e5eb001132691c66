//! `cargo xtask install`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};

use crate::{bundle, setup::Ask};

/// Bundles and copies the bundles to the user's plugin folders.
///
/// # Errors
/// What doesn't compile or can't be copied.
pub fn run(ask: Ask) -> Result<ExitCode> {
    let bundles = bundle::run(ask)?.bundles;
    for (kind, folder) in folders()? {
        let name = format!("videoTracker.{kind}");
        let to = folder.join(&name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        replace(&bundles.join(&name), &to)?;
        println!("installed {}", to.display());
    }
    println!(
        "\nNow let your DAW scan its plugins; videoTracker is an instrument by videoTracker. It sounds as soon as the transport plays."
    );
    Ok(ExitCode::SUCCESS)
}

/// The user's folder for each kind of plugin, from the formats' own rules.
fn folders() -> Result<[(&'static str, PathBuf); 2]> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).with_context(|| format!("${name} is not set"));
    Ok(if cfg!(target_os = "macos") {
        let plugins = variable("HOME")?.join("Library/Audio/Plug-Ins");
        [("clap", plugins.join("CLAP")), ("vst3", plugins.join("VST3"))]
    } else if cfg!(windows) {
        let common = variable("LOCALAPPDATA")?.join("Programs/Common");
        [("clap", common.join("CLAP")), ("vst3", common.join("VST3"))]
    } else {
        let home = variable("HOME")?;
        [("clap", home.join(".clap")), ("vst3", home.join(".vst3"))]
    })
}

/// Puts a file or folder in the place of another. The old one is moved aside first, so that a host that has it open
/// keeps it, and comes back if the copy fails.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let aside = to.with_extension("old");
    let context = || format!("cannot replace {}", to.display());
    remove(&aside).with_context(context)?;
    let had_one = to.exists();
    if had_one {
        fs::rename(to, &aside).with_context(context)?;
    }
    if let Err(error) = copy(from, to) {
        let _ = remove(to);
        if had_one {
            fs::rename(&aside, to).with_context(context)?;
        }
        return Err(error);
    }
    // On Windows the old one can't go while a host holds it; the next install removes it.
    let _ = remove(&aside);
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let context = || format!("cannot copy {} to {}", from.display(), to.display());
    if !from.exists() {
        bail!("{} is not there", from.display());
    }
    if from.is_dir() {
        fs::create_dir_all(to).with_context(context)?;
        for entry in fs::read_dir(from).with_context(context)? {
            let entry = entry.with_context(context)?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).map(|_| ()).with_context(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_replaces_the_old_one_and_leaves_no_crumbs() {
        let folder = std::env::temp_dir().join(format!("videotracker-install-{}", std::process::id()));
        let (from, to) = (folder.join("new/a.vst3"), folder.join("user/a.vst3"));
        for (path, content) in [(from.join("Contents/a.so"), "new"), (to.join("Contents/a.so"), "old"), (to.join("Contents/gone"), "old")] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        replace(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("Contents/a.so")).unwrap(), "new");
        assert!(!to.join("Contents/gone").exists() && !to.with_extension("old").exists());
        assert!(replace(&folder.join("nothing"), &to).is_err());
        assert!(to.join("Contents/a.so").exists(), "a failed copy brings the old one back");
        fs::remove_dir_all(&folder).unwrap();
    }
}
