//! What generative patterns read of a session: each fact they asked for, with the answer.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use super::{Macro, Project};
use crate::{module::Value, name::Name};

/// Most facts that one cycle of a generative pattern asks for.
pub const MAX_FACTS: usize = 256;
/// Longest name of a module or a parameter, in bytes: nothing is called by a longer one.
const MAX_NAME: usize = 64;

/// A fact of a session that a generative pattern may ask for. None of them changes but by a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A module's parameter: the names of both. A macro or a link that drives it leaves the fact as it is.
    Param(Name, Name),
    /// What a macro is called and drives, by its number counted from 0.
    Macro(u32),
    /// Whether triggers can set a parameter of this name in the session.
    EventParam(Name),
}

/// What a session answers to a [`Fact`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// There is no such module, parameter or macro.
    Nothing,
    /// A parameter's value; true where triggers can set a parameter.
    Value(Value),
    /// A macro.
    Macro(Arc<Macro>),
}

impl Answer {
    /// Whether both say the same.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Value(Value::Number(one)), Self::Value(Value::Number(other))) => one.to_bits() == other.to_bits(),
            (Self::Value(one), Self::Value(other)) => one == other,
            (Self::Macro(one), Self::Macro(other)) => Arc::ptr_eq(one, other) || one == other,
            _ => false,
        }
    }
}

impl Fact {
    /// Whether a session could have it at all.
    fn is_possible(&self) -> bool {
        match self {
            Self::Param(module, param) => module.len().max(param.len()) <= MAX_NAME,
            Self::Macro(_) => true,
            Self::EventParam(name) => name.len() <= MAX_NAME,
        }
    }
}

impl Project {
    /// Returns what the session says of a fact.
    #[must_use]
    pub fn answer(&self, fact: &Fact) -> Answer {
        match fact {
            Fact::Param(module, param) => {
                self.modules.get(module).and_then(|module| module.param(param)).map_or(Answer::Nothing, Answer::Value)
            }
            Fact::Macro(index) => self.macros.get(index).map_or(Answer::Nothing, |value| Answer::Macro(Arc::clone(value))),
            Fact::EventParam(name) => {
                let is_there = self.event_params().any(|spec| spec.name == name.as_str());
                if is_there { Answer::Value(Value::Bool(true)) } else { Answer::Nothing }
            }
        }
    }
}

/// Facts that were asked for, each with its answer.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<Fact, Answer>);

impl Facts {
    /// Asks a session and notes the answer; `None` where as many facts as may be were asked for.
    pub fn ask(&mut self, project: &Project, fact: Fact) -> Option<Answer> {
        let answer = project.answer(&fact);
        if fact.is_possible() && !self.0.contains_key(&fact) {
            if self.0.len() >= MAX_FACTS {
                return None;
            }
            self.0.insert(fact, answer.clone());
        }
        Some(answer)
    }

    /// Whether a session still answers so.
    #[must_use]
    pub fn hold(&self, project: &Project) -> bool {
        self.0.iter().all(|(fact, answer)| project.answer(fact).is_same(answer))
    }

    /// Adds facts that were asked of the same session.
    pub fn extend(&mut self, others: &Self) {
        for (fact, answer) in &others.0 {
            if let Entry::Vacant(place) = self.0.entry(fact.clone()) {
                place.insert(answer.clone());
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Memory they take, in bytes, as far as it is theirs alone.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len() * (size_of::<(Fact, Answer)>() + 2 * MAX_NAME)
    }
}
