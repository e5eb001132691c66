//! Pictures of the kit: drawings of light, thin and bright, in a haze of colour. The sounds of a bank share a shape, and each has its
//! own colour and number of parts.
//!
//! They keep to what [`super::super::glow`] keeps to, so that they don't flash however fast they are triggered.

use std::f32::consts::{PI, TAU};

use super::super::{
    glow::{bell, shaded},
    picture::{CLIP_FPS, CLIP_SIZE},
};

/// What a bank's pictures show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Rings that widen around an orb.
    Orb,
    /// Rays that fly apart.
    Burst,
    /// Strokes across each other.
    Cross,
    /// Arcs that meet.
    Hands,
    /// Strokes in a row above.
    Ticks,
    /// Strokes that open like a fan.
    Fan,
    /// A polygon that turns and shrinks.
    Polygon,
    /// Rings on water.
    Ripple,
    /// Frames within each other.
    Frames,
    /// Grains in the wind.
    Grains,
    /// A ring of small lights.
    Jingles,
    /// A flower.
    Rose,
    /// A spiral that winds up.
    Spiral,
    /// Waves one above the other.
    Wave,
    /// Strings that swing.
    Strings,
    /// Curtains of light.
    Aurora,
    /// Bars stacked into a chord.
    Chord,
    /// A mouth.
    Lips,
}

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// What it shows.
    pub shape: Shape,
    /// Its colour, in turns from red over green.
    pub hue: f32,
    /// How many parts it has.
    pub count: u8,
}

/// A moment of a picture.
#[derive(Clone, Copy, Debug)]
struct Moment {
    /// Seconds since it was struck.
    age: f32,
    /// How bright it still is.
    left: f32,
    /// How far it is through, from 0 to 1.
    through: f32,
    /// How many parts there are.
    count: f32,
}

/// Light at a place: a haze, how far its colour is turned, and what is thin and bright.
#[derive(Clone, Copy, Debug, Default)]
struct Light {
    haze: f32,
    turn: f32,
    core: f32,
}

/// A colour, in linear light, that is never a saturated red.
fn colour(hue: f32) -> [f32; 3] {
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|of| {
        let near = 0.5 + 0.5 * (TAU * (hue - of)).cos();
        0.1 + 0.9 * near * near
    })
}

/// 0 below `low`, 1 above `high`, and smooth between them.
fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// What an exponential has reached of 1.
fn reached(age: f32, tau: f32) -> f32 {
    1.0 - (-age / tau).exp()
}

/// The distance of a place to a segment from the origin in a direction, between two distances from it.
fn stroke(x: f32, y: f32, angle: f32, (from, to): (f32, f32)) -> f32 {
    let (sin, cos) = angle.sin_cos();
    let along = (x * cos + y * sin).clamp(from, to);
    (x - along * cos).hypot(y - along * sin)
}

/// A number between 0 and 1 that belongs to a whole number.
fn chance(of: f32) -> f32 {
    let x = (of * 12.989_8).sin() * 43_758.547;
    x - x.floor()
}

/// Width of a bright line.
const LINE: f32 = 0.0045;

