//! Dry and wet, and a bypass that does not click.

use super::{CHUNK, Cell, Move};

/// Frames of a block at most.
pub const BLOCK: usize = 512;

/// Frames of latency at most.
const LONGEST: usize = 32;

/// Keeps a dry copy of a block while an effect works on it, as late as the effect is, and blends both.
#[derive(Clone, Debug)]
pub struct Mix {
    latency: usize,
    /// The last frames of the dry sound before the block, and the block.
    dry: [Box<[f32]>; 2],
    frames: usize,
    /// The wet sound's share in the cell: at its beginning, and after the last frame.
    from: Option<f32>,
    last: f32,
}

impl Mix {
    /// A mix with an effect that is `latency` frames late, at most 32.
    #[must_use]
    pub fn new(latency: usize) -> Self {
        let latency = latency.min(LONGEST);
        let dry = || vec![0.0; latency + BLOCK].into_boxed_slice();
        Self { latency, dry: [dry(), dry()], frames: 0, from: None, last: 0.0 }
    }

    /// Takes the dry copy of a block of at most [`BLOCK`] frames, before the effect.
    pub fn keep(&mut self, left: &[f32], right: &[f32]) {
        let frames = left.len().min(right.len()).min(BLOCK);
        for (dry, samples) in self.dry.iter_mut().zip([left, right]) {
            dry.copy_within(self.frames..self.frames + self.latency, 0);
            dry[self.latency..self.latency + frames].copy_from_slice(&samples[..frames]);
        }
        self.frames = frames;
    }

    /// Blends the dry copy into the block that the effect made of it; a wet share of 0 gives the dry sound to the bit, and 1 the
    /// wet one.
    ///
    /// A share that jumps from one cell to the next, as a bypass does, goes there within the cell.
    pub fn blend(&mut self, cell: Cell, wet: Move, left: &mut [f32], right: &mut [f32]) {
        let wet = wet.within(0.0, 1.0);
        let from = match self.from {
            Some(from) if cell.at != 0 => from,
            Some(_) => self.last,
            None => wet.from,
        };
        self.from = Some(from);
        let way = Move { from, to: wet.to };
        let frames = self.frames.min(left.len()).min(right.len());
        for (samples, dry) in [left, right].into_iter().zip(&self.dry) {
            blend(cell, way, &mut samples[..frames], &dry[..frames]);
        }
        self.last = way.at(cell.share(frames));
    }

    /// Forgets everything heard.
    pub fn reset(&mut self) {
        self.dry.iter_mut().for_each(|dry| dry[..].fill(0.0));
        (self.frames, self.from) = (0, None);
    }
}

fn blend(cell: Cell, wet: Move, samples: &mut [f32], dry: &[f32]) {
    match (wet.from, wet.to) {
        (1.0, 1.0) => {}
        (0.0, 0.0) => samples.copy_from_slice(dry),
        _ => {
            for (n, (samples, dry)) in samples.chunks_mut(CHUNK).zip(dry.chunks(CHUNK)).enumerate() {
                for (i, (x, dry)) in samples.iter_mut().zip(dry).enumerate() {
                    let share = wet.at(cell.share(n * CHUNK + i));
                    *x = dry * (1.0 - share) + *x * share;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{jump, noise, sine};
    use super::*;

    fn run(mix: &mut Mix, wet: impl Fn(u64) -> f32, input: &[f32], effect: impl Fn(f32) -> f32, cuts: &[usize]) -> Vec<f32> {
        let mut out = input.to_vec();
        let (mut frame, mut turn) = (0, 0);
        while frame < out.len() {
            let cell = Cell::holding(frame as u64);
            let len = cuts[turn % cuts.len()].min((cell.len - cell.at) as usize).min(out.len() - frame);
            let (left, mut right) = (&mut out[frame..frame + len], vec![0.0; len]);
            mix.keep(left, &right);
            left.iter_mut().for_each(|x| *x = effect(*x));
            mix.blend(cell, wet(cell.frame / 32).into(), left, &mut right);
            frame += len;
            turn += 1;
        }
        out
    }

    #[test]
    fn dry_is_dry_and_wet_is_wet() {
        let input = noise(500, 1);
        assert_eq!(run(&mut Mix::new(0), |_| 0.0, &input, |_| f32::NAN, &[32]), input);
        assert_eq!(run(&mut Mix::new(0), |_| 1.0, &input, |x| x * 2.0, &[32])[9], input[9] * 2.0);
        let half = run(&mut Mix::new(0), |_| 0.5, &input, |x| -x, &[32]);
        assert!(half.iter().all(|x| *x == 0.0));
    }

    #[test]
    fn dry_is_as_late_as_the_effect_wherever_it_is_cut() {
        let input = noise(500, 2);
        for cuts in [&[32][..], &[1, 2, 30], &[3]] {
            let late = run(&mut Mix::new(4), |_| 0.0, &input, |_| 0.0, cuts);
            assert_eq!((&late[..4], &late[4..]), (&[0.0; 4][..], &input[..496]));
        }
    }

    #[test]
    fn a_bypass_does_not_click() {
        let input = sine(9600, 100.0, 48_000.0);
        let wet = |cell: u64| if (cell / 20).is_multiple_of(2) { 1.0 } else { 0.0 };
        let out = run(&mut Mix::new(0), wet, &input, |x| -x, &[32]);
        assert!(jump(&out) < 0.08, "{}", jump(&out));
        assert_eq!(out, run(&mut Mix::new(0), wet, &input, |x| -x, &[5, 17]));
    }
}
