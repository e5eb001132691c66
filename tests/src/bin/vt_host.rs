//! Rolls the bundled plugin in a headless host and says what it played.
//!
//! What the plugin is to play and to record is told through its environment, which `cargo xtask demo` sets.

#![allow(clippy::print_stdout, reason = "a command line program speaks on its standard output")]

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use lexopt::prelude::*;
use videotracker_tests::{
    audio::{Audio, Onset},
    events::{self, Trigger},
    film::{self, Film},
    host::{Blocks, Host, Roll, Setup},
    transport::TransportPlan,
};

const USAGE: &str = "vt-host PLUGIN.clap [--bars N] [--bpm B] [--sample-rate R] [--block N|random:SEED] [--live] [--state FILE]
        [--wav OUT.wav] [--events IN.jsonl] [--film IN.mp4 [--clips MODULE=CLIP,CLIP…]]

Rolls N bars of 4/4 and measures what was played: against the event table, where the plugin wrote one, and the film's frames.
--live  blocks come in real time and the plugin is not told that it renders offline
--state  loads a saved state first
--clips  the factory clips of a module's samples: each trigger's must be in the film at its time";

/// What the command line asks for.
struct Request {
    plugin: PathBuf,
    bars: u32,
    bpm: f64,
    sample_rate: f64,
    blocks: Blocks,
    live: bool,
    state: Option<PathBuf>,
    wav: Option<PathBuf>,
    events: Option<PathBuf>,
    film: Option<PathBuf>,
    clips: Option<String>,
}

