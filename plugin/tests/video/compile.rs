//! Shaders are made ready beside the picture: it goes on at its pace, and a changed shader never leaves a gap.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use crate::shader_common::{difference, effect, group, layer, shown};
use crate::video_common::Clips;
use videotracker::video::{
    OutputWindow, Renderer,
    device::{Gpu, Options},
    scene::{Blend, Content, Layer, Scene},
    textures::Reading,
    window::{Feed, WindowOptions},
};
use videotracker_engine::{
    shader::{self, ShaderProgram, builtin},
    view::Placement,
};

/// Steps of a shader that software compiles for half a second and more.
const STEPS: usize = 40;
/// Steps of one that no picture is drawn with at once, and that a busy machine compiles soon.
const FEW: usize = 6;
/// How long a shader may take to be ready on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(250);
const SIZE: (u32, u32) = (320, 180);
const GREEN: [u8; 3] = [0, 255, 0];
const RED: [u8; 3] = [255, 0, 0];

/// A shader that no driver has in a cache, of so many steps; it is `colour`, a WGSL expression, however long that takes.
fn heavy(steps: usize, colour: &str) -> Arc<ShaderProgram> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let mut own = f64::from(since.subsec_nanos()) * 1e-9;
    let mut text = String::from("fn color(uv: vec2<f32>) -> vec4<f32> {\n    var a = uv.xyxy;\n    var b = uv.yyxx + frame.secs;\n");
    for _ in 0..steps {
        own = (own * 7.31 + 0.137).fract();
        let _ =
            writeln!(text, "    a = sin(a * {:.6} + b.yzxw) + fract(b * {:.6});\n    b = mix(b, a.wzyx, {own:.6});", own + 0.5, own + 1.5);
    }
    let _ = writeln!(text, "    return vec4<f32>({colour}, 1.0) + clamp(a, vec4<f32>(0.0), vec4<f32>(1e-5));\n}}");
    Arc::new(shader::compile("heavy.wgsl", &text).expect("it compiles"))
}

fn plain(colour: &str) -> Arc<ShaderProgram> {
    let text = format!("fn color(uv: vec2<f32>) -> vec4<f32> {{ return vec4<f32>({colour}, 1.0); }}");
    Arc::new(shader::compile("plain.wgsl", &text).expect("it compiles"))
}

/// A module's shader over a green picture.
fn over(program: Option<&Arc<ShaderProgram>>, secs: f64) -> Scene {
    let solid = builtin::find("solid").and_then(|solid| solid.program().ok()).expect("a built-in");
    let mut green = effect(solid, 1, vec![], secs * 2.0);
    green.values = vec![0.0, 1.0, 0.0, 1.0];
    let mut groups = vec![group(vec![shown(green)])];
    let mut layers = vec![layer(Content::Group(0), Blend::Alpha)];
    if let Some(program) = program {
        groups.push(group(vec![shown(effect(program, 2, vec![], secs * 2.0))]));
        layers.push(layer(Content::Group(1), Blend::Alpha));
    }
    groups.push(group(layers));
    Scene { groups, opacity: 1.0, canvas: Some(SIZE), ..Scene::default() }
}

/// One module's shader alone, with `inputs` over the scene's first group.
fn alone(program: &Arc<ShaderProgram>, inputs: Vec<usize>, secs: f64) -> Scene {
    let mut scene = over(None, secs);
    scene.groups.truncate(1);
    scene.groups.push(group(vec![shown(effect(program, 2, inputs, secs * 2.0))]));
    scene.groups.push(group(vec![layer(Content::Group(1), Blend::Alpha)]));
    scene
}

