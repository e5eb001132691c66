//! Every room of ARCHITECTURE.md depends downwards only, and the table there says what this test sees.
//!
//! A room is a folder or a file of `engine/src` or `plugin/src`. [`ROOMS`] lists them from the lowest up; a room may use those that
//! stand before it in the list, so that there are no circles. Which of them it does use is read from its source.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use videotracker_tests::bundle::workspace;

/// A room, what lives there, and words of the outside world that have no business in it.
struct Room {
    /// Path without its ending: `engine/src/time` is the file `time.rs` and the folder `time/`.
    path: &'static str,
    holds: &'static str,
    never: &'static [&'static str],
}

const fn room(path: &'static str, holds: &'static str) -> Room {
    Room { path, holds, never: &[] }
}

impl Room {
    const fn without(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }
}

/// What the audio thread must not do, as words in the source of what it runs.
const REAL_TIME: &[&str] =
    &["mlua", "symphonia", "std::fs", "std::io", "std::net", "std::process", "Mutex", "RwLock", "println!", "eprintln!"];

/// From the lowest room up. The last one of the plugin is whatever no other room of it holds.
const ROOMS: &[Room] = &[
    room("engine/src/files", "opening files"),
    room("engine/src/user", "where the user's own files lie"),
    room("engine/src/panics", "what a panic says"),
    room("engine/src/text", "counts in messages"),
    room("engine/src/name", "names, and the nearest of several"),
    room("engine/src/presets", "the scripts that come with the instrument"),
    room("engine/src/time", "exact fractions, tempo, the frame of a beat"),
    room("engine/src/dsp", "arithmetic of effects, LFOs and envelopes: samples and numbers, no session and no graph").without(&[
        "std::fs", "std::io", "Mutex", "RwLock", "println!", "eprintln!",
    ]),
    room("engine/src/param", "parameters: names, kinds, ranges, values, and how samples are cut"),
    room("engine/src/trust", "what a person trusts on this machine, and its file"),
    room(
        "engine/src/signal",
        "what travels through the graph: sound, events with their control maps, numbers on the grid of 32 song frames, MIDI; the contract of processors (`Node`, `Io`); what they show of themselves",
    )
    .without(REAL_TIME),
    room("engine/src/view", "what the audio thread shows to views, and what scopes heard"),
    room("engine/src/pattern/cycle", "the pattern language: mini-notation, combinators, exact time"),
    room(
        "engine/src/pattern",
        "tracker patterns, chains, cycle patterns' sources (`score`), compiled programs, each into the other (`tracked`, `steps`), given cycles (`given`)",
    ),
    room("engine/src/media", "decoding, HAP, factory media, previews, background library; `import`: foreign media to HAP and WAV"),
    room("engine/src/shader", "built-in, WGSL and ISF shaders: parameters, validated modules, the files that change"),
    room("engine/src/module", "one file or folder for each module: parameters, description, processor; what several share (`samples`, `picture`, `role`); instances as plain values"),
    room("engine/src/translate", "tunes of Strudel (JavaScript, read and never run) as Lua"),
    room("engine/src/command", "the one way in: what can be changed, as values"),
    room(
        "engine/src/project",
        "the session as values; `apply` (every check), `resolve` (patterns that name others), `rebuild` (what came from outside)",
    ),
    room("engine/src/transaction", "a private copy of the session, with the commands that changed it"),
    room("engine/src/session", "the session a fresh instance begins with"),
    room("engine/src/snapshot", "the session as others may look at it"),
    room("engine/src/plan", "`Project` → preallocated `Plan`"),
    room("engine/src/needs", "modules that a run needs and nobody declared"),
    room("engine/src/review", "what plays otherwise than it reads, and the lines that a run wrote"),
    room(
        "engine/src/audio",
        "the audio thread: clock, scheduler, processor and its stack, the graph's order (`graph`), the host's side (`host`), queues, views",
    )
    .without(REAL_TIME),
    room("engine/src/control", "the Controller, what media, onsets, shaders and patterns need of it; never calls the Processor"),
    room("engine/src/script", "VM, sandbox, bindings (tables), console, generator").without(&["rtrb", "std::fs", "std::net", "std::process"]),
    room("engine/src/engine", "the instance: Controller, its thread, readers, cycles worked out"),
    room("plugin/src/failure", "what becomes of a panic"),
    room("plugin/src/video", "scenes, wgpu renderer, window, recorder"),
    room("plugin/src/editor", "egui, one file for each panel"),
    room("plugin/src/cli", "the `videotracker` program"),
    room(PLUGIN, "host glue: parameters, transport, MIDI, state, unsaved texts, the entries of both formats"),
];

