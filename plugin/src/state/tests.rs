use videotracker_engine::{engine::SavedSession, project::Project};

use std::sync::Arc;

use super::*;
use crate::{instance::Layout, params::HostParams};

/// States that the first version saved, as CLAP hosts have them: a whole one, and one that was damaged, loaded and saved
/// four times.
const FIRST: &[u8] = include_bytes!("fixtures/first-format.clap-state");
const NESTED: &[u8] = include_bytes!("fixtures/first-format-nested.clap-state");

fn session() -> SavedSession {
    let mut project = Project::default();
    project.clock.bpm = 133.0;
    SavedSession { script: "print('äöü')\n".repeat(9), draft: "-- not yet".to_owned(), project }
}

fn text() -> String {
    saved(&session(), &Kept::default())
}

fn saved(session: &SavedSession, kept: &Kept) -> String {
    write(session, &View { layout: Layout { macro_page: 3, ..Layout::default() }, ..View::default() }, &HostCopy::default(), kept)
}

/// An instance, and what a host would do with it: load JSON that may be damaged, and save.
struct Hosted {
    instance: Arc<Instance>,
    params: Arc<HostParams>,
}

impl Hosted {
    fn new() -> Self {
        let instance = Arc::<Instance>::default();
        Self { params: HostParams::shared(&instance), instance }
    }

    /// As nice-plug does it, behind our mending.
    fn load(&self, json: &[u8]) {
        let (mended, _) = rescue::mend(json, json);
        let mut state: PluginState = serde_json::from_slice(&mended).unwrap();
        admit(&mut state);
        nice_plug::params::Params::deserialize_fields(&*self.params, &state.fields);
    }

    fn save(&self) -> Vec<u8> {
        let fields = nice_plug::params::Params::serialize_fields(&*self.params);
        serde_json::to_vec(&PluginState { version: "0.1.0".to_owned(), params: self.params.values(), fields }).unwrap()
    }

    fn said(&self) -> Vec<String> {
        self.instance.take_notices().into_iter().map(|message| message.text).collect()
    }
}

/// Numbers that are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn whole(loaded: &Loaded) -> bool {
    loaded.script.as_deref() == Some(&session().script)
        && loaded.draft.as_deref() == Some("-- not yet")
        && loaded.project.as_ref() == Some(&session().project)
        && loaded.view.as_ref().is_some_and(|view| view.layout.macro_page == 3)
}

/// What of a text is kept as the original.
fn kept_text(text: &str, loaded: &Loaded) -> Option<String> {
    loaded.damaged.then(|| salvage::without_nested(text, &loaded.nested))
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
    assert!(loaded.kept == Kept::default() && loaded.messages.is_empty() && !loaded.damaged);
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
            assert!(len == 0 || kept_text(cut, &loaded).as_deref() == Some(cut), "cut at {len}");
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
            assert_eq!(kept_text(&flipped, &loaded), Some(flipped.clone()), "bit {bit}");
            let parts = [loaded.script.is_some(), loaded.draft.is_some(), loaded.project.is_some(), loaded.view.is_some()];
            // One character may hold bits of two bytes, so of two neighbours.
            assert!(parts.iter().filter(|there| !**there).count() <= 2, "bit {bit}: {parts:?}");
        }
    }
}

