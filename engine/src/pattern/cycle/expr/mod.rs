//! Patterns as expressions: how a pattern was made, as a text that makes it again.
//!
//! The text is a small part of Lua: numbers, words, lists, calls with and without a receiver, and functions of one
//! argument that return an expression. A session keeps it, so that what functions of a script made plays again without
//! the script; the generated script shows it as it is.

mod make;
mod read;
mod write;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    fault::{Error, call_error},
    meter::Kept,
};

pub use make::{Surroundings, make};
pub use read::{LUA_WORDS, Source, read};
pub use write::quoted;

/// Longest expression, in bytes.
pub const MAX_SOURCE: usize = 1 << 17;
/// How deep calls, lists and functions may nest.
const MAX_DEPTH: usize = 160;
/// The function that names another pattern of the session.
pub const REFERENCE: &str = "getPattern";

/// How a pattern, or an argument of a combinator, was made.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Mini-notation, and where it begins among the texts of the whole expression.
    Text(Arc<str>, u32),
    /// A list.
    List(Arc<[Self]>),
    /// A table of named items.
    Table(Arc<[(Arc<str>, Self)]>),
    /// A function of one argument: what names the argument, and what it returns.
    Function(Argument, Arc<Self>),
    /// The argument of a function around this.
    Argument(Argument),
    /// A combinator, signal or control.
    Call(Arc<Call>),
    /// The text of a Lua function that is called with values while the pattern plays.
    Lua(Arc<str>),
}

/// A combinator with what it was called on and with.
#[derive(Debug)]
pub struct Call {
    name: Arc<str>,
    receiver: Option<Expr>,
    args: Vec<Expr>,
    /// Bytes of its text, or more than [`MAX_SOURCE`]; shared parts count each time.
    size: usize,
    depth: usize,
    /// Whether a Lua function stands in it.
    calls: bool,
    /// Whether it names another pattern of the session.
    refers: bool,
    _kept: Kept,
}

/// The name of a function's argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument(u64);