impl Look {
    /// Draws a frame, of so many.
    #[allow(clippy::cast_precision_loss, reason = "sides and frames are far below 2^24")]
    pub fn draw(&self, frame: u32, frames: u32, rgba: &mut [u8]) {
        let (width, height) = CLIP_SIZE;
        let moment = self.moment(frame, frames);
        for (pixel, place) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(0..) {
            // From the middle, in heights of the picture, y downwards.
            let x = ((place % width) as f32 + 0.5 - width as f32 / 2.0) / height as f32;
            let y = ((place / width) as f32 + 0.5) / height as f32 - 0.5;
            let light = self.light(x, y, &moment);
            let (haze, core) = (light.haze * moment.left, light.core * moment.left);
            *pixel =
                if haze < 1e-4 && core < 1e-4 { [0; 4] } else { shaded((colour(self.hue + light.turn).map(|c| 0.3 * c * haze), core)) };
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "a few hundred frames")]
    fn moment(&self, frame: u32, frames: u32) -> Moment {
        let a_second = CLIP_FPS.0 as f32 / CLIP_FPS.1 as f32;
        let (age, through) = (frame as f32 / a_second, frame as f32 / (frames - 1).max(1) as f32);
        let left = match self.shape {
            // What swells comes as slowly as it goes.
            Shape::Aurora => smooth(0.0, 0.3, through) * (1.0 - smooth(0.55, 1.0, through)),
            Shape::Spiral if self.count >= 5 => through * through * (1.0 - smooth(0.95, 1.0, through)),
            _ => (-2.6 * through).exp() * (1.0 - through).max(0.0).sqrt(),
        };
        Moment { age, left, through, count: f32::from(self.count) }
    }

    /// What shines at a place.
    fn light(&self, x: f32, y: f32, now: &Moment) -> Light {
        match self.shape {
            Shape::Orb => orb(x, y, now),
            Shape::Burst => burst(x, y, now),
            Shape::Cross => cross(x - 0.46, y + 0.14, now),
            Shape::Hands => hands(x, y, now),
            Shape::Ticks => ticks(x, y, now),
            Shape::Fan => fan(x, y + 0.62, now),
            Shape::Polygon => polygon(x - 0.34 * (5.0 - now.count), y - 0.06 * (now.count - 5.0) - 0.1, now),
            Shape::Ripple => ripple(x, y + 0.16, now),
            Shape::Frames => frames(x + 0.52, y + 0.12, now),
            Shape::Grains => grains(x, y, now),
            Shape::Jingles => jingles(x - 0.5, y - 0.2, now),
            Shape::Rose => rose(x + 0.5, y - 0.18, now),
            Shape::Spiral => spiral(x, y, now),
            Shape::Wave => wave(x, y - 0.27, now),
            Shape::Strings => strings(x, y, now),
            Shape::Aurora => aurora(x, y, now),
            Shape::Chord => chord(x, y, now),
            Shape::Lips => lips(x, y + 0.02, now),
        }
    }
}

fn orb(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x));
    let mut light = Light { haze: bell(far, 0.2 + 0.12 * now.through), turn: 0.08 * far, core: 0.8 * bell(far, 0.035) };
    for ring in 0..now.count as u32 {
        let ring = ring as f32;
        let wobble = 1.0 + 0.05 * (now.count - 1.0).min(3.0) * ((3.0 + ring) * angle + 2.0 * now.age).cos() * reached(now.age, 0.2);
        let radius = (0.08 + (0.3 - 0.055 * ring) * reached(now.age, 0.14 + 0.05 * ring)) * wobble;
        let off = far - radius;
        light.haze += 0.5 * bell(off, 0.035) / now.count.sqrt();
        light.core += 0.6 * bell(off, LINE) / now.count.sqrt();
    }
    light
}

fn burst(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x));
    let turned = (angle / TAU + 0.02 * now.age) * now.count;
    let nearest = turned.round();
    // Across the nearest ray, in heights of the picture.
    let across = ((turned - nearest) * TAU / now.count).sin() * far;
    let reach = 0.14 + 0.2 * reached(now.age, 0.08) + 0.08 * chance(nearest.rem_euclid(now.count));
    let back = 0.05 + (reach - 0.05) * reached(now.age, 0.22);
    let along = smooth(back - 0.02, back + 0.03, far) * (1.0 - smooth(reach - 0.05, reach + 0.01, far));
    Light {
        haze: 0.8 * bell(far - 0.1 - 0.16 * reached(now.age, 0.08), 0.13) + along * bell(across, 0.02),
        turn: 0.1 * (far - 0.2),
        core: 0.9 * along * bell(across, LINE) + 0.5 * bell(far, 0.02) * (1.0 - now.through),
    }
}