impl Request {
    fn parse() -> Result<Option<Self>> {
        let mut request = Self {
            plugin: PathBuf::new(),
            bars: 8,
            bpm: 128.0,
            sample_rate: 48_000.0,
            blocks: Blocks::Fixed(512),
            live: false,
            state: None,
            wav: None,
            events: None,
            film: None,
            clips: None,
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Value(path) if request.plugin.as_os_str().is_empty() => request.plugin = path.into(),
                Long("bars") => request.bars = arguments.value()?.parse()?,
                Long("bpm") => request.bpm = arguments.value()?.parse()?,
                Long("sample-rate") => request.sample_rate = arguments.value()?.parse()?,
                Long("block") => request.blocks = arguments.value()?.parse_with(blocks)?,
                Long("live") => request.live = true,
                Long("state") => request.state = Some(arguments.value()?.into()),
                Long("wav") => request.wav = Some(arguments.value()?.into()),
                Long("events") => request.events = Some(arguments.value()?.into()),
                Long("film") => request.film = Some(arguments.value()?.into()),
                Long("clips") => request.clips = Some(arguments.value()?.string()?),
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        ensure!(!request.plugin.as_os_str().is_empty(), "name the plugin to load\n\n{USAGE}");
        Ok(Some(request))
    }
}

fn blocks(text: &str) -> Result<Blocks, String> {
    let number = |text: &str| text.parse().map_err(|error| format!("\"{text}\": {error}"));
    match text.strip_prefix("random:") {
        Some(seed) => Ok(Blocks::Random { seed: number(seed)?, max: 2048 }),
        None => Ok(Blocks::Fixed(u32::try_from(number(text)?).map_err(|error| error.to_string())?)),
    }
}

fn main() -> ExitCode {
    match Request::parse().and_then(|request| match request {
        Some(request) => roll(&request),
        None => {
            println!("{USAGE}");
            Ok(())
        }
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vt-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn roll(request: &Request) -> Result<()> {
    let begun = Instant::now();
    let host = Host::load(&request.plugin)?;
    let setup = Setup { sample_rate: request.sample_rate, max_frames: 2048, offline: !request.live };
    let mut instance = host.instance()?;
    if let Some(path) = &request.state {
        instance.restore(&std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?)?;
    }
    instance.activate(setup)?;
    println!("loaded    {} from {} in {:.0} ms", host.name(), request.plugin.display(), begun.elapsed().as_secs_f64() * 1e3);
    let frames_a_bar = 4.0 * 60.0 / request.bpm * request.sample_rate;
    let frames = (f64::from(request.bars) * frames_a_bar).round() as u64;
    let roll = Roll { real_time: request.live, ..Roll::song(TransportPlan::at(request.bpm), frames).in_blocks(request.blocks.clone()) };
    let mut progress = Progress::new(request.bars);
    let take = instance.roll_while(&roll, |_, frame| {
        progress.show((frame as f64 / frames_a_bar) as u32);
        Ok(())
    })?;
    progress.show(request.bars);
    instance.deactivate();
    for line in instance.log() {
        println!("plugin    {line}");
    }
    drop(instance);
    let seconds = take.audio.len() as f64 / request.sample_rate;
    println!(
        "played    {} bars at {} BPM, {seconds:.3} s, {} calls of process, the longest {:.2} ms",
        request.bars,
        request.bpm,
        take.calls,
        take.longest.as_secs_f64() * 1e3
    );
    println!("peak      {:.3} ({:.1} dBFS)", take.audio.peak(), 20.0 * take.audio.peak().log10());
    ensure!(take.audio.is_finite(), "the plugin played something that is no number");
    ensure!(take.audio.peak() > 1e-3, "the plugin played nothing");
    if let Some(path) = &request.wav {
        take.audio.write_wav(path)?;
        println!("sound     {}", path.display());
    }
    let triggers = request.events.as_deref().map(events::read).transpose()?;
    if let Some(triggers) = &triggers {
        measure(&take.audio, triggers)?;
    }
    match &request.film {
        Some(film) => look(film, &request.clips, &triggers.unwrap_or_default(), &take.audio),
        None => Ok(()),
    }
}

/// One line for each bar, or one line that counts up on a terminal.
struct Progress {
    bars: u32,
    shown: Option<u32>,
    terminal: bool,
}

impl Progress {
    fn new(bars: u32) -> Self {
        Self { bars, shown: None, terminal: std::io::stdout().is_terminal() }
    }

    fn show(&mut self, bar: u32) {
        let bar = bar.min(self.bars);
        if self.shown == Some(bar) {
            return;
        }
        self.shown = Some(bar);
        if self.terminal {
            print!("\rrolling   bar {bar} of {}{}", self.bars, if bar == self.bars { "\n" } else { "" });
        } else {
            println!("rolling   bar {bar} of {}", self.bars);
        }
        // Progress that can't be shown is no reason to stop.
        let _ = std::io::stdout().flush();
    }
}

/// Compares the sound with the table: says how far onsets lie from where they should.
fn measure(audio: &Audio, triggers: &[Trigger]) -> Result<()> {
    ensure!(!triggers.is_empty(), "the event table is empty: nothing was triggered");
    let mut frames: Vec<u64> = triggers.iter().filter(|trigger| !trigger.targets.is_empty()).map(|trigger| trigger.frame).collect();
    frames.dedup();
    let (mut worst, mut measured, mut hidden, mut missing) = (0_i64, 0, 0, Vec::new());
    for &frame in &frames {
        match audio.onset_near(frame as usize, 48) {
            Onset::Off(frames) => {
                measured += 1;
                worst = if frames.abs() > worst.abs() { frames } else { worst };
            }
            Onset::Hidden => hidden += 1,
            Onset::Missing => missing.push(frame),
        }
    }
    println!("triggers  {}, at {} different frames", triggers.len(), frames.len());
    println!("onsets    {measured} measured in the sound, {hidden} under louder voices; the largest error is {worst} frames");
    ensure!(missing.is_empty(), "no sound sets in at frames {missing:?}");
    ensure!(worst == 0, "an onset is {worst} frames off");
    Ok(())
}

/// Counts the film's frames, and compares what they show with the table.
fn look(path: &Path, clips: &Option<String>, triggers: &[Trigger], audio: &Audio) -> Result<()> {
    let film = Film::read(path)?;
    let (width, height) = film.size;
    let seconds = audio.len() as f64 / f64::from(audio.sample_rate);
    let expected = (seconds * film.fps - 1e-6).ceil() as usize;
    println!("film      {}, {width}×{height} at {} fps", path.display(), film.fps);
    println!("frames    {}, dropped {}", film.frames.len(), expected.saturating_sub(film.frames.len()));
    ensure!(film.frames.len() == expected, "the film has {} frames instead of {expected}", film.frames.len());
    if let Some(clips) = clips {
        let (module, names) = clips.split_once('=').context("--clips takes MODULE=CLIP,CLIP…")?;
        let names: Vec<&str> = names.split(',').collect();
        let checked = film::check(&film, triggers, f64::from(audio.sample_rate), module, &names)?;
        println!("picture   {checked} triggers show their clip from its beginning, on the first film frame at or after them");
        ensure!(checked > 0, "no trigger could be compared with the picture");
    }
    Ok(())
}
