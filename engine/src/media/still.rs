//! Stills, with the `image` crate; and what kind of medium a file is, by its first bytes.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use super::{
    Limits,
    error::{About, MediaError},
    source,
};

/// Kinds of file, told by their first bytes: names lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A still of a codec.
    Still(&'static str),
    /// QuickTime or MP4.
    Movie,
    /// A sound file, perhaps.
    Other,
}

impl Kind {
    /// Tells a file's kind.
    pub(super) fn of(path: &Path, limits: &Limits) -> Result<Self, MediaError> {
        let (file, _) = source::open(path, limits)?;
        let mut start = Vec::new();
        file.take(12).read_to_end(&mut start).map_err(|e| About(path).io(&e))?;
        Ok(match &start[..] {
            [0x89, b'P', b'N', b'G', ..] => Self::Still("png"),
            [0xFF, 0xD8, 0xFF, ..] => Self::Still("jpeg"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Self::Still("webp"),
            [_, _, _, _, kind @ ..] if [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"].iter().any(|k| kind.starts_with(*k)) => {
                Self::Movie
            }
            _ => Self::Other,
        })
    }
}

/// Decodes a still: width, height and RGBA8 pixels, upright by its EXIF orientation.
///
/// # Errors
/// [`MediaError`] where it is damaged or exceeds the limits.
pub(super) fn decode(path: &Path, limits: &Limits) -> Result<(u32, u32, Vec<u8>), MediaError> {
    source::contain(About(path), || decode_file(path, limits))
}

fn decode_file(path: &Path, limits: &Limits) -> Result<(u32, u32, Vec<u8>), MediaError> {
    let about = About(path);
    let (mut file, size) = source::open(path, limits)?;
    file.seek(SeekFrom::Start(0)).map_err(|e| about.io(&e))?;
    let refused = |e: ImageError| refused(e, about);
    let mut reader: ImageReader<BufReader<File>> =
        ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(|e| about.io(&e))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(about.unsupported("its picture format"));
    }
    // 16 bits of four channels before the conversion to 8, and as much again for the codec itself.
    let webp = reader.format() == Some(ImageFormat::WebP);
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(u64::from(limits.pixels) * 16);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > u64::from(limits.pixels) {
        return Err(about.too_large(format!("{width} × {height} pixels, the limit is {}", limits.pixels)));
    }
    // Deflate packs 1032 bytes into one at best, of 8 pixels each; JPEG packs less. WebP knows no such bound.
    if !webp && u64::from(width) * u64::from(height) > size.saturating_mul(8 * 1032) {
        return Err(about.damaged("its size is more than its bytes can hold"));
    }
    let orientation = decoder.orientation().map_err(refused)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    image.apply_orientation(orientation);
    let rgba = image.into_rgba8();
    Ok((rgba.width(), rgba.height(), rgba.into_raw()))
}

pub(super) fn refused(error: ImageError, about: About<'_>) -> MediaError {
    match error {
        ImageError::Limits(e) => about.too_large(e.to_string()),
        ImageError::Unsupported(e) => about.unsupported(e.to_string()),
        ImageError::IoError(e) => about.io(&e),
        other => about.damaged(other.to_string()),
    }
}
