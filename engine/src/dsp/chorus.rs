//! Chorus and flanger: copies of the sound at times that swing.
//!
//! After Jon Dattorro, *Effect Design, Part 2: Delay-Line Modulation and Chorus*, JAES 45 (1997). It is written here because the
//! crates' choruses run oscillators of their own (`fundsp`), and this one's phase is the song's.

use super::{
    Cell, Kernel, Move, Quiet, TAIL,
    lfo::{Wave, lfo},
    line::Line,
    pair,
};

/// What the chorus needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChorusParams {
    /// Phase of the swinging in cycles, from the song's position.
    pub phase: Move<f64>,
    /// Form of the swinging.
    pub wave: Wave,
    /// What makes the numbers of the random waves.
    pub seed: u32,
    /// Middle of the times in seconds, from 0.0005 to 0.05.
    pub delay: Move,
    /// How far the times swing around the middle, as a share of it from 0 to 1.
    pub depth: Move,
    /// Share of the copies that comes back, from −0.95 to 0.95: above 0 and with short times it is a flanger.
    pub feedback: Move,
    /// Cycles between left and right, from 0 to 0.5.
    pub spread: Move,
    /// Number of copies, from 1 to [`Chorus::VOICES`], at equal distances in the cycle; a change fades over a cell.
    pub voices: u32,
}

impl Default for ChorusParams {
    fn default() -> Self {
        Self {
            phase: Move::still(0.0),
            wave: Wave::Sine,
            seed: 0,
            delay: Move::still(0.012),
            depth: Move::still(0.3),
            feedback: Move::still(0.0),
            spread: Move::still(0.25),
            voices: 2,
        }
    }
}

/// Longest time in seconds: the longest middle, doubled.
const LONGEST: f64 = 0.1;

/// Frames in which a time comes back to its wave after the song jumped.
const BACK: f64 = 2048.0;

/// Where one copy is read in one channel.
#[derive(Clone, Copy, Debug, Default)]
struct Tap {
    /// Time in frames at the beginning of the cell, and at its end.
    way: (f64, f64),
    /// Time after the last frame.
    last: f64,
    /// Frames that the time is away from its wave, because the song jumped; shrinks with each cell.
    away: f64,
}

impl Tap {
    fn enter(&mut self, wave: Move<f64>, len: u32, is_new: bool) {
        if is_new {
            self.away = 0.0;
        } else if (self.last - wave.from - self.away).abs() > 1e-3 {
            self.away = self.last - wave.from;
        }
        let step = (1.0 - f64::from(len) / BACK).max(0.0);
        let before = self.away;
        self.away = if before.abs() < 0.01 { 0.0 } else { before * step };
        self.way = (wave.from + before, wave.to + self.away);
    }

    fn at(&self, share: f64, longest: f64) -> f64 {
        (self.way.0 * (1.0 - share) + self.way.1 * share).clamp(1.0, longest)
    }
}

/// Delays that swing; the output holds the copies alone.
#[derive(Clone, Debug)]
pub struct Chorus {
    rate: f64,
    line: Line,
    taps: [[Tap; 2]; Self::VOICES],
    /// Levels of the copies at both ends of the cell.
    levels: [Move; Self::VOICES],
    is_new: bool,
    quiet: Quiet,
}

impl Chorus {
    /// Copies at most.
    pub const VOICES: usize = 4;

    /// A chorus at a sample rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            rate,
            line: Line::new((LONGEST * rate) as usize + 2),
            taps: [[Tap::default(); 2]; Self::VOICES],
            levels: [Move::still(0.0); Self::VOICES],
            is_new: true,
            quiet: Quiet::new(),
        }
    }

    fn enter(&mut self, params: &ChorusParams, len: u32) {
        let (delay, depth) = (params.delay.within(0.0005, 0.05), params.depth.within(0.0, 1.0));
        let spread = params.spread.within(-1.0, 1.0);
        let voices = params.voices.clamp(1, Self::VOICES as u32);
        let time = |phase: f64, delay: f32, depth: f32| {
            let swing = 1.0 + depth * lfo(params.wave, phase, params.seed);
            (f64::from(delay * swing) * self.rate).clamp(1.0, LONGEST * self.rate)
        };
        for (voice, taps) in self.taps.iter_mut().enumerate() {
            for (side, tap) in taps.iter_mut().enumerate() {
                let ahead = voice as f64 / f64::from(voices);
                let phase = |phase: f64, spread: f32| phase + ahead + f64::from(spread) * side as f64;
                let from = time(phase(params.phase.from, spread.from), delay.from, depth.from);
                let to = time(phase(params.phase.to, spread.to), delay.to, depth.to);
                tap.enter(Move { from, to }, len, self.is_new);
            }
        }
        // Copies that differ add up like noises.
        let level = 1.0 / (voices as f32).sqrt();
        for (voice, way) in self.levels.iter_mut().enumerate() {
            let to = if voice < voices as usize { level } else { 0.0 };
            *way = Move { from: if self.is_new { to } else { way.to }, to };
        }
        self.is_new = false;
    }
}

impl Kernel for Chorus {
    type Params = ChorusParams;

