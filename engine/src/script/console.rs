//! The string commands: a table of them, from which help and completion are made.
//!
//! Command words and names ignore case; a name with blanks is put in quotes. A new command is one entry in a table.

mod line;
mod modules;
mod patterns;

use self::line::Line;
use super::{RecordRequest, Request, live};
use crate::{
    command::{CommandError, refuse},
    module::{MODULES, PortKind},
    name::{Name, did_you_mean_or},
    project::Project,
    snapshot::Snapshot,
    transaction::Transaction,
};

/// What a console line answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Text to show; empty where there is nothing to say.
    Text(String),
    /// Something only the caller can do.
    Ask(Request),
}

impl Answer {
    fn said(text: impl Into<String>) -> Result<Self, CommandError> {
        Ok(Self::Text(text.into()))
    }
}

/// One string command.
#[derive(Debug)]
pub struct ConsoleCommand {
    /// Its words, such as `pattern create`.
    pub words: &'static str,
    /// Other words it answers to.
    pub aliases: &'static [&'static str],
    /// Its arguments, as help shows them.
    pub usage: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// What its arguments are, for completion; the last one repeats.
    complete: &'static [Argument],
    run: fn(&mut Line<'_>, &mut Transaction) -> Result<Answer, CommandError>,
}

/// What may stand at one place of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Argument {
    Module,
    Type,
    /// A parameter of the module that stands first.
    Param,
    /// `parameter=` of the module that stands first.
    Setting,
    /// `key=` of a step.
    StepKey,
    Pattern,
    Chain,
    Sequencer,
    Port,
    /// What stands behind the module whose cables are removed: a word, or a module that it feeds.
    OtherEnd,
    /// A module with a cable to or from the one that stands first.
    Neighbour,
    Command,
    Words(&'static [&'static str]),
    Asset,
    Free,
}

/// Every string command.
pub fn commands() -> impl Iterator<Item = &'static ConsoleCommand> {
    [GENERAL, modules::COMMANDS, patterns::COMMANDS].into_iter().flatten()
}

