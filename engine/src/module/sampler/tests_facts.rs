//! Samplers with Strudel's rules against what was measured on Strudel's own sound engine (`tests/conformance/sounds.json` and
//! `samples.json`), each fact within its tolerance. What differs on purpose stands in [`DEVIATIONS`] with its reason.

use serde_json::Value;

use super::{
    tests::{Bench, RATE, mono, off, trigger},
    *,
};
use crate::{
    module::samples::{SampleContent, SamplerContent},
    pattern::cycle::note::note_to_midi,
    signal::{control, control::well_known},
};

const FACTS: [&str; 2] =
    [include_str!("../../../../tests/conformance/sounds.json"), include_str!("../../../../tests/conformance/samples.json")];

/// Facts that are not held: a group, the beginning of their names, why.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    ("sample", "n with two", "held by the sampler's words"),
    ("sample", "keyed", "held where notes choose samples"),
    ("sample", "unit c", "held where patterns are compiled, which know the tempo"),
    ("sample", "nudge", "held by the pattern language"),
    ("sample", "cut", "voices of a group fade in the ramp of 64 frames, not in 10 ms"),
    ("sample", "begin .25 end .5 speed 2", "a region ends within a fade of the release"),
    ("sample", "speed -1 begin", "begin and end count in the direction of play"),
    ("sample", "speed -1 end", "begin and end count in the direction of play"),
    ("sample", "stereo file", "held by the sampler's own tests"),
];

/// The sample that a fact names.
fn medium_of(name: &str) -> crate::media::Media {
    let count = RATE as usize;
    match name {
        "dc" => mono(vec![1.0; 2 * count]),
        "ramp" => mono((0..count).map(|k| 2.0 * k as f32 / count as f32 - 1.0)),
        _ => mono((0..count).map(|k| 0.5 * (std::f32::consts::TAU * (k * 440 % count) as f32 / count as f32).sin())),
    }
}

/// What a fact's control map says, as events carry it.
fn said(fact: &Value) -> Vec<(u16, f32)> {
    let one = |(name, value): (&String, &Value)| {
        let number = match value {
            Value::String(word) if name == "note" => note_to_midi(word, 3)?,
            other => other.as_f64()?,
        };
        let (control, factor) = match name.as_str() {
            "attack" => (control::ATTACK_MS, 1000.0),
            "decay" => (control::DECAY_MS, 1000.0),
            "release" => (control::RELEASE_MS, 1000.0),
            "loop" => (control::PLAY_STYLE, 1.0),
            other => (well_known(other)?, 1.0),
        };
        Some((control, (number * factor) as f32))
    };
    fact["value"].as_object().into_iter().flatten().filter_map(one).collect()
}

/// The left channel of a sample that a sampler with Strudel's rules plays.
fn played(fact: &Value, secs: f64) -> Vec<f32> {
    let media = medium_of(fact["value"]["s"].as_str().unwrap_or("smp"));
    let mut bench = Bench::new(&[&media], &[(param::RULES, 1.0), (param::ROOT, 36.0)]);
    let held = fact["duration"].as_f64().unwrap_or(1.0);
    let mut values = said(fact);
    if !values.iter().any(|(control, _)| *control == control::GAIN) {
        // The facts were measured at full gain.
        values.push((control::GAIN, 1.0));
    }
    bench.left((secs * RATE) as usize, &[trigger(0, 1, &values), off((held * RATE) as usize, 1)])
}

/// Frequency by counting rising crossings.
fn frequency(sound: &[f32]) -> f64 {
    let crossings: Vec<usize> = (1..sound.len()).filter(|k| sound[k - 1] < 0.0 && sound[*k] >= 0.0).collect();
    match (crossings.first(), crossings.last()) {
        (Some(first), Some(last)) if last > first => (crossings.len() - 1) as f64 * RATE / (last - first) as f64,
        _ => 0.0,
    }
}

fn ends(sound: &[f32]) -> f64 {
    sound.iter().rposition(|x| x.abs() > 1e-4).map_or(0.0, |last| (last + 1) as f64 / RATE)
}