#[test]
fn random_damage_never_invents_or_panics() {
    let text = text();
    let mut dice = Dice(1);
    let mut next = |limit| dice.roll(limit);
    for _ in 0..2_000 {
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
    assert!(loaded.project.is_none() && !loaded.damaged);
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
    assert_eq!(kept_text(&newer, &loaded).as_deref(), Some(&*newer));
    assert!(loaded.kept.unknown.iter().any(|section| section.tag == *b"NEWS" && section.format == 9));
    assert!(loaded.messages.iter().any(|message| message.text.contains("newer")));
}

#[test]
fn what_was_kept_is_saved_again() {
    let cut = &text()[..40];
    let mut kept = Kept::default();
    kept.add(cut.as_bytes());
    let again = read(&saved(&session(), &kept));
    assert_eq!(again.kept, kept);
    assert!(again.messages.is_empty() && !again.damaged);
    assert_eq!(&*again.kept.originals()[0], cut.as_bytes());
}

#[test]
fn sessions_of_the_first_format_load_and_save_without_a_word() {
    let host = Hosted::new();
    host.load(&FIRST[8..]);
    assert_eq!(host.said(), [""; 0]);
    let project = host.instance.engine.snapshot().project.clone();
    assert!(project.modules.contains_key("kick") && project.macros[&0].name == "Punch".into());
    assert!(host.instance.draft().unwrap().contains("äöü"));
    let other = Hosted::new();
    other.load(&host.save());
    assert_eq!(other.said(), [""; 0]);
    assert_eq!(other.instance.engine.snapshot().project, project);
}

#[test]
fn originals_that_the_first_version_nested_come_out_once_each() {
    let host = Hosted::new();
    host.load(&NESTED[8..]);
    assert!(!host.instance.engine.snapshot().project.modules.is_empty());
    let kept = host.instance.kept();
    assert_eq!(kept.originals().len(), 4);
    assert!(kept.originals().iter().all(|original| original.len() < FIRST.len()), "{}", kept.list());
    let size = host.save().len();
    assert!(size < NESTED.len() / 2, "{size} bytes instead of {}", NESTED.len());
    let again = Hosted::new();
    again.load(&host.save());
    assert_eq!(again.instance.kept(), kept);
    assert_eq!(again.save().len(), size);
}

#[test]
fn damage_at_each_load_and_save_keeps_each_original_once_and_the_state_small() {
    let mut dice = Dice(7);
    let first = Hosted::new();
    first.load(&FIRST[8..]);
    let mut state = first.save();
    let size = state.len();
    for round in 0..40 {
        let at = dice.roll(state.len());
        state[at] ^= 1 << dice.roll(8);
        let host = Hosted::new();
        host.load(&state);
        let began = std::time::Instant::now();
        state = host.save();
        assert!(began.elapsed().as_secs() < 5);
        assert!(state.len() < size * 2 * (kept::MOST + 2), "round {round}: {} bytes from {size}", state.len());
    }
    let host = Hosted::new();
    host.load(&state);
    let kept = host.instance.kept();
    assert!(kept.originals().len() == kept::MOST && kept.dropped > 0, "{}", kept.list());
    assert!(host.said().iter().any(|text| text.contains("left out of this session before")));
}

/// What must not be lost without a word: the script, the draft, the project, a host parameter.
fn intact(host: &Hosted, like: &Hosted) -> bool {
    let (now, then) = (host.instance.engine.snapshot(), like.instance.engine.snapshot());
    let text = |host: &Hosted, script: &str| host.instance.draft().unwrap_or_else(|| script.to_owned());
    now.project == then.project && now.script == then.script && text(host, &now.script) == text(like, &then.script)
}

#[test]
fn flips_cuts_and_doublings_never_lose_anything_without_a_word_and_never_grow_the_state() {
    let like = Hosted::new();
    like.load(&FIRST[8..]);
    like.instance.edit_draft("-- a draft");
    let whole = like.save();
    let mut dice = Dice(99);
    for round in 0..150 {
        let mut state = whole.clone();
        for _ in 0..=dice.roll(4) {
            if state.is_empty() {
                break;
            }
            let (at, len) = (dice.roll(state.len()), 1 + dice.roll(300));
            let end = (at + len).min(state.len());
            match dice.roll(5) {
                0 => state.truncate(at.max(1)),
                1 => drop(state.drain(at..end)),
                2 => {
                    let piece = state[at..end].to_vec();
                    let to = dice.roll(state.len());
                    state.splice(to..to, piece);
                }
                _ => state[at] ^= 1 << dice.roll(8),
            }
        }
        if state.is_empty() {
            continue;
        }
        let host = Hosted::new();
        host.load(&state);
        let said = host.said();
        assert!(!said.is_empty() || intact(&host, &like), "round {round}: lost without a word");
        let kept = host.instance.kept();
        assert!(intact(&host, &like) || !kept.originals().is_empty(), "round {round}: nothing is kept; {said:?}");
        let saved = host.save();
        assert!(saved.len() < 3 * (whole.len() + state.len()), "round {round}: {} bytes", saved.len());
        let again = Hosted::new();
        again.load(&saved);
        assert_eq!(again.instance.kept().originals(), kept.originals(), "round {round}");
        assert!(intact(&again, &host), "round {round}");
    }
}

#[test]
fn fields_that_only_a_newer_version_knows_survive_a_load_and_a_save() {
    let (bytes, _) = base64::decode(&text());
    let mut sections = container::read(&bytes).good;
    for (tag, path) in [(PROJECT, "clock"), (LAYOUT, ""), (HOST, "params")] {
        let section = sections.iter_mut().find(|section| section.tag == tag).unwrap();
        let mut value: serde_json::Value = serde_json::from_slice(&section.payload).unwrap();
        let place = if path.is_empty() { &mut value } else { &mut value[path] };
        place["warp"] = serde_json::json!({"f32": 0.5});
        section.payload = serde_json::to_vec(&value).unwrap();
    }
    // A newer version writes an end mark of its own.
    sections.pop();
    sections.push(Section { tag: END, format: FORMAT, payload: Vec::new() });
    let host = Hosted::new();
    load(&host.instance, &StateText { text: base64::encode(&container::write(&sections)), ..StateText::default() });
    let said = host.said();
    assert!(said.iter().any(|text| text.contains("clock.warp")) && !said.iter().any(|text| text.contains("not whole")), "{said:?}");
    let saved = serde_json::from_slice::<PluginState>(&host.save()).unwrap();
    let field: StateText = serde_json::from_str(&saved.fields[FIELD]).unwrap();
    let (bytes, _) = base64::decode(&field.text);
    for (tag, path) in [(PROJECT, "/clock/warp/f32"), (LAYOUT, "/warp/f32"), (HOST, "/params/warp/f32")] {
        let section = container::read(&bytes).good.into_iter().find(|section| section.tag == tag).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&section.payload).unwrap();
        assert_eq!(value.pointer(path), Some(&serde_json::json!(0.5)), "{value}");
    }
}

#[test]
fn a_section_that_is_lost_or_there_twice_shows() {
    let (bytes, _) = base64::decode(&text());
    let sections = container::read(&bytes).good;
    for index in 0..sections.len() {
        for twice in [false, true] {
            let mut altered = sections.clone();
            if twice {
                altered.insert(index, sections[index].clone())
            } else {
                drop(altered.remove(index))
            }
            let loaded = read(&base64::encode(&container::write(&altered)));
            assert!(loaded.damaged && nothing_false(&loaded), "{:?}", sections[index].tag);
        }
    }
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
    let text = super::tests::saved(&saved, &Kept::default());
    let instance = Instance::default();
    load(&instance, &StateText { text: text.clone(), ..StateText::default() });
    assert!(!instance.engine.snapshot().project.modules.contains_key("alien"));
    assert!(instance.kept().originals().iter().any(|original| **original == *text.as_bytes()));
    assert!(instance.take_notices().iter().any(|message| message.text.contains("teleporter")));
}
