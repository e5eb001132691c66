//! The ffmpeg program as a child process: raw pictures in, a film out.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{RecordOptions, VideoError};

/// Longest time the program may take to end after its last picture, and to join sound and picture.
const ENDING: Duration = Duration::from_secs(120);
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

/// Asks whether the program is there.
///
/// # Errors
/// It isn't, or can't be started.
pub(super) fn look_for(options: &RecordOptions) -> Result<(), VideoError> {
    let missing = |source| VideoError::NoFfmpeg { path: options.path.clone(), source };
    let mut ask = Command::new(&options.ffmpeg);
    ask.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().map(drop).map_err(missing)
}

/// A running ffmpeg; dropping it ends it.
#[derive(Debug)]
pub(super) struct Ffmpeg {
    child: Child,
    pictures: Option<ChildStdin>,
    complaints: Option<JoinHandle<String>>,
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
        add(&format!("-f {}", container.name));
        args.push(target.into());
        Self::start(options, args, Stdio::piped())
    }

    /// Joins a film and a sound file into `target`; the film's pictures are copied as they are.
    pub(super) fn join(options: &RecordOptions, container: &Container, film: &Path, sound: &Path, target: &Path) -> Result<(), VideoError> {
        let mut args: Vec<OsString> = vec!["-y".into(), "-i".into(), film.into(), "-i".into(), sound.into()];
        let mut add = |text: &str| args.extend(text.split_whitespace().map(OsString::from));
        add("-map 0:v -map 1:a -c:v copy -movflags +faststart");
        add(container.sound);
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
        let complaints = child.stderr.take().and_then(|stderr| {
            // Read all the while, so that a talkative program never waits for a reader.
            std::thread::Builder::new().name("video-ffmpeg".into()).spawn(move || last_words(stderr)).ok()
        });
        Ok(Self { child, pictures, complaints })
    }

    /// Gives one picture, RGBA rows top down. May wait for the encoder.
    pub(super) fn write(&mut self, options: &RecordOptions, picture: &[u8]) -> Result<(), VideoError> {
        let wrote = self.pictures.as_mut().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), |pipe| pipe.write_all(picture));
        wrote.map_err(|error| self.failed(options, &error.to_string()))
    }

    /// Ends the pictures and waits for the program.
    pub(super) fn finish(mut self, options: &RecordOptions) -> Result<(), VideoError> {
        drop(self.pictures.take());
        let began = Instant::now();
        loop {
            match self.child.try_wait() {
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
        drop(self.pictures.take());
        drop(self.child.kill());
        let words = self.complaints.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        let words = words.trim();
        let reason = if words.is_empty() { reason.to_owned() } else { format!("{words} ({reason})") };
        VideoError::Ffmpeg { path: options.path.clone(), reason }
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        drop(self.pictures.take());
        // One that has ended already can't be killed; either way it is waited for, so that no zombie stays.
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(reader) = self.complaints.take() {
            drop(reader.join());
        }
    }
}

/// Flags that leave out marks of version and time and use one core.
fn reproducible(options: &RecordOptions) -> &'static str {
    if options.reproducible { "-threads 1 -fflags +bitexact -flags +bitexact -map_metadata -1" } else { "" }
}

/// The end of what a program says.
fn last_words(mut stream: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        let surplus = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
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
