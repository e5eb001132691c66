//! Sound at another rate, with rubato's FFT resampler.

use rubato::{Fft, FixedSync, Indexing, Resampler, WindowFunction, audioadapter_buffers::direct::InterleavedSlice};

use super::{
    Limits,
    error::{About, MediaError},
    source::{Stop, check},
};

/// Frames the resampler transforms at a time, at least: enough for a pass band of more than 0.98 of the narrower one.
const BLOCK: usize = 2048;

/// Resamples stereo frames from `from` to `to` frames a second: `round(n·to/from)` frames, aligned with the original.
///
/// A fractional `to` counts as the nearest whole one for the ratio (1 Hz in 44,100 is 0.04 cent). Frames that need no
/// resampling come back untouched.
///
/// # Errors
/// [`MediaError`] where the result exceeds the limits, or the caller stopped it.
pub(super) fn resample(
    frames: Vec<[f32; 2]>,
    from: u32,
    to: f64,
    limits: &Limits,
    stop: Stop<'_>,
    about: About<'_>,
) -> Result<Box<[[f32; 2]]>, MediaError> {
    let Some(mut resampling) = Resampling::new(from, to, about)? else { return Ok(frames.into_boxed_slice()) };
    let length = (frames.len() as f64 * to / f64::from(from)).round();
    if length > limits.frames as f64 {
        return Err(about.too_large(format!("its sound is longer than {} frames", limits.frames)));
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length as usize).map_err(|_| about.memory())?;
    for part in frames.chunks(1 << 18) {
        check(stop, about)?;
        resampling.push(part, &mut out, about)?;
    }
    resampling.finish(&mut out, about)?;
    Ok(out.into_boxed_slice())
}

/// A resampling under way. How its input is cut into pieces never changes its output.
pub(super) struct Resampling {
    resampler: Fft<f32>,
    from: u32,
    to: f64,
    /// Frames that wait for a whole block.
    pending: Vec<[f32; 2]>,
    block: Vec<[f32; 2]>,
    /// Frames of delay that are still to be left out.
    skip: usize,
    taken: usize,
    made: usize,
}

impl Resampling {
    /// `None` where nothing is to be done.
    pub fn new(from: u32, to: f64, about: About<'_>) -> Result<Option<Self>, MediaError> {
        let (rate_in, rate_out) = (from as usize, to.round() as usize);
        if rate_in == rate_out {
            return Ok(None);
        }
        // An even number of smallest blocks keeps the delay, half a transform, a whole number of frames on both sides.
        let smallest = rate_in / gcd(rate_in, rate_out).max(1);
        let chunk = smallest.max(1) * BLOCK.div_ceil(smallest.max(1)).next_multiple_of(2);
        let resampler = Fft::<f32>::new_custom(rate_in, rate_out, chunk, 1, 2, WindowFunction::BlackmanHarris2, FixedSync::Both)
            .map_err(|e| about.unsupported(format!("conversion from {from} to {to} Hz ({e})")))?;
        let block = vec![[0.0; 2]; resampler.output_frames_max()];
        let skip = resampler.output_delay();
        Ok(Some(Self { resampler, from, to, pending: Vec::new(), block, skip, taken: 0, made: 0 }))
    }

    /// Takes frames in and adds what is ready to `out`.
    pub fn push(&mut self, mut frames: &[[f32; 2]], out: &mut Vec<[f32; 2]>, about: About<'_>) -> Result<(), MediaError> {
        self.taken += frames.len();
        loop {
            let next = self.resampler.input_frames_next();
            if self.pending.is_empty() && frames.len() >= next {
                let (block, rest) = frames.split_at(next);
                self.run(block, None, usize::MAX, out, about)?;
                frames = rest;
                continue;
            }
            let wanted = (next - self.pending.len()).min(frames.len());
            self.pending.extend_from_slice(&frames[..wanted]);
            frames = &frames[wanted..];
            if self.pending.len() < next {
                return Ok(());
            }
            let block = std::mem::take(&mut self.pending);
            self.run(&block, None, usize::MAX, out, about)?;
            self.pending = block;
            self.pending.clear();
        }
    }

    /// Adds what is still to come: past the end the resampler is fed silence, to get its tail out.
    pub fn finish(&mut self, out: &mut Vec<[f32; 2]>, about: About<'_>) -> Result<(), MediaError> {
        let length = (self.taken as f64 * self.to / f64::from(self.from)).round() as usize;
        if self.made > length {
            out.truncate(out.len().saturating_sub(self.made - length));
            self.made = length;
        }
        let mut block = std::mem::take(&mut self.pending);
        while self.made < length {
            let count = block.len();
            block.resize(self.resampler.input_frames_next().max(1), [0.0; 2]);
            self.run(&block, Some(count), length - self.made, out, about)?;
            block.clear();
        }
        Ok(())
    }

    /// Transforms a block, of which `partial` frames count, and adds at most `most` frames.
    fn run(
        &mut self,
        input: &[[f32; 2]],
        partial: Option<usize>,
        most: usize,
        out: &mut Vec<[f32; 2]>,
        about: About<'_>,
    ) -> Result<(), MediaError> {
        let failed = |e: &dyn std::fmt::Display| about.unsupported(format!("conversion from {} to {} Hz ({e})", self.from, self.to));
        let source = InterleavedSlice::new(input.as_flattened(), 2, input.len()).map_err(|e| failed(&e))?;
        let indexing = Indexing { input_offset: 0, output_offset: 0, partial_len: partial, active_channels_mask: None };
        let block_len = self.block.len();
        let mut output = InterleavedSlice::new_mut(self.block.as_flattened_mut(), 2, block_len).map_err(|e| failed(&e))?;
        let (_, made) = self.resampler.process_into_buffer(&source, &mut output, Some(&indexing)).map_err(|e| failed(&e))?;
        let fresh = &self.block[self.skip.min(made)..made];
        self.skip -= self.skip.min(made);
        let fresh = &fresh[..fresh.len().min(most)];
        self.made += fresh.len();
        out.extend_from_slice(fresh);
        Ok(())
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
