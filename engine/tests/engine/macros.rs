//! Who counts, a macro or the parameter it drives: nothing changes before the host moves the macro.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test that can't go on fails loudly")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    command::Command,
    engine::{Engine, Outside},
    module::Value,
    project::MACROS,
};

const RATE: f64 = 48_000.0;
const TONE: &str = r#"
session{}
audioOut("out", {limit = false})
sampler("tone", {samples = {"factory:tone"}, playStyle = "loop"})
sequencer("seq") connect("seq", "tone")
pattern("p", {{index = 0, length = 4}, {}, {}, {}})
bind("seq", "p")
"#;
const MAPPED: &str = r#"macro(1, "Level", {{"tone.volume", min = 0, max = 2}})"#;

/// A host with macro values, and what it was asked for.
#[derive(Debug)]
struct Desk {
    values: Mutex<[f32; MACROS]>,
    asked: Mutex<BTreeMap<usize, f32>>,
}

impl Outside for Desk {
    fn macro_value(&self, index: usize) -> Option<f32> {
        self.values.lock().unwrap().get(index).copied()
    }

    fn move_macro(&self, index: usize, value: f32) -> bool {
        self.asked.lock().unwrap().insert(index, value);
        true
    }

    fn line(&self, word: &str, words: &[String]) -> Result<String, String> {
        Ok(format!("{word} {words:?}"))
    }
}

struct Rig {
    engine: Engine,
    desk: Arc<Desk>,
    processor: Processor,
    beat: f64,
}

impl Rig {
    fn new(script: &str) -> Self {
        let engine = Engine::empty();
        let desk = Arc::new(Desk { values: Mutex::new([0.0; MACROS]), asked: Mutex::default() });
        engine.set_outside(Arc::clone(&desk) as _);
        let processor = engine.activate(RATE);
        let mut rig = Self { engine, desk, processor, beat: 0.0 };
        rig.run(script);
        rig
    }

    fn run(&mut self, script: &str) {
        let result = self.engine.run_script_and_wait("song", script);
        assert_eq!(result.error, None);
        assert!(self.engine.wait_for_media(std::time::Duration::from_secs(30)));
    }

    /// The loudest sample of the beat after the next, in quarters of the tone at volume 1.
    fn level(&mut self) -> i32 {
        let macros = *self.desk.values.lock().unwrap();
        let _ = beat(&mut self.processor, &macros, &mut self.beat);
        let peak = beat(&mut self.processor, &macros, &mut self.beat);
        let _ = self.engine.wait_for_media(std::time::Duration::ZERO);
        #[allow(clippy::cast_possible_truncation, reason = "a few quarters")]
        let quarters = (peak / unit() * 4.0).round() as i32;
        quarters
    }

    fn host_moves(&self, index: usize, value: f32) {
        self.desk.values.lock().unwrap()[index] = value;
    }

    fn asked(&self) -> Vec<(usize, f32)> {
        std::mem::take(&mut *self.desk.asked.lock().unwrap()).into_iter().collect()
    }

    /// Does what the host was asked for.
    fn host_follows(&self) {
        for (index, value) in self.asked() {
            self.host_moves(index, value);
        }
    }

    fn said(&self) -> Vec<String> {
        let _ = self.engine.wait_for_media(std::time::Duration::ZERO);
        self.engine.messages(0).into_iter().map(|(_, message)| message.text).collect()
    }
}

/// Plays a beat; its loudest sample.
fn beat(processor: &mut Processor, macros: &[f32; MACROS], at: &mut f64) -> f32 {
    let mut peak = 0.0_f32;
    for _ in 0..96 {
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(*at), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let (mut left, mut right) = ([0.0; 250], [0.0; 250]);
        processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
        *at += 1.0 / 96.0;
        peak = left.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
    }
    peak
}

