//! The laws against what was measured on Strudel's own sound engine (`tests/conformance/sounds.json`), each fact within its
//! tolerance. What differs on purpose, or can't be compared, stands in [`DEVIATIONS`] with its reason.

use serde_json::{Map, Value};

use super::{
    tests::{Bench, RATE},
    values::{Hears, Layers, Side, TriggerOverrides, playable},
};
use crate::{
    dsp::strip::{Group, Moment, Rows, Settings, Time, VOWELS},
    module::{ParamKind, synth::TYPE},
    pattern::cycle::note::note_to_midi,
    signal::{Controls, Values, word::Word},
};

const FACTS: &str = include_str!("../../../../tests/conformance/sounds.json");

/// Facts that are not held: a group, the beginning of their names, why. An empty name stands for the whole group.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    ("waveform", "user-", "waves of the user's own are no word of this synthesizer"),
    ("waveform", "crackle", "a handful of random impulses of one seed"),
    ("level", "bytebeat", "not a wave of this synthesizer"),
    ("level", "z_", "not a wave of this synthesizer"),
    ("level", "crackle", "a handful of random impulses of one seed"),
    ("level", "supersaw", "five saws beat slowly, from other phases"),
    ("level", "sbd", "measured over its silence"),
    ("level", "smp", "of samples"),
    ("adsr", "sample", "of samples"),
    ("adsr", "a.1 d.1", "measured by crossings, which the other facts of the group hold as well"),
    ("gain", "gain-not-a-number", "check says of such words that they are none"),
    ("filter", "lpf ftype=", "numbers are read as names are, so that 1 is the ladder"),
    ("filter", "lpf 0", "the corner ends at 0.5 Hz, where nothing is heard"),
    ("filter", "lpf 30000", "a corner of 20 kHz and above is none"),
    ("filter", "lpf -100", "below the parameter's range"),
    ("filter-lfo", "lpdepthfrequency", "not a parameter: lpdepth says it as a multiple"),
    ("ladder", "hpf", "the ladder is a low-pass, beside which the others have 24 dB an octave; there it is a low-pass for all"),
    ("ladder", "bpf", "as the high-pass"),
    ("ladder", "self-osc", "it needs a long time to build up from nothing"),
    ("ladder", "drive", "measured at two levels"),
    ("fm", "", "its lines are held below; the others depend on where modulators of the reference began"),
    ("penv", "sample", "of samples"),
    ("distort", "type 9", "a number beyond the list is its last kind, as of any choice"),
    ("distort", "type cubic", "a cubic curve with the same slope at 0 and the same ends, as the law is not known"),
    ("distort", "type diode", "another curve, as the law is not known"),
    ("distort", "type asym", "another curve, as the law is not known"),
    ("distort", "type chebyshev", "another curve, as the law is not known"),
    ("phaser", "{\"phaserrate\": 1, \"phaserdepth\": 1}", "so wide a notch is found within 7 % only"),
    ("phaser", "notch shape", "held by the strip's own tests"),
    ("phaser", "{\"phaserrate\": 1, \"phaserdepth\": 0}", "there is no notch to measure"),
    ("coarse", "", "samples are held for as long as is said, also across 128 frames"),
    ("noise", "", "held by the levels of both"),
    ("vib", "", "held by the synthesizer's own tests"),
    ("pulse-lfo", "", "measured as the share of a period"),
    ("pan", "stereo", "of samples"),
    ("sbd", "", "measured in windows shorter than its period"),
];

fn facts() -> Vec<Value> {
    let all: Value = serde_json::from_str(FACTS).unwrap();
    all["facts"].as_array().unwrap().clone()
}

fn text<'a>(fact: &'a Value, key: &str) -> &'a str {
    fact[key].as_str().unwrap_or_default()
}