fn cross(x: f32, y: f32, now: &Moment) -> Light {
    let reach = 0.05 + 0.1 * reached(now.age, 0.04);
    let mut light = Light { haze: 0.7 * bell(x.hypot(y), 0.13), ..Light::default() };
    for stick in 0..now.count as u32 {
        let angle = PI * (stick as f32 + 0.25) / now.count + 0.12 * now.age;
        let off = stroke(x, y, angle, (-reach, reach));
        light.haze += 0.5 * bell(off, 0.02);
        light.core += 0.8 * bell(off, LINE) / now.count.sqrt();
    }
    light
}

fn hands(x: f32, y: f32, now: &Moment) -> Light {
    let side = x.abs();
    let mut light = Light::default();
    for arc in 0..now.count as u32 {
        let arc = arc as f32;
        // They meet, and spring apart.
        let apart = 0.02 + 0.055 * arc + 0.05 * reached(now.age, 0.25);
        let centre = apart + 0.3;
        let off = (side - centre).hypot(y) - 0.3;
        let within = (1.0 - smooth(0.12, 0.2, y.abs())) * if side < centre { 1.0 } else { 0.0 };
        let fades = (-0.4 * arc).exp();
        light.haze += 0.7 * fades * within * bell(off, 0.03);
        light.core += 0.8 * fades * within * bell(off, LINE);
        light.turn = 0.25 * side;
    }
    light
}

fn ticks(x: f32, y: f32, now: &Moment) -> Light {
    let step = 1.3 / now.count;
    let number = (x / step).round().clamp(-(now.count - 1.0) / 2.0, (now.count - 1.0) / 2.0).round();
    let tall = 0.02 + 0.04 * chance(number + now.count);
    let off = (x - number * step).hypot((y + 0.4).abs().max(tall) - tall);
    Light { haze: 0.9 * bell(off, 0.03), turn: 0.12 * number / now.count, core: 0.9 * bell(off, LINE) }
}

fn fan(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), x.atan2(y));
    let open = 0.25 + 0.75 * reached(now.age, 0.16);
    let step = 2.0 * open / now.count;
    let number = (angle / step).round().clamp(-now.count / 2.0, now.count / 2.0).round();
    let across = (angle - number * step).sin() * far;
    let reach = 0.3 + 0.1 * (1.0 - now.through) + 0.05 * (5.0 * number + 7.0 * now.age).cos();
    let along = smooth(0.2, 0.24, far) * (1.0 - smooth(reach - 0.08, reach, far));
    Light {
        haze: 0.55 * bell(far - 0.3, 0.08) * (1.0 - smooth(open, open + 0.3, angle.abs())) + along * bell(across, 0.016),
        turn: 0.16 * angle,
        core: 0.8 * along * bell(across, LINE),
    }
}

fn polygon(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x) + 0.5 * now.age + 0.3);
    let part = TAU / now.count;
    let within = (angle.rem_euclid(part) - 0.5 * part).cos();
    let size = (0.1 + 0.01 * now.count) * (1.15 - 0.35 * reached(now.age, 0.2));
    let edge = far * within;
    let mut light = Light { haze: 0.55 * bell(far, 0.12), turn: 0.06 * now.through, core: 0.0 };
    for ring in 0..3 {
        let off = edge - size * (1.0 - 0.3 * ring as f32);
        let fades = (-0.7 * ring as f32).exp();
        light.haze += 0.6 * fades * bell(off, 0.025);
        light.core += 0.9 * fades * bell(off, LINE);
    }
    light
}

