//! What is kept of a take that failed: its encoder died, the disk is full, the device is gone.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use videotracker_engine::files;

use super::{
    RecordOptions, Scratch, VideoError, beside,
    ffmpeg::Ffmpeg,
    sink::{Pictures, Sink},
};

/// Bytes of a frame of sound: two channels of 32 bits.
const FRAME_BYTES: u64 = 8;
/// Sound without pictures that is worth a file, in seconds.
const WORTH_SECS: u64 = 1;

impl Sink {
    /// Keeps what there is of the take as a file that plays, under a name that says so; the error says where. Nothing but
    /// the failure where there is nothing worth keeping.
    pub(super) fn keep(mut self, options: &RecordOptions, why: VideoError) -> VideoError {
        // Its own end writes what still goes.
        drop(self.wav.take());
        let sound = mend_sound(&self.wav_file.0).unwrap_or(0);
        let worth = sound >= WORTH_SECS * u64::from(self.sample_rate);
        let (pictures, kept) = match &mut self.pictures {
            Pictures::Film(container, ffmpeg, silent) => {
                if let Some(ffmpeg) = ffmpeg.take() {
                    // One that is well writes what it still has.
                    drop(ffmpeg.finish(options));
                }
                let pictures = mend_film(&silent.0).unwrap_or(0);
                let mut kept = Vec::new();
                if pictures > 0 {
                    let name = incomplete(&self.path, container.name);
                    let whole = Scratch(beside(&self.path, container.name));
                    let heard = (sound > 0).then_some(&*self.wav_file.0);
                    let joined = Ffmpeg::join(options, container, &silent.0, heard, &whole.0);
                    if joined.is_ok() && std::fs::rename(&whole.0, &name).is_ok() {
                        kept.push(name);
                    } else {
                        // No room, or no program that works: the parts as they are play as well.
                        kept.push(kept_as(silent, name));
                        kept.extend((sound > 0).then(|| kept_as(&mut self.wav_file, incomplete(&self.path, "wav"))));
                    }
                } else if worth {
                    kept.push(kept_as(&mut self.wav_file, incomplete(&self.path, "wav")));
                }
                (pictures, kept)
            }
            Pictures::Folder(fresh) => {
                if sound > 0 {
                    let name = self.path.join("audio.wav");
                    kept_as(&mut self.wav_file, if files::is_taken(&name) { incomplete(&name, "wav") } else { name });
                }
                let name = incomplete(&self.path, "");
                let moved = *fresh && std::fs::rename(&self.path, &name).is_ok();
                let folder = if moved { name } else { self.path.clone() };
                (self.frames, if self.frames > 0 || worth { vec![folder] } else { Vec::new() })
            }
        };
        if kept.is_empty() {
            return why;
        }
        let kept = kept.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ");
        let (path, of) = (self.path.clone(), self.frames);
        VideoError::Incomplete { path, remedy: remedy(&why), why: Box::new(why), pictures, of, kept }
    }
}

/// Gives a file its name, or leaves it under the hidden one it has; that name.
fn kept_as(file: &mut Scratch, name: PathBuf) -> PathBuf {
    let hidden = std::mem::take(&mut file.0);
    if std::fs::rename(&hidden, &name).is_ok() { name } else { hidden }
}

/// What to do about a failure.
fn remedy(why: &VideoError) -> &'static str {
    // SIGXFSZ: a limit of the system's on the size of files.
    const FULL: [&str; 5] = ["No space left", "File too large", "SIGXFSZ", "not enough space", "quota"];
    let full = |text: &str| FULL.iter().any(|words| text.contains(words));
    match why {
        VideoError::Lost(_) => "Start the recording again",
        why if full(&why.to_string()) => "Make room there, or record to another disk, and start the recording again",
        VideoError::Ffmpeg { .. } => {
            "Start the recording again; if it fails again, record to a folder of images (a path that ends in /), which needs no ffmpeg"
        }
        _ => "See that the disk can be written, and start the recording again",
    }
}

/// The first name for an incomplete take that nothing has yet: `film (incomplete).mp4`, `film (incomplete 2).mp4`, …
fn incomplete(path: &Path, ending: &str) -> PathBuf {
    let whole = if ending.is_empty() { path.file_name() } else { path.file_stem() };
    let stem = whole.unwrap_or_default().to_string_lossy();
    let dot = if ending.is_empty() { "" } else { "." };
    let name = |number: u32| match number {
        1 => path.with_file_name(format!("{stem} (incomplete){dot}{ending}")),
        _ => path.with_file_name(format!("{stem} (incomplete {number}){dot}{ending}")),
    };
    (1..u32::MAX).map(name).find(|name| !files::is_taken(name)).unwrap_or_else(|| name(0))
}

