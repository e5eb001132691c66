//! Sound files: decoded with symphonia into stereo frames at the file's own rate.

use std::{io, path::Path};

use symphonia::core::{
    codecs::audio::{AudioCodecId, AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_FLAC},
    errors::Error,
    formats::{FormatOptions, FormatReader, Track, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
    packet::Packet,
};

use super::{
    Limits,
    downmix::{self, Downmix},
    error::{About, MediaError},
    mov::Part,
    source::{self, Guarded, Step, Stop, check},
    spool::{Shelf, Spool, Spooled},
};

/// Rates of files, in Hz, that are believed.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Refuses a rate that no sound has. It is asked before anything is resampled: a header of 1 Hz would make a frame last a second.
pub(super) fn check_rate(rate: u32, about: About<'_>) -> Result<(), MediaError> {
    if RATES.contains(&rate) { Ok(()) } else { Err(about.damaged(format!("a sample rate of {rate} Hz"))) }
}

/// A decoded sound file.
pub(super) struct Sound {
    /// Channels in the file.
    pub channels: u32,
    /// Frames a second in the file.
    pub rate: u32,
    /// Stereo frames.
    pub frames: Spooled,
    /// Samples that no sound has, and that were made silent.
    pub replaced: u64,
}

/// Decodes a sound file, or the sound of a container.
///
/// Mono fills both channels; more than two are mixed ([`Downmix`]). Encoder delay and padding are
/// trimmed where the file declares them. A packet that can't be decoded becomes silence of its length, so that what
/// follows stays in time; a file that ends early gives what it has. Samples that no sound has become 0
/// and are counted.
///
/// # Errors
/// [`MediaError`] where nothing can be decoded or a limit is exceeded.
pub(super) fn decode(path: &Path, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Sound, MediaError> {
    decode_part(path, Part::WHOLE, limits, stop, shelf)
}

/// [`decode`], of the part that a container's edit list plays.
///
/// # Errors
/// As [`decode`].
pub(super) fn decode_part(path: &Path, part: Part, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Sound, MediaError> {
    source::contain(About(path), || decode_file(path, part, limits, stop, shelf))
}

/// Lets through what plays of a sound: silence before it, and its frames without those that are cut off.
#[derive(Debug)]
pub(super) struct Trim {
    part: Part,
}

impl Trim {
    /// For a part in frames of the sound.
    pub fn new(part: Part) -> Self {
        Self { part }
    }

    /// Puts in the silence that comes first.
    pub fn silence(&mut self, spool: &mut Spool<'_>) -> Result<(), MediaError> {
        let count = usize::try_from(std::mem::take(&mut self.part.wait)).unwrap_or(usize::MAX);
        spool.room_for(count)?;
        spool.extend(std::iter::repeat_n([0.0; 2], count));
        Ok(())
    }

    /// Puts in the next frames, as far as they play.
    pub fn take(&mut self, spool: &mut Spool<'_>, frames: impl ExactSizeIterator<Item = [f32; 2]>) -> Result<(), MediaError> {
        let there = frames.len();
        let skipped = usize::try_from(self.part.skip).unwrap_or(usize::MAX).min(there);
        self.part.skip -= skipped as u64;
        let most = self.part.plays.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let taken = (there - skipped).min(most);
        self.part.plays = self.part.plays.map(|left| left - taken as u64);
        spool.room_for(taken)?;
        spool.extend(frames.skip(skipped).take(taken));
        Ok(())
    }
}

/// Refuses a sound file that is too long, from its header alone. What can't be told from there, or is wrong with the file, is told
/// when it is decoded.
pub(super) fn measure(path: &Path, limits: &Limits, stop: Stop<'_>) -> Result<(), MediaError> {
    source::contain(About(path), || {
        let Ok((format, size, _)) = begin(path, limits, stop) else { return Ok(()) };
        format.default_track(TrackType::Audio).map_or(Ok(()), |track| check_length(track, size, limits, About(path)))
    })
}

/// Opens a sound file and reads its header; with its size, and the bound on the steps to come.
fn begin<'a>(path: &Path, limits: &Limits, stop: Stop<'a>) -> Result<(Box<dyn FormatReader + 'a>, u64, Step), MediaError> {
    let about = About(path);
    let (file, size) = source::open(path, limits)?;
    if size == 0 {
        return Err(about.damaged("it is empty"));
    }
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let end = if is_flac(&file) { source::without_tags(&file, size) } else { size };
    let file = Guarded::new(file, end, stop);
    let step = file.step();
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let format = symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default());
    let format = format.map_err(|e| refused(e, &step, about, stop))?;
    Ok((format, size, step))
}

/// Whether a file begins as FLAC does, perhaps behind a tag.
fn is_flac(file: &std::fs::File) -> bool {
    let mut head = [0; 10];
    if source::read_exact_at(file, &mut head, 0).is_err() {
        return false;
    }
    let tag = head[6..].iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F)) + 10;
    let at = if head.starts_with(b"ID3") { tag } else { 0 };
    source::read_exact_at(file, &mut head[..4], at).is_ok() && head.starts_with(b"fLaC")
}

