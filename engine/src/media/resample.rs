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
    let (rate_in, rate_out) = (from as usize, to.round() as usize);
    if rate_in == rate_out {
        return Ok(frames.into_boxed_slice());
    }
    let length = (frames.len() as f64 * to / f64::from(from)).round();
    if length > limits.frames as f64 {
        return Err(about.too_large(format!("its sound is longer than {} frames", limits.frames)));
    }
    let failed = |e: &dyn std::fmt::Display| about.unsupported(format!("conversion from {from} to {to} Hz ({e})"));
    // An even number of smallest blocks keeps the delay, half a transform, a whole number of frames on both sides.
    let smallest = rate_in / gcd(rate_in, rate_out);
    let chunk = smallest * BLOCK.div_ceil(smallest).next_multiple_of(2);
    let mut resampler =
        Fft::<f32>::new_custom(rate_in, rate_out, chunk, 1, 2, WindowFunction::BlackmanHarris2, FixedSync::Both).map_err(|e| failed(&e))?;
    let mut out = Vec::new();
    out.try_reserve_exact(length as usize).map_err(|_| about.memory())?;
    let input = InterleavedSlice::new(frames.as_flattened(), 2, frames.len()).map_err(|e| failed(&e))?;
    let mut block = vec![[0.0f32; 2]; resampler.output_frames_max()];
    let block_len = block.len();
    let mut skip = resampler.output_delay();
    let mut read = 0;
    while out.len() < length as usize {
        check(stop, about)?;
        let left = frames.len() - read;
        // Past the end the resampler is fed silence, to get its tail out.
        let partial = (left < resampler.input_frames_next()).then_some(left);
        let indexing = Indexing { input_offset: read, output_offset: 0, partial_len: partial, active_channels_mask: None };
        let mut output = InterleavedSlice::new_mut(block.as_flattened_mut(), 2, block_len).map_err(|e| failed(&e))?;
        let (taken, made) = resampler.process_into_buffer(&input, &mut output, Some(&indexing)).map_err(|e| failed(&e))?;
        read += taken.min(left);
        let fresh = &block[skip.min(made)..made];
        skip -= skip.min(made);
        out.extend_from_slice(&fresh[..fresh.len().min(length as usize - out.len())]);
    }
    Ok(out.into_boxed_slice())
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
