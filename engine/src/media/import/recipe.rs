//! What `ffmpeg` is told: rate, size, alpha, and how sound and picture stand to each other.
//!
//! Alignment. Both outputs begin at one moment of the source's own clock (`-copyts`): the first sound or picture, whichever
//! is earlier. The sound is padded with silence, or cut, to the exact sample (`aresample=async=1:first_pts=0`, which also
//! fills gaps of more than 0.1 s). The picture is put on the nearest frame, moved as a whole, so that the frames of a
//! steady clip stay what they are and are off by half a frame at most. A source whose clock is coarser than a sample
//! (Matroska counts milliseconds) can't say more than its tick: less than one and a half ticks is no difference.
//!
//! Packing. HAP's blocks are packed with Snappy, in 4 chunks. Unpacking costs by the piece, not by the byte: 1080p of 16-byte
//! blocks (HAP Alpha, HAP Q; 2.07 MB a frame) that pack to 8–13 % take 0.2–0.3 ms a frame, but those that pack to 29 % take
//! 0.9 ms, to 55 % 1.1 ms and to 61 % 1.1 ms; unpacked they take 0.12 ms. So 16-byte blocks are packed only where that leaves
//! less than [`PACKED`] of them; else they are stored as they are. That costs space, at 1080p and 30 frames a second
//! 62 MB a second instead of 16–50, which is what noisy HAP Q takes anyway. HAP's 8-byte blocks are always packed: the
//! costliest take 0.6 ms. The first [`TRIAL`] frames tell; a clip that turns out to pack badly later is converted again.
//! HAP that somebody else made stays as it is.

use std::ffi::OsString;

use super::{
    Quality,
    child::Trouble,
    probe::{Rate, Report, Stream},
    source::Given,
    tone::Tone,
};
use crate::media::{Limits, Texture, downmix::Downmix};

/// Fastest rate that is taken from a container, where its clip does not have that many frames.
const NOMINAL: f64 = 120.0;
/// Fastest rate of a clip whose frames come so steadily; and of one whose frames come as they like.
const FASTEST: (f64, u32) = (1000.0, 240);
/// Share of 16-byte blocks that packed ones may take.
const PACKED: f64 = 0.25;
/// Frames that tell whether packing is worth it.
const TRIAL: u32 = 48;
/// Rates that a clip of changing rate may be given.
const USUAL: [(u32, u32); 7] = [(24, 1), (25, 1), (30, 1), (50, 1), (60, 1), (120, 1), (FASTEST.1, 1)];
/// The table of a high dynamic range, in the folder where ffmpeg runs.
pub(super) const TABLE: &str = "tone.cube";
/// Codecs whose numbers are light itself, with which their alpha is multiplied already ("Technical Introduction to OpenEXR").
const LINEAR: [&str; 4] = ["exr", "hdr", "pfm", "phm"];

/// How a source is to be converted.
#[derive(Debug)]
pub(super) struct Recipe {
    pub picture: Option<Picture>,
    pub sound: Option<Sound>,
    /// The moments at which picture and sound begin, in seconds of the source's clock.
    origin: (f64, f64),
    /// Duration the source declares; 0 where it does not.
    pub secs: f64,
    /// Container and codecs of the source.
    pub codec: String,
    /// What a player should know of it.
    pub notes: Vec<String>,
}

/// How much of a source a run of `ffmpeg` converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The beginning of the picture alone.
    Trial,
    /// Everything.
    Whole,
}

/// How a picture is to be converted.
#[derive(Debug)]
pub(super) struct Picture {
    index: u32,
    /// Visible size.
    pub size: (u32, u32),
    pub fps: (u32, u32),
    alpha: bool,
    /// Whether blocks are packed.
    packed: bool,
    decoder: Option<&'static str>,
    matrix: Option<&'static str>,
    /// Whether it is one that stands still.
    pub still: bool,
    /// How it is to be turned, by EXIF's numbers.
    turn: u8,
    /// Whether ffmpeg itself turns it.
    matrixed: bool,
    /// Whether the upper of two fields is shown first, where there are two.
    fields: Option<bool>,
    /// Whether its numbers are light.
    linear: bool,
    tone: Option<Tone>,
    /// The stream is HAP already and needs no new rate, size or place.
    copy: bool,
}

