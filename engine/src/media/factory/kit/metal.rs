//! Metal, and what rattles: hats, cymbals, bells, shakers.
//!
//! Six squares that share no fundamental are the TR-808's metal: K. J. Werner, J. S. Abel and J. O. Smith, "The TR-808 Cymbal: a
//! Physically-Informed, Circuit-Bendable, Digital Model" (ICMC/SMC 2014), whose band-passes lie at 3.44 and 7.1 kHz. Grains that
//! collide at random follow P. R. Cook, "Physically Informed Sonic Modeling (PhISM)" (Computer Music Journal 21, 1997).

use super::desk::{Desk, Edge, Sine, Svf, Take, fall, rise, soft};
use crate::media::factory::sound::Noise;

/// Hz of the six oscillators; the last two are the cowbell's.
const CLUSTER: [f64; 6] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0];

/// Six squares at once.
struct Cluster {
    edges: [Edge; 6],
    scale: f64,
}

impl Cluster {
    fn new(desk: Desk, scale: f64) -> Self {
        Self { edges: [0.0, 0.21, 0.43, 0.62, 0.77, 0.9].map(|phase| desk.edge(phase)), scale }
    }

    fn next(&mut self) -> f64 {
        self.edges.iter_mut().zip(CLUSTER).map(|(edge, hz)| edge.square(hz * self.scale)).sum::<f64>() / 6.0
    }
}

/// The shimmer of a beaten plate: sines that bend each other's angle in ratios that are no fractions, and noise, all of it softer
/// towards the upper end.
struct Plate {
    pairs: [(Sine, Sine, f64, f64); 3],
    noise: Noise,
    edge: Svf,
}

impl Plate {
    fn new(desk: Desk, seed: u32, scale: f64) -> Self {
        let pair = |hz: f64, ratio: f64| (desk.sine(0.0), desk.sine(0.3), hz * scale, ratio);
        Self {
            pairs: [pair(3_120.0, 1.483), pair(4_730.0, 1.932), pair(7_390.0, 0.732)],
            noise: desk.noise(seed),
            edge: desk.filter(9_200.0 * scale, 0.9),
        }
    }

    fn next(&mut self, depth: f64, grit: f64) -> f64 {
        let metal: f64 = self
            .pairs
            .iter_mut()
            .map(|(body, bend, hz, ratio)| {
                let turns = depth * bend.next(*hz * *ratio);
                body.bent(*hz, turns)
            })
            .sum();
        self.edge.low(metal / 3.0 + grit * self.noise.next())
    }
}

/// The cluster through both of its band-passes.
fn hat_metal(desk: Desk, scale: f64, edge: f64, level: impl Fn(f64) -> f64) -> Take {
    let (mut cluster, mut band, mut thin) = (Cluster::new(desk, scale), desk.filter(7_100.0 * scale, 1.3), desk.filter(edge, 0.8));
    desk.mono(|t| thin.high(band.band(cluster.next())) * level(t))
}

/// A hat of plates.
fn hat_plate(desk: Desk, seed: u32, edge: f64, level: impl Fn(f64) -> f64) -> Take {
    let (mut plate, mut thin, mut thinner) = (Plate::new(desk, seed, 1.0), desk.filter(edge, 0.8), desk.filter(edge * 0.8, 0.7));
    desk.mono(|t| thinner.high(thin.high(plate.next(0.55, 0.55))) * level(t))
}

pub(super) fn hh_metal(desk: Desk) -> Take {
    hat_metal(desk, 1.0, 6_200.0, |t| fall(t, 0.026))
}

pub(super) fn hh_crisp(desk: Desk) -> Take {
    hat_plate(desk, 0x85EB_1111, 6_800.0, |t| fall(t, 0.021) + 0.08 * fall(t, 0.06))
}

pub(super) fn hh_tick(desk: Desk) -> Take {
    hat_metal(desk, 1.32, 8_200.0, |t| fall(t, 0.009))
}

pub(super) fn hh_pedal(desk: Desk) -> Take {
    hat_plate(desk, 0x85EB_2222, 4_200.0, |t| rise(t, 0.005) * fall(t, 0.033))
}

pub(super) fn oh_metal(desk: Desk) -> Take {
    hat_metal(desk, 1.0, 5_800.0, |t| 0.6 * fall(t, 0.05) + 0.6 * fall(t, 0.17))
}

