//! The parser: text to syntax tree, with errors a musician can act on.

use super::ast::{Align, Ast, Element, ElementId, NONE, Node, NodeId, Op, OpId, OpKind};
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::tonal::chord::chord;
use std::cell::RefCell;

/// How deep brackets may nest.
const MAX_NESTING: u32 = 256;
/// How long a text may be, in bytes.
const MAX_TEXT: usize = 65_536;

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    ast: Ast<'t>,
    seed: u32,
    depth: u32,
}

type Parsed<T> = Result<T, Error>;

/// Reads the whole text.
pub(super) fn parse(text: &str, base: u32) -> Parsed<Ast<'_>> {
    let room = text.len() / 2 + 4;
    let ast = Ast {
        text,
        base,
        shared: text.into(),
        marks: false,
        nodes: Vec::with_capacity(room),
        elements: Vec::with_capacity(room),
        ops: Vec::with_capacity(text.len() / 4 + 2),
        plain: Vec::new(),
        room: RefCell::default(),
        root: NodeId(0),
    };
    let mut p = Parser { text, bytes: text.as_bytes(), at: 0, ast, seed: 0, depth: 0 };
    if text.len() > MAX_TEXT {
        return p.fail("a text of at most 65536 characters");
    }
    p.space();
    let root = p.stack_or_choose()?;
    p.space();
    if p.at < p.bytes.len() {
        return p.fail("a step (a word, a number, ~), an operator, or the end");
    }
    p.ast.root = root;
    super::unroll::annotate(&mut p.ast);
    Ok(p.ast)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

impl<'t> Parser<'t> {
    fn fail<T>(&self, expected: &str) -> Parsed<T> {
        let before = self.text.get(..self.at).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let found = match self.text.get(self.at..).and_then(|t| t.chars().next()) {
            Some(c) => format!("\"{c}\""),
            None => "the end of the text".into(),
        };
        Err(Error::Mini {
            line: small(before.matches('\n').count() + 1),
            column: small(before[line_start..].chars().count() + 1),
            expected: expected.into(),
            found,
        })
    }