/// How a sound is to be converted.
#[derive(Debug)]
pub(super) struct Sound {
    index: u32,
    rate: u32,
    channels: u32,
    /// Whether its channels have places.
    placed: bool,
    tick: f64,
    /// Duration in seconds that the container declares to the sample: what a decoder gives beyond it is padding.
    secs: Option<f64>,
    /// The time of its first frame.
    first: f64,
}

impl Recipe {
    /// Chooses how to convert what `report` describes; `first` asks for the time of a stream's first frame.
    pub fn choose(
        report: &Report,
        given: Given,
        limits: &Limits,
        first: &mut dyn FnMut(&Stream) -> Result<f64, Trouble>,
    ) -> Result<Self, Trouble> {
        let (video, audio) = (report.picture(), report.sound());
        if video.is_none() && audio.is_none() {
            return Err(Trouble::Failed("it holds neither picture nor sound that ffmpeg can decode".to_owned()));
        }
        let picture = video.map(|stream| Picture::of(stream, given, limits)).transpose()?;
        let notes: Vec<String> = video.zip(picture.as_ref()).and_then(|(stream, picture)| picture.loss(stream)).into_iter().collect();
        let sound = audio.map(Sound::of).transpose()?;
        if let Some(sound) = sound.as_ref().filter(|sound| report.secs() * f64::from(sound.rate) > limits.frames as f64) {
            let minutes = |secs: f64| (secs / 60.0).floor();
            let (long, most) = (minutes(report.secs()), minutes(limits.frames as f64 / f64::from(sound.rate)));
            return Err(Trouble::TooLarge(format!("its sound is {long} minutes long, the limit is {most} minutes")));
        }
        let starts = (video.map(&mut *first).transpose()?, audio.map(&mut *first).transpose()?);
        let origin = match (starts, &picture, &sound) {
            ((Some(video), Some(audio)), Some(picture), Some(sound)) => origins(video, audio, picture.fps, sound.slack()),
            ((video, audio), ..) => (video.unwrap_or(0.0), audio.unwrap_or(0.0)),
        };
        let names: Vec<&str> = [video, audio].into_iter().flatten().map(|s| &*s.codec_name).collect();
        let container = report.format.format_name.split(',').next().unwrap_or_default();
        let codec =
            if names == [container.trim_end_matches("_pipe")] { names.concat() } else { format!("{container} {}", names.join(" + ")) };
        let sound = sound.map(|sound| sound.ending(report, audio, starts.1));
        let mut recipe = Self { picture, sound, origin, secs: report.secs(), codec, notes };
        if let (Some(picture), Some(video)) = (&mut recipe.picture, starts.0) {
            picture.copy &= (video - recipe.origin.0).abs() < 1e-3;
        }
        Ok(recipe)
    }

    /// Everything between the input and the end of ffmpeg's command line.
    pub fn outputs(&self, quality: Quality, files: (&str, &str, &str), extent: Extent) -> Vec<OsString> {
        let mut words: Vec<String> = Vec::new();
        let mut say = |text: &str| words.extend(text.split(' ').map(str::to_owned));
        if let Some(picture) = &self.picture {
            say(&format!("-map 0:{} -map_metadata -1 -map_chapters -1 -write_tmcd 0", picture.index));
            if picture.still {
                say(&format!("-vf {} -frames:v 1 -c:v png -f image2 -update 1 file:{}", picture.filters(0.0), files.1));
                return words.into_iter().map(Into::into).collect();
            }
            if picture.copy {
                say("-c:v copy");
            } else {
                let (filters, format) = (picture.filters(self.origin.0), picture.format(quality));
                // Chunks of what isn't packed would only cost another copy.
                let packing = if picture.packed { "-compressor snappy -chunks 4" } else { "-compressor none" };
                say(&format!("-vf {filters} -c:v hap -format {format} {packing}"));
            }
            if extent == Extent::Trial {
                say(&format!("-frames:v {TRIAL}"));
            }
            say(&format!("-f mov file:{}", files.0));
        }
        if let Some(sound) = self.sound.as_ref().filter(|_| extent == Extent::Whole) {
            say(&format!("-map 0:{} -map_metadata -1 -map_chapters -1 -af {} -c:a pcm_f32le", sound.index, sound.filters(self.origin.1)));
            if sound.channels > 2 && sound.placed {
                say("-ac 2");
            }
            say(&format!("-f wav file:{}", files.2));
        }
        words.into_iter().map(Into::into).collect()
    }

