//! What a session does otherwise than it reads: words that find nothing, patterns that nothing plays, sounds and pictures that
//! reach no output.
//!
//! The review looks at a session as it stands. What a run did, line by line, says which findings it caused, and where.

mod found;
mod levels;

use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    command::Command,
    media::words::{Holds, holds},
    module::{MODULES, ModuleType, Picture, PortKind, Role, Value},
    name::{Name, did_you_mean_or},
    needs::SENT,
    pattern::{
        Cycle, Pattern,
        cycle::{meter::Meter, registry},
        is_spelling,
        misfit::misfits,
        play::unknown_words,
    },
    plan::{Compiled, LOOKING, MAX_BYTES, MAX_SHOWN, MAX_WARNINGS, MAX_WORK},
    project::{Finder, Module, Project, Source},
    session::kit,
    snapshot::{Message, Severity},
    transaction::Transaction,
};

/// Most findings that are said of one run.
const MOST: usize = 20;

/// A thing that a line of a script writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Module(Name),
    Pattern(Name),
    Chain(Name),
    /// What a sequencer is bound to.
    Binding(Name),
    /// That a sequencer is muted.
    Muting(Name),
    /// That some sequencers are to be heard alone.
    Solo,
}

/// One thing that plays otherwise than it reads.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is wrong and what to do, in words.
    pub text: String,
    /// What it is about; the first one that a run wrote is the line to look at.
    about: Vec<Subject>,
    /// Whether it is said wherever it comes from; others are half-done work unless a run left them so.
    pub always: bool,
    /// Whether only a run that makes a whole session is to be told: a block of one may be followed by another.
    whole: bool,
    /// A block that wrote this itself knows of it.
    known_by: Option<Subject>,
}

impl Finding {
    fn of(about: Vec<Subject>, text: String) -> Self {
        Self { text, about, always: false, whole: false, known_by: None }
    }
}

/// A binding that the same run put another in place of.
#[derive(Clone, Debug)]
struct Lost {
    sequencer: Name,
    source: Source,
    line: u32,
    /// Whether the same pattern was written anew, rather than another bound.
    is_anew: bool,
}

/// What a run wrote, and in which lines.
#[derive(Clone, Debug, Default)]
pub struct Places {
    lines: HashMap<Subject, u32>,
    lost: Vec<Lost>,
    whole: bool,
}

impl Places {
    /// What a transaction's commands wrote, as far as their lines are known.
    #[must_use]
    pub fn of(transaction: &Transaction) -> Self {
        let base = transaction.base();
        let mut places = Self { whole: base.modules.is_empty() && base.patterns.is_empty(), ..Self::default() };
        let mut bound: HashMap<&Name, (&Source, u32, Option<&Pattern>)> = HashMap::new();
        let mut texts: HashMap<&Name, &Pattern> = HashMap::new();
        for (command, line) in transaction.commands_by_line() {
            match command {
                Command::Clear => places = Self { whole: true, ..Self::default() },
                Command::AddModule { name: Some(name), .. } => places.first(Subject::Module(name.clone()), line),
                Command::SetSamples { module, .. } | Command::RenameModule { to: module, .. } => {
                    places.first(Subject::Module(module.clone()), line);
                }
                Command::Connect { from, to, .. } => {
                    [from, to].into_iter().for_each(|name| places.first(Subject::Module(name.clone()), line));
                }
                Command::Disconnect { from, to, .. } => {
                    [from, to].into_iter().flatten().for_each(|name| places.first(Subject::Module(name.clone()), line));
                }
                Command::SetParameter { module, param, value: Value::Bool(true) } if matches!(&**param, "muted" | "solo") => {
                    let subject = if &**param == "solo" { Subject::Solo } else { Subject::Muting(module.clone()) };
                    places.first(subject, line);
                }
                Command::SetPattern { name, pattern } => {
                    texts.insert(name, pattern);
                    places.lines.insert(Subject::Pattern(name.clone()), line);
                }
                Command::SetStep { name, .. } => drop(places.lines.insert(Subject::Pattern(name.clone()), line)),
                Command::SetChain { name, .. } => drop(places.lines.insert(Subject::Chain(name.clone()), line)),
                Command::Bind { sequencer, source } => {
                    places.lines.insert(Subject::Binding(sequencer.clone()), line);
                    let text = pattern_of(source).and_then(|name| texts.get(name)).copied();
                    if let Some((before, at, old)) = bound.insert(sequencer, (source, line, text))
                        && (before != source || old.is_some() && old != text)
                    {
                        let (sequencer, is_anew) = (sequencer.clone(), before == source);
                        places.lost.push(Lost { sequencer, source: before.clone(), line: at, is_anew });
                    }
                }
                Command::Unbind { sequencer } => drop(bound.remove(sequencer)),
                _ => {}
            }
        }
        places
    }

