//! Works out the plain parts of mini-notation straight into a table of events.
//!
//! Everything without chance and without patterned arguments repeats after some cycles. Its
//! events follow from whole-number arithmetic alone: a slot is `num/den` wide `width/den`, and a
//! child's slot is a fraction of its parent's.

use super::ast::{Align, Ast, Element, Node, NodeId, Op, OpId, OpKind, Plain};
use crate::pattern::cycle::core::{Loc, join_periods};
use crate::pattern::cycle::nodes::rhythm::Rhythm;
use crate::pattern::cycle::nodes::time::scaled_period;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::table::{Builder, MAX_ROWS, Row};
use crate::pattern::cycle::value::{Const, parse_number};

/// Notes for each node and element what is known of it; children come before their parents.
pub(super) fn annotate(ast: &mut Ast<'_>) {
    ast.plain = Vec::with_capacity(ast.nodes.len());
    for i in 0..ast.nodes.len() {
        if let Node::Seq { first, .. } = ast.nodes[i] {
            let mut at = first;
            while let Some(e) = ast.elements.get(at.0 as usize) {
                let plain = plain_ops(ast, e.node, e.last_op);
                let e = &mut ast.elements[at.0 as usize];
                e.plain = plain;
                at = e.next;
            }
        }
        let known = plain_node(ast, ast.nodes[i]);
        ast.plain.push(known);
    }
}

/// `None` where chance or a patterned argument is involved.
pub(super) fn plain(ast: &Ast<'_>, id: NodeId) -> Option<Plain> {
    ast.plain.get(id.0 as usize).copied().flatten()
}

fn plain_node(ast: &Ast<'_>, node: Node) -> Option<Plain> {
    let mut all = Plain { period: 1, events: 0.0 };
    match node {
        Node::Atom { .. } | Node::Note { .. } => return Some(Plain { period: 1, events: 1.0 }),
        Node::Seq { first, .. } => {
            for e in ast.list(first) {
                let p = e.plain?;
                all.period = join(all.period, p.period)?;
                all.events += p.events;
            }
        }
        Node::Group { first, align, .. } => {
            for e in ast.list(first) {
                let mut p = plain(ast, e.node)?;
                let rate = match align {
                    Align::Rand { .. } => return None,
                    Align::Stack | Align::Feet => Rational::ONE,
                    Align::Slow | Align::Poly { .. } => group_rate(ast, align, first, e.node)?,
                };
                p.period = scaled_period(Some(p.period), rate)?;
                all.period = join(all.period, p.period)?;
                all.events += (p.events * rate.to_f64()).max(1.0);
            }
        }
    }
    Some(all)
}

fn join(a: u32, b: u32) -> Option<u32> {
    if a == 1 { Some(b) } else { join_periods(Some(a), Some(b)) }
}

fn weight(ast: &Ast<'_>, id: NodeId) -> Option<Rational> {
    match ast.node(id) {
        Node::Seq { weight, scale, .. } => Some(Rational::raw(weight, scale)),
        _ => None,
    }
}

/// How fast a sequence of `< >` or `{ }` runs.
fn group_rate(ast: &Ast<'_>, align: Align, first: super::ast::ElementId, seq: NodeId) -> Option<Rational> {
    let own = weight(ast, seq).filter(|w| w.is_positive())?;
    if align == Align::Slow {
        return Some(Rational::raw(own.den(), own.num()));
    }
    let per_cycle = match align {
        Align::Poly { steps: Some(n) } => number(ast, n)?,
        Align::Poly { steps: None } => weight(ast, ast.list(first).next()?.node)?,
        _ => Rational::ONE,
    };
    per_cycle.div(own).ok().filter(|r| r.is_positive() && r.to_f64() <= 10_000.0)
}

/// The number a single word stands for.
pub(super) fn number(ast: &Ast<'_>, id: NodeId) -> Option<Rational> {
    number_f64(ast, id).and_then(|x| Rational::from_f64(x).ok())
}

