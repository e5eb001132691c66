//! The saved session: what the host keeps for us, written so that damage costs only what it hits.
//!
//! The host's state is JSON made by nice-plug. One field of it, [`FIELD`], is ours: sections in a `container`,
//! as text. A state that is truncated, altered, empty or from a newer version loads what is whole, keeps the rest
//! (`kept`), saves it again and says so.

mod base64;
mod container;
mod extras;
mod host_copy;
pub mod kept;
pub mod rescue;
mod salvage;

use std::{collections::BTreeMap, sync::Weak};

use nice_plug::{params::persist::PersistentField, plugin::PluginState};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use videotracker_engine::{
    engine::SavedSession,
    name::Name,
    project::{Asset, Project},
    snapshot::{Message, Severity},
};

use crate::{
    failure::Place,
    instance::{Instance, Layout},
};
pub use container::Section;
use container::Tag;
use host_copy::HostCopy;
use kept::Kept;
use rescue::MendedField;

/// The field of nice-plug's state that holds the session.
pub const FIELD: &str = "session";
/// The newest format of a section's payload that this version reads.
const FORMAT: u16 = 1;
/// Most sections of newer versions that are kept, and most bytes of them.
const MOST_UNKNOWN: (usize, usize) = (256, 8 << 20);

const SCRIPT: Tag = *b"SCRP";
const DRAFT: Tag = *b"DRFT";
const PROJECT: Tag = *b"PROJ";
const MEDIA: Tag = *b"MDIA";
const LAYOUT: Tag = *b"VIEW";
/// The host parameters once more, under a checksum. States of the first version have none.
const HOST: Tag = *b"HPRM";
/// A whole earlier text that could not be read to its end.
const KEPT: Tag = *b"KEPT";
/// Comes last, so that a cut between two sections shows. Holds how many sections come before it, the checksum of their
/// bytes, and how many kept originals were left out so far (each in four bytes); in states of the first version, nothing.
const END: Tag = *b"ENDS";

/// The sections this version reads, with what to call them, and whether every state has one.
const KNOWN: [(Tag, &str, bool); 7] = [
    (SCRIPT, "script", true),
    (DRAFT, "draft", true),
    (PROJECT, "session", true),
    (MEDIA, "list of media", true),
    (LAYOUT, "window layout", true),
    (HOST, "copy of the host parameters", false),
    (END, "end mark", true),
];

fn known(tag: Tag) -> Option<&'static str> {
    KNOWN.iter().find(|(known, ..)| *known == tag).map(|(_, name, _)| *name)
}

/// The field's value. Whatever JSON stands there is taken in: what is no text counts as damage, not as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateText {
    text: String,
    /// The host's whole record, where it had to be mended.
    raw: Option<Vec<u8>>,
    /// Host parameters that the host's record does not name.
    params: Vec<String>,
    /// Whether it names parameters or fields that are unknown here.
    foreign: bool,
}

impl Serialize for StateText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for StateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Self { text, ..Self::default() },
            // Read without a copy of the value, which may be megabytes; what it is not is taken as text.
            other => match MendedField::deserialize(&other) {
                Ok(field) => {
                    drop(other);
                    Self {
                        text: field.text,
                        raw: field.raw.map(|raw| base64::decode(&raw).0),
                        params: field.params,
                        foreign: field.foreign,
                    }
                }
                Err(_) => Self { text: other.to_string(), ..Self::default() },
            },
        })
    }
}

/// Makes sure that [`FIELD`] reaches [`SessionField::set`], whatever it holds, and that the host parameters are what was
/// saved.
pub fn admit(state: &mut PluginState) {
    let field = state.fields.entry(FIELD.to_owned()).or_insert_with(|| "\"\"".to_owned());
    if serde_json::from_str::<serde_json::Value>(field).is_err() {
        *field = serde_json::Value::String(std::mem::take(field)).to_string();
    }
    host_copy::admit(state);
}

/// The persisted field: reads from and writes to the instance, so that loading reaches the engine at once. Whoever holds
/// host parameters for a moment must not be the one who closes the instance, so this does not keep it.
#[derive(Debug)]
pub struct SessionField(pub Weak<Instance>);