pub(super) fn oh_crisp(desk: Desk) -> Take {
    hat_plate(desk, 0x85EB_3333, 6_200.0, |t| 0.5 * fall(t, 0.04) + 0.7 * fall(t, 0.14))
}

/// Half open: the plates touch, and the noise comes in waves.
pub(super) fn oh_sizzle(desk: Desk) -> Take {
    let (mut plate, mut thin, mut touch) = (Plate::new(desk, 0x85EB_4444, 0.86), desk.filter(4_600.0, 0.8), desk.sine(0.0));
    desk.mono(|t| {
        let rattle = 0.75 + 0.25 * touch.next(31.0 - 9.0 * rise(t, 0.3));
        thin.high(plate.next(0.7, 0.7)) * rattle * (0.4 * fall(t, 0.06) + 0.6 * fall(t, 0.24))
    })
}

/// A stick on a ride's bow: a ping of a few partials over a wash.
pub(super) fn rd_bow(desk: Desk) -> Take {
    let mut pings: [Sine; 5] = [0.0, 0.1, 0.2, 0.3, 0.4].map(|phase| desk.sine(phase));
    let (mut plate, mut thin) = (Plate::new(desk, 0x632B_E5AB, 0.78), desk.filter(4_800.0, 0.7));
    desk.mono(|t| {
        let ping: f64 = pings
            .iter_mut()
            .zip([(2_471.0, 0.16), (3_283.0, 0.24), (4_109.0, 0.19), (5_273.0, 0.13), (6_871.0, 0.08)])
            .map(|(ping, (hz, tau))| ping.next(hz) * fall(t, tau))
            .sum();
        0.16 * ping * rise(t, 0.0004) + 0.5 * thin.high(plate.next(0.5, 0.3)) * (0.5 * fall(t, 0.03) + 0.5 * fall(t, 0.36))
    })
}

/// The ride's bell.
pub(super) fn rd_bell(desk: Desk) -> Take {
    let mut partials: [Sine; 6] = [0.0; 6].map(|phase| desk.sine(phase));
    let (mut plate, mut thin) = (Plate::new(desk, 0x632B_1234, 0.9), desk.filter(5_600.0, 0.7));
    desk.mono(|t| {
        let bell: f64 = partials
            .iter_mut()
            .zip([
                (784.0, 0.3, 0.5),
                (1_239.0, 0.34, 0.9),
                (1_987.0, 0.38, 1.0),
                (2_963.0, 0.26, 0.7),
                (4_021.0, 0.16, 0.5),
                (5_501.0, 0.1, 0.3),
            ])
            .map(|(partial, (hz, tau, level))| level * partial.next(hz) * fall(t, tau))
            .sum();
        0.3 * bell * rise(t, 0.0004) + 0.25 * thin.high(plate.next(0.5, 0.3)) * fall(t, 0.2)
    })
}

/// The cluster through two band-passes whose levels fall one after the other.
pub(super) fn cr_metal(desk: Desk) -> Take {
    let (mut cluster, mut low, mut high) = (Cluster::new(desk, 1.0), desk.filter(3_440.0, 1.5), desk.filter(7_100.0, 1.4));
    let mut thin = desk.filter(2_200.0, 0.7);
    desk.mono(|t| {
        let metal = cluster.next();
        let bright = high.band(metal) * (0.8 * fall(t, 0.12) + 0.8 * fall(t, 0.4));
        thin.high(0.9 * low.band(metal) * fall(t, 0.28) + bright) * rise(t, 0.0008)
    })
}

/// A crash of plates, wide.
pub(super) fn cr_wide(desk: Desk) -> Take {
    let side = |seed: u32, scale: f64| (Plate::new(desk, seed, scale), desk.filter(2_600.0, 0.6), desk.filter(900.0, 0.7));
    let mut sides = [side(0xB492_B66F, 0.71), side(0x9AE1_6A3B, 0.74)];
    desk.stereo(|t| {
        let level = rise(t, 0.003) * (0.7 * fall(t, 0.1) + 0.6 * fall(t, 0.48));
        let depth = 0.5 + 0.8 * fall(t, 0.25);
        sides.each_mut().map(|(plate, thin, floor): &mut (Plate, Svf, Svf)| {
            let metal = plate.next(depth, 0.9);
            floor.high(thin.high(metal)) * level
        })
    })
}

