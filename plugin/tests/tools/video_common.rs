//! Media made in code, and scenes of one line, for the video tests.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::sync::{Arc, Mutex};

use videotracker::video::{
    Renderer,
    device::Options,
    scene::{Blend, Content, Group, Layer, Picture, Scene},
    source::{FrameSource, Media},
};
use videotracker_engine::{
    media::{FrameBuffer, Texture, VideoInfo},
    view::Placement,
};

type Made = (Arc<VideoInfo>, Draw);
type Draw = Arc<dyn Fn(u32) -> Result<FrameBuffer, String> + Send + Sync>;

/// A clip made in code.
pub struct Clip {
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    pub draw: Draw,
}

/// Every clip of a test; its sampler modules play clip `module * 100 + sample`.
#[derive(Clone, Default)]
pub struct Clips(Arc<Mutex<Vec<Made>>>);

impl Clips {
    pub fn add(&self, clip: Clip) -> Arc<VideoInfo> {
        let mut clips = self.0.lock().expect("no test thread failed");
        let path = if clip.frames == 0 { "broken".into() } else { format!("clip {}", clips.len()).into() };
        let info =
            VideoInfo { path, width: clip.width, height: clip.height, fps: (25, 1), frames: clip.frames.max(1), codec: "code".into() };
        let info = Arc::new(info);
        clips.push((Arc::clone(&info), clip.draw));
        info
    }
}

impl Media for Clips {
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        self.0.lock().expect("no test thread failed").get((module * 100 + sample) as usize).map(|(info, _)| Arc::clone(info))
    }

    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String> {
        let clips = self.0.lock().expect("no test thread failed");
        let (_, draw) = clips.iter().find(|(known, _)| **known == *info).ok_or("no such clip")?;
        Ok(Box::new(Drawn(Arc::clone(draw))))
    }
}

struct Drawn(Draw);

impl FrameSource for Drawn {
    fn read(&mut self, index: u32, frame: &mut FrameBuffer) -> Result<(), String> {
        *frame = (self.0)(index)?;
        Ok(())
    }
}

pub fn rgba(width: u32, height: u32, data: Vec<u8>) -> FrameBuffer {
    FrameBuffer { texture: Texture::Rgba8, width, height, stored_width: width, stored_height: height, data }
}

pub fn solid(width: u32, height: u32, colour: [u8; 4]) -> Clip {
    let frame = rgba(width, height, colour.repeat((width * height) as usize));
    Clip { width, height, frames: 1, draw: Arc::new(move |_| Ok(frame.clone())) }
}

/// FrameBuffer `n` is a grey of `5·n`.
pub fn greys(width: u32, height: u32, frames: u32) -> Clip {
    let grey = move |n: u32| {
        let value = u8::try_from(n * 5).map_err(|error| error.to_string())?;
        Ok(rgba(width, height, [value, value, value, 255].repeat((width * height) as usize)))
    };
    Clip { width, height, frames, draw: Arc::new(grey) }
}

pub fn broken() -> Clip {
    Clip { width: 4, height: 4, frames: 0, draw: Arc::new(|_| Err("broken can't be read: it is broken".into())) }
}

pub fn picture(info: &Arc<VideoInfo>, frame: u32) -> Content {
    Content::Picture(Picture { info: Arc::clone(info), frame })
}

pub fn layer(content: Content, opacity: f32, blend: Blend) -> Layer {
    Layer { content, opacity, blend, place: Placement::default() }
}

pub fn group(layers: Vec<Layer>) -> Scene {
    Scene { groups: vec![Group { layers, feedback: None }], opacity: 1.0, ..Scene::default() }
}

/// A renderer, or a printed line that says why the test is skipped.
pub fn renderer(clips: &Clips, options: &Options) -> Option<Renderer> {
    match Renderer::new(options, Arc::new(clips.clone())) {
        Ok(renderer) => Some(renderer),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

/// A gradient with a white bar that moves with the frame.
pub fn gradient(width: u32, height: u32, frames: u32) -> Clip {
    let draw = move |n: u32| {
        let bar = n * width / frames;
        let mut data = Vec::with_capacity((width * height * 4) as usize);
        for y in 0..height {
            for x in 0..width {
                let lit = x.abs_diff(bar) < 8;
                data.extend(if lit { [255; 4] } else { [(x * 255 / width) as u8, (y * 255 / height) as u8, 128, 255] });
            }
        }
        Ok(rgba(width, height, data))
    };
    Clip { width, height, frames, draw: Arc::new(draw) }
}
