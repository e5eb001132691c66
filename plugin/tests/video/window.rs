//! The output window on a real display; skipped with a line where there is none.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::video_common::{Clips, gradient, group, layer, picture, solid};
use videotracker::video::{
    OutputWindow, VideoError,
    scene::{Blend, Content, Scene, Trace},
    window::{Feed, WindowOptions},
};
use videotracker::{
    editor::{EngineVideo, VideoWindow},
    instance::Instance,
};
use videotracker_engine::{
    audio::host::{HostInput, HostOutput, HostTransport},
    engine::Engine,
    media::VideoInfo,
    project::MACROS,
    view::SCOPE_POINTS,
};

/// A clip in motion, a tinted one over it, and a figure.
struct Show {
    clip: Arc<VideoInfo>,
    tint: Arc<VideoInfo>,
    began: Instant,
}

impl Feed for Show {
    fn scene(&mut self, moment: Instant) -> Scene {
        let secs = (moment - self.began).as_secs_f64();
        let frame = (secs * 25.0) as u32 % self.clip.frames;
        let mut points = [[0.0_f32; 2]; SCOPE_POINTS];
        for (n, point) in points.iter_mut().enumerate() {
            let t = n as f64 / 512.0 * std::f64::consts::TAU;
            *point = [(3.0 * t).sin() as f32, (2.0 * t + secs).sin() as f32];
        }
        let trace = Trace { xy: true, scale: 0.7, point_size: 3.0, colour: [0.2, 1.0, 0.4], background: 0.0, points: Arc::new(points) };
        group(vec![
            layer(picture(&self.clip, frame), 1.0, Blend::Alpha),
            layer(picture(&self.tint, 0), 0.5, Blend::Multiply),
            layer(Content::Trace(trace), 1.0, Blend::Screen),
        ])
    }
}

fn open(clips: &Clips) -> Option<OutputWindow> {
    open_titled(clips, "videoTracker")
}

fn open_titled(clips: &Clips, title: &str) -> Option<OutputWindow> {
    let show =
        Show { clip: clips.add(gradient(640, 480, 50)), tint: clips.add(solid(640, 480, [255, 120, 120, 255])), began: Instant::now() };
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return None;
    }
    let options = WindowOptions { title: title.into(), ..WindowOptions::default() };
    match OutputWindow::open_on(show, Arc::new(clips.clone()), options) {
        Ok(window) => Some(window),
        Err(error @ (VideoError::NoAdapter { .. } | VideoError::NoDevice { .. })) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Seconds to leave the window open, for a look at it.
fn seconds() -> f64 {
    std::env::var("VIDEO_WINDOW_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(1.5)
}

#[test]
fn the_window_shows_pictures_and_closes_at_once() {
    let clips = Clips::default();
    let Some(window) = open(&clips) else { return };
    let began = Instant::now();
    wait("pictures show", || window.stats().shown > 1);
    while window.is_open() && began.elapsed().as_secs_f64() < seconds() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let stats = window.stats();
    println!("{stats:?}, full screen: {}, open: {}", window.is_fullscreen(), window.is_open());
    assert_eq!(stats.rebuilt, 0);
    let closing = Instant::now();
    drop(window);
    println!("closed in {:?}", closing.elapsed());
    assert!(closing.elapsed() < Duration::from_secs(60), "closing took {:?}", closing.elapsed());
}

#[test]
fn windows_open_and_close_again_and_again() {
    let clips = Clips::default();
    for _ in 0..3 {
        let Some(window) = open(&clips) else { return };
        assert!(window.is_open());
        drop(window);
    }
}

#[test]
fn an_engine_that_plays_shows_in_its_window() {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return;
    }
    let engine = Arc::new(Engine::new());
    let mut processor = engine.activate(48_000.0);
    let script = r#"session{} audioOut("out") videoOut("screen") sampler("k", {samples = {"factory:tone|counter"}})
        oscilloscope("scope") pattern("p", {{index = 0}}) sequencer("seq") connect("seq", "k") bind("seq", "p")"#;
    let run = engine.run_script_and_wait("test", script);
    assert!(run.success, "{run:?}");
    assert!(engine.wait_for_media(Duration::from_secs(20)), "media load");
    let window = match OutputWindow::open(Arc::clone(&engine), WindowOptions::default()) {
        Ok(window) => window,
        Err(error) => return println!("skipped: {error}"),
    };
    let (began, mut frames, macros) = (Instant::now(), 0_u32, [0.0_f32; MACROS]);
    while began.elapsed().as_secs_f64() < seconds() {
        let beat = f64::from(frames) / 24_000.0;
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut [0.0; 480], &mut [0.0; 480]));
        frames += 480;
        std::thread::sleep(Duration::from_secs_f64(f64::from(frames) / 48_000.0).saturating_sub(began.elapsed()));
    }
    let stats = window.stats();
    println!("{stats:?}");
    assert!(stats.shown > 1 && stats.rebuilt == 0, "{stats:?}");
}