/// The room of what hosts see. It stands last because it may use every other; the editor alone uses it in turn.
const PLUGIN: &str = "plugin/src";

/// Uses of a later room, each with the reason why it has to be.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("plugin/src/editor", PLUGIN, "a panel is handed the instance it belongs to, and `lib.rs` names the editor as the plugin's window")];

/// A file's place in its crate: the crate's folder, then its modules.
type ModulePath = Vec<String>;

/// Rust files below a folder, those of tests aside.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            // Tests of a module may fill a folder.
            found.extend(if name == "tests" { Vec::new() } else { sources(&path) });
        } else if name.ends_with(".rs") && !name.starts_with("tests") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code without comments and without its tests, which stand last in a file.
fn code(text: &str) -> String {
    let end = text.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let mut next = text[at + mark.len()..].lines().skip(1).skip_while(|line| line.trim().starts_with("#["));
        next.next().is_some_and(|line| line.trim_start().starts_with("mod ") && line.ends_with('{'))
    });
    let text = &text[..end.map_or(text.len(), |(at, _)| at)];
    let text = text.replace("#[cfg(test)]\nmod ", "#[cfg(test)] mod ");
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The module that a file holds: `engine/src/audio/clock.rs` is `["engine/src", "audio", "clock"]`.
fn module_of(crate_root: &str, file: &Path) -> ModulePath {
    let inside = file.strip_prefix(workspace().join(crate_root)).unwrap().with_extension("");
    let mut path: ModulePath = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        path.pop();
    }
    path.insert(0, crate_root.to_owned());
    path
}

/// Every path in `code`, the source of `module`, that names its crate, the engine or a module above, from the crate on and with use
/// trees expanded.
fn uses(module: &[String], code: &str) -> BTreeSet<ModulePath> {
    let mut found = BTreeSet::new();
    let is_begin = |at: usize| code[..at].chars().next_back().is_none_or(|before| !(before.is_alphanumeric() || "_:".contains(before)));
    let mut add = |base: &[String], at: usize| {
        // A module within a file of the root names what that file holds, not the root's.
        let is_of_the_file = |branch: &String| base.len() == 1 && code[..at].ends_with("super::") && branch.starts_with(char::is_uppercase);
        for branch in tree(&code[at..]).0.into_iter().filter(|branch| !is_of_the_file(branch)) {
            let parts = branch.split("::").map(str::to_owned);
            found.insert(base.iter().cloned().chain(parts).collect());
        }
    };
    for (word, base) in [("crate::", &module[0]), ("videotracker_engine::", &"engine/src".to_owned())] {
        code.match_indices(word).filter(|(at, _)| is_begin(*at)).for_each(|(at, _)| add(std::slice::from_ref(base), at + word.len()));
    }
    for (at, _) in code.match_indices("super::").filter(|(at, _)| is_begin(*at)) {
        let (mut end, mut up) = (at, 0);
        while code[end..].starts_with("super::") {
            (end, up) = (end + "super::".len(), up + 1);
        }
        // Modules within a file may name what lies outside of them with fewer steps than there are modules above it.
        add(&module[..module.len().saturating_sub(up).max(1)], end);
    }
    found
}

