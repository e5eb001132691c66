//! Chunks of RIFF and IFF files, for what decoders pass over ("Multimedia Programming Interface and Data Specifications 1.0";
//! "Audio Interchange File Format", 1989).

use std::{
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use crate::files;

/// Chunks of a file that are looked at.
const MOST_CHUNKS: usize = 4096;
/// Bytes of a chunk that are read.
const MOST_BYTES: u64 = 1 << 20;

/// Which kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// WAV; its numbers have their lowest byte first.
    Wave,
    /// AIFF or AIFF-C; the other way round.
    Aiff,
}

impl Form {
    /// The kind of a file; `None` where it is another, or can't be read.
    pub fn of(path: &Path) -> Option<Self> {
        let (mut file, _) = files::open(path).ok()?;
        let mut start = [0; 12];
        file.read_exact(&mut start).ok()?;
        match (&start[..4], &start[8..]) {
            (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => Some(Self::Wave),
            (b"FORM", b"AIFF" | b"AIFC") => Some(Self::Aiff),
            _ => None,
        }
    }

    /// The content of the first chunk of a kind, up to 1 MiB of it.
    pub fn chunk(self, path: &Path, wanted: &[u8; 4]) -> Option<Vec<u8>> {
        let (mut file, found) = files::open(path).ok()?;
        let mut at = 12;
        for _ in 0..MOST_CHUNKS {
            let mut header = [0; 8];
            if at + 8 > found.len() {
                break;
            }
            file.seek(SeekFrom::Start(at)).ok()?;
            file.read_exact(&mut header).ok()?;
            let [a, b, c, d, length @ ..] = header;
            let length = u64::from(match self {
                Self::Wave => u32::from_le_bytes(length),
                Self::Aiff => u32::from_be_bytes(length),
            });
            if [a, b, c, d] == *wanted {
                let mut content = Vec::new();
                file.take(length.min(MOST_BYTES)).read_to_end(&mut content).ok()?;
                return Some(content);
            }
            at += 8 + length + length % 2;
        }
        None
    }

    /// The places of a WAV's channels, as bits; `None` where it does not say.
    pub fn mask(self, path: &Path) -> Option<u32> {
        let format = self.chunk(path, b"fmt ")?;
        let extensible = format.first_chunk() == Some(&0xFFFE_u16.to_le_bytes());
        format.get(20..)?.first_chunk().map(|mask| u32::from_le_bytes(*mask)).filter(|_| extensible)
    }
}

/// Most marks of a file.
const MOST_MARKS: usize = 4096;

/// Where a WAV or AIFF marks places in its sound of `rate` frames a second: in seconds, in order, each once. Empty for other files.
pub(super) fn cues(path: &Path, rate: u32) -> Vec<f64> {
    let marks = match Form::of(path) {
        Some(form @ Form::Wave) => form.chunk(path, b"cue ").map(|chunk| wave_marks(&chunk)),
        Some(form @ Form::Aiff) => form.chunk(path, b"MARK").map(|chunk| aiff_marks(&chunk)),
        None => None,
    };
    let mut marks = marks.unwrap_or_default();
    marks.sort_unstable();
    marks.dedup();
    marks.into_iter().map(|frame| f64::from(frame) / f64::from(rate.max(1))).collect()
}

/// Cue points: a number, a position, the kind of a chunk, two places in it, a frame.
fn wave_marks(chunk: &[u8]) -> Vec<u32> {
    let word =
        |point: &[u8; 24], at: usize| point.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_le_bytes(*word));
    let points = || chunk.get(4..).unwrap_or_default().as_chunks::<24>().0.iter().take(MOST_MARKS);
    // Some writers leave the frame empty and say the position.
    let at = if points().any(|point| word(point, 20) > 0) { 20 } else { 4 };
    points().map(|point| word(point, at)).collect()
}

/// The MIDI note at which an AIFF sounds as recorded, and first and last frame of the loop that it holds while a note lasts; nothing
/// for other files. Its loop goes from marker to marker, which lie before frames.
pub(super) fn instrument(path: &Path) -> (Option<f64>, Option<(u32, u32)>) {
    let Some(form @ Form::Aiff) = Form::of(path) else { return (None, None) };
    let Some(chunk) = form.chunk(path, b"INST").filter(|chunk| chunk.len() >= 14) else { return (None, None) };
    let word = |at: usize| chunk.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u16::from_be_bytes(*word));
    let cents = f64::from(i8::from_ne_bytes([chunk[1]]));
    let note = (1..=127).contains(&chunk[0]).then(|| (f64::from(chunk[0]) - cents / 100.0).clamp(0.0, 127.0));
    // 1 goes forwards; 2 there and back, which is not played.
    let is_forward = word(8) == 1;
    let marks = if is_forward { numbered(&form.chunk(path, b"MARK").unwrap_or_default()) } else { Vec::new() };
    let at = |number: u16| marks.iter().find(|(own, _)| *own == number).map(|(_, frame)| *frame);
    let frames = at(word(10)).zip(at(word(12))).filter(|(first, end)| first < end).map(|(first, end)| (first, end - 1));
    (note, frames.filter(|(first, last)| first < last))
}

