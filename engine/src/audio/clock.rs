//! Song time on the audio thread: which frame a beat falls on, block by block.

use super::processor::HostTransport;
use crate::time::{Ratio, Tempo, floor_to_i64, to_f64};

/// Farthest a block may start from where the last one ended and still continue it, in quarter notes.
const CONTINUES: f64 = 5e-4;
/// Farthest a continued block may start from its prediction before the map is drawn anew, in quarter notes.
const DRIFT: f64 = 1e-6;
/// Farthest a position may lie from a whole frame and still count as on it, in frames.
const ON_FRAME: f64 = 1e-3;
/// Rounding noise of hosts' positions, in frames.
const NOISE: f64 = 1e-7;

/// Maps beats to song frames at one tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeMap {
    tempo: Tempo,
    /// Song frame of the anchor.
    frame: i64,
    /// The anchor: a beat, or, where beat 0 lies a whole number of frames away, that number.
    anchor: Anchor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Anchor {
    /// The formula of beat 0 holds; `frame` is what to add to it.
    Whole,
    /// This beat falls on `frame`.
    Beat(f64),
}

impl TimeMap {
    /// A map in which `beat` falls on song frame `frame`.
    #[must_use]
    pub fn new(tempo: Tempo, beat: f64, frame: i64) -> Self {
        let exact = beat * tempo.frames_per_beat();
        if (exact - exact.round()).abs() < ON_FRAME {
            return Self { tempo, frame: frame - floor_to_i64(exact.round()), anchor: Anchor::Whole };
        }
        Self { tempo, frame, anchor: Anchor::Beat(beat) }
    }

    /// Quarter notes a minute.
    #[must_use]
    pub const fn bpm(&self) -> f64 {
        self.tempo.bpm
    }

    /// The song frame of a beat.
    #[must_use]
    pub fn frame_of(&self, beat: Ratio) -> i64 {
        match self.anchor {
            Anchor::Whole => self.frame + self.tempo.frame_of(beat),
            Anchor::Beat(zero) => self.frame + floor_to_i64((beat.to_f64() - zero) * self.tempo.frames_per_beat() + 0.5 + NOISE),
        }
    }

    /// The beat of a song frame (or of a place between two).
    #[must_use]
    pub fn beat_of(&self, frame: f64) -> f64 {
        let since = frame - to_f64(self.frame);
        match self.anchor {
            Anchor::Whole => self.tempo.beat_of(since),
            Anchor::Beat(zero) => zero + since / self.tempo.frames_per_beat(),
        }
    }

    /// The tempo it maps at.
    #[must_use]
    pub const fn tempo(&self) -> Tempo {
        self.tempo
    }
}

/// A stretch of frames within a host block over which one map holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Frames it lasts.
    pub frames: usize,
    /// Where it stands in the song; `None` while the song stands still.
    pub song: Option<Span>,
    /// Everything that sounds is let go at its first frame, because the song jumped, looped or stopped.
    pub cut: bool,
}

/// Where a segment stands in the song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Song frame of the segment's first frame.
    pub frame: i64,
    /// Beats to frames.
    pub map: TimeMap,
    /// Onsets before this beat were played by the segment before; −∞ after a jump.
    pub after: f64,
    /// Onsets from this beat on belong to what follows a loop's end; ∞ where there is none.
    pub before: f64,
}

/// What the internal clock is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Internal {
    /// Whether it runs (under the host: whether this instance plays along).
    pub running: bool,
    /// Quarter notes a minute.
    pub bpm: f64,
    /// Its position in quarter notes.
    pub beat: f64,
    /// Whether the session wants the internal clock even where the host has one.
    pub forced: bool,
    /// Plays along with a playing host.
    pub along: bool,
}

/// The clock: keeps the end of the last span it covered, nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    rate: f64,
    /// Internal clock.
    pub internal: Internal,
    /// Map and song frame of the end of the last block, while the song moves.
    last: Option<(TimeMap, i64)>,
    /// Where the song stood last.
    beat: f64,
    /// Whether the host gave the time of the last block.
    pub host: bool,
    /// Where a bar begins, and how long bars are, in quarter notes.
    bar: (f64, f64),
}

