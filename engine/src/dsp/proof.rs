//! What the tests of several kernels measure with.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{Cell, Kernel};

/// The sample rate of most tests.
pub const RATE: f64 = 48_000.0;

/// White noise between −1 and 1 that is the same in each run.
pub fn noise(frames: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..frames)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            f64::from(state) as f32 / 2_147_483_648.0 - 1.0
        })
        .collect()
}

/// A sine of amplitude 1.
pub fn sine(frames: usize, frequency: f64, rate: f64) -> Vec<f32> {
    (0..frames).map(|i| (std::f64::consts::TAU * frequency * i as f64 / rate).sin() as f32).collect()
}

/// Renders from song frame 0 in calls of one cell each; `params` says what each cell needs.
pub fn render<K: Kernel>(kernel: &mut K, params: impl Fn(u64) -> K::Params, left: &[f32], right: &[f32]) -> (Vec<f32>, Vec<f32>) {
    render_cut(kernel, params, left, right, &[])
}

/// The same with more cuts: lengths of calls, over and over, of which each ends at its cell's end too.
pub fn render_cut<K: Kernel>(
    kernel: &mut K,
    params: impl Fn(u64) -> K::Params,
    left: &[f32],
    right: &[f32],
    cuts: &[usize],
) -> (Vec<f32>, Vec<f32>) {
    let (mut left, mut right) = (left.to_vec(), right.to_vec());
    let (mut frame, mut turn) = (0, 0);
    while frame < left.len() {
        let cell = Cell::holding(frame as u64);
        let cut = if cuts.is_empty() { usize::MAX } else { cuts[turn % cuts.len()] };
        let len = cut.min((cell.len - cell.at) as usize).min(left.len() - frame);
        let params = params(cell.frame / u64::from(Cell::LEN));
        kernel.process(cell, &params, &mut left[frame..frame + len], &mut right[frame..frame + len]);
        frame += len;
        turn += 1;
    }
    (left, right)
}

/// The first frames of the answer to an impulse in both channels.
pub fn impulse<K: Kernel>(kernel: &mut K, params: impl Fn(u64) -> K::Params, frames: usize) -> (Vec<f32>, Vec<f32>) {
    let mut input = vec![0.0; frames];
    input[0] = 1.0;
    render(kernel, params, &input, &input)
}

/// The magnitude in decibels of an impulse's answer at a frequency.
pub fn gain(answer: &[f32], frequency: f64, rate: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in answer.iter().enumerate() {
        let angle = std::f64::consts::TAU * frequency * i as f64 / rate;
        re += f64::from(*x) * angle.cos();
        im += f64::from(*x) * angle.sin();
    }
    10.0 * (re * re + im * im).log10()
}

/// The root mean square.
pub fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

/// The largest magnitude.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// The largest difference between neighbours.
pub fn jump(samples: &[f32]) -> f32 {
    samples.windows(2).fold(0.0, |most, w| most.max((w[1] - w[0]).abs()))
}

fn bits(samples: &(Vec<f32>, Vec<f32>)) -> Vec<u32> {
    samples.0.iter().chain(&samples.1).map(|x| x.to_bits()).collect()
}

/// Asserts what every kernel promises, for parameters made of a few random shares and a cell's number: cuts change nothing;
/// loud, broken and silent inputs give numbers; after the tail silence is exact, and the tail is as short as it says.
pub fn holds<K: Kernel, P: Fn(&[f32; 8], u64) -> K::Params>(new: impl Fn() -> K, params: P) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let shares = prop::array::uniform8(prop_oneof![Just(0.0f32), Just(1.0f32), 0.0f32..1.0]);
    let cuts = prop::collection::vec(1usize..40, 1..12);
    let scale = prop_oneof![Just(1.0f32), Just(1e6f32), Just(1e-3f32), Just(1e-38f32)];
    let test = |(shares, cuts, scale, seed): ([f32; 8], Vec<usize>, f32, u32)| {
        let params = |cell: u64| params(&shares, cell);
        cuts_change_nothing(&new, &params, &cuts, scale, seed);
        numbers_stay_numbers(&new, &params, scale, seed);
        silence_follows(&new, &params, seed);
        Ok(())
    };
    if let Err(error) = runner.run(&(shares, cuts, scale, any::<u32>()), test) {
        panic!("{error}");
    }
}

fn cuts_change_nothing<K: Kernel>(new: &impl Fn() -> K, params: &impl Fn(u64) -> K::Params, cuts: &[usize], scale: f32, seed: u32) {
    let left: Vec<_> = noise(1500, seed).iter().map(|x| x * scale).collect();
    let right: Vec<_> = noise(1500, seed ^ 77).iter().map(|x| x * scale).collect();
    let whole = render(&mut new(), params, &left, &right);
    let cut = render_cut(&mut new(), params, &left, &right, cuts);
    assert!(bits(&whole) == bits(&cut), "calls cut at {cuts:?} give other samples");
    let mut used = new();
    render(&mut used, |_| params(3), &right, &left);
    used.reset();
    let again = render(&mut used, params, &left, &right);
    assert!(bits(&whole) == bits(&again), "a reset left something behind");
}

fn numbers_stay_numbers<K: Kernel>(new: &impl Fn() -> K, params: &impl Fn(u64) -> K::Params, scale: f32, seed: u32) {
    let mut input: Vec<_> = noise(4000, seed).iter().map(|x| x * scale).collect();
    let (left, right) = render(&mut new(), params, &input, &input);
    assert!(left.iter().chain(&right).all(|x| x.is_finite()), "an input up to {scale} gives no numbers");
    // What is no number may pass through, but not stay.
    input[100] = f32::NAN;
    input[200] = f32::INFINITY;
    input[300..].fill(0.0);
    let mut kernel = new();
    render(&mut kernel, params, &input, &input);
    let (left, right) = render(&mut kernel, params, &input[300..1000], &input[300..1000]);
    assert!(left.iter().chain(&right).all(|x| x.is_finite()), "what was no number stayed");
}

fn silence_follows<K: Kernel>(new: &impl Fn() -> K, params: &impl Fn(u64) -> K::Params, seed: u32) {
    let mut kernel = new();
    assert!(kernel.is_silent());
    let input = noise(960, seed);
    render(&mut kernel, |_| params(0), &input, &input);
    let tail = kernel.tail_frames(&params(0));
    if tail > 400_000 {
        return;
    }
    // Whole cells, so that the next render begins on the grid.
    let zeros = vec![0.0; (tail as usize).next_multiple_of(32)];
    render(&mut kernel, |_| params(0), &zeros, &zeros);
    let zeros = vec![0.0; 9600];
    let (left, right) = render(&mut kernel, |_| params(0), &zeros, &zeros);
    let rest = peak(&left).max(peak(&right));
    assert!(rest < 1e-5, "{rest} is left after a tail of {tail} frames");
    for _ in 0..400 {
        if kernel.is_silent() {
            break;
        }
        render(&mut kernel, |_| params(0), &zeros, &zeros);
    }
    assert!(kernel.is_silent(), "never silent");
    let (left, right) = render(&mut kernel, |_| params(0), &zeros, &zeros);
    assert!(left.iter().chain(&right).all(|x| *x == 0.0) && kernel.is_silent(), "silence in gives no silence out");
    let subnormal = |x: &f32| x.is_subnormal();
    assert!(!left.iter().chain(&right).any(subnormal));
}
