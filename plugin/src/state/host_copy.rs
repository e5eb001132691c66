//! The host parameters' own copy, under the session's checksum.
//!
//! nice-plug writes parameters by name, without any proof: a name with a flipped bit is a parameter that does not exist,
//! and the one that was meant keeps its default, without a word. So the values stand once more in a section of ours, and
//! the copy counts. Both are read within one call of the host's, so that they differ only where automation runs.

use std::collections::BTreeMap;

use nice_plug::plugin::{ParamValue, PluginState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use videotracker_engine::control::Waiting;

use super::{FIELD, HOST, Kept, StateText, base64, extras::Extra, rescue::MendedField, salvage};
use crate::params::HostParams;

/// What the section holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostCopy {
    /// Values by parameter id, as nice-plug writes them.
    #[serde(default)]
    pub params: BTreeMap<String, Value>,
    /// Macro targets that keep their own value until the host moves the macro.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
}

impl HostCopy {
    /// The copy without parameters that only a newer version has, which are kept to be saved again.
    pub fn split(mut self, kept: &mut Kept) -> Self {
        let (known, newer): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.params.into_iter().partition(|(id, _)| HostParams::ids().any(|known| known == *id));
        self.params = known;
        if !newer.is_empty() {
            let values = newer.into_iter().map(|(id, value)| (id, Extra::Value(value))).collect();
            let extra = kept.extras.entry(HOST).or_insert_with(|| Extra::Object(BTreeMap::new()));
            if let Extra::Object(fields) = extra {
                fields.insert("params".to_owned(), Extra::Object(values));
            }
        }
        self
    }
}

/// Gives a state the values of its copy, and notes in [`FIELD`] what the host's record had lost.
pub fn admit(state: &mut PluginState) {
    let Some(field) = state.fields.get(FIELD) else { return };
    let Ok(saved) = serde_json::from_str::<StateText>(field) else { return };
    let copy = copy_of(&saved.text).unwrap_or_default();
    let known = |id: &String| HostParams::ids().any(|known| known == *id);
    let foreign = state.fields.len() > 1 || state.params.keys().any(|id| !copy.params.contains_key(id) && !known(id));
    let missing: Vec<String> = HostParams::ids().filter(|id| !state.params.contains_key(id)).collect();
    // A state of the first version may have fewer parameters; what names it has instead tells damage from age.
    let params = if foreign || !copy.params.is_empty() { missing } else { Vec::new() };
    let note = (foreign || !params.is_empty()).then(|| {
        let raw = saved.raw.clone().or_else(|| record(state, &saved.text));
        MendedField { text: saved.text.clone(), raw: raw.map(|raw| base64::encode(&raw)), params, foreign }
    });
    for id in HostParams::ids() {
        let Some(value) = copy.params.get(&id).and_then(|value| serde_json::from_value::<ParamValue>(value.clone()).ok()) else { continue };
        state.params.insert(id, value);
    }
    state.params.retain(|_, value| !matches!(value, ParamValue::F32(number) if !number.is_finite()));
    if let Some(note) = note
        && let Ok(text) = serde_json::to_string(&note)
    {
        state.fields.insert(FIELD.to_owned(), text);
    }
}

/// The copy in a session's text, if it is whole.
fn copy_of(text: &str) -> Option<HostCopy> {
    let section = salvage::section(text, HOST)?;
    serde_json::from_slice(&section.payload).ok()
}

/// The host's whole record, without the originals that were kept in it before.
fn record(state: &PluginState, text: &str) -> Option<Vec<u8>> {
    let mut copy = state.clone();
    let stripped = salvage::without_nested(text, &salvage::read(text).nested);
    copy.fields.insert(FIELD.to_owned(), Value::String(stripped).to_string());
    serde_json::to_vec(&copy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{SavedSession, View, write};

    fn state() -> PluginState {
        let mut params = BTreeMap::new();
        for id in HostParams::ids() {
            let value = match id.as_str() {
                "bypass" => ParamValue::Bool(false),
                "edits" => ParamValue::I32(3),
                _ => ParamValue::F32(0.25),
            };
            params.insert(id, value);
        }
        let values = params.iter().map(|(id, value)| (id.clone(), serde_json::to_value(value).unwrap())).collect();
        let host = HostCopy { params: values, waiting: Vec::new() };
        let text = write(&SavedSession::default(), &View::default(), &host, &Kept::default());
        let fields = BTreeMap::from([(FIELD.to_owned(), Value::String(text).to_string())]);
        PluginState { version: "0.1.0".to_owned(), params, fields }
    }

    fn noted(state: &PluginState) -> Option<MendedField> {
        serde_json::from_str(&state.fields[FIELD]).ok()
    }

    #[test]
    fn a_flipped_bit_in_a_parameters_name_is_mended_and_reported() {
        for id in HostParams::ids() {
            let mut flipped = state();
            let value = flipped.params.remove(&id).unwrap();
            flipped.params.insert(format!("{}\u{7f}", &id[1..]), value.clone());
            admit(&mut flipped);
            assert_eq!(serde_json::to_value(&flipped.params[&id]).unwrap(), serde_json::to_value(&value).unwrap());
            let note = noted(&flipped).unwrap();
            assert_eq!(note.params, [id]);
            assert!(String::from_utf8(base64::decode(&note.raw.unwrap()).0).unwrap().contains("\u{7f}"), "the record is kept");
        }
    }

    #[test]
    fn a_whole_state_passes_without_a_note_and_values_are_the_copys() {
        let mut whole = state();
        admit(&mut whole);
        assert!(noted(&whole).is_none());
        whole.params.insert("master".to_owned(), ParamValue::F32(0.75));
        admit(&mut whole);
        assert!(
            noted(&whole).is_none() && matches!(whole.params["master"], ParamValue::F32(value) if value.to_bits() == 0.25_f32.to_bits())
        );
    }

    #[test]
    fn a_parameter_or_field_that_only_a_newer_version_has_is_kept() {
        let mut newer = state();
        newer.params.insert("warp".to_owned(), ParamValue::F32(0.5));
        admit(&mut newer);
        let raw = base64::decode(&noted(&newer).unwrap().raw.unwrap()).0;
        assert!(String::from_utf8(raw).unwrap().contains("warp"));
        let mut newer = state();
        newer.fields.insert("scenes".to_owned(), "17".to_owned());
        admit(&mut newer);
        assert!(noted(&newer).unwrap().raw.is_some());
    }
}