impl Clock {
    /// A clock that stands at beat 0.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let internal = Internal { running: false, bpm: 120.0, beat: 0.0, forced: false, along: true };
        Self { rate, internal, last: None, beat: 0.0, host: false, bar: (0.0, 4.0) }
    }

    /// Where the song stands, in quarter notes.
    #[must_use]
    pub const fn beat(&self) -> f64 {
        self.beat
    }

    /// Whether the song moves.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        self.last.is_some()
    }

    /// The tempo in force, in quarter notes a minute.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        self.last.map_or(self.internal.bpm, |(map, _)| map.tempo.bpm)
    }

    /// Bars since beat 0.
    #[must_use]
    pub fn bar(&self) -> f64 {
        ((self.beat - self.bar.0) / self.bar.1).floor() + (self.bar.0 / self.bar.1).round()
    }

    /// The first multiple of `every` quarter notes, counted from `zero`, that is not before `beat`.
    #[must_use]
    pub fn next_multiple(beat: f64, zero: f64, every: f64) -> f64 {
        let turns = (beat - zero) / every;
        let nearest = turns.round();
        zero + every * if (turns - nearest).abs() * every < 1e-6 { nearest } else { turns.ceil() }
    }

    /// The first bar line that is not before `beat`.
    #[must_use]
    pub fn next_bar(&self, beat: f64) -> f64 {
        Self::next_multiple(beat, self.bar.0, self.bar.1)
    }

    /// Cuts a host block of `frames` into segments and moves on; calls `each` for every segment in order.
    pub fn advance(&mut self, host: Option<&HostTransport>, frames: usize, bar_beats: f64, mut each: impl FnMut(&mut Self, Segment)) {
        let host = host.filter(|h| h.beat.is_some_and(f64::is_finite) && !self.internal.forced);
        self.host = host.is_some();
        let (playing, bpm, beat, samples, loops) = match host {
            Some(h) => {
                let bpm = h.tempo.filter(|t| t.is_finite() && *t > 0.0).unwrap_or_else(|| self.bpm());
                (h.playing && self.internal.along, bpm, h.beat.unwrap_or(0.0), h.samples, h.loop_beats)
            }
            None => (self.internal.running, self.internal.bpm, self.internal.beat, None, None),
        };
        self.bar = bar_of(host, beat, bar_beats);
        if !playing {
            let cut = self.last.take().is_some();
            self.beat = beat;
            each(self, Segment { frames, song: None, cut });
            return;
        }
        let tempo = Tempo { bpm: bpm.clamp(1.0, 2000.0), rate: self.rate };
        let (mut span, mut cut) = self.enter(tempo, beat, samples);
        let loops = loops.filter(|(a, b)| a.is_finite() && b.is_finite() && (b - a) * tempo.frames_per_beat() >= 1.0);
        let mut left = frames;
        while left > 0 {
            let wrap = loops.and_then(|(a, b)| wrap_in(&span, a, b, left));
            let (length, next) = wrap.map_or((left, None), |(length, next)| (length, Some(next)));
            if wrap.is_some() {
                span.before = loops.map_or(f64::INFINITY, |(_, b)| b);
            }
            self.last = Some((span.map, span.frame + frames_i64(length)));
            self.beat = span.map.beat_of(to_f64(span.frame));
            if length > 0 {
                each(self, Segment { frames: length, song: Some(span), cut });
            }
            left -= length;
            if let Some(beat) = next {
                if left == 0 {
                    // The wrap falls on the block's end: the host's next block says where it goes on.
                    self.last = Some((span.map, span.frame + frames_i64(length)));
                    break;
                }
                (span, cut) = (jump(tempo, beat, None), true);
            }
        }
        if let Some((map, frame)) = self.last {
            self.beat = map.beat_of(to_f64(frame));
            if host.is_none() {
                self.internal.beat = self.beat;
            }
        }
    }

    /// Says whether the block continues the last one, and from where it plays.
    fn enter(&self, tempo: Tempo, beat: f64, samples: Option<i64>) -> (Span, bool) {
        let Some((map, frame)) = self.last else { return (jump(tempo, beat, samples), false) };
        let predicted = map.beat_of(to_f64(frame));
        let off = (beat - predicted).abs();
        let span = |map, after| Span { frame, map, after, before: f64::INFINITY };
        if off < DRIFT && map.tempo == tempo {
            (span(map, f64::NEG_INFINITY), false)
        } else if off < CONTINUES {
            // Drawn anew from here; what the old map had not reached yet is still to come.
            (span(TimeMap::new(tempo, beat, frame), map.beat_of(to_f64(frame) - 0.5)), false)
        } else {
            (jump(tempo, beat, samples), true)
        }
    }
}