fn number_f64(ast: &Ast<'_>, id: NodeId) -> Option<f64> {
    match ast.node(id) {
        Node::Atom { start, end } => parse_number(ast.word(start, end)),
        _ => None,
    }
}

fn positive(ast: &Ast<'_>, id: NodeId) -> Option<Rational> {
    number(ast, id).filter(|r| r.is_positive() && r.to_f64() <= 10_000.0)
}

fn plain_ops(ast: &Ast<'_>, node: NodeId, op: OpId) -> Option<Plain> {
    let Some(Op { kind, before }) = ast.op(op) else { return plain(ast, node) };
    match kind {
        OpKind::Fast(n) | OpKind::Slow(n) => {
            let rate = rate(kind, positive(ast, n)?)?;
            let p = plain_ops(ast, node, before)?;
            let events = p.events * rate.to_f64().max(0.1) + 1.0;
            Some(Plain { period: scaled_period(Some(p.period), rate)?, events })
        }
        OpKind::Replicate(n) => {
            let p = plain_ops(ast, node, before)?;
            let ok = n >= 1.0 && n.fract() == 0.0 && n <= 10_000.0;
            ok.then_some(Plain { period: p.period, events: p.events * n })
        }
        OpKind::Euclid(k, n, r) => {
            let (k, n) = (number_f64(ast, k)?, number_f64(ast, n)?);
            let r = r.map_or(Some(0.0), |r| number_f64(ast, r))?;
            let whole = |x: f64| x.fract() == 0.0;
            let fits = whole(k) && whole(n) && k.abs() <= n && n <= 512.0 && r.abs() < 1.0e6;
            let p = plain_ops(ast, node, before).filter(|_| fits)?;
            Some(Plain { period: p.period, events: n + p.events })
        }
        OpKind::Tail(t) => {
            let is_atom = |id| matches!(ast.node(id), Node::Atom { start, end } if !ast.is_rest(start, end));
            if !is_atom(t) || !is_atom(node) {
                return None;
            }
            match ast.op(before) {
                None | Some(Op { kind: OpKind::Tail(_), .. }) => plain_ops(ast, node, before),
                _ => None,
            }
        }
        OpKind::Range(to) => {
            if ast.op(before).is_some() {
                return None;
            }
            let (a, b) = (number_f64(ast, node)?, number_f64(ast, to)?);
            let count = ((b - a).abs() + 1.0).floor();
            (count <= 10_000.0).then_some(Plain { period: 1, events: count })
        }
        OpKind::Degrade { .. } => None,
    }
}

fn rate(kind: OpKind, n: Rational) -> Option<Rational> {
    if matches!(kind, OpKind::Slow(_)) { Rational::ONE.div(n).ok() } else { Some(n) }
}

/// A stretch of the cycle: from `num/den`, `width/den` long; events are cut to `lo..hi`.
#[derive(Clone, Copy)]
struct Slot {
    num: i64,
    width: i64,
    den: i64,
    lo: i64,
    hi: i64,
}

impl Slot {
    /// The part from `from` to `from + len`, of `of` equal parts.
    fn part(self, from: i64, len: i64, of: i64) -> Option<Self> {
        if of == 1 && from == 0 && len == 1 {
            return Some(self);
        }
        let den = self.den.checked_mul(of).filter(|d| *d < 1 << 40)?;
        Some(Self {
            num: self.num.checked_mul(of)?.checked_add(self.width.checked_mul(from)?)?,
            width: self.width.checked_mul(len)?,
            den,
            lo: self.lo.checked_mul(of)?,
            hi: self.hi.checked_mul(of)?,
        })
    }

    const fn outside(self) -> bool {
        self.num >= self.hi || self.num + self.width <= self.lo
    }
}

/// An event whose times count `den` to the cycle.
#[derive(Clone, Copy)]
struct Raw {
    whole: (i64, i64),
    part: (i64, i64),
    den: i64,
    value: u32,
    loc: Loc,
}

