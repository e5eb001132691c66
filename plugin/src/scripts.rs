//! The texts of the editor: one for each tab, and those that were closed or replaced, so that no gesture loses one.

use std::path::{Path, PathBuf};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, SeqAccess, Visitor},
};

/// Most texts that stay reachable after they were closed or replaced.
pub const MOST_CLOSED: usize = 32;
/// Most bytes of such texts; the oldest go first.
const MOST_BYTES: usize = 4 << 20;
/// Most tabs; a person opens fewer, a damaged state may list more.
const MOST_TABS: usize = 64;
/// What the first tab is called.
const FIRST: &str = "Script";

/// What tells one content of a file from another, as far as mishaps go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    bytes: u64,
    crc: u32,
}

impl Content {
    /// The content that a text is.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { bytes: text.len() as u64, crc: crc32fast::hash(text.as_bytes()) }
    }
}

/// The file that a tab's text belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it held when it was last read or written here.
    pub held: Content,
    /// Whether a person named it to this instance. What only a loaded state names is asked about before it is written.
    pub is_given: bool,
}

/// One text of the editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tab {
    /// Its number; none is given twice in an instance.
    pub id: u64,
    /// What its tab is called.
    pub name: String,
    /// The text.
    pub text: String,
    /// The file it belongs to, where it belongs to one.
    pub file: Option<TextFile>,
    /// Whether a person changed the text since it was set.
    touched: bool,
}

impl Tab {
    /// Whether the text differs from what its file held when it was last read or written here.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.held != Content::of(&self.text))
    }

    /// Whether a person changed the text since it was set.
    #[must_use]
    pub const fn is_touched(&self) -> bool {
        self.touched
    }
}

/// A text that was closed or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The tab as it was.
    pub tab: Tab,
    /// Whether a loaded text took its place. Such a text belongs to another session, so it is not saved with this one.
    pub replaced: bool,
}

/// The texts as a state holds them. The chosen tab's text is the draft, which has a section of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    #[serde(deserialize_with = "few")]
    tabs: Vec<SavedTab>,
    chosen: usize,
    #[serde(deserialize_with = "few")]
    closed: Vec<SavedTab>,
    /// Whether the chosen tab's text is empty. A draft that is not there says that it is the script.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    blank: bool,
}

