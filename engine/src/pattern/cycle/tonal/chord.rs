//! Chords written in mini-notation, such as `c'maj7'i` or `e3'min9'o'5`.
//!
//! Syntax and names follow TidalCycles: a root, a chord name, and any of `i` (inversion, once
//! per letter), `o` (open: root and fifth an octave down), `d1` (the first note from the top an
//! octave down) and a number of notes, each after an apostrophe.

use crate::pattern::cycle::note::note_to_midi;
use crate::pattern::cycle::value::parse_number;

/// The most notes of a written chord.
pub(crate) const MAX_NOTES: usize = 16;

/// Chord names with semitones above the root.
#[rustfmt::skip]
const CHORDS: &[(&[&str], &[i8])] = &[
    (&["major", "maj", "M"], &[0, 4, 7]),
    (&["minor", "min", "m"], &[0, 3, 7]),
    (&["aug", "plus", "sharp5"], &[0, 4, 8]),
    (&["diminished", "dim"], &[0, 3, 6]),
    (&["six", "6"], &[0, 4, 7, 9]),
    (&["sixNine", "six9", "sixby9", "6by9"], &[0, 4, 7, 9, 14]),
    (&["major7", "maj7"], &[0, 4, 7, 11]),
    (&["major9", "maj9"], &[0, 4, 7, 11, 14]),
    (&["add9", "major9add", "nineAdd"], &[0, 4, 7, 14]),
    (&["major11", "maj11"], &[0, 4, 7, 11, 14, 17]),
    (&["add11"], &[0, 4, 7, 17]),
    (&["major13", "maj13"], &[0, 4, 7, 11, 14, 21]),
    (&["add13"], &[0, 4, 7, 21]),
    (&["dom7", "7"], &[0, 4, 7, 10]),
    (&["dom9", "nine", "9"], &[0, 4, 7, 10, 14]),
    (&["dom11", "eleven", "11"], &[0, 4, 7, 10, 14, 17]),
    (&["dom13", "thirteen", "13"], &[0, 4, 7, 10, 14, 17, 21]),
    (&["sevenFlat5", "7f5"], &[0, 4, 6, 10]),
    (&["sevenSharp5", "7s5"], &[0, 4, 8, 10]),
    (&["sevenFlat9", "7f9"], &[0, 4, 7, 10, 13]),
    (&["sevenSharp9", "7s9"], &[0, 4, 7, 10, 15]),
    (&["minor6", "min6", "m6"], &[0, 3, 7, 9]),
    (&["minorSixNine", "minor69", "min69", "m69", "m6by9"], &[0, 3, 9, 7, 14]),
    (&["minor7flat5", "min7flat5", "m7flat5", "m7f5"], &[0, 3, 6, 10]),
    (&["minorSharp5", "msharp5", "mS5"], &[0, 3, 8]),
    (&["diminished7", "dim7"], &[0, 3, 6, 9]),
    (&["minor7", "min7", "m7"], &[0, 3, 7, 10]),
    (&["minor9", "min9", "m9"], &[0, 3, 7, 10, 14]),
    (&["minor11", "min11", "m11"], &[0, 3, 7, 10, 14, 17]),
    (&["minor13", "min13", "m13"], &[0, 3, 7, 10, 14, 17, 21]),
    (&["minorMajor7", "minMaj7", "mmaj7"], &[0, 3, 7, 11]),
    (&["one", "1"], &[0]),
    (&["five", "5"], &[0, 7]),
    (&["sus2"], &[0, 2, 7]),
    (&["sus4"], &[0, 5, 7]),
    (&["sevenSus2", "7sus2"], &[0, 2, 7, 10]),
    (&["sevenSus4", "7sus4"], &[0, 5, 7, 10]),
    (&["nineSus4", "ninesus4", "9sus4"], &[0, 5, 7, 10, 14]),
];

/// The names of all chords, further names behind each.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHORDS.iter().flat_map(|(names, _)| names.iter().copied())
}

/// The MIDI notes of a written chord; `Err` says what is expected where it can't be read.
pub(crate) fn chord(text: &str) -> Result<Vec<f64>, &'static str> {
    let mut words = text.split('\'');
    let root = words.next().unwrap_or("");
    let root = parse_number(root).or_else(|| note_to_midi(root, 3)).ok_or("a note before the apostrophe, as in c'maj7 or e3'min")?;
    let name = words.next().unwrap_or("");
    let known = CHORDS.iter().find(|(names, _)| names.contains(&name));
    let (_, tones) = known.ok_or("a chord name after the apostrophe, such as maj, min, maj7, dom7, dim, sus4")?;
    let mut notes: Vec<f64> = tones.iter().map(|t| root + f64::from(*t)).collect();
    words.try_for_each(|w| modify(&mut notes, w))?;
    Ok(notes)
}

fn modify(notes: &mut Vec<f64>, word: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "i (inversion), o (open), d1 (drop) or a number of notes from 1 to 16, as in c'maj7'i";
    if !word.is_empty() && word.len() <= 12 && word.bytes().all(|c| c == b'i') {
        let turns = word.len();
        for i in 0..turns {
            let at = i % notes.len();
            notes[at] += 12.0;
        }
        notes.sort_by(f64::total_cmp);
    } else if word == "o" {
        if notes.len() > 2 {
            notes[0] -= 12.0;
            notes[2] -= 12.0;
            notes.swap(1, 2);
        }
    } else if let Some(n) = word.strip_prefix('d').and_then(|n| n.parse::<usize>().ok()) {
        let at = notes.len().checked_sub(n).filter(|_| n > 0).ok_or(EXPECTED)?;
        let note = notes.remove(at) - 12.0;
        notes.insert(0, note);
    } else {
        let n: usize = word.parse().ok().filter(|n| (1..=MAX_NOTES).contains(n)).ok_or(EXPECTED)?;
        let given = notes.clone();
        let octaves = (0_u8..).flat_map(|o| given.iter().map(move |x| x + 12.0 * f64::from(o)));
        *notes = octaves.take(n).collect();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::chord;

    #[test]
    fn written_chords_read_as_in_tidal() {
        let table: &[(&str, &[f64])] = &[
            ("c'maj", &[48.0, 52.0, 55.0]),
            ("c4'maj7'i", &[64.0, 67.0, 71.0, 72.0]),
            ("c'maj7'ii", &[55.0, 59.0, 60.0, 64.0]),
            ("e3'min'o", &[40.0, 47.0, 55.0]),
            ("c'maj7'd1", &[47.0, 48.0, 52.0, 55.0]),
            ("c'maj'5", &[48.0, 52.0, 55.0, 60.0, 64.0]),
            ("60'sus4", &[60.0, 65.0, 67.0]),
        ];
        for (text, want) in table {
            let mut got = chord(text).unwrap_or_default();
            got.sort_by(f64::total_cmp);
            assert_eq!(&got, want, "{text}");
        }
        for text in ["c'", "c'what", "x'maj", "c'maj'z", "c'maj'99", "c'maj'd9"] {
            assert!(chord(text).is_err(), "{text}");
        }
    }
}
