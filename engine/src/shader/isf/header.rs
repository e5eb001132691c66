//! The JSON in an ISF file's first comment.
//!
//! Read by hand rather than through a schema: files in the wild write numbers as texts, booleans as numbers and ranges as
//! single values, and all of them play elsewhere.

use serde_json::{Map, Value};

use super::{Complaint, Param};
use crate::shader::{MAX_PASSES, interface::MAX_PARAMS};

/// What an input takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum InputKind {
    /// Smallest, largest and first value.
    Float { range: [f64; 3] },
    /// On or off.
    Bool { default: bool },
    /// A whole number, or one of a list.
    Long { range: [f64; 3], values: Vec<f32>, labels: Vec<String> },
    /// A place; ranges for both directions.
    Point { x: [f64; 3], y: [f64; 3] },
    /// A colour with alpha.
    Color { default: [f64; 4] },
    /// A picture that comes in.
    Image,
    /// The sound's wave.
    Audio,
    /// The sound's spectrum.
    AudioFft,
}

/// One input.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input {
    /// Its name in the shader.
    pub name: String,
    /// What it takes.
    pub kind: InputKind,
    /// Its name for people.
    pub label: String,
}

impl Input {
    /// Its name as a parameter: one that every module has gets a line behind it.
    pub fn param_name(&self) -> String {
        if Param::is_reserved(&self.name) { format!("{}_", self.name) } else { self.name.clone() }
    }
}

/// One pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pass {
    /// The buffer it writes; the picture itself where absent.
    pub target: Option<String>,
    /// Keeps what it shows.
    pub persistent: bool,
    /// Holds values beyond 0–1.
    pub float: bool,
    /// An expression for its width.
    pub width: Option<String>,
    /// An expression for its height.
    pub height: Option<String>,
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Header {
    /// Its inputs in order.
    pub inputs: Vec<Input>,
    /// Its passes in order.
    pub passes: Vec<Pass>,
    /// Pictures: their names in the shader and their paths beside the file.
    pub imported: Vec<(String, String)>,
}

impl Header {
    /// The buffers it writes, each once, as its first pass describes it.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &Pass)> {
        let first = |index: usize, name: &str| self.passes[..index].iter().all(|before| before.target.as_deref() != Some(name));
        let passes = self.passes.iter().enumerate();
        passes.filter_map(move |(index, pass)| pass.target.as_deref().filter(|name| first(index, name)).map(|name| (name, pass)))
    }

    /// The place of a pass's buffer among the targets.
    pub fn target_of(&self, pass: &Pass) -> Option<usize> {
        self.targets().position(|(name, _)| Some(name) == pass.target.as_deref())
    }
}

/// Where the JSON lies: the first comment that begins with a brace.
pub(super) fn json_range(source: &str) -> Option<std::ops::Range<usize>> {
    let begin = source.find("/*")? + 2;
    let length = source[begin..].find("*/")?;
    source[begin..begin + length].trim_start().starts_with('{').then_some(begin..begin + length)
}

