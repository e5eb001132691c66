//! The tracker grid, by the keys and the pointer of who writes in it.

use videotracker_engine::pattern::{Pattern, Source, Step, Tracker};

use super::*;

const SESSION: &str = "session{} audioOut('out') sampler('drums', {samples = {'factory:kick', 'factory:hat'}}) sequencer('seq') \
    connect('seq', 'drums') pattern('p', 16) bind('seq', 'p')";

fn grid_of(script: &str, size: egui::Vec2) -> Bench {
    let mut bench = Bench::sized(size);
    assert_eq!(bench.instance.engine.run_script_and_wait("s", script).error, None);
    bench.frame(vec![]);
    bench.panel("Tracker");
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench
}

fn grid(script: &str) -> Bench {
    grid_of(script, vec2(1280.0, 800.0))
}

fn project(bench: &Bench) -> Project {
    bench.instance.engine.snapshot().project.clone()
}

fn tracker(bench: &Bench, name: &str) -> Tracker {
    project(bench).patterns[name].pattern.as_tracker().unwrap().clone()
}

/// Presses keys as a window tells them: a letter or digit comes with its text.
fn press(bench: &mut Bench, keys: &str) {
    for word in keys.split_whitespace() {
        let (held, name) = word.rsplit_once('+').filter(|(_, name)| !name.is_empty()).unwrap_or(("", word));
        let mut modifiers = Modifiers::NONE;
        for held in held.split('+') {
            match held {
                "Ctrl" => modifiers |= CTRL,
                "Shift" => modifiers |= Modifiers::SHIFT,
                "Alt" => modifiers |= Modifiers::ALT,
                _ => {}
            }
        }
        let text = (name.chars().count() == 1 && modifiers.is_none()).then(|| Event::Text(name.to_lowercase()));
        let pressed = Key::from_name(name).map(|pressed| key(pressed, modifiers));
        let clipboard = match word {
            "Ctrl+C" => Some(Event::Copy),
            "Ctrl+X" => Some(Event::Cut),
            _ => None,
        };
        bench.frame(pressed.into_iter().chain(text).chain(clipboard).collect());
    }
    bench.frame(vec![]);
    bench.frame(vec![]);
}

/// What a cell says to who does not see it.
fn says(bench: &Bench, text: &str) -> bool {
    is_there(bench, text)
}

fn step(change: impl FnOnce(&mut Step)) -> Step {
    let mut step = Step::default();
    change(&mut step);
    step
}

#[test]
fn notes_and_values_are_written_with_keys_alone_and_each_is_one_step_of_undo() {
    let mut bench = grid(SESSION);
    let before = project(&bench);
    // Index, note, length, chance, ratio; opening the panel gave it the keys.
    press(&mut bench, "Right Z S Q 3");
    let notes: Vec<i32> = tracker(&bench, "p").steps[..5].iter().map(|step| step.note).collect();
    assert_eq!(notes, [60, 61, 72, 75, -1]);
    assert!(says(&bench, "Line 2 note: C-5") && says(&bench, "Line 4 note: empty"));
    press(&mut bench, "Home Left 1 Enter");
    bench.write("hat");
    press(&mut bench, "Enter Home Tab Tab 2 Tab 5 0 Tab 1 : 2 Enter");
    assert_eq!(
        tracker(&bench, "p").steps[..2],
        [
            step(|step| (step.index, step.note, step.length, step.chance, step.ratio) = (1, 60, 2, 50, (1, 2))),
            step(|step| (step.index, step.note) = (1, 61))
        ]
    );
    assert!(says(&bench, "Line 0 index: 01 hat") && says(&bench, "Line 0 ratio: 1:2"));
    let mut undone = 0;
    while project(&bench) != before {
        bench.frame(vec![key(Key::Z, CTRL)]);
        undone += 1;
        assert!(undone < 20);
    }
    assert_eq!(undone, 4 + 2 + 3);
}

#[test]
fn what_was_typed_and_can_not_be_read_stays_and_says_why() {
    let mut bench = grid(SESSION);
    let before = project(&bench);
    press(&mut bench, "Tab Tab Tab 1 0 1 Enter");
    assert!(says(&bench, "chance is 101, but takes 0 to 100, whole"));
    assert_eq!(project(&bench), before);
    press(&mut bench, "Backspace Enter");
    assert_eq!(tracker(&bench, "p").steps[0].chance, 10);
    press(&mut bench, "Up + 5 Escape");
    assert_eq!(tracker(&bench, "p").steps[0].chance, 10);
}

