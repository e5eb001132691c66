//! The string commands, as lines and what comes of them.

use videotracker_engine::{
    engine::Engine,
    project::Project,
    script::{
        Request,
        console::{Answer, complete, execute},
        generate::generate,
    },
    snapshot::Snapshot,
    transaction::Transaction,
    view::Playhead,
};

fn after(lines: &[&str]) -> (Project, Result<Answer, String>) {
    let mut transaction = Transaction::new(Project::default(), Playhead { beat: 6.0, ..Playhead::default() });
    let mut last = Ok(Answer::Text(String::new()));
    for (place, line) in lines.iter().enumerate() {
        assert!(last.is_ok(), "{:?}: {last:?}", lines[place - 1]);
        last = execute(line, &mut transaction).map_err(|error| error.to_string());
    }
    (transaction.project().clone(), last)
}

const BASE: &[&str] =
    &["add audioOut out", "add SAMPLER kick", "Add sequencer seq", "pattern create P0 8", "pattern create 'P 1'", "chain create C"];

#[test]
fn commands_do_what_they_say() {
    // Lines after BASE, and what the session's script then holds.
    let cases: &[(&[&str], &[&str])] = &[
        (&["set KICK volume 0.5"], &["volume = 0.5"]),
        (&["set kick VOLUME=0.5 playstyle=loop enabled=off"], &["enabled = false", "playStyle = \"loop\"", "volume = 0.5"]),
        (&["rename kick snare"], &["sampler(\"snare\")"]),
        (&["bpm 90"], &["bpm = 90"]),
        (&["route seq kick"], &["connect(\"seq\", \"kick\", \"event\")"]),
        (&["pattern set p0 2 index=3 ratio=1:2 volume=0.5"], &["{index = 3, ratio = {1, 2}, volume = 0.5}"]),
        (&["pattern pause P0"], &["muted = true"]),
        (&["pattern stop P0", "pattern play P0"], &["pattern(\"P0\", 8)"]),
        (&["pattern reset P0"], &["origin = 6"]),
        (&["chain add c P0", "chain add C 'p 1' 0", "chain repeat C 0 3", "chain mute C 1"], &["{\"P 1\", 3}, {\"P0\", 1, muted = true}"]),
        (&["chain add C P0", "chain mute C 0", "chain mute C 0"], &["chain(\"C\", {\"P0\"})"]),
        (&["chain add C P0", "chain drop C 0"], &["chain(\"C\", {})"]),
        (&["chain add C P0", "chain clear C", "chain disable C"], &["chain(\"C\", {}, {enabled = false})"]),
        (&["chain disable C", "chain enable C"], &["chain(\"C\", {})\n"]),
        (&["chain add C P0", "chain reset C"], &["origin = 6"]),
        (&["seq seq bind pattern P0"], &["bind(\"seq\", \"P0\")"]),
        (&["sequencer seq bind chain C", "seq seq disable chain"], &["bind(\"seq\", \"C\")", "enabled = false"]),
    ];
    for (lines, wanted) in cases {
        let (project, last) = after(&[BASE, lines].concat());
        assert!(last.is_ok(), "{lines:?}: {last:?}");
        let script = generate(&project);
        for text in *wanted {
            assert!(script.contains(text), "{lines:?}: {text} is not in\n{script}");
        }
    }
}

#[test]
fn commands_take_back_what_others_did() {
    let (project, last) = after(
        &[
            BASE,
            &[
                "seq seq bind pattern P0",
                "seq seq unbind pattern",
                "pattern delete P0",
                "chain delete C",
                "unroute kick to out",
                "rm seq",
                "del kick",
                "remove out",
            ],
        ]
        .concat(),
    );
    assert!(last.is_ok(), "{last:?}");
    assert!(project.modules.is_empty() && project.chains.is_empty() && project.bindings.is_empty() && project.connections.is_empty());
}

#[test]
fn cables_are_laid_and_removed_by_the_words_of_lua_too() {
    for (line, left) in [
        ("disconnect kick out", false),
        ("disconnect kick to out", false),
        ("disconnect out from kick", false),
        ("disconnect kick OUT audio", false),
        ("disconnect kick audio", false),
        ("disconnect kick", false),
        ("disconnect out kick", true),
        ("disconnect kick out video", true),
    ] {
        let (project, last) = after(&[BASE, &[line]].concat());
        assert!(last.is_ok(), "{line}: {last:?}");
        assert_eq!(project.connections.iter().any(|cable| &*cable.from == "kick" && &*cable.to == "out"), left, "{line}");
    }
    let (project, last) = after(&[BASE, &["disconnect kick out", "connect kick out"]].concat());
    assert!(last.is_ok() && !project.connections.is_empty(), "{last:?}");
}

