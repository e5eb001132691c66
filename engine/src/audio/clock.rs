//! Song time on the audio thread: which frame a beat falls on, block by block.

use super::host::HostTransport;
use crate::{
    command::TransportAction,
    time::{
        Tempo, floor_to_i64,
        map::{NOISE, ON_FRAME, TimeMap},
        to_f64,
    },
};

/// Farthest a block may start from where the last one ended and still continue it, in quarter notes.
const CONTINUES: f64 = 5e-4;
/// Farthest a continued block may start from its prediction before the map is drawn anew, in quarter notes.
const DRIFT: f64 = 1e-6;

/// A stretch of frames within a host block over which one map holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Frames it lasts.
    pub frames: usize,
    /// Where it stands in the song; `None` while the song stands still.
    pub song: Option<SongSpan>,
    /// Everything that sounds is let go at its first frame, because the song jumped, looped or stopped.
    pub cut: bool,
}

/// Where a segment stands in the song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SongSpan {
    /// Song frame of the segment's first frame.
    pub frame: i64,
    /// Beats to frames.
    pub map: TimeMap,
    /// Onsets before this beat were played by the segment before; −∞ after a jump.
    pub after: f64,
    /// Onsets from this beat on belong to what follows a loop's end; ∞ where there is none.
    pub before: f64,
}

/// What the instance's internal clock is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Internal {
    /// Whether it runs. A host that rolls ends that.
    pub running: bool,
    /// Quarter notes a minute.
    pub bpm: f64,
    /// Where it goes on, in quarter notes; `None`: where the host stands, or at beat 0 where there is none.
    pub beat: Option<f64>,
    /// Whether the session wants its internal clock even where the host has one.
    pub forced: bool,
    /// Plays along with a host that rolls.
    pub along: bool,
}

/// Whose time the last block had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// There was no block yet.
    Nobody,
    /// The instance's own: there is no host's, or the session wants its own.
    Own,
    /// The host's, which stands; meanwhile the instance's internal clock may run.
    Standing,
    /// The host's, which rolls.
    Rolling,
}

/// The clock: keeps the end of the last span it covered, and who led.
///
/// Where a host stands, the instance's internal clock may run in its place, at the host's tempo. Its map is drawn where it starts
/// and counts frames from there. A host that starts takes over with a jump.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    rate: f64,
    /// The instance's internal clock.
    pub internal: Internal,
    /// Map and song frame of the end of the last block, while the song moves.
    last: Option<(TimeMap, i64)>,
    /// Where the song stood last.
    beat: f64,
    lead: Lead,
    /// Position and tempo of the host in the last block.
    told: (Option<f64>, Option<f64>),
    /// Where a bar begins, and how long bars are, in quarter notes.
    bar: (f64, f64),
}

impl Clock {
    /// A clock that stands at beat 0.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let internal = Internal { running: false, bpm: 120.0, beat: None, forced: false, along: true };
        Self { rate, internal, last: None, beat: 0.0, lead: Lead::Nobody, told: (None, None), bar: (0.0, 4.0) }
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

    /// Whether the host says where the song stands and how fast it goes.
    #[must_use]
    pub const fn has_host(&self) -> bool {
        matches!(self.lead, Lead::Standing | Lead::Rolling)
    }

    /// Whether that host rolls.
    #[must_use]
    pub const fn is_host_rolling(&self) -> bool {
        matches!(self.lead, Lead::Rolling)
    }

    /// The tempo in force, in quarter notes a minute.
    #[must_use]
    pub fn bpm(&self) -> f64 {
        self.last.map(|(map, _)| map.tempo().bpm).or(self.told.1).unwrap_or(self.internal.bpm)
    }

    /// Carries out a transport order. Stop and pause keep the instance from playing along with a host that rolls; where none
    /// rolls they end the instance's internal clock and nothing else, so that a host that starts is heard.
    pub const fn obey(&mut self, action: TransportAction) {
        let own = &mut self.internal;
        match action {
            TransportAction::Start => (own.running, own.along) = (true, true),
            TransportAction::Pause | TransportAction::Stop => {
                own.running = false;
                if matches!(self.lead, Lead::Nobody | Lead::Rolling) {
                    own.along = false;
                }
                if matches!(action, TransportAction::Stop) {
                    own.beat = None;
                }
            }
            TransportAction::Reset => own.beat = Some(0.0),
            TransportAction::Panic => {}
        }
    }

    /// Chooses whether the session's internal clock counts even where the host has one. In the midst of a song it goes on from where
    /// the host has got to.
    pub const fn force(&mut self, forced: bool) {
        if forced && !self.internal.forced && self.is_host_rolling() && self.last.is_some() {
            (self.internal.running, self.internal.beat) = (true, Some(self.beat));
        }
        self.internal.forced = forced;
    }

