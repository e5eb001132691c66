//! Settings: what the user sets for every session, and what this machine gives: cache, GPU, films, sound.

use std::{path::PathBuf, thread::JoinHandle, time::Duration};

use egui::{Button, DragValue, Label, RichText, Role, ScrollArea, Ui, WidgetInfo};
use videotracker_engine::{media::import, text::counted};

use super::{
    panels::{About, Dock, Panel, Scene},
    theme,
};
use crate::{
    instance::Layout,
    settings::{self, Theme},
    video::device,
};

/// Smallest and largest letters of the code, in logical pixels.
pub const CODE_SIZES: std::ops::RangeInclusive<f32> = 9.0..=32.0;
/// How often it is looked whether an answer has come.
const LOOKS: Duration = Duration::from_millis(150);

/// Something that takes a thread of its own to find out.
#[derive(Debug)]
enum Asked<T> {
    /// Nobody has.
    Not,
    Waiting(JoinHandle<T>),
    Known(T),
}

impl<T: Send + 'static> Asked<T> {
    /// Asks; what was known is asked anew.
    fn ask(&mut self, find: impl FnOnce() -> T + Send + 'static) {
        // Without a thread nothing is known, and nothing waits.
        if let Ok(thread) = std::thread::Builder::new().name("settings".to_owned()).spawn(find) {
            *self = Self::Waiting(thread);
        }
    }

    /// The answer, where it has come.
    fn answer(&mut self) -> Option<&T> {
        if matches!(self, Self::Waiting(thread) if thread.is_finished())
            && let Self::Waiting(thread) = std::mem::replace(self, Self::Not)
            && let Ok(found) = thread.join()
        {
            *self = Self::Known(found);
        }
        if let Self::Known(found) = self { Some(found) } else { None }
    }
}

/// What the cache holds, and what emptying it has freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cache {
    held: u64,
    freed: Option<u64>,
}

/// The settings.
#[derive(Debug)]
pub struct SettingsPanel {
    cache: Asked<Cache>,
    gpu: Asked<String>,
}

impl Default for SettingsPanel {
    fn default() -> Self {
        Self { cache: Asked::Not, gpu: Asked::Not }
    }
}

/// Bytes as people read them.
fn bytes(count: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let count = count as f64;
    let (unit, name) = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")].into_iter().find(|(unit, _)| count >= *unit).unwrap_or((1.0, "bytes"));
    if unit > 1.0 { format!("{:.1} {name}", count / unit) } else { format!("{count} {name}") }
}

impl Panel for SettingsPanel {
    fn about(&self) -> &'static About {
        &About {
            name: "settings",
            title: "Settings",
            hint: "Theme, size of the code, cache, GPU and sound of this machine",
            dock: Dock::Right,
            size: 290.0,
            lowest: 200.0,
            open: false,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, _: &mut String) {
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 4, top: 4, bottom: 4 }).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                look(ui);
                self.cache(ui);
                self.picture(ui);
                sound(ui, scene);
                let place = settings::file().map_or_else(
                    || "The system names no folder for the user's data, so these settings last until the program ends.".to_owned(),
                    |file| format!("Theme and size are kept in {}, for every session and host.", file.display()),
                );
                weak(ui, &place);
                if let Some(complaint) = settings::complaint() {
                    ui.add(Label::new(RichText::new(complaint).small().color(theme::ERROR)).wrap());
                }
            });
        });
    }

    fn hidden(&mut self) {
        // What a disk holds is another thing when the panel comes back.
        if matches!(self.cache, Asked::Known(_)) {
            self.cache = Asked::Not;
        }
    }

    fn wants_picture(&self) -> Option<Duration> {
        (matches!(self.cache, Asked::Waiting(_)) || matches!(self.gpu, Asked::Waiting(_))).then_some(LOOKS)
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(RichText::new(text).strong());
}

fn weak(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).small().color(theme::WEAK)).wrap().selectable(true));
}

fn plain(ui: &mut Ui, text: &str) {
    ui.add(Label::new(text).wrap().selectable(true));
}

