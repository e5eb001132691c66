//! Looks, while the editor's window is open, whether anything it shows has changed, and asks for a new picture only then.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use nice_plug_egui::{
    RepaintNotifier,
    baseview::{WindowContext, WindowWaker},
};
use videotracker_engine::{
    engine::ViewReader,
    files,
    media::import::Progress,
    name::Name,
    panics::caught,
    snapshot::{Message, Severity, Snapshot},
    view::{Meter, Playhead, PlayingStep, ViewFrame},
};

use super::{
    bars::is_away,
    drops::{Dragged, Drops},
    theme,
};
use crate::{instance::Instance, settings::Theme, video::recorder::Status};

/// How often it is looked, and how often once nothing has been new for [`RESTS_AFTER`]. While something moves the window goes on
/// by itself, once it has begun.
const TICK: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(100));
/// How long nothing is new until it is looked less often.
const RESTS_AFTER: Duration = Duration::from_secs(2);
/// How long an editor that closes waits for the thread that looks.
const CLOSING: Duration = Duration::from_secs(2);
/// A change of the load below this share waits until it has lasted for [`LOAD_WAITS`].
const LOAD_STEP: f32 = 0.01;
const LOAD_FINE: f32 = 0.003;
const LOAD_WAITS: Duration = Duration::from_secs(2);
/// Meters move in steps of about a pixel, as shares of full scale.
const METER_STEP: f32 = 0.01;

/// Everything the window shows that changes without a hand in it.
#[derive(Clone, Debug, Default)]
pub struct Face {
    snapshot: Option<Arc<Snapshot>>,
    meters: Vec<Meter>,
    load: f32,
    facts: Facts,
}

/// What of it is shown as it is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    said: u64,
    runs: u64,
    previews: u64,
    running: bool,
    called: bool,
    texts: u64,
    loads: u64,
    recorder: Status,
    imports: Vec<(Name, Progress)>,
    counts: [u64; 2],
    playhead: Playhead,
    voices: usize,
    /// The host's values: master, opacity and macros.
    values: Vec<f32>,
    applied: u64,
    playing: Vec<PlayingStep>,
    /// Another window of the process may choose it.
    theme: Theme,
}

impl Face {
    /// What the window would show.
    #[must_use]
    pub fn of(instance: &Instance, view: &ViewFrame) -> Self {
        let engine = &instance.engine;
        let gauges = engine.gauges();
        let head = view.playhead;
        let facts = Facts {
            said: engine.last_message(),
            runs: engine.runs(),
            previews: engine.previews_made(),
            running: engine.is_running(),
            called: engine.is_called(),
            texts: instance.scripts(|scripts| scripts.revision()),
            loads: instance.loads(),
            recorder: instance.takes.status(),
            imports: engine.import_progress(),
            counts: [gauges.late_events.load(Ordering::Relaxed), gauges.missed_sound.load(Ordering::Relaxed)],
            // A position that is not shown does not count.
            playhead: if is_away(&head) { Playhead { beat: 0.0, bar: 0.0, secs: 0.0, ..head } } else { head },
            voices: view.sounding,
            values: instance.desk().params().map(|params| params.shown()).unwrap_or_default(),
            applied: view.version,
            playing: view.playing[..view.playing_count].to_vec(),
            theme: theme::chosen(),
        };
        Self { snapshot: Some(engine.snapshot()), meters: view.meters[..view.meter_count].to_vec(), load: view.load, facts }
    }

    /// Whether both look the same, but for the load.
    fn is_like(&self, other: &Self) -> bool {
        let same_snapshot = match (&self.snapshot, &other.snapshot) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let near = |a: &Meter, b: &Meter| a.module == b.module && a.peak.iter().zip(&b.peak).all(|(a, b)| (a - b).abs() < METER_STEP);
        let meters = self.meters.len() == other.meters.len() && self.meters.iter().zip(&other.meters).all(|(a, b)| near(a, b));
        same_snapshot && meters && self.facts == other.facts
    }
}

