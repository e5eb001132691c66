//! The LFO: a slow wave that moves parameters.

use super::{ModuleType, PLAIN, ParamSpec};
use crate::{
    dsp::lfo::{Wave, lfo, unipolar},
    signal::{Block, Io, Node},
    time::to_f64,
};

/// The waves, in the order of [`Wave::ALL`].
pub const WAVE: &[&str] = &["sine", "triangle", "saw", "square", "random", "smooth"];

/// Indices in the parameter list.
pub mod param {
    /// Index into [`super::WAVE`].
    pub const WAVE: usize = 0;
    /// Cycles a second.
    pub const RATE: usize = 1;
    /// Quarter notes in a cycle; 0 where the rate counts.
    pub const BEATS: usize = 2;
    /// Where in its cycle the wave stands at the song's start.
    pub const PHASE: usize = 3;
    /// Which numbers random waves take.
    pub const SEED: usize = 4;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice("wave", WAVE, "Form of the wave; random draws a number for each cycle, smooth goes from one to the next."),
    ParamSpec::float("rate", 0.001, 100.0, 1.0, "Hz", "Cycles a second, where `beats` is 0."),
    ParamSpec::float("beats", 0.0, 1024.0, 0.0, "beats", "Quarter notes in a cycle; 0 lets `rate` count."),
    ParamSpec::float("phase", 0.0, 1.0, 0.0, "", "Where in its cycle the wave stands at the song's start."),
    ParamSpec::integer("seed", 0.0, 65_535.0, 0.0, "Another number gives random waves other values."),
];

const MADE: &[ParamSpec] = &[
    ParamSpec::float("value", 0.0, 1.0, 0.5, "", "The wave between 0 and 1."),
    ParamSpec::float("bipolar", -1.0, 1.0, 0.0, "", "The wave between -1 and 1."),
];

/// The LFO's description.
pub static TYPE: ModuleType = ModuleType {
    name: "lfo",
    doc: "A slow wave for parameters to follow: connect(\"lfo1.value\", \"drums.pan\") spreads it over the parameter's range, router:link says how much. It depends on the song's position alone.",
    params: PARAMS,
    made: MADE,
    build: |_| Some(Box::new(LfoNode)),
    ..PLAIN
};

/// Makes a wave's values at the grid's points.
#[derive(Debug)]
struct LfoNode;

/// The cycles since the song's start at a frame of the block, or near it; while the song stands, since activation. `beats` are quarter
/// notes in a cycle, and where they are 0 `rate` is cycles a second.
#[allow(clippy::cast_precision_loss, reason = "2^53 frames are thousands of years")]
pub(super) fn cycles(block: &Block, frame: f64, rate: f64, beats: f64, phase: f64) -> f64 {
    let secs = |frames: f64| frames / block.rate.max(1.0);
    let (secs, beat) = match block.song {
        Some(song) => (secs(to_f64(song.frame) + frame), song.map.beat_of(to_f64(song.frame) + frame)),
        None => {
            let secs = secs(block.clock as f64 + frame);
            (secs, secs * block.bpm / 60.0)
        }
    };
    phase + if beats > 0.0 { beat / beats } else { secs * rate }
}

impl Node for LfoNode {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the parameters' ranges")]
    fn process(&mut self, io: &mut Io<'_>) {
        if io.made.is_empty() {
            return;
        }
        for (point, frame) in io.block.points.iter().enumerate() {
            io.arrive(point);
            let wave = Wave::ALL.get(io.params[param::WAVE].max(0.0) as usize).copied().unwrap_or_default();
            #[allow(clippy::cast_precision_loss, reason = "a block has at most 512 frames")]
            let cycles = cycles(&io.block, frame as f64, io.params[param::RATE], io.params[param::BEATS], io.params[param::PHASE]);
            let value = lfo(wave, cycles, io.params[param::SEED].max(0.0) as u32);
            for (made, value) in io.made.iter_mut().zip([unipolar(value), value]) {
                made.points[point] = f64::from(value);
            }
        }
    }

    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        signal::{GRID, Points, Song, solo::Solo},
        time::{Tempo, map::TimeMap},
    };

    /// The values at the points of a song that is played from `from` on in these blocks: song frame and value.
    fn played(params: &[f64], from: i64, blocks: &[usize]) -> Vec<(i64, f64)> {
        let (mut solo, mut all, mut frame) = (Solo::with(48_000.0, 0, 2), Vec::new(), from);
        let map = TimeMap::new(Tempo { bpm: 120.0, rate: 48_000.0 }, 0.0, 0);
        for (index, frames) in blocks.iter().enumerate() {
            let points = Points::new(*frames, frame.rem_euclid(GRID as i64) as usize, index == 0);
            let block = Block { song: Some(Song { frame, map }), points, ..Block::alone(*frames, 7, 48_000.0) };
            solo.play(&mut LfoNode, block, params, &[], &[], &[]);
            all.extend(points.iter().enumerate().map(|(at, index)| (frame + index as i64, solo.made[1].points[at])));
            frame += *frames as i64;
        }
        all
    }

    #[test]
    fn its_value_follows_from_the_songs_position_alone() {
        let params = [0.0, 1.0, 3.0, 0.25, 0.0];
        let whole = played(&params, 0, &[512; 40]);
        for (frame, value) in &whole {
            let beat = *frame as f64 / 24_000.0;
            let formula = (std::f64::consts::TAU * (beat / 3.0 + 0.25)).sin();
            assert!((value - formula).abs() < 1e-6, "{frame}: {value} for {formula}");
        }
        let cut: Vec<usize> = (0..400).map(|k| 1 + k * 37 % 97).collect();
        assert!(played(&params, 0, &cut).iter().filter(|point| point.0 < 512 * 40).all(|point| whole.contains(point)));
        // After a jump it has its value at once.
        assert_eq!(played(&params, 6400, &[64])[0], *whole.iter().find(|point| point.0 == 6400).unwrap());
    }

    #[test]
    fn its_rate_counts_seconds_where_it_has_no_beats() {
        let values = played(&[2.0, 2.0, 0.0, 0.0, 0.0], 0, &[512; 50]);
        let at = |frame: i64| values.iter().find(|point| point.0 == frame).unwrap().1;
        assert_eq!((at(0), at(12_000), at(18_016)), (-1.0, 0.0, f64::from((2.0_f64 * (18_016.0 / 24_000.0) - 1.0) as f32)));
    }
}
