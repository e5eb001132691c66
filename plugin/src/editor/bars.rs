//! The bar above (transport, load, video) and the line below (last message, version, what is under way).

use egui::{Align, Color32, Label, Layout, Rect, Response, RichText, Sense, Stroke, Ui, vec2};
use videotracker_engine::{
    command::TransportAction,
    media::import::Progress,
    module::{PortKind, Role},
    name::Name,
    project::ClockSource,
    snapshot::{Message, Severity, Snapshot},
    text::counted,
    view::{Playhead, ViewFrame},
};

use super::{
    keys::{self, Act},
    theme,
};
use crate::{
    instance::LONGEST_LATENCY,
    video::{recorder::Status, window::WindowStats},
};

/// Width from which the bar above writes everything out.
const WIDE: f32 = 900.0;

/// What the player asked for in the bar above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Play or stop.
    Transport(TransportAction),
    /// Let the host's clock count, or the session's own.
    Clock(ClockSource),
    /// Arm the recorder, or end it.
    Record(bool),
    /// Open or close the video window.
    Video,
    /// Take back the last change.
    Undo,
    /// Do it again.
    Redo,
}

/// What the bar above tells beside the session.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Whether there is something to undo and to redo.
    pub travel: (bool, bool),
    /// Whether a script runs.
    pub running: bool,
    /// Whether the host calls the plugin.
    pub called: bool,
    /// Whether the video window is open.
    pub video_open: bool,
    /// What the recorder does.
    pub record: Status,
}

/// Shows the bar above.
pub fn above(ui: &mut Ui, snapshot: &Snapshot, view: &ViewFrame, state: State) -> Option<Request> {
    let State { travel, running, called, video_open, record } = state;
    let mut request = None;
    let head = &view.playhead;
    ui.horizontal_centered(|ui| {
        // In a narrow window the name gives way to what moves, and words to shorter ones: every button keeps its place.
        let wide = ui.available_width() > WIDE;
        if wide {
            ui.label(RichText::new("videoTracker").size(15.0).strong().color(theme::TEXT));
            ui.add_space(8.0);
        } else {
            ui.spacing_mut().item_spacing.x = 5.0;
        }
        let action = if head.playing { TransportAction::Stop } else { TransportAction::Start };
        let hint = match (head.playing, head.host, head.rolling) {
            (true, ..) => "Stop this instance",
            (false, true, true) => "Play along with the host",
            (false, true, false) => "Play on this instance's internal clock; a host that starts takes over",
            (false, false, _) => "Play",
        };
        if transport_button(ui, head.playing).on_hover_text(hint).clicked() {
            request = Some(Request::Transport(action));
        }
        if record_button(ui, record).clicked() {
            request = Some(Request::Record(record == Status::Off));
        }
        let panic = egui::Button::new(RichText::new("Panic").small());
        if ui.add(panic).on_hover_text("Silences everything at once, MIDI as well; the song goes on (Ctrl+Alt+.)").clicked() {
            request = Some(Request::Transport(TransportAction::Panic));
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 5.0;
            for (sign, word, can, of, act) in
                [("⟲", "Undo", travel.0, Request::Undo, Act::Undo), ("⟳", "Redo", travel.1, Request::Redo, Act::Redo)]
            {
                let button = ui.add_enabled(can, egui::Button::new(sign));
                button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, can, word));
                let hint = format!("{word} the last change of a text, a run, a panel or the console ({})", keys::of(ui.ctx(), act));
                if button.on_hover_text(hint).clicked() {
                    request = Some(of);
                }
            }
        });
        let tint = if head.playing { theme::TEXT } else { theme::WEAK };
        let bpm = if head.bpm > 0.0 { head.bpm } else { snapshot.project.clock.bpm };
        // A host that rolls while this instance is stopped is somewhere else.
        let away = is_away(head);
        let (bar, beat) =
            if away { ("–".to_owned(), "–".to_owned()) } else { ((whole(head.bar) + 1).to_string(), format!("{:.2}", head.beat)) };
        let stands = if away { "; the host plays on, but this instance is stopped" } else { "" };
        figure(ui, "bar", &format!("{bar:>3}"), *tint).on_hover_text(format!("Counted from 1{stands}"));
        figure(ui, "beat", &format!("{beat:>7}"), *tint).on_hover_text(format!("Quarter notes from 0{stands}"));
        figure(ui, "bpm", &format!("{bpm:>6.2}"), *tint).on_hover_text("Quarter notes a minute");
        let source = snapshot.project.clock.source;
        let clock = Clock::of(head, source, called);
        if clock_pill(ui, clock, source, wide).clicked() {
            request = Some(Request::Clock(other(source)));
        }
        if running {
            pill(ui, if wide { "running script" } else { "running" }, *theme::WARN);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = if wide { "Video window" } else { "Video" };
            let text = RichText::new(text).color(if video_open { theme::GROUND } else { theme::TEXT });
            let button = ui.add(egui::Button::new(text).fill(if video_open { theme::ACCENT } else { theme::RAISED }));
            button.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, video_open, "Video window"));
            if button.on_hover_text("Opens or closes the window that shows the picture").clicked() {
                request = Some(Request::Video);
            }
            // What only tells gives way to what can be pressed.
            if wide || !running {
                load(ui, view.load);
                meter(ui, snapshot, view, if wide { 90.0 } else { 36.0 });
            }
        });
    });
    request
}