/// What the window and the watch share.
#[derive(Debug, Default)]
pub struct Common {
    reader: Mutex<Option<ViewReader>>,
    shown: Mutex<Option<(Face, Instant)>>,
    drops: Mutex<(Drops, Dragged)>,
    closed: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Common {
    /// Copies the newest view.
    pub fn read(&self, instance: &Instance, view: &mut ViewFrame) {
        view.clone_from(lock(&self.reader).get_or_insert_with(|| instance.engine.view_reader()).read());
    }

    /// Says what the window shows from now on.
    pub fn show(&self, face: Face) {
        *lock(&self.shown) = Some((face, Instant::now()));
    }

    /// Files dragged onto the window are heard of from now on.
    pub fn open(&self, window: &WindowContext) {
        lock(&self.drops).0.open(window);
    }

    /// Ends everything with the window. Its library tells nobody that it closes, but what lies in its context goes with it.
    pub fn end_with(self: &Arc<Self>, ctx: &egui::Context) {
        let end = Arc::new(End(Arc::clone(self)));
        ctx.data_mut(|data| data.insert_temp(egui::Id::unique("the window's end"), Some(end)));
    }

    /// Nothing is read or heard from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        lock(&self.drops).0.close();
        *lock(&self.reader) = None;
        *lock(&self.shown) = None;
    }

    /// What became of a drag since the last call.
    pub fn take_drag(&self) -> Dragged {
        self.hear_drags();
        let mut drops = lock(&self.drops);
        let over = drops.1.over;
        Dragged { over, ..std::mem::take(&mut drops.1) }
    }

    /// Listens for drags; whether the window has to show one, or no longer.
    fn hear_drags(&self) -> bool {
        let mut drops = lock(&self.drops);
        let Dragged { over, dropped } = drops.0.look();
        let news = over.is_some() || dropped.is_some() || drops.1.over.is_some();
        let kept = drops.1.dropped.take();
        drops.1 = Dragged { over, dropped: dropped.or(kept) };
        news
    }

    /// Whether something that the window does not show yet is there to be shown.
    fn look(&self, instance: &Instance) -> bool {
        let dragged = self.hear_drags();
        // A copy of the view would take longer than all the rest.
        let face = Face::of(instance, lock(&self.reader).get_or_insert_with(|| instance.engine.view_reader()).read());
        let shown = lock(&self.shown);
        let Some((shown, since)) = &*shown else { return true };
        let step = (face.load - shown.load).abs();
        let load = step >= LOAD_STEP || step >= LOAD_FINE && since.elapsed() >= LOAD_WAITS;
        #[cfg(feature = "standalone")]
        let ending = crate::closing::is_wanted();
        #[cfg(not(feature = "standalone"))]
        let ending = false;
        ending || dragged || load || instance.has_notices() || !face.is_like(shown)
    }
}

/// Closes when the last window that holds it is gone.
struct End(Arc<Common>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How a window is woken.
#[derive(Clone)]
pub struct Wake {
    /// What a window without one is asked with: it looks at it now and then.
    notifier: RepaintNotifier,
    /// The window itself, which sleeps until then.
    window: Option<WindowWaker>,
}

impl Wake {
    /// Wakes a window.
    #[must_use]
    pub const fn new(notifier: RepaintNotifier, window: Option<WindowWaker>) -> Self {
        Self { notifier, window }
    }

    /// Asks for a picture.
    pub fn wake(&self) {
        match &self.window {
            Some(window) => window.request_redraw(),
            None => self.notifier.request_repaint(),
        }
    }
}

/// The thread that looks. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    quit: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to look. Where no thread can be started, nothing moves by itself, but every hand in the window still shows.
    #[must_use]
    pub fn start(instance: &Arc<Instance>, common: &Arc<Common>, wake: Wake) -> Self {
        let quit = Arc::new(AtomicBool::new(false));
        let (ended, instance, common) = (Arc::clone(&quit), Arc::downgrade(instance), Arc::clone(common));
        let mut said = false;
        let look = move || {
            watch(&ended, &common, || instance.upgrade().map(|instance| looked(&instance, || common.look(&instance), &mut said)), &wake);
        };
        Self { quit, thread: std::thread::Builder::new().name("editor-watch".to_owned()).spawn(look).ok() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It does nothing but look; one that waits for a lock is not waited for.
            files::join_within(thread, CLOSING);
        }
    }
}

