//! Macros and links move regions under playing voices: the same samples however the host cuts its blocks.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::Duration;

use videotracker_engine::{
    audio::host::{HostInput, HostOutput, HostTransport},
    engine::Engine,
    project::MACROS,
};

const RATE: f64 = 48_000.0;

const SESSION: &str = r#"
session{}
audioOut("out")
sampler("a", {samples = {"factory:tone"}, playStyle = "loop", releaseMs = 20})
sampler("b", {samples = {"factory:kick", "factory:snare"}, playStyle = "grain", grainSize = 0.05})
sequencer("q") connect("q", "a") connect("q", "b")
pattern("p", {{index = 0, length = 4}, {}, {}, {}, {index = 0, length = 4, note = 67, speed = -1}, {}, {}, {}})
bind("q", "p")
macro(1, "Start", {{"a.regionStart", min = 0, max = 0.9}})
macro(2, "Size", {{"b.grainSize", min = 0.001, max = 0.2}})
local router = engine:getParameterRouter()
router:link("a.regionStart", "b.position", {scale = 1})
router:link("a.regionStart", "a.regionEnd", {scale = 0.5, offset = 0.5})
"#;

fn render(block: usize) -> Vec<u32> {
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("s", SESSION).error, None);
    let mut processor = engine.activate(RATE);
    assert!(engine.wait_for_media(Duration::from_secs(20)));
    let mut sound = Vec::new();
    for at in (0..192_000).step_by(block) {
        // Automation that moves every 480 frames.
        let step = at / 480;
        let mut macros = [0.0; MACROS];
        macros[0] = (step * 37 % 100) as f32 / 100.0;
        macros[1] = (step / 3 * 53 % 100) as f32 / 100.0;
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(at as f64 / 24_000.0), ..HostTransport::default() };
        let host = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
        processor.process(&host, &mut HostOutput::main(&mut left, &mut right));
        sound.extend(left.iter().zip(&right).flat_map(|(l, r)| [l.to_bits(), r.to_bits()]));
    }
    sound
}

#[test]
fn automation_and_links_move_regions_to_the_same_bits_at_any_block_length() {
    let expected = render(480);
    assert!(expected.iter().filter(|bits| **bits << 1 != 0).count() > 100_000);
    for block in [32, 96, 160] {
        let found = render(block);
        assert_eq!(found.iter().zip(&expected).position(|(a, b)| a != b), None, "blocks of {block}");
    }
}
