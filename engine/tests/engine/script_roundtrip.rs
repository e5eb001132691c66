//! The generated script rebuilds the session it was written from, whatever was there before.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{cell::RefCell, collections::BTreeMap};

use proptest::prelude::*;
use videotracker_engine::{
    command::{Command, PatternAction, TransportAction},
    module::{MODULES, ParamKind, PortKind, Value},
    name::Name,
    pattern::{Chain, ChainEntry, Column, Cycle, Generator, Pattern, Step, Tracker},
    project::{Asset, ClockSource, Curve, Link, Macro, MacroTarget, Project, Resolver, Sample, Source},
    script::{Limits, Vm, generate::generate},
    time::Ratio,
    transaction::Transaction,
    view::Playhead,
};

/// A stream of draws from one seed (splitmix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn float(&mut self, low: f64, high: f64) -> f64 {
        match self.below(8) {
            0 => low,
            1 => high,
            2 => (low + high) / 3.0,
            3 => 5e-324_f64.clamp(low, high),
            4 => (0.1_f64 + 0.2).clamp(low, high),
            5 => 1e-17_f64.clamp(low, high),
            _ => low + (high - low) * f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX),
        }
    }

    fn odd_name(&mut self) -> Name {
        const NAMES: &[&str] = &[
            "P0",
            "P1",
            "two words",
            "end",
            "index",
            "values",
            "ratio",
            "ä\"q\\\n\r\t'",
            "\u{1}1",
            "\u{7f}\u{85}",
            "]]",
            "]] --",
            "x.y[0]",
            "日本",
            "volume",
            "loopSize",
            "${x}`",
            "nil",
            "0",
            " ",
        ];
        Name::new(self.pick::<&str>(NAMES))
    }

    fn known<'a>(&mut self, names: impl Iterator<Item = &'a Name>) -> Name {
        let all: Vec<&Name> = names.collect();
        if all.is_empty() { Name::new("none") } else { (*self.pick(&all)).clone() }
    }

    fn param(&mut self, project: &Project, module: &Name) -> Option<(Name, &'static videotracker_engine::module::ParamSpec)> {
        let kind = project.modules.get(module)?.module_type();
        let plain = kind.per_input.is_empty() || self.one_in(2);
        let specs = if plain { kind.params } else { kind.per_input };
        // One kind among thirty would hardly be drawn.
        let cuts = specs.iter().find(|spec| spec.kind == ParamKind::Cuts).filter(|_| self.one_in(5));
        let spec = cuts.unwrap_or_else(|| self.pick(specs));
        let name = if plain { spec.name.to_owned() } else { format!("{}_{}", spec.name, self.below(4)) };
        Some((Name::new(&name), spec))
    }

    fn value(&mut self, spec: &videotracker_engine::module::ParamSpec) -> Value {
        match spec.kind {
            ParamKind::Float => Value::Number(self.float(spec.min, spec.max)),
            ParamKind::Integer => Value::Number(self.float(spec.min, spec.max).round()),
            ParamKind::Toggle => Value::Bool(self.one_in(2)),
            ParamKind::Choice(names) => Value::Text(Name::new(self.pick::<&str>(names))),
            ParamKind::Cuts => match self.below(3) {
                0 => Value::Number(self.float(spec.min, spec.max).round()),
                1 => Value::Text(Name::new(&format!("onsets {:?}", self.float(0.0, 1.0)))),
                _ => {
                    let mut positions: Vec<f64> = (0..1 + self.below(20)).map(|_| self.float(0.0, 0.999)).collect();
                    positions.sort_by(f64::total_cmp);
                    positions.dedup();
                    Value::Text(Name::new(&positions.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")))
                }
            },
            ParamKind::Text(_) => Value::Text(Name::new(self.pick::<&str>(&["osc", "noise", "kaleid", "modulate", ""]))),
        }
    }

    fn step(&mut self) -> Step {
        if self.one_in(2) {
            return Step::default();
        }
        let count = 1 + u32::try_from(self.below(16)).unwrap();
        let mut values = BTreeMap::new();
        for _ in 0..self.below(3) {
            values.insert(self.odd_name(), self.float(-1e300, 1e300));
            values.insert(Name::new(self.pick::<&str>(&["volume", "speed", "position"])), self.float(0.0, 1.0));
        }
        Step {
            index: i32::try_from(self.below(1025)).unwrap() - 1,
            length: 1 + u32::try_from(self.below(64)).unwrap(),
            note: i32::try_from(self.below(129)).unwrap() - 1,
            chance: u32::try_from(self.below(101)).unwrap(),
            ratio: (1 + u32::try_from(self.below(usize::try_from(count).unwrap())).unwrap(), count),
            values,
        }
    }

    fn pattern(&mut self) -> Pattern {
        let kept = 1 + if self.one_in(20) { self.below(256) } else { self.below(16) };
        let steps: Vec<Step> = (0..kept).map(|_| self.step()).collect();
        let mut tracker = Tracker { length: 1 + self.below(kept), steps, ..Tracker::new(1) };
        if self.one_in(2) {
            tracker.length = kept;
        }
        tracker.steps_per_beat = match self.below(4) {
            0 => Ratio::whole(4),
            1 => Ratio::new(-1, 16),
            2 => Ratio::new(1 + i64::try_from(self.below(1 << 40)).unwrap(), 1 << 36),
            _ => Ratio::new(i64::try_from(self.below(200)).unwrap() - 100, 1 + i64::try_from(self.below(7)).unwrap()),
        };
        if self.one_in(3) {
            tracker.seed = self.next() >> self.below(60);
        }
        let params: Vec<Name> = tracker.steps.iter().flat_map(|step| step.values.keys().cloned()).collect();
        if self.one_in(2) {
            let mut params = params;
            params.sort();
            params.dedup();
            tracker.columns.extend(params.into_iter().map(Column::Param));
        } else if self.one_in(2) {
            tracker.columns = vec![Column::Note, Column::Param(self.odd_name()), Column::Param(self.odd_name())];
        }
        Pattern::Tracker(tracker)
    }

    /// Mini-notation, or combinators that may name other patterns of the project.
    fn cycle(&mut self, project: &Project, name: &Name) -> Option<Pattern> {
        let mut dice = crate::cycle_dice::Dice::new(self.next());
        if dice.one_in(3) {
            return Some(Pattern::Cycle(Cycle::Mini((*dice.pick(crate::cycle_dice::TEXTS)).to_owned())));
        }
        if dice.one_in(4) {
            const SOURCES: &[&str] = &[
                "return 'kick*8'",
                "\nreturn cycle % 2 == 0 and 'a' or 'b'\n",
                "-- ]] ]=]\r\nreturn {{at = 0, s = \"é\\n\"}}",
                "return [[\u{1}\u{7f}]]\t",
                "-- ]\n-- ]",
                "",
            ];
            let seed = if dice.one_in(2) { 0 } else { self.next() >> self.below(60) };
            return Some(Pattern::Cycle(Cycle::Fn(Generator { source: (*dice.pick(SOURCES)).to_owned(), seed })));
        }
        let others: Vec<&str> = project.patterns.keys().map(Name::as_str).collect();
        let depth = dice.below(3);
        let expr = dice.makes(depth, &others, &Resolver::of(project, name))?;
        Cycle::of(&expr).ok().map(Pattern::Cycle)
    }

    fn sample(&mut self, project: &Project, module: &Name) -> Sample {
        let mut params = BTreeMap::new();
        for _ in 0..self.below(3) {
            if let Some((name, spec)) = self.param(project, module) {
                params.insert(name, self.value(spec));
            }
        }
        Sample { asset: self.odd_name(), params }
    }

    fn command(&mut self, kind: u8, project: &Project) -> Option<Command> {
        const MODULE_NAMES: &[&str] = &["kick", "hat", "_x", "end", "A1", "mix", "out"];
        let module = self.known(project.modules.keys());
        let to = self.known(project.modules.keys());
        let pattern = self.known(project.patterns.keys());
        let sequencer = self.known(project.modules.iter().filter(|(_, m)| &*m.kind == "sequencer").map(|(name, _)| name));
        Some(match kind % 32 {
            0 => Command::SetBpm { bpm: self.float(20.0, 480.0) },
            1 => Command::SetClockSource { source: if self.one_in(2) { ClockSource::Internal } else { ClockSource::Host } },
            2 => Command::SetCycle { beats: self.float(0.5, 64.0) },
            3 => Command::SetBar { beats: self.float(0.5, 64.0) },
            4 => Command::SetAutoRoute { on: self.one_in(2) },
            5 => Command::SetTransport { action: TransportAction::Start },
            6..=10 => {
                let kind = Name::new(self.pick(MODULES).name);
                let name = if self.one_in(3) { None } else { Some(Name::new(self.pick::<&str>(MODULE_NAMES))) };
                Command::AddModule { kind, name }
            }
            11 if self.one_in(3) => Command::RemoveModule { module },
            11 if self.one_in(3) => Command::PutFirst { module },
            11 => Command::RenameModule { module, to: Name::new(self.pick::<&str>(MODULE_NAMES)) },
            12 => Command::SetEnabled { module, on: self.one_in(2) },
            13 => {
                // Among all types those with samples are few.
                let holder = project.modules.iter().filter(|(_, m)| m.module_type().has_samples()).map(|(name, _)| name);
                let module = if self.one_in(2) { module } else { self.known(holder) };
                Command::SetSamples { samples: (0..self.below(4)).map(|_| self.sample(project, &module)).collect(), module }
            }
            14..=16 => {
                let (param, spec) = self.param(project, &module)?;
                Command::SetParameter { module, param, value: self.value(spec) }
            }
            17..=19 => {
                let kind = if self.one_in(2) { None } else { Some(*self.pick(&PortKind::ALL)) };
                Command::Connect { from: module, to, kind, auto: self.one_in(4) }
            }
            20 => Command::Disconnect { from: Some(module), to: if self.one_in(2) { None } else { Some(to) }, kind: None },
            21 => {
                let (source, _) = self.param(project, &module)?;
                let (target, spec) = self.param(project, &to)?;
                let bound = |dice: &mut Self| if dice.one_in(2) { None } else { Some(dice.float(spec.min, spec.max)) };
                let curve = *self.pick(&[Curve::Linear, Curve::Square, Curve::Root]);
                let (scale, offset) = (self.float(-3.0, 3.0), self.float(-3.0, 3.0));
                let (min, max) = (bound(self), bound(self));
                Command::LinkParameter { link: Link { source: (module, source), target: (to, target), scale, offset, min, max, curve } }
            }
            22 | 23 => {
                let name = self.odd_name();
                let pattern = if self.one_in(2) { self.pattern() } else { self.cycle(project, &name)? };
                Command::SetPattern { name, pattern }
            }
            24 => Command::SetStep { name: pattern, step: self.below(8), value: self.step() },
            25 => {
                let beat = self.float(-100.0, 1000.0);
                let action = *self.pick(&[PatternAction::Play, PatternAction::Pause, PatternAction::Stop, PatternAction::Reset(beat)]);
                Command::SetPatternState { name: pattern, action }
            }
            26 => Command::RemovePattern { name: pattern },
            27 => {
                let entries = (0..self.below(5))
                    .map(|_| ChainEntry {
                        pattern: self.known(project.patterns.keys()),
                        repeats: 1 + u32::try_from(self.below(99)).unwrap(),
                        muted: self.one_in(3),
                    })
                    .collect();
                Command::SetChain { name: self.odd_name(), chain: Chain { entries, enabled: !self.one_in(3) } }
            }
            28 | 29 => {
                let source = if self.one_in(2) { Source::Chain(self.known(project.chains.keys())) } else { Source::Pattern(pattern) };
                Command::Bind { sequencer, source }
            }
            30 => {
                let mut targets = Vec::new();
                for _ in 0..self.below(4) {
                    let (param, spec) = self.param(project, &module)?;
                    targets.push(MacroTarget {
                        module: module.clone(),
                        param,
                        min: self.float(spec.min, spec.max),
                        max: self.float(spec.min, spec.max),
                    });
                }
                let index = u32::try_from(self.below(64)).unwrap();
                Command::SetMacro { index, value: Some(Macro { name: self.odd_name(), targets }) }
            }
            _ => Command::AddAsset { path: self.odd_name() },
        })
    }
}

/// A valid project: whatever remains of random commands once the refused ones are left out.
fn project(draws: &[(u8, u64)]) -> Project {
    let mut transaction = Transaction::new(Project::default(), Playhead::default());
    for (kind, seed) in draws {
        if let Some(command) = Dice(*seed).command(*kind, transaction.project()) {
            let _ = transaction.apply(command);
        }
    }
    transaction.project().clone()
}

fn rebuilt(vm: &mut Vm, script: &str, over: &Project) -> Result<Project, String> {
    let mut transaction = Transaction::new(over.clone(), Playhead::default());
    let result = vm.run(script, "session", &mut transaction);
    result.error.map_or_else(|| Ok(transaction.project().clone()), Err)
}

/// A VM that a busy machine does not stop.
fn patient() -> Vm {
    Vm::new(Limits { run: std::time::Duration::from_secs(30), ..Limits::default() })
}

thread_local! {
    static VM: RefCell<(Vm, Project)> = RefCell::new((patient(), Project::default()));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_generated_script_rebuilds_every_session(draws in prop::collection::vec(any::<(u8, u64)>(), 0..60)) {
        let wanted = project(&draws);
        let script = generate(&wanted);
        VM.with_borrow_mut(|(vm, last)| {
            let fresh = rebuilt(vm, &script, &Project::default());
            prop_assert_eq!(fresh.as_ref(), Ok(&wanted), "{}", script);
            let over = rebuilt(vm, &script, last);
            prop_assert_eq!(over.as_ref(), Ok(&wanted), "over another session: {}", script);
            let text = generate(&wanted);
            prop_assert_eq!(&text, &script);
            *last = wanted;
            Ok(())
        })?;
    }
}

#[test]
fn the_random_sessions_hold_everything_there_is() {
    let mut dice = Dice(1);
    let sessions: Vec<Project> = (0..2000)
        .map(|_| project(&(0..dice.below(60)).map(|_| (u8::try_from(dice.below(256)).unwrap(), dice.next())).collect::<Vec<_>>()))
        .collect();
    let often = |what: &str, holds: &dyn Fn(&Project) -> bool| {
        let count = sessions.iter().filter(|session| holds(session)).count();
        let why = "the dice of `command()` draw it too rarely, often because `MODULES` grew: give it more weight there";
        assert!(count >= 10, "{what}: in {count} of {} sessions; {why}", sessions.len());
    };
    let tracker =
        |p: &Project, holds: &dyn Fn(&Tracker) -> bool| p.patterns.values().any(|slot| slot.pattern.as_tracker().is_some_and(holds));
    let param = |p: &Project, holds: &dyn Fn(&str) -> bool| p.modules.values().any(|m| m.params.keys().any(|name| holds(name)));
    often("default routing off", &|p| !p.auto_route);
    often("an internal clock", &|p| p.clock.source == ClockSource::Internal && p.clock.cycle_beats != 4.0 && p.clock.bar_beats != 4.0);
    often("parameters", &|p| param(p, &|_| true));
    often("parameters of an input", &|p| param(p, &|name| name.ends_with("_0")));
    often("samples with their own values", &|p| p.modules.values().any(|m| m.samples.iter().any(|s| !s.params.is_empty())));
    let cut = |p: &Project, how: &dyn Fn(&str) -> bool| {
        let of = |params: &BTreeMap<Name, Value>| matches!(params.get("slices"), Some(Value::Text(text)) if how(text));
        p.modules.values().any(|m| of(&m.params) || m.samples.iter().any(|s| of(&s.params)))
    };
    often("slices at onsets", &|p| cut(p, &|text| text.starts_with("onsets")));
    often("slices at positions", &|p| cut(p, &|text| !text.starts_with("onsets")));
    often("a default cable", &|p| p.connections.iter().any(|c| c.auto));
    often("a cable laid on purpose", &|p| p.connections.iter().any(|c| !c.auto));
    often("a link", &|p| !p.links.is_empty());
    often("a muted pattern", &|p| p.patterns.values().any(|slot| slot.muted));
    often("a moved pattern", &|p| p.patterns.values().any(|slot| slot.origin != 0.0));
    often("kept steps", &|p| tracker(p, &|t| t.steps.len() > t.length));
    often("odd columns", &|p| tracker(p, &|t| t.columns.first() == Some(&Column::Note)));
    often("a seed beyond 2^53", &|p| tracker(p, &|t| t.seed > 1 << 53));
    let cycle = |p: &Project, holds: &dyn Fn(&Cycle) -> bool| p.patterns.values().any(|slot| slot.pattern.as_cycle().is_some_and(holds));
    let expr = |p: &Project, word: &str| cycle(p, &|c| matches!(c, Cycle::Expr(text) if text.contains(word)));
    often("mini-notation", &|p| cycle(p, &|c| matches!(c, Cycle::Mini(_))));
    often("combinators", &|p| expr(p, ":"));
    often("a generative pattern", &|p| cycle(p, &|c| matches!(c, Cycle::Fn(_))));
    often("a function", &|p| expr(p, "function("));
    often("a function within a function", &|p| expr(p, "function(x2)"));
    often("a list", &|p| expr(p, "{"));
    often("a text with escapes", &|p| expr(p, "\\"));
    often("a parameter as a control", &|p| expr(p, ":volume("));
    often("a pattern made of another", &|p| cycle(p, &|c| !c.references().is_empty()));
    often("a chain", &|p| p.chains.values().any(|chain| !chain.entries.is_empty()));
    often("a chain that is off", &|p| p.chains.values().any(|chain| !chain.enabled));
    often("a bound pattern", &|p| p.bindings.values().any(|source| matches!(source, Source::Pattern(_))));
    often("a bound chain", &|p| p.bindings.values().any(|source| matches!(source, Source::Chain(_))));
    often("a macro", &|p| p.macros.values().any(|of| !of.targets.is_empty()));
    often("an asset that nothing uses", &|p| !p.assets.is_empty());
}

#[test]
fn what_files_are_known_by_is_written_too() {
    let mut wanted = Project::default();
    wanted.assets.insert(Name::new("a.wav"), Asset { hash: Some(Name::new("00ff")), size: Some(u64::MAX) });
    wanted.assets.insert(Name::new("b.wav"), Asset { hash: None, size: None });
    let script = generate(&wanted);
    assert_eq!(rebuilt(&mut patient(), &script, &Project::default()), Ok(wanted), "{script}");
}

#[test]
fn a_big_session_is_rebuilt_too() {
    let mut transaction = Transaction::new(Project::default(), Playhead::default());
    let mut dice = Dice(7);
    for number in 0..200 {
        let steps =
            (0..256).map(|_| Step { index: i32::try_from(dice.below(16)).unwrap(), note: 60, length: 2, ..Step::default() }).collect();
        let pattern = Pattern::Tracker(Tracker { length: 256, steps, ..Tracker::new(1) });
        transaction.apply(Command::SetPattern { name: Name::new(&format!("P{number}")), pattern }).unwrap();
    }
    for _ in 0..1000 {
        transaction.apply(Command::AddModule { kind: Name::new("sampler"), name: None }).unwrap();
    }
    let wanted = transaction.project().clone();
    let script = generate(&wanted);
    assert_eq!(rebuilt(&mut patient(), &script, &Project::default()), Ok(wanted), "{} bytes", script.len());
}

#[test]
fn the_script_reads_like_one_a_person_wrote() {
    let source = r#"session({autoRoute = false, bpm = 128, clock = "host", cycle = 3})

-- media
import("other.mov")

-- modules
sampler("kick", {samples = {"kick.wav", {"loop.wav", regionEnd = 0.5}}, playStyle = "loop", volume = 0.8})
audioMixer("mix", {connectionVolume_0 = 0.5})
sequencer("seq")

-- connections
connect("seq", "kick", "event")
connect("kick", "mix", "audio")

-- parameter links
local router = engine:getParameterRouter()
router:link("kick.volume", "mix.masterVolume", {scale = 0.5})

-- patterns
pattern("P 0", {{index = 0, note = 64, length = 2, chance = 50, ratio = {1, 2}, volume = 0.7}, {}}, {stepsPerBeat = -0.5})
pattern("P1", 16, {muted = true, origin = 8})
pattern("P2", {
    {index = 0, volume = 0.5}, {}, {index = 1}, {},
    {index = 0, volume = 0.5}, {}, {index = 1}, {},
    {index = 0, volume = 0.5}, {}, {index = 1}, {index = 2, chance = 50},
})

-- chains
chain("C", {{"P 0", 2}, "P1", {"P1", 1, muted = true}})

-- bindings
bind("seq", "C")

-- macros
macro(1, "Punch", {{"kick.volume", min = 0, max = 2}})

autoRoute(true)
"#;
    let built = rebuilt(&mut patient(), source, &Project::default()).unwrap();
    assert_eq!(generate(&built), source);
}
