//! Fields that only a newer version knows, carried through a load and a save.
//!
//! A section's JSON is compared with what this version makes of it. What is missing there is remembered by its place
//! and put back when the section is written. In a list, an element is told by what this version knows of it; where that
//! was edited or removed, what only the newer version knew of it goes too.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most bytes of a section that are searched for unknown fields: as values they take some twenty times as much.
pub const LONGEST: usize = 2 << 20;
/// Fields named in a message.
const NAMED: usize = 3;

/// What is unknown below one place.
#[derive(Clone, Debug, PartialEq)]
pub enum Extra {
    /// A whole value.
    Value(Value),
    /// Fields of an object.
    Object(BTreeMap<String, Extra>),
    /// Elements of a list: what this version knows of each, and the rest.
    Elements(Vec<(Value, Extra)>),
}

/// What a section's JSON holds beyond what this version reads.
#[derive(Debug, Default, PartialEq)]
pub struct Beyond {
    /// Unknown fields, where there are any.
    pub extra: Option<Extra>,
    /// Whether a name stands twice in one object, or the section is too long to be searched: then parts are lost.
    pub lossy: bool,
}

/// Compares a section's JSON with what this version would write for it.
pub fn beyond(payload: &[u8], known: &impl serde::Serialize) -> Beyond {
    let Ok(written) = serde_json::to_vec(known) else { return Beyond::default() };
    if written == payload {
        // What this version wrote itself.
        return Beyond::default();
    }
    if payload.len() > LONGEST {
        return Beyond { extra: None, lossy: true };
    }
    let twice = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(payload);
    let (Ok(raw), Ok(known)) = (Seed(&twice).deserialize(&mut reader), serde_json::from_slice(&written)) else {
        return Beyond { extra: None, lossy: true };
    };
    Beyond { extra: unknown(raw, &known), lossy: twice.get() }
}

/// What of `raw` is not in `known`. What says nothing (null, false, an empty list or object) may be left out by any version.
fn unknown(raw: Value, known: &Value) -> Option<Extra> {
    match (raw, known) {
        (Value::Object(raw), Value::Object(known)) => {
            let below = |(key, value): (String, Value)| {
                let extra = match known.get(&key) {
                    Some(known) => unknown(value, known)?,
                    None if says_nothing(&value) => return None,
                    None => Extra::Value(value),
                };
                Some((key, extra))
            };
            let extras: BTreeMap<_, _> = raw.into_iter().filter_map(below).collect();
            (!extras.is_empty()).then_some(Extra::Object(extras))
        }
        (Value::Array(raw), Value::Array(known)) if raw.len() == known.len() => {
            let pairs = raw.into_iter().zip(known);
            let extras: Vec<_> = pairs.filter_map(|(raw, known)| Some((known.clone(), unknown(raw, known)?))).collect();
            (!extras.is_empty()).then_some(Extra::Elements(extras))
        }
        _ => None,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Puts unknown fields back where their place is still there.
pub fn merge(value: &mut Value, extra: &Extra) {
    match (value, extra) {
        (Value::Object(map), Extra::Object(extras)) => {
            for (key, extra) in extras {
                match (map.get_mut(key), extra) {
                    (Some(below), extra) => merge(below, extra),
                    (None, Extra::Value(new)) => drop(map.insert(key.clone(), new.clone())),
                    (None, _) => {}
                }
            }
        }
        (Value::Array(list), Extra::Elements(extras)) => {
            // Elements that are alike take the extras in order.
            let mut taken = vec![false; list.len()];
            for (known, extra) in extras {
                let index = list.iter().zip(&taken).position(|(element, taken)| !taken && element == known);
                if let Some(index) = index {
                    taken[index] = true;
                    merge(&mut list[index], extra);
                }
            }
        }
        _ => {}
    }
}

/// The names of some unknown fields, for a message.
pub fn names(extra: &Extra) -> String {
    fn collect(extra: &Extra, path: &str, found: &mut BTreeSet<String>) {
        match extra {
            _ if found.len() > NAMED => {}
            Extra::Value(_) => drop(found.insert(path.to_owned())),
            Extra::Object(extras) => {
                for (key, extra) in extras {
                    let key: String = key.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
                    collect(extra, &if path.is_empty() { key } else { format!("{path}.{key}") }, found);
                }
            }
            Extra::Elements(extras) => extras.iter().for_each(|(_, extra)| collect(extra, path, found)),
        }
    }
    let mut found = BTreeSet::new();
    collect(extra, "", &mut found);
    let more = found.len() > NAMED;
    let named: Vec<String> = found.into_iter().take(NAMED).map(|path| path.chars().take(120).collect()).collect();
    format!("{}{}", named.join(", "), if more { ", …" } else { "" })
}

/// Reads JSON and notes whether a name stands twice in one object.
#[derive(Clone, Copy)]
struct Seed<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Value, E> {
        Ok(Value::Bool(on))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            if map.insert(key, value).is_some() {
                self.0.set(true);
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(raw: &Value, known: &Value) -> Option<Extra> {
        unknown(raw.clone(), known)
    }

    #[test]
    fn unknown_fields_come_back_where_their_place_still_is() {
        let known =
            json!({"clock": {"bpm": 120}, "cables": [{"from": "a"}, {"from": "b"}], "modules": {"kick": {"v": 1}, "hat": {"v": 2}}});
        let newer = json!({
            "clock": {"bpm": 120, "swing": 0.6}, "scenes": [1, {"name": "two"}], "nothing": [],
            "cables": [{"from": "a"}, {"from": "b", "colour": "red"}],
            "modules": {"kick": {"v": 1, "note": "mine"}, "hat": {"v": 2, "note": "too"}},
        });
        let extra = of(&newer, &known).unwrap();
        assert_eq!(names(&extra), "cables.colour, clock.swing, modules.hat.note, …");
        // The session went on: the tempo is another one, the hat is gone, the cables were laid in another order.
        let mut saved = json!({"clock": {"bpm": 90}, "cables": [{"from": "b"}, {"from": "a"}], "modules": {"kick": {"v": 3}}});
        merge(&mut saved, &extra);
        assert_eq!(
            saved,
            json!({
                "clock": {"bpm": 90, "swing": 0.6}, "scenes": [1, {"name": "two"}],
                "cables": [{"from": "b", "colour": "red"}, {"from": "a"}], "modules": {"kick": {"v": 3, "note": "mine"}},
            })
        );
        assert_eq!(of(&known, &known), None);
    }

    #[test]
    fn a_name_that_stands_twice_is_noticed() {
        let known = json!({"a": {"b": 2}});
        assert_eq!(beyond(br#"{"a":{"b":1,"b":2}}"#, &known), Beyond { extra: None, lossy: true });
        assert_eq!(beyond(br#"{ "a" :{"b":2}} "#, &known), Beyond::default());
        assert!(beyond(&vec![b' '; LONGEST + 9], &known).lossy);
    }

    #[test]
    fn names_in_messages_hold_no_control_characters() {
        let extra = of(&json!({"\u{1b}[31mred\n": 1}), &json!({})).unwrap();
        assert_eq!(names(&extra), "[31mred");
    }
}
