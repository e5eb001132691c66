//! Orbits: voices choose one by its number, and send to its delay and its room.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::rig::{RATE, Rig};

const FRAMES: usize = 96_000;

/// What a script sounds like at 120 BPM, left and right in turn.
fn render(script: &str, blocks: &[usize]) -> Vec<f32> {
    let mut rig = Rig::new(script);
    (rig.offline, rig.bpm) = (true, 120.0);
    let mut done = 0;
    for block in blocks.iter().cycle() {
        let block = (*block).min(FRAMES - done);
        rig.block(block);
        done += block;
        if done == FRAMES {
            break;
        }
    }
    rig.sound
}

fn bits(sound: &[f32]) -> Vec<u32> {
    sound.iter().map(|sample| sample.to_bits()).collect()
}

/// A kit that plays `pattern`; `way` lays its cables.
fn kit(pattern: &str, way: &str) -> String {
    format!(
        r#"
session{{}}
audioOut("out", {{limit = false}})
sampler("kit", {{samples = {{"factory:kick", "factory:hat"}}}}) sequencer("q") connect("q", "kit")
{way}
pattern("p", {pattern}) bind("q", "p")
"#
    )
}

const ONE: &str = r#"orbit("o1") connect("kit", "o1") connect("q", "o1")"#;
const TWO: &str = r#"orbit("o1") orbit("o2", {number = 2, volume = 0.5}) connect("kit", "o1") connect("kit", "o2") connect("q", "o1") connect("q", "o2")"#;

