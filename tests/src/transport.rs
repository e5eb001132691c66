//! What a host says about time, block by block.

use clack_host::{
    events::{
        EventFlags, EventHeader,
        event_types::{TransportEvent, TransportFlags},
    },
    utils::{BeatTime, SecondsTime},
};

/// How a host tells that tempo, position or play state change inside a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// With a transport event at the frame.
    #[default]
    Event,
    /// By ending the block there.
    Block,
    /// Not at all: the next block's transport is simply right.
    Never,
}

/// A song as a host plays it.
#[derive(Clone, Debug)]
pub struct TransportPlan {
    /// Where the song stands at the first frame, in quarter notes.
    pub start_beat: f64,
    /// Tempo from each beat on, in quarter notes a minute; the first holds from the beginning of time.
    pub tempo_map: Vec<(f64, f64)>,
    /// Time signature: numerator and denominator.
    pub metre: (u16, u16),
    /// The loop in quarter notes.
    pub loop_beats: Option<(f64, f64)>,
    /// To which beats the host jumps, by frame, while it plays.
    pub jumps: Vec<(u64, f64)>,
    /// From which frames on the host plays or stands; it plays from the first frame where this is empty.
    pub playing: Vec<(u64, bool)>,
    /// How changes inside a block are told.
    pub cut: Cut,
}

impl TransportPlan {
    /// Plays from beat 0 in 4/4 at a tempo.
    #[must_use]
    pub fn at(bpm: f64) -> Self {
        Self {
            start_beat: 0.0,
            tempo_map: vec![(0.0, bpm)],
            metre: (4, 4),
            loop_beats: None,
            jumps: Vec::new(),
            playing: Vec::new(),
            cut: Cut::Event,
        }
    }

    /// Never plays.
    #[must_use]
    pub fn standing() -> Self {
        Self { playing: vec![(0, false)], ..Self::at(120.0) }
    }

    /// The tempo in force at a beat.
    #[must_use]
    pub fn tempo_at(&self, beat: f64) -> f64 {
        self.tempo_map.iter().rev().find(|(from, _)| *from <= beat).or(self.tempo_map.first()).map_or(120.0, |(_, bpm)| *bpm)
    }
}

/// The song's clock: a plan at a frame.
#[derive(Debug)]
pub struct Clock<'a> {
    plan: &'a TransportPlan,
    sample_rate: f64,
    frame: u64,
    /// Exact (not whole) frame and beat of the last change, and the tempo since: positions are computed from
    /// here and never summed up, so that they cannot drift.
    anchor: (f64, f64),
    bpm: f64,
    playing: bool,
}

/// What changes next.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// First frame after it.
    frame: u64,
    /// Exact frame of it.
    exact: f64,
    /// Beat it leads to.
    beat: f64,
    /// Play state from then on.
    playing: bool,
}

impl<'a> Clock<'a> {
    /// A clock at the plan's first frame.
    #[must_use]
    pub fn new(plan: &'a TransportPlan, sample_rate: f64) -> Self {
        let playing = plan.playing.first().is_none_or(|&(frame, playing)| if frame == 0 { playing } else { !playing });
        let bpm = plan.tempo_at(plan.start_beat);
        Self { plan, sample_rate, frame: 0, anchor: (0.0, plan.start_beat), bpm, playing }
    }

    /// The frame the clock stands at.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// The song position at the clock's frame, in quarter notes.
    #[must_use]
    pub fn beat(&self) -> f64 {
        self.beat_at(self.frame)
    }

    fn beat_at(&self, frame: u64) -> f64 {
        if self.playing { self.anchor.1 + (frame as f64 - self.anchor.0) * self.bpm / (60.0 * self.sample_rate) } else { self.anchor.1 }
    }

    fn next_change(&self) -> Option<Change> {
        let here = self.beat();
        let toggle = self.plan.playing.iter().find(|&&(frame, playing)| frame > self.frame && playing != self.playing);
        let toggle = toggle.map(|&(frame, playing)| Change { frame, exact: frame as f64, beat: self.beat_at(frame), playing });
        if !self.playing {
            return toggle;
        }
        let reach = |from: f64, to: f64| {
            let exact = self.anchor.0 + (from - self.anchor.1) * 60.0 * self.sample_rate / self.bpm;
            Change { frame: (exact - 1e-9).ceil() as u64, exact, beat: to, playing: true }
        };
        let tempo =
            self.plan.tempo_map.iter().find(|(from, bpm)| *from > here + 1e-9 && *bpm != self.bpm).map(|&(from, _)| reach(from, from));
        let wrap = self.plan.loop_beats.filter(|(_, end)| *end > here + 1e-9).map(|(start, end)| reach(end, start));
        let jump = self.plan.jumps.iter().find(|(frame, _)| *frame > self.frame);
        let jump = jump.map(|&(frame, beat)| Change { frame, exact: frame as f64, beat, playing: true });
        [toggle, tempo, wrap, jump].into_iter().flatten().min_by(|a, b| a.exact.total_cmp(&b.exact))
    }

    fn take(&mut self, change: Change) {
        self.frame = change.frame;
        self.anchor = (change.exact, change.beat);
        self.playing = change.playing;
        self.bpm = self.plan.tempo_at(change.beat + 1e-9);
    }

