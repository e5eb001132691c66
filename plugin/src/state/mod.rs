//! The saved session: what the host keeps for us, written so that damage costs only what it hits.
//!
//! The host's state is JSON made by nice-plug. One field of it, [`FIELD`], is ours: sections in a `container`,
//! as text. A state that is truncated, altered, empty or from a newer version loads what is whole, keeps the rest
//! byte for byte, saves it again and says so.

mod base64;
mod container;
pub mod rescue;

use std::sync::Arc;

use nice_plug::{params::persist::PersistentField, plugin::PluginState};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use videotracker_engine::{
    engine::SavedSession,
    snapshot::{Message, Severity},
};

use crate::{failure::Place, instance::Instance};
pub use container::Section;
use container::Tag;

/// The field of nice-plug's state that holds the session.
pub const FIELD: &str = "session";
/// The newest format of a section's payload that this version reads.
const FORMAT: u16 = 1;

const SCRIPT: Tag = *b"SCRP";
const DRAFT: Tag = *b"DRFT";
const PROJECT: Tag = *b"PROJ";
const MEDIA: Tag = *b"MDIA";
const LAYOUT: Tag = *b"VIEW";
/// A whole earlier text that could not be read to its end.
const KEPT: Tag = *b"KEPT";
/// Comes last, so that a cut between two sections shows.
const END: Tag = *b"ENDS";

/// The sections every state has, with what to call them.
const KNOWN: [(Tag, &str); 6] =
    [(SCRIPT, "script"), (DRAFT, "draft"), (PROJECT, "session"), (MEDIA, "list of media"), (LAYOUT, "window layout"), (END, "end mark")];

/// The field's value. Whatever JSON stands there is taken in: what is no text counts as damage, not as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateText {
    text: String,
    /// The host's whole record, where it had to be mended.
    raw: Option<Vec<u8>>,
}

impl Serialize for StateText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for StateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(match (rescue::mended(&value), value) {
            (Some((text, raw)), _) => Self { text, raw: Some(raw) },
            (None, serde_json::Value::String(text)) => Self { text, raw: None },
            (None, other) => Self { text: other.to_string(), raw: None },
        })
    }
}

/// Makes sure that [`FIELD`] reaches [`SessionField::set`], whatever it holds.
pub fn admit(state: &mut PluginState) {
    let field = state.fields.entry(FIELD.to_owned()).or_insert_with(|| "\"\"".to_owned());
    if serde_json::from_str::<serde_json::Value>(field).is_err() {
        *field = serde_json::Value::String(std::mem::take(field)).to_string();
    }
}

/// The persisted field: reads from and writes to the instance, so that loading reaches the engine at once.
#[derive(Debug)]
pub struct SessionField(pub Arc<Instance>);

impl PersistentField<'_, StateText> for SessionField {
    fn set(&self, text: StateText) {
        load(&self.0, &text);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&StateText) -> R,
    {
        f(&StateText { text: save(&self.0), raw: None })
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
    write(&session, &instance.layout(), &instance.kept())
}

fn write(session: &SavedSession, layout: &crate::instance::Layout, kept: &[Section]) -> String {
    let text = |tag, payload: &str| Section { tag, format: FORMAT, payload: payload.as_bytes().to_vec() };
    let mut sections = vec![text(SCRIPT, &session.script), text(DRAFT, &session.draft)];
    let json = [
        (PROJECT, serde_json::to_vec(&session.project)),
        (MEDIA, serde_json::to_vec(&session.project.assets)),
        (LAYOUT, serde_json::to_vec(layout)),
    ];
    // Plain data with text keys: serialising it has no way to fail.
    sections.extend(json.into_iter().filter_map(|(tag, payload)| Some(Section { tag, format: FORMAT, payload: payload.ok()? })));
    sections.extend(kept.iter().cloned());
    sections.push(text(END, ""));
    base64::encode(&container::write(&sections))
}

/// What a text yields.
#[derive(Debug, Default, PartialEq)]
struct Loaded {
    script: Option<String>,
    draft: Option<String>,
    project: Option<videotracker_engine::project::Project>,
    layout: Option<crate::instance::Layout>,
    kept: Vec<Section>,
    messages: Vec<Message>,
}