/// A renderer, or a printed line that says why the test is skipped.
fn open(reading: Reading, options: &Options) -> Option<Renderer> {
    match Gpu::open(options) {
        Ok(gpu) => Some(Renderer::on(gpu, options, Arc::new(Clips::default()), reading)),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

/// The middle pixel of a scene.
fn middle(renderer: &mut Renderer, scene: &Scene) -> [u8; 3] {
    let pixels = renderer.render_rgba(scene, SIZE.0, SIZE.1).expect("it draws");
    let at = ((SIZE.1 / 2 * SIZE.0 + SIZE.0 / 2) * 4) as usize;
    [pixels[at], pixels[at + 1], pixels[at + 2]]
}

/// Draws at a display's pace until the picture is `end`: every middle before, and the longest pause between two pictures.
fn until(renderer: &mut Renderer, end: [u8; 3], scene: impl Fn(f64) -> Scene) -> (Vec<[u8; 3]>, Duration) {
    let (began, mut seen, mut moments) = (Instant::now(), Vec::new(), Vec::new());
    while began.elapsed() < PATIENCE {
        moments.push(Instant::now());
        let got = middle(renderer, &scene(began.elapsed().as_secs_f64()));
        if got == end {
            moments.push(Instant::now());
            return (seen, longest(&moments));
        }
        seen.push(got);
        std::thread::sleep(Duration::from_millis(16).saturating_sub(moments[moments.len() - 1].elapsed()));
    }
    panic!("{end:?} never shows; last {:?}", seen.last());
}

/// Draws until the picture is `end`, however long that takes, and rests as long as each picture took, so that whoever makes the
/// shader ready has a share of a busy machine: every middle before.
fn at_last(renderer: &mut Renderer, end: [u8; 3], scene: impl Fn(f64) -> Scene) -> Vec<[u8; 3]> {
    let (began, mut seen) = (Instant::now(), Vec::new());
    while began.elapsed() < PATIENCE {
        let drawn = Instant::now();
        let got = middle(renderer, &scene(began.elapsed().as_secs_f64()));
        if got == end {
            return seen;
        }
        seen.push(got);
        std::thread::sleep(drawn.elapsed());
    }
    panic!("{end:?} never shows; last {:?}", seen.last());
}

/// The longest pause between two of these moments.
fn longest(moments: &[Instant]) -> Duration {
    moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// How long a heavy shader's first picture takes where the picture waits for it, which shows it.
fn waited() -> Option<Duration> {
    let mut exact = open(Reading::Exact, &Options::default())?;
    assert_eq!(middle(&mut exact, &over(None, 0.0)), GREEN);
    let program = heavy(STEPS, "1.0, 0.0, 0.0");
    let began = Instant::now();
    assert_eq!(middle(&mut exact, &over(Some(&program), 0.0)), RED, "it is there in the first picture");
    Some(began.elapsed())
}

/// Shows a shader from some moment on, and notes when each picture was asked for.
struct Show {
    began: Instant,
    heavy: Arc<ShaderProgram>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

/// Seconds of pictures before the heavy shader comes.
const BEFORE_SECS: f64 = 2.0;

impl Feed for Show {
    fn scene(&mut self, moment: Instant) -> Scene {
        self.asked.lock().expect("no test thread failed").push(Instant::now());
        let secs = moment.saturating_duration_since(self.began).as_secs_f64();
        over((secs > BEFORE_SECS).then_some(&self.heavy), secs)
    }
}

#[test]
fn a_window_goes_on_at_its_pace_while_a_heavy_shader_compiles() {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        return println!("skipped: no display (run under xvfb-run)");
    }
    let Some(waited) = waited() else { return };
    let (heavy, asked) = (heavy(STEPS, "1.0, 0.0, 0.0"), Arc::<Mutex<Vec<Instant>>>::default());
    let began = Instant::now();
    let show = Show { began, heavy, asked: Arc::clone(&asked) };
    let options = WindowOptions { title: "heavy shader".into(), size: (320.0, 180.0), ..WindowOptions::default() };
    let window = match OutputWindow::open_on(show, Arc::new(Clips::default()), options) {
        Ok(window) => window,
        Err(error) => return println!("skipped: {error}"),
    };
    while began.elapsed() < Duration::from_secs_f64(BEFORE_SECS + 6.0) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut asked = asked.lock().expect("no test thread failed").clone();
    asked.push(Instant::now());
    drop(window);
    let comes = asked.iter().position(|at| (*at - began).as_secs_f64() > BEFORE_SECS - 0.1).expect("pictures");
    let (before, compiling) = (longest(&asked[comes / 2..comes]), longest(&asked[comes..]));
    println!("longest pause between two pictures: {before:?} before, {compiling:?} from then on; waiting takes {waited:?}");
    if waited > Duration::from_millis(300) {
        assert!(compiling < waited / 2, "{compiling:?} of {waited:?}");
    }
}

#[test]
fn a_new_shader_is_left_out_until_it_is_ready_and_then_shows() {
    let (Some(waited), Some(mut live)) = (waited(), open(Reading::Live, &Options::default())) else { return };
    until(&mut live, GREEN, |secs| over(None, secs));
    let program = heavy(STEPS, "1.0, 0.0, 0.0");
    let (seen, pause) = until(&mut live, RED, |secs| over(Some(&program), secs));
    println!("{} pictures before it shows, longest pause {pause:?}; waiting takes {waited:?}", seen.len());
    assert!(seen.iter().all(|pixel| *pixel == GREEN), "{seen:?}");
    if waited > Duration::from_millis(300) {
        assert!(seen.len() > 5 && pause < waited / 2, "{} pictures, {pause:?} of {waited:?}", seen.len());
    }
    assert!(live.take_shader_problems().is_empty());
}

#[test]
fn a_changed_shader_shows_as_it_was_until_it_is_ready_and_never_nothing() {
    let Some(mut live) = open(Reading::Live, &Options::default()) else { return };
    let (blue, purple) = ([0, 0, 255], [255, 0, 255]);
    let first = plain("0.0, 0.0, 1.0");
    until(&mut live, blue, |secs| alone(&first, vec![], secs));
    let mut before = blue;
    for (colour, after) in [("1.0, 0.0, 1.0", purple), ("1.0, 0.0, 0.0", RED)] {
        let program = heavy(FEW, colour);
        let seen = at_last(&mut live, after, |secs| alone(&program, vec![], secs));
        assert!(!seen.is_empty() && seen.iter().all(|pixel| *pixel == before), "{seen:?}");
        before = after;
    }
    // One that holds everything up is refused in words, and what was before stays.
    let endless =
        "fn color(uv: vec2<f32>) -> vec4<f32> { var n = 0.0; loop { n += 1.0; if n < 0.0 { break; } } return vec4<f32>(min(n, 1.0)); }";
    let endless = Arc::new(shader::compile("endless", endless).expect("it compiles"));
    let large = Scene { canvas: Some((1920, 1080)), ..alone(&endless, vec![], 0.0) };
    let began = Instant::now();
    let mut told = Vec::new();
    while told.is_empty() && began.elapsed() < PATIENCE && live.gpu().is_software() {
        let drawn = Instant::now();
        assert_eq!(middle(&mut live, &large), RED);
        told = live.take_shader_problems();
        std::thread::sleep(drawn.elapsed());
    }
    println!("{told:?} after {:?}", began.elapsed());
    assert!(!live.gpu().is_software() || told.len() == 1 && told[0].contains("a shader: it would take"), "{told:?}");
    assert_eq!(middle(&mut live, &large), RED, "what was before stays");
}

#[test]
fn a_new_effect_lets_its_input_through_until_it_is_ready() {
    let Some(mut live) = open(Reading::Live, &Options::default()) else { return };
    until(&mut live, GREEN, |secs| over(None, secs));
    let program = heavy(FEW, "vec3<f32>(1.0) - input(uv).rgb");
    let seen = at_last(&mut live, [255, 0, 255], |secs| alone(&program, vec![0], secs));
    assert!(!seen.is_empty() && seen.iter().all(|pixel| *pixel == GREEN), "{seen:?}");
}

#[test]
fn exact_pictures_wait_and_two_renderers_draw_the_same_ones() {
    let program = heavy(STEPS, "0.5 + 0.5 * sin(b.xyz)");
    let film = || {
        let mut exact = open(Reading::Exact, &Options::default())?;
        Some([0.0, 0.04, 0.08].map(|secs| exact.render_rgba(&over(Some(&program), secs), SIZE.0, SIZE.1).expect("it draws")))
    };
    let (Some(one), Some(two)) = (film(), film()) else { return };
    assert!(one == two && one[0] != one[1], "each picture is there, and the same one both times");
}

#[test]
fn a_compiler_that_takes_long_holds_up_nobody_who_closes() {
    let Some(mut live) = open(Reading::Live, &Options::default()) else { return };
    let program = heavy(90, "1.0, 0.0, 0.0");
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(400) {
        middle(&mut live, &over(Some(&program), 0.0));
    }
    let closing = Instant::now();
    drop(live);
    println!("closed in {:?}", closing.elapsed());
    assert!(closing.elapsed() < Duration::from_secs(10), "{:?}", closing.elapsed());
    // A process that ends while a driver compiles may fall over it.
    while compiles() && closing.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("its compiler went on for {:?}", closing.elapsed());
}

/// Whether a thread that makes pipelines is there.
fn compiles() -> bool {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return false };
    tasks.flatten().any(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "video-compiler"))
}

#[test]
fn every_blend_and_quad_looks_the_same_while_its_pipeline_is_made() {
    // As on a graphics card, whose pipelines are compiled when they are made.
    let options = Options { compiles_late: Some(false), ..Options::default() };
    let (Some(mut live), Some(mut exact)) = (open(Reading::Live, &options), open(Reading::Exact, &options)) else { return };
    let (below, above) = (plain("0.2, 0.6, uv.x"), plain("uv.y, 0.3, 0.8"));
    let scene = |blend, layers: usize, size: f32| {
        let mut groups = vec![group(vec![shown(effect(&below, 1, vec![], 0.0))]), group(vec![shown(effect(&above, 2, vec![], 0.0))])];
        let place = Placement { size, ..Placement::default() };
        let top = Layer { opacity: 0.7, place, ..layer(Content::Group(1), blend) };
        let mut layers = vec![top; layers];
        layers.insert(0, layer(Content::Group(0), Blend::Alpha));
        groups.push(group(layers));
        Scene { groups, opacity: 1.0, ..Scene::default() }
    };
    for (layers, size) in [(1, 1.0), (3, 0.2), (5, 1.0)] {
        for blend in Blend::ALL {
            let scene = scene(blend, layers, size);
            let want = exact.render_rgba(&scene, 64, 36).expect("it draws");
            let began = Instant::now();
            // The shaders themselves come later than the first pictures; each way of drawing is there at some time.
            let mut last = f64::INFINITY;
            while began.elapsed() < PATIENCE && last > 0.6 {
                last = difference(&live.render_rgba(&scene, 64, 36).expect("it draws"), &want, 3).0;
            }
            assert!(last <= 0.6, "{} over {layers}: {last}", blend.word());
            std::thread::sleep(Duration::from_millis(30));
            let (later, far) = difference(&live.render_rgba(&scene, 64, 36).expect("it draws"), &want, 3);
            assert!(later <= 0.6 && far < 0.01, "{} over {layers}, later: {later}, {far}", blend.word());
        }
    }
}
