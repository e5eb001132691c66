//! The strip's promises.

use super::*;

const RATE: f32 = 48_000.0;

fn moment(left: u32) -> Moment {
    Moment { left, now: Time::default(), then: Time::default() }
}

/// What one lane makes of samples, rendered in calls of these lengths; the other lanes are used by others or not at all.
fn rendered(settings: &Settings, lane: usize, others: &[(usize, Settings)], input: &[f32], cuts: &[usize]) -> Vec<f32> {
    let mut group = Group::new(RATE);
    group.start(lane, settings, moment(32));
    for (other, settings) in others {
        group.start(*other, settings, moment(32));
    }
    let (mut out, mut at, mut cut) = (Vec::new(), 0, 0);
    while at < input.len() {
        if at > 0 && at % 32 == 0 {
            group.point(moment(32), true);
        }
        let count = cuts[cut % cuts.len()].min(32 - at % 32).min(input.len() - at);
        cut += 1;
        let mut rows = Rows::default();
        for (index, row) in rows.0.iter_mut().enumerate() {
            let level = if index == lane { 1.0 } else { 0.25 };
            row.iter_mut().zip(&input[at..at + count]).for_each(|(to, x)| *to = level * x);
        }
        group.process(&mut rows, count);
        let mut mix = vec![[0.0; 2]; count];
        group.add(lane, &rows, None, &mut mix);
        group.advance(count);
        out.extend(mix.iter().map(|[left, _]| *left));
        at += count;
    }
    out
}

fn alone(settings: &Settings, input: &[f32]) -> Vec<f32> {
    rendered(settings, 0, &[], input, &[32])
}

/// Level in dB of a steady sine through a strip, measured over whole periods.
fn response(settings: &Settings, hz: f64, amplitude: f32) -> f64 {
    let input: Vec<f32> = (0..24_000).map(|t| amplitude * ((std::f64::consts::TAU * hz * f64::from(t) / 48_000.0).sin() as f32)).collect();
    let out = alone(settings, &input);
    let (mut re, mut im) = (0.0, 0.0);
    for (t, y) in out.iter().enumerate().skip(14_400) {
        let (sin, cos) = (std::f64::consts::TAU * hz * t as f64 / 48_000.0).sin_cos();
        re += f64::from(*y) * cos;
        im += f64::from(*y) * sin;
    }
    20.0 * (2.0 * re.hypot(im) / 9600.0 / f64::from(amplitude)).log10()
}

/// Settings that use every stage, differently for each number.
fn busy(number: u32) -> Settings {
    let x = number as f32;
    let course = Course { attack: 100.0 + x, decay: 300.0, release: 200.0 };
    let filter = |hz: f32| Filter {
        sweep: Some(Sweep::new(hz, 2.0, 0.3, 0.4, course)),
        wobble: Some(Wobble { shape: 1, rate: 14.0, per_bar: 0.0, depth: 0.4 * hz, offset: -0.5, skew: 0.5 }),
        ..Filter::with_db(hz, 6.0)
    };
    Settings {
        gain: 0.7,
        low: Some(filter(800.0 + 10.0 * x)),
        high: Some(filter(120.0)),
        band: (number % 2 == 1).then(|| filter(1000.0)),
        slope: (number % 3) as u8,
        vowel: (number.is_multiple_of(4)).then_some(2),
        coarse: if number.is_multiple_of(5) { 2.5 } else { 0.0 },
        crush: (number.is_multiple_of(3)).then_some(64.0),
        shape: Some(Curve::shape(0.3, 0.8)),
        distort: Some(Curve::distort((number % 9) as u8, 1.5, 0.6)),
        tremolo: Some(Tremolo { rate: 5.0, per_bar: 0.0, depth: 0.8, skew: 0.5, phase: 0.1, shape: 0 }),
        phaser: Some(Phaser { rate: 5.0, depth: 0.75, center: 900.0, sweep: 1.6 }),
        gains: [0.9, 0.4],
        ..Settings::default()
    }
}

fn noise(count: usize) -> Vec<f32> {
    let mut dice = crate::dsp::osc::Dice::new(11);
    (0..count).map(|_| dice.bipolar()).collect()
}

#[test]
fn a_strip_without_anything_leaves_samples_as_they_are() {
    let input = noise(1000);
    assert_eq!(alone(&Settings::default(), &input), input);
    // Nor do the neighbours' stages touch them.
    let others: Vec<(usize, Settings)> = (1..8).map(|lane| (lane, busy(lane as u32))).collect();
    assert_eq!(rendered(&Settings::default(), 0, &others, &input, &[32]), input);
}

#[test]
fn neither_cuts_nor_places_nor_neighbours_change_a_bit() {
    let input = noise(4000);
    for number in 0..12 {
        let settings = busy(number);
        let whole = alone(&settings, &input);
        assert!(whole.iter().all(|x| x.is_finite()) && whole.iter().any(|x| x.abs() > 1e-3));
        assert!(rendered(&settings, 0, &[], &input, &[1, 7, 31, 13]) == whole, "{number}: cuts");
        let others: Vec<(usize, Settings)> = (0..8).filter(|lane| *lane != 5).map(|lane| (lane, busy(lane as u32 * 7 + 1))).collect();
        assert!(rendered(&settings, 5, &others, &input, &[5, 32]) == whole, "{number}: place");
    }
}

