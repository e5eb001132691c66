//! Lights that a beat can play: calm pictures over nothing, one above the other.
//!
//! Each has a place of its own and is clear around it. What is struck fades as its sound does, what is held drifts slowly.
//! However fast they are triggered they don't flash, in the words of WCAG 2.3.1: beyond small cores their relative luminance
//! stays below a tenth of white's, so that no change between light and dark there counts; no colour is a saturated red.

use super::picture::{CLIP_FPS, CLIP_FRAMES, CLIP_SIZE};

/// Brightest relative luminance of what is large.
const DIM: f32 = 0.07;
/// Seconds in which a struck light fades to a third.
const FADE_SECS: f32 = 0.35;
/// Frames until a struck light is out.
const STRUCK_FRAMES: u32 = 36;

/// A light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum Glow {
    /// A warm orb in the middle, for what is low.
    Ember,
    /// A ring around it that widens.
    Halo,
    /// Small lights in a row above, for what is high.
    Spark,
    /// Waves along the lower edge, for what lasts.
    Tide,
}

/// Relative luminance (BT.709) of linear light.
pub(super) fn luminance([red, green, blue]: [f32; 3]) -> f32 {
    red.mul_add(0.2126, green.mul_add(0.7152, blue * 0.0722))
}

/// Linear light to sRGB, 8 bits (IEC 61966-2-1).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the range first")]
fn encoded(light: f32) -> u8 {
    let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055f32.mul_add(light.powf(1.0 / 2.4), -0.055) };
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// A bell over a distance: 1 in its middle, 0.37 at `width`.
pub(super) fn bell(distance: f32, width: f32) -> f32 {
    (-(distance / width).powi(2)).exp()
}

impl Glow {
    /// How many frames it lasts: a struck light until it is out.
    pub(super) const fn frames(self) -> u32 {
        match self {
            Self::Ember | Self::Halo | Self::Spark => STRUCK_FRAMES,
            Self::Tide => CLIP_FRAMES,
        }
    }

    /// Seconds that a sound lasts with it at least: a sampler's voice ends with its sound, and would cut a struck light off.
    pub(super) fn rings(self) -> f64 {
        match self {
            Self::Ember | Self::Halo | Self::Spark => f64::from(STRUCK_FRAMES) * f64::from(CLIP_FPS.1) / f64::from(CLIP_FPS.0),
            Self::Tide => 0.0,
        }
    }

    /// Draws a frame into `rgba`, which has the size of a clip: straight alpha, as much of it as there is light.
    #[allow(clippy::cast_precision_loss, reason = "sides and frames are far below 2^24")]
    pub(super) fn draw(self, frame: u32, rgba: &mut [u8]) {
        let (width, height) = CLIP_SIZE;
        let secs = frame as f32 * CLIP_FPS.1 as f32 / CLIP_FPS.0 as f32;
        for (pixel, place) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(0..) {
            // From the middle, in heights of the picture, y downwards.
            let x = ((place % width) as f32 + 0.5 - width as f32 / 2.0) / height as f32;
            let y = ((place / width) as f32 + 0.5) / height as f32 - 0.5;
            *pixel = shaded(self.light(x, y, secs));
        }
    }

