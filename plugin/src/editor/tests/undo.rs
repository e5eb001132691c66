//! What undo takes back, wherever a hand was.

use super::*;

#[test]
fn the_first_change_in_the_session_view_is_a_step() {
    let (mut bench, generated) = in_session();
    bench.write("x");
    let typed = draft(&bench);
    assert_ne!(typed, generated);
    bench.frame(vec![key(Key::Z, CTRL)]);
    assert_eq!(draft(&bench), generated);
    bench.frame(vec![key(Key::Y, CTRL)]);
    assert_eq!(draft(&bench), typed);
}

fn has_kick(bench: &Bench) -> bool {
    bench.instance.engine.snapshot().project.modules.contains_key("kick")
}

#[test]
fn in_an_empty_line_of_the_console_undo_takes_back_what_the_last_line_did() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("sampler('kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    assert!(has_kick(&bench));
    bench.click(CONSOLE.0, CONSOLE.1);
    bench.write("remove kick");
    bench.key(Key::Enter, Modifiers::NONE);
    let began = std::time::Instant::now();
    while has_kick(&bench) {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
        bench.frame(vec![]);
    }
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert!(has_kick(&bench));
    // What is being typed is the line's own.
    bench.write("remove kick");
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert!(has_kick(&bench));
}

#[test]
fn a_tab_that_was_closed_unsaved_is_offered_again_among_the_closed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = || Arc::new(Desk::in_folder(folder.path().to_owned()));
    let mut bench = Bench::of(Instance::with_desk(Arc::new(Engine::empty()), desk()));
    bench.click(CODE.0, CODE.1);
    bench.write("first");
    bench.click_on("+");
    bench.write("an hour of work");
    bench.click_on("Close Script 2");
    bench.click(CODE.0, CODE.1);
    bench.write("!");
    drop(bench);
    let mut bench = Bench::of(Instance::with_desk(Arc::new(Engine::empty()), desk()));
    bench.window.opened(&bench.ctx, None, &RepaintNotifier::new());
    let offers = |bench: &Bench| bench.instance.desk().drafts().offers(|_| false).1;
    let began = std::time::Instant::now();
    while offers(&bench).is_empty() {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut offer = offers(&bench).remove(0);
    bench.instance.desk().open_draft(&offer);
    bench.frame(vec![]);
    let (open, closed) = texts(&bench);
    assert!(open.iter().any(|text| text.contains("first")), "{open:?}");
    assert_eq!(closed, ["an hour of work"]);
    // Where nothing else is left, it is shown.
    offer.texts.retain(|text| text.closed);
    bench.instance.desk().open_draft(&offer);
    bench.frame(vec![]);
    assert!(texts(&bench).0.iter().any(|text| text == "an hour of work"));
}

#[test]
fn an_empty_tab_comes_back_empty() {
    let bench = Bench::of(Instance::new(Arc::new(Engine::empty())));
    bench.instance.scripts(|scripts| {
        scripts.write("one");
        scripts.open("Script", String::new(), true);
    });
    let saved = bench.instance.saved_scripts();
    bench.instance.load_scripts("the script that ran".to_owned(), saved);
    assert_eq!(texts(&bench).0, ["one", ""]);
}

#[test]
fn undo_takes_back_a_word_at_a_time_and_never_a_loaded_text() {
    let mut bench = Bench::new();
    bench.instance.set_draft("loaded ".into());
    bench.frame(vec![]);
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    for letter in "one two\nthree".chars() {
        let event = if letter == '\n' { key(Key::Enter, Modifiers::NONE) } else { Event::Text(letter.to_string()) };
        bench.frame(vec![event]);
    }
    for expected in ["loaded one two\n", "loaded one two", "loaded one ", "loaded ", "loaded "] {
        bench.frame(vec![key(Key::Z, CTRL)]);
        assert_eq!(bench.instance.draft().as_deref(), Some(expected));
    }
    for expected in ["loaded one ", "loaded one two"] {
        bench.frame(vec![key(Key::Z, CTRL | Modifiers::SHIFT)]);
        assert_eq!(bench.instance.draft().as_deref(), Some(expected));
    }
    bench.frame(vec![key(Key::Backspace, Modifiers::NONE)]);
    bench.instance.set_draft("another text".into());
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Z, CTRL)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("another text"));
}

#[test]
fn one_undo_takes_back_texts_runs_and_panels_in_their_order() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    let first = bench.instance.engine.snapshot().project.clone();
    bench.click(CODE.0, CODE.1);
    bench.write("sampler('kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    bench.panel("Mixer");
    bench.frame(vec![]);
    let fader = bench.place("Volume of kick");
    let ran = bench.instance.engine.snapshot().project.clone();
    bench.drag(fader.center(), fader.center_bottom());
    let moved = bench.instance.engine.snapshot().project.clone();
    assert_ne!(moved, ran, "the fader moved");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.write("!");
    let snapshot = |bench: &Bench| bench.instance.engine.snapshot().project.clone();
    bench.click_on("Undo");
    assert_eq!((draft(&bench).as_str(), snapshot(&bench)), ("sampler('kick')", moved.clone()));
    bench.click_on("Undo");
    assert_eq!(snapshot(&bench), ran, "the whole drag goes back at once");
    bench.click_on("Undo");
    assert_eq!(snapshot(&bench), first);
    bench.click_on("Undo");
    assert_eq!(draft(&bench), "");
    for _ in 0..4 {
        bench.click_on("Redo");
    }
    assert_eq!((draft(&bench).as_str(), snapshot(&bench)), ("sampler('kick')!", moved));
}
