//! The table of everything a script can call on patterns, and how arguments become patterns.
//!
//! One entry is one combinator: its name, what it takes, one line of documentation, and how it
//! is made. Bindings and the reference are generated from this table.

use crate::pattern::cycle::called;
use crate::pattern::cycle::core::{Cx, Pattern, Var};
use crate::pattern::cycle::fault::{Error, Fault, call_error};
use crate::pattern::cycle::mini::{mini, mini_at};
use crate::pattern::cycle::nodes::align::{How, aligned};
use crate::pattern::cycle::nodes::basic::{bind, fastcat, pure, with_steps};
use crate::pattern::cycle::nodes::combine::Op;
use crate::pattern::cycle::nodes::control::{Rest, set_several, several};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Span;
use crate::pattern::cycle::value::{Const, Key, LIST_CAPACITY, Value};
use crate::pattern::cycle::words::FAMILIES;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A function from patterns to patterns that a script hands over; run while the pattern is made. Where it makes one of
/// several copies, it is told the copy's number.
pub type Function<'a> = Box<dyn FnMut(&Pattern, Option<u32>) -> Result<Pattern, Error> + 'a>;

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
    Placed(Arc<str>, u32),
    /// A function, for `every`, `off` and the like.
    Function(Function<'a>),
    /// A list; read as the sequence of its items.
    List(Vec<Arg<'a>>),
    /// Named choices, for `pick` and the like.
    Table(Vec<(String, Arg<'a>)>),
    /// A function of values, for `filter` and the like.
    Called(Arc<dyn called::Function>),
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
    /// A function that is told the number of the copy it makes.
    Numbered(&'static str),
    /// A list of patterns, or a table of named ones.
    Choices(&'static str),
    /// A list of functions.
    FunctionList(&'static str),
    /// Any number of patterns, each perhaps as `{pattern, weight}`.
    Weighted,
    /// Any number of patterns, each perhaps as `{weight, pattern}`.
    Parts,
    /// Any number of `{from, to, pattern}`.
    Spans,
    /// Any number of patterns or lists of them.
    Groups,
    /// A value as it is: a text is no mini-notation.
    Plain(&'static str),
    /// A function of values or times, called while the pattern plays.
    Called(&'static str),
}

impl Takes {
    /// How the reference calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Value(n)
            | Self::List(n)
            | Self::Function(n)
            | Self::Numbered(n)
            | Self::Choices(n)
            | Self::FunctionList(n)
            | Self::Plain(n)
            | Self::Called(n) => n,
            Self::Patterns => "patterns…",
            Self::Functions => "functions…",
            Self::Weighted => "{pattern, weight}…",
            Self::Parts => "{weight, pattern}…",
            Self::Spans => "{from, to, pattern}…",
            Self::Groups => "patterns or lists…",
        }
    }
}

/// Where a combinator is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
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

/// What a word that reads its arguments by itself is called with.
pub(crate) struct Invocation<'g, 'a> {
    /// Its name, for what is said.
    pub name: &'static str,
    /// What it is called on; none for functions.
    pub receiver: Option<&'g Pattern>,
    /// Its arguments.
    pub args: Vec<Arg<'a>>,
}

/// How a combinator is made.
#[derive(Clone, Copy)]
pub(crate) enum Make {
    /// Of values, perhaps a function, and a pattern; the flag: it keeps the pattern's steps.
    Of(fn(Call<'_>) -> Result<Pattern, Error>, bool),
    /// Of patterns as they are; the receiver comes first.
    Patterns(fn(Vec<Pattern>) -> Result<Pattern, Error>),
    /// Of the receiver through each function.
    Functions(fn(&Pattern, Vec<Pattern>) -> Result<Pattern, Error>),
    /// Values combined with those of another pattern.
    Op(Op, How),
    /// A control; list items spread over the names.
    Control(&'static [Key]),
    /// Controls by their names; list items spread over them, and what a short list leaves is filled in.
    Named(&'static [&'static str], Rest),
    /// Of all that it is given.
    Invocation(fn(Invocation<'_, '_>) -> Result<Pattern, Error>),
    /// Arguments as patterns, each in its place; the receiver comes last.
    Whole(fn(&[Pattern]) -> Result<Pattern, Error>),
    /// A continuous signal.
    Signal(fn() -> Result<Pattern, Error>),
}

/// One entry of the table.
#[derive(Clone, Copy)]
pub struct Combinator {
    /// Its name, as in Strudel.
    pub name: &'static str,
    /// Further names.
    pub aliases: &'static [&'static str],
    /// Where it is called.
    pub form: CallForm,
    /// What it takes.
    pub takes: &'static [Takes],
    /// What it does, in a line.
    pub doc: &'static str,
    pub(crate) make: Make,
}

/// All combinators with the place of each name.
struct All {
    entries: Vec<Combinator>,
    by_name: HashMap<&'static str, usize>,
}

fn all() -> &'static All {
    static ALL: OnceLock<All> = OnceLock::new();
    ALL.get_or_init(|| {
        let entries: Vec<Combinator> = FAMILIES.iter().flat_map(|family| family.iter().copied()).collect();
        let mut by_name = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for name in std::iter::once(entry.name).chain(entry.aliases.iter().copied()) {
                by_name.entry(name).or_insert(index);
            }
        }
        All { entries, by_name }
    })
}

/// All combinators, in the order of the reference.
#[must_use]
pub fn combinators() -> &'static [Combinator] {
    &all().entries
}

impl Combinator {
    /// Whether it is another with the rhythm from elsewhere, as `addOut` is `add`.
    #[must_use]
    pub const fn is_alignment(&self) -> bool {
        self.doc.is_empty()
    }

    /// How it is called, as the reference shows it: `x:fast(factor)`, `stack(patterns…)`, `sine`.
    #[must_use]
    pub fn signature(&self) -> String {
        let takes: Vec<&str> = self.takes.iter().map(Takes::name).collect();
        match self.form {
            CallForm::Signal => self.name.to_string(),
            CallForm::Function => format!("{}({})", self.name, takes.join(", ")),
            CallForm::Method | CallForm::Both => format!("x:{}({})", self.name, takes.join(", ")),
        }
    }

    /// The controls that it sets and that somebody has to hear; empty for those that the language itself reads.
    #[must_use]
    pub fn sets(&self) -> &'static [&'static str] {
        if let Make::Named(names, _) = self.make { names } else { &[] }
    }
}

/// The entry of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Combinator> {
    let all = all();
    all.by_name.get(name).and_then(|place| all.entries.get(*place))
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
        Arg::Function(_) | Arg::Called(_) => Err(call_error(name, "a function stands where a number, text or pattern belongs")),
        Arg::Table(_) => Err(call_error(name, "a table with names stands where a number, text, list or pattern belongs")),
    }
}

pub(crate) fn reify_all(name: &str, args: Vec<Arg<'_>>) -> Result<Vec<Pattern>, Error> {
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
    match (entry.form, receiver) {
        (CallForm::Method, None) => {
            return Err(call_error(name, format!("call it on a pattern, as in mini(\"bd sn\"):{name}(…)")));
        }
        (CallForm::Function | CallForm::Signal, Some(_)) => {
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
            let through = args.into_iter().map(|a| match as_function(a) {
                Ok(mut f) => f(pat, None),
                Err(_) => Err(call_error(name, format!("takes functions, {A_FUNCTION}"))),
            });
            make(pat, through.collect::<Result<_, _>>()?)
        }
        Make::Op(op, how) => match receiver {
            Some(pat) => aligned(*op, *how, pat, &sequence(name, args)?),
            None => Err(call_error(name, "call it on a pattern")),
        },
        Make::Named(names, rest) => {
            let keys = names.iter().map(|name| Key::lasting(name)).collect::<Result<Vec<_>, _>>()?;
            call_several(name, &keys, *rest, receiver, args)
        }
        Make::Invocation(make) => make(Invocation { name: entry.name, receiver, args }),
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
    call_several(name, keys, Rest::Leave, receiver, args)
}

fn call_several(name: &str, keys: &[Key], rest: Rest, receiver: Option<&Pattern>, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    // Without values, those of the pattern are named.
    let (values, of) = match receiver {
        Some(pat) if args.is_empty() => {
            if let Some(key) = first_control(pat) {
                let key = key.name();
                let reason =
                    format!("takes numbers or words, and was given none but the control {key}; write a value, as in {name}(\"1 2\")");
                return Err(call_error(name, reason));
            }
            (pat.clone(), None)
        }
        of => (sequence(name, args)?, of),
    };
    refuse_controls(name, &values)?;
    match of {
        Some(pat) => set_several(keys, rest, &values, pat),
        None => several(keys, rest, &values),
    }
}

/// Refuses other controls as the values of a control, as far as its first event shows them.
fn refuse_controls(name: &str, values: &Pattern) -> Result<(), Error> {
    let Some(key) = first_control(values) else { return Ok(()) };
    let key = key.name();
    Err(call_error(name, format!("takes numbers or words, and was given the control {key}; write the values alone, as in {name}(\"0 1\")")))
}

/// A control of a pattern's first event, where its values are controls.
fn first_control(values: &Pattern) -> Option<Key> {
    const FEW: u32 = 64;
    let mut found = None;
    // The first cycle may be silent.
    for cycle in 0..4 {
        let (work, mut seen) = (Cell::new(FEW), false);
        // What can't be asked here is said when the whole pattern is.
        let _ = values.query(&Cx::new(&work), Span::cycle(cycle), &mut |event| {
            seen = true;
            found = match event.value {
                Value::Map(map) if map.get(Key::VALUE).is_none() => map.iter().next().map(|(key, _)| key),
                _ => None,
            };
            Err(Fault::SinkFull)
        });
        if seen {
            break;
        }
    }
    found
}

/// Whether a pattern's values are controls, so that it stands for setting them where a function of patterns belongs: `every(2, speed(2))`
/// is Tidal's `every 2 (# speed 2)`.
#[must_use]
pub fn sets_controls(pattern: &Pattern) -> bool {
    first_control(pattern).is_some()
}

/// Whether an entry calculates with the values of two patterns.
#[must_use]
pub const fn calculates(entry: &Combinator) -> bool {
    matches!(entry.make, Make::Op(Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Pow, _))
}

/// The function that an argument stands for: itself, or that which sets controls.
fn as_function(arg: Arg<'_>) -> Result<Function<'_>, Arg<'_>> {
    match arg {
        Arg::Function(function) => Ok(function),
        Arg::Pattern(controls) if sets_controls(&controls) => Ok(Box::new(move |pattern, _| aligned(Op::Set, How::In, pattern, &controls))),
        other => Err(other),
    }
}

/// What is said where a function of patterns is missing.
const A_FUNCTION: &str = "as in function(x) return x:fast(2) end, fast(2), or a control such as speed(2), which is then set";

/// One pattern of all arguments, squeezed into a cycle where there are several.
pub(crate) fn sequence(name: &str, args: Vec<Arg<'_>>) -> Result<Pattern, Error> {
    if args.is_empty() {
        return Err(call_error(name, format!("needs a value: a number, words or a pattern, as in {name}(\"1 2\")")));
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
pub(crate) fn constant(arg: &Arg<'_>) -> Option<Const> {
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
        match takes {
            Takes::Function(what) => {
                let given = as_function(arg).map_err(|_| call_error(name, format!("{what} must be a function, {A_FUNCTION}")))?;
                function = Some(given);
            }
            _ => values.push(arg),
        }
    }
    let mut through = |p: &Pattern| match &mut function {
        Some(f) => f(p, None),
        None => Err(call_error(name, "needs a function")),
    };
    let (result, joined) = patterned(name, values, &mut |p| make(Call { p, f: &mut through, pat }))?;
    if keep {
        with_steps(&result, pat.steps())
    } else if joined {
        with_steps(&result, None)
    } else {
        Ok(result)
    }
}

/// Calls `make` with values: constants where all are, else bound to the patterns they are read from. Says whether they were bound.
pub(crate) fn patterned(
    name: &'static str,
    values: Vec<Arg<'_>>,
    make: &mut dyn FnMut(&[Param]) -> Result<Pattern, Error>,
) -> Result<(Pattern, bool), Error> {
    let constants: Option<Vec<Const>> = values.iter().map(constant).collect();
    if let Some(all) = constants {
        let p: Vec<Param> = all.into_iter().map(|value| Param::constant(value).called(name)).collect();
        return Ok((make(&p)?, false));
    }
    let (mut bound, mut p) = (vec![], vec![]);
    for arg in values {
        let arg = reify(name, arg)?;
        let var = Var::fresh();
        p.push(Param::bound(var, arg.traits().peak).called(name));
        bound.push((arg, var));
    }
    let body = make(&p)?;
    Ok((bind(bound, &body, None)?, true))
}

impl<'g, 'a> Invocation<'g, 'a> {
    /// What it is called on.
    pub(crate) fn pattern(&self) -> Result<&'g Pattern, Error> {
        self.receiver.ok_or_else(|| call_error(self.name, "call it on a pattern"))
    }

    /// An error about its arguments.
    pub(crate) fn refuse<T>(&self, reason: &str) -> Result<T, Error> {
        Err(call_error(self.name, reason))
    }

    /// Its arguments, which have to be so many; `what` says which.
    pub(crate) fn exactly<const N: usize>(&mut self, what: &str) -> Result<[Arg<'a>; N], Error> {
        let args = std::mem::take(&mut self.args);
        let count = args.len();
        args.try_into().map_err(|_| call_error(self.name, format!("takes {N} ({what}) and was given {count}")))
    }

    /// One value: several arguments are a sequence.
    pub(crate) fn one(&mut self, what: &str) -> Result<Arg<'a>, Error> {
        let mut args = std::mem::take(&mut self.args);
        match args.len() {
            0 => Err(call_error(self.name, format!("needs {what}"))),
            1 => Ok(args.remove(0)),
            _ => Ok(Arg::Pattern(sequence(self.name, args)?)),
        }
    }

    /// All its arguments as patterns, what it is called on first.
    pub(crate) fn patterns(&mut self) -> Result<Vec<Pattern>, Error> {
        let args = std::mem::take(&mut self.args);
        let mut pats: Vec<Pattern> = self.receiver.cloned().into_iter().collect();
        pats.extend(reify_all(self.name, args)?);
        Ok(pats)
    }
}

/// The function that an argument is, or the list of one function for each copy.
///
/// # Errors
/// Where it is none.
pub(crate) fn function<'a>(name: &'static str, arg: Arg<'a>) -> Result<Function<'a>, Error> {
    let refused = || call_error(name, format!("takes a function, {A_FUNCTION}"));
    match arg {
        Arg::List(items) => {
            let mut each = items.into_iter().map(|item| function(name, item)).collect::<Result<Vec<_>, _>>()?;
            if each.is_empty() {
                return Err(refused());
            }
            let last = each.len() - 1;
            Ok(Box::new(move |p, number| {
                let index = usize::try_from(number.unwrap_or(0)).unwrap_or(last).min(last);
                each[index](p, number)
            }))
        }
        other => as_function(other).map_err(|_| refused()),
    }
}
