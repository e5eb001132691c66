//! Generative patterns: Lua that gives the events of a cycle, ahead of time.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::{Duration, Instant};

use crate::rig::{DRUMS, Rig};
use videotracker_engine::{project::Project, script::generate::generate};

fn rig(pattern: &str) -> Rig {
    Rig::new(&format!("{DRUMS}\n{pattern}\nbind('seq', 'p')"))
}

/// What an offline render plays, from a beat on.
fn bounce(pattern: &str, from: f64, blocks: usize) -> Vec<f32> {
    let mut rig = rig(pattern);
    (rig.offline, rig.beat) = (true, from);
    rig.play(blocks);
    rig.sound
}

fn errors(rig: &Rig) -> Vec<String> {
    rig.engine.messages(0).into_iter().map(|(_, message)| message.text).collect()
}

#[test]
fn an_offline_render_waits_for_every_cycle() {
    let alike = "pattern('p', '<[kick hat*2] [kick kick hat hat]>')";
    for lua in [
        "return cycle % 2 == 0 and 'kick hat*2' or 'kick kick hat hat'",
        "return mini('<[kick hat*2] [kick kick hat hat]>')",
        "local all = {} if cycle % 2 == 0 then for i, at in ipairs({0, 0.5, 0.75}) do all[i] = {at = at, length = at == 0 and 0.5 or 0.25, s = at == 0 and 'kick' or 'hat'} end
         else for i = 0, 3 do all[i + 1] = {at = i / 4, length = 1 / 4, n = i < 2 and 0 or 1} end end return all",
    ] {
        let pattern = format!("pattern('p', fn([[{lua}]]))");
        assert!(bounce(&pattern, 0.0, 1600) == bounce(alike, 0.0, 1600), "{lua}");
        assert!(bounce(&pattern, 2000.0, 400) == bounce(alike, 2000.0, 400), "{lua}");
    }
    let chained = "pattern('g', fn([[return cycle % 3 == 0 and 'kick*2' or 'hat']])) pattern('s', '0*4') chain('p', {{'g', 2}, 's'})";
    assert!(bounce(chained, 0.0, 2200) == bounce("pattern('p', '<[kick*2] hat kick*4 hat [kick*2] kick*4>')", 0.0, 2200));
}

#[test]
fn the_same_cycle_draws_the_same_numbers() {
    let random = |seed: u32| {
        format!("pattern('p', fn([[local n = math.random(4) return (math.random(2) == 1 and 'kick*' or 'hat*') .. n]], {{seed = {seed}}}))")
    };
    let first = bounce(&random(1), 0.0, 1600);
    assert!(first == bounce(&random(1), 0.0, 1600));
    assert!(first != bounce(&random(2), 0.0, 1600));
}

