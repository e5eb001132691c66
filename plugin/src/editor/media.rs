//! The panel of media: every asset of the session, where it stands, how it looks and sounds, and which samplers play it.
//!
//! Its buttons write console lines, so that undo, the script view and the console know them all; an edge of a region is a
//! command of its own.

mod axis;
mod films;
mod list;
pub(super) mod prompt;
mod region;
mod texts;
mod timeline;
mod wave;

use std::time::{Duration, Instant};

use egui::{Align, Layout, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use videotracker_engine::{
    engine::AssetFacts,
    media::import::Progress,
    name::Name,
    snapshot::{MediaState, Message, Severity, Snapshot},
    view::ViewFrame,
};

use self::{
    films::Films,
    list::{Request, elided, tint},
    prompt::{Answer, Ask, Prompt},
    region::{Region, Slices, Use, region, samplers, uses},
    texts::Standing,
    timeline::{Shown, Timeline},
};
use super::{
    panels::{self, About, Dock, Occasion, Panel},
    theme,
};
use crate::instance::Instance;

/// Media that the question about trust lists in its hint.
const LISTED: usize = 24;

/// The panel of media.
#[derive(Debug, Default)]
pub struct MediaPanel {
    films: Films,
    timeline: Timeline,
    prompt: Option<Prompt>,
    /// The use whose region is shown, and of which asset.
    held: Option<(Name, Use)>,
    /// Where samplers' names stand, so that files can be dropped on them.
    places: Vec<(Rect, Name)>,
    /// The folder of the last path that was written.
    folder: Option<String>,
    /// The asset whose onsets are searched, and since when they are waited for.
    searched: Option<(Name, Instant)>,
    waiting: bool,
}

/// How long onsets are waited for: a sound may have none.
const ONSETS_WAIT: Duration = Duration::from_secs(10);

/// What the panel is shown with.
#[derive(Clone, Copy)]
struct Scene<'a> {
    instance: &'a Instance,
    snapshot: &'a Snapshot,
    view: &'a ViewFrame,
    imports: &'a [(Name, Progress)],
}

impl Scene<'_> {
    fn console(&self, line: &str) {
        self.instance.engine.console(line);
    }
}

impl Panel for MediaPanel {
    fn about(&self) -> &'static About {
        &About {
            name: "media",
            title: "Media",
            hint: "Sounds, films and pictures: import, regions, and which samplers play them",
            dock: Dock::Below,
            size: 248.0,
            lowest: 150.0,
            open: false,
        }
    }

    /// Its memory is the chosen asset.
    fn show(&mut self, ui: &mut Ui, scene: &mut panels::Scene<'_>, memory: &mut String) {
        let scene = Scene { instance: scene.instance, snapshot: scene.snapshot, view: scene.view, imports: scene.imports };
        let frame = egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 10, top: 2, bottom: 6 });
        frame.show(ui, |ui| self.content(ui, scene, memory));
    }

    fn hidden(&mut self) {
        self.places.clear();
        self.waiting = false;
    }

    fn wants_picture(&self) -> Option<Duration> {
        // Nothing says when what is being made is done.
        self.waiting.then_some(Duration::from_millis(120))
    }

    /// A session that asks for trust shows what it wants, and what is dropped finds the samplers' names.
    fn opens_for(&self, occasion: Occasion<'_>) -> bool {
        match occasion {
            Occasion::Loaded(snapshot) => untrusted(snapshot).next().is_some(),
            Occasion::Files => true,
        }
    }

    fn sampler_at(&self, at: egui::Pos2) -> Option<Name> {
        self.places.iter().find(|(place, _)| place.contains(at)).map(|(_, name)| name.clone())
    }
}