/// The tone's peak at volume 1.
fn unit() -> f32 {
    static UNIT: std::sync::OnceLock<f32> = std::sync::OnceLock::new();
    *UNIT.get_or_init(|| {
        let engine = Engine::empty();
        assert_eq!(engine.run_script_and_wait("song", TONE).error, None);
        let mut processor = engine.activate(RATE);
        assert!(engine.wait_for_media(std::time::Duration::from_secs(30)));
        let mut at = 0.0;
        let _ = beat(&mut processor, &[0.0; MACROS], &mut at);
        beat(&mut processor, &[0.0; MACROS], &mut at)
    })
}

#[test]
fn mapping_leaves_the_target_as_it_is_and_asks_the_host_for_the_matching_value() {
    let mut rig = Rig::new(TONE);
    assert_eq!(rig.level(), 4);
    rig.run(&format!("{TONE}{MAPPED}"));
    assert_eq!(rig.asked(), [(0, 0.5)]);
    assert_eq!(rig.level(), 4, "the macro stands at 0, and the tone sounds on");
    rig.host_moves(0, 0.5);
    assert_eq!(rig.level(), 4, "our own gesture is no move");
    rig.host_moves(0, 0.0);
    assert_eq!(rig.level(), 0, "the host moved it");
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8);
    rig.run(&format!("{TONE}{MAPPED}"));
    assert_eq!((rig.level(), rig.asked()), (8, vec![]), "the same script again changes nothing");
}

#[test]
fn without_a_gesture_the_first_move_of_the_host_counts() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    assert_eq!(rig.level(), 4);
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2);
    rig.host_moves(0, 0.0);
    assert_eq!(rig.level(), 0, "also back to where it was");
}

#[test]
fn a_second_target_keeps_its_own_value_until_the_macro_moves_again() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    rig.host_follows();
    rig.host_moves(0, 0.75);
    assert_eq!(rig.level(), 6);
    rig.run(&format!(r#"{TONE}macro(1, "Level", {{{{"tone.volume", min = 0, max = 2}}, {{"out.masterVolume", min = 0, max = 1}}}})"#));
    assert_eq!((rig.level(), rig.asked()), (6, vec![]), "the macro can't match both");
    rig.host_moves(0, 0.5);
    assert_eq!(rig.level(), 2);
}

#[test]
fn set_moves_the_macro_the_same_way_or_says_why_not() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    rig.host_follows();
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8);
    rig.engine.console_and_wait("set tone volume 0.5").unwrap();
    assert_eq!(rig.level(), 2, "it is heard at once");
    assert_eq!(rig.asked(), [(0, 0.25)]);
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2);
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8);
    // The session says 0.5 already, but 2 is heard: it is meant all the same.
    rig.engine.console_and_wait("set tone volume 0.5").unwrap();
    assert_eq!((rig.level(), rig.asked()), (2, vec![(0, 0.25)]));
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2);
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8);
    rig.engine
        .apply("panel", vec![Command::SetParameter { module: "tone".into(), param: "volume".into(), value: Value::Number(1.0) }])
        .unwrap();
    assert_eq!((rig.level(), rig.asked()), (4, vec![(0, 0.5)]));
    rig.run(r#"macro(2, "Narrow", {{"tone.pan", min = 0.5, max = 1}}) macro(3, "Still", {{"tone.attackMs", min = 5, max = 5}})"#);
    rig.engine.console_and_wait("set tone pan -1").unwrap();
    rig.engine.console_and_wait("set tone attackMs 7").unwrap();
    let said = rig.said();
    for reason in ["macro 2 gives tone.pan 0.5 to 1, so it goes to its nearest end", "macro 3 gives tone.attackMs 5 wherever it stands"] {
        assert!(said.iter().any(|text| text.contains(reason)), "{reason}: {said:?}");
    }
}

