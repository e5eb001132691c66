//! Takes: armed once, a film of each time the song plays, live or in the host's bounce.

use std::{
    path::{MAIN_SEPARATOR, Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use videotracker_engine::{
    audio::film::Cue,
    engine::{Engine, RecordRequest},
    files,
    snapshot::{Message, Severity},
    text::counted,
};

use crate::failure::contained_with_words;

use super::{Progress, RecordOptions, Summary, VideoError, ffmpeg::survive_broken_pipes, pace::share, spawn, work::Work};

/// Longest that closing waits for films to be written: the encoder may take two minutes to end and two to join picture and
/// sound. A disk that does not answer is not waited for any longer.
const CLOSING: Duration = Duration::from_secs(300);

/// Where messages go.
pub type Notices = Arc<Mutex<Vec<Message>>>;

/// What the recorder of an instance is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing.
    #[default]
    Off,
    /// It waits for the song to play.
    Armed,
    /// So many pictures of a take are written.
    Recording(u64),
}

/// An instance's recorder. Dropping it writes what is under way.
#[derive(Debug, Default)]
pub struct Takes {
    armed: Mutex<Option<Armed>>,
    /// Takes that are being written after they were ended.
    ending: Mutex<Vec<JoinHandle<()>>>,
    /// What was requested last; the next request that says nothing means it.
    last: Mutex<RecordRequest>,
    notices: Notices,
}

#[derive(Debug)]
struct Armed {
    request: RecordRequest,
    progress: Arc<Progress>,
    thread: JoinHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Takes {
    /// A recorder that tells of its takes in `notices`.
    #[must_use]
    pub fn new(notices: Notices) -> Self {
        Self { armed: Mutex::default(), ending: Mutex::default(), last: Mutex::default(), notices }
    }

    /// Arms the recorder, or ends it; says what it does. The same request again changes nothing. Never waits for a film to be
    /// written.
    ///
    /// # Errors
    /// Why it can't record: no adapter, no ffmpeg, a path that names no film.
    pub fn request(&self, engine: &Arc<Engine>, request: Option<RecordRequest>) -> Result<String, String> {
        let request = request.map(|request| if request == RecordRequest::default() { lock(&self.last).clone() } else { request });
        let before = lock(&self.armed).take_if(|armed| armed.has_ended() || request.as_ref() != Some(&armed.request));
        let ended = before.map_or(Status::Off, |armed| {
            let status = armed.status();
            lock(&self.ending).push(armed.finish());
            status
        });
        let Some(request) = request else {
            let words = match ended {
                Status::Recording(_) => "recording is off: the take ends here and is being written",
                Status::Armed => "recording is off",
                Status::Off => "nothing is being recorded",
            };
            return Ok(words.to_owned());
        };
        let when = if request.bounce { "when the host bounces" } else { "when the song plays" };
        if lock(&self.armed).is_some() {
            return Ok(format!("recording goes on {when}"));
        }
        let (options, cue) = options(engine, &request)?;
        let shown = options.path.display().to_string();
        let failed = |why: VideoError| format!("{shown} is not recorded: {why}");
        let progress = Arc::<Progress>::default();
        let before: Vec<_> = lock(&self.ending).drain(..).filter(|thread| !thread.is_finished()).collect();
        let run = Run { engine: Arc::clone(engine), options, cue, progress: Arc::clone(&progress), notices: Arc::clone(&self.notices) };
        let thread = if before.is_empty() {
            let work = run.begin().map_err(failed)?;
            spawn(move || run.report(|run| run.record(work)))
        } else {
            // The film is free when the takes before are written.
            spawn(move || {
                before.into_iter().for_each(|thread| drop(thread.join()));
                run.report(|run| run.record(run.begin()?));
            })
        };
        lock(&self.last).clone_from(&request);
        *lock(&self.armed) = Some(Armed { request, progress, thread: thread.map_err(failed)? });
        Ok(format!("{shown} is recorded {when}"))
    }

    /// What it is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.armed).as_ref().map_or(Status::Off, Armed::status)
    }

    /// Ends recording and waits until what is under way is written, for five minutes at most.
    pub fn end(&self) {
        let armed = lock(&self.armed).take();
        let mut ending = std::mem::take(&mut *lock(&self.ending));
        ending.extend(armed.map(Armed::finish));
        // What they had to say is among the notices.
        let began = Instant::now();
        for thread in ending {
            files::join_within(thread, CLOSING.saturating_sub(began.elapsed()));
        }
    }
}

impl Drop for Takes {
    fn drop(&mut self) {
        self.end();
    }
}

impl Armed {
    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    fn status(&self) -> Status {
        let progress = &self.progress;
        match () {
            () if self.has_ended() => Status::Off,
            () if progress.taking.load(Ordering::Acquire) => Status::Recording(progress.frames.load(Ordering::Relaxed)),
            () => Status::Armed,
        }
    }

    /// Ends the take under way on the frame that is played next, lets it be written, and ends recording.
    fn finish(self) -> JoinHandle<()> {
        self.progress.finish.store(true, Ordering::Release);
        self.thread
    }
}

/// What is recorded, and when, for a request.
fn options(engine: &Engine, request: &RecordRequest) -> Result<(RecordOptions, Cue), String> {
    let fresh = RecordOptions::new(target(request, &engine.media_roots().0, &videos())?);
    let (size, fps) = (request.size.unwrap_or(fresh.size), request.fps.unwrap_or(fresh.fps));
    Ok((RecordOptions { size, fps, ..fresh }, if request.bounce { Cue::Bounce } else { Cue::Song }))
}

/// Where a request leads: a relative path below the first of the session's folders, or that of films where it has none. A script's
/// leads nowhere else than below these, for scripts come from strangers; only a path that somebody typed into the window does.
fn target(request: &RecordRequest, roots: &[PathBuf], films: &Path) -> Result<PathBuf, String> {
    let Some(path) = &request.path else { return Ok(films.join("take.mp4")) };
    let written = Path::new(path);
    let first = roots.first().map_or(films, PathBuf::as_path);
    let target = first.join(written);
    if request.typed {
        return Ok(target);
    }
    let refused = |why: &str| {
        let folders = roots.iter().map(PathBuf::as_path).chain([films]).map(|folder| folder.display().to_string()).collect::<Vec<_>>();
        Err(format!(
            "{path} is not recorded: {why}. A script records below {}; to record elsewhere, type  record <path>  into the console",
            folders.join(" or ")
        ))
    };
    // Relative folders lie in that of the program; neither is `..` taken back before links are looked at.
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = absolute(&target);
    let Some((folder, rest)) = roots.iter().map(PathBuf::as_path).chain([films]).find_map(|folder| {
        let folder = absolute(folder);
        let rest = whole.strip_prefix(&folder).ok()?.to_owned();
        Some((folder, rest))
    }) else {
        return refused("it lies outside");
    };
    if rest.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return refused("it leads out of its folder");
    }
    let mut place = folder;
    for part in rest.components() {
        place.push(part);
        if files::is_link(&place) {
            return refused(&format!("{} is a link", place.display()));
        }
    }
    Ok(target)
}

