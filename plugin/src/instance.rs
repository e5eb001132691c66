//! What the parts of one plugin instance share: the engine, and what the editor and the saved state have in common.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use nice_plug::wrapper::guard::PanicHandler;
use serde::{Deserialize, Serialize};
use videotracker_engine::{engine::Engine, snapshot::Message};

use crate::{
    desk::Desk,
    drafts::Text,
    failure,
    scripts::{Saved, Scripts, Tab},
    state::kept::Kept,
    video::{
        recorder::{Notices, Takes},
        window::Membership,
    },
};

/// Longest way to the speakers that can be set.
pub const LONGEST_LATENCY: Duration = Duration::from_secs(1);

/// How the editor's window is laid out; saved with the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Width of the editor in logical pixels.
    pub width: f32,
    /// Height of the editor in logical pixels.
    pub height: f32,
    /// Which page of eight macros is shown, counted from 0.
    pub macro_page: usize,
    /// Whether the generated session is shown instead of the script.
    pub session_tab: bool,
    /// Height of the console in logical pixels.
    pub console_height: f32,
    /// Size of the code's letters in points.
    pub font_size: f32,
    /// Whether the panel of media is open.
    pub media_open: bool,
    /// Height of the panel of media in logical pixels.
    pub media_height: f32,
    /// The asset that is chosen in it.
    pub media_chosen: String,
    /// How long sound takes from the host to the ear, in milliseconds: a matter of the machine, so no script sets it.
    pub latency_ms: f32,
    /// Panels by name. Names that are unknown here stay: a newer version knows them.
    pub panels: BTreeMap<String, Place>,
}

/// Most panels that a layout keeps; a damaged state may name more.
const MOST_PANELS: usize = 128;

/// Where a panel of the editor stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Whether it is open.
    pub open: bool,
    /// The side of the window; a word that is unknown here stands for the panel's usual side.
    pub dock: String,
    /// Whether it is the one that is seen of those on its side.
    pub front: bool,
    /// Its height below or its width beside the code, in logical pixels.
    pub size: f32,
    /// What the panel itself keeps, such as what is chosen in it.
    pub memory: String,
}

impl Layout {
    /// What a state that was saved before panels had places says of a panel: whether it is open, its size and its memory.
    #[must_use]
    pub fn formerly(&self, panel: &str) -> Option<(bool, f32, String)> {
        match panel {
            "console" => Some((true, self.console_height, String::new())),
            "media" => Some((self.media_open, self.media_height, self.media_chosen.clone())),
            "macros" => Some((true, 0.0, self.macro_page.to_string())),
            _ => None,
        }
    }

    /// Says the same of the panels in the words of before, for versions that know no other.
    pub fn say_formerly(&mut self) {
        let place = |name: &str| self.panels.get(name).cloned().unwrap_or_default();
        let (console, media, macros) = (place("console"), place("media"), place("macros"));
        (self.media_open, self.media_chosen) = (media.open, media.memory);
        self.macro_page = macros.memory.parse().unwrap_or(0);
        (self.console_height, self.media_height) = (console.size, media.size);
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            width: 960.0,
            height: 640.0,
            macro_page: 0,
            session_tab: false,
            console_height: 168.0,
            font_size: 14.0,
            media_open: false,
            media_height: 248.0,
            media_chosen: String::new(),
            latency_ms: 0.0,
            panels: BTreeMap::new(),
        }
    }
}

/// One plugin instance.
#[derive(Debug)]
pub struct Instance {
    /// The engine.
    pub engine: Arc<Engine>,
    _membership: Membership,
    layout: Mutex<Layout>,
    desk: Arc<Desk>,
    notices: Notices,
    /// The recorder behind the button and `record(…)`.
    pub takes: Arc<Takes>,
    loads: AtomicU64,
    failed: AtomicBool,
    #[cfg(debug_assertions)]
    provoked: Option<failure::Place>,
}

/// Takes a lock whose holder may have panicked: everything here is valid at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Instance {
    fn default() -> Self {
        Self::new(Arc::new(Engine::new()))
    }
}

