//! Tab completion of console lines: command words, then the session's names.

use videotracker_engine::{module::MODULES, snapshot::Snapshot};

/// First words of console lines.
const COMMANDS: &[&str] = &[
    "add",
    "bpm",
    "cancel",
    "chain",
    "clear",
    "collect",
    "connections",
    "forget",
    "get",
    "help",
    "import",
    "info",
    "list",
    "missing",
    "pattern",
    "pause",
    "play",
    "redo",
    "relink",
    "remove",
    "rename",
    "reset",
    "route",
    "sample",
    "sequencer",
    "set",
    "start",
    "stop",
    "undo",
    "unroute",
];

/// The line with its last word completed as far as all candidates agree, and the candidates where there are several.
#[must_use]
pub fn complete(line: &str, snapshot: &Snapshot) -> (String, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, word) = line.split_at(start);
    let words: Vec<&str> = before.split_whitespace().collect();
    let lower = word.to_lowercase();
    let mut fitting: Vec<String> =
        candidates(&words, snapshot).into_iter().filter(|name| name.to_lowercase().starts_with(&lower)).collect();
    fitting.sort();
    fitting.dedup();
    match fitting.as_slice() {
        [] => (line.to_owned(), fitting),
        [only] => (format!("{before}{only} "), Vec::new()),
        [first, rest @ ..] => {
            let shared = rest.iter().fold(first.chars().count(), |len, name| {
                first.chars().zip(name.chars()).take(len).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
            });
            let shared: String = first.chars().take(shared).collect();
            let text = if shared.len() > word.len() { shared } else { word.to_owned() };
            (format!("{before}{text}"), fitting)
        }
    }
}

/// What may stand after these words.
fn candidates(words: &[&str], snapshot: &Snapshot) -> Vec<String> {
    let project = &snapshot.project;
    let modules = || project.modules.keys().map(ToString::to_string);
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    match words {
        [] => own(COMMANDS),
        ["relink" | "cancel" | "forget"] | ["sample", _] => project.assets.keys().map(|name| in_quotes(name)).collect(),
        ["add"] => MODULES.iter().map(|kind| kind.name.to_owned()).collect(),
        ["set" | "get" | "param", module] => {
            project.modules.get(*module).map(|module| module.module_type().param_names().map(str::to_owned).collect()).unwrap_or_default()
        }
        ["pattern"] => own(&["ls", "create", "delete", "play", "stop", "pause", "reset", "info", "set"]),
        ["chain"] => own(&["ls", "create", "delete", "info", "add", "drop", "repeat", "mute", "enable", "disable", "clear", "reset"]),
        ["pattern", ..] => project.patterns.keys().map(ToString::to_string).collect(),
        ["chain", _] => project.chains.keys().map(ToString::to_string).collect(),
        ["chain", ..] => project.patterns.keys().map(ToString::to_string).collect(),
        ["sequencer" | "seq", _] => own(&["bind", "unbind", "enable", "disable"]),
        ["sequencer" | "seq", _, "bind" | "unbind"] => own(&["pattern", "chain"]),
        ["sequencer" | "seq", _, _, "pattern"] => project.patterns.keys().map(ToString::to_string).collect(),
        ["sequencer" | "seq", _, _, "chain"] => project.chains.keys().map(ToString::to_string).collect(),
        _ => modules().collect(),
    }
}

/// A name as a line takes it.
fn in_quotes(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use videotracker_engine::{name::Name, project::Module};

    use super::*;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for name in ["kick", "kicker", "hat"] {
            let module = Module { kind: Name::new("sampler"), params: Default::default(), samples: Vec::new(), interface: None };
            snapshot.project.modules.insert(Name::new(name), Arc::new(module));
        }
        snapshot
    }

    #[test]
    fn words_complete_as_far_as_candidates_agree() {
        let table = [
            ("unr", "unroute ", 0),
            ("un", "un", 2),
            ("info h", "info hat ", 0),
            ("info k", "info kick", 2),
            ("set kick vol", "set kick volume ", 0),
            ("set kick attack", "set kick attackMs ", 0),
            ("add vid", "add video", 4),
            ("xyz", "xyz", 0),
        ];
        for (line, completed, candidates) in table {
            let (found, list) = complete(line, &snapshot());
            assert_eq!((found.as_str(), list.len()), (completed, candidates), "{line}");
        }
    }
}
