//! Scenes from real sessions: which layers, in which order, how strong.

use std::sync::Arc;

use crate::video_common::{Clips, solid};
use videotracker::video::{
    compose::{main_scene, offset_secs, scenes},
    scene::{Blend, Content, Scene},
    source::Media,
    targets::targets,
};
use videotracker_engine::{
    engine::Engine,
    media::VideoInfo,
    module::module_type,
    snapshot::Snapshot,
    view::{VideoParams, ViewFrame, VoiceView},
};

/// Every sample shows a clip that is named for its module and number.
struct Named(Arc<Snapshot>);

impl Media for Named {
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        let name = self.0.ids.iter().find(|(_, id)| **id == module)?.0;
        let path = format!("{name}{sample}").into();
        Some(Arc::new(VideoInfo { path, width: 16, height: 9, fps: (25, 1), frames: 100, codec: String::new() }))
    }

    fn open(&self, _: &VideoInfo) -> Result<Box<dyn videotracker::video::source::FrameSource>, String> {
        Err("nothing is read here".into())
    }
}

fn session(script: &str) -> Arc<Snapshot> {
    let engine = Engine::new();
    let run = engine.run_script_and_wait("test", &format!("session{{autoRoute = false}}\n{script}"));
    assert!(run.success, "{run:?}");
    engine.snapshot()
}

