//! Effects, envelopes and levels as a session has them: on exact frames, at every length of blocks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::rig::{RATE, Rig};

/// Lengths of blocks, each repeated.
const BLOCKS: [&[usize]; 4] = [&[32], &[441], &[1024], &[1, 700, 33, 64, 1500, 7]];

/// A hat every four beats, whose sound goes through `fx`.
fn struck(fx: &str) -> String {
    let rests = "{}, ".repeat(15);
    format!(
        r#"
session{{}}
audioOut("out")
sampler("hat", {{samples = {{"factory:hat"}}}})
sequencer("seq") connect("seq", "hat")
pattern("p", {{{{index = 0}}, {rests}}})
bind("seq", "p")
{fx}
connect("hat", "fx", "audio") connect("fx", "out", "audio")
"#
    )
}

/// A tone without end, and a kick on every beat.
const DUCKED: &str = r#"
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop", volume = 0.5})
sampler("kick", {samples = {"factory:kick"}})
sequencer("seq") connect("seq", "tone") sequencer("four") connect("four", "kick")
pattern("long", {{index = 0, length = 64}}) pattern("beat", {{index = 0}, {}, {}, {}})
bind("seq", "long") bind("four", "beat")
audioFx("fx", {effect = "compressor", threshold = -40, ratio = 20, attackMs = 1, releaseMs = 60})
connect("tone", "fx", "audio") connect("fx", "out", "audio")
"#;

/// What `script` sounds like over some frames at a tempo; a macro has each of these values from its frame on, at which blocks are cut.
fn render(script: &str, bpm: f64, frames: usize, blocks: &[usize], moves: &[(usize, f32)]) -> Vec<f32> {
    let mut rig = Rig::new(script);
    (rig.offline, rig.bpm) = (true, bpm);
    let (mut done, mut next) = (0, moves.iter().peekable());
    for block in blocks.iter().cycle() {
        while let Some((_, value)) = next.next_if(|(frame, _)| *frame <= done) {
            rig.macros[0] = *value;
        }
        let end = next.peek().map_or(frames, |(frame, _)| *frame).min(frames);
        let block = (*block).min(end - done);
        rig.block(block);
        done += block;
        if done == frames {
            break;
        }
    }
    rig.sound
}

fn bits(sound: &[f32]) -> Vec<u32> {
    sound.iter().map(|sample| sample.to_bits()).collect()
}

/// Asserts that a script sounds the same in blocks of every length; gives its sound.
fn at_every_length(script: &str, bpm: f64, frames: usize, moves: &[(usize, f32)]) -> Vec<f32> {
    let whole = render(script, bpm, frames, &[512], moves);
    for blocks in BLOCKS {
        assert!(bits(&render(script, bpm, frames, blocks, moves)) == bits(&whole), "at {bpm} in blocks of {blocks:?}");
    }
    whole
}

fn refused(rig: &Rig, script: &str) -> String {
    rig.engine.run_script_and_wait("more", script).error.unwrap_or_default()
}

#[test]
fn echoes_in_beats_lie_on_their_frames_at_every_tempo() {
    for bpm in [60.0, 97.0, 120.0, 133.7, 174.0] {
        let frames = 60_000;
        let dry = at_every_length(&struck("audioFx('fx', {effect = 'delay', enabled = false})"), bpm, frames, &[]);
        let wet = at_every_length(&struck("audioFx('fx', {effect = 'delay', beats = 0.75, feedback = 0.5, mix = 1})"), bpm, frames, &[]);
        let time = (0.75 * 60.0 / bpm * RATE).round() as usize;
        let mut expected = vec![0.0_f32; wet.len()];
        for at in 2 * time..wet.len() {
            expected[at] = dry[at - 2 * time] + 0.5 * expected[at - 2 * time];
        }
        assert!(dry.iter().any(|sample| sample.abs() > 0.05));
        let wrong = wet.iter().zip(&expected).position(|(wet, expected)| (wet - expected).abs() > 1e-5);
        assert_eq!(wrong, None, "at {bpm}");
    }
}

