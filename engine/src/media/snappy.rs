//! Snappy's raw format, after Google's `format_description.txt`: decompression into memory of known size.
//!
//! Noisy pictures in BC3 become hundreds of thousands of elements of eight bytes a frame, on which the general decoder
//! spends most of a picture's time. Here every short element is one copy of 16 bytes, whose surplus the next overwrites.

/// Bytes copied at once.
const WIDE: usize = 16;
/// Room an element may need on the fast way: a tag, its offset or length, and a wide copy.
const SLACK: usize = 80;

/// The length of what a piece decompresses to, and where its elements begin; `None` where it has no valid length.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        length |= u64::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return usize::try_from(length).ok().filter(|_| length <= u64::from(u32::MAX)).map(|length| (length, place + 1));
        }
    }
    None
}

/// Decompresses the elements of a piece (what follows its length) into exactly `out`.
///
/// `None` where the elements are broken or give another length; `out` then holds anything.
pub(super) fn decompress(elements: &[u8], out: &mut [u8]) -> Option<()> {
    let (mut from, mut to) = (0, 0);
    loop {
        (from, to) = short(elements, from, out, to)?;
        if from == elements.len() {
            return (to == out.len()).then_some(());
        }
        (from, to) = any(elements, from, out, to)?;
    }
}

/// Follows elements as long as they are short and far from both ends; where it stopped.
#[inline]
fn short(elements: &[u8], mut from: usize, out: &mut [u8], mut to: usize) -> Option<(usize, usize)> {
    while from + SLACK <= elements.len() && to + SLACK <= out.len() {
        let tag = elements[from];
        if tag & 3 == 0 {
            let length = usize::from(tag >> 2) + 1;
            if length > WIDE {
                break;
            }
            let bytes: [u8; WIDE] = *elements[from + 1..].first_chunk()?;
            *out[to..].first_chunk_mut()? = bytes;
            from += 1 + length;
            to += length;
        } else {
            let next: [u8; 4] = *elements[from + 1..].first_chunk()?;
            let (length, offset, read) = copy(tag, next);
            if offset < WIDE || offset > to {
                break;
            }
            let mut done = 0;
            while done < length {
                let bytes: [u8; WIDE] = *out[to + done - offset..].first_chunk()?;
                *out[to + done..].first_chunk_mut()? = bytes;
                done += WIDE;
            }
            from += 1 + read;
            to += length;
        }
    }
    Some((from, to))
}

/// Length and offset of a copy, and the bytes it takes after its tag.
#[inline]
fn copy(tag: u8, next: [u8; 4]) -> (usize, usize, usize) {
    let [a, b, ..] = next;
    match tag & 3 {
        1 => (usize::from(tag >> 2 & 7) + 4, usize::from(tag >> 5) << 8 | usize::from(a), 1),
        2 => (usize::from(tag >> 2) + 1, usize::from(u16::from_le_bytes([a, b])), 2),
        _ => (usize::from(tag >> 2) + 1, u32::from_le_bytes(next) as usize, 4),
    }
}

/// Follows one element of any kind, anywhere.
#[inline(never)]
fn any(elements: &[u8], from: usize, out: &mut [u8], to: usize) -> Option<(usize, usize)> {
    let (&tag, rest) = elements.get(from..)?.split_first()?;
    let mut next = [0; 4];
    let there = rest.len().min(4);
    next[..there].copy_from_slice(&rest[..there]);
    if tag & 3 == 0 {
        let short = usize::from(tag >> 2) + 1;
        let extra = short.saturating_sub(60);
        let length = match extra {
            0 => short,
            _ => (u32::from_le_bytes(next) & (u32::MAX >> (32 - 8 * extra))) as usize + 1,
        };
        let bytes = rest.get(extra..extra.checked_add(length)?)?;
        out.get_mut(to..to.checked_add(length)?)?.copy_from_slice(bytes);
        return Some((from + 1 + extra + length, to + length));
    }
    let (length, offset, read) = copy(tag, next);
    if read > rest.len() || offset == 0 || offset > to || length > out.len() - to {
        return None;
    }
    // A copy may reach into what it writes: it repeats what lies `offset` behind.
    let mut done = 0;
    while done < length {
        let piece = offset.min(length - done);
        out.copy_within(to + done - offset..to + done - offset + piece, to + done);
        done += piece;
    }
    Some((from + 1 + read, to + length))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn run(piece: &[u8], room: usize) -> Option<Vec<u8>> {
        let (length, begin) = length(piece)?;
        let mut out = vec![0; length.min(room)];
        decompress(&piece[begin..], &mut out).map(|()| out)
    }

    /// Bytes as pictures have them: runs, repeated blocks, noise.
    fn sample(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut bytes = Vec::new();
        while bytes.len() < length {
            match next() % 4 {
                0 => bytes.extend(std::iter::repeat_n(next() as u8, next() as usize % 300)),
                1 => bytes.extend((0..next() % 100).map(|_| next() as u8)),
                2 => bytes.extend(next().to_le_bytes()),
                _ => {
                    let from = bytes.len().saturating_sub(1 + next() as usize % 70_000);
                    let length = (next() as usize % 90).min(bytes.len() - from);
                    bytes.extend_from_within(from..from + length);
                }
            }
        }
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn what_the_reference_packs_comes_out_to_the_byte() {
        for seed in 1..400 {
            let bytes = sample(seed, seed as usize * 37 % 200_000);
            let packed = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
            assert_eq!(run(&packed, usize::MAX).unwrap(), bytes, "seed {seed}");
        }
    }

    #[test]
    fn damage_is_judged_as_the_reference_judges_it() {
        for seed in 1..4000_u64 {
            let bytes = sample(seed, seed as usize * 7 % 3000);
            let mut packed = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
            let at = seed as usize * 31 % packed.len();
            packed[at] ^= 1 << (seed % 8);
            packed.truncate(packed.len() - seed as usize % 3 % packed.len());
            let reference = snap::raw::decompress_len(&packed).ok().filter(|length| *length < 1 << 20);
            let Some(length) = reference else { continue };
            let mut wanted = vec![0; length];
            let wanted = snap::raw::Decoder::new().decompress(&packed, &mut wanted).ok().map(|_| wanted);
            assert_eq!(run(&packed, usize::MAX), wanted, "seed {seed}");
        }
    }

    #[test]
    fn every_kind_of_element_is_read() {
        // A literal of three, then three copies: overlapping, with a long offset, with a longer one.
        let piece = [12, 2 << 2, 1, 2, 3, 1 | 1 << 2, 1, 2 << 2 | 2, 3, 0, 3, 4, 0, 0, 0];
        assert_eq!(run(&piece, usize::MAX).unwrap(), [1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
    }
}
