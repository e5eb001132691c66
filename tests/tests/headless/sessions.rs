//! Sessions loaded into the plugin while it plays: projects with their scripts, as a host restores them.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "reports figures")]

use crate::model::state_of;
use videotracker_tests::{
    audio::Audio,
    bundle::bundles,
    host::{Blocks, Host, Instance, Roll, Setup},
    transport::TransportPlan,
};

const SECOND: u64 = 48_000;
const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };
const LIVE: Setup = Setup { offline: false, ..OFFLINE };

/// Sessions that share nothing, little and much: modules come, go and stay while they sound.
const SCRIPTS: [&str; 4] = [
    r#"
session{}
audioOut("out")
sampler("kick", {samples = {"factory:kick|red"}})
sequencer("four") connect("four", "kick")
pattern("floor", {{index = 0}, {}, {}, {}})
bind("four", "floor")
"#,
    r#"
session{}
audioOut("out")
sampler("kick", {samples = {"factory:kick|red"}, volume = 0.7})
sampler("hat", {samples = {"factory:hat|green"}, polyphony = "poly"})
sequencer("four") connect("four", "kick")
sequencer("eight") connect("eight", "hat")
pattern("floor", {{index = 0}, {}, {}, {}})
pattern("off", {{}, {index = 0}})
bind("four", "floor") bind("eight", "off")
getEngine():onStateChange(function(state) local n = 0 for _ in pairs(state) do n = n + 1 end end)
"#,
    r#"
session{}
audioOut("out")
for n = 1, 40 do
  sampler("s" .. n, {samples = {"factory:tone|counter"}, volume = 0.05, transpose = n - 20})
  sequencer("q" .. n) connect("q" .. n, "s" .. n)
  pattern("p" .. n, {{index = 0}, {index = 0}}, {stepsPerBeat = n / 4})
  bind("q" .. n, "p" .. n)
end
"#,
    "session{}",
];

fn play(instance: &mut Instance, seconds: u64) -> Audio {
    instance.roll(&Roll::song(TransportPlan::at(120.0), seconds * SECOND)).expect("the host rolls").audio
}

#[test]
fn a_state_brings_back_session_and_script() {
    let host = Host::load(&bundles().clap).unwrap();
    let mut heard: Vec<Audio> = Vec::new();
    for script in SCRIPTS {
        let state = state_of(&host, script).unwrap();
        let mut instance = host.active(OFFLINE).unwrap();
        instance.restore(&state).unwrap();
        let audio = play(&mut instance, 3);
        assert!(audio.is_finite());
        assert_eq!(audio.peak() > 1e-3, script.len() > 20, "{script}: peak {}", audio.peak());
        assert!(heard.iter().all(|other| other.first_difference(&audio).is_some()), "{script}: sounds like another session");
        heard.push(audio);
        // Saved again and loaded into yet another instance it is the same.
        let mut other = host.active(OFFLINE).unwrap();
        other.restore(&instance.save().unwrap()).unwrap();
        assert_eq!(play(&mut other, 3).first_difference(&heard[heard.len() - 1]), None, "{script}");
    }
}

#[test]
fn sessions_are_replaced_while_they_play() {
    let host = Host::load(&bundles().clap).unwrap();
    let states: Vec<Vec<u8>> = SCRIPTS[..3].iter().map(|script| state_of(&host, script).unwrap()).collect();
    let mut instance = host.active(LIVE).unwrap();
    let roll = Roll { real_time: true, ..Roll::song(TransportPlan::at(140.0), 4 * SECOND) }.in_blocks(Blocks::Fixed(256));
    let mut loads = 0_usize;
    let take = instance
        .roll_while(&roll, |instance, frame| {
            if frame > loads as u64 * 6_000 {
                instance.restore(&states[loads % states.len()])?;
                instance.save()?;
                loads += 1;
            }
            Ok(())
        })
        .unwrap();
    println!("{loads} states loaded while playing; the longest of {} calls took {:?}", take.calls, take.longest);
    assert!(loads >= 10 && take.audio.is_finite() && take.audio.peak() > 1e-3, "{loads} loads, peak {}", take.audio.peak());
    instance.restore(&states[0]).unwrap();
    instance.activate(OFFLINE).unwrap();
    let mut fresh = host.active(OFFLINE).unwrap();
    fresh.restore(&states[0]).unwrap();
    assert_eq!(play(&mut instance, 2).first_difference(&play(&mut fresh, 2)), None, "nothing of the sessions before is left");
}
