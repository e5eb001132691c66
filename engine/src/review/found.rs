//! What becomes of the triggers of sequencers that find their instruments, and of the orbits that voices choose.

use std::{cell::Cell, collections::BTreeSet};

use crate::{
    module::{MODULES, Plays, PortKind},
    name::Name,
    pattern::cycle::{program::Program, rational::Span, value::Value},
    plan::each_coming,
    project::{Finder, Project},
    signal::{
        bank::FIRST,
        control::{INDEX, S},
    },
    text::counted,
};

/// Cycles that are looked through.
const CYCLES: u32 = 8;

/// The instruments that the triggers of a sequencer find, and whether some that name nothing find none.
pub(super) fn found(project: &Project, finder: &Finder<Name>, steps: &Cell<u32>, sequencer: &Name) -> (BTreeSet<Name>, bool) {
    let (mut found, mut lost) = (BTreeSet::new(), false);
    each_coming(project, sequencer, CYCLES, steps, |values| match finder.find(values.map()) {
        Some(name) if found.contains(name) => {}
        Some(name) => drop(found.insert(name.clone())),
        None => lost |= values.get(S).is_none(),
    });
    (found, lost)
}

/// What is said where triggers name a sample by an index that none of the samplers has to which cables lead.
pub(super) fn beyond_samples(project: &Project, steps: &Cell<u32>, sequencer: &Name, pattern: &Name) -> Option<String> {
    // A sequencer that finds its instruments may play others; what is no sampler may take any index.
    let is_sampler = |name: &Name| project.modules.get(name).is_some_and(|module| module.module_type().has_samples());
    if project.finds(sequencer) || !project.targets(sequencer, PortKind::Event).all(is_sampler) {
        return None;
    }
    let modules = || project.targets(sequencer, PortKind::Event).filter_map(|name| Some((name, project.modules.get(name)?)));
    // Behind the samples come the slices of those that are cut, whose number only the media may tell.
    if modules()
        .any(|(_, module)| module.params.contains_key("slices") || module.samples.iter().any(|sample| sample.params.contains_key("slices")))
    {
        return None;
    }
    let (name, module) = modules().max_by_key(|(_, module)| module.samples.len()).filter(|(_, module)| !module.samples.is_empty())?;
    let count = module.samples.len();
    let mut beyond: Option<f64> = None;
    each_coming(project, sequencer, CYCLES, steps, |values| {
        #[allow(clippy::cast_precision_loss, reason = "a sampler has few samples")]
        if let Some(index) = values.get(INDEX).filter(|index| values.get(S).is_none() && (index + 1e-6).floor() >= count as f64) {
            beyond.get_or_insert((index + 1e-6).floor());
        }
    });
    Some(format!(
        "pattern {pattern} plays the sample with index {}, and {name} has {}, counted from 0, so it is silent there; n({0}) goes around within them",
        beyond?,
        counted(count, "sample")
    ))
}

/// What is said where notes find nothing that plays them.
pub(super) fn no_tones(pattern: &Name) -> String {
    let kind = MODULES.iter().find(|kind| kind.plays == Plays::Tones).map_or("", |kind| kind.name);
    format!("pattern {pattern} names no sound, and there is no {kind} to play its notes; {kind}(\"{kind}\") makes one")
}

/// How names of melodic instruments begin, as General MIDI and sample libraries have them.
const MELODIC: &[&str] = &[
    "gm_",
    "piano",
    "steinway",
    "kawai",
    "fmpiano",
    "epiano",
    "rhodes",
    "organ",
    "pipeorgan",
    "strings",
    "violin",
    "cello",
    "guitar",
    "sax",
    "trumpet",
    "flute",
    "recorder",
    "clavisynth",
    "harp",
    "kalimba",
    "marimba",
    "vibraphone",
    "xylophone",
    "glockenspiel",
    "balafon",
    "superpiano",
    "supermandolin",
    "super808",
];