    /// Whether packing has to be tried out: only frames of 16-byte blocks can take long to unpack.
    pub fn is_open(&self, quality: Quality) -> bool {
        let open = |picture: &Picture| picture.packed && !picture.copy && !picture.still && (picture.alpha || quality == Quality::HapQ);
        self.picture.as_ref().is_some_and(open)
    }

    /// Gives up packing where converted frames of these sizes say that it isn't worth it; says whether it did.
    pub fn judge(&mut self, frames: impl ExactSizeIterator<Item = u32>) -> bool {
        let Some(picture) = &mut self.picture else { return false };
        let (width, height) = picture.size;
        let whole = Texture::Bc3Rgba.frame_bytes(width, height) as f64 * frames.len() as f64;
        let packed: f64 = frames.map(f64::from).sum();
        picture.packed = packed <= whole * PACKED;
        !picture.packed
    }

    /// Whether frames that change their size or form go through the same filters, so that none is lost or shown twice where they do:
    /// `scale` takes any; those that turn pictures or join fields don't.
    pub fn keeps_filters(&self) -> bool {
        self.picture.as_ref().is_some_and(|picture| !picture.matrixed && picture.fields.is_none() && picture.turn <= 1)
    }

    /// The table that its filters read.
    pub fn table(&self) -> Option<String> {
        self.picture.as_ref()?.tone.map(Tone::table)
    }

    /// The decoder to use instead of ffmpeg's own choice.
    pub fn decoder(&self) -> Option<&'static str> {
        self.picture.as_ref()?.decoder
    }
}

/// The moments at which both begin: the sound with whatever is first, the picture whole frames before its first one.
fn origins(video: f64, audio: f64, fps: (u32, u32), slack: f64) -> (f64, f64) {
    if (audio - video).abs() <= slack {
        return (video, audio);
    }
    let frame = f64::from(fps.1) / f64::from(fps.0);
    let first = video.min(audio);
    (video - ((video - first) / frame).round() * frame, first)
}

impl Picture {
    fn of(stream: &Stream, given: Given, limits: &Limits) -> Result<Self, Trouble> {
        let (x, y) = stream.pixel_ratio();
        let width = (u64::from(stream.width) * u64::from(x) / u64::from(y)).max(u64::from(stream.width > 0));
        let height = stream.height;
        let pixels = width * u64::from(height);
        if pixels == 0 {
            return Err(Trouble::Failed("its picture has no size; none of it can be decoded".to_owned()));
        }
        let most = u64::from(limits.pixels);
        if pixels > most || u64::from(stream.width) * u64::from(height) > most || width > 16_384 || height > 16_384 {
            return Err(Trouble::TooLarge(format!("{width} × {height} pixels, the limit is {most} and 16384 a side")));
        }
        if stream.frames().is_some_and(|frames| frames > u64::from(limits.video_frames)) {
            return Err(Trouble::TooLarge(format!("more than {} frames", limits.video_frames)));
        }
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        let fps = given.fps.unwrap_or_else(|| rate(stream.rates()));
        let steady = matches!(stream.rates(), (Some(nominal), Some(mean)) if nominal == mean);
        let tone = Tone::named(stream.color_transfer.as_deref());
        let turned = stream.is_turned() || given.turn >= 5;
        let fields = stream.fields().filter(|_| !given.still && stream.width >= 4 && height >= 4);
        Ok(Self {
            index: stream.index,
            size: if turned { (height, width) } else { (width, height) },
            fps,
            alpha: given.alpha || stream.has_alpha(),
            packed: true,
            decoder: stream.hidden_alpha().then_some(if stream.codec_name == "vp8" { "libvpx" } else { "libvpx-vp9" }),
            matrix: matrix(stream, tone),
            still: given.still,
            turn: given.turn,
            matrixed: stream.has_matrix(),
            fields,
            linear: LINEAR.contains(&&*stream.codec_name),
            tone,
            copy: stream.codec_name == "hap"
                && matches!(&*stream.codec_tag_string, "Hap1" | "Hap5" | "HapY")
                && steady
                && x == y
                && !stream.has_matrix(),
        })
    }

