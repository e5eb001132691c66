//! What a run changed, in one line.

use std::collections::BTreeMap;

use videotracker_engine::{
    project::{Project, Removed},
    text::counted,
    view::Playhead,
};

/// How many entries were added and changed.
fn compare<'a, K: Ord + 'a, V: PartialEq + 'a>(
    before: impl Iterator<Item = (&'a K, &'a V)>,
    after: impl Iterator<Item = (&'a K, &'a V)>,
) -> [usize; 2] {
    let mut old: BTreeMap<&K, &V> = before.collect();
    let (mut added, mut changed) = (0, 0);
    for (key, value) in after {
        match old.remove(key) {
            None => added += 1,
            Some(was) => changed += usize::from(was != value),
        }
    }
    [added, changed]
}

fn part(what: &str, [added, changed]: [usize; 2]) -> Option<String> {
    let kinds = [(added, "added"), (changed, "changed")];
    let told: Vec<(usize, &str)> = kinds.into_iter().filter(|(count, _)| *count > 0).collect();
    let (first, rest) = told.split_first()?;
    let mut text = format!("{} {}", counted(first.0, what), first.1);
    for (count, word) in rest {
        text.push_str(&format!(", {count} {word}"));
    }
    Some(text)
}

/// What was added and changed between two sessions; empty where nothing was. What was removed the engine says, by name.
#[must_use]
pub fn changes(before: &Project, after: &Project) -> String {
    let cables = |one: &Project, other: &Project| one.connections.iter().filter(|cable| !other.connections.contains(cable)).count();
    let links = |one: &Project, other: &Project| one.links.iter().filter(|link| !other.links.contains(link)).count();
    let mut parts: Vec<String> = [
        part("pattern", compare(before.patterns.iter(), after.patterns.iter())),
        part("chain", compare(before.chains.iter(), after.chains.iter())),
        part("module", compare(before.modules.iter(), after.modules.iter())),
        part("cable", [cables(after, before), 0]),
        part("link", [links(after, before), 0]),
        part("binding", compare(before.bindings.iter(), after.bindings.iter())),
        part("macro", compare(before.macros.iter(), after.macros.iter())),
        part("asset", [after.assets.len().saturating_sub(before.assets.len()), 0]),
    ]
    .into_iter()
    .flatten()
    .collect();
    if before.clock != after.clock {
        parts.push("the clock changed".to_owned());
    }
    if parts.is_empty() && before != after && Removed::between(before, after).is_empty() {
        parts.push("an order or a setting changed".to_owned());
    }
    parts.join("; ")
}

/// The line about a run that ended well; none where it only removed something, which the engine says.
#[must_use]
pub fn line(before: &Project, after: &Project, head: &Playhead) -> Option<String> {
    let changes = changes(before, after);
    if changes.is_empty() {
        return (before == after).then(|| "Ran: nothing changed, the session was so already".to_owned());
    }
    // Another pattern begins with the next bar, a new one of `d1` and its kind too; what plays already follows at once.
    let begins = after.bindings.iter().any(|(sequencer, source)| match before.bindings.get(sequencer) {
        Some(was) => was != source,
        None => after.finds(sequencer),
    });
    #[allow(clippy::cast_possible_truncation, reason = "bars of a song")]
    let from = if head.playing { format!(", from bar {}", head.bar.floor() as i64 + 1 + i64::from(begins)) } else { String::new() };
    Some(format!("Ran: {changes}{from}"))
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn a_run_says_what_it_changed_and_from_which_bar() {
        let engine = Engine::empty();
        let run = |script: &str| {
            let before = engine.snapshot().project.clone();
            assert_eq!(engine.run_script_and_wait("s", script).error, None);
            let head = Playhead { playing: true, bar: 16.2, ..Playhead::default() };
            line(&before, &engine.snapshot().project, &head).unwrap_or_default()
        };
        let first = run("autoRoute(false) sequencer('q') pattern('a', 'x') pattern('b', 'x')");
        assert!(first.starts_with("Ran: 2 patterns added; 1 module added") && first.ends_with(", from bar 17"), "{first}");
        assert_eq!(
            run("pattern('a', 'y') pattern('c', 'x')"),
            "Ran: 2 patterns added, 1 changed, from bar 17".replace("2 patterns added", "1 pattern added")
        );
        assert_eq!(run("bind('q', 'a')"), "Ran: 1 binding added, from bar 17");
        assert_eq!(run("bind('q', 'b')"), "Ran: 1 binding changed, from bar 18");
        assert!(run("d1('bd')").ends_with(", from bar 18"), "a new pattern begins with the next bar");
        assert!(run("d1('sd')").ends_with(", from bar 17"), "what plays follows at once");
        assert_eq!(run("pattern('a', 'y')"), "Ran: nothing changed, the session was so already");
        assert_eq!(run("engine:getClock():setBPM(90)"), "Ran: the clock changed, from bar 17");
        assert_eq!(run("engine:getPatternRuntime():remove('c')"), "", "the engine says what a run removed");
    }
}