/// Whether the position is that of a host that rolls without this instance.
#[must_use]
pub const fn is_away(head: &Playhead) -> bool {
    head.host && head.rolling && !head.playing
}

/// Which clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// None: the host does not call.
    Deaf,
    /// The session's own, whatever the host does.
    Internal,
    /// The session's own, because the host says no position.
    Alone,
    /// The host's, which stands or rolls.
    Host,
    /// The host's, which rolls without this instance.
    Stopped,
    /// The session's own, until the host starts.
    Meanwhile,
}

impl Clock {
    fn of(head: &Playhead, source: ClockSource, called: bool) -> Self {
        match (head.host, head.rolling, head.playing) {
            _ if !called => Self::Deaf,
            _ if source == ClockSource::Internal => Self::Internal,
            (false, ..) => Self::Alone,
            (true, true, false) => Self::Stopped,
            (true, false, true) => Self::Meanwhile,
            (true, ..) => Self::Host,
        }
    }

    /// Its name, its colour and what it means.
    fn texts(self) -> (&'static str, Color32, &'static str) {
        match self {
            Self::Deaf => (
                "the host isn't calling the plugin",
                *theme::WARN,
                "The host isn't calling the plugin. Nothing plays until it does: start the host's audio engine, or turn the plugin or its track on",
            ),
            Self::Internal => ("internal clock", *theme::WEAK, "The session's internal clock counts, whatever the host does."),
            Self::Alone => ("internal clock", *theme::WEAK, "The host says no position, so the session's internal clock counts."),
            Self::Host => ("host", *theme::WEAK, "The host's clock counts. While it stands, play starts this instance's internal clock."),
            Self::Stopped => {
                ("host, stopped here", *theme::WARN, "The host rolls, but this instance was stopped; play lets it play along.")
            }
            Self::Meanwhile => (
                "internal clock",
                *theme::ACCENT,
                "The host stands, so this instance's internal clock runs, at the host's tempo. When the host starts, it takes over at its position.",
            ),
        }
    }
}

const fn other(source: ClockSource) -> ClockSource {
    match source {
        ClockSource::Host => ClockSource::Internal,
        ClockSource::Internal => ClockSource::Host,
    }
}

/// Says which clock counts; a click lets the other one count.
fn clock_pill(ui: &mut Ui, clock: Clock, source: ClockSource, wide: bool) -> Response {
    let (text, tint, about) = clock.texts();
    let text = if clock == Clock::Deaf && !wide { "not called" } else { text };
    let click = match source {
        ClockSource::Host => "Click to let the session's internal clock count, whatever the host does",
        ClockSource::Internal => "Click to follow the host",
    };
    let response = pill(ui, text, tint).interact(Sense::click()).on_hover_cursor(egui::CursorIcon::PointingHand);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, text));
    response.on_hover_text(format!("{about}\n{click}"))
}

/// What the line below tells beside the session.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Events of generative patterns that came late.
    pub late: u64,
    /// Times that voices fell silent because a long sound was not read from disk in time.
    pub missed: u64,
    /// The video window, while it is open.
    pub video: Option<WindowStats>,
    /// The newest message.
    pub newest: Option<&'a Message>,
    /// Media that are being imported.
    pub imports: &'a [(Name, Progress)],
}

