//! The table of everything a script can call on patterns, and how arguments become patterns.
//!
//! One entry is one combinator: its name, what it takes, one line of documentation, and how it
//! is made. Bindings and the reference are generated from this table.

use crate::pattern::cycle::core::{Pattern, Var};
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::mini::{mini, mini_at};
use crate::pattern::cycle::nodes::basic::{bind, fastcat, pure, with_steps};
use crate::pattern::cycle::nodes::combine::{Op, app, op_in};
use crate::pattern::cycle::nodes::control::{control, set_control};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::table_of_combinators::COMBINATORS;
use crate::pattern::cycle::value::{Const, Key, LIST_CAPACITY};

/// A function from patterns to patterns that a script hands over; run while the pattern is made.
pub type Function<'a> = Box<dyn FnMut(&Pattern) -> Result<Pattern, Error> + 'a>;

/// An argument as a script gives it.
pub enum Arg<'a> {
    /// A pattern.
    Pattern(Pattern),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Mini-notation.
    Text(String),
    /// Mini-notation that begins so many bytes into the texts of its pattern.
    Placed(std::sync::Arc<str>, u32),
    /// A function, for `every`, `off` and the like.
    Function(Function<'a>),
    /// A list; read as the sequence of its items.
    List(Vec<Arg<'a>>),
}

/// What a combinator takes in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A number, or mini-notation, or a pattern of numbers or words.
    Value(&'static str),
    /// The same, or a list that stands for itself and is no sequence.
    List(&'static str),
    /// A function from patterns to patterns.
    Function(&'static str),
    /// Any number of patterns.
    Patterns,
    /// Any number of functions.
    Functions,
}

impl Takes {
    /// How the reference calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Value(n) | Self::List(n) | Self::Function(n) => n,
            Self::Patterns => "patterns…",
            Self::Functions => "functions…",
        }
    }
}

/// Where a combinator is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// As a method of a pattern.
    Method,
    /// As a function.
    Function,
    /// As either.
    Both,
    /// Not called: a signal such as `sine`.
    Signal,
}

/// What a constructor is given.
pub(crate) struct Call<'c> {
    /// The values, in order; constants or bound to patterned arguments.
    pub p: &'c [Param],
    /// The function, where it takes one.
    pub f: &'c mut dyn FnMut(&Pattern) -> Result<Pattern, Error>,
    /// The pattern it is called on.
    pub pat: &'c Pattern,
}

/// How a combinator is made.
pub(crate) enum Make {
    /// Of values, perhaps a function, and a pattern; the flag: it keeps the pattern's steps.
    Of(fn(Call<'_>) -> Result<Pattern, Error>, bool),
    /// Of patterns as they are; the receiver comes first.
    Patterns(fn(Vec<Pattern>) -> Result<Pattern, Error>),
    /// Of the receiver through each function.
    Functions(fn(&Pattern, Vec<Pattern>) -> Result<Pattern, Error>),
    /// Values combined with those of another pattern.
    Op(Op),
    /// The structure of another pattern.
    Struct,
    /// A control; list items spread over the names.
    Control(&'static [Key]),
    /// Arguments as patterns, each in its place; the receiver comes last.
    Whole(fn(&[Pattern]) -> Result<Pattern, Error>),
    /// A continuous signal.
    Signal(fn() -> Result<Pattern, Error>),
}

/// One entry of the table.
pub struct Combinator {
    /// Its name, as in Strudel.
    pub name: &'static str,
    /// Further names.
    pub aliases: &'static [&'static str],
    /// Where it is called.
    pub called: Called,
    /// What it takes.
    pub takes: &'static [Takes],
    /// What it does, in a line.
    pub doc: &'static str,
    pub(crate) make: Make,
}

/// All combinators, in the order of the reference.
#[must_use]
pub fn combinators() -> &'static [Combinator] {
    COMBINATORS
}

/// The reference of all combinators, as Markdown: one line each.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from("| call | what it does |\n|---|---|\n");
    for c in COMBINATORS {
        let takes: Vec<&str> = c.takes.iter().map(Takes::name).collect();
        let call = match c.called {
            Called::Signal => c.name.to_string(),
            Called::Function => format!("{}({})", c.name, takes.join(", ")),
            Called::Method | Called::Both => format!("x:{}({})", c.name, takes.join(", ")),
        };
        let also = if c.aliases.is_empty() { String::new() } else { format!(" Also: {}.", c.aliases.join(", ")) };
        out.push_str(&format!("| `{call}` | {}{also} |\n", c.doc));
    }
    out
}

