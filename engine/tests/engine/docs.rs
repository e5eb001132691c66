//! What stands in the pages on patterns is true: every example runs, every name that is said to be missing is.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use crate::rig::Rig;
use videotracker_engine::{
    pattern::cycle::{mini::mini, program::Program, rational::Span, registry},
    project::is_event_param,
    snapshot::Severity,
};

fn page(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The blocks of a language, with the line each begins on.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let fence = format!("```{language}");
    let lines: Vec<&str> = page.lines().collect();
    let begins = (0..lines.len()).filter(|place| lines[*place] == fence);
    begins
        .map(|place| (place + 2, lines[place + 1..].iter().take_while(|line| **line != "```").map(|line| format!("{line}\n")).collect()))
        .collect()
}

/// The set-up that the examples of all pages take for granted.
fn set_up() -> String {
    blocks(&page("patterns.md"), "lua").remove(0).1
}

/// What the script says is wrong, or that it is silent for two cycles where it should not be.
fn complaint(script: &str, sounds: bool) -> Option<String> {
    let mut rig = Rig::new(&set_up());
    // A render waits for generative patterns.
    rig.offline = true;
    if let Some(error) = rig.engine.run_script_and_wait("example", script).error {
        return Some(error);
    }
    assert!(rig.engine.wait_for_media(std::time::Duration::from_secs(20)));
    rig.play(if sounds { 800 } else { 20 });
    let warned = rig.engine.messages(0).into_iter().find(|(_, message)| {
        // Rows show patterns by themselves too.
        message.severity != Severity::Note && !message.text.contains("nothing plays ")
    });
    let silent = sounds && !rig.sound.iter().any(|sample| sample.abs() > 0.01);
    warned.map(|(_, message)| message.text).or_else(|| silent.then(|| "is silent".to_owned()))
}

#[test]
fn every_script_of_the_tours_plays() {
    let all = blocks(&page("patterns.md"), "lua");
    assert!(all.len() > 20, "{} blocks", all.len());
    let sounds = blocks(&page("sounds.md"), "lua");
    assert!(sounds.len() > 3, "{} blocks", sounds.len());
    let examples = all[1..].iter().map(|block| ("patterns", block)).chain(sounds.iter().map(|block| ("sounds", block)));
    let wrong: Vec<String> = examples
        .filter_map(|(page, (line, script))| complaint(script, true).map(|why| format!("docs/{page}.md:{line}: {why}\n{script}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_line_of_notation_in_the_tour_has_events() {
    for (line, text) in blocks(&page("patterns.md"), "mini").iter().flat_map(|(line, block)| (*line..).zip(block.lines())) {
        let program = mini(text).and_then(|pattern| Program::compile(&pattern)).unwrap_or_else(|why| panic!("line {line}: {text}: {why}"));
        let mut events = 0;
        for cycle in 0..4 {
            let asked = program.onsets(Span::cycle(cycle), &mut |_| {
                events += 1;
                Ok(())
            });
            assert_eq!(asked, Ok(()), "line {line}: {text}");
        }
        assert!(events > 0, "line {line}: {text} is silent");
    }
}

/// The cells of the rows of every table, without what Markdown needs around them.
fn rows(page: &str) -> Vec<(usize, Vec<String>)> {
    let cells = |line: &str| {
        let line = line.replace("\\|", "\u{0}");
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect::<Vec<_>>()
    };
    let table = (1..).zip(page.lines()).filter(|(_, line)| line.starts_with('|') && !line.starts_with("|---"));
    table.map(|(place, line)| (place, cells(line))).filter(|(_, cells)| cells.get(1).is_some_and(|cell| cell != "here")).collect()
}

#[test]
fn every_row_of_the_comparisons_runs() {
    const STATEMENTS: &[&str] = &["pattern(", "setParam(", "engine:", "unbind(", "sampler(", "exec(", "d1(", "d2(", "p("];
    let all = rows(&page("coming-from.md"));
    assert!(all.len() > 50, "{} rows", all.len());
    let wrong = all.iter().filter_map(|(line, cells)| {
        let code = cells[1].strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or_else(|| panic!("line {line}: no code"));
        let plays = (code.starts_with("d1(") || code.starts_with("p(") || code.contains(":p(")) && !code.contains("hush()");
        let statement = plays || STATEMENTS.iter().any(|word| code.starts_with(word));
        let script = if statement { code.to_owned() } else { format!("pattern(\"p\", {code}) bind(\"beat\", \"p\")") };
        complaint(&script, !statement || plays || code.contains("bind(\"beat\", "))
            .map(|why| format!("docs/coming-from.md:{line}: {why}\n{script}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_said_to_be_missing_is_missing() {
    let page = page("coming-from.md");
    let mut names = 0;
    for paragraph in page.split("\n\n").filter_map(|paragraph| paragraph.strip_prefix("Not there: ")) {
        for name in paragraph.split('`').skip(1).step_by(2) {
            names += 1;
            assert!(registry::find(name).is_none() && !is_event_param(name), "{name} is there: take it off the list");
        }
    }
    assert!(names > 20, "{names} names");
}

#[test]
fn the_readme_leads_to_the_pages() {
    let readme = page("../README.md");
    for link in ["docs/patterns.md", "docs/sounds.md", "docs/coming-from.md", "docs/lua.md"] {
        assert!(readme.contains(&format!("({link})")), "{link}");
    }
}

#[test]
fn a_wrong_example_is_noticed() {
    for (script, wanted) in [
        ("nonsense()", "nonsense"),
        ("pattern('p', 'kick hatt') bind('beat', 'p')", "hatt"),
        ("pattern('p', '~ ~') bind('beat', 'p')", "is silent"),
    ] {
        let why = complaint(script, true).unwrap_or_default();
        assert!(why.contains(wanted), "{script}: {why}");
    }
}