#[test]
fn answers_show_what_was_asked() {
    let cases: &[(&str, &[&str])] = &[
        ("ls", &["kick: sampler", "out: audioOut"]),
        ("get kick volume", &["kick: volume = 1 (0 to 2)"]),
        ("get Kick.volume", &["kick: volume = 1 (0 to 2)"]),
        ("param kick playStyle", &["once", "grain"]),
        ("info kick", &["volume = 1", "kick → out (audio, by default)"]),
        ("conn", &["kick → out"]),
        ("bpm", &["120"]),
        ("pattern ls", &["P0: 8 steps", "P 1: 16 steps"]),
        ("pattern info P0", &["8 steps, 4 a beat"]),
        ("chain ls", &["C: 0 entries"]),
        ("seq ls", &["seq: plays nothing"]),
        ("seq info seq", &["triggers nothing"]),
        ("help bpm", &["tempo"]),
    ];
    for (line, wanted) in cases {
        let (_, answer) = after(&[BASE, &[*line]].concat());
        let Ok(Answer::Text(text)) = answer else { panic!("{line}: {answer:?}") };
        for part in *wanted {
            assert!(text.contains(part), "{line}: {part} is not in\n{text}");
        }
    }
}

#[test]
fn some_things_only_the_caller_can_do() {
    for (line, wanted) in [
        ("UNDO", Request::Undo),
        ("redo", Request::Redo),
        ("cls", Request::ClearConsole),
        ("import my drums/kick.wav", Request::Import("my drums/kick.wav".to_owned())),
    ] {
        assert_eq!(after(&[line]).1, Ok(Answer::Ask(wanted)), "{line}");
    }
}

#[test]
fn a_wrong_line_says_what_is_wrong_and_what_is_right() {
    for (line, words) in [
        ("ad sampler", &["add"][..]),
        ("add samplr", &["sampler"]),
        ("add sequencer kick", &["kick is a sampler already"]),
        ("set kick volum 1", &["volume"]),
        ("set kick volume 5", &["0", "2"]),
        ("set kick", &["write set <module>"]),
        ("set kik volume 1", &["kick"]),
        ("bpm fast", &["number"]),
        ("bpm 120 4", &["too much"]),
        ("route kick out adio", &["audio"]),
        ("disconnect kick oot", &["no module", "out"]),
        ("pattern", &["create", "ls"]),
        ("pattern set P0 99 index=1", &["0 to 7"]),
        ("pattern set P0 0 volme=1", &["volume"]),
        ("pattern set P0 0 index", &["="]),
        ("chain drop C 0", &["0 entries"]),
        ("chain add C P9", &["P9"]),
        ("seq seq frob", &["no action"]),
        ("seq kick bind pattern P0", &["no sequencer"]),
        ("set 'kick volume 1", &["quote"]),
    ] {
        let (_, answer) = after(&[BASE, &[line]].concat());
        let error = answer.expect_err(line);
        for word in words {
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}

#[test]
fn tab_completes_commands_names_and_parameters() {
    let (project, _) = after(BASE);
    let snapshot = Snapshot { project, ..Snapshot::default() };
    for (line, wanted) in [
        ("re", &["redo", "remove", "rename", "reset"][..]),
        ("add sam", &["sampler"]),
        ("set k", &["kick"]),
        ("set kick vo", &["voices", "volume"]),
        ("get KICK speed", &["speed"]),
        ("pattern c", &["create"]),
        ("pattern info ", &["\"P 1\"", "P0"]),
        ("chain add C P", &["P0"]),
        ("seq ", &["info", "list", "ls", "seq"]),
        ("seq seq b", &["bind"]),
        ("route kick ", &["kick", "out", "seq"]),
        ("help bp", &["bpm"]),
        ("nonsense x", &[]),
    ] {
        let found = complete(line, &snapshot);
        for one in wanted {
            assert!(found.iter().any(|candidate| candidate == one), "{line}: {one} is not in {found:?}");
        }
        assert!(!wanted.is_empty() || found.is_empty(), "{line}: {found:?}");
    }
}

#[test]
fn a_value_that_something_else_moves_says_so() {
    let engine = Engine::empty();
    let script = "sampler('kick', {samples = {'factory:kick'}}) lfo('slow')\nmacro(1, 'Level', {'kick.volume'})\n\
                  connect('slow.value', 'kick.pan')";
    assert_eq!(engine.run_script_and_wait("song", script).error, None);
    for (line, words) in [
        ("get kick volume", "macro 1 moves it from 0 at 0"),
        ("get kick pan", "it follows slow.value"),
        ("get kick speed", "kick: speed = 1"),
    ] {
        let answer = engine.console_and_wait(line).unwrap();
        assert!(answer.contains(words), "{answer}");
    }
}
