use videotracker_engine::{engine::SavedSession, project::Project};

use super::*;
use crate::instance::Layout;

fn session() -> SavedSession {
    let mut project = Project::default();
    project.clock.bpm = 133.0;
    SavedSession { script: "print('äöü')\n".repeat(9), draft: "-- not yet".to_owned(), project }
}

fn text() -> String {
    write(&session(), &View { layout: Layout { macro_page: 3, ..Layout::default() }, ..View::default() }, &[])
}

fn whole(loaded: &Loaded) -> bool {
    loaded.script.as_deref() == Some(&session().script)
        && loaded.draft.as_deref() == Some("-- not yet")
        && loaded.project.as_ref() == Some(&session().project)
        && loaded.view.as_ref().is_some_and(|view| view.layout.macro_page == 3)
}

fn kept_text(loaded: &Loaded) -> Option<&[u8]> {
    loaded.kept.iter().rev().find(|section| section.tag == KEPT).map(|section| &*section.payload)
}

/// Every good part must be what was saved: damage may cost a part but never change it.
fn nothing_false(loaded: &Loaded) -> bool {
    loaded.script.as_ref().is_none_or(|script| *script == session().script)
        && loaded.draft.as_ref().is_none_or(|draft| draft == "-- not yet")
        && loaded.project.as_ref().is_none_or(|project| *project == session().project)
}

#[test]
fn a_whole_state_comes_back_without_a_word() {
    let loaded = read(&text());
    assert!(whole(&loaded), "{loaded:?}");
    assert!(loaded.kept.is_empty() && loaded.messages.is_empty());
}

#[test]
fn truncated_at_every_length_nothing_is_lost() {
    let text = text();
    for len in 0..text.len() {
        let cut = &text[..len];
        let loaded = read(cut);
        assert!(nothing_false(&loaded), "cut at {len}");
        // Without the padding at its very end a text is still whole.
        if !whole(&loaded) {
            assert!(!loaded.messages.is_empty(), "cut at {len}");
            assert!(len == 0 || kept_text(&loaded) == Some(cut.as_bytes()), "cut at {len}");
        }
    }
}

#[test]
fn each_flipped_bit_costs_at_most_one_part_and_is_kept() {
    let text = text();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = String::from_utf8_lossy(&bytes).into_owned();
        let loaded = read(&flipped);
        assert!(nothing_false(&loaded), "bit {bit}");
        if !whole(&loaded) {
            assert_eq!(kept_text(&loaded), Some(flipped.as_bytes()), "bit {bit}");
            let parts = [loaded.script.is_some(), loaded.draft.is_some(), loaded.project.is_some(), loaded.view.is_some()];
            // One character may hold bits of two bytes, so of two neighbours.
            assert!(parts.iter().filter(|there| !**there).count() <= 2, "bit {bit}: {parts:?}");
        }
    }
}

#[test]
fn random_damage_never_invents_or_panics() {
    let text = text();
    let mut seed = 1u64;
    let mut next = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    };
    for _ in 0..5_000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=next(20) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] ^= 1 << next(8),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, (next(256)) as u8),
            }
        }
        let loaded = read(&String::from_utf8_lossy(&bytes));
        assert!(nothing_false(&loaded));
        assert!(whole(&loaded) || !loaded.messages.is_empty());
    }
}

#[test]
fn an_empty_state_says_so() {
    let loaded = read("");
    assert_eq!(loaded.messages.len(), 1);
    assert!(loaded.project.is_none() && loaded.kept.is_empty());
}

#[test]
fn a_newer_part_is_kept_while_the_others_load() {
    let (bytes, _) = base64::decode(&text());
    let mut sections = container::read(&bytes).good;
    sections[2].format = FORMAT + 1;
    sections.insert(5, Section { tag: *b"NEWS", format: 9, payload: vec![1, 2, 3] });
    let newer = base64::encode(&container::write(&sections));
    let loaded = read(&newer);
    assert!(loaded.project.is_none());
    assert_eq!(loaded.script, Some(session().script));
    assert_eq!(kept_text(&loaded), Some(newer.as_bytes()));
    assert!(loaded.kept.iter().any(|section| section.tag == *b"NEWS" && section.format == 9));
    assert!(loaded.messages.iter().any(|message| message.text.contains("newer")));
}

#[test]
fn what_was_kept_is_saved_again() {
    let cut = &text()[..40];
    let kept = read(cut).kept;
    let again = read(&write(&session(), &View::default(), &kept));
    assert_eq!(again.kept, kept);
    assert!(again.messages.is_empty());
    assert_eq!(kept_text(&again), Some(cut.as_bytes()));
}

#[test]
fn any_json_in_the_field_is_admitted() {
    for field in ["\"text\"", "null", "17", "{\"a\":1}", "no json", "", "\"cut"] {
        let mut state = PluginState { version: String::new(), params: Default::default(), fields: Default::default() };
        state.fields.insert(FIELD.to_owned(), field.to_owned());
        admit(&mut state);
        let text: StateText = serde_json::from_str(&state.fields[FIELD]).unwrap();
        let _ = read(&text.text);
    }
    let mut state = PluginState { version: String::new(), params: Default::default(), fields: Default::default() };
    admit(&mut state);
    assert_eq!(state.fields[FIELD], "\"\"");
}

#[test]
fn what_a_session_holds_that_nobody_here_knows_is_kept() {
    let mut saved = session();
    let module = videotracker_engine::project::Module {
        kind: "teleporter".into(),
        params: Default::default(),
        samples: Vec::new(),
        interface: None,
    };
    saved.project.modules.insert("alien".into(), std::sync::Arc::new(module));
    let text = write(&saved, &View::default(), &[]);
    let instance = Instance::default();
    load(&instance, &StateText { text: text.clone(), raw: None });
    assert!(!instance.engine.snapshot().project.modules.contains_key("alien"));
    assert!(instance.kept().iter().any(|section| section.tag == KEPT && section.payload == text.as_bytes()));
    assert!(instance.take_notices().iter().any(|message| message.text.contains("teleporter")));
}
