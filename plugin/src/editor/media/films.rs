//! Strips of small pictures, held by the graphics card while they are seen.

use std::{collections::HashMap, sync::Arc};

use egui::{Color32, ColorImage, Painter, Rect, TextureHandle, TextureOptions, Ui, pos2};
use videotracker_engine::{engine::Engine, media::preview::Strip, name::Name};

/// Frames of the editor after which an unseen strip is let go.
const PATIENCE: u64 = 300;

/// The strips that are seen.
#[derive(Default)]
pub struct Films {
    held: HashMap<Name, Film>,
    now: u64,
}

struct Film {
    strip: Arc<Strip>,
    texture: TextureHandle,
    used: u64,
    /// The picture that stands for all.
    telling: usize,
}

/// The picture that stands for a strip: the middle one, or the brightest where that is hardly seen beside it.
fn telling(strip: &Strip) -> usize {
    let size = (strip.width as usize * strip.height as usize * 4).max(4);
    let light = |picture: &[u8]| {
        let seen = picture.as_chunks::<4>().0.iter().map(|[r, g, b, a]| (u64::from(*r) + u64::from(*g) + u64::from(*b)) * u64::from(*a));
        seen.sum::<u64>()
    };
    let lights: Vec<u64> = strip.rgba.chunks(size).map(light).collect();
    let (middle, brightest) = (lights.len() / 2, (0..lights.len()).max_by_key(|index| lights[*index]).unwrap_or(0));
    let dark = lights.get(middle).zip(lights.get(brightest)).is_some_and(|(middle, brightest)| middle * 4 < *brightest);
    if dark { brightest } else { middle }
}

impl std::fmt::Debug for Films {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Films({})", self.held.len())
    }
}

impl Films {
    /// Begins a frame of the editor.
    pub fn begin(&mut self) {
        self.now += 1;
        let now = self.now;
        self.held.retain(|_, film| now - film.used < PATIENCE);
    }

    /// How many pictures an asset's strip has, and their shape (width by height); `None` while there is none.
    pub fn look(&mut self, ui: &Ui, engine: &Engine, asset: &Name) -> Option<(usize, f32)> {
        let strip = engine.thumbnails(asset)?;
        let count = strip.frames.len();
        let (width, height) = (usize::try_from(strip.width).ok()?, usize::try_from(strip.height).ok()?);
        if count == 0 || strip.rgba.len() != width * height * count * 4 {
            return None;
        }
        let now = self.now;
        if let Some(film) = self.held.get_mut(asset).filter(|film| Arc::ptr_eq(&film.strip, &strip)) {
            film.used = now;
        } else {
            // The pictures lie one below the other, as the strip has them.
            let image = ColorImage::from_rgba_unmultiplied([width, height * count], &strip.rgba);
            let texture = ui.ctx().load_texture(format!("strip of {asset}"), image, TextureOptions::LINEAR);
            self.held.insert(asset.clone(), Film { telling: telling(&strip), strip: Arc::clone(&strip), texture, used: now });
        }
        #[allow(clippy::cast_precision_loss, reason = "small pictures")]
        let shape = width as f32 / height.max(1) as f32;
        Some((count, shape))
    }

    /// The picture of a strip that stands for all.
    #[must_use]
    pub fn telling(&self, asset: &Name) -> usize {
        self.held.get(asset).map_or(0, |film| film.telling)
    }

    /// Draws one picture of a strip that was looked at in this frame.
    #[allow(clippy::cast_precision_loss, reason = "small pictures")]
    pub fn draw(&self, painter: &Painter, asset: &Name, picture: usize, place: Rect) {
        let Some(film) = self.held.get(asset) else { return };
        let (count, height) = (film.strip.frames.len().max(1) as f32, film.strip.height.max(1) as f32);
        // Half a pixel from the edge, so that a neighbour does not bleed in.
        let (top, half) = (picture as f32 / count, 0.5 / (height * count));
        let uv = Rect::from_min_max(pos2(0.0, top + half), pos2(1.0, top + 1.0 / count - half));
        painter.image(film.texture.id(), place, uv, Color32::WHITE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_that_is_dark_in_the_middle_is_shown_by_its_brightest_picture() {
        let strip = |lights: &[[u8; 4]]| Strip { width: 1, height: 1, frames: (0..).take(lights.len()).collect(), rgba: lights.concat() };
        let (dark, clear, dim, bright) = ([0, 0, 0, 255], [255, 255, 255, 0], [90, 90, 90, 255], [255, 255, 255, 255]);
        for (lights, expected) in [
            (&[bright, dim, dark, dark][..], 0),
            (&[dark, bright, clear, dark], 1),
            (&[bright, dim, dim, dark], 2),
            (&[dark, dark, dark], 1),
            (&[dim], 0),
        ] {
            assert_eq!(telling(&strip(lights)), expected, "{lights:?}");
        }
    }
}
