//! Shaders drawn by the real renderer: against stored pictures, through Lua, from files.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::shader_common::{difference, effect, group, layer, scene_of, shown};
use crate::video_common::{Clips, renderer};
use videotracker::video::{
    Renderer, compose,
    device::Options,
    scene::{Blend, Content, Scene},
};
use videotracker_engine::{
    engine::{Engine, MediaRoots},
    shader::{self, builtin},
    view::ViewFrame,
};

/// Sides of one built-in's picture, and how many stand beside each other in the sheet.
const SIDE: u32 = 64;
const ACROSS: u32 = 7;

fn open() -> Option<Renderer> {
    renderer(&Clips::default(), &Options { software: true, ..Options::default() })
}

fn sheet_path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "references", "builtins.png"].iter().collect()
}

/// Every built-in on one sheet. Feedback is shown after some pictures.
fn sheet(renderer: &mut Renderer) -> image::RgbaImage {
    let rows = (builtin::all().len() as u32).div_ceil(ACROSS);
    let mut sheet = image::RgbaImage::new(ACROSS * SIDE, rows * SIDE);
    for (place, shader) in (0..).zip(builtin::all()) {
        let remembers = !shader.program().expect("it compiles").targets.is_empty();
        let mut pixels = Vec::new();
        for turn in if remembers { 0..5 } else { 4..5 } {
            let scene = scene_of(shader, place, 1.25 + f64::from(turn - 4) * 0.25);
            pixels = renderer.render_rgba(&scene, SIDE, SIDE).expect("it draws");
        }
        let tile = image::RgbaImage::from_raw(SIDE, SIDE, pixels).expect("a whole picture");
        let (x, y) = (place % ACROSS * SIDE, place / ACROSS * SIDE);
        image::imageops::replace(&mut sheet, &tile, i64::from(x), i64::from(y));
    }
    sheet
}

/// Tolerance: the mean of a tile differs by at most 2 of 255, and at most 2 % of its channels by more than 12; another
/// version of the software adapter rounds otherwise.
#[test]
fn each_builtin_looks_as_it_did() {
    let Some(mut renderer) = open() else { return };
    let now = sheet(&mut renderer);
    assert!(renderer.take_shader_problems().is_empty());
    if std::env::var_os("UPDATE_REFERENCES").is_some() {
        now.save(sheet_path()).expect("the sheet is written");
        return;
    }
    let then = image::open(sheet_path()).expect("tests/references/builtins.png").into_rgba8();
    assert_eq!(now.dimensions(), then.dimensions(), "UPDATE_REFERENCES=1 draws the sheet anew");
    for (place, shader) in (0..).zip(builtin::all()) {
        let (x, y) = (place % ACROSS * SIDE, place / ACROSS * SIDE);
        let tile = |of: &image::RgbaImage| image::imageops::crop_imm(of, x, y, SIDE, SIDE).to_image().into_raw();
        let (mean, far) = difference(&tile(&now), &tile(&then), 12);
        assert!(mean <= 2.0 && far <= 0.02, "{}: mean {mean:.2}, {:.1} % far off", shader.name, far * 100.0);
    }
}

#[test]
fn the_same_scenes_give_the_same_pixels_in_any_renderer() {
    let (Some(mut first), Some(mut second)) = (open(), open()) else { return };
    // Another size before, and other pictures in between, leave nothing behind.
    drop(first.render_rgba(&scene_of(&builtin::all()[0], 0, 0.0), 32, 32));
    assert_eq!(sheet(&mut first).into_raw(), sheet(&mut second).into_raw());
}

#[test]
fn every_builtin_shows_something_and_effects_change_their_input() {
    let Some(mut renderer) = open() else { return };
    let input = scene_of(builtin::find("brightness").expect("a built-in"), 0, 1.25);
    let input = Scene { groups: input.groups[..3].to_vec(), ..input };
    let plain = renderer.render_rgba(&input, SIDE, SIDE).expect("it draws");
    for shader in builtin::all() {
        let pixels = renderer.render_rgba(&scene_of(shader, 7, 1.25), SIDE, SIDE).expect("it draws");
        let lit = pixels.chunks_exact(4).any(|p| p[..3] != [0, 0, 0]);
        assert!(lit, "{} is black", shader.name);
        let changed = shader.kind == builtin::Kind::Source || difference(&pixels, &plain, 0).0 > 0.5;
        // Feedback shows its first picture as it is.
        assert!(changed || shader.name == "feedback", "{} changes nothing", shader.name);
    }
}

