//! The window's content: where each panel stands, and what passes between them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use egui::{RichText, Ui};
use nice_plug_egui::baseview::WindowContext;
use videotracker_engine::{command::Command, engine::ViewReader, snapshot::Severity, view::ViewFrame};

use super::{
    bars::{self, Standing, State, Wish},
    console::Console,
    drops::Drops,
    host::HostControl,
    macros,
    media::{self, MediaPanel},
    offers::Offers,
    picture::VideoWindow,
    script::Script,
    session::Session,
    theme,
};
use crate::instance::{Instance, Layout};

/// Seconds between two marks of the edit counter: a host may write an undo step for each.
const MARK_EVERY: f64 = 0.5;

/// What of the session the host was last told about.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    version: u64,
    draft: u64,
    layout: Layout,
    loads: u64,
}

/// The content of the editor's window.
pub struct EditorWindow {
    instance: Arc<Instance>,
    video: Box<dyn VideoWindow>,
    reader: Option<ViewReader>,
    view: Box<ViewFrame>,
    script: Script,
    session: Session,
    console: Console,
    media: MediaPanel,
    drops: Drops,
    offers: Offers,
    layout: Layout,
    loads: u64,
    told: Option<Told>,
    told_at: f64,
    /// The size to ask the host for once the window is open.
    wanted_size: Option<egui::Vec2>,
}