/// Module, sample, opacity, blend.
type Voice = (&'static str, u32, f32, Blend);

/// A view with voices in onset order.
fn view(snapshot: &Snapshot, voices: &[Voice]) -> ViewFrame {
    let mut view = ViewFrame { voice_count: voices.len(), ..ViewFrame::default() };
    for ((onset, slot), (module, sample, opacity, blend)) in (1..).zip(&mut view.voices).zip(voices) {
        let module = snapshot.ids[*module];
        *slot = VoiceView {
            module,
            sample: *sample,
            onset,
            media_secs: 1.0,
            speed: 1.0,
            opacity: *opacity,
            blend: *blend as u8,
            level: 1.0,
            ..VoiceView::default()
        };
    }
    view
}

/// A scene in one line: groups in brackets, layers as `clip@frame:opacity/blend`.
fn told(scene: &Scene) -> String {
    let layer = |layer: &videotracker::video::scene::Layer| {
        let content = match &layer.content {
            Content::Picture(picture) => format!("{}@{}", picture.info.path.display(), picture.frame),
            Content::Group(place) => format!("#{place}"),
            Content::Trace(trace) => format!("trace{}", trace.scale),
            Content::Spectrogram(spectrogram) => format!("spectrogram{}", spectrogram.length),
            Content::Effect(effect) => format!("effect{:?}{:?}", effect.values, effect.inputs),
        };
        format!("{content}:{:.2}/{}", layer.opacity, layer.blend.word())
    };
    let groups = scene.groups.iter().map(|group| format!("[{}]", group.layers.iter().map(layer).collect::<Vec<_>>().join(" ")));
    format!("{} {:.2}", groups.collect::<String>(), scene.opacity)
}

const CABLES: &str = r#"
videoOut("screen") videoMixer("mix") videoMixer("sub") sampler("a") sampler("b") oscilloscope("scope")
"#;

#[test]
fn scenes_follow_cables_voices_and_parameters() {
    use Blend::{Add, Alpha, Screen};
    let one = [("a", 0, 0.5, Alpha), ("b", 1, 1.0, Alpha), ("a", 2, 1.0, Screen)];
    let adds = [("a", 0, 1.0, Add), ("b", 0, 0.6, Add)];
    let cases: &[(&str, &str, &[Voice], &str)] = &[
        ("no cables", "", &one, "[] 1.00"),
        (
            "cable order, then onset order",
            r#"connect("b", "screen") connect("a", "screen")"#,
            &one,
            "[b1@25:1.00/alpha a0@25:0.50/alpha a2@25:1.00/screen] 1.00",
        ),
        (
            "input opacity and forced blend",
            r#"connect("a", "screen") connect("b", "screen") setParam("screen", "connectionOpacity_0", 0.5) setParam("screen", "connectionBlend_1", "darken")"#,
            &one,
            "[a0@25:0.25/alpha a2@25:0.50/screen b1@25:1.00/darken] 1.00",
        ),
        (
            "the mixer's blend for voices without one",
            r#"connect("a", "screen") setParam("screen", "blendMode", "multiply")"#,
            &one,
            "[a0@25:0.50/multiply a2@25:1.00/screen] 1.00",
        ),
        ("master opacity", r#"connect("b", "screen") setParam("screen", "masterOpacity", 0.25)"#, &one, "[b1@25:1.00/alpha] 0.25"),
        ("added light is shared out", r#"connect("a", "screen") connect("b", "screen")"#, &adds, "[a0@25:0.62/add b0@25:0.38/add] 1.00"),
        (
            "unless the mixer is told not to",
            r#"connect("a", "screen") connect("b", "screen") setParam("screen", "autoNormalize", false)"#,
            &adds,
            "[a0@25:1.00/add b0@25:0.60/add] 1.00",
        ),
        (
            "nested mixers come first and carry their own opacity",
            r#"connect("a", "sub") connect("sub", "mix") connect("b", "mix") connect("mix", "screen") setParam("sub", "masterOpacity", 0.5) setParam("mix", "blendMode", "screen")"#,
            &one[..2],
            "[a0@25:0.50/alpha][#0:0.50/screen b1@25:1.00/screen][#1:1.00/alpha] 1.00",
        ),
        (
            "a mixer with two ways out is composed once",
            r#"connect("a", "sub") connect("sub", "mix") connect("sub", "screen") connect("mix", "screen")"#,
            &one[..1],
            "[a0@25:0.50/alpha][#0:1.00/alpha][#0:1.00/alpha #1:1.00/alpha] 1.00",
        ),
        (
            "what is off is dark",
            r#"connect("a", "sub") connect("sub", "screen") connect("b", "screen") setParam("sub", "enabled", false) setParam("b", "enabled", false)"#,
            &one,
            "[] 1.00",
        ),
        (
            "inputs of a higher number lie on top",
            r#"connect("a", "screen") connect("b", "screen") setParam("screen", "connectionOrder_0", 1)"#,
            &one,
            "[b1@25:1.00/alpha a0@25:0.50/alpha a2@25:1.00/screen] 1.00",
        ),
        (
            "in order of their onsets, whatever the cable",
            r#"connect("scope", "screen") connect("b", "screen") connect("a", "screen") setParam("screen", "order", "onsets")"#,
            &one,
            "[trace0.5:1.00/alpha a0@25:0.50/alpha b1@25:1.00/alpha a2@25:1.00/screen] 1.00",
        ),
        ("an oscilloscope is a layer", r#"connect("scope", "screen") setParam("scope", "scale", 2)"#, &[], "[trace2:1.00/alpha] 1.00"),
    ];
    for (what, script, voices, want) in cases {
        let snapshot = session(&format!("{CABLES}{script}"));
        let scene = main_scene(&snapshot, &view(&snapshot, voices), &Named(Arc::clone(&snapshot)), 0.0);
        assert_eq!(told(&scene), *want, "{what}");
    }
}

#[test]
fn the_view_overrides_the_snapshot_where_it_knows_a_module() {
    let snapshot = session(&format!("{CABLES} connect(\"a\", \"screen\") setParam(\"screen\", \"connectionOpacity_0\", 0.5)"));
    let mut view = view(&snapshot, &[("a", 0, 1.0, Blend::Alpha)]);
    let mut params = VideoParams { module: snapshot.ids["screen"], ..VideoParams::default() };
    let of = |name| module_type("videoOut").and_then(|kind| kind.param(name)).expect("a parameter").index;
    let given = [("enabled", 1.0), ("masterOpacity", 0.5), ("size", 1.0), ("connectionOpacity_0", 0.75), ("connectionBlend_0", 2.0)];
    given.iter().for_each(|(name, value)| params.values[of(name)] = *value);
    view.video[0] = params;
    let tell = |view: &ViewFrame| told(&main_scene(&snapshot, view, &Named(Arc::clone(&snapshot)), 0.0));
    assert_eq!(tell(&view), "[a0@25:0.50/alpha] 1.00", "a slot that doesn't count");
    view.video_count = 1;
    view.video_opacity = 0.5;
    assert_eq!(tell(&view), "[a0@25:0.75/add] 0.25");
}

#[test]
fn later_pictures_follow_each_voice_at_its_own_speed() {
    let snapshot = session(&format!("{CABLES} connect(\"a\", \"screen\")"));
    let mut view = view(&snapshot, &[("a", 0, 1.0, Blend::Alpha), ("a", 1, 1.0, Blend::Alpha), ("a", 2, 1.0, Blend::Alpha)]);
    view.voices[1].speed = -2.0;
    view.voices[2].loop_secs = (0.92, 1.08);
    view.voices[0].level = 0.5;
    let scene = main_scene(&snapshot, &view, &Named(Arc::clone(&snapshot)), 0.2);
    assert_eq!(told(&scene), "[a0@30:0.50/alpha a1@15:1.00/alpha a2@26:1.00/alpha] 1.00");
}

#[test]
fn each_output_has_its_own_scene_and_loading_media_show_nothing() {
    let snapshot = session("videoOut(\"left\") videoOut(\"right\") sampler(\"a\") connect(\"a\", \"right\")");
    let view = view(&snapshot, &[("a", 0, 1.0, Blend::Alpha)]);
    let all = scenes(&snapshot, &view, &Named(Arc::clone(&snapshot)), 0.0);
    assert_eq!(
        all.iter().map(|scene| format!("{} {}", scene.output, told(scene))).collect::<Vec<_>>(),
        ["left [] 1.00", "right [a0@25:1.00/alpha] 1.00"]
    );
    let clips = Clips::default();
    let _ = clips.add(solid(1, 1, [0; 4]));
    assert_eq!(told(&scenes(&snapshot, &view, &Nothing, 0.0)[1]), "[] 1.00");
}

struct Nothing;

impl Media for Nothing {
    fn picture(&self, _: u32, _: u32) -> Option<Arc<VideoInfo>> {
        None
    }

    fn open(&self, _: &VideoInfo) -> Result<Box<dyn videotracker::video::source::FrameSource>, String> {
        Err("nothing is read here".into())
    }
}

#[test]
fn places_backgrounds_feedback_and_sizes_come_from_parameters() {
    let script = r#"connect("a", "mix") connect("mix", "screen")
        setParam("mix", "x", 0.5) setParam("mix", "flip", "both") setParam("mix", "feedback", 0.75) setParam("mix", "feedbackSize", 1.1)
        setParam("screen", "backgroundGreen", 0.5) setParam("screen", "rotation", 90)
        setParam("screen", "width", 1920) setParam("screen", "height", 1080) setParam("screen", "offsetMs", -40)"#;
    let snapshot = session(&format!("{CABLES}{script}"));
    let mut view = view(&snapshot, &[("a", 0, 1.0, Blend::Alpha)]);
    view.voices[0].place.size = 3.0;
    let scene = main_scene(&snapshot, &view, &Named(Arc::clone(&snapshot)), 0.0);
    assert_eq!(told(&scene), "[a0@25:1.00/alpha][#0:1.00/alpha][#1:1.00/alpha] 1.00", "a placed output is one layer of a last group");
    let place = |group: usize| scene.groups[group].layers[0].place;
    assert_eq!((place(0).size, place(1).middle, place(1).flip, place(2).rotation), (3.0, [0.5, 0.0], 3, 90.0));
    let feedback = scene.groups[0].feedback.as_ref().expect("the mixer feeds back");
    assert_eq!((&*feedback.key, feedback.opacity, feedback.place.size), ("mix", 0.75, 1.1));
    assert_eq!((scene.background, scene.canvas), ([0.0, 0.5, 0.0], Some((1920, 1080))));
    assert_eq!(offset_secs(&snapshot, &view), -0.04);
}

#[test]
fn the_frames_that_come_next_are_named_over_loop_edges_at_every_speed_and_both_ways() {
    let snapshot = session(&format!("{CABLES} connect(\"a\", \"screen\")"));
    // At 25 frames a second and 1 s into the clip, which shows frame 25.
    for (speed, loop_secs, want) in [
        (1.0, (0.0, 0.0), &[26, 27, 28, 24][..]),
        (-1.0, (0.0, 0.0), &[24, 23, 22, 26]),
        (4.0, (0.0, 0.0), &[26, 28, 30, 31, 33, 35, 23]),
        (0.0, (0.0, 0.0), &[]),
        (1.0, (0.92, 1.04), &[23, 24, 24]),
    ] {
        let mut view = view(&snapshot, &[("a", 0, 1.0, Blend::Alpha)]);
        (view.voices[0].speed, view.voices[0].loop_secs) = (speed, loop_secs);
        let scene = main_scene(&snapshot, &view, &Named(Arc::clone(&snapshot)), 0.0);
        let frames: Vec<u32> = scene.ahead.iter().map(|picture| picture.frame).collect();
        assert_eq!(frames, want, "speed {speed}, loop {loop_secs:?}");
    }
}

#[test]
fn the_first_frames_of_steps_and_samples_are_known_before_they_are_triggered() {
    let engine = Engine::new();
    let script = r#"session{} videoOut("screen") sampler("a", {samples = {"factory:red", {"factory:blue", position = 0.5}, "factory:kick"}})
        sampler("unseen", {samples = {"factory:green"}}) disconnect("unseen", "screen")
        sequencer("seq") connect("seq", "a")
        pattern("p", {{index = 0, position = 0.25}, {index = 0, speed = -1}, {}, {index = 1}, {index = 7}}) bind("seq", "p")"#;
    let run = engine.run_script_and_wait("test", script);
    assert!(run.success, "{run:?}");
    let _processor = engine.activate(48_000.0);
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)), "media load");
    let frames = || -> Vec<String> {
        let known = targets(&engine.snapshot());
        known.iter().map(|picture| format!("{}@{}", picture.info.path.display(), picture.frame)).collect()
    };
    assert_eq!(frames(), ["factory:red@75", "factory:red@299", "factory:blue@150", "factory:red@0"]);
    // What cycle patterns cut and turn round is known as well.
    let run = engine.run_script_and_wait("test", r#"pattern("p", n("0 <1 0>"):chop(2):speed("1 <1 -1>"))"#);
    assert!(run.success, "{run:?}");
    let frames = frames();
    for wanted in ["factory:red@0", "factory:red@150", "factory:red@149", "factory:red@299", "factory:blue@225"] {
        assert!(frames.iter().any(|frame| frame == wanted), "{wanted} is missing in {frames:?}");
    }
}
