//! HAP frames on the device against the same frames decoded on the CPU.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::{path::Path, process::Command, sync::Arc};

use videotracker::video::{
    Renderer,
    device::Options,
    scene::{Blend, Content, Picture},
};
use videotracker_engine::{
    engine::Engine,
    media::{FrameBuffer, FrameReader},
};

use crate::video_common::{group, layer};

/// Makes a film with the ffmpeg program; says whether that worked.
fn encode(format: &str, size: &str, path: &Path) -> bool {
    let source = format!("testsrc2=size={size}:rate=25:duration=0.2,format=rgba,colorchannelmixer=aa=0.6");
    let made = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y", "-f", "lavfi", "-i", &source, "-c:v", "hap", "-format", format, "-chunks", "2"])
        .arg(path)
        .status();
    let good = made.is_ok_and(|status| status.success());
    if !good {
        println!("skipped {format}: no ffmpeg with a HAP encoder");
    }
    good
}

fn to_linear(byte: u8) -> f64 {
    let c = f64::from(byte) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

fn to_byte(linear: f64) -> f64 {
    255.0 * if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

#[test]
fn blocks_on_the_device_give_the_colours_that_the_cpu_decodes() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine: Arc<Engine> = Arc::new(Engine::new());
    for decode_blocks in [false, true] {
        let options = Options { decode_blocks, ..Options::default() };
        let mut renderer = match Renderer::new(&options, Arc::<Engine>::clone(&engine)) {
            Ok(renderer) => renderer,
            Err(error) => return println!("skipped: {error}"),
        };
        println!("{renderer:?}, blocks: {}", renderer.gpu().blocks);
        for format in ["hap", "hap_alpha", "hap_q"] {
            let path = folder.path().join(format!("{format}.mov"));
            if !path.exists() && !encode(format, "160x92", &path) {
                continue;
            }
            let mut reader = FrameReader::open(&path).expect("opens");
            let info = Arc::new(reader.info().clone());
            for frame in [0, 3] {
                let content = Content::Picture(Picture { info: Arc::clone(&info), frame });
                let pixels = renderer.render_rgba(&group(vec![layer(content, 1.0, Blend::Alpha)]), 160, 92).expect("renders");
                let mut buffer = FrameBuffer::default();
                reader.read(frame, &mut buffer).expect("reads");
                let worst = pixels
                    .chunks_exact(4)
                    .zip(buffer.to_rgba8().chunks_exact(4))
                    .flat_map(|(got, want)| {
                        let alpha = f64::from(want[3]) / 255.0;
                        (0..3).map(move |c| (f64::from(got[c]) - to_byte(to_linear(want[c]) * alpha)).abs())
                    })
                    .fold(0.0, f64::max);
                println!("{format}, frame {frame}: worst difference {worst:.2}");
                assert!(worst <= 2.5, "{format}, frame {frame}: off by {worst}");
            }
        }
        assert_eq!(renderer.textures().take_problems(), Vec::<String>::new());
    }
}
