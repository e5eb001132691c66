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
