//! MIDI in and out of the engine: no key stays down, whatever is done to the session, and voices follow wheel and pedal.

use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    project::MACROS,
    signal::{Expression, Midi, MidiOut},
};

const RATE: f64 = 48_000.0;

struct Player {
    engine: Engine,
    processor: Processor,
    sent: MidiOut,
    beat: f64,
    sound: Vec<f32>,
}

impl Player {
    fn new(script: &str) -> Self {
        let engine = Engine::empty();
        assert_eq!(engine.run_script_and_wait("song", script).error, None);
        let processor = engine.activate(RATE);
        assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
        Self { engine, processor, sent: MidiOut::new(4096), beat: 0.0, sound: Vec::new() }
    }

    /// Plays a block of 256 frames, and gives what it sent.
    fn block(&mut self, midi: &[Midi]) -> Vec<Midi> {
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(self.beat), ..HostTransport::default() };
        let host = HostInput {
            transport: Some(transport),
            offline: true,
            midi,
            macros: &[0.0; MACROS],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let (mut left, mut right) = ([0.0; 256], [0.0; 256]);
        self.sent.clear();
        let out = HostOutput { midi: Some(&mut self.sent), ..HostOutput::main(&mut left, &mut right) };
        self.processor.process(&host, &mut { out });
        self.beat += 256.0 * 120.0 / (60.0 * RATE);
        self.sound.extend(left);
        self.sent.messages().to_vec()
    }

    fn blocks(&mut self, count: usize) -> Vec<Midi> {
        (0..count).flat_map(|_| self.block(&[])).collect()
    }
}

/// One note that lasts.
const HELD: &str = r#"
session{}
midiOut("m") midiOut("other", {midichan = 2})
sequencer("s") connect("s", "m")
midiIn("keys") connect("keys", "other")
pattern("p", note("c4"):slow(100)) bind("s", "p")
"#;

const OFF: Midi = Midi::NoteOff { frame: 0, channel: 0, note: 60 };

