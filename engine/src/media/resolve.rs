//! Where a path, as written in a session, may lie.

use std::path::{Component, Path, PathBuf};

use super::factory;

/// The places where a medium may lie, in order: for a relative path, each root; for an absolute one, itself.
///
/// A path that begins with `~/` lies in the user's own folder.
///
/// Asks no disk, and says nothing of whether a place may be opened: that is [`crate::trust`]'s business. Links inside the roots
/// are followed. `factory:` names are always themselves.
#[must_use]
pub fn resolve(written: &str, roots: &[PathBuf]) -> Vec<PathBuf> {
    let path = Path::new(written);
    if factory::is_factory(path) {
        return vec![path.to_owned()];
    }
    if let Some(home) = written.strip_prefix('~').and_then(|rest| rest.strip_prefix(['/', '\\'])).and_then(|rest| Some(home()?.join(rest)))
    {
        return vec![home];
    }
    let anchored = path.components().any(|c| matches!(c, Component::Prefix(_) | Component::RootDir));
    if written.is_empty() {
        return Vec::new();
    }
    if anchored { vec![path.to_owned()] } else { roots.iter().map(|root| root.join(path)).collect() }
}

/// The user's own folder.
fn home() -> Option<PathBuf> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(variable).map(PathBuf::from).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_lie_below_each_root() {
        let roots = [PathBuf::from("a"), PathBuf::from("b")];
        for (written, places) in [
            ("kick.wav", vec!["a/kick.wav", "b/kick.wav"]),
            ("x/kick.wav", vec!["a/x/kick.wav", "b/x/kick.wav"]),
            ("../kick.wav", vec!["a/../kick.wav", "b/../kick.wav"]),
            ("/etc/passwd", vec!["/etc/passwd"]),
            ("factory:kick|red", vec!["factory:kick|red"]),
            ("", vec![]),
        ] {
            let places: Vec<PathBuf> = places.into_iter().map(PathBuf::from).collect();
            assert_eq!(resolve(written, &roots), places, "{written}");
        }
        if let Some(home) = home() {
            assert_eq!(resolve("~/x/kick.wav", &roots), [home.join("x/kick.wav")]);
        }
        assert_eq!(resolve("~kick.wav", &roots), [PathBuf::from("a/~kick.wav"), PathBuf::from("b/~kick.wav")]);
    }
}
