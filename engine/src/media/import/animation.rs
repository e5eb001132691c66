//! Animated WebP, decoded with the `image` crate: builds of ffmpeg before 8 read only its stills.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use image::{AnimationDecoder, ImageDecoder, codecs::webp::WebPDecoder};

use super::{
    probe::Report,
    source::{Given, Input, Stop, check},
};
use crate::media::{
    Limits,
    error::{About, MediaError},
    source,
    still::{bounded_webp, refused},
};

/// Fastest rate a clip is given.
const MAX_FPS: u32 = 120;
/// How long a frame lasts that says it lasts no time, in milliseconds: as in browsers.
const SHORT: (u32, u32) = (10, 100);
/// Largest file whose durations are read.
const MAX_BYTES: u64 = 1 << 30;
/// Chunks of a file that are looked at.
const MAX_CHUNKS: usize = 1 << 20;

/// Writes the frames, each as often as its duration asks, as bare pixels into `part`. A file and not a pipe: writing into
/// a pipe whose reader has died would end a host that does not expect it.
pub(super) fn unroll(path: &Path, part: &Path, limits: &Limits, most: u64, stop: Stop<'_>) -> Result<Input, MediaError> {
    let about = About(path);
    let (file, size) = source::open(path, limits)?;
    if size > MAX_BYTES {
        return Err(about.too_large(format!("{size} bytes of WebP, the limit is {MAX_BYTES}")));
    }
    let delays = delays(&file, size);
    let mut file = BufReader::new(file);
    bounded_webp(&mut file, size, limits.pixels.into(), about)?;
    let mut decoder = WebPDecoder::new(file).map_err(|e| refused(e, about))?;
    let (width, height) = decoder.dimensions();
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(u64::from(limits.pixels) * 16);
    decoder.set_limits(bounds).map_err(|e| refused(e, about))?;
    let fps = rate(&delays);
    let mut out = BufWriter::new(File::create(part.join("frames.rgba")).map_err(|e| about.io(&e))?);
    let (mut millis, mut written) = (0u64, 0u64);
    for (frame, delay) in decoder.into_frames().zip(&delays) {
        check(stop, about)?;
        let frame = frame.map_err(|e| refused(e, about))?.into_buffer();
        millis += u64::from(*delay);
        let end = (millis * u64::from(fps.0) + 500 * u64::from(fps.1)) / (1000 * u64::from(fps.1));
        while written < end {
            check(stop, about)?;
            written += 1;
            if written * u64::from(width) * u64::from(height) * 4 > most || written > u64::from(limits.video_frames) {
                return Err(about.too_large(format!("its frames take more than {most} bytes or {} frames", limits.video_frames)));
            }
            out.write_all(frame.as_raw()).map_err(|e| about.io(&e))?;
        }
    }
    out.flush().map_err(|e| about.io(&e))?;
    if written == 0 {
        return Err(about.damaged("none of its frames can be decoded"));
    }
    let raw = ["-protocol_whitelist", "file", "-format_whitelist", "rawvideo", "-f", "rawvideo", "-pixel_format", "rgba", "-video_size"];
    let mut words: Vec<OsString> = raw.map(Into::into).into();
    words.extend([format!("{width}x{height}"), "-framerate".to_owned(), format!("{}/{}", fps.0, fps.1)].map(Into::into));
    words.extend(["-i", "file:frames.rgba"].map(Into::into));
    let report = Report::of_pixels("webp", (width, height), fps, written);
    let given = Given { fps: Some(fps), alpha: true, ..Given::default() };
    Ok(Input { look_at: path.to_owned(), demuxer: None, words, report: Some(report), given, notes: Vec::new() })
}

/// The durations of the frames in milliseconds, from the container's `ANMF` chunks ("WebP Container Specification":
/// 24 bits after four coordinates of 24).
fn delays(file: &File, size: u64) -> Vec<u32> {
    let mut delays = Vec::new();
    let mut at = 12;
    let mut header = [0; 24];
    for _ in 0..MAX_CHUNKS {
        if at + 24 > size || source::read_exact_at(file, &mut header, at).is_err() {
            break;
        }
        let [a, b, c, d] = [header[4], header[5], header[6], header[7]];
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if header.starts_with(b"ANMF") {
            let delay = u32::from_le_bytes([header[20], header[21], header[22], 0]);
            delays.push(if delay <= SHORT.0 { SHORT.1 } else { delay });
        }
        at += 8 + length + length % 2;
    }
    delays
}

/// The rate at which every duration is a whole number of frames; the fastest one where that would be faster.
fn rate(delays: &[u32]) -> (u32, u32) {
    let gcd = |a: u32, b: u32| {
        let (mut a, mut b) = (a, b);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let step = delays.iter().copied().fold(0, gcd).max(1);
    if step * MAX_FPS < 1000 {
        return (MAX_FPS, 1);
    }
    let divisor = gcd(1000, step);
    (1000 / divisor, step / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_a_whole_number_of_frames() {
        for (delays, fps) in [
            (&[40, 80, 40][..], (25, 1)),
            (&[100], (10, 1)),
            (&[70, 70], (100, 7)),
            (&[33, 34], (120, 1)),
            (&[2000], (1, 2)),
            (&[], (120, 1)),
        ] {
            assert_eq!(rate(delays), fps, "{delays:?}");
        }
    }
}
