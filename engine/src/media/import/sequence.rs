//! Images in a row: a folder of numbered images, or a name with a number in it such as `walk_%04d.png` or `walk_####.png`.
//!
//! Their rate is 25 frames a second unless the name says otherwise: `walk@12/`, `walk@29.97_%04d.png`.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{MAIN_SEPARATOR, Path, PathBuf},
};

use super::{
    probe::NAMED,
    source::{Given, Input, Look, Stop, check, start},
};
use crate::{
    files,
    media::{
        Limits,
        error::{About, MediaError},
        resolve, still,
    },
};

/// Endings of images that may stand in a row.
pub(in crate::media) const IMAGES: &[&str] = &[
    "png", "jpg", "jpeg", "jfif", "webp", "bmp", "tif", "tiff", "tga", "exr", "hdr", "dpx", "ppm", "pgm", "pbm", "pam", "qoi", "jp2",
    "jxl", "psd", "sgi", "svg", "heic", "heif", "avif",
];
/// Endings of pictures that have a name of their own.
pub(in crate::media) const CLIPS: &[&str] = &[
    "mov", "qt", "mp4", "m4v", "webm", "mkv", "avi", "mpg", "mpeg", "m2v", "vob", "ts", "mts", "m2ts", "wmv", "asf", "flv", "f4v", "ogv",
    "mxf", "3gp", "3g2", "dv", "gif", "apng",
];
/// Endings of sounds.
pub(in crate::media) const SOUNDS: &[&str] = &[
    "wav", "aif", "aiff", "aifc", "flac", "mp3", "mp2", "ogg", "oga", "opus", "spx", "m4a", "m4b", "aac", "wma", "caf", "w64", "ac3",
    "mka", "wv", "au", "ape", "amr",
];
/// Images of one name that are taken for a clip when a folder is spread out: as many, with as many digits.
const ROW: (usize, usize) = (4, 3);
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 1 << 20;

/// Images in a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// In order.
    pub files: Vec<PathBuf>,
    pub fps: (u32, u32),
}

/// What a file's name has around its last number: the text before, the digits' count where they begin with 0, the ending.
type Row = (String, Option<usize>, String);

/// Whether a path's last part has a number to be filled in.
#[must_use]
pub fn sequence_name(path: &Path) -> bool {
    split_pattern(path).is_some()
}

/// Whether any image has a name of the pattern.
pub(in crate::media) fn has_row(path: &Path) -> bool {
    of_pattern(path, &Limits::default(), (25, 1)).is_ok_and(|row| row.is_some())
}

/// The images of a folder or pattern, in order.
///
/// # Errors
/// Why there are none.
pub fn row_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let (limits, fps) = (Limits::default(), (25, 1));
    let row = if path.is_dir() { in_folder(path, &limits, fps).map(Some) } else { of_pattern(path, &limits, fps) };
    row.map_err(io::Error::other)?.map(|row| row.files).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The text before and after `%04d`, `%d` or `####` in a file's name.