#[test]
fn live_it_is_ready_ahead_and_what_is_late_after_a_jump_is_counted() {
    let mut rig = rig("pattern('p', fn([[return 'kick*8']]))");
    let ready = |rig: &mut Rig| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(200) {
            rig.block_as(256, false);
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    ready(&mut rig);
    for _ in 0..4 {
        rig.play(100);
        std::thread::sleep(Duration::from_millis(520));
    }
    assert_eq!(rig.engine.gauges().late_events.load(std::sync::atomic::Ordering::Relaxed), 0);
    assert!(rig.engine.take_triggers().len() >= 8);
    // A jump to where nothing is known: the first events pass, and are counted once the cycle is there.
    rig.beat = 4000.0;
    rig.play(100);
    std::thread::sleep(Duration::from_millis(200));
    rig.play(100);
    let heard = rig.engine.take_triggers().into_iter().filter(|t| t.report.beat.to_f64() >= 4000.0).count() as u64;
    let late = rig.engine.gauges().late_events.load(std::sync::atomic::Ordering::Relaxed);
    let played = ((rig.beat - 4000.0) * 2.0).ceil() as u64;
    assert!(late > 0 && heard + late == played, "{heard} heard and {late} late of {played}");
}

#[test]
fn a_host_that_outruns_time_without_saying_so_misses_nothing() {
    let mut rig = rig("pattern('p', fn([[return 'kick*8']]))");
    // From its first block on, and after a jump to where nothing is known.
    rig.play(2000);
    rig.beat = 4000.0;
    rig.play(100);
    let heard = rig.engine.take_triggers().len();
    let due = |beats: f64| (beats * 2.0).ceil() as usize;
    let beats = [2000, 100].map(|blocks| f64::from(blocks) * 256.0 / 48_000.0 * 2.0);
    assert_eq!(heard, beats.map(due).into_iter().sum::<usize>());
    assert_eq!(rig.engine.gauges().late_events.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn lua_that_fails_is_silent_with_its_reason_and_the_rest_plays_on() {
    for (lua, wanted) in [
        ("while true do end", "ran too long"),
        ("error('no idea')", "no idea"),
        ("return sampler('x')", "nil value"),
        ("return getPattern('p')", "nil value"),
        ("return 'kick['", "mini-notation, line 1, column 6"),
        ("return {{at = 2}}", "at takes 0 to less than 1"),
        ("return 'kick*99999'", "events in a cycle"),
        ("leaked = (leaked or 0) + 1 if leaked > 1 then return 'kick' end error('fresh')", "fresh"),
    ] {
        let mut rig = rig(&format!(
            "pattern('p', fn([[{lua}]])) sequencer('other') connect('other', 'drums') pattern('beat', '1*4') bind('other', 'beat')"
        ));
        rig.offline = true;
        rig.play(800);
        let beat = Rig::undisturbed(&format!("{DRUMS}\npattern('beat', '1*4') bind('seq', 'beat')"), 800);
        assert!(rig.sound == beat, "{lua}");
        let said = errors(&rig);
        assert_eq!(said.iter().filter(|text| text.contains(wanted)).count(), 1, "{lua}: {said:?}");
    }
    let refused = Rig::new(DRUMS).engine.run_script_and_wait("x", "pattern('p', fn([[return (]]))").error.unwrap();
    assert!(refused.contains("x:1") && refused.contains("fn:1"), "{refused}");
    let method = Rig::new(DRUMS).engine.run_script_and_wait("x", "fn([[return 'a']]):fast(2)").error.unwrap();
    assert!(method.contains("write fast inside"), "{method}");
}

#[test]
fn it_is_kept_written_back_and_loaded() {
    let text = "pattern('p', fn([==[\nlocal x = {[[a]], \"b\"}\nreturn cycle % 2 == 0 and 'kick' or x[1]\n]==], {seed = 7}))";
    let rig = rig(text);
    let project = rig.engine.snapshot().project.clone();
    let script = generate(&project);
    assert!(script.contains("\nlocal x = {[[a]], \"b\"}\n"), "{script}");
    let again = Rig::new(&script);
    assert_eq!(again.engine.snapshot().project.patterns, project.patterns);
    let json = serde_json::to_string(&project).unwrap();
    assert_eq!(serde_json::from_str::<Project>(&json).unwrap().patterns, project.patterns);
}

/// A session whose `hand` nobody hears, so that its volume changes only what reads it.
const HAND: &str = "sampler('hand', {volume = 1}) lfo('nobody') macro(2, 'Tone', {'nobody.rate'})";

/// What an offline render plays to a frame, in blocks of a size, with scripts that run at frames before.
fn committed(pattern: &str, block: usize, commits: &[(usize, &str)], end: usize) -> Rig {
    let mut rig = rig(&format!("{HAND} {pattern}"));
    rig.offline = true;
    let mut at = 0;
    for (frame, script) in commits.iter().copied().chain([(end, "")]) {
        while at < frame {
            let frames = block.min(frame - at);
            rig.block(frames);
            at += frames;
        }
        assert_eq!(rig.engine.run_script_and_wait("commit", script).error, None);
    }
    rig
}

/// What was triggered from a beat on: when, and with which word and gain.
fn triggered(rig: &Rig, from: f64) -> Vec<String> {
    let all = rig.engine.take_triggers();
    let mut shown: Vec<(f64, String)> = all
        .into_iter()
        .filter(|trigger| trigger.report.beat.to_f64() >= from)
        .map(|trigger| (trigger.report.beat.to_f64(), format!("{:?} {:?}", trigger.word, trigger.values)))
        .collect();
    shown.sort_by(|a, b| a.partial_cmp(b).unwrap());
    shown.into_iter().map(|(beat, what)| format!("{beat} {what}")).collect()
}

#[test]
fn a_commit_works_out_again_what_read_it_and_has_not_played() {
    let louder = "setParam('hand', 'volume', 0.25)";
    let frames = 150_000;
    // In the middle of a cycle, and back at its end.
    let commits =
        [(54_321, louder), (96_000, "setParam('hand', 'volume', 1)"), (110_000, "macro(2, 'Tone', {'nobody.rate', 'nobody.phase'})")];
    let read = "pattern('p', fn([[
        local kicks, macro = getParam('hand.volume') > 0.5 and 8 or 4, getMacro(2)
        if #macro.targets > 1 then return s('hat*16') end
        return s((getParam('hand', 'volume') > 0.5 and 'kick*' or 'hat*') .. kicks)
    ]]))";
    let written = ["kick*8", "hat*4", "kick*8", "hat*16"];
    let edits = written.map(|text| format!("pattern('p', s('{text}'))"));
    let same: Vec<(usize, &str)> = commits.iter().map(|(frame, _)| *frame).zip(edits[1..].iter().map(String::as_str)).collect();
    let expected = committed(&edits[0], 441, &same, frames).sound;
    for block in [32, 441, 1024] {
        assert!(committed(read, block, &commits, frames).sound == expected, "blocks of {block}");
    }
}

