//! WebP, with what its chunks may hold bounded by its picture ("WebP Container Specification").

use std::io::{BufRead, Read, Seek, SeekFrom};

use image::{ImageDecoder, codecs::webp::WebPDecoder, metadata::Orientation};

use super::{About, BESIDE, MediaError, Pixels, check_size, oriented, read, refused};

/// Chunks of a file that are looked at.
const MOST_CHUNKS: usize = 1 << 20;

/// Decodes a picture of at most `most` pixels from a file of `size` bytes.
pub(super) fn decode(mut file: impl BufRead + Seek, size: u64, most: u64, about: About<'_>) -> Result<Pixels, MediaError> {
    let exif = bounded(&mut file, size, most, about)?;
    let decoder = WebPDecoder::new(file).map_err(|e| refused(e, about))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, most, about)?;
    let orientation = exif.as_deref().and_then(Orientation::from_exif_chunk);
    oriented(read(decoder, about)?, orientation.unwrap_or(Orientation::NoTransforms), about)
}

/// Refuses a file with a chunk of pictures that is longer than its picture can need, since decoders read chunks whole; what it
/// holds of EXIF, where that is small. Leaves the file at its begin.
pub(in crate::media) fn bounded(
    file: &mut (impl BufRead + Seek),
    size: u64,
    most: u64,
    about: About<'_>,
) -> Result<Option<Vec<u8>>, MediaError> {
    let io = |error: std::io::Error| about.io(&error);
    let start = |file: &mut _| Seek::seek(file, SeekFrom::Start(0)).map_err(io);
    start(file)?;
    let (width, height) = WebPDecoder::new(&mut *file).map_err(|e| refused(e, about))?.dimensions();
    check_size(width, height, most, about)?;
    let longest = BESIDE.0 + u64::from(width) * u64::from(height) * 4;
    let (mut at, mut exif) = (12, None);
    for _ in 0..MOST_CHUNKS {
        let mut header = [0; 8];
        if at + 8 > size || file.seek(SeekFrom::Start(at)).is_err() || file.read_exact(&mut header).is_err() {
            break;
        }
        let [.., a, b, c, d] = header;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        match &header[..4] {
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF" if length > longest => {
                return Err(about.damaged("it holds more bytes than its picture can need"));
            }
            b"EXIF" if length <= BESIDE.1 && exif.is_none() => {
                let mut held = Vec::new();
                file.take(length).read_to_end(&mut held).map_err(io)?;
                exif = Some(held);
            }
            _ => {}
        }
        at += 8 + length + length % 2;
    }
    start(file)?;
    Ok(exif)
}
