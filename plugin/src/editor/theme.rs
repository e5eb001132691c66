//! Colours, letters and spacing of the editor: calm, with one accent, in the theme that the user has chosen.

use std::{
    ops::Deref,
    sync::atomic::{AtomicU8, Ordering},
};

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals};

use crate::settings::Theme;

/// A colour of the chosen theme, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint(usize);

/// Behind everything.
pub const GROUND: Tint = Tint(0);
/// Behind code and the console.
pub const WELL: Tint = Tint(1);
/// Bars and side panels.
pub const PANEL: Tint = Tint(2);
/// Things to press.
pub const RAISED: Tint = Tint(3);
/// Things under the pointer.
pub const HOVER: Tint = Tint(4);
/// Fine lines.
pub const LINE: Tint = Tint(5);
/// Behind letters that are selected.
pub const SELECTION: Tint = Tint(6);
/// Text.
pub const TEXT: Tint = Tint(7);
/// Text that steps back.
pub const WEAK: Tint = Tint(8);
/// Line numbers.
pub const GUTTER: Tint = Tint(9);
/// What is on, moves or is chosen.
pub const ACCENT: Tint = Tint(10);
/// Warnings.
pub const WARN: Tint = Tint(11);
/// Errors.
pub const ERROR: Tint = Tint(12);
/// Comments of a script.
pub const COMMENT: Tint = Tint(13);
/// Texts of a script.
pub const STRING: Tint = Tint(14);
/// Numbers of a script.
pub const NUMBER: Tint = Tint(15);
/// Lua's own words.
pub const KEYWORD: Tint = Tint(16);
/// Brackets, commas and the like.
pub const PUNCTUATION: Tint = Tint(17);
/// Words of the pattern language, and whatever else is called.
pub const FUNCTION: Tint = Tint(18);
/// Functions of the session.
pub const SPECIAL: Tint = Tint(19);

/// How many colours a theme has.
const COLOURS: usize = 20;

/// The colours of each theme, in the order of their constants. What letters are written in is legible on what is behind them: a test
/// holds that.
static THEMES: [[Color32; COLOURS]; 3] = [
    [
        Color32::from_rgb(0x12, 0x14, 0x18),
        Color32::from_rgb(0x16, 0x19, 0x1f),
        Color32::from_rgb(0x1b, 0x1f, 0x26),
        Color32::from_rgb(0x26, 0x2b, 0x35),
        Color32::from_rgb(0x30, 0x37, 0x43),
        Color32::from_rgb(0x2a, 0x2f, 0x39),
        Color32::from_rgb(0x2f, 0x4f, 0x52),
        Color32::from_rgb(0xd6, 0xda, 0xe3),
        Color32::from_rgb(0x9a, 0xa3, 0xb6),
        Color32::from_rgb(0x7e, 0x88, 0x9b),
        Color32::from_rgb(0x74, 0xcf, 0xbd),
        Color32::from_rgb(0xe8, 0xb7, 0x64),
        Color32::from_rgb(0xee, 0x7d, 0x85),
        Color32::from_rgb(0x8b, 0x95, 0xa9),
        Color32::from_rgb(0xa2, 0xd2, 0x9c),
        Color32::from_rgb(0xe8, 0xb7, 0x7c),
        Color32::from_rgb(0xb9, 0xa3, 0xee),
        Color32::from_rgb(0x9a, 0xa4, 0xb8),
        Color32::from_rgb(0x86, 0xbd, 0xee),
        Color32::from_rgb(0xe5, 0xa3, 0xc2),
    ],
    [
        Color32::from_rgb(0xe9, 0xeb, 0xef),
        Color32::from_rgb(0xfb, 0xfb, 0xfc),
        Color32::from_rgb(0xf1, 0xf2, 0xf5),
        Color32::from_rgb(0xdf, 0xe3, 0xea),
        Color32::from_rgb(0xd2, 0xd7, 0xe0),
        Color32::from_rgb(0xc3, 0xc9, 0xd4),
        Color32::from_rgb(0xb5, 0xdc, 0xd6),
        Color32::from_rgb(0x1b, 0x1f, 0x27),
        Color32::from_rgb(0x4a, 0x53, 0x64),
        Color32::from_rgb(0x63, 0x6c, 0x7d),
        Color32::from_rgb(0x00, 0x59, 0x4d),
        Color32::from_rgb(0x6e, 0x43, 0x00),
        Color32::from_rgb(0x9c, 0x1c, 0x2a),
        Color32::from_rgb(0x5a, 0x63, 0x74),
        Color32::from_rgb(0x2a, 0x61, 0x22),
        Color32::from_rgb(0x84, 0x44, 0x0a),
        Color32::from_rgb(0x5d, 0x33, 0xae),
        Color32::from_rgb(0x4d, 0x56, 0x66),
        Color32::from_rgb(0x1a, 0x55, 0x96),
        Color32::from_rgb(0x92, 0x24, 0x5f),
    ],
    [
        Color32::from_rgb(0x00, 0x00, 0x00),
        Color32::from_rgb(0x00, 0x00, 0x00),
        Color32::from_rgb(0x0a, 0x0a, 0x0a),
        Color32::from_rgb(0x1e, 0x1e, 0x1e),
        Color32::from_rgb(0x2c, 0x2c, 0x2c),
        Color32::from_rgb(0x7a, 0x7a, 0x7a),
        Color32::from_rgb(0x00, 0x47, 0x3f),
        Color32::from_rgb(0xff, 0xff, 0xff),
        Color32::from_rgb(0xd2, 0xd2, 0xd2),
        Color32::from_rgb(0xb4, 0xb4, 0xb4),
        Color32::from_rgb(0x4d, 0xff, 0xe1),
        Color32::from_rgb(0xff, 0xd2, 0x3f),
        Color32::from_rgb(0xff, 0xa3, 0xa3),
        Color32::from_rgb(0xbe, 0xbe, 0xbe),
        Color32::from_rgb(0x9d, 0xff, 0x8a),
        Color32::from_rgb(0xff, 0xc4, 0x6b),
        Color32::from_rgb(0xd7, 0xbc, 0xff),
        Color32::from_rgb(0xe0, 0xe0, 0xe0),
        Color32::from_rgb(0x8f, 0xd0, 0xff),
        Color32::from_rgb(0xff, 0x9f, 0xd8),
    ],
];

