//! The inner loop: interpolates a stretch of a sample away from its edges and adds it to the mix.
//!
//! Every path (scalar, SSE2, AVX2) does the same operations in the same order on each frame, without
//! fused multiply-add, so that all give the same bits and a block may be cut anywhere.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "fixed-point positions are taken apart into whole frames and 24-bit fractions"
)]

/// One media frame as a fixed-point position: 32 bits of whole frames, 32 bits of fraction.
pub const ONE: i64 = 1 << 32;

/// How the inner loop is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// One frame at a time, on any processor.
    Scalar,
    /// Two frames at a time, on every x86-64.
    Sse2,
    /// Four frames at a time, where the processor has AVX2.
    Avx2,
}

impl Kernel {
    /// Every kernel this processor can run, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        [Self::Scalar, Self::Sse2, Self::Avx2].into_iter().filter(|kernel| kernel.runs_here()).collect()
    }

    /// The fastest kernel this processor can run.
    #[must_use]
    pub fn best() -> Self {
        [Self::Avx2, Self::Sse2].into_iter().find(|kernel| kernel.runs_here()).unwrap_or(Self::Scalar)
    }

    #[cfg(target_arch = "x86_64")]
    fn runs_here(self) -> bool {
        self != Self::Avx2 || std::is_x86_feature_detected!("avx2")
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn runs_here(self) -> bool {
        self == Self::Scalar
    }
}

/// The amplitude of a stretch: an envelope's straight piece times a gain's straight piece.
#[derive(Clone, Copy, Debug)]
pub struct Amplitude {
    /// Envelope level at the piece's start.
    pub level: f32,
    /// Its change for each frame.
    pub level_step: f32,
    /// Frames since the piece's start, below 2^24.
    pub level_at: u32,
    /// Left and right gain at the piece's start.
    pub gain: [f32; 2],
    /// Its change for each frame.
    pub gain_step: [f32; 2],
    /// Frames since that piece's start.
    pub gain_at: u32,
}

impl Amplitude {
    /// The amplitude at frame `k`.
    #[must_use]
    #[inline]
    pub fn at(&self, k: usize) -> [f32; 2] {
        let level = self.level + self.level_step * (self.level_at as usize + k) as f32;
        let gain_k = (self.gain_at as usize + k) as f32;
        [level * (self.gain[0] + self.gain_step[0] * gain_k), level * (self.gain[1] + self.gain_step[1] * gain_k)]
    }

    /// The amplitude `k` frames on.
    #[must_use]
    pub const fn after(mut self, k: usize) -> Self {
        self.level_at += k as u32;
        self.gain_at += k as u32;
        self
    }

    /// Whether it never changes.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.level_step == 0.0 && self.gain_step == [0.0; 2]
    }
}

/// A stretch of media at constant speed.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The whole medium.
    pub frames: &'a [[f32; 2]],
    /// Position of the first frame, in [`ONE`]s.
    pub pos: i64,
    /// Change of position for each frame.
    pub inc: i64,
    /// Its amplitude.
    pub amplitude: Amplitude,
}

/// Catmull-Rom interpolation between `x0` and `x1` in the form that Laurent de Soras gave on musicdsp.org;
/// exactly `x0` at `t` = 0.
#[must_use]
#[inline]
pub fn hermite(before: f32, x0: f32, x1: f32, after: f32, t: f32) -> f32 {
    let c1 = 0.5 * (x1 - before);
    let v = x0 - x1;
    let w = c1 + v;
    let a = (w + v) + 0.5 * (after - x0);
    let b = w + a;
    ((a * t - b) * t + c1) * t + x0
}

/// The fraction of a position, in steps of 2⁻²⁴: exact in single precision.
#[must_use]
#[inline]
pub fn fraction(pos: i64) -> f32 {
    ((pos as u32) >> 8) as f32 * FRACTION
}

const FRACTION: f32 = 1.0 / 16_777_216.0;

/// Interpolates one frame from its four neighbours and adds it.
#[inline]
pub fn add_frame(taps: [[f32; 2]; 4], t: f32, amplitude: [f32; 2], out: &mut [f32; 2]) {
    let [a, b, c, d] = taps;
    out[0] += hermite(a[0], b[0], c[0], d[0], t) * amplitude[0];
    out[1] += hermite(a[1], b[1], c[1], d[1], t) * amplitude[1];
}

