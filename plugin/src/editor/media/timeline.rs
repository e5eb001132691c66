//! The time line of the chosen asset: ruler, film strip, waveform, the region a sampler plays, and what plays now.
//! The wheel zooms, the hand moves; an edge of the region can be taken at its handle.

use egui::{Align2, Color32, CursorIcon, FontId, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use videotracker_engine::{
    engine::{AssetFacts, Engine},
    media::{AudioData, preview::Waveform},
    name::Name,
};

use super::{super::theme, axis::Axis, films::Films, region::Region, texts, wave};

/// Height of the ruler.
const RULER: f32 = 16.0;
/// Height of the film strip, where there is a waveform below it.
const STRIP: f32 = 36.0;
/// How near to a handle takes it.
const REACH: f32 = 6.0;
/// Fewest frames of sound that are seen.
const FEWEST: f64 = 8.0;

/// What is held by the hand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Held {
    #[default]
    Nothing,
    /// The view.
    View,
    /// An edge of the region, and where it is now.
    Edge(usize, f64),
}

/// What is shown of one asset.
#[derive(Debug, Default)]
pub struct Timeline {
    shown: Option<(Name, Axis)>,
    held: Held,
}

/// What a time line shows.
pub struct Shown<'a> {
    /// The asset.
    pub asset: &'a Name,
    /// What is known of it.
    pub facts: &'a AssetFacts,
    /// The region that is played.
    pub region: Option<Region>,
    /// Moments that play now, with their levels.
    pub playing: Vec<(f64, f32)>,
}

impl Timeline {
    /// Shows it; an edge that was let go of, and where, as a share of the medium.
    pub fn show(&mut self, ui: &mut Ui, engine: &Engine, films: &mut Films, shown: &Shown<'_>) -> Option<(usize, f64)> {
        let (place, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("time line of {}", shown.asset)));
        let sound = engine.waveform(shown.asset);
        let secs = shown.facts.secs;
        if secs <= 0.0 {
            self.held = Held::Nothing;
            still(ui, engine, films, shown, place);
            return None;
        }
        let mut axis = match &self.shown {
            Some((asset, axis)) if asset == shown.asset => *axis,
            _ => Axis::whole(secs),
        };
        let line = Line { ui, place, axis, secs, frame: frame_secs(shown.facts, sound.as_ref().map(|(_, sound)| &**sound)) };
        axis = line.wheel(&response);
        let line = Line { axis, ..line };
        let (moved, let_go) = self.hand(&line, &response, shown.region.as_ref());
        let line = Line { axis: moved, ..line };
        self.shown = Some((shown.asset.clone(), line.axis));
        line.draw(
            engine,
            films,
            shown,
            sound.as_ref().map(|(waveform, sound)| (&**waveform, &**sound)),
            self.region_now(shown.region.clone()),
        );
        line.readout(&response, shown.facts);
        let_go
    }

    /// The region with the edge that is held where the hand is.
    fn region_now(&self, region: Option<Region>) -> Option<Region> {
        let mut region = region?;
        if let Held::Edge(edge, at) = self.held {
            region.edges[edge] = at;
        }
        Some(region)
    }

    fn hand(&mut self, line: &Line<'_>, response: &Response, region: Option<&Region>) -> (Axis, Option<(usize, f64)>) {
        let mut axis = line.axis;
        let near = |at: Pos2| {
            let edges = region?.edges;
            let apart = |edge: usize| (line.x(edges[edge] * line.secs) - at.x).abs();
            let nearest = if apart(1) <= apart(0) { 1 } else { 0 };
            (apart(nearest) <= REACH && at.y > line.place.top()).then_some((nearest, edges[nearest]))
        };
        if response.drag_started() {
            // The press counts, not where the hand has come to since.
            let at = line.ui.input(|input| input.pointer.press_origin());
            self.held = at.and_then(near).map_or(Held::View, |(edge, at)| Held::Edge(edge, at));
        }
        let mut let_go = None;
        match &mut self.held {
            Held::View if response.dragged() => {
                axis = axis.moved(-f64::from(response.drag_delta().x / line.place.width()) * axis.span(), line.secs);
            }
            Held::Edge(_, at) if response.dragged() => {
                if let Some(pointer) = response.interact_pointer_pos() {
                    *at = (line.snapped(line.secs_at(pointer.x)) / line.secs).clamp(0.0, 1.0);
                }
            }
            Held::Edge(edge, at) if response.drag_stopped() => let_go = Some((*edge, *at)),
            _ => {}
        }
        if !response.dragged() {
            self.held = Held::Nothing;
        }
        if response.double_clicked() {
            axis = Axis::whole(line.secs);
        }
        let over = response.hover_pos().and_then(near).is_some() || matches!(self.held, Held::Edge(..));
        if over {
            line.ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        } else if self.held == Held::View {
            line.ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        }
        (axis, let_go)
    }
}