impl std::fmt::Debug for EditorWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EditorWindow").field("script", &self.script).field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl EditorWindow {
    /// A window on an instance.
    #[must_use]
    pub fn new(instance: Arc<Instance>, video: Box<dyn VideoWindow>) -> Self {
        Self {
            layout: instance.layout(),
            loads: instance.loads(),
            instance,
            video,
            reader: None,
            view: Box::default(),
            script: Script::default(),
            session: Session::default(),
            console: Console::default(),
            media: MediaPanel::default(),
            drops: Drops::default(),
            offers: Offers::default(),
            told: None,
            told_at: 0.0,
            wanted_size: None,
        }
    }

    /// Says that the window has just opened; files dragged onto it are heard of from now on.
    pub fn opened(&mut self, window: Option<&WindowContext>) {
        if let Some(window) = window {
            self.drops.open(window);
        }
        self.reader = None;
        self.offers.look(&self.instance);
        self.layout = self.instance.layout();
        self.wanted_size = Some(egui::vec2(self.layout.width, self.layout.height));
    }

    /// Says whether the host takes values of parameters.
    pub fn reachable(&self, reachable: bool) {
        self.instance.desk().set_reachable(reachable);
    }

    /// Says that the window has closed: nothing is read until it opens again.
    pub fn closed(&mut self) {
        self.drops.close();
        self.reader = None;
    }

    /// Shows everything.
    pub fn show(&mut self, ui: &mut Ui, host: &HostControl) {
        self.size(ui);
        self.read();
        for text in self.instance.desk().take_opened() {
            self.instance.open_text(&text);
        }
        self.script.update(&self.instance);
        self.console.update(&self.instance);
        let snapshot = self.instance.engine.snapshot();
        let running = self.instance.engine.is_running();

        let above = egui::Panel::top("transport").exact_size(42.0).resizable(false).frame(theme::bar());
        let called = self.instance.engine.is_called();
        let state = State { running, called, video_open: self.video.is_open(), record: self.instance.takes.status() };
        let stats = self.video.stats();
        let wish = above.show(ui, |ui| bars::above(ui, &snapshot, &self.view, state)).inner;
        self.offers.show(ui, &self.instance);
        let imports = self.instance.engine.import_progress();
        let below = egui::Panel::bottom("status")
            .exact_size(24.0)
            .resizable(false)
            .frame(theme::bar().inner_margin(egui::Margin::symmetric(10, 2)));
        let gauges = self.instance.engine.gauges();
        let (late, missed) = (gauges.late_events.load(Ordering::Relaxed), gauges.missed_sound.load(Ordering::Relaxed));
        let status = Standing { late, missed, video: stats, newest: self.console.newest(), imports: &imports };
        below.show(ui, |ui| bars::below(ui, &snapshot, &self.view, &status, &mut self.layout.latency_ms));
        let side = egui::Panel::right("macros").exact_size(204.0).resizable(false).frame(theme::bar());
        side.show(ui, |ui| macros::show(ui, host, &snapshot, &mut self.layout.macro_page));
        let lower =
            egui::Panel::bottom("console").resizable(true).min_size(72.0).default_size(self.layout.console_height).frame(theme::well());
        let lower = lower.show(ui, |ui| self.console.show(ui, &self.instance, &snapshot));
        self.layout.console_height = lower.response.rect.height();
        self.take_drops(ui);
        if self.layout.media_open {
            let most = (ui.available_height() - 96.0).max(media::LOWEST);
            let panel = egui::Panel::bottom("media").resizable(true).min_size(media::LOWEST).max_size(most).frame(theme::bar());
            let scene = media::Scene { instance: &self.instance, snapshot: &snapshot, view: &self.view, imports: &imports };
            let (panel, chosen) = (panel.default_size(self.layout.media_height), &mut self.layout.media_chosen);
            let shown = panel.show(ui, |ui| self.media.show(ui, scene, chosen));
            self.layout.media_height = shown.response.rect.height();
        } else {
            self.media.hidden();
        }
        egui::CentralPanel::default().frame(theme::well()).show(ui, |ui| self.code(ui, snapshot.version));

        if let Some(wish) = wish {
            self.fulfil(wish);
        }
        self.tell(ui, host, snapshot.version);
        if host.can_move() {
            for (index, value) in self.instance.desk().take_gestures() {
                host.move_macro(index, value);
            }
        }
        // Views move on their own: a quick pace while the song plays, a slow one else.
        let pause = if self.view.playhead.playing || running { 33 } else { 120 };
        ui.ctx().request_repaint_after(Duration::from_millis(pause));
    }

    /// The tabs and the one that is chosen.
    fn code(&mut self, ui: &mut Ui, version: u64) {
        egui::Panel::top("tabs").exact_size(36.0).resizable(false).frame(theme::bar()).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                for (session, text, hint) in [
                    (false, "Script", "Your own text"),
                    (true, "Session", "The whole session as Lua, as it stands; typing copies it to Script"),
                ] {
                    let chosen = self.layout.session_tab == session;
                    let text = RichText::new(text).color(if chosen { theme::ACCENT } else { theme::WEAK });
                    if ui
                        .add(egui::Button::new(text).fill(egui::Color32::TRANSPARENT).stroke(egui::Stroke::NONE))
                        .on_hover_text(hint)
                        .clicked()
                    {
                        self.layout.session_tab = session;
                    }
                }
                let text = RichText::new("Media").color(if self.layout.media_open { theme::ACCENT } else { theme::WEAK });
                let button = egui::Button::new(text).fill(egui::Color32::TRANSPARENT).stroke(egui::Stroke::NONE);
                ui.separator();
                if ui.add(button).on_hover_text("Opens or closes the panel of sounds, films and pictures below").clicked() {
                    self.layout.media_open = !self.layout.media_open;
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if self.layout.session_tab {
                        return;
                    }
                    if ui.button("Run all").on_hover_text("Ctrl+Shift+Enter or Ctrl+R").clicked() {
                        self.script.run_all(ui, &self.instance);
                    }
                    if ui.button("Run block").on_hover_text("Ctrl+Enter: the selection, else the block under the cursor").clicked() {
                        self.script.run_block(ui, &self.instance);
                    }
                });
            });
        });
        let font_size = self.layout.font_size.clamp(9.0, 32.0);
        egui::CentralPanel::default().frame(theme::well().inner_margin(egui::Margin::same(4))).show(ui, |ui| {
            theme::frameless(ui);
            if self.layout.session_tab {
                if let Some(typed) = self.session.show(ui, &self.instance, version, font_size) {
                    self.instance.set_draft(typed);
                    self.layout.session_tab = false;
                    self.console.say(Severity::Note, "The session was copied to Script, where you can change and run it.");
                }
            } else {
                self.script.show(ui, &self.instance, &self.view, font_size);
            }
        });
    }

    /// Imports files that were dropped on the window, and says what dropping would do.
    fn take_drops(&mut self, ui: &Ui) {
        let dragged = self.drops.look();
        let scale = ui.ctx().pixels_per_point();
        let point = |(x, y): (i16, i16)| egui::pos2(f32::from(x) / scale, f32::from(y) / scale);
        let (mut paths, mut at) = ui.input(|input| {
            let path = |file: &egui::DroppedFileHandle| file.path().to_string_lossy().into_owned();
            (input.raw.dropped_files.iter().map(path).collect::<Vec<_>>(), input.pointer.latest_pos())
        });
        if let Some((files, place)) = dragged.dropped {
            paths.extend(files.iter().map(|file| file.to_string_lossy().into_owned()));
            at = Some(point(place));
        }
        if !paths.is_empty() {
            self.media.drop_in(&self.instance, &paths, at);
            self.layout.media_open = true;
        }
        if let Some(place) = dragged.over {
            // The panel opens for what comes, so that the samplers' names are there.
            self.layout.media_open = true;
            self.media.announce(ui, point(place));
            ui.ctx().request_repaint_after(Duration::from_millis(16));
        }
    }

    /// Takes over the newest view.
    fn read(&mut self) {
        let reader = self.reader.get_or_insert_with(|| self.instance.engine.view_reader());
        (*self.view).clone_from(reader.read());
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::Transport(action) => {
                if let Err(error) = self.instance.engine.apply("transport", vec![Command::SetTransport { action }]) {
                    self.console.say(Severity::Error, error.to_string());
                }
            }
            Wish::Clock(source) => {
                if let Err(error) = self.instance.engine.apply("clock", vec![Command::SetClockSource { source }]) {
                    self.console.say(Severity::Error, error.to_string());
                }
            }
            Wish::Record(on) => self.instance.engine.console(if on { "record" } else { "record off" }),
            Wish::Video if self.video.is_open() => self.video.close(),
            Wish::Video => {
                if let Err(reason) = self.video.open() {
                    self.console.say(Severity::Warning, reason);
                }
            }
        }
    }

    /// Keeps the layout for the state, and brings back a size that was loaded.
    fn size(&mut self, ui: &Ui) {
        if self.instance.loads() != self.loads {
            self.loads = self.instance.loads();
            self.layout = self.instance.layout();
            self.wanted_size = Some(egui::vec2(self.layout.width, self.layout.height));
        }
        let size = ui.ctx().content_rect().size();
        if let Some(wanted) = self.wanted_size.take() {
            let wanted = wanted.clamp(egui::vec2(super::SMALLEST.0, super::SMALLEST.1), egui::vec2(4096.0, 4096.0));
            if (wanted - size).abs().max_elem() > 1.0 {
                ui.send_viewport_cmd(egui::ViewportCommand::InnerSize(wanted));
                return;
            }
        }
        (self.layout.width, self.layout.height) = (size.x, size.y);
    }

    /// Moves the edit counter when something changed that the host would save.
    fn tell(&mut self, ui: &Ui, host: &HostControl, version: u64) {
        let (console_height, media_height) = (self.layout.console_height.round(), self.layout.media_height.round());
        let layout = Layout { console_height, media_height, ..self.layout.clone() };
        if self.instance.layout() != layout {
            self.instance.set_layout(layout.clone());
        }
        let now = Told { version, draft: self.instance.draft_edits(), layout, loads: self.loads };
        let Some(told) = &self.told else {
            self.told = Some(now);
            return;
        };
        // A state that was just loaded is what the host has.
        if told.loads != now.loads {
            self.told = Some(now);
            return;
        }
        let time = ui.input(|input| input.time);
        if *told != now && time - self.told_at >= MARK_EVERY {
            self.told_at = time;
            host.mark_edited();
            self.told = Some(now);
        }
    }
}