struct Unroller<'a, 't> {
    ast: &'a Ast<'t>,
    rows: Vec<Raw>,
    values: Vec<(Const, Option<crate::pattern::cycle::tonal::scale::Scale>)>,
    /// The node of each value.
    owners: Vec<u32>,
    /// For each node, the value it has been given, so that a word is stored once. What parts before have left there counts for nothing:
    /// the value is another node's.
    known: Vec<u32>,
}

/// Works out a plain part of the text; `None` where the numbers get too large.
///
/// Parts of a sequence that repeat after different numbers of cycles become layers of their own,
/// so that `bd*8 <a b c d e>` stores its drum once.
pub(super) fn unroll(ast: &Ast<'_>, id: NodeId, p: Plain, steps: Option<Rational>) -> Option<Pattern> {
    if p.events > 4096.0 {
        return None;
    }
    // A text may have tens of thousands of parts: what they take follows from their own size.
    let events = whole(p.events)?;
    let few = ast.nodes.len().min(events);
    let mut known = ast.room.take();
    known.resize(ast.nodes.len(), u32::MAX);
    let (rows, values, owners) = (Vec::with_capacity(events), Vec::with_capacity(few), Vec::with_capacity(few));
    let mut u = Unroller { ast, rows, values, owners, known };
    let layers = u.layers(id, p);
    ast.room.replace(std::mem::take(&mut u.known));
    let (layers, count) = layers?;
    u.finish(&layers[..count], steps)
}

use crate::pattern::cycle::core::Pattern;

/// The most layers one text is split into.
const MAX_LAYERS: usize = 4;
/// The most cycles of a layer.
const MAX_PERIOD: u32 = 512;

fn whole(x: f64) -> Option<usize> {
    usize::try_from(Rational::from_f64(x.ceil()).ok()?.floor()).ok()
}

/// How a text is worked out: in layers of so many cycles each.
struct Plan {
    periods: [u32; MAX_LAYERS],
    count: usize,
    /// Whether each layer holds only the elements of its period.
    splits: bool,
}

/// A layer for each period of the elements where there are few, else one for all; `None` where a layer would be too long.
fn plan(ast: &Ast<'_>, id: NodeId, p: Plain) -> Option<Plan> {
    if p.period > 1
        && let Some((mut periods, count)) = periods(ast, id)
    {
        let used = periods.get_mut(..count)?;
        used.sort_unstable();
        return (*used.last()? <= MAX_PERIOD).then_some(Plan { periods, count, splits: true });
    }
    let fits = p.events * f64::from(p.period) <= 4096.0 && p.period <= MAX_PERIOD;
    fits.then_some(Plan { periods: [p.period; MAX_LAYERS], count: 1, splits: false })
}

/// The different periods of the elements of a sequence, where there are few enough to be layers.
fn periods(ast: &Ast<'_>, id: NodeId) -> Option<([u32; MAX_LAYERS], usize)> {
    let Node::Seq { first, .. } = ast.node(id) else { return None };
    let (mut seen, mut count) = ([0; MAX_LAYERS], 0);
    for e in ast.list(first) {
        let period = e.plain?.period;
        if !seen[..count].contains(&period) {
            *seen.get_mut(count)? = period;
            count += 1;
        }
    }
    Some((seen, count))
}

impl Unroller<'_, '_> {
    /// Works out all layers: how many rows each has and after how many cycles it repeats, and how many layers there are.
    fn layers(&mut self, id: NodeId, p: Plain) -> Option<([(usize, u32); MAX_LAYERS], usize)> {
        let plan = plan(self.ast, id, p)?;
        let mut layers = [(0, 1); MAX_LAYERS];
        let mut total = 0;
        for (slot, period) in layers.iter_mut().zip(&plan.periods[..plan.count]) {
            for c in 0..i64::from(*period) {
                self.layer(id, c, plan.splits.then_some(*period))?;
            }
            *slot = (self.rows.len() - total, *period);
            total = self.rows.len();
        }
        Some((layers, plan.count))
    }

    /// The value that a node has been given.
    fn known(&self, id: NodeId) -> Option<u32> {
        let value = *self.known.get(id.0 as usize)?;
        (self.owners.get(value as usize) == Some(&id.0)).then_some(value)
    }

