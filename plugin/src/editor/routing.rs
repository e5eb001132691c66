//! The routing list: every cable and every parameter link, and a button that removes it.

use egui::{Button, Color32, RichText, Role, ScrollArea, Stroke, TextEdit, Ui, WidgetInfo, vec2};
use videotracker_engine::{
    command::Command,
    module::PortKind,
    project::{Connection, Curve, Link, Project},
    snapshot::{Message, Severity},
    text::counted,
};

use super::{
    panels::{About, Dock, Panel, Scene},
    theme,
};

/// Height of a row.
const ROW: f32 = 22.0;

/// The routing list; its memory is what the rows are searched for.
#[derive(Debug, Default)]
pub struct Routing;

/// A row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What travels.
    pub kind: &'static str,
    /// What else there is to say.
    pub note: String,
    /// What removes it.
    pub remove: Command,
}

impl Row {
    fn cable(cable: &Connection) -> Self {
        let note = if cable.auto { "laid by default routing" } else { "" };
        let remove = Command::Disconnect { from: Some(cable.from_end()), to: Some(cable.to_end()), kind: Some(cable.kind) };
        Self { from: cable.from_end().to_string(), to: cable.to_end().to_string(), kind: cable.kind.word(), note: note.to_owned(), remove }
    }

    fn link(link: &Link) -> Self {
        let mut note = format!("× {}", link.scale);
        if link.offset != 0.0 {
            note.push_str(&format!(" {} {}", if link.offset < 0.0 { '−' } else { '+' }, link.offset.abs()));
        }
        match link.curve {
            Curve::Linear => {}
            Curve::Square => note.push_str(", square"),
            Curve::Root => note.push_str(", root"),
        }
        if link.min.is_some() || link.max.is_some() {
            let edge = |edge: Option<f64>| edge.map_or_else(|| "…".to_owned(), |edge| edge.to_string());
            note.push_str(&format!(", from {} to {}", edge(link.min), edge(link.max)));
        }
        let of = |(module, param): &(videotracker_engine::name::Name, videotracker_engine::name::Name)| format!("{module}.{param}");
        let remove = Command::UnlinkParameter { module: link.target.0.clone(), param: link.target.1.clone() };
        Self { from: of(&link.source), to: of(&link.target), kind: "link", note, remove }
    }
}

/// The rows of a session: cables in the order in which they were laid, then links.
#[must_use]
pub fn rows(project: &Project) -> Vec<Row> {
    project.connections.iter().map(Row::cable).chain(project.links.iter().map(Row::link)).collect()
}

fn tint(kind: &str) -> Color32 {
    match kind {
        kind if kind == PortKind::Audio.word() => *theme::ACCENT,
        kind if kind == PortKind::Video.word() => *theme::WARN,
        kind if kind == PortKind::Event.word() => *theme::STRING,
        _ => *theme::SPECIAL,
    }
}

impl Panel for Routing {
    fn about(&self) -> &'static About {
        &About {
            name: "routing",
            title: "Routing",
            hint: "Every cable and parameter link, each removable",
            dock: Dock::Below,
            size: 200.0,
            lowest: 110.0,
            open: false,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, memory: &mut String) {
        let all = rows(&scene.snapshot.project);
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 4, top: 2, bottom: 4 }).show(ui, |ui| {
            let wanted = memory.to_lowercase();
            let fits =
                |row: &&Row| [&row.from, &row.to].iter().any(|end| end.to_lowercase().contains(&wanted)) || row.kind.contains(&wanted);
            let shown: Vec<&Row> = all.iter().filter(fits).collect();
            ui.horizontal(|ui| {
                let field = ui.add(TextEdit::singleline(memory).hint_text("Search").desired_width(120.0));
                field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search the routing"));
                let links = all.iter().filter(|row| row.kind == "link").count();
                let text = format!("{}, {}", counted(all.len() - links, "cable"), counted(links, "link"));
                ui.add(egui::Label::new(RichText::new(text).small().color(theme::WEAK)).truncate());
            });
            if all.is_empty() {
                let text = "No cables yet: connect(\"from\", \"to\") in a script, or  route from to  in the console";
                ui.add(egui::Label::new(RichText::new(text).color(theme::WEAK)).wrap());
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, shown.len(), |ui, range| {
                for row in shown.get(range).unwrap_or_default() {
                    show(ui, scene, row);
                }
            });
        });
    }
}

fn show(ui: &mut Ui, scene: &Scene<'_>, row: &Row) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), ROW), egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.set_min_height(ROW);
        ui.add_space(6.0);
        let cross = Button::new(RichText::new("×").color(theme::WEAK)).small().fill(Color32::TRANSPARENT).stroke(Stroke::NONE);
        let cross = ui.add(cross).on_hover_text(row.remove.describe());
        cross.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Remove the {} from {} to {}", word(row.kind), row.from, row.to))
        });
        if cross.clicked()
            && let Err(error) = scene.instance.engine.apply(&row.remove.describe(), vec![row.remove.clone()])
        {
            scene.instance.notify([Message { severity: Severity::Error, text: error.to_string(), line: None, column: None }]);
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add_sized(vec2(66.0, ROW), egui::Label::new(RichText::new(row.kind).small().color(tint(row.kind))));
            let text = format!("{} → {}", row.from, row.to);
            ui.add(egui::Label::new(RichText::new(text).monospace().size(12.0)).truncate());
            if !row.note.is_empty() {
                ui.add(egui::Label::new(RichText::new(&row.note).small().color(theme::WEAK)).truncate());
            }
        });
    });
}

fn word(kind: &str) -> String {
    if kind == "link" { "link".to_owned() } else { format!("{kind} cable") }
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn each_row_removes_what_it_shows_and_nothing_else() {
        let engine = Engine::empty();
        let script = "autoRoute(false) sampler('a') sampler('b') sequencer('s') audioMixer('m') audioFx('c', {effect = 'compressor'}) lfo('l') \
            connect('a', 'm') connect('b', 'm') connect('s', 'a') connect('m', 'c') connect('a', 'c.sidechain') connect('l.value', 'a.pan')";
        let result = engine.run_script_and_wait("s", script);
        assert_eq!(result.error, None);
        let before = engine.snapshot().project.clone();
        let all = rows(&before);
        assert!(all.len() >= 6 && all.iter().any(|row| row.kind == "link") && all.iter().any(|row| row.to.contains('.')), "{all:?}");
        for row in &all {
            engine.apply("remove", vec![row.remove.clone()]).unwrap();
            let left = rows(&engine.snapshot().project);
            let expected: Vec<&Row> = all.iter().filter(|other| *other != row).collect();
            assert_eq!(
                left.iter().map(|row| (&row.from, &row.to)).collect::<Vec<_>>(),
                expected.iter().map(|row| (&row.from, &row.to)).collect::<Vec<_>>()
            );
            assert!(engine.undo().is_some());
            assert_eq!(engine.snapshot().project, before);
        }
    }
}
