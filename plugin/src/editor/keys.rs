//! The key map: what each key does in the window and in the code. The list that F1 shows is made from it.

use egui::{Key, KeyboardShortcut, Modifiers, RichText, Ui};

use super::{
    panels, theme,
    tracker::{
        self,
        acts::{self, KeySet},
    },
};

/// What a key of the window asks for, wherever the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Silence everything that sounds; the song goes on.
    Panic,
    /// Stop the song and silence everything.
    Hush,
    /// Take back the last change: of a text, by a run, in a panel or in the console.
    Undo,
    /// Do it again.
    Redo,
    /// Show the list of keys.
    Help,
    /// Write larger.
    ZoomIn,
    /// Write smaller.
    ZoomOut,
    /// Write as large as at first.
    ZoomReset,
    /// Open a script.
    Open,
    /// Save the chosen tab to its file.
    Save,
    /// Save it to another.
    SaveAs,
    /// Run the selection, or the block under the cursor.
    RunBlock,
    /// Run the whole text.
    RunAll,
    /// Open the line for what is looked for.
    Find,
    /// The same with what is put in its place.
    Replace,
    /// Open the line for a line's number.
    GoToLine,
}

/// What a key of the code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Move the selected lines right, or put a tab at the cursor.
    Indent,
    /// Move the lines left.
    Dedent,
    /// Begin a line as far in as it belongs.
    NewLine,
    /// Turn the lines into comments, or back.
    Comment,
    /// Write the lines, or the selection, once more.
    Duplicate,
    /// Move the lines up.
    MoveUp,
    /// Move the lines down.
    MoveDown,
    /// Take out the lines.
    RemoveLine,
    /// Go to the next place of what is looked for.
    FindNext,
    /// Go to the one before.
    FindBefore,
    /// Offer what can stand at the cursor.
    Complete,
    /// Turn a tune of Strudel's into Lua.
    Translate,
    /// Nothing: a plain text field would erase something.
    Nothing,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Something in the whole window.
    Window(Act),
    /// Something in the code.
    Code(Edit),
}

/// One row of the map.
#[derive(Debug)]
pub struct Binding {
    /// The keys; any of them does it.
    pub keys: &'static [KeyboardShortcut],
    /// What they do.
    pub does: Does,
    /// The same in words; rows without are not listed.
    pub text: &'static str,
}

const NONE: Modifiers = Modifiers::NONE;
const COMMAND: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::CTRL;

const fn key(held: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(held, key)
}

const fn window(keys: &'static [KeyboardShortcut], act: Act, text: &'static str) -> Binding {
    Binding { keys, does: Does::Window(act), text }
}

const fn code(keys: &'static [KeyboardShortcut], edit: Edit, text: &'static str) -> Binding {
    Binding { keys, does: Does::Code(edit), text }
}

