//! Factory sounds: small synthesisers, rendered at the session's rate. Mono, both channels alike.

use std::f64::consts::TAU;

/// Renders one sound at a rate.
pub(super) type Synth = fn(f64) -> Box<[[f32; 2]]>;

/// The sounds by name.
pub(super) const SOUNDS: [(&str, Synth); 11] = [
    ("kick", kick),
    ("snare", snare),
    ("hat", hat),
    ("clap", clap),
    ("bass", bass),
    ("tone", tone),
    ("impulse", impulse),
    // As live coders call them.
    ("bd", kick),
    ("sd", snare),
    ("hh", hat),
    ("cp", clap),
];

/// Middle C in Hz (equal temperament, a' = 440 Hz): tuned sounds are in C, so that note 60 plays what it says.
const MIDDLE_C: f64 = 261.625_565_300_598_6;
/// Fade at the end of every struck sound, in seconds.
const FADE_SECS: f64 = 0.005;

/// White noise from Marsaglia's xorshift32 ("Xorshift RNGs", 2003).
pub(super) struct Noise(u32);

impl Noise {
    /// Noise from a seed, which is not 0.
    pub const fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// The next sample, from −1 to 1.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

/// First-order low-pass: `y += (1 − e^(−2πf/rate))·(x − y)`.
struct LowPass {
    share: f64,
    state: f64,
}

impl LowPass {
    fn new(hz: f64, rate: f64) -> Self {
        Self { share: 1.0 - (-TAU * hz / rate).exp(), state: 0.0 }
    }

    fn next(&mut self, input: f64) -> f64 {
        self.state += self.share * (input - self.state);
        self.state
    }
}

/// Renders `secs` seconds of a function of time, faded out at the end and scaled to a peak of `peak`.
fn render(rate: f64, secs: f64, peak: f64, mut sample: impl FnMut(f64) -> f64) -> Box<[[f32; 2]]> {
    let count = (secs * rate).round().max(1.0) as usize;
    let fade = |i: usize| ((count - i) as f64 / (FADE_SECS * rate)).min(1.0);
    let samples: Vec<f64> = (0..count).map(|i| sample(i as f64 / rate) * fade(i)).collect();
    let largest = samples.iter().fold(f64::MIN_POSITIVE, |max, s| max.max(s.abs()));
    samples.iter().map(|s| (s / largest * peak) as f32).map(|s| [s, s]).collect()
}

/// A sine that falls from 220 Hz to 48 Hz, with a click.
fn kick(rate: f64) -> Box<[[f32; 2]]> {
    let mut phase = 0.0;
    let mut noise = Noise(0x9E37_79B9);
    render(rate, 0.4, 0.9, |t| {
        let hz = 48.0 + 172.0 * (-t * 38.0).exp();
        phase += TAU * hz / rate;
        // The phase starts at a quarter turn: the first frame is loud.
        (phase + TAU / 4.0).sin() * (-t * 9.0).exp() + 0.25 * noise.next() * (-t * 400.0).exp()
    })
}

/// Two drum-head modes under high-passed noise.
fn snare(rate: f64) -> Box<[[f32; 2]]> {
    let mut noise = Noise(0x7F4A_7C15);
    let mut low = LowPass::new(1_200.0, rate);
    render(rate, 0.25, 0.8, |t| {
        let white = noise.next();
        let hiss = white - low.next(white);
        let head = (TAU * 185.0 * t).cos() + 0.6 * (TAU * 331.0 * t).cos();
        0.8 * hiss * (-t * 18.0).exp() + 0.5 * head * (-t * 30.0).exp()
    })
}

/// High-passed noise, short.
fn hat(rate: f64) -> Box<[[f32; 2]]> {
    let mut noise = Noise(0x85EB_CA6B);
    let mut low = [LowPass::new(7_000.0, rate), LowPass::new(7_000.0, rate)];
    render(rate, 0.08, 0.5, |t| {
        let mut hiss = noise.next();
        for filter in &mut low {
            hiss -= filter.next(hiss);
        }
        hiss * (-t * 60.0).exp()
    })
}

/// Four bursts of band-passed noise, 11 ms apart, the last with a tail.
fn clap(rate: f64) -> Box<[[f32; 2]]> {
    const APART: f64 = 0.011;
    let mut noise = Noise(0xC2B2_AE35);
    let (mut low, mut high) = (LowPass::new(2_400.0, rate), LowPass::new(800.0, rate));
    render(rate, 0.3, 0.7, |t| {
        let smooth = low.next(noise.next());
        let band = smooth - high.next(smooth);
        let burst = (t / APART).floor().min(3.0);
        let fall = if burst < 3.0 { 250.0 } else { 16.0 };
        band * (-(t - burst * APART) * fall).exp()
    })
}

/// A filtered sawtooth two octaves below middle C.
fn bass(rate: f64) -> Box<[[f32; 2]]> {
    let hz = MIDDLE_C / 4.0;
    // Summed partials below 3 kHz never alias at any usual rate.
    let partials = (3_000.0_f64.min(rate * 0.45) / hz) as u32;
    render(rate, 0.6, 0.7, |t| {
        let bright = (-t * 7.0).exp();
        let saw: f64 = (1..=partials)
            .map(|n| {
                let n = f64::from(n);
                (TAU * hz * n * t).sin() / n * (bright + (1.0 - bright) * (-0.35 * n).exp())
            })
            .sum();
        saw * (-t * 3.0).exp()
    })
}

/// A sine at middle C, a whole number of cycles long, so that it loops without a seam.
fn tone(rate: f64) -> Box<[[f32; 2]]> {
    const CYCLES: f64 = 262.0;
    let count = (CYCLES / MIDDLE_C * rate).round().max(1.0);
    (0..count as usize).map(|i| (0.5 * (TAU * CYCLES * i as f64 / count).sin()) as f32).map(|s| [s, s]).collect()
}

/// One frame of 1, for measuring.
fn impulse(_: f64) -> Box<[[f32; 2]]> {
    Box::new([[1.0, 1.0]])
}