    /// Notes a line unless an earlier one wrote the same: a module's declaration is the one to look at.
    fn first(&mut self, subject: Subject, line: u32) {
        self.lines.entry(subject).or_insert(line);
    }

    /// What to tell of a run: of what a review of the session found, all that the run touched, each with its line.
    #[must_use]
    pub fn told(&self, project: &Project, findings: &[Finding]) -> Vec<Message> {
        let lost: HashSet<&Name> = self.lost.iter().filter_map(|lost| pattern_of(&lost.source)).collect();
        let mut said: Vec<(u32, String)> = self.lost.iter().filter_map(|lost| self.loss(project, lost)).collect();
        said.extend(findings.iter().filter(|finding| self.whole || !finding.whole).filter_map(|finding| {
            let line = finding.about.iter().find_map(|subject| self.lines.get(subject))?;
            if !self.whole && finding.known_by.as_ref().is_some_and(|subject| self.lines.contains_key(subject)) {
                return None;
            }
            // Where its binding was lost, that has been said.
            let twice = matches!(&finding.about[..], [Subject::Pattern(name)] if !finding.always && lost.contains(name));
            (!twice).then(|| (*line, finding.text.clone()))
        }));
        said.sort();
        // What several lines caused is said of the first.
        let mut texts = HashSet::new();
        said.retain(|(_, text)| texts.insert(text.clone()));
        let more = said.len().saturating_sub(MOST);
        said.truncate(MOST);
        let warning = |text, line| Message { severity: Severity::Warning, text, line, column: None };
        let mut messages: Vec<Message> = said.into_iter().map(|(line, text)| warning(text, Some(line))).collect();
        if more > 0 {
            messages.push(warning(format!("… and {more} more of the kind"), None));
        }
        messages
    }

    /// What became of a binding that the run wrote over; `None` where it holds again.
    fn loss(&self, project: &Project, lost: &Lost) -> Option<(u32, String)> {
        let Lost { sequencer, source, line, is_anew } = lost;
        let now = project.bindings.get(sequencer).filter(|now| (*now == source) == *is_anew)?;
        let at = self.lines.get(&Subject::Binding(sequencer.clone()))?;
        let later = if at == line { "this line".to_owned() } else { format!("line {at}") };
        if *is_anew {
            let text = format!(
                "{sequencer} does not play this: {later} writes pattern {} anew; play each by a name of its own (d1, d2, …), or stack them in one",
                source.name()
            );
            return Some((*line, text));
        }
        let text = format!(
            "{sequencer} does not play {}: {later} binds it to {} afterwards; give each a sequencer of its own, or stack them in one pattern",
            source.name(),
            now.name()
        );
        Some((*line, text))
    }
}

fn pattern_of(source: &Source) -> Option<&Name> {
    match source {
        Source::Pattern(name) => Some(name),
        Source::Chain(_) => None,
    }
}

/// Everything in a session that plays otherwise than it reads.
#[must_use]
pub fn review(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let steps = Cell::new(LOOKING);
    Meter::new(MAX_BYTES, MAX_WORK, || None).during(|| {
        words(project, &steps, &mut findings);
        finding(project, &steps, &mut findings);
    });
    levels::silenced(project, &mut findings);
    unplayed(project, &mut findings);
    sequencers(project, &mut findings);
    unheard(project, &mut findings);
    findings
}

