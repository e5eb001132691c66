//! What goes wrong inside the plugin reaches no host: the instance falls silent and says so, the others play on.
//!
//! The plugin is linked into the test here, so that a test can have the next instance panic; only builds with debug
//! assertions can.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![cfg(debug_assertions)]

use videotracker::{
    clap_entry::clap_entry,
    failure::{Place, provoke_next},
};
use videotracker_tests::{
    host::{Host, Instance, Roll, Setup},
    transport::TransportPlan,
};

const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };

fn host() -> Host {
    Host::linked(&clap_entry).unwrap()
}

fn peak(instance: &mut Instance) -> f32 {
    instance.roll(&Roll::song(TransportPlan::at(120.0), 24_000)).unwrap().audio.peak()
}

#[test]
fn a_panic_in_a_block_silences_its_instance_for_good_and_no_other() {
    let host = host();
    provoke_next(Place::Process);
    let (mut failing, mut other) = (host.active(OFFLINE).unwrap(), host.active(OFFLINE).unwrap());
    for round in 0..3 {
        assert!(peak(&mut failing) == 0.0, "round {round}: the failed one is silent");
        assert!(peak(&mut other) > 1e-3, "round {round}: the other plays");
    }
    // Its work is not lost with its sound.
    assert!(failing.save().unwrap().len() > 100);
    failing.deactivate();
    failing.activate(OFFLINE).unwrap();
    assert!(peak(&mut failing) == 0.0, "activating does not mend it");
    drop(failing);
    assert!(peak(&mut other) > 1e-3, "the other plays after the failed one has gone");
}

#[test]
fn a_panic_while_a_state_is_loaded_is_a_refusal_and_silence() {
    let host = host();
    let state = host.instance().unwrap().save().unwrap();
    provoke_next(Place::State);
    let (mut failing, mut other) = (host.active(OFFLINE).unwrap(), host.active(OFFLINE).unwrap());
    assert!(failing.restore(&state).is_err());
    other.restore(&state).unwrap();
    assert!(peak(&mut failing) == 0.0 && peak(&mut other) > 1e-3);
}

#[test]
fn a_panic_while_a_state_is_saved_gives_the_host_no_state_instead_of_an_empty_one() {
    let host = host();
    provoke_next(Place::Save);
    let mut failing = host.active(OFFLINE).unwrap();
    assert!(failing.save().is_err());
    assert!(peak(&mut failing) == 0.0);
}

#[test]
fn a_parameter_that_is_one_too_far_is_refused() {
    let mut instance = host().instance().unwrap();
    let count = u32::try_from(instance.params().len()).unwrap();
    assert!(instance.has_param_at(count - 1));
    for beyond in [count, count + 1, u32::MAX] {
        assert!(!instance.has_param_at(beyond), "{beyond}");
    }
}
