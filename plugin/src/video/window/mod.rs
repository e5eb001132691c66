//! The output window: a top-level window of its own, drawn at the display's pace by a thread of its own.
//!
//! Two threads serve it. The *window thread* owns the window and hears keys, size and the close button; the *picture
//! thread* owns device and surface and draws until the window closes. Surface and device are rebuilt when they are lost.
//!
//! Keys: F switches full screen, where the pointer is hidden; Escape leaves it; T switches the test card. Full screen needs a window manager that speaks EWMH, and is there on
//! Linux only; elsewhere the window is maximised by its own button.
//!
//! Not on macOS yet: a window there lives on the main thread, which a plugin is only lent by its host's editor.

mod clock;
mod feed;
mod picture;
mod shared;
#[cfg(target_os = "linux")]
mod x11;

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use baseview::{
    Event, EventStatus, HandlerError, MouseCursor, WindowContext, WindowEvent, WindowHandler, WindowSettings, WindowSize,
    dpi::{LogicalSize, PhysicalSize},
};
use keyboard_types::{Key, KeyState, NamedKey};
use videotracker_engine::{engine::Engine, files};

pub use self::{
    feed::{EngineFeed, Feed},
    shared::{Membership, SharedFeed},
};
use super::{VideoError, device::Options, source::Media};
use crate::failure::contained_with_words;

/// How long opening may take; a cold driver needs a second or two.
const OPENING: Duration = Duration::from_secs(10);
/// How long a window that closes waits for its threads.
const CLOSING: Duration = Duration::from_secs(10);
/// Most complaints that wait for somebody to read them.
const COMPLAINTS: usize = 64;
/// How often the window thread looks whether it is wanted any more.
const HEARTBEAT: Duration = Duration::from_millis(20);

/// How to open the window.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// Its title.
    pub title: String,
    /// Its size at first, in logical pixels.
    pub size: (f64, f64),
    /// The device.
    pub device: Options,
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self { title: "videoTracker".into(), size: (1280.0, 720.0), device: Options::default() }
    }
}

/// How the window fares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WindowStats {
    /// Pictures shown since it was opened.
    pub shown: u64,
    /// Pictures a second, over about a second.
    pub fps: f32,
    /// Milliseconds that composing and handing over a picture takes, smoothed.
    pub draw_ms: f32,
    /// Frames that were late, so that a neighbour showed instead.
    pub late: u64,
    /// Pictures of the display that passed without a new one.
    pub dropped: u64,
    /// Milliseconds by which pictures are handed over after the moment they were composed for, smoothed; negative ones
    /// are early enough.
    pub offset_ms: f32,
    /// Times that the surface or the device was lost and rebuilt.
    pub rebuilt: u32,
}

/// What the two threads and the handle share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The window is to close.
    pub(super) stop: AtomicBool,
    closed: AtomicBool,
    /// Physical width and height, packed.
    size: AtomicU64,
    pub(super) shown: AtomicU64,
    pub(super) late: AtomicU64,
    pub(super) dropped: AtomicU64,
    /// The device is to be given up and another one made.
    pub(super) anew: AtomicBool,
    /// The test card shows in place of the scene.
    pub(super) card: AtomicBool,
    /// Bits of floats.
    pub(super) fps: AtomicU32,
    pub(super) draw_ms: AtomicU32,
    pub(super) offset_ms: AtomicU32,
    pub(super) rebuilt: AtomicU32,
    fullscreen: AtomicBool,
    /// What could not be drawn, until somebody asks.
    complaints: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn size(&self) -> (u32, u32) {
        let packed = self.size.load(Ordering::Acquire).to_be_bytes();
        let [a, b, c, d, e, f, g, h] = packed;
        (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    }

    pub(super) fn complain(&self, problems: Vec<String>) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let room = COMPLAINTS.saturating_sub(complaints.len());
        complaints.extend(problems.into_iter().take(room));
    }

    fn set_size(&self, size: PhysicalSize<u32>) {
        self.size.store(u64::from(size.width) << 32 | u64::from(size.height), Ordering::Release);
    }
}

/// The output window. Dropping it closes it.
#[derive(Debug)]
pub struct OutputWindow {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl OutputWindow {
    /// Opens the window on what an engine shows, together with the other instances that share their picture with it.
    ///
    /// # Errors
    /// Where there is no graphics adapter, or no display.
    pub fn open(engine: Arc<Engine>, options: WindowOptions) -> Result<Self, VideoError> {
        let media: Arc<dyn Media> = Arc::<Engine>::clone(&engine);
        Self::open_on(SharedFeed::new(engine), media, options)
    }