/// A path without the `/` at its end, behind which a link would be followed.
fn bare(path: &Path) -> PathBuf {
    path.components().collect()
}

/// The user's folder for videos (XDG's, or `Videos` at home), and ours in it.
fn videos() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || folder("HOME").or_else(|| folder("USERPROFILE")).map(|home| home.join("Videos"));
    folder("XDG_VIDEOS_DIR").or_else(home).unwrap_or_else(std::env::temp_dir).join("videoTracker")
}

/// What the thread of an armed recorder does.
struct Run {
    engine: Arc<Engine>,
    options: RecordOptions,
    cue: Cue,
    progress: Arc<Progress>,
    notices: Notices,
}

impl Run {
    fn begin(&self) -> Result<Work, VideoError> {
        Work::begin(&self.engine, self.cue, self.options.clone(), Arc::clone(&self.progress))
    }

    fn report(&self, run: impl FnOnce(&Self) -> Result<(), VideoError>) {
        survive_broken_pipes();
        match contained_with_words(|| run(self)) {
            Ok(Ok(())) => {}
            Ok(Err(why)) => say(&self.notices, Severity::Error, format!("recording has ended: {why}")),
            Err(why) => {
                self.progress.taking.store(false, Ordering::Release);
                let text = format!(
                    "recording has ended: an error inside videoTracker ({why}). What was written of the take lies beside its name; record again"
                );
                say(&self.notices, Severity::Error, text);
            }
        }
    }

