//! PNG, row by row: what a picture takes is its own pixels, whatever else its file holds.
//!
//! Colour profiles, texts and private chunks are passed over unread; what else is kept of chunks has a fixed bound. Sixteen bits
//! are rounded to eight as each row comes, so that no picture exists at more than four bytes for each pixel.

use std::io::{BufRead, Seek};

use image::metadata::Orientation;
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{About, MediaError, Pixels, oriented, room};

/// Most bytes of chunks beside the pixels, such as EXIF.
const BESIDE: usize = 1 << 20;
/// Where the passes of an interlaced picture lie: first column and row, and their distances ("Portable Network Graphics",
/// section 8.2).
const PASSES: [[usize; 4]; 7] = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// Decodes a picture of at most `most` pixels from a file of `size` bytes.
pub(super) fn decode(file: impl BufRead + Seek, size: u64, most: u64, about: About<'_>) -> Result<Pixels, MediaError> {
    let refused = |error: DecodingError| refused(error, about);
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: BESIDE });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let (width, height) = decoder.read_header_info().map_err(refused)?.size();
    super::check_size(width, height, most, about)?;
    // Deflate packs 1032 bytes into one at best, of 8 pixels each.
    if u64::from(width) * u64::from(height) > size.saturating_mul(8 * 1032) {
        return Err(about.damaged("its size is more than its bytes can hold"));
    }
    // A row and the one before it lie beside the chunks.
    decoder.set_limits(Limits { bytes: BESIDE + 16 * width as usize });
    let mut reader = decoder.read_info().map_err(refused)?;
    let orientation = reader.info().exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
    let (colour, depth) = reader.output_color_type();
    let mut pixels = room(width, height, about)?;
    let rows = places(width as usize, height as usize, reader.info().interlaced);
    for [x, y, step] in rows {
        let Some(line) = reader.next_interlaced_row().map_err(refused)? else { break };
        let whole = &mut pixels[y * width as usize * 4..(y + 1) * width as usize * 4];
        spread(line.data(), colour, depth, whole.as_chunks_mut::<4>().0.iter_mut().skip(x).step_by(step));
    }
    oriented((width, height, pixels), orientation.unwrap_or(Orientation::NoTransforms), about)
}

/// The rows of a file in order: the column of each one's first pixel, its line, and how far apart its pixels lie.
fn places(width: usize, height: usize, interlaced: bool) -> impl Iterator<Item = [usize; 3]> {
    let passes: &[[usize; 4]] = if interlaced { &PASSES } else { &[[0, 0, 1, 1]] };
    let passes = passes.iter().filter(move |[x, ..]| *x < width);
    passes.flat_map(move |[x, y, across, down]| (*y..height).step_by(*down).map(|line| [*x, line, *across]))
}

/// Writes a row as RGBA of 8 bits.
fn spread<'a>(row: &[u8], colour: ColorType, depth: BitDepth, target: impl Iterator<Item = &'a mut [u8; 4]>) {
    let (channels, wide) = (colour.samples(), depth == BitDepth::Sixteen);
    let bytes = channels * if wide { 2 } else { 1 };
    let sample = |pixel: &[u8], channel: usize| {
        if wide { rounded([pixel[channel * 2], pixel[channel * 2 + 1]]) } else { pixel[channel] }
    };
    for (pixel, out) in row.chunks_exact(bytes).zip(target) {
        let [first, last] = [sample(pixel, 0), sample(pixel, channels - 1)];
        *out = match channels {
            1 => [first, first, first, 255],
            2 => [first, first, first, last],
            3 => [first, sample(pixel, 1), last, 255],
            _ => [first, sample(pixel, 1), sample(pixel, 2), last],
        };
    }
}

/// The nearest of 8 bits.
fn rounded(sample: [u8; 2]) -> u8 {
    u8::try_from((u32::from(u16::from_be_bytes(sample)) + 128) / 257).unwrap_or(u8::MAX)
}

fn refused(error: DecodingError, about: About<'_>) -> MediaError {
    match error {
        DecodingError::IoError(why) => about.io(&why),
        DecodingError::LimitsExceeded => {
            about.too_large(format!("what it holds beside its picture, such as EXIF, takes more than {} MiB", BESIDE >> 20))
        }
        other => about.damaged(other.to_string()),
    }
}