/// What to do where a word that nobody knows is an instrument that plays notes; nothing for other words.
pub(super) fn melodic(word: &str) -> Option<String> {
    MELODIC.iter().any(|start| word.to_lowercase().starts_with(start)).then(|| {
        let word = word.split_once(':').map_or(word, |(word, _)| word);
        if word.starts_with("gm_") {
            return "nothing of its kind comes with the instrument. A SoundFont plays it: sampler(\"gm\", {samples = import(\"FILE.sf2\")}); without \
                    one, waves play notes (sawtooth, triangle, supersaw, …), and of the kit bass, pluck, pad, stab, vox"
                .to_owned();
        }
        format!(
            "nothing of its kind comes with the instrument. Waves play notes (sawtooth, triangle, supersaw, …), and of the kit bass, pluck, pad, stab, \
             vox; samples of your own do as well, as in sampler(\"keys\", {{samples = {{{word} = {{c3 = \"c3.wav\", c4 = \"c4.wav\"}}}}}})"
        )
    })
}

/// What is said where voices choose orbits that are not there.
pub(super) fn no_orbit(project: &Project, steps: &Cell<u32>, (sequencer, pattern): (&Name, &Name), program: &Program) -> Option<String> {
    let hearers = project.hearers(sequencer);
    let led: Vec<(&Name, u32)> = project
        .connections
        .iter()
        .filter(|cable| cable.kind == PortKind::Audio && cable.output().is_some() && hearers.contains(&&cable.from))
        .filter_map(|cable| Some((&cable.from, project.modules.get(&cable.to)?.number())))
        .filter(|(_, number)| *number > 0)
        .collect();
    let (sender, first) = *led.iter().min_by_key(|(_, number)| *number)?;
    let missing = numbers(program, steps, &["orbit", "o"]).into_iter().find(|number| led.iter().all(|(_, known)| known != number))?;
    let there = if led.iter().any(|(_, number)| *number == FIRST) { FIRST } else { first };
    Some(format!(
        "pattern {pattern} chooses orbit {missing}, which is not there, so it sounds in orbit {there}; \
         orbit(\"orbit{missing}\", {{number = {missing}}}) connect(\"{sender}\", \"orbit{missing}\") makes one"
    ))
}

/// What is said where events duck orbits that are not there, or that don't hear them.
pub(super) fn no_ducked(project: &Project, steps: &Cell<u32>, (sequencer, pattern): (&Name, &Name), program: &Program) -> Option<String> {
    let hearers = project.hearers(sequencer);
    let orbits: Vec<(&Name, u32)> =
        project.modules.iter().map(|(name, module)| (name, module.number())).filter(|(_, number)| *number > 0).collect();
    numbers(program, steps, &["duckorbit"]).into_iter().find_map(|number| {
        let mut there = orbits.iter().filter(|(_, known)| *known == number).map(|(name, _)| *name);
        let Some(first) = there.next() else {
            return Some(format!(
                "pattern {pattern} ducks orbit {number}, which is not there; orbit(\"orbit{number}\", {{number = {number}}}) makes one"
            ));
        };
        let is_heard = hearers.contains(&first) || there.any(|name| hearers.contains(&name));
        (!is_heard)
            .then(|| format!("pattern {pattern} ducks orbit {number}, which does not hear it; connect(\"{sequencer}\", \"{first}\")"))
    })
}

/// The numbers of orbits that a pattern's first cycles say by one of these words.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a small number")]
fn numbers(program: &Program, steps: &Cell<u32>, words: &[&str]) -> BTreeSet<u32> {
    let mut numbers = BTreeSet::new();
    for cycle in 0..i64::from(CYCLES) {
        // What can't be asked is reported when it plays.
        let _ = program.onsets_within(steps, Span::cycle(cycle), &mut |event| {
            let Value::Map(map) = event.value else { return Ok(()) };
            for (key, value) in map.iter() {
                if !words.contains(&&*key.name()) {
                    continue;
                }
                let several = if let Value::List(values) = value { values } else { &[value] };
                for value in several {
                    if let Value::Number(number) = value
                        && (0.5..64.5).contains(number)
                    {
                        numbers.insert(number.round() as u32);
                    }
                }
            }
            Ok(())
        });
    }
    numbers
}
