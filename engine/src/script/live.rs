//! What a player does to the sequencers that find their instruments, as Lua functions and console words do it: hush, solo, mute.

use crate::{
    command::{Command, CommandError, refuse},
    module::Value,
    name::{Name, did_you_mean_or},
    project::{Project, Source},
    transaction::Transaction,
};

/// The name that a number stands for: `d1` for 1.
#[must_use]
pub(super) fn numbered(number: i64) -> Name {
    Name::new(&format!("d{number}"))
}

/// The sequencer that plays, or is to play, the pattern of a name: the one called so, or where another module has the name the next
/// free one.
#[must_use]
pub(super) fn player(project: &Project, pattern: &Name) -> Name {
    let plays = |name: &Name| matches!(project.bindings.get(name), Some(Source::Pattern(bound)) if bound == pattern);
    let is_sequencer = |name: &Name| project.sequencers().any(|known| known == name);
    // A pattern may be called as no module may, such as "bass line".
    let wanted = Name::new(&if Name::is_identifier(pattern) { pattern.to_string() } else { Name::as_identifier(pattern) });
    let is_its = |name: &Name| name == pattern || *name == wanted && !project.bindings.contains_key(name);
    let fits = |name: &Name| !project.modules.contains_key(name) || is_sequencer(name) && (is_its(name) || plays(name));
    project.names_like(&wanted).find(fits).unwrap_or_default()
}

/// How many names that are not there are told of, one by one.
const MOST_TOLD: usize = 8;

/// The sequencer of a name, where there is one.
fn there(project: &Project, name: &Name) -> Option<Name> {
    Some(player(project, name)).filter(|player| project.modules.contains_key(player))
}

/// The sequencer that a player means by a name: one called so, or one that plays the pattern called so.
fn meant(project: &Project, name: &Name) -> Result<Name, CommandError> {
    if let Some(player) = there(project, name) {
        return Ok(player);
    }
    let known = || project.sequencers().map(Name::as_str);
    let hint = did_you_mean_or(name, known(), || match known().collect::<Vec<_>>()[..] {
        [] => "there is none yet; d1(s(\"bd*4\")) makes one".to_owned(),
        ref names => format!("there is {}", names.join(", ")),
    });
    refuse!("there is no sequencer \"{name}\"; {hint}")
}

/// Lets every sequencer that finds its instruments play nothing, and forgets what was muted of them and which were to be heard alone, so
/// that what plays next is heard.
///
/// # Errors
/// As [`Transaction::apply`].
pub(super) fn hush(transaction: &mut Transaction) -> Done {
    let all: Vec<Name> = transaction.project().finding().cloned().collect();
    all.into_iter().try_for_each(|sequencer| {
        set(transaction, sequencer.clone(), "muted", false)?;
        transaction.apply(Command::Unbind { sequencer }).map(drop)
    })?;
    solo(transaction, &[])
}

/// What could not be done, for the player to be told: of sequencers that are not there the rest goes on.
pub(super) type Done = Result<Vec<String>, CommandError>;

/// Mutes sequencers or lets them be heard again: those named, or without a name all that find their instruments.
///
/// # Errors
/// As [`Transaction::apply`].
pub(super) fn mute(transaction: &mut Transaction, names: &[Name], on: bool) -> Done {
    let project = transaction.project();
    let (all, told) = match names {
        [] => (project.finding().cloned().collect(), Vec::new()),
        names => those_of(project, names),
    };
    all.into_iter().try_for_each(|sequencer| set(transaction, sequencer, "muted", on))?;
    Ok(told)
}

/// Lets only the named sequencers be heard; without a name all of them again. Where none of the named is there, all stays as it is.
///
/// # Errors
/// As [`Transaction::apply`].
pub(super) fn solo(transaction: &mut Transaction, names: &[Name]) -> Done {
    let project = transaction.project();
    let (chosen, told) = those_of(project, names);
    if chosen.is_empty() && !names.is_empty() {
        return Ok(told);
    }
    let all: Vec<Name> = project.sequencers().cloned().collect();
    all.into_iter().try_for_each(|sequencer| {
        let on = chosen.contains(&sequencer);
        set(transaction, sequencer, "solo", on)
    })?;
    Ok(told)
}

/// The sequencers that names mean, and what is to be told of the others.
fn those_of(project: &Project, names: &[Name]) -> (Vec<Name>, Vec<String>) {
    let (mut all, mut told, mut more) = (Vec::new(), Vec::new(), 0_usize);
    for name in names {
        // What is told of each looks through all names there are.
        match there(project, name) {
            Some(sequencer) => all.push(sequencer),
            None if told.len() < MOST_TOLD => told.extend(meant(project, name).err().map(|why| why.to_string())),
            None => more += 1,
        }
    }
    if more > 0 {
        told.push(format!("… and {more} more that are not there"));
    }
    (all, told)
}

fn set(transaction: &mut Transaction, module: Name, param: &str, on: bool) -> Result<(), CommandError> {
    transaction.apply(Command::SetParameter { module, param: Name::new(param), value: Value::Bool(on) }).map(drop)
}
