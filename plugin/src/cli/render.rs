//! `render`: a script played by the same processor as in a host, faster than real time.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use videotracker::events::row;
use videotracker_engine::{
    audio::{
        host::{BUSES, HostInput, HostOutput},
        processor::Processor,
    },
    command::Command,
    control::Triggered,
    engine::Engine,
    files,
    module::{MODULES, Value as Held},
    name::Name,
    project::{ClockSource, MACROS},
    signal::BUS_NAMES,
    text::counted,
};

use super::{
    Failure, film,
    host::{Host, Loop, TempoMap},
    say,
    script::Session,
};

/// How `render` is called.
pub const USAGE: &str = "render SCRIPT [--bars N|--seconds S] [--start BEAT] [--loop A:B|--loop-unsplit A:B] [--tempo-map F] [--bpm B] \
     [--sample-rate R] [--block N|random:SEED] [--audio F.wav] [--stems DIR] [--video F.mp4|DIR/] [--size WxH] [--fps N] [--events F.jsonl] [--quality draft|normal|best] [--allow-missing]";

/// Longest render, in frames.
const MAX_FRAMES: f64 = 4e9;
/// Largest block.
const MAX_BLOCK: u64 = 65_536;

#[derive(Clone, Copy, Debug)]
enum Blocks {
    Fixed(u64),
    Random(u64),
}

#[derive(Debug)]
struct Options {
    script: PathBuf,
    bars: f64,
    seconds: Option<f64>,
    start: f64,
    cycle: Option<Loop>,
    tempo_map: Option<PathBuf>,
    bpm: Option<f64>,
    rate: f64,
    blocks: Blocks,
    audio: Option<PathBuf>,
    stems: Option<PathBuf>,
    video: Option<PathBuf>,
    size: (u32, u32),
    fps: (u32, u32),
    events: Option<PathBuf>,
    quality: Option<String>,
    allow_missing: bool,
}

/// `render SCRIPT …`.
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let options = parse(parser)?;
    film::without_display();
    let mut session = Session::load(&options.script)?;
    let engine = std::sync::Arc::clone(&session.engine);
    let bpm = options.bpm.unwrap_or(engine.snapshot().project.clock.bpm);
    let tempo = match &options.tempo_map {
        None => TempoMap::constant(bpm),
        Some(path) => {
            let text =
                files::read_text(path, files::TEXT).map_err(|why| Failure::User(format!("{} can't be read: {why}", path.display())))?;
            TempoMap::parse(&text).map_err(|why| Failure::User(format!("{}: {why}", path.display())))?
        }
    };
    let secs = options.seconds.unwrap_or_else(|| tempo.secs(options.start + options.bars * 4.0) - tempo.secs(options.start));
    let total = (secs * options.rate).round();
    if !(1.0..MAX_FRAMES).contains(&total) {
        return Err(Failure::Usage(format!("{secs} seconds can't be rendered; choose more than 0 and less than a day")));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let total = total as u64;
    if let Some(quality) = &options.quality {
        play_in(&engine, quality)?;
    }
    let mut processor = engine.activate(options.rate);
    session.settle();
    let host = Host::new(tempo, options.rate, options.start, options.cycle);
    let film = options.video.as_deref().map(|path| film::start(&engine, path, options.size, options.fps)).transpose()?;
    let mut output = Output::open(&options, film)?;
    play(&engine, &mut processor, host, total, &options, &mut output)?;
    drop(processor);
    if output.is_silent() && engine.snapshot().project.clock.source == ClockSource::Internal {
        let text = "nothing played: the session's internal clock counts (clock = \"internal\") and nothing started it; \
                    write engine:getClock():play(), or leave the clock to the host";
        session.warn(text);
    }
    if engine.gauges().unheard.load(std::sync::atomic::Ordering::Relaxed) != 0 {
        session.warn("this render holds the main bus alone; --stems DIR writes a file for each bus");
    }
    let mut faults = losses(&engine);
    let (line, problems) = output.finish()?;
    faults.extend(problems);
    let keeps = [&options.audio, &options.stems, &options.video, &options.events].iter().any(|path| path.is_some());
    let kept =
        if keeps { "" } else { "; nothing is kept, for none of --audio F.wav, --stems DIR, --video F.mp4 and --events F.jsonl is there" };
    say(&format!("{line}{kept}"))?;
    session.listen();
    verdict(&options, &session, &faults)
}