impl MediaPanel {
    /// Shows what it holds; `selected` is the chosen asset.
    fn content(&mut self, ui: &mut Ui, scene: Scene<'_>, selected: &mut String) {
        self.films.begin();
        self.places.clear();
        self.waiting = false;
        let known = scene.snapshot.project.assets.contains_key(selected.as_str());
        if !known {
            *selected = scene.snapshot.project.assets.keys().next().map(ToString::to_string).unwrap_or_default();
        }
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 28.0), Layout::left_to_right(Align::Center), |ui| self.bar(ui, scene));
        ui.add_space(2.0);
        if scene.snapshot.project.assets.is_empty() {
            let text = "No media yet. Import a file or a folder, drop some here, or name them in a script: sampler(\"k\", {samples = {\"kick.wav\"}})";
            ui.centered_and_justified(|ui| ui.label(RichText::new(text).color(theme::WEAK)));
            return;
        }
        let list = egui::Panel::left("media list").resizable(true).default_size(278.0).min_size(180.0).frame(egui::Frame::NONE);
        let request =
            list.show(ui, |ui| list::show(ui, &scene.instance.engine, scene.snapshot, scene.imports, &mut self.films, selected)).inner;
        match request {
            Some(Request::Choose(asset)) => *selected = asset.to_string(),
            Some(Request::Cancel(asset)) => scene.console(&texts::line("cancel", &[&asset])),
            None => {}
        }
        let frame = egui::Frame::new().inner_margin(egui::Margin { left: 10, ..egui::Margin::ZERO });
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            if let Some((asset, _)) = scene.snapshot.project.assets.get_key_value(selected.as_str()) {
                self.chosen(ui, scene, asset);
            }
        });
    }

    fn wait_for_onsets(&mut self, asset: &Name, none: bool) {
        if self.searched.as_ref().is_none_or(|(of, _)| of != asset) {
            self.searched = Some((asset.clone(), Instant::now()));
        }
        self.waiting = none && self.searched.as_ref().is_some_and(|(_, since)| since.elapsed() < ONSETS_WAIT);
    }

    /// The line above: what can be done, or the question for a path.
    fn bar(&mut self, ui: &mut Ui, scene: Scene<'_>) {
        if let Some(prompt) = &mut self.prompt {
            match prompt.show(ui) {
                Some(Answer::Path(path)) => {
                    scene.console(&prompt.ask.line(&path));
                    self.folder = path.trim_end_matches('/').rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
                    self.prompt = None;
                }
                Some(Answer::None) => self.prompt = None,
                None => {}
            }
            return;
        }
        if ui
            .button("Import…")
            .on_hover_text("Lists a file, or every medium of a folder. Dropping files on the window does the same.")
            .clicked()
        {
            self.ask(Ask::Import);
        }
        let any = !scene.snapshot.project.assets.is_empty();
        let hint = "Copies every medium of the session into a folder of your choice, and names it there";
        if ui.add_enabled(any, egui::Button::new("Collect…")).on_hover_text(hint).clicked() {
            self.ask(Ask::Collect);
        }
        trust_all(ui, scene);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (text, colour) in summary(scene.snapshot, scene.imports).into_iter().rev() {
                ui.label(RichText::new(text).small().color(colour));
            }
        });
    }

    fn ask(&mut self, ask: Ask) {
        let begin = self.folder.clone().or_else(|| std::env::home_dir().map(|home| format!("{}/", home.display()))).unwrap_or_default();
        self.prompt = Some(Prompt::new(ask, begin));
    }

    /// The chosen asset.
    fn chosen(&mut self, ui: &mut Ui, scene: Scene<'_>, asset: &Name) {
        let facts = AssetFacts::of(scene.snapshot, asset);
        let standing = Standing::of(scene.snapshot, scene.imports, asset);
        ui.spacing_mut().item_spacing.y = 4.0;
        self.head(ui, scene, asset, facts.as_ref(), &standing);
        self.samplers(ui, scene, asset);
        match (&standing, &facts) {
            (Standing::Ready, Some(facts)) => self.line(ui, scene, asset, facts),
            (Standing::Ready, None) => {
                drop(ui.label(RichText::new("Its parameters are those of the modules that use it.").color(theme::WEAK)))
            }
            _ => {
                let text = standing.why().map_or_else(|| format!("{} …", standing.word()), str::to_owned);
                ui.add(egui::Label::new(RichText::new(text).color(tint(&standing))).wrap());
            }
        }
    }

    /// Name, facts and what can be done with it.
    fn head(&mut self, ui: &mut Ui, scene: Scene<'_>, asset: &Name, facts: Option<&AssetFacts>, standing: &Standing) {
        let unused = uses(&scene.snapshot.project, asset).is_empty();
        let mut below = String::new();
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 22.0), Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().button_padding = vec2(8.0, 2.0);
            if unused && ui.button("Forget").on_hover_text("Takes it off the list; the file stays").clicked() {
                scene.console(&texts::line("forget", &[asset]));
            }
            if ui.button("Relink…").on_hover_text("Lets it, and all that play it, name another file").clicked() {
                self.ask(Ask::Relink(asset.clone()));
            }
            if *standing == Standing::Untrusted {
                let hint = "Opens it, and remembers on this machine that it may be opened";
                if ui.button(RichText::new("Trust").color(theme::WARN)).on_hover_text(hint).clicked() {
                    scene.console(&texts::line("trust", &[asset]));
                }
            } else if standing.why().is_some() && ui.button("Try again").on_hover_text("Reads it anew from where it should lie").clicked() {
                scene.console(&texts::line("relink", &[asset]));
            }
            if standing.is_under_way() && ui.button("Cancel").on_hover_text("Ends the import; the asset stays listed").clicked() {
                scene.console(&texts::line("cancel", &[asset]));
            }
            let room = ui.available_rect_before_wrap();
            let (at, wide) = (room.left_center(), room.width() - 8.0);
            elided(ui, at, egui::Align2::LEFT_CENTER, texts::short(asset), 14.0, *theme::TEXT, wide);
            below = facts.map_or_else(|| standing.word(), |facts| format!("{} · {}", texts::kind(asset, Some(facts)), texts::facts(facts)));
            ui.interact(room, ui.scope_id().with("name"), Sense::hover()).on_hover_text(about(asset, facts, &below));
        });
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
        elided(ui, row.left_center(), egui::Align2::LEFT_CENTER, &below, 11.0, *theme::WEAK, row.width());
        response.on_hover_text(about(asset, facts, &below));
    }

    /// The samplers: those that play it show their region at a click, the others take it.
    fn samplers(&mut self, ui: &mut Ui, scene: Scene<'_>, asset: &Name) {
        let project = &scene.snapshot.project;
        let uses = uses(project, asset);
        let held = self.held.take().filter(|(of, held)| of == asset && uses.contains(held)).map(|(_, held)| held);
        let mut held = held.or_else(|| uses.first().cloned());
        let hint = "A sampler's name shows its region; + gives it this asset. Files dropped on a name go to that sampler.";
        egui::ScrollArea::horizontal()
            .id_salt("samplers")
            .auto_shrink([false, true])
            .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden)
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 5.0;
                    ui.label(RichText::new("Samplers").small().color(theme::WEAK)).on_hover_text(hint);
                    for one in &uses {
                        let alone = project.modules.get(&one.module).is_some_and(|module| module.samples.len() == 1);
                        let text = if alone { one.module.to_string() } else { format!("{} {}", one.module, one.sample) };
                        if self.chip(ui, scene, &one.module, &text, held.as_ref() == Some(one)) {
                            held = Some(one.clone());
                        }
                    }
                    for name in samplers(project).filter(|name| uses.iter().all(|one| one.module != **name)) {
                        if self.chip(ui, scene, name, &format!("+ {name}"), false) {
                            scene.console(&texts::line("sample", &[name, asset]));
                        }
                    }
                    if samplers(project).next().is_none() {
                        ui.label(RichText::new("none yet; add one with  add sampler").small().color(theme::GUTTER));
                    }
                });
            });
        self.held = held.map(|held| (asset.clone(), held));
    }

    /// A sampler's name; whether it was clicked. An asset from the list can be dropped on it.
    fn chip(&mut self, ui: &mut Ui, scene: Scene<'_>, module: &Name, text: &str, on: bool) -> bool {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), egui::FontId::proportional(11.5), *theme::TEXT);
        let (place, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 6.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, text));
        let over = response.dnd_hover_payload::<Name>().is_some();
        let plays = !text.starts_with('+');
        let fill = if on || over || response.hovered() { theme::HOVER } else { theme::RAISED };
        let line = if on || over { *theme::WARN } else { egui::Color32::TRANSPARENT };
        ui.painter().rect(place, 9.0, fill, Stroke::new(1.0, line), egui::StrokeKind::Inside);
        let colour = if plays { theme::TEXT } else { theme::WEAK };
        ui.painter().galley_with_override_text_color(place.center() - galley.size() / 2.0, galley, *colour);
        self.places.push((place, module.clone()));
        if let Some(asset) = response.dnd_release_payload::<Name>() {
            scene.console(&texts::line("sample", &[module, &asset]));
        }
        response.clicked()
    }

    fn line(&mut self, ui: &mut Ui, scene: Scene<'_>, asset: &Name, facts: &AssetFacts) {
        let project = &scene.snapshot.project;
        let held = self.held.as_ref().map(|(_, held)| held.clone());
        let mut region = held.as_ref().and_then(|held| region(project, held));
        if let Some(Region { slices: slices @ Slices::Onsets(_), .. }) = &mut region
            && let Slices::Onsets(sensitivity) = *slices
        {
            let onsets = scene.instance.engine.onsets(asset, sensitivity);
            self.wait_for_onsets(asset, onsets.is_empty());
            *slices = Slices::At(onsets);
        }
        if let (Some(Region { slices: slices @ Slices::Cues, .. }), Some(MediaState::Ready(info))) =
            (&mut region, scene.snapshot.media.get(asset))
        {
            let cues = info.cues.iter().map(|secs| secs / info.secs.max(f64::MIN_POSITIVE)).filter(|share| *share < 1.0);
            *slices = Slices::At(cues.collect());
        }
        let shown = Shown { asset, facts, region, playing: playing(scene, asset) };
        let let_go = self.timeline.show(ui, &scene.instance.engine, &mut self.films, &shown);
        if let (Some((edge, to)), Some(held)) = (let_go, held)
            && let Some(command) = region::moved(project, &held, edge, to)
        {
            let label = command.describe();
            if let Err(error) = scene.instance.engine.apply(&label, vec![command]) {
                scene.instance.notify([Message { severity: Severity::Error, text: error.to_string(), line: None, column: None }]);
            }
        }
    }
}

