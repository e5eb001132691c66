//! Where a path, as written in a session, may lie.

use std::path::{Component, Path, PathBuf};

use super::factory;

/// The places where a medium may lie, in order: for a relative path, each root; for an absolute one, itself.
///
/// What a user's own run names may be absolute and may climb with `..` (`allow_absolute`). What a loaded state names may
/// not: it comes from a stranger, and stays below the roots, so the answer is empty for such paths. Links inside the
/// roots are followed. `factory:` names are always allowed.
#[must_use]
pub fn resolve(written: &str, roots: &[PathBuf], allow_absolute: bool) -> Vec<PathBuf> {
    let path = Path::new(written);
    if factory::is_factory(path) {
        return vec![path.to_owned()];
    }
    let anchored = path.components().any(|c| matches!(c, Component::Prefix(_) | Component::RootDir));
    let climbs = path.components().any(|c| c == Component::ParentDir);
    if written.is_empty() || !allow_absolute && (anchored || climbs) {
        return Vec::new();
    }
    if anchored { vec![path.to_owned()] } else { roots.iter().map(|root| root.join(path)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loaded_state_stays_below_the_roots() {
        let roots = [PathBuf::from("a"), PathBuf::from("b")];
        for (written, own, loaded) in [
            ("kick.wav", vec!["a/kick.wav", "b/kick.wav"], vec!["a/kick.wav", "b/kick.wav"]),
            ("x/kick.wav", vec!["a/x/kick.wav", "b/x/kick.wav"], vec!["a/x/kick.wav", "b/x/kick.wav"]),
            ("../kick.wav", vec!["a/../kick.wav", "b/../kick.wav"], vec![]),
            ("x/../../kick.wav", vec!["a/x/../../kick.wav", "b/x/../../kick.wav"], vec![]),
            ("/etc/passwd", vec!["/etc/passwd"], vec![]),
            ("factory:kick|red", vec!["factory:kick|red"], vec!["factory:kick|red"]),
            ("", vec![], vec![]),
        ] {
            let paths = |texts: Vec<&str>| texts.into_iter().map(PathBuf::from).collect::<Vec<_>>();
            assert_eq!(resolve(written, &roots, true), paths(own), "own {written}");
            assert_eq!(resolve(written, &roots, false), paths(loaded), "loaded {written}");
        }
    }
}