    /// The transport at the clock's frame, as an event at `time` within the block.
    #[must_use]
    pub fn event(&self, time: u32) -> TransportEvent {
        let beat = self.beat();
        let (numerator, denominator) = self.plan.metre;
        let bar_beats = f64::from(numerator) * 4.0 / f64::from(denominator);
        let bar = (beat / bar_beats + 1e-9).floor();
        let (loop_start, loop_end) = self.plan.loop_beats.unwrap_or_default();
        let mut flags = TransportFlags::HAS_TEMPO | TransportFlags::HAS_BEATS_TIMELINE | TransportFlags::HAS_TIME_SIGNATURE;
        flags.set(TransportFlags::IS_PLAYING, self.playing);
        flags.set(TransportFlags::IS_LOOP_ACTIVE, self.plan.loop_beats.is_some());
        TransportEvent {
            header: EventHeader::new_core(time, EventFlags::empty()),
            flags,
            song_pos_beats: BeatTime::from_float(beat),
            song_pos_seconds: SecondsTime::from_float(0.0),
            tempo: self.bpm,
            tempo_inc: 0.0,
            loop_start_beats: BeatTime::from_float(loop_start),
            loop_end_beats: BeatTime::from_float(loop_end),
            loop_start_seconds: SecondsTime::from_float(0.0),
            loop_end_seconds: SecondsTime::from_float(0.0),
            bar_start: BeatTime::from_float(bar * bar_beats),
            bar_number: bar as i32,
            time_signature_numerator: numerator,
            time_signature_denominator: denominator,
        }
    }

    /// Moves over a block of at most `frames` frames, puts the changes inside it into `events`, and gives the
    /// frames the block really has.
    pub fn advance(&mut self, frames: u32, events: &mut Vec<TransportEvent>) -> u32 {
        let start = self.frame;
        let end = start + u64::from(frames);
        while let Some(change) = self.next_change().filter(|change| change.frame <= end) {
            if change.frame == end {
                // The next block's first frame is past it already.
                self.take(change);
                return frames;
            }
            let offset = (change.frame - start) as u32;
            if self.plan.cut == Cut::Block && offset > 0 {
                self.take(change);
                return offset;
            }
            self.take(change);
            if self.plan.cut == Cut::Event {
                events.push(self.event(offset));
            }
        }
        self.frame = end;
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions at each block's start and at each event, over blocks of 1000 frames at 48 kHz.
    fn walk(plan: &TransportPlan, blocks: usize) -> Vec<(u64, f64)> {
        let mut clock = Clock::new(plan, 48_000.0);
        let mut seen = Vec::new();
        for _ in 0..blocks {
            let mut events = Vec::new();
            let start = clock.frame();
            seen.push((start, clock.beat()));
            clock.advance(1000, &mut events);
            seen.extend(events.iter().map(|event| (start + u64::from(event.header.time()), event.song_pos_beats.to_float())));
        }
        seen
    }

    #[test]
    fn every_position_follows_from_tempo_loop_and_stops() {
        let near = |seen: Vec<(u64, f64)>, expected: &[(u64, f64)]| {
            assert_eq!(seen.len(), expected.len(), "{seen:?}");
            for (seen, expected) in seen.iter().zip(expected) {
                assert!(seen.0 == expected.0 && (seen.1 - expected.1).abs() < 1e-8, "{seen:?} instead of {expected:?}");
            }
        };
        // 60 bpm: 48 000 frames a beat.
        near(walk(&TransportPlan::at(60.0), 2), &[(0, 0.0), (1000, 1.0 / 48.0)]);
        let tempo = TransportPlan { tempo_map: vec![(0.0, 60.0), (1.0 / 32.0, 120.0)], ..TransportPlan::at(60.0) };
        near(walk(&tempo, 3), &[(0, 0.0), (1000, 1.0 / 48.0), (1500, 1.0 / 32.0), (2000, 1.0 / 32.0 + 1.0 / 48.0)]);
        let wrap = TransportPlan { loop_beats: Some((0.0, 1.0 / 32.0)), ..TransportPlan::at(60.0) };
        near(walk(&wrap, 3), &[(0, 0.0), (1000, 1.0 / 48.0), (1500, 0.0), (2000, 500.0 / 48_000.0)]);
        let jump = TransportPlan { jumps: vec![(1500, 7.0)], ..TransportPlan::at(60.0) };
        near(walk(&jump, 3), &[(0, 0.0), (1000, 1.0 / 48.0), (1500, 7.0), (2000, 7.0 + 500.0 / 48_000.0)]);
        let jump = TransportPlan { jumps: vec![(1000, 7.0)], ..TransportPlan::at(60.0) };
        near(walk(&jump, 2), &[(0, 0.0), (1000, 7.0)]);
        let stop = TransportPlan { playing: vec![(0, true), (1500, false), (2500, true)], ..TransportPlan::at(60.0) };
        near(walk(&stop, 3), &[(0, 0.0), (1000, 1.0 / 48.0), (1500, 1.0 / 32.0), (2000, 1.0 / 32.0), (2500, 1.0 / 32.0)]);
    }

    #[test]
    fn a_host_that_cuts_blocks_ends_them_at_changes() {
        let plan = TransportPlan { loop_beats: Some((0.0, 1.0 / 32.0)), cut: Cut::Block, ..TransportPlan::at(60.0) };
        let mut clock = Clock::new(&plan, 48_000.0);
        let mut events = Vec::new();
        let lengths: Vec<u32> = (0..4).map(|_| clock.advance(1000, &mut events)).collect();
        assert_eq!((lengths, events.len()), (vec![1000, 500, 1000, 500], 0));
    }
}
