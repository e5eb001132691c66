//! Sound, events and numbers go one way through the graph, wherever blocks are cut.

use crate::rig::Rig;

/// A tone whose level an LFO moves, and whose echo leads back.
const MOVED: &str = r#"
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop"})
audioMixer("mix")
sequencer("seq") connect("seq", "tone")
pattern("line", {{index = 0, length = 8}, {}, {}, {}, {}, {}, {}, {}})
bind("seq", "line")
connect("tone", "mix", "audio")
connect("mix", "out", "audio")
lfo("slow", {beats = 1.5})
connect("slow.value", "mix.masterVolume")
feedback("back", {amount = 0.4})
connect("mix", "back", "audio")
connect("back", "mix", "audio")
follower("level")
connect("tone", "level", "audio")
engine:getParameterRouter():link("level.value", "back.amount", {scale = 0.5})
engine:getParameterRouter():link("mix.masterVolume", "tone.pan", {scale = 2, offset = -1})
"#;

fn sound(blocks: impl Iterator<Item = usize>, frames: usize) -> Vec<u32> {
    let mut rig = Rig::new(MOVED);
    rig.offline = true;
    let mut left = frames;
    for block in blocks {
        let block = block.min(left);
        rig.block(block);
        left -= block;
        if left == 0 {
            break;
        }
    }
    rig.sound.iter().map(|sample| sample.to_bits()).collect()
}

#[test]
fn numbers_and_feedback_do_not_depend_on_blocks() {
    let frames = 48_000;
    let whole = sound(std::iter::repeat(512), frames);
    assert!(whole.iter().filter(|bits| f32::from_bits(**bits).abs() > 0.01).count() > frames / 2);
    for size in [32, 441, 1024] {
        assert!(sound(std::iter::repeat(size), frames) == whole, "blocks of {size}");
    }
    assert!(sound((0..).map(|k| 1 + k * 7919 % 1500), frames) == whole, "uneven blocks");
}

#[test]
fn a_number_moves_what_follows_it() {
    let mut rig = Rig::new(MOVED);
    rig.offline = true;
    // A triangle from 0 to 1 over the first 0.75 beats.
    let error =
        rig.engine.run_script_and_wait("again", &MOVED.replace("{beats = 1.5}", "{beats = 1.5, wave = \"triangle\", phase = 0.75}")).error;
    assert_eq!(error, None);
    rig.play(4 * 48_000 / 256);
    let loud = |beat: f64| {
        let at = (beat * 24_000.0) as usize * 2;
        rig.sound[at..at + 2000].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    assert!(loud(3.75) > 5.0 * loud(3.0) && loud(3.75) > 0.1, "{} and {}", loud(3.0), loud(3.75));
}

#[test]
fn a_circle_passes_only_through_what_delays() {
    let engine = Rig::new(MOVED).engine;
    let refused = |script: &str| engine.run_script_and_wait("more", script).error.unwrap_or_default();
    let circle = refused("audioMixer('a') audioMixer('b') connect('a', 'b', 'audio') connect('b', 'a', 'audio')");
    assert!(circle.contains("circle") && circle.contains("feedback"), "{circle}");
    let itself = refused("follower('f') connect('mix', 'f', 'audio') connect('f.value', 'tone.volume')");
    assert!(itself.contains("f needs what tone makes"), "{itself}");
    let itself = refused("connect('back', 'back', 'audio')");
    assert!(itself.contains("circle"), "{itself}");
    let whole = refused("connect('slow', 'mix')");
    assert!(whole.contains("connect(\"slow.value\", \"mix.masterVolume\")"), "{whole}");
    let set = refused("setParam('slow', 'value', 0.5)");
    assert!(set.contains("number that slow makes"), "{set}");
}

#[test]
fn a_number_lets_go_of_what_it_moved() {
    let engine = Rig::new(MOVED).engine;
    assert_eq!(engine.run_script_and_wait("more", "disconnect('slow.value', 'mix.masterVolume')").error, None);
    let project = engine.snapshot().project.clone();
    assert!(!project.links.iter().any(|link| &*link.source.0 == "slow"));
}

#[test]
fn feedback_comes_late_by_512_frames_in_any_blocks() {
    const LOOP: &str = r#"
session{}
audioOut("out", {limit = false}) audioMixer("mix") connect("mix", "out")
sampler("click", {samples = {"factory:impulse"}}) connect("click", "mix")
feedback("back", {amount = 0.5}) connect("mix", "back", "audio") connect("back", "mix", "audio")
sequencer("s") connect("s", "click") pattern("p", n("0"):slow(100)) bind("s", "p")
"#;
    for blocks in [&[512][..], &[32], &[441], &[1024], &[1, 700, 37]] {
        let mut rig = Rig::new(LOOP);
        rig.offline = true;
        blocks
            .iter()
            .cycle()
            .scan(0, |done, block| (*done < 4096).then(|| *done += block).map(|()| *block))
            .for_each(|block| rig.block(block));
        let sound: Vec<f32> = rig.sound.iter().step_by(2).take(4096).copied().collect();
        let first = sound.iter().position(|sample| sample.abs() > 0.1).expect("a click");
        for turn in 1..6 {
            let (echo, whole) = (sound[first + turn * 512], sound[first + (turn - 1) * 512]);
            assert!((echo - 0.5 * whole).abs() < 1e-6, "{blocks:?}: turn {turn}: {echo} after {whole}");
        }
    }
}

#[test]
fn an_lfo_has_the_value_of_the_place_to_which_the_song_jumps() {
    let script = r#"
session{}
audioOut("out", {limit = false}) audioMixer("mix") connect("mix", "out")
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop"}) connect("tone", "mix")
lfo("slow", {beats = 16, wave = "saw"}) connect("slow.value", "mix.masterVolume")
sequencer("s") connect("s", "tone") pattern("p", n("0*4")) bind("s", "p")
"#;
    let loud_at = |from: f64, to: f64| {
        let mut rig = Rig::new(script);
        rig.offline = true;
        rig.beat = from;
        rig.play(20);
        rig.beat = to;
        let before = rig.sound.len();
        rig.play(40);
        rig.sound[before + 2048..].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    let there = loud_at(8.0, 8.0);
    assert!(there > 0.01);
    for from in [0.0, 3.0, 13.5] {
        let jumped = loud_at(from, 8.0);
        assert!((jumped / there - 1.0).abs() < 0.02, "from {from}: {jumped} for {there}");
    }
    assert!((loud_at(0.0, 4.0) / there - 0.5).abs() < 0.05, "half as far, half as loud");
}

#[test]
fn everything_with_a_sound_of_its_own_makes_its_level() {
    use videotracker_engine::module::{MODULES, PortKind};
    let types = MODULES.iter().copied().flat_map(|kind| kind.variants.map_or(vec![kind], |variants| variants.types.to_vec()));
    let without: Vec<&str> = types.filter(|kind| kind.sends(PortKind::Audio) && kind.level().is_none()).map(|kind| kind.name).collect();
    assert_eq!(without, [] as [&str; 0], "list LEVEL in `made`; the graph fills it");
}