/// Refuses a track that is longer than sounds may be, by what its header declares and what its file can hold.
fn check_length(track: &Track, size: u64, limits: &Limits, about: About<'_>) -> Result<(), MediaError> {
    let Some(parameters) = track.codec_params.as_ref().and_then(|p| p.audio()) else { return Ok(()) };
    let most = u64::try_from(limits.frames).unwrap_or(u64::MAX);
    let channels = parameters.channels.as_ref().map_or(1, |c| u64::try_from(c.count()).unwrap_or(1)).max(1);
    let declared = match pcm_bits(parameters.codec) {
        // Of uncompressed sound the file's size tells how much is there at most: headers written by streams declare too much, or nothing.
        Some(bits) => {
            let held = size.saturating_mul(8) / (bits * channels);
            track.num_frames.filter(|frames| *frames > 0).map_or(held, |frames| frames.min(held))
        }
        None => track.num_frames.unwrap_or(0),
    };
    let rate = u64::from(parameters.sample_rate.unwrap_or(0)).max(1);
    if declared > most {
        let (long, limit) = (declared / rate / 60, most / rate / 60);
        return Err(about.too_large(format!("its sound is {long} minutes long ({declared} frames), the limit is {limit} minutes ({most})")));
    }
    Ok(())
}

/// Bits of a sample, of an uncompressed sound.
fn pcm_bits(codec: AudioCodecId) -> Option<u64> {
    use symphonia::core::codecs::audio::well_known::*;
    Some(match codec {
        CODEC_ID_PCM_U8 | CODEC_ID_PCM_S8 | CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW => 8,
        CODEC_ID_PCM_S16LE | CODEC_ID_PCM_S16BE | CODEC_ID_PCM_U16LE | CODEC_ID_PCM_U16BE => 16,
        CODEC_ID_PCM_S24LE | CODEC_ID_PCM_S24BE | CODEC_ID_PCM_U24LE | CODEC_ID_PCM_U24BE => 24,
        CODEC_ID_PCM_S32LE | CODEC_ID_PCM_S32BE | CODEC_ID_PCM_U32LE | CODEC_ID_PCM_U32BE | CODEC_ID_PCM_F32LE | CODEC_ID_PCM_F32BE => 32,
        CODEC_ID_PCM_F64LE | CODEC_ID_PCM_F64BE => 64,
        _ => return None,
    })
}

fn decode_file(path: &Path, part: Part, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Sound, MediaError> {
    let about = About(path);
    let (mut format, size, step) = begin(path, limits, stop)?;
    let refused = |e: Error| refused(e, &step, about, stop);
    let track = format.default_track(TrackType::Audio).ok_or_else(|| about.unsupported("a file without sound"))?;
    check_length(track, size, limits, about)?;
    let mut decoding = Decoding::new(track, path, Spool::new(path, limits, stop, shelf), size)?;
    decoding.trim = Trim::new(part.at(decoding.rate));
    decoding.trim.silence(&mut decoding.spool)?;
    let mut decoder = make_decoder(track, about)?;
    // What the header declares was looked at.
    let most = if track.num_frames.is_some() { u64::MAX } else { limits.frames as u64 };
    let mut pace = Pace { size, most, bytes: 0, frames: 0 };
    let track = track.id;
    while let Some(packet) = next_packet(format.as_mut(), &step, decoding.is_new()).map_err(refused)? {
        check(stop, about)?;
        if packet.track_id == track {
            pace.take(&packet, about)?;
            decoding.take(decoder.as_mut(), &packet)?;
            if !decoding.spool.settle(decoding.rate)? {
                break;
            }
        }
    }
    check(stop, about)?;
    decoding.finish()
}

/// How long a sound will be by what came of it, where its header does not say: what is far too long is not decoded to the limit.
struct Pace {
    size: u64,
    most: u64,
    bytes: u64,
    frames: u64,
}

impl Pace {
    /// Bytes after which the rest is taken to be like what came.
    const SAMPLE: u64 = 4 << 20;

    fn take(&mut self, packet: &Packet, about: About<'_>) -> Result<(), MediaError> {
        self.bytes += packet.data.len() as u64;
        self.frames = self.frames.saturating_add(packet.dur.get());
        let expected = u128::from(self.frames) * u128::from(self.size) / u128::from(self.bytes.max(1));
        // Twice the limit, since what is to come may be coarser than what came.
        if self.bytes > Self::SAMPLE && expected > u128::from(self.most) * 2 {
            return Err(about.too_large(format!("its sound is about {expected} frames long, the limit is {}", self.most)));
        }
        Ok(())
    }
}

/// The next packet; a stream that breaks off after it gave some sound, or holds none for long, has ended.
fn next_packet(format: &mut dyn FormatReader, step: &Step, first: bool) -> Result<Option<Packet>, Error> {
    step.begin();
    match format.next_packet() {
        Err(_) if !first && step.is_spent() => Ok(None),
        // A chained stream begins anew here, perhaps at another rate: the first one is the sound.
        Err(Error::ResetRequired) => Ok(None),
        Err(Error::IoError(e)) if !first && e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(Error::DecodeError(_)) if !first => Ok(None),
        other => other,
    }
}

fn make_decoder(track: &Track, about: About<'_>) -> Result<Box<dyn AudioDecoder>, MediaError> {
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(|| about.unsupported("its sound's codec"))?;
    // Differences of channels then have 33 bits, which the decoder does not take.
    if parameters.codec == CODEC_ID_FLAC && parameters.bits_per_sample.is_some_and(|bits| bits > 24) {
        return Err(about.unsupported("FLAC of more than 24 bits"));
    }
    symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()).map_err(|e| match e {
        Error::Unsupported(_) => about.unsupported("its sound's codec"),
        other => about.damaged(other.to_string()),
    })
}

