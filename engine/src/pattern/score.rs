//! Cycle patterns as the project keeps them: their source.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cycle::{
    core::Pattern,
    expr::{self, Expr, Surroundings, make, read},
    fault::{Error, call_error},
    mini::mini,
    program::Program,
    rational::Span,
    value::Value,
};

/// Longest mini-notation, in bytes.
pub const MAX_TEXT: usize = 65_536;

/// Longest Lua of a generative pattern, in bytes.
pub const MAX_LUA: usize = 1 << 16;

/// Cycles of mini-notation that are looked through for written numbers.
const WRITTEN: i64 = 16;

/// A cycle pattern as the project keeps it: its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cycle {
    /// Mini-notation.
    Mini(String),
    /// An expression of combinators, as [`expr`] reads it.
    Expr(String),
    /// Lua that gives the events of one cycle after another.
    Fn(Generator),
}

/// A generative pattern: Lua that is called for each cycle, ahead of time, with `cycle` and `seed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// The Lua.
    pub source: String,
    /// Seed of its random numbers.
    pub seed: u64,
}

impl Cycle {
    /// The pattern of an expression; where Lua functions stand in it, the generative pattern whose Lua it is.
    ///
    /// # Errors
    /// Where the expression can't be kept.
    pub fn of(expr: &Expr) -> Result<Self, Error> {
        let source = expr.write()?;
        if !expr.calls() {
            return Ok(Self::Expr(source));
        }
        if expr.refers() {
            let reason =
                "a pattern that calls a function while it plays is worked out ahead and sees no others; write the other out inside of it";
            return Err(call_error(expr::REFERENCE, reason));
        }
        let source = format!("return {source}");
        if source.len() > MAX_LUA {
            return Err(call_error("pattern", format!("with its functions it is longer than {MAX_LUA} bytes; write less")));
        }
        Ok(Self::Fn(Generator { source, seed: 0 }))
    }

    /// The source as scripts write it.
    #[must_use]
    pub fn source(&self) -> String {
        match self {
            Self::Mini(text) => expr::quoted(text),
            Self::Expr(source) => source.clone(),
            Self::Fn(Generator { source, seed: 0 }) => format!("fn({})", long_text(source)),
            Self::Fn(Generator { source, seed }) => format!("fn({}, {{seed = \"{seed}\"}})", long_text(source)),
        }
    }

    /// The pattern that the source makes in its session.
    ///
    /// # Errors
    /// Where the source can't be read, or what its combinators report.
    pub fn pattern(&self, session: &dyn Surroundings) -> Result<Pattern, Error> {
        match self {
            Self::Mini(text) if text.len() > MAX_TEXT => {
                Err(call_error("pattern", format!("the mini-notation is longer than {MAX_TEXT} bytes; split it into several patterns")))
            }
            Self::Mini(text) => mini(text),
            Self::Expr(source) => make(&read(source)?.expr, session),
            Self::Fn(_) => Err(call_error("fn", "its cycles are known only when they play; combine patterns inside of it")),
        }
    }

    /// Checks that the pattern can be compiled.
    ///
    /// # Errors
    /// Where it can't be made, or is too dense.
    pub fn check(&self, session: &dyn Surroundings) -> Result<(), String> {
        if let Self::Fn(generator) = self {
            return if generator.source.len() > MAX_LUA {
                Err(format!("its Lua is longer than {MAX_LUA} bytes; write less"))
            } else {
                Ok(())
            };
        }
        self.pattern(session).and_then(|pattern| Program::compile(&pattern)).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Its texts of mini-notation, each with the place that the steps of its events count from.
    #[must_use]
    pub fn texts(&self) -> Vec<(Arc<str>, u32)> {
        match self {
            Self::Mini(text) => vec![(Arc::from(text.as_str()), 0)],
            Self::Expr(source) => read(source).map(|source| source.texts).unwrap_or_default(),
            Self::Fn(_) => Vec::new(),
        }
    }

    /// What it sets beside what combinators do: parameters of modules, each once.
    #[must_use]
    pub fn controls(&self) -> Vec<Arc<str>> {
        match self {
            Self::Expr(source) => read(source).map(|source| source.controls).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The numbers that are written out as values of a control, which is called by one of `names`. Those that a pattern draws are
    /// not among them.
    #[must_use]
    pub fn written(&self, names: &[&str]) -> Vec<f64> {
        let Self::Expr(source) = self else { return Vec::new() };
        let Ok(source) = read(source) else { return Vec::new() };
        let (mut given, mut numbers) = (Vec::new(), Vec::new());
        source.expr.given(names, &mut given);
        for expr in given {
            if let Expr::Number(number) = expr {
                numbers.push(*number);
            }
            let program = expr.notation().and_then(|text| Program::compile(&mini(text).ok()?).ok());
            for cycle in 0..WRITTEN {
                // What can't be asked gives no number.
                let _ = program.as_ref().map(|program| {
                    program.onsets(Span::cycle(cycle), &mut |event| {
                        let several = if let Value::List(values) = event.value { values } else { &[event.value] };
                        numbers.extend(
                            several.iter().filter_map(|value| if let Value::Number(number) = value { Some(*number) } else { None }),
                        );
                        Ok(())
                    })
                });
            }
        }
        numbers
    }

    /// Whether it may name other patterns of the session.
    #[must_use]
    pub fn may_refer(&self) -> bool {
        matches!(self, Self::Expr(source) if source.contains(expr::REFERENCE))
    }

    /// The patterns of the session that it names.
    #[must_use]
    pub fn references(&self) -> Vec<Arc<str>> {
        match self {
            Self::Expr(source) if self.may_refer() => read(source).map(|source| source.references).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// A Lua string of any text, over several lines where the text has them.
fn long_text(text: &str) -> String {
    let plain = text.contains('\n') && !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t');
    let Some(level) = (0..8).map(|n| "=".repeat(n)).find(|level| plain && !format!("{text}]").contains(&format!("]{level}]"))) else {
        return expr::quoted(text);
    };
    // Lua drops a line's end right behind the bracket.
    format!("[{level}[\n{text}]{level}]")
}
