//! What scripts can say, and what they hear when they say it wrong.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use videotracker_engine::{
    project::Project,
    script::{Request, RunResult, Vm},
    snapshot::Snapshot,
    transaction::Transaction,
    view::Playhead,
};

fn on(vm: &mut Vm, project: &Project, source: &str) -> (RunResult, Project) {
    let mut transaction = Transaction::new(project.clone(), Playhead::default());
    let result = vm.run(source, "song", &mut transaction);
    (result, transaction.project().clone())
}

fn built(source: &str) -> Project {
    let (result, project) = on(&mut Vm::default(), &Project::default(), source);
    assert!(result.success, "{source}: {:?}", result.error);
    project
}

const SONG: &str = r#"
local kick = sampler("kick", {samples = {"kick.wav", {"loop.wav", regionEnd = 0.5}}, volume = 0.8, playStyle = "loop"})
local mix = audioMixer("mix")
audioOut("out")
videoOut("screen")
local drums = sequencer("drums")
connect(drums, kick)
connect(kick, mix, {type = "audio", volume = 0.5, pan = -0.25})
connect(mix, "out", "audio")
pattern("P0", {{index = 0, length = 2, note = 64, chance = 50, ratio = {1, 2}, volume = 0.7}, {}, {index = 1, ratio = "2:3"}, 0}, {stepsPerBeat = 4})
pattern("P1", 16, {stepsPerBeat = -1/3})
chain("C", {{"P0", 2}, "P1", {"P1", 3, muted = true}})
bind(drums, "C", {quantize = "beat"})
macro(1, "Punch", {"kick.volume", {"kick.speed", min = 0.5, max = 2}})
import("other.mov")
engine:getParameterRouter():link("kick.volume", "mix.masterVolume", {scale = 0.5, curve = "square"})
engine:getClock():setBPM(128)
"#;

#[test]
fn a_song_is_what_it_says() {
    let project = built(SONG);
    let state = serde_json::to_value(&project).unwrap();
    for (path, wanted) in [
        ("/clock/bpm", "128.0"),
        ("/modules/kick/params/volume", "0.8"),
        ("/modules/kick/params/playStyle", "\"loop\""),
        ("/modules/kick/samples/1/params/regionEnd", "0.5"),
        ("/modules/mix/params/connectionVolume_0", "0.5"),
        ("/modules/mix/params/connectionPan_0", "-0.25"),
        ("/modules/drums/params/quantize", "\"beat\""),
        ("/patterns/P0/pattern/tracker/steps/0/values/volume", "0.7"),
        ("/patterns/P0/pattern/tracker/steps/2/ratio", "[2,3]"),
        ("/patterns/P0/pattern/tracker/steps/3/index", "0"),
        ("/patterns/P1/pattern/tracker/steps_per_beat", "[-1,3]"),
        ("/chains/C/entries/2/muted", "true"),
        ("/bindings/drums/chain", "\"C\""),
        ("/macros/0/targets/1/min", "0.5"),
        ("/links/0/curve", "\"square\""),
    ] {
        assert_eq!(state.pointer(path).map(ToString::to_string).as_deref(), Some(wanted), "{path}");
    }
    assert!(project.assets.contains_key("other.mov") && project.assets.contains_key("kick.wav"));
}

#[test]
fn the_same_script_again_changes_nothing() {
    for head in ["", "session{}\n", "clear()\n", "session{autoRoute = false}\n"] {
        let source = format!("{head}{SONG}");
        let mut vm = Vm::default();
        let (first, project) = on(&mut vm, &Project::default(), &source);
        assert!(first.success, "{:?}", first.error);
        let (second, again) = on(&mut vm, &project, &source);
        assert!(second.success, "{:?}", second.error);
        assert_eq!(project, again, "{head:?}");
        for (name, module) in &project.modules {
            assert!(std::sync::Arc::ptr_eq(module, &again.modules[name]), "{name} is another after {head:?}");
        }
    }
}

