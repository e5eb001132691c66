//! Samples as live coders keep them: folders of folders, maps by word and note, SFZ.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use videotracker_engine::{
    engine::Engine,
    module::Value,
    project::{Module, Sample},
};

/// A folder with files of a byte, which no test reads.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"x").unwrap();
    }
    folder
}

fn run(engine: &Engine, script: &str) -> Option<String> {
    engine.run_script_and_wait("test", script).error
}

fn module(engine: &Engine, name: &str) -> Module {
    (**engine.snapshot().project.modules.get(name).unwrap()).clone()
}

/// File name, word, and numbers of a sample.
fn shown(sample: &Sample, params: &[&str]) -> String {
    let file = sample.asset.rsplit('/').next().unwrap();
    let value = |name: &&str| match sample.params.get(*name) {
        Some(Value::Text(word)) => word.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => "-".to_owned(),
    };
    format!("{file} {}", params.iter().map(value).collect::<Vec<_>>().join(" "))
}

#[test]
fn words_and_notes_are_keys_of_samples_and_survive_the_generator() {
    let engine = Engine::empty();
    let script = "sampler('k', {samples = {'factory:kick', bd = {'a.wav', {'b.wav', speed = 2}}, ['odd word'] = 'c.wav', \
        piano = {c4 = 'c4.wav', a3 = {'a3.wav', 'a3b.wav'}}}})";
    assert_eq!(run(&engine, script), None);
    let wanted = [
        "factory:kick - - - -",
        "a.wav bd - - -",
        "b.wav bd - - -",
        "c.wav odd_word - - -",
        "a3.wav piano 57 57 57",
        "a3b.wav piano 57 57 57",
        "c4.wav piano 60 60 60",
    ];
    let params = ["word", "keyLow", "keyHigh", "root"];
    let found = |engine: &Engine| module(engine, "k").samples.iter().map(|sample| shown(sample, &params)).collect::<Vec<_>>();
    assert_eq!(found(&engine), wanted);
    let own = |name: &str| module(&engine, "k").param(name);
    assert_eq!((own("root"), own("rules")), (Some(Value::Number(36.0)), Some(Value::Text("strudel".into()))));
    // A list keeps this sampler's own rules, and what is said counts.
    assert_eq!(run(&engine, "sampler('l', {samples = {'a.wav'}}) sampler('m', {root = 48, samples = {bd = 'a.wav'}})"), None);
    assert_eq!(module(&engine, "l").param("rules"), Some(Value::Text("plain".into())));
    assert_eq!(module(&engine, "m").param("root"), Some(Value::Number(48.0)));
    let again = Engine::empty();
    assert_eq!(run(&again, &engine.generated_script()), None);
    assert_eq!(found(&again), wanted);
    for (script, reason) in [
        ("sampler('x', {samples = {piano = {h9 = 'a.wav'}}})", "h9 is no note"),
        ("sampler('x', {samples = {bd = 5}})", "takes a path"),
        ("sampler('x', {samples = {{'a.wav', word = 'two|words'}}})", "a word of letters"),
        ("sampler('x', {samples = {{'a.wav', keyLow = 200}}})", "keyLow"),
        ("sampler('x', {samples = {{'a.wav', rules = 'strudel'}}})", "concerns all samples"),
    ] {
        let error = run(&engine, script).unwrap_or_default();
        assert!(error.contains(reason), "{script}: {error}");
    }
}

#[test]
fn a_folder_of_folders_a_map_and_an_instrument_are_imported() {
    let there = folder(&[
        "Dirt/sd/b.wav",
        "Dirt/sd/a.wav",
        "Dirt/bd/2.wav",
        "Dirt/bd/1.wav",
        "Dirt/.git/x.wav",
        "Dirt/empty/read.txt",
        "Dirt/notes.txt",
    ]);
    let at = |name: &str| there.path().join(name).to_string_lossy().replace('\\', "/");
    std::fs::write(at("strudel.json"), r#"{"_base": "Dirt/", "sd": ["sd/a.wav"], "piano": {"c4": "bd/1.wav", "a3": "bd/2.wav"}}"#).unwrap();
    std::fs::write(at("net.json"), r#"{"_base": "https://example.org/", "sd": ["a.wav"]}"#).unwrap();
    let sfz = "<control> default_path=Dirt/\n<group> ampeg_release=0.5 volume=-6\n<region> sample=bd\\1.wav key=48 pan=-50\n\
        <region> sample=sd/a.wav lokey=49 hikey=c5 pitch_keycenter=60 tune=50 lovel=64 \
        loop_mode=loop_sustain loop_start=100 loop_end=299 offset=10";
    std::fs::write(at("keys.sfz"), sfz).unwrap();
    let engine = Engine::empty();
    let import = |name: &str, path: &str| run(&engine, &format!("sampler('{name}', {{samples = import('{}')}})", at(path)));
    let samples =
        |name: &str, params: &[&str]| module(&engine, name).samples.iter().map(|sample| shown(sample, params)).collect::<Vec<_>>();
    assert_eq!(import("dirt", "Dirt"), None);
    assert_eq!(samples("dirt", &["word"]), ["1.wav bd", "2.wav bd", "a.wav sd", "b.wav sd"]);
    assert_eq!(import("map", "strudel.json"), None);
    assert_eq!(samples("map", &["word", "keyLow"]), ["2.wav piano 57", "1.wav piano 60", "a.wav sd -"]);
    assert_eq!(module(&engine, "map").samples[2].asset.as_str(), at("Dirt/sd/a.wav"));
    assert_eq!(import("keys", "keys.sfz"), None);
    let params = ["word", "keyLow", "keyHigh", "root", "velocityLow", "transpose", "pan", "releaseMs"];
    assert_eq!(samples("keys", &params), ["1.wav keys 48 48 48 - - -0.5 500", "a.wav keys 49 72 60 64 0.5 - 500"]);
    assert_eq!(
        samples("keys", &["playStyle", "frameBegin", "loopFrameBegin", "loopFrameEnd"]),
        ["1.wav file - - -", "a.wav sustain 10 100 299"]
    );
    for (path, reason) in [("net.json", "network"), ("gone.json", "can't be read"), ("Dirt/notes.json", "can't be read")] {
        let error = import("x", path).unwrap_or_default();
        assert!(error.contains(reason), "{path}: {error}");
    }
    // Whoever imports a list trusts what lies with it, and nothing else of the disk or the network.
    for (path, text) in [
        ("up.json", r#"{"sd": ["../a.wav"]}"#),
        ("base.json", r#"{"_base": "Dirt/../../", "sd": ["a.wav"]}"#),
        ("root.json", r#"{"sd": {"c4": "/etc/a.wav"}}"#),
        ("home.json", r#"{"sd": "~/a.wav"}"#),
        ("share.json", r#"{"sd": ["\\\\host\\share\\a.wav"]}"#),
        ("drive.json", r#"{"sd": ["C:/a.wav"]}"#),
        ("two.sfz", "<region> sample=../../a.wav"),
        ("under.sfz", "<region> sample=a/../../a.wav"),
        ("share.sfz", "<control> default_path=\\\\host\\share\\\n<region> sample=a.wav"),
    ] {
        std::fs::write(at(path), text).unwrap();
        let error = import("x", path).unwrap_or_default();
        assert!(error.contains("outside of its folder"), "{path}: {error}");
    }
    std::fs::write(at("Dirt/near.sfz"), "<region> sample=../Dirt/sd/a.wav").unwrap();
    assert_eq!(import("near", "Dirt/near.sfz"), None);
}
