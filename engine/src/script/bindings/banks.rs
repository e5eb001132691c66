//! Samples as scripts write them: a list, or words with their files, as Strudel's maps of samples have them.

use std::collections::BTreeMap;

use mlua::{Lua, Table, Value};

use crate::{
    media::{
        soundfont::Named,
        words::{spelled, words},
    },
    module::{Sample, Value as Held},
    name::Name,
    pattern::cycle::note::note_to_midi,
    project::MAX_SAMPLES,
    script::{
        args::{MAX_KEYS, check_read, name_of, shown, text_of, value_of},
        host::Fault,
    },
};

use super::modules::entries;

/// The key that stands before every file's name, in Strudel's maps.
const BASE: &str = "_base";

/// What a script gives a sampler.
pub(super) struct Given {
    /// The samples in index order.
    pub samples: Vec<Sample>,
    /// Whether they came under words of their own.
    pub banks: bool,
}

/// Reads `{"kick.wav", {"loop.wav", regionEnd = 0.5}}`, or `{bd = {"a.wav", "b.wav"}, piano = {a3 = "a3.wav", c4 = "c4.wav"}}`.
/// What stands under no word comes first, then word by word.
pub(super) fn samples(module: &str, list: &Table) -> Result<Given, Fault> {
    let words = keyed(module, list)?;
    if words.is_empty() {
        let reader = Reader { module, base: String::new() };
        let all = entries(&format!("{module}: samples"), list, MAX_SAMPLES)?;
        let samples = all.iter().enumerate().map(|(index, entry)| reader.one(&(index + 1).to_string(), entry));
        let samples: Vec<Sample> = samples.collect::<Result<_, _>>()?;
        // What a SoundFont gives comes under words.
        let banks = samples.iter().any(|sample| sample.params.contains_key("patch"));
        return Ok(Given { samples, banks });
    }
    let base = match words.get(BASE) {
        Some(value) => {
            text_of(value).ok_or_else(|| Fault::Said(format!("{module}: samples: {BASE} is {}, but takes a folder", shown(value))))?
        }
        None => String::new(),
    };
    let reader = Reader { module, base };
    let mut samples = Vec::new();
    for index in 1..=list.raw_len() {
        samples.push(reader.one(&index.to_string(), &list.raw_get::<Value>(index)?)?);
    }
    for (word, value) in words.iter().filter(|(word, _)| *word != BASE) {
        reader.bank(word, value, &mut samples)?;
    }
    Ok(Given { samples, banks: true })
}

/// The values of a table that have words for keys.
fn keyed(module: &str, table: &Table) -> Result<BTreeMap<String, Value>, Fault> {
    let mut words = BTreeMap::new();
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        check_read()?;
        if let Some(word) = matches!(key, Value::String(_)).then(|| text_of(&key)).flatten() {
            words.insert(word, value);
        }
        if words.len() > MAX_KEYS {
            return Err(Fault::Said(format!("{module}: samples: more than {MAX_KEYS} words; write fewer")));
        }
    }
    Ok(words)
}

struct Reader<'a> {
    module: &'a str,
    base: String,
}