/// Shows the line below; `latency_ms` is the way to the speakers, which can be set while the video window is open.
pub fn below(ui: &mut Ui, snapshot: &Snapshot, view: &ViewFrame, status: &Standing<'_>, latency_ms: &mut f32) {
    let Standing { late, missed, video, newest, imports } = *status;
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let small = |text: String| Label::new(RichText::new(text).small().color(theme::WEAK));
            ui.add(small(format!("version {}", snapshot.version)));
            let waiting = snapshot.version.saturating_sub(view.version);
            if view.version > 0 && waiting > 0 {
                ui.add(small(format!("{waiting} waiting"))).on_hover_text("Changes that the audio thread has not taken up yet");
            }
            if missed > 0 {
                let hint = "Times that a voice fell silent because a long sound was not read from disk in time; a quicker disk helps";
                ui.add(small(counted(missed, "gap"))).on_hover_text(hint);
            }
            if late > 0 {
                let hint = "Events of generative patterns that were worked out after their time; they come late only after a jump";
                ui.add(small(format!("{late} late"))).on_hover_text(hint);
            }
            if let Some(stats) = video {
                let text = format!("{:.0} fps, {} late, {} dropped, {:+.1} ms", stats.fps, stats.late, stats.dropped, stats.offset_ms);
                let about = "The video window: pictures a second, frames shown by a neighbour, display turns without a new picture, \
                             and how long after the moment it was composed for a picture is handed over (below 0 is in time)";
                ui.add(small(text)).on_hover_text(about);
                latency(ui, latency_ms);
            }
            ui.add(small(counted(view.sounding, "voice")));
            ui.add(small(counted(snapshot.project.modules.len(), "module")));
            if let Some((name, progress)) = imports.first() {
                let all: Vec<String> = imports.iter().map(|(name, progress)| format!("{name}: {}", standing(*progress))).collect();
                let more = if imports.len() > 1 { format!(" and {} more", imports.len() - 1) } else { String::new() };
                let short = name.rsplit(['/', '\\']).next().unwrap_or_default();
                ui.add(small(format!("importing {short} {}{more}", standing(*progress)))).on_hover_text(all.join("\n"));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if let Some(message) = newest {
                    let tint = match message.severity {
                        Severity::Note => theme::WEAK,
                        Severity::Warning => theme::WARN,
                        Severity::Error => theme::ERROR,
                    };
                    let line = message.text.lines().next().unwrap_or_default();
                    ui.add(Label::new(RichText::new(line).small().color(tint)).truncate());
                }
            });
        });
    });
}

/// The field for the way to the speakers.
fn latency(ui: &mut Ui, ms: &mut f32) {
    let about = "How long sound takes from the host to your ears; the picture waits as long. Enter what your DAW or driver shows as \
                 output latency (a buffer of 512 frames at 48 kHz is 10.7 ms), and more for wireless speakers (150 to 250 ms). \
                 Drag or click. It is kept with the host's project; what a session itself wants stands in videoOut's offsetMs";
    ui.scope(|ui| {
        ui.style_mut().override_text_style = Some(egui::TextStyle::Small);
        ui.style_mut().drag_value_text_style = egui::TextStyle::Small;
        ui.spacing_mut().interact_size.y = 16.0;
        ui.spacing_mut().button_padding = vec2(4.0, 0.0);
        let longest = LONGEST_LATENCY.as_secs_f32() * 1000.0;
        let field = egui::DragValue::new(ms).range(0.0..=longest).speed(0.5).max_decimals(1).prefix("latency ").suffix(" ms");
        ui.add(field).on_hover_text(about);
    });
}

/// How far an import is.
fn standing(progress: Progress) -> String {
    match progress {
        Progress::Hashing => "reading".to_owned(),
        Progress::Waiting => "waiting".to_owned(),
        Progress::Converting(None) => "converting".to_owned(),
        Progress::Converting(Some(share)) => format!("{:.0} %", share * 100.0),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "bars of a song")]
fn whole(value: f64) -> i64 {
    value.floor() as i64
}

fn transport_button(ui: &mut Ui, playing: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(34.0, 24.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, if playing { "Stop" } else { "Play" }));
    let fill = if response.hovered() { theme::HOVER } else { theme::RAISED };
    ui.painter().rect_filled(rect, 5.0, fill);
    let centre = rect.center();
    if playing {
        ui.painter().rect_filled(Rect::from_center_size(centre, vec2(10.0, 10.0)), 1.5, theme::ACCENT);
    } else {
        let points = vec![centre + vec2(-4.0, -6.0), centre + vec2(7.0, 0.0), centre + vec2(-4.0, 6.0)];
        ui.painter().add(egui::Shape::convex_polygon(points, theme::TEXT, Stroke::NONE));
    }
    response
}

