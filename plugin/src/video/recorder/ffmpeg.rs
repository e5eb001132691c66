//! The ffmpeg program as a child process: raw pictures in, a film out.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{Kind, RecordOptions, VideoError};

/// Longest time the program may take to end after its last picture, and to join sound and picture.
const ENDING: Duration = Duration::from_secs(120);
/// Longest time a program that was killed is waited for, and what it said last.
const DYING: Duration = Duration::from_secs(2);
/// Longest time a program that takes no more pictures is waited for, to see how it ended.
const ENDED: Duration = Duration::from_millis(500);
/// How often it is looked at whether the program still takes pictures.
const WATCHING: Duration = Duration::from_millis(100);
/// How the film is written while it is recorded: a part for each picture, at once, so that one that breaks off is playable.
const IN_PARTS: &str = "-movflags +frag_every_frame+delay_moov+default_base_moof -flush_packets 1";
/// Characters kept of its complaints.
const COMPLAINT: usize = 2000;

/// A kind of film file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Container {
    /// Its file's ending, which is ffmpeg's name for it too.
    pub(super) name: &'static str,
    /// Width and height are multiples of this.
    pub(super) grid: u32,
    picture: &'static str,
    sound: &'static str,
}

/// The kinds of film files there are.
pub(super) const CONTAINERS: &[Container] = &[
    Container {
        name: "mp4",
        grid: 2,
        // sRGB's primaries are BT.709's; saying so keeps players from guessing by the picture's size.
        picture: "-c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p -vf scale=out_color_matrix=bt709:out_range=tv \
                  -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv",
        sound: "-c:a aac -b:a 256k",
    },
    Container { name: "mov", grid: 4, picture: "-c:v hap -chunks 4", sound: "-c:a pcm_s24le" },
];

/// Asks whether the program is there, where the recording needs it.
///
/// # Errors
/// It isn't, or can't be started.
pub(super) fn look_for(options: &RecordOptions) -> Result<(), VideoError> {
    if Kind::of(&options.path)? == Kind::Images {
        return Ok(());
    }
    let missing = |source| VideoError::NoFfmpeg { path: options.path.clone(), source };
    let mut ask = Command::new(&options.ffmpeg);
    ask.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().map(drop).map_err(missing)
}