fn jump(tempo: Tempo, beat: f64, samples: Option<i64>) -> Span {
    let frame = samples.unwrap_or_else(|| floor_to_i64(beat * tempo.frames_per_beat() + 0.5));
    Span { frame, map: TimeMap::new(tempo, beat, frame), after: f64::NEG_INFINITY, before: f64::INFINITY }
}

/// The frames until a loop's end, where it lies within the next `left` frames, and the beat after it.
fn wrap_in(span: &Span, a: f64, b: f64, left: usize) -> Option<(usize, f64)> {
    let here = span.map.beat_of(to_f64(span.frame));
    if here >= b {
        return None;
    }
    let per_beat = span.map.tempo.frames_per_beat();
    let until = floor_to_i64((b - here) * per_beat + 0.5 + NOISE);
    let length = usize::try_from(until).ok().filter(|until| *until <= left)?;
    let overshoot = span.map.beat_of(to_f64(span.frame + until)) - b;
    Some((length, a + if overshoot.abs() * per_beat < ON_FRAME { 0.0 } else { overshoot }))
}

/// Where a bar begins and how long bars are: the host's bar start where it is plausible, else beat 0.
fn bar_of(host: Option<&HostTransport>, beat: f64, bar_beats: f64) -> (f64, f64) {
    let length = host
        .and_then(|h| h.metre)
        .map(|(num, den)| f64::from(num) * 4.0 / f64::from(den.max(1)))
        .filter(|length| *length > 0.0)
        .unwrap_or(bar_beats);
    let start = host.and_then(|h| h.bar_start).filter(|start| start.is_finite() && *start <= beat + CONTINUES);
    (start.unwrap_or(0.0), length)
}

fn frames_i64(frames: usize) -> i64 {
    i64::try_from(frames).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(beat: f64, tempo: f64) -> HostTransport {
        HostTransport { playing: true, tempo: Some(tempo), beat: Some(beat), ..HostTransport::default() }
    }

    fn segments(clock: &mut Clock, transport: HostTransport, frames: usize) -> Vec<Segment> {
        let mut found = Vec::new();
        clock.advance(Some(&transport), frames, 4.0, |_, s| found.push(s));
        found
    }

    #[test]
    fn a_continued_block_is_no_jump_and_a_seek_is_one() {
        let mut clock = Clock::new(48_000.0);
        let first = segments(&mut clock, host(0.0, 120.0), 512);
        assert!(!first[0].cut && first[0].song.is_some_and(|s| s.frame == 0));
        let second = segments(&mut clock, host(512.0 / 24_000.0, 120.0), 512);
        assert!(!second[0].cut && second[0].song.is_some_and(|s| s.frame == 512));
        let third = segments(&mut clock, host(16.0, 120.0), 512);
        assert!(third[0].cut && third[0].song.is_some_and(|s| s.frame == 16 * 24_000));
    }

    #[test]
    fn a_loop_end_inside_a_block_wraps_there() {
        let mut clock = Clock::new(48_000.0);
        let mut transport = host(3.99, 120.0);
        transport.loop_beats = Some((0.0, 4.0));
        let found = segments(&mut clock, transport, 1000);
        assert_eq!(found.iter().map(|s| s.frames).collect::<Vec<_>>(), [240, 760]);
        assert!(found[1].cut && found[1].song.is_some_and(|s| s.frame == 0));
        let mut next = host(760.0 / 24_000.0, 120.0);
        next.loop_beats = Some((0.0, 4.0));
        let after = segments(&mut clock, next, 100);
        assert!(!after[0].cut && after[0].song.is_some_and(|s| s.frame == 760));
    }

    #[test]
    fn a_missing_position_means_the_internal_clock_which_stands() {
        let mut clock = Clock::new(48_000.0);
        let found = segments(&mut clock, HostTransport { playing: true, ..HostTransport::default() }, 64);
        assert_eq!(found[0].song, None);
    }
}