#[test]
fn both_sets_of_keys_do_what_their_trackers_do() {
    let steps = "pattern('p', {{index = 0, note = 60}, {}, {index = 1, note = 62}, {}}) bind('seq', 'p')";
    for (set, keys, after) in [
        ("Renoise", "Insert", "./. 0/60 ./. 1/62"),
        ("Renoise", "Shift+Insert", "./60 0/. ./62 1/."),
        ("Renoise", "Down Backspace", "./. 1/62 ./. ./."),
        ("Renoise", "Delete", "./60 ./. 1/62 ./."),
        ("Renoise", "Shift+Delete", "./. ./. 1/62 ./."),
        ("Renoise", "Tab Ctrl+F2", "0/61 ./. 1/63 ./."),
        ("Renoise", "Tab Ctrl+F12", "0/72 ./. 1/74 ./."),
        ("Renoise", "Alt+Down", "./60 0/. ./62 1/."),
        ("Renoise", "Ctrl+Up", "./60 1/. ./62 0/."),
        ("Renoise", "Ctrl+A Ctrl+A Ctrl+Up", "./. 1/62 ./. 0/60"),
        ("Renoise", "Shift+Down Shift+Down Shift+Right Ctrl+D", "0/60 ./. 1/62 0/60"),
        ("Renoise", "Ctrl+D", "0/60 0/60 1/62 ./."),
        ("Renoise", "Tab Ctrl+I", "0/60 ./61 1/62 ./."),
        ("Renoise", "Ctrl+Shift+D", "0/60 ./. 1/62 ./. 0/60 ./. 1/62 ./."),
        ("Renoise", "Ctrl+Shift+H", "0/60 ./."),
        ("Renoise", "Ctrl+E", "0/60 ./. ./. ./. 1/62 ./. ./. ./."),
        ("Renoise", "Ctrl+Shift+E", "0/60 1/62"),
        ("FastTracker", "Insert", "./60 0/. ./62 1/."),
        ("FastTracker", "Shift+Insert", "./. 0/60 ./. 1/62"),
        ("FastTracker", "Down Backspace", "./60 1/. ./62 ./."),
        ("FastTracker", "Down Shift+Backspace", "./. 1/62 ./. ./."),
        ("FastTracker", "Tab Shift+F2", "0/61 ./. 1/63 ./."),
        ("FastTracker", "Ctrl+F2", "1/61 ./. 2/63 ./."),
        ("FastTracker", "Alt+Down Alt+Down Alt+F3", "./60 ./. ./62 ./."),
        ("FastTracker", "Alt+Right Alt+F4 Left Down Alt+F5", "0/60 0/60 1/62 ./."),
        ("FastTracker", "Shift+F3 Tab Shift+F5", "./0 ./. ./1 ./."),
        ("FastTracker", "F10 Tab F3 Z", "0/60 ./48 1/62 ./."),
    ] {
        let mut bench = grid(&format!("{SESSION} {steps}"));
        if set == "FastTracker" {
            bench.click_on("Keys of Renoise");
            bench.click_on("FastTracker");
            press(&mut bench, "Escape");
            bench.click_on("Line 0 index: 00 kick");
        }
        let before = project(&bench);
        press(&mut bench, keys);
        let shown: Vec<String> = {
            let tracker = tracker(&bench, "p");
            let number = |number: i32| if number < 0 { ".".to_owned() } else { number.to_string() };
            tracker.steps[..tracker.length].iter().map(|step| format!("{}/{}", number(step.index), number(step.note))).collect()
        };
        assert_eq!(shown.join(" "), after, "{keys} with {set}");
        for _ in 0..4 {
            if project(&bench) != before {
                bench.frame(vec![key(Key::Z, CTRL)]);
            }
        }
        assert_eq!(project(&bench), before, "{keys} with {set}");
    }
}