fn ripple(x: f32, y: f32, now: &Moment) -> Light {
    // Water is seen from aside.
    let (far, angle) = (x.hypot(2.4 * y), (2.4 * y).atan2(x));
    let mut light = Light { haze: 0.35 * bell(far, 0.4), turn: 0.12 * far, core: 0.0 };
    for ring in 0..now.count as u32 {
        let ring = ring as f32;
        let radius = 0.1 + 0.12 * ring + 0.3 * reached(now.age, 0.9);
        let shimmer = 0.6 + 0.4 * ((7.0 + 2.0 * ring) * angle + (3.0 + ring) * now.age).cos();
        // Across the ring, in heights of the picture.
        let off = (far - radius) / (1.0 + 1.4 * angle.sin().abs());
        let fades = (-0.3 * ring).exp();
        light.haze += 0.55 * fades * bell(off, 0.028);
        light.core += 0.75 * fades * shimmer * bell(off, LINE * 0.9);
    }
    light
}

fn frames(x: f32, y: f32, now: &Moment) -> Light {
    let swing = 0.25 * (9.0 * now.age).sin() * (1.0 - now.through);
    let (sin, cos) = (PI / 4.0 + swing).sin_cos();
    let (u, v) = ((x * cos + y * sin).abs(), (y * cos - x * sin).abs());
    // Squares with round corners.
    let size = |half: f32| (u - half + 0.03).max(0.0).hypot((v - half + 0.03).max(0.0)) - 0.03 + (u.max(v) - half + 0.03).min(0.0);
    let mut light = Light { haze: 0.6 * bell(x.hypot(y), 0.14), ..Light::default() };
    for frame in 0..now.count as u32 {
        let frame = frame as f32;
        let off = size(0.035 + 0.034 * frame * (0.6 + 0.4 * reached(now.age, 0.1)));
        light.haze += 0.4 * bell(off, 0.018);
        light.core += 0.8 * (-0.35 * frame).exp() * bell(off, LINE * 0.9);
    }
    light
}

fn grains(x: f32, y: f32, now: &Moment) -> Light {
    let step = 1.2 / now.count;
    let (column, row) = ((x / step).round(), ((y - 0.05) / step).round());
    let of = column * 17.0 + row * 53.0;
    let drift = 0.25 * step * (1.0 - now.through);
    let (dx, dy) = ((chance(of) - 0.5) * 0.7 * step - drift, (chance(of + 3.0) - 0.5) * 0.7 * step);
    let off = (x - column * step - dx).hypot(y - 0.05 - row * step - dy);
    let shown = if chance(of + 7.0) > 0.45 { 1.0 } else { 0.0 };
    // A gust that passes from left to right.
    let gust = bell(x + 0.35 - 0.7 * now.through, 0.34) * bell(y - 0.05, 0.3);
    Light {
        haze: shown * gust * bell(off, 0.03) + 0.25 * gust,
        turn: 0.2 * chance(of + 5.0) * shown * bell(off, 0.035),
        core: 0.9 * shown * gust * bell(off, 0.008),
    }
}

fn jingles(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x));
    let turned = (angle / TAU + 0.12 * now.age) * now.count;
    let nearest = turned.round();
    let across = ((turned - nearest) * TAU / now.count).sin() * far;
    let shake = 0.012 * ((nearest * 2.4).sin() * 20.0 * now.age).sin() * (1.0 - now.through);
    let off = across.hypot(far - 0.16 - shake);
    Light { haze: 0.6 * bell(far - 0.16, 0.05) + bell(off, 0.022), turn: 0.08 * (2.0 * angle).sin(), core: 0.9 * bell(off, 0.0075) }
}

fn rose(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x) + 0.4 * now.age);
    let petals = 0.5 * now.count;
    let radius = (0.09 + 0.09 * reached(now.age, 0.07)) * (0.35 + 0.65 * (petals * angle).cos().abs());
    // The curve is steeper than a circle.
    let steep = 1.0 + 0.5 * petals * (petals * angle).sin().abs();
    let off = (far - radius) / steep;
    Light {
        haze: 0.7 * bell(far, 0.13) + 0.5 * bell(off, 0.02),
        turn: 0.15 * (far / 0.18 - 0.5),
        core: 0.85 * bell(off, LINE * 0.9) + 0.6 * bell(far, 0.014),
    }
}