/// Seconds of the finest thing that can be told apart: a frame of sound, else of the film.
fn frame_secs(facts: &AssetFacts, sound: Option<&AudioData>) -> f64 {
    match (sound, facts.fps) {
        (Some(sound), _) => 1.0 / sound.rate.max(1.0),
        (None, Some((num, den))) => f64::from(den) / f64::from(num.max(1)),
        (None, None) => 1e-3,
    }
}

/// A still has no time: it is shown as it is.
fn still(ui: &Ui, engine: &Engine, films: &mut Films, shown: &Shown<'_>, place: Rect) {
    if let Some((_, shape)) = films.look(ui, engine, shown.asset) {
        let height = place.height().min(place.width() / shape);
        films.draw(ui.painter(), shown.asset, 0, Rect::from_min_size(place.min, vec2(height * shape, height)));
    }
}

/// A time line on the screen.
struct Line<'u> {
    ui: &'u Ui,
    place: Rect,
    axis: Axis,
    secs: f64,
    frame: f64,
}

impl Line<'_> {
    #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
    fn x(&self, secs: f64) -> f32 {
        (f64::from(self.place.left()) + self.axis.share(secs) * f64::from(self.place.width())) as f32
    }

    fn secs_at(&self, x: f32) -> f64 {
        self.axis.at(f64::from((x - self.place.left()) / self.place.width().max(1.0)))
    }

    /// The frame's edge next to a moment.
    fn snapped(&self, secs: f64) -> f64 {
        (secs / self.frame).round() * self.frame
    }

    fn wheel(&self, response: &Response) -> Axis {
        let Some(pointer) = response.hover_pos() else { return self.axis };
        let (wheel, pinch) = self.ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
        let mut axis = self.axis;
        let share = self.axis.share(self.secs_at(pointer.x));
        let factor = 1.006f64.powf(-f64::from(wheel.y)) / f64::from(pinch.max(0.01));
        if (factor - 1.0).abs() > 1e-6 {
            axis = axis.zoomed(share, factor, self.secs, FEWEST * self.frame);
        }
        axis.moved(-f64::from(wheel.x / self.place.width()) * axis.span(), self.secs)
    }

    fn draw(&self, engine: &Engine, films: &mut Films, shown: &Shown<'_>, sound: Option<(&Waveform, &AudioData)>, region: Option<Region>) {
        let painter = self.ui.painter().with_clip_rect(self.place.intersect(self.ui.clip_rect()));
        let below = self.place.with_min_y(self.place.top() + RULER);
        painter.rect_filled(below, 4.0, theme::WELL);
        self.ruler();
        let film = films.look(self.ui, engine, shown.asset);
        let strip = match (film, sound) {
            (Some(_), Some(_)) => below.with_max_y(below.top() + STRIP.min(below.height() / 2.0)),
            (Some(_), None) => below,
            (None, _) => below.with_max_y(below.top()),
        };
        if let Some((count, shape)) = film {
            self.strip(films, shown.asset, strip, count, shape);
        }
        if let Some((waveform, sound)) = sound {
            let lanes = if shown.facts.sound.is_some_and(|(channels, _)| channels > 1) { 2 } else { 1 };
            let frames = (self.axis.from * sound.rate, self.axis.to * sound.rate);
            let room = below.with_min_y(strip.bottom() + if film.is_some() { 3.0 } else { 0.0 });
            wave::lanes(self.ui, room, waveform, sound, frames, lanes, theme::ACCENT.gamma_multiply(0.85));
        } else if shown.facts.sound.is_some() && film.is_none() {
            painter.text(below.center(), Align2::CENTER_CENTER, "drawing the waveform …", FontId::proportional(11.0), *theme::WEAK);
        }
        if let Some(region) = region {
            self.region(&painter, below, &region);
        }
        for (moment, level) in &shown.playing {
            let colour = theme::TEXT.gamma_multiply(level.clamp(0.25, 1.0));
            painter.vline(self.x(*moment), below.y_range(), Stroke::new(1.5, colour));
        }
    }

    fn ruler(&self) {
        let painter = self.ui.painter().with_clip_rect(self.place.intersect(self.ui.clip_rect()));
        let step = self.axis.step(f64::from(self.place.width()) / 84.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few places")]
        let places = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
        let mut mark = (self.axis.from / step).ceil() * step;
        while mark <= self.axis.to {
            let x = self.x(mark);
            painter.vline(x, self.place.top() + RULER - 5.0..=self.place.top() + RULER, Stroke::new(1.0, theme::GUTTER));
            let text = texts::moment(mark, places);
            painter.text(pos2(x + 4.0, self.place.top()), Align2::LEFT_TOP, text, FontId::proportional(10.5), *theme::WEAK);
            mark += step;
        }
    }

    /// The film: side by side the pictures nearest to the moments they stand at.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "points on a screen")]
    fn strip(&self, films: &Films, asset: &Name, place: Rect, count: usize, shape: f32) {
        let height = place.height().min(place.width() / shape);
        let tile = (height * shape).max(8.0);
        let clipped = self.ui.painter().with_clip_rect(place.intersect(self.ui.clip_rect()));
        let tiles = (place.width() / tile).ceil() as usize;
        for index in 0..tiles {
            let left = place.left() + index as f32 * tile;
            let room = Rect::from_min_size(pos2(left, place.top()), vec2(tile, height));
            let share = (self.secs_at(room.center().x) / self.secs).clamp(0.0, 0.999_999);
            films.draw(&clipped, asset, (share * count as f64) as usize, room.shrink2(vec2(0.5, 0.0)));
        }
    }

    fn region(&self, painter: &egui::Painter, below: Rect, region: &Region) {
        let [start, end] = region.edges.map(|edge| self.x(edge * self.secs));
        let veil = Color32::from_black_alpha(140);
        painter.rect_filled(below.with_max_x(start.clamp(below.left(), below.right())), 0.0, veil);
        painter.rect_filled(below.with_min_x(end.clamp(below.left(), below.right())), 0.0, veil);
        let cuts: Vec<f32> = region.cuts().into_iter().map(|cut| self.x(cut * self.secs)).collect();
        for (slice, x) in cuts.iter().enumerate() {
            painter.vline(*x, below.y_range(), Stroke::new(1.0, theme::WARN.gamma_multiply(0.55)));
            let next = cuts.get(slice + 1).copied().unwrap_or_else(|| self.x(self.secs));
            if next - x >= 16.0 {
                let at = pos2(x + 3.0, below.bottom() - 2.0);
                painter.text(at, Align2::LEFT_BOTTOM, slice, FontId::proportional(10.0), *theme::WARN);
            }
        }
        for (x, inwards) in [(start, 1.0_f32), (end, -1.0)] {
            // Inside, so that it is seen at the ends of the medium too.
            let x = x + inwards * 0.75;
            painter.vline(x, below.y_range(), Stroke::new(1.5, theme::WARN));
            let flag = vec![pos2(x, below.top()), pos2(x + inwards * 7.0, below.top()), pos2(x, below.top() + 9.0)];
            painter.add(egui::Shape::convex_polygon(flag, theme::WARN, Stroke::NONE));
        }
    }

    /// Where the pointer is: time, frame of sound, picture of the film.
    fn readout(&self, response: &Response, facts: &AssetFacts) {
        let Some(pointer) = response.hover_pos() else { return };
        let moment = self.secs_at(pointer.x).clamp(0.0, self.secs);
        let painter = self.ui.painter();
        painter.vline(pointer.x, self.place.top() + RULER..=self.place.bottom(), Stroke::new(1.0, theme::GUTTER));
        let mut text = texts::moment(moment, 4);
        if facts.sound.is_some() {
            text.push_str(&format!(" · frame {:.0}", (moment / self.frame).floor()));
        }
        if let Some((num, den)) = facts.fps {
            text.push_str(&format!(" · picture {:.0}", (moment * f64::from(num) / f64::from(den.max(1))).floor()));
        }
        let galley = painter.layout_no_wrap(text, FontId::proportional(10.5), *theme::TEXT);
        let left = (pointer.x + 8.0).min(self.place.right() - galley.size().x - 4.0).max(self.place.left());
        let at = pos2(left, self.place.top() + RULER + 4.0);
        painter.rect_filled(Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0)), 3.0, theme::PANEL.gamma_multiply(0.92));
        painter.galley(at, galley, *theme::TEXT);
    }
}
