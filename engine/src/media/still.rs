//! Stills, with the `image` and `png` crates; and what kind of medium a file is, by its first bytes.
//!
//! A still takes the memory of its pixels, what its codec needs for them and a fixed amount: what files hold beside the picture
//! (colour profiles, EXIF, texts, thumbnails) is not read, but for the orientation in a small EXIF.

mod jpeg;
mod png;
mod webp;

use std::{
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, RgbaImage, metadata::Orientation};

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

/// What QuickTime and MP4 files begin with.
const BOXES: [&[u8; 4]; 11] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid", b"styp", b"sidx", b"moof"];

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
            [_, _, _, _, kind @ ..] if BOXES.iter().any(|k| kind.starts_with(*k)) => Self::Movie,
            _ => Self::Other,
        })
    }
}

/// Width, height and RGBA of 8 bits for each pixel.
type Pixels = (u32, u32, Vec<u8>);

/// Bytes that a file may hold beside its picture's own, and the most of an EXIF that is looked at.
const BESIDE: (u64, u64) = (1 << 20, 1 << 16);

/// Decodes a still: width, height and RGBA8 pixels, upright by its EXIF orientation.
///
/// # Errors
/// [`MediaError`] where it is damaged or exceeds the limits.
pub(crate) fn decode(path: &Path, limits: &Limits) -> Result<Pixels, MediaError> {
    source::contain(About(path), || decode_file(path, limits))
}

fn decode_file(path: &Path, limits: &Limits) -> Result<Pixels, MediaError> {
    let about = About(path);
    let Kind::Still(codec) = Kind::of(path, limits)? else { return Err(about.unsupported("its picture format")) };
    let (mut file, size) = source::open(path, limits)?;
    file.seek(SeekFrom::Start(0)).map_err(|e| about.io(&e))?;
    let (file, most) = (BufReader::new(file), u64::from(limits.pixels));
    match codec {
        "png" => png::decode(file, size, most, about),
        "jpeg" => jpeg::decode(file, size, most, about),
        _ => webp::decode(file, size, most, about),
    }
}

/// Refuses a picture of more pixels than pictures may have.
fn check_size(width: u32, height: u32, most: u64, about: About<'_>) -> Result<(), MediaError> {
    if u64::from(width) * u64::from(height) > most {
        return Err(about.too_large(format!("{width} × {height} pixels, the limit is {most}")));
    }
    Ok(())
}

/// Room for the RGBA of a picture.
fn room(width: u32, height: u32, about: About<'_>) -> Result<Vec<u8>, MediaError> {
    let bytes = usize::try_from(u64::from(width) * u64::from(height) * 4).map_err(|_| about.memory())?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| about.memory())?;
    pixels.resize(bytes, 0);
    Ok(pixels)
}

/// Reads the picture of a decoder of 8 bits, with nothing beside its RGBA in memory.
fn read(decoder: impl ImageDecoder, about: About<'_>) -> Result<Pixels, MediaError> {
    let ((width, height), colour) = (decoder.dimensions(), decoder.color_type());
    let channels = match colour {
        ColorType::L8 => 1,
        ColorType::La8 => 2,
        ColorType::Rgb8 => 3,
        ColorType::Rgba8 => 4,
        other => return Err(about.unsupported(format!("a picture of {other:?}"))),
    };
    let mut pixels = room(width, height, about)?;
    let count = pixels.len() / 4;
    decoder.read_image(&mut pixels[..count * channels]).map_err(|e| refused(e, about))?;
    widen(&mut pixels, channels);
    Ok((width, height, pixels))
}

/// Spreads pixels of fewer channels, which lie at the front, to RGBA in their place.
fn widen(pixels: &mut [u8], channels: usize) {
    // From the last one on, so that none is overwritten before it is read; RGBA lies right already.
    for at in (0..if channels < 4 { pixels.len() / 4 } else { 0 }).rev() {
        let from = &pixels[at * channels..(at + 1) * channels];
        let (first, last) = (from[0], from[channels - 1]);
        let wide = match channels {
            1 => [first, first, first, 255],
            2 => [first, first, first, last],
            _ => [first, from[1], last, 255],
        };
        pixels[at * 4..at * 4 + 4].copy_from_slice(&wide);
    }
}

/// A picture the right way up.
fn oriented((width, height, pixels): Pixels, orientation: Orientation, about: About<'_>) -> Result<Pixels, MediaError> {
    if orientation == Orientation::NoTransforms {
        return Ok((width, height, pixels));
    }
    let image = RgbaImage::from_raw(width, height, pixels).ok_or_else(|| about.memory())?;
    let mut image = DynamicImage::ImageRgba8(image);
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

pub(super) use webp::bounded as bounded_webp;
