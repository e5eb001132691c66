//! PCM in QuickTime files, after Apple's QuickTime File Format ("Sound Sample Descriptions").
//!
//! Read here and not by symphonia, which takes every `in24`, `in32`, `fl32` and `fl64` for little-endian: QuickTime's
//! default is big-endian, and the mistake is full-scale noise. It also reads every video packet on the way.

use std::path::Path;

use super::{Boxes, Fault, Part, be16, be32, inside};
use crate::media::{
    Limits,
    downmix::Downmix,
    error::{About, MediaError},
    sound::{Sound, Trim},
    source::{self, Stop, check},
    spool::{Shelf, Spool},
};

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unsigned8,
    Signed,
    Float,
}

/// A track of PCM: where its frames lie, and how they are stored.
#[derive(Clone, Debug)]
pub(in crate::media) struct Pcm {
    form: Form,
    little: bool,
    sample_bytes: usize,
    channels: u32,
    rate: u32,
    mix: Downmix,
    /// Offset and number of frames of each run of frames.
    chunks: Vec<(u64, u32)>,
}

impl Pcm {
    /// The PCM of a sound track; `None` where its codec is another.
    pub(super) fn of(entry: &[u8], stbl: &[u8]) -> Result<Option<Self>, Fault> {
        let cut = "a track's description is cut off";
        let (channels, bits) = be16(entry, 24).zip(be16(entry, 26)).ok_or(cut)?;
        let (fourcc, version, rate) = (entry.get(4..8).ok_or(cut)?, be16(entry, 16).ok_or(cut)?, be16(entry, 32).ok_or(cut)?);
        let small = if bits == 8 { 1 } else { 2 };
        let (form, little, sample_bytes) = match fourcc {
            b"sowt" => (Form::Signed, true, small),
            b"twos" => (Form::Signed, false, small),
            b"raw " if bits == 8 => (Form::Unsigned8, true, 1),
            b"in24" => (Form::Signed, little_endian(entry), 3),
            b"in32" => (Form::Signed, little_endian(entry), 4),
            b"fl32" => (Form::Float, little_endian(entry), 4),
            b"fl64" => (Form::Float, little_endian(entry), 8),
            b"lpcm" if version == 2 => return Self::of_version_2(entry, stbl),
            _ => return Ok(None),
        };
        let mix = mix(entry, 52, channels.into());
        Self { form, little, sample_bytes, channels: channels.into(), rate: rate.into(), mix, chunks: Vec::new() }.located(stbl)
    }

    /// The second version of the description, with the rate as a double and flags for the form.
    fn of_version_2(entry: &[u8], stbl: &[u8]) -> Result<Option<Self>, Fault> {
        let cut = "a track's description is cut off";
        let rate = entry.get(40..).and_then(|e| e.first_chunk()).map(|b| f64::from_be_bytes(*b)).ok_or(cut)?;
        let (channels, bits) = be32(entry, 48).zip(be32(entry, 56)).ok_or(cut)?;
        let flags = be32(entry, 60).ok_or(cut)?;
        let form = match (flags & 1 != 0, flags & 4 != 0, bits) {
            (true, _, 32 | 64) => Form::Float,
            (false, true, 8 | 16 | 24 | 32) => Form::Signed,
            (false, false, 8) => Form::Unsigned8,
            _ => return Ok(None),
        };
        let (little, sample_bytes) = (flags & 2 == 0, bits as usize / 8);
        let mix = mix(entry, 72, channels);
        Self { form, little, sample_bytes, channels, rate: rate.round() as u32, mix, chunks: Vec::new() }.located(stbl)
    }

    /// Finds the frames: in PCM a sample of the tables is a frame.
    fn located(mut self, stbl: &[u8]) -> Result<Option<Self>, Fault> {
        if !(1..=64).contains(&self.channels) {
            return Err("a sound track has no channels, or too many".into());
        }
        let stsz = inside(stbl, &[b"stsz"]).ok_or("a track lacks its sample sizes")?;
        let mut left = be32(stsz, 8).ok_or("a table is cut off")?;
        for chunk in super::chunks(stbl)? {
            let (offset, count) = chunk?;
            let count = count.min(left);
            left -= count;
            self.chunks.push((offset, count));
            if left == 0 {
                break;
            }
        }
        Ok(Some(self))
    }

    /// Channels and rate.
    pub(super) fn shape(&self) -> (u32, u32) {
        (self.channels, self.rate)
    }

