//! The host's transport, as the engine takes it.
//!
//! nice-plug hands over a [`Transport`] for each part of a split host block. For VST3 its positions are right. For CLAP
//! they overshoot after a transport event in mid-block, so there the position comes from the host's own
//! `clap_process`, which [`crate::clap_entry`] leaves in a [`HostBlockSlot`].

use std::{
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering},
};

use clap_sys::{
    events::{
        CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT, CLAP_TRANSPORT_HAS_BEATS_TIMELINE, CLAP_TRANSPORT_HAS_SECONDS_TIMELINE,
        CLAP_TRANSPORT_HAS_TEMPO, CLAP_TRANSPORT_HAS_TIME_SIGNATURE, CLAP_TRANSPORT_IS_LOOP_ACTIVE, CLAP_TRANSPORT_IS_PLAYING,
        clap_event_transport,
    },
    fixedpoint::{CLAP_BEATTIME_FACTOR, CLAP_SECTIME_FACTOR},
    process::clap_process,
};
use nice_plug::context::process::Transport;
use videotracker_engine::audio::host::HostTransport;

/// The host's block being processed, of CLAP all of it: written around the host's `process` call, read within it, on one thread.
#[derive(Debug, Default)]
pub struct HostBlockSlot {
    process: AtomicPtr<clap_process>,
    /// Frames of the host block that parts before this one covered.
    offset: AtomicU32,
    /// The first event of the host block that was not looked at yet.
    next_event: AtomicU32,
    /// The transport in force at `offset`, and the frame at which it holds.
    transport: AtomicPtr<clap_event_transport>,
    transport_frame: AtomicU32,
    /// Whether the block belongs to an offline render.
    offline: AtomicBool,
}

impl HostBlockSlot {
    /// Notes the host block that begins.
    ///
    /// # Safety
    /// `process` must stay valid until [`end`](Self::end).
    #[allow(unsafe_code, reason = "the pointer's lifetime is the caller's promise")]
    pub unsafe fn begin(&self, process: *const clap_process) {
        // SAFETY: the caller promises a valid block.
        let transport = unsafe { (*process).transport };
        self.offset.store(0, Ordering::Relaxed);
        self.next_event.store(0, Ordering::Relaxed);
        self.transport.store(transport.cast_mut(), Ordering::Relaxed);
        self.transport_frame.store(0, Ordering::Relaxed);
        self.process.store(process.cast_mut(), Ordering::Relaxed);
    }