/// Plays an engine in real time until `secs` have passed since `began`, from a beat that follows.
#[cfg(target_os = "linux")]
fn play_until(processor: &mut videotracker_engine::audio::processor::Processor, began: Instant, secs: f64, frames: &mut u64) {
    let macros = [0.0_f32; MACROS];
    while began.elapsed().as_secs_f64() < secs {
        let beat = *frames as f64 / 24_000.0;
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut [0.0; 480], &mut [0.0; 480]));
        *frames += 480;
        std::thread::sleep(Duration::from_secs_f64(*frames as f64 / 48_000.0).saturating_sub(began.elapsed()));
    }
}

/// Resident memory of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The preset with the most shaders, for twice `VIDEO_WINDOW_SECS`; a driver that keeps what each picture was drawn with
/// keeps 2 MB of each.
#[cfg(target_os = "linux")]
#[test]
fn a_window_that_plays_keeps_no_memory_of_its_pictures() {
    if std::env::var_os("DISPLAY").is_none() {
        return println!("skipped: no display (run under xvfb-run)");
    }
    let engine = Arc::new(Engine::new());
    let mut processor = engine.activate(48_000.0);
    let run = engine.run_script_and_wait("glass", include_str!("../../../presets/glass.lua"));
    assert!(run.success, "{run:?}");
    assert!(engine.wait_for_media(Duration::from_secs(20)), "media load");
    let window = match OutputWindow::open(Arc::clone(&engine), WindowOptions::default()) {
        Ok(window) => window,
        Err(error) => return println!("skipped: {error}"),
    };
    let (began, mut frames, secs) = (Instant::now(), 0, seconds() * 2.0);
    play_until(&mut processor, began, secs, &mut frames);
    let (before, shown) = (resident(), window.stats().shown);
    for part in 1..=10 {
        play_until(&mut processor, began, secs * (1.0 + f64::from(part) / 10.0), &mut frames);
        println!("{:.0} s: {} pictures, {} KiB", began.elapsed().as_secs_f64(), window.stats().shown, resident());
    }
    let (grown, shown) = (resident() - before, window.stats().shown - shown);
    assert!(grown < 20 << 10, "{shown} pictures kept {grown} KiB");
}

/// Waits until `done`, at most ten seconds.
fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The display as another program sees it.
#[cfg(target_os = "linux")]
mod display {
    use x11rb::{
        connection::Connection,
        protocol::xproto::{AtomEnum, ConfigureWindowAux, ConnectionExt, ImageFormat, Window},
        rust_connection::RustConnection,
    };

    pub struct Display(RustConnection, Window);

    impl Display {
        /// Finds a window by its title.
        pub fn find(title: &str) -> Option<Self> {
            let (connection, screen) = RustConnection::connect(None).ok()?;
            let mut open = vec![connection.setup().roots[screen].root];
            while let Some(window) = open.pop() {
                let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?.reply();
                if name.is_ok_and(|name| name.value == title.as_bytes()) {
                    return Some(Self(connection, window));
                }
                open.extend(connection.query_tree(window).ok()?.reply().map(|tree| tree.children).unwrap_or_default());
            }
            None
        }

        pub fn resize(&self, width: u32, height: u32) {
            self.0
                .configure_window(self.1, &ConfigureWindowAux::new().width(width).height(height))
                .expect("asks")
                .check()
                .expect("resizes");
        }

        /// A pixel's blue, green and red.
        pub fn pixel(&self, x: i16, y: i16) -> Option<[u8; 3]> {
            let image = self.0.get_image(ImageFormat::Z_PIXMAP, self.1, x, y, 1, 1, !0).ok()?.reply().ok()?;
            image.data.get(..3)?.try_into().ok()
        }

