//! Drums with a skin or a body: kicks, snares, rims, claps, toms, and what hands strike.
//!
//! Circuits and figures are those of the Roland TR-808 and TR-909 as others have measured them: K. J. Werner, J. S. Abel and J. O.
//! Smith, "A Physically-Informed, Circuit-Bendable, Digital Model of the Roland TR-808 Bass Drum Circuit" (DAFx-14); G. Reid, "Synth
//! Secrets", parts 32 to 40 (Sound on Sound, 2002). Modes of skins follow from the zeros of Bessel functions (1, 1.59, 2.14, 2.30).

use super::desk::{Desk, Take, fall, rise, soft};

/// A bridged-T circuit that is struck: 49 Hz, three times that while its pulse lasts, and a sigh of a few Hz.
pub(super) fn bd_deep(desk: Desk) -> Take {
    let (mut body, mut click) = (desk.sine(0.0), desk.filter(1_800.0, 0.6));
    desk.mono(|t| {
        let hz = 49.0 + 8.0 * fall(t, 0.09) + 96.0 * fall(t, 0.0055);
        let pulse = if t < 0.001 { 1.0 } else { 0.0 };
        body.next(hz) * rise(t, 0.0006) * fall(t, 0.24) + 0.55 * click.low(pulse)
    })
}

/// A swept triangle, rounded, with a click of noise and a pulse before it.
pub(super) fn bd_punch(desk: Desk) -> Take {
    let (mut body, mut noise, mut click) = (desk.sine(0.0), desk.noise(0x9E37_79B9), desk.filter(3_200.0, 0.7));
    desk.mono(|t| {
        let hz = 50.0 + 150.0 * fall(t, 0.021) + 330.0 * fall(t, 0.0035);
        let struck = soft(1.7 * body.next(hz)) * if t < 0.045 { 1.0 } else { fall(t - 0.045, 0.075) };
        struck + 0.6 * click.low(noise.next() * fall(t, 0.0022) + fall(t, 0.0007))
    })
}

/// A small skin, damped, and a felt beater.
pub(super) fn bd_tight(desk: Desk) -> Take {
    let mut modes = [desk.sine(0.0), desk.sine(0.0), desk.sine(0.0)];
    let (mut noise, mut beater) = (desk.noise(0x51ED_270B), desk.filter(2_300.0, 1.1));
    desk.mono(|t| {
        let bend = 1.0 + 0.55 * fall(t, 0.012);
        let skin = modes[0].next(63.0 * bend) * fall(t, 0.085)
            + 0.45 * modes[1].next(63.0 * 1.59 * bend) * fall(t, 0.035)
            + 0.25 * modes[2].next(63.0 * 2.3 * bend) * fall(t, 0.022);
        soft(2.2 * skin) * rise(t, 0.0008) + 0.35 * beater.band(noise.next()) * fall(t, 0.0055)
    })
}

/// The swept kick, driven until it is nearly square.
pub(super) fn bd_hard(desk: Desk) -> Take {
    let (mut body, mut noise, mut tone) = (desk.sine(0.0), desk.noise(0x2545_F491), desk.filter(2_600.0, 0.7));
    desk.mono(|t| {
        let hz = 51.0 + 210.0 * fall(t, 0.024) + 400.0 * fall(t, 0.004);
        let struck = body.next(hz) * fall(t, 0.16) + 0.12 * noise.next() * fall(t, 0.008);
        tone.low(soft(6.0 * struck)) * fall(t - 0.18, 0.06)
    })
}

/// A low sine that rings for two seconds, with a second harmonic for small loudspeakers.
pub(super) fn bd_boom(desk: Desk) -> Take {
    let (mut body, mut second) = (desk.sine(0.0), desk.sine(0.0));
    desk.mono(|t| {
        let hz = 43.65 + 70.0 * fall(t, 0.016);
        let level = rise(t, 0.001) * fall(t, 0.36);
        soft(1.6 * body.next(hz) * level) + 0.09 * second.next(2.0 * hz) * level
    })
}

/// Two bridged-T circuits at 238 and 476 Hz, and noise above 1.8 kHz.
pub(super) fn sd_snappy(desk: Desk) -> Take {
    let (mut low, mut high) = (desk.sine(0.0), desk.sine(0.0));
    let (mut noise, mut wires) = (desk.noise(0x7F4A_7C15), desk.filter(1_800.0, 0.7));
    desk.mono(|t| {
        let head = low.next(238.0 * (1.0 + 0.12 * fall(t, 0.006))) * fall(t, 0.042) + 0.55 * high.next(476.0) * fall(t, 0.026);
        soft(1.6 * head) * rise(t, 0.0004) + 0.55 * wires.high(noise.next()) * fall(t, 0.062)
    })
}