    /// Opens the window on any feed of scenes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(feed: impl Feed + 'static, media: Arc<dyn Media>, options: WindowOptions) -> Result<Self, VideoError> {
        if cfg!(target_os = "macos") {
            return Err(VideoError::Window("macOS lets only the main thread open windows; record to a file instead".into()));
        }
        let shared = Arc::new(Shared::default());
        let (ready_tx, ready_rx) = mpsc::channel();
        let theirs = Arc::clone(&shared);
        let start = Start { feed: Box::new(feed), media, options, ready_tx };
        let thread = std::thread::Builder::new()
            .name("video-window".into())
            .spawn(move || watched(&theirs, || run_window(start, &theirs)))
            .map_err(|error| VideoError::Window(error.to_string()))?;
        // From here on a failure drops the handle, which joins the thread.
        let window = Self { shared, thread: Some(thread) };
        match ready_rx.recv_timeout(OPENING) {
            Ok(Ok(())) => Ok(window),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(VideoError::Window("the window system did not answer".into())),
        }
    }

    /// Whether it is still there; its close button ends it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.shared.closed.load(Ordering::Acquire)
    }

    /// How it fares.
    #[must_use]
    pub fn stats(&self) -> WindowStats {
        let float = |bits: &AtomicU32| f32::from_bits(bits.load(Ordering::Relaxed));
        WindowStats {
            shown: self.shared.shown.load(Ordering::Relaxed),
            fps: float(&self.shared.fps),
            draw_ms: float(&self.shared.draw_ms),
            late: self.shared.late.load(Ordering::Relaxed),
            dropped: self.shared.dropped.load(Ordering::Relaxed),
            offset_ms: float(&self.shared.offset_ms),
            rebuilt: self.shared.rebuilt.load(Ordering::Relaxed),
        }
    }

    /// What shaders could not be drawn and which frames could not be read since the last call, with their names; each thing
    /// once, a shader's until it changes.
    #[must_use]
    pub fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.complaints.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives the device up and makes another one, as after its loss: for a card that misbehaves, and for tests.
    pub fn rebuild(&self) {
        self.shared.anew.store(true, Ordering::Release);
    }

    /// Shows the test card, or what is played.
    pub fn show_card(&self, on: bool) {
        self.shared.card.store(on, Ordering::Relaxed);
    }

    /// Whether it was last asked to fill the screen.
    #[must_use]
    pub fn is_fullscreen(&self) -> bool {
        self.shared.fullscreen.load(Ordering::Relaxed)
    }
}

impl Drop for OutputWindow {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A window thread that panicked has nothing more to say. One whose display or card does not answer is left behind.
            files::join_within(thread, CLOSING);
        }
    }
}

/// Everything the window thread starts with.
struct Start {
    feed: Box<dyn Feed>,
    media: Arc<dyn Media>,
    options: WindowOptions,
    ready_tx: mpsc::Sender<Result<(), VideoError>>,
}

/// Runs a thread of the window; a panic in it closes the window, which says so.
fn watched(shared: &Shared, run: impl FnOnce()) {
    if let Err(why) = contained_with_words(run) {
        shared.complain(vec![format!("An error inside videoTracker ({why}) closed the video window; open it again. The sound goes on.")]);
        shared.stop.store(true, Ordering::Release);
        if std::thread::current().name() == Some("video-window") {
            shared.closed.store(true, Ordering::Release);
        }
    }
}

fn run_window(start: Start, shared: &Arc<Shared>) {
    let ready_tx = start.ready_tx.clone();
    let settings = WindowSettings::new()
        .with_title(start.options.title.clone())
        .with_size(LogicalSize::new(start.options.size.0, start.options.size.1));
    let start = Arc::new(Mutex::new(Some(start)));
    let create = |settings| {
        let (start, shared) = (Arc::clone(&start), Arc::clone(shared));
        baseview::Window::create(settings, move |context| {
            let start = start.lock().unwrap_or_else(PoisonError::into_inner).take();
            Handler::new(context, start.ok_or_else(|| VideoError::Window("it was tried twice".into()))?, shared)
        })
    };
    // A display without GLX gives no depth-24 window this way; a real driver presents to the other kind as well.
    let window = create(with_opaque_pixels(settings.clone())).or_else(|error| {
        let untried = start.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if untried { create(settings) } else { Err(error) }
    });
    let run = window.and_then(|window| {
        window.show()?;
        window.run_until_closed()
    });
    shared.stop.store(true, Ordering::Release);
    shared.closed.store(true, Ordering::Release);
    if let Err(error) = run {
        // After a first answer nobody listens any more.
        drop(ready_tx.send(Err(VideoError::Window(error.to_string()))));
    }
}