/// Words that stand for nothing, and controls that nothing has, of what is played.
fn words(project: &Project, steps: &Cell<u32>, findings: &mut Vec<Finding>) {
    let (mut compiled, mut seen) = (Compiled::default(), HashSet::new());
    let looked = Looked { steps, sent: levels::sent(project) };
    let mut controls: HashMap<&Name, Vec<Arc<str>>> = HashMap::new();
    for (sequencer, source) in &project.bindings {
        let named: Vec<&Name> = match source {
            Source::Pattern(name) => vec![name],
            Source::Chain(chain) => {
                project.chains.get(chain).into_iter().flat_map(|c| c.entries.iter().map(|entry| &entry.pattern)).collect()
            }
        };
        for name in named.into_iter().filter(|name| seen.insert((sequencer, *name))) {
            if findings.len() >= MAX_WARNINGS {
                return;
            }
            let Some(cycle) = project.patterns.get(name).and_then(|slot| slot.pattern.as_cycle()) else { continue };
            let controls = controls.entry(name).or_insert_with(|| cycle.controls());
            words_of(project, (sequencer, name, cycle, controls), &looked, &mut compiled, findings);
        }
    }
}

/// What looking through a session has, whichever pattern it looks at.
struct Looked<'a> {
    /// What is left of [`LOOKING`].
    steps: &'a Cell<u32>,
    sent: levels::Sent,
}

/// The same of one pattern that a sequencer plays.
fn words_of(
    project: &Project,
    (sequencer, name, cycle, controls): (&Name, &Name, &Cycle, &[Arc<str>]),
    looked: &Looked<'_>,
    compiled: &mut Compiled,
    findings: &mut Vec<Finding>,
) {
    let about = vec![Subject::Pattern(name.clone()), Subject::Binding(sequencer.clone()), Subject::Module(sequencer.clone())];
    let mut say = |text| findings.push(Finding { always: true, ..Finding::of(about.clone(), text) });
    for control in controls.iter().filter(|control| project.event_param(control).is_none() && !is_spelling(control)) {
        say(unknown_control(project, name, control));
    }
    if let Some(control) = controls.iter().find(|control| SENT.contains(&&***control) && !control.starts_with("duck"))
        && let Some(why) = sent_nowhere(project, sequencer)
    {
        say(format!("pattern {name} sets \"{control}\", {why}"));
    }
    looked.sent.unsent(controls).into_iter().for_each(|text| say(format!("pattern {name} {text}")));
    // A sequencer that triggers nothing is said for itself; what a fn gives is not known ahead.
    let finds = project.finds(sequencer);
    if matches!(cycle, Cycle::Fn(_)) || !finds && project.targets(sequencer, PortKind::Event).next().is_none() {
        return;
    }
    // The plan says of what can't be compiled that it is silent.
    let Ok(program) = compiled.program(project, name, cycle) else { return };
    misfits(&program, looked.steps, |control| project.event_params().filter(|spec| spec.is_called(control)).collect())
        .into_iter()
        .for_each(|text| say(format!("pattern {name}: {text}")));
    let sounds = compiled.sounds(project, sequencer);
    if compiled.may_search(program.busiest(), 0) {
        unknown_words(&program, &sounds)
            .iter()
            .take(MAX_WARNINGS)
            .for_each(|word| say(unknown_word(sounds.words(), (sequencer, finds), name, word)));
        if controls.iter().any(|control| matches!(&**control, "orbit" | "o")) {
            found::no_orbit(project, looked.steps, (sequencer, name), &program).into_iter().for_each(&mut say);
        }
        if controls.iter().any(|control| &**control == "duckorbit") {
            found::no_ducked(project, looked.steps, (sequencer, name), &program).into_iter().for_each(&mut say);
        }
    }
}