impl Reader<'_> {
    /// A path, or a path with parameters.
    fn one(&self, what: &str, entry: &Value) -> Result<Sample, Fault> {
        let wrong = |got: &Value| {
            Fault::Said(format!("{}: sample {what} is {}, but takes a path or {{path, parameter = value}}", self.module, shown(got)))
        };
        let (first, table) = match entry {
            Value::Table(table) => (table.raw_get(1)?, Some(table)),
            other => (other.clone(), None),
        };
        let path = name_of(&first).ok_or_else(|| wrong(&first))?;
        let asset = if self.base.is_empty() { path } else { Name::new(&format!("{}{path}", self.base)) };
        let params = table.map_or_else(|| Ok(BTreeMap::new()), |table| self.params(&asset, table))?;
        Ok(Sample { asset, params })
    }

    fn params(&self, asset: &str, table: &Table) -> Result<BTreeMap<Name, Held>, Fault> {
        let mut params = BTreeMap::new();
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            if key == Value::Integer(1) {
                continue;
            }
            check_read()?;
            let fault = || Fault::Said(format!("{}, sample {asset}: {} = {} is no parameter", self.module, shown(&key), shown(&value)));
            if params.len() >= MAX_KEYS {
                return Err(Fault::Said(format!("{}, sample {asset}: more than {MAX_KEYS} keys; write fewer", self.module)));
            }
            params.insert(name_of(&key).ok_or_else(fault)?, value_of(&value).ok_or_else(fault)?);
        }
        Ok(params)
    }

    /// The samples of a word: a path, a list, or one or several for each of some notes.
    fn bank(&self, word: &str, value: &Value, samples: &mut Vec<Sample>) -> Result<(), Fault> {
        let Value::Table(table) = value else { return self.several(word, None, value, samples) };
        let named = keyed(self.module, table)?;
        if named.is_empty() || table.raw_len() > 0 {
            return self.several(word, None, value, samples);
        }
        let mut notes = Vec::with_capacity(named.len());
        for (key, value) in &named {
            let note = note_to_midi(key, 3).filter(|note| (0.0..=127.0).contains(note)).ok_or_else(|| {
                Fault::Said(format!("{}: samples: {word}: {key} is no note; write notes as in {{a3 = \"a3.wav\"}}, or a list", self.module))
            })?;
            notes.push((note, value));
        }
        notes.sort_by(|a, b| a.0.total_cmp(&b.0));
        notes.into_iter().try_for_each(|(note, value)| self.several(word, Some(note), value, samples))
    }

    /// The samples of a word that are for a note, or for all.
    fn several(&self, word: &str, note: Option<f64>, value: &Value, samples: &mut Vec<Sample>) -> Result<(), Fault> {
        let list = match value {
            // A path with parameters has keys besides its first place.
            Value::Table(table) if keyed(self.module, table)?.is_empty() => {
                entries(&format!("{}: samples: {word}", self.module), table, MAX_SAMPLES)?
            }
            one => vec![one.clone()],
        };
        for (index, entry) in list.iter().enumerate() {
            if samples.len() >= MAX_SAMPLES {
                return Err(Fault::Said(format!("{}: more than {MAX_SAMPLES} samples; name the words that are played", self.module)));
            }
            let mut sample = self.one(&format!("{word}:{index}"), entry)?;
            sample.params.entry(Name::new("word")).or_insert_with(|| Held::Text(Name::new(&spelled(word))));
            for (param, note) in ["keyLow", "keyHigh", "root"].into_iter().filter_map(|param| Some((param, note?))) {
                sample.params.entry(Name::new(param)).or_insert(Held::Number(note));
            }
            samples.push(sample);
        }
        Ok(())
    }
}

/// A map of samples as the table that scripts write: words, each with a path, a list of paths, or a path for each note.
pub(super) fn table(lua: &Lua, banks: &[(String, Vec<String>)]) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (word, paths) in banks {
        table.raw_set(word.as_str(), lua.create_sequence_from(paths.iter().map(String::as_str))?)?;
    }
    Ok(table)
}

