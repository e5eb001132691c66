//! Bytes as text (RFC 4648, standard alphabet), read so that damage stays where it is.
//!
//! A library would refuse the whole text because of one wrong character; here a wrong character spoils at most
//! the bytes it belongs to, and the sections' own checksums find them.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().enumerate().fold(0u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for index in 0..4 {
            if index <= group.len() {
                text.push(char::from(ALPHABET[(word >> (18 - 6 * index) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// Text as bytes, and whether every character was one of ours. A wrong character counts as six zero bits.
pub fn decode(text: &str) -> (Vec<u8>, bool) {
    let body = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    let mut clean = true;
    let (mut word, mut bits) = (0u32, 0);
    for character in body.chars() {
        let value = sextet(character).unwrap_or_else(|| {
            clean = false;
            0
        });
        word = word << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 0xff) as u8);
        }
    }
    (bytes, clean)
}

fn sextet(character: char) -> Option<u32> {
    let code = match character {
        'A'..='Z' => character as u32 - 'A' as u32,
        'a'..='z' => character as u32 - 'a' as u32 + 26,
        '0'..='9' => character as u32 - '0' as u32 + 52,
        '+' => 62,
        '/' => 63,
        _ => return None,
    };
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..=bytes.len() {
            let text = encode(&bytes[..len]);
            assert_eq!(text.len() % 4, 0);
            assert_eq!(decode(&text), (bytes[..len].to_vec(), true));
        }
        // RFC 4648, section 10.
        assert_eq!(encode(b"foobar"), "Zm9vYmFy");
        assert_eq!(encode(b"fooba"), "Zm9vYmE=");
    }

    #[test]
    fn a_wrong_character_spoils_only_its_bytes() {
        let mut text = encode(&[7; 30]);
        text.replace_range(8..9, "\u{fffd}");
        let (bytes, clean) = decode(&text);
        assert!(!clean);
        assert_eq!(bytes.len(), 30);
        assert_eq!(bytes.iter().filter(|byte| **byte != 7).count(), 1);
    }
}