/// Two swept oscillators, and noise in two bands, the lower of which falls sooner.
pub(super) fn sd_crack(desk: Desk) -> Take {
    let (mut low, mut high) = (desk.sine(0.0), desk.sine(0.0));
    let (mut noise, mut dull, mut bright) = (desk.noise(0xC2B2_AE35), desk.filter(1_900.0, 0.6), desk.filter(2_400.0, 0.6));
    desk.mono(|t| {
        let bend = 1.0 + 0.9 * fall(t, 0.009);
        let head = soft(1.4 * (low.next(185.0 * bend) + 0.6 * high.next(286.0 * bend))) * fall(t, 0.048);
        let hiss = noise.next();
        0.75 * head * rise(t, 0.0003) + 1.3 * dull.band(hiss) * fall(t, 0.03) + 0.5 * bright.high(hiss) * fall(t, 0.078)
    })
}

/// A piccolo's skin, high and dry.
pub(super) fn sd_tight(desk: Desk) -> Take {
    let mut modes = [desk.sine(0.0), desk.sine(0.0), desk.sine(0.0), desk.sine(0.0)];
    let (mut noise, mut wires) = (desk.noise(0x1B87_3593), desk.filter(5_200.0, 0.8));
    desk.mono(|t| {
        let skin: f64 = modes
            .iter_mut()
            .zip([(262.0, 0.04, 1.0), (416.0, 0.026, 0.6), (560.0, 0.02, 0.45), (1_170.0, 0.007, 0.5)])
            .map(|(mode, (hz, tau, level))| level * mode.next(hz * (1.0 + 0.1 * fall(t, 0.004))) * fall(t, tau))
            .sum();
        0.8 * soft(1.4 * skin) * rise(t, 0.0003) + 1.2 * wires.band(noise.next()) * fall(t, 0.036)
    })
}

/// Brushes: noise that swells for a moment and rattles.
pub(super) fn sd_brush(desk: Desk) -> Take {
    let (mut noise, mut body, mut air) = (desk.noise(0x85EB_CA6B), desk.filter(1_150.0, 0.7), desk.filter(5_000.0, 0.6));
    let mut head = desk.sine(0.0);
    desk.mono(|t| {
        let hiss = noise.next();
        let stroke = rise(t, 0.009) * fall(t, 0.075);
        (0.8 * body.band(hiss) + 0.8 * air.band(hiss)) * stroke + 0.3 * head.next(205.0) * rise(t, 0.004) * fall(t, 0.03)
    })
}

/// A large snare in a large room whose door closes after a quarter of a second.
pub(super) fn sd_gate(desk: Desk) -> Take {
    let (mut low, mut high) = (desk.sine(0.0), desk.sine(0.0));
    let (mut left, mut right) = (desk.noise(0x6C07_8965), desk.noise(0xB529_7A4D));
    let mut rooms = [desk.filter(2_100.0, 0.4), desk.filter(2_300.0, 0.4)];
    let (mut crack, mut wires) = (desk.noise(0x68E3_1DA4), desk.filter(2_000.0, 0.7));
    desk.stereo(|t| {
        let bend = 1.0 + 0.7 * fall(t, 0.011);
        let head = soft(1.6 * (low.next(168.0 * bend) + 0.5 * high.next(262.0 * bend))) * fall(t, 0.06) * rise(t, 0.0003);
        let dry = 0.8 * head + 0.5 * wires.high(crack.next()) * fall(t, 0.05);
        let gate = if t < 0.24 { rise(t, 0.012) * fall(t, 0.3) } else { fall(0.24, 0.3) * fall(t - 0.24, 0.009) };
        let [one, two] = [rooms[0].band(left.next()), rooms[1].band(right.next())];
        [dry + 0.85 * one * gate, dry + 0.85 * two * gate]
    })
}

/// Two circuits at 455 and 1667 Hz, clipped, above 400 Hz.
pub(super) fn rim_click(desk: Desk) -> Take {
    let (mut low, mut high, mut thin) = (desk.sine(0.0), desk.sine(0.25), desk.filter(400.0, 0.7));
    desk.mono(|t| {
        let rung = low.next(455.0) * fall(t, 0.009) + 0.9 * high.next(1_667.0) * fall(t, 0.0065);
        thin.high(soft(2.2 * rung))
    })
}