/// Two squares at 540 and 800 Hz through a band-pass: a hard stroke that rings on.
pub(super) fn cb_two(desk: Desk) -> Take {
    let (mut low, mut high, mut band) = (desk.edge(0.0), desk.edge(0.0), desk.filter(2_640.0, 0.6));
    desk.mono(|t| {
        let squares = low.square(540.0) + high.square(800.0);
        band.band(soft(1.2 * squares)) * (0.65 * fall(t, 0.012) + 0.45 * fall(t, 0.11)) * rise(t, 0.0003)
    })
}

/// A bell of sheet iron on a stick.
pub(super) fn cb_agogo(desk: Desk) -> Take {
    let mut partials: [Sine; 4] = [0.0; 4].map(|phase| desk.sine(phase));
    desk.mono(|t| {
        let iron: f64 = partials
            .iter_mut()
            .zip([(932.0, 0.1, 1.0), (1_516.0, 0.08, 0.6), (2_733.0, 0.05, 0.5), (4_318.0, 0.02, 0.4)])
            .map(|(partial, (hz, tau, level))| level * partial.next(hz) * fall(t, tau))
            .sum();
        soft(1.4 * iron) * rise(t, 0.0003)
    })
}

/// Maracas: noise above 5 kHz that comes and goes.
pub(super) fn sh_short(desk: Desk) -> Take {
    let (mut noise, mut thin, mut edge) = (desk.noise(0x4CF5_AD43), desk.filter(5_000.0, 0.9), desk.filter(11_000.0, 0.7));
    desk.mono(|t| edge.low(thin.high(noise.next())) * rise(t, 0.007) * fall(t, 0.02))
}

/// A shaker there and back.
pub(super) fn sh_long(desk: Desk) -> Take {
    let (mut noise, mut grain, mut band) = (desk.noise(0x2745_937F), desk.noise(0x8F7A_11B3), desk.filter(6_300.0, 1.0));
    let mut held = 0.0;
    desk.mono(|t| {
        // Beads that strike now and then.
        if grain.next() > 0.8 {
            held = 1.0;
        }
        held *= 0.93;
        let stroke = rise(t, 0.02) * fall(t, 0.03) + 0.7 * rise(t - 0.085, 0.012) * if t < 0.085 { 0.0 } else { fall(t - 0.085, 0.028) };
        band.band(noise.next()) * (0.3 + held) * stroke
    })
}

/// Jingles: grains that strike three small plates.
fn jingles(desk: Desk, seed: u32, rate: f64, level: impl Fn(f64) -> f64) -> Take {
    let (mut noise, mut chance) = (desk.noise(seed), desk.noise(seed ^ 0x00FF_FF00));
    let mut plates = [(5_600.0, 24.0), (8_100.0, 26.0), (9_700.0, 22.0)].map(|(hz, q)| desk.filter(hz, q));
    let mut energy = 0.0;
    let keeps = fall(1.0 / desk.rate, 0.0022);
    desk.mono(|t| {
        let level = level(t);
        if chance.next() * 0.5 + 0.5 < rate / desk.rate {
            energy = level;
        }
        energy *= keeps;
        let struck = noise.next() * (energy + 0.12 * level);
        plates.iter_mut().map(|plate| plate.band(struck)).sum()
    })
}

pub(super) fn tb_hit(desk: Desk) -> Take {
    jingles(desk, 0x1F12_3BB5, 900.0, |t| fall(t, 0.07))
}

pub(super) fn tb_shake(desk: Desk) -> Take {
    jingles(desk, 0x3F4A_91C7, 420.0, |t| rise(t, 0.03) * fall(t, 0.09))
}

/// A triangle that is let ring.
pub(super) fn perc_triangle(desk: Desk) -> Take {
    let mut partials: [Sine; 5] = [0.0; 5].map(|phase| desk.sine(phase));
    desk.mono(|t| {
        let rung: f64 = partials
            .iter_mut()
            .zip([(1_640.0, 0.3, 0.4), (4_226.0, 0.42, 1.0), (5_890.0, 0.34, 0.6), (7_531.0, 0.26, 0.5), (9_412.0, 0.14, 0.4)])
            .map(|(partial, (hz, tau, level))| level * partial.next(hz) * fall(t, tau))
            .sum();
        rung * rise(t, 0.0005)
    })
}