/// Theme and size of the code.
fn look(ui: &mut Ui) {
    title(ui, "Look");
    ui.horizontal_wrapped(|ui| {
        for theme in Theme::ALL {
            let on = theme::chosen() == theme;
            let button = ui.add(Button::selectable(on, theme.title()));
            button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, format!("Theme: {}", theme.title())));
            if button.clicked() && !on {
                theme::choose(theme);
                settings::change(|settings| settings.theme = theme);
                ui.ctx().request_repaint();
            }
        }
    });
    ui.horizontal(|ui| {
        let mut size = settings::current().code_size.unwrap_or(Layout::default().font_size);
        let drag = DragValue::new(&mut size).range(CODE_SIZES).speed(0.1).max_decimals(0).prefix("Code ").suffix(" px");
        let field = ui.add(drag).on_hover_text("Height of the code's letters; Ctrl+plus and Ctrl+minus do the same");
        field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Size of the code"));
        if field.changed() {
            settings::change(|settings| settings.code_size = Some(size.round()));
        }
        if ui.add(Button::new("Usual").small()).on_hover_text("As large as at first").clicked() {
            settings::change(|settings| settings.code_size = None);
        }
    });
}

impl SettingsPanel {
    /// The cache of converted media.
    fn cache(&mut self, ui: &mut Ui) {
        title(ui, "Cache of converted media");
        let import::Settings { cache, cache_bytes, .. } = import::Settings::default();
        let Some(folder) = cache else {
            return plain(ui, "The system names no folder for it; set VIDEOTRACKER_CACHE to one");
        };
        plain(ui, &folder.display().to_string());
        if matches!(self.cache, Asked::Not) {
            let folder = folder.clone();
            self.cache.ask(move || Cache { held: import::held(&folder), freed: None });
        }
        let text = match self.cache.answer() {
            None => "Looking …".to_owned(),
            Some(Cache { held, freed: None }) => format!("{} of at most {}", bytes(*held), bytes(cache_bytes)),
            Some(Cache { held, freed: Some(freed) }) if *held > 0 => {
                format!("{} freed; {} are in use by open sessions", bytes(*freed), bytes(*held))
            }
            Some(Cache { freed: Some(freed), .. }) => format!("{} freed; it is empty", bytes(*freed)),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text).color(theme::TEXT));
            let holds = matches!(self.cache, Asked::Known(Cache { held, .. }) if held > 0);
            let button = ui.add_enabled(holds, Button::new("Empty it").small());
            button.widget_info(|| WidgetInfo::labeled(Role::Button, holds, "Empty the cache"));
            if button.on_hover_text("Takes out what no open session plays; what is wanted again is converted anew").clicked() {
                let folder: PathBuf = folder.clone();
                self.cache.ask(move || {
                    let freed = import::empty(&folder);
                    Cache { held: import::held(&folder), freed: Some(freed) }
                });
            }
        });
        weak(ui, "VIDEOTRACKER_CACHE names another folder, VIDEOTRACKER_CACHE_LIMIT another limit, when the program or host starts.");
    }

    /// What draws, and what writes films.
    fn picture(&mut self, ui: &mut Ui) {
        title(ui, "Picture and films");
        if matches!(self.gpu, Asked::Not) {
            // Tests open no driver.
            self.gpu.ask(|| if cfg!(test) { "none in tests".to_owned() } else { device::preferred() });
        }
        plain(ui, &format!("GPU: {}", self.gpu.answer().map_or("looking …", String::as_str)));
        weak(
            ui,
            "The system's first choice for speed, which windows and films draw on. WGPU_BACKEND (vulkan, dx12, metal) chooses another driver.",
        );
        match import::ffmpeg(None) {
            Ok(path) => plain(ui, &format!("Films: {}", path.display())),
            Err(why) => plain(ui, &format!("Films: {why}; set VIDEOTRACKER_FFMPEG to it")),
        }
        weak(ui, "ffmpeg converts media and writes films: .mp4 (H.264, AAC) or .mov (HAP, PCM).");
    }
}

/// What is known of the sound's way out.
fn sound(ui: &mut Ui, scene: &Scene<'_>) {
    title(ui, "Sound");
    if scene.instance.engine.is_called() {
        plain(ui, &format!("{} Hz, {}", scene.view.sample_rate, load(scene)));
        weak(ui, "What the host calls the plugin with; in the stand-alone instrument the sound device's.");
    } else {
        plain(ui, "Nothing calls for sound");
    }
    #[cfg(feature = "standalone")]
    if let Some(options) = crate::started_with() {
        let given = if options.is_empty() {
            "no options: the first of JACK and the system's sound that opens".to_owned()
        } else {
            options.join(" ")
        };
        plain(ui, &format!("Started with {given}"));
        weak(ui, "videotracker --help lists the options for backend, device, rate and buffer; they count when it starts.");
    }
}

fn load(scene: &Scene<'_>) -> String {
    format!("{} sounding", counted(scene.view.sounding, "voice"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_as_people_read_them() {
        for (count, expected) in [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_345_678, "2.3 MB"), (32 << 30, "34.4 GB")] {
            assert_eq!(bytes(count), expected);
        }
    }
}