/// Imports what was dropped on the window; on a sampler's name, gives it to the sampler. Scripts and tunes are opened.
pub fn drop_in(instance: &Instance, paths: &[String], sampler: Option<&Name>) {
    for path in paths {
        let line = match sampler {
            _ if super::tune::is_text(path) => texts::line("open", &[path]),
            Some(sampler) => texts::line("sample", &[sampler, path]),
            None => texts::line("import", &[path]),
        };
        instance.engine.console(&line);
    }
}

/// Says what dropping files there would do.
pub fn announce(ui: &Ui, at: egui::Pos2, sampler: Option<&Name>) {
    let text = sampler.map_or_else(|| "Drop to import".to_owned(), |sampler| format!("Drop to give it to {sampler}"));
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, egui::Id::unique("dragged files")));
    let screen = ui.ctx().content_rect();
    painter.rect_stroke(screen.shrink(1.0), 4.0, Stroke::new(2.0, theme::ACCENT), egui::StrokeKind::Inside);
    let galley = painter.layout_no_wrap(text, egui::FontId::proportional(13.0), *theme::TEXT);
    let place = Rect::from_min_size(at + vec2(14.0, 14.0), galley.size() + vec2(16.0, 8.0));
    let place = place.translate((screen.right_bottom() - place.right_bottom()).min(egui::Vec2::ZERO));
    painter.rect(place, 5.0, theme::PANEL, Stroke::new(1.0, theme::ACCENT), egui::StrokeKind::Inside);
    painter.galley(place.min + vec2(8.0, 4.0), galley, *theme::TEXT);
}