#[test]
fn milliseconds_are_exact_too_and_effects_of_all_kinds_sound_the_same_in_any_blocks() {
    let dry = render(&struck("audioFx('fx', {effect = 'delay', mix = 0})"), 120.0, 30_000, &[512], &[]);
    let wet = render(&struck("audioFx('fx', {effect = 'delay', timeMs = 100, feedback = 0, mix = 1})"), 120.0, 30_000, &[512], &[]);
    assert!(bits(&wet[9600..]) == bits(&dry[..dry.len() - 9600]));
    let chain = r#"
        lfo("slow", {beats = 0.7})
        audioFx("fx", {effect = "chorus", beats = 1}) audioFx("b", {effect = "phaser", rate = 3, stages = 8})
        audioFx("c", {effect = "tremolo", beats = 0.5, wave = "square"}) audioFx("d", {effect = "bitcrush", bits = 6, hold = 7})
        audioFx("e", {effect = "drive", drive = 20}) audioFx("f", {effect = "reverb", decay = 0.8}) audioFx("g", {effect = "gate"})
        connect("fx", "b", "audio") connect("b", "c", "audio") connect("c", "d", "audio") connect("d", "e", "audio")
        connect("e", "f", "audio") connect("f", "g", "audio") connect("g", "out", "audio")
        connect("slow.value", "fx.delayMs") connect("slow.value", "e.mix") connect("slow.value", "f.width")"#;
    let chain = struck(chain).replace("connect(\"fx\", \"out\", \"audio\")", "");
    assert!(at_every_length(&chain, 133.7, 60_000, &[]).iter().any(|sample| sample.abs() > 0.01));
}

#[test]
fn a_macro_moves_a_filter_through_a_link_from_the_point_of_the_grid_on() {
    let script = r#"
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop"})
sequencer("seq") connect("seq", "tone")
pattern("long", {{index = 0, length = 64}}) bind("seq", "long")
audioFx("fx", {effect = "filter", cutoff = 300})
connect("tone", "fx", "audio") connect("fx", "out", "audio")
audioMixer("knob")
macro(1, "Cutoff", {{"knob.masterVolume", min = 0, max = 1}})
engine:getParameterRouter():link("knob.masterVolume", "fx.cutoff", {scale = 8000, offset = 200})
"#;
    let still = at_every_length(script, 120.0, 20_000, &[(0, 0.1)]);
    for frame in [6400, 7001, 7777, 9999] {
        let moved = at_every_length(script, 120.0, 20_000, &[(0, 0.1), (frame, 0.9), (frame + 3000, 0.3), (frame + 3100, 0.5)]);
        let first = still.iter().zip(&moved).position(|(still, moved)| still.to_bits() != moved.to_bits()).unwrap() / 2;
        // The ramp begins at the first point at or after the move, with the value before it.
        assert_eq!(first, frame.next_multiple_of(32) + 1, "the move at {frame}");
    }
}

#[test]
fn another_sound_lowers_what_a_compressor_hears() {
    let frames = 72_000;
    let level = |sound: &[f32], at: usize| sound[2 * at..2 * (at + 1200)].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let own = render(DUCKED, 120.0, frames, &[512], &[]);
    let script = format!("{DUCKED}\ndisconnect('kick', 'out') connect('kick', 'fx.sidechain')");
    let ducked = at_every_length(&script, 120.0, frames, &[]);
    // A beat is 24000 frames: the kick is loud at its beginning, and gone before the next one.
    let (loud, quiet) = (level(&ducked, 24_000 + 20_000), level(&ducked, 24_000 + 600));
    assert!(loud > 3.0 * quiet && quiet > 0.0, "{loud} and {quiet}");
    assert!(level(&own, 24_000 + 20_000) < loud, "without the other sound its own counts");
}