#[test]
fn what_is_marked_is_copied_to_the_clipboard_and_comes_back_from_it() {
    let mut bench = grid(&format!("{SESSION} pattern('p', {{{{index = 0, note = 60}}, {{index = 1}}, {{}}, {{}}}}) bind('seq', 'p')"));
    press(&mut bench, "Shift+Down Shift+Right Ctrl+C Down Left");
    // A window gives what the clipboard holds as text behind the key.
    bench.frame(vec![key(Key::V, CTRL), Event::Text("00\tC-4\n1\t.\n".to_owned())]);
    bench.frame(vec![]);
    let notes: Vec<(i32, i32)> = tracker(&bench, "p").steps.iter().map(|step| (step.index, step.note)).collect();
    assert_eq!(notes, [(0, 60), (1, -1), (0, 60), (1, -1)]);
    press(&mut bench, "Ctrl+X");
    assert!(tracker(&bench, "p").steps[2..].iter().all(Step::is_rest), "what was pasted is marked");
    bench.frame(vec![Event::Paste("2".to_owned())]);
    bench.frame(vec![]);
    assert_eq!(tracker(&bench, "p").steps[2].index, 2);
}

#[test]
fn the_row_above_makes_patterns_columns_and_chains_that_one_undo_takes_back() {
    let mut bench = grid("session{} sampler('drums', {samples = {'factory:kick'}})");
    let first = project(&bench);
    bench.click_on("New pattern");
    bench.click_on("Pattern of 16 lines");
    bench.frame(vec![]);
    let made = project(&bench);
    assert_eq!(made.bindings["sequencer1"], Source::Pattern("pattern1".into()));
    press(&mut bench, "0 Enter");
    assert_eq!(tracker(&bench, "pattern1").steps[0].index, 0);
    bench.click_on("Add a column");
    bench.click_on("Search the parameters");
    bench.write("grainSi");
    bench.click_on("grainSize");
    bench.frame(vec![]);
    bench.frame(vec![]);
    press(&mut bench, "1 / 4 Enter");
    let tracked = tracker(&bench, "pattern1");
    assert_eq!((tracked.columns.len(), tracked.steps[1].values.get("grainSize")), (6, Some(&0.25)));
    bench.click_on("Column grainSize");
    bench.click_on("Take it out; its values are kept");
    assert_eq!(tracker(&bench, "pattern1").columns.len(), 5);
    bench.click_on("Let sequencer1 play a chain of pattern1");
    bench.frame(vec![]);
    bench.click_on("New pattern");
    bench.click_on("Copy of pattern1");
    bench.frame(vec![]);
    let chained = project(&bench);
    let entries: Vec<&str> = chained.chains["chain1"].entries.iter().map(|entry| entry.pattern.as_str()).collect();
    assert_eq!(entries, ["pattern1", "pattern2"]);
    for (name, holds) in [
        (
            "Move entry 1 up",
            (&|project: &Project| &*project.chains["chain1"].entries[0].pattern == "pattern2") as &dyn Fn(&Project) -> bool,
        ),
        ("Mute entry 0", &|project| project.chains["chain1"].entries[0].muted),
        ("Add pattern2 to chain chain1", &|project| project.chains["chain1"].entries.len() == 3),
        ("Take out entry 2", &|project| project.chains["chain1"].entries.len() == 2),
        ("Chain chain1 plays", &|project| !project.chains["chain1"].enabled),
    ] {
        bench.click_on(name);
        bench.frame(vec![]);
        assert!(holds(&project(&bench)), "{name}");
    }
    let (from, to) = (bench.place("Drag entry 0").center(), bench.place("Drag entry 1").center_bottom());
    let dragged = project(&bench).chains["chain1"].entries[0].pattern.clone();
    bench.drag(from, to);
    assert_eq!(project(&bench).chains["chain1"].entries[1].pattern, dragged);
    for _ in 0..40 {
        if project(&bench) != first {
            bench.click_on("Undo");
        }
    }
    assert_eq!(project(&bench), first);
}

#[test]
fn lines_and_their_speed_are_typed_and_cut_lines_come_back() {
    let mut bench = grid(&format!("{SESSION} pattern('p', {{0, 1, 0, 1}}) bind('seq', 'p')"));
    for (field, text, length, rate) in
        [("Lines", "2", 2, 4.0), ("Lines", "512", 512, 4.0), ("Lines per beat", "-1/3", 512, -1.0 / 3.0), ("Lines", "4", 4, -1.0 / 3.0)]
    {
        bench.click_on(field);
        bench.frame(vec![key(Key::A, CTRL)]);
        bench.write(text);
        bench.key(Key::Enter, Modifiers::NONE);
        bench.frame(vec![]);
        let tracker = tracker(&bench, "p");
        assert_eq!((tracker.length, tracker.steps_per_beat.to_f64(), tracker.steps[3].index), (length, rate, 1), "{field} {text}");
    }
}

