//! Windows as `plugin/vendor/baseview` opens them; skipped with a line where there is no display.
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
