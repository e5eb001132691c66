//! States that a host would have saved after a script was run, made by the plugin's own code.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use nice_plug::prelude::Params;
use serde_json::Value;
use videotracker::{instance::Instance as Model, params::HostParams};
use videotracker_tests::host::Host;

/// What [`cycles`] play through: every trigger is one frame of 1.
pub const IMPULSES: &str = r#"
session{}
audioOut("out")
sampler("click", {samples = {"factory:impulse"}, voices = 64})
sequencer("seq")
connect("seq", "click", "event")
"#;

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
