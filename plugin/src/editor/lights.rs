//! Which words of the script sound: from the steps that the audio thread names back to the text they were read from.

use std::ops::Range;

use videotracker_engine::{
    pattern::cycle::{fault::Error, mini::mini},
    snapshot::Snapshot,
    view::ViewFrame,
};

/// A text in quotes or long brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Literal {
    /// Its content, in bytes of the script.
    content: Range<usize>,
    /// How many brackets are open around it.
    depth: usize,
    /// Whether it is the first thing in the brackets of a call of `pattern`.
    names_pattern: bool,
}

/// Where the texts of one pattern stand in the script.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    pattern: u32,
    /// Where the text begins among the texts of its pattern.
    base: u32,
    content: Range<usize>,
}

/// The places of every pattern's texts in a script, kept until either changes.
#[derive(Debug, Default)]
pub struct Lights {
    script: String,
    version: Option<u64>,
    places: Vec<Place>,
}

impl Lights {
    /// The characters of the script that sound at a view, each word as a range.
    pub fn sounding(&mut self, script: &str, snapshot: &Snapshot, view: &ViewFrame) -> Vec<Range<usize>> {
        if self.version != Some(snapshot.version) || self.script != script {
            self.places = places(script, snapshot);
            (self.script, self.version) = (script.to_owned(), Some(snapshot.version));
        }
        let mut found: Vec<Range<usize>> = Vec::new();
        for playing in &view.playing[..view.playing_count] {
            for place in self.places.iter().filter(|place| place.pattern == playing.pattern) {
                let Some(offset) = playing.step.checked_sub(place.base).and_then(|offset| usize::try_from(offset).ok()) else { continue };
                let start = place.content.start + offset;
                if start < place.content.end && script.is_char_boundary(start) {
                    let word = start..start + word_length(&script[start..place.content.end]);
                    if !found.contains(&word) {
                        found.push(word);
                    }
                }
            }
        }
        found.into_iter().map(|word| characters(script, word)).collect()
    }
}

/// A range of bytes as one of characters.
fn characters(text: &str, bytes: Range<usize>) -> Range<usize> {
    let start = text[..bytes.start].chars().count();
    start..start + text[bytes].chars().count()
}

