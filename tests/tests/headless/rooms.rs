//! The rooms of ARCHITECTURE.md keep to themselves: a room imports only what its row names.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::path::{Path, PathBuf};

/// A room of the engine, whom it may import whole, and which single values it may use of others.
struct Room {
    folder: &'static str,
    rooms: &'static [&'static str],
    values: &'static [&'static str],
    /// Parts of the outside world that have no business there.
    never: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        folder: "audio",
        rooms: &["audio", "signal", "time", "pattern", "module", "plan", "view"],
        values: &["name::Name", "command::TransportAction"],
        never: &["mlua", "symphonia", "std::fs", "std::io", "std::net", "std::process", "Mutex", "RwLock", "println!", "eprintln!"],
    },
    Room {
        folder: "signal",
        rooms: &["signal", "dsp", "time", "view"],
        values: &["name::Name"],
        never: &["mlua", "symphonia", "std::fs", "std::io", "std::net", "std::process", "Mutex", "RwLock", "println!", "eprintln!"],
    },
    Room { folder: "dsp", rooms: &[], values: &[], never: &["std::fs", "std::io", "Mutex", "RwLock", "println!", "eprintln!"] },
    Room {
        folder: "script",
        rooms: &[
            "script",
            "command",
            "snapshot",
            "text",
            "transaction",
            "project",
            "pattern",
            "module",
            "shader",
            "media",
            "name",
            "time",
            "engine",
            "view",
        ],
        values: &[],
        never: &["rtrb", "std::fs", "std::net", "std::process"],
    },
];

/// Rust files below a folder, test files aside.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

/// The code without comments and without its tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end].lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every path that begins with `crate::`, use trees expanded: `crate::{a, b::{c, d}}` gives `a`, `b::c`, `b::d`.
fn imports(code: &str) -> Vec<String> {
    code.match_indices("crate::").flat_map(|(place, word)| tree(&code[place + word.len()..]).0).collect()
}

/// Expands the use tree that `text` begins with; also how long it is.
fn tree(text: &str) -> (Vec<String>, usize) {
    if let Some(inside) = text.strip_prefix('{') {
        let (mut paths, mut place) = (Vec::new(), 0);
        loop {
            place += inside[place..].find(|letter: char| !letter.is_whitespace() && letter != ',').unwrap_or(inside.len() - place);
            if inside[place..].starts_with('}') || place == inside.len() {
                return (paths, place + 2);
            }
            let (branch, length) = tree(&inside[place..]);
            paths.extend(branch);
            place += length.max(1);
        }
    }
    let name = text.len() - text.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_').len();
    match text[name..].strip_prefix("::") {
        Some(rest) => {
            let (branch, length) = tree(rest);
            (branch.into_iter().map(|path| format!("{}::{path}", &text[..name])).collect(), name + 2 + length)
        }
        None => (vec![text[..name].to_owned()], name),
    }
}

#[test]
fn use_trees_are_expanded() {
    let code = "use crate::{time::Ratio, plan::{Plan, slot::{A, B}},\n view};\nlet x = crate::name::Name::new();";
    assert_eq!(imports(code), ["time::Ratio", "plan::Plan", "plan::slot::A", "plan::slot::B", "view", "name::Name::new"]);
}

#[test]
fn no_room_reaches_into_one_that_its_row_does_not_name() {
    let engine = videotracker_tests::bundle::workspace().join("engine/src");
    let mut wrong = Vec::new();
    for room in ROOMS {
        let mut files = sources(&engine.join(room.folder));
        files.extend([engine.join(format!("{}.rs", room.folder))].into_iter().filter(|file| file.exists()));
        assert!(!files.is_empty(), "the room {} is gone", room.folder);
        for file in files {
            let code = code(&std::fs::read_to_string(&file).unwrap());
            let name = file.strip_prefix(&engine).unwrap().display().to_string();
            for path in imports(&code) {
                let first = path.split("::").next().unwrap_or_default();
                let is_value = room.values.iter().any(|value| path == *value || path.starts_with(&format!("{value}::")));
                if !room.rooms.contains(&first) && !is_value {
                    wrong.push(format!("{name} uses crate::{path}"));
                }
            }
            let strange = room.never.iter().filter(|word| code.contains(**word));
            wrong.extend(strange.map(|word| format!("{name} uses {word}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
