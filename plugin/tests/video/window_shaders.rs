//! The output window's pixels, read back from the display, against pictures drawn into memory: every blend and every
//! built-in shader. Skipped with a line where there is no display.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]
#![cfg(target_os = "linux")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::shader_common::{difference, effect, group, layer, scene_of, shown};
use crate::video_common::{Clips, renderer};
use videotracker::video::{
    OutputWindow,
    device::Options,
    scene::{Blend, Content, Scene},
    window::{Feed, WindowOptions},
};
use videotracker_engine::shader::builtin;
use x11rb::{
    connection::Connection,
    protocol::xproto::{ConnectionExt, ImageFormat, Window},
    rust_connection::RustConnection,
};

const SIZE: (u32, u32) = (160, 120);
const TITLE: &str = "videoTracker shader pictures";

/// Shows whatever scene was put there last.
#[derive(Clone)]
struct Stand(Arc<Mutex<Scene>>);

impl Feed for Stand {
    fn scene(&mut self, _: Instant) -> Scene {
        self.0.lock().expect("no test thread failed").clone()
    }
}

/// The window with our title, anywhere below `window`.
fn find(x: &RustConnection, window: Window) -> Option<Window> {
    let name = x11rb::protocol::xproto::AtomEnum::WM_NAME;
    let title = x.get_property(false, window, name, x11rb::protocol::xproto::AtomEnum::ANY, 0, 64).ok()?.reply().ok()?.value;
    if title == TITLE.as_bytes() {
        return Some(window);
    }
    let children = x.query_tree(window).ok()?.reply().ok()?.children;
    children.into_iter().find_map(|child| find(x, child))
}

/// The window's pixels as RGBA.
fn pixels(x: &RustConnection, window: Window) -> Vec<u8> {
    let (width, height) = (SIZE.0 as u16, SIZE.1 as u16);
    let image = x.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0).expect("asked").reply().expect("an image");
    image.data.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0], 255]).collect()
}

/// A picture of each blend over another, and of each built-in.
fn scenes() -> Vec<(String, Scene)> {
    let plain = |name: &str, instance| {
        let program = builtin::find(name).and_then(|found| found.program().ok()).expect("a built-in");
        group(vec![shown(effect(program, instance, vec![], 1.25))])
    };
    let blends = Blend::ALL.into_iter().map(|blend| {
        let top = videotracker::video::scene::Layer { opacity: 0.75, ..layer(Content::Group(1), blend) };
        let groups = vec![plain("gradient", 500), plain("voronoi", 501), group(vec![layer(Content::Group(0), Blend::Alpha), top])];
        (blend.word().to_owned(), Scene { groups, opacity: 1.0, ..Scene::default() })
    });
    let shaders = (0..).zip(builtin::all()).map(|(instance, shader)| {
        let mut scene = scene_of(shader, instance, 1.25);
        if shader.name == "feedback" {
            // The window draws more pictures than memory does: what is remembered must not show.
            still(&mut scene);
        }
        (shader.name.to_owned(), scene)
    });
    blends.chain(shaders).collect()
}

/// Lets feedback keep nothing.
fn still(scene: &mut Scene) {
    for layer in scene.groups.iter_mut().flat_map(|group| &mut group.layers) {
        if let Content::Effect(effect) = &mut layer.content
            && let Some(place) = effect.program.interface.params().iter().position(|param| param.name == "keep")
        {
            effect.values[place] = 0.0;
        }
    }
}

/// Tolerance: the mean differs by at most 0.5 of 255, and at most 0.5 % of the channels by more than 3: both are drawn by the
/// same device, into targets of other formats.
#[test]
fn the_window_shows_each_blend_and_each_builtin_as_memory_does() {
    if std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return;
    }
    let clips = Clips::default();
    let Some(mut offscreen) = renderer(&clips, &Options::default()) else { return };
    let scenes = scenes();
    let stand = Stand(Arc::new(Mutex::new(scenes[0].1.clone())));
    let options = WindowOptions { title: TITLE.to_owned(), size: (f64::from(SIZE.0), f64::from(SIZE.1)), ..WindowOptions::default() };
    let window = match OutputWindow::open_on(stand.clone(), Arc::new(clips), options) {
        Ok(window) => window,
        Err(error) => return println!("skipped: {error}"),
    };
    let (x, screen) = RustConnection::connect(None).expect("a display");
    let began = Instant::now();
    let id = loop {
        if let Some(id) = find(&x, x.setup().roots[screen].root) {
            break id;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the window is not on the display");
        std::thread::sleep(Duration::from_millis(50));
    };
    let mut worst = (0.0_f64, 0.0_f64);
    for (name, scene) in scenes {
        let want = offscreen.render_rgba(&scene, SIZE.0, SIZE.1).expect("it draws");
        *stand.0.lock().expect("no test thread failed") = scene;
        // A picture that was under way may still show the scene before; the second one from here can't.
        let (shown, asked) = (window.stats().shown, Instant::now());
        let mut found = (f64::INFINITY, 1.0);
        while asked.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(30));
            if window.stats().shown < shown + 3 {
                continue;
            }
            found = difference(&pixels(&x, id), &want, 3);
            if found.0 <= 0.5 && found.1 <= 0.005 {
                break;
            }
        }
        assert!(found.0 <= 0.5 && found.1 <= 0.005, "{name}: mean {:.3}, {:.2} % far off", found.0, found.1 * 100.0);
        worst = (worst.0.max(found.0), worst.1.max(found.1));
    }
    println!("worst: mean {:.3} of 255, {:.2} % of the channels by more than 3", worst.0, worst.1 * 100.0);
}