/// What becomes of triggers: indices without a sample, and of sequencers that find their instruments notes that nothing plays, and sounds
/// that get to no output.
fn finding(project: &Project, steps: &Cell<u32>, findings: &mut Vec<Finding>) {
    for (sequencer, source) in &project.bindings {
        if let Some(text) = found::beyond_samples(project, steps, sequencer, source.name()) {
            let about = vec![Subject::Pattern(source.name().clone()), Subject::Binding(sequencer.clone())];
            findings.push(Finding { always: true, ..Finding::of(about, text) });
        }
    }
    let finder = Finder::new(project, Name::clone);
    let (heard, seen) = (reaching(project, PortKind::Audio), reaching(project, PortKind::Video));
    for (sequencer, source) in project.bindings.iter().filter(|(sequencer, _)| project.finds(sequencer)) {
        let about = || vec![Subject::Binding(sequencer.clone()), Subject::Pattern(source.name().clone())];
        let (found, is_lost) = found::found(project, &finder, steps, sequencer);
        if is_lost {
            findings.push(Finding { always: true, ..Finding::of(about(), found::no_tones(source.name())) });
        }
        for name in found.iter().filter(|name| !heard.contains(*name)) {
            let Some(module) = project.modules.get(name) else { continue };
            if !module.module_type().has_samples() || wanted(module, false, seen.contains(name)).0 {
                findings.push(Finding::of(about(), lost(project, (name, module), "it is silent", PortKind::Audio)));
            }
        }
    }
}

/// Why nothing comes of what voices of a sequencer send, where that is so.
fn sent_nowhere(project: &Project, sequencer: &Name) -> Option<String> {
    let plays = project.hearers(sequencer);
    let can_send =
        |name: &&&Name| project.modules.get(**name).is_some_and(|module| module.module_type().outputs.iter().any(|port| port.buses > 1));
    let sender = *plays.iter().find(can_send)?;
    let leads_to = |to: &Name| {
        let inputs = project.modules.get(to).map_or(&[][..], |module| module.module_type().inputs);
        inputs.iter().any(|port| port.buses > 1)
    };
    let mut cables =
        project.connections.iter().filter(|cable| plays.contains(&&cable.from) && cable.output().is_some() && leads_to(&cable.to));
    let Some(cable) = cables.next() else {
        let hears = if project.finds(sequencer) { String::new() } else { format!(" connect(\"{sequencer}\", \"orbit1\")") };
        return Some(format!(
            "but {sender} leads to no orbit, so nothing comes of it; orbit(\"orbit1\") connect(\"{sender}\", \"orbit1\"){hears}"
        ));
    };
    let is_deaf = !plays.contains(&&cable.to) && !cables.any(|cable| plays.contains(&&cable.to));
    is_deaf.then(|| format!("but {0} does not hear what it says of an orbit; connect(\"{sequencer}\", \"{0}\")", cable.to))
}

fn unknown_control(project: &Project, pattern: &Name, control: &str) -> String {
    if registry::find(control).is_some() {
        return format!("pattern {pattern} sets \"{control}\", which no module of the session hears; its value stays in the events");
    }
    let hint = did_you_mean_or(control, project.event_params().map(|spec| spec.name), || {
        "name a shader that declares it, or take it out of the pattern".to_owned()
    });
    format!("pattern {pattern} sets \"{control}\", which no module of the session has; {hint}")
}

fn unknown_word(sounds: &[String], (sequencer, finds): (&Name, bool), pattern: &Name, word: &str) -> String {
    if finds {
        let kit = kit::known();
        if kit.iter().any(|known| known == word) {
            return format!(
                "pattern {pattern}: no instrument knows \"{word}\", so it is silent; the kit does, and playing the pattern by d1(…) or p(…) adds it"
            );
        }
        if let Some(hint) = found::melodic(word) {
            return format!("pattern {pattern}: no instrument knows \"{word}\", so it is silent; {hint}");
        }
        let mut known: Vec<&str> = sounds.iter().map(String::as_str).collect();
        known.extend(kit.iter().map(String::as_str).filter(|word| sounds.iter().all(|sound| sound != word)));
        let hint = did_you_mean_or(word, known.iter().copied(), || spelled_whole(word, sounds).unwrap_or_else(|| listed(&known)));
        return format!("pattern {pattern}: no instrument knows \"{word}\", so it is silent; {hint}");
    }
    let known = || sounds.iter().map(String::as_str);
    let hint = did_you_mean_or(word, known(), || {
        if sounds.is_empty() {
            return "connect the sequencer to a sampler with samples, or to a synth".to_owned();
        }
        if let Some(whole) = spelled_whole(word, sounds) {
            return whole;
        }
        listed(&known().collect::<Vec<_>>())
    });
    format!("pattern {pattern}: no sample that {sequencer} plays is called \"{word}\", so it is silent; {hint}")
}