/// The chosen theme, for every window of the process: it is the user's, not a session's.
static CHOSEN: AtomicU8 = AtomicU8::new(Theme::Dark as u8);

/// The chosen theme.
#[must_use]
pub fn chosen() -> Theme {
    let number = CHOSEN.load(Ordering::Relaxed);
    Theme::ALL.into_iter().find(|theme| *theme as u8 == number).unwrap_or_default()
}

/// Chooses a theme; each window takes it up with [`apply`].
pub fn choose(theme: Theme) {
    CHOSEN.store(theme as u8, Ordering::Relaxed);
}

impl Tint {
    const fn in_theme(self, theme: Theme) -> &'static Color32 {
        &THEMES[theme as usize][self.0]
    }
}

impl Deref for Tint {
    type Target = Color32;

    fn deref(&self) -> &Color32 {
        self.in_theme(chosen())
    }
}

impl From<Tint> for Color32 {
    fn from(tint: Tint) -> Self {
        *tint
    }
}

/// Sets the editor's style, when its window opens and when another theme was chosen.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(if chosen() == Theme::Light { egui::Theme::Light } else { egui::Theme::Dark });
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
    let mut visuals = if chosen() == Theme::Light { Visuals::light() } else { Visuals::dark() };
    visuals.override_text_color = Some(*TEXT);
    visuals.weak_text_color = Some(*WEAK);
    visuals.panel_fill = *GROUND;
    visuals.window_fill = *PANEL;
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.extreme_bg_color = *WELL;
    visuals.faint_bg_color = *PANEL;
    visuals.code_bg_color = *WELL;
    visuals.warn_fg_color = *WARN;
    visuals.error_fg_color = *ERROR;
    visuals.selection.bg_fill = *SELECTION;
    visuals.selection.stroke = Stroke::new(1.0, ACCENT);
    visuals.text_cursor.stroke = Stroke::new(1.5, ACCENT);
    let round = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (widget, fill, line) in [
        (&mut widgets.noninteractive, *PANEL, *LINE),
        (&mut widgets.inactive, *RAISED, Color32::TRANSPARENT),
        (&mut widgets.hovered, *HOVER, *LINE),
        (&mut widgets.active, *HOVER, *ACCENT),
        (&mut widgets.open, *HOVER, *LINE),
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
    egui::Frame::new().fill(*PANEL).inner_margin(Margin::symmetric(10, 6))
}

/// The place of code and console.
pub fn well() -> egui::Frame {
    egui::Frame::new().fill(*WELL)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours, as the Web Content Accessibility Guidelines (2.1, "contrast ratio") define it.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let light =
            |colour: Color32| 0.0722f64.mul_add(linear(colour.b()), 0.2126f64.mul_add(linear(colour.r()), 0.7152 * linear(colour.g())));
        let (one, other) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn letters_are_legible_in_every_theme() {
        let written = [TEXT, WEAK, ACCENT, WARN, ERROR];
        let code = [GUTTER, COMMENT, STRING, NUMBER, KEYWORD, PUNCTUATION, FUNCTION, SPECIAL];
        let plain = written.into_iter().flat_map(|letters| [GROUND, WELL, PANEL, RAISED, HOVER].map(|behind| (letters, behind)));
        let lit = [ACCENT, WARN, ERROR].map(|behind| (GROUND, behind));
        let pairs: Vec<(Tint, Tint)> = plain.chain(code.map(|letters| (letters, WELL))).chain(lit).chain([(TEXT, SELECTION)]).collect();
        for theme in Theme::ALL {
            let least = if theme == Theme::Stage { 7.0 } else { 4.5 };
            for (letters, behind) in &pairs {
                let found = contrast(*letters.in_theme(theme), *behind.in_theme(theme));
                assert!(found >= least, "{theme:?}: {letters:?} on {behind:?} has {found:.2}");
            }
        }
    }
}