impl Argument {
    /// A name that no other function uses.
    #[must_use]
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Expr {
    /// The call of a combinator. One that is nested too deep to be kept forgets what it was made of, and is refused where it would be kept.
    #[must_use]
    pub fn call(name: &str, receiver: Option<Self>, args: Vec<Self>) -> Self {
        let parts = || receiver.iter().chain(&args);
        let size = parts().fold(name.len() + 3, |sum, part| (sum + part.size() + 2).min(MAX_SOURCE + 1));
        let depth = parts().map(Self::depth).max().unwrap_or(0) + 1;
        let bytes = parts().fold(size_of::<Call>() + name.len() + 48, |sum, part| sum + size_of::<Self>() + part.own_bytes());
        let calls = parts().any(Self::calls);
        let refers = name == REFERENCE || parts().any(Self::refers);
        // What is too deep to be kept holds nothing: dropping it would go as deep.
        let (receiver, args) = if depth > MAX_DEPTH { (None, Vec::new()) } else { (receiver, args) };
        Self::Call(Arc::new(Call { name: name.into(), receiver, args, size, depth, calls, refers, _kept: Kept::new(bytes) }))
    }

    /// The name of another pattern of the session.
    #[must_use]
    pub fn reference(name: &str) -> Self {
        Self::call(REFERENCE, None, vec![Self::Text(name.into(), 0)])
    }

    /// What a control called by one of `names` is given, wherever in the expression that is.
    pub fn given<'a>(&'a self, names: &[&str], found: &mut Vec<&'a Self>) {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Argument(_) | Self::Text(..) | Self::Lua(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.given(names, found)),
            Self::Table(items) => items.iter().for_each(|(_, item)| item.given(names, found)),
            Self::Function(_, body) => body.given(names, found),
            Self::Call(call) => {
                if names.contains(&&*call.name) {
                    found.extend(&call.args);
                }
                call.receiver.iter().chain(&call.args).for_each(|part| part.given(names, found));
            }
        }
    }

    /// The mini-notation that the expression is, by itself or in `mini`.
    #[must_use]
    pub fn notation(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            Self::Call(call) => match (&*call.name, &call.receiver, &call.args[..]) {
                ("mini", None, [Self::Text(text, _)]) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether Lua functions are called while it plays.
    #[must_use]
    pub fn calls(&self) -> bool {
        self.any(Self::calls, |call| call.calls) || matches!(self, Self::Lua(_))
    }

    /// Whether it names another pattern of the session.
    #[must_use]
    pub fn refers(&self) -> bool {
        self.any(Self::refers, |call| call.refers)
    }

    /// Whether something is so of a call, or of one of the items around calls.
    fn any(&self, of: fn(&Self) -> bool, of_call: fn(&Call) -> bool) -> bool {
        match self {
            Self::List(items) => items.iter().any(of),
            Self::Table(items) => items.iter().any(|(_, item)| of(item)),
            Self::Function(_, body) => of(body),
            Self::Call(call) => of_call(call),
            _ => false,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Argument(_) => 8,
            Self::Text(text, _) | Self::Lua(text) => text.len() + 2,
            Self::List(items) => items.iter().fold(2, |sum, item| (sum + item.size() + 2).min(MAX_SOURCE + 1)),
            Self::Table(items) => items.iter().fold(2, |sum, (name, item)| (sum + name.len() + item.size() + 9).min(MAX_SOURCE + 1)),
            Self::Function(_, body) => (body.size() + 24).min(MAX_SOURCE + 1),
            Self::Call(call) => call.size,
        }
    }

    /// Bytes it holds beside itself; calls count theirs by themselves.
    fn own_bytes(&self) -> usize {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Argument(_) | Self::Call(_) => 0,
            Self::Text(text, _) | Self::Lua(text) => 16 + text.len(),
            Self::List(items) => items.iter().fold(16, |sum, item| sum + size_of::<Self>() + item.own_bytes()),
            Self::Table(items) => {
                items.iter().fold(16, |sum, (name, item)| sum + size_of::<(Arc<str>, Self)>() + 16 + name.len() + item.own_bytes())
            }
            Self::Function(_, body) => 16 + size_of::<Self>() + body.own_bytes(),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Argument(_) | Self::Text(..) | Self::Lua(_) => 0,
            Self::List(items) => items.iter().map(Self::depth).max().unwrap_or(0) + 1,
            Self::Table(items) => items.iter().map(|(_, item)| item.depth()).max().unwrap_or(0) + 1,
            Self::Function(_, body) => body.depth() + 1,
            Self::Call(call) => call.depth,
        }
    }

    /// Refuses what is too long or too deep to be kept.
    fn check(&self) -> Result<(), Error> {
        if self.size() > MAX_SOURCE {
            let reason = format!("written out it is longer than {MAX_SOURCE} bytes; give parts a name with pattern(…) and use getPattern");
            return Err(call_error("pattern", reason));
        }
        if self.depth() > MAX_DEPTH {
            return Err(call_error("pattern", format!("combinators are nested more than {MAX_DEPTH} deep; build it from fewer steps")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::cycle::core::Pattern;

    struct Nobody;

    impl Surroundings for Nobody {
        fn pattern(&self, name: &str) -> Result<Pattern, Error> {
            Err(call_error(name, "there is no such pattern"))
        }

        fn is_control(&self, name: &str) -> bool {
            name == "volume"
        }
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        for text in [
            r#"s("bd sn")"#,
            r#"s("bd*2"):fast(2):every(3, function(x) return x:rev() end)"#,
            r#"n("0 .. 7"):scale("C:minor"):off(0.125, function(x) return x:add(7):jux(function(x2) return x2:add(x):late(-0.25) end) end)"#,
            r#"stack(mini("a b"), sine:range(0, 1):segment(4), cat({"x", 1e-7, true}))"#,
            r#"getPattern("a \"b\"\n"):slow("<1 2>")"#,
            r#"mini("a"):pick({a = "bd sn", ["b c"] = s("hh"):fast(2), ["end"] = 3})"#,
            r#"mini("0 1"):pickF("0 1", {function(x) return x:rev() end, function(x) return x:fast(2) end})"#,
        ] {
            let source = read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(source.expr.write().as_deref(), Ok(text));
        }
    }

    #[test]
    fn bad_text_is_refused_with_its_place() {
        for (text, wanted) in [
            ("", "character 1"),
            ("s(\"bd\"", "character 7"),
            ("s(\"bd\") x", "character 9"),
            ("s(\"bd", "character 3"),
            ("function(x) return x end", "a pattern"),
            ("s(function(x) return y end)", "y"),
            ("os.exit()", "character 3"),
            ("s(\"bd\"):nothing(1)", "nothing"),
            ("s(1/0)", "character 4"),
            ("\"bd\":fast(2)", "mini("),
            ("{1, 2}:fast(2)", "mini("),
            ("s(\"bd\"):end(0.5)", "finish"),
            ("irand(8):rand(8)", "on a pattern"),
        ] {
            let made = read(text).and_then(|source| make(&source.expr, &Nobody));
            let why = made.err().map(|why| why.to_string()).unwrap_or_default();
            assert!(why.contains(wanted), "{text}: {why}");
        }
        let deep = format!("{}s(1){}", "stack(".repeat(500), ")".repeat(500));
        assert!(read(&deep).is_err());
    }

    #[test]
    fn texts_have_places_of_their_own_one_after_another() {
        let source = read(r#"stack(s("bd sn"), n("0 1"))"#).unwrap();
        assert_eq!(source.texts.iter().map(|(text, base)| (&**text, *base)).collect::<Vec<_>>(), [("bd sn", 0), ("0 1", 6)]);
        assert_eq!(read(r#"getPattern("p"):fast(2)"#).unwrap().references, ["p".into()]);
    }

    #[test]
    fn a_function_is_made_with_its_argument() {
        let events = |text: &str| {
            let pattern = make(&read(text).unwrap().expr, &Nobody).unwrap();
            let work = std::cell::Cell::new(10_000);
            let mut found = Vec::new();
            let cx = crate::pattern::cycle::core::Cx::new(&work);
            pattern
                .query(&cx, crate::pattern::cycle::rational::Span::cycle(0), &mut |event| {
                    found.push((event.part.begin.to_f64(), format!("{:?}", event.value)));
                    Ok(())
                })
                .unwrap();
            found.sort_by(|a, b| a.partial_cmp(b).unwrap());
            found
        };
        assert_eq!(events(r#"mini("1 2"):superimpose(function(x) return x:add(10) end)"#), events(r#"stack("1 2", "11 12")"#));
    }

    #[test]
    fn what_grows_without_end_is_refused_without_writing_it() {
        let mut expr = Expr::call("s", None, vec![Expr::Text("bd".into(), 0)]);
        for _ in 0..100 {
            expr = Expr::call("stack", Some(expr.clone()), vec![expr]);
        }
        assert!(expr.write().unwrap_err().to_string().contains("longer"));
    }
}
