//! States that a host would have saved after a script was run, made by the plugin's own code.

use std::{collections::BTreeMap, fmt::Write as _, process::Command};

use anyhow::{Context, Result, ensure};
use nice_plug::prelude::Params;
use serde_json::Value;
use videotracker::{instance::Instance as Model, params::HostParams};
use videotracker_tests::{
    bundle,
    events::{self, Trigger},
    host::Host,
};

/// What [`cycles`] play through: every trigger is one frame of 1.
pub const IMPULSES: &str = r#"
session{}
audioOut("out", {limit = false})
sampler("click", {samples = {"factory:impulse"}, voices = 64})
sequencer("seq")
connect("seq", "click", "event")
"#;

const SOUNDS: [&str; 4] = ["kick", "snare", "hat", "bass"];

/// A bus as scripts write it.
pub fn bus(place: usize) -> String {
    if place == 0 { "main".to_owned() } else { format!("aux{place}") }
}

/// A voice of its own for each place, at its own steps and level, each on the bus that `on` says.
pub fn band(places: impl Iterator<Item = usize>, on: impl Fn(usize) -> usize) -> String {
    let mut script = "session{}\n".to_owned();
    for place in places {
        let (sound, level) = (SOUNDS[place % 4], 0.1 + 0.04 * place as f64);
        let steps: String = (0..7).map(|step| if (step + place) % 3 == 0 { "{index = 0}, " } else { "{}, " }).collect();
        let _ = writeln!(
            script,
            "audioOut('o{place}', {{bus = '{}'}}) sampler('s{place}', {{samples = {{'factory:{sound}'}}, volume = {level}}}) \
             connect('s{place}', 'o{place}') sequencer('q{place}') connect('q{place}', 's{place}') \
             pattern('p{place}', {{{steps}}}, {{stepsPerBeat = {}}}) bind('q{place}', 'p{place}')",
            bus(on(place)),
            2 + place % 3
        );
    }
    script
}

/// A tone whose level follows the side-chain.
pub const FOLLOWED: &str = "session{} audioOut('out') audioMixer('mix') connect('mix', 'out') audioIn('kick') \
    follower('level', {attackMs = 1, releaseMs = 20}) connect('kick', 'level') connect('level.value', 'mix.masterVolume') \
    sampler('tone', {samples = {'factory:tone'}, playStyle = 'loop'}) connect('tone', 'mix') \
    sequencer('q') connect('q', 'tone') pattern('p', note('c4')) bind('q', 'p')";

/// A tone that a compressor lowers by what comes in at the side-chain.
pub const SQUEEZED: &str = "session{} audioOut('out') audioIn('kick') \
    audioFx('squeeze', {effect = 'compressor', threshold = -30, ratio = 20, knee = 0, attackMs = 1, releaseMs = 20}) \
    sampler('tone', {samples = {'factory:tone'}, playStyle = 'loop', volume = 0.02}) connect('tone', 'squeeze') connect('squeeze', 'out') \
    connect('kick', 'squeeze.sidechain') sequencer('q') connect('q', 'tone') pattern('p', note('c4')) bind('q', 'p')";

/// Notes of all lengths; no key is struck while it is down.
pub const MELODY: &str = r#"
session{}
midiOut("keys", {midichan = 3})
sequencer("a") connect("a", "keys")
sequencer("b") connect("b", "keys")
pattern("line", note("<c4 e4 g4>*7 [a4 ~]"):velocity("0.3 0.6 1"))
pattern("grid", {{note = 36, length = 2}, {}, {note = 38, velocity = 0.25}, {note = 40}})
bind("a", "line") bind("b", "grid")
"#;

/// A tone that aftertouch makes louder.
#[allow(dead_code, reason = "a check of another binary plays it")]
pub const PRESSED: &str = "session{} audioOut('out') synth('tone', {wave = 'sine', volume = 0.2}) \
    midiIn('keys', {pressureTo = 'level'}) connect('keys', 'tone')";

/// A pattern of the pattern language, and what it is to give.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// A session that plays it.
    pub script: String,
    /// The line that `videotracker query --batch` takes, without its cycles.
    pub query: Value,
}

/// The patterns of `tests/hosts/cycles.json`.
pub fn cycles() -> Result<Vec<Row>> {
    let path = videotracker_tests::bundle::workspace().join("tests/hosts/cycles.json");
    let table: Vec<BTreeMap<String, String>> = serde_json::from_slice(&std::fs::read(path)?)?;
    let row = |row: BTreeMap<String, String>| {
        let text = |key: &str| row.get(key).cloned().with_context(|| format!("a row has no {key}"));
        let query = ["mini", "lua"].into_iter().filter_map(|key| Some((key.to_owned(), Value::String(row.get(key)?.clone()))));
        let script = format!("{IMPULSES}{}\nbind(\"seq\", \"p\")", text("pattern")?);
        Ok(Row { name: text("name")?, script, query: Value::Object(query.collect()) })
    };
    table.into_iter().map(row).collect()
}

/// What `render --events` says of a script's first quarter notes.
pub fn rendered(script: &str, bars: u64) -> Result<Vec<Trigger>> {
    let work = tempfile::tempdir()?;
    std::fs::write(work.path().join("song.lua"), script)?;
    let mut command = Command::new(bundle::program());
    command.args(["render", "song.lua", "--bpm", "120", "--bars", &bars.to_string(), "--events", "out.jsonl"]);
    let output = command.current_dir(work.path()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    events::read(&work.path().join("out.jsonl"))
}

/// The fields of the state after a script, as JSON texts.
pub fn fields_of(script: &str) -> Result<BTreeMap<String, String>> {
    let model = std::sync::Arc::new(Model::default());
    let run = model.engine.run_script_and_wait("session.lua", script);
    ensure!(run.success, "{run:?}");
    Ok(HostParams::new(&model).serialize_fields())
}

/// The state that a CLAP host would have saved after a script.
pub fn state_of(host: &Host, script: &str) -> Result<Vec<u8>> {
    let mut bytes = host.instance()?.save()?;
    // nice-plug's CLAP states: the length in 8 bytes, then JSON.
    let mut json: Value = serde_json::from_slice(bytes.get(8..).context("a state is longer")?)?;
    for (field, value) in fields_of(script)? {
        json["fields"][field] = Value::String(value);
    }
    let text = serde_json::to_vec(&json)?;
    bytes.truncate(0);
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text);
    Ok(bytes)
}
