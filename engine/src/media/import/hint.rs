//! What a file is that neither this program nor ffmpeg reads, told by its first bytes, and what to do with it.

/// What it is, and a remedy.
pub(super) type Hint = (&'static str, &'static str);

const HEIC: Hint = (
    "it is a HEIC picture, as phones take them, which the installed ffmpeg can't read",
    "convert it to JPEG or PNG, or install ffmpeg 7.1 or newer",
);
const AVIF: Hint = ("it is an AVIF picture, which the installed ffmpeg can't read", "convert it to PNG, or install ffmpeg 7.1 or newer");
const SVG: Hint =
    ("it is an SVG drawing, which the installed ffmpeg can't draw", "export it as PNG, or install an ffmpeg that was built with librsvg");
const JXL: Hint = ("it is a JPEG XL picture, which the installed ffmpeg can't read", "convert it to PNG, or install ffmpeg 5.1 or newer");
const FLAC: Hint = (
    "it is FLAC of more than 24 bits, which the installed ffmpeg can't read",
    "convert it to WAV or to FLAC of 24 bits, or install ffmpeg 6 or newer",
);

/// Beginnings of files that hold something else than people take them for.
const SIGNS: &[(&[u8], Hint)] = &[
    (b"PK\x03\x04", ("it is a ZIP archive", "unpack it, and name what is in it")),
    (b"Rar!", ("it is a RAR archive", "unpack it, and name what is in it")),
    (b"7z\xBC\xAF\x27\x1C", ("it is a 7z archive", "unpack it, and name what is in it")),
    (b"\x1F\x8B", ("it is a gzip archive", "unpack it, and name what is in it")),
    (b"%PDF", ("it is a PDF", "export its pages as PNG")),
    (b"MThd", ("it is a MIDI file, which holds notes and no sound", "render it to WAV, or write its notes as a pattern")),
    (b"#EXTM3U", ("it is a playlist, and playlists are not followed", "name the file that it lists")),
    (b"ffconcat", ("it is a playlist, and playlists are not followed", "name the file that it lists")),
    (b"CAT ", ("it is a REX loop", "export it as WAV")),
    (b"FONT", ("it is a font", "name a sound or a picture")),
    (b"\xFF\x0A", JXL),
    (b"\0\0\0\x0CJXL ", JXL),
];

/// What a file is by its first bytes.
pub(super) fn of(start: &[u8]) -> Option<Hint> {
    if let Some(hint) = SIGNS.iter().find(|(sign, _)| start.starts_with(sign)) {
        return Some(hint.1);
    }
    if start.get(4..8) == Some(b"ftyp") {
        return match start.get(8..12)? {
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(HEIC),
            b"avif" | b"avis" => Some(AVIF),
            // Both kinds may call themselves so; the others that they are compatible with tell.
            b"mif1" | b"msf1" => {
                let avif = start[..start.len().min(64)].windows(4).any(|brand| brand == b"avif");
                Some(if avif { AVIF } else { HEIC })
            }
            _ => None,
        };
    }
    if start.starts_with(b"fLaC") && bits(start).is_some_and(|bits| bits > 24) {
        return Some(FLAC);
    }
    if super::source::is_svg(start) {
        return Some(SVG);
    }
    if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"sfbk") {
        return Some(("it is a SoundFont", "export its samples as WAV"));
    }
    if start.is_empty() {
        return Some(("it is empty", "export or copy the file again"));
    }
    let head = start[..start.len().min(1024)].trim_ascii_start();
    let page = [&b"<!doctype html"[..], b"<html"].iter().any(|sign| head.get(..sign.len()).is_some_and(|h| h.eq_ignore_ascii_case(sign)));
    if page {
        return Some(("it is a web page, as a download leaves that failed", "download it again"));
    }
    let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..);
    (std::str::from_utf8(head).is_ok() && head.iter().all(plain)).then_some(("it is a text", "name a sound or a picture"))
}

/// Bits of a FLAC's samples ("FLAC format", STREAMINFO).
fn bits(start: &[u8]) -> Option<u32> {
    let [high, low] = *start.get(20..)?.first_chunk()?;
    Some((u32::from(high & 1) << 4 | u32::from(low >> 4)) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_something_else_are_called_what_they_are() {
        let ftyp = |brands: &[u8]| [b"\0\0\0\x20ftyp", brands, &[0; 16]].concat();
        let flac = |bits: u8| [&b"fLaC\0\0\0\x22"[..], &[0; 10], &[0, 0, (bits - 1) >> 4, (bits - 1) << 4]].concat();
        for (start, said) in [
            (ftyp(b"heic\0\0\0\0mif1heic"), Some("HEIC")),
            (ftyp(b"mif1\0\0\0\0mif1heic"), Some("HEIC")),
            (ftyp(b"mif1\0\0\0\0mif1avif"), Some("AVIF")),
            (ftyp(b"isom\0\0\0\0isomavc1"), None),
            (b"PK\x03\x04....".to_vec(), Some("ZIP")),
            (b"  <!DOCTYPE HTML><html>".to_vec(), Some("web page")),
            (b"<svg xmlns='x'/>".to_vec(), Some("SVG")),
            (b"only words, and nothing else".to_vec(), Some("a text")),
            ("Wörter".as_bytes().to_vec(), Some("a text")),
            (b"\x01\x02\x03\xFF\xFE".to_vec(), None),
            (flac(32), Some("FLAC of more")),
            (flac(24), None),
            (vec![], Some("empty")),
        ] {
            let hint = of(&start).map(|(what, _)| what);
            assert!(
                hint.is_some() == said.is_some() && hint.is_none_or(|hint| hint.contains(said.unwrap_or_default())),
                "{hint:?} for {said:?}"
            );
        }
    }
}
