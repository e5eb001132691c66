//! Commands about patterns, chains and sequencers.

use super::{Answer, Argument, ConsoleCommand, line::Line};
use crate::{
    command::{Command, CommandError, Outcome, PatternAction, refuse},
    name::Name,
    pattern::{
        Chain, ChainEntry, Column, Pattern, Step, Tracker,
        steps::Grid,
        tracker::{MAX_RATIO, MAX_STEPS},
    },
    project::{Project, Source},
    script::bindings::event_param,
    text::counted,
    transaction::Transaction,
};

type Said = Result<Answer, CommandError>;

const PATTERN: &[Argument] = &[Argument::Pattern];
const CHAIN: &[Argument] = &[Argument::Chain];
const ENTRY: &[Argument] = &[Argument::Chain, Argument::Free];

pub(super) const COMMANDS: &[ConsoleCommand] = &[
    ConsoleCommand {
        words: "pattern ls",
        aliases: &["pattern list"],
        usage: "",
        doc: "Lists the patterns.",
        complete: &[],
        run: pattern_list,
    },
    ConsoleCommand {
        words: "pattern create",
        aliases: &["pattern add"],
        usage: "<name> [steps]",
        doc: "Makes a pattern of rests, 16 steps long unless said.",
        complete: &[Argument::Free],
        run: pattern_create,
    },
    ConsoleCommand {
        words: "pattern delete",
        aliases: &["pattern remove"],
        usage: "<pattern>",
        doc: "Removes a pattern that nothing plays.",
        complete: PATTERN,
        run: |line, transaction| {
            let name = pattern(line, transaction)?;
            transaction.apply(Command::RemovePattern { name })?;
            Answer::said("")
        },
    },
    ConsoleCommand {
        words: "pattern steps",
        aliases: &[],
        usage: "<pattern> [cycles]",
        doc: "Writes the first cycles of a pattern out as steps in its place, one cycle unless said.",
        complete: PATTERN,
        run: pattern_steps,
    },
    ConsoleCommand {
        words: "pattern play",
        aliases: &[],
        usage: "<pattern>",
        doc: "Unmutes a pattern.",
        complete: PATTERN,
        run: |line, transaction| act(line, transaction, PatternAction::Play),
    },
    ConsoleCommand {
        words: "pattern stop",
        aliases: &[],
        usage: "<pattern>",
        doc: "Mutes a pattern and lets it count from the song's start.",
        complete: PATTERN,
        run: |line, transaction| act(line, transaction, PatternAction::Stop),
    },
    ConsoleCommand {
        words: "pattern pause",
        aliases: &[],
        usage: "<pattern>",
        doc: "Mutes a pattern.",
        complete: PATTERN,
        run: |line, transaction| act(line, transaction, PatternAction::Pause),
    },
    ConsoleCommand {
        words: "pattern reset",
        aliases: &[],
        usage: "<pattern>",
        doc: "Lets a pattern count from here.",
        complete: PATTERN,
        run: |line, transaction| {
            let beat = transaction.playhead().beat;
            act(line, transaction, PatternAction::Reset(beat))
        },
    },
    ConsoleCommand {
        words: "pattern info",
        aliases: &[],
        usage: "<pattern>",
        doc: "Shows a pattern's steps.",
        complete: PATTERN,
        run: pattern_info,
    },
    ConsoleCommand {
        words: "pattern set",
        aliases: &[],
        usage: "<pattern> <step> key=value …",
        doc: "Changes keys of one step, counted from 0: index, note, length, chance, ratio=1:2 or a sampler's parameter.",
        complete: &[Argument::Pattern, Argument::Free, Argument::StepKey],
        run: pattern_set,
    },
    ConsoleCommand { words: "chain ls", aliases: &["chain list"], usage: "", doc: "Lists the chains.", complete: &[], run: chain_list },
    ConsoleCommand {
        words: "chain create",
        aliases: &[],
        usage: "<name>",
        doc: "Makes an empty chain.",
        complete: &[Argument::Free],
        run: chain_create,
    },
    ConsoleCommand {
        words: "chain delete",
        aliases: &["chain remove"],
        usage: "<chain>",
        doc: "Removes a chain that nothing plays.",
        complete: CHAIN,
        run: |line, transaction| {
            let name = chain(line, transaction)?;
            transaction.apply(Command::RemoveChain { name })?;
            Answer::said("")
        },
    },
    ConsoleCommand {
        words: "chain info",
        aliases: &[],
        usage: "<chain>",
        doc: "Shows a chain's entries.",
        complete: CHAIN,
        run: chain_info,
    },
    ConsoleCommand {
        words: "chain add",
        aliases: &[],
        usage: "<chain> <pattern> [index]",
        doc: "Adds an entry at the end, or at an index counted from 0.",
        complete: &[Argument::Chain, Argument::Pattern, Argument::Free],
        run: |line, transaction| {
            edit(line, transaction, |line, transaction, chain| {
                let pattern = pattern(line, transaction)?;
                let index = if line.is_empty() { chain.entries.len() } else { line.number("the index")? };
                if index > chain.entries.len() {
                    refuse!("the chain has {} entries; there is no entry {index}", chain.entries.len());
                }
                chain.entries.insert(index, ChainEntry { pattern, repeats: 1, muted: false });
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain drop",
        aliases: &[],
        usage: "<chain> <index>",
        doc: "Takes out an entry, counted from 0.",
        complete: ENTRY,
        run: |line, transaction| {
            edit(line, transaction, |line, _, chain| {
                let index = entry(line, chain)?;
                chain.entries.remove(index);
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain repeat",
        aliases: &[],
        usage: "<chain> <index> <times>",
        doc: "Says how often an entry plays, 1 to 99.",
        complete: ENTRY,
        run: |line, transaction| {
            edit(line, transaction, |line, _, chain| {
                let index = entry(line, chain)?;
                chain.entries[index].repeats = line.number("the number of times")?;
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain mute",
        aliases: &[],
        usage: "<chain> <index>",
        doc: "Mutes an entry, or unmutes it.",
        complete: ENTRY,
        run: |line, transaction| {
            edit(line, transaction, |line, _, chain| {
                let index = entry(line, chain)?;
                chain.entries[index].muted ^= true;
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain enable",
        aliases: &[],
        usage: "<chain>",
        doc: "Lets a chain play.",
        complete: CHAIN,
        run: |line, transaction| {
            edit(line, transaction, |_, _, chain| {
                chain.enabled = true;
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain disable",
        aliases: &[],
        usage: "<chain>",
        doc: "Silences what plays a chain.",
        complete: CHAIN,
        run: |line, transaction| {
            edit(line, transaction, |_, _, chain| {
                chain.enabled = false;
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain clear",
        aliases: &[],
        usage: "<chain>",
        doc: "Takes out every entry.",
        complete: CHAIN,
        run: |line, transaction| {
            edit(line, transaction, |_, _, chain| {
                chain.entries.clear();
                Ok(())
            })
        },
    },
    ConsoleCommand {
        words: "chain reset",
        aliases: &[],
        usage: "<chain>",
        doc: "Lets every pattern of a chain count from here.",
        complete: CHAIN,
        run: chain_reset,
    },
    ConsoleCommand {
        words: "sequencer ls",
        aliases: &["seq ls", "sequencer list", "seq list"],
        usage: "",
        doc: "Lists the sequencers and what they play.",
        complete: &[],
        run: sequencer_list,
    },
    ConsoleCommand {
        words: "sequencer info",
        aliases: &["seq info"],
        usage: "<sequencer>",
        doc: "Shows what a sequencer plays and triggers.",
        complete: &[Argument::Sequencer],
        run: |line, transaction| {
            let name = sequencer(line, transaction)?;
            Answer::said(described(transaction, &name))
        },
    },
    ConsoleCommand {
        words: "sequencer",
        aliases: &["seq"],
        usage: "<sequencer> bind pattern|chain <name>, <sequencer> unbind [pattern|chain] or <sequencer> enable|disable chain",
        doc: "Gives a sequencer something to play, takes it away, or switches its chain on or off.",
        complete: &[
            Argument::Sequencer,
            Argument::Words(&["bind", "unbind", "enable", "disable"]),
            Argument::Words(&["pattern", "chain"]),
            Argument::Pattern,
        ],
        run: sequencer_do,
    },
];

fn pattern(line: &mut Line<'_>, transaction: &Transaction) -> Result<Name, CommandError> {
    line.known("pattern", transaction.project().patterns.keys())
}

fn chain(line: &mut Line<'_>, transaction: &Transaction) -> Result<Name, CommandError> {
    line.known("chain", transaction.project().chains.keys())
}

fn sequencer(line: &mut Line<'_>, transaction: &Transaction) -> Result<Name, CommandError> {
    line.known("sequencer", transaction.project().sequencers())
}

fn pattern_list(_: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let patterns = &transaction.project().patterns;
    if patterns.is_empty() {
        return Answer::said("there is no pattern; pattern create makes one");
    }
    let shown = patterns.iter().map(|(name, slot)| {
        let content = match &*slot.pattern {
            Pattern::Tracker(tracker) => counted(tracker.length, "step"),
            Pattern::Cycle(cycle) => cycle.source(),
        };
        format!("{name}: {content}{}", if slot.muted { ", muted" } else { "" })
    });
    Answer::said(shown.collect::<Vec<_>>().join("\n"))
}

fn pattern_create(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = Name::new(&line.word("a name")?);
    let steps: usize = if line.is_empty() { 16 } else { line.number("the number of steps")? };
    if !(1..=MAX_STEPS).contains(&steps) {
        refuse!("a pattern has 1 to {MAX_STEPS} steps, not {steps}");
    }
    if transaction.project().patterns.contains_key(&name) {
        return Answer::said(format!("{name} is there already"));
    }
    transaction.apply(Command::SetPattern { name, pattern: Pattern::Tracker(Tracker::new(steps)) })?;
    Answer::said("")
}

fn act(line: &mut Line<'_>, transaction: &mut Transaction, action: PatternAction) -> Said {
    let name = pattern(line, transaction)?;
    transaction.apply(Command::SetPatternState { name, action })?;
    Answer::said("")
}

fn pattern_info(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = pattern(line, transaction)?;
    let slot = &transaction.project().patterns[&name];
    if let Some(cycle) = slot.pattern.as_cycle() {
        let muted = if slot.muted { ", muted" } else { "" };
        return Answer::said(format!("{name}: {}{muted}, counts from beat {}", cycle.source(), slot.origin));
    }
    let Some(tracker) = slot.pattern.as_tracker() else { return Answer::said(format!("{name}")) };
    let mut text = vec![format!(
        "{name}: {}, {} a beat{}, counts from beat {}",
        counted(tracker.length, "step"),
        tracker.steps_per_beat.to_f64(),
        if slot.muted { ", muted" } else { "" },
        slot.origin
    )];
    for (index, step) in tracker.steps.iter().take(tracker.length).enumerate().filter(|(_, step)| **step != Step::default()) {
        let mut shown = format!("  {index}: index {} note {} length {}", step.index, step.note, step.length);
        if step.chance != 100 {
            shown += &format!(" chance {}", step.chance);
        }
        if step.ratio != (1, 1) {
            shown += &format!(" ratio {}:{}", step.ratio.0, step.ratio.1);
        }
        shown.extend(step.values.iter().map(|(param, set)| format!(" {param} {set}")));
        text.push(shown);
    }
    Answer::said(text.join("\n"))
}

fn pattern_steps(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = pattern(line, transaction)?;
    let cycles = if line.is_empty() { 1 } else { line.number("the number of cycles")? };
    let Some(cycle) = transaction.project().patterns[&name].pattern.as_cycle().cloned() else {
        return Answer::said(format!("{name} has steps already"));
    };
    let written = transaction.project().write_out(&name, &cycle, Grid { cycles, steps_per_beat: None });
    let tracker = written.map_err(|why| CommandError(format!("{name}: {why}")))?;
    let text = format!("{name} has {} now, {} a beat", counted(tracker.length, "step"), tracker.steps_per_beat.to_f64());
    transaction.apply(Command::SetPattern { name, pattern: Pattern::Tracker(tracker) })?;
    Answer::said(text)
}

fn pattern_set(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = pattern(line, transaction)?;
    let step: usize = line.number("the step")?;
    let Some(tracker) = transaction.project().patterns[&name].pattern.as_tracker().cloned() else {
        refuse!("pattern {name} has no steps");
    };
    let Some(mut value) = tracker.steps.get(step).cloned() else {
        refuse!("pattern {name} has steps 0 to {}; there is no step {step}", tracker.steps.len() - 1);
    };
    let settings = line.rest();
    if settings.is_empty() {
        return line.wrong("a key=value is missing");
    }
    for setting in settings {
        let Some((key, set)) = setting.split_once('=') else { return line.wrong(&format!("\"{setting}\" has no =")) };
        change(transaction.project(), &mut value, key, set)?;
    }
    let missing: Vec<Column> =
        value.values.keys().map(|key| Column::Param(key.clone())).filter(|column| !tracker.columns.contains(column)).collect();
    if missing.is_empty() {
        transaction.apply(Command::SetStep { name, step, value })?;
    } else {
        let mut tracker = tracker;
        tracker.columns.extend(missing);
        tracker.steps[step] = value;
        transaction.apply(Command::SetPattern { name, pattern: Pattern::Tracker(tracker) })?;
    }
    Answer::said("")
}

fn change(project: &Project, step: &mut Step, key: &str, set: &str) -> Result<(), CommandError> {
    let wrong = |wanted: &str| CommandError(format!("{key} is \"{set}\", but takes {wanted}"));
    let whole = || set.parse::<i32>().map_err(|_| wrong("a whole number"));
    let count = || set.parse::<u32>().map_err(|_| wrong("a whole number from 0"));
    match key.to_ascii_lowercase().as_str() {
        "index" => step.index = whole()?,
        "note" => step.note = whole()?,
        "length" => step.length = count()?,
        "chance" => step.chance = count()?,
        "ratio" => {
            let parts = set.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            step.ratio = parts.ok_or_else(|| wrong(&format!("a:b, each from 1 to {MAX_RATIO}")))?;
        }
        _ => {
            let number: f64 = set.parse().map_err(|_| wrong("a number"))?;
            let spec = event_param(project, key, number).map_err(CommandError)?;
            step.values.insert(Name::new(spec.name), number);
        }
    }
    Ok(())
}

fn chain_list(_: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let chains = &transaction.project().chains;
    if chains.is_empty() {
        return Answer::said("there is no chain; chain create makes one");
    }
    let shown =
        chains.iter().map(|(name, chain)| format!("{name}: {} entries{}", chain.entries.len(), if chain.enabled { "" } else { ", off" }));
    Answer::said(shown.collect::<Vec<_>>().join("\n"))
}

fn chain_create(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = Name::new(&line.word("a name")?);
    if transaction.project().chains.contains_key(&name) {
        return Answer::said(format!("{name} is there already"));
    }
    transaction.apply(Command::SetChain { name, chain: Chain { entries: Vec::new(), enabled: true } })?;
    Answer::said("")
}

fn chain_info(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = chain(line, transaction)?;
    let chain = &transaction.project().chains[&name];
    let mut text = vec![format!("{name}: {} entries{}", chain.entries.len(), if chain.enabled { "" } else { ", off" })];
    for (index, entry) in chain.entries.iter().enumerate() {
        text.push(format!("  {index}: {} × {}{}", entry.pattern, entry.repeats, if entry.muted { ", muted" } else { "" }));
    }
    Answer::said(text.join("\n"))
}

/// Edits a chain that the line names first.
fn edit(
    line: &mut Line<'_>,
    transaction: &mut Transaction,
    change: impl FnOnce(&mut Line<'_>, &Transaction, &mut Chain) -> Result<(), CommandError>,
) -> Said {
    let name = chain(line, transaction)?;
    let mut chain = Chain::clone(&transaction.project().chains[&name]);
    change(line, transaction, &mut chain)?;
    transaction.apply(Command::SetChain { name, chain })?;
    Answer::said("")
}

fn entry(line: &mut Line<'_>, chain: &Chain) -> Result<usize, CommandError> {
    let index: usize = line.number("the index")?;
    if index >= chain.entries.len() {
        refuse!("the chain has {} entries, counted from 0; there is no entry {index}", chain.entries.len());
    }
    Ok(index)
}

fn chain_reset(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = chain(line, transaction)?;
    let beat = transaction.playhead().beat;
    let mut patterns: Vec<Name> = transaction.project().chains[&name].entries.iter().map(|entry| entry.pattern.clone()).collect();
    patterns.sort();
    patterns.dedup();
    for name in patterns {
        transaction.apply(Command::SetPatternState { name, action: PatternAction::Reset(beat) })?;
    }
    Answer::said("")
}

fn described(transaction: &Transaction, name: &Name) -> String {
    let project = transaction.project();
    let plays = match project.bindings.get(name) {
        Some(Source::Pattern(pattern)) => format!("plays pattern {pattern}"),
        Some(Source::Chain(chain)) => format!("plays chain {chain}"),
        None => "plays nothing".to_owned(),
    };
    let targets: Vec<&str> = project.hearers(name).into_iter().map(Name::as_str).collect();
    let targets = if targets.is_empty() { "nothing".to_owned() } else { targets.join(", ") };
    format!("{name}: {plays}, triggers {targets}")
}

fn sequencer_list(_: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let shown: Vec<String> = transaction.project().sequencers().map(|name| described(transaction, name)).collect();
    if shown.is_empty() { Answer::said("there is no sequencer; add sequencer makes one") } else { Answer::said(shown.join("\n")) }
}

fn sequencer_do(line: &mut Line<'_>, transaction: &mut Transaction) -> Said {
    let name = sequencer(line, transaction)?;
    let what = line.word("bind, unbind, enable or disable")?.to_ascii_lowercase();
    match what.as_str() {
        "bind" => {
            let source = if line.takes("chain") {
                Source::Chain(chain(line, transaction)?)
            } else if line.takes("pattern") {
                Source::Pattern(pattern(line, transaction)?)
            } else {
                return line.wrong("pattern or chain is missing");
            };
            transaction.apply(Command::Bind { sequencer: name, source })?;
        }
        "unbind" => {
            let bound = transaction.project().bindings.get(&name).cloned();
            let fits = match bound {
                None => false,
                Some(Source::Chain(_)) => line.takes("chain") || line.is_empty(),
                Some(Source::Pattern(_)) => line.takes("pattern") || line.is_empty(),
            };
            if !fits {
                refuse!("{}; there is nothing like that to unbind", described(transaction, &name));
            }
            transaction.apply(Command::Unbind { sequencer: name })?;
        }
        "enable" | "disable" => {
            if !line.takes("chain") {
                return line.wrong("chain is missing");
            }
            let Some(Source::Chain(bound)) = transaction.project().bindings.get(&name).cloned() else {
                refuse!("{}; bind a chain first", described(transaction, &name));
            };
            let chain = Chain { enabled: what == "enable", ..Chain::clone(&transaction.project().chains[&bound]) };
            let outcome = transaction.apply(Command::SetChain { name: bound, chain })?;
            return Answer::said(if outcome == Outcome::Unchanged { "it already is so" } else { "" });
        }
        other => return line.wrong(&format!("\"{other}\" is no action")),
    }
    Answer::said("")
}