#[test]
fn a_cycle_pattern_is_shown_as_steps_and_written_out() {
    let mut bench = grid(
        "session{} sampler('drums', {samples = {'factory:kick', 'factory:hat'}}) sequencer('seq') connect('seq', 'drums') \
        pattern('c', 'kick [hat hat], hat*2') bind('seq', 'c') pattern('d', 'kick hat')",
    );
    assert!(says(&bench, "Line 0 index: 00 kick") && says(&bench, "Line 0 index 2: 01 hat"), "what begins at once stands side by side");
    bench.click_on("Write out as steps");
    assert!(project(&bench).patterns["c"].pattern.as_cycle().is_some());
    assert!(
        bench.window.said().iter().any(|text| text.contains("one voice at a time"))
            || says(&bench, "c can't be written out: two events begin at beat 0, and a step holds one; write out one voice at a time")
    );
    bench.click_on("Pattern: c");
    bench.click_on("d");
    bench.frame(vec![]);
    let before = project(&bench);
    press(&mut bench, "1 Enter Delete");
    assert_eq!(project(&bench), before, "cycles can't be typed over");
    bench.click_on("Write out as steps");
    bench.frame(vec![]);
    let tracker = tracker(&bench, "d");
    assert_eq!((tracker.steps[0].index, tracker.steps[tracker.length / 2].index), (0, 1));
    bench.click_on("Undo");
    assert_eq!(project(&bench), before);
}

/// Plays two blocks at a beat, and draws until no hand was in the panel for a while.
fn play_at(bench: &mut Bench, processor: &mut videotracker_engine::audio::processor::Processor, beat: f64) {
    use videotracker_engine::audio::host::{HostInput, HostOutput, HostTransport};
    for _ in 0..2 {
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros: &[0.0; 64],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut [0.0; 512], &mut [0.0; 512]));
    }
    for _ in 0..40 {
        bench.frame(vec![]);
    }
}

#[test]
fn what_plays_is_shown_and_followed_over_512_lines() {
    let mut bench = grid(&format!("{SESSION} pattern('p', 512) bind('seq', 'p')"));
    assert!(says(&bench, "Line 0 note: empty") && !says(&bench, "Line 300 note: empty"), "lines out of sight cost nothing");
    let mut processor = bench.instance.engine.activate(48_000.0);
    for (beat, line) in [(75.0, 300), (2.0, 8)] {
        play_at(&mut bench, &mut processor, beat);
        assert!(says(&bench, &format!("Line {line} note: empty")), "{beat}");
    }
}

#[test]
fn the_pattern_of_a_chain_that_plays_is_shown_and_no_layout_changes_by_itself() {
    let mut bench = grid(&format!("{SESSION} pattern('q', 16) chain('c', {{'p', 'q'}}) bind('seq', 'c')"));
    let mut processor = bench.instance.engine.activate(48_000.0);
    let layout = bench.instance.layout();
    for (beat, shown) in [(1.0, "p"), (5.0, "q"), (9.0, "p")] {
        play_at(&mut bench, &mut processor, beat);
        assert!(says(&bench, &format!("Pattern: {shown}")), "{beat}");
    }
    assert_eq!(bench.instance.layout(), layout);
    bench.click_on("Follow what plays");
    bench.click_on("Entry 1: q");
    play_at(&mut bench, &mut processor, 1.0);
    assert!(says(&bench, "Pattern: q"), "what was chosen stays where nothing is followed");
}

#[test]
fn the_grid_is_usable_in_the_smallest_window() {
    let mut bench = grid_of(&format!("{SESSION} pattern('q', 8) chain('c', {{'p', 'q'}}) bind('seq', 'c')"), vec2(600.0, 400.0));
    let screen = Rect::from_min_size(pos2(0.0, 0.0), bench.size / bench.ctx.zoom_factor());
    for name in [
        "Pattern: p",
        "New pattern",
        "Sequencer: seq",
        "Edit the pattern",
        "Add a column",
        "Keys of Renoise",
        "Follow what plays",
        "Entry 1: q",
        "Line 2 note: empty",
    ] {
        assert!(screen.contains_rect(bench.place(name)), "{name}: {} in {screen}", bench.place(name));
    }
    press(&mut bench, "End");
    assert!(says(&bench, "Line 15 index: empty"), "the cursor is brought into sight");
    let (cell, panel) =
        (bench.place("Line 15 index: empty"), bench.window.drawn_panels().iter().find(|(name, ..)| *name == "tracker").unwrap().1);
    assert!(panel.contains_rect(cell), "{cell} in {panel}");
}