fn spiral(x: f32, y: f32, now: &Moment) -> Light {
    let (far, angle) = (x.hypot(y), y.atan2(x) / TAU);
    let arms = now.count;
    let wound = angle * arms - (far / 0.075) * arms.sqrt() + 2.2 * now.age;
    let off = (wound - wound.round()) * 0.075 / arms.sqrt();
    let within = smooth(0.0, 0.06, far) * (1.0 - smooth(0.2, 0.34, far));
    Light { haze: 0.5 * bell(far, 0.26) + 0.6 * within * bell(off, 0.014), turn: 0.3 * far, core: 0.7 * within * bell(off, LINE * 0.8) }
}

fn wave(x: f32, y: f32, now: &Moment) -> Light {
    let ends = 1.0 - smooth(0.55, 0.85, x.abs());
    let mut light = Light { haze: 0.4 * bell(y, 0.12) * ends, ..Light::default() };
    for line in 0..now.count as u32 {
        let line = line as f32;
        let (of, pace) = (5.0 + 1.7 * now.count - line, 7.0 + 2.0 * line);
        let swing = 0.085 * ends * (1.0 - 0.6 * now.through);
        let (sin, cos) = (of * x - pace * now.age + 0.9 * line).sin_cos();
        let off = (y - swing * sin - 0.03 * (line - 0.5 * (now.count - 1.0))) / (swing * of * cos).hypot(1.0);
        light.haze += 0.7 * ends * bell(off, 0.028) / now.count.sqrt();
        light.core += 0.7 * ends * bell(off, LINE) / now.count.sqrt();
        light.turn = 0.15 * x;
    }
    light
}

fn strings(x: f32, y: f32, now: &Moment) -> Light {
    let step = 0.055;
    let ends = 1.0 - smooth(0.26, 0.42, y.abs());
    let mut light = Light::default();
    for string in 0..now.count as u32 {
        let string = string as f32;
        let middle = (string - 0.5 * (now.count - 1.0)) * step * (1.0 + 0.5 * y);
        let modes = 1.0 + string;
        let swing = 0.035 * ends * (-(2.0 + 0.4 * string) * now.age).exp();
        let off = x - middle - swing * (modes * PI * (y + 0.5)).sin() * (14.0 * now.age + string).cos();
        light.haze += 0.6 * ends * bell(off, 0.016);
        light.core += 0.75 * ends * bell(off, LINE * 0.7) / now.count.sqrt();
    }
    light.turn = 0.3 * y;
    light
}

fn aurora(x: f32, y: f32, now: &Moment) -> Light {
    let mut light = Light::default();
    for curtain in 0..now.count as u32 {
        let curtain = curtain as f32;
        let sway = 0.12 * (2.1 * x + 0.5 * now.age + 1.7 * curtain).sin() + 0.05 * (5.3 * x - 0.8 * now.age + curtain).sin();
        let hem = 0.12 + sway - 0.1 * curtain;
        let above = hem - y;
        let folds = 0.55 + 0.45 * (17.0 * x + 9.0 * sway + 0.6 * now.age + 2.0 * curtain).sin();
        let body = if above > 0.0 { bell(above, 0.2) } else { bell(above, 0.012) };
        light.haze += body * folds * (1.0 - smooth(0.6, 0.89, x.abs())) / now.count.sqrt();
        light.core += 0.16 * bell(above, LINE) * folds * (1.0 - smooth(0.5, 0.8, x.abs()));
    }
    light.turn = 0.35 * (y + 0.1) + 0.1 * (1.3 * x + 0.3 * now.age).sin();
    light
}