/// Every key of the editor's own, beside those that move a cursor in any text field. Longer ones stand before shorter ones that
/// they contain.
pub static MAP: &[Binding] = &[
    window(&[key(COMMAND.plus(SHIFT), Key::Enter), key(ALT, Key::Enter), key(COMMAND, Key::R)], Act::RunAll, "Run the whole script"),
    window(&[key(COMMAND, Key::Enter)], Act::RunBlock, "Run the selection, else the block under the cursor"),
    window(&[key(COMMAND.plus(ALT), Key::Period)], Act::Panic, "Panic: silence everything at once; the song goes on"),
    window(&[key(COMMAND, Key::Period)], Act::Hush, "Hush: stop the song and silence everything"),
    window(&[key(COMMAND.plus(SHIFT), Key::Z), key(COMMAND, Key::Y)], Act::Redo, "Redo"),
    window(&[key(COMMAND, Key::Z)], Act::Undo, "Undo: the last change of a text, a run, a panel or the console"),
    window(&[key(COMMAND.plus(SHIFT), Key::S)], Act::SaveAs, "Save the script to another file"),
    window(&[key(COMMAND, Key::S)], Act::Save, "Save the script"),
    window(&[key(COMMAND, Key::O)], Act::Open, "Open a script"),
    window(&[key(COMMAND, Key::F)], Act::Find, "Find"),
    window(&[key(COMMAND, Key::H)], Act::Replace, "Find and replace"),
    window(&[key(COMMAND, Key::G)], Act::GoToLine, "Go to a line"),
    window(&[key(COMMAND, Key::Plus), key(COMMAND, Key::Equals)], Act::ZoomIn, "Larger letters"),
    window(&[key(COMMAND, Key::Minus)], Act::ZoomOut, "Smaller letters"),
    window(&[key(COMMAND, Key::Num0)], Act::ZoomReset, "Letters as large as at first"),
    window(&[key(NONE, Key::F1)], Act::Help, "This list"),
    code(&[key(CTRL, Key::Space)], Edit::Complete, "Offer what can stand here"),
    code(&[key(COMMAND, Key::Slash)], Edit::Comment, "Turn lines into comments, or back"),
    // Tab with other keys is the window manager's or the host's.
    code(&[key(COMMAND, Key::Tab), key(CTRL, Key::Tab), key(ALT, Key::Tab)], Edit::Nothing, ""),
    code(&[key(SHIFT, Key::Tab)], Edit::Dedent, "Move lines left"),
    code(&[key(NONE, Key::Tab)], Edit::Indent, "Move selected lines right, or take what is offered"),
    code(&[key(NONE, Key::Enter)], Edit::NewLine, "A new line, as far in as it belongs"),
    code(&[key(COMMAND, Key::D)], Edit::Duplicate, "Write the line or the selection once more"),
    code(&[key(COMMAND.plus(SHIFT), Key::K)], Edit::RemoveLine, "Take out the line"),
    code(&[key(COMMAND.plus(SHIFT), Key::L)], Edit::Translate, "Turn a tune of Strudel's that was pasted, or is selected, into Lua"),
    code(&[key(ALT, Key::ArrowUp)], Edit::MoveUp, "Move lines up"),
    code(&[key(ALT, Key::ArrowDown)], Edit::MoveDown, "Move lines down"),
    code(&[key(SHIFT, Key::F3)], Edit::FindBefore, "The place before of what is looked for"),
    code(&[key(NONE, Key::F3)], Edit::FindNext, "The next place of what is looked for"),
    // A text field erases with these as a terminal does. On macOS every text field does so, with the key that is called control.
    code(&[key(CTRL, Key::K), key(CTRL, Key::U), key(CTRL, Key::W)], Edit::Nothing, ""),
];

/// What a key does that is pressed with others held; those of the code only where `code` has the cursor.
#[must_use]
pub fn meaning(pressed: Key, held: Modifiers, code: bool) -> Option<Does> {
    // The same character is another key on other keyboards: Ctrl+Plus is written with Shift on many.
    let mut alike = held;
    if matches!(pressed, Key::Plus | Key::Slash | Key::Period) {
        alike.shift = false;
    }
    let fits = |keys: &KeyboardShortcut| {
        let exact = |held: Modifiers| {
            let wanted = keys.modifiers;
            let command = wanted.command || wanted.ctrl;
            held.alt == wanted.alt && held.shift == wanted.shift && (held.command || held.ctrl) == command
        };
        keys.logical_key == pressed && (exact(held) || exact(alike))
    };
    let skipped = |binding: &&Binding| match binding.does {
        Does::Code(Edit::Nothing) => cfg!(target_os = "macos") && pressed != Key::Tab,
        Does::Code(_) => !code,
        Does::Window(_) => false,
    };
    let found = MAP.iter().filter(|binding| !skipped(binding)).find(|binding| binding.keys.iter().any(fits))?;
    Some(found.does).filter(|does| code || matches!(does, Does::Window(_)))
}