/// What the render itself lost.
fn losses(engine: &Engine) -> Vec<String> {
    let (gauges, relaxed) = (engine.gauges(), std::sync::atomic::Ordering::Relaxed);
    let counts = [
        (gauges.lost_reports.load(relaxed), "triggers are missing in the event table: render with smaller blocks"),
        (gauges.late_events.load(relaxed), "events of generative patterns came too late to be heard whole: render again"),
        (
            gauges.left_out.load(relaxed),
            "times a sequencer was left out, for all together start too much at once: play fewer notes at once, or slower",
        ),
        (
            gauges.unsound.load(relaxed),
            "samples were no sound (no number, or more than 60 dB above full scale) and are cut off: look for gains that are far too large",
        ),
        (gauges.lost_events.load(relaxed), "notes found no room: play fewer at once"),
        (gauges.missed_sound.load(relaxed), "times a long sound was not read in time: use a quicker disk"),
    ];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

/// Whether the render is what the script asks for.
fn verdict(options: &Options, session: &Session, faults: &[String]) -> Result<(), Failure> {
    if !faults.is_empty() {
        return Err(Failure::User(format!("the render is written, but not whole:\n{}", faults.join("\n"))));
    }
    match session.failures() {
        0 => Ok(()),
        _ if options.allow_missing => Ok(()),
        failures => {
            let what = counted(failures, "thing");
            Err(Failure::User(format!("the render is written, but {what} went wrong, as said above; --allow-missing takes it as it is")))
        }
    }
}

fn play(
    engine: &Engine,
    processor: &mut Processor,
    mut host: Host,
    total: u64,
    options: &Options,
    output: &mut Output,
) -> Result<(), Failure> {
    let macros = [0.0_f32; MACROS];
    let mut random = match options.blocks {
        Blocks::Random(seed) => seed,
        Blocks::Fixed(_) => 0,
    };
    let mut buses: [[Vec<f32>; 2]; BUSES] = Default::default();
    // Who asks for no stems hears what a host with one output hears.
    let offered = if options.stems.is_some() { BUSES } else { 1 };
    let mut done = 0;
    while done < total {
        let most = match options.blocks {
            Blocks::Fixed(frames) => frames,
            Blocks::Random(_) => 1 + next_random(&mut random) % 2048,
        };
        let (frames, transport) = host.next(most.min(total - done));
        let length = usize::try_from(frames).unwrap_or(0);
        buses[..offered].iter_mut().flatten().for_each(|channel| channel.resize(length, 0.0));
        let block = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let mut out = HostOutput { buses: [const { None }; BUSES], midi: None };
        for (bus, [left, right]) in out.buses.iter_mut().zip(&mut buses[..offered]) {
            *bus = Some([left, right]);
        }
        processor.process(&block, &mut out);
        output.write(&buses[..offered], engine.take_triggers())?;
        done += frames;
    }
    Ok(())
}

/// SplitMix64 (Steele, Lea and Flood 2014).
const fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

type Wav = hound::WavWriter<BufWriter<File>>;

fn create(path: &Path, spec: hound::WavSpec) -> Result<Wav, Failure> {
    Wav::create(path, spec).map_err(|why| unwritable(path, &why))
}

fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::User(format!("{} can't be written: {why}; choose a folder that exists", path.display()))
}

fn full(why: &dyn std::fmt::Display) -> Failure {
    Failure::User(format!("the render can't be written: {why}; make room and try again"))
}

fn put(wav: &mut Wav, left: &[f32], right: &[f32]) -> Result<(), Failure> {
    left.iter().zip(right).try_for_each(|(l, r)| wav.write_sample(*l).and_then(|()| wav.write_sample(*r)).map_err(|why| full(&why)))
}

/// A file for each bus that carries something.
struct Stems {
    folder: PathBuf,
    spec: hound::WavSpec,
    files: [Option<Wav>; BUSES],
}

impl Stems {
    fn open(folder: &Path, spec: hound::WavSpec) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(|why| unwritable(folder, &why))?;
        Ok(Self { folder: folder.to_path_buf(), spec, files: [const { None }; BUSES] })
    }

    /// Writes a block that begins at a frame; a file begins with the silence before its bus's first sound.
    fn write(&mut self, buses: &[[Vec<f32>; 2]], frame: u64) -> Result<(), Failure> {
        for ((file, name), [left, right]) in self.files.iter_mut().zip(BUS_NAMES).zip(buses) {
            if file.is_none() && left.iter().chain(right).any(|sample| *sample != 0.0) {
                let mut wav = create(&self.folder.join(format!("{name}.wav")), self.spec)?;
                (0..2 * frame).try_for_each(|_| wav.write_sample(0.0_f32)).map_err(|why| full(&why))?;
                *file = Some(wav);
            }
            if let Some(wav) = file {
                put(wav, left, right)?;
            }
        }
        Ok(())
    }

    /// Ends the files; a sentence about them.
    fn finish(self) -> Result<String, Failure> {
        let mut names = Vec::new();
        for (file, name) in self.files.into_iter().zip(BUS_NAMES) {
            if let Some(wav) = file {
                wav.finalize().map_err(|why| full(&why))?;
                names.push(*name);
            }
        }
        Ok(if names.is_empty() { ", no stem, for no bus carries anything".to_owned() } else { format!(", stems {}", names.join(" ")) })
    }
}

