//! A simulated host: gives blocks and their transport, faster than real time.

use videotracker_engine::{audio::host::HostTransport, time::Tempo};

/// Tempo over the song: changes at beats, the first at or before beat 0.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoMap(Vec<(f64, f64)>);

impl TempoMap {
    /// One tempo throughout.
    pub fn constant(bpm: f64) -> Self {
        Self(vec![(0.0, bpm)])
    }

    /// Reads lines `beat bpm`; empty lines and `#` comments are skipped.
    ///
    /// # Errors
    /// Names the line and what it should hold.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let words: Vec<Option<f64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
            let [Some(beat), Some(bpm)] = words[..] else {
                return Err(format!("line {}: \"{line}\" is no `beat bpm`, two numbers", number + 1));
            };
            if !beat.is_finite() || !(1.0..=2000.0).contains(&bpm) || points.last().is_some_and(|last| last.0 >= beat) {
                return Err(format!("line {}: beats must rise and the tempo lie between 1 and 2000", number + 1));
            }
            points.push((beat, bpm));
        }
        if points.is_empty() {
            return Err("it holds no tempo; write lines `beat bpm`, the first for beat 0".to_owned());
        }
        Ok(Self(points))
    }

    fn place(&self, beat: f64) -> usize {
        self.0.partition_point(|(at, _)| *at <= beat + 1e-9).saturating_sub(1)
    }

    /// Quarter notes a minute at a beat.
    pub fn bpm(&self, beat: f64) -> f64 {
        self.0[self.place(beat)].1
    }

    /// The next change after a beat.
    pub fn next_change(&self, beat: f64) -> Option<f64> {
        self.0.get(self.place(beat) + 1).map(|(at, _)| *at)
    }

    /// Seconds from beat 0 to a beat.
    pub fn secs(&self, beat: f64) -> f64 {
        let mut secs = 0.0;
        let mut here = 0.0;
        if beat < 0.0 {
            return beat * 60.0 / self.bpm(beat);
        }
        while let Some(change) = self.next_change(here).filter(|change| *change < beat) {
            secs += (change - here) * 60.0 / self.bpm(here);
            here = change;
        }
        secs + (beat - here) * 60.0 / self.bpm(here)
    }
}

/// A loop in beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loop {
    /// First beat.
    pub begin: f64,
    /// First beat after it.
    pub end: f64,
    /// Whether blocks are cut at its end, or contain it.
    pub split: bool,
}

/// The simulated host.
#[derive(Clone, Debug)]
pub struct Host {
    tempo: TempoMap,
    rate: f64,
    cycle: Option<Loop>,
    /// A beat, and the frame of the render (with fraction) it fell on; the position is counted from there.
    anchor: (f64, f64),
    frame: u64,
}

#[allow(clippy::cast_precision_loss, reason = "frames of a render are far below 2^53")]
fn float(frame: u64) -> f64 {
    frame as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as above, and positive")]
fn frames(exact: f64) -> u64 {
    exact.max(0.0) as u64
}

impl Host {
    /// A host that starts at a beat.
    pub fn new(tempo: TempoMap, rate: f64, start: f64, cycle: Option<Loop>) -> Self {
        Self { tempo, rate, cycle, anchor: (start, 0.0), frame: 0 }
    }

    fn beat_at(&self, frame: u64) -> f64 {
        self.anchor.0 + (float(frame) - self.anchor.1) * self.tempo.bpm(self.anchor.0) / (60.0 * self.rate)
    }

    fn frames_until(&self, beat: f64) -> f64 {
        (beat - self.anchor.0) * Tempo { bpm: self.tempo.bpm(self.anchor.0), rate: self.rate }.frames_per_beat() + self.anchor.1
            - float(self.frame)
    }

    /// The next block of at most `most` frames: its length and its transport.
    #[allow(clippy::cast_possible_truncation, reason = "a position in frames")]
    pub fn next(&mut self, most: u64) -> (u64, HostTransport) {
        let beat = self.beat_at(self.frame);
        let bpm = self.tempo.bpm(self.anchor.0);
        let transport = HostTransport {
            playing: true,
            tempo: Some(bpm),
            beat: Some(beat),
            samples: Some((self.tempo.secs(beat) * self.rate).round() as i64),
            bar_start: Some((beat / 4.0).floor() * 4.0),
            metre: Some((4, 4)),
            loop_beats: self.cycle.map(|l| (l.begin, l.end)),
        };
        let mut length = most;
        let change = self.tempo.next_change(self.anchor.0);
        if let Some(change) = change {
            // The first frame at or after the change begins a block.
            length = length.min(frames((self.frames_until(change) - 1e-6).ceil()).max(1));
        }
        let wrap = self.cycle.filter(|l| beat < l.end).map(|l| (l, frames((self.frames_until(l.end) + 0.5 + 1e-7).floor())));
        let same_tempo = |l: &Loop| (self.tempo.bpm(l.begin) - bpm).abs() < f64::EPSILON;
        match wrap {
            Some((l, until)) if until <= length && (l.split || !same_tempo(&l)) => {
                length = until.max(1);
                self.wrap(l, until);
            }
            Some((l, until)) if until <= length => {
                // The block contains the loop's end; where several turns fit, so be it.
                let mut until = until;
                while until <= length {
                    self.wrap(l, until);
                    until = frames((self.frames_until(l.end) + 0.5 + 1e-7).floor());
                }
            }
            _ => {
                if let Some(change) = change.filter(|change| self.frames_until(*change) <= float(length) + 1e-6) {
                    self.anchor = (change, self.frames_until(change) + float(self.frame));
                }
            }
        }
        self.frame += length;
        (length, transport)
    }

    /// From the frame `until` frames from here on, the position is the loop's begin and what it overshot its end by.
    fn wrap(&mut self, l: Loop, until: u64) {
        let at = self.frame + until;
        let overshoot = float(at) - (self.frames_until(l.end) + float(self.frame));
        let overshoot = if overshoot.abs() < 1e-3 { 0.0 } else { overshoot };
        self.anchor = (l.begin, float(at) - overshoot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tempo_map_counts_seconds() {
        let map = TempoMap::parse("0 120\n4 60 # half\n\n8 240\n").expect("reads");
        assert_eq!((map.bpm(3.9), map.bpm(4.0), map.bpm(100.0)), (120.0, 60.0, 240.0));
        assert!((map.secs(12.0) - 7.0).abs() < 1e-12);
        assert!(TempoMap::parse("0 120\nfoo").is_err_and(|why| why.starts_with("line 2")));
    }

    #[test]
    fn blocks_are_cut_at_loops_and_tempo_changes() {
        let cycle = Loop { begin: 0.0, end: 1.0, split: true };
        let mut host = Host::new(TempoMap::constant(120.0), 48_000.0, 0.0, Some(cycle));
        let lengths: Vec<u64> = (0..3).map(|_| host.next(16_000).0).collect();
        assert_eq!(lengths, [16_000, 8000, 16_000]);
        let mut host = Host::new(TempoMap::parse("0 120\n1 60").expect("reads"), 48_000.0, 0.0, None);
        let blocks: Vec<_> = (0..3).map(|_| host.next(16_000)).map(|(n, t)| (n, t.tempo, t.beat)).collect();
        assert_eq!(blocks[2], (16_000, Some(60.0), Some(1.0)));
    }
}
