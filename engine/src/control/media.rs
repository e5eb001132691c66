//! The session's media: requested where a project lists them, forgotten where it no longer does, looked for again.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use imbl::OrdMap;

use super::{
    Controller,
    studies::{Search, Subject},
};
use crate::{
    media::{
        Library, Loaded, Media, MediaRequest, Onsets, Origin,
        import::{Progress, Settings},
        stream::Streams,
    },
    module::{
        Module, Sample,
        samples::{Cuts, SampleWords, SamplerContent, Tables, cuts_of_sample, patch_of},
    },
    name::Name,
    project::Project,
    shader::is_file,
    snapshot::MediaState,
    trust::Verdict,
};

/// The content a sampler was sent last: its samples, which load of each medium they had, and how they were cut.
pub(super) type Sent = (Vec<Sample>, Vec<u64>, Vec<Option<(Cuts, bool)>>);

/// The media of a session, as far as they are read, and what samplers were sent of them.
#[derive(Default)]
pub(super) struct SessionMedia {
    pub library: Library,
    pub streams: Streams,
    /// Where relative paths are looked for.
    pub roots: Vec<PathBuf>,
    /// Where each listed medium stands.
    pub states: OrdMap<Name, MediaState>,
    /// Where those that are ready came from.
    pub origins: OrdMap<Name, Arc<Origin>>,
    /// Those that are ready, each with the number of its load.
    pub loaded: HashMap<Name, (Media, u64)>,
    loads: u64,
    /// Says that media came which the audio thread was not told of.
    pub untold: bool,
    /// What is looked for in media, and how often something was.
    pub searches: HashMap<Subject, Search>,
    pub looks: u64,
    /// What each sampler was sent last.
    pub sent: HashMap<Name, Sent>,
    /// What is to be said of samples that have nothing to play.
    pub unsaid: Vec<String>,
}

impl SessionMedia {
    /// Keeps a medium that was read.
    pub fn take(&mut self, path: Name, found: Loaded) {
        self.loads += 1;
        self.states.insert(path.clone(), MediaState::Ready(Arc::clone(&found.info)));
        self.origins.insert(path.clone(), found.origin);
        self.loaded.insert(path, (found.media, self.loads));
    }

    /// Forgets a medium; it is read again when it is next wanted.
    pub fn forget(&mut self, path: &Name) {
        self.library.forget(path);
        self.states.remove(path);
        self.origins.remove(path);
        self.loaded.remove(path);
    }

    /// Forgets all media, because they are wanted at another sample rate.
    pub fn clear(&mut self) {
        self.states.clear();
        self.origins.clear();
        self.loaded.clear();
    }

    /// A medium that is ready.
    pub fn get(&self, path: &Name) -> Option<&Media> {
        self.loaded.get(path).map(|(media, _)| media)
    }

    /// Whether no medium is being read, and none searched for onsets.
    pub fn is_settled(&self) -> bool {
        self.loading() + self.unfinished() == 0
    }

    /// How many media are awaited.
    pub fn awaited(&self) -> usize {
        usize::from(self.untold) + self.loading() + self.unfinished()
    }

    fn loading(&self) -> usize {
        self.states.values().filter(|state| matches!(state, MediaState::Loading)).count()
    }

    /// Content for every sampler whose samples or media differ from what it was sent last.
    pub fn new_content(&mut self, project: &Project) -> HashMap<Name, Box<dyn std::any::Any + Send>> {
        let mut content: HashMap<Name, Box<dyn std::any::Any + Send>> = HashMap::new();
        for (name, module) in project.modules.iter().filter(|(_, m)| m.module_type().lists().is_some()) {
            let wanted = self.wanted_content(module);
            if self.sent.get(name) == Some(&wanted) {
                continue;
            }
            let built: Box<dyn std::any::Any + Send> = if module.module_type().has_tables() {
                let tables = module.samples.iter().map(|sample| self.table_of(sample).flatten().cloned()).collect();
                Box::new(Tables::new(&module.samples, tables))
            } else {
                let samples: Vec<_> = module.samples.iter().map(|sample| self.sample_content(module, sample)).collect();
                let unplayed = module.samples.iter().zip(&samples).filter(|(_, content)| content.patch.is_none());
                let missing = unplayed.map(|(sample, _)| sample).find_map(|sample| self.missing_patch(sample));
                self.unsaid.extend(missing.map(|missing| format!("{name}: {missing}")));
                Box::new(SamplerContent::new(samples).called(SampleWords::of(&module.samples)).with_streams(&self.streams))
            };
            content.insert(name.clone(), built);
            self.sent.insert(name.clone(), wanted);
        }
        content
    }

    /// What is to be said of a sample that names a patch which its font has not.
    fn missing_patch(&self, sample: &Sample) -> Option<String> {
        let font = self.get(&sample.asset)?.info.font.as_ref()?;
        let (number, asset) = (patch_of(&sample.params)?, &sample.asset);
        Some(format!("{asset} has no patch {number}, so it is silent; import(\"{asset}\") gives the {} that it has", font.len()))
    }

