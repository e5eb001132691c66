//! Factory media: sounds and pictures made in code, so that a session plays without any file.
//!
//! A name is `factory:SOUND`, `factory:PICTURE` or `factory:SOUND|PICTURE`. The same name gives the same medium, to
//! the bit, on every run.

mod glow;
mod picture;
mod sound;

use std::{path::Path, path::PathBuf, sync::Arc};

pub use picture::{CLIP_FPS, CLIP_FRAMES, CLIP_SIZE, TESTCARD_SIZE, clip_colour, read_counter};
pub(super) use picture::{PICTURES, Picture};
use sound::SOUNDS;

use super::{AudioData, Media, MediaError, MediaInfo, VideoInfo};
use crate::name::nearest;

/// What every factory name begins with.
pub const PREFIX: &str = "factory:";

/// Says whether a path names a factory medium.
#[must_use]
pub fn is_factory(path: &Path) -> bool {
    path.to_str().is_some_and(|p| p.starts_with(PREFIX))
}

/// The names of all factory sounds and pictures, without the prefix.
pub fn names() -> impl Iterator<Item = &'static str> {
    SOUNDS.iter().map(|(name, _)| *name).chain(PICTURES.iter().map(|(name, _)| *name))
}

/// Whether one of a name's parts is a sound.
pub(super) fn is_sound(part: &str) -> bool {
    SOUNDS.iter().any(|(name, _)| *name == part)
}

/// Whether one of a name's parts is a picture.
pub(super) fn is_picture(part: &str) -> bool {
    PICTURES.iter().any(|(name, _)| *name == part)
}

/// What a factory name asks for.
struct Asked {
    sound: Option<sound::Synth>,
    picture: Option<Picture>,
}

fn parse(path: &Path) -> Result<Asked, MediaError> {
    let written = path.to_str().unwrap_or_default();
    let parts = written.strip_prefix(PREFIX).unwrap_or_default();
    let mut asked = Asked { sound: None, picture: None };
    for part in parts.split('|') {
        let sound = SOUNDS.iter().find(|(name, _)| *name == part).map(|(_, synth)| *synth);
        let picture = PICTURES.iter().find(|(name, _)| *name == part).map(|(_, picture)| *picture);
        match (sound, picture) {
            (Some(synth), _) if asked.sound.is_none() => asked.sound = Some(synth),
            (_, Some(picture)) if asked.picture.is_none() => asked.picture = Some(picture),
            _ => return Err(unknown(written, part)),
        }
    }
    Ok(asked)
}

fn unknown(written: &str, part: &str) -> MediaError {
    let list = |names: Vec<&str>| names.join(", ");
    MediaError::NoFactory {
        name: written.to_owned(),
        hint: nearest(part, names()).map(|n| format!(", did you mean {n}?")).unwrap_or_default(),
        sounds: list(SOUNDS.iter().map(|(name, _)| *name).collect()),
        pictures: list(PICTURES.iter().map(|(name, _)| *name).collect()),
    }
}

/// Makes a factory medium at a rate.
pub(super) fn load(path: &Path, rate: f64) -> Result<Media, MediaError> {
    let asked = parse(path)?;
    let rings = match asked.picture {
        Some(Picture::Glow(glow)) => glow.rings(),
        _ => 0.0,
    };
    let audio = asked.sound.map(|synth| Arc::new(AudioData { rate, frames: ringing(synth(rate), rings * rate).into() }));
    let video = asked.picture.map(|picture| info(picture, path));
    let name = path.to_str().unwrap_or_default().as_bytes();
    let sound_secs = audio.as_ref().map_or(0.0, |a| a.frames.len() as f64 / rate);
    let info = MediaInfo {
        hash: blake3::hash(name).to_hex().to_string(),
        size: name.len() as u64,
        secs: sound_secs.max(video.as_ref().map_or(0.0, VideoInfo::secs)),
        audio: audio.as_ref().map(|_| (1, rate.round() as u32)),
        video,
        cues: Vec::new(),
        replaced: 0,
        notes: Vec::new(),
    };
    Ok(Media { info: Arc::new(info), audio })
}

/// A sound with silence behind it, so that it lasts `frames` at least.
fn ringing(sound: Box<[[f32; 2]]>, frames: f64) -> Box<[[f32; 2]]> {
    let mut sound = sound.into_vec();
    sound.resize(sound.len().max(frames.round() as usize), [0.0; 2]);
    sound.into()
}

/// The picture of a factory name.
pub(super) fn open(path: &Path) -> Result<(Picture, VideoInfo), MediaError> {
    let picture = parse(path)?.picture.ok_or_else(|| unknown(path.to_str().unwrap_or_default(), ""))?;
    Ok((picture, info(picture, path)))
}

fn info(picture: Picture, path: &Path) -> VideoInfo {
    let ((width, height), fps, frames) = match picture {
        Picture::Testcard => (TESTCARD_SIZE, (1, 1), 1),
        Picture::Clip(_) => (CLIP_SIZE, CLIP_FPS, CLIP_FRAMES),
        Picture::Glow(glow) => (CLIP_SIZE, CLIP_FPS, glow.frames()),
    };
    VideoInfo { path: PathBuf::from(path), width, height, fps, frames, codec: "factory".to_owned() }
}