fn chord(x: f32, y: f32, now: &Moment) -> Light {
    let mut light = Light::default();
    for bar in 0..now.count as u32 {
        let bar = bar as f32;
        let level = (bar - 0.5 * (now.count - 1.0)) * 0.1;
        let long = 0.13 + 0.14 * chance(bar + now.count) + 0.12 * reached(now.age, 0.1);
        let shift = 0.05 * (bar - 1.5);
        let (u, v) = ((x - shift).abs() - long, (y + level).abs() - 0.014);
        let off = u.max(0.0).hypot(v.max(0.0)) + u.max(v).min(0.0);
        let inside = if off < 0.0 { 0.8 } else { 0.0 };
        light.haze += inside + 0.6 * bell(off.max(0.0), 0.03);
        light.core += 0.7 * bell(off, LINE * 0.8) / now.count.sqrt();
        light.turn += 0.06 * bar * bell(v, 0.04);
    }
    light
}

fn lips(x: f32, y: f32, now: &Moment) -> Light {
    let wide = 0.2 + 0.02 * now.count;
    let across = (1.0 - (x / wide).powi(2)).max(0.0);
    let mut light = Light::default();
    let sings = 0.75 + 0.25 * (5.3 * TAU * 0.2 * now.age + 0.5).sin();
    for lip in 0..now.count as u32 {
        let lip = lip as f32;
        let open = (0.035 + 0.045 * lip) * (0.35 + 0.65 * reached(now.age, 0.07)) * sings;
        let edge = open * across.powf(0.8 + 0.25 * lip);
        let off = (y.abs() - edge) / (1.0 + 0.9 * (x / wide).powi(2));
        let within = smooth(0.0, 0.1, across);
        light.haze += 0.6 * within * bell(off, 0.02) * (-0.2 * lip).exp();
        light.core += 0.65 * within * bell(off, LINE * 0.9) * (-0.35 * lip).exp();
    }
    light.haze += 0.4 * bell(x, 0.2) * bell(y, 0.1);
    light.turn = 0.2 * y.abs();
    light
}

#[cfg(test)]
mod tests {
    use super::super::{super::glow::luminance, KIT};
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
    fn pictures_of_the_kit_cant_flash_differ_and_are_out_at_their_end() {
        let (width, height) = CLIP_SIZE;
        let mut rgba = vec![0; (width * height * 4) as usize];
        let mut seen = std::collections::HashSet::new();
        for (bank, sound) in KIT.iter().flat_map(|bank| bank.sounds.iter().map(move |sound| (bank.word, sound))) {
            let (frames, mut brightest) = (sound.frames(), 0.0_f32);
            for frame in [0, 1, 3, frames / 3, frames * 2 / 3, frames - 1] {
                sound.draw(frame, &mut rgba);
                let lights: Vec<_> = rgba.as_chunks::<4>().0.iter().map(|pixel| shown(*pixel)).collect();
                // A tenth of the screen holds a field of ten degrees; a quarter of that may flash.
                let bright = lights.iter().filter(|light| luminance(**light) >= 0.1).count() as f32 / lights.len() as f32;
                assert!(bright < 0.025, "{bank} ({}), frame {frame}: {bright} of it is bright", sound.doc);
                let red = lights.iter().filter(|[r, g, b]| *r >= 0.8 * (r + g + b) && (r - g - b) * 320.0 > 20.0).count();
                assert_eq!(red, 0, "{bank} ({}), frame {frame}", sound.doc);
                brightest = lights.iter().map(|light| luminance(*light)).fold(brightest, f32::max);
                if frame == frames / 3 {
                    assert!(seen.insert(rgba.clone()), "{bank} ({}) looks like another", sound.doc);
                }
            }
            let last = rgba.as_chunks::<4>().0.iter().map(|pixel| luminance(shown(*pixel))).fold(0.0_f32, f32::max);
            assert!(brightest > 0.15 || bank == "pad", "{bank} ({}): {brightest}", sound.doc);
            assert!(last < 0.002, "{bank} ({}): {last} is left", sound.doc);
        }
    }
}
