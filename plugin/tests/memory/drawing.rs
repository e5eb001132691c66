//! What pictures leave behind in memory: nothing, whatever they are made of.
//!
//! A software driver (Mesa's lavapipe) keeps some 0.3 MB and more for each draw of a shader whose branches depend on uniforms
//! alone. Here every kind of pass is drawn some hundred times with numbers that change, and the process may not grow.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]
#![cfg(target_os = "linux")]

use std::sync::Arc;

use crate::shader_common::{effect, group, layer, scene_of, shown};
use crate::video_common::{Clips, gradient, greys, picture, renderer, solid};
use videotracker::video::{
    Renderer,
    device::{Gpu, Options},
    scene::{Blend, Content, Feedback, Group, Layer, Scene, Trace},
};
use videotracker_engine::{
    name::Name,
    shader::{self, ShaderProgram, builtin},
    view::Placement,
};

/// Pictures until caches, pools and arenas are full, and pictures that may leave nothing.
const BEFORE: u32 = 60;
const PICTURES: u32 = 240;
/// What these may leave, in KiB: what the driver kept was ten times as much at least.
const BOUND: i64 = 6 << 10;

/// Scenes with their names, each made for the number of a picture.
type Scenes = Vec<(String, Box<dyn Fn(u32) -> Scene>)>;

/// Resident memory of this process, in KiB.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// How much the process grows while `PICTURES` pictures are drawn, in KiB.
fn growth(renderer: &mut Renderer, scene: &dyn Fn(u32) -> Scene) -> i64 {
    let mut pixels = Vec::new();
    let mut draw = |number| renderer.render_into(&scene(number), 32, 18, &mut pixels).expect("it draws");
    (0..BEFORE).for_each(&mut draw);
    let before = resident();
    (BEFORE..BEFORE + PICTURES).for_each(&mut draw);
    resident() - before
}