/// Takes the keys of the window out of the input, in the order they were pressed. Where somebody is `typing` in a field, undo is the
/// field's.
pub fn take(ui: &Ui, typing: bool) -> Vec<Act> {
    let mut acts = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
            match meaning(*key, *modifiers, false) {
                Some(Does::Window(Act::Undo | Act::Redo)) if typing => true,
                Some(Does::Window(act)) => {
                    acts.push(act);
                    false
                }
                _ => true,
            }
        });
    });
    acts
}

/// The first keys of an act, as a person reads them.
#[must_use]
pub fn of(ctx: &egui::Context, act: Act) -> String {
    first(ctx, Does::Window(act))
}

/// The same of a change of the code.
#[must_use]
pub fn of_code(ctx: &egui::Context, edit: Edit) -> String {
    first(ctx, Does::Code(edit))
}

fn first(ctx: &egui::Context, does: Does) -> String {
    let binding = MAP.iter().find(|binding| binding.does == does);
    binding.and_then(|binding| binding.keys.first()).map(|keys| ctx.format_shortcut(keys)).unwrap_or_default()
}

/// The list of keys among egui's windows.
#[must_use]
pub fn list_id() -> egui::Id {
    egui::Id::unique("list of keys")
}

/// Keys on the left, what they do on the right. What does not fit goes on in the next line: a wider list would leave its title behind.
fn table(ui: &mut Ui, rows: impl IntoIterator<Item = (String, String)>) {
    let (left, whole) = (ui.available_width() * 0.36, ui.available_width() - 8.0);
    let column = |ui: &mut Ui, width: f32, text: RichText| {
        let layout = egui::Layout::top_down(egui::Align::Min);
        ui.allocate_ui_with_layout(egui::vec2(width, 0.0), layout, |ui| {
            ui.set_width(width);
            ui.add(egui::Label::new(text).wrap());
        });
    };
    for (keys, text) in rows {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            column(ui, left, RichText::new(keys).monospace().size(12.0).color(theme::ACCENT));
            column(ui, whole - left - 12.0, RichText::new(text));
        });
    }
}

/// The keys of the tracker grid: what stands above each table, and its rows.
fn grid_tables(format: &dyn Fn(&KeyboardShortcut) -> String) -> Vec<(String, Vec<(String, String)>)> {
    let rows = |bindings: &[acts::Binding]| -> Vec<(String, String)> {
        let keys = |binding: &acts::Binding| binding.keys.iter().map(format).collect::<Vec<_>>().join(", ");
        bindings.iter().map(|binding| (keys(binding), binding.text.to_owned())).collect()
    };
    let typing = acts::TYPING.iter().map(|(keys, text)| ((*keys).to_owned(), (*text).to_owned()));
    let mut tables = vec![("In the tracker grid".to_owned(), typing.chain(rows(acts::BOTH)).collect())];
    for set in KeySet::ALL {
        tables.push((format!("In the tracker grid, with the keys of {}", set.title()), rows(acts::own(set))));
    }
    tables
}

fn grid_keys(ui: &mut Ui) {
    let ctx = ui.ctx().clone();
    for (title, rows) in grid_tables(&|keys| ctx.format_shortcut(keys)) {
        ui.add_space(8.0);
        ui.label(RichText::new(&title).strong());
        table(ui, rows);
    }
    ui.add_space(8.0);
}