    #[inline]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn space(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                0xC2 if self.bytes.get(self.at + 1) == Some(&0xA0) => self.at += 2,
                _ => return,
            }
        }
    }

    /// What stands after any spaces.
    #[inline]
    fn peek_spaced(&mut self) -> u8 {
        let back = self.at;
        self.space();
        let c = self.peek();
        self.at = back;
        c
    }

    fn eat(&mut self, c: u8) -> bool {
        let hit = self.peek() == c && self.at < self.bytes.len();
        self.at += usize::from(hit);
        hit
    }

    /// Eats spaces and then `c`; leaves everything where `c` doesn't follow.
    fn eat_spaced(&mut self, c: u8) -> bool {
        let back = self.at;
        self.space();
        let hit = self.eat(c);
        if !hit {
            self.at = back;
        }
        hit
    }

    fn node(&mut self, n: Node) -> NodeId {
        self.ast.nodes.push(n);
        NodeId(small(self.ast.nodes.len() - 1))
    }

    fn element(&mut self, node: NodeId, last_op: OpId, weight: f64) -> ElementId {
        self.ast.elements.push(Element { node, last_op, next: ElementId(NONE), weight, units: 1, plain: None });
        ElementId(small(self.ast.elements.len() - 1))
    }

    fn link(&mut self, tail: Option<ElementId>, next: ElementId) {
        if let Some(e) = tail.and_then(|t| self.ast.elements.get_mut(t.0 as usize)) {
            e.next = next;
        }
    }

    /// One sequence, or several separated by one of `,` `|` `.`.
    fn stack_or_choose(&mut self) -> Parsed<NodeId> {
        let head = self.sequence()?;
        let sep = self.peek_spaced();
        if !matches!(sep, b',' | b'|' | b'.') {
            return Ok(head);
        }
        let (node, count) = self.group(head, sep)?;
        Ok(self.group_node(node, count, sep))
    }

    fn group_node(&mut self, first: ElementId, count: u32, sep: u8) -> NodeId {
        let align = match sep {
            b',' => Align::Stack,
            b'|' => Align::Rand { seed: self.next_seed() },
            _ => {
                self.next_seed();
                Align::Feet
            }
        };
        self.node(Node::Group { first, count, align })
    }

    fn next_seed(&mut self) -> u32 {
        self.seed += 1;
        self.seed - 1
    }

    /// The sequences after `head` that `sep` separates, as a list.
    fn group(&mut self, head: NodeId, sep: u8) -> Parsed<(ElementId, u32)> {
        let back = self.at;
        if !self.eat_spaced(sep) {
            return Ok((ElementId(NONE), 1));
        }
        self.at = back;
        let first = self.element(head, OpId(NONE), 1.0);
        let (mut tail, mut count) = (first, 1);
        while self.eat_spaced(sep) {
            self.space();
            let next = self.sequence()?;
            let e = self.element(next, OpId(NONE), 1.0);
            self.link(Some(tail), e);
            tail = e;
            count += 1;
        }
        Ok((first, count))
    }

    fn sequence(&mut self) -> Parsed<NodeId> {
        let marked = self.eat(b'^');
        self.ast.marks |= marked;
        let (mut first, mut tail, mut count) = (ElementId(NONE), None, 0_u32);
        while let Some(node) = self.slice()? {
            let e = self.with_ops(node)?;
            if count == 0 {
                first = e;
            }
            self.link(tail, e);
            tail = Some(e);
            count += 1;
        }
        if count == 0 {
            return self.fail("a step: a word, a number, ~, or an opening bracket [ < {");
        }
        let (weight, scale) = self.weigh(first)?;
        Ok(self.node(Node::Seq { first, weight, scale, count, marked }))
    }

    /// Turns the weights of a sequence into whole units; gives their sum and units per 1.
    fn weigh(&mut self, first: ElementId) -> Parsed<(i64, i64)> {
        let mut scale = Rational::ONE;
        let mut simple = 0_i64;
        for e in self.ast.list(first) {
            if e.weight == 1.0 && scale == Rational::ONE {
                simple += 1;
                continue;
            }
            simple = -1;
            break;
        }
        if simple >= 0 {
            return Ok((simple, 1));
        }
        for e in self.ast.list(first) {
            let w = Rational::from_f64(e.weight)?.reduced();
            scale = scale.lcm(Rational::int(w.den()))?;
        }
        let mut sum = Rational::ZERO;
        let mut at = first;
        while let Some(e) = self.ast.elements.get_mut(at.0 as usize) {
            // A weight of 0 counts as 1.
            let w = if e.weight == 0.0 { Rational::ONE } else { Rational::from_f64(e.weight)? };
            let units = w.mul(scale)?;
            e.units = units.floor();
            sum = sum.add(units)?;
            at = e.next;
        }
        Ok((sum.floor(), scale.floor()))
    }

    /// A step, `[ ]`, `{ }` or `< >`; `None` where none starts here.
    fn slice(&mut self) -> Parsed<Option<NodeId>> {
        let back = self.at;
        self.space();
        let node = match self.peek() {
            b'[' => {
                let n = self.bracketed(b']', Self::stack_or_choose)?;
                self.space();
                n
            }
            b'{' => self.polymeter()?,
            b'<' => {
                let n = self.bracketed(b'>', |p| p.polymeter_stack(Align::Slow))?;
                self.space();
                n
            }
            _ => match self.step()? {
                Some(n) => n,
                None => {
                    self.at = back;
                    return Ok(None);
                }
            },
        };
        Ok(Some(node))
    }

    fn bracketed(&mut self, close: u8, inner: impl FnOnce(&mut Self) -> Parsed<NodeId>) -> Parsed<NodeId> {
        if self.depth >= MAX_NESTING {
            return self.fail("at most 40 brackets inside each other");
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let node = inner(self)?;
        self.space();
        if !self.eat(close) {
            return self.fail(match close {
                b']' => "a step, an operator, or the closing ]",
                b'>' => "a step, an operator, a comma, or the closing >",
                _ => "a step, an operator, a comma, or the closing }",
            });
        }
        self.depth -= 1;
        Ok(node)
    }

    /// Sequences separated by commas only.
    fn polymeter_stack(&mut self, align: Align) -> Parsed<NodeId> {
        let head = self.sequence()?;
        let (mut first, mut count) = self.group(head, b',')?;
        if first.0 == NONE {
            first = self.element(head, OpId(NONE), 1.0);
            count = 1;
        }
        Ok(self.node(Node::Group { first, count, align }))
    }

    fn polymeter(&mut self) -> Parsed<NodeId> {
        let id = self.bracketed(b'}', |p| p.polymeter_stack(Align::Poly { steps: None }))?;
        if self.eat(b'%') {
            let n = self.needed_slice("how many steps per cycle, as in {a b c}%4")?;
            if let Some(Node::Group { align, .. }) = self.ast.nodes.get_mut(id.0 as usize) {
                *align = Align::Poly { steps: Some(n) };
            }
        }
        self.space();
        Ok(id)
    }

    fn needed_slice(&mut self, what: &str) -> Parsed<NodeId> {
        match self.slice()? {
            Some(n) => Ok(n),
            None => self.fail(what),
        }
    }

    /// Whether a step character stands here, and how many bytes it takes.
    fn step_char(&self) -> Option<usize> {
        let c = self.peek();
        if c < 0x80 {
            let hit = c.is_ascii_alphanumeric() || matches!(c, b'~' | b'-' | b'#' | b'.' | b'^' | b'_');
            return hit.then_some(1);
        }
        let c = self.text.get(self.at..)?.chars().next()?;
        c.is_alphabetic().then_some(c.len_utf8())
    }

    /// A word; not a lone `.` or `_`.
    fn step(&mut self) -> Parsed<Option<NodeId>> {
        let start = self.at;
        let mut chord = false;
        loop {
            match self.step_char() {
                Some(n) => self.at += n,
                None if self.peek() == b'\'' && self.at > start => {
                    chord = true;
                    self.at += 1;
                }
                None => break,
            }
        }
        let word = &self.bytes[start..self.at];
        if word.is_empty() || word == b"." || word == b"_" {
            return Ok(None);
        }
        let node = if chord { self.chord(start)? } else { self.node(Node::Atom { start: small(start), end: small(self.at) }) };
        self.space();
        Ok(Some(node))
    }

    /// The notes of a chord such as `c'maj7'i`, at once.
    fn chord(&mut self, start: usize) -> Parsed<NodeId> {
        let end = self.at;
        let notes = match chord(&self.text[start..end]) {
            Ok(notes) => notes,
            Err(expected) => {
                self.at = start;
                return self.fail(expected);
            }
        };
        let (mut first, mut tail) = (ElementId(NONE), None);
        for value in &notes {
            let node = self.node(Node::Note { value: *value, start: small(start), end: small(end) });
            let e = self.element(node, OpId(NONE), 1.0);
            self.link(tail, e);
            if tail.is_none() {
                first = e;
            }
            tail = Some(e);
        }
        Ok(self.node(Node::Group { first, count: small(notes.len()), align: Align::Stack }))
    }

    /// A number as operators take it: no leading dot, no leading zeros.
    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        self.eat(b'-');
        match self.peek() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => {
                self.at = start;
                return None;
            }
        }
        let mut end = self.at;
        if self.eat(b'.') && self.peek().is_ascii_digit() {
            self.digits();
            end = self.at;
        }
        self.at = end;
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            if self.peek().is_ascii_digit() {
                self.digits();
                end = self.at;
            }
        }
        self.at = end;
        self.text.get(start..end)?.parse().ok()
    }

    fn digits(&mut self) {
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
    }

    fn with_ops(&mut self, node: NodeId) -> Parsed<ElementId> {
        let (mut last, mut weight, mut reps) = (OpId(NONE), 1.0, 1.0);
        let mut has_reps = false;
        loop {
            if matches!(self.peek(), b'*' | b'/' | b'?' | b':' | b'(' | b'.')
                && let Some(kind) = self.op()?
            {
                last = self.push_op(kind, last);
                continue;
            }
            let next = self.peek_spaced();
            if !matches!(next, b'@' | b'_' | b'!') {
                break;
            }
            self.space();
            self.at += 1;
            if next != b'!' {
                weight += self.number().unwrap_or(2.0) - 1.0;
            } else {
                reps += self.number().unwrap_or(2.0) - 1.0;
                weight = reps;
                if has_reps {
                    last = self.drop_replicate(last);
                }
                has_reps = true;
                last = self.push_op(OpKind::Replicate(reps), last);
            }
        }
        if !(weight >= 0.0 && reps >= 0.0 && weight <= 1.0e6) {
            return self.fail("a weight (@) or a repeat (!) from 0 to a million");
        }
        self.seed_draws(last);
        Ok(self.element(node, last, weight))
    }

    /// Gives each `?` of an element its seed; seeds inside of operands have been taken before.
    fn seed_draws(&mut self, last: OpId) {
        let is_draw = |op: &Op| matches!(op.kind, OpKind::Degrade { .. });
        let (mut at, mut count) = (last, 0);
        while let Some(op) = self.ast.op(at) {
            count += u32::from(is_draw(&op));
            at = op.before;
        }
        self.seed += count;
        let (mut at, mut next) = (last, self.seed);
        while let Some(op) = self.ast.ops.get_mut(at.0 as usize) {
            if let OpKind::Degrade { seed, .. } = &mut op.kind {
                next -= 1;
                *seed = next;
            }
            at = op.before;
        }
    }

    fn push_op(&mut self, kind: OpKind, before: OpId) -> OpId {
        self.ast.ops.push(Op { kind, before });
        OpId(small(self.ast.ops.len() - 1))
    }

    /// Takes an earlier `!` out of the list: repeats add up and come last.
    fn drop_replicate(&mut self, last: OpId) -> OpId {
        let kind = |p: &Self, id: OpId| p.ast.op(id);
        let Some(op) = kind(self, last) else { return last };
        if matches!(op.kind, OpKind::Replicate(_)) {
            return op.before;
        }
        let mut at = last;
        while let Some(op) = kind(self, at) {
            if let Some(before) = kind(self, op.before)
                && matches!(before.kind, OpKind::Replicate(_))
            {
                self.ast.ops[at.0 as usize].before = before.before;
                break;
            }
            at = op.before;
        }
        last
    }

    fn op(&mut self) -> Parsed<Option<OpKind>> {
        Ok(match self.peek() {
            b'*' => {
                self.at += 1;
                Some(OpKind::Fast(self.needed_slice("how many times as fast, as in bd*2")?))
            }
            b'/' => {
                self.at += 1;
                Some(OpKind::Slow(self.needed_slice("how many times as slow, as in bd/2")?))
            }
            b'?' => {
                self.at += 1;
                let amount = self.number();
                Some(OpKind::Degrade { amount, seed: 0 })
            }
            b':' => {
                self.at += 1;
                Some(OpKind::Tail(self.needed_slice("a number or a word after the colon, as in bd:3")?))
            }
            b'.' if self.bytes.get(self.at + 1) == Some(&b'.') => {
                self.at += 2;
                Some(OpKind::Range(self.needed_slice("the number to count to, as in 0 .. 3")?))
            }
            b'(' => Some(self.euclid()?),
            _ => None,
        })
    }

    fn euclid(&mut self) -> Parsed<OpKind> {
        if self.depth >= MAX_NESTING {
            return self.fail("at most 40 brackets inside each other");
        }
        self.depth += 1;
        self.at += 1;
        let pulses = self.euclid_argument("the number of pulses, as in (3,8)")?;
        if !self.eat_spaced(b',') {
            return self.fail("a comma and the number of steps, as in (3,8)");
        }
        let steps = self.euclid_argument("the number of steps, as in (3,8)")?;
        self.eat_spaced(b',');
        let rotation = match self.slice()? {
            Some(n) => {
                self.with_ops(n)?;
                Some(n)
            }
            None => None,
        };
        self.space();
        if !self.eat(b')') {
            return self.fail("a rotation, as in (3,8,2), or the closing )");
        }
        self.depth -= 1;
        Ok(OpKind::Euclid(pulses, steps, rotation))
    }

    /// An argument of a Euclidean rhythm; operators on it are read and have no effect.
    fn euclid_argument(&mut self, what: &str) -> Parsed<NodeId> {
        let n = self.needed_slice(what)?;
        self.with_ops(n)?;
        self.space();
        Ok(n)
    }
}