impl Instance {
    /// An instance around an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self::with_desk(engine, Arc::default())
    }

    /// An instance around an engine, with its side of what the session asks of the plugin.
    #[must_use]
    pub fn with_desk(engine: Arc<Engine>, desk: Arc<Desk>) -> Self {
        let notices = Notices::default();
        let takes = Arc::new(Takes::new(Arc::clone(&notices)));
        // The engine keeps the hook, so the hook keeps neither.
        let (behind, of) = (Arc::downgrade(&takes), Arc::downgrade(&engine));
        engine.set_record_hook(Arc::new(move |request| match (behind.upgrade(), of.upgrade()) {
            (Some(takes), Some(engine)) => takes.request(&engine, request),
            _ => Err("this instance is being closed".to_owned()),
        }));
        let membership = Membership::join(&engine);
        engine.set_outside(Arc::clone(&desk) as _);
        Self {
            engine,
            _membership: membership,
            layout: Mutex::default(),
            desk,
            notices,
            takes,
            loads: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            #[cfg(debug_assertions)]
            provoked: failure::take(),
        }
    }

    /// Silences the instance for good and says what happened; only the first failure is told, as others follow from it.
    pub fn fail(&self, doing: &str, why: &str) {
        if !self.failed.swap(true, Ordering::AcqRel) {
            self.notify([failure::words(doing, why)]);
        }
    }

    /// Whether something panicked: then the instance is silent.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Runs `work`; a panic in it fails the instance, and there is no result.
    ///
    /// # Realtime safety
    /// Costs nothing as long as nothing panics.
    pub fn guarded<T>(&self, doing: &str, work: impl FnOnce() -> T) -> Option<T> {
        failure::caught(work, |why| self.fail(doing, why))
    }

    /// Fails the instance for panics that nice-plug caught.
    #[must_use]
    pub fn panic_handler(self: &Arc<Self>) -> PanicHandler {
        let instance = Arc::downgrade(self);
        Arc::new(move |call, why| {
            if let Some(instance) = instance.upgrade() {
                instance.fail(call, why);
            }
        })
    }

    /// Panics where a test wants this instance to.
    ///
    /// # Panics
    /// Only in builds with debug assertions, and only if a test asked for it.
    #[allow(unused_variables, clippy::unused_self, reason = "nothing is provoked without debug assertions")]
    pub fn panic_if_provoked(&self, place: failure::Place) {
        #[cfg(debug_assertions)]
        if self.provoked == Some(place) {
            // A panic allocates, which builds that watch the audio thread would take for a fault of its own.
            nice_plug::util::permit_alloc(|| panic!("provoked by a test"));
        }
    }

    /// The text in the editor; `None` where no editor was opened and no state was loaded.
    #[must_use]
    pub fn draft(&self) -> Option<String> {
        self.desk.scripts().chosen().map(|tab| tab.text.clone())
    }

    /// Whether there is a text yet.
    #[must_use]
    pub fn has_draft(&self) -> bool {
        self.desk.scripts().chosen().is_some()
    }

    /// The tab for an editor that has `revision`, where that is not the newest.
    #[must_use]
    pub fn draft_after(&self, revision: u64) -> Option<(u64, Tab)> {
        let scripts = self.desk.scripts();
        (scripts.revision() != revision).then(|| (scripts.revision(), scripts.chosen().cloned().unwrap_or_default()))
    }

    /// Takes the text that the editor holds.
    pub fn edit_draft(&self, text: &str) {
        let mut scripts = self.desk.scripts();
        let before = scripts.edits();
        scripts.write(text);
        if scripts.edits() != before {
            self.desk.note_drafts(&scripts);
        }
    }

    /// Replaces the text in the editor; what stood there stays among the closed texts.
    pub fn set_draft(&self, text: String) {
        self.desk.scripts().replace(text);
    }

    /// Takes over the texts of a loaded state; what was open stays among the closed texts.
    pub fn load_scripts(&self, draft: String, saved: Saved) {
        self.desk.scripts().load(draft, saved);
    }

    /// What a state holds of the editor's texts, beside the draft.
    #[must_use]
    pub fn saved_scripts(&self) -> Saved {
        self.desk.scripts().save()
    }

    /// Reads or changes the editor's texts.
    pub fn scripts<R>(&self, look: impl FnOnce(&mut Scripts) -> R) -> R {
        look(&mut self.desk.scripts())
    }

    /// Opens a text of an instance that is gone in a tab of its own, or puts it among the closed ones where its tab was closed.
    pub fn open_text(&self, opened: &Text) {
        let mut scripts = self.desk.scripts();
        if opened.closed {
            scripts.set_aside(&opened.title, opened.text.clone());
        } else {
            scripts.open(&opened.title, opened.text.clone(), true);
        }
        self.desk.note_drafts(&scripts);
    }

    /// How often the texts changed.
    #[must_use]
    pub fn draft_edits(&self) -> u64 {
        self.desk.scripts().edits()
    }

    /// The editor's layout.
    #[must_use]
    pub fn layout(&self) -> Layout {
        lock(&self.layout).clone()
    }

    /// Replaces the editor's layout; the engine learns how long the way to the speakers is.
    pub fn set_layout(&self, mut layout: Layout) {
        while layout.panels.len() > MOST_PANELS {
            layout.panels.pop_last();
        }
        let latency = Duration::try_from_secs_f32(layout.latency_ms / 1000.0).unwrap_or_default();
        self.engine.set_output_latency(latency.min(LONGEST_LATENCY));
        *lock(&self.layout) = layout;
    }

    /// What the session asks of the plugin around it.
    #[must_use]
    pub const fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// What of a loaded state could not be used, to be saved again.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.desk.kept()
    }

    /// Replaces what is kept, as a newly loaded state does.
    pub fn keep(&self, kept: Kept) {
        self.desk.keep(kept);
        self.loads.fetch_add(1, Ordering::Relaxed);
    }

    /// The host parameters' values by id; none where the instance has no host parameters.
    #[must_use]
    pub fn host_values(&self) -> BTreeMap<String, serde_json::Value> {
        let values = self.desk.params().map(|params| params.values()).unwrap_or_default();
        values.into_iter().filter_map(|(id, value)| Some((id, serde_json::to_value(value).ok()?))).collect()
    }

    /// How many states were loaded.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    /// Leaves messages for the console.
    pub fn notify(&self, messages: impl IntoIterator<Item = Message>) {
        lock(&self.notices).extend(messages);
    }

    /// Whether there are messages that nobody took.
    #[must_use]
    pub fn has_notices(&self) -> bool {
        !lock(&self.notices).is_empty() || self.desk.has_said()
    }

    /// The messages left since the last call.
    #[must_use]
    pub fn take_notices(&self) -> Vec<Message> {
        let mut notices = std::mem::take(&mut *lock(&self.notices));
        notices.extend(self.desk.take_said());
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_fails_its_own_instance_once_and_says_so() {
        let (one, other) = (Instance::default(), Instance::default());
        assert_eq!(one.guarded("adding", || 1 + 1), Some(2));
        assert!(!one.has_failed());
        for why in ["first", "second"] {
            assert_eq!(one.guarded("dividing", || -> u32 { panic!("{why}") }), None);
        }
        assert!(one.has_failed() && !other.has_failed());
        let said = one.take_notices();
        assert_eq!(said, [failure::words("dividing", "first")]);
    }
}
