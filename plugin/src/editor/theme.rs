//! Colours, letters and spacing of the editor: calm, dark, one accent.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals};

/// Behind everything.
pub const GROUND: Color32 = Color32::from_rgb(0x12, 0x14, 0x18);
/// Behind code and the console.
pub const WELL: Color32 = Color32::from_rgb(0x16, 0x19, 0x1f);
/// Bars and side panels.
pub const PANEL: Color32 = Color32::from_rgb(0x1b, 0x1f, 0x26);
/// Things to press.
pub const RAISED: Color32 = Color32::from_rgb(0x26, 0x2b, 0x35);
/// Things under the pointer.
pub const HOVER: Color32 = Color32::from_rgb(0x30, 0x37, 0x43);
/// Fine lines.
pub const LINE: Color32 = Color32::from_rgb(0x2a, 0x2f, 0x39);
/// Text.
pub const TEXT: Color32 = Color32::from_rgb(0xd6, 0xda, 0xe3);
/// Text that steps back; still 4.5:1 on [`PANEL`].
pub const WEAK: Color32 = Color32::from_rgb(0x8b, 0x94, 0xa8);
/// Line numbers.
pub const GUTTER: Color32 = Color32::from_rgb(0x5c, 0x65, 0x77);
/// What is on, moves or is chosen.
pub const ACCENT: Color32 = Color32::from_rgb(0x74, 0xcf, 0xbd);
/// Warnings.
pub const WARN: Color32 = Color32::from_rgb(0xe8, 0xb7, 0x64);
/// Errors.
pub const ERROR: Color32 = Color32::from_rgb(0xee, 0x7d, 0x85);

/// Comments of a script.
pub const COMMENT: Color32 = Color32::from_rgb(0x82, 0x8c, 0xa0);
/// Texts of a script.
pub const STRING: Color32 = Color32::from_rgb(0xa2, 0xd2, 0x9c);
/// Numbers of a script.
pub const NUMBER: Color32 = Color32::from_rgb(0xe8, 0xb7, 0x7c);
/// Lua's own words.
pub const KEYWORD: Color32 = Color32::from_rgb(0xb9, 0xa3, 0xee);
/// Brackets, commas and the like.
pub const PUNCTUATION: Color32 = Color32::from_rgb(0x9a, 0xa4, 0xb8);
/// Words of the pattern language, and whatever else is called.
pub const FUNCTION: Color32 = Color32::from_rgb(0x86, 0xbd, 0xee);
/// Functions of the session.
pub const SPECIAL: Color32 = Color32::from_rgb(0xe5, 0xa3, 0xc2);

/// Sets the editor's style once, when its window opens.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(|style| {
        style.visuals = visuals();
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(10.0, 4.0);
        style.spacing.interact_size.y = 24.0;
        style.spacing.scroll.bar_width = 8.0;
        style.interaction.selectable_labels = false;
        style.text_styles = [
            (TextStyle::Small, FontId::new(11.0, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(13.0, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(13.0, FontFamily::Proportional)),
            (TextStyle::Heading, FontId::new(16.0, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
        ]
        .into();
    });
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.override_text_color = Some(TEXT);
    visuals.weak_text_color = Some(WEAK);
    visuals.panel_fill = GROUND;
    visuals.window_fill = PANEL;
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.extreme_bg_color = WELL;
    visuals.faint_bg_color = PANEL;
    visuals.code_bg_color = WELL;
    visuals.warn_fg_color = WARN;
    visuals.error_fg_color = ERROR;
    visuals.selection.bg_fill = Color32::from_rgb(0x2f, 0x4f, 0x52);
    visuals.selection.stroke = Stroke::new(1.0, ACCENT);
    visuals.text_cursor.stroke = Stroke::new(1.5, ACCENT);
    let round = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (widget, fill, line) in [
        (&mut widgets.noninteractive, PANEL, LINE),
        (&mut widgets.inactive, RAISED, Color32::TRANSPARENT),
        (&mut widgets.hovered, HOVER, LINE),
        (&mut widgets.active, HOVER, ACCENT),
        (&mut widgets.open, HOVER, LINE),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.0, TEXT);
        widget.corner_radius = round;
        widget.expansion = 0.0;
    }
    visuals
}

/// A bar or side panel.
pub fn bar() -> egui::Frame {
    egui::Frame::new().fill(PANEL).inner_margin(Margin::symmetric(10, 6))
}

/// The place of code and console.
pub fn well() -> egui::Frame {
    egui::Frame::new().fill(WELL)
}

/// Takes the frames off text fields from here on: the cursor shows where the keys go.
pub fn frameless(ui: &mut egui::Ui) {
    let visuals = ui.visuals_mut();
    // The selection's stroke is the frame of a field that has the keys, and the colour of selected letters.
    visuals.selection.stroke = Stroke::new(0.0, TEXT);
    for widget in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active] {
        widget.bg_stroke = Stroke::NONE;
    }
}
