//! The Lua reference in `docs/` is what the tables say.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use videotracker_engine::{module::MODULES, script::reference};

#[test]
fn the_reference_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lua.md");
    let wanted = reference::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == wanted,
        "docs/lua.md differs from the tables; UPDATE_DOCS=1 cargo test -p videotracker-engine --test engine script_reference writes it"
    );
}

#[test]
fn the_reference_names_every_module_and_parameter() {
    let text = reference::markdown();
    for kind in MODULES {
        assert!(text.contains(&format!("### {}", kind.name)), "{}", kind.name);
        for spec in kind.params {
            assert!(text.contains(&format!("| `{}` |", spec.name)), "{}.{}", kind.name, spec.name);
        }
    }
}
