//! What a WAV file says of its sound besides the samples: the note at which it was recorded, where it loops, and the length of its cycles
//! where it is a wavetable.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use crate::files;

/// Most chunks that are looked at.
const MOST: usize = 256;

/// What a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// The MIDI note at which it sounds as recorded.
    pub note: Option<f64>,
    /// First and last frame of its loop.
    pub frames: Option<(u32, u32)>,
    /// Frames of each of its cycles.
    pub cycle: Option<u32>,
}

/// The MIDI note at which a WAV file sounds as recorded, that of its `smpl` chunk, else of its `inst` chunk (Microsoft and IBM,
/// "Multimedia Programming Interface and Data Specifications 1.0" and its supplement "New Multimedia Data Types", 1994), and the first
/// forward loop of the former; the cycles' length of its `clm ` chunk, as Serum writes it. Nothing where it is no such file.
pub(super) fn of(path: &Path) -> Said {
    chunks(path).unwrap_or_default()
}

fn chunks(path: &Path) -> Option<Said> {
    let (mut file, _) = files::open(path).ok()?;
    let mut head = [0; 12];
    file.read_exact(&mut head).ok()?;
    if !matches!(&head[..4], b"RIFF" | b"RF64") || &head[8..] != b"WAVE" {
        return None;
    }
    let (mut sampler, mut instrument, mut frames, mut cycle) = (None, None, None, None);
    for _ in 0..MOST {
        let Some((name, size)) = next(&mut file) else { break };
        let before = file.stream_position().ok()?;
        match &name {
            b"smpl" if size >= 36 => {
                let bytes = chunk::<36>(&mut file);
                sampler = bytes.and_then(|bytes| of_sampler(&bytes));
                frames = bytes.filter(|bytes| bytes[28..32] != [0; 4] && size >= 60).and_then(|_| of_loop(&chunk::<24>(&mut file)?));
            }
            b"clm " if size >= 8 => cycle = chunk::<8>(&mut file).and_then(|bytes| of_table(&bytes)),
            b"inst" if size >= 7 => instrument = chunk::<7>(&mut file).and_then(|bytes| of_instrument(&bytes)),
            _ => {}
        }
        // Chunks begin at even places.
        let after = before.checked_add(u64::from(size) + u64::from(size & 1))?;
        if file.seek(SeekFrom::Start(after)).is_err() {
            break;
        }
    }
    Some(Said { note: sampler.or(instrument), frames, cycle })
}

/// Frames of a cycle, which stand as text behind a mark: `<!>2048 …`.
fn of_table(bytes: &[u8; 8]) -> Option<u32> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"<!>")?).ok()?;
    text.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// First and last frame of a loop that goes forwards.
fn of_loop(bytes: &[u8; 24]) -> Option<(u32, u32)> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (kind, first, last) = (word(4)?, word(8)?, word(12)?);
    (kind == 0 && first < last).then_some((first, last))
}

/// The name and the size of the next chunk.
fn next(file: &mut File) -> Option<([u8; 4], u32)> {
    let head = chunk::<8>(file)?;
    let [a, b, c, d, size @ ..] = head;
    Some(([a, b, c, d], u32::from_le_bytes(size)))
}

fn chunk<const N: usize>(file: &mut File) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// The unity note and its fraction, in 2^-32 of a semitone.
fn of_sampler(bytes: &[u8; 36]) -> Option<f64> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (note, fraction) = (word(12)?, word(16)?);
    // A note 0 without a loop is what programs write that know none.
    let says = note > 0 || fraction > 0 || word(28)? > 0;
    (says && note <= 127).then(|| (f64::from(note) + f64::from(fraction) / 4_294_967_296.0).min(127.0))
}

/// The unshifted note, and its fine tuning in cents, by which the sound is to be raised.
fn of_instrument(bytes: &[u8; 7]) -> Option<f64> {
    let [note, cents, ..] = *bytes;
    let cents = f64::from(i8::from_ne_bytes([cents]));
    (1..=127).contains(&note).then(|| (f64::from(note) - cents / 100.0).clamp(0.0, 127.0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
        let size = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let pad = vec![0; bytes.len() % 2];
        [name.as_slice(), &size, bytes, &pad].concat()
    }

    fn smpl(note: u32, fraction: u32, loops: u32) -> Vec<u8> {
        let words = [0, 0, 20_833, note, fraction, 0, 0, loops, 0];
        chunk(b"smpl", &words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect::<Vec<u8>>())
    }

    fn with_loop(note: u32, [kind, first, last]: [u32; 3]) -> Vec<u8> {
        let words = [0, 0, 20_833, note, 0, 0, 0, 1, 0, 7, kind, first, last, 0, 0];
        chunk(b"smpl", &words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect::<Vec<u8>>())
    }

    fn said_of(chunks: &[Vec<u8>]) -> Said {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.wav");
        let body = chunks.concat();
        let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
        std::fs::write(&path, [b"RIFF".as_slice(), &size, b"WAVE", &body].concat()).unwrap();
        of(&path)
    }

    #[test]
    fn a_files_own_note_is_read_and_damage_is_none() {
        let data = chunk(b"data", &[0; 5]);
        let inst = chunk(b"inst", &[48, 0, 0, 0, 127, 1, 127]);
        for (chunks, wanted) in [
            (vec![data.clone(), smpl(57, 0, 0)], Some(57.0)),
            (vec![smpl(57, 1 << 31, 0), data.clone()], Some(57.5)),
            (vec![data.clone(), inst.clone()], Some(48.0)),
            (vec![inst.clone(), data.clone(), smpl(60, 0, 1)], Some(60.0)),
            (vec![chunk(b"inst", &[48, 0xF6, 0, 0, 127, 1, 127])], Some(48.1)),
            (vec![data.clone(), smpl(0, 0, 0)], None),
            (vec![data.clone(), smpl(200, 0, 0)], None),
            (vec![data.clone(), b"smpl\x24\0\0\0short".to_vec()], None),
            (vec![data.clone(), b"LIST\xff\xff\xff\xff".to_vec()], None),
            (vec![data], None),
        ] {
            assert_eq!(said_of(&chunks), Said { note: wanted, ..Said::default() });
        }
    }

    #[test]
    fn a_wavetables_file_says_how_long_its_cycles_are() {
        let data = chunk(b"data", &[0; 5]);
        for (text, cycle) in [
            (&b"<!>2048 10000000 wavetable"[..], Some(2048)),
            (b"<!>256 x", Some(256)),
            (b"<!>", None),
            (b"<!>x2048", None),
            (b"2048 100", None),
            (b"<!>99999", Some(99_999)),
        ] {
            assert_eq!(said_of(&[data.clone(), chunk(b"clm ", text)]).cycle, cycle, "{text:?}");
        }
    }

    #[test]
    fn a_files_loop_is_read_where_it_goes_forwards() {
        let data = chunk(b"data", &[0; 5]);
        for (smpl, note, frames) in [
            (with_loop(57, [0, 100, 299]), Some(57.0), Some((100, 299))),
            (with_loop(0, [0, 0, 1]), Some(0.0), Some((0, 1))),
            (with_loop(57, [1, 100, 299]), Some(57.0), None),
            (with_loop(57, [0, 299, 100]), Some(57.0), None),
            (smpl(57, 0, 1), Some(57.0), None),
        ] {
            assert_eq!(said_of(&[data.clone(), smpl.clone()]), Said { note, frames, ..Said::default() });
            assert_eq!(said_of(&[smpl, data.clone()]), Said { note, frames, ..Said::default() });
        }
    }
}