/// A number from 0 below `below`.
fn die(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*seed >> 33) % below as u64).unwrap()
}

#[test]
fn any_keys_followed_by_undo_give_the_first_session_back_and_each_session_is_generated() {
    const KEYS: &[&str] = &[
        "Up",
        "Down",
        "Left",
        "Right",
        "Tab",
        "Shift+Tab",
        "PageUp",
        "PageDown",
        "Home",
        "End",
        "F10",
        "Shift+Up",
        "Shift+Down",
        "Shift+Left",
        "Shift+Right",
        "Ctrl+A",
        "Escape",
        "Enter",
        "1",
        "7",
        "0",
        ".",
        "-",
        "+",
        "*",
        "Z",
        "S",
        "Q",
        "P",
        "A",
        "Delete",
        "Shift+Delete",
        "Insert",
        "Shift+Insert",
        "Backspace",
        "Shift+Backspace",
        "Ctrl+C",
        "Ctrl+X",
        "Ctrl+D",
        "Ctrl+Up",
        "Ctrl+Down",
        "Alt+Up",
        "Alt+Down",
        "Ctrl+I",
        "Ctrl+U",
        "Ctrl+L",
        "Ctrl+E",
        "Ctrl+Shift+E",
        "Ctrl+Shift+D",
        "Ctrl+Shift+H",
        "Ctrl+F1",
        "Ctrl+F2",
        "Ctrl+F11",
        "Ctrl+F12",
        "Alt+F3",
        "Alt+F5",
        "Shift+F2",
        "Ctrl+F5",
    ];
    let script = format!(
        "{SESSION} pattern('p', {{{{index = 0, note = 60, volume = 0.5}}, {{}}, {{index = 1, ratio = '1:2'}}, {{chance = 40}}, 1, 0}}) bind('seq', 'p')"
    );
    for round in 0..6_u64 {
        let mut bench = grid(&script);
        if round % 2 == 1 {
            bench.click_on("Keys of Renoise");
            bench.click_on("FastTracker");
        }
        bench.click_on("Line 1 index: empty");
        let before = project(&bench);
        let mut seed = round + 1;
        for _ in 0..150 {
            match die(&mut seed, 12) {
                0 => {
                    bench.frame(vec![key(Key::V, CTRL), Event::Text("0\t60\n.\t.\n1\tc5".to_owned())]);
                }
                1 => press(&mut bench, "Escape"),
                _ => press(&mut bench, KEYS[die(&mut seed, KEYS.len())]),
            }
            if !bench.ctx.memory(|memory| memory.has_focus(crate::editor::tracker::grid_id())) {
                let place = bench.window.drawn_panels().iter().find(|(name, ..)| *name == "tracker").unwrap().1;
                bench.click(place.left() + 80.0, place.bottom() - 60.0);
            }
        }
        bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
        let after = project(&bench);
        assert_ne!(after, before, "round {round}");
        let Pattern::Tracker(_) = &*after.patterns["p"].pattern else { panic!("steps") };
        let again = Engine::empty();
        assert_eq!(again.run_script_and_wait("generated", &bench.instance.engine.generated_script()).error, None);
        assert_eq!(again.snapshot().project, after, "round {round}");
        let depth = bench.instance.engine.snapshot().undo_depth;
        for _ in 0..depth {
            if project(&bench) != before {
                bench.frame(vec![key(Key::Z, CTRL)]);
            }
        }
        assert_eq!(project(&bench), before, "round {round}");
    }
}

/// Says how long a picture of 512 lines takes; nothing depends on it.
#[test]
#[ignore = "measures"]
fn how_long_a_picture_of_512_lines_takes() {
    let mut bench = grid(&format!("{SESSION} pattern('p', 512) bind('seq', 'p')"));
    press(&mut bench, "Ctrl+A Ctrl+A Ctrl+U");
    let mut time = |what: &str, event: &dyn Fn() -> Vec<Event>| {
        let began = std::time::Instant::now();
        for _ in 0..100 {
            bench.frame(event());
        }
        println!("{what}: {:.2} ms a picture", began.elapsed().as_secs_f64() * 10.0);
    };
    time("still", &Vec::new);
    time("scrolling", &|| vec![key(Key::PageDown, Modifiers::NONE)]);
    time("typing", &|| vec![key(Key::Z, Modifiers::NONE), Event::Text("z".to_owned())]);
}
