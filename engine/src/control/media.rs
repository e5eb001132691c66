//! The session's media: wished for where a project lists them, forgotten where it no longer does, looked for again.

use std::{path::PathBuf, sync::Arc};

use super::Controller;
use crate::{
    media::{
        Media, Origin, Wish,
        import::{Progress, Settings},
    },
    name::Name,
    shader::is_file,
    snapshot::MediaState,
    trust::Verdict,
};

impl Controller {
    /// Asks for media that are wanted and not yet asked for, and forgets those that nobody wants any more.
    pub(crate) fn want_media(&mut self) {
        self.want_shaders();
        if self.ends.is_none() {
            return;
        }
        let wanted: Vec<Name> =
            self.project.assets.keys().filter(|path| !self.media.contains_key(*path) && !is_file(path)).cloned().collect();
        for path in wanted {
            let state = match self.verdict(&path) {
                Verdict::Open(candidates, known) => {
                    // What is known is looked for elsewhere too; what a loaded session names must be what it was.
                    let strict = known.is_some() && !self.given.contains(&path);
                    let (key, rate, roots) = (path.to_string(), self.sample_rate, self.roots.clone());
                    self.library.wish(Wish { key, candidates, rate, strict, known, roots });
                    MediaState::Loading
                }
                closed => self.close(&path, &closed),
            };
            self.media.insert(path, state);
        }
        let gone: Vec<Name> = self.media.keys().filter(|path| !self.project.assets.contains_key(*path)).cloned().collect();
        for path in gone {
            self.library.forget(&path);
            self.media.remove(&path);
            self.origins.remove(&path);
            self.loaded.remove(&path);
        }
        self.want_onsets();
        self.count_awaited();
    }

    /// Ends the reading of a medium, conversions included; whether it was being read.
    pub fn cancel(&mut self, asset: &str) -> bool {
        let Some((path, MediaState::Loading)) = self.media.get_key_value(asset).filter(|(path, _)| !is_file(path)) else { return false };
        let path = path.clone();
        self.library.forget(&path);
        self.media.insert(path, MediaState::Failed("its reading was cancelled; relink it to the same file to begin again".to_owned()));
        self.count_awaited();
        self.publish();
        true
    }

    /// Where relative media paths are looked for; media that were missing are looked for again.
    pub fn set_roots(&mut self, roots: Vec<PathBuf>) {
        if roots != self.roots {
            self.roots = roots;
            self.media = self
                .media
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
        &self.roots
    }

    /// Imports differently from the next one on.
    pub fn set_import(&self, settings: Settings) {
        self.library.set_import(settings);
    }

    /// Where the imports under way stand, by asset.
    #[must_use]
    pub fn import_progress(&self) -> Vec<(Name, Progress)> {
        self.library.progress().into_iter().map(|(key, progress)| (Name::new(&key), progress)).collect()
    }

    /// The medium of a sampler's sample, by the ids views name.
    #[must_use]
    pub fn sample_media(&self, module: u32, sample: u32) -> Option<&Media> {
        let module = self.project.modules.get(self.modules.name(module)?)?;
        let sample = module.samples.get(usize::try_from(sample).ok()?)?;
        self.loaded.get(&sample.asset).map(|(media, _)| media)
    }

    /// A medium that is ready.
    #[must_use]
    pub fn medium(&self, asset: &Name) -> Option<&Media> {
        self.loaded.get(asset).map(|(media, _)| media)
    }

    /// Lets an asset that a command will name `to` go on with the medium it has, which now lies in another place.
    pub fn carry_medium(&mut self, asset: &Name, to: &Name, origin: Origin) {
        let (Some(state), Some(loaded)) = (self.media.get(asset).cloned(), self.loaded.get(asset).cloned()) else { return };
        if let MediaState::Ready(info) = &state {
            self.trust.remember(&origin.path, &info.hash, info.size);
        }
        self.media.insert(to.clone(), state);
        self.loaded.insert(to.clone(), loaded);
        self.origins.insert(to.clone(), Arc::new(origin));
    }

    /// Looks for an asset again when it is next wanted.
    pub fn look_again(&mut self, asset: &Name) {
        self.library.forget(asset);
        self.media.remove(asset);
        self.origins.remove(asset);
        self.loaded.remove(asset);
    }

    /// Whether no medium is being read.
    #[must_use]
    pub fn media_settled(&self) -> bool {
        self.searches() == 0 && !self.media.values().any(|state| matches!(state, MediaState::Loading))
    }
}
