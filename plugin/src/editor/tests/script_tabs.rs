//! Script tabs, files and the Session view.

use super::*;

#[test]
fn a_script_is_opened_and_saved_by_keys_and_by_lines_and_no_foreign_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("my song.lua");
    let path = song.display().to_string();
    std::fs::write(&song, "-- one").unwrap();
    let mut bench = Bench::new();
    let line = |bench: &mut Bench, text: &str| {
        let answer = bench.instance.engine.console_and_wait(text);
        bench.frame(vec![]);
        answer
    };
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    assert_eq!(line(&mut bench, &format!("open '{path}'")), Ok(String::new()));
    assert_eq!(texts(&bench), (vec!["mine".into(), "-- one".into()], vec![]));
    bench.place("my song.lua");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.write("!");
    bench.place("my song.lua •");
    let patiently = |bench: &mut Bench, holds: &dyn Fn(&Bench) -> bool| {
        let began = std::time::Instant::now();
        while !holds(bench) {
            assert!(began.elapsed().as_secs() < 20, "{:?}", std::fs::read_to_string(&song));
            std::thread::sleep(std::time::Duration::from_millis(5));
            bench.frame(vec![]);
        }
        bench.frame(vec![]);
    };
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.scripts(|scripts| scripts.tabs()[1].file.is_some() && !scripts.tabs()[1].is_unsaved()));
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- one!");
    // Somebody else writes the file: nothing of theirs is lost without a word.
    std::fs::write(&song, "-- theirs").unwrap();
    bench.write("?");
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.desk().doubt().is_some());
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- theirs");
    bench.frame(vec![]);
    bench.click_on("Open it");
    patiently(&mut bench, &|bench| texts(bench).0.len() == 3);
    assert_eq!(texts(&bench).0, ["mine", "-- one!?", "-- theirs"]);
    bench.click_on("my song.lua •");
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.desk().doubt().is_some());
    bench.frame(vec![]);
    bench.click_on("Overwrite");
    patiently(&mut bench, &|bench| {
        bench.instance.desk().doubt().is_none() && bench.instance.scripts(|scripts| !scripts.tabs()[1].is_unsaved())
    });
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- one!?");
    // A tab without a file asks where.
    bench.click_on("Script");
    bench.frame(vec![key(Key::S, CTRL)]);
    bench.frame(vec![]);
    bench.key(Key::A, Modifiers::COMMAND);
    bench.write(&folder.path().join("other.lua").display().to_string());
    bench.key(Key::Enter, Modifiers::NONE);
    patiently(&mut bench, &|bench| bench.instance.scripts(|scripts| scripts.tabs()[0].file.is_some()));
    assert_eq!(std::fs::read_to_string(folder.path().join("other.lua")).unwrap(), "mine");
    bench.place("other.lua");
}

#[test]
fn typing_in_the_session_opens_a_tab_and_goes_on_there() {
    let (mut bench, generated) = in_session();
    bench.write("--x");
    bench.write("y");
    let (open, closed) = texts(&bench);
    assert_eq!((open.len(), open[0].as_str(), closed.len()), (2, "mine", 0));
    assert!(open[1].contains("--xy") && open[1].replace("--xy", "") == generated, "{}", open[1]);
}

#[test]
fn a_text_that_is_closed_or_replaced_can_be_opened_again() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one");
    bench.click_on("+");
    bench.write("two");
    bench.click_on("Close Script 2");
    assert_eq!(texts(&bench), (vec!["one".into()], vec!["two".into()]));
    bench.instance.set_draft("theirs".into());
    bench.frame(vec![]);
    assert_eq!(texts(&bench), (vec!["theirs".into()], vec!["two".into(), "one".into()]));
    bench.click_on("Closed (2)");
    bench.click_on("Script: one");
    assert_eq!(texts(&bench), (vec!["theirs".into(), "one".into()], vec!["two".into()]));
    bench.write("!");
    assert_eq!(bench.instance.draft().map(|text| text.replace('!', "")).as_deref(), Some("one"));
}

#[test]
fn the_chosen_tab_and_the_plus_are_in_sight_however_many_tabs_there_are() {
    for (size, count) in [(vec2(600.0, 400.0), 9), (vec2(SMALLEST.0, SMALLEST.1), 3), (vec2(1280.0, 800.0), 14)] {
        let mut bench = Bench::sized(size);
        bench.click(CODE.0, CODE.1);
        bench.write("words");
        let in_sight = |bench: &mut Bench, name: &str| {
            bench.frame(vec![]);
            bench.frame(vec![]);
            let (tab, cross, plus) = (bench.place(name), bench.place(&format!("Close {name}")), bench.place("+"));
            assert!(tab.left() >= 0.0 && cross.right() <= plus.left(), "{name} at {size}: {tab} {cross}, + {plus}");
            assert!(plus.right() <= bench.place("File").left(), "{name} at {size}: {plus}");
        };
        for number in 2..=count {
            bench.click_on("+");
            bench.write("words");
            in_sight(&mut bench, &format!("Script {number}"));
        }
        for name in ["Script", "Script 2", "Script 3", "Script"] {
            bench.instance.scripts(|scripts| {
                let id = scripts.tabs().iter().find(|tab| tab.name == name).map(|tab| tab.id);
                scripts.choose(id.unwrap_or_default());
            });
            in_sight(&mut bench, name);
        }
    }
}

#[test]
fn no_button_of_the_row_moves_when_the_session_is_shown() {
    let mut bench = Bench::new();
    let places = |bench: &Bench| ["Script", "+", "File", "Edit", "Session", "Panels", "Run block", "Run all"].map(|name| bench.place(name));
    let before = places(&bench);
    bench.click_on("Session");
    bench.frame(vec![]);
    assert_eq!(places(&bench), before);
    let runs = bench.instance.engine.last_run().0;
    bench.click_on("Run all");
    bench.frame(vec![]);
    assert!(!bench.instance.engine.is_running() && bench.instance.engine.last_run().0 == runs, "what is read does not run");
}