    fn process(&mut self, cell: Cell, params: &ChorusParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        if cell.at == 0 || self.is_new {
            self.enter(params, cell.len);
        }
        let feedback = params.feedback.within(-0.95, 0.95);
        let longest = LONGEST * self.rate;
        let sounding = self.levels.iter().rposition(|way| *way != Move::still(0.0)).map_or(0, |last| last + 1);
        for piece in cell.pieces(left.len()) {
            if piece.is_step {
                self.quiet.step();
            }
            for i in piece.start..piece.end {
                let share = cell.share(i);
                let mut sum = [0.0f32; 2];
                for (taps, level) in self.taps[..sounding].iter().zip(&self.levels) {
                    let level = level.at(share);
                    sum[0] += self.line.between(0, taps[0].at(f64::from(share), longest)) * level;
                    sum[1] += self.line.between(1, taps[1].at(f64::from(share), longest)) * level;
                }
                // As much comes back as one copy would bring, so that no number of copies grows.
                let back = feedback.at(share) * self.levels[0].at(share);
                self.line.write([left[i] + sum[0] * back, right[i] + sum[1] * back]);
                self.quiet.is_loud |= self.line.read(1) != [0.0; 2];
                [left[i], right[i]] = sum;
            }
            self.quiet.hear(&piece, &left[piece.start..piece.end], &right[piece.start..piece.end]);
        }
        let share = f64::from(cell.share(left.len()));
        self.taps.iter_mut().flatten().for_each(|tap| tap.last = tap.at(share, longest));
    }

    fn reset(&mut self) {
        self.line.reset();
        self.taps = [[Tap::default(); 2]; Self::VOICES];
        (self.is_new, self.quiet) = (true, Quiet::new());
    }

    fn tail_frames(&self, params: &ChorusParams) -> u64 {
        let feedback = f64::from(params.feedback.within(-0.95, 0.95).to.abs());
        let echoes = if feedback > 0.0 { ((1.0 - feedback) * 0.1 * TAIL).ln() / feedback.ln() } else { 0.0 };
        let depth = f64::from(params.depth.within(0.0, 1.0).to);
        let time = f64::from(params.delay.within(0.0005, 0.05).to) * (1.0 + depth) * self.rate;
        (time * (echoes.ceil() + 1.0) + BACK) as u64
    }

    fn is_silent(&self) -> bool {
        self.quiet.frames() > (LONGEST * self.rate) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, impulse, jump, render, sine};
    use super::*;

    fn still() -> ChorusParams {
        ChorusParams { voices: 1, depth: 0.0.into(), delay: 0.01.into(), ..ChorusParams::default() }
    }

    #[test]
    fn a_copy_comes_at_its_time() {
        let (left, _) = impulse(&mut Chorus::new(RATE), |_| still(), 2000);
        // 0.01 s as f32 lies a little beside frame 480.
        assert!((left[480] - 1.0).abs() < 1e-3 && left.iter().filter(|x| x.abs() > 1e-3).count() == 1);
        let params = ChorusParams { feedback: (-0.5).into(), ..still() };
        let (left, _) = impulse(&mut Chorus::new(RATE), |_| params, 2000);
        assert!((left[960] + 0.5).abs() < 1e-3);
    }

    #[test]
    fn the_time_follows_the_phase() {
        // A ramp tells the time it was written: the copy of frame i is the frame's number less the time.
        let ramp: Vec<f32> = (0..20_000).map(|i| i as f32).collect();
        let params = |cell: u64| {
            let phase = |cell: u64| cell as f64 * 32.0 * 2.0 / RATE;
            ChorusParams { phase: Move { from: phase(cell), to: phase(cell + 1) }, depth: 0.5.into(), ..still() }
        };
        let (left, right) = render(&mut Chorus::new(RATE), params, &ramp, &ramp);
        for i in (2000..20_000).step_by(37) {
            let wave = |ahead: f64| 480.0 * (1.0 + 0.5 * (std::f64::consts::TAU * (2.0 * i as f64 / RATE + ahead)).sin());
            assert!((i as f64 - f64::from(left[i]) - wave(0.0)).abs() < 0.05);
            assert!((i as f64 - f64::from(right[i]) - wave(0.25)).abs() < 0.05);
        }
    }

    #[test]
    fn neither_a_jump_of_the_song_nor_a_voice_more_clicks() {
        let input = sine(40_000, 200.0, RATE);
        let phase = |cell: u64| (cell / 300) as f64 * 0.4 + cell as f64 * 0.0005;
        let params = |cell: u64| ChorusParams {
            phase: Move { from: phase(cell), to: phase(cell) + 0.0005 },
            voices: 1 + (cell / 200 % 4) as u32,
            ..ChorusParams::default()
        };
        let (left, _) = render(&mut Chorus::new(RATE), params, &input, &input);
        assert!(jump(&left[1500..]) < jump(&input) * 2.5, "{} against {}", jump(&left[1500..]), jump(&input));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Chorus::new(RATE),
            |s, cell| {
                let phase = |cell: u64| f64::from(s[0]) * cell as f64 * 0.1 + if cell > 20 { f64::from(s[1]) } else { 0.0 };
                ChorusParams {
                    phase: Move { from: phase(cell), to: if cell == 0 { 0.0 } else { phase(cell) + f64::from(s[0]) * 0.1 } },
                    wave: Wave::ALL[(s[1] * 5.9) as usize],
                    seed: 1,
                    delay: (0.0005 + s[2] * 0.05).into(),
                    depth: s[3].into(),
                    feedback: if cell == 0 { (s[4] * 2.0 - 1.0).into() } else { Move { from: s[4], to: -s[5] } },
                    spread: s[6].into(),
                    voices: (s[7] * 5.0) as u32 + if cell == 7 { 1 } else { 0 },
                }
            },
        );
    }
}
