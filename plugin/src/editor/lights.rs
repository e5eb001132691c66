//! Which words of the script sound: from the steps that the audio thread names back to the text they were read from.

mod writers;

use std::{collections::HashSet, ops::Range};

use videotracker_engine::{
    pattern::cycle::{fault::Error, mini::mini},
    script::lua::tokens,
    snapshot::Snapshot,
    view::ViewFrame,
};

use self::writers::{Writer, literal, writers};

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
    /// The version, and what ran last.
    made_for: Option<(u64, Range<usize>)>,
    places: Vec<Place>,
}

impl Lights {
    /// The characters of the script that sound at a view, each word as a range; `ran` is what of the script ran last, in bytes.
    pub fn sounding(&mut self, script: &str, snapshot: &Snapshot, view: &ViewFrame, ran: &Range<usize>) -> Vec<Range<usize>> {
        if self.made_for.as_ref().is_none_or(|(version, before)| *version != snapshot.version || before != ran) || self.script != script {
            self.places = places(script, snapshot, ran);
            (self.script, self.made_for) = (script.to_owned(), Some((snapshot.version, ran.clone())));
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

/// Where the texts of the session's patterns stand. Where several calls write one pattern, the last of those that ran last counts whose
/// texts are the pattern's.
fn places(script: &str, snapshot: &Snapshot, ran: &Range<usize>) -> Vec<Place> {
    let writers = writers(script);
    let literals = literals(script);
    let is_there = |writer: &&Writer| snapshot.project.patterns.keys().any(|name| **name == *writer.name);
    let claimed: HashSet<usize> = writers.iter().filter(is_there).flat_map(|writer| &writer.texts).map(|text| text.start).collect();
    let mut places = Vec::new();
    for (name, slot) in &snapshot.project.patterns {
        let Some(id) = snapshot.pattern_ids.get(name) else { continue };
        let texts = slot.pattern.as_cycle().map(|cycle| cycle.texts()).unwrap_or_default();
        let own = |writer: &&Writer| **name == *writer.name;
        let fits = |writer: &Writer| texts.iter().all(|(text, _)| writer.texts.iter().any(|own| script[own.clone()] == **text));
        let writer = writers.iter().filter(own).max_by_key(|writer| (fits(writer), ran.contains(&writer.at), writer.at));
        let own = writer.map_or(&[][..], |writer| &writer.texts);
        let mut next = 0;
        for (text, base) in texts {
            let alike = |content: &&Range<usize>| script[(*content).clone()] == *text;
            let place = |content: &Range<usize>| Place { pattern: *id, base, content: content.clone() };
            // A text that comes again was read again.
            let found = own.iter().enumerate().skip(next).chain(own.iter().enumerate()).find(|(_, content)| alike(content));
            if let Some((at, content)) = found {
                places.push(place(content));
                next = at + 1;
            } else {
                // What no call is known to be made of may be any that reads the same.
                places.extend(literals.iter().filter(|content| !claimed.contains(&content.start)).filter(alike).map(place));
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
    literals(script).into_iter().filter(|content| content.start >= begin).find_map(|content| {
        let text = &script[content.clone()];
        let Err(Error::Mini { line, column, .. }) = mini(text) else { return None };
        if !told.starts_with(&format!("{line}, column {column}:")) {
            return None;
        }
        let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
        let before = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
        let within = text[before..].char_indices().nth(column.checked_sub(1)?).map_or(text.len() - before, |(at, _)| at);
        Some(content.start + before + within)
    })
}

/// The content of a script's texts without escapes, in bytes, in order.
fn literals(script: &str) -> Vec<Range<usize>> {
    tokens(script).iter().filter_map(|token| literal(script, token)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use videotracker_engine::{
        audio::host::{HostInput, HostOutput, HostTransport},
        engine::Engine,
    };

    use super::*;

    /// The characters that are lit at each beat.
    fn places_lit(script: &str, beats: &[f64], ran: &Range<usize>) -> Vec<Vec<Range<usize>>> {
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
            all.push(lights.sounding(script, &engine.snapshot(), reader.read(), ran));
        }
        all
    }

    fn lit(script: &str, beats: &[f64]) -> Vec<Vec<String>> {
        let chars: Vec<char> = script.chars().collect();
        let words = |places: Vec<Range<usize>>| {
            let mut words: Vec<String> = places.into_iter().map(|word| chars[word].iter().collect()).collect();
            words.sort();
            words
        };
        places_lit(script, beats, &(0..script.len())).into_iter().map(words).collect()
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
    fn of_texts_that_read_the_same_those_are_lit_that_sound() {
        // `|` stands in front of each word that is lit at beat 0.
        for marked in [
            "pattern('x', 'kick hat') pattern('p', '|kick hat') bind('q', 'p')",
            "pattern('p', '|kick hat') pattern('x', 'kick hat') bind('q', 'p')",
            "local b = s('kick hat') local a = s('|kick hat') pattern('x', b) pattern('p', a) bind('q', 'p')",
            "d1(s('|kick hat')) d2(s('kick |hat'):late(0.5))",
            "s('|kick hat'):p('a1') s('kick |hat'):late(0.5):p('b1')",
            "pattern('p', stack(s('|kick hat'), s('kick |hat'):late(0.5))) bind('q', 'p')",
            "local x = s('|kick |hat') pattern('p', stack(x, x:late(0.5))) bind('q', 'p')",
            "function f(x) pattern('p', x) end f('|kick hat') pattern('x', 'kick hat') bind('q', 'p')",
            "pattern('p', 'kick hat') pattern('p', '|kick hat') bind('q', 'p')",
        ] {
            let script = format!("{TOP}{}", marked.replace('|', ""));
            let begin = TOP.chars().count();
            let wanted: Vec<usize> = marked.match_indices('|').enumerate().map(|(count, (at, _))| begin + at - count).collect();
            let mut found: Vec<usize> = places_lit(&script, &[0.0], &(0..script.len())).remove(0).iter().map(|word| word.start).collect();
            found.sort_unstable();
            assert_eq!(found, wanted, "{marked}");
        }
        // Of two calls that read the same, the one that was run as a block.
        let script = format!("{TOP}d1(s('kick'))\n\nd1(s('kick'))");
        let first = script.find("d1(").unwrap_or_default();
        let lit = places_lit(&script, &[0.0], &(first..first + 9)).remove(0);
        assert_eq!(lit.iter().map(|word| word.start).collect::<Vec<_>>(), [first + 6]);
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