fn refused(error: Error, step: &Step, about: About<'_>, stop: Stop<'_>) -> MediaError {
    if let Err(cancelled) = check(stop, about) {
        return cancelled;
    }
    if step.is_spent() {
        return about.damaged(Step::excess());
    }
    match error {
        Error::IoError(e) if e.kind() == io::ErrorKind::UnexpectedEof => about.damaged("it ends before its sound begins"),
        Error::IoError(e) if e.kind() == io::ErrorKind::Other => about.damaged(e.to_string()),
        Error::IoError(e) => about.io(&e),
        Error::Unsupported(_) => about.unsupported("its format"),
        other => about.damaged(other.to_string()),
    }
}

/// The state of a decode.
struct Decoding<'a> {
    about: About<'a>,
    rate: u32,
    channels: u32,
    spool: Spool<'a>,
    path: &'a Path,
    mix: Option<Downmix>,
    trim: Trim,
    interleaved: Vec<f32>,
    failure: Option<&'static str>,
    decoded: bool,
}

impl<'a> Decoding<'a> {
    fn new(track: &Track, path: &'a Path, mut spool: Spool<'a>, size: u64) -> Result<Self, MediaError> {
        let about = About(path);
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(|| about.unsupported("its sound's codec"))?;
        let rate = parameters.sample_rate.unwrap_or(0);
        let channels = parameters.channels.as_ref().map_or(0, |c| u32::try_from(c.count()).unwrap_or(0));
        // A header may promise any length: room is made ahead only for what the file's bytes can hold.
        spool.expect(track.num_frames.unwrap_or(0).min(size))?;
        let (interleaved, failure, decoded) = (Vec::new(), None, false);
        Ok(Self { about, rate, channels, spool, path, mix: None, trim: Trim::new(Part::WHOLE), interleaved, failure, decoded })
    }

    fn take(&mut self, decoder: &mut dyn AudioDecoder, packet: &Packet) -> Result<(), MediaError> {
        let buffer = match decoder.decode(packet) {
            Ok(buffer) => buffer,
            Err(Error::DecodeError(what)) => {
                self.failure = Some(what);
                // In a sound track a packet's duration counts frames.
                return self.silence(usize::try_from(packet.dur.get()).unwrap_or(usize::MAX));
            }
            Err(other) => return Err(self.about.damaged(other.to_string())),
        };
        self.decoded = true;
        let (channels, frames) = (buffer.num_planes(), buffer.frames());
        if channels == 0 || frames == 0 {
            return Ok(());
        }
        self.rate = buffer.spec().rate();
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        if self.mix.is_none() || count != self.channels {
            let said = channels > 2 && downmix::is_said(self.path);
            self.mix = Some(Downmix::of(buffer.spec().channels(), channels, said));
        }
        self.channels = count;
        self.interleaved.resize(channels * frames, 0.0);
        buffer.copy_to_slice_interleaved(&mut self.interleaved);
        let Some(mix) = &self.mix else { return Ok(()) };
        self.trim.take(&mut self.spool, self.interleaved.chunks_exact(channels).map(|frame| mix.frame(|at| frame[at])))
    }

    /// Whether nothing has come yet.
    const fn is_new(&self) -> bool {
        !self.decoded && self.failure.is_none()
    }

    fn silence(&mut self, count: usize) -> Result<(), MediaError> {
        // No codec read here puts more than 65,536 frames into a packet.
        let count = count.min(1 << 16);
        self.trim.take(&mut self.spool, vec![[0.0; 2]; count].into_iter())
    }

    fn finish(self) -> Result<Sound, MediaError> {
        if let Some(what) = self.failure.filter(|_| !self.decoded) {
            return Err(self.about.damaged(what));
        }
        let replaced = self.spool.replaced();
        Sound { channels: self.channels, rate: self.rate, frames: self.spool.finish(self.rate)?, replaced }.checked(self.about)
    }
}

impl Sound {
    /// Refuses what no one can play.
    pub(super) fn checked(self, about: About<'_>) -> Result<Self, MediaError> {
        check_rate(self.rate, about)?;
        let empty = matches!(&self.frames, Spooled::Memory(frames) if frames.is_empty());
        if empty { Err(about.damaged("its sound has no frames")) } else { Ok(self) }
    }
}
