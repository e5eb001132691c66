//! Sound files: decoded with symphonia into stereo frames at the file's own rate.

use std::{io, path::Path};

use symphonia::core::{
    codecs::audio::{AudioCodecId, AudioDecoder, AudioDecoderOptions},
    errors::Error,
    formats::{FormatOptions, FormatReader, Track, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
    packet::Packet,
};

use super::{
    Limits,
    error::{About, MediaError},
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
/// Mono fills both channels; of more than two channels the first two are kept. Encoder delay and padding are
/// trimmed where the file declares them. A packet that can't be decoded becomes silence of its length, so that what
/// follows stays in time; a file that ends early gives what it has. Samples that no sound has become 0
/// and are counted.
///
/// # Errors
/// [`MediaError`] where nothing can be decoded or a limit is exceeded.
pub(super) fn decode(path: &Path, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Sound, MediaError> {
    source::contain(About(path), || decode_file(path, limits, stop, shelf))
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
    let file = Guarded::new(file, size, stop);
    let step = file.step();
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let format = symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default());
    let format = format.map_err(|e| refused(e, &step, about, stop))?;
    Ok((format, size, step))
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

fn decode_file(path: &Path, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Sound, MediaError> {
    let about = About(path);
    let (mut format, size, step) = begin(path, limits, stop)?;
    let refused = |e: Error| refused(e, &step, about, stop);
    let track = format.default_track(TrackType::Audio).ok_or_else(|| about.unsupported("a file without sound"))?;
    check_length(track, size, limits, about)?;
    let mut decoding = Decoding::new(track, Spool::new(path, limits, stop, shelf), size, about)?;
    let mut decoder = make_decoder(track, about)?;
    // What the header declares was looked at.
    let most = if track.num_frames.is_some() { u64::MAX } else { limits.frames as u64 };
    let mut pace = Pace { size, most, bytes: 0, frames: 0 };
    let track = track.id;
    while let Some(packet) = next_packet(format.as_mut(), &step, decoding.spool.is_empty()).map_err(refused)? {
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
    interleaved: Vec<f32>,
    failure: Option<&'static str>,
    decoded: bool,
}

impl<'a> Decoding<'a> {
    fn new(track: &Track, mut spool: Spool<'a>, size: u64, about: About<'a>) -> Result<Self, MediaError> {
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(|| about.unsupported("its sound's codec"))?;
        let rate = parameters.sample_rate.unwrap_or(0);
        let channels = parameters.channels.as_ref().map_or(0, |c| u32::try_from(c.count()).unwrap_or(0));
        // A header may promise any length: room is made ahead only for what the file's bytes can hold.
        spool.expect(track.num_frames.unwrap_or(0).min(size))?;
        let (interleaved, failure, decoded) = (Vec::new(), None, false);
        Ok(Self { about, rate, channels, spool, interleaved, failure, decoded })
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
        let (channels, count) = (buffer.num_planes(), buffer.frames());
        if channels == 0 || count == 0 {
            return Ok(());
        }
        self.rate = buffer.spec().rate();
        self.channels = u32::try_from(channels).unwrap_or(u32::MAX);
        self.interleaved.resize(channels * count, 0.0);
        buffer.copy_to_slice_interleaved(&mut self.interleaved);
        self.spool.room_for(count)?;
        let right = usize::from(channels > 1);
        self.spool.extend(self.interleaved.chunks_exact(channels).map(|frame| [frame[0], frame[right]]));
        Ok(())
    }

    fn silence(&mut self, count: usize) -> Result<(), MediaError> {
        // No codec read here puts more than 65,536 frames into a packet.
        let count = count.min(1 << 16);
        self.spool.room_for(count)?;
        self.spool.extend(std::iter::repeat_n([0.0; 2], count));
        Ok(())
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
