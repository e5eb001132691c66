//! `import`: media made ready ahead of time, with one line for each.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use videotracker_engine::{
    media::{
        Library, Limits, Loaded,
        import::{Progress, Quality, Settings, spread},
    },
    text::counted,
};

use super::{Failure, say};

/// How `import` is called.
pub const USAGE: &str = "import FILE… [--hap-q] [--fps N] [--cache FOLDER]";

/// How often progress is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Rate at which sound is decoded to see that it can be.
const RATE: f64 = 48_000.0;

/// `import FILE… [--hap-q] [--fps N] [--cache FOLDER]`.
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let (files, settings) = arguments(parser)?;
    let library = Library::with_import(Limits::default(), settings);
    let mut failed = Vec::new();
    for file in files.iter().flat_map(|file| inside(file)) {
        match bring_in(&library, &file) {
            Ok(line) => say(&line)?,
            Err(why) => failed.push(why),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::User(failed.join("\n"))) }
}

fn arguments(parser: &mut lexopt::Parser) -> Result<(Vec<PathBuf>, Settings), Failure> {
    use lexopt::ValueExt as _;
    let (mut files, mut settings) = (Vec::new(), Settings::default());
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(file) => files.push(PathBuf::from(file)),
            lexopt::Arg::Long("hap-q") => settings.quality = Quality::HapQ,
            lexopt::Arg::Long("cache") => settings.cache = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("fps") => {
                let fps: u32 = parser.value()?.parse()?;
                if !(1..=240).contains(&fps) {
                    return Err(Failure::Usage("--fps takes a whole number from 1 to 240".to_owned()));
                }
                settings.sequence_fps = (fps, 1);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if files.is_empty() { Err(Failure::Usage("import takes at least one file or folder".to_owned())) } else { Ok((files, settings)) }
}

/// The media of a folder, and where it holds folders theirs, as banks of samples are kept; a file is itself.
fn inside(path: &Path) -> Vec<PathBuf> {
    let mut found = if path.is_dir() { spread(path).unwrap_or_default() } else { Vec::new() };
    if found.is_empty() && path.is_dir() {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).filter(|inner| inner.is_dir()).collect();
        folders.sort();
        found = folders.iter().flat_map(|folder| spread(folder).unwrap_or_default()).collect();
    }
    if found.is_empty() { vec![path.to_owned()] } else { found }
}

fn bring_in(library: &Library, file: &Path) -> Result<String, String> {
    let name = file.display().to_string();
    library.request(&name, vec![file.to_owned()], RATE);
    let shows = std::io::stderr().is_terminal();
    while !library.wait_all(TICK) {
        if let (true, [(_, Progress::Converting(Some(share)))]) = (shows, &library.progress()[..]) {
            let _ = write!(std::io::stderr(), "\r{}: {:3.0} %", videotracker_engine::text::printable(&name), share * 100.0);
        }
    }
    if shows {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    match library.poll() {
        Some((_, Ok(loaded))) => Ok(line(&name, &loaded)),
        Some((_, Err(why))) => Err(why.to_string()),
        None => Err(format!("{name}: it was not read; try it again")),
    }
}

/// Duration, size, rate, codec, and where what plays lies.
fn line(name: &str, loaded: &Loaded) -> String {
    let (info, imported) = (&loaded.info, loaded.origin.imported.as_ref());
    let mut facts = vec![format!("{:.3} s", info.secs), counted(info.size, "byte")];
    if let Some(video) = &info.video {
        let rate = f64::from(video.fps.0) / f64::from(video.fps.1.max(1));
        facts.push(format!("{}x{}", video.width, video.height));
        facts.push(if video.frames > 1 {
            format!("{} fps, {} frames", (rate * 1000.0).round() / 1000.0, video.frames)
        } else {
            "still".to_owned()
        });
    }
    if let Some((channels, rate)) = info.audio {
        facts.push(format!("{} at {rate} Hz", counted(channels, "channel")));
    }
    let codec = info.video.as_ref().map(|video| video.codec.clone()).or_else(|| imported.map(|i| i.codec.clone()));
    facts.push(codec.unwrap_or_else(|| if info.font.is_some() { "SoundFont".to_owned() } else { "sound".to_owned() }));
    let place = imported.and_then(|i| i.picture.as_ref().or(i.sound.as_ref())).and_then(|file| file.parent());
    facts.push(place.map_or_else(|| "plays as it is".to_owned(), |place| place.display().to_string()));
    if imported.is_some_and(|i| i.cached) {
        facts.push("was there".to_owned());
    }
    let notes = info.notes.iter().map(|note| format!("; {note}")).collect::<String>();
    format!("{name}: {}{notes}", facts.join(", "))
}