fn session(script: &str) -> Engine {
    let engine = Engine::empty();
    let run = engine.run_script_and_wait("test", script);
    assert!(run.success, "{run:?}");
    engine
}

/// The middle pixel of what an engine shows at a view.
fn middle(renderer: &mut Renderer, engine: &Engine, view: &ViewFrame) -> [u8; 3] {
    let scene = compose::main_scene(&engine.snapshot(), view, engine, 0.0);
    let pixels = renderer.render_rgba(&scene, 9, 9).expect("it draws");
    [pixels[160], pixels[161], pixels[162]]
}

#[test]
fn sources_and_effects_chain_from_lua() {
    let Some(mut renderer) = open() else { return };
    let engine = session(
        r#"videoOut("screen") videoSource("o", {shader = "solid", red = 1, green = 0, blue = 0}) videoFx("k", {shader = "invert"})
           connect("o", "k") connect("k", "screen")"#,
    );
    let view = ViewFrame::default();
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 255, 255]);
    for (script, want) in [
        (r#"setParam("k", "mix", 0)"#, [255, 0, 0]),
        (r#"setParam("k", "mix", 1) setParam("k", "amount", 0)"#, [255, 0, 0]),
        (r#"setParam("k", "amount", 1) setParam("k", "enabled", false)"#, [255, 0, 0]),
        (r#"setParam("k", "enabled", true) setParam("o", "enabled", false)"#, [0, 0, 0]),
        (r#"setParam("o", "enabled", true) setParam("k", "opacity", 0)"#, [0, 0, 0]),
        (r#"setParam("k", "opacity", 1) setParam("k", "shader", "tint") setParam("k", "red", 0)"#, [0, 0, 0]),
        (r#"setParam("k", "shader", "")"#, [255, 0, 0]),
    ] {
        let run = engine.run_script_and_wait("test", script);
        assert!(run.success, "{run:?}");
        assert_eq!(middle(&mut renderer, &engine, &view), want, "{script}");
    }
}

#[test]
fn what_the_audio_thread_holds_reaches_the_shader_and_another_shaders_numbers_do_not() {
    let Some(mut renderer) = open() else { return };
    let engine = session(r#"videoOut("screen") videoSource("o", {shader = "solid", green = 0, blue = 0})"#);
    let snapshot = engine.snapshot();
    let kind = snapshot.project.modules["o"].module_type();
    let mut view = ViewFrame { video_count: 1, ..ViewFrame::default() };
    view.video[0].module = snapshot.ids["o"];
    view.video[0].kind = kind.mark();
    for (place, spec) in kind.params.iter().enumerate() {
        view.video[0].values[place] = if spec.name == "red" { 0.0 } else { 1.0 };
    }
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 255, 255]);
    view.video[0].kind = kind.mark() + 1;
    assert_eq!(middle(&mut renderer, &engine, &view), [255, 0, 0]);
}

/// A folder with files, and an engine that looks for media there.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).expect("a file"));
    let engine = Engine::empty();
    engine.set_media_roots(MediaRoots(vec![folder.path().to_owned()]));
    (folder, engine)
}

/// Waits for a message that holds a text.
fn wait_for(engine: &Engine, text: &str) -> videotracker_engine::snapshot::Message {
    for _ in 0..1000 {
        if let Some((_, message)) = engine.messages(0).into_iter().find(|(_, message)| message.text.contains(text)) {
            return message;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no message says {text}: {:?}", engine.messages(0));
}

const RED: &str = "//! One colour.\n//! param level: 0..1 = 1  How much.\nfn color(uv: vec2<f32>) -> vec4<f32> {\n    return vec4<f32>(param.level, 0.0, 0.0, 1.0);\n}\n";

#[test]
fn a_users_shader_is_read_again_and_a_broken_edit_keeps_the_last_good_one() {
    let Some(mut renderer) = open() else { return };
    let (folder, engine) = folder(&[("own.wgsl", RED)]);
    let script = r#"videoOut("screen") videoSource("o", {shader = "own.wgsl", level = 0})"#;
    let run = engine.run_script_and_wait("test", script);
    assert!(run.success, "{run:?}");
    assert!(engine.wait_for_media(Duration::from_secs(10)));
    let view = ViewFrame::default();
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 0, 0]);
    let version = engine.snapshot().version;
    let write = |text: &str| std::fs::write(folder.path().join("own.wgsl"), text).expect("a file");

    write(&RED.replace("1.0);", "banana);\n"));
    let message = wait_for(&engine, "banana");
    assert_eq!((message.line, message.column), (Some(4), Some(45)), "{message:?}");
    assert!(engine.snapshot().shaders["own.wgsl"].error.is_some());
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 0, 0], "the last good one stays");

    write(&RED.replace("param.level, 0.0", "param.level, 1.0"));
    wait_for(&engine, "own.wgsl was read again");
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 255, 0]);
    assert!(engine.snapshot().version > version && engine.snapshot().shaders["own.wgsl"].error.is_none());

    // Another parameter: the module has it at once, keeps the one it had, and undo takes the edit back.
    write(&RED.replace("fn color", "//! param blue: 0..1 = 1  Blue.\nfn color").replace("0.0, 1.0);", "param.blue, 1.0);"));
    for _ in 0..500 {
        if engine.snapshot().project.modules["o"].param("blue").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 0, 255]);
    assert!(engine.run_script_and_wait("test", r#"setParam("o", "blue", 0)"#).success);
    assert_eq!(middle(&mut renderer, &engine, &view), [0, 0, 0]);
}

#[test]
fn errors_of_a_script_say_where_in_the_shader() {
    let (_folder, engine) = folder(&[
        ("bad.wgsl", "fn color(uv: vec2<f32>) -> vec4<f32> {\n  return 1.0;\n}"),
        ("bad.fs", "/*{}*/\nvoid main() {\n  gl_FragColor = nothing;\n}"),
    ]);
    for (script, want) in [
        (r#"videoSource("o", {shader = "bad.wgsl"})"#, "bad.wgsl:2:10"),
        (r#"videoSource("o", {shader = "bad.fs"})"#, "bad.fs:3:18"),
        (r#"videoSource("o", {shader = "absent.wgsl"})"#, "absent.wgsl: it is not there"),
        (r#"videoSource("o", {shader = "oscc"})"#, "did you mean \"osc\""),
        (r#"videoFx("o", {shader = "osc"})"#, "osc is for a videoSource"),
        (r#"videoSource("o", {shader = "osc", frequencey = 3})"#, "did you mean \"frequency\""),
        (r#"videoSource("o", {shader = "osc", frequency = 3000})"#, "frequency is 3000, but takes a number from 0 to 200"),
    ] {
        let run = engine.run_script_and_wait("test", script);
        assert!(!run.success && run.error.as_deref().unwrap_or("").contains(want), "{script}: {run:?}");
        assert_eq!(run.line, Some(1), "{script}");
    }
}

#[test]
fn an_isf_file_draws_its_inputs_passes_and_memory() {
    let Some(mut renderer) = open() else { return };
    let source = r#"/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "gain", "TYPE": "float", "MAX": 2, "DEFAULT": 1},
        {"NAME": "tint", "TYPE": "color", "DEFAULT": [1, 1, 1, 1]}, {"NAME": "mode", "TYPE": "long", "VALUES": [3, 7], "LABELS": ["a", "b"], "DEFAULT": 7},
        {"NAME": "spot", "TYPE": "point2D", "MIN": [0, 0], "MAX": [1, 1], "DEFAULT": [0.25, 0.75]}, {"NAME": "on", "TYPE": "bool", "DEFAULT": true}],
        "PASSES": [{"TARGET": "half", "WIDTH": "$WIDTH / 2", "HEIGHT": "max($HEIGHT / 2, 1)"}, {"TARGET": "count", "PERSISTENT": true, "FLOAT": true, "WIDTH": "1", "HEIGHT": "1"}, {}]}*/
        #define READ(image, p) IMG_NORM_PIXEL(image, p)
        void main() {
            if (PASSINDEX == 0) {
                gl_FragColor = vec4(isf_FragNormCoord, RENDERSIZE.x / 100.0, 1.0);
            } else if (PASSINDEX == 1) {
                gl_FragColor = IMG_THIS_PIXEL(count) + vec4(0.1);
            } else {
                vec4 c = READ(inputImage, isf_FragNormCoord);
                float counted = IMG_PIXEL(count, vec2(0.5)).r;
                gl_FragColor = on && mode == 7 ? vec4(c.r * gain * tint.g, counted, READ(half, spot).b, 1.0) : vec4(spot, 0.0, 1.0);
            }
        }"#;
    let program = Arc::new(shader::compile("own.fs", source).expect("it compiles"));
    let solid = builtin::find("solid").and_then(|solid| solid.program().ok()).expect("a built-in");
    let mut scene = Scene { opacity: 1.0, ..Scene::default() };
    let mut grey = effect(solid, 50, vec![], 0.0);
    // Half of sRGB's range, as light.
    grey.values = vec![0.2140, 0.0, 0.0, 1.0];
    scene.groups = vec![
        group(vec![shown(grey)]),
        group(vec![shown(effect(&program, 51, vec![0], 0.0))]),
        group(vec![layer(Content::Group(1), Blend::Alpha)]),
    ];
    for picture in 1..=4_u8 {
        let pixels = renderer.render_rgba(&scene, 40, 20).expect("it draws");
        let got = [pixels[0], pixels[1], pixels[2]];
        // The input as sRGB, the count of pictures, the width of the half-sized buffer.
        let want = [128, picture * 26, 51];
        assert!(got.iter().zip(want).all(|(a, b)| a.abs_diff(b) <= 2), "picture {picture}: {got:?}, not {want:?}");
    }
    assert!(renderer.take_shader_problems().is_empty());
}

#[test]
fn an_isf_vertex_shader_runs_at_the_corners() {
    let Some(mut renderer) = open() else { return };
    let fragment = "/*{}*/ varying vec2 bent; varying vec2 more[2];\n void main() { gl_FragColor = vec4(bent, more[1].x, 1.0); }";
    let vertex = "varying vec2 bent; varying vec2 more[2];
        void main() {
            isf_vertShaderInit();
            vec2 p = isf_FragNormCoord;
            bent = vec2(p.x * p.x, abs(p.x - 0.5));
            more[0] = p; more[1] = vec2(p.x * p.y, 0.0);
        }";
    let (folder, _engine) = folder(&[("bent.fs", fragment), ("bent.vs", vertex), ("moved.fs", fragment)]);
    let program = Arc::new(shader::load(&folder.path().join("bent.fs")).expect("it compiles"));
    let scene = Scene { groups: vec![group(vec![shown(effect(&program, 3, vec![], 0.0))])], opacity: 1.0, ..Scene::default() };
    let pixels = renderer.render_rgba(&scene, 8, 8).expect("it draws");
    for (x, y) in [(0, 0), (1, 6), (3, 2), (6, 1), (7, 7), (2, 5)] {
        let at = |n: usize| (n as f64 + 0.5) / 8.0;
        // Upwards, and in the triangle of the lower left or upper right corner.
        let (u, v) = (at(x), 1.0 - at(y));
        let wanted = [u, 0.5, if u + v > 1.0 { u + v - 1.0 } else { 0.0 }].map(|part| part * 255.0);
        let got = &pixels[(y * 8 + x) * 4..][..3];
        assert!(got.iter().zip(wanted).all(|(got, wanted)| (f64::from(*got) - wanted).abs() < 2.5), "{x} {y}: {got:?}, not {wanted:?}");
    }
    // Corners that are moved are refused.
    for line in ["gl_Position.x += 0.5;", "gl_Position = vec4(0.0);", "isf_Position.xy *= 2.0;"] {
        std::fs::write(folder.path().join("moved.vs"), vertex.replace("vec2 p =", &format!("{line} vec2 p ="))).expect("a file");
        let why = shader::load(&folder.path().join("moved.fs")).expect_err(line).to_string();
        assert!(why.contains("moves the corners"), "{line}: {why}");
    }
}

#[test]
fn isf_files_get_whole_levels_and_glsls_leniency() {
    let Some(mut renderer) = open() else { return };
    let solid = builtin::find("solid").and_then(|solid| solid.program().ok()).expect("a built-in");
    let head = r#"/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}*/"#;
    for (what, light, body, wanted) in [
        ("white is 1", 1.0, "float g = floor(c.r * 8.0) / 8.0;", 255),
        ("every level is one of 255", 0.2140, "float g = floor(c.r * 255.0) / 255.0;", 128),
        ("white equals 1", 1.0, "float g = c.r == 1.0 ? 0.5 : 0.0;", 128),
        ("pow of a negative", 1.0, "float n = -0.5 * c.r; float g = pow(n, 2.0) * 2.0;", 128),
        ("pow of negatives", 1.0, "vec3 n = -0.5 * c.rgb; float g = pow(n, vec3(2.0)).b * 2.0;", 128),
        ("a whole number from a function of floats", 1.0, "float g = whole(c.r) * 0.5;", 128),
    ] {
        let whole = "float whole(float x) { if (x > 0.5) return 1; return 0; }";
        let source = format!(
            "{head} {whole} void main() {{ vec4 c = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord); {body} gl_FragColor = vec4(g, g, g, 1.0); }}"
        );
        let program = Arc::new(shader::compile("own.fs", &source).unwrap_or_else(|why| panic!("{what}: {why}")));
        let mut grey = effect(solid, 50, vec![], 0.0);
        grey.values = vec![light, light, light, 1.0];
        let groups = vec![group(vec![shown(grey)]), group(vec![shown(effect(&program, 51, vec![0], 0.0))])];
        let groups = [groups, vec![group(vec![layer(Content::Group(1), Blend::Alpha)])]].concat();
        let pixels = renderer.render_rgba(&Scene { groups, opacity: 1.0, ..Scene::default() }, 8, 8).expect("it draws");
        assert!(pixels[0].abs_diff(wanted) <= 1, "{what}: {} instead of {wanted}", pixels[0]);
    }
}

#[test]
fn an_isf_pictures_y_goes_up_and_its_buffers_are_not_turned() {
    let Some(mut renderer) = open() else { return };
    let source = r#"/*{"PASSES": [{"TARGET": "a"}, {"TARGET": "b"}]}*/
        void main() { gl_FragColor = PASSINDEX == 0 ? vec4(isf_FragNormCoord.y > 0.5 ? 1.0 : 0.0, gl_FragCoord.y > 5.0 ? 1.0 : 0.0, 0.0, 1.0) : IMG_THIS_PIXEL(a); }"#;
    let program = Arc::new(shader::compile("own.fs", source).expect("it compiles"));
    let scene = Scene { groups: vec![group(vec![shown(effect(&program, 3, vec![], 0.0))])], opacity: 1.0, ..Scene::default() };
    let pixels = renderer.render_rgba(&scene, 4, 10).expect("it draws");
    assert_eq!((&pixels[..2], &pixels[pixels.len() - 4..pixels.len() - 2]), (&[255, 255][..], &[0, 0][..]));
}

#[test]
fn an_endless_loop_ends_and_costs_one_picture() {
    let Some(mut renderer) = open() else { return };
    let endless = "fn color(uv: vec2<f32>) -> vec4<f32> { var n = 0.0; loop { n += 1.0; if n < 0.0 { break; } } return vec4<f32>(1.0, min(n, 1.0), 0.0, 1.0); }";
    let isf = "/*{}*/ void main() { float n = 0.0; while (true) { for (int i = 0; i >= 0; i++) { n += 0.1; } } gl_FragColor = vec4(1.0, min(n, 1.0), 0.0, 1.0); }";
    for (instance, text) in (0..).zip([endless, isf]) {
        let program = Arc::new(shader::compile("endless", text).expect("it compiles"));
        let scene = Scene { groups: vec![group(vec![shown(effect(&program, instance, vec![], 0.0))])], opacity: 1.0, ..Scene::default() };
        let began = std::time::Instant::now();
        let pixels = renderer.render_rgba(&scene, 16, 16).expect("it draws");
        println!("{:?}", began.elapsed());
        assert_eq!(pixels[..2], [255, 255]);
    }
}

#[test]
fn a_shader_whose_loops_hardly_end_does_not_hold_up_a_large_picture() {
    let Some(mut renderer) = open() else { return };
    let text = "fn color(uv: vec2<f32>) -> vec4<f32> { var n = 0.0; loop { n += sin(n) * sin(n + uv.x); if n < -1e9 { break; } } return vec4<f32>(n); }";
    let program = Arc::new(shader::compile("endless", text).expect("it compiles"));
    let scene = Scene { groups: vec![group(vec![shown(effect(&program, 0, vec![], 0.0))])], opacity: 1.0, ..Scene::default() };
    let began = std::time::Instant::now();
    drop(renderer.render_rgba(&scene, 1920, 1080).expect("it draws"));
    let problems = renderer.take_shader_problems();
    println!("{:?}: {problems:?}", began.elapsed());
    if renderer.gpu().name().contains("llvmpipe") {
        assert!(problems.iter().any(|problem| problem.contains("hardly end")), "{problems:?}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn damaged_shaders_that_compile_leave_the_device_as_it_is() {
    let Some(mut renderer) = open() else { return };
    let mut dice = crate::shader_tools::Dice(0xD1CE);
    let (mut drawn, mut refused) = (0, 0);
    for instance in 0..2000 {
        let text = crate::shader_tools::damaged(crate::shader_tools::ISF[dice.below(crate::shader_tools::ISF.len())], &mut dice);
        let Ok(program) = shader::compile("damaged", &text) else { continue };
        match draw_file(&mut renderer, instance, Arc::new(program)) {
            Ok(_) => drawn += 1,
            // The device's own refusal is a message; its loss would be an error of the renderer.
            Err(why) if !renderer.gpu().is_lost() => {
                println!("{why}");
                refused += 1;
            }
            Err(why) => panic!("{why} for\n{text}"),
        }
    }
    println!("{drawn} drawn, {refused} refused");
    assert!(drawn > 10);
}

/// `ISF_COLLECTION` names a folder: the share of its files that compile and draw without a complaint of the device.
#[test]
fn nine_of_ten_files_of_a_collection_draw() {
    let Some(folder) = std::env::var_os("ISF_COLLECTION") else {
        println!("skipped: ISF_COLLECTION names no folder of ISF files");
        return;
    };
    let Some(mut renderer) = open() else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "fs"));
    files.sort();
    let (mut good, mut lit) = (0, 0);
    for (instance, path) in (0..).zip(&files) {
        let began = std::time::Instant::now();
        let drawn =
            shader::load(path).map_err(|error| error.to_string()).and_then(|program| draw_file(&mut renderer, instance, Arc::new(program)));
        match drawn {
            Ok(pixels) => {
                good += 1;
                lit += u32::from(pixels.chunks_exact(4).any(|p| p[..3] != [0, 0, 0]));
            }
            Err(why) => println!("{}: {why}", path.file_name().unwrap_or_default().display()),
        }
        if began.elapsed() > Duration::from_secs(2) {
            println!("{}: {:?}", path.file_name().unwrap_or_default().display(), began.elapsed());
        }
    }
    println!(
        "{good} of {} compile and draw ({:.1} %), {lit} of them something else than black",
        files.len(),
        100.0 * f64::from(good) / files.len() as f64
    );
    assert!(good as usize * 10 >= files.len() * 9);
}

/// Three pictures of a shader over a moving gradient.
fn draw_file(renderer: &mut Renderer, instance: u32, program: Arc<shader::ShaderProgram>) -> Result<Vec<u8>, String> {
    let osc = builtin::find("osc").and_then(|osc| osc.program().ok()).expect("a built-in");
    let mut pixels = Vec::new();
    for beat in [0.0, 1.0, 2.0] {
        let inputs = (0..2).map(|_| 0).collect();
        let groups =
            vec![group(vec![shown(effect(osc, 1_000_000, vec![], beat))]), group(vec![shown(effect(&program, instance, inputs, beat))])];
        let scene = Scene { groups, opacity: 1.0, ..Scene::default() };
        pixels = renderer.render_rgba(&scene, 64, 64).map_err(|error| error.to_string())?;
    }
    let problems = renderer.take_shader_problems();
    if problems.is_empty() { Ok(pixels) } else { Err(problems.join("; ")) }
}
