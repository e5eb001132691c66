//! What is looked for in sounds, in the background: onsets where a sampler cuts at them, cycles where they are a synthesizer's wavetables.

use std::sync::Arc;

use super::media::SessionMedia;
use crate::{
    dsp::wavetable::Wavetable,
    media::{Cut, Finding, Media, Onsets, Study},
    module::samples::{Cuts, SampleContent, cuts_of_sample, cycle_of},
    name::Name,
    project::{Module, Project, Sample},
};

/// A medium, and how it is looked into.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// For onsets.
    Onsets(Name),
    /// For cycles of so many frames, where the session says how many.
    Wavetable(Name, Option<usize>),
}

impl Subject {
    const fn asset(&self) -> &Name {
        match self {
            Self::Onsets(asset) | Self::Wavetable(asset, _) => asset,
        }
    }

    /// What is to be done for it.
    fn study(&self, media: &Media) -> Option<Study> {
        let audio = Arc::clone(media.audio.as_ref()?);
        Some(match self {
            Self::Onsets(_) => Study::Onsets(audio),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate")]
            Self::Wavetable(_, said) => {
                let rate = media.info.audio.map_or(audio.rate.round() as u32, |(_, rate)| rate);
                Study::Wavetable(audio, Cut { rate, length: said.or(media.info.cycle.map(|frames| frames as usize)) })
            }
        })
    }
}

/// One look into one medium.
#[derive(Debug)]
pub(super) struct Search {
    /// Which load of it is looked into, and the number of this look.
    load: u64,
    number: u64,
    /// What was found.
    found: Option<Finding>,
}

/// What a session looks for.
fn subjects(project: &Project) -> impl Iterator<Item = Subject> {
    project.modules.values().flat_map(|module| module.samples.iter().filter_map(|sample| subject(module, sample)))
}

fn subject(module: &Module, sample: &Sample) -> Option<Subject> {
    if module.module_type().has_tables() {
        return Some(Subject::Wavetable(sample.asset.clone(), cycle_of(sample)));
    }
    let at_onsets = module.module_type().has_samples() && matches!(cuts_of_sample(module, sample), Some(Cuts::Onsets(_)));
    at_onsets.then(|| Subject::Onsets(sample.asset.clone()))
}

impl SessionMedia {
    /// Begins to look into each loaded medium that something is wanted of, unless that load of it was looked into already.
    pub fn want_studies(&mut self, project: &Project) {
        let wanted: std::collections::HashSet<Subject> = subjects(project).collect();
        let loads = &self.loaded;
        self.searches
            .retain(|subject, search| wanted.contains(subject) && loads.get(subject.asset()).is_some_and(|(_, load)| *load == search.load));
        for subject in wanted {
            let Some((media, load)) = self.loaded.get(subject.asset()) else { continue };
            let (Some(study), load) = (subject.study(media), *load) else { continue };
            if !self.searches.contains_key(&subject) {
                self.looks += 1;
                self.library.study(&format!("{} {}", self.looks, subject.asset()), study);
                self.searches.insert(subject, Search { load, number: self.looks, found: None });
            }
        }
    }

    /// Takes in what was found; says whether that was something.
    pub fn take_findings(&mut self) -> bool {
        let mut any = false;
        while let Some((key, finding)) = self.library.poll_finding() {
            let number = key.split_once(' ').and_then(|(number, _)| number.parse().ok());
            if let Some(search) = self.searches.values_mut().find(|search| Some(search.number) == number) {
                search.found = Some(finding);
                any = true;
            }
        }
        any
    }

    /// How many looks are not finished.
    pub fn unfinished(&self) -> usize {
        self.searches.values().filter(|search| search.found.is_none()).count()
    }

    fn found(&self, subject: &Subject) -> Option<&Finding> {
        let (_, load) = self.loaded.get(subject.asset())?;
        self.searches.get(subject).filter(|search| search.load == *load)?.found.as_ref()
    }

    /// The onsets of a medium, where they are known.
    pub fn onsets_of(&self, asset: &Name) -> Option<&Arc<Onsets>> {
        match self.found(&Subject::Onsets(asset.clone()))? {
            Finding::Onsets(onsets) => Some(onsets),
            Finding::Wavetable(_) => None,
        }
    }

    /// The wavetable of a synthesizer's medium, where it is known; `Some(None)` where the medium is none.
    pub fn table_of(&self, sample: &Sample) -> Option<Option<&Arc<Wavetable>>> {
        match self.found(&Subject::Wavetable(sample.asset.clone(), cycle_of(sample)))? {
            Finding::Wavetable(table) => Some(table.as_ref()),
            Finding::Onsets(_) => None,
        }
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
