//! What has a pitch: basses in C2, plucks, pads, stabs and voices in C4, and a few effects.

use super::desk::{Desk, Edge, Sine, Svf, Take, fall, rise, soft};

/// C2 and C4 in Hz (equal temperament, a' = 440 Hz).
const C2: f64 = 65.406_391_325_149_66;
const C4: f64 = 261.625_565_300_598_6;

/// What equal temperament makes of semitones.
fn raised(hz: f64, semitones: f64) -> f64 {
    hz * crate::media::factory::exact::exp2(semitones / 12.0)
}

/// A sawtooth through a filter that closes: the acid line's.
pub(super) fn bass_acid(desk: Desk) -> Take {
    let (mut saw, mut one, mut two) = (desk.edge(0.25), desk.filter(300.0, 0.7), desk.filter(300.0, 4.5));
    desk.mono(|t| {
        let hz = 140.0 + 2_600.0 * fall(t, 0.11);
        one.tune(hz, 0.6);
        two.tune(hz, 4.5);
        soft(1.3 * two.low(one.low(saw.saw(C2)))) * rise(t, 0.002) * fall(t - 0.25, 0.13)
    })
}

/// A sine with a little of its second and third harmonic.
pub(super) fn bass_sub(desk: Desk) -> Take {
    let mut partials = [desk.sine(0.0), desk.sine(0.0), desk.sine(0.0)];
    desk.mono(|t| {
        let wave =
            partials[0].next(C2) + 0.22 * partials[1].next(2.0 * C2) * fall(t, 0.2) + 0.1 * partials[2].next(3.0 * C2) * fall(t, 0.09);
        soft(1.2 * wave) * rise(t, 0.004) * fall(t - 0.45, 0.15)
    })
}

/// Sawtooths a few cents apart that beat, under a low filter.
pub(super) fn bass_reese(desk: Desk) -> Take {
    let mut saws = [(-0.14, 0.1), (0.0, 0.45), (0.15, 0.7)].map(|(cents, phase)| (desk.edge(phase), raised(C2, cents)));
    let (mut filter, mut sub) = (desk.filter(620.0, 0.8), desk.sine(0.0));
    desk.mono(|t| {
        let beat: f64 = saws.iter_mut().map(|(saw, hz)| saw.saw(*hz)).sum();
        (soft(0.9 * filter.low(beat)) + 0.4 * sub.next(C2)) * rise(t, 0.006) * fall(t - 0.7, 0.16)
    })
}

/// A sine that bends another's angle, struck hard.
pub(super) fn bass_slap(desk: Desk) -> Take {
    let (mut body, mut bend) = (desk.sine(0.0), desk.sine(0.0));
    desk.mono(|t| {
        let turns = (0.08 + 0.62 * fall(t, 0.045)) * bend.next(2.0 * C2);
        soft(1.3 * body.bent(C2, turns)) * rise(t, 0.001) * (0.35 * fall(t, 0.04) + 0.65 * fall(t, 0.28))
    })
}

/// A string that is plucked: noise in a line of one period that loses its height with each turn (K. Karplus and A. Strong, "Digital
/// Synthesis of Plucked-String and Drum Timbres", 1983; tuned as D. Jaffe and J. O. Smith do, both Computer Music Journal 7).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a period of some hundred frames")]
pub(super) fn pluck_string(desk: Desk) -> Take {
    // Half a frame is the mean's.
    let period = desk.rate / C4 - 0.5;
    let (whole, part) = (period.floor() as usize, period - period.floor());
    let across = (1.0 - part) / (1.0 + part);
    let (mut noise, mut dull) = (desk.noise(0x5851_F42D), desk.filter(4_200.0, 0.6));
    let mut line: Vec<f64> = (0..whole).map(|_| dull.low(noise.next())).collect();
    let mean = line.iter().sum::<f64>() / whole as f64;
    line.iter_mut().for_each(|sample| *sample -= mean);
    // The same fall at any rate: 60 dB in 2.6 s.
    let keeps = fall(1.0 / C4, 2.6 / 6.91);
    let (mut at, mut before, mut held) = (0, 0.0, [0.0; 2]);
    desk.mono(|t| {
        let out = line[at];
        let smooth = 0.5 * (out + before);
        before = out;
        let tuned = across * (smooth - held[1]) + held[0];
        held = [smooth, tuned];
        line[at] = keeps * tuned;
        at = (at + 1) % whole;
        out * rise(t, 0.0006)
    })
}