/// The question that a stranger's session asks, with everything it wants: one button trusts it all.
fn trust_all(ui: &mut Ui, scene: Scene<'_>) {
    let waiting: Vec<&str> = untrusted(scene.snapshot).collect();
    if waiting.is_empty() {
        return;
    }
    let text = if waiting.len() == 1 { "Trust 1 medium".to_owned() } else { format!("Trust all {} media", waiting.len()) };
    let button = egui::Button::new(RichText::new(text).color(theme::GROUND)).fill(theme::WARN);
    let response = ui.add(button).on_hover_ui(|ui| {
        ui.label("The loaded session names these files, and nobody has trusted them on this machine. None of them was opened.");
        ui.label("Trust them if you know where the session is from: they are opened now, and not asked about again.");
        ui.separator();
        for path in waiting.iter().take(LISTED) {
            ui.add(egui::Label::new(RichText::new(*path).monospace().size(11.0)).truncate());
        }
        if waiting.len() > LISTED {
            ui.label(format!("and {} more, in the list below", waiting.len() - LISTED));
        }
    });
    if response.clicked() {
        scene.console("trust all");
    }
}

/// The media that wait to be trusted.
fn untrusted(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    snapshot.media.iter().filter(|(_, state)| matches!(state, MediaState::Untrusted)).map(|(path, _)| path.as_str())
}

