//! HAP frames, after Vidvox's "Hap Video" specification (HapVideoDRAFT.md in their `hap` repository).
//!
//! A frame is a section (header: 24-bit little-endian size and a type byte; size 0 means that a 32-bit size follows)
//! with blocks as they are, compressed with Snappy, or cut into chunks by decode instructions. Not read here but imported: HAP Q
//! Alpha (two textures a frame) and HAP Alpha-Only.

use std::path::Path;

use super::{
    Limits, VideoInfo,
    error::{About, MediaError},
    frame::Texture,
    mov::VideoTrack,
};

/// The texture of a codec, by the container's four characters, and its name.
pub(super) fn codec(fourcc: [u8; 4]) -> Option<(Texture, &'static str)> {
    match &fourcc {
        b"Hap1" => Some((Texture::Bc1Rgb, "HAP")),
        b"Hap5" => Some((Texture::Bc3Rgba, "HAP Alpha")),
        b"HapY" => Some((Texture::YCoCgBc3, "HAP Q")),
        b"Hap7" => Some((Texture::Bc7Rgba, "HAP R")),
        _ => None,
    }
}

/// What is known of a HAP track.
pub(super) fn info(path: &Path, track: &VideoTrack, limits: &Limits) -> Result<VideoInfo, MediaError> {
    let about = About(path);
    let Some((_, name)) = codec(track.fourcc) else {
        return Err(about.unsupported(format!("the video codec {}", track.fourcc.escape_ascii())));
    };
    let (width, height) = (u32::from(track.width), u32::from(track.height));
    if width == 0 || height == 0 {
        return Err(about.damaged("its picture has no size"));
    }
    if width * height > limits.pixels {
        return Err(about.too_large(format!("{width} × {height} pixels, the limit is {}", limits.pixels)));
    }
    if let Some(why) = track.altered {
        return Err(about.unsupported(why));
    }
    let (fps, frames) = (track.steady.fps, track.steady.frames);
    Ok(VideoInfo { path: path.to_owned(), width, height, fps, frames, codec: format!("mov {name}") })
}

/// A section: its type and its content.
struct Section<'a> {
    kind: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

fn section(bytes: &[u8]) -> Result<Section<'_>, &'static str> {
    let (&[a, b, c, kind], mut rest) = bytes.split_first_chunk().ok_or("a section's header is cut off")?;
    let mut size = u32::from_le_bytes([a, b, c, 0]);
    if size == 0 {
        let (&long, after) = rest.split_first_chunk().ok_or("a section's header is cut off")?;
        (size, rest) = (u32::from_le_bytes(long), after);
    }
    let (content, rest) = rest.split_at_checked(size as usize).ok_or("a section is longer than its frame")?;
    Ok(Section { kind, content, rest })
}

/// Decompresses a frame into the blocks of its texture; `blocks` has exactly their length.
///
/// # Errors
/// What is wrong with the frame; `blocks` then holds anything.
pub(super) fn decode(packet: &[u8], texture: Texture, snappy: &mut snap::raw::Decoder, blocks: &mut [u8]) -> Result<(), &'static str> {
    let frame = section(packet)?;
    let expected = match texture {
        Texture::Bc1Rgb => 0xB,
        Texture::Bc3Rgba => 0xE,
        Texture::YCoCgBc3 => 0xF,
        Texture::Bc7Rgba => 0xC,
        Texture::Rgba8 => return Err("its texture is none of HAP's"),
    };
    if frame.kind & 0xF != expected {
        return Err("a frame's texture is not the track's");
    }
    let filled = match frame.kind >> 4 {
        compressor @ (0xA | 0xB) => piece(compressor, frame.content, snappy, blocks)?,
        0xC => chunks(frame.content, snappy, blocks)?,
        _ => return Err("a frame's compressor is unknown"),
    };
    if filled == blocks.len() { Ok(()) } else { Err("a frame is smaller than its picture") }
}

/// Decompresses one piece to the front of `blocks`; the bytes written.
fn piece(compressor: u8, bytes: &[u8], snappy: &mut snap::raw::Decoder, blocks: &mut [u8]) -> Result<usize, &'static str> {
    match compressor {
        0xA => {
            blocks.get_mut(..bytes.len()).ok_or("a frame is larger than its picture")?.copy_from_slice(bytes);
            Ok(bytes.len())
        }
        0xB => {
            let length = snap::raw::decompress_len(bytes).map_err(|_| "a compressed piece has no length")?;
            let target = blocks.get_mut(..length).ok_or("a frame is larger than its picture")?;
            snappy.decompress(bytes, target).map_err(|_| "a compressed piece is broken")
        }
        _ => Err("a piece's compressor is unknown"),
    }
}