/// The list of keys, over everything; `open` is false once it was closed.
pub fn list(ctx: &egui::Context, panels: &panels::Panels, open: &mut bool) {
    let closes = ctx.input_mut(|input| input.consume_key(NONE, Key::Escape));
    let screen = ctx.content_rect();
    let size = (screen.size() - egui::vec2(48.0, 96.0)).min(egui::vec2(560.0, 620.0));
    let window = egui::Window::new("Keys").id(list_id()).collapsible(false).resizable(false);
    let window = window.anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO).fixed_size(size).open(open);
    window.show(ctx, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let in_grid = ctx.memory(|memory| memory.focused()) == Some(tracker::grid_id());
            if in_grid {
                grid_keys(ui);
            }
            let mut rows = Vec::new();
            for binding in MAP.iter().filter(|binding| !binding.text.is_empty()) {
                let keys: Vec<String> = binding.keys.iter().map(|keys| ctx.format_shortcut(keys)).collect();
                rows.push((keys.join(", "), binding.text.to_owned()));
            }
            for (at, about) in panels.abouts().enumerate() {
                if let Some(keys) = panels::shortcut(at) {
                    rows.push((ctx.format_shortcut(&keys), format!("Open or close the panel {}", about.title)));
                }
            }
            rows.push(("Escape".to_owned(), "Close what is open above the code".to_owned()));
            table(ui, rows);
            if !in_grid {
                grid_keys(ui);
            }
        });
    });
    if closes {
        *open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_and_every_act_is_listed() {
        let mut seen = Vec::new();
        for binding in MAP {
            for keys in binding.keys {
                assert!(!seen.contains(keys), "{keys:?} stands twice");
                seen.push(*keys);
                assert_eq!(meaning(keys.logical_key, keys.modifiers, true), Some(binding.does), "{keys:?}");
            }
        }
        assert!(MAP.iter().all(|binding| !binding.text.is_empty() || binding.does == Does::Code(Edit::Nothing)));
    }

    /// The page of keys, as documentation.
    fn page() -> String {
        let mut text = String::from(
            "# Keys of the editor\n\nWritten from the program's own table; `UPDATE_DOCS=1 cargo test -p videotracker the_page_of_keys` writes it anew. \
             F1 shows the same list. On a Mac, Ctrl is ⌘ and Alt is ⌥.\n\n| keys | what they do |\n|---|---|\n",
        );
        for binding in MAP.iter().filter(|binding| !binding.text.is_empty()) {
            let of = |keys: &KeyboardShortcut| keys.format(&egui::ModifierNames::NAMES, false);
            let keys: Vec<String> = binding.keys.iter().map(of).collect();
            text.push_str(&format!("| {} | {} |\n", keys.join(", "), binding.text));
        }
        for (at, panel) in panels::all().iter().enumerate() {
            if let Some(keys) = panels::shortcut(at) {
                let keys = keys.format(&egui::ModifierNames::NAMES, false);
                text.push_str(&format!("| {keys} | Open or close the panel {} |\n", panel.about().title));
            }
        }
        text.push_str("| Escape | Close what is open above the code |\n");
        for (title, rows) in grid_tables(&|keys| keys.format(&egui::ModifierNames::NAMES, false)) {
            text.push_str(&format!("\n## {title}\n\n| keys | what they do |\n|---|---|\n"));
            rows.iter().for_each(|(keys, what)| text.push_str(&format!("| {keys} | {what} |\n")));
        }
        text
    }

    #[test]
    fn the_page_of_keys_is_what_the_keys_do() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/keys.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let is_same = std::fs::read_to_string(path).unwrap_or_default() == page();
        assert!(is_same, "docs/keys.md differs; UPDATE_DOCS=1 cargo test -p videotracker the_page_of_keys writes it");
    }

    #[test]
    fn keys_of_the_code_do_nothing_elsewhere_and_find_erases_nothing() {
        let ctrl = Modifiers { ctrl: true, command: true, ..NONE };
        assert_eq!(meaning(Key::Enter, NONE, false), None);
        assert_eq!(meaning(Key::H, ctrl, true), Some(Does::Window(Act::Replace)));
        assert_eq!(meaning(Key::W, ctrl, true), Some(Does::Code(Edit::Nothing)));
        assert_eq!(meaning(Key::W, NONE, true), None);
        assert_eq!(meaning(Key::Slash, ctrl | Modifiers::SHIFT, true), Some(Does::Code(Edit::Comment)), "Shift+7 on many keyboards");
        assert_eq!(meaning(Key::Period, ctrl | Modifiers::ALT, false), Some(Does::Window(Act::Panic)));
        assert_eq!(meaning(Key::Period, ctrl, false), Some(Does::Window(Act::Hush)));
    }
}
