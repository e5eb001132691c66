//! Voices under any controls: everything that they and an orbit can be told, at any value in its range and any pace.
//!
//! `STORM_SECS` says how many seconds of sound are made (48 where it is not said), `STORM_SEED` begins elsewhere.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use videotracker_engine::{
    module::{MODULES, ParamKind, ParamSpec},
    signal::WELL_KNOWN,
};

use crate::rig::{RATE, Rig};

/// 24 dB above full scale.
const LOUDEST: f32 = 15.849;
/// Seconds of one song.
const SONG_SECS: f64 = 6.0;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What events can tell voices and orbits.
fn controls() -> Vec<&'static ParamSpec> {
    let types = MODULES.iter().filter(|kind| kind.is_instrument() || kind.name == "orbit");
    let mut seen = BTreeSet::new();
    types
        .flat_map(|kind| kind.params)
        .filter(|spec| WELL_KNOWN.contains(&spec.name) && seen.insert(spec.name))
        .filter(|spec| !matches!(spec.name, "enabled" | "orbit" | "index" | "s" | "slice" | "slices"))
        .collect()
}

fn value(spec: &ParamSpec, dice: &mut Dice) -> String {
    match spec.kind {
        ParamKind::Choice(names) => format!("\"{}\"", dice.of(names)),
        ParamKind::Toggle => format!("{}", dice.below(2)),
        _ => format!("{}", spec.min + (spec.max - spec.min) * [0.0, 0.01, 0.5, 1.0, dice.unit()][dice.below(5)]),
    }
}

/// A song of voices that are told something else at each onset, and parameters of modules that move while they sound.
fn song(dice: &mut Dice, all: &[&ParamSpec]) -> (String, Vec<String>) {
    let words = ["sine", "sawtooth", "supersaw", "pulse", "white", "crackle", "sbd", "bd", "pad", "pluck", "oh"];
    let mut script = String::from("session{}\naudioOut(\"out\", {limit = false})\n");
    for player in 1..=2 {
        let mut pattern = format!("s(\"{}*{}\"):note(\"<c2 e3 g4 b6>*3\")", dice.of(&words), 1 + dice.below(12));
        for _ in 0..2 + dice.below(6) {
            let spec = dice.of(all);
            let steps: Vec<String> = (0..1 + dice.below(5)).map(|_| value(spec, dice)).collect();
            pattern.push_str(&format!(":{}(\"<{}>*{}\")", spec.name, steps.join(" ").replace('"', ""), 1 + dice.below(16)));
        }
        script.push_str(&format!("d{player}({pattern})\n"));
    }
    let moves = (0..24)
        .map(|_| {
            let module = *dice.of(&["synth", "kit", "orbit1"]);
            let kind = match module {
                "synth" => "synth",
                "kit" => "sampler",
                _ => "orbit",
            };
            let params: Vec<&ParamSpec> = MODULES.iter().find(|found| found.name == kind).unwrap().params.iter().collect();
            let spec = dice.of(&params);
            format!("setParam(\"{module}\", \"{}\", {})", spec.name, value(spec, dice))
        })
        .collect();
    (script, moves)
}

#[test]
fn whatever_voices_are_told_their_samples_are_numbers_and_bounded() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
    let secs = number("STORM_SECS").unwrap_or(48.0);
    let mut dice = Dice(number("STORM_SEED").unwrap_or(20_261_128.0) as u64);
    let all = controls();
    assert!(all.len() > 150, "{}", all.len());
    let (mut made, mut loud) = (0.0, 0);
    while made < secs {
        let (script, moves) = song(&mut dice, &all);
        let mut rig = Rig::new(&script);
        rig.offline = true;
        let blocks = (SONG_SECS * RATE / 441.0) as usize;
        for (index, line) in moves.iter().enumerate() {
            (0..blocks / moves.len()).for_each(|_| rig.block(441 - index));
            // What a module does not have, or takes otherwise, is refused, and nothing of it counts.
            let _ = rig.engine.run_script_and_wait("move", line);
        }
        let peak = rig.sound.iter().fold(0.0_f32, |most, sample| {
            assert!(sample.is_finite(), "{script}\n{moves:#?}");
            most.max(sample.abs())
        });
        assert!(peak <= LOUDEST * 3.0, "{peak}: {script}\n{moves:#?}");
        loud += usize::from(peak > 0.01);
        made += SONG_SECS;
    }
    assert!(loud as f64 * SONG_SECS > 0.5 * made, "{loud} of the songs sound");
}