/// Reads a list of texts; what is beyond the bounds is passed over. One more than the bound tells that there were too many.
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SavedTab>, D::Error> {
    struct Few;
    impl<'de> Visitor<'de> for Few {
        type Value = Vec<SavedTab>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of texts")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while texts.len() <= MOST_TABS.max(MOST_CLOSED) {
                match list.next_element()? {
                    Some(text) => texts.push(text),
                    None => return Ok(texts),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(texts)
        }
    }
    deserializer.deserialize_seq(Few)
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct SavedTab {
    name: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<SavedFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct SavedFile {
    path: String,
    held: Content,
}

/// The texts of one editor.
#[derive(Clone, Debug, Default)]
pub struct Scripts {
    /// Empty until there is a text.
    tabs: Vec<Tab>,
    chosen: usize,
    closed: Vec<Closed>,
    /// The last number given.
    last: u64,
    revision: u64,
    edits: u64,
}

impl Scripts {
    /// The chosen tab; `None` while there is no text yet.
    #[must_use]
    pub fn chosen(&self) -> Option<&Tab> {
        self.tabs.get(self.chosen)
    }

    /// All tabs in order.
    #[must_use]
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// What was closed or replaced, newest last.
    #[must_use]
    pub fn closed(&self) -> &[Closed] {
        &self.closed
    }

    /// Whether a text is open or among the closed ones.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        self.tabs.iter().any(|tab| tab.text == text) || self.closed.iter().any(|one| one.tab.text == text)
    }

    /// Grows when another text than the one the editor wrote is to be shown.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Grows with every change that a state would hold.
    #[must_use]
    pub const fn edits(&self) -> u64 {
        self.edits
    }

    /// Takes the text that the editor holds for the chosen tab.
    pub fn write(&mut self, text: &str) {
        if let Some(tab) = self.tabs.get_mut(self.chosen) {
            if tab.text != text {
                text.clone_into(&mut tab.text);
                tab.touched = true;
                self.edits += 1;
            }
        } else {
            // The first text is the one that was there.
            self.add(FIRST.to_owned(), text.to_owned());
        }
    }

    /// Replaces the chosen tab's text by one from elsewhere; what stood there stays reachable.
    pub fn replace(&mut self, text: String) {
        self.revision += 1;
        self.edits += 1;
        let Some(tab) = self.tabs.get_mut(self.chosen) else {
            self.add(FIRST.to_owned(), text);
            return;
        };
        let new = Tab { id: tab.id, name: tab.name.clone(), text, file: None, touched: false };
        let old = std::mem::replace(tab, new);
        self.keep(old, true);
    }

    /// Takes over the texts of a loaded state. Every text that was open stays reachable.
    pub fn load(&mut self, draft: String, saved: Saved) {
        self.revision += 1;
        self.edits += 1;
        let before = std::mem::take(&mut self.tabs);
        let draft = if saved.blank { String::new() } else { draft };
        let mut chosen = saved.chosen;
        if saved.tabs.len() > MOST_TABS || chosen >= saved.tabs.len() {
            chosen = 0;
        }
        for (index, tab) in saved.tabs.into_iter().take(MOST_TABS).enumerate() {
            let text = if index == chosen { draft.clone() } else { tab.text };
            let name = if tab.name.trim().is_empty() { self.free_name(FIRST) } else { tab.name.chars().take(40).collect() };
            self.add(name, text);
            if let (Some(file), Some(last)) = (tab.file, self.tabs.last_mut()) {
                last.file = Some(TextFile { path: PathBuf::from(file.path), held: file.held, is_given: false });
            }
        }
        if self.tabs.is_empty() {
            self.add(FIRST.to_owned(), draft);
        }
        self.chosen = chosen;
        for tab in saved.closed.into_iter().take(MOST_CLOSED) {
            let tab = Tab { id: self.number(), name: tab.name, text: tab.text, file: None, touched: true };
            self.keep(tab, false);
        }
        before.into_iter().for_each(|tab| self.keep(tab, true));
    }

    /// What a state holds.
    #[must_use]
    pub fn save(&self) -> Saved {
        let file = |tab: &Tab| tab.file.as_ref().map(|file| SavedFile { path: file.path.to_string_lossy().into_owned(), held: file.held });
        let saved = |tab: &Tab, text: String| SavedTab { name: tab.name.clone(), text, file: file(tab) };
        let text = |index: usize, tab: &Tab| if index == self.chosen { String::new() } else { tab.text.clone() };
        // The draft alone says all of a single tab that has no name of its own.
        let plain = self.tabs.len() == 1 && self.tabs[0].name == FIRST && self.tabs[0].file.is_none();
        Saved {
            tabs: self.tabs.iter().enumerate().filter(|_| !plain).map(|(index, tab)| saved(tab, text(index, tab))).collect(),
            chosen: self.chosen,
            closed: self.closed.iter().filter(|one| !one.replaced).map(|one| saved(&one.tab, one.tab.text.clone())).collect(),
            blank: self.chosen().is_some_and(|tab| tab.text.is_empty()),
        }
    }

    /// Puts a text among the closed ones, where it can be opened again.
    pub fn set_aside(&mut self, name: &str, text: String) {
        let id = self.number();
        self.keep(Tab { id, name: name.to_owned(), text, file: None, touched: true }, false);
    }

    /// Opens a tab behind the others and chooses it; `name` gets a number where it is taken.
    pub fn open(&mut self, name: &str, text: String, touched: bool) {
        let name = self.free_name(name);
        self.add(name, text);
        self.chosen = self.tabs.len() - 1;
        self.tabs[self.chosen].touched = touched;
        self.revision += 1;
        self.edits += 1;
    }

    /// Shows a file's text. A tab that has the file and no other text shows it; else it gets a tab of its own.
    pub fn open_file(&mut self, path: &Path, text: String) {
        let file = TextFile { path: path.to_path_buf(), held: Content::of(&text), is_given: true };
        let same = |tab: &Tab| tab.text == text && tab.file.as_ref().is_none_or(|file| file.path == path);
        let has_it = |tab: &Tab| tab.file.as_ref().is_some_and(|file| file.path == path) && tab.text == text;
        let index = self.tabs.iter().position(has_it).or_else(|| self.tabs.iter().position(|tab| same(tab) && !text.trim().is_empty()));
        if let Some(index) = index {
            self.chosen = index;
        } else {
            self.add(String::new(), text);
            self.chosen = self.tabs.len() - 1;
        }
        self.belongs(self.chosen, file);
    }

    /// Says that a tab's file now holds `text`.
    pub fn saved(&mut self, id: u64, path: &Path, text: &str) {
        if let Some(index) = self.tabs.iter().position(|tab| tab.id == id) {
            self.belongs(index, TextFile { path: path.to_path_buf(), held: Content::of(text), is_given: true });
        }
    }

    /// Gives a tab its file, and the file's name.
    fn belongs(&mut self, index: usize, file: TextFile) {
        let name = file.path.file_name().map_or_else(|| FIRST.to_owned(), |name| name.to_string_lossy().chars().take(40).collect());
        if self.tabs[index].file.as_ref().is_none_or(|before| before.path != file.path) {
            self.tabs[index].name.clear();
            self.tabs[index].name = self.free_name(&name);
        }
        self.tabs[index].file = Some(file);
        self.revision += 1;
        self.edits += 1;
    }

    /// The tab of a number.
    #[must_use]
    pub fn tab(&self, id: u64) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.id == id)
    }

    /// Chooses a tab.
    pub fn choose(&mut self, id: u64) {
        if let Some(index) = self.tabs.iter().position(|tab| tab.id == id).filter(|index| *index != self.chosen) {
            self.chosen = index;
            self.revision += 1;
            self.edits += 1;
        }
    }

    /// Closes a tab; its text stays reachable. The last tab leaves an empty one.
    pub fn close(&mut self, id: u64) {
        let Some(index) = self.tabs.iter().position(|tab| tab.id == id) else { return };
        let tab = self.tabs.remove(index);
        self.keep(tab, false);
        if self.tabs.is_empty() {
            self.add(FIRST.to_owned(), String::new());
        }
        if index < self.chosen || self.chosen >= self.tabs.len() {
            self.chosen = self.chosen.saturating_sub(1);
        }
        self.revision += 1;
        self.edits += 1;
    }

    /// Opens a text again that was closed or replaced.
    pub fn reopen(&mut self, id: u64) {
        let Some(index) = self.closed.iter().position(|one| one.tab.id == id) else { return };
        let Closed { tab, .. } = self.closed.remove(index);
        self.open(&tab.name, tab.text, true);
        self.tabs[self.chosen].file = tab.file;
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn add(&mut self, name: String, text: String) {
        let id = self.number();
        self.tabs.push(Tab { id, name, text, file: None, touched: false });
    }

    /// The name, or the name with the first number that no tab bears.
    fn free_name(&self, name: &str) -> String {
        let taken = |name: &str| self.tabs.iter().any(|tab| tab.name == name);
        if !taken(name) {
            return name.to_owned();
        }
        (2..).map(|number| format!("{name} {number}")).find(|name| !taken(name)).unwrap_or_default()
    }

    /// Keeps a text that is no longer open, unless it says nothing or stands elsewhere.
    fn keep(&mut self, mut tab: Tab, replaced: bool) {
        if tab.text.trim().is_empty() || self.tabs.iter().any(|open| open.text == tab.text) {
            return;
        }
        // An open tab may have its number on.
        tab.id = self.number();
        let saved_before = self.closed.iter().position(|one| one.tab.text == tab.text).map(|index| !self.closed.remove(index).replaced);
        self.closed.push(Closed { tab, replaced: replaced && saved_before != Some(true) });
        let bytes = |closed: &[Closed]| closed.iter().map(|one| one.tab.text.len()).sum::<usize>();
        while self.closed.len() > 1 && (self.closed.len() > MOST_CLOSED || bytes(&self.closed) > MOST_BYTES) {
            // What nobody typed in since it was loaded lies in a state or a file as well.
            let goes = self.closed[..self.closed.len() - 1].iter().position(|one| !one.tab.touched).unwrap_or(0);
            self.closed.remove(goes);
        }
    }
}