/// What a fact's control map says, by the names and in the units of the parameters.
fn overrides(map: &Map<String, Value>) -> Vec<(String, f64)> {
    let one = |(name, value): (&String, &Value)| {
        let (name, factor) = match name.as_str() {
            "attack" => ("attackMs", 1000.0),
            "decay" => ("decayMs", 1000.0),
            "release" => ("releaseMs", 1000.0),
            "partials" => ("n", 1.0),
            "drive" | "shape" => (name.as_str(), 1.0),
            other => (other, 1.0),
        };
        let number = match value {
            Value::Number(number) => number.as_f64().unwrap() * factor,
            Value::String(word) if name == "s" => Word::of(word).number(),
            Value::String(word) if name == "note" => note_to_midi(word, 3).unwrap(),
            Value::String(word) => {
                let spec = TYPE.param(name).unwrap().spec;
                let ParamKind::Choice(names) = spec.kind else { panic!("{name} is a choice") };
                names.iter().position(|known| known == word).unwrap() as f64
            }
            _ => return None,
        };
        Some((name.to_owned(), number))
    };
    map.iter().filter_map(one).collect()
}

/// The layers of a fact's control map.
fn with<T>(said_: &[(String, f64)], f: impl FnOnce(&Layers<'_>) -> T) -> T {
    let controls = Controls::new();
    let mut values = Values::default();
    for (name, value) in said_ {
        values.set(controls.id(name).unwrap_or_else(|| panic!("{name} is known")), *value);
    }
    let (overrides, module) = (TriggerOverrides::of(values.map(), &Hears::new(&controls)), playable(&[]));
    f(&Layers { overrides: &overrides, module: &module, rate: RATE })
}

fn sound(overrides: &[(String, f64)], held: f64, total: f64) -> Vec<[f32; 2]> {
    let overrides: Vec<(&str, f64)> = overrides.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    Bench::new().play(&overrides, ((held * RATE) as usize, (total * RATE) as usize), &[512])
}

/// Amplitude of a line, over whole periods.
fn line(samples: impl Iterator<Item = f64> + Clone, hz: f64) -> f64 {
    let (mut re, mut im, mut count) = (0.0, 0.0, 0.0);
    for (t, x) in samples.enumerate() {
        let (sin, cos) = (std::f64::consts::TAU * hz * t as f64 / RATE).sin_cos();
        re += x * cos;
        im += x * sin;
        count += 1.0;
    }
    2.0 * f64::hypot(re, im) / count
}

/// Level in dB of a quiet sine through a strip.
fn response(settings: &Settings, hz: f64) -> f64 {
    let settings = Settings { gain: 1.0, gains: [1.0; 2], ..*settings };
    let (mut group, amplitude) = (Group::new(RATE as f32), 0.003);
    let moment = Moment { left: 32, now: Time::default(), then: Time::default() };
    group.start(0, &settings, moment);
    let mut out = Vec::new();
    for cell in 0..1500_u32 {
        if cell > 0 {
            group.point(moment, true);
        }
        let wave = |t: u32| amplitude * ((std::f64::consts::TAU * hz * f64::from(cell * 32 + t) / RATE).sin() as f32);
        let mut rows = Rows::default();
        rows.0.iter_mut().for_each(|row| row.iter_mut().zip(0..).for_each(|(to, t)| *to = wave(t)));
        group.process(&mut rows, 32);
        out.extend(rows.0[0].iter().map(|x| f64::from(*x)));
    }
    20.0 * (line(out[38_400..].iter().copied(), hz) / f64::from(amplitude)).log10()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn rms(sound: &[[f32; 2]], side: usize) -> f64 {
    (sound.iter().map(|frame| f64::from(frame[side]).powi(2)).sum::<f64>() / sound.len() as f64).sqrt()
}

/// What a check found: what it measured, what the fact says, how far apart they may be.
type Found = Vec<(String, f64, f64, f64)>;

fn waveform(fact: &Value, overrides: &[(String, f64)]) -> Found {
    let facts = &fact["facts"];
    let name = text(fact, "name");
    let mut found = Found::new();
    let sound = sound(overrides, 9.0, 1.5);
    let steady = &sound[24_000..];
    let left = steady.iter().map(|frame| f64::from(frame[0]));
    let is_noise = ["white", "pink", "brown"].contains(&name);
    if let Some(want) = facts["rms"].as_f64() {
        // The reference's pulse droops, and its noises are a second or two that repeat.
        let share = match name {
            _ if is_noise => 0.12,
            _ if name.starts_with("pulse") => 0.2,
            _ => 0.005,
        };
        found.push(("rms".to_owned(), rms(steady, 0), want, share * want));
    }
    for (key, side) in [("rms_L", 0), ("rms_R", 1)] {
        if let Some(want) = facts[key].as_f64() {
            found.push((key.to_owned(), rms(steady, side), want, 0.15 * want));
        }
    }
    if is_noise || name.starts_with("supersaw-u") && !name.ends_with("100Hz") {
        return found;
    }
    let first = line(left.clone(), 100.0);
    if let Some(want) = facts["fundamental"].as_f64() {
        found.push(("fundamental".to_owned(), first, want, 0.005 * want));
    }
    for (k, want) in numbers(&facts["h_rel_db"]).into_iter().enumerate().skip(1) {
        let got = 20.0 * (line(left.clone(), 100.0 * (k + 1) as f64) / first).max(1e-12).log10();
        if want < -60.0 {
            found.push((format!("harmonic {}", k + 1), got.max(-55.0), -55.0, 0.0));
        } else {
            found.push((format!("harmonic {}", k + 1), got, want, if name.starts_with("pulse") { 2.6 } else { 0.15 }));
        }
    }
    found
}

/// Checks one fact; `None` where its group is unknown.
fn check(fact: &Value) -> Option<Found> {
    let (group, name, facts) = (text(fact, "group"), text(fact, "name"), &fact["facts"]);
    let empty = Map::new();
    let map = fact["value"].as_object().unwrap_or(&empty);
    let mut all = if group == "pan" { Vec::new() } else { overrides(map) };
    let tol = |key: &str, other: f64| fact["tol"][key].as_f64().unwrap_or(other);
    let mut found = Found::new();
    match group {
        "waveform" => found = waveform(fact, &all),
        "level" if !facts["gain1"].is_null() => {
            let sound = sound(&all, 1.0, 1.0);
            let want = facts["gain1"]["rms_L"].as_f64().unwrap();
            let wide = match name {
                "white" | "pulse" => 0.06,
                // Slow beats and low noise within half a second.
                "pink" | "brown" | "supersaw" => 0.35,
                _ => 0.01,
            };
            found.push(("rms".to_owned(), rms(&sound[24_000..], 0), want, wide * want));
        }
        "level" | "pitch-input" => {
            if let Some(want) = facts["freq"].as_f64() {
                found.push(("Hz".to_owned(), with(&all, |layers| layers.hz(super::values::ROOT)), want, 0.001 * want + 0.03));
            }
        }
        "gain" => {
            let whole =
                sound(&[("s".to_owned(), Word::of("sine").number()), ("freq".to_owned(), 220.0), ("gain".to_owned(), 1.0)], 1.0, 1.0);
            let mut before = map.clone();
            let compared = if name.starts_with("postgain-vs") {
                before.remove("postgain");
                rms(&sound(&overrides(&before), 1.0, 1.0)[24_000..], 0)
            } else if name.starts_with("gain-vs") {
                before.insert("gain".to_owned(), 1.into());
                rms(&sound(&overrides(&before), 1.0, 1.0)[24_000..], 0)
            } else {
                rms(&whole[24_000..], 0)
            };
            let got = rms(&sound(&all, 1.0, 1.0)[24_000..], 0) / compared;
            found.push(("ratio".to_owned(), got, facts["ratio"].as_f64().unwrap(), 0.005));
        }
        "adsr" => {
            all.push(("gain".to_owned(), 1.0));
            let held = fact["duration"].as_f64().unwrap();
            let sound = sound(&all, held, 1.5);
            for (key, want) in facts.as_object().unwrap() {
                if let Some(secs) = key.strip_prefix('t').and_then(|secs| secs.parse::<f64>().ok()) {
                    let got = f64::from(sound[(secs * RATE).round() as usize][0]) / 0.3;
                    found.push((key.clone(), got, want.as_f64().unwrap(), tol("level", 0.005)));
                }
            }
        }
        "pan" => {
            let wave = text(&fact["value"], "s");
            let base = [("s".to_owned(), Word::of(wave).number()), ("freq".to_owned(), 200.0), ("sustain".to_owned(), 1.0)];
            let whole = rms(&sound(&base, 1.0, 0.3)[4800..], 0);
            for (pan, want) in facts.as_object().unwrap() {
                let mut overrides = base.to_vec();
                if let Ok(pan) = pan.parse::<f64>() {
                    overrides.push(("pan".to_owned(), pan * 2.0 - 1.0));
                }
                let sound = sound(&overrides, 1.0, 0.3);
                for (side, want) in numbers(want).into_iter().enumerate() {
                    found.push((format!("{pan} side {side}"), rms(&sound[4800..], side) / whole, want, 0.002));
                }
            }
        }
        "filter" => {
            let hz = ["cutoff", "hcutoff", "bandf"].iter().find_map(|key| map.get(*key)?.as_f64()).unwrap();
            let settings = with(&all, |layers| layers.strip(Side::Mono));
            let keys: &[(&str, f64)] = &[
                ("db_at_quarter", 0.25),
                ("db_at_half", 0.5),
                ("db_at_cutoff", 1.0),
                ("db_octave_up", 2.0),
                ("db_two_octaves_up", 4.0),
                ("db_half", 0.5),
                ("db_at", 1.0),
                ("db_double", 2.0),
            ];
            for (key, factor) in keys {
                if let Some(want) = facts[*key].as_f64().filter(|_| hz * factor < 20_000.0) {
                    found.push(((*key).to_owned(), response(&settings, hz * factor), want, tol("db", 0.1)));
                }
            }
        }
        "wavetable" => {
            all.extend([("sustain".to_owned(), 1.0), ("freq".to_owned(), 100.0)]);
            let at = |frame: usize| frame as f64 / 2048.0;
            let sine = (0..2048).map(|frame| 0.9 * (std::f64::consts::TAU * at(frame)).sin());
            let cycles: Vec<f32> = sine.chain((0..2048).map(|frame| 0.9 * (2.0 * at(frame) - 1.0))).map(|value| value as f32).collect();
            let overrides: Vec<(&str, f64)> = all.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let sound = Bench::with_tables(&[("wt_x", &cycles, 2048)]).play(&overrides, (96_000, 96_000), &[512]);
            let steady = sound[48_000..].iter().map(|frame| f64::from(frame[0]));
            let fundamental = line(steady.clone(), 100.0);
            found.push(("fundamental".to_owned(), fundamental, facts["fundamental"].as_f64().unwrap(), 0.0005));
            for (k, want) in (1..).zip(numbers(&facts["h_rel_db"])).filter(|(_, want)| *want > -60.0) {
                let got = 20.0 * (line(steady.clone(), 100.0 * f64::from(k)) / fundamental).log10();
                found.push((format!("harmonic {k}"), got, want, 0.1));
            }
        }
        "ladder" => {
            let settings = with(&all, |layers| layers.strip(Side::Mono));
            for (hz, want) in numbers(&facts["freqs"]).into_iter().zip(numbers(&facts["db_small_signal"])) {
                found.push((format!("{hz} Hz"), response(&settings, hz), want, tol("db", 0.3)));
            }
        }
        "filter-env" | "filter-lfo" => {
            let filter = with(&all, |layers| layers.strip(Side::Mono)).low.unwrap();
            for (secs, want) in numbers(&facts["t"]).into_iter().zip(numbers(&facts["cutoff_hz"])) {
                found.push((
                    format!("{secs} s"),
                    // A cycle lasts two seconds.
                    f64::from(filter.corner((secs * RATE) as f32, None, Time { secs: 0.5 + secs, bars: (0.5 + secs) / 2.0 })),
                    want,
                    tol("rel", 0.05) * want,
                ));
            }
        }
        "penv" => {
            let sweep = with(&all, |layers| layers.pitch()).unwrap();
            let held = (fact["duration"].as_f64().unwrap_or(1.0) * RATE) as f32;
            for (secs, want) in numbers(&facts["t"]).into_iter().zip(numbers(&facts["cents"])) {
                // Close to a jump the reference's own measurement spans both sides of it.
                let near = |at: f64| (secs - at).abs() < 0.006;
                if near(0.0) || near(1.0) || (map.contains_key("pcurve") && near(0.2)) || (map.contains_key("pcurve") && secs < 0.2) {
                    continue;
                }
                found.push((format!("{secs} s"), f64::from(sweep.at((secs * RATE) as f32, Some(held))) * 100.0, want, tol("cents", 15.0)));
            }
        }
        "shape" | "distort" => {
            let settings = with(&all, |layers| layers.strip(Side::Mono));
            let curve = if group == "shape" { settings.shape } else { settings.distort }.unwrap();
            for (x, want) in numbers(&facts["input"]).into_iter().zip(numbers(&facts["output"])) {
                found.push((format!("of {x}"), f64::from(curve.of(x as f32)), want, tol("abs", 0.002)));
            }
        }
        "crush" => {
            let steps = f64::from(with(&all, |layers| layers.strip(Side::Mono)).crush.unwrap());
            for pair in facts["out_at"].as_array().unwrap().iter().map(numbers) {
                // The reference's input lies a little below a half.
                found.push((format!("of {}", pair[0]), (pair[0] * steps + 0.5 - 1e-6).floor() / steps, pair[1], 1e-4));
            }
        }
        "vowel" => {
            let settings = with(&all, |layers| layers.strip(Side::Mono));
            assert_eq!(VOWELS.get(usize::from(settings.vowel.unwrap())), Some(&name));
            for (hz, want) in numbers(&facts["formant_hz"]).into_iter().zip(numbers(&facts["gain"])) {
                found.push((format!("{hz} Hz"), 10_f64.powf(response(&settings, hz) / 20.0), want, tol("gain_rel", 0.02) * want));
            }
        }
        "phaser" => {
            let phaser = with(&all, |layers| layers.strip(Side::Mono)).phaser.unwrap();
            for (secs, want) in numbers(&facts["t"]).into_iter().zip(numbers(&facts["notch_hz"])) {
                found.push((
                    format!("{secs} s"),
                    f64::from(phaser.corner(Time { secs: 0.5 + secs, bars: 0.0 })),
                    want,
                    tol("rel", 0.06) * want,
                ));
            }
        }
        "tremolo" => {
            let tremolo = with(&all, |layers| layers.strip(Side::Mono)).tremolo.unwrap();
            for (secs, want) in numbers(&facts["t"]).into_iter().zip(numbers(&facts["gain"])).skip(1) {
                // The reference's wave is late by up to 128 frames; a cycle lasts two seconds.
                let level = |late: f64| {
                    let secs = 0.5 + secs - late / RATE;
                    f64::from(tremolo.level(Time { secs, bars: secs / 2.0 }))
                };
                let got =
                    (0..=128).map(|late| level(f64::from(late))).min_by(|a, b| (a - want).abs().total_cmp(&(b - want).abs())).unwrap();
                found.push((format!("{secs} s"), got, want, tol("abs", 0.01)));
            }
        }
        _ => return None,
    }
    Some(found)
}

#[test]
fn the_laws_hold() {
    let (mut wrong, mut held) = (Vec::new(), 0);
    for fact in facts() {
        let (group, name) = (text(&fact, "group"), text(&fact, "name"));
        if DEVIATIONS.iter().any(|(of, begin, why)| *of == group && name.starts_with(begin) && !why.is_empty()) {
            continue;
        }
        let Some(found) = check(&fact) else {
            wrong.push(format!("{group}, {name}: neither checked nor a deviation"));
            continue;
        };
        held += usize::from(!found.is_empty());
        for (what, got, want, within) in found {
            if (got - want).abs() > within + 1e-9 || got.is_nan() {
                wrong.push(format!("{group}, {name}, {what}: {got:.5} for {want}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the facts' numbers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(held > 180, "{held}");
}

/// Lines of frequency modulation whose modulators began with their voice.
#[test]
fn modulated_frequencies_have_their_lines() {
    for fact in facts().iter().filter(|fact| text(fact, "group") == "fm" && text(fact, "name").starts_with("fmi=")) {
        let mut all = overrides(fact["value"].as_object().unwrap());
        all.extend(
            [("s", Word::of("sine").number()), ("freq", 200.0), ("gain", 1.0), ("sustain", 1.0)].map(|(name, x)| (name.to_owned(), x)),
        );
        let sound = sound(&all, 3.0, 1.5);
        let steady: Vec<f64> = sound[24_000..].iter().map(|frame| f64::from(frame[0])).collect();
        let (hz, want) = (numbers(&fact["facts"]["upper_hz"]), numbers(&fact["facts"]["law_upper"]));
        for (hz, want) in hz.into_iter().zip(want) {
            let got = line(steady.iter().copied(), hz);
            assert!((got - want).abs() < 0.004, "{}: {got} for {want} at {hz} Hz", text(fact, "name"));
        }
    }
}