/// A dot: dim while off, outlined while armed, full with the pictures written while recording.
fn record_button(ui: &mut Ui, status: Status) -> Response {
    let (rect, mut response) = ui.allocate_exact_size(vec2(34.0, 24.0), Sense::click());
    ui.painter().rect_filled(rect, 5.0, if response.hovered() { theme::HOVER } else { theme::RAISED });
    let (centre, radius) = (rect.center(), 5.5);
    let hint = match status {
        Status::Off => {
            ui.painter().circle_filled(centre, radius, theme::WEAK);
            "Record a film of every time the song plays, live or in the host's bounce".to_owned()
        }
        Status::Armed => {
            ui.painter().circle_stroke(centre, radius, Stroke::new(2.0, theme::ERROR));
            "Armed: a film begins when the song plays. Click to end that".to_owned()
        }
        Status::Recording(pictures) => {
            ui.painter().circle_filled(centre, radius, theme::ERROR);
            response |= ui.label(RichText::new(format!("{pictures}")).monospace().small().color(theme::ERROR));
            format!("{} written. Click to end the film", counted(pictures, "picture"))
        }
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Record"));
    response.on_hover_text(hint)
}

/// A number with what it counts.
fn figure(ui: &mut Ui, name: &str, value: &str, tint: Color32) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        ui.label(RichText::new(value).monospace().color(tint));
        ui.label(RichText::new(name).small().color(theme::WEAK));
    })
    .response
}

fn pill(ui: &mut Ui, text: &str, tint: Color32) -> Response {
    egui::Frame::new()
        .fill(*theme::RAISED)
        .corner_radius(9)
        .inner_margin(egui::Margin::symmetric(8, 1))
        .show(ui, |ui| ui.label(RichText::new(text).small().color(tint)))
        .response
}

fn load(ui: &mut Ui, load: f32) {
    let tint = match load {
        load if load > 0.8 => theme::ERROR,
        load if load > 0.5 => theme::WARN,
        _ => theme::WEAK,
    };
    let percent = (load * 100.0).clamp(0.0, 999.0);
    // Most sessions take less than a percent.
    let figure = if percent < 9.95 { format!("{percent:>4.1}") } else { format!("{percent:>4.0}") };
    let text = RichText::new(format!("CPU {figure} %")).monospace().size(11.5).color(tint);
    let about = "Time that making sound takes, as a share of the time it lasts: what passes in the host's process call over the block's \
                 length, smoothed over half a second. At 100 % the sound breaks up";
    ui.label(text).on_hover_text(about);
}

/// Peaks of what leaves the plugin, −48 to 0 dB.
fn meter(ui: &mut Ui, snapshot: &Snapshot, view: &ViewFrame, width: f32) {
    let outs = snapshot.project.modules.iter().filter(|(_, module)| module.module_type().role == Role::Master(PortKind::Audio));
    let ids: Vec<u32> = outs.filter_map(|(name, _)| snapshot.ids.get(name).copied()).collect();
    let mut peak = [0.0_f32; 2];
    for meter in view.meters.iter().take(view.meter_count).filter(|meter| ids.contains(&meter.module)) {
        peak = [peak[0].max(meter.peak[0]), peak[1].max(meter.peak[1])];
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 12.0), Sense::hover());
    for (channel, level) in peak.into_iter().enumerate() {
        let top = rect.top() + if channel == 0 { 0.0 } else { 7.0 };
        let bar = Rect::from_min_size(egui::pos2(rect.left(), top), vec2(rect.width(), 5.0));
        ui.painter().rect_filled(bar, 2.0, theme::RAISED);
        let share = ((20.0 * level.max(1e-6).log10() + 48.0) / 48.0).clamp(0.0, 1.0);
        let tint = if level >= 1.0 { theme::ERROR } else { theme::ACCENT };
        ui.painter().rect_filled(Rect::from_min_size(bar.min, vec2(bar.width() * share, bar.height())), 2.0, tint);
    }
    response.on_hover_text("Peak level of audioOut, −48 to 0 dB");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pill_says_which_clock_counts() {
        let head = |host, rolling, playing| Playhead { host, rolling, playing, ..Playhead::default() };
        for (head, source, called, wanted) in [
            (head(true, true, true), ClockSource::Host, true, Clock::Host),
            (head(true, false, false), ClockSource::Host, true, Clock::Host),
            (head(true, false, true), ClockSource::Host, true, Clock::Meanwhile),
            (head(true, true, false), ClockSource::Host, true, Clock::Stopped),
            (head(false, false, true), ClockSource::Host, true, Clock::Alone),
            (head(false, false, true), ClockSource::Internal, true, Clock::Internal),
            (head(true, true, true), ClockSource::Host, false, Clock::Deaf),
            (head(false, false, false), ClockSource::Internal, false, Clock::Deaf),
        ] {
            assert_eq!(Clock::of(&head, source, called), wanted, "{head:?} {source:?} {called}");
        }
    }
}
