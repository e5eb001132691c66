//! States that somebody made to do harm: each is loaded as a host would load it, plays on, is saved and dropped, within
//! bounds of time and memory. `cargo test --test memory hostile_states -- --nocapture` shows the figures.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "reports figures")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use nice_plug::{params::Params, plugin::PluginState};
use serde_json::{Value, json};
use videotracker::{
    instance::Instance,
    params::HostParams,
    state::{self, rescue},
};

/// What a state may take; machines that do other things at the same time are why the first is generous.
const MOST_TIME: Duration = Duration::from_secs(15);
const MOST_MEGABYTES: u64 = 200;

/// A state with a name.
type Hostile = (String, Vec<u8>);

#[test]
fn no_hostile_state_takes_long_or_much_or_is_lost() {
    let _alone = crate::alone();
    let states = [outer(), containers(), projects(), small_sections(), scripts()].concat();
    assert!(states.len() >= 150, "{} states", states.len());
    // The first instance brings along what all share.
    let _ = take(&whole());
    let mut figures: Vec<(Duration, u64, String)> = Vec::new();
    for (name, state) in &states {
        let (time, megabytes) = take(state);
        figures.push((time, megabytes, name.clone()));
    }
    figures.sort();
    for (time, megabytes, name) in figures.iter().rev().take(12) {
        println!("{:>7.2} s {megabytes:>5} MB  {name}", time.as_secs_f64());
    }
    let most = figures.iter().max_by_key(|(_, megabytes, _)| *megabytes).unwrap();
    println!("{} states; the largest takes {} MB: {}", states.len(), most.1, most.2);
    let beyond: Vec<_> = figures.iter().filter(|(time, megabytes, _)| *time > MOST_TIME || *megabytes > MOST_MEGABYTES).collect();
    assert!(beyond.is_empty(), "{beyond:#?}");
}

/// Loads a state, lets it play a little, saves and drops it; how long that took, and how many megabytes more.
fn take(state: &[u8]) -> (Duration, u64) {
    let before = resident("VmRSS:");
    // Begins a new peak.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    {
        let instance = Arc::<Instance>::default();
        let params = HostParams::shared(&instance);
        let (mended, _) = rescue::mend(state, state);
        let mut loaded: PluginState = serde_json::from_slice(&mended).unwrap();
        drop(mended);
        state::admit(&mut loaded);
        params.deserialize_fields(&loaded.fields);
        drop(loaded);
        let mut processor = instance.engine.activate(48_000.0);
        while instance.engine.is_running() && began.elapsed() < MOST_TIME {
            std::thread::sleep(Duration::from_millis(2));
        }
        let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
        let block = videotracker_engine::audio::host::HostInput {
            transport: Some(videotracker_engine::audio::host::HostTransport {
                playing: true,
                tempo: Some(120.0),
                beat: Some(0.0),
                ..Default::default()
            }),
            offline: false,
            midi: &[],
            macros: &[0.5; videotracker_engine::project::MACROS],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut videotracker_engine::audio::host::HostOutput::main(&mut left, &mut right));
        assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
        let saved = params.serialize_fields();
        assert!(saved.values().map(String::len).sum::<usize>() < 4 * state.len() + (1 << 20), "a state of {} grows", state.len());
    }
    (began.elapsed(), resident("VmHWM:").saturating_sub(before) >> 10)
}

/// Kilobytes of memory of this process; 0 where the system does not say.
fn resident(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

// How states are made.

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().enumerate().fold(0_u32, |word, (place, byte)| word | u32::from(*byte) << (16 - 8 * place));
        for place in 0..4 {
            text.push(if place <= group.len() { char::from(LETTERS[(word >> (18 - 6 * place) & 63) as usize]) } else { '=' });
        }
    }
    text
}

