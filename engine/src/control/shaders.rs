//! Shader files: which ones the session wants, and what becomes of it when one of them changes.

use std::{path::PathBuf, sync::Arc};

use super::Controller;
use crate::{
    audio::queue::Batch,
    command::Command,
    media::{MediaInfo, resolve},
    name::Name,
    shader::{ShaderState, Store, is_file},
    snapshot::{MediaState, Message, Severity},
    trust::Verdict,
};

impl Controller {
    /// The shader files the session lists, with the places where each may lie; and whether one of them waits to be read.
    #[must_use]
    pub fn shader_files(&self) -> (Vec<(Name, Vec<PathBuf>)>, bool) {
        let files = self.project.assets.keys().filter(|path| is_file(path));
        let open = |path: &Name| match self.verdict(path) {
            Verdict::Open(candidates, _) => Some((path.clone(), candidates)),
            Verdict::Ask | Verdict::Unread => None,
        };
        let jobs = files.filter_map(open).collect();
        let waiting = self.media.states.iter().any(|(path, state)| is_file(path) && matches!(state, MediaState::Loading));
        (jobs, waiting)
    }

    /// What reads them.
    #[must_use]
    pub fn shader_store(&self) -> Arc<Store> {
        Arc::clone(&self.shaders)
    }

    /// Says of each listed shader file where it stands.
    pub(super) fn want_shaders(&mut self) {
        let files: Vec<Name> = self.project.assets.keys().filter(|path| is_file(path)).cloned().collect();
        for path in &files {
            let verdict = self.verdict(path);
            if !matches!(verdict, Verdict::Open(..)) {
                let closed = self.close(path, &verdict);
                self.media.states.insert(path.clone(), closed);
                self.drawn.insert(path.clone(), ShaderState::default());
                continue;
            }
            let state = self.shaders.state(path);
            let media = match &state {
                None => MediaState::Loading,
                Some(ShaderState { file: Some((hash, size)), .. }) => {
                    if let Some(place) = self.shaders.place(path) {
                        self.guard.trust.remember(&place, hash, *size);
                    }
                    let info = MediaInfo {
                        hash: hash.clone(),
                        size: *size,
                        secs: 0.0,
                        audio: None,
                        video: None,
                        font: None,
                        cues: Vec::new(),
                        root: None,
                        loops: None,
                        cycle: None,
                        replaced: 0,
                        notes: Vec::new(),
                    };
                    MediaState::Ready(Arc::new(info))
                }
                Some(state) => {
                    self.guard.trust.failed(&resolve(path, &self.media.roots));
                    MediaState::Failed(state.error.as_ref().map(ToString::to_string).unwrap_or_default())
                }
            };
            self.media.states.insert(path.clone(), media);
            self.drawn.insert(path.clone(), state.unwrap_or_default());
        }
        let gone: Vec<Name> = self.drawn.keys().filter(|path| !self.project.assets.contains_key(*path)).cloned().collect();
        gone.iter().for_each(|path| drop(self.drawn.remove(path)));
    }

    /// Takes in what reading shader files brought: modules whose shader has other parameters than before get those, as an edit
    /// that can be undone. Gives back messages for the console.
    pub fn take_in_shaders(&mut self) -> Vec<Message> {
        let before = self.drawn.clone();
        self.want_shaders();
        self.count_awaited();
        if self.drawn == before {
            return Vec::new();
        }
        self.shaders.retain(|name| self.project.assets.contains_key(name));
        let mut messages = Vec::new();
        for (path, state) in &self.drawn {
            let old = before.get(path);
            if let Some(error) = state.error.as_ref().filter(|_| old.is_none_or(|old| old.error != state.error)) {
                let kept = if state.program.is_some() { "; the picture stays as it was" } else { "" };
                let (line, column) = (error.line, error.column);
                messages.push(Message { severity: Severity::Error, text: format!("{error}{kept}"), line, column });
            } else if old.is_some_and(|old| old.program.is_some() && old.program != state.program) {
                messages.push(Message { severity: Severity::Note, text: format!("{path} was read again"), line: None, column: None });
            }
        }
        let mut project = self.project.clone();
        let users = self.project.modules.iter().filter_map(|(name, module)| Some((name, module.shader_file()?)));
        for (module, path) in users {
            let program = self.drawn.get(path).and_then(|state| state.program.as_ref());
            if let Some(program) = program {
                let (module, shader, interface) = (module.clone(), path.clone(), Some(program.interface));
                // What it refuses stays as it is; the renderer goes by names.
                drop(project.apply(&Command::SetShader { module, shader, interface }));
            }
        }
        if project == self.project {
            // A new version all the same: whoever draws must hear of it.
            self.version += 1;
            self.send(Batch { version: self.version, ..Batch::default() });
            self.publish();
        } else {
            self.remember("read a shader again", &project, Arc::clone(&self.script), 0);
            self.adopt(project, Vec::new());
        }
        messages
    }
}