#[test]
fn cables_to_a_side_chain_are_written_out_and_go_with_their_port() {
    let rig = Rig::new(DUCKED);
    let run = |script: &str| assert_eq!(rig.engine.run_script_and_wait("more", script).error, None, "{script}");
    run("connect('kick', 'fx.sidechain') lfo('slow') connect('slow.value', 'fx.threshold') connect('slow.value', 'fx.mix')");
    let project = rig.engine.snapshot().project.clone();
    let text = rig.engine.generated_script();
    assert!(text.contains("connect(\"kick\", \"fx.sidechain\", \"audio\")") && text.contains("effect = \"compressor\""), "{text}");
    let again = videotracker_engine::engine::Engine::empty();
    assert_eq!(again.run_script_and_wait("song", &text).error, None, "{text}");
    assert_eq!(again.snapshot().project.modules, project.modules);
    assert_eq!(again.snapshot().project.connections, project.connections);
    let (rebuilt, problems) = project.rebuilt();
    assert_eq!((problems, &rebuilt.modules, &rebuilt.connections), (Vec::new(), &project.modules, &project.connections));

    run("setParam('fx', 'effect', 'delay')");
    let now = rig.engine.snapshot().project.clone();
    assert!(!now.connections.iter().any(|cable| &*cable.from == "kick" && &*cable.to == "fx"), "the port is gone");
    assert_eq!(now.links.len(), 1, "mix is still there, threshold is not");
    assert!(now.modules["fx"].params.keys().all(|name| **name == *"effect"), "{:?}", now.modules["fx"].params);
    assert!(rig.engine.undo().is_some());
    assert_eq!(rig.engine.snapshot().project, project);

    for (script, expected) in [
        ("audioFx('d', {effect = 'delay'}) connect('kick', 'd.sidechain')", "d.sidechain"),
        ("setParam('fx', 'timeMs', 3)", "fx is a compressor and has no parameter \"timeMs\"; with effect = \"delay\" it has"),
        ("setParam('fx', 'level', 3)", "number that fx makes"),
        ("setParam('kick', 'level', 3)", "number that kick makes"),
        ("connect('slow.value', 'fx.effect')", "decides which parameters there are"),
        ("macro(1, 'M', {{'fx.effect', min = 0, max = 1}})", "decides which parameters there are"),
        ("audioFx('d', {effect = 'delai'})", "did you mean \"delay\"?"),
        ("connect('fx', 'fx.sidechain')", "circle"),
        ("envelope('e', {points = '0:0 5'})", "e: points takes points"),
    ] {
        let said = refused(&rig, script);
        assert!(said.contains(expected), "{script}: {said}");
    }
}

#[test]
fn what_fits_stays_when_the_effect_changes() {
    let rig = Rig::new(DUCKED);
    let run = |script: &str| assert_eq!(rig.engine.run_script_and_wait("more", script).error, None, "{script}");
    run("audioFx('c', {effect = 'chorus', mix = 0.2, rate = 2, feedback = 0.7, voices = 4})");
    run("audioFx('c', {effect = 'phaser'})");
    let param = |name: &str| rig.engine.snapshot().project.modules["c"].param(name).map(|value| value.to_string());
    for (name, value) in [("mix", Some("0.2")), ("rate", Some("2")), ("feedback", Some("0.7")), ("voices", None), ("stages", Some("6"))] {
        assert_eq!(param(name).as_deref(), value, "{name}");
    }
    // What only answers to a parameter's name is another one.
    run("setParam('c', 'effect', 'tremolo') setParam('c', 'depth', 0.4) macro(1, 'M', {{'c.depth', min = 0, max = 1}})");
    run("setParam('c', 'effect', 'reverb')");
    let project = rig.engine.snapshot().project.clone();
    assert_eq!((project.modules["c"].params.len(), project.macros[&0].targets.len()), (2, 0), "{:?}", project.modules["c"].params);
}

#[test]
fn another_effect_takes_over_without_a_click() {
    let mut rig = Rig::new(&DUCKED.replace("effect = \"compressor\", threshold = -40, ratio = 20, attackMs = 1, releaseMs = 60", ""));
    rig.offline = true;
    rig.play(100);
    let jump = |sound: &[f32]| sound.windows(3).fold(0.0_f32, |most, three| most.max((three[2] - three[0]).abs()));
    let mut undisturbed = Vec::new();
    for effect in ["reverb", "delay", "phaser", "gate", "filter"] {
        assert_eq!(
            rig.engine.run_script_and_wait("more", &format!("disconnect('kick', 'out') audioFx('fx', {{effect = '{effect}'}})")).error,
            None
        );
        let before = rig.sound.len();
        rig.play(100);
        undisturbed.push(jump(&rig.sound[before + 20_000..]));
        let most = undisturbed.iter().fold(jump(&rig.sound[1000..40_000]), |most, jump| most.max(*jump));
        let found = jump(&rig.sound[before - 100..before + 8000]);
        assert!(found < 2.0 * most + 0.005, "{effect}: {found} against {most}");
    }
}