    fn wanted_content(&self, module: &Module) -> Sent {
        if module.module_type().has_tables() {
            let is_there = |sample: &Sample| self.table_of(sample).is_some();
            let load = |sample: &Sample| self.loaded.get(&sample.asset).filter(|_| is_there(sample)).map_or(0, |(_, load)| *load);
            return (module.samples.clone(), module.samples.iter().map(load).collect(), Vec::new());
        }
        let loads = module.samples.iter().map(|s| self.loaded.get(&s.asset).map_or(0, |(_, load)| *load)).collect();
        let cuts =
            module.samples.iter().map(|s| cuts_of_sample(module, s).map(|cuts| (cuts, self.onsets_of(&s.asset).is_some()))).collect();
        (module.samples.clone(), loads, cuts)
    }
}

impl Controller {
    /// Asks for media that are wanted and not yet asked for, and forgets those that nobody wants any more.
    pub(crate) fn want_media(&mut self) {
        self.want_shaders();
        if !self.line.is_connected() {
            return;
        }
        let wanted: Vec<Name> =
            self.project.assets.keys().filter(|path| !self.media.states.contains_key(*path) && !is_file(path)).cloned().collect();
        for path in wanted {
            let state = match self.verdict(&path) {
                Verdict::Open(candidates, known) => {
                    // What is known is looked for elsewhere too; what a loaded session names must be what it was.
                    let strict = known.is_some() && !self.guard.given.contains(&path);
                    let (key, rate, roots) = (path.to_string(), self.line.sample_rate, self.media.roots.clone());
                    self.media.library.ask(MediaRequest { key, candidates, rate, strict, known, roots });
                    MediaState::Loading
                }
                closed => self.close(&path, &closed),
            };
            self.media.states.insert(path, state);
        }
        let gone: Vec<Name> = self.media.states.keys().filter(|path| !self.project.assets.contains_key(*path)).cloned().collect();
        for path in gone {
            self.media.forget(&path);
        }
        self.media.want_studies(&self.project);
        self.count_awaited();
    }

    /// Ends the reading of a medium, conversions included; whether it was being read.
    pub fn cancel(&mut self, asset: &str) -> bool {
        let Some((path, MediaState::Loading)) = self.media.states.get_key_value(asset).filter(|(path, _)| !is_file(path)) else {
            return false;
        };
        let path = path.clone();
        self.media.library.forget(&path);
        self.media
            .states
            .insert(path, MediaState::Failed("its reading was cancelled; relink it to the same file to begin again".to_owned()));
        self.count_awaited();
        self.publish();
        true
    }

    /// Where relative media paths are looked for; media that were missing are looked for again.
    pub fn set_roots(&mut self, roots: Vec<PathBuf>) {
        if roots != self.media.roots {
            self.media.roots = roots;
            self.media.states = self
                .media
                .states
                .iter()
                .filter(|(_, state)| !matches!(state, MediaState::Missing(_) | MediaState::Failed(_) | MediaState::Untrusted))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            self.want_media();
            self.publish();
        }
    }

    /// Where relative media paths are looked for.
    #[must_use]
    pub fn roots(&self) -> &[PathBuf] {
        &self.media.roots
    }

    /// Imports differently from the next one on.
    pub fn set_import(&self, settings: Settings) {
        self.media.library.set_import(settings);
    }

    /// Where the imports under way stand, by asset.
    #[must_use]
    pub fn import_progress(&self) -> Vec<(Name, Progress)> {
        self.media.library.progress().into_iter().map(|(key, progress)| (Name::new(&key), progress)).collect()
    }

    /// The medium of a sampler's sample, by the ids views name.
    #[must_use]
    pub fn sample_media(&self, module: u32, sample: u32) -> Option<&Media> {
        let module = self.project.modules.get(self.ids.modules.name(module)?)?;
        let sample = module.samples.get(usize::try_from(sample).ok()?)?;
        self.media.get(&sample.asset)
    }

    /// A medium that is ready.
    #[must_use]
    pub fn medium(&self, asset: &Name) -> Option<&Media> {
        self.media.get(asset)
    }

    /// The onsets of a medium, where they are known.
    pub(crate) fn onsets_of(&self, asset: &Name) -> Option<&Arc<Onsets>> {
        self.media.onsets_of(asset)
    }

    /// Lets an asset that a command will name `to` go on with the medium it has, which now lies in another place.
    pub fn carry_medium(&mut self, asset: &Name, to: &Name, origin: Origin) {
        let (Some(state), Some(loaded)) = (self.media.states.get(asset).cloned(), self.media.loaded.get(asset).cloned()) else { return };
        if let MediaState::Ready(info) = &state {
            self.guard.trust.remember(&origin.path, &info.hash, info.size);
        }
        self.media.states.insert(to.clone(), state);
        self.media.loaded.insert(to.clone(), loaded);
        self.media.origins.insert(to.clone(), Arc::new(origin));
    }

    /// Looks for an asset again when it is next wanted.
    pub fn look_again(&mut self, asset: &Name) {
        self.media.forget(asset);
    }

    /// Whether no medium is being read.
    #[must_use]
    pub fn media_settled(&self) -> bool {
        self.media.is_settled()
    }
}
