//! Cycle patterns written out as steps, with the samples that their words stand for in the session.

use std::sync::Arc;

use super::{Namer, PatternSlot, Project, Resolver, Source};
use crate::{
    module::event_params,
    name::Name,
    pattern::{
        ControlTable, Cycle, CycleProgram, Pattern, Tracker,
        play::{Setting, Sounds},
        steps::{Grid, as_lanes, as_steps},
    },
    signal::{Controls, Values},
};

impl Project {
    /// The first cycles of `cycle` as steps. Words stand for samples as where `name` is played; where nothing plays it,
    /// as for the first sequencer that knows them.
    ///
    /// # Errors
    /// Where a word stands for no sample, or steps can't hold it.
    pub fn write_out(&self, name: &Name, cycle: &Cycle, grid: Grid) -> Result<Tracker, String> {
        self.written_by(name, cycle, |program, controls, index| as_steps(program, grid, controls, index))
    }

    /// The same for looking at: where several events begin at once, as many patterns side by side as hold them.
    ///
    /// # Errors
    /// Where a word stands for no sample, or steps can't hold it.
    pub fn write_out_lanes(&self, name: &Name, cycle: &Cycle, grid: Grid) -> Result<Vec<Tracker>, String> {
        self.written_by(name, cycle, |program, controls, index| as_lanes(program, grid, controls, index))
    }

    fn written_by<T>(
        &self,
        name: &Name,
        cycle: &Cycle,
        write: impl FnOnce(&CycleProgram, &Controls, &dyn Fn(&Values) -> Option<f64>) -> Result<T, String>,
    ) -> Result<T, String> {
        let pattern = cycle.pattern(&Resolver::new(self)).map_err(|why| why.to_string())?;
        let plays = |sequencer: &Name| matches!(self.bindings.get(sequencer), Some(Source::Pattern(bound)) if bound == name);
        let mut sequencers: Vec<&Name> = self.sequencers().collect();
        sequencers.sort_by_key(|sequencer| !plays(sequencer));
        let known = Sounds::new(sequencers.iter().flat_map(|sequencer| self.sounds(sequencer)).collect());
        let slot = PatternSlot { pattern: Arc::new(Pattern::Cycle(cycle.clone())), muted: false, origin: 0.0 };
        let mut controls = Controls::new();
        let table = ControlTable::new(&mut controls, event_params(), self.event_params());
        let setting = Setting { id: 0, slot: &slot, beats: self.clock.cycle_beats, sounds: known, table };
        let program = CycleProgram::compile(&pattern, setting).map_err(|why| why.to_string())?;
        if let Some(word) = program.unknown_words().first() {
            return Err(format!("\"{word}\" is no sample of a connected sampler; steps hold numbers, so write the sample's index"));
        }
        let namers: Vec<Namer> = sequencers.iter().map(|sequencer| Namer::new(self, sequencer)).collect();
        let index = |values: &Values| namers.iter().find_map(|namer| namer.index(values.map()));
        write(&program, &controls, &index)
    }
}