/// A tongue of metal: a bar's modes over a sine.
pub(super) fn pluck_kalimba(desk: Desk) -> Take {
    let mut modes = [desk.sine(0.0), desk.sine(0.0), desk.sine(0.0)];
    let (mut noise, mut thumb) = (desk.noise(0x14D0_49BB), desk.filter(2_600.0, 1.2));
    desk.mono(|t| {
        // A bar that is clamped at one end: 1, 6.27, 17.5.
        let bar = modes[0].next(C4) * fall(t, 0.26)
            + 0.22 * modes[1].next(6.27 * C4) * fall(t, 0.05)
            + 0.1 * modes[2].next(17.5 * C4) * fall(t, 0.014);
        bar * rise(t, 0.001) + 0.25 * thumb.band(noise.next()) * fall(t, 0.005)
    })
}

/// A narrow pulse through a filter that snaps shut.
pub(super) fn pluck_square(desk: Desk) -> Take {
    let (mut one, mut two, mut filter) = (desk.edge(0.0), desk.edge(0.3), desk.filter(1_000.0, 1.6));
    desk.mono(|t| {
        filter.tune(320.0 + 5_200.0 * fall(t, 0.055), 1.6);
        // Two sawtooths against each other are a pulse.
        let pulse = one.saw(C4) - two.saw(C4);
        filter.low(pulse) * rise(t, 0.001) * (0.7 * fall(t, 0.1) + 0.3 * fall(t, 0.22))
    })
}

/// A sawtooth of a chorus: where it stands, from left to right, and its pitch.
type Singer = (Edge, f64, f64);

fn chorus<const N: usize>(desk: Desk, notes: [f64; N], cents: f64) -> [Singer; N] {
    let mut place: f64 = 0.0;
    notes.map(|semitones| {
        place += 1.0;
        // Spread over phase, side and pitch without a pattern.
        let share = place * 0.618_034;
        let share = share - share.floor();
        (desk.edge(share), share, raised(C4, semitones + cents * 0.01 * (2.0 * share - 1.0)))
    })
}

fn sung<const N: usize>(singers: &mut [Singer; N], bend: f64) -> [f64; 2] {
    singers.iter_mut().fold([0.0; 2], |[left, right], (saw, side, hz)| {
        let wave = saw.saw(*hz * bend) / N as f64;
        [left + wave * (1.0 - *side), right + wave * *side]
    })
}

/// Seven sawtooths, wide, under a filter that opens and closes.
pub(super) fn pad_warm(desk: Desk) -> Take {
    let mut singers = chorus(desk, [0.0, 0.0, 0.0, 0.0, -12.0, -12.0, 7.0], 16.0);
    let mut filters = [desk.filter(900.0, 0.7), desk.filter(900.0, 0.7)];
    let secs = desk.secs;
    desk.stereo(|t| {
        let hz = 500.0 + 1_300.0 * rise(t, 0.9) * fall(t - 0.5 * secs, 0.7);
        let level = rise(t, 0.25) * fall(t - 0.62 * secs, 0.085 * secs);
        let [left, right] = sung(&mut singers, 1.0);
        filters.iter_mut().for_each(|filter| filter.tune(hz, 0.7));
        [filters[0].low(left) * level, filters[1].low(right) * level]
    })
}