impl PersistentField<'_, StateText> for SessionField {
    fn set(&self, text: StateText) {
        if let Some(instance) = self.0.upgrade() {
            load(&instance, &text);
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&StateText) -> R,
    {
        let text = self.0.upgrade().map(|instance| save(&instance)).unwrap_or_default();
        f(&StateText { text, ..StateText::default() })
    }
}

/// The instance's session as text.
fn save(instance: &Instance) -> String {
    instance.panic_if_provoked(Place::Save);
    let mut session = instance.engine.save();
    if let Some(draft) = instance.draft() {
        session.draft = draft;
    }
    if session.draft == session.script {
        session.draft.clear();
    }
    instance.desk().drafts().saved();
    let host = HostCopy { params: instance.host_values(), waiting: instance.engine.waiting() };
    let view = View { layout: instance.layout(), scripts: instance.saved_scripts() };
    write(&session, &view, &host, &instance.kept())
}

/// What the section of the window's layout holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct View {
    #[serde(flatten)]
    layout: Layout,
    /// The tabs beside the draft, and what was closed.
    #[serde(default)]
    scripts: crate::scripts::Saved,
}

fn write(session: &SavedSession, view: &View, host: &HostCopy, kept: &Kept) -> String {
    let section = |tag, payload| Section { tag, format: FORMAT, payload };
    let text = |tag, payload: &str| section(tag, payload.as_bytes().to_vec());
    let mut sections = vec![text(SCRIPT, &session.script), text(DRAFT, &session.draft)];
    let json = [
        (PROJECT, json(PROJECT, &session.project, kept)),
        (MEDIA, json(MEDIA, &session.project.assets, kept)),
        (LAYOUT, json(LAYOUT, view, kept)),
        (HOST, json(HOST, host, kept)),
    ];
    // Plain data with text keys: serialising it has no way to fail.
    sections.extend(json.into_iter().filter_map(|(tag, payload)| Some(section(tag, payload.ok()?))));
    sections.extend(kept.unknown.iter().cloned());
    sections.extend(kept.originals().iter().map(|original| section(KEPT, original.to_vec())));
    let mut bytes = container::write(&sections);
    let count = u32::try_from(sections.len()).unwrap_or(u32::MAX);
    let end = [count, crc32fast::hash(&bytes), kept.dropped].into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.extend(container::write(&[section(END, end)]));
    base64::encode(&bytes)
}

/// A section's JSON, with the fields that only a newer version knows.
fn json(tag: Tag, value: &impl Serialize, kept: &Kept) -> serde_json::Result<Vec<u8>> {
    let Some(extra) = kept.extras.get(&tag) else { return serde_json::to_vec(value) };
    let mut value = serde_json::to_value(value)?;
    extras::merge(&mut value, extra);
    serde_json::to_vec(&value)
}

/// What a text yields.
#[derive(Debug, Default, PartialEq)]
struct Loaded {
    script: Option<String>,
    draft: Option<String>,
    project: Option<Project>,
    view: Option<View>,
    scripts: crate::scripts::Saved,
    host: Option<HostCopy>,
    kept: Kept,
    /// Whether something is lost or not understood, so that the original must be kept.
    damaged: bool,
    /// Where originals that were kept before lie in the text.
    nested: Vec<std::ops::Range<usize>>,
    messages: Vec<Message>,
}

impl Loaded {
    fn warn(&mut self, text: impl AsRef<str>) {
        self.messages.push(warning(text.as_ref()));
    }
}