#[test]
fn no_key_stays_down_whatever_is_done_to_the_session() {
    for line in [
        "set s muted true",
        "set s enabled false",
        "seq s unbind",
        "unroute s to m",
        "remove s",
        "remove m",
        "set m enabled false",
        "panic",
    ] {
        let mut player = Player::new(HELD);
        assert!(matches!(player.block(&[])[..], [Midi::NoteOn { frame: 0, channel: 0, note: 60, .. }]));
        player.engine.console_and_wait(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(player.block(&[]), [OFF], "{line}");
        assert_eq!(player.blocks(20), [], "{line}");
        assert_eq!(player.sent.held(), 0);
    }
    let mut player = Player::new(HELD);
    player.block(&[]);
    player.engine.console_and_wait("rename m keyboard").expect("it is renamed");
    assert_eq!(player.blocks(20), [], "a name is no reason to let go");
    assert_eq!(player.engine.run_script_and_wait("other", "session{}").error, None);
    assert_eq!(player.block(&[]), [OFF], "another session");
}

#[test]
fn keys_of_the_hosts_come_up_when_their_module_hears_them_no_more() {
    let on = [Midi::NoteOn { frame: 3, channel: 4, note: 50, velocity: 0.5 }];
    let struck = [Midi::NoteOn { frame: 3, channel: 1, note: 50, velocity: 0.5 }];
    let off = [Midi::NoteOff { frame: 0, channel: 1, note: 50 }];
    for line in ["set keys channel 1", "set keys enabled false", "unroute keys to other", "remove keys", "remove other", "panic"] {
        let mut player = Player::new(HELD);
        player.engine.console_and_wait("seq s unbind").expect("it is unbound");
        assert_eq!(player.block(&on), struck);
        player.engine.console_and_wait(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(player.block(&[]), off, "{line}");
        assert_eq!(player.blocks(20), [], "{line}");
    }
}

#[test]
fn panic_ends_notes_and_tails_at_once() {
    let song = r#"
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop"})
audioFx("echo", {effect = "delay", timeMs = 100, feedback = 0.9}) audioFx("hall", {effect = "reverb"})
connect("tone", "echo") connect("echo", "hall") connect("hall", "out")
sequencer("s") connect("s", "tone")
pattern("p", n("0"):slow(100)) bind("s", "p")
"#;
    for by_script in [false, true] {
        let mut player = Player::new(song);
        player.blocks(200);
        assert!(player.sound[40_000..].iter().any(|x| x.abs() > 0.01), "it sounds");
        match by_script {
            false => drop(player.engine.console_and_wait("panic").expect("it is done")),
            true => assert_eq!(player.engine.run_script_and_wait("end", "panic()").error, None),
        }
        player.blocks(60);
        // Ten milliseconds for a fade without a click.
        let after = &player.sound[200 * 256 + 480..];
        assert!(after.iter().all(|x| *x == 0.0), "by script: {by_script}");
    }
}

#[test]
fn a_key_that_is_struck_again_comes_up_first() {
    let song = r#"
session{}
midiOut("m", {velocity = 0.5})
sequencer("a") connect("a", "m")
sequencer("b") connect("b", "m")
pattern("long", note("c4"):slow(4)) bind("a", "long")
pattern("short", note("c4*64")) bind("b", "short")
"#;
    let sent = Player::new(song).blocks(400);
    let mut down = 0_i32;
    for message in &sent {
        down += match message {
            Midi::NoteOn { .. } => 1,
            _ => -1,
        };
        assert!((0..=1).contains(&down));
    }
    assert!(sent.len() > 100);
}

#[test]
fn triggers_carry_controllers_wheel_and_program() {
    let song = r#"
session{}
midiOut("m", {midichan = 2})
sequencer("s") connect("s", "m")
pattern("p", note("c4"):midichan(5):ccn(7):ccv(1):midibend(-1):progNum(12)) bind("s", "p")
"#;
    let channel = 4;
    let expected = [
        Midi::Program { frame: 0, channel, program: 12 },
        Midi::Bend { frame: 0, channel, value: -1.0 },
        Midi::Controller { frame: 0, channel, number: 7, value: 1.0 },
        Midi::NoteOn { frame: 0, channel, note: 60, velocity: 0.8 },
    ];
    assert_eq!(Player::new(song).block(&[]), expected);
}

#[test]
fn the_pedal_holds_what_is_let_go_while_it_is_down() {
    let key = |down: bool, note: u8| match down {
        true => Midi::NoteOn { frame: 0, channel: 0, note, velocity: 1.0 },
        false => Midi::NoteOff { frame: 0, channel: 0, note },
    };
    let pedal = |value: f32| Midi::Controller { frame: 1, channel: 0, number: 64, value };
    let mut player = Player::new("session{} midiOut('m') midiIn('k') connect('k', 'm')");
    player.block(&[key(true, 60), key(true, 64), pedal(1.0)]);
    assert_eq!(player.block(&[key(false, 60)]), []);
    assert_eq!(player.block(&[pedal(0.0)]), [Midi::NoteOff { frame: 1, channel: 0, note: 60 }]);
    assert_eq!(player.block(&[key(false, 64)]), [Midi::NoteOff { frame: 0, channel: 0, note: 64 }]);
}

const TONE: &str = r#"
session{}
audioOut("out")
sampler("tone", {samples = {"factory:tone"}, releaseMs = 5})
midiIn("keys", {bendRange = 12}) connect("keys", "tone")
"#;

/// What is heard of these messages, each with its block.
fn heard(messages: &[(usize, Midi)]) -> Vec<f32> {
    let mut player = Player::new(TONE);
    for block in 0..20 {
        let now: Vec<Midi> = messages.iter().filter(|(at, _)| *at == block).map(|(_, midi)| *midi).collect();
        player.block(&now);
    }
    player.sound
}

#[test]
fn voices_follow_the_wheel_and_expressions_from_their_frame_on() {
    let strike = |note: u8| Midi::NoteOn { frame: 0, channel: 0, note, velocity: 1.0 };
    let bend = |frame: u32, value: f32| Midi::Bend { frame, channel: 0, value };
    let express = |frame: u32, kind: Expression, value: f32| Midi::Expression { frame, channel: None, note: Some(60), kind, value };
    assert_eq!(heard(&[(0, bend(0, 1.0)), (1, strike(60))]), heard(&[(1, strike(72))]), "struck while bent");
    let plain = heard(&[(0, strike(60))]);
    let bent = heard(&[(0, strike(60)), (9, bend(100, -0.5))]);
    let first = |sound: &[f32]| sound.iter().zip(&plain).position(|(a, b)| a != b);
    assert!(first(&bent).is_some_and(|frame| (9 * 256 + 100..9 * 256 + 104).contains(&frame)), "{:?}", first(&bent));
    let tuned = heard(&[(0, strike(60)), (9, express(100, Expression::Tuning, -6.0))]);
    assert_eq!(tuned, bent, "tuning by as much");
    let other =
        heard(&[(0, strike(60)), (9, Midi::Expression { frame: 0, channel: None, note: Some(61), kind: Expression::Tuning, value: 5.0 })]);
    assert_eq!(other, plain, "another key's");
    let quiet = heard(&[(0, strike(60)), (9, express(0, Expression::Volume, 0.0))]);
    assert!(quiet[11 * 256..].iter().all(|sample| *sample == 0.0), "faded out");
    assert!(plain[11 * 256..].iter().any(|sample| *sample != 0.0));
}

#[test]
fn aftertouch_and_expressions_reach_the_voices_of_their_keys() {
    const KEYS: &str = "session{} audioOut('out') synth('tone', {wave = 'sawtooth', cutoff = 800})
        midiIn('keys', {pressureTo = '@', brightnessRange = 2, vibratoRange = 1}) connect('keys', 'tone')";
    let play = |to: &str, messages: &[Midi]| {
        let mut player = Player::new(&KEYS.replace('@', to));
        player.block(&[Midi::NoteOn { frame: 0, channel: 2, note: 60, velocity: 1.0 }]);
        player.blocks(3);
        player.block(messages);
        player.blocks(20);
        player.sound
    };
    let energy = |sound: &[f32]| sound[6 * 256..].iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    // What changes from frame to frame tells how bright it is.
    let edge = |sound: &[f32]| sound[6 * 256..].windows(2).map(|pair| f64::from(pair[1] - pair[0]).powi(2)).sum::<f64>();
    let press = |note: Option<u8>, value: f32| Midi::Pressure { frame: 0, channel: 2, note, value };
    let express = |kind: Expression, value: f32| Midi::Expression { frame: 0, channel: Some(2), note: Some(60), kind, value };
    let plain = play("nothing", &[]);
    assert_eq!(play("nothing", &[press(None, 1.0)]), plain, "aftertouch is heard where it is given something to do");
    for message in [press(None, 1.0), press(Some(60), 1.0)] {
        let ratio = energy(&play("level", &[message])) / energy(&plain);
        assert!((ratio - 4.0).abs() < 0.05, "twice as loud: {ratio}");
        assert!(edge(&play("brightness", &[message])) > 2.0 * edge(&plain), "brighter");
        assert_ne!(play("vibrato", &[message]), plain);
    }
    assert_eq!(play("level", &[press(Some(61), 1.0)]), plain, "another key's");
    let half = energy(&play("nothing", &[express(Expression::Level, 0.5)])) / energy(&plain);
    assert!((half - 0.25).abs() < 0.01, "half as loud: {half}");
    assert!(edge(&play("nothing", &[express(Expression::Brightness, 1.0)])) > 2.0 * edge(&plain));
    assert!(edge(&play("nothing", &[express(Expression::Brightness, 0.0)])) < 0.5 * edge(&plain));
    assert_eq!(play("nothing", &[express(Expression::Brightness, 0.5)]), plain, "as it is by itself");
    assert_ne!(play("nothing", &[express(Expression::Vibrato, 1.0)]), plain);
    // A key that goes down under pressure begins with it.
    let struck = |pressed: bool| {
        let mut player = Player::new(&KEYS.replace('@', "level"));
        let strike = Midi::NoteOn { frame: 0, channel: 2, note: 60, velocity: 1.0 };
        player.block(if pressed { &[Midi::Pressure { frame: 0, channel: 2, note: None, value: 1.0 }] } else { &[] });
        player.block(&[strike]);
        player.blocks(20);
        energy(&player.sound)
    };
    assert!((struck(true) / struck(false) - 4.0).abs() < 0.1);
}

#[test]
fn a_flood_of_the_wheel_ends_where_the_wheel_stands() {
    let strike = Midi::NoteOn { frame: 0, channel: 0, note: 60, velocity: 1.0 };
    let mut player = Player::new(TONE);
    player.block(&[strike]);
    let flood: Vec<Midi> =
        (0..2000_u16).map(|step| Midi::Bend { frame: u32::from(step) / 8, channel: 0, value: f32::from(step) / 1999.0 }).collect();
    player.block(&flood);
    player.block(&[]);
    let once = heard(&[(0, strike), (1, Midi::Bend { frame: 255, channel: 0, value: 1.0 })]);
    player.blocks(17);
    // Both play at twice the speed from here on, at places of their own: equal in period, not in phase.
    let crossings = |sound: &[f32]| sound.windows(2).filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0).count();
    let (flooded, single) = (crossings(&player.sound[4 * 256..]), crossings(&once[4 * 256..]));
    assert!(flooded.abs_diff(single) <= 1, "{flooded} and {single}");
}

#[test]
fn a_key_comes_up_where_the_host_loops_back_and_goes_down_again() {
    let mut player = Player::new(HELD);
    assert!(player.blocks(8).iter().any(|message| matches!(message, Midi::NoteOn { note: 60, .. })));
    player.beat = 0.0;
    let messages = player.block(&[]);
    assert_eq!(messages.first(), Some(&OFF), "{messages:?}");
    assert!(messages.iter().skip(1).any(|message| matches!(message, Midi::NoteOn { note: 60, .. })), "{messages:?}");
    assert!(player.blocks(8).is_empty());
}