/// The same of a map in JSON, as Strudel's `strudel.json` has it; file names are written below `folder`.
///
/// # Errors
/// What of it is no such map.
pub(super) fn of_json(lua: &Lua, path: &str, text: &str) -> Result<Table, Fault> {
    let wrong = |why: String| Fault::Said(format!("{path}: {why}; it takes a map of samples as in {{\"bd\": [\"bd/a.wav\"]}}"));
    let json: serde_json::Value = serde_json::from_str(text).map_err(|why| wrong(why.to_string()))?;
    let map = json.as_object().ok_or_else(|| wrong("it holds no map".to_owned()))?;
    let base = map.get(BASE).and_then(serde_json::Value::as_str).unwrap_or_default();
    if base.contains("://") || base.starts_with("github:") {
        return Err(Fault::Said(format!(
            "{path}: its files lie on the network ({base}), which videoTracker does not use; download them beside it and take {BASE} out"
        )));
    }
    let folder = path.rfind(['/', '\\']).map_or("", |at| &path[..=at]);
    let mut files = Vec::new();
    map.iter().filter(|(word, _)| *word != BASE).for_each(|(_, value)| named(value, &mut files));
    files.into_iter().try_for_each(|file| beside(path, &format!("{base}{file}"), 0))?;
    let table = lua.create_table()?;
    for (word, value) in map.iter().filter(|(word, _)| *word != BASE) {
        let value = json_value(lua, value)?;
        let value = value.ok_or_else(|| wrong(format!("\"{word}\" is no path, no list of paths and no paths by note")))?;
        table.raw_set(word.as_str(), value)?;
    }
    table.raw_set(BASE, format!("{folder}{base}"))?;
    Ok(table)
}

/// The texts in a value, which are paths.
fn named<'j>(value: &'j serde_json::Value, files: &mut Vec<&'j str>) {
    match value {
        serde_json::Value::String(path) => files.push(path),
        serde_json::Value::Array(all) => all.iter().for_each(|value| named(value, files)),
        serde_json::Value::Object(all) => all.values().for_each(|value| named(value, files)),
        _ => {}
    }
}

/// Refuses a file that a list names outside of its own folder: whoever imports a list trusts what lies with it, and nothing else of the
/// disk or the network. `up` says how many folders above it count as well.
fn beside(list: &str, file: &str, up: usize) -> Result<(), Fault> {
    let is_rooted = file.starts_with(['/', '\\', '~']) || file.as_bytes().get(1) == Some(&b':') || file.contains("://");
    let parts = file.split(['/', '\\']).filter(|part| !matches!(*part, "" | "."));
    let (above, all) = (parts.clone().take_while(|part| *part == "..").count(), parts.filter(|part| *part == "..").count());
    if is_rooted || above > up || all > above {
        return Err(Fault::Said(format!("{list}: \"{file}\" lies outside of its folder; a list names files that lie with it")));
    }
    Ok(())
}

/// A path, a list of paths, or those by note; `None` for anything else.
fn json_value(lua: &Lua, value: &serde_json::Value) -> mlua::Result<Option<Value>> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::String(path) => Some(Value::String(lua.create_string(path)?)),
        Json::Array(paths) => match paths.iter().map(Json::as_str).collect::<Option<Vec<_>>>() {
            Some(paths) => Some(Value::Table(lua.create_sequence_from(paths)?)),
            None => None,
        },
        Json::Object(notes) => {
            let table = lua.create_table()?;
            for (note, value) in notes {
                let Some(value) = json_value(lua, value)? else { return Ok(None) };
                table.raw_set(note.as_str(), value)?;
            }
            Some(Value::Table(table))
        }
        _ => None,
    })
}

/// A SoundFont as the list that scripts write: its path with a number for each patch, under its words by General MIDI, its own name and
/// the file's.
///
/// # Errors
/// Where they are too many.
pub(super) fn of_font(lua: &Lua, path: &str, patches: &[Named]) -> Result<Table, Fault> {
    if patches.len() > MAX_SAMPLES {
        return Err(Fault::Said(format!(
            "import: {path} has {} patches, and a sampler holds at most {MAX_SAMPLES}; list those that are played, as in \
             samples = {{{{\"{path}\", patch = \"0:32\", word = \"bass\"}}}}",
            patches.len()
        )));
    }
    let list = lua.create_table()?;
    for patch in patches {
        let entry = lua.create_table()?;
        entry.raw_set(1, path)?;
        entry.raw_set("patch", patch.number.to_string())?;
        entry.raw_set("word", patch.words_in(path))?;
        list.raw_push(entry)?;
    }
    Ok(list)
}