    fn record(&self, mut work: Work) -> Result<(), VideoError> {
        while let Some(edge) = work.next_take()? {
            self.progress.frames.store(0, Ordering::Relaxed);
            self.progress.taking.store(true, Ordering::Release);
            let path = free(&self.options.path);
            let summary = work.take(edge, &path);
            self.progress.taking.store(false, Ordering::Release);
            match summary {
                Ok(summary) => tell(&self.notices, &path, summary),
                // A device that is lost stays so; whatever else failed may be well in the next take.
                Err(why) if !why.is_loss() => {
                    say(&self.notices, Severity::Error, format!("{why}. The next take is recorded again"));
                    work.pass_over()?;
                }
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }
}

fn tell(notices: &Notices, path: &Path, summary: Summary) {
    let Summary { frames, dropped, reason, audio_frames, audio_dropped, problems } = summary;
    let mut lost = String::new();
    if dropped > 0 {
        let part = share(dropped, frames);
        let why = reason.map(|why| format!(": {why}")).unwrap_or_default();
        lost = format!("; {dropped} of them ({part}) came too late, and the picture before each stands in its place{why}");
    }
    if audio_dropped > 0 {
        let part = share(audio_dropped, audio_frames);
        lost.push_str(&format!("; lost of its sound: {} ({part}), silent there", counted(audio_dropped, "frame")));
    }
    let severity = if lost.is_empty() { Severity::Note } else { Severity::Warning };
    if frames > 0 {
        say(notices, severity, format!("{} is written, {}{lost}", path.display(), counted(frames, "picture")));
    } else if dropped > 0 {
        let text = format!("{} is not written: each of the take's {dropped} pictures came too late", path.display());
        say(notices, Severity::Warning, text);
    }
    problems.into_iter().for_each(|problem| say(notices, Severity::Warning, problem));
}

fn say(notices: &Notices, severity: Severity, text: String) {
    lock(notices).push(Message { severity, text, line: None, column: None });
}

/// The first name from `path` on that nothing has yet: `film.mp4`, `film-2.mp4`, …
fn free(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    let folder = text.ends_with(['/', MAIN_SEPARATOR]);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    let name = |number: u32| match number {
        1 => path.to_owned(),
        _ if folder => path.with_file_name(format!("{stem}{ending}-{number}/")),
        _ => path.with_file_name(format!("{stem}-{number}{ending}")),
    };
    (1..u32::MAX).map(name).find(|path| !files::is_taken(&bare(path))).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_script_records_below_its_folders_and_through_no_link() {
        let held = tempfile::tempdir().expect("a folder");
        let [song, films, outside] = ["song", "films", "outside"].map(|name| held.path().join(name));
        [&song, &films, &outside].into_iter().for_each(|folder| std::fs::create_dir(folder).expect("makes"));
        std::os::unix::fs::symlink(&outside, song.join("away")).expect("links");
        std::os::unix::fs::symlink(outside.join("none.mp4"), song.join("dangling.mp4")).expect("links");
        let roots = [song.clone()];
        let inside = |path: &Path| path.display().to_string();
        for (path, script, typed) in [
            ("film.mp4".to_owned(), true, true),
            ("a/b/film.mp4".to_owned(), true, true),
            ("images/".to_owned(), true, true),
            (inside(&song.join("film.mp4")), true, true),
            (inside(&films.join("film.mp4")), true, true),
            ("../film.mp4".to_owned(), false, true),
            ("../../x/".to_owned(), false, true),
            ("a/../../outside/film.mp4".to_owned(), false, true),
            ("a/../film.mp4".to_owned(), false, true),
            (inside(&outside.join("film.mp4")), false, true),
            (inside(&song.join("../outside/film.mp4")), false, true),
            ("away/film.mp4".to_owned(), false, true),
            ("away/".to_owned(), false, true),
            ("dangling.mp4".to_owned(), false, true),
            (format!("{}x/film.mp4", inside(&song)), false, true),
        ] {
            for (by_hand, wanted) in [(false, script), (true, typed)] {
                let request = RecordRequest { path: Some(path.clone()), typed: by_hand, ..RecordRequest::default() };
                let found = target(&request, &roots, &films);
                assert_eq!(found.is_ok(), wanted, "{path} typed {by_hand}: {found:?}");
            }
        }
        // Without a folder of its own, a session's films lie in that of films.
        let request = RecordRequest { path: Some("film.mp4".to_owned()), ..RecordRequest::default() };
        assert_eq!(target(&request, &[], &films), Ok(films.join("film.mp4")));
        assert!(target(&RecordRequest { path: Some("../film.mp4".to_owned()), ..request }, &[], &films).is_err());
        // A link that leads nowhere has its name all the same.
        assert_eq!(free(&song.join("dangling.mp4")), song.join("dangling-2.mp4"));
        assert!(free(&song.join("away/")).to_string_lossy().ends_with("away-2/"));
    }

    #[test]
    fn takes_are_numbered_past_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let [film, images] = ["film.mp4", "images/"].map(|name| folder.path().join(name));
        assert_eq!(free(&film), film);
        std::fs::write(&film, []).expect("writes");
        assert_eq!(free(&film), folder.path().join("film-2.mp4"));
        std::fs::write(folder.path().join("film-2.mp4"), []).expect("writes");
        assert_eq!(free(&film), folder.path().join("film-3.mp4"));
        assert_eq!(free(&images).to_string_lossy(), images.to_string_lossy());
        std::fs::create_dir(&images).expect("makes");
        assert!(free(&images).to_string_lossy().ends_with("images-2/"));
    }
}
