//! Recording from within a loaded instance, switched on through the environment.
//!
//! - `VIDEOTRACKER_SCRIPT`: a script to run before the first block, in place of the default session.
//! - `VIDEOTRACKER_RECORD`: the film to write (`.mp4`, or a folder ending in `/`), from activation to deactivation.
//! - `VIDEOTRACKER_RECORD_SIZE`: its width and height, such as `1920x1080`; 1280x720 where absent.
//! - `VIDEOTRACKER_RECORD_EVENTS`: the table of triggers to write, from the first activation until the instance goes.
//!
//! This is how a host that knows nothing of pictures makes a film: what is filmed is the instance that the host plays.
//! The first instance that is activated takes the requests; others play on as if there were none.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use videotracker_engine::{
    control::Triggered,
    engine::{Engine, MediaRoots},
    files,
    snapshot::{Message, Severity},
    text::counted,
};

use crate::{
    events,
    instance::Instance,
    video::recorder::{RecordOptions, Recorder},
};

/// How long activation waits for media to be ready.
const MEDIA_WAIT: Duration = Duration::from_secs(30);
/// Longest that closing waits for the table to be written.
const TABLE_PATIENCE: Duration = Duration::from_secs(10);
/// How often triggers are fetched.
const EVENTS_EVERY: Duration = Duration::from_millis(2);

/// What the environment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// The script to run.
    pub script: Option<PathBuf>,
    /// The film to write.
    pub film: Option<PathBuf>,
    /// The film's width and height.
    pub size: Option<(u32, u32)>,
    /// The table to write.
    pub events: Option<PathBuf>,
}

impl Requests {
    fn read(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| get(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        Self {
            script: path("VIDEOTRACKER_SCRIPT"),
            film: path("VIDEOTRACKER_RECORD"),
            size: get("VIDEOTRACKER_RECORD_SIZE").and_then(|text| size(&text.to_string_lossy())),
            events: path("VIDEOTRACKER_RECORD_EVENTS"),
        }
    }

    /// The environment's requests, once for a process.
    #[must_use]
    pub fn take() -> Self {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        let requests = Self::read(|name| std::env::var_os(name));
        if requests == Self::default() || TAKEN.swap(true, Ordering::AcqRel) { Self::default() } else { requests }
    }

    /// Runs the requested script, so that the first block plays it.
    pub fn run_script(&self, instance: &Instance) {
        let Some(path) = &self.script else { return };
        match files::read_text(path, files::TEXT) {
            Ok(text) => {
                let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
                instance.engine.set_media_roots(MediaRoots(vec![folder]));
                let result = instance.engine.run_script_and_wait(&path.to_string_lossy(), &text);
                instance.set_draft(text);
                if let Some(error) = result.error {
                    report(instance, format!("{}: {error}", path.display()));
                }
            }
            Err(why) => report(instance, format!("{} can't be read: {why}", path.display())),
        }
    }

    /// Starts what is requested; the engine has just been activated.
    #[must_use]
    pub fn start(self, instance: &Instance) -> Option<Recording> {
        if self.film.is_none() && self.events.is_none() {
            return None;
        }
        if !instance.engine.wait_for_media(MEDIA_WAIT) {
            report(instance, "some media are not ready yet; the recording starts without them".to_owned());
        }
        let options = |path: &Path| {
            let options = RecordOptions::new(path);
            RecordOptions { size: self.size.unwrap_or(options.size), ..options }
        };
        let recorder = self.film.and_then(|path| match Recorder::start(&instance.engine, options(&path)) {
            Ok(started) => Some(started),
            Err(why) => {
                report(instance, format!("{} is not recorded: {why}", path.display()));
                None
            }
        });
        let table = self.events.and_then(|path| match Table::start(&instance.engine, &path) {
            Ok(table) => Some(table),
            Err(why) => {
                report(instance, format!("{} can't be written: {why}", path.display()));
                None
            }
        });
        Some(Recording { recorder, table })
    }
}

/// A size as in `1280x720`.
fn size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?)).filter(|(width, height)| *width > 0 && *height > 0)
}

/// Says it in the console, and on the standard error of the host that was started for it.
fn report(instance: &Instance, text: String) {
    eprintln!("videoTracker: {}", videotracker_engine::text::printable(&text));
    instance.notify([Message { severity: Severity::Error, text, line: None, column: None }]);
}

/// A recording under way.
#[derive(Debug)]
pub struct Recording {
    recorder: Option<Recorder>,
    table: Option<Table>,
}

impl Recording {
    /// Ends the film, if one is under way, and says what is in it.
    pub fn finish_film(&mut self, instance: &Instance) {
        if let Some(recorder) = self.recorder.take() {
            match recorder.finish() {
                Ok(film) => {
                    let why = film.reason.map(|why| format!(": {why}")).unwrap_or_default();
                    eprintln!("videoTracker: {}, {} dropped{why}", counted(film.frames, "picture"), film.dropped);
                    film.problems.into_iter().for_each(|problem| report(instance, problem));
                }
                Err(why) => report(instance, format!("the recording failed: {why}")),
            }
        }
    }

    /// Ends the film and the table.
    pub fn finish(mut self, instance: &Instance) {
        self.finish_film(instance);
        if let Some(table) = self.table.take()
            && let Err(why) = table.finish()
        {
            report(instance, format!("the table of events was not written: {why}"));
        }
    }
}

/// The table of triggers, fetched while the host plays.
#[derive(Debug)]
struct Table {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Table {
    fn start(engine: &Arc<Engine>, path: &Path) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let ended = Arc::new(AtomicBool::new(false));
        let (engine, end) = (Arc::clone(engine), Arc::clone(&ended));
        let thread = std::thread::Builder::new().name("videotracker-events".to_owned()).spawn(move || {
            loop {
                // Looked at before the last fetch, so that nothing stays behind.
                let last = end.load(Ordering::Acquire);
                write(&mut file, engine.take_triggers())?;
                if last {
                    return file.flush();
                }
                std::thread::sleep(EVENTS_EVERY);
            }
        })?;
        Ok(Self { ended, thread: Some(thread) })
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.ended.store(true, Ordering::Release);
        let Some(thread) = self.thread.take() else { return Ok(()) };
        match files::result_within(thread, TABLE_PATIENCE) {
            Some(done) => done.unwrap_or_else(|_| Err(std::io::Error::other("its thread failed"))),
            None => Err(std::io::Error::other("its disk does not answer")),
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            files::join_within(thread, TABLE_PATIENCE);
        }
    }
}

fn write(file: &mut impl Write, mut triggers: Vec<Triggered>) -> std::io::Result<()> {
    triggers.sort_by_key(|trigger| trigger.report.clock);
    triggers.iter().try_for_each(|trigger| writeln!(file, "{}", events::row(trigger)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_wishes_are_none() {
        let requests = Requests::read(|name| (name == "VIDEOTRACKER_RECORD").then(OsString::new));
        assert_eq!(requests, Requests::default());
        let requests = Requests::read(|name| (name == "VIDEOTRACKER_RECORD").then(|| "film.mp4".into()));
        assert_eq!(requests.film.as_deref(), Some(Path::new("film.mp4")));
        for (text, wanted) in [("640x360", Some((640, 360))), ("640", None), ("0x9", None), ("ax9", None)] {
            let requests = Requests::read(|name| (name == "VIDEOTRACKER_RECORD_SIZE").then(|| text.into()));
            assert_eq!(requests.size, wanted, "{text}");
        }
    }
}