/// Decodes a frame that is cut into chunks, by its instructions.
fn chunks(content: &[u8], snappy: &mut snap::raw::Decoder, blocks: &mut [u8]) -> Result<usize, &'static str> {
    let instructions = section(content)?;
    if instructions.kind != 0x01 {
        return Err("a frame lacks its decode instructions");
    }
    let data = instructions.rest;
    let (mut compressors, mut sizes, mut offsets) = (None, None, None);
    let mut tables = instructions.content;
    while !tables.is_empty() {
        let table = section(tables)?;
        match table.kind {
            0x02 => compressors = Some(table.content),
            0x03 => sizes = Some(table.content),
            0x04 => offsets = Some(table.content),
            // The specification asks to go on without sections that are not known.
            _ => {}
        }
        tables = table.rest;
    }
    let compressors = compressors.ok_or("a frame lacks its table of compressors")?;
    let sizes = sizes.ok_or("a frame lacks its table of chunk sizes")?;
    if sizes.len() != compressors.len() * 4 || offsets.is_some_and(|o| o.len() != sizes.len()) {
        return Err("a frame's chunk tables differ in length");
    }
    let (mut filled, mut next) = (0, 0);
    for (i, compressor) in compressors.iter().enumerate() {
        let size = entry(sizes, i);
        let start = offsets.map_or(next, |table| entry(table, i));
        next = start.checked_add(size).ok_or("a chunk lies outside its frame")?;
        let chunk = data.get(start..next).ok_or("a chunk lies outside its frame")?;
        filled += piece(*compressor, chunk, snappy, &mut blocks[filled..])?;
    }
    Ok(filled)
}

/// The `i`th little-endian 32-bit number of a table that has it.
fn entry(table: &[u8], i: usize) -> usize {
    table.as_chunks::<4>().0.get(i).map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    /// A section with a short header.
    fn make(kind: u8, content: &[u8]) -> Vec<u8> {
        let [a, b, c, _] = u32::try_from(content.len()).unwrap().to_le_bytes();
        [&[a, b, c, kind], content].concat()
    }

    fn run(packet: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut blocks = vec![0; 16];
        decode(packet, Texture::Bc1Rgb, &mut snap::raw::Decoder::new(), &mut blocks).map(|()| blocks)
    }

    #[test]
    fn every_form_of_a_frame_gives_the_same_blocks() {
        let raw: Vec<u8> = (0..16).collect();
        let packed = |bytes: &[u8]| snap::raw::Encoder::new().compress_vec(bytes).unwrap();
        let halves = [packed(&raw[..8]), raw[8..].to_vec()];
        let size = |i: usize| u32::try_from(halves[i].len()).unwrap().to_le_bytes();
        let tables = [make(2, &[0xB, 0xA]), make(3, &[size(0), size(1)].concat())].concat();
        let swapped = [tables.clone(), make(4, &[size(1), [0; 4]].concat())].concat();
        let long = [&[0, 0, 0, 0xAB, 16, 0, 0, 0], &raw[..]].concat();
        for (form, packet) in [
            ("plain", make(0xAB, &raw)),
            ("long header", long),
            ("snappy", make(0xBB, &packed(&raw))),
            ("chunks", make(0xCB, &[make(1, &tables), halves.concat()].concat())),
            ("unknown table", make(0xCB, &[make(1, &[make(9, &[1]), tables].concat()), halves.concat()].concat())),
            ("chunks with offsets", make(0xCB, &[make(1, &swapped), halves[1].clone(), halves[0].clone()].concat())),
        ] {
            assert_eq!(run(&packet).as_deref(), Ok(&raw[..]), "{form}");
        }
    }

    #[test]
    fn hostile_frames_are_refused() {
        let huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        let tables = |compressors: &[u8], sizes: &[u8]| make(0xCB, &make(1, &[make(2, compressors), make(3, sizes)].concat()));
        for (hazard, packet) in [
            ("empty", vec![]),
            ("header cut off", vec![1, 0]),
            ("longer than the packet", vec![9, 0, 0, 0xAB]),
            ("other texture", make(0xAE, &[0; 16])),
            ("unknown compressor", make(0xDB, &[0; 16])),
            ("too small", make(0xAB, &[0; 15])),
            ("too large", make(0xAB, &[0; 17])),
            ("snappy bomb", make(0xBB, &huge)),
            ("no instructions", make(0xCB, &[0; 16])),
            ("no size table", make(0xCB, &make(1, &make(2, &[0xA])))),
            ("tables differ", tables(&[0xA, 0xA], &[1, 0, 0, 0])),
            ("chunk outside", tables(&[0xA], &[0xFF; 4])),
        ] {
            assert!(run(&packet).is_err(), "{hazard}");
        }
    }
}