/// Where a render goes.
struct Output {
    wav: Option<Wav>,
    stems: Option<Stems>,
    events: Option<BufWriter<File>>,
    film: Option<film::Film>,
    frames: u64,
    triggers: u64,
    peak: f32,
}

impl Output {
    /// Makes the files. Links are followed, as by every program of a command line: whoever typed the path means what lies behind it,
    /// `/dev/stdout` among others. What a script names (`record`) is another matter.
    fn open(options: &Options, film: Option<film::Film>) -> Result<Self, Failure> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked when parsed")]
        let sample_rate = options.rate as u32;
        let spec = hound::WavSpec { channels: 2, sample_rate, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
        let wav = options.audio.as_deref().map(|path| create(path, spec)).transpose()?;
        let stems = options.stems.as_deref().map(|folder| Stems::open(folder, spec)).transpose()?;
        let events = match &options.events {
            Some(path) => Some(BufWriter::new(File::create(path).map_err(|why| unwritable(path, &why))?)),
            None => None,
        };
        Ok(Self { wav, stems, events, film, frames: 0, triggers: 0, peak: 0.0 })
    }

    fn write(&mut self, buses: &[[Vec<f32>; 2]], mut triggers: Vec<Triggered>) -> Result<(), Failure> {
        self.peak = buses.iter().flatten().flatten().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        let Some([left, right]) = buses.first() else { return Ok(()) };
        if let Some(wav) = &mut self.wav {
            put(wav, left, right)?;
        }
        if let Some(stems) = &mut self.stems {
            stems.write(buses, self.frames)?;
        }
        triggers.sort_by_key(|t| t.report.clock);
        for trigger in &triggers {
            if let Some(events) = &mut self.events {
                writeln!(events, "{}", row(trigger)).map_err(|why| full(&why))?;
            }
        }
        self.triggers += u64::try_from(triggers.len()).unwrap_or(0);
        self.frames += u64::try_from(left.len()).unwrap_or(0);
        Ok(())
    }

    fn is_silent(&self) -> bool {
        self.triggers == 0 && self.peak <= 0.0
    }

    /// Ends the files; a sentence about them, and what went wrong with the film.
    fn finish(self) -> Result<(String, Vec<String>), Failure> {
        if let Some(wav) = self.wav {
            wav.finalize().map_err(|why| full(&why))?;
        }
        let stems = self.stems.map(Stems::finish).transpose()?.unwrap_or_default();
        if let Some(mut events) = self.events {
            events.flush().map_err(|why| full(&why))?;
        }
        let (film, problems) = self.film.map(film::Film::finish).transpose()?.unwrap_or_default();
        let line = format!("{}, {}, peak {:.4}{stems}{film}", counted(self.frames, "frame"), counted(self.triggers, "trigger"), self.peak);
        Ok((line, problems))
    }
}

fn parse(parser: &mut lexopt::Parser) -> Result<Options, Failure> {
    use lexopt::prelude::*;
    let mut script = None;
    let mut options = Options {
        script: PathBuf::new(),
        bars: 8.0,
        seconds: None,
        start: 0.0,
        cycle: None,
        tempo_map: None,
        bpm: None,
        rate: 48_000.0,
        blocks: Blocks::Fixed(512),
        audio: None,
        stems: None,
        video: None,
        size: (1280, 720),
        fps: (30, 1),
        events: None,
        quality: None,
        allow_missing: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("bars") => options.bars = ranged(parser, "bars", 0.01, 1e6)?,
            Long("seconds") => options.seconds = Some(ranged(parser, "seconds", 0.0001, 86_400.0)?),
            Long("start") => options.start = ranged(parser, "start", -1e6, 1e8)?,
            Long("loop") => options.cycle = Some(cycle(parser, true)?),
            Long("loop-unsplit") => options.cycle = Some(cycle(parser, false)?),
            Long("tempo-map") => options.tempo_map = Some(parser.value()?.into()),
            Long("bpm") => options.bpm = Some(ranged(parser, "bpm", 1.0, 2000.0)?),
            Long("sample-rate") => options.rate = ranged(parser, "sample-rate", 8000.0, 768_000.0)?.round(),
            Long("block") => options.blocks = blocks(&parser.value()?.string()?)?,
            Long("audio") => options.audio = Some(wav(parser.value()?.into())?),
            Long("stems") => options.stems = Some(parser.value()?.into()),
            Long("video") => options.video = Some(parser.value()?.into()),
            Long("size") => options.size = pair(&parser.value()?.string()?, 'x', 16_384, "size", "1280x720")?,
            Long("fps") => options.fps = fps(&parser.value()?.string()?)?,
            Long("quality") => options.quality = Some(quality(&parser.value()?.string()?)?),
            Long("allow-missing") => options.allow_missing = true,
            Long("events") => options.events = Some(parser.value()?.into()),
            Value(value) if script.is_none() => script = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    options.script = script.ok_or_else(|| Failure::Usage("render needs a script".to_owned()))?;
    Ok(options)
}

/// The path of a WAV file: another ending would promise another format.
fn wav(path: PathBuf) -> Result<PathBuf, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some(ending @ ("mp3" | "ogg" | "oga" | "opus" | "flac" | "m4a" | "aac" | "aif" | "aiff" | "mp4" | "mov")) => {
            Err(Failure::Usage(format!(
                "--audio writes a WAV file, not {ending}; name it {} and convert it, as in: ffmpeg -i {0} {}",
                path.with_extension("wav").display(),
                path.display()
            )))
        }
        _ => Ok(path),
    }
}