    /// Linear light at a place and a time: what is large and dim, and how much of a small bright core.
    fn light(self, x: f32, y: f32, secs: f32) -> ([f32; 3], f32) {
        let left = 1.0 - secs * CLIP_FPS.0 as f32 / (CLIP_FPS.1 * (STRUCK_FRAMES - 1)) as f32;
        // What an exponential leaves at the end goes with a straight line that hardly shows before.
        let fade = (-secs / FADE_SECS).exp() * left.max(0.0).sqrt();
        let far = x.hypot(y);
        match self {
            Self::Ember => {
                let swell = 0.30 - 0.08 * fade;
                ([0.30, 0.045, 0.10].map(|c| c * bell(far, swell) * fade), bell(far, 0.055) * fade)
            }
            Self::Halo => {
                let off = far - 0.36 - 0.10 * (1.0 - fade);
                ([0.05, 0.05, 0.42].map(|c| c * bell(off, 0.10) * fade), 0.25 * bell(off, 0.006) * fade)
            }
            Self::Spark => {
                let step = 0.22;
                let near = (x + step * 3.5) / step;
                let off = (near - near.floor() - 0.5) * step;
                let edge = if x.abs() < step * 3.5 { 1.0 } else { 0.0 };
                let dot = off.hypot(y + 0.40);
                ([0.02, 0.10, 0.14].map(|c| c * bell(dot, 0.07) * fade * edge), bell(dot, 0.014) * fade * edge)
            }
            Self::Tide => {
                let wave = |of: f32, pace: f32, phase: f32| (of * x + pace * secs + phase).sin();
                let crest = 0.30 + 0.035 * wave(3.1, 0.7, 0.0) + 0.02 * wave(7.3, -0.45, 1.3);
                let depth = y - crest;
                let body = if depth > 0.0 { bell(depth, 0.30) } else { bell(depth, 0.035) };
                ([0.015, 0.07, 0.17].map(|c| c * body), 0.25 * bell(depth, 0.008))
            }
        }
    }
}

/// A pixel with straight alpha that adds up to the light over black: the dim part no brighter than [`DIM`], and the core.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the range first")]
pub(super) fn shaded((dim, core): ([f32; 3], f32)) -> [u8; 4] {
    let most = luminance(dim);
    let share = if most > DIM { DIM / most } else { 1.0 };
    let light = dim.map(|c| c * share + core.clamp(0.0, 1.0) * 0.85);
    let alpha = light.into_iter().fold(0.0_f32, f32::max).clamp(0.0, 1.0).sqrt();
    let [red, green, blue] = light.map(|c| encoded(c / alpha.max(1e-3)));
    [red, green, blue, (alpha * 255.0).round() as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linear light that a pixel adds over black.
    fn shown([red, green, blue, alpha]: [u8; 4]) -> [f32; 3] {
        let linear = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        [red, green, blue].map(|value| linear(value) * f32::from(alpha) / 255.0)
    }

    #[test]
    fn what_is_large_stays_below_a_tenth_of_whites_luminance_and_no_red_is_saturated() {
        let (width, height) = CLIP_SIZE;
        let mut rgba = vec![0; (width * height * 4) as usize];
        for glow in [Glow::Ember, Glow::Halo, Glow::Spark, Glow::Tide] {
            for frame in [0, 3, 20, glow.frames() - 1] {
                glow.draw(frame, &mut rgba);
                let lights: Vec<_> = rgba.as_chunks::<4>().0.iter().map(|pixel| shown(*pixel)).collect();
                // A tenth of the screen holds a field of ten degrees; a quarter of that may flash.
                let bright = lights.iter().filter(|light| luminance(**light) >= 0.1).count() as f32 / lights.len() as f32;
                assert!(bright < 0.025, "{glow:?}, frame {frame}: {bright} of it is bright");
                let red = lights.iter().filter(|[r, g, b]| *r >= 0.8 * (r + g + b) && (r - g - b) * 320.0 > 20.0).count();
                assert_eq!(red, 0, "{glow:?}, frame {frame}");
            }
        }
    }

    #[test]
    fn a_struck_light_is_out_at_its_end_and_gets_there_without_a_step() {
        let (width, height) = CLIP_SIZE;
        let mut rgba = vec![0; (width * height * 4) as usize];
        for glow in [Glow::Ember, Glow::Halo, Glow::Spark] {
            let mut brightest = |frame| {
                glow.draw(frame, &mut rgba);
                rgba.as_chunks::<4>().0.iter().map(|pixel| luminance(shown(*pixel))).fold(0.0_f32, f32::max)
            };
            let all: Vec<f32> = (0..glow.frames()).map(&mut brightest).collect();
            assert!(all[0] > 0.2 && all[all.len() - 1] < 0.001, "{glow:?}: {} to {}", all[0], all[all.len() - 1]);
            for pair in all.windows(2) {
                assert!(pair[1] <= 1.05 * pair[0] && pair[0] - pair[1] < 0.12 * all[0], "{glow:?}: {} then {}", pair[0], pair[1]);
            }
        }
    }
}