/// How long the word of mini-notation is that `text` begins with.
fn word_length(text: &str) -> usize {
    let ends = |(at, c): &(usize, char)| {
        c.is_whitespace() || "[]<>{}(),|~*/!?:@%".contains(*c) || (*c == '.' && !text[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
    };
    text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at)
}

fn places(script: &str, snapshot: &Snapshot) -> Vec<Place> {
    let literals = literals(script);
    let mut places = Vec::new();
    for (name, slot) in &snapshot.project.patterns {
        let Some(id) = snapshot.pattern_ids.get(name) else { continue };
        let texts = slot.pattern.as_cycle().map(|cycle| cycle.texts()).unwrap_or_default();
        // Those of the call that writes the pattern, else any that read the same.
        let named = literals.iter().rposition(|literal| literal.names_pattern && script[literal.content.clone()] == **name);
        let own = named.map_or(&[][..], |at| {
            let depth = literals[at].depth;
            let inside = literals[at + 1..].iter().take_while(|literal| literal.depth >= depth && !literal.names_pattern).count();
            &literals[at + 1..at + 1 + inside]
        });
        let mut next = 0;
        for (text, base) in texts {
            let alike = |literal: &&Literal| script[literal.content.clone()] == *text;
            let place = |literal: &Literal| Place { pattern: *id, base, content: literal.content.clone() };
            if let Some(at) = own[next..].iter().position(|literal| alike(&literal)) {
                places.push(place(&own[next + at]));
                next += at + 1;
            } else {
                places.extend(literals.iter().filter(alike).map(place));
            }
        }
    }
    places
}

/// Where in the script, in bytes, mini-notation of the statement at `line` (from 0) can't be read, if the error's text is
/// about mini-notation.
#[must_use]
pub fn fault_in_text(script: &str, line: usize, error: &str) -> Option<usize> {
    let (_, told) = error.split_once("mini-notation, line ")?;
    let begin = script.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    literals(script).into_iter().filter(|literal| literal.content.start >= begin).find_map(|literal| {
        let text = &script[literal.content.clone()];
        let Err(Error::Mini { line, column, .. }) = mini(text) else { return None };
        if !told.starts_with(&format!("{line}, column {column}:")) {
            return None;
        }
        let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
        let before = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
        let within = text[before..].char_indices().nth(column.checked_sub(1)?).map_or(text.len() - before, |(at, _)| at);
        Some(literal.content.start + before + within)
    })
}

/// The texts of a script without escapes, in order; comments are passed over.
fn literals(script: &str) -> Vec<Literal> {
    let bytes = script.as_bytes();
    let (mut found, mut at, mut depth, mut escaped) = (Vec::new(), 0, 0_usize, false);
    // Whether what comes next is the first thing in the brackets of `pattern(`.
    let mut first = false;
    while let Some(byte) = bytes.get(at) {
        let rest = &script[at..];
        let (content, end) = match byte {
            b'-' if rest.starts_with("--") => {
                let comment = at + 2;
                at = match long_bracket(&script[comment..]) {
                    Some((_, _, end)) => comment + end,
                    None => rest.find('\n').map_or(script.len(), |line| at + line),
                };
                continue;
            }
            b'"' | b'\'' | b'`' => {
                let mut end = at + 1;
                while let Some(c) = bytes.get(end).filter(|c| *c != byte) {
                    escaped |= *c == b'\\';
                    end += 1 + usize::from(*c == b'\\');
                }
                (at + 1..end.min(script.len()), (end + 1).min(script.len()))
            }
            b'[' if long_bracket(rest).is_some() => {
                let Some((start, stop, end)) = long_bracket(rest) else { break };
                (at + start..at + stop, at + end)
            }
            _ => {
                match byte {
                    b'(' | b'{' | b'[' => depth += 1,
                    b')' | b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let called = || {
                    let before = script[..at].trim_end();
                    before.ends_with("pattern") && !before[..before.len() - 7].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                };
                first = if *byte == b'(' { called() } else { first && byte.is_ascii_whitespace() };
                at += 1;
                continue;
            }
        };
        if !std::mem::take(&mut escaped) && script.is_char_boundary(content.start) && script.is_char_boundary(content.end) {
            found.push(Literal { content, depth, names_pattern: first });
        }
        first = false;
        at = end;
        while !script.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

/// Start and end of the content, and the end, of the long text or comment that `text` begins with.
fn long_bracket(text: &str) -> Option<(usize, usize, usize)> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    let mut start = level + 2;
    if !text[level + 1..].starts_with('[') {
        return None;
    }
    let close = format!("]{}]", "=".repeat(level));
    let stop = text[start..].find(&close).map_or(text.len(), |at| start + at);
    // Lua drops a line's end right behind the bracket.
    start += usize::from(text[start..stop].starts_with('\n'));
    Some((start, stop, (stop + close.len()).min(text.len())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use videotracker_engine::{
        audio::host::{HostInput, HostOutput, HostTransport},
        engine::Engine,
    };

    use super::*;

    fn lit(script: &str, beats: &[f64]) -> Vec<Vec<String>> {
        let engine = Engine::empty();
        assert_eq!(engine.run_script_and_wait("s", script).error, None);
        let mut processor = engine.activate(48_000.0);
        assert!(engine.wait_for_media(Duration::from_secs(10)));
        let mut reader = engine.view_reader();
        let mut lights = Lights::default();
        let mut all = Vec::new();
        for beat in beats {
            // Twice: the first block takes the reader in.
            for _ in 0..2 {
                let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(*beat), ..HostTransport::default() };
                let block = HostInput {
                    transport: Some(transport),
                    offline: true,
                    midi: &[],
                    macros: &[0.0; 64],
                    master_volume: 1.0,
                    video_opacity: 1.0,
                    side_chain: None,
                };
                processor.process(&block, &mut HostOutput::main(&mut [0.0; 512], &mut [0.0; 512]));
            }
            let words = lights.sounding(script, &engine.snapshot(), reader.read());
            let chars: Vec<char> = script.chars().collect();
            let mut words: Vec<String> = words.into_iter().map(|word| chars[word].iter().collect()).collect();
            words.sort();
            all.push(words);
        }
        all
    }

    const TOP: &str =
        "session{} audioOut('o') sampler('d', {samples = {'factory:kick', 'factory:hat'}}) sequencer('q') connect('q', 'd')\n";

    #[test]
    fn the_words_that_sound_are_lit() {
        let script = format!("{TOP}-- ä \"kick hat\"\npattern('p', \"kick [hat 0.5?]*2 <kick hat>, 1*4\") bind('q', 'p')");
        assert_eq!(lit(&script, &[0.0, 1.33]), [vec!["1", "kick"], vec!["hat"]]);
    }

    #[test]
    fn words_of_what_combinators_made_are_lit_in_each_of_its_texts() {
        let script = format!(
            "{TOP}local hats = s('hat*2')\npattern('p', stack(s(\"kick hat\"), hats):fast(1)) pattern('x', 'kick hat') bind('q', 'p')"
        );
        assert_eq!(lit(&script, &[0.0, 2.0]), [vec!["hat", "kick"], vec!["hat", "hat"]]);
    }

    #[test]
    fn a_text_in_long_brackets_is_lit_where_it_stands() {
        let script = format!("{TOP}pattern('p', [[\nkick hat\n]]) bind('q', 'p')");
        assert_eq!(lit(&script, &[2.0]), [vec!["hat"]]);
    }

    #[test]
    fn a_fault_is_found_inside_its_text() {
        let script = "x = 'kick['\npattern('ä', 'kick*2 hat[')\n";
        let at = fault_in_text(script, 1, "script:2:1: pattern ä: mini-notation, line 1, column 12: expected …").unwrap();
        assert_eq!(script[at..].chars().next(), Some('\''));
        assert_eq!(fault_in_text(script, 1, "script:2:1: there is no function"), None);
        assert_eq!(fault_in_text(script, 9, "mini-notation, line 1, column 12: expected"), None);
    }
}
