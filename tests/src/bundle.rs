//! Where the plugin under test lies; builds it on demand.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, bail};

/// The plugin's two bundles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundles {
    /// The `.clap`.
    pub clap: PathBuf,
    /// The `.vst3`.
    pub vst3: PathBuf,
}

impl Bundles {
    /// The bundles in a folder, as `cargo xtask bundle` leaves them.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { clap: folder.join("videoTracker.clap"), vst3: folder.join("videoTracker.vst3") }
    }
}

/// The workspace's root.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The bundles under test: those in the folder that `$VIDEOTRACKER_BUNDLES` names, else ones made from the debug build,
/// which aborts when `process` allocates. Made once for each test process.
///
/// # Panics
/// If the plugin isn't built: then there is nothing to test.
#[must_use]
pub fn bundles() -> &'static Bundles {
    static BUNDLES: OnceLock<Bundles> = OnceLock::new();
    BUNDLES.get_or_init(|| match std::env::var_os("VIDEOTRACKER_BUNDLES") {
        Some(folder) => Bundles::in_folder(Path::new(&folder)),
        None => debug_bundles().unwrap_or_else(|error| panic!("cannot bundle the plugin under test: {error:#}")),
    })
}

/// The `videotracker` program: `$VIDEOTRACKER_BIN` where set, else its debug build.
///
/// # Panics
/// If it can't be built: then there is nothing to test.
#[must_use]
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os("VIDEOTRACKER_BIN") {
        Some(path) => path.into(),
        None => build_program().unwrap_or_else(|error| panic!("cannot build videotracker: {error:#}")),
    })
}

/// Lays the debug build of the plugin out as bundles. Cargo makes it whenever it makes this package's tests, which depend
/// on the plugin, and leaves it beside them.
///
/// # Errors
/// The file system's, or that the library isn't there.
pub fn debug_bundles() -> Result<Bundles> {
    let built = built()?;
    let library = built.join("deps").join(format!("{}videotracker{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    let bundles = Bundles::in_folder(&built.join("bundled"));
    let (clap, vst3) = if cfg!(target_os = "macos") {
        (bundles.clap.join("Contents/MacOS/videoTracker"), bundles.vst3.join("Contents/MacOS/videoTracker"))
    } else if cfg!(windows) {
        (bundles.clap.clone(), bundles.vst3.join("Contents/x86_64-win/videoTracker.vst3"))
    } else {
        (bundles.clap.clone(), bundles.vst3.join(format!("Contents/{}-linux/videoTracker.so", std::env::consts::ARCH)))
    };
    place(&library, &clap)?;
    place(&library, &vst3)?;
    Ok(bundles)
}

/// Cargo's folder of debug builds: the one this test lies in.
fn built() -> Result<PathBuf> {
    let test = std::env::current_exe().context("the test has no path")?;
    let deps = test.ancestors().find(|folder| folder.ends_with("deps"));
    let built = deps.and_then(Path::parent).or_else(|| test.parent());
    Ok(built.context("the test lies in no folder")?.to_owned())
}

/// Builds the program; gives its path.
fn build_program() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "videotracker", "--bin", "videotracker"]);
    let status = cargo.current_dir(workspace()).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("cargo build --package videotracker failed");
    }
    Ok(built()?.join(format!("videotracker{}", std::env::consts::EXE_SUFFIX)))
}

/// Copies through a name of its own, so that a process that has the old file mapped keeps it and no other process
/// ever sees half a file.
fn place(from: &Path, to: &Path) -> Result<()> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let content = read(from)?;
    if std::fs::read(to).is_ok_and(|old| old == content) {
        return Ok(());
    }
    std::fs::create_dir_all(to.parent().context("a bundle has a folder")?)?;
    let part = to.with_extension(format!("part{}", std::process::id()));
    std::fs::write(&part, content)?;
    std::fs::rename(&part, to).with_context(|| format!("cannot place {}", to.display()))
}
