//! The syntax tree of mini-notation, in three arenas of linked lists.

use std::{cell::RefCell, sync::Arc};

use crate::pattern::cycle::core::Loc;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub u32);

/// Index of an element (a node with operators in a sequence); `NONE` ends a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElementId(pub u32);

/// Index of an operator; `NONE` ends a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpId(pub u32);

/// Marks the end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// How children lie relative to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Align {
    /// `a, b`
    Stack,
    /// `a | b`
    Rand {
        /// Which draw of the text this is.
        seed: u32,
    },
    /// `a . b`
    Feet,
    /// `<a b>`
    Slow,
    /// `{a b, c d e}%n`
    Poly {
        /// `n`, where given.
        steps: Option<NodeId>,
    },
}

/// A part of the text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    /// A word, by its bytes in the text.
    Atom { start: u32, end: u32 },
    /// A number that isn't written out: the note of a chord.
    Note { value: f64, start: u32, end: u32 },
    /// Elements one after another.
    Seq {
        first: ElementId,
        /// Sum of the weights, as a multiple of 1/`scale`.
        weight: i64,
        scale: i64,
        count: u32,
        /// Whether it is marked with `^`.
        marked: bool,
    },
    /// Several sequences, as a list of elements without operators.
    Group { first: ElementId, count: u32, align: Align },
}

/// A node with its operators, in a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub node: NodeId,
    /// The operator applied last.
    pub last_op: OpId,
    pub next: ElementId,
    /// How much of the sequence it takes, as written.
    pub weight: f64,
    /// The same in units of the sequence's scale.
    pub units: i64,
    /// What is known of it beforehand; `None` where chance or a patterned argument is involved.
    pub plain: Option<Plain>,
}

/// What is known about a part of the text without working it out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    /// After how many cycles it repeats.
    pub period: u32,
    /// Events per cycle, at most.
    pub events: f64,
}

/// What an operator does.
#[derive(Clone, Copy, Debug)]
pub(super) enum OpKind {
    Fast(NodeId),
    Slow(NodeId),
    Replicate(f64),
    Euclid(NodeId, NodeId, Option<NodeId>),
    Degrade { amount: Option<f64>, seed: u32 },
    Tail(NodeId),
    Range(NodeId),
}

/// An operator, linked to the one applied before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub kind: OpKind,
    pub before: OpId,
}

/// A parsed text.
#[derive(Debug)]
pub(super) struct Ast<'t> {
    pub text: &'t str,
    /// Where the text begins among the texts of its pattern.
    pub base: u32,
    /// The text again, for the words of the pattern to share.
    pub shared: Arc<str>,
    /// Whether anything is marked with `^`.
    pub marks: bool,
    pub nodes: Vec<Node>,
    pub elements: Vec<Element>,
    pub ops: Vec<Op>,
    /// What is known of each node.
    pub plain: Vec<Option<Plain>>,
    /// Room for a number for each node, lent to one part after another that is worked out.
    pub room: RefCell<Vec<u32>>,
    pub root: NodeId,
}

impl Ast<'_> {
    /// The place of a stretch of the text among the texts of its pattern.
    pub const fn loc(&self, start: u32, end: u32) -> Loc {
        Loc { start: start + self.base, end: end + self.base }
    }

    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// The operator, or `None` at the end of the list.
    pub fn op(&self, id: OpId) -> Option<Op> {
        self.ops.get(id.0 as usize).copied()
    }

    /// The elements of a list.
    pub fn list(&self, first: ElementId) -> impl Iterator<Item = Element> + '_ {
        let mut at = first;
        std::iter::from_fn(move || {
            let e = *self.elements.get(at.0 as usize)?;
            at = e.next;
            Some(e)
        })
    }

    pub fn word(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }

    /// The value of a word.
    pub fn value(&self, start: u32, end: u32) -> crate::pattern::cycle::value::Const {
        crate::pattern::cycle::value::Const::word(&self.shared, start, end)
    }

    /// Whether a word is a rest.
    pub fn is_rest(&self, start: u32, end: u32) -> bool {
        end == start + 1 && matches!(self.text.as_bytes()[start as usize], b'~' | b'-')
    }
}
