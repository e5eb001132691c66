//! Runs: what they say, and what they mark in the code.

use super::*;

#[test]
fn the_keys_for_running_run_and_write_no_line() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("print('a')\n\nprint('b')");
    for (key, modifiers) in
        [(Key::Enter, Modifiers::COMMAND), (Key::R, Modifiers::COMMAND), (Key::Enter, Modifiers::COMMAND | Modifiers::SHIFT)]
    {
        let runs = bench.instance.engine.last_run().0;
        bench.key(key, modifiers);
        let began = std::time::Instant::now();
        while bench.instance.engine.last_run().0 == runs && began.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(bench.instance.engine.last_run().0, runs + 1, "{key:?}");
    }
    assert_eq!(bench.instance.draft().as_deref(), Some("print('a')\n\nprint('b')"));
}

#[test]
fn an_error_names_its_tab_and_a_click_on_it_goes_there() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("-- fine");
    bench.click_on("+");
    bench.write("-- \nnonsense()");
    bench.click_on("Run all");
    let failed = |bench: &Bench| bench.instance.engine.messages(0).iter().any(|(_, message)| message.text.starts_with("Script 2:2"));
    let began = std::time::Instant::now();
    while !failed(&bench) {
        assert!(began.elapsed().as_secs() < 10, "{:?}", bench.instance.engine.messages(0));
        bench.frame(vec![]);
    }
    bench.frame(vec![]);
    bench.click_on("Script");
    // The line below the window says the same; in the console it goes over two rows.
    let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes);
    let says = |text: Option<&str>| text.is_some_and(|text| text.starts_with("Script 2:2"));
    let lines = nodes.filter(|(_, node)| says(node.value()) || says(node.label())).filter_map(|(_, node)| node.bounds());
    let line = lines.min_by(|a, b| a.y0.total_cmp(&b.y0)).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
    bench.click(line.x0 as f32 + 20.0, line.y0 as f32 + 4.0);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.write("-- ");
    assert_eq!(bench.instance.draft().as_deref(), Some("-- \n-- nonsense()"));
}

#[test]
fn the_bar_of_an_error_goes_with_the_line_that_was_wrong() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("nonsense()");
    bench.frame(vec![key(Key::Enter, CTRL | Modifiers::SHIFT)]);
    let began = std::time::Instant::now();
    while !bench.window.script_has_fault() {
        assert!(began.elapsed().as_secs() < 10);
        bench.frame(vec![]);
    }
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert!(!bench.window.script_has_fault(), "{:?}", bench.instance.draft());
}

#[test]
fn a_block_runs_only_where_the_cursor_was_placed_and_a_button_does_not_move_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.instance.engine.run_script_and_wait("s", "sampler('kept')").error, None);
    bench.instance.set_draft("session{}\n\nsampler('more')".into());
    bench.frame(vec![]);
    let before = bench.instance.engine.last_run().0;
    bench.click_on("Run block");
    bench.frame(vec![]);
    assert_eq!(bench.instance.engine.last_run().0, before, "nothing says which block is meant");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.click_on("Run block");
    bench.until(|project| project.modules.contains_key("more"));
    assert!(bench.instance.engine.snapshot().project.modules.contains_key("kept"));
    bench.write("!");
    assert!(bench.instance.draft().unwrap_or_default().ends_with("('more')!"), "the keys go to the text again");
}

/// How many lines of the console tell something.
fn lines_about(bench: &Bench, text: &str) -> usize {
    bench.window.said().iter().filter(|line| line.contains(text)).count()
}

#[test]
fn a_run_says_what_changed_and_one_that_failed_that_nothing_did_and_each_once() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("pattern('p', 'kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    assert!(bench.window.said().iter().any(|line| line == "Ran: 1 pattern added"), "{:?}", bench.window.said());
    bench.write(" nonsense()");
    let before = bench.window.said().len();
    run_and_wait(&mut bench, key(Key::Enter, CTRL));
    let said = bench.window.said();
    assert_eq!(lines_about(&bench, "nonsense"), 1, "{said:?}");
    assert!(said.len() == before + 1 && said[before].contains("changes nothing"), "{said:?}");
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.write("session{}");
    run_and_wait(&mut bench, key(Key::Enter, CTRL));
    assert_eq!(lines_about(&bench, "removed"), 1, "{:?}", bench.window.said());
}

/// What the line below the window says.
fn below(bench: &Bench, begin: &str) -> bool {
    let says = |text: Option<&str>| text.is_some_and(|text| text.starts_with(begin));
    let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes).filter(|(_, node)| says(node.value()) || says(node.label()));
    nodes.filter_map(|(_, node)| node.bounds()).any(|bounds| bounds.y0 > f64::from(bench.size.y) - 24.0)
}

#[test]
fn the_line_below_says_an_error_while_it_holds_and_leaves_it_to_an_open_console() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("nonsense()");
    run_and_wait(&mut bench, key(Key::Enter, CTRL));
    assert!(!below(&bench, "Script:1"), "the console says it");
    bench.frame(vec![key(Key::Num1, CTRL)]);
    bench.frame(vec![]);
    assert!(below(&bench, "Script:1"));
    bench.write("!");
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert!(!below(&bench, "Script:1"), "the text was mended");
    run_and_wait(&mut bench, key(Key::Enter, CTRL));
    assert!(below(&bench, "Script:1"));
    assert_eq!(bench.instance.engine.run_script_and_wait("other", "sampler('kick')").error, None);
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert!(!below(&bench, "Script:1"), "a later run ended well");
}

#[test]
fn what_a_run_warns_of_is_marked_at_its_line_until_that_is_another() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("-- first\nsequencer('q')\npattern('lone', 'kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    let marked = |bench: &Bench| {
        let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes);
        nodes.filter_map(|(_, node)| node.value().filter(|text| text.starts_with("Line ")).map(str::to_owned)).collect::<Vec<_>>()
    };
    assert!(marked(&bench).iter().any(|mark| mark.starts_with("Line 3: nothing plays pattern lone")), "{:?}", marked(&bench));
    let count = marked(&bench).len();
    bench.frame(vec![key(Key::Home, CTRL)]);
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(marked(&bench).iter().any(|mark| mark.starts_with("Line 4: ")), "it goes with its line: {:?}", marked(&bench));
    bench.click_on("+");
    bench.write("another");
    assert!(marked(&bench).is_empty(), "they are another tab's");
    bench.click_on("Script");
    bench.frame(vec![]);
    assert_eq!(marked(&bench).len(), count);
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.write(" ");
    bench.frame(vec![]);
    assert!(marked(&bench).len() < count, "{:?}", marked(&bench));
}
