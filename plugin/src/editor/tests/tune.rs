//! Tunes of Strudel's that are pasted, opened or dropped.

use super::*;

const TUNE: &str = "$: s(\"bd*4\").gain(.8)\n$: n(\"0 2\").scope()";
const LUA: &str = "d1(s(\"bd*4\"):gain(0.8))\nd2(n(\"0 2\") --[[ .scope() ]])";
const OFFER: &str = "This reads as a tune of Strudel's";
const TAKE: &str = "Turn it into Lua";

impl Bench {
    fn paste(&mut self, text: &str) {
        self.frame(vec![Event::Paste(text.to_owned())]);
        self.frame(vec![]);
        self.frame(vec![]);
    }

    fn shows(&self, name: &str) -> bool {
        let nodes = self.tree.iter().flat_map(|tree| &tree.nodes);
        nodes.into_iter().any(|(_, node)| node.label() == Some(name) || node.value() == Some(name))
    }

    fn draft(&self) -> String {
        self.instance.draft().unwrap_or_default()
    }
}

/// A bench whose code holds one line, with the cursor in the line below.
fn with_a_line() -> Bench {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("bpm = 90\n");
    bench
}

#[test]
fn a_pasted_tune_stays_as_it_is_and_is_lua_once_that_is_wanted_in_one_step() {
    let mut bench = with_a_line();
    bench.paste(TUNE);
    assert_eq!(bench.draft(), format!("bpm = 90\n{TUNE}"));
    assert!(bench.shows(OFFER));
    bench.click_on(TAKE);
    bench.frame(vec![]);
    assert_eq!(bench.draft(), format!("bpm = 90\n{LUA}"));
    assert!(!bench.shows(OFFER));
    let said = bench.window.said();
    assert!(said.iter().any(|line| line.starts_with("line 3: ") && line.contains(".scope")), "{said:?}");
    bench.write("!");
    assert_eq!(bench.draft(), format!("bpm = 90\n{LUA}!"), "the cursor stands behind the Lua");
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(bench.draft(), format!("bpm = 90\n{TUNE}"), "one step takes it back");
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(bench.draft(), "bpm = 90\n");
}

#[test]
fn only_what_was_pasted_is_turned_into_lua_by_the_key_as_well() {
    for newline in ["\n", "\r\n"] {
        let mut bench = Bench::new();
        bench.click(CODE.0, CODE.1);
        bench.write("d9(s('é'))\n\nd8(s('x'))");
        for move_up in [Key::ArrowUp, Key::Home] {
            bench.key(move_up, Modifiers::NONE);
        }
        bench.paste(&TUNE.replace('\n', newline));
        assert!(bench.shows(OFFER), "{newline:?}");
        bench.frame(vec![key(Key::L, CTRL | Modifiers::SHIFT)]);
        bench.frame(vec![]);
        assert_eq!(bench.draft(), format!("d9(s('é'))\n{LUA}\nd8(s('x'))"));
    }
}

#[test]
fn an_offer_that_nobody_takes_ends_with_the_next_key_with_escape_or_by_its_button() {
    let tune = format!("bpm = 90\n{TUNE}");
    let leave = |how: &str| {
        let mut bench = with_a_line();
        bench.paste(TUNE);
        assert!(bench.shows(OFFER), "{how}");
        match how {
            "typing" => bench.write("!"),
            "escape" => bench.key(Key::Escape, Modifiers::NONE),
            "undo" => bench.frame(vec![key(Key::Z, CTRL)]),
            _ => bench.click_on("Leave it"),
        }
        bench.frame(vec![]);
        bench.frame(vec![]);
        assert!(!bench.shows(OFFER), "{how}");
        bench.draft()
    };
    assert_eq!(leave("typing"), format!("{tune}!"));
    assert_eq!(leave("escape"), tune);
    assert_eq!(leave("undo"), "bpm = 90\n");
    assert_eq!(leave("button"), tune);
}

#[test]
fn lua_and_other_texts_are_pasted_without_a_word() {
    for text in [
        "d1(s('bd*4'):gain(0.8))",
        "local function f(x) return x:rev() end -- => and $: and ).",
        "for i, x in {1, 2} do print(`{i}`, (x)) end",
        "kick(3,8) ~ <snare hat>",
        "x = 7 // 2\ny = a.b(3).c",
        "Let me const this. await",
    ] {
        let mut bench = with_a_line();
        bench.paste(text);
        assert_eq!(bench.draft(), format!("bpm = 90\n{text}"));
        assert!(!bench.shows(OFFER), "{text}");
    }
}

#[test]
fn the_key_takes_a_selected_tune_and_leaves_what_is_no_tune() {
    let mut bench = with_a_line();
    bench.frame(vec![key(Key::L, CTRL | Modifiers::SHIFT)]);
    bench.frame(vec![]);
    assert_eq!(bench.draft(), "bpm = 90\n");
    let said = bench.window.said();
    assert!(said.iter().any(|line| line.contains("Nothing was translated")), "{said:?}");
    bench.paste(TUNE);
    bench.key(Key::Escape, Modifiers::NONE);
    bench.key(Key::ArrowUp, Modifiers::SHIFT);
    bench.key(Key::Home, Modifiers::SHIFT);
    bench.frame(vec![key(Key::L, CTRL | Modifiers::SHIFT)]);
    bench.frame(vec![]);
    assert_eq!(bench.draft(), format!("bpm = 90\n{LUA}"));
}

#[test]
fn a_file_with_a_tune_is_opened_where_it_is_dropped_and_keeps_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my tune.js");
    std::fs::write(&path, TUNE).unwrap();
    let mut bench = Bench::new();
    bench.frame_with(vec![], &[&path.display().to_string()]);
    let began = std::time::Instant::now();
    while !bench.shows(OFFER) {
        assert!(began.elapsed().as_secs() < 10, "{:?}", bench.window.said());
        std::thread::sleep(std::time::Duration::from_millis(5));
        bench.frame(vec![]);
    }
    assert!(!bench.is_open("Media"), "nothing was imported");
    bench.click_on(TAKE);
    bench.frame(vec![]);
    bench.frame(vec![]);
    let (open, _) = texts(&bench);
    assert_eq!(open[open.len() - 2..], [TUNE.to_owned(), LUA.to_owned()]);
    bench.place("my tune.lua");
    assert!(!bench.shows(OFFER));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TUNE);
}