/// The frames of markers.
fn aiff_marks(chunk: &[u8]) -> Vec<u32> {
    numbered(chunk).into_iter().map(|(_, frame)| frame).collect()
}

/// Markers: a number, a frame, a name with its length before it and padded to a whole number of words.
fn numbered(chunk: &[u8]) -> Vec<(u16, u32)> {
    let mut rest = chunk.get(2..).unwrap_or_default();
    let mut marks = Vec::new();
    while let Some([high, low, a, b, c, d, length]) = rest.first_chunk().filter(|_| marks.len() < MOST_MARKS) {
        marks.push((u16::from_be_bytes([*high, *low]), u32::from_be_bytes([*a, *b, *c, *d])));
        let name = 1 + usize::from(*length);
        rest = rest.get(6 + name.next_multiple_of(2)..).unwrap_or_default();
    }
    marks
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn an_aiffs_own_note_and_loop_are_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let chunk = |name: &[u8; 4], content: &[u8]| [&name[..], &u32::try_from(content.len()).unwrap().to_be_bytes(), content].concat();
        let mark = [&[0, 2, 0, 1, 0, 0, 0, 100, 1][..], b"a", &[0, 2, 0, 0, 1, 0xF4, 1], b"b"].concat();
        let inst = |note: u8, cents: i8, mode: u8, [begin, end]: [u8; 2]| {
            let tuned = [note, cents.to_ne_bytes()[0], 0, 127, 1, 127, 0, 0];
            [&tuned[..], &[0, mode, 0, begin, 0, end, 0, 0, 0, 0, 0, 0]].concat()
        };
        for (inst, wanted) in [
            (inst(57, 0, 1, [1, 2]), (Some(57.0), Some((100, 499)))),
            (inst(57, 25, 0, [1, 2]), (Some(56.75), None)),
            (inst(57, 0, 1, [2, 1]), (Some(57.0), None)),
            (inst(57, 0, 1, [1, 9]), (Some(57.0), None)),
            (inst(57, 0, 2, [1, 2]), (Some(57.0), None)),
            (inst(0, 0, 1, [1, 2]), (None, Some((100, 499)))),
            (vec![57, 0], (None, None)),
        ] {
            let path = folder.path().join("a.aiff");
            std::fs::write(&path, [&b"FORM\0\0\0\0AIFF"[..], &chunk(b"MARK", &mark), &chunk(b"INST", &inst)].concat()).unwrap();
            assert_eq!(instrument(&path), wanted, "{inst:?}");
        }
        assert_eq!(instrument(&folder.path().join("none.aiff")), (None, None));
    }

    #[test]
    fn marks_are_read_in_order_and_once() {
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            cues(&path, 1000)
        };
        let point = |frame: u32, position: u32| {
            [&1_u32.to_le_bytes()[..], &position.to_le_bytes(), b"data", &[0; 8], &frame.to_le_bytes()].concat()
        };
        let wave = |points: &[Vec<u8>]| {
            let cue = [&u32::try_from(points.len()).unwrap().to_le_bytes()[..], &points.concat()].concat();
            [&b"RIFF\0\0\0\0WAVEodd \x03\0\0\0abc\0cue "[..], &u32::try_from(cue.len()).unwrap().to_le_bytes(), &cue].concat()
        };
        assert_eq!(at("a.wav", &wave(&[point(500, 7), point(0, 0), point(250, 1), point(250, 2)])), [0.0, 0.25, 0.5]);
        assert_eq!(at("b.wav", &wave(&[point(0, 100), point(0, 300)])), [0.1, 0.3]);
        let marks = [&[0, 2, 0, 1, 0, 0, 1, 0xF4, 3][..], b"one", &[0, 2, 0, 0, 0, 100, 2], b"to", &[0]].concat();
        let mark = [&b"FORM\0\0\0\0AIFFMARK"[..], &u32::try_from(marks.len()).unwrap().to_be_bytes(), &marks].concat();
        assert_eq!(at("a.aiff", &mark), [0.1, 0.5]);
        for cut in 0..mark.len() {
            assert!(at("cut.aiff", &mark[..cut]).len() <= 2);
        }
        assert!(at("a.txt", b"nothing").is_empty());
    }
}
