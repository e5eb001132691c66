//! Fields whose value counts once the hand lets go, so that one gesture is one step of undo.

use std::ops::RangeInclusive;

use egui::{DragValue, FontId, Key, Role, TextEdit, Ui, WidgetInfo};

/// A whole number that is dragged or typed; what it became, once that is settled.
pub fn number(ui: &mut Ui, name: &str, hint: &str, around: (&str, &str), now: f64, range: RangeInclusive<f64>) -> Option<f64> {
    let id = ui.scope_id().with(("field", name));
    let mut value = ui.data(|data| data.get_temp::<f64>(id)).unwrap_or(now);
    let field = DragValue::new(&mut value).range(range).speed(0.1).max_decimals(0).update_while_editing(false);
    let response = ui.add(field.prefix(around.0.to_owned()).suffix(around.1.to_owned()));
    response.widget_info(|| WidgetInfo { label: Some(name.to_owned()), ..WidgetInfo::drag_value(true, value) });
    let (dragged, stopped, changed) = (response.dragged(), response.drag_stopped(), response.changed());
    response.on_hover_text(format!("{name}\n{hint}"));
    if dragged && !stopped {
        ui.data_mut(|data| data.insert_temp(id, value));
        return None;
    }
    ui.data_mut(|data| data.remove_temp::<f64>(id));
    let value = value.round();
    ((stopped || changed) && (value - now).abs() > 0.5).then_some(value)
}

/// A short text; what was written, once the field is left or Enter pressed, where it is another.
pub fn text(ui: &mut Ui, name: &str, hint: &str, width: f32, now: &str) -> Option<String> {
    let id = ui.scope_id().with(("field", name));
    let mut written = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| now.to_owned());
    let field = TextEdit::singleline(&mut written).id(id).desired_width(width).font(FontId::monospace(12.0)).char_limit(32);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo {
        label: Some(name.to_owned()),
        current_text_value: Some(written.clone()),
        ..WidgetInfo::new(Role::TextInput)
    });
    let given_up = ui.input(|input| input.key_pressed(Key::Escape));
    let (has, lost) = (response.has_focus(), response.lost_focus());
    response.on_hover_text(format!("{name}\n{hint}"));
    if has && !lost {
        ui.data_mut(|data| data.insert_temp(id, written));
        return None;
    }
    ui.data_mut(|data| data.remove_temp::<String>(id));
    (lost && !given_up && written.trim() != now).then(|| written.trim().to_owned())
}
