//! Operators: values of two patterns put together, with every alignment; and what changes values one by one.

use super::{given, method};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::nodes::align::How;
use crate::pattern::cycle::nodes::combine::Op;
use crate::pattern::cycle::nodes::values::{Each, each};
use crate::pattern::cycle::registry::{Arg, Combinator, Invocation, Make, Takes, apply, reify};

const fn operator(name: &'static str, doc: &'static str, op: Op, how: How) -> Combinator {
    method(name, &[Takes::Patterns], doc, Make::Op(op, how))
}

/// The alignments of an operator; without a text they are told of together.
macro_rules! aligned {
    ($name:literal, $op:expr) => {
        [
            operator(concat!($name, "In"), "", $op, How::In),
            operator(concat!($name, "Out"), "", $op, How::Out),
            operator(concat!($name, "Mix"), "", $op, How::Mix),
            operator(concat!($name, "Squeeze"), "", $op, How::Squeeze),
            operator(concat!($name, "SqueezeOut"), "", $op, How::SqueezeOut),
            operator(concat!($name, "Reset"), "", $op, How::Reset),
            operator(concat!($name, "Restart"), "", $op, How::Restart),
            operator(concat!($name, "Poly"), "", $op, How::Poly),
        ]
    };
}

/// How many alignments there are.
const HOWS: usize = 8;

/// An operator, and `name` with each alignment.
macro_rules! operators {
    ($($name:literal, $op:expr, $doc:literal;)*) => {
        const PLAIN: &[Combinator] = &[$(operator($name, $doc, $op, How::In)),*];
        const ALIGNED: &[[Combinator; HOWS]] = &[$(aligned!($name, $op)),*, aligned!("keep", Op::Keep)];
    };
}

operators! {
    "set", Op::Set, "Takes values, or controls, from another pattern.";
    "add", Op::Add, "Adds the values of another pattern.";
    "sub", Op::Sub, "Subtracts the values of another pattern.";
    "mul", Op::Mul, "Multiplies by the values of another pattern.";
    "div", Op::Div, "Divides by the values of another pattern.";
    "mod", Op::Mod, "Takes the remainder by the values of another pattern.";
    "pow", Op::Pow, "Raises to the power of another pattern's values.";
    "band", Op::BitAnd, "Keeps the bits that both values have.";
    "bor", Op::BitOr, "Joins the bits of both values.";
    "bxor", Op::BitXor, "Keeps the bits that only one of the values has.";
    "blshift", Op::ShiftLeft, "Shifts bits to the left.";
    "brshift", Op::ShiftRight, "Shifts bits to the right.";
    "lt", Op::Less, "True where the value is less than the other pattern's.";
    "gt", Op::Greater, "True where the value is greater than the other pattern's.";
    "lte", Op::LessOrEqual, "True where the value is less than the other pattern's, or equal.";
    "gte", Op::GreaterOrEqual, "True where the value is greater than the other pattern's, or equal.";
    "eq", Op::Equal, "True where both values are equal.";
    "eqt", Op::Equal, "True where both values are equal; kinds never equal each other.";
    "ne", Op::NotEqual, "True where the values differ.";
    "net", Op::NotEqual, "True where the values differ; kinds always do.";
    "both", Op::And, "The left value where it counts as false (0, false), else the right one; `and` in Strudel.";
    "either", Op::Or, "The left value where it counts as true, else the right one; `or` in Strudel.";
    "keepif", Op::KeepIf, "Keeps left values where the right one counts as true.";
}

fn bipolar(c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    each(Each::ToBipolar, c.pattern()?)
}

/// `range` of what `before` makes of the values, with what `after` makes of the ends and of the result.
fn ranged(mut c: Invocation<'_, '_>, before: Option<Each>, ends: Option<Each>, after: Option<Each>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let through = |f: Option<Each>, p: &Pattern| f.map_or_else(|| Ok(p.clone()), |f| each(f, p));
    let end = |arg| match (ends, arg) {
        (None, arg) => Ok::<_, Error>(arg),
        (Some(f), Arg::Number(x)) => Ok(Arg::Number(f.number(x))),
        (Some(f), arg) => Ok(Arg::Pattern(each(f, &reify(c.name, arg)?)?)),
    };
    let [min, max] =
        std::mem::take(&mut c.args).try_into().map_err(|_| crate::pattern::cycle::fault::call_error(c.name, "takes 2 (min, max)"))?;
    let scaled = apply("range", Some(&through(before, pat)?), vec![end(min)?, end(max)?])?;
    through(after, &scaled)
}

const VALUES: &[Combinator] = &[
    given("log2", &[], "The logarithm to base 2.", |c| each(Each::Log2, c.pattern()?)),
    given("floor", &[], "Rounds values down.", |c| each(Each::Floor, c.pattern()?)),
    given("ceil", &[], "Rounds values up.", |c| each(Each::Ceil, c.pattern()?)),
    given("toBipolar", &[], "Stretches values from 0…1 to -1…1.", bipolar),
    given("fromBipolar", &[], "Squeezes values from -1…1 to 0…1.", |c| each(Each::FromBipolar, c.pattern()?)),
    given("ratio", &[], "Turns lists into quotients: 3:2 is 1.5.", |c| each(Each::Ratio, c.pattern()?)),
    given("inv", &[], "True becomes false, and the other way round.", |c| each(Each::Not, c.pattern()?)),
    given(
        "rangex",
        &[Takes::Value("min"), Takes::Value("max")],
        "Stretches values from 0…1 to min…max along an exponential curve.",
        |c| ranged(c, None, Some(Each::Ln), Some(Each::Exp)),
    ),
    given("range2", &[Takes::Value("min"), Takes::Value("max")], "Stretches values from -1…1 to min…max.", |c| {
        ranged(c, Some(Each::FromBipolar), None, None)
    }),
];

const STRUCTURE: &[Combinator] = &[
    operator("struct", "Takes the rhythm of another pattern, where it counts as true.", Op::KeepIf, How::Out),
    operator("structAll", "Takes the rhythm of another pattern, true or not.", Op::Keep, How::Out),
    operator("mask", "Plays only where another pattern says yes.", Op::KeepIf, How::In),
    operator("maskAll", "Plays only where another pattern has events.", Op::Keep, How::In),
    operator("reset", "Begins the cycle anew at each event of another pattern that says yes.", Op::KeepIf, How::Reset),
    operator("restart", "Begins with the first cycle at each event of another pattern that says yes.", Op::KeepIf, How::Restart),
    operator("resetAll", "Begins the cycle anew at each event of another pattern.", Op::Keep, How::Reset),
    operator("restartAll", "Begins with the first cycle at each event of another pattern.", Op::Keep, How::Restart),
];

/// How many words come before the alignments.
const OTHERS: usize = STRUCTURE.len() + VALUES.len() + PLAIN.len();

pub(super) static WORDS: &[Combinator] = &{
    let mut all = [PLAIN[0]; OTHERS + HOWS * ALIGNED.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < STRUCTURE.len() {
            STRUCTURE[at]
        } else if at < STRUCTURE.len() + VALUES.len() {
            VALUES[at - STRUCTURE.len()]
        } else if at < OTHERS {
            PLAIN[at - STRUCTURE.len() - VALUES.len()]
        } else {
            ALIGNED[(at - OTHERS) / HOWS][(at - OTHERS) % HOWS]
        };
        at += 1;
    }
    all
};