fn split_pattern(path: &Path) -> Option<(String, String)> {
    let name = path.file_name()?.to_str()?;
    if let Some(at) = name.find('#') {
        let after = name[at..].trim_start_matches('#');
        return Some((name[..at].to_owned(), after.to_owned()));
    }
    let at = name.find('%')?;
    let after = name[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('d')?;
    Some((name[..at].to_owned(), after.to_owned()))
}

/// The images a pattern names; `None` where the path is no pattern, or a file is really called so.
pub(super) fn of_pattern(path: &Path, limits: &Limits, fps: (u32, u32)) -> Result<Option<Sequence>, MediaError> {
    let Some((before, after)) = split_pattern(path).filter(|_| !path.exists()) else { return Ok(None) };
    let about = About(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = BTreeMap::new();
    for file in entries(folder).map_err(|e| about.io(&e))? {
        let Some(name) = file.file_name().and_then(|n| n.to_str()) else { continue };
        let digits = name.strip_prefix(&*before).and_then(|rest| rest.strip_suffix(&*after));
        if let Some(number) = digits.filter(|d| d.bytes().all(|b| b.is_ascii_digit())).and_then(|d| d.parse::<u64>().ok()) {
            found.insert(number, file);
        }
    }
    let fps = named_rate(&before).or_else(|| named_rate(&folder.file_name()?.to_string_lossy())).unwrap_or(fps);
    row(found.into_values().collect(), fps, limits, about).map(Some)
}

/// The images of a folder that holds one row of them.
pub(super) fn in_folder(folder: &Path, limits: &Limits, fps: (u32, u32)) -> Result<Sequence, MediaError> {
    let about = About(folder);
    let mut rows: Vec<_> = rows(&entries(folder).map_err(|e| about.io(&e))?).into_iter().filter(|(_, files)| files.len() > 1).collect();
    let Some(((before, ..), files)) = rows.pop() else {
        return Err(about.refused("a folder is a clip only where it holds numbered images", "import it to list the media in it"));
    };
    if !rows.is_empty() {
        let remedy = "name one of them, as in walk_%04d.png";
        return Err(about.refused(format!("the folder holds {} rows of numbered images", rows.len() + 1), remedy));
    }
    let named = folder.file_name().and_then(|n| named_rate(&n.to_string_lossy()));
    row(files.into_values().collect(), named.or_else(|| named_rate(&before)).unwrap_or(fps), limits, about)
}

fn row(files: Vec<PathBuf>, fps: (u32, u32), limits: &Limits, about: About<'_>) -> Result<Sequence, MediaError> {
    if files.is_empty() {
        return Err(about.io(&io::ErrorKind::NotFound.into()));
    }
    if files.len() > limits.video_frames as usize {
        return Err(about.too_large(format!("more than {} frames", limits.video_frames)));
    }
    Ok(Sequence { files, fps })
}

/// The files of a folder, sorted by name; hidden ones are left out.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let hidden = |path: &Path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)?.take(MAX_ENTRIES).flatten().map(|e| e.path()).collect();
    found.retain(|path| !hidden(path) && files::is_regular(path));
    found.sort();
    Ok(found)
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase()
}

/// Numbered images by what is around their number, in the order of their numbers.
fn rows(files: &[PathBuf]) -> BTreeMap<Row, BTreeMap<u64, PathBuf>> {
    let mut rows: BTreeMap<Row, BTreeMap<u64, PathBuf>> = BTreeMap::new();
    for file in files.iter().filter(|f| IMAGES.contains(&&*ending(f))) {
        let (Some(stem), Some(end)) = (file.file_stem().and_then(|s| s.to_str()), file.extension().and_then(|e| e.to_str())) else {
            continue;
        };
        let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &stem[before.len()..];
        if let Ok(number) = digits.parse::<u64>() {
            // Numbers without leading zeros grow longer as they grow.
            let width = rows_width(digits);
            rows.entry((before.to_owned(), width, end.to_owned())).or_default().insert(number, file.clone());
        }
    }
    join_widths(rows)
}

fn rows_width(digits: &str) -> Option<usize> {
    digits.starts_with('0').then_some(digits.len())
}

/// `08, 09, 10` is one row: numbers without leading zeros join the padded row whose digits they have.
fn join_widths(mut rows: BTreeMap<Row, BTreeMap<u64, PathBuf>>) -> BTreeMap<Row, BTreeMap<u64, PathBuf>> {
    let padded: Vec<Row> = rows.keys().filter(|(_, width, _)| width.is_some()).cloned().collect();
    for (before, width, end) in padded {
        let free = (before.clone(), None, end.clone());
        let Some(bare) = rows.get_mut(&free) else { continue };
        let least = width.and_then(|w| 10u64.checked_pow(u32::try_from(w - 1).unwrap_or(u32::MAX))).unwrap_or(u64::MAX);
        let joined = if width == Some(1) { std::mem::take(bare) } else { bare.split_off(&least) };
        if bare.is_empty() {
            rows.remove(&free);
        }
        if let Some(row) = rows.get_mut(&(before, width, end)) {
            row.extend(joined);
        }
    }
    rows
}

/// A rate after `@` in a name: whole, or with decimals; those of television are taken for what they round.
fn named_rate(name: &str) -> Option<(u32, u32)> {
    let (_, after) = name.split_once('@')?;
    let text: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let rate: f64 = text.trim_end_matches('.').parse().ok().filter(|r| (0.1..=240.0).contains(r))?;
    let television =
        [24u32, 30, 60, 120].into_iter().find(|n| (rate - f64::from(*n) * 1000.0 / 1001.0).abs() < 0.006 && rate < f64::from(*n));
    if let Some(whole) = television {
        return Some((whole * 1000, 1001));
    }
    let thousandths = (rate * 1000.0).round() as u32;
    Some(if thousandths.is_multiple_of(1000) { (thousandths / 1000, 1) } else { (thousandths, 1000) })
}

/// The media of a folder as a session lists them: each clip, still and sound once, sounds beside a picture of the same
/// base name left to it, rows of numbered images as one clip. A folder that is nothing but one row is itself the clip.
///
/// # Errors
/// Why the folder can't be read.
pub fn spread(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let files = entries(folder)?;
    let is = |file: &PathBuf, endings: &[&str]| endings.contains(&&*ending(file));
    let rows: Vec<_> = rows(&files).into_iter().collect();
    let media = files.iter().filter(|f| is(f, IMAGES) || is(f, CLIPS) || is(f, SOUNDS)).count();
    if let [(_, row)] = &rows[..]
        && row.len() > 1
        && row.len() == media
    {
        return Ok(vec![folder.to_owned()]);
    }
    let mut listed = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for ((before, width, end), row) in &rows {
        let digits = width.unwrap_or_else(|| row.keys().next_back().map_or(0, |n| n.to_string().len()));
        if row.len() < ROW.0 || digits < ROW.1 || before.contains(['%', '#']) {
            continue;
        }
        taken.extend(row.values().cloned());
        listed.push(folder.join(width.map_or_else(|| format!("{before}%d.{end}"), |w| format!("{before}%0{w}d.{end}"))));
    }
    let pictures = |file: &PathBuf| (is(file, IMAGES) || is(file, CLIPS)) && !taken.contains(file);
    let stems: std::collections::HashSet<_> = files.iter().filter(|f| pictures(f)).filter_map(|f| f.file_stem()).collect();
    let sounds = |file: &PathBuf| is(file, SOUNDS) && !file.file_stem().is_some_and(|stem| stems.contains(stem));
    listed.extend(files.iter().filter(|f| pictures(f) || sounds(f)).cloned());
    listed.sort();
    Ok(listed)
}

/// What a session lists for a path as written: the path itself, or the media of the folder it names ([`spread`]), as
/// written below it. Relative paths are looked for below `roots`.
#[must_use]
pub fn listed(written: &str, roots: &[PathBuf]) -> Vec<String> {
    let folder = resolve(written, roots).into_iter().find(|path| path.is_dir());
    let Some(media) = folder.as_ref().and_then(|folder| spread(folder).ok().map(|media| (folder, media))) else {
        return vec![written.to_owned()];
    };
    let (folder, media) = media;
    let below = |path: PathBuf| {
        let name = path.strip_prefix(folder).ok().filter(|rest| !rest.as_os_str().is_empty());
        // Written alike on every system, since sessions travel.
        let below =
            |name: &Path| name.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/");
        name.map_or_else(|| written.to_owned(), |name| format!("{}/{}", written.trim_end_matches(['/', MAIN_SEPARATOR]), below(name)))
    };
    media.into_iter().map(below).collect()
}

/// The sound file that belongs to a picture: of the same base name, beside it; one that is empty only where there is no other.
pub(in crate::media) fn beside(picture: &Path) -> Option<PathBuf> {
    let upper = |e: &&str| e.to_uppercase();
    let there = |p: &PathBuf| p != picture && files::is_regular(p);
    let mut found = SOUNDS.iter().flat_map(|e| [(*e).to_owned(), upper(e)]).map(|e| picture.with_extension(e)).filter(there);
    let first = found.next()?;
    let holds = |p: &PathBuf| files::regular(p).is_ok_and(|found| found.len() > 0);
    if holds(&first) { Some(first) } else { found.find(holds).or(Some(first)) }
}

impl Sequence {
    /// Numbers the images from 1 without gaps, under names that say nothing to ffmpeg but their kind. Where they are of several
    /// kinds, those that are read here become PNG.
    pub fn stage(&self, part: &Path, limits: &Limits, stop: Stop<'_>) -> Result<Input, MediaError> {
        let first = self.files.first().map(PathBuf::as_path).unwrap_or(part);
        let about = About(first);
        let staged = part.join("frames");
        std::fs::create_dir(&staged).map_err(|e| about.no_cache(part, &e))?;
        let (mut looks, mut alpha) = (Vec::new(), false);
        for file in &self.files {
            check(stop, About(file))?;
            let start = start(file, limits)?;
            alpha |= has_alpha(&start);
            looks.push(Look::named(Look::of(&start), file));
        }
        let known = |look: &&Look| look.demuxer().is_some();
        let kind = looks.iter().find(known).copied().unwrap_or(Look::Other);
        let mixed = looks.iter().filter(known).any(|look| *look != kind);
        let end = if mixed { "png".to_owned() } else { kind.demuxer().and_then(usual_ending).map_or_else(|| ending(first), str::to_owned) };
        let (mut broken, mut last) = (0, None);
        for (number, (file, look)) in (1..).zip(self.files.iter().zip(&looks)) {
            check(stop, About(file))?;
            // ffmpeg ends at an image that is empty: the one before it shows once more.
            let usable = look.demuxer().is_some();
            broken += u32::from(!usable);
            let Some((file, look)) = (if usable { Some((file, look)) } else { last }) else { continue };
            last = Some((file, look));
            let name = staged.join(format!("{number:08}.{end}"));
            match look {
                Look::Here("png_pipe") => {}
                Look::Here(_) if mixed => {
                    as_png(file, &name, limits)?;
                    continue;
                }
                Look::Still(_) if mixed => {
                    let what = format!("{} is of another kind than the images beside it", file.display());
                    return Err(about.refused(what, "convert the images to one kind, such as PNG"));
                }
                _ => {}
            }
            let target = std::path::absolute(file).map_err(|e| About(file).io(&e))?;
            link(&target, &name).map_err(|e| about.no_cache(part, &e))?;
        }
        let mut words: Vec<OsString> =
            ["-protocol_whitelist", "file", "-format_whitelist", "image2", "-f", "image2"].map(Into::into).into();
        // Those that are broken before the first whole one are left out.
        let begin = looks.iter().position(|look| known(&look)).unwrap_or(0);
        words.extend(["-start_number".to_owned(), (begin + 1).to_string(), "-framerate".to_owned()].map(Into::into));
        words.push(format!("{}/{}", self.fps.0, self.fps.1).into());
        words.extend(["-i".into(), format!("frames/%08d.{end}").into()]);
        let notes = (broken > 0).then(|| format!("{broken} of its images can't be read; the ones before them show in their place"));
        let given = Given { fps: Some(self.fps), alpha, ..Given::default() };
        let look_at = self.files.get(begin).map_or(first, PathBuf::as_path).to_owned();
        Ok(Input { look_at, demuxer: kind.demuxer(), words, report: None, given, notes: notes.into_iter().collect() })
    }
}

/// The ending from which ffmpeg knows the codec of an image in a row.
fn usual_ending(demuxer: &str) -> Option<&'static str> {
    Some(match demuxer {
        "png_pipe" => "png",
        "jpeg_pipe" => "jpg",
        "jpegls_pipe" => "jls",
        "webp_pipe" => "webp",
        "bmp_pipe" => "bmp",
        "tiff_pipe" => "tif",
        "exr_pipe" => "exr",
        "dpx_pipe" => "dpx",
        "qoi_pipe" => "qoi",
        "j2k_pipe" => "jp2",
        "jpegxl_pipe" => "jxl",
        "sgi_pipe" => "sgi",
        "hdr_pipe" => "hdr",
        "pbm_pipe" => "pbm",
        "pgm_pipe" => "pgm",
        "ppm_pipe" => "ppm",
        "pam_pipe" => "pam",
        "pfm_pipe" => "pfm",
        NAMED => "tga",
        _ => return None,
    })
}

