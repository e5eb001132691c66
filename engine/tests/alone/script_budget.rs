//! Callbacks and generative patterns of a stranger's session over time: memory, time, and what saving and dropping take.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "figures for whoever runs it by hand")]

use std::time::{Duration, Instant};

use crate::counting::{alone, live};
use crate::rig::{DRUMS, Rig};
use videotracker_engine::{engine::SavedSession, snapshot::Severity};

/// Saving and dropping take a fraction of a second; a hang is what is looked for.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a session with a script did while it played.
struct Played {
    said: Vec<String>,
    /// Bytes allocated at the end beyond those at the beginning.
    memory: usize,
    bytes: usize,
    versions: u64,
}

/// Plays a saved session with `script` until all that is `wanted` was said, for a while where nothing is, changing a parameter
/// now and then; then saves and drops it.
fn play(script: &str, song: &str, wanted: &[&str]) -> Played {
    let before = live();
    let mut rig = Rig::new(song);
    let saved = SavedSession { script: script.to_owned(), ..rig.engine.save() };
    let _ = rig.engine.restore(saved);
    let (began, version) = (Instant::now(), rig.engine.snapshot().version);
    let limit = Duration::from_secs(if wanted.is_empty() { 4 } else { 90 });
    let complaints = |rig: &Rig| -> Vec<String> {
        rig.engine.messages(0).into_iter().filter(|(_, m)| m.severity != Severity::Note).map(|(_, m)| m.text).collect()
    };
    let mut blocks = 0;
    while began.elapsed() < limit {
        let said = complaints(&rig);
        if !wanted.is_empty() && wanted.iter().all(|text| said.iter().any(|said| said.contains(text))) {
            break;
        }
        rig.play(4);
        rig.sound.clear();
        blocks += 1;
        if blocks % 8 == 0 {
            let _ = rig.engine.console_and_wait(&format!("set drums volume 0.{}", blocks % 9 + 1));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let memory = live().saturating_sub(before);
    let said = complaints(&rig);
    assert!(wanted.iter().all(|text| said.iter().any(|said| said.contains(text))), "{wanted:?} is not among {said:?}");
    let began = Instant::now();
    let snapshot = rig.engine.snapshot();
    let bytes = serde_json::to_vec(&rig.engine.save()).unwrap().len();
    assert!(began.elapsed() < PATIENCE, "saving took {:?}", began.elapsed());
    let saving = began.elapsed();
    let began = Instant::now();
    let lua = rig.engine.generated_script().len();
    assert!(began.elapsed() < PATIENCE, "writing {lua} bytes of Lua took {:?}", began.elapsed());
    let began = Instant::now();
    let versions = snapshot.version - version;
    drop((snapshot, rig));
    assert!(began.elapsed() < PATIENCE, "dropping took {:?}", began.elapsed());
    println!("{} MiB, a state of {bytes} bytes, saved in {saving:?}, dropped in {:?}, {versions} versions", memory >> 20, began.elapsed());
    Played { said, memory, bytes, versions }
}

#[test]
fn a_callback_that_keeps_patterns_ends_within_the_memory() {
    let _alone = alone();
    let played = play(
        "local t, l = {}, {}
         for i = 1, 4096 do l[i] = i end
         local function again()
           local began = os.clock()
           while os.clock() - began < 0.04 do t[#t + 1] = seq(l) end
           setParam('drums', 'volume', math.random())
           engine:onApplied(again)
         end
         engine:onStateChange(function() engine:onApplied(again) end)",
        DRUMS,
        &[],
    );
    assert!(played.memory < 200 << 20, "{} MiB", played.memory >> 20);
    assert!(!played.said.is_empty(), "nobody says that it is held back");
}

#[test]
fn a_callback_that_fills_the_session_is_held_back() {
    let _alone = alone();
    let played = play(
        "local n = 0
         local function again()
           for i = 1, 200 do n = n + 1; pattern('z' .. n, 256) end
           engine:onApplied(again)
         end
         engine:onStateChange(function() for i = 1, 200 do n = n + 1; pattern('y' .. n, 256) end engine:onApplied(again) end)",
        DRUMS,
        &["holds at most 16 MiB"],
    );
    assert!(played.memory < 200 << 20, "{} MiB", played.memory >> 20);
    assert!(played.bytes < 40 << 20, "{} bytes", played.bytes);
}

#[test]
fn a_function_that_registers_itself_again_and_again_ends() {
    let _alone = alone();
    let played = play(
        "local function again() setParam('drums', 'volume', math.random()) engine:onApplied(again) end
         engine:onApplied(0, again)",
        DRUMS,
        &["64 times in a row"],
    );
    assert!(played.versions < 1000, "{}", played.versions);
}

#[test]
fn a_callback_that_costs_much_again_and_again_is_removed() {
    let _alone = alone();
    let costly = "engine:onStateChange(function() local began = os.clock() while os.clock() - began < 0.06 do end end)";
    play(costly, DRUMS, &["less often", "are removed"]);
}

#[test]
fn a_callback_that_costs_little_is_left_alone() {
    let _alone = alone();
    let played = play("engine:onStateChange(function(state) assert(state.modules.drums) end)", DRUMS, &[]);
    assert_eq!(played.said, Vec::<String>::new());
}

#[test]
fn a_generative_pattern_that_takes_too_long_is_silent_from_then_on() {
    let _alone = alone();
    let song = format!("{DRUMS} pattern('p', fn([[local t = {{}} while true do t[1] = cycle end return 'kick*4']])) bind('seq', 'p')");
    play("", &song, &["silent from now on"]);
    let song = format!("{DRUMS} pattern('p', fn([[table.move({{}}, '1', '100000000', '2', {{}}) return 'kick*4']])) bind('seq', 'p')");
    play("", &song, &["a million places"]);
}

#[test]
fn cycles_that_were_worked_out_do_not_fill_the_memory() {
    let _alone = alone();
    let lua = "local all = {} for i = 1, 2000 do all[i] = {at = i / 2001, length = 0.0001, n = i, a = i, b = i, c = i} end return all";
    let patterns: String =
        (0..8).map(|n| format!("pattern('p{n}', fn([[{lua}]], {{seed = {n}}})) sequencer('s{n}') bind('s{n}', 'p{n}') ")).collect();
    let played = play("", &format!("{DRUMS} engine:getClock():setCycle(0.125) {patterns}"), &[]);
    assert!(played.memory < 200 << 20, "{} MiB", played.memory >> 20);
}
