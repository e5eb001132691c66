//! Tab completion of console lines: as far as all candidates agree.

use videotracker_engine::{script::console, snapshot::Snapshot};

/// The line with its last word completed as far as all candidates agree, and the candidates where there are several.
#[must_use]
pub fn complete(line: &str, snapshot: &Snapshot) -> (String, Vec<String>) {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, word) = line.split_at(start);
    let fitting = console::complete(line, snapshot);
    match fitting.as_slice() {
        [] => (line.to_owned(), fitting),
        // What ends with `=` takes its value right behind it.
        [only] if only.ends_with('=') => (format!("{before}{only}"), Vec::new()),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use videotracker_engine::{
        module::PortKind,
        name::Name,
        project::{Connection, Module},
    };

    use super::*;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for name in ["kick", "kicker", "hat"] {
            let module = Module { kind: Name::new("sampler"), params: Default::default(), samples: Vec::new(), interface: None };
            snapshot.project.modules.insert(Name::new(name), Arc::new(module));
        }
        for (from, to) in [("kick", "hat"), ("hat", "kicker")] {
            let cable =
                Connection { from: Name::new(from), to: Name::new(to), kind: PortKind::Audio, from_port: None, to_port: None, auto: false };
            snapshot.project.connections.push_back(cable);
        }
        snapshot
    }

    #[test]
    fn words_complete_as_far_as_candidates_agree() {
        let table = [
            ("unr", "unroute ", 0),
            ("un", "un", 3),
            ("info h", "info hat ", 0),
            ("info k", "info kick", 2),
            ("set kick vol", "set kick volume ", 0),
            ("set kick attack", "set kick attackMs ", 0),
            ("add vid", "add video", 4),
            ("disc", "disconnect ", 0),
            ("disconnect kick h", "disconnect kick hat ", 0),
            ("disconnect kick to ", "disconnect kick to hat ", 0),
            ("unroute hat from ", "unroute hat from kick ", 0),
            ("xyz", "xyz", 0),
        ];
        for (line, completed, candidates) in table {
            let (found, list) = complete(line, &snapshot());
            assert_eq!((found.as_str(), list.len()), (completed, candidates), "{line}");
        }
    }
}