/// Reads the header.
pub(super) fn read(source: &str) -> Result<Header, Complaint> {
    let Some(range) = json_range(source) else {
        return Err(Complaint::at(1, 1, "it has no ISF header; an ISF file begins with /*{ … }*/"));
    };
    let before = u32::try_from(source[..range.start].matches('\n').count()).unwrap_or(0);
    let value: Value = serde_json::from_str(&source[range]).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(0) + before;
        Complaint::at(line.max(1), u32::try_from(error.column()).unwrap_or(0).max(1), format!("its header is no JSON: {error}"))
    })?;
    let Value::Object(map) = value else { return Err(Complaint::at(before + 1, 1, "its header is no JSON object")) };
    let mut header = Header::default();
    for entry in list(&map, "INPUTS") {
        if let Some(input) = entry.as_object().and_then(input) {
            header.inputs.push(input);
        }
    }
    let first_version = first_version_buffers(&map);
    header.passes = list(&map, "PASSES").into_iter().filter_map(Value::as_object).map(|entry| pass(entry, &first_version)).collect();
    match map.get("IMPORTED") {
        Some(Value::Object(all)) => {
            header.imported.extend(all.iter().filter_map(|(name, of)| Some((name.clone(), text(of.get("PATH")?)?))))
        }
        Some(Value::Array(all)) => {
            header.imported.extend(all.iter().filter_map(|of| Some((text(of.get("NAME")?)?, text(of.get("PATH")?)?))));
        }
        _ => {}
    }
    if header.inputs.len() > MAX_PARAMS || header.passes.len() > MAX_PASSES {
        let (inputs, passes) = (header.inputs.len(), header.passes.len());
        return Err(Complaint::new(format!(
            "{inputs} inputs and {passes} passes are too many; {MAX_PARAMS} and {MAX_PASSES} are the most"
        )));
    }
    let named = header.inputs.iter().map(|input| &input.name).chain(header.imported.iter().map(|(name, _)| name));
    let targets = header.passes.iter().filter_map(|pass| pass.target.as_ref());
    if let Some(odd) = named.chain(targets).find(|name| !crate::name::Name::is_identifier(name)) {
        return Err(Complaint::new(format!("\"{odd}\" can't be a name in a shader; use letters, digits and _")));
    }
    Ok(header)
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    map.get(key).and_then(Value::as_array).map(|all| all.iter().collect()).unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    let found = match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(all) => all.first().and_then(number),
        _ => None,
    };
    found.filter(|number| number.is_finite() && number.abs() < 1e30)
}

fn is_on(value: Option<&Value>) -> bool {
    value.and_then(number).is_some_and(|number| number != 0.0)
        || value.and_then(Value::as_str).is_some_and(|t| t.eq_ignore_ascii_case("true"))
}

/// Smallest, largest and first of what `part` finds under MIN, MAX and DEFAULT.
fn range(map: &Map<String, Value>, usual: [f64; 2], part: impl Fn(&Value) -> Option<f64>) -> [f64; 3] {
    let get = |key: &str| map.get(key).and_then(&part);
    let default = get("DEFAULT").or_else(|| get("IDENTITY"));
    let (low, high) = (get("MIN"), get("MAX"));
    let min = low.unwrap_or_else(|| usual[0].min(default.unwrap_or(0.0)).min(high.unwrap_or(usual[0])));
    let max = high.unwrap_or_else(|| usual[1].max(default.unwrap_or(0.0)).max(min));
    let (min, max) = (min.min(max), max.max(min));
    [min, max, default.unwrap_or(min).clamp(min, max)]
}

fn input(map: &Map<String, Value>) -> Option<Input> {
    let name = text(map.get("NAME")?)?;
    let at = |index: usize| move |value: &Value| value.as_array().and_then(|all| all.get(index)).and_then(number);
    let kind = match map.get("TYPE").and_then(Value::as_str)?.to_ascii_lowercase().as_str() {
        "float" => InputKind::Float { range: range(map, [0.0, 1.0], number) },
        "bool" | "event" => InputKind::Bool { default: is_on(map.get("DEFAULT")) },
        "long" => long(map),
        // Without a range a place is in pixels.
        "point2d" => InputKind::Point { x: range(map, [0.0, 8192.0], at(0)), y: range(map, [0.0, 8192.0], at(1)) },
        "color" => {
            let part = |index: usize| map.get("DEFAULT").and_then(at(index)).unwrap_or(1.0).clamp(0.0, 1.0);
            InputKind::Color { default: [part(0), part(1), part(2), part(3)] }
        }
        "image" | "cube" => InputKind::Image,
        "audio" => InputKind::Audio,
        "audiofft" => InputKind::AudioFft,
        _ => return None,
    };
    let label = map.get("LABEL").and_then(text).map(|label| label.chars().take(200).collect()).unwrap_or_default();
    Some(Input { name, kind, label })
}