    /// The elements of one period, in one cycle.
    fn layer(&mut self, id: NodeId, c: i64, only: Option<u32>) -> Option<()> {
        let slot = Slot { num: c, width: 1, den: 1, lo: c, hi: c + 1 };
        match self.ast.node(id) {
            Node::Seq { first, weight, count, .. } if only.is_some() => self.sequence(first, weight, count, c, slot, only),
            _ => self.node(id, c, slot),
        }
    }

    fn finish(self, layers: &[(usize, u32)], steps: Option<Rational>) -> Option<Pattern> {
        let mut den = 1_i64;
        let mut last = 1;
        for r in &self.rows {
            if r.den != last && den % r.den != 0 {
                den = Rational::int(den).lcm(Rational::int(r.den)).ok()?.floor();
                if den >= 1 << 30 {
                    return None;
                }
            }
            last = r.den;
        }
        // Check once that every time fits 32 bits.
        let fits = |r: &Raw| {
            let limit = i64::from(i32::MAX) / (den / r.den).max(1);
            r.whole.0 >= -limit && r.whole.1 <= limit && r.part.1 <= limit
        };
        if !self.rows.iter().all(fits) {
            return None;
        }
        let mut table = Builder::new(self.values, den, self.rows.len());
        let mut rest = self.rows.as_slice();
        for (count, period) in layers {
            let (these, others) = rest.split_at_checked(*count)?;
            rest = others;
            table.layer(
                these.iter().map(|r| {
                    let k = if r.den == den { 1 } else { den / r.den };
                    // Checked above.
                    let unit = |t: i64| i32::try_from(t * k).unwrap_or(i32::MAX);
                    let whole = (unit(r.whole.0), unit(r.whole.1));
                    let part = if r.part == r.whole { whole } else { (unit(r.part.0), unit(r.part.1)) };
                    Row { whole, part, value: r.value, loc: r.loc }
                }),
                *period,
            );
        }
        Some(table.pattern(steps))
    }

    fn push(&mut self, slot: Slot, value: u32, loc: Loc) -> Option<()> {
        let end = slot.num + slot.width;
        let part = (slot.num.max(slot.lo), end.min(slot.hi));
        if part.0 < part.1 {
            if self.rows.len() >= MAX_ROWS {
                return None;
            }
            self.rows.push(Raw { whole: (slot.num, end), part, den: slot.den, value, loc });
        }
        Some(())
    }