#[test]
fn every_preset_runs_and_running_it_again_changes_nothing() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets");
    let mut count = 0;
    for path in
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "lua"))
    {
        let source = std::fs::read_to_string(&path).unwrap();
        let mut vm = Vm::default();
        let (first, project) = on(&mut vm, &Project::default(), &source);
        assert!(first.success, "{path:?}: {:?}", first.error);
        let (second, again) = on(&mut vm, &project, &source);
        assert!(second.success && project == again, "{path:?} changes the session when it runs again");
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn an_exact_run_removes_what_it_does_not_name() {
    let mut vm = Vm::default();
    let (_, before) = on(&mut vm, &Project::default(), SONG);
    let (kept, _) = on(&mut vm, &before, "sampler('hat')");
    assert!(kept.success);
    let (result, after) = on(&mut vm, &before, "session{} sampler('hat') sampler('kick')");
    assert!(result.success, "{:?}", result.error);
    assert_eq!(after.modules.keys().map(|n| n.as_str()).collect::<Vec<_>>(), ["hat", "kick"]);
    assert!(after.patterns.is_empty() && after.macros.is_empty() && after.links.is_empty() && after.assets.is_empty());
    assert_eq!(after.clock.bpm, 128.0, "the tempo stays");
}

#[test]
fn an_error_says_where_what_and_what_else() {
    let cases: &[(&str, u32, Option<u32>, &[&str])] = &[
        ("\n  samplr('k')", 2, Some(3), &["song:2:3", "samplr", "sampler"]),
        ("sampler('k', {volum = 1})", 1, Some(1), &["volum", "volume"]),
        ("sampler('k', {volume = 3})", 1, Some(1), &["0", "2"]),
        ("sampler('k', {volume = 'loud'})", 1, Some(1), &["volume", "loud"]),
        ("sampler('k', {playStyle = 'lop'})", 1, Some(1), &["loop"]),
        ("sampler(12)", 1, Some(1), &["name"]),
        ("sampler('k', {}, 3)", 1, Some(1), &["argument"]),
        ("sampler('kick')\nconnect('kik', 'kick')", 2, Some(1), &["kik", "kick"]),
        ("local c = engine:getClock()\nc:setBpm(3)", 2, Some(3), &["setBPM"]),
        ("engine:getClock():setBPM(3)", 1, Some(19), &["20", "480"]),
        ("engine:getClock().setBPM(120)", 1, Some(19), &["colon"]),
        ("pattern('p', 'bd [sn')", 1, Some(1), &["mini-notation", "column 7", "]"]),
        ("pattern('p', 'bd sn', {length = 3})", 1, Some(1), &["length"]),
        ("pattern('p', engine)", 1, Some(1), &["takes a pattern"]),
        ("pattern('pads', 'bd')\nchain('c', {'pad'})", 2, Some(1), &["no pattern", "pads"]),
        ("pattern('p', {{index = 0, notte = 'x'}})", 1, Some(1), &["notte"]),
        ("pattern('p', {{index = 0.5}})", 1, Some(1), &["index", "whole"]),
        ("pattern('p', {{ratio = '3:2'}})", 1, Some(1), &["ratio"]),
        ("pattern('p', 16, {stepsPerBeet = 4})", 1, Some(1), &["stepsPerBeat"]),
        ("pattern('p', 16)\nchain('c', {{'p', 100}})", 2, Some(1), &["100", "99"]),
        ("chain('c', {'nope'})", 1, Some(1), &["nope"]),
        ("sequencer('s')\nbind('s', 'nope')", 2, Some(1), &["nope"]),
        ("macro(65, 'x', {})", 1, Some(1), &["1 to 64"]),
        ("macro(1, 'x', {'kick'})", 1, Some(1), &["module.parameter"]),
        ("session{autoRuote = false}", 1, Some(1), &["autoRoute"]),
        ("sampler('k')\nsession{}", 2, Some(1), &["top"]),
        ("exec('frobnicate')", 1, Some(1), &["frobnicate", "help"]),
        (r"import('C:\users\kick.wav')", 1, Some(11), &["write / in paths"]),
        ("local x = * 1", 1, Some(11), &["song:1:11"]),
        ("local x = = 1", 1, None, &["song:1"]),
        ("pattern('p', {{volum = 0.5}})", 1, Some(1), &["volum", "volume"]),
        ("pattern('p', {{volume = 50}})", 1, Some(1), &["step 0", "0", "2"]),
        ("pattern('p', 4, {columns = {'index', 'spead'}})", 1, Some(1), &["spead", "speed"]),
        ("local function f()\n  error('boom')\nend\nf()", 2, None, &["boom"]),
        ("local t = nil\nt.x = 1", 2, None, &["nil"]),
        ("\ncoroutine.wrap(function()\n  sampler(1)\nend)()", 3, Some(3), &["name"]),
        ("local function f()\n  local k = sampler('k', {volume = 9})\nend\nf()", 2, Some(13), &["0 to 2"]),
        ("assert(pcall(sampler, 12))", 1, Some(14), &["name"]),
        ("local ok, why = pcall(function() sampler(12) end)\nerror('again: ' .. why, 0)", 1, Some(34), &["again", "name"]),
        ("local ok, why = xpcall(sampler, function(e) return 'got ' .. e end, 12)\nerror(why)", 2, None, &["got", "name"]),
        ("midiIn('m')\nmidiIn('m'):remov()", 2, Some(13), &["remove"]),
    ];
    for (source, line, column, words) in cases {
        let (result, _) = on(&mut Vm::default(), &Project::default(), source);
        let error = result.error.unwrap_or_else(|| panic!("{source}: no error"));
        assert_eq!((result.line, result.column), (Some(*line), *column), "{source}: {error}");
        for word in *words {
            assert!(error.contains(word), "{source}: {error} lacks {word}");
        }
        assert!(error.starts_with("song:"), "{source}: {error}");
    }
}

#[test]
fn console_commands_in_a_script_may_run_again() {
    let source = "session{} exec('add sampler kick') exec('add sequencer seq') exec('route seq kick') exec('pattern create P0 8')
        exec('pattern set P0 0 index=1') exec('seq seq bind pattern P0') exec('import loop.wav') engine:executeCommand('set kick volume 0.5')
        executeCommandNative('bpm 90')";
    let mut vm = Vm::default();
    let (first, project) = on(&mut vm, &Project::default(), source);
    assert!(first.success && first.requests.is_empty(), "{:?}", first.error);
    assert!(project.assets.contains_key("loop.wav") && project.clock.bpm == 90.0);
    let (second, again) = on(&mut vm, &project, source);
    assert!(second.success, "{:?}", second.error);
    assert_eq!(project, again);
}

#[test]
fn what_a_script_asks_of_others_comes_back_with_a_good_run_only() {
    let mut vm = Vm::default();
    let (result, _) = on(&mut vm, &Project::default(), "engine:undo() engine:redo() exec('import drums') exec('cls')");
    assert_eq!(result.requests, [Request::Undo, Request::Redo, Request::Import("drums".to_owned()), Request::ClearConsole]);
    let (result, _) = on(&mut vm, &Project::default(), "engine:undo() error('x')");
    assert!(result.requests.is_empty());
}

#[test]
fn a_script_reads_and_writes_no_files_through_the_console() {
    for line in ["open /etc/passwd", "save a.lua", "overwrite /tmp/a.lua", "kept export /tmp/a", "drafts open 1", "collect /tmp", "missing"]
    {
        let (result, _) = on(&mut Vm::default(), &Project::default(), &format!("exec('{line}')"));
        let error = result.error.unwrap_or_default();
        let word = line.split(' ').next().unwrap();
        assert!(error.contains(&format!("{word} is for the console")) && result.requests.is_empty(), "{line}: {error}");
    }
}

#[test]
fn a_callback_can_not_make_the_session_exact_or_undo() {
    let mut vm = Vm::default();
    let (result, _) = on(
        &mut vm,
        &Project::default(),
        "engine:onStateChange(function() session{} end) engine:onStateChange(function(s) s.version = 'mine' engine:undo() end)
         engine:onStateChange(function(s) print(s.version) end)",
    );
    assert!(result.success, "{:?}", result.error);
    let mut transaction = Transaction::new(Project::default(), Playhead::default());
    let texts: Vec<String> =
        vm.notify(&Snapshot { version: 7, ..Snapshot::default() }, &mut transaction).into_iter().map(|m| m.text).collect();
    assert!(texts[0].contains("session{…}") && texts[1].contains("undo") && texts[2] == "7", "{texts:?}");
}

#[test]
fn scripts_read_their_own_writes() {
    built(
        r#"
        local k = sampler("k", {volume = 0.5})
        assert(k:getParameter("volume") == 0.5 and getParam("k", "volume") == 0.5)
        k:setParameter("volume", 0.25)
        assert(getParam(k, "volume") == 0.25)
        assert(k:getInstanceName() == "k" and k:getName() == "sampler" and tostring(k) == "k" and "a" .. k == "ak")
        local registry = engine:getModuleRegistry()
        assert(registry:getModule("k") == k and registry:getModule("nope") == nil)
        assert(registry:getAllModuleNames()[1] == "k")
        local found
        for _, p in k:getParameters() do if p.name == "speed" then found = p end end
        assert(found.type == "number" and found.min == -10 and found.max == 10 and found.default == 1 and found.unit == "")
        local clock = getEngine():getClock()
        assert(clock == engine:getClock())
        clock:setBPM(90)
        assert(clock:getBPM() == 90 and clock:getBeat() == 0 and clock:getBar() == 0 and not clock:isPlaying())
        clock:play()
        assert(clock:isPlaying())
        assert(clock:source() == "host" and clock:source("internal") == "internal")
        local state = engine:getState()
        assert(state.clock.bpm == 90 and state.modules.k.parameters.volume == 0.25 and state.modules.k.parameters.speed == 1)
        local patterns = engine:getPatternRuntime()
        patterns:add("p", {{index = 3}})
        assert(patterns:get("p").steps[1].index == 3 and patterns:list()[1] == "p")
        patterns:setStep("p", 0, {note = 60})
        assert(patterns:get("p").steps[1].note == 60)
        patterns:pause("p")
        assert(patterns:get("p").muted)
        patterns:play("p")
        patterns:reset("p", 7)
        assert(not patterns:get("p").muted and patterns:get("p").origin == 7)
        patterns:remove("p")
        assert(patterns:get("p") == nil)
        local list = engine:getConnectionManager():list()
        assert(#list == 0)
        _G.mine = 1
        other = 2
        assert(mine == 1 and _G.other == 2 and os.clock() >= 0 and os.time() > 0)
        k:setEnabled(false)
        assert(getParam("k", "enabled") == false)
        k:remove()
        assert(registry:getModule("k") == nil)
    "#,
    );
}

#[test]
fn a_failed_run_keeps_its_callbacks_to_itself_and_a_good_one_replaces_its_own() {
    let mut vm = Vm::default();
    let snapshot = Snapshot { version: 3, ..Snapshot::default() };
    let notify = |vm: &mut Vm| {
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        vm.notify(&snapshot, &mut transaction).into_iter().map(|m| m.text).collect::<Vec<_>>()
    };
    on(&mut vm, &Project::default(), "engine:onStateChange(function(s) print('a', s.version) end)");
    assert_eq!(notify(&mut vm), ["a\t3"]);
    on(&mut vm, &Project::default(), "engine:onStateChange(function() print('never') end) error('x')");
    assert_eq!(notify(&mut vm), ["a\t3"]);
    on(&mut vm, &Project::default(), "id = engine:onStateChange(function(s) print('b', s.clock.bpm) end)");
    assert_eq!(notify(&mut vm), ["b\t120"]);
    let (result, _) =
        on(&mut vm, &Project::default(), "assert(engine:removeStateChangeCallback(id)) assert(not engine:removeStateChangeCallback(id))");
    assert!(result.success, "{:?}", result.error);
    assert!(notify(&mut vm).is_empty() && !vm.has_callbacks());
}

#[test]
fn a_callback_that_fails_is_reported_changes_nothing_and_is_removed_after_three_times() {
    for body in ["error('boom')", "while true do end"] {
        let mut vm = Vm::default();
        let (result, _) = on(
            &mut vm,
            &Project::default(),
            &format!("engine:onStateChange(function() sampler('k') {body} end) engine:onStateChange(function() sampler('ok') end)"),
        );
        assert!(result.success, "{:?}", result.error);
        for time in 1..=3 {
            let mut transaction = Transaction::new(Project::default(), Playhead::default());
            let messages = vm.notify(&Snapshot::default(), &mut transaction);
            assert_eq!(messages.len(), if time == 3 { 2 } else { 1 }, "{messages:?}");
            assert_eq!(transaction.project().modules.keys().map(|n| n.as_str()).collect::<Vec<_>>(), ["ok"]);
        }
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        assert!(vm.notify(&Snapshot::default(), &mut transaction).is_empty());
    }
}

#[test]
fn on_applied_waits_for_its_version() {
    let mut vm = Vm::default();
    let (result, _) = on(
        &mut vm,
        &Project::default(),
        "engine:onApplied(function(v) print('mine', v) end) engine:onApplied(9, function(v) print('nine', v) end)",
    );
    assert!(result.success, "{:?}", result.error);
    vm.committed(5);
    let mut applied = |version| {
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        vm.applied(version, &mut transaction).into_iter().map(|m| m.text).collect::<Vec<_>>()
    };
    assert!(applied(4).is_empty());
    assert_eq!(applied(6), ["mine\t6"]);
    assert_eq!(applied(9), ["nine\t9"]);
    assert!(applied(10).is_empty());
}

#[test]
fn what_the_file_is_known_by_survives_an_exact_run() {
    use videotracker_engine::{name::Name, project::Asset};
    let source = "session{} sampler('k', {samples = {'k.wav'}})";
    let mut vm = Vm::default();
    let (_, mut project) = on(&mut vm, &Project::default(), source);
    project.assets.insert(Name::new("k.wav"), Asset { hash: Some(Name::new("abc")), size: Some(3) });
    let (_, again) = on(&mut vm, &project, source);
    assert_eq!(project, again);
}

#[test]
fn tempo_words_count_cycles_and_seeds_change_draws() {
    let project = built("setcpm(35)");
    assert_eq!(project.clock.bpm, 140.0);
    assert_eq!(built("session({cycle = 3})\nsetcps(0.5)").clock.bpm, 90.0);
    let source = |line: &str| {
        let project = built(line);
        let slot = project.patterns.values().next().unwrap();
        slot.pattern.as_cycle().unwrap().source()
    };
    assert_eq!(source("pattern(\"p\", s(\"bd*8?\"), {seed = 7})"), "s(\"bd*8?\"):seed(7)");
    assert_eq!(source("pattern(\"p\", \"bd*8?\", {seed = 7})"), "mini(\"bd*8?\"):seed(7)");
    assert_eq!(source("pattern(\"p\", \"bd*8?\", {seed = 0})"), "\"bd*8?\"");
    assert_eq!(source("\u{feff}pattern(\"p\", s(\"bd\"):jux(rev .. fast(2)))"), "s(\"bd\"):jux(function(x) return x:rev():fast(2) end)");
    assert_eq!(
        source("pattern(\"p\", s(\"bd\"):echoWith(2, 1/8, function(x, i) return x:speed(i + 1) end))"),
        "s(\"bd\"):echoWith(2, 0.125, {function(x) return x:speed(1) end, function(x) return x:speed(2) end})"
    );
    assert_eq!(
        source("pattern(\"p\", mini(\"<b a>\"):pick({b = \"bd\", a = s(\"sn\")}))"),
        "mini(\"<b a>\"):pick({a = s(\"sn\"), b = \"bd\"})"
    );
}