fn section_of(tag: &[u8; 4], format: u16, payload: &[u8], claimed: u32) -> Vec<u8> {
    let mut bytes = [&[0x9d, b'V', b'T', b's'], &tag[..], &format.to_le_bytes(), &claimed.to_le_bytes()].concat();
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn section(tag: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    section_of(tag, 1, payload, payload.len() as u32)
}

/// The host's record around a field's value.
fn record(field: &Value) -> Vec<u8> {
    let params: serde_json::Map<String, Value> =
        HostParams::ids().filter(|id| id.starts_with("macro")).map(|id| (id, json!({"f32": 0.25}))).collect();
    json!({"version": "0.1.0", "params": params, "fields": {"session": field.to_string()}}).to_string().into_bytes()
}

fn of_bytes(bytes: &[u8]) -> Vec<u8> {
    record(&json!(base64(bytes)))
}

/// A whole state's sections with some in place of its own.
fn sections(mut other: Vec<(&[u8; 4], Vec<u8>)>) -> Vec<u8> {
    let own: [(&[u8; 4], Vec<u8>); 6] = [
        (b"SCRP", b"session{}".to_vec()),
        (b"DRFT", Vec::new()),
        (b"PROJ", project(|_| {}).to_string().into_bytes()),
        (b"MDIA", b"{}".to_vec()),
        (b"VIEW", b"{}".to_vec()),
        (b"ENDS", Vec::new()),
    ];
    let mut bytes = Vec::new();
    for (tag, payload) in own {
        let place = other.iter().position(|(name, _)| *name == tag);
        bytes.extend(section(tag, &place.map_or(payload, |place| other.remove(place).1)));
    }
    other.into_iter().for_each(|(tag, payload)| bytes.extend(section(tag, &payload)));
    bytes
}

fn state_of(other: Vec<(&[u8; 4], Vec<u8>)>) -> Vec<u8> {
    of_bytes(&sections(other))
}

fn whole() -> Vec<u8> {
    state_of(Vec::new())
}

fn project(change: impl FnOnce(&mut Value)) -> Value {
    let mut project = json!({
        "clock": {"bpm": 120.0, "source": "host", "cycle_beats": 4.0, "bar_beats": 4.0},
        "modules": {
            "out": {"type": "audioOut"}, "seq": {"type": "sequencer"},
            "kick": {"type": "sampler", "samples": [{"asset": "factory:kick"}]},
        },
        "connections": [{"from": "kick", "to": "out", "kind": "audio"}, {"from": "seq", "to": "kick", "kind": "event"}],
        "links": [], "patterns": {}, "chains": {}, "bindings": {}, "macros": {}, "assets": {"factory:kick": {}}, "auto_route": true,
    });
    change(&mut project);
    project
}

fn named(family: &str, list: Vec<(&str, Vec<u8>)>) -> Vec<Hostile> {
    list.into_iter().map(|(name, state)| (format!("{family}: {name}"), state)).collect()
}

fn many(count: usize, of: impl Fn(usize) -> String) -> String {
    (0..count).map(of).collect::<Vec<_>>().join(",")
}

/// Records that hosts hand over.
fn outer() -> Vec<Hostile> {
    let whole = whole();
    let cut = |share: usize| whole[..whole.len() * share / 8].to_vec();
    let text = |text: &str| text.as_bytes().to_vec();
    let fields = |value: &str| format!(r#"{{"version":"","params":{{}},"fields":{value}}}"#).into_bytes();
    let params = |value: &str| format!(r#"{{"version":"","params":{value},"fields":{{"session":"\"\""}}}}"#).into_bytes();
    let mut swapped = whole.clone();
    swapped.reverse();
    let mut list = vec![
        ("nothing", Vec::new()),
        ("an empty object", text("{}")),
        ("null", text("null")),
        ("a list", text("[]")),
        ("a byte order mark", [b"\xef\xbb\xbf", &whole[..]].concat()),
        ("backwards", swapped),
        ("zeros", vec![0; 1 << 20]),
        ("blanks before it", [vec![b' '; 8 << 20], whole.clone()].concat()),
        ("blanks behind it", [whole.clone(), vec![b' '; 8 << 20]].concat()),
        ("twice", [whole.clone(), whole.clone()].concat()),
        ("quotes", vec![b'"'; 4 << 20]),
        ("backslashes", vec![b'\\'; 4 << 20]),
        ("high bytes", vec![0xff; 4 << 20]),
        ("open brackets", vec![b'['; 4 << 20]),
        ("open braces in the params", params(&"{\"a\":".repeat(1 << 19))),
        ("no fields", text(r#"{"version":"","params":{}}"#)),
        ("fields as a number", fields("17")),
        ("a field as an object", fields(r#"{"session":{"text":1}}"#)),
        ("a field that is no JSON", fields(r#"{"session":"{{{"}"#)),
        ("a field of nested lists", fields(&format!(r#"{{"session":"{}"}}"#, "[".repeat(1 << 20)))),
        ("a hundred thousand fields", fields(&format!("{{{}}}", many(100_000, |n| format!(r#""f{n}":"0""#))))),
        ("a hundred thousand parameters", params(&format!("{{{}}}", many(100_000, |n| format!(r#""p{n}":{{"f32":1}}"#))))),
        ("a parameter fifty thousand times", params(&format!("{{{}}}", many(50_000, |n| format!(r#""master":{{"f32":{n}}}"#))))),
        ("parameters as a list", params("[1,2,3]")),
        ("a huge parameter", params(r#"{"master":{"f32":1e308},"macro_1":{"f32":-1e308},"edits":{"i32":99999999999}}"#)),
        ("a number beyond all", params(r#"{"master":{"f32":1e99999}}"#)),
        ("parameters of wrong types", params(r#"{"master":{"bool":true},"bypass":{"f32":3},"edits":{"string":"x"},"macro_1":{"i32":7}}"#)),
        ("a version of megabytes", format!(r#"{{"version":"{}","params":{{}},"fields":{{}}}}"#, "v".repeat(8 << 20)).into_bytes()),
        (
            "a mended field that lies",
            record(&json!({"text": "AAAA", "raw": "?".repeat(1 << 20), "params": vec!["x"; 1000], "foreign": true})),
        ),
        ("a mended field with a large original", record(&json!({"text": "", "raw": "QUJD".repeat(1 << 20), "params": []}))),
        ("a mended field within one", record(&json!({"text": json!({"text": "AAAA", "raw": "AAAA"}).to_string(), "raw": null}))),
        ("no base64 at all", record(&json!("\u{1f941}".repeat(1 << 19)))),
    ];
    for (share, name) in ["a cut at 1/8", "at 2/8", "at 3/8", "at 4/8", "at 5/8", "at 6/8", "at 7/8"].into_iter().enumerate() {
        list.push((name, cut(share + 1)));
    }
    named("record", list)
}

/// Containers of sections.
fn containers() -> Vec<Hostile> {
    let plain = sections(Vec::new());
    let lying: Vec<u8> = (0..100_000_u32).rev().flat_map(|left| section_of(b"LIES", 1, &[], left * 22 + 1)).collect();
    let repeated = |tag: &[u8; 4], payload: &[u8], count: usize| [plain.clone(), section(tag, payload).repeat(count)].concat();
    // A third more with each level.
    let nest = |most: usize| {
        let mut nested = base64(&plain).into_bytes();
        while nested.len() < most {
            nested = base64(&[section(b"KEPT", &nested), section(b"ENDS", b"")].concat()).into_bytes();
        }
        record(&json!(String::from_utf8(nested).unwrap()))
    };
    let mut list = vec![
        ("headers that claim all behind them", of_bytes(&lying)),
        ("a claim beyond the end", of_bytes(&section_of(b"SCRP", 1, b"short", u32::MAX))),
        ("nothing but the first bytes of headers", of_bytes(&[0x9d, b'V', b'T', b's'].repeat(1 << 20))),
        ("a hundred thousand unknown sections", of_bytes(&repeated(b"NEWS", b"x", 100_000))),
        ("a large unknown section", of_bytes(&repeated(b"NEWS", &vec![7; 8 << 20], 1))),
        (
            "ten thousand originals",
            of_bytes(&(0..10_000_u32).flat_map(|n| section(b"KEPT", &n.to_le_bytes())).chain(plain.clone()).collect::<Vec<_>>()),
        ),
        ("a large original", of_bytes(&repeated(b"KEPT", &vec![b'A'; 16 << 20], 1))),
        ("originals within originals", nest(2 << 20)),
        ("25 MB of originals within originals", nest(20 << 20)),
        ("an original of quotes", of_bytes(&repeated(b"KEPT", &vec![b'"'; 4 << 20], 1))),
        ("an end mark that lies", of_bytes(&[sections(vec![(b"ENDS", vec![0xff; 12])])].concat())),
        ("an end mark of megabytes", of_bytes(&sections(vec![(b"ENDS", vec![0xff; 4 << 20])]))),
        ("no end mark", of_bytes(&plain[..plain.len() - 22])),
        ("the end first", of_bytes(&[section(b"ENDS", b""), plain.clone()].concat())),
        (
            "sections of the newest format there can be",
            of_bytes(
                &[b"SCRP", b"DRFT", b"PROJ", b"MDIA", b"VIEW", b"HPRM", b"ENDS"]
                    .iter()
                    .flat_map(|tag| section_of(tag, u16::MAX, b"{}", 2))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("a character too many", record(&json!(format!("x{}", base64(&plain))))),
        (
            "a line break every 76 characters",
            record(&json!(
                base64(&plain).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
            )),
        ),
        ("megabytes of padding", record(&json!(format!("{}{}", base64(&plain), "=".repeat(4 << 20))))),
        ("noise", of_bytes(&(0..4_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>())),
    ];
    for tag in [b"SCRP", b"DRFT", b"PROJ", b"MDIA", b"VIEW", b"HPRM", b"ENDS"] {
        list.push(("a section ten thousand times", of_bytes(&repeated(tag, b"{}", 10_000))));
        list.push(("a section that is no text", state_of(vec![(tag, vec![0xfe; 100_000])])));
    }
    named("container", list)
}

/// Projects.
fn projects() -> Vec<Hostile> {
    let of = |change: &dyn Fn(&mut Value)| state_of(vec![(b"PROJ", project(change).to_string().into_bytes())]);
    let text = |text: String| state_of(vec![(b"PROJ", text.into_bytes())]);
    let with = |place: &str, value: Value| of(&|project| *project.pointer_mut(place).unwrap() = value.clone());
    let pattern = |pattern: Value| {
        of(&|project| {
            project["patterns"]["p"] = json!({"pattern": pattern});
            project["bindings"]["seq"] = json!({"pattern": "p"});
        })
    };
    let keyed = |count: usize, of: &dyn Fn(usize) -> Value| Value::Object((0..count).map(|n| (format!("m{n}"), of(n))).collect());
    let listed = |count: usize, of: &dyn Fn(usize) -> Value| Value::Array((0..count).map(of).collect());
    let plain = project(|_| {}).to_string();
    let spliced = |field: &str, value: &str| text(plain.replacen('{', &format!("{{\"{field}\":{value},"), 1));
    let mut list = vec![
        ("nested lists in an unknown field", spliced("x", &format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20)))),
        ("a million empty lists", spliced("x", &format!("[{}]", many(1_000_000, |_| "[]".to_owned())))),
        ("two hundred thousand unknown fields", spliced("x", &format!("{{{}}}", many(200_000, |n| format!("\"{n}\":{n}"))))),
        ("an unknown text of megabytes", spliced("x", &format!("\"{}\"", "x".repeat(7 << 20)))),
        ("an unknown number beyond all", spliced("x", "1e999999")),
        ("modules twice", spliced("modules", "{}")),
        ("a module's name twice", text(plain.replacen("\"kick\":", "\"kick\":{\"type\":\"sampler\"},\"kick\":", 1))),
        ("a tempo beyond all", with("/clock/bpm", json!(1e308))),
        ("a tempo below all", with("/clock/bpm", json!(-1e308))),
        ("a cycle of nothing", with("/clock/cycle_beats", json!(0))),
        ("a cycle for ever", with("/clock/cycle_beats", json!(1e300))),
        ("a bar of next to nothing", with("/clock/bar_beats", json!(1e-300))),
        ("an unknown clock", with("/clock/source", json!("moon"))),
        ("modules as a list", with("/modules", json!([1, 2]))),
        ("twenty thousand modules", with("/modules", keyed(20_000, &|_| json!({"type": "sampler"})))),
        (
            "a thousand samplers of voices",
            with("/modules", keyed(1000, &|_| json!({"type": "sampler", "params": {"voices": 64, "polyphony": "poly"}}))),
        ),
        ("two hundred scopes", with("/modules", keyed(200, &|_| json!({"type": "spectrogram", "params": {"fftSize": 8192}})))),
        ("a thousand unknown types", with("/modules", keyed(1000, &|n| json!({"type": format!("t{n}")})))),
        (
            "names that are none",
            with(
                "/modules",
                json!({"": {"type": "sampler"}, "a b": {"type": "sampler"}, "\u{0}": {"type": "sampler"}, "x".repeat(100_000): {"type": "sampler"}}),
            ),
        ),
        ("parameters of all kinds", with("/modules/kick", json!({"type": "sampler", "params": null}))),
        ("a hundred thousand samples", with("/modules/kick/samples", listed(100_000, &|_| json!({"asset": "factory:kick"})))),
        (
            "samples with nonsense",
            with("/modules/kick/samples", json!([{"asset": "", "params": {"volume": 1e308}}, {"asset": "a".repeat(100_000)}])),
        ),
        (
            "a hundred thousand cables",
            with("/connections", listed(100_000, &|n| json!({"from": format!("m{n}"), "to": "out", "kind": "audio"}))),
        ),
        (
            "a circle of cables",
            with("/connections", json!([{"from": "out", "to": "kick", "kind": "audio"}, {"from": "kick", "to": "out", "kind": "audio"}])),
        ),
        ("a cable of no kind", with("/connections", json!([{"from": "kick", "to": "out", "kind": "smell"}]))),
        (
            "twenty thousand links",
            with(
                "/links",
                listed(
                    20_000,
                    &|n| json!({"source": ["kick", "volume"], "target": ["kick", format!("p{n}")], "scale": 1.0, "offset": 0.0, "min": null, "max": null, "curve": "linear"}),
                ),
            ),
        ),
        (
            "a link to itself",
            with(
                "/links",
                json!([{"source": ["kick", "volume"], "target": ["kick", "volume"], "scale": 1e308, "offset": -1e308, "min": null, "max": null, "curve": "linear"}]),
            ),
        ),
        ("a hundred thousand media", with("/assets", keyed(100_000, &|_| json!({})))),
        ("a medium with a name of megabytes", with("/assets", json!({"a".repeat(4 << 20): {}}))),
        (
            "media that are no files",
            with(
                "/assets",
                json!({"/dev/zero": {}, "/proc/kmsg": {}, "/": {}, "\\\\host\\share\\x.wav": {}, "http://x/y.wav": {}, "../../../../etc/passwd": {}}),
            ),
        ),
        ("sizes and hashes that lie", with("/assets/factory:kick", json!({"hash": "x".repeat(100_000), "size": u64::MAX}))),
        ("macros beyond the last", with("/macros", json!({"4294967295": {"name": "x", "targets": []}}))),
        ("macros with a word for a number", with("/macros", json!({"first": {"name": "x", "targets": []}}))),
        (
            "fifty thousand targets",
            with(
                "/macros",
                json!({"0": {"name": "x", "targets": listed(50_000, &|_| json!({"module": "kick", "param": "volume", "min": 0.0, "max": 2.0}))}}),
            ),
        ),
        (
            "targets beyond all ranges",
            with(
                "/macros",
                json!({"0": {"name": "x".repeat(100_000), "targets": [{"module": "kick", "param": "volume", "min": -1e308, "max": 1e308}]}}),
            ),
        ),
        ("bindings to nothing", with("/bindings", json!({"seq": {"pattern": "none"}, "none": {"chain": "none"}}))),
        (
            "ten thousand chains",
            with("/chains", keyed(10_000, &|_| json!({"enabled": true, "entries": [{"pattern": "none", "repeats": 99, "muted": false}]}))),
        ),
        (
            "a chain of a hundred thousand entries",
            with(
                "/chains",
                json!({"c": {"enabled": true, "entries": listed(100_000, &|_| json!({"pattern": "p", "repeats": 4_000_000_000_u32, "muted": false}))}}),
            ),
        ),
    ];
    for source in [
        "bd*1e9".to_owned(),
        "bd*999999".to_owned(),
        "[".repeat(100_000),
        "<".repeat(50_000) + &">".repeat(50_000),
        "bd(100000,100000)".to_owned(),
        "bd!100000".to_owned(),
        "0 .. 1000000".to_owned(),
        "[bd*1000]*1000".to_owned(),
        "x ".repeat(200_000),
        "{bd*8 [sn cp]*2}%99999".to_owned(),
        format!("mini(\"bd\"){}", ":fast(1000)".repeat(1000)),
        format!("{}mini(\"bd\"){}", "stack(".repeat(10_000), ")".repeat(10_000)),
        "getPattern(\"p\")".to_owned(),
    ] {
        list.push(("mini-notation", pattern(json!({"cycle": {"mini": source}}))));
        list.push(("an expression", pattern(json!({"cycle": {"expr": source}}))));
    }
    named("project", list)
}

/// The window's layout and the copy of the host parameters.
fn small_sections() -> Vec<Hostile> {
    let view = |value: Value| state_of(vec![(b"VIEW", value.to_string().into_bytes())]);
    let host = |value: Value| state_of(vec![(b"HPRM", value.to_string().into_bytes())]);
    let texts =
        |count: usize| vec![json!({"name": "Script", "text": "s('kick*4') -- a line of somebody's, a hundred thousand times"}); count];
    let waiting = |count: u32| (0..count).map(|n| json!({"macro": n, "module": "kick", "param": "volume", "at": 0.5})).collect::<Vec<_>>();
    named(
        "small section",
        vec![
            ("a window larger than any screen", view(json!({"width": 1e38, "height": 1e38}))),
            ("a window of nothing", view(json!({"width": -1.0, "height": 0.0, "font_size": -5.0}))),
            ("a page of macros that is none", view(json!({"macro_page": u64::MAX}))),
            ("an age of latency", view(json!({"latency_ms": 1e38}))),
            ("a latency before its time", view(json!({"latency_ms": -1e38}))),
            ("a chosen medium of megabytes", view(json!({"media_chosen": "x".repeat(4 << 20)}))),
            ("numbers as texts", view(json!({"width": "wide"}))),
            ("a list", view(json!([1.0, 2.0]))),
            ("a hundred thousand tabs", view(json!({"scripts": {"tabs": texts(100_000), "chosen": 99_999}}))),
            ("a hundred thousand closed texts", view(json!({"scripts": {"closed": texts(100_000)}}))),
            ("a hundred thousand tabs of empty names", view(json!({"scripts": {"tabs": vec![json!({}); 500_000]}}))),
            ("twenty megabytes that only a newer version knows", state_of(vec![(b"NEW1", vec![7; 20 << 20])])),
            ("fields that only a newer version knows", view(json!({"newer": vec![json!({"a": 1, "b": [{}]}); 60_000]}))),
            (
                "values of wrong types",
                host(json!({"params": {"master": "loud", "macro_1": {"f32": "x"}, "bypass": 7, "edits": {"i32": 1e300}}})),
            ),
            ("values beyond all", host(json!({"params": {"master": {"f32": 1e300}, "macro_1": {"f32": -1e300}}}))),
            (
                "a hundred thousand parameters",
                host(json!({"params": (0..100_000).map(|n| (format!("p{n}"), json!({"f32": 0.5}))).collect::<serde_json::Map<_, _>>()})),
            ),
            ("a hundred thousand that wait", host(json!({"waiting": waiting(100_000)}))),
            (
                "one that waits for ever",
                host(json!({"waiting": [{"macro": 4_294_967_295_u32, "module": "\u{0}", "param": "", "at": 1e300}]})),
            ),
            ("waiting as a text", host(json!({"waiting": "yes"}))),
        ],
    )
}

/// Scripts, their callbacks and `fn`.
fn scripts() -> Vec<Hostile> {
    let script = |text: &str| state_of(vec![(b"SCRP", text.as_bytes().to_vec())]);
    let of_fn = |source: &str| {
        let changed = project(|project| {
            project["patterns"]["p"] = json!({"pattern": {"cycle": {"fn": {"source": source, "seed": 1}}}});
            project["bindings"]["seq"] = json!({"pattern": "p"});
        });
        state_of(vec![(b"PROJ", changed.to_string().into_bytes())])
    };
    let mut list = vec![
        ("an endless loop", script("while true do end")),
        ("an endless loop that is caught", script("while true do pcall(function() while true do end end) end")),
        (
            "an endless coroutine",
            script("local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end"),
        ),
        ("recursion", script("local function f() return f() + 1 end f()")),
        ("a text that doubles", script("local t = 'x' while true do t = t .. t end")),
        ("a table that grows", script("local t = {} while true do t[#t + 1] = {} end")),
        ("string.rep", script("string.rep('x', 1e9)")),
        ("a pattern that backtracks", script("string.find(string.rep('a', 100000), string.rep('a-', 50) .. 'b')")),
        ("printing for ever", script("while true do print(string.rep('x', 1000)) end")),
        ("modules for ever", script("local n = 0 while true do n += 1 sampler('s' .. n) end")),
        ("a pattern bomb", script("pattern('p', 'bd*1e9')")),
        ("a deep table", script("local t = {} for n = 1, 1e6 do t = {t} end pattern('p', t)")),
        ("a deep expression", script(&format!("local x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)))),
        ("a wide expression", script(&format!("local x = {{{}}}", "1,".repeat(400_000)))),
        ("an error with control characters", script("error('\\27[31m' .. string.rep('\\n', 10000))")),
        ("an error that is a table", script("error(setmetatable({}, {__tostring = function() while true do end end}))")),
        ("bytecode", script("\u{1b}Lua")),
        ("a callback that never ends", script("engine:onStateChange(function() while true do end end) setParam('kick', 'volume', 0.5)")),
        (
            "a callback that changes the session",
            script("local n = 0 engine:onStateChange(function() n += 1 setParam('kick', 'volume', n % 2) end)"),
        ),
        ("a megabyte of one line", script(&"x = 1 ".repeat(170_000))),
        ("a draft of megabytes", state_of(vec![(b"DRFT", vec![b'x'; 8 << 20])])),
        ("a draft of lines", state_of(vec![(b"DRFT", vec![b'\n'; 4 << 20])])),
    ];
    for source in [
        "while true do end",
        "return string.rep('bd ', 1e7)",
        "return 'bd*1e9'",
        "return fn([[return 'x']])",
        "error(string.rep('x', 1e6))",
        "local t = {} while true do t[#t + 1] = 'x' end",
    ] {
        list.push(("a cycle that is worked out", of_fn(source)));
    }
    named("script", list)
}