/// Gives the instance what of `saved` is whole.
fn load(instance: &Instance, saved: &StateText) {
    instance.panic_if_provoked(Place::State);
    let mut loaded = read(&saved.text);
    if let Some(view) = loaded.view.take() {
        instance.set_layout(view.layout);
        loaded.scripts = view.scripts;
    }
    if loaded.script.is_some() || loaded.draft.is_some() || loaded.project.is_some() {
        restore(instance, &mut loaded);
    }
    if let Some(names) = lost_names(saved) {
        let fate = if loaded.host.is_some() { "taken from the session's own copy" } else { "left as it was" };
        loaded.warn(format!("The host's record of the state lacks {names}; the value was {fate}."));
    }
    if let Some(raw) = saved.raw.as_ref().filter(|raw| !raw.is_empty()) {
        let what = if saved.foreign && saved.params.is_empty() { "holds names that are unknown here" } else { "was damaged" };
        loaded.messages.insert(0, warning(&format!("The host's record of the state {what}; the original is kept and saved again.")));
        loaded.kept.add(raw);
    } else if loaded.damaged && !saved.text.is_empty() {
        loaded.kept.add(salvage::without_nested(&saved.text, &loaded.nested).as_bytes());
    }
    say_what_leaves(&mut loaded);
    instance.keep(loaded.kept);
    instance.notify(loaded.messages);
}

/// The host parameters that the host's record lost.
fn lost_names(saved: &StateText) -> Option<String> {
    let known: Vec<&str> =
        saved.params.iter().filter(|id| crate::params::HostParams::ids().any(|known| known == **id)).map(String::as_str).collect();
    let shown = known.iter().take(4).copied().collect::<Vec<_>>().join(", ");
    (!known.is_empty()).then(|| if known.len() > 4 { format!("{shown} and {} more", known.len() - 4) } else { shown })
}

/// Leaves out what there is no room for, and says so.
fn say_what_leaves(loaded: &mut Loaded) {
    let before = loaded.kept.dropped;
    let leaving = loaded.kept.bound();
    if leaving > 0 {
        let (most, megabytes) = (kept::MOST, kept::BYTES >> 20);
        loaded.warn(format!(
            "A state keeps at most {most} damaged originals of {megabytes} MB together, so the {leaving} oldest will not be saved again. \
             Export them before this instance closes: kept export 1 FILE (kept ls lists them)."
        ));
    }
    if before > 0 {
        loaded.warn(format!("Damaged originals were left out of this session before, because there was no room for them: {before}."));
    }
}

fn restore(instance: &Instance, loaded: &mut Loaded) {
    let script = loaded.script.take().unwrap_or_default();
    let draft = loaded.draft.take().filter(|draft| !draft.is_empty()).unwrap_or_else(|| script.clone());
    let whole = loaded.project.take();
    if whole.is_none() && !script.is_empty() {
        loaded.warn("The session itself could not be read; run the script to build it again.");
    }
    // Without its project a script must not run by itself: what plays stays as it is.
    let (script, project) = match whole {
        Some(project) => (script, project),
        None => {
            let now = instance.engine.save();
            (now.script, now.project)
        }
    };
    // What was typed here and is in no state stays reachable.
    instance.desk().drafts().turn_over();
    instance.load_scripts(draft.clone(), std::mem::take(&mut loaded.scripts));
    let waiting = loaded.host.as_ref().map(|host| host.waiting.clone()).unwrap_or_default();
    let left_out = instance.engine.restore_waiting(SavedSession { script, draft, project }, &waiting);
    if !left_out.is_empty() && !loaded.damaged {
        loaded.damaged = true;
        loaded.warn("Parts of the saved session are unknown here; the original is kept and saved again.");
    }
    loaded.messages.extend(left_out);
}