/// What to write where a word is a part of a name that has spaces in its file.
fn spelled_whole(word: &str, sounds: &[String]) -> Option<String> {
    let is_whole = |sound: &&String| sound.contains('_') && sound.split('_').any(|part| part.eq_ignore_ascii_case(word));
    let whole = sounds.iter().find(is_whole)?;
    Some(format!("did you mean \"{whole}\"? A space in a name is written _"))
}

fn listed(known: &[&str]) -> String {
    let more = if known.len() > MAX_SHOWN { format!(" and {} more", known.len() - MAX_SHOWN) } else { String::new() };
    format!("there are {}{more}", known[..known.len().min(MAX_SHOWN)].join(", "))
}

/// Patterns and chains that nothing plays. A pattern whose sequencer was hushed is no mistake.
fn unplayed(project: &Project, findings: &mut Vec<Finding>) {
    let mut played: BTreeSet<Name> = project.bindings.values().filter_map(pattern_of).cloned().collect();
    played.extend(project.chains.values().flat_map(|chain| chain.entries.iter().map(|entry| entry.pattern.clone())));
    for slot in project.patterns.values() {
        played.extend(slot.pattern.as_cycle().map(Cycle::references).unwrap_or_default().iter().map(|name| Name::new(name)));
    }
    let free = free_sequencer(project);
    for name in project.patterns.keys().filter(|name| !played.contains(*name) && !is_hushed(project, name)) {
        let remedy = match &free {
            Some(free) => format!("bind(\"{free}\", \"{name}\") lets a sequencer play it"),
            None => format!("d1(getPattern(\"{name}\")) plays it"),
        };
        let text = format!("nothing plays pattern {name}; {remedy}");
        findings.push(Finding::of(vec![Subject::Pattern(name.clone())], text));
    }
    let bound = |chain: &Name| project.bindings.values().any(|source| matches!(source, Source::Chain(name) if name == chain));
    for name in project.chains.keys().filter(|name| !bound(name)) {
        let free = free.as_deref().unwrap_or("a sequencer");
        let text = format!("nothing plays chain {name}; bind(\"{free}\", \"{name}\") lets a sequencer play it");
        findings.push(Finding::of(vec![Subject::Chain(name.clone())], text));
    }
}

fn modules_of(project: &Project, is: impl Fn(&ModuleType) -> bool) -> impl Iterator<Item = (&Name, &Module)> {
    project.modules.iter().filter(move |(_, module)| is(module.module_type())).map(|(name, module)| (name, &**module))
}

fn is_sequencer(kind: &ModuleType) -> bool {
    kind.is_sequencer()
}

/// Whether a pattern is to be played by a sequencer of its name, which plays nothing for now.
fn is_hushed(project: &Project, pattern: &Name) -> bool {
    project.finds(pattern) && !project.bindings.contains_key(pattern)
}

/// A sequencer that could play something more.
fn free_sequencer(project: &Project) -> Option<Name> {
    let all = || modules_of(project, is_sequencer).map(|(name, _)| name);
    all().find(|name| !project.bindings.contains_key(*name)).or_else(|| all().next()).cloned()
}