/// Expands the use tree that `text` begins with: `{a, b::{c, d}}` is `a`, `b::c`, `b::d`; also how long it is.
fn tree(text: &str) -> (Vec<String>, usize) {
    if let Some(inside) = text.strip_prefix('{') {
        let (mut paths, mut at) = (Vec::new(), 0);
        loop {
            at += inside[at..].find(|letter: char| !letter.is_whitespace() && letter != ',').unwrap_or(inside.len() - at);
            if inside[at..].starts_with('}') || at == inside.len() {
                return (paths, at + 2);
            }
            let (branch, length) = tree(&inside[at..]);
            paths.extend(branch);
            at += length.max(1);
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

/// The index of the room that a module path leads into: the one with the longest path.
fn room_of(path: &[String]) -> Option<usize> {
    let path = path.join("/");
    let holds = |room: &&(usize, &Room)| path == room.1.path || path.starts_with(&format!("{}/", room.1.path));
    ROOMS.iter().enumerate().collect::<Vec<_>>().iter().filter(holds).max_by_key(|(_, room)| room.path.len()).map(|(index, _)| *index)
}

/// A use of one room by another.
struct Use {
    file: PathBuf,
    from: usize,
    to: usize,
    path: String,
}

/// Every file of both crates, its module, and its code.
fn files() -> Vec<(PathBuf, ModulePath, String)> {
    let mut all = Vec::new();
    for root in ["engine/src", "plugin/src"] {
        for file in sources(&workspace().join(root)) {
            let module = module_of(root, &file);
            let code = code(&std::fs::read_to_string(&file).unwrap());
            all.push((file.strip_prefix(workspace()).unwrap().to_owned(), module, code));
        }
    }
    all
}

/// The uses of rooms by others, and the files that belong to none.
fn seen() -> (Vec<Use>, Vec<String>) {
    let (mut found, mut homeless) = (Vec::new(), Vec::new());
    for (file, module, code) in files() {
        let Some(from) = room_of(&module) else {
            // The root of the engine lists its rooms.
            if file != Path::new("engine/src/lib.rs") {
                homeless.push(format!("{} belongs to no room: give it one in ROOMS", file.display()));
            }
            continue;
        };
        for path in uses(&module, &code) {
            let to = room_of(&path);
            found.extend(to.filter(|to| *to != from).map(|to| Use { file: file.clone(), from, to, path: path.join("::") }));
        }
    }
    (found, homeless)
}

fn is_excepted(from: usize, to: usize) -> bool {
    EXCEPTIONS.iter().any(|(user, used, _)| (*user, *used) == (ROOMS[from].path, ROOMS[to].path))
}

/// A room as the table names it.
fn title(path: &str) -> String {
    let (file, folder) = (workspace().join(format!("{path}.rs")).exists(), workspace().join(path).is_dir());
    match (file, folder) {
        (true, true) => format!("`{path}.rs`, `{}/`", path.rsplit('/').next().unwrap()),
        (true, false) => format!("`{path}.rs`"),
        _ => format!("`{path}/`"),
    }
}

/// The table of ARCHITECTURE.md.
fn table(uses: &[Use]) -> String {
    let mut used: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for u in uses {
        used.entry(u.from).or_default().insert(u.to);
    }
    let short = |index: usize| ROOMS[index].path.trim_start_matches("engine/src/").trim_start_matches("plugin/src/").to_owned();
    let mut text = "| Room | What lives there | Uses |\n|---|---|---|\n".to_owned();
    for (index, room) in ROOMS.iter().enumerate() {
        let names: Vec<String> = used.get(&index).into_iter().flatten().map(|to| format!("`{}`", short(*to))).collect();
        let names = if names.is_empty() { "–".to_owned() } else { names.join(", ") };
        text += &format!("| {} | {} | {names} |\n", title(room.path), room.holds);
    }
    text
}

/// Lines that have to be in ARCHITECTURE.md before and behind the table.
const MARKS: (&str, &str) = ("<!-- The table is written by tests/tests/headless/rooms.rs. -->\n\n", "\n<!-- End of the table. -->");

#[test]
fn use_trees_are_expanded_and_paths_upwards_resolved() {
    let code = "use crate::{time::Ratio, plan::{Plan, slot::{A, B}},\n view};\nlet x = super::super::name::Name::new();\nuse super::clock;";
    let module = ["e", "audio", "graph"].map(str::to_owned);
    let found: Vec<String> = uses(&module, code).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["e::audio::clock", "e::name::Name::new", "e::plan::Plan", "e::plan::slot::A", "e::plan::slot::B", "e::time::Ratio", "e::view"]
    );
}

#[test]
fn rooms_depend_downwards_only() {
    let (uses, mut wrong) = seen();
    for u in uses.iter().filter(|u| u.to > u.from && !is_excepted(u.from, u.to)) {
        wrong.push(format!("{} uses {}: {} stands above {}", u.file.display(), u.path, ROOMS[u.to].path, ROOMS[u.from].path));
    }
    for (user, used, _) in EXCEPTIONS {
        let is_needed = uses.iter().any(|u| (ROOMS[u.from].path, ROOMS[u.to].path) == (*user, *used));
        assert!(is_needed, "{user} does not use {used} any more: take the exception away");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_leave_alone_what_has_no_business_in_them() {
    let mut wrong = Vec::new();
    for (file, module, code) in files() {
        let never = room_of(&module).map_or(&[][..], |index| ROOMS[index].never);
        wrong.extend(never.iter().filter(|word| code.contains(**word)).map(|word| format!("{} uses {word}", file.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_files_of_the_audio_thread_go_round_in_no_circle() {
    let all: Vec<(ModulePath, String)> = files()
        .into_iter()
        .filter(|(_, module, _)| module.len() > 2 && module[1] == "audio")
        .map(|(_, module, code)| (module, code))
        .collect();
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, code) in &all {
        let used = uses(module, code).into_iter().filter(|path| path.len() > 2 && path[1] == "audio" && path[2] != module[2]);
        open.insert(module[2].clone(), used.map(|path| path[2].clone()).collect());
    }
    // What uses no file that is left can be taken away; a circle is what can't.
    while let Some(free) = open.iter().find(|(_, used)| used.iter().all(|name| !open.contains_key(name))).map(|(name, _)| name.clone()) {
        open.remove(&free);
    }
    assert!(open.is_empty(), "a circle within audio/: {open:#?}");
}

/// The files and folders that describe modules, besides `shader`: that holds what every module whose content is a shader has.
fn homes_of_modules() -> BTreeSet<String> {
    let described = files().into_iter().filter(|(_, module, code)| {
        module.len() > 2
            && module[0] == "engine/src"
            && module[1] == "module"
            && module[2] != "shader"
            && code.contains(": ModuleType = ModuleType {")
    });
    let homes: BTreeSet<String> = described.map(|(_, module, _)| module[2].clone()).collect();
    assert!(homes.len() >= 12 && homes.contains("sampler"), "{homes:?}");
    homes
}

/// A new module is one file and its line in `engine/src/module/mod.rs`: what it is stands in its type and nowhere else.
#[test]
fn no_other_file_knows_a_module_by_its_name() {
    use videotracker_engine::module::MODULES;
    let (mut wrong, homes) = (Vec::new(), homes_of_modules());
    for (file, module, code) in files() {
        if module.get(1).is_some_and(|room| room == "module") {
            continue;
        }
        let into = |path: &&ModulePath| path.len() > 2 && path[1] == "module" && homes.contains(&path[2]);
        wrong.extend(uses(&module, &code).iter().filter(into).map(|path| format!("{} uses {}", file.display(), path.join("::"))));
        for name in MODULES.iter().flat_map(|kind| std::iter::once(&kind.name).chain(kind.aliases)) {
            let named = ["== \"@\"", "\"@\" =>", "| \"@\"", "module_type(\"@\")", "MODULES[\"@\"]"];
            let named = named.map(|form| form.replace('@', name));
            wrong.extend(named.iter().filter(|form| code.contains(*form)).map(|form| format!("{} says {form}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "match on what a type says of itself (role, content, picture, ports) instead:\n{}", wrong.join("\n"));
}

#[test]
fn architecture_lists_what_the_rooms_use() {
    let path = workspace().join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find(MARKS.0).expect("the mark before the table") + MARKS.0.len();
    let end = begin + text[begin..].find(MARKS.1).expect("the mark behind the table");
    let table = table(&seen().0);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{}{table}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    assert_eq!(
        text[begin..end],
        *table,
        "the table of ARCHITECTURE.md differs; UPDATE_DOCS=1 cargo test -p videotracker-tests --test headless rooms writes it"
    );
}