/// Gives the instance what of `saved` is whole.
fn load(instance: &Instance, saved: &StateText) {
    instance.panic_if_provoked(Place::State);
    let mut loaded = read(&saved.text);
    if let Some(raw) = saved.raw.as_ref().filter(|raw| !raw.is_empty()) {
        loaded.messages.insert(0, warning("The host's record of the state was damaged; the original is kept and saved again."));
        loaded.kept.push(Section { tag: KEPT, format: FORMAT, payload: raw.clone() });
    }
    let present = loaded.script.is_some() || loaded.draft.is_some() || loaded.project.is_some();
    if let Some(layout) = loaded.layout.take() {
        instance.set_layout(layout);
    }
    if present {
        let script = loaded.script.take().unwrap_or_default();
        let draft = loaded.draft.take().filter(|draft| !draft.is_empty()).unwrap_or_else(|| script.clone());
        let whole = loaded.project.take();
        if whole.is_none() && !script.is_empty() {
            loaded.messages.push(warning("The session itself could not be read; run the script to build it again."));
        }
        // Without its project a script must not run by itself: what plays stays as it is.
        let (script, project) = match whole {
            Some(project) => (script, project),
            None => {
                let now = instance.engine.save();
                (now.script, now.project)
            }
        };
        instance.set_draft(draft.clone());
        let left_out = instance.engine.restore(SavedSession { script, draft, project });
        if !left_out.is_empty() && !loaded.kept.iter().any(|section| section.tag == KEPT) {
            loaded.messages.push(warning("Parts of the saved session are unknown here; the original is kept and saved again."));
            loaded.kept.push(Section { tag: KEPT, format: FORMAT, payload: saved.text.as_bytes().to_vec() });
        }
        loaded.messages.extend(left_out);
    }
    instance.keep(loaded.kept);
    instance.notify(loaded.messages);
}

fn read(text: &str) -> Loaded {
    let mut loaded = Loaded::default();
    if text.is_empty() {
        loaded.messages.push(warning("The saved state held no session; what plays stays as it is."));
        return loaded;
    }
    let (bytes, clean) = base64::decode(text);
    let contents = container::read(&bytes);
    let whole = KNOWN.iter().all(|(tag, _)| contents.good.iter().any(|section| section.tag == *tag));
    let mut damaged = !clean || !whole || !contents.broken.is_empty();
    for section in contents.good {
        let Some((_, name)) = KNOWN.iter().find(|(tag, _)| *tag == section.tag) else {
            if section.tag != KEPT {
                loaded
                    .messages
                    .push(warning("The saved state holds a part that only a newer videoTracker knows; it is kept and saved again."));
            }
            loaded.kept.push(section);
            continue;
        };
        if section.format > FORMAT {
            damaged = true;
            loaded.messages.push(warning(&format!(
                "The {name} was saved by a newer videoTracker (format {}, this one reads {FORMAT}); update to load it.",
                section.format
            )));
        } else if let Err(reason) = take(&mut loaded, &section) {
            damaged = true;
            loaded.messages.push(warning(&format!("The {name} could not be read: {reason}.")));
        }
    }
    for tag in &contents.spoilt {
        if let Some((_, name)) = KNOWN.iter().find(|(known, _)| known == tag) {
            loaded.messages.push(warning(&format!("The {name} was damaged and could not be read.")));
        }
    }
    if damaged {
        loaded.messages.push(warning("The saved state is not whole. What could be read was loaded; the original is kept and saved again."));
        loaded.kept.push(Section { tag: KEPT, format: FORMAT, payload: text.as_bytes().to_vec() });
    }
    loaded
}

/// Takes over one good section.
fn take(loaded: &mut Loaded, section: &Section) -> Result<(), String> {
    let text = || String::from_utf8(section.payload.clone()).map_err(|error| error.to_string());
    match section.tag {
        SCRIPT => loaded.script = Some(text()?),
        DRAFT => loaded.draft = Some(text()?),
        PROJECT => loaded.project = Some(serde_json::from_slice(&section.payload).map_err(|error| error.to_string())?),
        LAYOUT => loaded.layout = Some(serde_json::from_slice(&section.payload).map_err(|error| error.to_string())?),
        // The list of media repeats the project's, for whoever finds the project broken.
        _ => {}
    }
    Ok(())
}

fn warning(text: &str) -> Message {
    Message { severity: Severity::Warning, text: text.to_owned(), line: None, column: None }
}

#[cfg(test)]
mod tests;
