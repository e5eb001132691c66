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
    let fits = |name: &Name| !project.modules.contains_key(name) || is_sequencer(name) && (name == pattern || plays(name));
    project.names_like(pattern).find(fits).unwrap_or_default()
}

/// The sequencer that a player means by a name: one called so, or one that plays the pattern called so.
fn meant(project: &Project, name: &Name) -> Result<Name, CommandError> {
    let player = player(project, name);
    if project.modules.contains_key(&player) {
        return Ok(player);
    }
    let known = || project.sequencers().map(Name::as_str);
    let hint = did_you_mean_or(name, known(), || match known().collect::<Vec<_>>()[..] {
        [] => "there is none yet; d1(s(\"bd*4\")) makes one".to_owned(),
        ref names => format!("there is {}", names.join(", ")),
    });
    refuse!("there is no sequencer \"{name}\"; {hint}")
}

/// Lets every sequencer that finds its instruments play nothing.
///
/// # Errors
/// As [`Transaction::apply`].
pub(super) fn hush(transaction: &mut Transaction) -> Result<(), CommandError> {
    let all: Vec<Name> = transaction.project().finding().cloned().collect();
    all.into_iter().try_for_each(|sequencer| transaction.apply(Command::Unbind { sequencer }).map(drop))
}

/// Mutes sequencers or lets them be heard again: those named, or without a name all that find their instruments.
///
/// # Errors
/// Where there is none of a name.
pub(super) fn mute(transaction: &mut Transaction, names: &[Name], on: bool) -> Result<(), CommandError> {
    let project = transaction.project();
    let all: Vec<Name> = match names {
        [] => project.finding().cloned().collect(),
        names => names.iter().map(|name| meant(project, name)).collect::<Result<_, _>>()?,
    };
    all.into_iter().try_for_each(|sequencer| set(transaction, sequencer, "muted", on))
}

/// Lets only the named sequencers be heard; without a name all of them again.
///
/// # Errors
/// Where there is none of a name.
pub(super) fn solo(transaction: &mut Transaction, names: &[Name]) -> Result<(), CommandError> {
    let project = transaction.project();
    let chosen = names.iter().map(|name| meant(project, name)).collect::<Result<Vec<_>, _>>()?;
    let all: Vec<Name> = project.sequencers().cloned().collect();
    all.into_iter().try_for_each(|sequencer| {
        let on = chosen.contains(&sequencer);
        set(transaction, sequencer, "solo", on)
    })
}

fn set(transaction: &mut Transaction, module: Name, param: &str, on: bool) -> Result<(), CommandError> {
    transaction.apply(Command::SetParameter { module, param: Name::new(param), value: Value::Bool(on) }).map(drop)
}