fn check(fact: &Value) -> Result<(), String> {
    let near = |what: &str, found: f64, wanted: f64, tolerance: f64| {
        if (found - wanted).abs() <= tolerance { Ok(()) } else { Err(format!("{what} is {found}, not {wanted}")) }
    };
    let sound = played(fact, 4.2);
    let at = |secs: f64| f64::from(sound[(secs * RATE).round() as usize]);
    for (key, wanted) in fact["facts"].as_object().into_iter().flatten() {
        let Some(number) = wanted.as_f64() else {
            for (secs, value) in wanted.as_object().into_iter().flatten() {
                let (secs, value) = (secs.parse().map_err(|_| "a time")?, value.as_f64().unwrap_or(0.0));
                near(&format!("at {secs} s"), at(secs), value, 0.006)?;
            }
            continue;
        };
        match key.as_str() {
            "freq" => near(key, frequency(&sound[..(0.25 * RATE) as usize]), number, 0.005 * number.max(1.0))?,
            // The end is reached in a fade of the release within the sample, not behind it.
            "length_s" | "ends_s" | "end_s" => near(key, ends(&sound), number, 0.0125)?,
            "starts_s" => near(key, sound.iter().position(|x| x.abs() > 1e-6).unwrap_or(0) as f64 / RATE, number, 0.001)?,
            _ => match key.strip_prefix('t').and_then(|secs| secs.parse::<f64>().ok()) {
                Some(secs) => near(key, at(secs), number, 0.022)?,
                None => return Err(format!("{key} is not measured")),
            },
        }
    }
    Ok(())
}

#[test]
fn samples_are_played_by_strudels_laws_where_a_sampler_says_so() {
    let all: Vec<Value> = FACTS.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let (mut held, mut faults) = (0, Vec::new());
    for fact in all.iter().flat_map(|all| all["facts"].as_array().unwrap()) {
        let (group, name) = (fact["group"].as_str().unwrap_or(""), fact["name"].as_str().unwrap_or(""));
        let is_ours = group == "sample" || group == "adsr" && name.starts_with("sample");
        if !is_ours || DEVIATIONS.iter().any(|(of, begin, _)| *of == group && name.starts_with(begin)) {
            continue;
        }
        match check(fact) {
            Ok(()) => held += 1,
            Err(why) => faults.push(format!("{group}/{name}: {why}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(held >= 23, "{held} facts");
}

#[test]
fn rules_and_root_decide_level_pitch_and_end() {
    let level = |rules: f64, values: &[(u16, f32)]| {
        let mut bench = Bench::new(&[&mono(vec![1.0; 9600])], &[(param::RULES, rules)]);
        bench.left(4800, &[trigger(0, 1, values), off(1000, 1)])[900]
    };
    type Said = &'static [(u16, f32)];
    let table: &[(f64, Said, f32)] = &[
        (0.0, &[], 1.0),
        (0.0, &[(control::VELOCITY, 2.0)], 1.0),
        (0.0, &[(control::GAIN, 0.5), (control::VELOCITY, 0.5)], 0.25),
        (1.0, &[], 0.8),
        (1.0, &[(control::VELOCITY, 2.0)], 1.6),
        (1.0, &[(control::GAIN, 2.0), (control::VELOCITY, 0.5)], 1.0),
        (1.0, &[(control::GAIN, 0.0)], 0.0),
    ];
    for (rules, values, wanted) in table {
        assert!((level(*rules, values) - wanted).abs() < 1e-6, "{rules} {values:?}: {}", level(*rules, values));
    }
    // Note, module's root, sample's root, file's root, trigger's root: semitones.
    let speed = |note: f32, module: f64, sample: Option<f64>, file: Option<f64>, trigger_: Option<f32>| {
        let mut media = mono((0..96_000).map(|k| k as f32));
        std::sync::Arc::make_mut(&mut media.info).root = file;
        let mut bench = Bench::new(&[&media], &[(param::ROOT, module)]);
        let params = sample.map(|root| (crate::name::Name::new("root"), crate::module::Value::Number(root))).into_iter().collect();
        bench.exchange(SamplerContent::new(vec![SampleContent::new(Some(&media), &params)]));
        let mut values = vec![(control::NOTE, note)];
        values.extend(trigger_.map(|root| (control::ROOT, root)));
        let sound = bench.left(2000, &[trigger(0, 1, &values)]);
        12.0 * f64::from(sound[1500] - sound[1499]).log2()
    };
    for ((note, module, sample, file, own), semitones) in [
        ((60.0, 60.0, None, None, None), 0.0),
        ((48.0, 60.0, None, None, None), -12.0),
        ((36.0, 36.0, None, None, None), 0.0),
        ((48.0, 36.0, None, None, None), 12.0),
        ((60.0, 36.0, None, Some(60.0), None), 0.0),
        ((60.0, 36.0, Some(48.0), Some(60.0), None), 12.0),
        ((60.0, 36.0, Some(48.0), Some(60.0), Some(72.0)), -12.0),
    ] {
        let found = speed(note, module, sample, file, own);
        assert!((found - semitones).abs() < 0.03, "{note} {module} {sample:?} {file:?} {own:?}: {found}");
    }
}