/// An SFZ instrument as the list that scripts write: a path with its parameters for each region, all under the file's word. What of the
/// format has no counterpart is left out.
///
/// # Errors
/// What can't be read.
pub(super) fn of_sfz(lua: &Lua, path: &str, text: &str) -> Result<Table, Fault> {
    let regions = crate::media::sfz::regions(text).map_err(|why| Fault::Said(format!("{path}: {why}")))?;
    let folder = path.rfind(['/', '\\']).map_or("", |at| &path[..=at]);
    let word = words(path).into_iter().next().unwrap_or_default().into_owned();
    let list = lua.create_table()?;
    for region in &regions {
        let Some(file) = region.get("sample").filter(|file| !file.starts_with('*')) else { continue };
        let entry = lua.create_table()?;
        let below = region.get("default_path").map_or("", String::as_str);
        let file = format!("{below}{file}").replace('\\', "/");
        // Instruments often keep their samples in a folder next to their own.
        beside(path, &file, 1)?;
        entry.raw_set(1, format!("{folder}{file}"))?;
        entry.raw_set("word", word.as_str())?;
        for (param, number) in numbers(region) {
            entry.raw_set(param, number)?;
        }
        // Where the instrument says nothing, the file does.
        let style = region.get("loop_mode").or_else(|| region.get("loopmode")).map_or("file", |mode| match &**mode {
            "loop_continuous" => "loop",
            "loop_sustain" => "sustain",
            "one_shot" => "shot",
            _ => "once",
        });
        entry.raw_set("playStyle", style)?;
        list.raw_push(entry)?;
    }
    if list.raw_len() == 0 {
        return Err(Fault::Said(format!("{path}: it has no region with a sample; give another file")));
    }
    Ok(list)
}

/// The parameters that the opcodes of a region set.
fn numbers(region: &crate::media::sfz::Region) -> Vec<(&'static str, f64)> {
    let number = |name: &str| region.get(name).and_then(|text| text.trim().parse::<f64>().ok()).filter(|number| number.is_finite());
    let note = |name: &str| number(name).or_else(|| note_to_midi(region.get(name)?, 4)).map(|note| note.clamp(0.0, 127.0));
    let key = note("key");
    let tune = number("transpose").unwrap_or(0.0) + number("tune").or_else(|| number("pitch")).unwrap_or(0.0) / 100.0;
    let frame =
        |name: &str, other: &str| number(name).or_else(|| number(other)).filter(|frame| *frame >= 0.0).map(|frame| frame.min(2e9).floor());
    let scaled = |name: &str, factor: f64, low: f64, high: f64| number(name).map(|number| (number * factor).clamp(low, high));
    [
        ("keyLow", note("lokey").or(key)),
        ("keyHigh", note("hikey").or(key)),
        // Without any, note 60 sounds as recorded.
        ("root", note("pitch_keycenter").or(key).or(Some(60.0))),
        ("velocityLow", scaled("lovel", 1.0, 0.0, 127.0)),
        ("velocityHigh", scaled("hivel", 1.0, 0.0, 127.0)),
        ("transpose", Some(tune.clamp(-48.0, 48.0)).filter(|tune| *tune != 0.0)),
        ("volume", number("volume").map(|db| 10_f64.powf(db / 20.0).clamp(0.0, 2.0))),
        ("pan", scaled("pan", 0.01, -1.0, 1.0)),
        ("frameBegin", frame("offset", "offset").filter(|frame| *frame > 0.0)),
        ("frameEnd", frame("end", "end")),
        ("loopFrameBegin", frame("loop_start", "loopstart")),
        ("loopFrameEnd", frame("loop_end", "loopend")),
        ("attackMs", scaled("ampeg_attack", 1000.0, 0.0, 10_000.0)),
        ("decayMs", scaled("ampeg_decay", 1000.0, 0.0, 10_000.0)),
        ("sustain", scaled("ampeg_sustain", 0.01, 0.0, 1.0)),
        ("releaseMs", scaled("ampeg_release", 1000.0, 0.0, 10_000.0)),
    ]
    .into_iter()
    .filter_map(|(param, number)| Some((param, number?)))
    .collect()
}