    /// What is lost of a clip whose frames come faster than a clip may.
    fn loss(&self, stream: &Stream) -> Option<String> {
        let hz = |(n, d): (u32, u32)| f64::from(n) / f64::from(d);
        let (nominal, mean) = stream.rates();
        let theirs = mean.or(nominal).map(hz).filter(|theirs| !self.still && *theirs > hz(self.fps) * 1.01)?;
        Some(format!("of its {theirs:.0} frames a second {:.0} are shown", hz(self.fps)))
    }

    const fn format(&self, quality: Quality) -> &'static str {
        match (self.alpha, quality) {
            (true, _) => "hap_alpha",
            (false, Quality::Hap) => "hap",
            (false, Quality::HapQ) => "hap_q",
        }
    }

    /// Upright, time, colour, then size: blocks are 4 × 4, so the edge pixels are repeated up to whole ones.
    fn filters(&self, origin: f64) -> String {
        let ((width, height), (n, d)) = (self.size, self.fps);
        let mut filters: Vec<String> = Vec::new();
        let mut say = |filter: &str| filters.push(filter.to_owned());
        match self.turn {
            2 => say("hflip"),
            3 => say("hflip,vflip"),
            4 => say("vflip"),
            5 => say("transpose=cclock_flip"),
            6 => say("transpose=clock"),
            7 => say("transpose=clock_flip"),
            8 => say("transpose=cclock"),
            _ => {}
        }
        if let Some(upper) = self.fields {
            say(&format!("bwdif=mode=send_frame:parity={}:deint=all", if upper { "tff" } else { "bff" }));
        }
        if !self.still {
            say(&format!("setpts=PTS-({origin:.9}/TB),fps=fps={n}/{d}:start_time=0:round=near"));
        }
        let matrix = self.matrix.map(|matrix| format!(":in_color_matrix={matrix}")).unwrap_or_default();
        say(&format!("scale={width}:{height}{matrix}:flags=bicubic+accurate_rnd+full_chroma_int,setsar=1"));
        let planar = if self.alpha { "gbrap" } else { "gbrp" };
        if self.linear {
            say(&format!("format={planar}16"));
            if self.alpha {
                say("unpremultiply=inplace=1");
            }
            let curve = "'if(lte(val,0.0031308*maxval),12.92*val,maxval*(1.055*pow(val/maxval,1/2.4)-0.055))'";
            say(&format!("lutrgb=r={curve}:g={curve}:b={curve}"));
        }
        if self.tone.is_some() {
            say(&format!("format=gbrp16,lut3d=file={TABLE}:interp=tetrahedral"));
        }
        say(&format!("format={planar}"));
        if !self.still {
            smear(self.size).iter().for_each(|filter| say(filter));
        }
        say("format=rgba");
        filters.join(",")
    }
}

/// The matrix of a picture that does not say it, as mpv chooses it: BT.2020 for a high dynamic range, BT.709 where it is at least
/// 1280 wide or more than 576 high, which no television of before was; else BT.601, which ffmpeg takes by itself.
fn matrix(stream: &Stream, tone: Option<Tone>) -> Option<&'static str> {
    if !matches!(stream.color_space.as_deref(), None | Some("unknown" | "reserved" | "")) {
        return None;
    }
    match tone {
        Some(_) => Some("bt2020"),
        None => (stream.width >= 1280 || stream.height > 576).then_some("bt709"),
    }
}

/// Repeats the pixels at the right and lower edge up to whole blocks. Of pictures of a few pixels one after the other: the
/// filter repeats no more than half of what it is given.
fn smear((width, height): (u32, u32)) -> Vec<String> {
    let (right, bottom) = (width.next_multiple_of(4) - width, height.next_multiple_of(4) - height);
    if width >= 8 && height >= 8 {
        let whole = format!("pad={}:{}:0:0,fillborders=right={right}:bottom={bottom}:mode=smear", width + right, height + bottom);
        return if right + bottom > 0 { vec![whole] } else { Vec::new() };
    }
    let across = (1..=right).map(|n| format!("pad={}:{height}:0:0,fillborders=right=1:mode=smear", width + n));
    let down = (1..=bottom).map(|n| format!("pad={}:{}:0:0,fillborders=bottom=1:mode=smear", width + right, height + n));
    across.chain(down).collect()
}