/// The entry of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Combinator> {
    COMBINATORS.iter().find(|c| c.name == name || c.aliases.contains(&name))
}

/// Makes a pattern of an argument: numbers and words as one value per cycle, text as mini-notation.
///
/// # Errors
/// Where the text can't be read or the argument is a function.
pub fn reify(name: &str, arg: Arg<'_>) -> Result<Pattern, Error> {
    match arg {
        Arg::Pattern(p) => Ok(p),
        Arg::Number(x) => Ok(pure(Const::Number(x))),
        Arg::Bool(b) => Ok(pure(Const::Bool(b))),
        Arg::Text(t) => mini(&t),
        Arg::Placed(t, base) => mini_at(&t, base),
        Arg::List(items) => fastcat(reify_all(name, items)?),
        Arg::Function(_) => Err(call_error(name, "a function stands where a number, text or pattern belongs")),
    }
}

fn reify_all(name: &str, args: Vec<Arg<'_>>) -> Result<Vec<Pattern>, Error> {
    args.into_iter().map(|a| reify(name, a)).collect()
}

/// Calls the combinator `name` on `receiver` (none for functions).
///
/// # Errors
/// [`Error::Call`] for unknown names and wrong arguments, or what making the pattern reports.
///
/// # Examples
/// ```
/// use videotracker_engine::pattern::cycle::registry::{apply, Arg};
/// let p = apply("s", None, vec![Arg::Text("bd sn".into())])?;
/// let q = apply("fast", Some(&p), vec![Arg::Number(2.0)])?;
/// assert_eq!(q.period(), Some(1));
/// # Ok::<(), videotracker_engine::pattern::cycle::fault::Error>(())
/// ```
pub fn apply(name: &str, receiver: Option<&Pattern>, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    let entry =
        find(name).ok_or_else(|| call_error(name, "there is no such function or control; see the reference for the names there are"))?;
    match (entry.called, receiver) {
        (Called::Method, None) => {
            return Err(call_error(name, format!("call it on a pattern, as in mini(\"bd sn\"):{name}(…)")));
        }
        (Called::Function | Called::Signal, Some(_)) => {
            return Err(call_error(name, format!("call it by itself, as {name}(…), not on a pattern")));
        }
        _ => {}
    }
    match &entry.make {
        Make::Of(make, keep) => {
            let Some(pat) = receiver else { return Err(call_error(name, "call it on a pattern")) };
            of_values(entry, *make, *keep, args, pat)
        }
        Make::Patterns(make) => {
            let mut pats: Vec<Pattern> = receiver.cloned().into_iter().collect();
            pats.extend(reify_all(name, args)?);
            make(pats)
        }
        Make::Functions(make) => {
            let Some(pat) = receiver else { return Err(call_error(name, "call it on a pattern")) };
            let through = args.into_iter().map(|a| match a {
                Arg::Function(mut f) => f(pat),
                _ => Err(call_error(name, "takes functions, as in function(x) return x:fast(2) end")),
            });
            make(pat, through.collect::<Result<_, _>>()?)
        }
        Make::Op(op) => match receiver {
            Some(pat) => op_in(*op, pat, &sequence(name, args)?),
            None => Err(call_error(name, "call it on a pattern")),
        },
        Make::Struct => match receiver {
            Some(pat) => app(Op::KeepIf, crate::pattern::cycle::nodes::combine::From::Right, pat, &sequence(name, args)?),
            None => Err(call_error(name, "call it on a pattern")),
        },
        Make::Control(keys) => call_control(name, keys, receiver, args),
        Make::Whole(make) => {
            let pattern = |(arg, takes)| match (arg, takes) {
                (Arg::List(items), &Takes::List(_)) => list(name, &items),
                (arg, _) => reify(name, arg),
            };
            let mut pats = exact(entry, args)?.into_iter().zip(entry.takes).map(pattern).collect::<Result<Vec<_>, _>>()?;
            pats.extend(receiver.cloned());
            make(&pats)
        }
        Make::Signal(make) => make(),
    }
}