/// Asks for pixels without alpha. Without a GL config baseview's X11 windows have an alpha channel, and software Vulkan
/// presents nothing there.
#[cfg(target_os = "linux")]
fn with_opaque_pixels(settings: WindowSettings) -> WindowSettings {
    settings.with_gl_config(baseview::gl::GlConfig { alpha_bits: 0, depth_bits: 0, stencil_bits: 0, ..Default::default() })
}

/// Elsewhere windows are opaque.
#[cfg(not(target_os = "linux"))]
fn with_opaque_pixels(settings: WindowSettings) -> WindowSettings {
    settings
}

struct Handler {
    context: WindowContext,
    shared: Arc<Shared>,
    picture: RefCell<Option<JoinHandle<()>>>,
    fullscreen: Cell<bool>,
    /// Held because a timer whose handle is dropped fires no more on X11.
    _heartbeat: baseview::TimerHandle,
}

impl Handler {
    fn new(context: WindowContext, start: Start, shared: Arc<Shared>) -> Result<Self, HandlerError> {
        shared.set_size(context.size().physical);
        let heartbeat = context.create_timer(HEARTBEAT)?;
        let handle = context.platform_handle();
        let theirs = Arc::clone(&shared);
        let picture = std::thread::Builder::new()
            .name("video-picture".into())
            .spawn(move || watched(&theirs, || picture::run(handle, start, &theirs)))?;
        Ok(Self { context, shared, picture: RefCell::new(Some(picture)), fullscreen: Cell::new(false), _heartbeat: heartbeat })
    }

    /// Ends the picture thread, so that its surface goes before the window does.
    fn end_picture(&self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(picture) = self.picture.take()
            && !files::join_within(picture, CLOSING)
        {
            let text = "the video window closes although its graphics driver does not answer; restart the host if pictures stay away";
            self.shared.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
        }
    }

    fn set_fullscreen(&self, on: bool) {
        if self.fullscreen.get() == on {
            return;
        }
        #[cfg(target_os = "linux")]
        if x11::set_fullscreen(&self.context, on).is_err() {
            return;
        }
        #[cfg(not(target_os = "linux"))]
        if on {
            return;
        }
        // A system that can't hide the pointer shows it; the picture is there all the same.
        drop(self.context.set_mouse_cursor(if on { MouseCursor::Hidden } else { MouseCursor::Default }));
        self.fullscreen.set(on);
        self.shared.fullscreen.store(on, Ordering::Relaxed);
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.end_picture();
    }
}

impl WindowHandler for Handler {
    fn draw(&self) -> Result<(), HandlerError> {
        Ok(())
    }

    fn resized(&self, size: WindowSize) -> Result<(), HandlerError> {
        self.shared.set_size(size.physical);
        Ok(())
    }

    fn on_timer(&self, _timer: &baseview::TimerHandle) {
        if self.shared.stop.load(Ordering::Acquire) {
            self.context.request_close();
        }
    }

    fn on_event(&self, event: Event) -> EventStatus {
        match event {
            Event::Window(WindowEvent::WillClose) => self.end_picture(),
            Event::Keyboard(key) if key.state == KeyState::Down && !key.repeat => match key.key {
                Key::Character(text) if text.eq_ignore_ascii_case("f") && key.modifiers.is_empty() => {
                    self.set_fullscreen(!self.fullscreen.get());
                    return EventStatus::Captured;
                }
                Key::Character(text) if text.eq_ignore_ascii_case("t") && key.modifiers.is_empty() => {
                    self.shared.card.fetch_xor(true, Ordering::Relaxed);
                    return EventStatus::Captured;
                }
                Key::Named(NamedKey::Escape) => {
                    self.set_fullscreen(false);
                    return EventStatus::Captured;
                }
                _ => {}
            },
            _ => {}
        }
        EventStatus::Ignored
    }
}