#[test]
fn a_callback_and_a_loaded_session_never_write_host_values() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    rig.host_follows();
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8);
    rig.run(&format!(
        r#"{TONE}{MAPPED}
local done = false
engine:onStateChange(function() if not done then done = true setParam("tone", "volume", 0.5) macro(2, "Pan", {{{{"tone.pan", min = 0, max = 1}}}}) end end)
setParam("out", "masterVolume", 0.9)"#
    ));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while rig.engine.snapshot().project.macros.len() < 2 {
        assert!(std::time::Instant::now() < end, "the callback runs");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(rig.asked(), []);
    assert!(rig.said().iter().any(|text| text.contains("a callback sets or maps tone.volume")), "{:?}", rig.said());
    let saved = rig.engine.save();
    let _ = rig.engine.restore(saved);
    let _ = rig.level();
    assert_eq!(rig.asked(), []);
}

#[test]
fn what_waits_and_what_does_not_is_saved() {
    let script = format!(r#"{TONE}{MAPPED} macro(2, "Master", {{{{"out.masterVolume", min = 0, max = 1}}}})"#);
    let mut rig = Rig::new(&script);
    rig.host_follows();
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2, "the first macro moved, the second waits");
    let (saved, waiting) = (rig.engine.save(), rig.engine.waiting());
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].index == 1 && (waiting[0].at - 1.0).abs() < 1e-6, "{waiting:?}");
    let mut other = Rig::new("session{}");
    other.host_moves(0, 0.25);
    other.host_moves(1, 1.0);
    assert_eq!(other.engine.restore_waiting(saved.clone(), &waiting), []);
    assert!(other.engine.wait_for_media(std::time::Duration::from_secs(30)));
    assert_eq!((other.level(), other.engine.waiting(), other.asked()), (2, waiting, vec![]));
    other.host_moves(1, 0.5);
    assert_eq!((other.level(), other.engine.waiting()), (1, vec![]));
    // A state that says nothing of it plays as it did when macros counted from the first.
    let mut old = Rig::new("session{}");
    let _ = old.engine.restore(saved);
    assert!(old.engine.wait_for_media(std::time::Duration::from_secs(30)));
    assert_eq!(old.level(), 0);
}

#[test]
fn undo_and_a_new_name_leave_a_macro_that_moved_where_it_is() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2);
    rig.engine.console_and_wait("rename tone bell").unwrap();
    assert_eq!(rig.level(), 2);
    rig.engine.console_and_wait("undo").unwrap();
    assert_eq!(rig.level(), 2);
    rig.engine.console_and_wait("remove tone").unwrap();
    assert_eq!(rig.level(), 0);
    rig.engine.console_and_wait("undo").unwrap();
    assert!(rig.engine.wait_for_media(std::time::Duration::from_secs(30)));
    assert_eq!((rig.level(), rig.asked().len()), (2, 1), "only mapping asked the host");
}

#[test]
fn undoing_what_was_set_moves_the_macro_back_and_redoing_it_forth() {
    let mut rig = Rig::new(&format!("{TONE}{MAPPED}"));
    rig.host_follows();
    rig.engine.console_and_wait("set tone volume 0.5").unwrap();
    assert_eq!((rig.level(), rig.asked()), (2, vec![(0, 0.25)]));
    rig.host_moves(0, 0.25);
    assert_eq!(rig.level(), 2, "our own gesture is no move");
    rig.engine.console_and_wait("undo").unwrap();
    assert_eq!((rig.level(), rig.asked()), (4, vec![(0, 0.5)]), "the macro shows what is heard");
    rig.host_moves(0, 0.5);
    assert_eq!(rig.level(), 4, "our own gesture is no move");
    rig.engine.console_and_wait("redo").unwrap();
    assert_eq!((rig.level(), rig.asked()), (2, vec![(0, 0.25)]));
    rig.host_moves(0, 0.25);
    rig.host_moves(0, 1.0);
    assert_eq!(rig.level(), 8, "the host moved it");
    rig.engine.console_and_wait("undo").unwrap();
    assert_eq!((rig.level(), rig.asked()), (4, vec![(0, 0.5)]), "it is heard at once, as a set is");
}
