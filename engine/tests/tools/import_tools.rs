//! What the tests of imports share: a library with a cache of its own, and the frames of what it brings.

use std::{path::Path, time::Duration};

use crate::media_tools::Files;
use videotracker_engine::media::{
    FrameBuffer, FrameReader, Library, Limits, Loaded, MediaError,
    import::{Quality, Settings},
};

const LONG: Duration = Duration::from_secs(120);

/// Imports into a cache beside the files.
pub fn settings(files: &Files) -> Settings {
    Settings { cache: Some(files.path("cache")), ffmpeg: None, quality: Quality::Hap, ..Settings::default() }
}

pub fn get(library: &Library, path: &Path) -> Result<Loaded, MediaError> {
    library.request("x", vec![path.to_owned()], 48_000.0);
    assert!(library.wait_all(LONG), "{} takes too long", path.display());
    library.poll().expect("a result").1
}

/// A medium, read or imported.
pub fn try_take(files: &Files, name: &str) -> Result<Loaded, MediaError> {
    get(&Library::with_import(Limits::default(), settings(files)), &files.path(name))
}

pub fn take(files: &Files, name: &str) -> Loaded {
    try_take(files, name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The frames of a picture in RGBA.
pub fn pictures(media: &Loaded) -> Vec<Vec<u8>> {
    let mut reader = FrameReader::open(&media.info.video.as_ref().expect("there is a picture").path).expect("it opens");
    let mut frame = FrameBuffer::default();
    (0..reader.info().frames)
        .map(|index| {
            reader.read(index, &mut frame).expect("the frame is read");
            frame.to_rgba8()
        })
        .collect()
}

/// The frames that ffmpeg makes of a file, in RGBA.
pub fn theirs(files: &Files, arguments: &str, size: (u32, u32)) -> Vec<Vec<u8>> {
    let raw = std::fs::read(files.make(&format!("{arguments} -pix_fmt rgba -f rawvideo"), "theirs.raw")).expect("ffmpeg wrote it");
    raw.chunks_exact((size.0 * size.1 * 4) as usize).map(<[u8]>::to_vec).collect()
}

/// Mean difference of two pictures' colours.
pub fn off(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len(), "pictures of equal size");
    let sum: u64 = a.iter().zip(b).enumerate().filter(|(at, _)| at % 4 < 3).map(|(_, (a, b))| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (a.len() / 4 * 3) as f64
}

/// Mean of a picture's red, green, blue and alpha.
pub fn mean(rgba: &[u8]) -> [f64; 4] {
    let mut sums = [0.0; 4];
    rgba.as_chunks::<4>().0.iter().for_each(|pixel| sums.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += f64::from(*part)));
    sums.map(|sum| sum / (rgba.len() / 4) as f64)
}
