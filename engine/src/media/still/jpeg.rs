//! JPEG, without what its file holds beside the picture.
//!
//! The decoder takes a file whole. It is given the tables and scans alone, as far as a picture of that size can need them; the
//! orientation is taken from a small EXIF on the way (ITU-T T.81, annex B; "Exif", 4.5.4).

use std::io::{BufRead, Cursor, Read};

use image::{codecs::jpeg::JpegDecoder, metadata::Orientation};

use super::{About, BESIDE, MediaError, Pixels, check_size, oriented, read, refused};

/// Markers that stand alone: restarts, the begin of the picture, and the one that means nothing.
const ALONE: [std::ops::RangeInclusive<u8>; 2] = [0xD0..=0xD8, 0x01..=0x01];
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const EXIF: u8 = 0xE1;
/// What begins an EXIF in its segment.
const EXIF_HEAD: &[u8] = b"Exif\0\0";

/// Decodes a picture of at most `most` pixels from a file of `size` bytes.
pub(super) fn decode(file: impl BufRead, size: u64, most: u64, about: About<'_>) -> Result<Pixels, MediaError> {
    let mut slim = Slim { bytes: Vec::new(), most: BESIDE.0, pixels: most, orientation: None, about };
    slim.take(file)?;
    let Slim { bytes, orientation, .. } = slim;
    let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|e| refused(e, about))?;
    let (width, height) = image::ImageDecoder::dimensions(&decoder);
    check_size(width, height, most, about)?;
    if u64::from(width) * u64::from(height) > size.saturating_mul(8 * 1032) {
        return Err(about.damaged("its size is more than its bytes can hold"));
    }
    oriented(read(decoder, about)?, orientation.unwrap_or(Orientation::NoTransforms), about)
}

/// The part of a file that its picture needs.
struct Slim<'a> {
    bytes: Vec<u8>,
    /// Most bytes that it may take: more once the picture's size is known.
    most: u64,
    pixels: u64,
    orientation: Option<Orientation>,
    about: About<'a>,
}

impl Slim<'_> {
    /// Takes what counts of a file that ends anywhere; the decoder judges the rest.
    fn take(&mut self, mut file: impl BufRead) -> Result<(), MediaError> {
        // The bytes before the first marker count, too: the decoder says what is wrong with them.
        while self.scan(&mut file)? {
            let Some(marker) = self.marker(&mut file)? else { break };
            match marker {
                // Behind 0xFF in the coded picture: the byte itself.
                0 => self.bytes.extend([0xFF, 0]),
                END => {
                    self.bytes.extend([0xFF, END]);
                    break;
                }
                alone if ALONE.iter().any(|range| range.contains(&alone)) => self.bytes.extend([0xFF, alone]),
                other => {
                    if !self.segment(other, &mut file)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Copies up to the next 0xFF; whether there is one.
    fn scan(&mut self, file: &mut impl BufRead) -> Result<bool, MediaError> {
        let left = self.most.saturating_sub(self.bytes.len() as u64);
        file.take(left + 1).read_until(0xFF, &mut self.bytes).map_err(|e| self.about.io(&e))?;
        if self.bytes.len() as u64 > self.most {
            return Err(self.about.damaged("it holds more bytes than its picture can need"));
        }
        let found = self.bytes.last() == Some(&0xFF);
        if found {
            self.bytes.pop();
        }
        Ok(found)
    }

    /// The marker behind an 0xFF; `None` at the end.
    fn marker(&self, file: &mut impl BufRead) -> Result<Option<u8>, MediaError> {
        loop {
            let held = file.fill_buf().map_err(|e| self.about.io(&e))?;
            let Some(&byte) = held.first() else { return Ok(None) };
            file.consume(1);
            // Any number of 0xFF may come before a marker.
            if byte != 0xFF {
                return Ok(Some(byte));
            }
        }
    }

    /// Takes a segment, or passes over it; whether it was whole.
    fn segment(&mut self, marker: u8, file: &mut impl BufRead) -> Result<bool, MediaError> {
        let mut payload = Vec::new();
        let mut length = [0; 2];
        let whole = file.read_exact(&mut length).is_ok() && {
            let wanted = u64::from(u16::from_be_bytes(length)).saturating_sub(2);
            file.take(wanted).read_to_end(&mut payload).map_err(|e| self.about.io(&e))? as u64 == wanted
        };
        if marker == EXIF && self.orientation.is_none() {
            self.orientation = payload.strip_prefix(EXIF_HEAD).and_then(Orientation::from_exif_chunk);
        }
        let beside = matches!(marker, 0xE1..=0xED | 0xEF | 0xFE);
        if !beside {
            self.bytes.extend([0xFF, marker]);
            self.bytes.extend(length);
            self.bytes.extend(&payload);
        }
        let frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if frame && let [_, a, b, c, d, ..] = payload[..] {
            let (height, width) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            check_size(width.into(), height.into(), self.pixels, self.about)?;
            // No encoder writes more than the pixels themselves.
            self.most = BESIDE.0 + u64::from(width) * u64::from(height) * 4;
        }
        debug_assert!(marker != SCAN || !beside);
        Ok(whole)
    }
}
