//! How large the screen is, so that the window is not larger.

use egui::Vec2;

/// What a window manager puts around a window, in pixels of a screen at 100 %.
const FRAME: Vec2 = egui::vec2(8.0, 48.0);

/// The largest size of a window's content on a screen, in logical pixels.
#[must_use]
pub fn most(screen: Vec2, scale: f32) -> Vec2 {
    (screen / scale.max(0.1) - FRAME).max(Vec2::splat(64.0))
}

/// How large everything is drawn in a window of this size, so that all of it has its place: smaller where the window is smaller
/// than `smallest`, down to half.
#[must_use]
pub fn zoom(size: Vec2, smallest: Vec2) -> f32 {
    (size.x / smallest.x).min(size.y / smallest.y).clamp(0.5, 1.0)
}

/// The screen's size in pixels, where it can be asked for.
#[cfg(target_os = "linux")]
#[must_use]
pub fn size() -> Option<Vec2> {
    use x11rb::connection::Connection as _;
    let (connection, screen) = x11rb::rust_connection::RustConnection::connect(None).ok()?;
    let screen = connection.setup().roots.get(screen)?;
    Some(egui::vec2(f32::from(screen.width_in_pixels), f32::from(screen.height_in_pixels)))
}

/// The screen's size in pixels: elsewhere the system keeps windows on it.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub const fn size() -> Option<Vec2> {
    None
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn a_window_fits_its_screen_and_its_content_the_window() {
        let smallest = vec2(720.0, 480.0);
        for (screen, scale, size, drawn) in [
            (vec2(1920.0, 1080.0), 1.0, vec2(960.0, 640.0), 1.0),
            (vec2(1920.0, 1080.0), 2.0, vec2(952.0, 492.0), 1.0),
            (vec2(1280.0, 800.0), 2.0, vec2(632.0, 352.0), 352.0 / 480.0),
            (vec2(640.0, 480.0), 4.0, vec2(152.0, 72.0), 0.5),
        ] {
            let fitted = vec2(960.0, 640.0).min(most(screen, scale));
            assert_eq!((fitted, zoom(fitted, smallest)), (size, drawn), "{screen} at {scale}");
        }
    }
}