/// How many media there are, and what is the matter with some.
fn summary(snapshot: &Snapshot, imports: &[(Name, Progress)]) -> Vec<(String, egui::Color32)> {
    let count = |what: fn(&MediaState) -> bool| snapshot.media.values().filter(|state| what(state)).count();
    let reading = count(|state| matches!(state, MediaState::Loading)).saturating_sub(imports.len());
    let all = snapshot.project.assets.len();
    let parts = [
        (all, if all == 1 { "medium" } else { "media" }, theme::WEAK),
        (reading, "decoding", theme::ACCENT),
        (imports.len(), "importing", theme::ACCENT),
        (count(|state| matches!(state, MediaState::Failed(_))), "failed", theme::ERROR),
        (count(|state| matches!(state, MediaState::Missing(_))), "missing", theme::WARN),
        (count(|state| matches!(state, MediaState::Untrusted)), "not trusted", theme::WARN),
    ];
    parts.into_iter().filter(|(count, ..)| *count > 0).map(|(count, what, colour)| (format!("{count} {what}"), *colour)).collect()
}

/// All that is known of an asset, for whoever looks closer.
fn about(asset: &str, facts: Option<&AssetFacts>, below: &str) -> String {
    let mut text = format!("{asset}\n{below}");
    if let Some(facts) = facts {
        let found = if facts.moved { "found by its content as" } else { "read from" };
        text.push_str(&format!("\n{found} {}", facts.path.display()));
        if let Some(cache) = &facts.cache {
            text.push_str(&format!("\nplays from {}", cache.display()));
        }
        text.push_str(&format!("\nBLAKE3 {}", facts.hash));
    }
    text
}

/// The moments of an asset that play now.
fn playing(scene: Scene<'_>, asset: &str) -> Vec<(f64, f32)> {
    let view = scene.view;
    let voices = view.voices.iter().take(view.voice_count);
    let plays = |module: u32, sample: u32| {
        let (name, _) = scene.snapshot.ids.iter().find(|(_, id)| **id == module)?;
        let sample = scene.snapshot.project.modules.get(name)?.samples.get(usize::try_from(sample).ok()?)?;
        (sample.asset.as_str() == asset).then_some(())
    };
    voices.filter(|voice| plays(voice.module, voice.sample).is_some()).map(|voice| (voice.media_secs, voice.level)).collect()
}
