//! Mends the JSON around the session, which nice-plug would refuse whole.
//!
//! What can be told apart is carried over: the session's text as far as it goes, and every parameter that still stands
//! there by name. The raw bytes travel along, to be kept and saved again.

use nice_plug::plugin::{ParamValue, PluginState};
use serde_json::{Value, json};
use videotracker_engine::project::MACROS;

use super::{FIELD, base64};

/// Longest state that is read, in bytes; as in nice-plug.
pub const LIMIT: usize = 1 << 28;
/// Fewest characters in a row that count as a session's text where its name is gone.
const LEAST_RUN: usize = 64;

/// JSON that nice-plug can read, and whether anything of the session or the parameters is in it. `body` is where the
/// JSON should be, `raw` is what is kept if it is broken.
pub fn mend(raw: &[u8], body: &[u8]) -> (Vec<u8>, bool) {
    if serde_json::from_slice::<PluginState>(body).is_ok() {
        return (body.to_vec(), true);
    }
    let text = String::from_utf8_lossy(body);
    let session = session_text(&text);
    let params = params(&text);
    let useful = !session.is_empty() || !params.is_empty();
    let field = json!({ "text": session, "raw": base64::encode(raw) });
    let state = json!({ "version": "", "params": params, "fields": { FIELD: field.to_string() } });
    (state.to_string().into_bytes(), useful)
}

/// The text and the raw bytes of a field that [`mend`] made.
pub fn mended(field: &Value) -> Option<(String, Vec<u8>)> {
    let text = field.get("text")?.as_str()?.to_owned();
    let (raw, clean) = base64::decode(field.get("raw")?.as_str()?);
    clean.then_some((text, raw))
}

/// The session's text: what stands behind its name, else the longest run of characters that could be one.
fn session_text(text: &str) -> &str {
    let marker = format!("\"{FIELD}\":\"\\\"");
    if let Some(at) = text.find(&marker) {
        let rest = &text[at + marker.len()..];
        // The end is the field's closing quote; damage within is the sections' business.
        return rest.find("\\\"\"").or_else(|| rest.find(['"', '\\'])).map_or(rest, |end| &rest[..end]);
    }
    let ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    text.split(|c| !ours(c)).max_by_key(|run| run.len()).filter(|run| run.len() >= LEAST_RUN).unwrap_or_default()
}

/// Parameters that still stand in the text.
fn params(text: &str) -> serde_json::Map<String, Value> {
    let plain = ["master", "opacity", "bypass", "edits"].into_iter().map(str::to_owned);
    let ids = plain.chain((1..=MACROS).map(|number| format!("macro_{number}")));
    ids.filter_map(|id| {
        let marker = format!("\"{id}\":");
        let rest = &text[text.find(&marker)? + marker.len()..];
        let value: Value = serde_json::from_str(&rest[..=rest.find('}')?]).ok()?;
        serde_json::from_value::<ParamValue>(value.clone()).ok()?;
        Some((id, value))
    })
    .collect()
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
        let field: Value = serde_json::from_str(&state.fields[FIELD]).unwrap();
        let mended = mended(&field);
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
            if serde_json::from_slice::<PluginState>(&flipped).is_ok() {
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