#[test]
fn filters_have_the_measured_magnitudes() {
    let low = |db: f32, slope: u8| Settings { low: Some(Filter::with_db(1000.0, db)), slope, ..Settings::default() };
    let high = |db: f32| Settings { high: Some(Filter::with_db(1000.0, db)), ..Settings::default() };
    // From the facts of the reference: a quarter of the corner to two octaves above it.
    let table: &[(Settings, [f64; 5])] = &[
        (low(1.0, 0), [0.32109, 1.1835, 1.0, -10.939, -24.152]),
        (low(10.0, 0), [0.52834, 2.3044, 10.0, -9.8282, -23.954]),
        (low(1.0, 2), [0.64219, 2.3671, 2.0, -21.878, -48.305]),
        (high(1.0), [-23.785, -10.876, 1.0, 1.177, 0.30846]),
    ];
    for (settings, want) in table {
        for (hz, want) in [250.0, 500.0, 1000.0, 2000.0, 4000.0].into_iter().zip(want) {
            let got = response(settings, hz, 0.1);
            assert!((got - want).abs() < 0.1, "{settings:?} at {hz}: {got} for {want}");
        }
    }
}

#[test]
fn the_ladder_has_the_measured_magnitudes() {
    let ladder = |resonance: f32| Settings { low: Some(Filter::with_db(1000.0, resonance)), slope: 1, ..Settings::default() };
    let table: &[(f32, [f64; 6])] = &[
        (0.0, [-0.15045, -0.92176, -3.4274, -10.906, -26.17, -47.407]),
        (1.0, [-0.073_329, -0.49065, -2.2678, -9.5206, -25.087, -46.348]),
        (5.0, [0.051_791, 0.30076, 0.74397, -4.8034, -21.713, -43.069]),
        (10.0, [-2.2911, -1.8503, -0.2328, -2.1125, -21.101, -42.569]),
    ];
    for (resonance, want) in table {
        for (hz, want) in [100.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0].into_iter().zip(want) {
            let got = response(&ladder(*resonance), hz, 0.003);
            assert!((got - want).abs() < 0.3, "resonance {resonance} at {hz}: {got} for {want}");
        }
    }
}

#[test]
fn curves_have_the_measured_values() {
    let x = [-0.89125, -0.25119, 0.063_096, 0.50119];
    let table: &[(Curve, [f32; 4])] = &[
        (Curve::shape(0.5, 1.0), [-0.96091, -0.50158, 0.16811, 0.75089]),
        (Curve::distort(0, 2.0, 1.0), [-0.98375, -0.71253, 0.33233, 0.8813]),
        (Curve::distort(1, 1.0, 1.0), [-0.98439, -0.59334, 0.16989, 0.87694]),
        (Curve::distort(2, 0.5, 1.0), [-1.0, -0.41414, 0.10405, 0.82632]),
        (Curve::distort(6, 1.0, 1.0), [-0.34307, -0.467, 0.11733, 0.93178]),
        (Curve::distort(7, 1.0, 1.0), [-0.51318, -0.66952, 0.18326, 0.99426]),
    ];
    for (curve, want) in table {
        for (x, want) in x.into_iter().zip(want) {
            assert!((curve.of(x) - want).abs() < 0.002, "{curve:?} of {x}: {}", curve.of(x));
        }
    }
    assert_eq!([-0.9, -0.3, 0.06, 0.5].map(|x| crushed(x, 4.0)), [-1.0, -0.25, 0.0, 0.5]);
}

#[test]
fn vowels_and_notches_have_the_measured_magnitudes() {
    let vowel = Settings { vowel: Some(1), ..Settings::default() };
    for (hz, want) in [(440.0, 7.9997), (1800.0, 1.5963), (2700.0, 1.0091), (100.0, 0.029_266)] {
        let got = 10f64.powf(response(&vowel, hz, 0.1) / 20.0);
        assert!((got / want - 1.0).abs() < 0.02, "{hz}: {got} for {want}");
    }
    let phaser = Settings { phaser: Some(Phaser { rate: 0.0, depth: 0.75, center: 1000.0, sweep: 0.0 }), ..Settings::default() };
    assert!(response(&phaser, 1282.0, 0.1) < -40.0 && response(&phaser, 50.0, 0.1) > -0.2);
}

#[test]
fn a_corner_follows_its_envelope() {
    let course = Course { attack: 4800.0, decay: 9600.0, release: 4800.0 };
    let filter = Filter { sweep: Some(Sweep::new(500.0, 4.0, 0.0, 0.001, course)), ..Filter::with_db(500.0, 1.0) };
    let table = [(0.05, 2002.5), (0.1, 7991.0), (0.15, 4010.6), (0.2, 2012.9), (0.31, 507.06)];
    for (secs, want) in table {
        let got = filter.corner(secs * RATE, None, Time::default());
        assert!((got / want - 1.0).abs() < 0.01, "{secs}: {got} for {want}");
    }
    let lfo = Filter {
        wobble: Some(Wobble { shape: 0, rate: 4.0, per_bar: 0.0, depth: 1000.0, offset: -0.5, skew: 0.5 }),
        ..Filter::with_db(1000.0, 1.0)
    };
    for (secs, want) in [(0.01, 571.26), (0.11, 1371.7), (0.25, 509.69)] {
        let got = lfo.corner(0.0, None, Time { secs, bars: 0.0 });
        assert!((got / want - 1.0).abs() < 0.03, "{secs}: {got} for {want}");
    }
}