impl Closed {
    /// A line that tells it from others: its first line with words.
    #[must_use]
    pub fn line(&self) -> String {
        let line = self.tab.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let mut short: String = line.chars().take(48).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scripts: &Scripts) -> Vec<&str> {
        scripts.tabs().iter().map(|tab| tab.text.as_str()).collect()
    }

    fn closed(scripts: &Scripts) -> Vec<&str> {
        scripts.closed().iter().map(|one| one.tab.text.as_str()).collect()
    }

    #[test]
    fn what_a_loaded_text_replaces_stays_reachable() {
        let mut scripts = Scripts::default();
        scripts.write("first");
        scripts.write("mine");
        scripts.replace("theirs".into());
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["theirs"], vec!["mine"]));
        scripts.load("another".into(), Saved::default());
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["another"], vec!["mine", "theirs"]));
        let mine = scripts.closed()[0].tab.id;
        scripts.reopen(mine);
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["another", "mine"], vec!["theirs"]));
        assert_eq!(scripts.chosen().map(|tab| tab.text.as_str()), Some("mine"));
    }

    #[test]
    fn tabs_come_back_from_a_state_with_their_names_and_the_chosen_one() {
        let mut scripts = Scripts::default();
        scripts.write("one");
        scripts.open("Script", "two".into(), true);
        scripts.open("Session copy", "three".into(), true);
        scripts.close(scripts.tabs()[0].id);
        scripts.choose(scripts.tabs()[0].id);
        let json = serde_json::to_string(&scripts.save()).expect("plain data");
        let mut back = Scripts::default();
        back.load("two".into(), serde_json::from_str(&json).expect("it was just written"));
        assert_eq!((texts(&back), closed(&back)), (vec!["two", "three"], vec!["one"]));
        assert_eq!(back.chosen().map(|tab| tab.name.as_str()), Some("Script 2"));
    }

    #[test]
    fn the_same_state_loaded_again_leaves_nothing_behind() {
        let mut scripts = Scripts::default();
        scripts.write("one");
        for _ in 0..5 {
            scripts.load("one".into(), scripts.save());
        }
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["one"], vec![]));
    }

    #[test]
    fn what_somebody_typed_outlives_what_was_only_loaded() {
        let mut scripts = Scripts::default();
        scripts.write("first");
        scripts.write("typed");
        for number in 0..2 * MOST_CLOSED {
            scripts.replace(format!("loaded {number}"));
        }
        assert_eq!(scripts.closed().len(), MOST_CLOSED);
        assert!(closed(&scripts).contains(&"typed"));
        // A text of another session goes into no state.
        assert_eq!(scripts.save().closed, []);
    }

    #[test]
    fn a_text_that_is_put_aside_can_be_opened_again() {
        let mut scripts = Scripts::default();
        scripts.write("here");
        scripts.set_aside("Script", "from elsewhere".to_owned());
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["here"], vec!["from elsewhere"]));
        let id = scripts.closed()[0].tab.id;
        scripts.reopen(id);
        assert_eq!(texts(&scripts), ["here", "from elsewhere"]);
    }

    #[test]
    fn the_last_tab_that_closes_leaves_an_empty_one() {
        let mut scripts = Scripts::default();
        scripts.write("one");
        scripts.close(scripts.tabs()[0].id);
        assert_eq!((texts(&scripts), closed(&scripts)), (vec![""], vec!["one"]));
    }

    #[test]
    fn a_file_opens_in_a_tab_of_its_own_unless_it_is_open_with_that_text() {
        let (kick, hat) = (Path::new("/songs/kick.lua"), Path::new("/others/kick.lua"));
        let mut scripts = Scripts::default();
        scripts.write("mine");
        scripts.open_file(kick, "one".into());
        scripts.open_file(hat, "two".into());
        scripts.open_file(kick, "one".into());
        assert_eq!((texts(&scripts), closed(&scripts)), (vec!["mine", "one", "two"], vec![]));
        assert_eq!(scripts.chosen().map(|tab| (tab.name.as_str(), tab.is_unsaved())), Some(("kick.lua", false)));
        scripts.write("one, changed");
        assert!(scripts.chosen().is_some_and(Tab::is_unsaved));
        scripts.open_file(kick, "one".into());
        assert_eq!(texts(&scripts), ["mine", "one, changed", "two", "one"], "what was typed is still there");
        let names: Vec<_> = scripts.tabs().iter().map(|tab| tab.name.as_str()).collect();
        assert_eq!(names, ["Script", "kick.lua", "kick.lua 2", "kick.lua 3"]);
        let id = scripts.tabs()[1].id;
        scripts.saved(id, kick, "one, changed");
        assert!(!scripts.tabs()[1].is_unsaved());
    }

    #[test]
    fn a_state_keeps_which_file_a_tab_belongs_to_and_gives_it_to_nobody() {
        let mut scripts = Scripts::default();
        scripts.open_file(Path::new("/songs/kick.lua"), "one".into());
        scripts.write("two");
        let json = serde_json::to_string(&scripts.save()).expect("plain data");
        let mut back = Scripts::default();
        back.load("two".into(), serde_json::from_str(&json).expect("it was just written"));
        let tab = back.chosen().expect("a tab");
        let file = tab.file.as_ref().expect("a file");
        assert_eq!((tab.name.as_str(), file.path.as_path(), file.is_given), ("kick.lua", Path::new("/songs/kick.lua"), false));
        assert!(tab.is_unsaved());
        back.write("one");
        assert!(back.chosen().is_some_and(|tab| !tab.is_unsaved()));
    }
}
