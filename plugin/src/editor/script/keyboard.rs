//! What keys do in the Script tab.

use egui::{Event, Id, Key, Ui, text_edit::TextEditState};
use videotracker_engine::translate::{is_tune, translate};

use super::{Script, say, selected_characters};
use crate::{
    editor::{
        edits, find,
        gestures::{self, Gesture, LONGEST, byte},
        keys::{Act, Edit},
        tune,
    },
    instance::Instance,
};

impl Script {
    /// Serves the keys that mean something of their own here, in the order they were pressed: what comes behind one that the
    /// text field has to see first waits for the next frame.
    pub(super) fn take_keys(&mut self, ui: &Ui, instance: &Instance, id: Id) {
        let mut keys = std::mem::take(&mut self.waiting);
        ui.input_mut(|input| {
            let (own, others) = std::mem::take(&mut input.events).into_iter().partition(gestures::is_key);
            input.events = others;
            keys.extend::<Vec<_>>(own);
        });
        let mut passed = Vec::new();
        let mut keys = keys.into_iter();
        while let Some(key) = keys.next() {
            if passed.is_empty() && self.is_of_the_list(ui, instance, id, &key) {
                continue;
            }
            match gestures::gesture(&key) {
                Some(gesture) if passed.is_empty() => {
                    let travels = matches!(gesture, Gesture::Window(Act::Undo | Act::Redo));
                    self.carry_out(ui, instance, id, gesture);
                    if travels {
                        // The window takes the step back before the next key means anything.
                        self.waiting = keys.by_ref().collect();
                        ui.ctx().request_repaint();
                    }
                }
                Some(_) => {
                    self.waiting = std::iter::once(key).chain(keys.by_ref()).collect();
                    ui.ctx().request_repaint();
                }
                None => passed.push(key),
            }
        }
        ui.input_mut(|input| input.events.extend(passed));
    }

    /// Serves the keys of the list of offers, and Escape, which closes what is open.
    fn is_of_the_list(&mut self, ui: &Ui, instance: &Instance, id: Id, event: &Event) -> bool {
        let Event::Key { key, pressed: true, modifiers, .. } = event else { return false };
        match key {
            Key::Escape => {
                if !self.popup.close() && !self.tune.close() {
                    self.find.close();
                }
                true
            }
            Key::Enter | Key::Tab if !modifiers.any() => {
                let selects =
                    TextEditState::load(ui.ctx(), id).and_then(|state| state.cursor.char_range()).is_some_and(|range| !range.is_empty());
                let Some((place, text)) = self.popup.taken(&self.text).filter(|_| !selects) else {
                    self.popup.close();
                    return false;
                };
                self.put(ui, instance, place, &text);
                true
            }
            key => self.popup.moves(*key, *modifiers),
        }
    }

    fn carry_out(&mut self, ui: &Ui, instance: &Instance, id: Id, gesture: Gesture) {
        let state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        let selection = state.cursor.char_range().map_or(0..0, selected_characters);
        self.pane().selection = Some(selection.clone());
        let mut text = self.text.clone();
        let moved = match gesture {
            Gesture::Window(act) => {
                if !self.act(ui, instance, act) {
                    self.acts.push(act);
                }
                return;
            }
            Gesture::Insert(put) if self.text.len() + put.len() > LONGEST => {
                let text = format!(
                    "Nothing was pasted: the clipboard holds {} kB, and a script takes at most {} kB.",
                    put.len() / 1024,
                    LONGEST / 1024
                );
                return say(instance, &text);
            }
            Gesture::Insert(put) => {
                text.replace_range(byte(&text, selection.start)..byte(&text, selection.end), &put);
                let at = selection.start + put.chars().count();
                self.rewrite(ui, instance, text, at..at);
                self.tune.pasted(&self.text, &put, byte(&self.text, at), self.edits);
                return;
            }
            Gesture::Code(edit) => match edit {
                Edit::Nothing => return,
                Edit::Complete => {
                    self.popup.open(true, true);
                    self.offered_for = None;
                    return;
                }
                Edit::Translate => return self.translate_chosen(ui, instance),
                Edit::FindNext => return self.search(ui, instance, &find::Request::Go(true)),
                Edit::FindBefore => return self.search(ui, instance, &find::Request::Go(false)),
                Edit::Indent => gestures::indent(&mut text, selection),
                Edit::Dedent => gestures::dedent(&mut text, selection),
                Edit::NewLine => edits::new_line(&mut text, selection),
                Edit::Comment => edits::comment(&mut text, selection),
                Edit::Duplicate => edits::duplicate(&mut text, selection),
                Edit::RemoveLine => edits::remove_lines(&mut text, selection),
                Edit::MoveUp => edits::shift_lines(&mut text, selection, false),
                Edit::MoveDown => edits::shift_lines(&mut text, selection, true),
            },
        };
        self.rewrite(ui, instance, text, moved);
    }

    /// Turns the tune that is offered into Lua, else what is selected, else the whole text.
    pub(super) fn translate_chosen(&mut self, ui: &Ui, instance: &Instance) {
        let selected = Some(self.selected_bytes()).filter(|selected| !selected.is_empty()).unwrap_or(0..self.text.len());
        let wanted = self.tune.take(self.edits).unwrap_or(tune::Wanted { place: selected, is_file: false });
        self.translate(ui, instance, wanted);
    }

    /// Puts the Lua of a tune in its place, as one step; that of a file into a tab of its own, so that saving leaves the tune.
    pub(super) fn translate(&mut self, ui: &Ui, instance: &Instance, wanted: tune::Wanted) {
        let Some(tune) = self.text.get(wanted.place.clone()) else { return };
        let made = match translate(tune) {
            Ok(made) if made.unread > 0 || !is_tune(tune) => {
                return say(instance, "Nothing was translated: this does not read as a tune of Strudel's, which is JavaScript.");
            }
            Ok(made) => made,
            Err(why) => return say(instance, &format!("Nothing was translated: {why}.")),
        };
        if wanted.is_file {
            instance.notify(tune::report(&made, 0));
            instance.scripts(|scripts| scripts.open(&tune::lua_name(&self.name), made.lua, true));
        } else {
            instance.notify(tune::report(&made, self.text[..wanted.place.start].matches('\n').count()));
            let mut written = self.text.clone();
            written.replace_range(wanted.place.clone(), &made.lua);
            let at = written[..wanted.place.start + made.lua.len()].chars().count();
            self.rewrite(ui, instance, written, at..at);
        }
        ui.ctx().request_repaint();
    }
}