/// What a look gives. One that panics is said once, and counts as news, so that the window shows what there is.
fn looked(instance: &Instance, look: impl FnOnce() -> bool, said: &mut bool) -> bool {
    caught(look).unwrap_or_else(|why| {
        if !std::mem::replace(said, true) {
            let text = format!(
                "an error inside videoTracker ({why}) broke off the look at what has changed; the editor draws more often than it needs to \
                 until it is closed and opened again"
            );
            instance.notify([Message { severity: Severity::Error, text, line: None, column: None }]);
        }
        true
    })
}

/// Looks until the window is closed or there is nothing to look at.
fn watch(quit: &AtomicBool, common: &Common, mut look: impl FnMut() -> Option<bool>, wake: &Wake) {
    let mut last_news = Instant::now();
    while !quit.load(Ordering::Acquire) && !common.closed.load(Ordering::Acquire) {
        let Some(news) = look() else { return };
        if news {
            wake.wake();
            last_news = Instant::now();
        }
        std::thread::park_timeout(if last_news.elapsed() < RESTS_AFTER { TICK.0 } else { TICK.1 });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use videotracker_engine::{engine::Engine, name::Name};

    use super::*;

    fn shown(instance: &Instance, common: &Common) {
        let mut view = Box::<ViewFrame>::default();
        common.read(instance, &mut view);
        common.show(Face::of(instance, &view));
    }

    #[test]
    fn a_session_at_rest_asks_for_no_picture_and_every_change_for_one() {
        let instance = Instance::new(Arc::new(Engine::empty()));
        assert_eq!(instance.engine.run_script_and_wait("s", "audioOut('o')").error, None);
        let common = Common::default();
        // The session's thread says that it is at rest after it has answered.
        let begun = Instant::now();
        while {
            shown(&instance, &common);
            (0..20).any(|_| common.look(&instance))
        } {
            assert!(begun.elapsed() < Duration::from_secs(60), "a session at rest asks for pictures");
            std::thread::sleep(Duration::from_millis(5));
        }
        type Change = fn(&Instance);
        let changes: [(&str, Change); 4] = [
            ("a message", |instance| {
                instance.notify([videotracker_engine::snapshot::Message {
                    severity: videotracker_engine::snapshot::Severity::Note,
                    text: "!".into(),
                    line: None,
                    column: None,
                }])
            }),
            ("a console line", |instance| drop(instance.engine.console_and_wait("nonsense"))),
            ("a command", |instance| {
                let command = videotracker_engine::command::Command::AddAsset { path: Name::new("factory:kick") };
                drop(instance.engine.apply("a", vec![command]));
            }),
            ("a loaded text", |instance| instance.set_draft("another".into())),
        ];
        for (what, change) in changes {
            change(&instance);
            assert!(common.look(&instance), "{what}");
            drop(instance.take_notices());
            shown(&instance, &common);
        }
    }

    #[test]
    fn a_look_that_panics_is_said_once_and_is_news() {
        let (instance, mut said) = (Instance::new(Arc::new(Engine::empty())), false);
        assert!(!looked(&instance, || false, &mut said));
        for _ in 0..3 {
            assert!(looked(&instance, || panic!("as told"), &mut said));
        }
        let notices = instance.take_notices();
        assert!(notices.len() == 1 && notices[0].text.contains("as told"), "{notices:?}");
    }

    #[test]
    fn a_watch_ends_with_its_window_and_with_its_instance() {
        let instance = Arc::new(Instance::new(Arc::new(Engine::empty())));
        let common = Arc::<Common>::default();
        drop(Watch::start(&instance, &common, Wake::new(RepaintNotifier::new(), None)));
        let watch = Watch::start(&instance, &common, Wake::new(RepaintNotifier::new(), None));
        drop(instance);
        drop(watch);
    }

    #[test]
    fn a_window_that_is_gone_is_not_watched_though_nobody_says_that_it_closed() {
        let common = Arc::<Common>::default();
        let ctx = egui::Context::default();
        common.end_with(&ctx);
        assert!(!common.closed.load(Ordering::Acquire));
        drop(ctx);
        assert!(common.closed.load(Ordering::Acquire));
    }
}