/// Partials of glass, each of which breathes by itself.
pub(super) fn pad_glass(desk: Desk) -> Take {
    let mut partials: [(Sine, Sine, f64); 8] =
        [1.0, 2.0, 3.0, 4.0, 5.02, 6.01, 8.03, 10.07].map(|ratio| (desk.sine(ratio * 0.13), desk.sine(ratio * 0.37), ratio));
    let secs = desk.secs;
    desk.stereo(|t| {
        let level = rise(t, 0.35) * fall(t - 0.52 * secs, 0.085 * secs);
        let mut sides = [0.0; 2];
        for (body, breath, ratio) in &mut partials {
            let sway = breath.next(0.21 + 0.07 * *ratio);
            let wave = body.next(C4 * *ratio) / *ratio * (0.7 + 0.3 * sway) * level;
            let side = 0.5 + 0.4 * sway;
            sides = [sides[0] + wave * (1.0 - side), sides[1] + wave * side];
        }
        sides
    })
}

/// Low strings, dark.
pub(super) fn pad_dark(desk: Desk) -> Take {
    let mut singers = chorus(desk, [-24.0, -12.0, -12.0, -12.0, -5.0, 0.0, 0.0], 22.0);
    let (mut filters, mut sway) = ([desk.filter(420.0, 1.1), desk.filter(420.0, 1.1)], desk.sine(0.0));
    let secs = desk.secs;
    desk.stereo(|t| {
        let hz = 420.0 + 190.0 * sway.next(0.4);
        let level = rise(t, 0.4) * fall(t - 0.6 * secs, 0.09 * secs);
        let [left, right] = sung(&mut singers, 1.0);
        filters.iter_mut().for_each(|filter| filter.tune(hz, 1.1));
        [filters[0].low(left) * level, filters[1].low(right) * level]
    })
}

/// A minor seventh chord of sawtooths, as house has it.
pub(super) fn stab_minor(desk: Desk) -> Take {
    let mut singers = chorus(desk, [0.0, 3.0, 7.0, 10.0, 0.0, 3.0, 7.0, 10.0], 9.0);
    let mut filters = [desk.filter(900.0, 1.3), desk.filter(900.0, 1.3)];
    desk.stereo(|t| {
        let hz = 380.0 + 3_400.0 * fall(t, 0.12);
        let level = rise(t, 0.002) * (0.55 * fall(t, 0.08) + 0.45 * fall(t, 0.2));
        let [left, right] = sung(&mut singers, 1.0);
        filters.iter_mut().for_each(|filter| filter.tune(hz, 1.3));
        [filters[0].low(left) * level, filters[1].low(right) * level]
    })
}

/// An organ's chord: drawbars at 16', 8' and 2⅔', with a click.
pub(super) fn stab_organ(desk: Desk) -> Take {
    let mut pipes: [(Sine, f64, f64); 12] = std::array::from_fn(|index| {
        let (note, bar) = ([0.0, 3.0, 7.0, 12.0][index % 4], [(0.5, 0.7), (1.0, 1.0), (3.0, 0.5)][index / 4]);
        (desk.sine(0.0), raised(C4, note) * bar.0, bar.1)
    });
    let (mut noise, mut click) = (desk.noise(0x6A09_E667), desk.filter(1_800.0, 0.8));
    desk.mono(|t| {
        let wind: f64 = pipes.iter_mut().map(|(pipe, hz, level)| *level * pipe.next(*hz)).sum();
        let level = rise(t, 0.002) * fall(t - 0.13, 0.07);
        soft(0.3 * wind) * level + 0.25 * click.band(noise.next()) * fall(t, 0.004)
    })
}