fn quality(text: &str) -> Result<String, Failure> {
    let found = MODULES.iter().find_map(|kind| kind.param("quality"));
    let known: &[&str] = found.map_or(&[], |found| found.spec.choices());
    let quality = known.contains(&text).then(|| text.to_owned());
    quality.ok_or_else(|| Failure::Usage(format!("--quality takes {}, not \"{text}\"", known.join(", "))))
}

/// Lets every sampler play in a quality.
fn play_in(engine: &Engine, quality: &str) -> Result<(), Failure> {
    let snapshot = engine.snapshot();
    let samplers = snapshot.project.modules.iter().filter(|(_, module)| module.module_type().has_samples());
    let set = |(name, _): (&Name, _)| Command::SetParameter {
        module: name.clone(),
        param: Name::new("quality"),
        value: Held::Text(Name::new(quality)),
    };
    let commands = samplers.map(set).collect();
    engine.apply("quality", commands).map(drop).map_err(|why| Failure::User(why.to_string()))
}

fn ranged(parser: &mut lexopt::Parser, what: &str, low: f64, high: f64) -> Result<f64, Failure> {
    use lexopt::prelude::*;
    let text = parser.value()?.string()?;
    text.parse::<f64>()
        .ok()
        .filter(|number| (low..=high).contains(number))
        .ok_or_else(|| Failure::Usage(format!("--{what} takes a number from {low} to {high}, not \"{text}\"")))
}

fn cycle(parser: &mut lexopt::Parser, split: bool) -> Result<Loop, Failure> {
    use lexopt::prelude::*;
    let text = parser.value()?.string()?;
    let ends = text.split_once(':').and_then(|(a, b)| Some((a.parse::<f64>().ok()?, b.parse::<f64>().ok()?)));
    match ends {
        Some((begin, end)) if begin.is_finite() && end.is_finite() && end - begin > 1e-3 => Ok(Loop { begin, end, split }),
        _ => Err(Failure::Usage(format!("a loop is two beats A:B with A before B, not \"{text}\""))),
    }
}

fn blocks(text: &str) -> Result<Blocks, Failure> {
    let wrong = || Failure::Usage(format!("--block takes a number of frames from 1 to {MAX_BLOCK}, or random:SEED, not \"{text}\""));
    if let Some(seed) = text.strip_prefix("random:") {
        return seed.parse().map(Blocks::Random).map_err(|_| wrong());
    }
    text.parse().ok().filter(|frames| (1..=MAX_BLOCK).contains(frames)).map(Blocks::Fixed).ok_or_else(wrong)
}

fn pair(text: &str, between: char, most: u32, what: &str, example: &str) -> Result<(u32, u32), Failure> {
    text.split_once(between)
        .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)))
        .filter(|(a, b): &(u32, u32)| (1..=most).contains(a) && (1..=most).contains(b))
        .ok_or_else(|| Failure::Usage(format!("--{what} is written like {example}, not \"{text}\"")))
}

/// Frames a second: a whole number, a fraction such as 30000/1001, or a decimal.
fn fps(text: &str) -> Result<(u32, u32), Failure> {
    let wrong = || Failure::Usage(format!("--fps takes frames a second, such as 30, 29.97 or 30000/1001, not \"{text}\""));
    if text.contains('/') {
        let wanted = pair(text, '/', 1_000_000, "fps", "30000/1001")?;
        let ratio = f64::from(wanted.0) / f64::from(wanted.1);
        return if (0.1..=1000.0).contains(&ratio) { Ok(wanted) } else { Err(wrong()) };
    }
    if let Ok(whole @ 1..=1000) = text.parse() {
        return Ok((whole, 1));
    }
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.1..=1000.0).contains(&number) {
        return Err(wrong());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let ratio = ((number * 1001.0).round() as u32, 1001);
    Ok(ratio)
}
