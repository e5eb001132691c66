//! Factory media: sounds and pictures made in code, so that a session plays without any file.
//!
//! A name is `factory:SOUND`, `factory:PICTURE` or `factory:SOUND|PICTURE`. The same name gives the same medium, to
//! the bit, on every run. Sounds of the [`KIT`], such as `factory:bd:2`, have a picture of their own.

mod exact;
mod glow;
mod kit;
mod picture;
mod sound;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

pub(super) use kit::words;
pub use kit::{Bank, KIT, about, kit};
pub use picture::{CLIP_FPS, CLIP_FRAMES, CLIP_SIZE, TESTCARD_SIZE, clip_colour, read_counter};
pub(super) use picture::{PICTURES, Picture};
use sound::SOUNDS;

use super::{AudioData, Media, MediaError, MediaInfo, VideoInfo};
use crate::name::did_you_mean;

/// What every factory name begins with.
pub const PREFIX: &str = "factory:";

/// Says whether a path names a factory medium.
#[must_use]
pub fn is_factory(path: &Path) -> bool {
    path.to_str().is_some_and(|p| p.starts_with(PREFIX))
}

/// The names of all factory sounds and pictures, without the prefix.
pub fn names() -> impl Iterator<Item = &'static str> {
    static KIT_NAMES: LazyLock<Vec<String>> = LazyLock::new(|| kit().map(|(_, asset)| asset[PREFIX.len()..].to_owned()).collect());
    let made = SOUNDS.iter().map(|(name, _)| *name).chain(PICTURES.iter().map(|(name, _)| *name));
    made.chain(KIT_NAMES.iter().map(String::as_str))
}

/// Whether one of a name's parts is a sound.
pub(super) fn is_sound(part: &str) -> bool {
    sound_of(part).is_some()
}

/// Whether one of a name's parts is a picture; `None` where it is a sound with a picture of its own, which nobody asked for.
pub(super) fn is_picture(part: &str) -> Option<bool> {
    match picture_of(part) {
        Some(Picture::Kit(_)) => None,
        found => Some(found.is_some()),
    }
}

/// Something that sounds.
#[derive(Clone, Copy)]
enum Sound {
    Plain(sound::Synth),
    Kit(&'static kit::Sound),
}

fn sound_of(part: &str) -> Option<Sound> {
    let plain = SOUNDS.iter().find(|(name, _)| *name == part).map(|(_, synth)| Sound::Plain(*synth));
    plain.or_else(|| kit::named(part).map(Sound::Kit))
}

fn picture_of(part: &str) -> Option<Picture> {
    // A name that was a sound alone before there was the kit stays one.
    if SOUNDS.iter().any(|(name, _)| *name == part) {
        return None;
    }
    let plain = PICTURES.iter().find(|(name, _)| *name == part).map(|(_, picture)| *picture);
    plain.or_else(|| kit::named(part).map(Picture::Kit))
}

/// What a factory name asks for.
struct Asked {
    sound: Option<Sound>,
    picture: Option<Picture>,
}

fn parse(path: &Path) -> Result<Asked, MediaError> {
    let written = path.to_str().unwrap_or_default();
    let parts = written.strip_prefix(PREFIX).unwrap_or_default();
    let (first, second) = parts.split_once('|').map_or((parts, None), |(first, second)| (first, Some(second)));
    let Some(second) = second else {
        let asked = Asked { sound: sound_of(first), picture: picture_of(first) };
        return if asked.sound.is_none() && asked.picture.is_none() { Err(unknown(written, first)) } else { Ok(asked) };
    };
    // The sound of the first and the picture of the second, or the other way round.
    let of = |sounds: &str, shows: &str| Some(Asked { sound: Some(sound_of(sounds)?), picture: Some(picture_of(shows)?) });
    let fault = |part: &str| sound_of(part).is_none() && picture_of(part).is_none();
    of(first, second).or_else(|| of(second, first)).ok_or_else(|| unknown(written, if fault(first) { first } else { second }))
}

fn unknown(written: &str, part: &str) -> MediaError {
    let list = |names: Vec<&str>| names.join(", ");
    MediaError::NoFactory {
        name: written.to_owned(),
        hint: Some(did_you_mean(part, names())).filter(|hint| !hint.is_empty()).unwrap_or_else(|| ".".to_owned()),
        sounds: list(SOUNDS.iter().map(|(name, _)| *name).chain(KIT.iter().map(|bank| bank.word).filter(|word| *word != "bass")).collect()),
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
    let frames = asked.sound.map(|sound| match sound {
        Sound::Plain(synth) => synth(rate),
        Sound::Kit(sound) => sound.render(rate),
    });
    let audio = frames.map(|frames| Arc::new(AudioData { rate, frames: ringing(frames, rings * rate).into() }));
    let video = asked.picture.map(|picture| info(picture, path));
    let name = path.to_str().unwrap_or_default().as_bytes();
    let sound_secs = audio.as_ref().map_or(0.0, |a| a.frames.len() as f64 / rate);
    let info = MediaInfo {
        hash: blake3::hash(name).to_hex().to_string(),
        size: name.len() as u64,
        secs: sound_secs.max(video.as_ref().map_or(0.0, VideoInfo::secs)),
        audio: audio.as_ref().map(|_| (if matches!(asked.sound, Some(Sound::Kit(_))) { 2 } else { 1 }, rate.round() as u32)),
        video,
        root: match asked.sound {
            Some(Sound::Kit(sound)) => sound.root,
            _ => None,
        },
        loops: None,
        cycle: None,
        font: None,
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
        Picture::Kit(sound) => (CLIP_SIZE, CLIP_FPS, sound.frames()),
    };
    VideoInfo { path: PathBuf::from(path), width, height, fps, frames, codec: "factory".to_owned() }
}