impl Sound {
    fn of(stream: &Stream) -> Result<Self, Trouble> {
        let (rate, channels) = (stream.sample_rate(), stream.channels);
        if !(1_000..=768_000).contains(&rate) || channels > 64 {
            return Err(Trouble::Failed(format!("its sound has a rate of {rate} Hz and {channels} channels")));
        }
        Ok(Self { index: stream.index, rate, channels, placed: stream.has_layout(), tick: stream.tick(), secs: None, first: 0.0 })
    }

    /// Seconds that its clock leaves open; half a sample where the clock is fine enough.
    fn slack(&self) -> f64 {
        let sample = 1.0 / f64::from(self.rate);
        if self.tick <= sample * 1.01 { sample / 2.0 } else { self.tick * 1.5 }
    }

    /// Only QuickTime and MP4 say where a sound ends: their edit lists do. Older builds of ffmpeg heed only its beginning.
    fn ending(self, report: &Report, stream: Option<&Stream>, first: Option<f64>) -> Self {
        let declared = stream.filter(|_| report.format.format_name.starts_with("mov,")).and_then(Stream::secs);
        Self { secs: declared, first: first.unwrap_or(0.0), ..self }
    }

    fn filters(&self, origin: f64) -> String {
        let end = self.secs.map(|secs| ((secs + self.first - origin) * f64::from(self.rate)).round()).filter(|end| *end >= 1.0);
        let end = end.map(|end| format!(",atrim=end_sample={end}")).unwrap_or_default();
        let mixed =
            if self.channels > 2 && !self.placed { format!("{},", Downmix::unsaid(self.channels as usize).pan()) } else { String::new() };
        format!("{mixed}asetpts=PTS-({origin:.9}/TB),aresample=async=1:min_comp={:.9}:first_pts=0{end}", self.slack())
    }
}

/// The steady rate for a picture: the nominal one where it is the mean one or can show every change; else a usual one.
fn rate(rates: (Option<Rate>, Option<Rate>)) -> Rate {
    let hz = |(n, d): (u32, u32)| f64::from(n) / f64::from(d);
    let all = |rate: (u32, u32)| rates.1.is_some_and(|mean| hz(mean) > hz(rate) * 0.9);
    let sane = |rate: &(u32, u32)| hz(*rate) >= 0.01 && hz(*rate) <= if all(*rate) { FASTEST.0 } else { NOMINAL };
    match (rates.0.filter(sane), rates.1) {
        (Some(nominal), _) => nominal,
        (None, Some(mean)) => USUAL.into_iter().find(|usual| hz(*usual) > hz(mean) * 0.999).unwrap_or((FASTEST.1, 1)),
        (None, None) => (25, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_clips_keep_their_rate_and_others_get_one_that_shows_every_change() {
        for (nominal, mean, chosen) in [
            (Some((25, 1)), Some((25, 1)), (25, 1)),
            (Some((30_000, 1001)), Some((30, 1)), (30_000, 1001)),
            (Some((100, 1)), Some((12, 1)), (100, 1)),
            (Some((90_000, 1)), Some((2997, 100)), (30, 1)),
            (Some((240, 1)), Some((240, 1)), (240, 1)),
            (Some((1000, 1)), Some((300, 1)), (240, 1)),
            (Some((1000, 1)), Some((200, 1)), (240, 1)),
            (Some((2000, 1)), Some((2000, 1)), (240, 1)),
            (None, None, (25, 1)),
        ] {
            assert_eq!(rate((nominal, mean)), chosen, "{nominal:?} {mean:?}");
        }
    }

    #[test]
    fn both_begin_with_whatever_is_first_and_the_picture_stays_on_its_grid() {
        for (video, audio, slack, begins) in [
            (0.0, 0.0, 1e-5, (0.0, 0.0)),
            (1.4, 1.5, 1e-5, (1.4, 1.4)),
            (0.0, -0.0005, 1.5e-3, (0.0, -0.0005)),
            (0.007, 0.0, 1.5e-3, (0.007, 0.0)),
            (0.0, -0.03, 1e-5, (-0.04, -0.03)),
            (0.5, 0.0, 1e-5, (-0.02, 0.0)),
        ] {
            let (v, a) = origins(video, audio, (25, 1), slack);
            assert!((v - begins.0).abs() < 1e-9 && (a - begins.1).abs() < 1e-9, "{video} {audio}: {v} {a}");
        }
    }
}