/// Cuts a film in parts off after its last whole part; how many it has.
///
/// Boxes and fragments: ISO/IEC 14496-12, 4.2 and 8.8. Each part is a `moof` and the `mdat` after it.
fn mend_film(path: &Path) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let (mut place, mut end, mut parts, mut begun) = (0, 0, 0, false);
    while let Some((kind, size)) = box_at(&mut file, place)? {
        let Some(next) = place.checked_add(size).filter(|next| size >= 8 && *next <= length) else { break };
        if kind == *b"mdat" && begun {
            (parts, end) = (parts + 1, next);
        }
        begun = kind == *b"moof";
        place = next;
    }
    if parts > 0 && end < length {
        file.set_len(end)?;
    }
    Ok(parts)
}

/// The kind and the size of the box at a place; `None` where none begins.
fn box_at(file: &mut File, place: u64) -> io::Result<Option<([u8; 4], u64)>> {
    file.seek(SeekFrom::Start(place))?;
    let mut header = Vec::with_capacity(16);
    file.take(16).read_to_end(&mut header)?;
    let Some([a, b, c, d, kind @ ..]) = header.first_chunk::<8>() else { return Ok(None) };
    let short = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    let long = header.get(8..).and_then(|rest| rest.first_chunk()).map(|bytes| u64::from_be_bytes(*bytes));
    let size = if short == 1 { long } else { Some(short) };
    Ok(size.map(|size| (*kind, size)))
}

/// Writes the length of a WAV file that broke off into its header; how many whole frames it has.
fn mend_sound(path: &Path) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut header = Vec::new();
    Read::by_ref(&mut file).take(256).read_to_end(&mut header)?;
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    if !header.starts_with(b"RIFF") {
        return Err(broken());
    }
    // The chunk's name and its size stand before what is in it.
    let data = header.windows(4).position(|name| name == b"data").ok_or_else(broken)? as u64 + 8;
    // More than a WAV file holds is cut off.
    let most = (u64::from(u32::MAX) - data) / FRAME_BYTES;
    let frames = (length.saturating_sub(data) / FRAME_BYTES).min(most);
    let size = |bytes: u64| u32::try_from(bytes).map_err(io::Error::other);
    let (bytes, all) = (size(frames * FRAME_BYTES)?, size(data - 8 + frames * FRAME_BYTES)?);
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&all.to_le_bytes())?;
    file.seek(SeekFrom::Start(data - 4))?;
    file.write_all(&bytes.to_le_bytes())?;
    file.set_len(data + u64::from(bytes))?;
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_in_parts_is_cut_off_after_its_last_whole_part_wherever_it_breaks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("film");
        let boxed = |kind: &[u8; 4], bytes: u32| [&(bytes + 8).to_be_bytes()[..], kind, &vec![7; bytes as usize]].concat();
        let head = [boxed(b"ftyp", 20), boxed(b"moov", 100)].concat();
        let part = [boxed(b"moof", 30), boxed(b"mdat", 50)].concat();
        let film = [&head[..], &part, &part, &part].concat();
        for length in 0..=film.len() {
            std::fs::write(&path, &film[..length]).expect("writes");
            let parts = length.saturating_sub(head.len()) / part.len();
            assert_eq!(mend_film(&path).expect("mends"), parts as u64, "{length} bytes");
            let left = if parts > 0 { head.len() + parts * part.len() } else { length };
            assert_eq!(std::fs::metadata(&path).expect("is there").len(), left as u64, "{length} bytes");
        }
        for damaged in [vec![0; 64], vec![255; 64], [&1_u32.to_be_bytes()[..], b"moof", &[255; 8]].concat()] {
            std::fs::write(&path, damaged).expect("writes");
            assert_eq!(mend_film(&path).expect("reads"), 0);
        }
    }

    #[test]
    fn sound_that_broke_off_is_a_whole_file_up_to_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sound.wav");
        let spec = hound::WavSpec { channels: 2, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
        let mut wav = hound::WavWriter::create(&path, spec).expect("begins");
        (0..2000).for_each(|n| wav.write_sample(n as f32).expect("writes"));
        wav.finalize().expect("ends");
        let whole = std::fs::read(&path).expect("reads");
        let head = whole.len() - 1000 * 8;
        for length in (0..whole.len()).step_by(13) {
            std::fs::write(&path, &whole[..length]).expect("writes");
            let mended = mend_sound(&path);
            if length < head {
                continue;
            }
            assert_eq!(mended.expect("mends"), (length - head) as u64 / 8);
            let read = hound::WavReader::open(&path).expect("opens").into_samples::<f32>().map(|sample| sample.expect("a sample"));
            assert!(read.eq((0..(length - head) / 8 * 2).map(|n| n as f32)), "{length} bytes");
        }
    }

    #[test]
    fn an_incomplete_take_says_so_and_goes_over_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let [film, images] = ["take.1.mov", "images.d/"].map(|name| folder.path().join(name));
        for (path, ending, names) in [
            (&film, "mov", ["take.1 (incomplete).mov", "take.1 (incomplete 2).mov"]),
            (&film, "wav", ["take.1 (incomplete).wav", "take.1 (incomplete 2).wav"]),
            (&images, "", ["images.d (incomplete)", "images.d (incomplete 2)"]),
        ] {
            for name in names {
                assert_eq!(incomplete(path, ending), folder.path().join(name));
                std::fs::write(folder.path().join(name), []).expect("writes");
            }
        }
    }
}
