//! Effects and envelopes allocate and free nothing while they play, change into each other, fall silent and wake.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::counting::{self, alone};
use videotracker_engine::{
    module::{BuildContext, Value, audio_fx::EFFECT},
    name::Name,
    project::Module,
    signal::{
        Controls, MAX_FRAMES, Node, Stereo, Values,
        solo::{Play, Played, Solo},
    },
};

fn module(kind: &str, params: &[(&str, &str)]) -> Module {
    let params: BTreeMap<Name, Value> = params.iter().map(|(name, text)| (Name::new(name), Value::Text(Name::new(text)))).collect();
    Module { kind: Name::new(kind), params, samples: Vec::new(), interface: None }
}

fn built(module: &Module) -> (Box<dyn Node>, Box<dyn std::any::Any + Send>, Vec<f64>) {
    let kind = module.module_type();
    let context = BuildContext { module, sample_rate: 48_000.0, controls: &Controls::new(), id: 0 };
    ((kind.build)(&context).unwrap(), (kind.renew)(&context).unwrap(), kind.params.iter().map(|spec| spec.default).collect())
}

#[test]
fn effects_allocate_nothing_whatever_happens_to_them() {
    let _alone = alone();
    let mut solo = Solo::new(48_000.0);
    let mut loud = Stereo::holding([0.0; MAX_FRAMES], [0.0; MAX_FRAMES]);
    loud.left.iter_mut().chain(&mut loud.right).enumerate().for_each(|(k, sample)| *sample = ((k * 7919) % 201) as f32 * 0.01 - 1.0);
    let quiet = Stereo::default();
    for (place, effect) in EFFECT.iter().enumerate() {
        let (mut node, _, mut params) = built(&module("audioFx", &[("effect", effect)]));
        let next = EFFECT[(place + 1) % EFFECT.len()];
        let (_, mut content, next_params) = built(&module("audioFx", &[("effect", next)]));
        let before = counting::calls();
        for round in 0..300_u64 {
            match round {
                100 => params[0] = 0.0,
                120 => params[0] = 1.0,
                200 => node.exchange(&mut content),
                _ => {}
            }
            let params = if round < 200 { &params[..] } else { &next_params[..] };
            let input = if round % 50 < 25 { &loud } else { &quiet };
            solo.block(&mut *node, round * 441, 441, params, &[], &[input]);
            let _ = node.tail(true);
        }
        node.reset();
        assert_eq!(counting::calls(), before, "{effect}");
    }
}

#[test]
fn envelopes_allocate_nothing() {
    let _alone = alone();
    let mut solo = Solo::with(48_000.0, 0, 1);
    let (mut node, mut content, params) = built(&module("envelope", &[("points", "0:0 10:1* 20:0.5 30:0")]));
    let events: Vec<Played> = (1..40)
        .map(|k| {
            let kind = if k % 3 == 0 { Play::GateOff(k - 1) } else { Play::Trigger { gate: k, values: Values::default() } };
            Played { frame: usize::try_from(k).unwrap() * 10, kind }
        })
        .collect();
    let before = counting::calls();
    for round in 0..100_u64 {
        if round == 50 {
            node.exchange(&mut content);
        }
        let block = videotracker_engine::signal::Block::alone(441, round * 441, 48_000.0);
        solo.play(&mut *node, block, &params, &events, &[], &[]);
    }
    assert_eq!(counting::calls(), before);
}