    /// Adds a value that is no node's.
    fn value(&mut self, v: Const) -> u32 {
        self.values.push((v, None));
        self.owners.push(u32::MAX);
        u32::try_from(self.values.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a node's value.
    fn value_of(&mut self, id: NodeId, v: Const) -> Option<u32> {
        let value = self.value(v);
        *self.owners.last_mut()? = id.0;
        *self.known.get_mut(id.0 as usize)? = value;
        Some(value)
    }

    fn node(&mut self, id: NodeId, cycle: i64, slot: Slot) -> Option<()> {
        match self.ast.node(id) {
            Node::Atom { start, end } => {
                if self.ast.is_rest(start, end) {
                    return Some(());
                }
                let v = self.atom(id, start, end)?;
                self.push(slot, v, self.ast.loc(start, end))
            }
            Node::Note { value, start, end } => {
                let v = self.value(Const::Number(value));
                self.push(slot, v, self.ast.loc(start, end))
            }
            Node::Seq { first, weight, count, .. } => self.sequence(first, weight, count, cycle, slot, None),
            Node::Group { first, count, align } => match align {
                Align::Stack => self.each(first, |u, _, e| u.node(e.node, cycle, slot)),
                Align::Feet => self.each(first, |u, i, e| u.node(e.node, cycle, slot.part(i, 1, i64::from(count))?)),
                Align::Slow | Align::Poly { .. } => self.each(first, |u, _, e| {
                    if let (Align::Slow, Some((i, inner))) = (align, u.turn(e.node, cycle)) {
                        return u.ops(i.node, i.last_op, inner, slot);
                    }
                    let rate = group_rate(u.ast, align, first, e.node)?;
                    u.at_rate(rate, cycle, slot, &mut |u, c, s| u.node(e.node, c, s))
                }),
                Align::Rand { .. } => None,
            },
        }
    }

    /// The element of a plain `<a b c>` whose turn it is, and which of its own cycles it plays.
    fn turn(&self, seq: NodeId, cycle: i64) -> Option<(Element, i64)> {
        match self.ast.node(seq) {
            Node::Seq { first, weight, scale: 1, count, .. } if weight == i64::from(count) => {
                let at = usize::try_from(cycle.rem_euclid(weight)).ok()?;
                let e = self.ast.list(first).nth(at).filter(|e| e.units == 1)?;
                let even = self.ast.list(first).all(|e| e.units == 1);
                even.then_some((e, cycle.div_euclid(weight)))
            }
            _ => None,
        }
    }

    /// The value of a word, stored once.
    fn atom(&mut self, id: NodeId, start: u32, end: u32) -> Option<u32> {
        if let Some(known) = self.known(id) {
            return Some(known);
        }
        self.value_of(id, self.ast.value(start, end))
    }

    fn each(&mut self, first: super::ast::ElementId, mut f: impl FnMut(&mut Self, i64, Element) -> Option<()>) -> Option<()> {
        let (mut at, mut i) = (first, 0);
        while let Some(e) = self.ast.elements.get(at.0 as usize).copied() {
            f(self, i, e)?;
            at = e.next;
            i += 1;
        }
        Some(())
    }

    fn sequence(&mut self, first: super::ast::ElementId, weight: i64, count: u32, cycle: i64, slot: Slot, only: Option<u32>) -> Option<()> {
        if count == 1 {
            let e = *self.ast.elements.get(first.0 as usize)?;
            return self.ops(e.node, e.last_op, cycle, slot);
        }
        let mut at = 0;
        self.each(first, |u, _, e| {
            let from = at;
            at += e.units;
            if only.is_some() && only != e.plain.map(|p| p.period) {
                return Some(());
            }
            let inner = slot.part(from, e.units, weight)?;
            if inner.outside() { Some(()) } else { u.ops(e.node, e.last_op, cycle, inner) }
        })
    }

    /// `f` with each cycle of something that runs `rate` times as fast, and the slot it falls in.
    fn at_rate(&mut self, rate: Rational, cycle: i64, slot: Slot, f: &mut dyn FnMut(&mut Self, i64, Slot) -> Option<()>) -> Option<()> {
        let r = rate.reduced();
        let (p, q) = (r.num(), r.den());
        let start = cycle.checked_mul(p)?;
        let first = start.div_euclid(q);
        let last = (start.checked_add(p)? - 1).div_euclid(q);
        // What lies outside of the slot is cut off.
        let window = Slot { lo: slot.lo.max(slot.num), hi: slot.hi.min(slot.num + slot.width), ..slot };
        for c in first..=last {
            let inner = window.part(c * q - start, q, p)?;
            if !inner.outside() {
                f(self, c, inner)?;
            }
        }
        Some(())
    }

    /// A node with the operators up to `op`.
    fn ops(&mut self, node: NodeId, op: OpId, cycle: i64, slot: Slot) -> Option<()> {
        let Some(Op { kind, before }) = self.ast.op(op) else { return self.node(node, cycle, slot) };
        match kind {
            OpKind::Fast(n) | OpKind::Slow(n) => {
                let rate = rate(kind, positive(self.ast, n)?)?;
                if let (1, Node::Atom { start, end }, None) = (rate.den(), self.ast.node(node), self.ast.op(before)) {
                    if self.ast.is_rest(start, end) {
                        return Some(());
                    }
                    let (value, loc) = (self.atom(node, start, end)?, self.ast.loc(start, end));
                    return (0..rate.num()).try_for_each(|i| self.push(slot.part(i, 1, rate.num())?, value, loc));
                }
                self.at_rate(rate, cycle, slot, &mut |u, c, s| u.ops(node, before, c, s))
            }
            OpKind::Replicate(n) => {
                let n = Rational::from_f64(n).ok()?.floor();
                (0..n).try_for_each(|i| self.ops(node, before, cycle, slot.part(i, 1, n)?))
            }
            OpKind::Euclid(k, n, r) => {
                let r = r.map_or(Some(0.0), |r| number_f64(self.ast, r))?;
                let rhythm = Rhythm::euclid(number_f64(self.ast, k)?, number_f64(self.ast, n)?, r).ok()?;
                self.euclid(&rhythm, node, before, cycle, slot)
            }
            OpKind::Tail(_) => self.tail(node, op, slot),
            OpKind::Range(to) => {
                let (a, b) = (number_f64(self.ast, node)?, number_f64(self.ast, to)?);
                let count = Rational::from_f64(((b - a).abs() + 1.0).floor()).ok()?.floor();
                let up = if a < b { 1.0 } else { -1.0 };
                let Node::Atom { start, end } = self.ast.node(node) else { return None };
                (0..count).try_for_each(|i| {
                    let v = self.value(Const::Number(a + up * Rational::int(i).to_f64()));
                    self.push(slot.part(i, 1, count)?, v, self.ast.loc(start, end))
                })
            }
            OpKind::Degrade { .. } => None,
        }
    }

    fn euclid(&mut self, rhythm: &Rhythm, node: NodeId, before: OpId, cycle: i64, slot: Slot) -> Option<()> {
        let n = i64::try_from(rhythm.len()).ok()?;
        if let (Node::Atom { start, end }, None) = (self.ast.node(node), self.ast.op(before)) {
            if self.ast.is_rest(start, end) {
                return Some(());
            }
            let value = self.atom(node, start, end)?;
            let loc = self.ast.loc(start, end);
            return rhythm.pulses().try_for_each(|i| self.push(slot.part(i, 1, n)?, value, loc));
        }
        // What plays is worked out for the whole slot, then cut into steps.
        let start = self.rows.len();
        self.ops(node, before, cycle, Slot { lo: slot.num, hi: slot.num + slot.width, ..slot })?;
        let inner = self.rows.split_off(start);
        for i in rhythm.pulses() {
            let step = slot.part(i, 1, n)?;
            for e in &inner {
                // Bring the event and the step to one denominator.
                let den = if step.den % e.den == 0 { step.den } else { Rational::int(step.den).lcm(Rational::int(e.den)).ok()?.floor() };
                let (ks, ke) = (den / step.den, den / e.den);
                let whole = (step.num.checked_mul(ks)?, (step.num + step.width).checked_mul(ks)?);
                let part =
                    (e.part.0.checked_mul(ke)?.max(whole.0).max(step.lo * ks), e.part.1.checked_mul(ke)?.min(whole.1).min(step.hi * ks));
                if part.0 < part.1 {
                    if self.rows.len() >= MAX_ROWS {
                        return None;
                    }
                    self.rows.push(Raw { whole, part, den, value: e.value, loc: e.loc });
                }
            }
        }
        Some(())
    }

    /// `a:b:c`, words only: a list.
    fn tail(&mut self, node: NodeId, op: OpId, slot: Slot) -> Option<()> {
        let mut value = self.known(node);
        let Node::Atom { start, end } = self.ast.node(node) else { return None };
        if value.is_none() {
            let mut words = vec![];
            let mut at = op;
            while let Some(Op { kind: OpKind::Tail(t), before }) = self.ast.op(at) {
                let Node::Atom { start, end } = self.ast.node(t) else { return None };
                words.push(self.ast.value(start, end));
                at = before;
            }
            words.push(self.ast.value(start, end));
            words.reverse();
            if words.len() > crate::pattern::cycle::value::LIST_CAPACITY {
                return None;
            }
            value = self.value_of(node, Const::List(words.into()));
        }
        self.push(slot, value?, self.ast.loc(start, end))
    }
}
