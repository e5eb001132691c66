//! Syntax tree to pattern: plain parts become tables, the rest combinators.

use super::ast::{Align, Ast, Element, Node, NodeId, Op, OpId, OpKind};
use super::unroll::{number, plain, unroll};
use crate::pattern::cycle::core::{Pattern, Var};
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::nodes::basic::{atom, bind, fastcat, pure, silence, stack, with_steps};
use crate::pattern::cycle::nodes::combine::{Op as Join, op_in, range};
use crate::pattern::cycle::nodes::rhythm::euclid;
use crate::pattern::cycle::nodes::signal::{degrade, rand_cat};
use crate::pattern::cycle::nodes::time::{compress, fast, repeat_cycles, slow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::value::Const;

/// How far apart the draws of one text lie, in cycles.
const SEED_DISTANCE: f64 = 0.0003;

type Built = Result<Pattern, Error>;

/// Makes the pattern of a whole text.
pub(super) fn build(ast: &Ast<'_>) -> Built {
    let steps = steps_of(ast, ast.root).0;
    if let Some(p) = plain(ast, ast.root)
        && let Some(pat) = unroll(ast, ast.root, p, steps)
    {
        return Ok(pat);
    }
    with_steps(&generic(ast, ast.root)?, steps)
}

fn node(ast: &Ast<'_>, id: NodeId) -> Built {
    if !matches!(ast.node(id), Node::Atom { .. })
        && let Some(p) = plain(ast, id)
        && let Some(pat) = unroll(ast, id, p, None)
    {
        return Ok(pat);
    }
    generic(ast, id)
}

fn generic(ast: &Ast<'_>, id: NodeId) -> Built {
    match ast.node(id) {
        Node::Atom { start, end } => {
            if ast.is_rest(start, end) {
                return Ok(silence());
            }
            Ok(atom(ast.value(start, end), ast.loc(start, end)))
        }
        Node::Note { value, start, end } => Ok(atom(Const::Number(value), ast.loc(start, end))),
        Node::Seq { first, weight, count, .. } => {
            let mut parts = Vec::with_capacity(count as usize);
            let mut at = 0;
            for e in ast.list(first) {
                let pat = element(ast, &e)?;
                if count == 1 {
                    return Ok(pat);
                }
                let slot = |n: i64| Rational::new(n, weight).map(Param::time_of);
                if let Some((b, e)) = slot(at).zip(slot(at + e.units)) {
                    parts.push(compress(&b, &e, &pat)?);
                }
                at += e.units;
            }
            stack(parts)
        }
        Node::Group { first, count, align } => {
            let mut parts = Vec::with_capacity(count as usize);
            for e in ast.list(first) {
                parts.push(child(ast, e.node, align, first)?);
            }
            match align {
                Align::Rand { seed } => rand_cat(draw(seed)?, parts),
                Align::Feet => fastcat(parts),
                _ => stack(parts),
            }
        }
    }
}

/// Where a text's draw number `seed` lies.
fn draw(seed: u32) -> Result<Rational, Error> {
    Ok(Rational::from_f64(SEED_DISTANCE * f64::from(seed))?)
}

fn weight(ast: &Ast<'_>, id: NodeId) -> Rational {
    match ast.node(id) {
        Node::Seq { weight, scale, .. } => Rational::new(weight, scale).unwrap_or(Rational::ONE),
        _ => Rational::ONE,
    }
}

/// One sequence of a group, at the rate the group runs it.
fn child(ast: &Ast<'_>, id: NodeId, align: Align, first: super::ast::ElementId) -> Built {
    let pat = node(ast, id)?;
    let own = weight(ast, id);
    match align {
        Align::Slow => slow(&Param::time_of(own), &pat),
        Align::Poly { steps: Some(n) } => {
            if let Some(n) = number(ast, n) {
                return fast(&Param::time_of(n.div(own)?), &pat);
            }
            let var = Var::fresh();
            let arg = node(ast, n)?;
            let per = Rational::ONE.div(own)?.to_f64();
            let body = fast(&Param::bound(var, arg.traits().peak).affine(per, 0.0), &pat)?;
            bind(vec![(arg, var)], &body, pat.steps())
        }
        Align::Poly { steps: None } => {
            let per_cycle = ast.list(first).next().map_or(own, |e| weight(ast, e.node));
            fast(&Param::time_of(per_cycle.div(own)?), &pat)
        }
        _ => Ok(pat),
    }
}

fn element(ast: &Ast<'_>, e: &Element) -> Built {
    with_ops(ast, e.node, e.last_op)
}

/// A node with the operators up to `op`.
fn with_ops(ast: &Ast<'_>, id: NodeId, op: OpId) -> Built {
    let Some(Op { kind, before }) = ast.op(op) else { return node(ast, id) };
    let pat = with_ops(ast, id, before)?;
    match kind {
        OpKind::Fast(n) => patterned(ast, &[n], pat.steps(), &mut |p| fast(&p[0], &pat)),
        OpKind::Slow(n) => patterned(ast, &[n], pat.steps(), &mut |p| slow(&p[0], &pat)),
        OpKind::Replicate(n) => {
            let n = Param::number_of(n);
            fast(&n, &repeat_cycles(&n, &pat)?)
        }
        OpKind::Euclid(k, n, None) => {
            let zero = Param::number_of(0.0);
            patterned(ast, &[k, n], None, &mut |p| euclid(&p[0], &p[1], &zero, &pat))
        }
        OpKind::Euclid(k, n, Some(r)) => patterned(ast, &[k, n, r], None, &mut |p| euclid(&p[0], &p[1], &p[2], &pat)),
        OpKind::Degrade { amount, seed } => degrade(&Param::number_of(amount.unwrap_or(0.5)), draw(seed)?, false, &pat),
        OpKind::Tail(t) => op_in(Join::Tail, &pat, &node(ast, t)?),
        OpKind::Range(to) => range(&pat, &node(ast, to)?),
    }
}

/// Calls `f` with arguments: constants where all are single words, else bound to patterns.
fn patterned(ast: &Ast<'_>, args: &[NodeId], steps: Option<Rational>, f: &mut dyn FnMut(&[Param]) -> Built) -> Built {
    let constant = |id: &NodeId| match ast.node(*id) {
        Node::Atom { start, end } if !ast.is_rest(start, end) => Some(ast.value(start, end)),
        _ => None,
    };
    let constants: Option<Vec<Const>> = args.iter().map(constant).collect();
    if let Some(all) = constants {
        if let Some(Const::Text(t)) = all.iter().find(|c| !matches!(c, Const::Number(_))) {
            return Err(crate::pattern::cycle::fault::call_error(
                "mini-notation",
                format!("\"{}\" stands where a number belongs", t.as_str()),
            ));
        }
        return f(&all.into_iter().map(Param::constant).collect::<Vec<_>>());
    }
    let mut bound = vec![];
    let mut params = vec![];
    for id in args {
        let pat = match constant(id) {
            Some(c) => pure(c),
            None => node(ast, *id)?,
        };
        let var = Var::fresh();
        params.push(Param::bound(var, pat.traits().peak));
        bound.push((pat, var));
    }
    bind(bound, &f(&params)?, steps)
}

/// The steps per cycle of a node, and whether a `^` inside marks them.
fn steps_of(ast: &Ast<'_>, id: NodeId) -> (Option<Rational>, bool) {
    match ast.node(id) {
        Node::Atom { .. } | Node::Note { .. } => (Some(Rational::ONE), false),
        Node::Seq { first, marked, .. } => {
            let own = Some(weight(ast, id));
            if !ast.marks {
                return (own, false);
            }
            let inner = ast.list(first).map(|e| element_steps(ast, e.node, e.last_op));
            let marks: Vec<_> = inner.filter(|(_, m)| *m).map(|(s, _)| s).collect();
            let any = !marks.is_empty();
            let steps = if any { own.zip(lcm(marks)).and_then(|(a, b)| a.mul(b).ok()) } else { own };
            (steps, marked || any)
        }
        Node::Group { first, count, align } => {
            let inner: Vec<_> = ast.list(first).map(|e| steps_of(ast, e.node)).collect();
            let marks: Vec<_> = inner.iter().filter(|(_, m)| *m).map(|(s, _)| *s).collect();
            let any = !marks.is_empty();
            let all = || lcm(inner.iter().map(|(s, _)| *s).collect());
            let steps = match align {
                Align::Feet => Some(Rational::int(i64::from(count))),
                Align::Poly { .. } => all(),
                _ if any => lcm(marks),
                Align::Rand { .. } => None,
                _ => all(),
            };
            (steps, any)
        }
    }
}

fn element_steps(ast: &Ast<'_>, id: NodeId, op: OpId) -> (Option<Rational>, bool) {
    let Some(Op { kind, before }) = ast.op(op) else { return steps_of(ast, id) };
    if !ast.marks {
        // Without marks the steps of elements play no part.
        return (None, false);
    }
    let (inner, marked) = element_steps(ast, id, before);
    let steps = match kind {
        OpKind::Euclid(_, n, _) => number(ast, n),
        OpKind::Range(_) => None,
        _ => inner,
    };
    (steps, marked)
}

fn lcm(all: Vec<Option<Rational>>) -> Option<Rational> {
    let mut known = all.into_iter().flatten();
    let first = known.next()?;
    known.try_fold(first, |a, b| a.lcm(b).ok())
}