/// A rave's stab: fifths and octaves, swept from above, wide.
pub(super) fn stab_rave(desk: Desk) -> Take {
    let mut singers = chorus(desk, [-12.0, 0.0, 0.0, 7.0, 7.0, 12.0, 12.0, 19.0], 20.0);
    let mut filters = [desk.filter(3_000.0, 0.9), desk.filter(3_000.0, 0.9)];
    desk.stereo(|t| {
        let bend = raised(1.0, 1.6 * fall(t, 0.03));
        let level = rise(t, 0.003) * (0.4 * fall(t, 0.09) + 0.6 * fall(t, 0.24));
        let [left, right] = sung(&mut singers, bend);
        filters.iter_mut().for_each(|filter| filter.tune(900.0 + 4_200.0 * fall(t, 0.2), 0.9));
        [soft(3.0 * filters[0].low(left)) * level, soft(3.0 * filters[1].low(right)) * level]
    })
}

/// A vowel: frequency in Hz, level in dB and width in Hz of its formants, a tenor's as in the table of the Csound manual
/// ("Formant Values").
type Vowel = [(f64, f64, f64); 5];

const AH: Vowel = [(650.0, 0.0, 80.0), (1_080.0, -6.0, 90.0), (2_650.0, -7.0, 120.0), (2_900.0, -8.0, 130.0), (3_250.0, -22.0, 140.0)];
const EH: Vowel = [(400.0, 0.0, 70.0), (1_700.0, -14.0, 80.0), (2_600.0, -12.0, 100.0), (3_200.0, -14.0, 120.0), (3_580.0, -20.0, 120.0)];
const EE: Vowel = [(290.0, 0.0, 40.0), (1_870.0, -15.0, 90.0), (2_800.0, -18.0, 100.0), (3_250.0, -20.0, 120.0), (3_540.0, -30.0, 120.0)];
const OO: Vowel = [(350.0, 0.0, 40.0), (600.0, -20.0, 60.0), (2_700.0, -17.0, 100.0), (2_900.0, -14.0, 120.0), (3_300.0, -26.0, 120.0)];

/// A throat: sawtooth and breath through formants side by side.
struct Throat {
    folds: Edge,
    sway: Sine,
    slope: Svf,
    formants: [Svf; 5],
}

impl Throat {
    fn new(desk: Desk, phase: f64) -> Self {
        Self { folds: desk.edge(phase), sway: desk.sine(phase), slope: desk.filter(2_200.0, 0.5), formants: [desk.filter(1_000.0, 1.0); 5] }
    }

    /// The next sample: pitch, how far between two vowels, and breath.
    fn next(&mut self, t: f64, hz: f64, (from, to, share): (&Vowel, &Vowel, f64), breath: f64) -> f64 {
        let sway = self.sway.next(5.3) * rise(t - 0.2, 0.3);
        let source = self.slope.low(self.folds.saw(raised(hz, 0.22 * sway))) + breath;
        let mixed = |one: f64, two: f64| one + (two - one) * share;
        let tube: f64 = self
            .formants
            .iter_mut()
            .zip(from.iter().zip(to))
            .map(|(formant, (one, two))| {
                let centre = mixed(one.0, two.0);
                formant.tune(centre, centre / mixed(one.2, two.2));
                raised(1.0, mixed(one.1, two.1) * 12.0 / 6.020_6) * formant.band(source)
            })
            .sum();
        tube
    }
}

/// Two throats, a little apart.
fn choir(desk: Desk, vowels: (&Vowel, &Vowel), share: impl Fn(f64) -> f64, level: impl Fn(f64) -> f64) -> Take {
    let mut throats = [(Throat::new(desk, 0.1), raised(C4, -0.06)), (Throat::new(desk, 0.6), raised(C4, 0.06))];
    let mut noise = desk.noise(0x3C79_AC49);
    desk.stereo(|t| {
        let (breath, share, level) = (0.02 * noise.next(), share(t), level(t));
        let [one, two] = throats.each_mut().map(|(throat, hz)| throat.next(t, *hz, (vowels.0, vowels.1, share), breath) * level);
        [0.8 * one + 0.3 * two, 0.3 * one + 0.8 * two]
    })
}

