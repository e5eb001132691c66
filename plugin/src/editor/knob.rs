//! A knob that moves a host parameter.

use egui::{Align2, FontId, Response, Sense, Stroke, Ui, Vec2, pos2, vec2};
use nice_plug::params::{FloatParam, Param};

use super::{host::HostControl, theme};

/// Sweep of a knob in radians, centred upwards.
const SWEEP: f32 = 1.5 * std::f32::consts::PI;
/// Pixels of drag from one end to the other.
const TRAVEL: f32 = 160.0;

/// Shows a knob with a caption and its value. Drag up and down (Shift for fine), double-click for the default.
pub fn knob(ui: &mut Ui, host: &HostControl, param: &FloatParam, caption: &str, value: &str, size: Vec2) -> Response {
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    if response.drag_started() {
        host.begin(param);
        ui.data_mut(|data| data.insert_temp(response.id, param.unmodulated_normalized_value()));
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
        let moved = (response.drag_delta().x - response.drag_delta().y) / TRAVEL * fine;
        // The host may answer late: the hand's position is kept here.
        let held = ui.data(|data| data.get_temp(response.id)).unwrap_or_else(|| param.unmodulated_normalized_value());
        let next = (held + moved).clamp(0.0, 1.0);
        ui.data_mut(|data| data.insert_temp(response.id, next));
        host.set(param, param.preview_plain(next));
        response.mark_changed();
    }
    if response.drag_stopped() {
        host.end(param);
    }
    if response.double_clicked() {
        host.begin(param);
        host.set(param, param.default_plain_value());
        host.end(param);
    }
    paint(ui, rect, &response, param.modulated_normalized_value(), caption, value);
    response
}

fn paint(ui: &Ui, rect: egui::Rect, response: &Response, amount: f32, caption: &str, value: &str) {
    let painter = ui.painter();
    let held = response.hovered() || response.dragged();
    if held {
        painter.rect_filled(rect, 6.0, theme::RAISED);
    }
    let radius = ((rect.height() - 38.0) / 2.0).clamp(8.0, 22.0);
    let centre = pos2(rect.center().x, rect.top() + 6.0 + radius);
    let point = |share: f32, radius: f32| {
        let angle = share.mul_add(SWEEP, -SWEEP / 2.0);
        centre + vec2(angle.sin(), -angle.cos()) * radius
    };
    let arc = |to: f32| (0..=24_u8).map(|step| point(to * f32::from(step) / 24.0, radius)).collect::<Vec<_>>();
    painter.add(egui::Shape::line(arc(1.0), Stroke::new(3.0, if held { theme::HOVER } else { theme::RAISED })));
    if amount > 0.001 {
        painter.add(egui::Shape::line(arc(amount), Stroke::new(3.0, theme::ACCENT)));
    }
    painter.line_segment([point(amount, radius * 0.35), point(amount, radius * 0.72)], Stroke::new(2.0, theme::TEXT));
    let at = |y: f32| pos2(rect.center().x, rect.bottom() - y);
    let clip = painter.with_clip_rect(rect);
    clip.text(at(17.0), Align2::CENTER_BOTTOM, caption, FontId::proportional(11.5), *theme::TEXT);
    clip.text(at(3.0), Align2::CENTER_BOTTOM, value, FontId::proportional(10.5), *theme::WEAK);
}
