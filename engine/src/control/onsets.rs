//! Onsets: asked for where a sampler cuts at them, found in the background.

use std::sync::Arc;

use super::media::SessionMedia;
use crate::{
    media::Onsets,
    module::samples::{Cuts, SampleContent, cuts_of_sample},
    name::Name,
    project::{Module, Project, Sample},
};

/// The search of one medium.
#[derive(Debug)]
pub(super) struct Search {
    /// Which load of it is searched.
    load: u64,
    /// What was found.
    found: Option<Arc<Onsets>>,
}

impl SessionMedia {
    /// Starts a search for the onsets of each loaded medium that a sampler cuts at onsets, unless that load of it was searched already.
    pub fn want_onsets(&mut self, project: &Project) {
        let samplers = project.modules.values().filter(|module| module.module_type().has_samples());
        let cut_at_onsets = |module: &Module, sample: &Sample| matches!(cuts_of_sample(module, sample), Some(Cuts::Onsets(_)));
        for sample in samplers.flat_map(|module| module.samples.iter().filter(move |sample| cut_at_onsets(module, sample))) {
            let Some((media, load)) = self.loaded.get(&sample.asset) else { continue };
            let (Some(audio), load) = (&media.audio, *load) else { continue };
            if self.onsets.get(&sample.asset).is_none_or(|search| search.load != load) {
                self.onsets.insert(sample.asset.clone(), Search { load, found: None });
                self.library.find_onsets(&format!("{load} {}", sample.asset), Arc::clone(audio));
            }
        }
        self.onsets.retain(|asset, search| self.loaded.get(asset).is_some_and(|(_, load)| *load == search.load));
    }

    /// Takes in what was found; says whether that was something.
    pub fn take_onsets(&mut self) -> bool {
        let mut any = false;
        while let Some((key, onsets)) = self.library.poll_onsets() {
            let Some((load, asset)) = key.split_once(' ') else { continue };
            if let Some(search) = self.onsets.get_mut(asset).filter(|search| load.parse() == Ok(search.load)) {
                search.found = Some(Arc::new(onsets));
                any = true;
            }
        }
        any
    }

    /// How many searches are not finished.
    pub fn searches(&self) -> usize {
        self.onsets.values().filter(|search| search.found.is_none()).count()
    }

    /// The onsets of a medium, where they are known.
    pub fn onsets_of(&self, asset: &Name) -> Option<&Arc<Onsets>> {
        let (_, load) = self.loaded.get(asset)?;
        self.onsets.get(asset).filter(|search| search.load == *load)?.found.as_ref()
    }

    /// A sample as its sampler's processor has it.
    pub fn sample_content(&self, module: &Module, sample: &Sample) -> SampleContent {
        let content = SampleContent::new(self.get(&sample.asset), &sample.params);
        match cuts_of_sample(module, sample) {
            Some(cuts) => content.cut(&cuts, self.onsets_of(&sample.asset).map(|onsets| &**onsets)),
            None => content,
        }
    }
}