    /// Reads the frames of a part, up to the first chunk that does not lie inside the file.
    pub(in crate::media) fn read(
        &self,
        part: Part,
        path: &Path,
        limits: &Limits,
        stop: Stop<'_>,
        shelf: Option<Shelf<'_>>,
    ) -> Result<Sound, MediaError> {
        let (about, part) = (About(path), part.at(self.rate));
        let (file, size) = source::open(path, limits)?;
        let frame_bytes = self.channels as usize * self.sample_bytes;
        let total: u64 = self.chunks.iter().map(|(_, count)| u64::from(*count)).sum();
        if total.saturating_add(part.wait) > limits.frames as u64 {
            return Err(about.too_large(format!("its sound is longer than {} frames", limits.frames)));
        }
        let mut spool = Spool::new(path, limits, stop, shelf);
        spool.expect(total.min(size))?;
        let mut trim = Trim::new(part);
        trim.silence(&mut spool)?;
        let mut bytes = Vec::new();
        let mut unread = size;
        'chunks: for &(mut offset, mut count) in &self.chunks {
            let length = u64::from(count) * frame_bytes as u64;
            if offset.saturating_add(length) > size {
                break;
            }
            // A small file could name the same bytes again and again.
            unread = unread.checked_sub(length).ok_or_else(|| about.damaged("its chunks overlap"))?;
            while count > 0 {
                check(stop, about)?;
                let part = count.min(1 << 14);
                bytes.resize(part as usize * frame_bytes, 0);
                source::read_exact_at(&file, &mut bytes, offset).map_err(|e| about.io(&e))?;
                trim.take(&mut spool, bytes.chunks_exact(frame_bytes).map(|frame| self.frame(frame)))?;
                if !spool.settle(self.rate)? {
                    break 'chunks;
                }
                offset += bytes.len() as u64;
                count -= part;
            }
        }
        let replaced = spool.replaced();
        Sound { channels: self.channels, rate: self.rate, frames: spool.finish(self.rate)?, replaced }.checked(about)
    }

    fn frame(&self, bytes: &[u8]) -> [f32; 2] {
        self.mix.frame(|channel| self.sample(&bytes[channel * self.sample_bytes..(channel + 1) * self.sample_bytes]))
    }

    fn sample(&self, bytes: &[u8]) -> f32 {
        // Most significant byte first, at the top of 64 bits.
        let mut top = [0; 8];
        for (i, place) in top.iter_mut().enumerate().take(bytes.len()) {
            *place = if self.little { bytes[bytes.len() - 1 - i] } else { bytes[i] };
        }
        let word = u64::from_be_bytes(top);
        match (self.form, bytes.len()) {
            (Form::Unsigned8, _) => (f32::from(bytes[0]) - 128.0) / 128.0,
            (Form::Signed, _) => ((word.cast_signed() >> 32) as f64 / 2_147_483_648.0) as f32,
            (Form::Float, 4) => f32::from_bits((word >> 32) as u32),
            (Form::Float, _) => f64::from_bits(word) as f32,
        }
    }
}

/// Whether an `enda` box, alone or inside `wave`, after the first version of the description says little-endian.
fn little_endian(entry: &[u8]) -> bool {
    let extensions = entry.get(52..).unwrap_or_default();
    let enda = Boxes(extensions).find_map(|(kind, content)| match &kind {
        b"enda" => Some(content),
        b"wave" => inside(content, &[b"enda"]),
        _ => None,
    });
    enda.and_then(|e| be16(e, 0)) == Some(1)
}

/// How channels are mixed, by the `chan` box among a description's extensions ("Core Audio Format", channel layouts). Its tags of
/// the kinds that more than one program writes are known; others place their channels by number.
fn mix(entry: &[u8], extensions: usize, channels: u32) -> Downmix {
    let count = channels as usize;
    let chan = Boxes(entry.get(extensions..).unwrap_or_default()).find(|(kind, _)| kind == b"chan").map(|(_, content)| content);
    let Some(tag) = chan.and_then(|chan| be32(chan, 4)) else { return Downmix::unsaid(count) };
    // Left, right, centre, effects, behind left and right; behind the middle, left and right at the sides.
    let places: &[u32] = match tag >> 16 {
        1 => {
            let mask = chan.and_then(|chan| be32(chan, 8)).unwrap_or(0);
            return Downmix::placed(mask.into(), count).unwrap_or_else(|| Downmix::unsaid(count));
        }
        // Left, right and a middle in front or behind.
        113 => &[0, 1, 2],
        114 => &[2, 0, 1],
        131 => &[0, 1, 8],
        115 => &[0, 1, 2, 8],
        116 => &[2, 0, 1, 8],
        108 | 132 => &[0, 1, 4, 5],
        117 => &[0, 1, 2, 4, 5],
        118 => &[0, 1, 4, 5, 2],
        119 => &[0, 2, 1, 4, 5],
        120 => &[2, 0, 1, 4, 5],
        121 => &[0, 1, 2, 3, 4, 5],
        122 => &[0, 1, 4, 5, 2, 3],
        123 => &[0, 2, 1, 4, 5, 3],
        124 => &[2, 0, 1, 4, 5, 3],
        125 => &[0, 1, 2, 3, 4, 5, 8],
        126 => &[0, 1, 2, 3, 4, 5, 6, 7],
        127 => &[2, 6, 7, 0, 1, 4, 5, 3],
        128 => &[0, 1, 4, 5, 2, 3, 6, 7],
        184 => &[0, 1, 2, 3, 9, 10, 4, 5],
        133 => &[0, 1, 3],
        134 => &[0, 1, 3, 8],
        135 => &[0, 1, 3, 4, 5],
        136 => &[0, 1, 2, 3],
        137 => &[0, 1, 2, 3, 8],
        _ => &[],
    };
    if places.len() == count { Downmix::at(places) } else { Downmix::unsaid(count) }
}
