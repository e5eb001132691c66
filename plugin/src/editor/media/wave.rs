//! Waveforms, drawn from the pyramid of peaks; where frames lie apart, from the frames themselves.

use egui::{Color32, Mesh, Pos2, Rect, Shape, Stroke, Ui, pos2};
use videotracker_engine::media::{AudioData, preview::Waveform};

/// Distance from which on each frame gets a dot, in points.
const DOTS: f64 = 5.0;

/// Draws the frames `from` to `to` over a place, in one lane for each channel of `lanes` (the first stands for both where
/// there is one).
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points on a screen")]
pub fn lanes(ui: &Ui, place: Rect, waveform: &Waveform, sound: &AudioData, (from, to): (f64, f64), lanes: usize, colour: Color32) {
    let columns = place.width().floor().max(1.0) as usize;
    let lanes = lanes.clamp(1, 2);
    let height = place.height() / lanes as f32;
    let lane =
        |channel: usize| Rect::from_min_size(pos2(place.left(), place.top() + height * channel as f32), egui::vec2(place.width(), height));
    if (to - from) < columns as f64 {
        for channel in 0..lanes {
            frames(ui, lane(channel).shrink2(egui::vec2(0.0, 1.0)), sound, (from, to), channel, colour);
        }
        return;
    }
    let peaks = waveform.peaks(sound, from, to, columns);
    let mut mesh = Mesh::default();
    for channel in 0..lanes {
        let lane = lane(channel).shrink2(egui::vec2(0.0, 1.0));
        let y = |value: f32| lane.center().y - value.clamp(-1.0, 1.0) * lane.height() / 2.0;
        for (column, peak) in peaks.iter().enumerate() {
            let x = place.left() + column as f32;
            // Silence is a fine line.
            let (top, bottom) = (y(peak.max[channel]).min(y(0.0)), y(peak.min[channel]).max(y(0.0)));
            let middle = (top + bottom) / 2.0;
            let half = ((bottom - top) / 2.0).max(0.5);
            mesh.add_colored_rect(Rect::from_min_max(pos2(x, middle - half), pos2(x + 1.0, middle + half)), colour);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// Draws frames that lie a point apart or more: a line from one to the next, and a dot for each where there is room.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points on a screen")]
fn frames(ui: &Ui, lane: Rect, sound: &AudioData, (from, to): (f64, f64), channel: usize, colour: Color32) {
    let apart = f64::from(lane.width()) / (to - from).max(1e-9);
    let first = (from - 1.0).floor().max(0.0) as usize;
    let last = ((to + 2.0).ceil().max(0.0) as usize).min(sound.frames.len());
    // Long sounds lie on disk.
    let mut shown = vec![[0.0; 2]; last.saturating_sub(first)];
    if sound.frames.read(first, &mut shown).is_none() {
        shown.clear();
    }
    let points: Vec<Pos2> = shown
        .iter()
        .enumerate()
        .map(|(index, frame)| {
            let x = f64::from(lane.left()) + ((first + index) as f64 - from) * apart;
            pos2(x as f32, lane.center().y - frame[channel].clamp(-1.0, 1.0) * lane.height() / 2.0)
        })
        .collect();
    let painter = ui.painter().with_clip_rect(lane.expand(2.0).intersect(ui.clip_rect()));
    if apart >= DOTS {
        painter.hline(lane.x_range(), lane.center().y, Stroke::new(1.0, colour.gamma_multiply(0.35)));
        for point in &points {
            painter.circle_filled(*point, 2.0, colour);
        }
    }
    painter.add(Shape::line(points, Stroke::new(1.2, colour)));
}
