//! The window's content: where each panel stands, and what passes between them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use egui::Ui;
use nice_plug_egui::{RepaintNotifier, baseview::WindowContext};
use videotracker_engine::{
    command::{Command, TransportAction},
    project::ClockSource,
    snapshot::Severity,
    view::ViewFrame,
};

use super::{
    bars::{self, Request, Standing, State},
    console::{self, Log, Place},
    files::ScriptFiles,
    fonts::Fonts,
    host::{HostControl, Turn},
    keys::{self, Act},
    media,
    offers::Offers,
    panels::{self, Dock, Occasion, Panels, Scene},
    picture::VideoWindow,
    screen,
    script::Script,
    session::Session,
    settings::CODE_SIZES,
    tabs, theme,
    timeline::{Entry, Timeline},
    tune,
    watch::{Common, Face, Wake, Watch},
};
use crate::{
    instance::{Instance, Layout},
    settings::{self, Theme},
};

/// Seconds between two marks of the edit counter: a host may write an undo step for each.
const MARK_EVERY: f64 = 0.5;

/// What the stand-alone says where it found nothing that plays.
#[cfg(feature = "standalone")]
const NO_SOUND: &str = "No sound is heard: neither JACK nor a sound device of the system could be opened. Start one, or name one with \
                        --backend and --output-device, and start videoTracker again.";