const GENERAL: &[ConsoleCommand] = &[
    ConsoleCommand {
        words: "undo",
        aliases: &[],
        usage: "",
        doc: "Goes back one step.",
        complete: &[],
        run: |_, _| Ok(Answer::Ask(Request::Undo)),
    },
    ConsoleCommand {
        words: "redo",
        aliases: &[],
        usage: "",
        doc: "Goes forward one step.",
        complete: &[],
        run: |_, _| Ok(Answer::Ask(Request::Redo)),
    },
    ConsoleCommand {
        words: "hush",
        aliases: &[],
        usage: "",
        doc: "Lets d1 … d16 and all that p made play nothing and forgets what is muted or alone, as the function hush does.",
        complete: &[],
        run: |_, transaction| live::hush(transaction).and_then(|told| now(told, &[], "d1 … d16 and all that p made", "hushed:")),
    },
    ConsoleCommand {
        words: "solo",
        aliases: &[],
        usage: "[name …]",
        doc: "Lets only these sequencers be heard; without a name all again.",
        complete: &[Argument::Sequencer],
        run: |line, transaction| {
            let names = names(line);
            let so = if names.is_empty() { "heard again:" } else { "heard alone:" };
            live::solo(transaction, &names).and_then(|told| now(told, &names, "all sequencers", so))
        },
    },
    ConsoleCommand {
        words: "mute",
        aliases: &[],
        usage: "[name …]",
        doc: "Mutes sequencers; without a name d1 … d16 and all that p made.",
        complete: &[Argument::Sequencer],
        run: |line, transaction| {
            let names = names(line);
            live::mute(transaction, &names, true).and_then(|told| now(told, &names, "d1 … d16 and all that p made", "muted:"))
        },
    },
    ConsoleCommand {
        words: "unmute",
        aliases: &[],
        usage: "[name …]",
        doc: "Lets muted sequencers be heard again.",
        complete: &[Argument::Sequencer],
        run: |line, transaction| {
            let names = names(line);
            live::mute(transaction, &names, false).and_then(|told| now(told, &names, "d1 … d16 and all that p made", "heard again:"))
        },
    },
    ConsoleCommand {
        words: "clear",
        aliases: &["cls"],
        usage: "",
        doc: "Empties the console.",
        complete: &[],
        run: |_, _| Ok(Answer::Ask(Request::ClearConsole)),
    },
    ConsoleCommand {
        words: "record",
        aliases: &["rec"],
        usage: "[film.mp4|film.mov|folder/|off]",
        doc: "Records a film of every time the song plays, live or in the host's bounce; off ends that.",
        complete: &[Argument::Words(&["off"])],
        run: |line, _| {
            let path = line.rest().join(" ");
            // Without a path it means the request before.
            let typed = !path.is_empty();
            let request = RecordRequest { path: typed.then(|| path.clone()), typed, ..RecordRequest::default() };
            Ok(Answer::Ask(Request::Record((path != "off").then_some(request))))
        },
    },
    ConsoleCommand {
        words: "kept",
        aliases: &[],
        usage: "[ls|export [<number> <file>]|forget <number>|forget all]",
        doc: "Lists what was kept of damaged states, writes it to files, or forgets it.",
        complete: &[Argument::Words(&["ls", "export", "forget"]), Argument::Free],
        run: |line, _| Ok(Answer::Ask(Request::Outside { word: "kept".to_owned(), words: line.rest() })),
    },
    ConsoleCommand {
        words: "drafts",
        aliases: &[],
        usage: "[ls|open <number>|discard <number>|discard all]",
        doc: "Lists unsaved scripts that a host left when it ended, opens one, or throws it away.",
        complete: &[Argument::Words(&["ls", "open", "discard"]), Argument::Free],
        run: |line, _| Ok(Answer::Ask(Request::Outside { word: "drafts".to_owned(), words: line.rest() })),
    },
    ConsoleCommand {
        words: "open",
        aliases: &[],
        usage: "<script>",
        doc: "Opens a script file in a tab of the editor; nothing runs.",
        complete: &[Argument::Free],
        run: |line, _| Ok(Answer::Ask(Request::Outside { word: "open".to_owned(), words: line.rest() })),
    },
    ConsoleCommand {
        words: "save",
        aliases: &[],
        usage: "[path]",
        doc: "Writes the editor's tab to its file, or to another; a file that was changed meanwhile, or was never opened here, stays.",
        complete: &[Argument::Free],
        run: |line, _| Ok(Answer::Ask(Request::Outside { word: "save".to_owned(), words: line.rest() })),
    },
    ConsoleCommand {
        words: "overwrite",
        aliases: &[],
        usage: "[path]",
        doc: "Saves as save does, and replaces what lies there, whatever it is.",
        complete: &[Argument::Free],
        run: |line, _| Ok(Answer::Ask(Request::Outside { word: "overwrite".to_owned(), words: line.rest() })),
    },
    ConsoleCommand {
        words: "help",
        aliases: &["?"],
        usage: "[command]",
        doc: "Shows what there is.",
        complete: &[Argument::Command],
        run: |line, _| help(line),
    },
];