#[test]
fn an_orbit_passes_on_what_sends_nothing_as_it_is() {
    let plain = render(&kit(r#"s("kick hat*3")"#, ""), &[512]);
    assert!(plain.iter().any(|sample| sample.abs() > 0.3));
    assert!(bits(&render(&kit(r#"s("kick hat*3")"#, ONE), &[512])) == bits(&plain));
}

#[test]
fn voices_go_to_the_orbit_they_name_or_to_the_first() {
    let kick = render(&kit(r#"s("kick ~")"#, ""), &[512]);
    let chosen = |orbit: &str| render(&kit(&format!(r#"s("kick ~"):orbit({orbit})"#), TWO), &[512]);
    assert!(bits(&chosen("1")) == bits(&kick) && bits(&chosen("7")) == bits(&kick));
    let half = chosen("2");
    assert!(half.iter().zip(&kick).all(|(half, kick)| (half - kick * 0.5).abs() < 1e-6) && half != kick);
}

#[test]
fn echoes_lie_on_their_frames_at_their_levels() {
    let dry = render(&kit(r#"s("hat ~ ~ ~")"#, ""), &[512]);
    for (words, seconds, feedback) in [
        (":delay(0.5)", 0.375, 0.5),
        (":delay(0.5):delaytime(0.25):delayfeedback(0.25)", 0.25, 0.25),
        (r#":delay("0.5:0.25:0.25")"#, 0.25, 0.25),
        (":delay(0.5):delaysync(1/8)", 0.25, 0.5),
    ] {
        let wet = render(&kit(&format!(r#"s("hat ~ ~ ~"){words}"#), ONE), &[441]);
        let time = 2 * (seconds * RATE).round() as usize;
        let mut echo = vec![0.0_f32; wet.len()];
        for at in time..wet.len() {
            echo[at] = dry[at - time] * 0.5 + feedback * echo[at - time];
        }
        let wrong = (0..wet.len()).find(|at| (wet[*at] - dry[*at] - echo[*at]).abs() > 1e-5);
        assert_eq!(wrong, None, "{words}");
    }
    let off = render(&kit(r#"s("hat ~ ~ ~"):delay(0.5):delayfeedback(0)"#, ONE), &[512]);
    assert!(off.iter().zip(&dry).all(|(off, dry)| (off - dry).abs() < 1e-6), "a feedback of 0 switches the delay off");
}

#[test]
fn a_room_is_as_loud_as_its_size_says_and_only_who_sends_to_it_is_heard_there() {
    let energy = |words: &str| {
        let dry = render(&kit(r#"s("hat ~ ~ ~")"#, ""), &[512]);
        let wet = render(&kit(&format!(r#"s("hat ~ ~ ~"){words}"#), ONE), &[512]);
        wet.iter().zip(&dry).map(|(wet, dry)| f64::from(wet - dry).powi(2)).sum::<f64>()
    };
    assert_eq!(energy(""), 0.0);
    let (small, large) = (energy(":room(1):roomsize(0.5)"), energy(":room(1):roomsize(1)"));
    // Energy grows with the size.
    assert!((1.5..4.0).contains(&(large / small)), "{small} {large}");
    let half = energy(":room(0.5):roomsize(1)");
    assert!((0.24..0.26).contains(&(half / large)), "{half} {large}");
}

#[test]
fn blocks_of_any_length_sound_the_same() {
    let script = kit(
        r#"s("kick hat [hat hat] kick"):orbit("<1 2>"):room("0 0.5"):roomsize("<1 3>"):delay("0.3 0 0.6 0"):delaytime("<0.1 0.17 0.33>"):duckorbit("<2 1>*3"):duckonset("0 0.03"):compressor("<-20:4 -30:20:10 0>*3"):djf("<0.5 0.3 0.7>*5")"#,
        TWO,
    );
    let whole = render(&script, &[512]);
    for blocks in [&[32][..], &[441], &[1024], &[1, 700, 33, 64, 1500, 7]] {
        assert!(bits(&render(&script, blocks)) == bits(&whole), "{blocks:?}");
    }
}

#[test]
fn sends_lead_to_orbits_only_and_say_so() {
    let rig = Rig::new(&kit(r#"s("kick")"#, ""));
    let why = rig.engine.run_script_and_wait("more", r#"connect("kit.sends", "out")"#).error.unwrap();
    assert!(why.contains("such as an orbit"), "{why}");
    let script = rig.engine.run_script_and_wait("more", r#"orbit("o") connect("kit", "o")"#);
    assert_eq!(script.error, None);
    let written = rig.engine.generated_script();
    assert!(written.contains(r#"connect("kit.sends", "o.sends", "audio")"#), "{written}");
    assert_eq!(rig.engine.run_script_and_wait("again", &written).error, None);
    assert_eq!(rig.engine.generated_script(), written);
}

#[test]
fn an_orbit_is_ducked_where_an_event_names_it() {
    let script = |words: &str| {
        kit(
            "s(\"hat*8\"):orbit(2)",
            &format!(r#"{TWO} sequencer("r") connect("r", "o1") connect("r", "o2") pattern("k", s("~ x ~ ~"){words}) bind("r", "k")"#),
        )
    };
    let plain = render(&script(""), &[512]);
    let same = |words: &str| bits(&render(&script(words), &[512])) == bits(&plain);
    assert!(
        same(":duckorbit(1)") && same(":duckorbit(3)") && same(":duckorbit(2):duckdepth(0)") && same(":compressor(0)") && same(":djf(0.5)")
    );
    for words in [":duckorbit(2)", ":duck(2)", r#":duckorbit("1:2")"#, r#":duckorbit("3:4:1:2")"#] {
        assert!(!same(words), "{words}");
    }
    let long = render(&script(":duckorbit(2):duckattack(10)"), &[512]);
    let loud = |sound: &[f32]| sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    assert!(loud(&long[48_400..]) < 0.01 * loud(&plain[48_400..]), "quieter from the onset on");
    assert!(bits(&long[..48_000]) == bits(&plain[..48_000]), "nothing falls before it");
}

/// What plays from a place on is what continuous play has there, once twice the tail of what was before has passed.
#[test]
fn after_a_locate_the_sound_is_that_of_continuous_play() {
    let script = r#"
session{}
audioOut("out", {limit = false})
d1(s("bd*2, ~ cp"):room(0.4):delay(0.3):delaytime(0.3):delayfeedback(0.4))
d2(note("<c3 e3 g3 b3>*2"):s("supersaw"):lpf(900):lpenv(3):phaser(2):tremolo(5):room(0.3):roomsize(1):orbit(2))
d3(n("0 2"):s("hh"):vib(4):coarse(3))
"#;
    let played = |from: f64, beats: f64| {
        let mut rig = Rig::new(script);
        (rig.offline, rig.bpm, rig.beat) = (true, 120.0, from);
        let frames = (beats * RATE * 0.5) as usize;
        (0..frames / 480).for_each(|_| rig.block(480));
        rig.sound
    };
    // A second of room and 0.3 s of delay at 0.4 are below −100 dB within 4 s; twice that are 16 beats.
    let (whole, there) = (played(0.0, 48.0), played(16.0, 32.0));
    let offset = whole.len() - there.len();
    let late = (RATE * 8.0) as usize * 2;
    let most = whole[offset + late..].iter().zip(&there[late..]).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(whole[offset + late..].iter().any(|sample| sample.abs() > 0.05));
    assert!(most < 1e-5, "{} dB", 20.0 * most.log10());
}
