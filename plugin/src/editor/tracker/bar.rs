//! The row above the grid: what is shown and played, how it is counted, and menus for everything that keys do.

use egui::{
    Button, Color32, PopupCloseBehavior, Rect, RichText, Role, ScrollArea, Stroke, TextEdit, Ui, UiBuilder, WidgetInfo,
    containers::menu::{MenuButton, MenuConfig},
    vec2,
};
use videotracker_engine::{
    command::Command,
    name::Name,
    pattern::{Column, Pattern, Source, Tracker, steps::Grid, tracker::MAX_STEPS},
    time::Ratio,
};

use super::{
    Ground, TrackerPanel,
    acts::{self, Act, Binding, KeySet},
    bound_chain,
    cells::{Field, arithmetic, short},
    cursor::Area,
    fields, grid,
    memory::{MAX_CYCLES, MAX_OCTAVE, MAX_STEP},
    offers::{self, FIXED},
};
use crate::editor::{panels::Scene, theme};

/// What is asked of a column.
#[derive(Clone, Copy, Debug)]
pub enum Head {
    /// Take it out; its values stay.
    Remove(usize),
    /// Put it at another place.
    Move(usize, usize),
    /// Do something with all of it.
    Act(usize, Act),
}

fn menu<'a>(text: impl Into<RichText>) -> MenuButton<'a> {
    let text: RichText = text.into();
    MenuButton::from_button(Button::new(text.size(12.0)).fill(*theme::RAISED).stroke(Stroke::NONE))
}

/// A button with a hint and a name.
fn button(ui: &mut Ui, text: &str, name: &str, hint: &str) -> bool {
    let response = ui.add(Button::new(RichText::new(text).size(12.0)));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(hint).clicked()
}

/// A row of a menu, which is called by its first words alone.
fn row(ui: &mut Ui, button: Button<'_>, name: &str) -> egui::Response {
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response
}

