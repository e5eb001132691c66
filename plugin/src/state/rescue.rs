//! Mends the JSON around the session, which nice-plug would refuse whole.
//!
//! What can be told apart is carried over: the session's text as far as it goes, and every parameter that still stands
//! there by name. The raw bytes travel along, to be kept and saved again.

use std::{borrow::Cow, ops::Range};

use nice_plug::plugin::{ParamValue, PluginState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{FIELD, base64, kept::without, salvage};
use crate::params::HostParams;

/// Longest state that is read, in bytes: room for a session of 16 MiB, its list of media, the editor's texts and all originals that
/// are kept, in base64.
pub const LIMIT: usize = 96 << 20;
/// Fewest characters in a row that count as a session's text where its name is gone.
const LEAST_RUN: usize = 64;

/// JSON that nice-plug can read, and whether anything of the session or the parameters is in it. `body` is where the
/// JSON should be, `raw` is what is kept if it is broken.
pub fn mend(raw: &[u8], body: &[u8]) -> (Vec<u8>, bool) {
    if serde_json::from_slice::<PluginState>(body).is_ok_and(|state| state.fields.contains_key(FIELD)) {
        return (body.to_vec(), true);
    }
    let text = ascii(body);
    let range = session_range(&text);
    let session = &text[range.clone()];
    let params = params(&text);
    let useful = !session.is_empty() || !params.is_empty();
    // Originals that were kept before are read from the text; the raw bytes are kept without them.
    let shift = raw.len() - body.len() + range.start;
    let nested: Vec<Range<usize>> = salvage::read(session).nested.into_iter().map(|inner| inner.start + shift..inner.end + shift).collect();
    let field = MendedField { text: session.to_owned(), raw: Some(base64::encode(&without(raw, &nested))), ..MendedField::default() };
    let state = json!({ "version": "", "params": params, "fields": { FIELD: json!(field).to_string() } });
    (state.to_string().into_bytes(), useful)
}

/// The field's value where the host's record had to be mended: an object in place of the text.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MendedField {
    /// The session's text, as far as it was found.
    pub text: String,
    /// The host's whole record in base64.
    #[serde(default)]
    pub raw: Option<String>,
    /// Host parameters that the record does not name.
    #[serde(default)]
    pub params: Vec<String>,
    /// Whether the record names parameters or fields that are unknown here.
    #[serde(default)]
    pub foreign: bool,
}

/// Bytes as text of the same length: what is not ASCII becomes `?`.
pub fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect(),
    }
}

/// Where the session's text lies: behind its name, else the longest run of characters that could be one.
pub fn session_range(text: &str) -> Range<usize> {
    let marker = format!("\"{FIELD}\":\"\\\"");
    if let Some(at) = text.find(&marker) {
        let start = at + marker.len();
        let rest = &text[start..];
        // The end is the field's closing quote; damage within is the sections' business.
        let end = rest.find("\\\"\"").or_else(|| rest.find(['"', '\\'])).unwrap_or(rest.len());
        return start..start + end;
    }
    let ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let longest = text.split(|c| !ours(c)).max_by_key(|run| run.len()).filter(|run| run.len() >= LEAST_RUN).unwrap_or_default();
    let start = (longest.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    if longest.is_empty() { 0..0 } else { start..start + longest.len() }
}

/// Parameters that still stand in the text.
fn params(text: &str) -> serde_json::Map<String, Value> {
    let found = HostParams::ids().filter_map(|id| {
        let marker = format!("\"{id}\":");
        let rest = &text[text.find(&marker)? + marker.len()..];
        // Read as nice-plug will read it: a number may be out of range for it only.
        let value: ParamValue = serde_json::from_str(&rest[..=rest.find('}')?]).ok()?;
        Some((id, serde_json::to_value(value).ok()?))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(session: &str) -> Vec<u8> {
        let field = Value::String(session.to_owned()).to_string();
        let mut state = PluginState { version: "0.1.0".to_owned(), params: Default::default(), fields: Default::default() };
        state.params.insert("master".to_owned(), ParamValue::F32(0.25));
        state.params.insert("macro_7".to_owned(), ParamValue::F32(0.5));
        state.fields.insert(FIELD.to_owned(), field);
        serde_json::to_vec(&state).unwrap()
    }

    fn rescued(bytes: &[u8]) -> (PluginState, Option<(String, Vec<u8>)>, bool) {
        let (json, useful) = mend(bytes, bytes);
        let state: PluginState = serde_json::from_slice(&json).unwrap();
        let field = serde_json::from_str::<MendedField>(&state.fields[FIELD]).ok();
        let mended = field.map(|field| (field.text, base64::decode(&field.raw.unwrap()).0));
        (state, mended, useful)
    }

    #[test]
    fn a_whole_state_passes_untouched() {
        let bytes = state(&"QUJD".repeat(40));
        assert_eq!(mend(&bytes, &bytes), (bytes.clone(), true));
    }

    #[test]
    fn whatever_is_cut_or_flipped_the_rest_is_carried_over_and_the_raw_bytes_are_kept() {
        let session = "QUJD".repeat(40);
        let bytes = state(&session);
        for cut in 0..bytes.len() {
            let (found, mended, _) = rescued(&bytes[..cut]);
            let (text, raw) = mended.unwrap();
            assert_eq!(raw, &bytes[..cut]);
            assert!(session.starts_with(&text) || !text.contains("QUJD"), "{text}");
            assert!(found.params.len() <= 2);
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if serde_json::from_slice::<PluginState>(&flipped).is_ok_and(|state| state.fields.contains_key(FIELD)) {
                continue;
            }
            let (_, mended, useful) = rescued(&flipped);
            assert_eq!(mended.unwrap().1, flipped);
            assert!(useful, "bit {bit}");
        }
    }

    #[test]
    fn noise_is_kept_and_called_useless() {
        let noise: Vec<u8> = (0..500_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let (_, mended, useful) = rescued(&noise);
        assert_eq!(mended.unwrap().1, noise);
        assert!(!useful);
    }
}