pub(super) fn vox_ah(desk: Desk) -> Take {
    choir(desk, (&AH, &AH), |_| 0.0, |t| rise(t, 0.03) * fall(t - 0.9, 0.12))
}

pub(super) fn vox_oo(desk: Desk) -> Take {
    choir(desk, (&OO, &OO), |_| 0.0, |t| rise(t, 0.05) * fall(t - 0.9, 0.14))
}

/// "Hey": a breath, and a vowel that closes.
pub(super) fn vox_hey(desk: Desk) -> Take {
    let mut throat = Throat::new(desk, 0.0);
    let mut noise = desk.noise(0x9216_D5D9);
    desk.mono(|t| {
        let hz = raised(C4, 1.5 * fall(t, 0.09) - 3.0 * rise(t - 0.12, 0.2));
        let breath = noise.next() * (0.5 * fall(t, 0.022) + 0.015);
        let voiced = rise(t - 0.02, 0.012);
        let level = fall(t - 0.17, 0.055);
        throat.next(0.0, hz, (&EH, &EE, rise(t - 0.08, 0.07)), breath) * (0.35 + 0.65 * voiced) * level
    })
}

/// "Wow": a mouth that opens and closes.
pub(super) fn vox_wow(desk: Desk) -> Take {
    choir(desk, (&OO, &AH), |t| rise(t - 0.03, 0.06) * fall(t - 0.26, 0.08), |t| rise(t, 0.02) * fall(t - 0.32, 0.085))
}

/// A sine that falls through seven octaves.
pub(super) fn misc_zap(desk: Desk) -> Take {
    let mut beam = desk.sine(0.0);
    desk.mono(|t| soft(1.5 * beam.next(70.0 + 6_500.0 * fall(t, 0.035))) * rise(t, 0.0005) * fall(t, 0.07))
}

/// A short chirp of two sines.
pub(super) fn misc_blip(desk: Desk) -> Take {
    let (mut body, mut bend) = (desk.sine(0.0), desk.sine(0.0));
    desk.mono(|t| {
        let turns = 0.35 * fall(t, 0.03) * bend.next(4.0 * C4 * 1.414);
        body.bent(4.0 * C4, turns) * rise(t, 0.0006) * fall(t, 0.035)
    })
}

/// Vinyl: crackles, and the hiss between.
pub(super) fn misc_crackle(desk: Desk) -> Take {
    let (mut noise, mut chance) = (desk.noise(0x243F_6A88), desk.noise(0x85A3_08D3));
    let mut bands = [desk.filter(2_300.0, 1.4), desk.filter(4_100.0, 1.2)];
    let secs = desk.secs;
    desk.stereo(|t| {
        let (draw, side) = (chance.next() * 0.5 + 0.5, chance.next() * 0.5 + 0.5);
        let struck = if draw < 38.0 / desk.rate { 6.0 * (0.3 + side) } else { 0.0 };
        let hiss = 0.012 * noise.next();
        let level = rise(t, 0.02) * fall(t - 0.75 * secs, 0.04 * secs);
        [(bands[0].band(struck) + hiss) * level, (bands[1].band(struck) * 0.9 + hiss) * level]
    })
}

/// A swell of noise that is cut off, for the bar before a change.
pub(super) fn misc_rise(desk: Desk) -> Take {
    let (mut left, mut right) = (desk.noise(0xA409_3822), desk.noise(0x299F_31D0));
    let mut filters = [desk.filter(500.0, 1.6), desk.filter(500.0, 1.6)];
    let secs = desk.secs;
    desk.stereo(|t| {
        let share = t / secs;
        let level = share * share * (1.0 - rise(t - (secs - 0.03), 0.0045));
        filters.iter_mut().for_each(|filter| filter.tune(raised(300.0, 54.0 * share), 1.6));
        [filters[0].band(left.next()) * level, filters[1].band(right.next()) * level]
    })
}