#[test]
fn functions_that_a_playing_pattern_calls_read_the_session() {
    for pattern in [
        "s('kick*8'):filter(function(v) return getParam('hand.volume') > 0.5 end)",
        "s('kick*8'):filterWhen(function(t) return getParam('hand.volume') > 0.5 or t % 1 < 0.5 end)",
        "s('kick*8'):withValue(function(v) return {s = getParam('hand.volume') > 0.5 and 'kick' or 'hat'} end)",
        "s('kick*8'):gain(signal(function(t) return getParam('hand.volume') end))",
        "s('[kick,hat]*8'):arpWith(function(all) return all[getParam('hand.volume') > 0.5 and 1 or 2] end)",
        "s('kick*8'):filter(function(v) return #getMacro(2).targets == 1 end)",
    ] {
        let pattern = format!("pattern('p', {pattern})");
        let change = "setParam('hand', 'volume', 0.25) macro(2, 'Tone', {})";
        let (at, end) = (50_000, 120_000);
        let changed = committed(&pattern, 256, &[(at, change)], end);
        let from = at as f64 / 24_000.0;
        let fresh = committed(&format!("{change} {pattern}"), 256, &[], end);
        let untouched = committed(&pattern, 256, &[], end);
        let (changed, fresh, untouched) = (triggered(&changed, from), triggered(&fresh, from), triggered(&untouched, from));
        assert_eq!(changed, fresh, "{pattern}");
        assert_ne!(changed, untouched, "{pattern}");
    }
}

#[test]
fn what_failed_for_want_of_a_module_plays_once_it_is_there() {
    let pattern = "pattern('p', fn([[return getParam('later.volume') and 'kick*8']]))";
    let rig = committed(pattern, 256, &[(50_000, "sampler('later')")], 100_000);
    let said = errors(&rig);
    assert_eq!(said.iter().filter(|text| text.contains("later")).count(), 1, "{said:?}");
    assert!(rig.sound[..100_000].iter().all(|x| *x == 0.0) && rig.sound[100_000..].iter().any(|x| *x != 0.0));
}

#[test]
fn a_cycle_reads_no_more_of_the_session_than_is_compared() {
    let pattern = "pattern('p', fn([[for n = 1, 300 do pcall(getParam, 'm' .. n, 'volume') end getParam('hand.volume') return 'kick*8']]))";
    let said = errors(&committed(pattern, 256, &[], 10_000));
    assert!(said.iter().any(|text| text.contains("more than 256 parameters")), "{said:?}");
}

#[test]
fn live_what_there_is_plays_until_a_commit_is_worked_out() {
    let mut rig = rig(&format!("{HAND} pattern('p', fn([[return getParam('hand.volume') > 0.5 and 'kick*8' or 'hat*8']]))"));
    let mut heard = Vec::new();
    let began = Instant::now();
    let mut play = |rig: &mut Rig, until: &str| {
        while heard.last().is_none_or(|word| word != until) {
            assert!(began.elapsed() < Duration::from_secs(60), "no {until}: {heard:?}");
            rig.block(256);
            std::thread::sleep(Duration::from_millis(5));
            heard.extend(rig.engine.take_triggers().into_iter().filter_map(|trigger| trigger.word));
        }
    };
    play(&mut rig, "kick");
    assert_eq!(rig.engine.run_script_and_wait("commit", "setParam('hand', 'volume', 0.25)").error, None);
    play(&mut rig, "hat");
    let due = (rig.beat * 2.0).ceil() as usize;
    assert_eq!(heard.len(), due, "{heard:?}");
    assert_eq!(rig.engine.gauges().late_events.load(std::sync::atomic::Ordering::Relaxed), 0);
}
