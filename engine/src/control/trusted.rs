//! Which of the session's media may be opened: those that somebody here has given, or that are trusted on this machine.

use std::{
    collections::HashSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::Controller;
use crate::{
    media::{Loaded, factory, resolve},
    name::Name,
    project::Project,
    shader::is_file,
    snapshot::MediaState,
    text::printable,
    trust::{Giver, Trust, Verdict},
};

/// Longest that media wait for what is trusted to be read from its disk.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often media that are closed are looked at again, however quickly more is trusted.
const PAUSE: Duration = Duration::from_millis(50);
/// Media that a question names.
const NAMED: usize = 12;

/// What may be opened of what the session names.
#[derive(Debug)]
pub(super) struct Guard {
    /// What is trusted on this machine.
    pub trust: Trust,
    /// Its generation when it was last looked at, and when that was.
    looked: (u64, Option<Instant>),
    /// Media that somebody here has given, as they are written: they may lie anywhere.
    pub given: HashSet<Name>,
    /// Since when media wait for what is trusted to be read.
    unread: Option<Instant>,
    /// Untrusted media that nobody was told of yet.
    untold: Vec<Name>,
}

impl Default for Guard {
    fn default() -> Self {
        Self { trust: Trust::of_this_machine(), looked: (0, None), given: HashSet::new(), unread: None, untold: Vec::new() }
    }
}

impl Controller {
    /// What is trusted on this machine.
    #[must_use]
    pub fn trusted(&self) -> Trust {
        self.guard.trust.clone()
    }

    /// Goes by what is written elsewhere.
    pub fn set_trust(&mut self, trust: Trust) {
        (self.guard.trust, self.guard.looked) = (trust, (0, None));
    }

    /// Says that somebody here gave these media: by a script that was run, a console line, a drop, a click. They may lie anywhere,
    /// and are trusted on this machine from now on.
    pub fn admit(&mut self, assets: impl IntoIterator<Item = Name>, giver: Giver) {
        let mut opens = false;
        for asset in assets {
            if self.guard.given.insert(asset.clone()) {
                if !factory::is_factory(asset.as_str().as_ref()) {
                    self.guard.trust.give(&resolve(&asset, &self.media.roots), giver);
                }
                let waits = match self.media.states.get(&asset) {
                    Some(MediaState::Untrusted) => true,
                    Some(MediaState::Loading) => !self.media.library.is_pending(&asset),
                    _ => false,
                };
                if waits {
                    self.media.states.remove(&asset);
                    opens = true;
                }
            }
        }
        if opens {
            self.want_media();
            self.tell();
        }
    }

    /// As [`Self::admit`], for media that lie below other roots than those of the session.
    pub fn admit_at<'a>(&mut self, assets: impl IntoIterator<Item = &'a Name>, roots: &[PathBuf]) {
        for asset in assets.into_iter().filter(|asset| !factory::is_factory(asset.as_str().as_ref())) {
            self.guard.trust.give(&resolve(asset, roots), Giver::Script);
            self.guard.given.insert(asset.clone());
        }
    }

    /// Tells views where media stand.
    pub fn tell(&mut self) {
        self.count_awaited();
        self.publish();
    }

    /// Says that these media are given by nobody any more: what plays of them is let go.
    pub fn take_back(&mut self, assets: &[Name]) {
        for asset in assets {
            let places: Vec<_> = resolve(asset, &self.media.roots);
            let found = self.media.origins.get(asset).map(|origin| origin.path.clone()).or_else(|| self.shaders.place(asset));
            self.guard.trust.forget(&places.into_iter().chain(found).collect::<Vec<_>>());
            self.guard.given.remove(asset);
            self.look_again(asset);
        }
        self.want_media();
        // What plays it is told.
        self.media.untold = true;
        self.tell();
    }

    /// The media that wait for somebody to trust them.
    #[must_use]
    pub fn untrusted(&self) -> Vec<Name> {
        self.media.states.iter().filter(|(_, state)| matches!(state, MediaState::Untrusted)).map(|(path, _)| path.clone()).collect()
    }

    /// Where a listed medium may be opened. Asks no disk.
    pub(super) fn verdict(&self, path: &Name) -> Verdict {
        let candidates = resolve(path, &self.media.roots);
        let known = self.project.assets.get(path).and_then(|asset| Some((asset.hash.as_ref()?.to_string(), asset.size?)));
        if self.guard.given.contains(path) || factory::is_factory(path.as_str().as_ref()) {
            return Verdict::Open(candidates, known);
        }
        self.guard.trust.verdict(path, &candidates, known.as_ref())
    }

    /// Where a medium stands that may not be opened.
    pub(super) fn close(&mut self, path: &Name, verdict: &Verdict) -> MediaState {
        if *verdict == Verdict::Unread {
            let since = *self.guard.unread.get_or_insert_with(Instant::now);
            if since.elapsed() < PATIENCE {
                return MediaState::Loading;
            }
        }
        if !matches!(self.media.states.get(path), Some(MediaState::Untrusted)) {
            self.guard.untold.push(path.clone());
        }
        MediaState::Untrusted
    }

    /// Before a session is loaded: nobody has given what it names, and what is there under its names must be what it means.
    pub(super) fn forget_gifts(&mut self, project: &Project) {
        self.guard.given.clear();
        self.guard.unread = None;
        self.guard.untold.clear();
        self.guard.trust.refresh();
        let stale: Vec<Name> = self
            .media
            .states
            .iter()
            .filter(|(path, state)| match (state, project.assets.get(*path)) {
                (MediaState::Ready(info), Some(asset)) => asset.hash.as_ref().is_some_and(|hash| **hash != *info.hash),
                _ => true,
            })
            .map(|(path, _)| path.clone())
            .collect();
        stale.iter().for_each(|path| self.look_again(path));
    }

    /// Looks again at media that were closed, where more is trusted than before; the question, where one is to be asked.
    pub(super) fn look_at_trust(&mut self) -> Option<String> {
        let generation = self.guard.trust.generation();
        let waited = self.guard.unread.is_some_and(|since| since.elapsed() >= PATIENCE);
        let due = generation != self.guard.looked.0 && self.guard.looked.1.is_none_or(|looked| looked.elapsed() >= PAUSE);
        if due || waited {
            self.guard.looked = (generation, Some(Instant::now()));
            let waiting = |(path, state): &(&Name, &MediaState)| match state {
                MediaState::Untrusted => true,
                MediaState::Loading => self.guard.unread.is_some() && !self.guard.given.contains(*path),
                _ => false,
            };
            let closed: Vec<Name> = self.media.states.iter().filter(waiting).map(|(path, _)| path.clone()).collect();
            let open = |path: &Name| waited || matches!(self.verdict(path), Verdict::Open(..) | Verdict::Ask);
            let settled: Vec<Name> = closed.into_iter().filter(open).collect();
            let news: Vec<Name> = settled.into_iter().filter(|path| self.is_news(path)).collect();
            if !news.is_empty() {
                for path in &news {
                    self.media.states.remove(path);
                }
                self.want_media();
                self.count_awaited();
                self.publish();
            }
            if waited || !self.media.states.values().any(|state| matches!(state, MediaState::Loading)) {
                self.guard.unread = None;
            }
        }
        let mut guests = std::mem::take(&mut self.guard.untold);
        guests.retain(|path| matches!(self.media.states.get(path), Some(MediaState::Untrusted)));
        (!guests.is_empty()).then(|| question(&guests))
    }

    /// Whether a medium that was closed would be another thing if it were looked at again.
    fn is_news(&self, path: &Name) -> bool {
        match self.media.states.get(path) {
            Some(MediaState::Untrusted) => matches!(self.verdict(path), Verdict::Open(..)),
            // Those that are really being read are open already.
            Some(MediaState::Loading) => is_file(path) || !self.media.library.is_pending(path),
            _ => false,
        }
    }

    /// Remembers what a medium that may be opened holds.
    pub(super) fn note_content(&self, found: &Loaded) {
        // One that was found elsewhere by its content is found so again.
        if !found.origin.moved && !factory::is_factory(&found.origin.path) {
            self.guard.trust.remember(&found.origin.path, &found.info.hash, found.info.size);
        }
    }
}

/// What is asked of whoever loads a session with media that nobody here has given.
fn question(guests: &[Name]) -> String {
    let mut named = guests.iter().take(NAMED).map(|path| shown(path)).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = guests.len().checked_sub(NAMED) {
        named.push_str(&format!(" and {more} more"));
    }
    let what = if guests.len() == 1 { "a medium that nobody has" } else { "media that nobody has" };
    format!(
        "The loaded session names {what} trusted on this machine, and none of it was opened: {named}. \
         If you know where the session is from, press Trust in the panel Media or type: trust all"
    )
}

/// A path as text: without what would change the line it stands in.
fn shown(path: &str) -> String {
    let text: String = path.chars().take(200).collect();
    let cut = if text.len() < path.len() { "…" } else { "" };
    format!("{}{cut}", printable(&text).replace('\n', "\\n"))
}