        pub fn destroy(&self) {
            self.0.destroy_window(self.1).expect("asks").check().expect("destroys");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_lost_device_is_rebuilt_and_the_picture_comes_back() {
    let clips = Clips::default();
    let Some(window) = open_titled(&clips, "lost device") else { return };
    window.show_card(true);
    let display = display::Display::find("lost device").expect("the window is on the display");
    // The test card's second bar is yellow.
    let yellow = || display.pixel(240, 200) == Some([0, 255, 255]);
    wait("the test card shows", yellow);
    for turn in 1..=3 {
        let shown = window.stats().shown;
        window.rebuild();
        wait("the device is rebuilt", || window.stats().rebuilt == turn);
        wait("pictures go on", || window.stats().shown > shown + 5);
        wait("the test card shows again", yellow);
    }
    window.show_card(false);
    wait("the scene comes back", || !yellow());
    assert!(window.is_open());
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_that_changes_its_size_all_the_time_shows_the_whole_picture_in_each() {
    let clips = Clips::default();
    let Some(window) = open_titled(&clips, "resized") else { return };
    window.show_card(true);
    let display = display::Display::find("resized").expect("the window is on the display");
    for turn in 0..40_u32 {
        display.resize(64 + turn * 37 % 900, 36 + turn * 53 % 600);
        std::thread::sleep(Duration::from_millis(u64::from(turn % 4) * 10));
    }
    for (width, height) in [(320_u32, 180_u32), (640, 360), (1, 1), (960, 540)] {
        display.resize(width, height);
        if width > 1 {
            let (x, y) = ((width * 3 / 16) as i16, (height / 4) as i16);
            wait("the second bar is yellow in every size", || display.pixel(x, y) == Some([0, 255, 255]));
        }
    }
    assert!(window.is_open());
    assert_eq!(window.stats().rebuilt, 0, "sizes are no losses");
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_destroyed_from_outside_is_closed_and_nobody_hangs() {
    let clips = Clips::default();
    let Some(window) = open_titled(&clips, "destroyed") else { return };
    wait("pictures show", || window.stats().shown > 3);
    display::Display::find("destroyed").expect("the window is on the display").destroy();
    let began = Instant::now();
    while window.is_open() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("open: {}, {:?} after", window.is_open(), began.elapsed());
    let closing = Instant::now();
    drop(window);
    assert!(closing.elapsed() < Duration::from_secs(60), "closing took {:?}", closing.elapsed());
}

#[test]
fn what_the_graphics_card_has_against_a_shader_is_in_the_console_once_until_the_file_changes() {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        return println!("skipped: no display (run under xvfb-run)");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("large.fs");
    let isf = |note: &str| {
        let pass = r#"{"TARGET": "a", "WIDTH": "8192", "HEIGHT": "8192"}, {"TARGET": "b", "WIDTH": "8192", "HEIGHT": "8192"}, {}"#;
        format!("/*{{\"PASSES\": [{pass}]}}*/\n// {note}\nvoid main() {{ gl_FragColor = vec4(1.0); }}\n")
    };
    std::fs::write(&file, isf("as it was")).expect("it is written");
    let instance = Arc::new(Instance::new(Arc::new(Engine::empty())));
    let _processor = instance.engine.activate(48_000.0);
    let script = format!("videoOut('out') videoSource('large', {{shader = '{}'}})", file.display().to_string().replace('\\', "/"));
    assert_eq!(instance.engine.run_script_and_wait("test", &script).error, None);
    let mut video = EngineVideo::new(Arc::clone(&instance));
    if let Err(why) = video.open() {
        return println!("skipped: {why}");
    }
    let mut told = |what: &str| {
        let mut said = Vec::new();
        wait(what, || {
            assert!(video.is_open());
            said.extend(instance.take_notices().into_iter().map(|message| message.text));
            !said.is_empty()
        });
        // A second's pictures say it no second time.
        std::thread::sleep(Duration::from_secs(1));
        assert!(video.is_open());
        said.extend(instance.take_notices().into_iter().map(|message| message.text));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("large.fs: it asks for buffers"), "{said:?}");
    };
    told("the complaint");
    std::fs::write(&file, isf("as it is")).expect("it is written");
    told("the complaint about the changed file");
}
