//! Several instances in one process show one picture.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use videotracker::{
    instance::Instance,
    video::{
        Renderer,
        device::Options,
        source::Media,
        window::{Feed, SharedFeed},
    },
};
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    project::MACROS,
};

/// An instance that shows one colour on the left or right half, or everywhere.
fn instance(colour: &str, place: &str, share: &str) -> (Instance, Processor) {
    let instance = Instance::new(Arc::new(Engine::empty()));
    let processor = instance.engine.activate(48_000.0);
    let script = format!(
        "videoOut(\"screen\", {{{share}}})\nvideoSource(\"colour\", {{shader = \"solid\", {colour}}})\nvideoMixer(\"half\", {{{place}}})\n\
         connect(\"colour\", \"half\")\nconnect(\"half\", \"screen\")"
    );
    let run = instance.engine.run_script_and_wait("test", &format!("session{{autoRoute = false}}\n{script}"));
    assert!(run.success, "{run:?}");
    (instance, processor)
}

fn play(processor: &mut Processor) {
    let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
    let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(0.0), ..HostTransport::default() };
    let macros = [0.0_f32; MACROS];
    for _ in 0..8 {
        let block = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
    }
}

/// The colours at the left and at the right of what an instance's window shows.
fn shown(renderer: &mut Renderer, instance: &Instance) -> [[u8; 3]; 2] {
    let mut feed = SharedFeed::new(Arc::clone(&instance.engine));
    let mut pixels = Vec::new();
    // The first view that a new reader gets may be an empty one.
    for _ in 0..2 {
        let scene = feed.scene(Instant::now() + Duration::from_millis(20));
        renderer.render_into(&scene, 32, 16, &mut pixels).expect("draws");
    }
    [4, 28].map(|x| {
        let at = (8 * 32 + x) * 4;
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    })
}

#[test]
fn instances_that_share_show_all_in_their_order_and_blends_and_others_only_themselves() {
    let [r, g, b] = ["red = 1, green = 0, blue = 0", "red = 0, green = 1, blue = 0", "red = 0, green = 0, blue = 1"];
    let (red, mut one) = instance(r, "", "shared = true");
    let (green, mut two) = instance(g, "cropRight = 0.5", "shared = true, sharedOrder = 1, sharedBlend = \"add\"");
    let (blue, mut three) = instance(b, "cropLeft = 0.5", "shared = true, sharedOrder = -1");
    let (alone, mut four) = instance(b, "", "");
    [&mut one, &mut two, &mut three, &mut four].into_iter().for_each(play);
    let media: Arc<dyn Media> = Arc::<Engine>::clone(&red.engine);
    let mut renderer = match Renderer::new(&Options::default(), media) {
        Ok(renderer) => renderer,
        Err(why) => return println!("skipped: {why}"),
    };
    let [red_light, blue_light, yellow] = [[255, 0, 0], [0, 0, 255], [255, 255, 0]];
    for instance in [&red, &green, &blue] {
        assert_eq!(shown(&mut renderer, instance), [yellow, red_light], "blue lies below, green adds itself on the left");
    }
    assert_eq!(shown(&mut renderer, &alone), [blue_light; 2]);
    drop(red);
    assert_eq!(shown(&mut renderer, &green), [[0, 255, 0], blue_light], "an instance that has gone shows no more");
}