#[test]
fn a_level_is_what_a_follower_hears() {
    let script = |number: &str| {
        DUCKED.replace("audioFx(\"fx\", {", "audioMixer(\"fx\") audioFx(\"none\", {")
            + &format!("disconnect('kick', 'out') follower('ear') connect('kick', 'ear') connect('{number}', 'fx.masterVolume')")
    };
    let followed = at_every_length(&script("ear.value"), 120.0, 40_000, &[]);
    let level = at_every_length(&script("kick.level"), 120.0, 40_000, &[]);
    assert!(followed.iter().any(|sample| sample.abs() > 0.05));
    assert!(bits(&level) == bits(&followed));
    assert!(bits(&at_every_length(&script("kick"), 120.0, 40_000, &[])) == bits(&followed), "its first number is its level");
}

#[test]
fn an_envelope_opens_with_each_trigger() {
    let script = DUCKED.replace("audioFx(\"fx\", {", "audioMixer(\"fx\", {masterVolume = 0}) audioFx(\"none\", {")
        + "disconnect('kick', 'out') envelope('env', {attackMs = 0, decayMs = 100, sustain = 0}) connect('four', 'env')
           connect('env.value', 'fx.masterVolume')";
    let sound = at_every_length(&script, 120.0, 96_000, &[]);
    let level = |at: usize| sound[2 * at..2 * (at + 600)].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    for beat in 0..4 {
        let at = beat * 24_000;
        assert!(level(at + 64) > 5.0 * level(at + 4300) && level(at + 64) > 0.05, "{} and {}", level(at + 64), level(at + 4300));
        assert_eq!(level(at + 6000), 0.0, "after its fall");
    }
    let drawn = script.replace("attackMs = 0, decayMs = 100, sustain = 0", "points = '0:0 50:1 100:0'");
    let sound = at_every_length(&drawn, 120.0, 24_000, &[]);
    let level = |at: usize| sound[2 * at..2 * (at + 600)].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    assert!(level(2300) > 3.0 * level(100) && level(2300) > 3.0 * level(4300), "{} {} {}", level(100), level(2300), level(4300));
}

#[test]
fn tails_add_up_on_the_way_out_and_are_true() {
    let chain = r#"
        audioFx("fx", {effect = "delay", timeMs = 50, feedback = 0.5}) audioFx("room", {effect = "reverb", decay = 0.5})
        audioFx("other", {effect = "delay", timeMs = 400, feedback = 0})
        connect("fx", "room", "audio") connect("room", "out", "audio") connect("hat", "other", "audio") connect("other", "out", "audio")"#;
    let mut rig = Rig::new(&struck(chain).replace("connect(\"fx\", \"out\", \"audio\")", ""));
    rig.offline = true;
    assert_eq!(rig.processor.tail(), 0, "nothing has sounded yet");
    rig.play(100);
    let tail = rig.processor.tail();
    // 22 echoes of 50 ms, and 110 dB of a room with 0.5 s for 60.
    assert!((100_000..130_000).contains(&tail), "{tail}");
    // The hat ends, and with it everything else, as soon as its sound is over.
    for _ in 0..200 {
        rig.block_as(256, false);
    }
    let from = rig.sound.len() + 2 * usize::try_from(rig.processor.tail()).unwrap();
    for _ in 0..600 {
        rig.block_as(256, false);
    }
    assert!(rig.sound[from..].iter().all(|sample| sample.abs() < 2e-5));
    let looped = struck("audioFx('fx', {effect = 'filter'}) feedback('back') connect('fx', 'back') connect('back', 'fx', 'audio')");
    let mut rig = Rig::new(&looped);
    rig.offline = true;
    rig.play(10);
    assert_eq!(rig.processor.tail(), u64::MAX);
}