/// Sequencers without anything to play or anything to trigger.
fn sequencers(project: &Project, findings: &mut Vec<Finding>) {
    let anyone = modules_of(project, ModuleType::has_samples).next().map_or("a sampler", |(name, _)| name.as_str());
    for (name, _) in modules_of(project, is_sequencer).filter(|(name, _)| !project.finds(name)) {
        let about = vec![Subject::Module(name.clone()), Subject::Binding(name.clone())];
        let mut targets = project.targets(name, PortKind::Event).filter_map(|to| Some((to, project.modules.get(to)?))).peekable();
        let Some(source) = project.bindings.get(name) else {
            if targets.peek().is_none() {
                let text = format!(
                    "sequencer {name} has nothing to play and triggers nothing; connect(\"{name}\", \"{anyone}\") and bind a pattern"
                );
                findings.push(Finding { whole: true, ..Finding::of(about, text) });
            }
            continue;
        };
        if targets.peek().is_none() {
            let text = format!("sequencer {name} plays {} but triggers nothing; connect(\"{name}\", \"{anyone}\")", source.name());
            findings.push(Finding::of(about, text));
            continue;
        }
        for (to, _) in targets.filter(|(_, module)| module.module_type().has_samples() && module.samples.is_empty()) {
            let text = format!("sampler {to} has no samples, so it is silent; give it some, as in {{samples = {{\"factory:kick\"}}}}");
            findings.push(Finding { whole: true, ..Finding::of(vec![Subject::Module(to.clone())], text) });
        }
    }
}

/// The modules whose signal of one kind gets to an output of the plugin.
fn reaching(project: &Project, signal: PortKind) -> HashSet<&Name> {
    let mut senders: HashMap<&Name, Vec<&Name>> = HashMap::new();
    for cable in project.connections.iter().filter(|cable| cable.kind == signal) {
        senders.entry(&cable.to).or_default().push(&cable.from);
    }
    let mut open: Vec<&Name> = modules_of(project, |kind| kind.role == Role::Master(signal)).map(|(name, _)| name).collect();
    let mut reached = HashSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            open.extend(senders.get(name).into_iter().flatten());
        }
    }
    reached
}

/// Sounds and pictures that get to no output.
fn unheard(project: &Project, findings: &mut Vec<Finding>) {
    let heard = reaching(project, PortKind::Audio);
    let seen = reaching(project, PortKind::Video);
    for (name, module) in &project.modules {
        let kind = module.module_type();
        let (sounds, shows) = if module.module_type().has_samples() {
            wanted(module, heard.contains(name), seen.contains(name))
        } else {
            // What passes pictures on depends on what it gets.
            let makes = kind.picture == Picture::Shader || !kind.takes(PortKind::Video);
            let plays = kind.takes(PortKind::Event) && kind.sends(PortKind::Audio);
            (plays, makes && kind.sends(PortKind::Video))
        };
        let mut say = |what: &str, signal: PortKind| {
            findings.push(Finding::of(vec![Subject::Module(name.clone())], lost(project, (name, module), what, signal)));
        };
        if sounds && !heard.contains(name) {
            say("it is silent", PortKind::Audio);
        }
        if shows && !seen.contains(name) {
            say("its picture is not shown", PortKind::Video);
        }
    }
}

/// What is said of a module whose signal gets to no output.
fn lost(project: &Project, (name, module): (&Name, &Module), what: &str, signal: PortKind) -> String {
    format!("{} {name} reaches no {}, so {what}; {}", module.kind, master(signal), remedy(project, name, signal))
}

/// Whether a sampler's sound is to be heard, and whether its picture is to be seen: what its media surely hold; what they may
/// hold only where they get out neither way.
fn wanted(module: &Module, heard: bool, seen: bool) -> (bool, bool) {
    let mut wanted = (false, false);
    for Holds { sound, picture } in module.samples.iter().map(|sample| holds(&sample.asset)) {
        let is_clip = sound.is_none();
        wanted.0 |= sound == Some(true) || is_clip && !seen;
        wanted.1 |= picture == Some(true) && (!is_clip || !heard);
    }
    wanted
}

/// The type through which a signal leaves the plugin.
fn master(signal: PortKind) -> &'static str {
    MODULES.iter().find(|kind| kind.role == Role::Master(signal)).map_or("output", |kind| kind.name)
}

fn remedy(project: &Project, from: &Name, signal: PortKind) -> String {
    let (out, name) = (master(signal), if signal == PortKind::Audio { "out" } else { "screen" });
    match modules_of(project, |kind| kind.role == Role::Master(signal)).next() {
        Some((name, _)) => format!("connect(\"{from}\", \"{name}\")"),
        None if project.auto_route => format!("{out}(\"{name}\") makes one"),
        None => format!("{out}(\"{name}\") connect(\"{from}\", \"{name}\")"),
    }
}
