//! Arguments of combinators: a constant, or a value bound while a patterned argument is read.

use crate::pattern::cycle::core::{Cx, Var};
use crate::pattern::cycle::fault::{Fault, Got, Needs};
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
        /// What takes it.
        call: &'static str,
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
        /// What takes it.
        call: &'static str,
    },
}

/// What takes an argument of which nobody said it.
const SOME_CALL: &str = "an argument";

impl Param {
    pub(crate) fn constant(value: Const) -> Self {
        let time = match &value {
            Const::Number(x) => Rational::from_f64(*x).ok(),
            _ => None,
        };
        Self::Const { value, time, call: SOME_CALL }
    }

    pub(crate) fn number_of(x: f64) -> Self {
        Self::constant(Const::Number(x))
    }

    pub(crate) fn time_of(t: Rational) -> Self {
        Self::Const { value: Const::Number(t.to_f64()), time: Some(t), call: SOME_CALL }
    }

    pub(crate) const fn bound(var: Var, peak: f64) -> Self {
        Self::Bound { var, mul: 1.0, add: 0.0, peak, call: SOME_CALL }
    }

    /// The same, of a combinator that faults name.
    pub(crate) fn called(mut self, name: &'static str) -> Self {
        match &mut self {
            Self::Const { call, .. } | Self::Bound { call, .. } => *call = name,
        }
        self
    }

    /// The fault that the argument is something else.
    fn refused(&self, needs: Needs, v: &Value<'_>) -> Fault {
        match self {
            Self::Const { call, .. } | Self::Bound { call, .. } => Fault::Given { call, needs, got: Got::of(v) },
        }
    }

    /// `self * mul + add`.
    pub(crate) fn affine(&self, by: f64, plus: f64) -> Self {
        match self {
            Self::Const { value, call, .. } => match value {
                Const::Number(x) => Self::number_of(x * by + plus).called(call),
                _ => self.clone(),
            },
            Self::Bound { var, mul, add, peak, call } => {
                Self::Bound { var: *var, mul: mul * by, add: add * by + plus, peak: peak * by + plus, call }
            }
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
            other => Err(self.refused(Needs::Number, &other)),
        })
    }

    pub(crate) fn time(&self, cx: &Cx<'_>) -> Result<Rational, Fault> {
        if let Self::Const { time: Some(t), .. } = self {
            return Ok(*t);
        }
        self.lend(cx, |v| match v {
            // A time that is handed over exactly: numerator and denominator.
            Value::List([num, den]) => {
                let whole = |v: &Value<'_>| v.numeral().and_then(Rational::from_f64);
                whole(num)?.div(whole(den)?)
            }
            Value::Number(x) => Rational::from_f64(x),
            Value::Bool(b) => Rational::from_f64(f64::from(u8::from(b))),
            other => Err(self.refused(Needs::Number, &other)),
        })
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
        if t.floor() >= min && t.sam() == t && t.floor() <= 1_000_000 {
            Ok(t.floor())
        } else {
            Err(self.refused(Needs::WholeNumber, &Value::Number(t.to_f64())))
        }
    }
}