/// Three circuits, pressed together by diodes.
pub(super) fn rim_shot(desk: Desk) -> Take {
    let mut modes = [desk.sine(0.0), desk.sine(0.1), desk.sine(0.2)];
    let (mut noise, mut thin) = (desk.noise(0x27D4_EB2F), desk.filter(190.0, 0.7));
    desk.mono(|t| {
        let rung = modes[0].next(222.0) * fall(t, 0.014) + modes[1].next(514.0) * fall(t, 0.016) + modes[2].next(1_020.0) * fall(t, 0.011);
        thin.high(soft(2.6 * rung + 0.8 * noise.next() * fall(t, 0.0016)))
    })
}

/// A stick laid across the rim: modes of wood.
pub(super) fn rim_stick(desk: Desk) -> Take {
    let mut modes = [desk.sine(0.0); 4];
    let mut noise = desk.noise(0x1656_67B1);
    desk.mono(|t| {
        let wood: f64 = modes
            .iter_mut()
            .zip([(392.0, 0.024, 0.7), (868.0, 0.017, 1.0), (1_490.0, 0.011, 0.8), (2_610.0, 0.006, 0.6)])
            .map(|(mode, (hz, tau, level))| level * mode.next(hz) * fall(t, tau))
            .sum();
        wood * rise(t, 0.0002) + 0.5 * noise.next() * fall(t, 0.0012)
    })
}

/// Three bursts that fall like saw teeth, and a fourth that rings: `starts` in seconds, the last one with `tail`.
fn claps(t: f64, starts: &[f64], burst: f64, tail: f64) -> f64 {
    let Some(last) = starts.iter().rposition(|start| t >= *start) else { return 0.0 };
    fall(t - starts[last], if last + 1 == starts.len() { tail } else { burst })
}

/// Noise around 1 kHz in three bursts and a fourth, 10 ms apart, over the noise of a room.
pub(super) fn cp_three(desk: Desk) -> Take {
    let (mut noise, mut band, mut thin) = (desk.noise(0xA511_E9B3), desk.filter(1_020.0, 1.9), desk.filter(600.0, 0.7));
    desk.mono(|t| {
        let heard = thin.high(band.band(noise.next()));
        heard * (claps(t, &[0.0, 0.0105, 0.021, 0.0315], 0.0042, 0.024) + 0.32 * rise(t, 0.01) * fall(t, 0.085))
    })
}

/// Brighter, with bursts at uneven distances.
pub(super) fn cp_bright(desk: Desk) -> Take {
    let (mut noise, mut low, mut high) = (desk.noise(0x9E37_1234), desk.filter(1_250.0, 1.6), desk.filter(2_700.0, 1.1));
    desk.mono(|t| {
        let hiss = noise.next();
        let heard = low.band(hiss) + 0.8 * high.band(hiss);
        heard * (claps(t, &[0.0, 0.012, 0.0215, 0.033], 0.0036, 0.02) + 0.28 * rise(t, 0.012) * fall(t, 0.06))
    })
}

/// Eight pairs of hands, left and right.
pub(super) fn cp_hands(desk: Desk) -> Take {
    const HANDS: [(f64, f64, f64); 8] = [
        (0.0, 1_080.0, 0.5),
        (0.004, 900.0, 0.15),
        (0.009, 1_420.0, 0.85),
        (0.013, 1_160.0, 0.35),
        (0.019, 1_750.0, 0.65),
        (0.024, 960.0, 0.95),
        (0.028, 1_340.0, 0.05),
        (0.036, 1_200.0, 0.5),
    ];
    let mut noise = desk.noise(0x5BD1_E995);
    let mut bands = HANDS.map(|(_, hz, _)| desk.filter(hz, 2.2));
    desk.stereo(|t| {
        let mut sides = [0.0; 2];
        for (band, (start, _, place)) in bands.iter_mut().zip(HANDS) {
            let clap = band.band(noise.next()) * if t < start { 0.0 } else { fall(t - start, 0.009) + 0.14 * fall(t - start, 0.07) };
            sides = [sides[0] + clap * (1.0 - place), sides[1] + clap * place];
        }
        sides
    })
}

/// A tom of two circuits: its pitch falls by a third, under a breath of noise.
fn tom_round(desk: Desk, hz: f64, tau: f64) -> Take {
    let (mut body, mut noise, mut breath) = (desk.sine(0.0), desk.noise(0x3C6E_F372), desk.filter(hz * 4.0, 0.6));
    desk.mono(|t| {
        let bend = 1.0 + 0.34 * fall(t, 0.055) + 0.5 * fall(t, 0.005);
        body.next(hz * bend) * rise(t, 0.0007) * fall(t, tau) + 0.22 * breath.low(noise.next()) * fall(t, tau * 0.45)
    })
}