    /// How long bars are, in quarter notes: the host's, where it says so, else the session's.
    #[must_use]
    pub const fn bar_beats(&self) -> f64 {
        self.bar.1
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

    /// Cuts a host block of `frames` into segments and moves on; calls `each` for every segment in order. In a block that is not
    /// `live` a host that stands is silent: the internal clock does not run in its place, and has ended after it.
    pub fn advance(
        &mut self,
        host: Option<&HostTransport>,
        live: bool,
        frames: usize,
        bar_beats: f64,
        mut each: impl FnMut(&mut Self, Segment),
    ) {
        let host = host.filter(|h| h.beat.is_some_and(f64::is_finite) && !self.internal.forced);
        let taken_over = self.follow(host, live);
        let (playing, bpm, beat, samples, loops) = match host {
            Some(h) if h.playing => {
                let bpm = self.told.1.unwrap_or_else(|| self.bpm());
                (self.internal.along, bpm, h.beat.unwrap_or(0.0), h.samples, h.loop_beats)
            }
            _ => {
                let beat = self.internal.beat.or(self.told.0).unwrap_or(0.0);
                (self.internal.running, self.told.1.unwrap_or(self.internal.bpm), beat, None, None)
            }
        };
        self.bar = bar_of(host, self.is_host_rolling() || !playing, beat, bar_beats);
        if !playing {
            let cut = self.last.take().is_some();
            self.beat = beat;
            each(self, Segment { frames, song: None, cut });
            return;
        }
        let tempo = Tempo { bpm: bpm.clamp(1.0, 2000.0), rate: self.rate };
        let (mut span, mut cut) =
            if taken_over { (jump(tempo, beat, samples), self.last.is_some()) } else { self.enter(tempo, beat, samples) };
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
            if !self.is_host_rolling() {
                self.internal.beat = Some(self.beat);
            }
        }
    }

    /// Settles who leads a block; whether the host took over from the instance's internal clock.
    fn follow(&mut self, host: Option<&HostTransport>, live: bool) -> bool {
        let lead = match host {
            Some(h) if h.playing => Lead::Rolling,
            Some(_) => Lead::Standing,
            None => Lead::Own,
        };
        let before = std::mem::replace(&mut self.lead, lead);
        let stood = std::mem::replace(
            &mut self.told,
            (host.and_then(|h| h.beat), host.and_then(|h| h.tempo).filter(|tempo| tempo.is_finite() && *tempo > 0.0)),
        );
        let own = &mut self.internal;
        match lead {
            Lead::Rolling => (own.running, own.beat) = (false, None),
            Lead::Standing => {
                own.running &= live;
                // Somebody placed the host anew while both stood: play begins there.
                let placed = before == Lead::Standing && stood.0 != self.told.0;
                if !own.running && (placed || !live) {
                    own.beat = None;
                }
            }
            Lead::Own | Lead::Nobody => {}
        }
        lead == Lead::Rolling && matches!(before, Lead::Standing | Lead::Own)
    }

    /// Says whether the block continues the last one, and from where it plays.
    fn enter(&self, tempo: Tempo, beat: f64, samples: Option<i64>) -> (SongSpan, bool) {
        let Some((map, frame)) = self.last else { return (jump(tempo, beat, samples), false) };
        let predicted = map.beat_of(to_f64(frame));
        let off = (beat - predicted).abs();
        let span = |map, after| SongSpan { frame, map, after, before: f64::INFINITY };
        if off < DRIFT && map.tempo() == tempo {
            (span(map, f64::NEG_INFINITY), false)
        } else if off < CONTINUES {
            // Drawn anew from here; what the old map had not reached yet is still to come.
            (span(TimeMap::new(tempo, beat, frame), map.beat_of(to_f64(frame) - 0.5)), false)
        } else {
            (jump(tempo, beat, samples), true)
        }
    }
}

fn jump(tempo: Tempo, beat: f64, samples: Option<i64>) -> SongSpan {
    let frame = samples.unwrap_or_else(|| floor_to_i64(beat * tempo.frames_per_beat() + 0.5));
    SongSpan { frame, map: TimeMap::new(tempo, beat, frame), after: f64::NEG_INFINITY, before: f64::INFINITY }
}

/// The frames until a loop's end, where it lies within the next `left` frames, and the beat after it.
fn wrap_in(span: &SongSpan, a: f64, b: f64, left: usize) -> Option<(usize, f64)> {
    let here = span.map.beat_of(to_f64(span.frame));
    if here >= b {
        return None;
    }
    let per_beat = span.map.tempo().frames_per_beat();
    let until = floor_to_i64((b - here) * per_beat + 0.5 + NOISE);
    let length = usize::try_from(until).ok().filter(|until| *until <= left)?;
    let overshoot = span.map.beat_of(to_f64(span.frame + until)) - b;
    Some((length, a + if overshoot.abs() * per_beat < ON_FRAME { 0.0 } else { overshoot }))
}

/// Where a bar begins and how long bars are: where the position is the host's, its bar start where that is plausible, else beat 0.
fn bar_of(host: Option<&HostTransport>, placed: bool, beat: f64, bar_beats: f64) -> (f64, f64) {
    let length = host
        .and_then(|h| h.metre)
        .map(|(num, den)| f64::from(num) * 4.0 / f64::from(den.max(1)))
        .filter(|length| *length > 0.0)
        .unwrap_or(bar_beats);
    let start = host.filter(|_| placed).and_then(|h| h.bar_start).filter(|start| start.is_finite() && *start <= beat + CONTINUES);
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
        clock.advance(Some(&transport), true, frames, 4.0, |_, s| found.push(s));
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