fn read(text: &str) -> Loaded {
    let mut loaded = Loaded::default();
    if text.is_empty() {
        loaded.warn("The saved state held no session; what plays stays as it is.");
        return loaded;
    }
    let found = salvage::read(text);
    let count = found.sections.len();
    let mut seen: Vec<Tag> = Vec::new();
    let (mut whole, mut unknown) = (found.clean, 0);
    for section in found.sections {
        match known(section.tag) {
            None if section.tag == KEPT => loaded.kept.add(section.payload),
            None => {
                unknown += section.payload.len();
                if loaded.kept.unknown.len() < MOST_UNKNOWN.0 && unknown <= MOST_UNKNOWN.1 {
                    loaded.kept.unknown.push(section);
                } else {
                    whole = false;
                }
            }
            Some(name) if seen.contains(&section.tag) => {
                whole = false;
                loaded.warn(format!("The saved state holds the {name} twice; the first was taken."));
            }
            Some(name) => {
                seen.push(section.tag);
                take(&mut loaded, &section, name);
                if section.tag == END {
                    whole &= is_the_end(&mut loaded.kept, &section.payload, count, found.sum);
                }
            }
        }
    }
    found.scraps.into_iter().for_each(|scrap| loaded.kept.add(scrap));
    whole &= KNOWN.iter().all(|(tag, _, always)| !always || seen.contains(tag));
    for name in found.spoilt.iter().filter(|tag| !seen.contains(tag)).filter_map(|tag| known(*tag)) {
        loaded.warn(format!("The {name} was damaged and could not be read."));
    }
    if !loaded.kept.unknown.is_empty() {
        loaded.warn("The saved state holds a part that only a newer videoTracker knows; it is kept and saved again.");
    }
    loaded.damaged |= !whole;
    if loaded.damaged {
        loaded.warn("The saved state is not whole. What could be read was loaded; the original is kept and saved again.");
    }
    loaded.messages.dedup();
    loaded.nested = found.nested;
    loaded
}

/// Whether an end mark says of what comes before it what is there.
fn is_the_end(kept: &mut Kept, payload: &[u8], count: usize, sum: u32) -> bool {
    let word = |index: usize| Some(u32::from_le_bytes(payload.get(index * 4..index * 4 + 4)?.try_into().ok()?));
    kept.dropped = word(2).unwrap_or(0);
    payload.is_empty() || (word(0).is_some_and(|before| before as usize + 1 == count) && word(1) == Some(sum))
}

/// Takes over one good section.
fn take(loaded: &mut Loaded, section: &Section, name: &str) {
    if section.format > FORMAT {
        loaded.damaged = true;
        loaded.warn(format!(
            "The {name} was saved by a newer videoTracker (format {}, this one reads {FORMAT}); update to load it.",
            section.format
        ));
        return;
    }
    let text = || String::from_utf8(section.payload.clone()).map_err(|error| error.to_string());
    let taken = match section.tag {
        SCRIPT => text().map(|text| loaded.script = Some(text)),
        DRAFT => text().map(|text| loaded.draft = Some(text)),
        PROJECT => parsed(loaded, section, name).map(|project| loaded.project = Some(project)),
        LAYOUT => parsed(loaded, section, name).map(|view| loaded.view = Some(view)),
        HOST => parsed(loaded, section, name).map(|host: HostCopy| loaded.host = Some(host.split(&mut loaded.kept))),
        // The list of media repeats the project's, for whoever finds the project broken.
        MEDIA => parsed::<BTreeMap<Name, Asset>>(loaded, section, name).map(drop),
        _ => Ok(()),
    };
    if let Err(reason) = taken {
        loaded.damaged = true;
        loaded.warn(format!("The {name} could not be read: {reason}."));
    }
}

/// A section's JSON as a value; fields that are unknown here are kept beside it.
fn parsed<T: serde::de::DeserializeOwned + Serialize>(loaded: &mut Loaded, section: &Section, name: &str) -> Result<T, String> {
    let value: T = serde_json::from_slice(&section.payload).map_err(|error| error.to_string())?;
    let beyond = extras::beyond(&section.payload, &value);
    if beyond.lossy {
        loaded.damaged = true;
        loaded.warn(format!("The {name} holds names twice, or more than can be searched; a part of it may be lost."));
    }
    if let Some(extra) = beyond.extra {
        loaded.warn(format!(
            "The {name} holds fields that only a newer videoTracker knows ({}); they are kept and saved again.",
            extras::names(&extra)
        ));
        loaded.kept.extras.insert(section.tag, extra);
    }
    Ok(value)
}

fn warning(text: &str) -> Message {
    Message { severity: Severity::Warning, text: text.to_owned(), line: None, column: None }
}

#[cfg(test)]
mod tests;