/// Shows a column's title as a menu.
pub fn head(ui: &mut Ui, field: &Field, column: usize, columns: usize, place: Rect) -> Option<Head> {
    let mut asked = None;
    let mut child = ui.new_child(UiBuilder::new().id_salt(("head", column)).max_rect(place));
    child.shrink_clip_rect(place);
    child.spacing_mut().button_padding = vec2(5.0, 1.0);
    let text = RichText::new(&field.title).size(11.5).color(grid::tint(&field.column));
    let title =
        MenuButton::from_button(Button::new(text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE).truncate().min_size(place.size()));
    let (response, _) = title.ui(&mut child, |ui| {
        let rows = [
            ("Throw dice for the column", Head::Act(column, Act::Randomise), true),
            ("Interpolate the column", Head::Act(column, Act::Interpolate), true),
            ("Move it left", Head::Move(column, column.saturating_sub(1)), column > 0),
            ("Move it right", Head::Move(column, column + 1), column + 1 < columns),
            ("Take it out; its values are kept", Head::Remove(column), columns > 1),
        ];
        for (text, head, is_able) in rows {
            if ui.add_enabled(is_able, Button::new(text)).clicked() {
                asked = Some(head);
                ui.close();
            }
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Column {}", field.title)));
    let about = match field.spec {
        Some(spec) => format!("{}: {} {}\n{}", spec.name, spec_range(field), spec.unit, spec.doc),
        None => FIXED.iter().find(|(known, _)| *known == field.column).map_or(String::new(), |(_, doc)| (*doc).to_owned()),
    };
    response.on_hover_text(about);
    asked
}

fn spec_range(field: &Field) -> String {
    let (low, high) = field.range();
    match field.spec.map(|spec| spec.choices()).unwrap_or_default() {
        [] => format!("{} to {}", short(low), short(high)),
        choices => choices.join(", "),
    }
}

impl TrackerPanel {
    pub(super) fn bar(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, ground: &Ground<'_>) {
        ui.spacing_mut().button_padding = vec2(7.0, 2.0);
        ui.spacing_mut().interact_size.y = 21.0;
        ui.horizontal_wrapped(|ui| {
            self.patterns(ui, ground);
            self.new_menu(ui, scene, ground);
            self.sequencers(ui, ground);
            self.playing(ui, scene, ground);
            match ground.pattern.as_ref().map(|(_, pattern)| *pattern) {
                Some(Pattern::Tracker(tracker)) => self.counting(ui, scene, ground, tracker),
                Some(Pattern::Cycle(_)) => self.writing_out(ui, scene, ground),
                None => {}
            }
            self.following(ui);
        });
        self.saying(ui, ground);
    }

    /// What was refused last, or what is silent and why.
    fn saying(&mut self, ui: &mut Ui, ground: &Ground<'_>) {
        let hears = |sequencer: &Name| ground.project.hearers(sequencer).is_empty();
        let silent = ground
            .sequencer
            .as_ref()
            .filter(|sequencer| hears(sequencer))
            .map(|sequencer| format!("Nothing hears {sequencer}: connect it to a sampler or a synth, or turn its auto on"));
        if let Some(text) = self.said.clone().or(silent) {
            let text = RichText::new(text).size(12.0).color(*theme::WARN);
            ui.add(egui::Label::new(text).truncate()).on_hover_text("Escape in the grid lets this go");
        }
    }

    fn patterns(&mut self, ui: &mut Ui, ground: &Ground<'_>) {
        let now = ground.name().map_or("no pattern", |name| name.as_str());
        let (response, _) = menu(RichText::new(format!("{now} ⏷")).strong()).ui(ui, |ui| {
            ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                for (name, slot) in &ground.project.patterns {
                    let kind = if slot.pattern.as_tracker().is_some() { "steps" } else { "cycles" };
                    let choice = Button::selectable(name.as_str() == now, name.as_str()).shortcut_text(kind);
                    if row(ui, choice, name).clicked() {
                        self.choose(ui, name);
                        ui.close();
                    }
                }
            });
        });
        self.door = Some(response.id);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Pattern: {now}")));
        response.on_hover_text("The pattern that is shown");
    }

    fn new_menu(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>) {
        let mut made = None;
        let (response, _) = menu("New").ui(ui, |ui| {
            if ui.button("Pattern of 16 lines").clicked() {
                made = Some(Tracker::new(16));
            }
            if ui.button("Pattern of 64 lines").clicked() {
                made = Some(Tracker::new(64));
            }
            if let (Some(name), Some(tracker)) = (ground.name(), ground.tracker())
                && ui.button(format!("Copy of {name}")).clicked()
            {
                made = Some(tracker.clone());
            }
            if made.is_some() {
                ui.close();
            }
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "New pattern"));
        response.on_hover_text("Makes a pattern that the sequencer plays: at once, or in its chain");
        if let Some(tracker) = made {
            let after = ground.now.as_ref().and_then(|now| now.entry);
            let (pattern, sequencer, commands) = offers::pattern(ground.project, ground.sequencer.as_ref(), tracker, after);
            if self.send(scene, &format!("new pattern {pattern}"), commands) {
                self.choose(ui, &pattern);
                self.memory.sequencer = sequencer.to_string();
                self.cursor = Default::default();
                self.takes_keys = true;
            }
        }
    }

    fn sequencers(&mut self, ui: &mut Ui, ground: &Ground<'_>) {
        let now = ground.sequencer.as_ref().map_or("no sequencer", |name| name.as_str());
        let (response, _) = menu(RichText::new(format!("{now} ⏷")).color(*theme::ACCENT)).ui(ui, |ui| {
            for name in ground.project.sequencers() {
                let plays = ground.project.bindings.get(name).map_or("nothing", |source| source.name().as_str());
                let choice = Button::selectable(name.as_str() == now, name.as_str()).shortcut_text(format!("plays {plays}"));
                if row(ui, choice, name).clicked() {
                    self.memory.sequencer = name.to_string();
                    // What it plays is shown.
                    self.memory.pattern.clear();
                    self.followed = None;
                    ui.close();
                }
            }
            if ground.sequencer.is_none() {
                ui.label("None yet: New makes one");
            }
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sequencer: {now}")));
        response.on_hover_text("The sequencer whose playhead, chain and instruments are shown");
    }

    /// What lets the sequencer play the pattern.
    fn playing(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>) {
        let (Some(sequencer), Some(name)) = (&ground.sequencer, ground.name()) else { return };
        let bound = ground.project.bindings.get(sequencer);
        let is_played = match bound {
            Some(Source::Pattern(bound)) => bound == name,
            Some(Source::Chain(chain)) => {
                ground.project.chains.get(chain).is_some_and(|chain| chain.entries.iter().any(|entry| entry.pattern == *name))
            }
            None => false,
        };
        if !is_played
            && button(
                ui,
                "Play it",
                &format!("Let {sequencer} play {name}"),
                "Lets the sequencer play this pattern, in the place of what it plays",
            )
        {
            let source = Source::Pattern(name.clone());
            self.send(scene, &format!("let {sequencer} play {name}"), vec![Command::Bind { sequencer: sequencer.clone(), source }]);
        }
        if is_played
            && bound_chain(ground.project, sequencer).is_none()
            && button(
                ui,
                "Chain",
                &format!("Let {sequencer} play a chain of {name}"),
                "Makes a chain that begins with this pattern, for the sequencer to play",
            )
        {
            self.send(scene, &format!("let {sequencer} play a chain"), offers::chain(ground.project, sequencer, name));
        }
    }

    /// How a tracker pattern is counted, and its menus.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers below 512")]
    fn counting(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>, tracker: &Tracker) {
        ui.separator();
        let hint = format!("How many lines play, 1 to {MAX_STEPS}; those that are cut off are kept");
        if let Some(lines) = fields::number(ui, "Lines", &hint, ("lines ", ""), tracker.length as f64, 1.0..=MAX_STEPS as f64) {
            self.edit(scene, "set the length of", |sheet, _| sheet.set_length(lines as usize));
        }
        let hint = "1/16 to 96, also fractions such as 1/3; below 0 plays backwards";
        if let Some(text) = fields::text(ui, "Lines per beat", hint, 44.0, &rate_text(tracker.steps_per_beat)) {
            match rate(&text) {
                Some(rate) => drop(self.edit(scene, "set the speed of", |sheet, _| sheet.tracker.steps_per_beat = rate)),
                None => self.said = Some(format!("lines per beat is \"{text}\", but takes a number such as 4, 1/3 or -2")),
            }
        }
        ui.label(RichText::new("a beat").size(11.5).color(*theme::WEAK));
        let octave =
            fields::number(ui, "Octave", "Where the note keys begin", ("oct ", ""), self.memory.octave.into(), 0.0..=MAX_OCTAVE.into());
        self.memory.octave = octave.map_or(self.memory.octave, |octave| octave as i32);
        let hint = "How many lines the cursor goes on after something was entered";
        let step = fields::number(ui, "Edit step", hint, ("step ", ""), self.memory.step as f64, 0.0..=MAX_STEP as f64);
        self.memory.step = step.map_or(self.memory.step, |step| step as usize);
        self.edit_menu(ui, scene);
        self.columns_menu(ui, scene, ground, tracker);
        self.keys_menu(ui);
    }

    fn edit_menu(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let mut asked = None;
        let (response, _) = menu("Edit").ui(ui, |ui| {
            let mut listed: Vec<Act> = Vec::new();
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                let edits = acts::all(self.memory.keys)
                    .chain(acts::MENU)
                    .filter(|binding| binding.act.is_edit() || matches!(binding.act, Act::Copy(_)));
                for Binding { keys, act, text } in edits {
                    if listed.contains(act) {
                        continue;
                    }
                    listed.push(*act);
                    let keys = keys.first().map(|keys| ui.ctx().format_shortcut(keys)).unwrap_or_default();
                    if row(ui, Button::new(*text).shortcut_text(keys), text).clicked() {
                        asked = Some(*act);
                        ui.close();
                    }
                }
            });
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Edit the pattern"));
        response.on_hover_text("Everything that keys do with the pattern");
        if let Some(act) = asked {
            self.takes_keys = true;
            self.act(ui, scene, act);
        }
    }

    fn columns_menu(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>, tracker: &Tracker) {
        let mut added = None;
        // A click on the search keeps it open.
        let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (response, _) = menu("+ Column").config(stays).ui(ui, |ui| {
            ui.set_min_width(240.0);
            let search = ui.add(TextEdit::singleline(&mut self.searched).hint_text("Search all parameters").desired_width(220.0));
            search.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search the parameters"));
            ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                for (column, doc) in FIXED.iter().filter(|(column, _)| !tracker.columns.contains(column)) {
                    if ui.button(super::cells::word(column)).on_hover_text(*doc).clicked() {
                        added = Some(column.clone());
                    }
                }
                let mut group = None;
                for offer in offers::columns(ground.project, ground.sequencer.as_ref(), &tracker.columns, &self.searched) {
                    if group != Some(offer.module) {
                        group = Some(offer.module);
                        let title = offer.module.map_or_else(|| "every instrument".to_owned(), ToString::to_string);
                        ui.label(RichText::new(title).small().color(*theme::WEAK));
                    }
                    let button = Button::new(offer.spec.name).shortcut_text(offer.spec.unit);
                    if row(ui, button, offer.spec.name).on_hover_text(offer.spec.doc).clicked() {
                        added = Some(Column::Param(Name::new(offer.spec.name)));
                    }
                }
            });
            if added.is_some() {
                ui.close();
            }
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add a column"));
        response.on_hover_text("Adds a column: a parameter of what hears the sequencer, or what every step has");
        if let Some(column) = added {
            self.searched.clear();
            self.edit(scene, &format!("add the column {} to", super::cells::word(&column)), |sheet, _| sheet.tracker.columns.push(column));
            self.added = Some(tracker.columns.len());
            self.reveal = true;
            self.takes_keys = true;
        }
    }

    fn keys_menu(&mut self, ui: &mut Ui) {
        let now = self.memory.keys;
        let (response, _) = menu(RichText::new(format!("Keys: {}", now.title())).color(*theme::WEAK)).ui(ui, |ui| {
            for set in KeySet::ALL {
                if ui.add(Button::selectable(set == now, set.title())).clicked() {
                    self.memory.keys = set;
                    ui.close();
                }
            }
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Keys of {}", now.title())));
        response.on_hover_text("Whose keys the grid has; F1 lists them");
    }

    /// How many cycles are shown, and what makes steps of them.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "16 at most")]
    fn writing_out(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>) {
        let Some((name, Pattern::Cycle(cycle))) = &ground.pattern else { return };
        ui.separator();
        let hint = "How many cycles are shown and written out";
        let cycles = fields::number(ui, "Cycles", hint, ("cycles ", ""), self.memory.cycles.into(), 1.0..=MAX_CYCLES.into());
        self.memory.cycles = cycles.map_or(self.memory.cycles, |cycles| cycles as u32);
        let hint = "Puts these steps in the pattern's place, so that they can be changed; undo brings the cycles back";
        if button(ui, "Write out as steps", "Write out as steps", hint) {
            let grid = Grid { cycles: self.memory.cycles, steps_per_beat: None };
            match ground.project.write_out(name, cycle, grid) {
                Ok(tracker) => {
                    let command = Command::SetPattern { name: name.clone(), pattern: Pattern::Tracker(tracker) };
                    self.send(scene, &format!("write out pattern {name} as steps"), vec![command]);
                    self.cursor = Default::default();
                }
                Err(why) => self.said = Some(format!("{name} can't be written out: {why}")),
            }
        }
    }

    fn following(&mut self, ui: &mut Ui) {
        let on = self.memory.follow;
        let response = ui.add(Button::selectable(on, RichText::new("Follow").size(12.0)));
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, "Follow what plays"));
        if response.on_hover_text("Scrolls with what plays, and shows the pattern of the chain that plays").clicked() {
            self.memory.follow = !on;
        }
    }

    /// Does what a column's title was asked for.
    pub(super) fn head(&mut self, ui: &Ui, scene: &Scene<'_>, ground: &Ground<'_>, head: Head) {
        let lines = ground.tracker().map_or(1, |tracker| tracker.length);
        match head {
            Head::Remove(column) => {
                self.edit(scene, "take a column out of", |sheet, _| {
                    sheet.tracker.columns.remove(column);
                });
            }
            Head::Move(from, to) => {
                self.edit(scene, "move a column of", |sheet, _| {
                    let moved = sheet.tracker.columns.remove(from);
                    sheet.tracker.columns.insert(to, moved);
                });
            }
            Head::Act(column, act) => {
                self.cursor.mark(&Area { lines: 0..lines, columns: column..column + 1 });
                self.act(ui, scene, act);
            }
        }
        self.takes_keys = true;
    }
}

/// Lines per beat, as they are typed.
fn rate_text(rate: Ratio) -> String {
    let short = rate.to_f64();
    if rate.den() == 1 || short.to_string().len() <= 5 { short.to_string() } else { format!("{}/{}", rate.num(), rate.den()) }
}

/// Reads lines per beat.
fn rate(text: &str) -> Option<Ratio> {
    let exact = text.split_once('/').and_then(|(num, den)| Some((num.trim().parse().ok()?, den.trim().parse().ok()?)));
    match exact {
        Some((num, den)) if den != 0 => Some(Ratio::new(num, den)),
        _ => arithmetic(text, None).map(Ratio::approximate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_per_beat_are_read_as_they_are_written() {
        for (text, num, den, written) in [
            ("4", 4, 1, "4"),
            ("-2", -2, 1, "-2"),
            ("1/3", 1, 3, "1/3"),
            ("0.5", 1, 2, "0.5"),
            ("-7/3", -7, 3, "-7/3"),
            ("2*1.5", 3, 1, "3"),
        ] {
            let read = rate(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((read, rate_text(read).as_str()), (Ratio::new(num, den), written), "{text}");
        }
        assert!(rate("fast").is_none() && rate("1/0").is_none() && rate("").is_none());
    }
}
