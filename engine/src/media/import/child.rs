//! A child process that can be stopped, ends in time, and never outlives whoever waits for it.

use std::{
    ffi::OsString,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use super::source::Stop;

/// How often a child is looked at.
const TICK: Duration = Duration::from_millis(20);
/// Bytes of complaints that are kept: the first ones, which name the cause.
const COMPLAINTS: usize = 4096;
/// How long the last words of a child that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Why a child did not do its work.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is not there, or can't do what is asked of it.
    Unable(String),
    /// Whoever wanted it is gone.
    Cancelled,
    /// It, or what it was given, is at fault.
    Failed(String),
    /// What it makes is too large.
    TooLarge(String),
}

/// What a child is run with.
pub(super) struct Task<'a> {
    pub program: &'a Path,
    /// The folder it runs in.
    pub folder: Option<&'a Path>,
    pub stop: Stop<'a>,
    /// Longest it may run without any sign of getting on.
    pub stall: Duration,
    /// Longest it may run.
    pub limit: Duration,
}

/// Kills and waits when dropped, so that no way out leaves a child behind.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // One that has ended can't be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Task<'_> {
    /// Runs the program and gives what it printed, at most `most` bytes.
    pub fn output(&self, arguments: &[OsString], most: usize) -> Result<String, Trouble> {
        let mut printed = Vec::new();
        self.run(arguments, &mut |bytes| {
            printed.extend_from_slice(bytes);
            if printed.len() > most { Err(Trouble::Failed(format!("it says more than {most} bytes"))) } else { Ok(true) }
        })?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// Runs the program to its end. `hear` gets what it prints, and an empty piece now and then; it answers whether the
    /// child is getting on, or why it has to go.
    ///
    /// # Errors
    /// Why it did not end well. The child is gone in every case.
    pub fn run(&self, arguments: &[OsString], hear: &mut dyn FnMut(&[u8]) -> Result<bool, Trouble>) -> Result<(), Trouble> {
        let name = self.program.display();
        let mut child = Reaped(self.command(arguments).spawn().map_err(|e| Trouble::Unable(format!("{name} can't be started: {e}")))?);
        let (printed_tx, printed_rx) = mpsc::sync_channel(64);
        let (said_tx, said_rx) = mpsc::sync_channel(64);
        listen(child.0.stdout.take(), printed_tx)?;
        listen(child.0.stderr.take(), said_tx)?;
        let started = Instant::now();
        let mut moved = started;
        let mut said = Vec::new();
        loop {
            if self.stop.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(Trouble::Cancelled);
            }
            let piece = match printed_rx.recv_timeout(TICK) {
                Ok(piece) => piece,
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => {
                    // It has closed its output; what is left is its end.
                    std::thread::sleep(TICK.min(Duration::from_millis(2)));
                    Vec::new()
                }
            };
            keep(&mut said, said_rx.try_iter());
            if hear(&piece)? {
                moved = Instant::now();
            }
            if let Some(status) = child.0.try_wait().map_err(|e| Trouble::Failed(format!("{name} can't be waited for: {e}")))? {
                while let Ok(piece) = printed_rx.recv_timeout(LAST_WORDS) {
                    hear(&piece)?;
                }
                while let Ok(piece) = said_rx.recv_timeout(LAST_WORDS) {
                    keep(&mut said, [piece].into_iter());
                }
                return if status.success() { Ok(()) } else { Err(Trouble::Failed(reason(&said, &status.to_string()))) };
            }
            if moved.elapsed() > self.stall {
                return Err(Trouble::Failed(format!("ffmpeg did not get on for {} s and was stopped", self.stall.as_secs_f32())));
            }
            if started.elapsed() > self.limit {
                return Err(Trouble::Failed(format!("ffmpeg took longer than {} s and was stopped", self.limit.as_secs_f32())));
            }
        }
    }

    fn command(&self, arguments: &[OsString]) -> Command {
        let mut command = polite(self.program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        command
    }
}

/// A command that gives way to the music: children run at a low priority.
#[cfg(unix)]
fn polite(program: &Path) -> Command {
    // `nice` becomes the program, so that killing the child kills the program.
    let nice = Path::new("/usr/bin/nice");
    if !nice.is_file() {
        return Command::new(program);
    }
    let mut command = Command::new(nice);
    command.args(["-n", "10"]).arg(program);
    command
}

/// A command that gives way to the music, and opens no console.
#[cfg(windows)]
fn polite(program: &Path) -> Command {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x0000_4000;
    let mut command = Command::new(program);
    command.creation_flags(CREATE_NO_WINDOW | BELOW_NORMAL_PRIORITY_CLASS);
    command
}

/// Hands on what a stream gives, on a thread that ends with the stream or its listener.
fn listen(stream: Option<impl Read + Send + 'static>, tx: mpsc::SyncSender<Vec<u8>>) -> Result<(), Trouble> {
    let Some(mut stream) = stream else { return Ok(()) };
    let read = move || {
        let mut buffer = [0; 8192];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            if tx.send(buffer[..n].to_vec()).is_err() {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("import pipe".to_owned()).spawn(read);
    thread.map(drop).map_err(|e| Trouble::Unable(format!("no thread can be started: {e}")))
}

fn keep(said: &mut Vec<u8>, pieces: impl Iterator<Item = Vec<u8>>) {
    for piece in pieces {
        let room = COMPLAINTS.saturating_sub(said.len());
        said.extend_from_slice(&piece[..piece.len().min(room)]);
    }
}

/// What ffmpeg says, and what that means; the first that fits counts.
const PLAIN: [(&str, &str); 7] = [
    ("No space left on device", "No space left on device"),
    ("moov atom not found", "its tables (moov) are missing, as in a recording that was never finished"),
    ("not on whitelist", "it is of a kind that is not opened, because it can name further files or addresses"),
    ("Decoder not found", "this ffmpeg has no decoder for it"),
    ("Unknown decoder", "this ffmpeg has no decoder for it"),
    ("does not contain any stream", "nothing in it could be decoded"),
    ("Invalid data found when processing input", "neither videoTracker nor ffmpeg can make sense of it"),
];

/// What a child said was wrong, in one line: its last one, which is about the whole.
fn reason(said: &[u8], status: &str) -> String {
    let text = String::from_utf8_lossy(said);
    if let Some(plain) = PLAIN.iter().find(|(theirs, _)| text.contains(theirs)).map(|(_, ours)| (*ours).to_owned()) {
        return plain;
    }
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty() && *line != "Conversion failed!").unwrap_or_default();
    // ffmpeg puts the part that speaks in brackets, with an address in memory.
    let line = line.rsplit_once("] ").map_or(line, |(_, rest)| rest);
    // The file is named by whoever reports this.
    let line = if line.starts_with("file:") { line.rsplit_once(": ").map_or(line, |(_, rest)| rest) } else { line };
    let line: String = line.chars().filter(|c| !c.is_control()).take(300).collect();
    if line.is_empty() { format!("ffmpeg ended with {status}") } else { format!("ffmpeg says: {line}") }
}