/// A running ffmpeg; dropping it ends it.
#[derive(Debug)]
pub(super) struct Ffmpeg {
    child: Arc<Mutex<Child>>,
    pictures: Option<ChildStdin>,
    complaints: Option<Complaints>,
    watch: Watch,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ffmpeg {
    /// Starts encoding pictures that [`Self::write`] gives into `target`.
    pub(super) fn encode(options: &RecordOptions, container: &Container, target: &Path) -> Result<Self, VideoError> {
        let (width, height) = options.size;
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |text: &str| args.extend(text.split_whitespace().map(OsString::from));
        add(&format!("-y -f rawvideo -pix_fmt rgba -s {width}x{height} -r {}/{} -i -", options.fps.0, options.fps.1));
        add(container.picture);
        add(reproducible(options));
        add(IN_PARTS);
        add(&format!("-f {}", container.name));
        args.push(target.into());
        Self::start(options, args, Stdio::piped())
    }

    /// Joins a film in parts and a sound file, where there is one, into `target`; the film's pictures are copied as they are.
    pub(super) fn join(
        options: &RecordOptions,
        container: &Container,
        film: &Path,
        sound: Option<&Path>,
        target: &Path,
    ) -> Result<(), VideoError> {
        let mut args: Vec<OsString> = vec!["-y".into(), "-i".into(), film.into()];
        args.extend(sound.into_iter().flat_map(|sound| ["-i".into(), sound.into()]));
        let mut add = |text: &str| args.extend(text.split_whitespace().map(OsString::from));
        add("-map 0:v -c:v copy -movflags +faststart");
        if sound.is_some() {
            add("-map 1:a");
            add(container.sound);
        }
        add(reproducible(options));
        add(&format!("-f {}", container.name));
        args.push(target.into());
        Self::start(options, args, Stdio::null())?.finish(options)
    }

    fn start(options: &RecordOptions, args: Vec<OsString>, stdin: Stdio) -> Result<Self, VideoError> {
        let missing = |source| VideoError::NoFfmpeg { path: options.path.clone(), source };
        let mut child = Command::new(&options.ffmpeg)
            .args(["-hide_banner", "-loglevel", "error", "-nostats"])
            .args(args)
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(missing)?;
        let pictures = child.stdin.take();
        let complaints = child.stderr.take().and_then(Complaints::hear);
        let child = Arc::new(Mutex::new(child));
        Ok(Self { watch: Watch::start(&child), child, pictures, complaints })
    }

    /// Gives one picture, RGBA rows top down. May wait for the encoder, for [`RecordOptions::patience`] at most.
    pub(super) fn write(&mut self, options: &RecordOptions, picture: &[u8]) -> Result<(), VideoError> {
        self.watch.expect(Some(options.patience));
        let wrote = self.pictures.as_mut().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), |pipe| pipe.write_all(picture));
        self.watch.expect(None);
        wrote.map_err(|error| {
            let ended = self.exit().map(|status| format!("it ended early, {status}"));
            self.failed(options, &ended.unwrap_or_else(|| error.to_string()))
        })
    }

    /// How the program ended, if it has or is about to.
    fn exit(&self) -> Option<ExitStatus> {
        let began = Instant::now();
        loop {
            match lock(&self.child).try_wait() {
                Ok(None) if began.elapsed() < ENDED => {}
                other => return other.ok().flatten(),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Ends the pictures and waits for the program.
    pub(super) fn finish(mut self, options: &RecordOptions) -> Result<(), VideoError> {
        drop(self.pictures.take());
        let began = Instant::now();
        loop {
            let ended = lock(&self.child).try_wait();
            match ended {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(self.failed(options, &status.to_string())),
                Err(error) => return Err(self.failed(options, &error.to_string())),
                Ok(None) if began.elapsed() > ENDING => return Err(self.failed(options, "it does not end")),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// The error for a failure, in the program's own words where it left some.
    fn failed(&mut self, options: &RecordOptions, reason: &str) -> VideoError {
        self.end();
        let words = self.complaints.take().map(Complaints::last_words).unwrap_or_default();
        let hung = format!("it took no picture for {} s", options.patience.as_secs());
        let reason = if self.watch.has_struck() { &hung } else { reason };
        let words = words.trim();
        let reason = if words.is_empty() { reason.to_owned() } else { format!("{words} ({reason})") };
        VideoError::Ffmpeg { path: options.path.clone(), reason }
    }

    /// Ends the program, and waits so that no zombie stays; one that the system itself can't end is left alone.
    fn end(&mut self) {
        drop(self.pictures.take());
        let began = Instant::now();
        let mut child = lock(&self.child);
        // One that has ended already can't be killed.
        drop(child.kill());
        while matches!(child.try_wait(), Ok(None)) && began.elapsed() < DYING {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        self.end();
    }
}

/// Ends a program that takes nothing for too long: a write into its pipe can't be called off otherwise.
#[derive(Debug)]
struct Watch {
    desk: Arc<(Mutex<Desk>, Condvar)>,
}

#[derive(Debug, Default)]
struct Desk {
    /// When what is under way has to be done.
    due: Option<Instant>,
    struck: bool,
    over: bool,
}

impl Watch {
    fn start(child: &Arc<Mutex<Child>>) -> Self {
        let desk = Arc::<(Mutex<Desk>, Condvar)>::default();
        let (theirs, child) = (Arc::clone(&desk), Arc::clone(child));
        let watch = move || {
            let mut desk = lock(&theirs.0);
            while !desk.over && !desk.struck {
                desk = theirs.1.wait_timeout(desk, WATCHING).unwrap_or_else(PoisonError::into_inner).0;
                if desk.due.is_some_and(|due| Instant::now() > due) {
                    desk.struck = true;
                    drop(lock(&child).kill());
                }
            }
        };
        // Without a thread a program that hangs is waited for.
        drop(std::thread::Builder::new().name("video-ffmpeg".into()).spawn(watch));
        Self { desk }
    }

    /// What is under way has to be done in this time; `None` once it is.
    fn expect(&self, patience: Option<Duration>) {
        lock(&self.desk.0).due = patience.and_then(|patience| Instant::now().checked_add(patience));
    }

    fn has_struck(&self) -> bool {
        lock(&self.desk.0).struck
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&self.desk.0).over = true;
        self.desk.1.notify_one();
    }
}

/// What a program says, read all the while, so that a talkative one never waits for a reader.
#[derive(Debug)]
struct Complaints {
    words: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Complaints {
    fn hear(stream: impl Read + Send + 'static) -> Option<Self> {
        let words = Arc::<Mutex<Vec<u8>>>::default();
        let theirs = Arc::clone(&words);
        let thread = std::thread::Builder::new().name("video-ffmpeg".into()).spawn(move || hear(stream, &theirs)).ok()?;
        Some(Self { words, thread })
    }

    /// The end of what it said. A child of its own may hold its stream open for ever: that is not waited for.
    fn last_words(self) -> String {
        let began = Instant::now();
        while !self.thread.is_finished() && began.elapsed() < DYING {
            std::thread::sleep(Duration::from_millis(1));
        }
        String::from_utf8_lossy(&lock(&self.words)).into_owned()
    }
}

fn hear(mut stream: impl Read, words: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        let mut kept = lock(words);
        kept.extend_from_slice(&buffer[..read]);
        let surplus = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..surplus);
    }
}

/// Flags that leave out marks of version and time and use one core.
fn reproducible(options: &RecordOptions) -> &'static str {
    if options.reproducible { "-threads 1 -fflags +bitexact -flags +bitexact -map_metadata -1" } else { "" }
}

/// Keeps a broken pipe from ending the host: a program without Rust's `main` has `SIGPIPE` at its default, which kills.
/// Blocked for this thread, a write to an ffmpeg that died gives an error instead.
#[cfg(unix)]
#[allow(unsafe_code, reason = "signal masks have no safe interface")]
pub(super) fn survive_broken_pipes() {
    // SAFETY: `set` is initialised by `sigemptyset` before it is read; the calls concern this thread's mask only.
    unsafe {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        if libc::sigemptyset(set.as_mut_ptr()) == 0 && libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE) == 0 {
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
        }
    }
}

/// Nothing to do where pipes raise no signals.
#[cfg(not(unix))]
pub(super) fn survive_broken_pipes() {}