/// A tom that falls faster, with its second mode and a stick.
fn tom_punch(desk: Desk, hz: f64, tau: f64) -> Take {
    let (mut body, mut second) = (desk.sine(0.0), desk.sine(0.0));
    let (mut noise, mut stick) = (desk.noise(0xDAA6_6D2B), desk.filter(2_800.0, 0.8));
    desk.mono(|t| {
        let bend = 1.0 + 0.6 * fall(t, 0.022);
        let skin = soft(1.3 * body.next(hz * bend)) * fall(t, tau) + 0.35 * second.next(hz * 1.59 * bend) * fall(t, tau * 0.4);
        skin * rise(t, 0.0005) + 0.45 * stick.band(noise.next()) * fall(t, 0.008)
    })
}

/// A drum of the electronic kind: it falls by two octaves, in a triangle, with a slap of noise.
fn tom_electric(desk: Desk, hz: f64, tau: f64) -> Take {
    let (mut body, mut third) = (desk.sine(0.0), desk.sine(0.5));
    let (mut noise, mut slap) = (desk.noise(0x7ED5_5D16), desk.filter(1_500.0, 0.7));
    desk.mono(|t| {
        let now = hz * (1.0 + 2.6 * fall(t, 0.07));
        // Two partials of a triangle.
        let wave = body.next(now) + third.next(3.0 * now) / 9.0;
        wave * rise(t, 0.001) * fall(t, tau) + 0.5 * slap.band(noise.next()) * fall(t, 0.03)
    })
}

pub(super) fn lt_round(desk: Desk) -> Take {
    tom_round(desk, 82.0, 0.19)
}

pub(super) fn lt_punch(desk: Desk) -> Take {
    tom_punch(desk, 95.0, 0.15)
}

pub(super) fn lt_electric(desk: Desk) -> Take {
    tom_electric(desk, 68.0, 0.14)
}

pub(super) fn mt_round(desk: Desk) -> Take {
    tom_round(desk, 121.0, 0.16)
}

pub(super) fn mt_punch(desk: Desk) -> Take {
    tom_punch(desk, 138.0, 0.13)
}

pub(super) fn mt_electric(desk: Desk) -> Take {
    tom_electric(desk, 98.0, 0.12)
}

pub(super) fn ht_round(desk: Desk) -> Take {
    tom_round(desk, 171.0, 0.13)
}

pub(super) fn ht_punch(desk: Desk) -> Take {
    tom_punch(desk, 196.0, 0.11)
}

pub(super) fn ht_electric(desk: Desk) -> Take {
    tom_electric(desk, 141.0, 0.1)
}

/// A conga's open tone.
pub(super) fn perc_conga_low(desk: Desk) -> Take {
    tom_round(desk, 186.0, 0.09)
}

/// A conga's slap, an octave up.
pub(super) fn perc_conga_high(desk: Desk) -> Take {
    let (mut body, mut second) = (desk.sine(0.0), desk.sine(0.0));
    let (mut noise, mut hand) = (desk.noise(0x41C6_4E6D), desk.filter(1_900.0, 0.9));
    desk.mono(|t| {
        let skin = body.next(372.0 * (1.0 + 0.1 * fall(t, 0.01))) * fall(t, 0.06) + 0.3 * second.next(372.0 * 2.14) * fall(t, 0.02);
        skin * rise(t, 0.0005) + 0.4 * hand.band(noise.next()) * fall(t, 0.006)
    })
}

/// A resonant circuit at 2.5 kHz: two sticks of hardwood.
pub(super) fn perc_claves(desk: Desk) -> Take {
    let (mut body, mut over) = (desk.sine(0.0), desk.sine(0.0));
    desk.mono(|t| (body.next(2_500.0) * fall(t, 0.014) + 0.25 * over.next(5_230.0) * fall(t, 0.006)) * rise(t, 0.0002))
}

/// A hollow block of wood.
pub(super) fn perc_block(desk: Desk) -> Take {
    let (mut body, mut over, mut noise) = (desk.sine(0.0), desk.sine(0.0), desk.noise(0x2C1B_3C6D));
    desk.mono(|t| {
        let hollow = body.next(845.0 * (1.0 + 0.04 * fall(t, 0.004))) * fall(t, 0.024) + 0.55 * over.next(1_270.0) * fall(t, 0.015);
        soft(1.8 * hollow) * rise(t, 0.0003) + 0.3 * noise.next() * fall(t, 0.0015)
    })
}