impl Stretch<'_> {
    /// Adds the stretch to `out`. All four neighbours of every frame must lie in the medium; a stretch that
    /// leaves it is read as silence there.
    ///
    /// # Realtime safety
    /// Wait-free.
    pub fn add_to(&self, kernel: Kernel, out: &mut [[f32; 2]]) {
        if !self.is_inside(out.len()) {
            debug_assert!(out.is_empty(), "a stretch must lie inside its medium");
            return self.add_scalar(0, out);
        }
        match kernel {
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "calls a function for a processor feature that was found at run time")]
            // SAFETY: `Kernel::Avx2` is only chosen where the processor has AVX2; every frame's neighbours
            // lie inside `self.frames` (`is_inside`).
            Kernel::Avx2 => unsafe { x86::add_avx2(self, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code, reason = "reads without bounds checks")]
            // SAFETY: every frame's neighbours lie inside `self.frames` (`is_inside`).
            Kernel::Sse2 => unsafe { x86::add_sse2(self, out) },
            _ => self.add_scalar(0, out),
        }
    }

    /// Whether the neighbours of `count` frames lie in the medium. Positions are monotonous, so the ends decide.
    fn is_inside(&self, count: usize) -> bool {
        let last = i64::try_from(count).ok().and_then(|count| self.inc.checked_mul(count - 1)).and_then(|way| self.pos.checked_add(way));
        let Some(last) = last.filter(|_| count > 0) else { return false };
        let (low, high) = (self.pos.min(last) >> 32, self.pos.max(last) >> 32);
        low >= 1 && usize::try_from(high + 2).is_ok_and(|high| high < self.frames.len())
    }

    /// Frames from `first` on, one at a time.
    #[inline]
    fn add_scalar(&self, first: usize, out: &mut [[f32; 2]]) {
        let mut pos = self.pos + self.inc * first as i64;
        for (k, out) in out.iter_mut().enumerate().skip(first) {
            let taps = usize::try_from((pos >> 32) - 1).ok().and_then(|at| self.frames.get(at..at + 4));
            if let Some(&[a, b, c, d]) = taps {
                add_frame([a, b, c, d], fraction(pos), self.amplitude.at(k), out);
            }
            pos += self.inc;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "the hot loop: reads and writes through pointers whose bounds are checked once for each stretch")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{FRACTION, Stretch};

    /// # Safety
    /// The neighbours of all `out.len()` frames lie in `stretch.frames`.
    pub unsafe fn add_sse2(stretch: &Stretch<'_>, out: &mut [[f32; 2]]) {
        // SAFETY: as the caller promises; SSE2 belongs to every x86-64.
        unsafe { if stretch.amplitude.is_constant() { sse2::<false>(stretch, out) } else { sse2::<true>(stretch, out) } }
    }

    /// # Safety
    /// The processor has AVX2 and the neighbours of all `out.len()` frames lie in `stretch.frames`.
    #[target_feature(enable = "avx2")]
    pub unsafe fn add_avx2(stretch: &Stretch<'_>, out: &mut [[f32; 2]]) {
        // SAFETY: as the caller promises.
        unsafe { if stretch.amplitude.is_constant() { avx2::<false>(stretch, out) } else { avx2::<true>(stretch, out) } }
    }

    /// Two frames at a time: lanes are L R L R.
    ///
    /// # Safety
    /// As [`add_sse2`].
    unsafe fn sse2<const MOVING: bool>(stretch: &Stretch<'_>, out: &mut [[f32; 2]]) {
        let a = &stretch.amplitude;
        let whole = out.len() & !1;
        // SAFETY: each pass reads the four frames around `pos >> 32`, inside `frames` by the caller's promise,
        // and the two frames of `out` at `k`, below `whole`.
        unsafe {
            let base = stretch.frames.as_ptr().wrapping_sub(1);
            let mut pos = stretch.pos;
            let mut positions = _mm_set_epi64x(stretch.pos + stretch.inc, stretch.pos);
            let stride = _mm_set1_epi64x(stretch.inc * 2);
            let (half, scale) = (_mm_set1_ps(0.5), _mm_set1_ps(FRACTION));
            let (level, level_step) = (_mm_set1_ps(a.level), _mm_set1_ps(a.level_step));
            let gain = _mm_set_ps(a.gain[1], a.gain[0], a.gain[1], a.gain[0]);
            let gain_step = _mm_set_ps(a.gain_step[1], a.gain_step[0], a.gain_step[1], a.gain_step[0]);
            let lanes = _mm_set_ps(1.0, 1.0, 0.0, 0.0);
            let mut level_k = _mm_add_ps(_mm_set1_ps(a.level_at as f32), lanes);
            let mut gain_k = _mm_add_ps(_mm_set1_ps(a.gain_at as f32), lanes);
            let fixed = _mm_mul_ps(level, gain);
            for k in (0..whole).step_by(2) {
                let p0 = base.wrapping_offset((pos >> 32) as isize).cast::<f32>();
                pos += stretch.inc;
                let p1 = base.wrapping_offset((pos >> 32) as isize).cast::<f32>();
                pos += stretch.inc;
                let (low0, high0) = (_mm_loadu_pd(p0.cast()), _mm_loadu_pd(p0.add(4).cast()));
                let (low1, high1) = (_mm_loadu_pd(p1.cast()), _mm_loadu_pd(p1.add(4).cast()));
                let before = _mm_castpd_ps(_mm_unpacklo_pd(low0, low1));
                let x0 = _mm_castpd_ps(_mm_unpackhi_pd(low0, low1));
                let x1 = _mm_castpd_ps(_mm_unpacklo_pd(high0, high1));
                let after = _mm_castpd_ps(_mm_unpackhi_pd(high0, high1));
                let t = _mm_mul_ps(_mm_cvtepi32_ps(_mm_srli_epi32::<8>(_mm_shuffle_epi32::<0b1010_0000>(positions))), scale);
                positions = _mm_add_epi64(positions, stride);

                let c1 = _mm_mul_ps(half, _mm_sub_ps(x1, before));
                let v = _mm_sub_ps(x0, x1);
                let w = _mm_add_ps(c1, v);
                let cubic = _mm_add_ps(_mm_add_ps(w, v), _mm_mul_ps(half, _mm_sub_ps(after, x0)));
                let square = _mm_add_ps(w, cubic);
                let y = _mm_sub_ps(_mm_mul_ps(cubic, t), square);
                let y = _mm_add_ps(_mm_mul_ps(y, t), c1);
                let y = _mm_add_ps(_mm_mul_ps(y, t), x0);

                let amplitude = if MOVING {
                    let level = _mm_add_ps(level, _mm_mul_ps(level_step, level_k));
                    let gain = _mm_add_ps(gain, _mm_mul_ps(gain_step, gain_k));
                    level_k = _mm_add_ps(level_k, _mm_set1_ps(2.0));
                    gain_k = _mm_add_ps(gain_k, _mm_set1_ps(2.0));
                    _mm_mul_ps(level, gain)
                } else {
                    fixed
                };
                let to = out.as_mut_ptr().add(k).cast::<f32>();
                _mm_storeu_ps(to, _mm_add_ps(_mm_loadu_ps(to), _mm_mul_ps(y, amplitude)));
            }
        }
        stretch.add_scalar(whole, out);
    }

    /// Four frames at a time: lanes are L R L R L R L R.
    ///
    /// # Safety
    /// As [`add_avx2`].
    #[target_feature(enable = "avx2")]
    unsafe fn avx2<const MOVING: bool>(stretch: &Stretch<'_>, out: &mut [[f32; 2]]) {
        let a = &stretch.amplitude;
        let whole = out.len() & !3;
        // SAFETY: each pass reads the four frames around `pos >> 32`, inside `frames` by the caller's promise,
        // and the four frames of `out` at `k`, below `whole`.
        unsafe {
            let base = stretch.frames.as_ptr().wrapping_sub(1);
            let (mut pos, inc) = (stretch.pos, stretch.inc);
            let mut positions = _mm256_set_epi64x(pos + inc * 3, pos + inc * 2, pos + inc, pos);
            let stride = _mm256_set1_epi64x(inc * 4);
            let (half, scale) = (_mm256_set1_ps(0.5), _mm256_set1_ps(FRACTION));
            let (level, level_step) = (_mm256_set1_ps(a.level), _mm256_set1_ps(a.level_step));
            let pair = |p: [f32; 2]| _mm256_set_ps(p[1], p[0], p[1], p[0], p[1], p[0], p[1], p[0]);
            let (gain, gain_step) = (pair(a.gain), pair(a.gain_step));
            let lanes = _mm256_set_ps(3.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0);
            let mut level_k = _mm256_add_ps(_mm256_set1_ps(a.level_at as f32), lanes);
            let mut gain_k = _mm256_add_ps(_mm256_set1_ps(a.gain_at as f32), lanes);
            let fixed = _mm256_mul_ps(level, gain);
            for k in (0..whole).step_by(4) {
                let p0 = base.wrapping_offset((pos >> 32) as isize).cast::<f32>();
                let p1 = base.wrapping_offset(((pos + inc) >> 32) as isize).cast::<f32>();
                let p2 = base.wrapping_offset(((pos + inc * 2) >> 32) as isize).cast::<f32>();
                let p3 = base.wrapping_offset(((pos + inc * 3) >> 32) as isize).cast::<f32>();
                pos += inc * 4;
                let join = |low: *const f32, high: *const f32| {
                    _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(_mm_loadu_pd(low.cast())), _mm_loadu_pd(high.cast()))
                };
                let (low02, low13) = (join(p0, p2), join(p1, p3));
                let (high02, high13) = (join(p0.add(4), p2.add(4)), join(p1.add(4), p3.add(4)));
                let before = _mm256_castpd_ps(_mm256_unpacklo_pd(low02, low13));
                let x0 = _mm256_castpd_ps(_mm256_unpackhi_pd(low02, low13));
                let x1 = _mm256_castpd_ps(_mm256_unpacklo_pd(high02, high13));
                let after = _mm256_castpd_ps(_mm256_unpackhi_pd(high02, high13));
                let bits = _mm256_srli_epi32::<8>(_mm256_shuffle_epi32::<0b1010_0000>(positions));
                let t = _mm256_mul_ps(_mm256_cvtepi32_ps(bits), scale);
                positions = _mm256_add_epi64(positions, stride);

                let c1 = _mm256_mul_ps(half, _mm256_sub_ps(x1, before));
                let v = _mm256_sub_ps(x0, x1);
                let w = _mm256_add_ps(c1, v);
                let cubic = _mm256_add_ps(_mm256_add_ps(w, v), _mm256_mul_ps(half, _mm256_sub_ps(after, x0)));
                let square = _mm256_add_ps(w, cubic);
                let y = _mm256_sub_ps(_mm256_mul_ps(cubic, t), square);
                let y = _mm256_add_ps(_mm256_mul_ps(y, t), c1);
                let y = _mm256_add_ps(_mm256_mul_ps(y, t), x0);

                let amplitude = if MOVING {
                    let level = _mm256_add_ps(level, _mm256_mul_ps(level_step, level_k));
                    let gain = _mm256_add_ps(gain, _mm256_mul_ps(gain_step, gain_k));
                    level_k = _mm256_add_ps(level_k, _mm256_set1_ps(4.0));
                    gain_k = _mm256_add_ps(gain_k, _mm256_set1_ps(4.0));
                    _mm256_mul_ps(level, gain)
                } else {
                    fixed
                };
                let to = out.as_mut_ptr().add(k).cast::<f32>();
                _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(to), _mm256_mul_ps(y, amplitude)));
            }
        }
        stretch.add_scalar(whole, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: &mut u64) -> f32 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 40) as f32 / 8_388_608.0 - 1.0
    }

    #[test]
    fn every_kernel_gives_the_bits_of_the_scalar_one() {
        let mut seed = 7;
        let frames: Vec<[f32; 2]> = (0..4000).map(|_| [noise(&mut seed), noise(&mut seed)]).collect();
        for kernel in Kernel::available() {
            for round in 0..200_u32 {
                let count = (round as usize * 37) % 300;
                let inc = (f64::from(noise(&mut seed)) * 6.0 * ONE as f64) as i64;
                let amplitude = Amplitude {
                    level: noise(&mut seed),
                    level_step: if round % 3 == 0 { 0.0 } else { noise(&mut seed) / 300.0 },
                    level_at: round * 1000,
                    gain: [noise(&mut seed), noise(&mut seed)],
                    gain_step: if round % 2 == 0 { [0.0; 2] } else { [noise(&mut seed) / 64.0; 2] },
                    gain_at: round % 64,
                };
                let stretch = Stretch { frames: &frames, pos: 2000 * ONE + i64::from(round) * 98_765_431, inc, amplitude };
                let mut expected = vec![[0.25_f32; 2]; count];
                let mut found = expected.clone();
                stretch.add_scalar(0, &mut expected);
                stretch.add_to(kernel, &mut found);
                let bits = |all: &[[f32; 2]]| all.iter().flatten().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&expected), bits(&found), "{kernel:?} at round {round}");
            }
        }
    }
}
