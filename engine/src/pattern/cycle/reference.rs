//! The reference of the pattern language: words by meaning, an example of each, names of scales and chords.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::registry::{Combinator, combinators, find};
use super::tonal::{chord, scale, voicing};

/// What each word is about and an example of it: a line each, separated by tabs.
static WORDS: &str = include_str!("words/meaning.tsv");

/// What a word is about, and an example that plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Such as `time` or `chance`.
    pub meaning: &'static str,
    /// An expression in Lua.
    pub example: &'static str,
}

/// What the reference shows of a combinator; `None` for alignments, which are shown together.
#[must_use]
pub fn shown(name: &str) -> Option<Shown> {
    static ALL: OnceLock<HashMap<&'static str, Shown>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all = HashMap::new();
        for line in WORDS.lines() {
            let mut parts = line.split('\t');
            if let (Some(name), Some(meaning), Some(example)) = (parts.next(), parts.next(), parts.next()) {
                // A word may be listed by another of its names.
                all.insert(find(name).map_or(name, |entry| entry.name), Shown { meaning, example });
            }
        }
        all
    });
    all.get(name).copied()
}

fn words() -> impl Iterator<Item = &'static Combinator> {
    combinators().iter().filter(|entry| !entry.is_alignment())
}

/// The words of each meaning, in the order of the table.
fn index() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for entry in words() {
        let Some(shown) = shown(entry.name) else { continue };
        match all.iter_mut().find(|(meaning, _)| *meaning == shown.meaning) {
            Some((_, names)) => names.push(entry.name),
            None => all.push((shown.meaning, vec![entry.name])),
        }
    }
    all
}

/// Names between commas, each as code.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
}

/// The reference of all combinators, as Markdown: an index by meaning, one line for each word, and the names that words take.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("### By meaning\n\n");
    for (meaning, names) in index() {
        out.push_str(&format!("- **{meaning}**: {}\n", listed(names)));
    }
    out.push_str("\n### Words\n\n| call | what it does | for example |\n|---|---|---|\n");
    for entry in words() {
        let call = entry.signature();
        let also = if entry.aliases.is_empty() { String::new() } else { format!(" Also: {}.", entry.aliases.join(", ")) };
        let example = shown(entry.name).map_or(String::new(), |shown| format!("`{}`", shown.example.replace('|', "\\|")));
        out.push_str(&format!("| `{call}` | {}{also} | {example} |\n", entry.doc));
    }
    out.push_str(
        "\nEvery operator, from `set` to `keepif`, has alignments as a suffix; `keep` (the left values) has nothing but these:\n\n\
         | suffix | the rhythm |\n|---|---|\n\
         | `x:addIn(y)` | That of the left, as without a suffix. |\n\
         | `x:addOut(y)` | That of the right. |\n\
         | `x:addMix(y)` | That of both: the stretches that events share. |\n\
         | `x:addSqueeze(y)` | A cycle of the right in each event of the left. |\n\
         | `x:addSqueezeOut(y)` | A cycle of the left in each event of the right. |\n\
         | `x:addReset(y)` | The left begins its cycle anew at each event of the right. |\n\
         | `x:addRestart(y)` | The left begins with its first cycle at each event of the right. |\n\
         | `x:addPoly(y)` | Step against step: the right is sped up or slowed so that its steps match. |\n\
         \nA method called without its pattern is a function of patterns: `x:jux(rev)`, `x:every(4, fast(2))`, \
         `x:off(1/8, add(note(7)))`. They are joined by `..` or by methods: `fast(2) .. rev` is `fast(2):rev()`. A control in such a place is set: \
         `x:every(2, speed(2))`, `fast(2) .. speed(2)`.\n",
    );
    names(&mut out);
    out
}

/// The scales, chords and voicings there are.
fn names(out: &mut String) {
    out.push_str(&format!(
        "\n### Scales\n\n`x:scale(\"C:minor\")`; of several words with a colon between them, as in `C:major:pentatonic`. {}\n",
        listed(scale::names())
    ));
    out.push_str(
        "\n### Chord symbols\n\n`chord(\"<C^7 Am7>\"):voicing()`, by dictionary, as in `x:dictionary(\"lefthand\")`. In the usual one `m`, \
                  `M` and `aug` stand for `-`, `^` and `+` as well.\n\n",
    );
    for (name, symbols) in voicing::dictionaries() {
        out.push_str(&format!("- **{name}**: {}\n", listed(symbols.map(|symbol| if symbol.is_empty() { " " } else { symbol }))));
    }
    out.push_str(&format!("\nIn the usual one also: {}\n", listed(voicing::spellings())));
    out.push_str(&format!(
        "\n### Written chords\n\n`note(\"c'maj7 e'min9'i\")`: a note, a name, and any of `i` (inverted), `o` (open), `d1` (a note lower) and a \
         number of notes. {}\n",
        listed(chord::names())
    ));
}
