//! Typing, keys and the clipboard in the code.

use super::*;

#[test]
fn typing_reaches_the_script_and_becomes_the_draft() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("bpm = 90");
    assert_eq!(bench.instance.draft().as_deref(), Some("bpm = 90"));
}

#[test]
fn a_loaded_text_replaces_what_the_editor_shows() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    bench.instance.set_draft("theirs".to_owned());
    bench.frame(vec![]);
    bench.write("!");
    assert_eq!(bench.instance.draft().map(|text| text.replace('!', "")).as_deref(), Some("theirs"));
}

#[test]
fn the_cursor_is_in_sight_at_both_ends_of_a_long_line() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    let line = format!("print('{}')", "long ".repeat(60));
    bench.write(&line);
    let places = |bench: &Bench| {
        let mut texts = bench.shapes.iter().filter_map(|shape| match &shape.shape {
            egui::Shape::Text(text) if text.galley.text() == line => Some((text.pos.x, text.galley.rect.width())),
            _ => None,
        });
        let (left, width) = texts.next_back().unwrap_or_else(|| panic!("the line is not drawn"));
        (left, left + width)
    };
    let code = 20.0..750.0;
    for _ in 0..3 {
        for (pressed, at_end) in [(Key::Home, false), (Key::End, true)] {
            bench.frame(vec![key(pressed, Modifiers::NONE)]);
            for _ in 0..20 {
                bench.frame(vec![]);
            }
            let (left, right) = places(&bench);
            assert!(code.contains(if at_end { &right } else { &left }), "{pressed:?}: {left} to {right}");
        }
    }
}

#[test]
fn tab_indents_a_selection_and_no_key_of_a_terminal_erases() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one\ntwo");
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("  one\n  two"));
    bench.frame(vec![key(Key::Tab, Modifiers::SHIFT)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("one\ntwo"));
    for erases in [Key::K, Key::U, Key::W, Key::Tab] {
        bench.frame(vec![key(erases, CTRL)]);
        assert_eq!(bench.instance.draft().as_deref(), Some("one\ntwo"), "{erases:?}");
    }
}

#[test]
fn keys_that_come_in_one_frame_keep_their_order() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![]);
    let runs = bench.instance.engine.last_run().0;
    let typed = |text: &str| Event::Text(text.to_owned());
    bench.frame(vec![
        typed("a"),
        key(Key::Tab, Modifiers::NONE),
        typed("b"),
        key(Key::A, CTRL),
        key(Key::Tab, Modifiers::NONE),
        typed("c"),
    ]);
    for _ in 0..4 {
        bench.frame(vec![]);
    }
    assert_eq!(bench.instance.draft().as_deref(), Some("c"), "all is selected when c is typed");
    assert_eq!(bench.instance.engine.last_run().0, runs);
    bench.frame(vec![key(Key::A, CTRL), typed("print('x')"), key(Key::Enter, CTRL | Modifiers::SHIFT), key(Key::A, CTRL), typed("-")]);
    bench.until(|_| true);
    let began = std::time::Instant::now();
    while bench.instance.engine.last_run().0 == runs && began.elapsed().as_secs() < 10 {
        bench.frame(vec![]);
    }
    assert_eq!(
        bench.instance.engine.last_run().1.map(|run| run.messages.iter().map(|m| m.text.clone()).collect()),
        Some(vec!["x".to_owned()])
    );
}

#[test]
fn a_clipboard_that_is_too_large_replaces_nothing() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![Event::Text("x\n".repeat(gestures::LONGEST))]);
    assert_eq!(bench.instance.draft().as_deref(), Some("mine"));
    bench.frame(vec![Event::Text("a\r\nb".to_owned())]);
    assert_eq!(bench.instance.draft().as_deref(), Some("a\nb"));
}

#[test]
fn keys_of_editors_that_people_know_do_here_what_they_do_there() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one\ntwo");
    for (pressed, held, expected) in [
        (Key::Slash, CTRL, "one\n-- two"),
        (Key::Slash, CTRL, "one\ntwo"),
        (Key::D, CTRL, "one\ntwo\ntwo"),
        (Key::ArrowUp, Modifiers::ALT, "one\ntwo\ntwo"),
        (Key::ArrowUp, Modifiers::ALT, "two\none\ntwo"),
        (Key::ArrowDown, Modifiers::ALT, "one\ntwo\ntwo"),
        (Key::K, CTRL | Modifiers::SHIFT, "one\ntwo"),
        (Key::Enter, Modifiers::NONE, "one\n\ntwo"),
    ] {
        bench.frame(vec![key(pressed, held)]);
        bench.frame(vec![]);
        assert_eq!(draft(&bench), expected, "{pressed:?} {held:?}");
    }
    let before = bench.instance.layout().font_size;
    bench.frame(vec![key(Key::Plus, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(bench.instance.layout().font_size, before + 1.0);
}
