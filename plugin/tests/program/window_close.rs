//! The editor's window as a host opens and closes it; skipped with a line where there is no display.
#![allow(unsafe_code, reason = "a host's side of parameters is unsafe to call; nothing here is")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use nice_plug::{
    context::{
        PluginApi,
        gui::{GuiContext, GuiContextInner},
    },
    editor::{Editor as _, EditorHandle as _},
    params::internals::ParamPtr,
    prelude::PluginState,
};
use videotracker::{
    editor::{self, EngineVideo},
    instance::Instance,
    params::HostParams,
};
use videotracker_engine::engine::Engine;

/// A host that counts the values it is told.
#[derive(Default)]
struct Host {
    told: AtomicU32,
}

impl GuiContextInner for Host {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }

    unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {}

    unsafe fn raw_set_parameter_normalized(&self, _: ParamPtr, _: f32) {
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {}

    fn get_state(&self) -> PluginState {
        panic!("nobody asks for a state")
    }

    fn set_state(&self, _: PluginState) {}

    fn request_restart(&self) {}
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} never happens");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_window_that_closed_is_no_way_to_the_host() {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return;
    }
    if cfg!(target_os = "macos") {
        println!("skipped: macOS lets only the main thread open windows");
        return;
    }
    // A server without any client begins anew, and takes no connection meanwhile.
    #[cfg(target_os = "linux")]
    let _stays = x11rb::connect(None).unwrap();
    let instance = Arc::new(Instance::new(Arc::new(Engine::empty())));
    let params = Arc::new(HostParams::new(&instance));
    let editor = editor::create(&instance, &params, Box::new(EngineVideo::new(Arc::clone(&instance)))).unwrap();
    let host = Arc::new(Host::default());
    for round in 0..3 {
        assert!(!instance.desk().is_reachable(), "round {round}: nothing is open");
        let gui = GuiContext::new(Arc::clone(&host) as _);
        let spawned = editor.spawn(None, false, None, gui, None).unwrap();
        spawned.handle.show(&spawned.window).unwrap();
        until("reaching the host", || instance.desk().is_reachable());
        assert!(Arc::strong_count(&host) > 1);
        drop(spawned);
        until("letting go of the host", || !instance.desk().is_reachable() && Arc::strong_count(&host) == 1);
    }
    // A window that opens while another is still closing keeps the way.
    let open = |host: &Arc<Host>| editor.spawn(None, false, None, GuiContext::new(Arc::clone(host) as _), None).unwrap();
    let first = open(&host);
    until("reaching the host", || instance.desk().is_reachable());
    let second = open(&host);
    drop(first);
    std::thread::sleep(Duration::from_millis(200));
    assert!(instance.desk().is_reachable(), "the second window is open");
    drop(second);
    until("letting go of the host", || !instance.desk().is_reachable() && Arc::strong_count(&host) == 1);
}
