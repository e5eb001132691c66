//! What is offered at the cursor.

use super::*;

#[test]
fn what_can_stand_at_the_cursor_is_offered_and_taken_by_keys_alone() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    type_letters(&mut bench, "samp");
    assert!(!is_there(&bench, "sampler"), "letters alone open nothing");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    assert!(is_there(&bench, "sampler"));
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler");
    type_letters(&mut bench, "('k', {");
    assert!(is_there(&bench, "attackMs"), "a table offers its keys");
    bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!is_there(&bench, "attackMs"));
    type_letters(&mut bench, "vol");
    assert_eq!(draft(&bench), "sampler('k', {vol", "Escape left the keys where they were");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler('k', {volume = ");
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler('k', {vol", "one undo takes it back");
    // A selection keeps its Tab.
    type_letters(&mut bench, ", ");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "  sampler('k', {vol, ");
}

#[test]
fn a_list_that_nobody_asked_for_leaves_enter_and_arrows_take_it() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    type_letters(&mut bench, "s('bd'):");
    assert!(is_there(&bench, "add"));
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "s('bd'):\n");
    type_letters(&mut bench, "s('bd'):fas");
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "s('bd'):\ns('bd'):fast");
}

/// Whether the call of a function, or an offer, is shown.
fn tells(bench: &Bench, begin: &str) -> bool {
    let starts = |text: Option<&str>| text.is_some_and(|text| text.starts_with(begin));
    bench
        .tree
        .iter()
        .flat_map(|tree| &tree.nodes)
        .any(|(_, node)| starts(node.label()) || starts(node.value()) && !starts(Some(&draft(bench))))
}

#[test]
fn what_is_told_of_a_call_goes_when_the_cursor_leaves_it_or_the_call_is_left_unclosed() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    let new_line = |bench: &mut Bench| {
        bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
        bench.frame(vec![]);
    };
    type_letters(&mut bench, "--");
    new_line(&mut bench);
    type_letters(&mut bench, "d1(s('bd*4'");
    assert!(tells(&bench, "x:s("), "the call is told while it is written");
    new_line(&mut bench);
    assert!(!tells(&bench, "x:s(") && !tells(&bench, "d1(pattern"));
    type_letters(&mut bench, "d2(s('hh'), ");
    assert!(tells(&bench, "d1(pattern"), "d2 is called as d1 is");
    type_letters(&mut bench, "{})");
    assert!(!tells(&bench, "d1(pattern"), "the bracket above was never closed");
    new_line(&mut bench);
    type_letters(&mut bench, "connect(");
    assert!(tells(&bench, "connect(from"));
    bench.frame(vec![key(Key::Backspace, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!tells(&bench, "connect(from"), "what called for it was taken out");
    type_letters(&mut bench, "(");
    assert!(tells(&bench, "connect(from"));
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert!(!tells(&bench, "connect(from"), "undo took it out");
    type_letters(&mut bench, "(");
    bench.click(CONSOLE.0, CONSOLE.1);
    bench.frame(vec![]);
    assert!(!tells(&bench, "connect(from"), "the keys are elsewhere");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![]);
    assert!(!tells(&bench, "connect(from"));
}
