//! The synthesizer allocates and frees nothing, whatever it is told.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{any::Any, collections::BTreeMap, sync::Arc};

use crate::counting::{self, alone};
use videotracker_engine::{
    dsp::wavetable::Wavetable,
    module::{BuildContext, Value, module_type, samples::Tables},
    name::Name,
    project::{Module, Sample},
    signal::{
        Controls, Values, control,
        solo::{Play, Played, Solo},
        word::Word,
    },
};

#[test]
fn a_storm_of_tones_allocates_and_frees_nothing() {
    let _alone = alone();
    let module = Module { kind: Name::new("synth"), params: BTreeMap::new(), samples: Vec::new(), interface: None };
    let (kind, controls) = (module_type("synth").unwrap(), Controls::new());
    let mut node = (kind.build)(&BuildContext { module: &module, sample_rate: 48_000.0, controls: &controls, id: 0 }).unwrap();
    let mut params: Vec<f64> = kind.params.iter().map(|spec| spec.default).collect();
    let mut solo = Solo::new(48_000.0);
    let ids: Vec<(u16, f64, f64)> = kind.params.iter().filter_map(|spec| Some((controls.id(spec.name)?, spec.min, spec.max))).collect();
    let mut heard = 0.0_f32;
    let stop = std::sync::atomic::AtomicBool::new(false);
    let tables = || {
        let sample = |word: &str| Sample { asset: Name::new("a.wav"), params: [(Name::new("word"), Value::Text(Name::new(word)))].into() };
        let wave: Vec<f32> = (0..512).map(|frame| ((frame * 37 % 256) as f32 / 128.0) - 1.0).collect();
        let made = Wavetable::new(&wave, 256, &stop).map(Arc::new);
        Box::new(Tables::new(&[sample("vox")], vec![made])) as Box<dyn Any + Send>
    };
    let words: Vec<&str> = kind.words.iter().copied().chain(["vox", "vox"]).collect();
    for round in 0..800_usize {
        let mut exchanged = (round % 40 == 7).then(tables);
        let events: Vec<Played> = (0..6)
            .map(|k| {
                let mut values = Values::default();
                let word = words[(round * 7 + k) % words.len()];
                values.set(control::S, Word::of(word).number());
                values.set(control::NOTE, 30.0 + ((round * 5 + k * 11) % 60) as f64);
                for step in 0..8 {
                    let (id, min, max) = ids[(round * 13 + k * 5 + step * 17) % ids.len()];
                    values.set(id, min + (max - min) * ((round + step) % 11) as f64 * 0.1);
                }
                Played { frame: k * 70, kind: Play::Trigger { gate: (round * 6 + k) as u64, values } }
            })
            .chain((round > 3).then(|| Played { frame: 300, kind: Play::GateOff((round * 6 - 18) as u64) }))
            .chain((round % 90 == 89).then_some(Played { frame: 400, kind: Play::AllOff }))
            .collect();
        let place = round * 31 % params.len();
        let spec = &kind.params[place];
        params[place] = if round % 2 == 0 { spec.default } else { spec.min + (spec.max - spec.min) * 0.3 };
        let before = counting::calls();
        if let Some(content) = &mut exchanged {
            node.exchange(content);
        }
        solo.block(&mut *node, (round * 441) as u64, 441, &params, &events, &[]);
        assert_eq!(counting::calls(), before, "round {round}");
        heard = solo.outputs[0].left[..441].iter().fold(heard, |most, x| most.max(x.abs()));
    }
    node.reset();
    assert!(heard > 0.1 && heard.is_finite());
}