/// Sets any control by name, on `receiver` or as a pattern of its own.
///
/// # Errors
/// As [`apply`].
pub fn apply_control(name: &str, receiver: Option<&Pattern>, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    call_control(name, &[Key::intern(name)?], receiver, args)
}

fn call_control(name: &str, keys: &[Key], receiver: Option<&Pattern>, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    match receiver {
        Some(pat) if args.is_empty() => control(keys, pat),
        Some(pat) => set_control(keys, &sequence(name, args)?, pat),
        None => control(keys, &sequence(name, args)?),
    }
}

/// One pattern of all arguments, squeezed into a cycle where there are several.
fn sequence(name: &str, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    if args.is_empty() {
        return Err(call_error(name, "needs an argument: a number, text or a pattern"));
    }
    fastcat(reify_all(name, args)?)
}

/// The arguments in number as the entry says; several where one is taken become a sequence.
fn exact<'a>(entry: &Combinator, mut args: Vec<Arg<'a>>) -> Result<Vec<Arg<'a>>, Error> {
    let want = entry.takes.len();
    if args.len() == want {
        return Ok(args);
    }
    if want == 1 && args.len() > 1 && matches!(entry.takes.first(), Some(Takes::Value(_))) {
        let all = std::mem::take(&mut args);
        return Ok(vec![Arg::Pattern(sequence(entry.name, all)?)]);
    }
    let names: Vec<&str> = entry.takes.iter().map(Takes::name).collect();
    let reason = format!("takes {want} ({}) and was given {}", names.join(", "), args.len());
    Err(call_error(entry.name, reason))
}

/// A list as one value.
fn list(name: &str, items: &[Arg<'_>]) -> Result<Pattern, Error> {
    let constants: Option<Vec<Const>> = items.iter().map(constant).collect();
    match constants {
        Some(all) if all.len() <= LIST_CAPACITY => Ok(pure(Const::List(all.into()))),
        _ => Err(call_error(name, format!("takes a list of up to {LIST_CAPACITY} numbers"))),
    }
}

/// The constant an argument is, where it is one.
fn constant(arg: &Arg<'_>) -> Option<Const> {
    match arg {
        Arg::Number(x) => Some(Const::Number(*x)),
        Arg::Bool(b) => Some(Const::Bool(*b)),
        Arg::Pattern(p) => p.as_constant().cloned(),
        _ => None,
    }
}

fn of_values(
    entry: &Combinator,
    make: fn(Call<'_>) -> Result<Pattern, Error>,
    keep: bool,
    args: Vec<Arg<'_>>,
    pat: &Pattern,
) -> Result<Pattern, Error> {
    let name = entry.name;
    let mut function: Option<Function<'_>> = None;
    let mut values = vec![];
    for (arg, takes) in exact(entry, args)?.into_iter().zip(entry.takes) {
        match (takes, arg) {
            (Takes::Function(_), Arg::Function(f)) => function = Some(f),
            (Takes::Function(what), _) => {
                return Err(call_error(name, format!("{what} must be a function, as in function(x) return x:fast(2) end")));
            }
            (_, arg) => values.push(arg),
        }
    }
    let mut none = |_: &Pattern| Err(call_error(name, "needs a function"));
    let f: &mut dyn FnMut(&Pattern) -> Result<Pattern, Error> = match &mut function {
        Some(f) => f.as_mut(),
        None => &mut none,
    };
    let constants: Option<Vec<Const>> = values.iter().map(constant).collect();
    let (result, joined) = match constants {
        Some(all) => {
            let p: Vec<Param> = all.into_iter().map(Param::constant).collect();
            (make(Call { p: &p, f, pat })?, false)
        }
        None => {
            let (mut bound, mut p) = (vec![], vec![]);
            for arg in values {
                let arg = reify(name, arg)?;
                let var = Var::fresh();
                p.push(Param::bound(var, arg.traits().peak));
                bound.push((arg, var));
            }
            let body = make(Call { p: &p, f, pat })?;
            (bind(bound, &body, None)?, true)
        }
    };
    if keep {
        with_steps(&result, pat.steps())
    } else if joined {
        with_steps(&result, None)
    } else {
        Ok(result)
    }
}
