//! Arguments of combinators: a constant, or a value bound while a patterned argument is read.

use crate::pattern::cycle::core::{Cx, Var};
use crate::pattern::cycle::fault::Fault;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::value::{Const, Value};

/// One argument of a combinator.
#[derive(Clone, Debug)]
pub(crate) enum Param {
    /// Known when the pattern is made.
    Const {
        /// The argument.
        value: Const,
        /// The argument as time, worked out once.
        time: Option<Rational>,
    },
    /// Bound by an enclosing patterned argument; numbers become `value * mul + add`.
    Bound {
        /// Which one.
        var: Var,
        /// Factor.
        mul: f64,
        /// Summand.
        add: f64,
        /// The largest number the argument can be, for estimates.
        peak: f64,
    },
}

const NEEDS_NUMBER: Fault = Fault::Value { doing: "an argument", needs: "a number" };
const NEEDS_INTEGER: Fault = Fault::Value { doing: "an argument", needs: "a whole number" };

impl Param {
    pub(crate) fn constant(value: Const) -> Self {
        let time = match &value {
            Const::Number(x) => Rational::from_f64(*x).ok(),
            _ => None,
        };
        Self::Const { value, time }
    }

    pub(crate) fn number_of(x: f64) -> Self {
        Self::constant(Const::Number(x))
    }

    pub(crate) fn time_of(t: Rational) -> Self {
        Self::Const { value: Const::Number(t.to_f64()), time: Some(t) }
    }

    pub(crate) const fn bound(var: Var, peak: f64) -> Self {
        Self::Bound { var, mul: 1.0, add: 0.0, peak }
    }

    /// `self * mul + add`.
    pub(crate) fn affine(&self, by: f64, plus: f64) -> Self {
        match self {
            Self::Const { value, .. } => match value {
                Const::Number(x) => Self::number_of(x * by + plus),
                _ => self.clone(),
            },
            Self::Bound { var, mul, add, peak } => Self::Bound { var: *var, mul: mul * by, add: add * by + plus, peak: peak * by + plus },
        }
    }

    /// The largest this can be; infinite where unknown.
    pub(crate) const fn peak(&self) -> f64 {
        match self {
            Self::Const { value: Const::Number(x), .. } => *x,
            Self::Const { .. } => f64::INFINITY,
            Self::Bound { peak, .. } => *peak,
        }
    }

    /// The constant time, if it is one.
    pub(crate) const fn fixed(&self) -> Option<Rational> {
        match self {
            Self::Const { time, .. } => *time,
            Self::Bound { .. } => None,
        }
    }

    /// Lends the argument to `f`.
    pub(crate) fn lend<R>(&self, cx: &Cx<'_>, f: impl FnOnce(Value<'_>) -> Result<R, Fault>) -> Result<R, Fault> {
        match self {
            Self::Const { value, .. } => value.lend(f),
            Self::Bound { var, mul, add, .. } => match cx.var(*var)? {
                Value::Number(x) => f(Value::Number(x * mul + add)),
                v => f(v),
            },
        }
    }

    pub(crate) fn number(&self, cx: &Cx<'_>) -> Result<f64, Fault> {
        self.lend(cx, |v| match v {
            Value::Number(x) => Ok(x),
            Value::Bool(b) => Ok(f64::from(u8::from(b))),
            _ => Err(NEEDS_NUMBER),
        })
    }

    pub(crate) fn time(&self, cx: &Cx<'_>) -> Result<Rational, Fault> {
        if let Self::Const { time: Some(t), .. } = self {
            return Ok(*t);
        }
        Rational::from_f64(self.number(cx)?)
    }

    /// A number of pieces, whose fraction makes no further one, up to one million; and the number itself.
    pub(crate) fn pieces(&self, cx: &Cx<'_>) -> Result<(i64, Rational), Fault> {
        let t = self.time(cx)?;
        match t.floor().max(0) {
            count @ 0..=1_000_000 => Ok((count, t)),
            _ => Err(Fault::TooDense),
        }
    }

    /// A whole number from `min` to one million.
    pub(crate) fn count(&self, cx: &Cx<'_>, min: i64) -> Result<i64, Fault> {
        let t = self.time(cx)?;
        if t.floor() >= min && t.sam() == t && t.floor() <= 1_000_000 { Ok(t.floor()) } else { Err(NEEDS_INTEGER) }
    }
}