fn long(map: &Map<String, Value>) -> InputKind {
    #[allow(clippy::cast_possible_truncation, reason = "shaders compute in single precision")]
    let mut values: Vec<f32> = list(map, "VALUES").into_iter().filter_map(number).map(|value| value as f32).collect();
    let mut labels: Vec<String> = list(map, "LABELS").into_iter().filter_map(text).collect();
    let distinct = labels.iter().enumerate().all(|(index, label)| !labels[..index].contains(label));
    if values.len() > 256 || values.len() != labels.len() || !distinct {
        labels = values.iter().map(ToString::to_string).collect();
        let distinct = labels.iter().enumerate().all(|(index, label)| !labels[..index].contains(label));
        if values.len() > 256 || !distinct {
            (values, labels) = (Vec::new(), Vec::new());
        }
    }
    let usual = if values.is_empty() { [0.0, 10.0] } else { [-1e6, 1e6] };
    InputKind::Long { range: range(map, usual, |value| number(value).map(f64::round)), values, labels }
}

/// Buffers that files of ISF's first version list by themselves: an object of objects, or a list of names.
fn first_version_buffers(map: &Map<String, Value>) -> Vec<(String, Map<String, Value>)> {
    match map.get("PERSISTENT_BUFFERS") {
        Some(Value::Object(all)) => all.iter().map(|(name, of)| (name.clone(), of.as_object().cloned().unwrap_or_default())).collect(),
        Some(Value::Array(all)) => all.iter().filter_map(text).map(|name| (name, Map::new())).collect(),
        _ => Vec::new(),
    }
}

fn pass(map: &Map<String, Value>, first_version: &[(String, Map<String, Value>)]) -> Pass {
    let target = map.get("TARGET").and_then(text).filter(|name| !name.is_empty());
    let listed = first_version.iter().find(|(name, _)| Some(name) == target.as_ref());
    let side = |key: &str| map.get(key).or_else(|| listed?.1.get(key)).and_then(text);
    Pass {
        persistent: is_on(map.get("PERSISTENT")) || listed.is_some(),
        float: is_on(map.get("FLOAT")) || listed.is_some_and(|(_, of)| is_on(of.get("FLOAT"))),
        width: side("WIDTH"),
        height: side("HEIGHT"),
        target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_of_every_kind_are_read_however_their_numbers_are_written() {
        let source = r#"/*{ "INPUTS": [
            {"NAME": "a", "TYPE": "float", "MIN": "-1", "MAX": 2, "DEFAULT": 0.5},
            {"NAME": "b", "TYPE": "bool", "DEFAULT": 1.0},
            {"NAME": "c", "TYPE": "long", "VALUES": [2, 4], "LABELS": ["two", "four"], "DEFAULT": 4},
            {"NAME": "d", "TYPE": "point2D", "MIN": [0, -1], "MAX": [1, 1], "DEFAULT": [0.5, 0]},
            {"NAME": "e", "TYPE": "color", "DEFAULT": [1, 0.5, 0, 1]},
            {"NAME": "f", "TYPE": "image"}, {"NAME": "g", "TYPE": "audioFFT"}, {"NAME": "h", "TYPE": "hologram"},
            {"NAME": "i", "TYPE": "float", "DEFAULT": 7}
        ], "PASSES": [{"TARGET": "t", "PERSISTENT": true, "WIDTH": "$WIDTH/2"}, {}] }*/"#;
        let header = read(source).expect("a header");
        let kinds: Vec<&InputKind> = header.inputs.iter().map(|input| &input.kind).collect();
        assert_eq!(kinds[0], &InputKind::Float { range: [-1.0, 2.0, 0.5] });
        assert_eq!(kinds[1], &InputKind::Bool { default: true });
        assert_eq!(kinds[3], &InputKind::Point { x: [0.0, 1.0, 0.5], y: [-1.0, 1.0, 0.0] });
        assert_eq!((kinds.len(), kinds[7]), (8, &InputKind::Float { range: [0.0, 7.0, 7.0] }));
        assert_eq!(header.targets().map(|(name, pass)| (name, pass.persistent)).collect::<Vec<_>>(), [("t", true)]);
    }

    #[test]
    fn damage_is_placed_on_its_line() {
        let complaint = read("/*\n{ \"INPUTS\": [\n{{ ]}*/").expect_err("no JSON");
        assert_eq!(complaint.line, Some(3));
        assert!(read("void main() {}").is_err() && read("/* words */").is_err() && read("/*{ \"a\": 1").is_err());
    }
}
