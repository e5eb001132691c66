//! Buses of the host in the engine: what is said of those it lacks, master volume and tails on each, and what old sessions keep.

use std::sync::atomic::Ordering;

use videotracker_engine::{
    audio::{
        host::{BUSES, HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::{Engine, SavedSession},
    module::Value,
    project::{MACROS, Project},
};

const RATE: f64 = 48_000.0;
const FRAMES: usize = 480;

/// A tone on the main bus, and one on aux 2.
const SCRIPT: &str = "session{} audioOut('out') audioOut('side', {bus = 'aux2'})\n\
    sampler('a', {samples = {'factory:tone'}, playStyle = 'loop', volume = 0.25}) connect('a', 'out')\n\
    sampler('b', {samples = {'factory:bass'}, playStyle = 'loop', volume = 0.25}) connect('b', 'side')\n\
    sequencer('q') connect('q', 'a') connect('q', 'b') pattern('p', {{index = 0, length = 64}}, {stepsPerBeat = 1}) bind('q', 'p')";

struct Rig {
    engine: Engine,
    processor: Processor,
    at: usize,
    volume: f32,
}

impl Rig {
    fn new(script: &str) -> Self {
        let engine = Engine::empty();
        assert_eq!(engine.run_script_and_wait("song", script).error, None);
        let processor = engine.activate(RATE);
        assert!(engine.wait_for_media(std::time::Duration::from_secs(60)));
        Self { engine, processor, at: 0, volume: 1.0 }
    }

    /// What the first `offered` buses play in a block.
    fn block(&mut self, offered: usize) -> Vec<[Vec<f32>; 2]> {
        #[allow(clippy::cast_precision_loss, reason = "seconds")]
        let beat = self.at as f64 * 2.0 / RATE;
        self.at += FRAMES;
        let mut buses = vec![[vec![0.5; FRAMES], vec![0.5; FRAMES]]; offered];
        let host = HostInput {
            transport: Some(HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() }),
            offline: true,
            midi: &[],
            macros: &[0.0; MACROS],
            master_volume: self.volume,
            video_opacity: 1.0,
            side_chain: None,
        };
        let mut out = HostOutput { buses: [const { None }; BUSES], midi: None };
        for (bus, [left, right]) in out.buses.iter_mut().zip(&mut buses) {
            *bus = Some([left, right]);
        }
        self.processor.process(&host, &mut out);
        buses
    }

    /// Plays until everything sounds evenly.
    fn settle(&mut self, offered: usize) {
        (0..40).for_each(|_| drop(self.block(offered)));
    }

    fn messages(&self) -> Vec<String> {
        let _ = self.engine.wait_for_media(std::time::Duration::ZERO);
        self.engine.messages(0).into_iter().map(|(_, message)| message.text).collect()
    }
}

fn peak(bus: &[Vec<f32>; 2]) -> f32 {
    bus.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

#[test]
fn a_bus_that_the_host_lacks_is_told_once() {
    let mut rig = Rig::new(SCRIPT);
    rig.settle(BUSES);
    let told = |rig: &Rig| rig.messages().into_iter().filter(|text| text.contains("is not heard")).collect::<Vec<_>>();
    assert_eq!((told(&rig), rig.engine.gauges().unheard.load(Ordering::Relaxed)), (vec![], 0));
    rig.settle(1);
    // Who fetches triggers, as a render does, takes no message away.
    drop(rig.engine.take_triggers());
    let text = told(&rig);
    assert!(text.len() == 1 && text[0].starts_with("side: what goes to aux2 is not heard"), "{text:?}");
    assert_eq!(rig.engine.gauges().unheard.load(Ordering::Relaxed), 1 << 2);
    rig.settle(1);
    assert_eq!(told(&rig).len(), 1);
}

#[test]
fn the_master_volume_counts_on_every_bus() {
    let (mut loud, mut soft) = (Rig::new(SCRIPT), Rig::new(SCRIPT));
    soft.volume = 0.5;
    loud.settle(BUSES);
    soft.settle(BUSES);
    for (place, (one, other)) in loud.block(BUSES).iter().zip(soft.block(BUSES)).enumerate() {
        assert_eq!(peak(one) > 0.01, place == 0 || place == 2, "bus {place}");
        assert!(one.iter().flatten().zip(other.iter().flatten()).all(|(one, other)| one * 0.5 == *other), "bus {place}");
    }
}

#[test]
fn what_is_cut_off_fades_on_its_own_bus() {
    for (line, cut) in [("unroute a to out", 0), ("unroute b to side", 2), ("remove side", 2), ("remove out", 0)] {
        let mut rig = Rig::new(SCRIPT);
        rig.settle(BUSES);
        let before = rig.block(BUSES);
        assert!(rig.engine.console_and_wait(line).is_ok(), "{line}");
        let after = rig.block(BUSES);
        for place in 0..BUSES {
            let (last, first) = (before[place][0][FRAMES - 1], after[place][0][0]);
            assert!((last - first).abs() < 0.05, "{line}: bus {place} goes on from {last} at {first}");
            let rest = [after[place][0][64..].to_vec(), after[place][1][64..].to_vec()];
            assert_eq!(peak(&rest) > 0.0, place != cut && (place == 0 || place == 2), "{line}: bus {place}");
        }
    }
}

#[test]
fn sessions_saved_before_there_was_a_limiter_have_none() {
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("song", "audioOut('out') audioOut('on', {limit = true})").error, None);
    let new = engine.save().project;
    assert_eq!(new.modules["out"].param("limit"), Some(Value::Bool(true)));
    // As an earlier version saved it.
    let mut json = serde_json::to_value(&new).expect("is data");
    json.as_object_mut().expect("an object").remove("edition");
    let old: Project = serde_json::from_value(json).expect("is a project");
    let _ = engine.restore(SavedSession { script: String::new(), draft: String::new(), project: old });
    let loaded = engine.save().project;
    assert_eq!(loaded.modules["out"].param("limit"), Some(Value::Bool(false)));
    assert_eq!(loaded.edition, new.edition);
    // Saved again and loaded, and as a script, it stays so; what this version saves comes back with the limiter.
    let again: Project = serde_json::from_value(serde_json::to_value(&loaded).expect("is data")).expect("is a project");
    assert_eq!(again.rebuilt().0, loaded);
    let script = videotracker_engine::script::generate::generate(&loaded);
    let other = Engine::empty();
    assert_eq!(other.run_script_and_wait("song", &script).error, None);
    assert_eq!(other.save().project.modules["out"], loaded.modules["out"]);
    let back: Project = serde_json::from_value(serde_json::to_value(&new).expect("is data")).expect("is a project");
    assert_eq!(back.rebuilt().0.modules["out"].param("limit"), Some(Value::Bool(true)));
}

#[test]
fn new_sounds_go_to_an_output_of_the_main_bus_by_themselves() {
    let engine = Engine::empty();
    let script = "audioOut('a_side', {bus = 'aux1'}) audioOut('out') sampler('kick') oscilloscope('scope')";
    assert_eq!(engine.run_script_and_wait("song", script).error, None);
    let project = engine.save().project;
    let cables: Vec<(&str, &str)> = project.connections.iter().map(|cable| (cable.from.as_str(), cable.to.as_str())).collect();
    assert!(cables.contains(&("kick", "out")) && !cables.contains(&("kick", "a_side")), "{cables:?}");
}