/// Nothing, or as an error what could not be done: a line does all that it says or nothing.
/// What is so now of sequencers, by name or of `all`; else what could not be done.
fn now(told: Vec<String>, names: &[Name], all: &str, so: &str) -> Result<Answer, CommandError> {
    if !told.is_empty() {
        return Err(CommandError(told.join("; ")));
    }
    let whom = if names.is_empty() { all.to_owned() } else { names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ") };
    Answer::said(format!("{so} {whom}"))
}

/// The sequencers that a line names; a number stands for d1, d2, ….
fn names(line: &mut Line<'_>) -> Vec<Name> {
    let name = |word: String| word.parse().map_or_else(|_| Name::new(&word), live::numbered);
    line.rest().into_iter().map(name).collect()
}

/// Carries out one console line. An empty line does nothing.
///
/// # Errors
/// Says what is wrong with the line. What it had done before stays in `transaction`, which is then to be dropped.
pub fn execute(line: &str, transaction: &mut Transaction) -> Result<Answer, CommandError> {
    let mut line = Line::new(line)?;
    if line.is_empty() {
        return Answer::said("");
    }
    let command = find(&mut line)?;
    line.begin(command.words, command.usage);
    let answer = (command.run)(&mut line, transaction)?;
    line.end()?;
    Ok(answer)
}

/// Finds the command whose words the line begins with, the one with most words first.
fn find(line: &mut Line<'_>) -> Result<&'static ConsoleCommand, CommandError> {
    let all = || commands().flat_map(|command| std::iter::once(&command.words).chain(command.aliases).map(move |words| (*words, command)));
    let best = all().filter(|(words, _)| line.starts_with(words)).max_by_key(|(words, _)| words.split(' ').count());
    if let Some((words, command)) = best {
        line.skip(words.split(' ').count());
        return Ok(command);
    }
    let first = line.peek().unwrap_or_default();
    let family: Vec<&str> = all().filter_map(|(words, _)| words.strip_prefix(&*first.to_lowercase())?.strip_prefix(' ')).collect();
    if !family.is_empty() {
        refuse!("{first} takes one of {}; help {first} says more", family.join(", "));
    }
    let known = all().map(|(words, _)| words.split(' ').next().unwrap_or_default());
    let hint = did_you_mean_or(first, known, String::new);
    refuse!("there is no command \"{first}\"; {hint}{}help lists them all", if hint.is_empty() { "" } else { " " })
}

fn help(line: &mut Line<'_>) -> Result<Answer, CommandError> {
    let wanted = line.rest().join(" ").to_lowercase();
    let mut shown = Vec::new();
    for command in commands() {
        let names = || std::iter::once(&command.words).chain(command.aliases);
        if wanted.is_empty() || names().any(|words| *words == wanted || words.split(' ').next() == Some(&*wanted)) {
            let heads = names().copied().collect::<Vec<_>>().join("|");
            let gap = if command.usage.is_empty() { "" } else { " " };
            shown.push(format!("{heads}{gap}{}: {}", command.usage, command.doc));
        }
    }
    if shown.is_empty() {
        refuse!("there is no command \"{wanted}\"; help lists them all");
    }
    Answer::said(shown.join("\n"))
}

/// What the last word of `line` can become, sorted: command words, names and parameters that begin with it, ignoring case.
#[must_use]
pub fn complete(line: &str, snapshot: &Snapshot) -> Vec<String> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let stem = if line.ends_with(char::is_whitespace) || words.is_empty() { "" } else { words.pop().unwrap_or_default() };
    let mut found = candidates(&words, &snapshot.project);
    let wanted = stem.trim_start_matches('"').to_lowercase();
    found.retain(|candidate| candidate.trim_start_matches('"').to_lowercase().starts_with(&wanted));
    found.sort();
    found.dedup();
    found
}

fn candidates(before: &[&str], project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    let mut exact: Option<(usize, &ConsoleCommand)> = None;
    for command in commands() {
        for words in std::iter::once(&command.words).chain(command.aliases) {
            let parts: Vec<&str> = words.split(' ').collect();
            let same = parts.iter().zip(before).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
            if same == before.len() && same < parts.len() {
                found.push(parts[same].to_owned());
            } else if same == parts.len() && exact.is_none_or(|(most, _)| same > most) {
                exact = Some((same, command));
            }
        }
    }
    if let Some((taken, command)) = exact {
        let arguments = &before[taken..];
        if let Some(slot) = command.complete.get(arguments.len()).or(command.complete.last()) {
            found.extend(fillers(*slot, arguments, project));
        }
    }
    found
}

fn fillers(slot: Argument, arguments: &[&str], project: &Project) -> Vec<String> {
    let names = |names: &mut dyn Iterator<Item = &Name>| names.map(|name| in_quotes(name)).collect::<Vec<_>>();
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let first = || arguments.first().and_then(|name| line::resolve(name, project.modules.keys()));
    let kind = || first().and_then(|name| project.modules.get(name));
    match slot {
        Argument::Module => names(&mut project.modules.keys()),
        Argument::Type => MODULES.iter().map(|kind| kind.name.to_owned()).collect(),
        Argument::Param => kind().map(|module| module.module_type().param_names().map(str::to_owned).collect()).unwrap_or_default(),
        Argument::Setting => {
            kind().map(|module| module.module_type().param_names().map(|name| format!("{name}=")).collect()).unwrap_or_default()
        }
        Argument::StepKey => {
            let params = MODULES.iter().filter(|kind| kind.has_samples()).flat_map(|kind| kind.param_names());
            ["index", "note", "length", "chance", "ratio"].into_iter().chain(params).map(|name| format!("{name}=")).collect()
        }
        Argument::Pattern => names(&mut project.patterns.keys()),
        Argument::Chain => names(&mut project.chains.keys()),
        Argument::Sequencer => names(&mut project.sequencers()),
        Argument::Port => PortKind::ALL.iter().map(|kind| kind.word().to_owned()).collect(),
        Argument::OtherEnd => {
            let mut found = names(&mut project.connections.iter().filter(|cable| first() == Some(&cable.from)).map(|cable| &cable.to));
            found.extend(owned(&["from", "to"]));
            found.extend(PortKind::ALL.iter().map(|kind| kind.word().to_owned()));
            found
        }
        Argument::Neighbour => {
            let inwards = arguments.get(1).is_some_and(|word| word.eq_ignore_ascii_case("from"));
            let ends = project.connections.iter().map(|cable| if inwards { (&cable.to, &cable.from) } else { (&cable.from, &cable.to) });
            names(&mut ends.filter(|(one, _)| first() == Some(one)).map(|(_, other)| other))
        }
        Argument::Command => commands().filter_map(|command| command.words.split(' ').next()).map(str::to_owned).collect(),
        Argument::Words(words) => owned(words),
        Argument::Asset => names(&mut project.assets.keys()),
        Argument::Free => Vec::new(),
    }
}

fn in_quotes(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_manual_is_there() {
        for words in [
            "list",
            "ls",
            "add",
            "remove",
            "rm",
            "delete",
            "del",
            "rename",
            "info",
            "set",
            "get",
            "param",
            "bpm",
            "play",
            "start",
            "stop",
            "pause",
            "reset",
            "route",
            "unroute",
            "connections",
            "conn",
            "import",
            "pattern ls",
            "pattern create",
            "pattern delete",
            "pattern play",
            "pattern stop",
            "pattern pause",
            "pattern reset",
            "pattern info",
            "pattern set",
            "chain ls",
            "chain create",
            "chain delete",
            "chain info",
            "chain add",
            "chain drop",
            "chain repeat",
            "chain mute",
            "chain enable",
            "chain disable",
            "chain clear",
            "chain reset",
            "sequencer",
            "seq",
            "sequencer ls",
            "seq ls",
            "seq info",
            "undo",
            "redo",
            "help",
            "?",
            "clear",
            "cls",
        ] {
            assert!(commands().any(|c| c.words == words || c.aliases.contains(&words)), "{words}");
        }
    }

    #[test]
    fn help_shows_every_command() {
        let mut transaction = Transaction::new(Project::default(), crate::view::Playhead::default());
        let Ok(Answer::Text(text)) = execute("HELP", &mut transaction) else { panic!("no help") };
        assert_eq!(text.lines().count(), commands().count());
        let Ok(Answer::Text(text)) = execute("? chain", &mut transaction) else { panic!("no help") };
        assert!(text.lines().count() > 5 && text.lines().all(|line| line.starts_with("chain")));
    }
}