/// Seconds after the last hand in the window for which the cursor blinks. Each blink is a picture.
const BLINKS: f64 = 6.0;
/// The size below which everything is drawn smaller.
const SMALLEST: egui::Vec2 = egui::vec2(super::SMALLEST.0, super::SMALLEST.1);

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
    common: Arc<Common>,
    watch: Option<Watch>,
    fonts: Fonts,
    view: Box<ViewFrame>,
    /// The view's frame in the last picture.
    drawn: u64,
    /// When a hand last moved something in the window.
    touched_at: f64,
    script: Script,
    session: Session,
    log: Log,
    panels: Panels,
    offers: Offers,
    timeline: Timeline,
    /// The way to the host, as of the last picture.
    host: Option<HostControl>,
    /// The theme of the last picture.
    theme: Theme,
    /// Whether the list of keys is shown.
    shows_keys: bool,
    files: ScriptFiles,
    layout: Layout,
    loads: u64,
    /// The load for which panels opened by themselves.
    greeted: Option<u64>,
    told: Option<Told>,
    told_at: f64,
    /// Height of the code in the last picture.
    code_height: f32,
    /// The size to ask the host for once the window is open.
    wanted_size: Option<egui::Vec2>,
    /// The screen's size in pixels, for a window that opens.
    screen: Option<egui::Vec2>,
    /// How large everything is drawn from the next picture on, where that changes.
    zoomed: Option<f32>,
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
            common: Arc::default(),
            watch: None,
            fonts: Fonts::default(),
            view: Box::default(),
            drawn: 0,
            touched_at: 0.0,
            script: Script::default(),
            session: Session::default(),
            log: Log::default(),
            panels: Panels::default(),
            greeted: None,
            offers: Offers::default(),
            timeline: Timeline::default(),
            host: None,
            theme: theme::chosen(),
            shows_keys: false,
            files: ScriptFiles::default(),
            told: None,
            told_at: 0.0,
            code_height: f32::INFINITY,
            wanted_size: None,
            screen: None,
            zoomed: None,
        }
    }

    /// Says that the window has just opened: from now on it is told of what changes, and of files dragged onto it.
    pub fn opened(&mut self, ctx: &egui::Context, window: Option<&WindowContext>, notifier: &RepaintNotifier) {
        self.watch = None;
        self.common.close();
        self.common = Arc::default();
        if let Some(window) = window {
            self.common.open(window);
        }
        self.common.end_with(ctx);
        let wake = Wake::new(notifier.clone(), window.map(WindowContext::waker));
        self.fonts.install(ctx, wake.clone());
        self.watch = Some(Watch::start(&self.instance, &self.common, wake));
        self.offers.look(&self.instance);
        #[cfg(feature = "standalone")]
        if nice_plug::wrapper::standalone::is_without_sound() {
            self.log.say(Severity::Warning, NO_SOUND);
        }
        self.layout = self.instance.layout();
        self.wanted_size = Some(egui::vec2(self.layout.width, self.layout.height));
        self.screen = screen::size();
        self.touched_at = 0.0;
    }

    /// Height of the code in the last picture.
    #[cfg(test)]
    pub const fn code_height(&self) -> f32 {
        self.code_height
    }

    /// The panels as they were drawn: name, place and content.
    #[cfg(test)]
    pub fn drawn_panels(&self) -> &[(&'static str, egui::Rect, egui::Rect)] {
        &self.panels.drawn
    }

    /// What was said last.
    #[cfg(test)]
    pub fn said(&self) -> Vec<String> {
        self.log.texts()
    }

    /// Whether an error of the last run is marked.
    #[cfg(test)]
    pub fn script_has_fault(&self) -> bool {
        self.script.has_fault()
    }

    /// Shows everything.
    pub fn show(&mut self, ui: &mut Ui, host: &HostControl) {
        self.host = Some(host.clone());
        if std::mem::replace(&mut self.theme, theme::chosen()) != theme::chosen() {
            theme::apply(ui.ctx());
            ui.ctx().request_repaint();
        }
        self.size(ui);
        self.common.read(&self.instance, &mut self.view);
        for text in self.instance.desk().take_opened() {
            self.instance.open_text(&text);
        }
        self.layout.session_tab &= !self.instance.desk().take_opening();
        let are_over = self.script.update(&self.instance, &self.view);
        self.log.update(&self.instance);
        if are_over {
            self.log.asked();
        }
        self.fonts.update(ui.ctx(), &mut self.log);
        self.blink(ui);
        let snapshot = self.instance.engine.snapshot();
        let face = Face::of(&self.instance, &self.view);

        self.timeline.watch(snapshot.undo_depth, snapshot.redo_depth, None);
        if self.shows_keys {
            keys::list(ui.ctx(), &self.panels, &mut self.shows_keys);
        }
        // In the code the order of the keys counts: it takes them itself.
        let in_code = !self.layout.session_tab && self.script.has_focus(ui);
        let mut acts = if in_code { Vec::new() } else { keys::take(ui, self.has_own_undo(ui)) };

        let above = egui::Panel::top("transport").exact_size(42.0).resizable(false).frame(theme::bar());
        let (running, called) = (self.instance.engine.is_running(), self.instance.engine.is_called());
        let travel = (self.timeline.next_undo().is_some(), self.timeline.next_redo().is_some());
        let state = State { travel, running, called, video_open: self.video.is_open(), record: self.instance.takes.status() };
        let stats = self.video.stats();
        let request = above.show(ui, |ui| bars::above(ui, &snapshot, &self.view, state)).inner;
        let imports = self.instance.engine.import_progress();
        let below = egui::Panel::bottom("status")
            .exact_size(24.0)
            .resizable(false)
            .frame(theme::bar().inner_margin(egui::Margin::symmetric(10, 2)));
        let gauges = self.instance.engine.gauges();
        let (late, missed) = (gauges.late_events.load(Ordering::Relaxed), gauges.missed_sound.load(Ordering::Relaxed));
        // What an open console shows is not said twice.
        let newest = self.log.newest().filter(|_| !self.panels.is_seen(&self.layout, console::NAME));
        let status = Standing { late, missed, video: stats, newest, imports: &imports };
        below.show(ui, |ui| bars::below(ui, &snapshot, &self.view, &status, &mut self.layout.latency_ms));
        self.panels.settle(&mut self.layout);
        self.take_drops(ui);
        if self.greeted != Some(self.loads) && self.panels.occasion(&mut self.layout, Occasion::Loaded(&snapshot)) {
            self.greeted = Some(self.loads);
        }
        for (at, about) in self.panels.abouts().enumerate().collect::<Vec<_>>() {
            if panels::shortcut(at).is_some_and(|keys| ui.input_mut(|input| input.consume_shortcut(&keys))) {
                self.panels.toggle(&mut self.layout, about.name);
            }
        }
        self.panels.begin(&self.layout);
        let mut place = None;
        let (view, instance) = (&*self.view, &*self.instance);
        let mut scene = Scene { instance, host, snapshot: &snapshot, view, imports: &imports, log: &mut self.log, go_to: &mut place };
        // The row of tabs comes before what can be dragged large, and what comes and goes stands below it: its buttons stay where they
        // are and can always be reached.
        let row = egui::Panel::top("tabs").exact_size(36.0).resizable(false).frame(theme::bar());
        let clicked = row.show(ui, |ui| tabs::show(ui, instance, self.layout.session_tab, &self.panels, &self.layout)).inner;
        self.panels.show(ui, Dock::Right, &mut scene, &mut self.layout);
        self.panels.show(ui, Dock::Left, &mut scene, &mut self.layout);
        self.offers.show(ui, &self.instance);
        self.files.show(ui, &self.instance);
        self.panels.show(ui, Dock::Below, &mut scene, &mut self.layout);
        self.code_height = ui.available_height();
        egui::CentralPanel::default().frame(theme::well()).show(ui, |ui| self.code(ui, snapshot.version));

        if let Some(clicked) = clicked {
            self.turn(ui, clicked);
        }
        if let Some(Place { tab, line }) = place {
            self.turn(ui, tabs::Request::Script(tab));
            self.script.go_to(ui, line);
        }
        match request {
            Some(Request::Undo) => self.act(ui, Act::Undo),
            Some(Request::Redo) => self.act(ui, Act::Redo),
            Some(request) => self.fulfil(request),
            None => {}
        }
        // What this picture's hand did belongs to its drag.
        let now = self.instance.engine.snapshot();
        self.timeline.watch(now.undo_depth, now.redo_depth, ui.ctx().dragged_id());
        acts.extend(self.script.take_acts());
        for (tab, steps) in self.script.take_steps() {
            self.timeline.wrote(tab, steps);
        }
        for turn in host.take_turns() {
            self.timeline.turned(turn);
        }
        for act in acts {
            self.act(ui, act);
        }
        self.tell(ui, host, snapshot.version);
        if host.can_move() {
            for (index, value) in self.instance.desk().take_gestures() {
                host.move_macro(index, value);
            }
        }
        self.common.show(face);
        self.wait_for_pictures(ui);
    }

    /// Asks for the next picture while something moves, and of what no watch sees: the other window's figures, and onsets that
    /// are being searched.
    fn wait_for_pictures(&mut self, ui: &Ui) {
        let goes_on = std::mem::replace(&mut self.drawn, self.view.frame) != self.view.frame;
        if goes_on && (self.view.playhead.playing || self.view.sounding > 0) {
            ui.ctx().request_repaint_after(Duration::from_millis(33));
        }
        if self.video.is_open() {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        if let Some(wait) = self.panels.wants_picture(&self.layout) {
            ui.ctx().request_repaint_after(wait);
        }
    }

    /// Lets the cursor stand still some time after the last hand in the window.
    fn blink(&mut self, ui: &mut Ui) {
        let is_hand = |event: &egui::Event| !matches!(event, egui::Event::ModifiersChanged(_));
        let (time, touched) = ui.input(|input| (input.time, input.events.iter().any(is_hand)));
        if touched {
            self.touched_at = time;
        }
        ui.visuals_mut().text_cursor.blink = time - self.touched_at < BLINKS;
    }

    /// Does what the row of tabs was clicked for.
    fn turn(&mut self, ui: &Ui, request: tabs::Request) {
        use tabs::Request;
        let texts = &self.instance;
        match request {
            Request::Panel(name) => self.panels.toggle(&mut self.layout, name),
            Request::Session => self.layout.session_tab = true,
            Request::File(request) => self.files.fulfil(texts, request),
            Request::Preset(preset) => texts.scripts(|scripts| scripts.open(preset.name(), preset.source.to_owned(), false)),
            Request::RunAll => self.script.run_all(ui, texts),
            Request::RunBlock => self.script.run_block(ui, texts),
            Request::Act(act) => return self.act(ui, act),
            Request::Script(id) => texts.scripts(|scripts| scripts.choose(id)),
            Request::New => texts.scripts(|scripts| scripts.open("Script", String::new(), true)),
            Request::Close(id) => texts.scripts(|scripts| scripts.close(id)),
            Request::Reopen(id) => texts.scripts(|scripts| scripts.reopen(id)),
        }
        if matches!(request, Request::Script(_) | Request::New | Request::Preset(_) | Request::Close(_) | Request::Reopen(_)) {
            self.layout.session_tab = false;
            self.script.update(texts, &self.view);
        }
        if matches!(request, Request::Preset(_)) {
            self.script.run_all(ui, texts);
        }
        if !matches!(request, Request::Panel(_) | Request::Session | Request::File(_)) {
            self.script.focus(ui);
        }
        ui.ctx().request_repaint();
    }

    /// Height of the code's letters: the user's, else the session's.
    fn code_size(&self) -> f32 {
        settings::current().code_size.unwrap_or(self.layout.font_size).clamp(*CODE_SIZES.start(), *CODE_SIZES.end())
    }

    fn write_larger(&mut self, by: f32) {
        let size = (self.code_size() + by).clamp(*CODE_SIZES.start(), *CODE_SIZES.end()).round();
        // Versions that know no settings find it in the session.
        self.layout.font_size = size;
        settings::change(|settings| settings.code_size = Some(size));
    }

    /// The code of the chosen tab.
    fn code(&mut self, ui: &mut Ui, version: u64) {
        let font_size = self.code_size();
        egui::CentralPanel::default().frame(theme::well().inner_margin(egui::Margin::same(4))).show(ui, |ui| {
            theme::frameless(ui);
            if !self.layout.session_tab {
                self.script.show(ui, &self.instance, &self.view, font_size);
            } else if let Some((generated, typed, field)) = self.session.show(ui, &self.instance, version, font_size) {
                // The keys go on in the new tab, where the cursor was.
                let tab = self.instance.scripts(|scripts| {
                    scripts.open("Session copy", generated, true);
                    scripts.chosen().map(|tab| (tab.id, tab.name.clone()))
                });
                let Some((id, name)) = tab else { return };
                self.layout.session_tab = false;
                self.script.update(&self.instance, &self.view);
                self.script.enter(ui, &self.instance, (id, &field), typed);
                let text = format!("The session was copied to the tab {name}, where you can change and run it.");
                self.log.say(Severity::Note, text);
                ui.ctx().request_repaint();
            }
        });
    }

    /// Imports files that were dropped on the window, and says what dropping would do.
    fn take_drops(&mut self, ui: &Ui) {
        let dragged = self.common.take_drag();
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
            media::drop_in(&self.instance, &paths, self.panels.sampler_at(at).as_ref());
            if paths.iter().any(|path| !tune::is_text(path)) {
                self.panels.occasion(&mut self.layout, Occasion::Files);
            }
        }
        if let Some(place) = dragged.over {
            // The panel opens for what comes, so that the samplers' names are there.
            self.panels.occasion(&mut self.layout, Occasion::Files);
            media::announce(ui, point(place), self.panels.sampler_at(Some(point(place))).as_ref());
            ui.ctx().request_repaint_after(Duration::from_millis(16));
        }
    }

    /// Does what a key or a menu asks for.
    fn act(&mut self, ui: &Ui, act: Act) {
        use super::files::Request as File;
        match act {
            Act::Panic => self.fulfil(Request::Transport(TransportAction::Panic)),
            Act::Hush => {
                // Stopping leaves tails to ring; a hush does not.
                self.fulfil(Request::Transport(TransportAction::Stop));
                self.fulfil(Request::Transport(TransportAction::Panic));
            }
            Act::Undo => self.travel(ui, true),
            Act::Redo => self.travel(ui, false),
            Act::Help => self.shows_keys = !self.shows_keys,
            Act::ZoomIn => self.write_larger(1.0),
            Act::ZoomOut => self.write_larger(-1.0),
            Act::ZoomReset => {
                self.layout.font_size = Layout::default().font_size;
                settings::change(|settings| settings.code_size = None);
            }
            Act::Open => self.files.fulfil(&self.instance, File::Open),
            Act::Save => self.files.fulfil(&self.instance, File::Save),
            Act::SaveAs => self.files.fulfil(&self.instance, File::SaveAs),
            Act::RunBlock | Act::RunAll | Act::Find | Act::Replace | Act::GoToLine => {
                if !self.layout.session_tab {
                    self.script.act(ui, &self.instance, act);
                }
            }
        }
        ui.ctx().request_repaint();
    }

    /// Whether undo and redo belong to a field that somebody types in: not to the Session view, nor to a console's line without words.
    fn has_own_undo(&self, ui: &Ui) -> bool {
        ui.ctx().text_edit_focused() && !self.layout.session_tab && !console::is_at_rest(ui.ctx())
    }

    /// Takes back what was done last, wherever that was, or does it again.
    fn travel(&mut self, ui: &Ui, back: bool) {
        let depths = |window: &Self| {
            let snapshot = window.instance.engine.snapshot();
            (snapshot.undo_depth, snapshot.redo_depth)
        };
        loop {
            let next = if back { self.timeline.next_undo() } else { self.timeline.next_redo() };
            let (done, goes_on) = match next {
                None => return,
                Some(Entry::Text(tab)) => {
                    let is_there = self.instance.scripts(|scripts| scripts.tab(tab).is_some());
                    if is_there {
                        self.instance.scripts(|scripts| scripts.choose(tab));
                        self.script.update(&self.instance, &self.view);
                    }
                    let done = is_there && self.script.travel(ui, &self.instance, back);
                    self.layout.session_tab &= !done;
                    (done, true)
                }
                Some(Entry::Turn(Turn { knob, from, to })) => {
                    let moved = self.host.as_ref().and_then(|host| host.turn(knob, if back { from } else { to }));
                    if let Some(name) = &moved {
                        let said = if back { "stands where it was" } else { "stands again where it was put" };
                        self.log.say(Severity::Note, format!("{name} {said}"));
                    }
                    (moved.is_some(), true)
                }
                Some(Entry::Session { steps, .. }) => {
                    let engine = &self.instance.engine;
                    let labels: Vec<String> = (0..steps).map_while(|_| if back { engine.undo() } else { engine.redo() }).collect();
                    if let Some(label) = labels.last() {
                        let said = if back { "Undid" } else { "Did again" };
                        self.log.asked();
                        self.log.say(Severity::Note, format!("{said}: {label}"));
                    }
                    (!labels.is_empty(), false)
                }
            };
            let now = depths(self);
            if back {
                self.timeline.undid(done, now);
            } else {
                self.timeline.redid(done, now);
            }
            if done || !goes_on {
                return;
            }
        }
    }

    fn fulfil(&mut self, request: Request) {
        match request {
            Request::Undo | Request::Redo => {}
            Request::Transport(action) => {
                if let Err(error) = self.instance.engine.apply("transport", vec![Command::SetTransport { action }]) {
                    self.log.say(Severity::Error, error.to_string());
                }
            }
            Request::Clock(source) => {
                let (label, says) = match source {
                    ClockSource::Internal => {
                        ("the click that lets the session's internal clock count", "the session's internal clock counts")
                    }
                    ClockSource::Host => ("the click that lets the host's clock count", "the host's clock counts"),
                };
                match self.instance.engine.apply(label, vec![Command::SetClockSource { source }]) {
                    Ok(_) => self.log.say(Severity::Note, format!("{says} from now on; it is part of the session, so undo takes it back")),
                    Err(error) => self.log.say(Severity::Error, error.to_string()),
                }
            }
            Request::Record(on) => self.instance.engine.console(if on { "record" } else { "record off" }),
            Request::Video if self.video.is_open() => self.video.close(),
            Request::Video => {
                if let Err(reason) = self.video.open() {
                    self.log.say(Severity::Warning, reason);
                }
            }
        }
    }

    /// Keeps the layout for the state, brings back a size that was loaded, and draws as large as fits.
    fn size(&mut self, ui: &Ui) {
        if self.instance.loads() != self.loads {
            self.loads = self.instance.loads();
            self.timeline.reset();
            self.layout = self.instance.layout();
            self.wanted_size = Some(egui::vec2(self.layout.width, self.layout.height));
        }
        let ctx = ui.ctx().clone();
        let (size, drawn) = (ctx.content_rect().size() * ctx.zoom_factor(), ctx.zoom_factor());
        if let Some(wanted) = self.wanted_size.take() {
            let scale = ctx.native_pixels_per_point().unwrap_or(1.0);
            let most = self.screen.take().map_or(egui::Vec2::splat(4096.0), |screen| screen::most(screen, scale));
            let wanted = wanted.max(SMALLEST).min(most);
            if (wanted - size).abs().max_elem() > 1.0 {
                ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(wanted / drawn));
                return;
            }
        }
        // The library resizes the window with the zoom unless it is told what size to have, in the first picture that has it.
        if self.zoomed.take().is_some_and(|zoomed| (zoomed - drawn).abs() < 1e-6) {
            ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(size / drawn));
        }
        let fitting = screen::zoom(size, SMALLEST);
        if (fitting - drawn).abs() > 0.002 {
            ctx.set_zoom_factor(fitting);
            self.zoomed = Some(fitting);
        }
        (self.layout.width, self.layout.height) = (size.x, size.y);
    }

    /// Moves the edit counter when something changed that the host would save.
    fn tell(&mut self, ui: &Ui, host: &HostControl, version: u64) {
        self.layout.say_formerly();
        let layout = self.layout.clone();
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
        if *told == now {
            return;
        }
        let time = ui.input(|input| input.time);
        let rest = MARK_EVERY - (time - self.told_at);
        if rest > 0.0 {
            ui.ctx().request_repaint_after(Duration::from_secs_f64(rest));
            return;
        }
        self.told_at = time;
        host.mark_edited();
        self.told = Some(now);
    }
}
