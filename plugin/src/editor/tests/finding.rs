//! The line for what is looked for.

use super::*;

#[test]
fn words_are_found_and_replaced_and_one_undo_brings_them_back() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("kick kick\nKick snare");
    bench.frame(vec![key(Key::H, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "kick kick\nKick snare", "it deletes nothing");
    bench.write("kick");
    bench.frame(vec![]);
    assert!(is_there(&bench, "3"), "three places");
    bench.click_on("Replace by");
    bench.write("drum");
    bench.click_on("All");
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "drum drum\ndrum snare");
    bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!is_there(&bench, "Replace by"));
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "kick kick\nKick snare");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::G, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.write("2");
    bench.key(Key::Enter, Modifiers::NONE);
    bench.frame(vec![]);
    bench.write("-- ");
    assert_eq!(draft(&bench), "kick kick\n-- Kick snare");
}

#[test]
fn tab_goes_from_the_words_to_what_is_put_in_their_place_and_on_to_the_buttons() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("kick kick");
    bench.frame(vec![key(Key::H, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    let tab = |bench: &mut Bench| {
        bench.key(Key::Tab, Modifiers::NONE);
        bench.frame(vec![]);
    };
    bench.write("kick");
    tab(&mut bench);
    bench.write("drum");
    assert_eq!(draft(&bench), "kick kick", "the keys went to the line");
    tab(&mut bench);
    // The button goes to the next place first, and then replaces it.
    for (tabs, expected) in [(0, "kick kick"), (0, "drum kick"), (1, "drum drum")] {
        (0..tabs).for_each(|_| tab(&mut bench));
        bench.key(Key::Enter, Modifiers::NONE);
        bench.frame(vec![]);
        bench.frame(vec![]);
        assert_eq!(draft(&bench), expected);
    }
}

#[test]
fn every_button_of_the_line_can_be_reached_between_two_panels() {
    let mut bench = Bench::sized(vec2(SMALLEST.0, SMALLEST.1));
    bench.click_on("Move the panel Console");
    bench.click_on("Put it on the left of the code");
    for _ in 0..3 {
        bench.frame(vec![]);
    }
    bench.click(360.0, 200.0);
    bench.frame(vec![key(Key::H, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    let right = bench.place("Panel Macros").left();
    for name in ["Find", "Find before", "Find next", "Replace by", "Replace", "All"] {
        assert!(bench.place(name).right() < right, "{name}: {}, the panel begins at {right}", bench.place(name));
    }
}
