//! Windows as `plugin/vendor/baseview` opens them; skipped with a line where there is no display.
#![allow(unsafe_code, reason = "a host's window is given by its number; nothing here is")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use baseview::{
    Event, EventStatus, HandlerError, TimerHandle, Window, WindowContext, WindowHandler, WindowSettings, WindowSize, dpi::LogicalSize,
};
#[cfg(target_os = "linux")]
use raw_window_handle::{HandleError, HasWindowHandle, RawWindowHandle, WindowHandle, XcbWindowHandle};

/// Wants to draw all the time, from its first moment on, and counts how often it does.
struct Eager {
    context: WindowContext,
    drawn: Arc<AtomicU32>,
    panics: bool,
    _timer: TimerHandle,
}

impl WindowHandler for Eager {
    fn draw(&self) -> Result<(), HandlerError> {
        self.drawn.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "provoked by a test");
        Ok(())
    }

    fn resized(&self, _size: WindowSize) -> Result<(), HandlerError> {
        Ok(())
    }

    fn on_event(&self, _event: Event) -> EventStatus {
        EventStatus::Ignored
    }

    fn on_timer(&self, _timer: &TimerHandle) {
        self.context.request_redraw();
    }
}

/// A window that is not shown yet, and how often it drew.
fn open(panics: bool) -> Option<(Window, Arc<AtomicU32>)> {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return None;
    }
    if cfg!(target_os = "macos") {
        println!("skipped: macOS lets only the main thread open windows");
        return None;
    }
    let drawn = Arc::new(AtomicU32::new(0));
    let theirs = Arc::clone(&drawn);
    let settings = WindowSettings::new().with_title("window_start").with_size(LogicalSize::new(200.0, 100.0));
    let window = Window::create(settings, move |context| {
        let timer = context.create_timer(Duration::from_millis(5))?;
        Ok(Eager { context, drawn: theirs, panics, _timer: timer })
    });
    Some((window.unwrap(), drawn))
}

/// Whether it comes true within 20 s.
fn soon(mut what: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    what()
}

#[test]
fn a_window_that_wants_to_draw_before_it_is_shown_draws_once_it_is() {
    let Some((window, drawn)) = open(false) else { return };
    std::thread::sleep(Duration::from_millis(200));
    window.show().unwrap();
    assert!(soon(|| drawn.load(Ordering::Relaxed) > 5), "drawn {} times", drawn.load(Ordering::Relaxed));
}

#[test]
fn a_window_that_was_hidden_draws_again() {
    let Some((window, drawn)) = open(false) else { return };
    for round in 0..3 {
        window.show().unwrap();
        let before = drawn.load(Ordering::Relaxed);
        assert!(soon(|| drawn.load(Ordering::Relaxed) > before + 5), "round {round}");
        window.hide().unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_window_whose_handler_panics_closes_and_can_be_dropped() {
    let Some((window, drawn)) = open(true) else { return };
    // It may have closed before it answers.
    let _ = window.show();
    assert!(soon(|| !window.is_open()), "it closes");
    assert_eq!(drawn.load(Ordering::Relaxed), 1, "what panicked is not called again");
    drop(window);
}

/// A host's window, around the editor's.
#[cfg(target_os = "linux")]
struct Around(std::num::NonZeroU32);

#[cfg(target_os = "linux")]
impl HasWindowHandle for Around {
    fn window_handle(&self) -> Result<WindowHandle<'_>, HandleError> {
        // SAFETY: the window is there for as long as the test's connection.
        Ok(unsafe { WindowHandle::borrow_raw(RawWindowHandle::Xcb(XcbWindowHandle::new(self.0))) })
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_in_one_that_is_minimised_draws_nothing_until_it_is_seen_again() {
    use x11rb::{
        connection::Connection as _,
        protocol::xproto::{ConnectionExt as _, CreateWindowAux, WindowClass},
    };
    let Some((window, drawn)) = open(false) else { return };
    let count = || drawn.load(Ordering::Relaxed);
    let (connection, screen) = x11rb::connect(None).unwrap();
    let (root, around) = (connection.setup().roots[screen].root, connection.generate_id().unwrap());
    // A window manager leaves it alone.
    let how = CreateWindowAux::new().override_redirect(1);
    connection.create_window(0, around, root, 0, 0, 200, 100, 0, WindowClass::INPUT_OUTPUT, 0, &how).unwrap().check().unwrap();
    window.set_parent(&Around(std::num::NonZeroU32::new(around).unwrap())).unwrap();
    window.show().unwrap();
    for round in 0..3 {
        connection.map_window(around).unwrap().check().unwrap();
        let before = count();
        assert!(soon(|| count() > before + 5), "round {round}: drawn {} times", count() - before);
        connection.unmap_window(around).unwrap().check().unwrap();
        // What is being drawn comes to its end.
        std::thread::sleep(Duration::from_millis(100));
        let before = count();
        std::thread::sleep(Duration::from_millis(500));
        assert!(count() <= before + 1, "round {round}: drawn {} times", count() - before);
    }
    drop(window);
}