/// Writes an image that is read here as PNG.
fn as_png(file: &Path, name: &Path, limits: &Limits) -> Result<(), MediaError> {
    let about = About(file);
    let (width, height, pixels) = still::decode(file, limits)?;
    let out = std::io::BufWriter::new(std::fs::File::create(name).map_err(|e| about.no_cache(name, &e))?);
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels)?;
        writer.finish()
    });
    written.map_err(|e| about.no_cache(name, &io::Error::other(e)))
}

#[cfg(unix)]
fn link(file: &Path, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, name)
}

#[cfg(not(unix))]
fn link(file: &Path, name: &Path) -> io::Result<()> {
    // Links by name need a privilege on Windows; hard ones need the same disk.
    std::fs::hard_link(file, name).or_else(|_| std::fs::copy(file, name).map(drop))
}

/// Whether an image may be transparent, by its first bytes: a PNG's colour types 4 and 6 or its table of transparency, the flags
/// of a WebP, the channels of a QOI.
fn has_alpha(start: &[u8]) -> bool {
    match start {
        [0x89, b'P', b'N', b'G', ..] => {
            let before = start.windows(4).position(|kind| kind == b"IDAT").unwrap_or(start.len());
            matches!(start.get(25), Some(4 | 6)) || start[..before].windows(4).any(|kind| kind == b"tRNS")
        }
        [b'R', b'I', b'F', b'F', ..] => {
            let kind = start.get(12..16);
            kind == Some(b"VP8L") || kind == Some(b"VP8X") && start.get(20).is_some_and(|flags| flags & 0x10 != 0)
        }
        [b'q', b'o', b'i', b'f', ..] => start.get(12) == Some(&4),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        folder
    }

    fn names(files: &[PathBuf]) -> Vec<String> {
        files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn images_stand_in_the_order_of_their_numbers_whatever_their_width_and_gaps() {
        let (limits, fps) = (Limits::default(), (25, 1));
        for given in [&["a_8.png", "a_9.png", "a_10.png", "b.txt"][..], &["a_08.png", "a_09.png", "a_10.png"]] {
            let there = folder(given);
            let found = in_folder(there.path(), &limits, fps).unwrap();
            assert_eq!(names(&found.files), given[..3], "{given:?}");
            assert_eq!(found.fps, fps);
        }
        let there = folder(&["w@12_0001.png", "w@12_0005.png", "w@12_x.png", "v_0001.png", "v_0002.png"]);
        for pattern in ["w@12_%04d.png", "w@12_####.png", "w@12_%d.png"] {
            let found = of_pattern(&there.path().join(pattern), &limits, fps).unwrap().unwrap();
            assert_eq!((names(&found.files).len(), found.fps), (2, (12, 1)), "{pattern}");
        }
        assert!(in_folder(there.path(), &limits, fps).unwrap_err().to_string().contains("2 rows"));
        assert!(of_pattern(&there.path().join("plain.png"), &limits, fps).unwrap().is_none());
        assert!(of_pattern(&there.path().join("none_%d.png"), &limits, fps).is_err());
    }

    #[test]
    fn a_name_may_give_the_rate() {
        for (name, rate) in [
            ("walk@12", Some((12, 1))),
            ("walk@29.97", Some((30_000, 1001))),
            ("walk@23.976fps_", Some((24_000, 1001))),
            ("walk@12.5", Some((12_500, 1000))),
            ("walk@30", Some((30, 1))),
            ("walk@", None),
            ("walk@0", None),
            ("me@home", None),
            ("walk", None),
        ] {
            assert_eq!(named_rate(name), rate, "{name}");
        }
    }

    #[test]
    fn a_folder_lists_each_medium_once_and_pairs_by_base_name() {
        let there =
            folder(&["kick.wav", "kick.mov", "snare.wav", "a.PNG", "x_001.png", "x_002.png", "x_003.png", "x_004.png", "notes.txt"]);
        assert_eq!(names(&spread(there.path()).unwrap()), ["a.PNG", "kick.mov", "snare.wav", "x_%03d.png"]);
        let row = folder(&["1.png", "2.png", "readme.txt"]);
        assert_eq!(spread(row.path()).unwrap(), [row.path()]);
        assert_eq!(beside(&there.path().join("kick.mov")), Some(there.path().join("kick.wav")));
    }
}