/// Draws each of the scenes; fails with all that grow.
fn check(scenes: Scenes, clips: &Clips) {
    let _alone = crate::alone();
    let Some(mut renderer) = renderer(clips, &Options { software: true, ..Options::default() }) else { return };
    let mut wrong = Vec::new();
    for (name, scene) in scenes {
        let kept = growth(&mut renderer, &*scene);
        println!("{name}: {kept} KiB, {:.2} a picture", kept as f64 / f64::from(PICTURES));
        assert!(renderer.take_shader_problems().is_empty(), "{name} is drawn");
        if kept > BOUND {
            wrong.push(format!("{name} keeps {kept} KiB of {PICTURES} pictures"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A share from 0 to 1 that is another one in each picture.
fn share(number: u32) -> f32 {
    (number * 37 % 101) as f32 / 100.0
}

fn scene(groups: Vec<Group>) -> Scene {
    Scene { groups, opacity: 1.0, ..Scene::default() }
}

#[test]
fn layers_leave_nothing() {
    let clips = Clips::default();
    let (bars, small, clear) = (clips.add(gradient(32, 18, 40)), clips.add(greys(16, 16, 40)), clips.add(solid(8, 8, [200, 100, 50, 128])));
    let mut scenes: Scenes = Vec::new();
    {
        let (bars, clear) = (bars.clone(), clear.clone());
        scenes.push(("one clip".into(), Box::new(move |n| scene(vec![group(vec![layer(picture(&bars, n % 40), Blend::Alpha)])]))));
        let faded = move |n| Scene {
            opacity: share(n),
            background: [share(n); 3],
            ..scene(vec![group(vec![layer(picture(&clear, 0), Blend::Alpha)])])
        };
        scenes.push(("a clip with alpha under a fading master".into(), Box::new(faded)));
    }
    for blend in Blend::ALL {
        let (bars, small) = (bars.clone(), small.clone());
        let two = move |n: u32| {
            let over = Layer { opacity: share(n), ..layer(picture(&small, n % 40), blend) };
            scene(vec![group(vec![layer(picture(&bars, n % 40), Blend::Alpha), over])])
        };
        scenes.push((format!("two layers, {}", blend.word()), Box::new(two)));
    }
    for count in [5, 20] {
        let (bars, small) = (bars.clone(), small.clone());
        let many = move |n: u32| {
            let layers = (0..count).map(|at| {
                let place = Placement {
                    size: 0.2 + 0.1 * share(n + at),
                    rotation: (n * at) as f32,
                    middle: [share(at) - 0.5, 0.2],
                    ..Placement::default()
                };
                let info = if at % 2 == 0 { &bars } else { &small };
                Layer { opacity: share(n + at), place, ..layer(picture(info, (n + at) % 40), Blend::ALL[at as usize % 8]) }
            });
            scene(vec![group(layers.collect())])
        };
        scenes.push((format!("{count} layers, placed and blended"), Box::new(many)));
    }
    let nested = move |n: u32| {
        let feedback = Feedback { key: Name::new("m"), opacity: share(n), place: Placement { size: 1.02, ..Placement::default() } };
        let inner = Group { layers: vec![layer(picture(&small, n % 40), Blend::Alpha)], feedback: Some(feedback) };
        let outer = group(vec![
            layer(picture(&bars, n % 40), Blend::Alpha),
            Layer { opacity: share(n), ..layer(Content::Group(0), Blend::Overlay) },
        ]);
        Scene { canvas: Some((48, 40)), ..scene(vec![inner, outer]) }
    };
    scenes.push(("a mixer with feedback, on a canvas of another size".into(), Box::new(nested)));
    let trace = |n: u32| {
        let points = crate::shader_common::sound();
        let trace = Trace { xy: n.is_multiple_of(2), scale: share(n), point_size: 2.0, colour: [share(n); 3], background: 0.1, points };
        scene(vec![group(vec![layer(Content::Trace(trace), Blend::Alpha)])])
    };
    scenes.push(("an oscilloscope".into(), Box::new(trace)));
    check(scenes, &clips);
}

/// A shader with parameters that change from picture to picture, over a clip.
fn driven(program: &Arc<ShaderProgram>, clip: &Arc<videotracker_engine::media::VideoInfo>, n: u32) -> Scene {
    let below = group(vec![layer(picture(clip, n % 40), Blend::Alpha)]);
    let mut own = effect(program, 1, vec![0, 0], f64::from(n) / 16.0);
    let params = program.interface.params();
    for (value, (place, param)) in own.values.iter_mut().zip((0..).zip(params)) {
        *value = (param.min + (param.max - param.min) * f64::from(share(n + place))) as f32;
    }
    own.mix = share(n).max(0.5);
    scene(vec![below, group(vec![shown(own)]), group(vec![layer(Content::Group(1), Blend::Alpha)])])
}

#[test]
fn every_builtin_shader_leaves_nothing() {
    let clips = Clips::default();
    let clip = clips.add(gradient(32, 18, 40));
    let mut scenes: Scenes = Vec::new();
    for shader in builtin::all() {
        let (program, clip) = (Arc::clone(shader.program().expect("it compiles")), Arc::clone(&clip));
        scenes.push((shader.name.to_owned(), Box::new(move |n| driven(&program, &clip, n))));
    }
    scenes.push(("a chain".into(), Box::new(|n| scene_of(builtin::find("modulateKaleid").expect("a built-in"), 7, f64::from(n) / 8.0))));
    check(scenes, &clips);
}

/// Shaders of the shapes that drivers treat in their own ways: what a branch or a loop depends on, how much is read in it.
fn shapes() -> Vec<(&'static str, String)> {
    let wgsl = |params: &str, body: &str| format!("//! A shape.\n{params}\nfn color(uv: vec2<f32>) -> vec4<f32> {{\n{body}\n}}\n");
    let (a, k) = ("//! param a: 0..1 = 0.5  One.", "//! param a: 0..1 = 0.5  One.\n//! param k: 0..16 = 5  Two.");
    let busy = "var s = vec4<f32>(noise3(vec3<f32>(uv * 9.0, frame.beat)));\n";
    let reads = |count: u32, each: &str| (0..count).map(|n| each.replace('#', &n.to_string())).collect::<String>();
    let tap = "s += input(uv + vec2<f32>(f32(#) * 0.01, 0.0));\n";
    vec![
        ("small, an if", wgsl(a, "if param.a > 0.5 { return input(uv); } return vec4<f32>(uv, 0.0, 1.0);")),
        ("large, no branch", wgsl(a, &format!("{busy}{}return s * param.a;", reads(16, tap)))),
        ("large, an if on a parameter", wgsl(a, &format!("{busy}if param.a > 0.5 {{ {} }} return s;", reads(9, tap)))),
        ("large, an if on the song", wgsl(a, &format!("{busy}if fract(frame.beat) > 0.5 {{ s = s * s.a; }} return s + input(uv);"))),
        ("nine reads, each behind an if", wgsl(k, &format!("{busy}{}return s;", reads(9, &format!("if param.k > #.0 {{ {tap} }}\n"))))),
        (
            "reads through a switch in a loop",
            wgsl(
                k,
                &format!(
                    "{busy}for (var i = 0; i < i32(param.k); i++) {{ switch i {{ {} default: {{ s += second(uv); }} }} }} return s;",
                    reads(15, &format!("case #: {{ {tap} }}\n"))
                ),
            ),
        ),
        (
            "a loop as long as a parameter says",
            wgsl(k, &format!("{busy}for (var i = 0.0; i < param.k; i += 1.0) {{ s += input(uv + i * 0.01); }} return s;")),
        ),
        (
            "a loop within a loop",
            wgsl(
                k,
                &format!(
                    "{busy}for (var i = 0.0; i < param.k; i += 1.0) {{ for (var j = 0.0; j < param.a * 4.0; j += 1.0) {{ s += noise3(vec3<f32>(uv, i * j)); }} }} return s;"
                ),
            ),
        ),
        (
            "a local array of parameters",
            wgsl(
                k,
                &format!(
                    "{busy}let a = param.a; var list = array<f32, 4>(a, a * 2.0, a, 1.0 - a); list[i32(param.k) & 3] = a; let at = i32(uv.x * 4.0) & 3; return s * list[at] * a + a;"
                ),
            ),
        ),
        (
            "leaves in the middle of a loop",
            wgsl(
                k,
                &format!(
                    "{busy}for (var i = 0; i < 40; i++) {{ if f32(i) > param.k {{ return s; }} s += input(uv * f32(i)) * 0.1; }} return s * noise3(s.rgb);"
                ),
            ),
        ),
        ("discards", wgsl(a, &format!("{busy}if param.a > 0.9 {{ discard; }} return s + previous(uv) * 0.5;"))),
        ("asks the picture", wgsl(a, &format!("{busy}if s.r > 0.5 {{ s += input(uv) * param.a; }} return s;"))),
        ("ISF, passes and loops", crate::shader_tools::ISF[0].to_owned()),
        ("ISF, every kind of input", crate::shader_tools::ISF[1].to_owned()),
    ]
}

#[test]
fn a_users_shader_of_any_shape_leaves_nothing() {
    let clips = Clips::default();
    let clip = clips.add(gradient(32, 18, 40));
    let mut scenes: Scenes = Vec::new();
    for (name, text) in shapes() {
        let program = shader::compile(name, &text).map(Arc::new);
        let (program, clip) = (program.unwrap_or_else(|why| panic!("{why}\n{text}")), Arc::clone(&clip));
        scenes.push((name.to_owned(), Box::new(move |n| driven(&program, &clip, n))));
    }
    check(scenes, &clips);
}

/// A minimal pass, without the renderer: what the driver keeps of each draw, by what its branch depends on and by the kind of
/// buffer that it reads. What reads storage must keep nothing; the rest is told.
#[test]
fn a_minimal_pass_that_reads_storage_keeps_nothing() {
    let _alone = crate::alone();
    let gpu = match Gpu::open(&Options { software: true, ..Options::default() }) {
        Ok(gpu) => gpu,
        Err(why) => return println!("skipped: {why}"),
    };
    let steps = |count: u32| (0..count).map(|n| format!("s = sin(s.yzwx * {n}.1 + 0.5);\n")).collect::<String>();
    let (few, many) = (steps(4), steps(40));
    let shapes = [
        ("few values, an if on the buffer", format!("if n.a > 0.5 {{ {few} }}")),
        ("many values, no branch", format!("{many} s *= n.a;")),
        ("many values, an if on the buffer", format!("if n.a > 0.5 {{ {many} }}")),
        ("many values, an if on the buffer beside them", format!("{many} if n.a > 0.5 {{ s = -s; }}")),
        ("many values, an if on the place", format!("if p.x > n.a {{ {many} }}")),
        ("many values, an if on the buffer and the place", format!("if n.a > 0.5 && p.x > 3.0 {{ {many} }}")),
        ("many values, a loop as long as the buffer says", format!("for (var i = 0; i < i32(n.a * 8.0); i++) {{ {many} }}")),
        ("many values, a loop of fixed length", format!("for (var i = 0; i < 4; i++) {{ {many} }} s *= n.a;")),
        ("many values, a choice without a branch", format!("{many} s = select(s, -s, n.a > 0.5);")),
    ];
    for (what, body) in shapes {
        let kept = [("uniform", wgpu::BufferUsages::UNIFORM), ("storage, read", wgpu::BufferUsages::STORAGE)]
            .map(|(space, usage)| kept(&gpu, &body, space, usage));
        println!("{what}: {:.1} KiB a draw from a uniform, {:.1} from storage", kept[0], kept[1]);
        assert!(kept[1] < 20.0, "{what}: a draw that reads storage keeps {:.1} KiB", kept[1]);
    }
}

/// KiB that each draw of a shader keeps.
fn kept(gpu: &Gpu, body: &str, space: &str, usage: wgpu::BufferUsages) -> f64 {
    let source = format!(
        "struct Numbers {{ a: f32 }} @group(0) @binding(0) var<{space}> n: Numbers;\n{}
         @fragment fn f(@builtin(position) p: vec4<f32>) -> @location(0) vec4<f32> {{ var s = p * 0.1; {body} return s; }}",
        include_str!("../../src/video/cover.wgsl")
    );
    let device = &gpu.device;
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(source.into()) });
    let stage = wgpu::PipelineCompilationOptions::default;
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: None,
        vertex: wgpu::VertexState { module: &module, entry_point: Some("cover"), compilation_options: stage(), buffers: &[] },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("f"),
            compilation_options: stage(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    });
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: 8, height: 8, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    let usage = usage | wgpu::BufferUsages::COPY_DST;
    let numbers = device.create_buffer(&wgpu::BufferDescriptor { label: None, size: 16, usage, mapped_at_creation: false });
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: numbers.as_entire_binding() }],
    });
    let draw = |number: u32| {
        gpu.queue.write_buffer(&numbers, 0, &share(number).to_le_bytes());
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let attachment =
            wgpu::RenderPassColorAttachment { view: &view, depth_slice: None, resolve_target: None, ops: wgpu::Operations::default() };
        let mut pass =
            encoder.begin_render_pass(&wgpu::RenderPassDescriptor { color_attachments: &[Some(attachment)], ..Default::default() });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
        device.poll(wgpu::PollType::wait_indefinitely()).expect("it draws");
    };
    (0..30).for_each(draw);
    let before = resident();
    (30..130).for_each(draw);
    (resident() - before) as f64 / 100.0
}
