//! The panels of settings and presets.

use videotracker_engine::presets::PRESETS;

use super::*;
use crate::settings::{self as set, Theme};

#[test]
fn a_theme_and_a_size_of_the_code_are_the_users_and_hold_in_every_session() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    bench.panel("Settings");
    for (name, chosen, of_egui) in [
        ("Theme: Light", Theme::Light, egui::Theme::Light),
        ("Theme: High contrast", Theme::Stage, egui::Theme::Dark),
        ("Theme: Dark", Theme::Dark, egui::Theme::Dark),
    ] {
        bench.click_on(name);
        bench.frame(vec![]);
        assert_eq!((set::current().theme, bench.ctx.theme()), (chosen, of_egui), "{name}");
        assert_eq!(bench.ctx.global_style().visuals.panel_fill, *theme::GROUND, "{name}");
    }
    bench.frame(vec![key(Key::Plus, CTRL)]);
    assert_eq!(set::current().code_size, Some(15.0));
    let other = Bench::new();
    assert_eq!(other.instance.layout().font_size, 14.0, "no session's");
    bench.click_on("Usual");
    assert_eq!(set::current().code_size, None);
}

#[test]
fn a_preset_is_found_played_and_opened() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    bench.panel("Presets");
    let (first, acid) = (PRESETS[0].name(), "Acid line");
    bench.place(&format!("Play {first}"));
    bench.click_on("Search the presets");
    bench.write("303");
    bench.frame(vec![]);
    assert!(!is_there(&bench, &format!("Play {first}")));
    bench.click_on(&format!("Load {acid} into a new tab"));
    bench.frame(vec![]);
    let source = PRESETS.iter().find(|preset| preset.name() == acid).map_or("", |preset| preset.source);
    assert_eq!(draft(&bench), source);
    assert!(bench.instance.engine.snapshot().project.modules.is_empty(), "nothing runs yet");
    bench.click_on(&format!("Play {acid}"));
    bench.until(|project| project.modules.contains_key("synth"));
    assert_eq!(bench.instance.scripts(|scripts| scripts.tabs().len()), 2, "playing opens none");
}
