//! Compressed fonts (SF3), whose samples are Ogg Vorbis files, each in its place among the others. The format is MuseScore's; a sample's
//! places count bytes, and those of its loop frames from its own beginning.

use std::{fs::File, io::Cursor};

use symphonia::core::{
    codecs::audio::AudioDecoderOptions,
    errors::Error,
    formats::{FormatOptions, TrackType, probe::Hint},
    io::MediaSourceStream,
    meta::MetadataOptions,
};

use super::{
    super::{
        error::{About, MediaError},
        source::{Stop, check, read_exact_at},
    },
    file::{SampleHeader, Tables},
};

/// The bit of a compressed sample among its kinds.
const COMPRESSED: u16 = 0x10;
/// Bytes of a compressed sample that are read.
const MOST_BYTES: u64 = 64 << 20;

/// Whether any sample of a font is compressed.
pub(super) fn is_compressed(tables: &Tables) -> bool {
    tables.samples.iter().any(|sample| sample.kind & COMPRESSED != 0)
}

/// Decodes all samples of a font, one behind the other, and lets their headers name the places where they lie then. Samples that can't be
/// decoded have no length; so have those that are not compressed, of which a compressed font has none.
///
/// # Errors
/// Where there are more than `most`, memory or the file does not suffice, or `stop` is set.
pub(super) fn decode(file: &File, tables: &mut Tables, most: usize, about: About<'_>, stop: Stop<'_>) -> Result<Vec<i16>, MediaError> {
    let mut all = Vec::new();
    let sound = tables.sound.clone();
    for header in &mut tables.samples {
        check(stop, about)?;
        let start = all.len();
        if header.kind & COMPRESSED != 0
            && let Some(bytes) = bytes_of(file, header, &sound).map_err(|why| about.io(&why))?
        {
            // What breaks off in the middle keeps what came.
            if let Some(rate) = read(bytes, &mut all, most, stop) {
                header.rate = rate;
            }
            check(stop, about)?;
        }
        if all.len() > most {
            return Err(about.too_large(format!("it has more than {most} samples")));
        }
        let moved = |place: u32| u32::try_from(start).unwrap_or(u32::MAX).saturating_add(place);
        (header.loop_start, header.loop_end) = (moved(header.loop_start), moved(header.loop_end));
        (header.start, header.end) = (moved(0), u32::try_from(all.len()).unwrap_or(u32::MAX));
    }
    Ok(all)
}

/// The bytes of a compressed sample; `None` where its places lie outside of the file's samples.
fn bytes_of(file: &File, header: &SampleHeader, sound: &super::file::Place) -> std::io::Result<Option<Vec<u8>>> {
    let (first, end) = (sound.start + u64::from(header.start), sound.start + u64::from(header.end));
    if first >= end || end > sound.end || end - first > MOST_BYTES {
        return Ok(None);
    }
    let mut bytes = vec![0; usize::try_from(end - first).unwrap_or(0)];
    read_exact_at(file, &mut bytes, first)?;
    Ok(Some(bytes))
}

/// Puts the first channel of a file behind what there is; its rate, where it can be read.
#[allow(clippy::cast_possible_truncation, reason = "clamped to sixteen bits")]
fn read(bytes: Vec<u8>, all: &mut Vec<i16>, most: usize, stop: Stop<'_>) -> Option<u32> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(Hint::new().with_extension("ogg"), stream, FormatOptions::default(), MetadataOptions::default()).ok()?;
    let track = format.default_track(TrackType::Audio)?;
    let (id, parameters) = (track.id, track.codec_params.as_ref()?.audio()?);
    let mut rate = parameters.sample_rate;
    let mut decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()).ok()?;
    let mut frames = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        if check(stop, About(std::path::Path::new(""))).is_err() || all.len() > most {
            break;
        }
        if packet.track_id != id {
            continue;
        }
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(Error::DecodeError(_)) => continue,
            Err(_) => break,
        };
        let channels = buffer.num_planes();
        rate = Some(buffer.spec().rate());
        frames.resize(channels * buffer.frames(), 0.0_f32);
        buffer.copy_to_slice_interleaved(&mut frames);
        all.extend(frames.chunks_exact(channels.max(1)).map(|frame| (frame[0] * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16));
    }
    rate
}
