//! Which part of a medium a sampler plays, and what changes it.

use videotracker_engine::{
    command::Command,
    module::{
        Value,
        samples::{Cuts, cuts_of_sample},
    },
    name::Name,
    project::{Module, Project},
};

/// Shortest region that handles make, as a share of the medium.
const SHORTEST: f64 = 1e-6;
/// The parameters that bound a region.
const EDGES: [&str; 2] = ["regionStart", "regionEnd"];

/// A sample of a sampler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The sampler.
    pub module: Name,
    /// The sample's place in it.
    pub sample: usize,
}

/// The part of a medium that is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Where it begins and ends, as shares of the medium.
    pub edges: [f64; 2],
    /// How it is cut.
    pub slices: Slices,
}

/// How a medium is cut into slices.
#[derive(Clone, Debug, PartialEq)]
pub enum Slices {
    /// The region into so many equal ones.
    Equal(u32),
    /// Where they begin, as shares of the medium; the last lasts to its end.
    At(Vec<f64>),
    /// Where the medium is struck; to be looked up.
    Onsets(f64),
    /// Where its file says; to be looked up.
    Cues,
}

impl Region {
    /// Where slices begin, as shares of the medium; none where it is not cut.
    #[must_use]
    pub fn cuts(&self) -> Vec<f64> {
        let [start, end] = self.edges;
        match &self.slices {
            Slices::Equal(count @ 2..) => (0..*count).map(|slice| start + (end - start) * f64::from(slice) / f64::from(*count)).collect(),
            Slices::At(cuts) => cuts.clone(),
            Slices::Equal(_) | Slices::Onsets(_) | Slices::Cues => Vec::new(),
        }
    }
}

/// Every use of an asset, by sampler.
#[must_use]
pub fn uses(project: &Project, asset: &str) -> Vec<Use> {
    let of = |(name, module): (&Name, &std::sync::Arc<Module>)| {
        let samples = module.samples.iter().enumerate().filter(|(_, sample)| sample.asset.as_str() == asset);
        samples.map(|(sample, _)| Use { module: name.clone(), sample }).collect::<Vec<_>>()
    };
    project.modules.iter().flat_map(of).collect()
}

/// The names of the samplers.
pub fn samplers(project: &Project) -> impl Iterator<Item = &Name> {
    project.modules.iter().filter(|(_, module)| module.module_type().has_samples()).map(|(name, _)| name)
}

/// The region that a use plays; a sample's own values go before its module's.
#[must_use]
pub fn region(project: &Project, held: &Use) -> Option<Region> {
    let module = project.modules.get(&held.module)?;
    let own = &module.samples.get(held.sample)?.params;
    let number = |name: &str| match own.get(name).cloned().or_else(|| module.param(name)) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    };
    let [start, end] = EDGES.map(number);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a small range")]
    let equal = number("slices").unwrap_or(1.0).round().clamp(1.0, 256.0) as u32;
    let slices = match cuts_of_sample(module, module.samples.get(held.sample)?) {
        Some(Cuts::At(cuts)) => Slices::At(cuts),
        Some(Cuts::Onsets(sensitivity)) => Slices::Onsets(sensitivity),
        Some(Cuts::Cues) => Slices::Cues,
        None => Slices::Equal(equal),
    };
    Some(Region { edges: [start?, end?], slices })
}

/// What moves one edge of a region: 0 its beginning, 1 its end. Where the module has only this sample and the sample no
/// value of its own, the module's parameter; else the sample's, so that others stay as they are.
#[must_use]
pub fn moved(project: &Project, held: &Use, edge: usize, to: f64) -> Option<Command> {
    let before = region(project, held)?;
    let name = EDGES.get(edge)?;
    let to = match edge {
        0 => to.clamp(0.0, (before.edges[1] - SHORTEST).max(0.0)),
        _ => to.clamp((before.edges[0] + SHORTEST).min(1.0), 1.0),
    };
    // Six places are exact to the frame in media of 20 s, and short in a script; longer ones get more.
    let to = (to * 1e9).round() / 1e9;
    let module = project.modules.get(&held.module)?;
    let own = module.samples.get(held.sample)?.params.contains_key(*name);
    if module.samples.len() == 1 && !own {
        return Some(Command::SetParameter { module: held.module.clone(), param: Name::new(name), value: Value::Number(to) });
    }
    let mut samples = module.samples.clone();
    samples.get_mut(held.sample)?.params.insert(Name::new(name), Value::Number(to));
    Some(Command::SetSamples { module: held.module.clone(), samples })
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    fn edges(engine: &Engine, held: &Use) -> [f64; 2] {
        region(&engine.snapshot().project, held).map(|region| region.edges).unwrap_or_default()
    }

    #[test]
    fn an_edge_moves_for_the_sample_it_was_taken_at_and_comes_back_with_undo() {
        let engine = Engine::empty();
        let script = r#"
            sampler("one", {samples = {"factory:kick"}, regionStart = 0.25, slices = 4})
            sampler("two", {samples = {"factory:kick", {"factory:snare", regionEnd = 0.5}}})
        "#;
        assert_eq!(engine.run_script_and_wait("test", script).error, None);
        let held = |module: &str, sample| Use { module: Name::new(module), sample };
        assert_eq!(uses(&engine.snapshot().project, "factory:kick"), [held("one", 0), held("two", 0)]);
        assert_eq!(region(&engine.snapshot().project, &held("one", 0)), Some(Region { edges: [0.25, 1.0], slices: Slices::Equal(4) }));
        assert_eq!(
            region(&engine.snapshot().project, &held("one", 0)).unwrap_or_else(|| panic!("no region")).cuts(),
            [0.25, 0.4375, 0.625, 0.8125]
        );
        let cuts = "sampler('three', {samples = {{'factory:kick', slices = {0, 0.25}}, 'factory:hat'}, slices = 'onsets'})";
        assert_eq!(engine.run_script_and_wait("test", cuts).error, None);
        let slices = |sample| region(&engine.snapshot().project, &held("three", sample)).map(|region| region.slices);
        assert_eq!((slices(0), slices(1)), (Some(Slices::At(vec![0.0, 0.25])), Some(Slices::Onsets(0.5))));
        for (module, sample, edge, to, now, other) in [
            ("one", 0, 0, 0.5, [0.5, 1.0], None),
            ("one", 0, 1, 0.1, [0.25, 0.25 + SHORTEST], None),
            ("two", 0, 0, 0.5, [0.5, 1.0], Some([0.0, 0.5])),
            ("two", 1, 1, 2.0, [0.0, 1.0], Some([0.0, 1.0])),
        ] {
            let held = held(module, sample);
            let before = edges(&engine, &held);
            let command = moved(&engine.snapshot().project, &held, edge, to);
            engine.apply("region", command.into_iter().collect()).unwrap_or_default();
            assert_eq!(edges(&engine, &held), now, "{module} {sample}");
            if let Some(other) = other {
                assert_eq!(edges(&engine, &Use { sample: 1 - sample, ..held.clone() }), other);
            }
            assert!(engine.undo().is_some());
            assert_eq!(edges(&engine, &held), before);
        }
    }
}