    /// Notes whether the block belongs to an offline render, where a host says so block by block.
    pub fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::Relaxed);
    }

    /// Whether the block belongs to an offline render.
    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Relaxed)
    }

    /// Forgets the host block.
    pub fn end(&self) {
        self.process.store(ptr::null_mut(), Ordering::Relaxed);
        self.transport.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// The transport at the start of the part that `frames` is the length of; `None` outside CLAP,
    /// `Some(None)` where the CLAP host has no transport.
    pub fn advance(&self, frames: usize, rate: f64) -> Option<Option<HostTransport>> {
        let process = self.process.load(Ordering::Relaxed);
        if process.is_null() {
            return None;
        }
        let offset = self.offset.load(Ordering::Relaxed);
        self.seek(process, offset);
        self.offset.store(offset.saturating_add(u32::try_from(frames).unwrap_or(u32::MAX)), Ordering::Relaxed);
        let transport = self.transport.load(Ordering::Relaxed);
        if transport.is_null() {
            return Some(None);
        }
        let since = offset.saturating_sub(self.transport_frame.load(Ordering::Relaxed));
        // SAFETY: set from the host's block, which is valid until `end`.
        #[allow(unsafe_code, reason = "reads the host's transport")]
        let transport = unsafe { &*transport };
        Some(Some(from_clap(transport, f64::from(since), rate)))
    }

    /// Takes up the transport events up to `offset`.
    #[allow(unsafe_code, reason = "reads the host's event list")]
    fn seek(&self, process: *const clap_process, offset: u32) {
        // SAFETY: `process` and what it points to are valid until `end`; the event list is only read.
        unsafe {
            let events = (*process).in_events;
            if events.is_null() {
                return;
            }
            let (Some(size), Some(get)) = ((*events).size, (*events).get) else { return };
            let count = size(events);
            let mut index = self.next_event.load(Ordering::Relaxed);
            while index < count {
                let event = get(events, index);
                if !event.is_null() {
                    if (*event).time > offset {
                        break;
                    }
                    if (*event).space_id == CLAP_CORE_EVENT_SPACE_ID && (*event).type_ == CLAP_EVENT_TRANSPORT {
                        self.transport.store(event.cast::<clap_event_transport>().cast_mut(), Ordering::Relaxed);
                        self.transport_frame.store((*event).time, Ordering::Relaxed);
                    }
                }
                index += 1;
            }
            self.next_event.store(index, Ordering::Relaxed);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "fixed point of 31 fractional bits; songs stay far below 2^22 beats")]
fn fixed(value: i64, factor: i64) -> f64 {
    value as f64 / factor as f64
}

#[allow(clippy::cast_possible_truncation, reason = "positions stay far below 2^53 frames")]
fn frame_at(secs: f64, rate: f64) -> i64 {
    (secs * rate).round() as i64
}

/// A CLAP transport, `since` frames after the frame at which it holds.
fn from_clap(host: &clap_event_transport, since: f64, rate: f64) -> HostTransport {
    let has = |flag| host.flags & flag != 0;
    let playing = has(CLAP_TRANSPORT_IS_PLAYING);
    let moved = if playing { since } else { 0.0 };
    let start_tempo = has(CLAP_TRANSPORT_HAS_TEMPO).then_some(host.tempo).and_then(plausible_tempo);
    // `tempo_inc` is added each frame until the next transport information.
    let ramp = if host.tempo_inc.is_finite() { host.tempo_inc } else { 0.0 };
    let moved_beats = start_tempo.map(|tempo| (tempo * moved + ramp * moved * (moved - 1.0).max(0.0) / 2.0) / (60.0 * rate));
    let secs = has(CLAP_TRANSPORT_HAS_SECONDS_TIMELINE).then(|| fixed(host.song_pos_seconds, CLAP_SECTIME_FACTOR));
    let beats = has(CLAP_TRANSPORT_HAS_BEATS_TIMELINE).then(|| fixed(host.song_pos_beats, CLAP_BEATTIME_FACTOR));
    let beats = beats.or_else(|| Some(secs? * start_tempo? / 60.0));
    let looping = has(CLAP_TRANSPORT_IS_LOOP_ACTIVE) && has(CLAP_TRANSPORT_HAS_BEATS_TIMELINE);
    HostTransport {
        playing,
        tempo: start_tempo.and_then(|tempo| plausible_tempo(tempo + ramp * moved)),
        beat: match (beats, moved_beats) {
            (Some(beats), Some(moved)) => Some(beats + moved),
            // Without a tempo the position at a later frame is unknown.
            (beats, None) if moved == 0.0 => beats,
            _ => None,
        },
        samples: secs.map(|secs| frame_at(secs + moved / rate, rate)),
        bar_start: has(CLAP_TRANSPORT_HAS_BEATS_TIMELINE).then(|| fixed(host.bar_start, CLAP_BEATTIME_FACTOR)),
        metre: has(CLAP_TRANSPORT_HAS_TIME_SIGNATURE).then(|| metre(i32::from(host.tsig_num), i32::from(host.tsig_denom))).flatten(),
        loop_beats: looping
            .then(|| (fixed(host.loop_start_beats, CLAP_BEATTIME_FACTOR), fixed(host.loop_end_beats, CLAP_BEATTIME_FACTOR)))
            .filter(|(start, end)| end > start),
    }
}

/// The transport as nice-plug gives it; `None` where the host told nothing.
pub fn from_nice_plug(host: &Transport) -> Option<HostTransport> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let told = host.playing || host.tempo.is_some() || host.pos_beats.is_some() || host.pos_seconds.is_some() || host.pos_samples.is_some();
    told.then(|| HostTransport {
        playing: host.playing,
        tempo: host.tempo.and_then(plausible_tempo),
        beat: finite(host.pos_beats()),
        samples: host.pos_samples,
        bar_start: finite(host.bar_start_pos_beats),
        metre: host.time_sig_numerator.zip(host.time_sig_denominator).and_then(|(upper, lower)| metre(upper, lower)),
        loop_beats: host.loop_range_beats().filter(|(start, end)| start.is_finite() && end.is_finite() && end > start),
    })
}

/// The transport `frames` later, for the second part of a block that had to be cut.
pub fn later(transport: Option<HostTransport>, frames: usize, rate: f64) -> Option<HostTransport> {
    let mut transport = transport?;
    if transport.playing && frames > 0 {
        #[allow(clippy::cast_precision_loss, reason = "frames of one block")]
        let beats = transport.tempo.map(|tempo| frames as f64 * tempo / (60.0 * rate));
        transport.beat = transport.beat.zip(beats).map(|(beat, moved)| beat + moved);
        transport.samples = transport.samples.and_then(|samples| samples.checked_add(i64::try_from(frames).ok()?));
    }
    Some(transport)
}

fn plausible_tempo(tempo: f64) -> Option<f64> {
    (tempo.is_finite() && tempo > 0.0 && tempo < 100_000.0).then_some(tempo)
}

fn metre(upper: i32, lower: i32) -> Option<(u32, u32)> {
    let pair = (u32::try_from(upper).ok()?, u32::try_from(lower).ok()?);
    (pair.0 > 0 && pair.1 > 0).then_some(pair)
}

#[cfg(test)]
mod tests;
