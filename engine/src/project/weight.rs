//! How much a session holds, and what a command adds to it, in bytes: about what a saved state takes.
//!
//! A session is bounded by [`MAX_BYTES`], so that saving, loading and planning it stay quick whatever scripts did.

use super::{Link, Macro, Module, Project, Sample};
use crate::{
    command::Command,
    module::Value,
    name::Name,
    pattern::{Chain, Column, Cycle, Pattern, Step},
};

/// Most bytes a session holds.
pub const MAX_BYTES: usize = 16 << 20;

/// What each thing takes beside its texts.
const ENTRY: usize = 96;
/// What each value takes.
const VALUE: usize = 48;

impl Command {
    /// Bytes that the command may add to a session, at most.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::SetParameter { value, .. } => VALUE + value_bytes(value),
            Self::SetEnabled { .. } => VALUE,
            // Default routing lays cables.
            Self::AddModule { .. } => 4 * ENTRY,
            Self::SetSamples { samples, .. } => samples.iter().map(sample_bytes).sum(),
            Self::SetShader { shader, .. } => VALUE + shader.len(),
            Self::Connect { .. } => ENTRY,
            Self::LinkParameter { link } => link_bytes(link),
            Self::SetPattern { name, pattern } => ENTRY + name.len() + pattern_bytes(pattern),
            Self::SetStep { value, .. } => step_bytes(value),
            Self::SetChain { name, chain } => ENTRY + name.len() + chain_bytes(chain),
            Self::Bind { source, .. } => ENTRY + source.name().len(),
            Self::SetMacro { value, .. } => value.as_ref().map_or(0, macro_bytes),
            Self::AddAsset { path } => ENTRY + path.len(),
            Self::ExpectAsset { hash, .. } => hash.as_ref().map_or(0, |hash| hash.len()),
            Self::RelinkAsset { to, .. } => ENTRY + to.len(),
            Self::SetBpm { .. }
            | Self::SetClockSource { .. }
            | Self::SetCycle { .. }
            | Self::SetBar { .. }
            | Self::SetAutoRoute { .. }
            | Self::SetTransport { .. }
            | Self::RemoveModule { .. }
            | Self::PutFirst { .. }
            | Self::RenameModule { .. }
            | Self::Disconnect { .. }
            | Self::UnlinkParameter { .. }
            | Self::SetPatternState { .. }
            | Self::RemovePattern { .. }
            | Self::RemoveChain { .. }
            | Self::Unbind { .. }
            | Self::RemoveAsset { .. }
            | Self::Clear => 0,
        }
    }
}

impl Project {
    /// Bytes that the session holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let modules: usize = self.modules.iter().map(|(name, module)| ENTRY + name.len() + module_bytes(module)).sum();
        let links: usize = self.links.iter().map(link_bytes).sum();
        let patterns: usize = self.patterns.iter().map(|(name, slot)| ENTRY + name.len() + pattern_bytes(&slot.pattern)).sum();
        let chains: usize = self.chains.iter().map(|(name, chain)| ENTRY + name.len() + chain_bytes(chain)).sum();
        let bindings: usize = self.bindings.values().map(|source| ENTRY + source.name().len()).sum();
        let macros: usize = self.macros.values().map(|of| macro_bytes(of)).sum();
        let assets: usize = self.assets.keys().map(|path| ENTRY + path.len()).sum();
        modules + links + patterns + chains + bindings + macros + assets + ENTRY * self.connections.len()
    }
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Bool(_) | Value::Number(_) => 0,
        Value::Text(text) => text.len(),
    }
}

fn module_bytes(module: &Module) -> usize {
    let params: usize = module.params.values().map(|value| VALUE + value_bytes(value)).sum();
    params + module.samples.iter().map(sample_bytes).sum::<usize>()
}

fn sample_bytes(sample: &Sample) -> usize {
    ENTRY + sample.asset.len() + sample.params.iter().map(|(name, value)| VALUE + name.len() + value_bytes(value)).sum::<usize>()
}

fn link_bytes(link: &Link) -> usize {
    2 * ENTRY + link.source.1.len() + link.target.1.len()
}

fn pattern_bytes(pattern: &Pattern) -> usize {
    match pattern {
        Pattern::Tracker(tracker) => {
            let columns = tracker.columns.iter().map(|column| 16 + if let Column::Param(name) = column { name.len() } else { 0 });
            tracker.steps.iter().map(step_bytes).sum::<usize>() + columns.sum::<usize>()
        }
        Pattern::Cycle(Cycle::Mini(text) | Cycle::Expr(text)) => text.len(),
        Pattern::Cycle(Cycle::Fn(generator)) => generator.source.len(),
    }
}

fn step_bytes(step: &Step) -> usize {
    ENTRY + step.values.keys().map(|name| VALUE + name.len()).sum::<usize>()
}

fn chain_bytes(chain: &Chain) -> usize {
    chain.entries.iter().map(|entry| VALUE + entry.pattern.len()).sum()
}

fn macro_bytes(of: &Macro) -> usize {
    let name_bytes = |name: &Name| name.len();
    ENTRY + name_bytes(&of.name) + of.targets.iter().map(|target| ENTRY + name_bytes(&target.param)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{transaction::Transaction, view::Playhead};

    fn fill(transaction: &mut Transaction) -> (usize, String) {
        for n in 0..100_000 {
            let (name, pattern) = (Name::new(&format!("p{n}")), Pattern::Tracker(crate::pattern::Tracker::new(256)));
            if let Err(why) = transaction.apply(Command::SetPattern { name, pattern }) {
                return (n, why.to_string());
            }
        }
        (100_000, String::new())
    }

    #[test]
    fn a_session_holds_so_much_and_says_so() {
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        let (patterns, why) = fill(&mut transaction);
        assert!((100..60_000).contains(&patterns) && why.contains("16 MiB"), "{patterns}: {why}");
        let full = transaction.project().bytes();
        assert!(full <= MAX_BYTES && transaction.project().patterns.len() == patterns, "what was refused is not there");
        // It may be edited and emptied, and holds as much again afterwards.
        let (name, pattern) = (Name::new("p0"), Pattern::Cycle(Cycle::Mini("bd".to_owned())));
        assert!(transaction.apply(Command::SetPattern { name, pattern }).is_ok());
        assert!(transaction.project().bytes() < full);
        assert!(transaction.apply(Command::Clear).is_ok());
        assert!(transaction.project().bytes() < 1000);
    }

    #[test]
    fn what_a_session_holds_is_what_its_commands_added() {
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        let script = "sampler('k', {volume = 0.5, samples = {'a.wav', {'b.wav', speed = 2}}}) pattern('p', 'bd*4') pattern('q', 16) chain('c', {'p', 'q'})
            sequencer('s') bind('s', 'c') macro(1, 'M', {'k.volume'})";
        assert!(crate::script::Vm::default().run(script, "x", &mut transaction).success);
        let added: usize = transaction.commands().iter().map(Command::bytes).sum();
        let holds = transaction.project().bytes();
        assert!(holds <= added && holds > added / 4, "{holds} of {added}");
    }
}
