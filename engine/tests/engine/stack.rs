//! Hosts with small stacks: Ardour runs plugins, their activation too, on threads with 128 KiB.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use crate::rig::{RATE, Rig, SONG};
use videotracker_engine::audio::{
    host::{HostInput, HostOutput, HostTransport},
    processor::Processor,
};

/// What is left of such a stack below the host's own calls.
const STACK: usize = 64 << 10;

fn on_a_small_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, f).unwrap().join().unwrap())
}

fn play(processor: &mut Processor, blocks: u32) -> f32 {
    let (mut left, mut right) = (vec![0.0; 512], vec![0.0; 512]);
    let mut peak = 0.0_f32;
    for block in 0..blocks {
        let beat = f64::from(block) * 512.0 * 2.0 / RATE;
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let host = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &[0.0; 64],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&host, &mut HostOutput::main(&mut left, &mut right));
        peak = left.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
    }
    peak
}

#[test]
fn activation_and_processing_need_little_stack() {
    let rig = Rig::new(SONG);
    let engine = &rig.engine;
    let _readers = [engine.view_reader(), engine.view_reader()];
    let peak = on_a_small_stack(|| {
        let mut processor = engine.activate(RATE);
        play(&mut processor, 200)
    });
    assert!(peak > 0.01);
}

#[test]
fn the_deepest_pattern_there_can_be_is_asked_on_a_small_stack() {
    let top = "session{} audioOut('o') sampler('d', {samples = {'factory:kick'}}) sequencer('q') connect('q', 'd')";
    for step in [
        "p:every('<2 3>', function(x) return x:rev() end)",
        "p:off('<0.125 0.25>', function(x) return x:gain(0.5) end):degradeBy(0.9)",
        "p:fast('<1 1 2>')",
        "p:jux(function(x) return x:late('<0 0.25>') end):degradeBy(0.5)",
        "p:n('<0 0>'):add(n('<0 0>?'))",
        "p:within(0, 0.5, function(x) return x:hurry('<1 1>') end)",
    ] {
        let script = format!(
            "{top}
            local p, deepest = s('kick?0.1'), nil
            for depth = 1, 400 do
                local made, next = pcall(function() return {step} end)
                if not made or not pcall(pattern, 'p', next) then break end
                p, deepest = next, depth
            end
            assert(deepest and deepest >= 4, 'too shallow')
            print(deepest)
            pattern('p', p) bind('q', 'p')"
        );
        let rig = Rig::new(&script);
        let engine = &rig.engine;
        // What is said of values that leave their range comes after what the script prints.
        let depth = engine.messages(0).iter().find_map(|(_, message)| message.text.parse::<u32>().ok());
        on_a_small_stack(|| play(&mut engine.activate(RATE), 100));
        assert!(depth.is_some_and(|depth| depth >= 4), "{step}");
    }
}
