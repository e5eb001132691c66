//! Patterns built of parts, and of single values.

use super::{also, either, entry, function, given};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::nodes::align::{Join, mix};
use crate::pattern::cycle::nodes::basic::{pure, silence, stack, with_steps};
use crate::pattern::cycle::nodes::choose::{Naming, select};
use crate::pattern::cycle::nodes::combine::Op;
use crate::pattern::cycle::nodes::morph::morph;
use crate::pattern::cycle::nodes::naming::named;
use crate::pattern::cycle::nodes::steps::{counted, gap, nothing, slowcat_prime, stepcat};
use crate::pattern::cycle::nodes::time::{compress, fast, slow};
use crate::pattern::cycle::nodes::values::{Each, each};
use crate::pattern::cycle::nodes::{arrange as arr, binary};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::registry::{Arg, CallForm, Combinator, Invocation, Make, Takes, apply, find, patterned, reify, reify_all};
use crate::pattern::cycle::value::{Const, Key};

/// A number of cycles or steps.
fn length(name: &str, arg: &Arg<'_>) -> Result<Rational, Error> {
    match arg {
        Arg::Number(x) => Ok(Rational::from_f64(*x)?),
        Arg::Pattern(p) if matches!(p.as_constant(), Some(Const::Number(_))) => match p.as_constant() {
            Some(Const::Number(x)) => Ok(Rational::from_f64(*x)?),
            _ => Ok(Rational::ONE),
        },
        _ => Err(call_error(name, "takes a number before each pattern, as in {2, s(\"bd sn\")}")),
    }
}

/// A part with its weight: `{weight, pattern}`, or a pattern by itself.
fn part(name: &str, arg: Arg<'_>) -> Result<(Option<Rational>, Pattern), Error> {
    match arg {
        Arg::List(items) => {
            let [weight, pat] = <[Arg<'_>; 2]>::try_from(items).map_err(|_| call_error(name, "takes {number, pattern}"))?;
            Ok((Some(length(name, &weight)?), reify(name, pat)?))
        }
        other => Ok((None, reify(name, other)?)),
    }
}

fn timecat(c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let mut parts: Vec<(Rational, Pattern)> = c.receiver.map(|p| counted(p.clone())).into_iter().collect();
    for arg in c.args {
        let (weight, pat) = part(c.name, arg)?;
        parts.push(weight.map_or_else(|| counted(pat.clone()), |weight| (weight, pat.clone())));
    }
    stepcat(&parts)
}

fn arrange(c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let mut parts = Vec::new();
    let mut total = Rational::ZERO;
    for arg in c.args {
        let (Some(cycles), pat) = part(c.name, arg)? else {
            return Err(call_error(c.name, "takes {cycles, pattern}, as in arrange({4, s(\"bd*4\")}, {2, s(\"sn*2\")})"));
        };
        total = total.add(cycles)?;
        parts.push((cycles, fast(&Param::time_of(cycles), &pat)?));
    }
    slow(&Param::time_of(total), &stepcat(&parts)?)
}

fn loop_of_spans(c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let said = || call_error(c.name, "takes {from, to, pattern}, in cycles");
    let (mut parts, mut total) = (Vec::new(), Rational::ZERO);
    for arg in c.args {
        let Arg::List(items) = arg else { return Err(said()) };
        let mut items = items.into_iter().collect::<Vec<_>>();
        let pat = reify(c.name, items.pop().ok_or_else(said)?)?;
        let (from, to) = match &*items {
            [to] => (total, length(c.name, to)?),
            [from, to] => (length(c.name, from)?, length(c.name, to)?),
            _ => return Err(said()),
        };
        total = to;
        parts.push((from, to, pat));
    }
    if !total.is_positive() {
        return Ok(silence());
    }
    let mut stretches = Vec::new();
    for (from, to, pat) in parts {
        let when = compress(&Param::time_of(from.div(total)?), &Param::time_of(to.div(total)?), &pure(Const::Bool(true)))?;
        stretches.push(select(Naming::Clamped, Join::Inner, &slow(&Param::time_of(total), &when)?, vec![pat])?);
    }
    stack(stretches)
}

/// Where the shorter patterns of a stack lie.
#[derive(Clone, Copy)]
enum Lie {
    Left,
    Right,
    Centre,
}

fn stacked(pats: &[Pattern], lie: Lie) -> Result<Pattern, Error> {
    if pats.len() < 2 {
        return Ok(pats.first().cloned().unwrap_or_else(silence));
    }
    let most = most_steps(pats);
    let placed = pats.iter().map(|pat| {
        let steps = pat.steps().unwrap_or(Rational::ONE);
        let left = most.sub(steps)?;
        if left.is_zero() {
            return Ok(pat.clone());
        }
        let (own, rest) = ((steps, pat.clone()), (left, gap(left)?));
        match lie {
            Lie::Left => stepcat(&[own, rest]),
            Lie::Right => stepcat(&[rest, own]),
            Lie::Centre => {
                let half = left.div(Rational::int(2))?;
                stepcat(&[(half, gap(half)?), own, (half, gap(half)?)])
            }
        }
    });
    stack(placed.collect::<Result<_, Error>>()?)
}

fn most_steps(pats: &[Pattern]) -> Rational {
    pats.iter().filter_map(Pattern::steps).fold(Rational::ZERO, Rational::max)
}

fn stack_by(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    if c.args.is_empty() {
        return c.refuse("takes how the patterns lie (left, right, centre, expand or repeat) and the patterns");
    }
    let by = reify(c.name, c.args.remove(0))?;
    let pats = reify_all(c.name, c.args)?;
    let most = most_steps(&pats);
    let ways = [
        ("left", stacked(&pats, Lie::Left)?),
        ("right", stacked(&pats, Lie::Right)?),
        ("centre", stacked(&pats, Lie::Centre)?),
        ("expand", stack(pats.clone())?),
        ("repeat", crate::pattern::cycle::nodes::steps::pace(most, &arr::polymeter(&pats)?)?),
    ];
    let (names, of): (Vec<_>, Vec<_>) = ways.into_iter().unzip();
    let names = names.into_iter().map(Box::from).collect();
    with_steps(&select(Naming::Names(names), Join::Inner, &by, of)?, Some(most))
}

fn sequence_of_lists(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let items = match c.one("a list of patterns")? {
        Arg::List(items) => reify_all(c.name, items)?,
        other => vec![reify(c.name, other)?],
    };
    lists(&items)
}

/// A pattern of lists: an item from each pattern.
pub(super) fn lists(items: &[Pattern]) -> Result<Pattern, Error> {
    let Some((first, rest)) = items.split_first() else { return Ok(silence()) };
    let mut all = each(Each::Alone, first)?;
    for item in rest {
        all = mix(Op::Tail, &all, item)?;
    }
    Ok(all)
}

/// A value as it is.
pub(super) fn plain(name: &str, arg: Arg<'_>) -> Result<Const, Error> {
    match arg {
        Arg::Number(x) => Ok(Const::Number(x)),
        Arg::Bool(on) => Ok(Const::Bool(on)),
        Arg::Text(text) => Ok(Const::Text(text.as_str().into())),
        Arg::Placed(text, _) => Ok(Const::Text((*text).into())),
        Arg::List(items) => Ok(Const::List(items.into_iter().map(|item| plain(name, item)).collect::<Result<Vec<_>, _>>()?.into())),
        Arg::Pattern(p) if p.as_constant().is_some() => p.as_constant().cloned().ok_or_else(|| call_error(name, "takes a value")),
        _ => Err(call_error(name, "takes a number, a word or a list of them")),
    }
}

/// The bits of numbers as a rhythm; `bits` of them, or as many as each needs.
fn bits(mut c: Invocation<'_, '_>, own: bool, as_list: bool) -> Result<Pattern, Error> {
    let mut args = std::mem::take(&mut c.args).into_iter();
    let Some(first) = args.next() else { return c.refuse("needs a number") };
    let n = reify(c.name, first)?;
    let count = match args.next() {
        Some(_) if own => return c.refuse("takes one number; binaryN takes the number of bits as well"),
        Some(arg) => reify(c.name, arg)?,
        None if own => binary::length(&n)?,
        None => pure(Const::Number(16.0)),
    };
    if as_list { binary::list(&n, &count) } else { rhythm_of_bits(&n, count) }
}

/// The bits of `n`, the highest of `count` first.
fn rhythm_of_bits(n: &Pattern, count: Pattern) -> Result<Pattern, Error> {
    let p = Arg::Pattern;
    let positions = apply("mul", Some(&apply("run", None, vec![p(count.clone())])?), vec![Arg::Number(-1.0)])?;
    let last = apply("sub", Some(&count), vec![Arg::Number(1.0)])?;
    let positions = apply("add", Some(&positions), vec![p(last)])?;
    let sampled = apply("segment", Some(n), vec![p(count)])?;
    let shifted = apply("brshift", Some(&sampled), vec![p(positions)])?;
    apply("band", Some(&shifted), vec![Arg::Number(1.0)])
}

fn names(name: &str, arg: Arg<'_>) -> Result<Vec<Key>, Error> {
    let texts: Vec<String> = match arg {
        Arg::Text(text) => text.split(':').map(str::to_owned).collect(),
        Arg::Placed(text, _) => text.split(':').map(str::to_owned).collect(),
        Arg::List(items) => items
            .into_iter()
            .map(|item| match item {
                Arg::Text(text) => Ok(text),
                Arg::Placed(text, _) => Ok(text.to_string()),
                _ => Err(call_error(name, "takes names of controls")),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(call_error(name, "takes names of controls, as in as(\"note:clip\")")),
    };
    texts.iter().map(|text| main_key(name, text)).collect()
}

/// The control that a name stands for, its main name where it is another.
fn main_key(name: &str, text: &str) -> Result<Key, Error> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(call_error(name, format!("\"{text}\" is no name of a control; write as(\"note:clip\") or as({{\"note\", \"clip\"}})")));
    }
    match find(text).map(|entry| entry.make) {
        Some(Make::Control([first, ..])) => Ok(*first),
        Some(Make::Named([first, ..], _)) => Key::lasting(first),
        _ => Key::intern(text),
    }
}

const PARTS: &[Takes] = &[Takes::Parts];
const N: &[Takes] = &[Takes::Value("n")];
const N_BITS: &[Takes] = &[Takes::Value("n"), Takes::Value("bits")];

pub(super) static WORDS: &[Combinator] = &[
    either(
        "slowcatPrime",
        &[Takes::Patterns],
        "Plays one cycle of each in turn, the cycles going on while a pattern is not heard.",
        |mut c| slowcat_prime(c.patterns()?),
    ),
    also(
        either("stepcat", PARTS, "Plays all in turn within one cycle, each as long as its steps or its weight say.", timecat),
        &["timecat", "timeCat"],
    ),
    function("arrange", PARTS, "Plays each {cycles, pattern} for so many cycles, one after another, and begins anew.", arrange),
    function("seqPLoop", &[Takes::Spans], "Lays {from, to, pattern} out over cycles and loops at the last end.", loop_of_spans),
    function("gap", &[Takes::Value("steps")], "Nothing, so many steps long.", |mut c| {
        let arg = c.one("a number of steps")?;
        gap(length(c.name, &arg)?)
    }),
    entry("nothing", CallForm::Signal, &[], "Nothing, no steps long.", Make::Signal(nothing)),
    function("pure", &[Takes::Plain("value")], "The value as it is, once a cycle; a text is not read as mini-notation.", |mut c| {
        let [arg] = c.exactly("a value")?;
        Ok(pure(plain(c.name, arg)?))
    }),
    function("reify", &[Takes::Value("value")], "A pattern of anything: texts as mini-notation, patterns as they are.", |mut c| {
        let arg = c.one("a value")?;
        reify(c.name, arg)
    }),
    function("binary", N, "The bits of a number as a rhythm, the highest first, as many as it needs.", |c| bits(c, true, false)),
    function("binaryN", N_BITS, "The lowest bits of a number as a rhythm, 16 unless said.", |c| bits(c, false, false)),
    function("binaryL", N, "The bits of a number as one list.", |c| bits(c, true, true)),
    function("binaryNL", N_BITS, "The lowest bits of a number as one list, 16 unless said.", |c| bits(c, false, true)),
    function("sequenceP", &[Takes::Choices("list")], "A list of patterns as a pattern of lists.", sequence_of_lists),
    either("stackLeft", &[Takes::Patterns], "Plays all at once, the shorter ones (in steps) followed by a gap.", |mut c| {
        stacked(&c.patterns()?, Lie::Left)
    }),
    either("stackRight", &[Takes::Patterns], "Plays all at once, the shorter ones after a gap.", |mut c| {
        stacked(&c.patterns()?, Lie::Right)
    }),
    either("stackCentre", &[Takes::Patterns], "Plays all at once, the shorter ones in the middle of gaps.", |mut c| {
        stacked(&c.patterns()?, Lie::Centre)
    }),
    function(
        "stackBy",
        &[Takes::Value("lie"), Takes::Patterns],
        "Plays all at once as the first argument says: left, right, centre, expand or repeat.",
        stack_by,
    ),
    function(
        "morph",
        &[Takes::Value("from"), Takes::Value("to"), Takes::Value("by")],
        "A rhythm between two lists of 0 and 1 with as many ones: 0 is the first, 1 the second.",
        |mut c| {
            let args: [Arg<'_>; 3] = c.exactly("from, to, by")?;
            let args = args.into_iter().map(|arg| match arg {
                Arg::List(items) => Ok(Arg::Pattern(lists(&reify_all("morph", items)?)?)),
                other => Ok(other),
            });
            let args = args.collect::<Result<Vec<_>, Error>>()?;
            patterned(c.name, args, &mut |p| morph(&p[0], &p[1], &p[2])).map(|(made, _)| made)
        },
    ),
    given("as", &[Takes::Plain("names")], "Names values, or list items in order, as controls, as in as(\"note:clip\").", |mut c| {
        let pat = c.pattern()?;
        let arg = c.exactly::<1>("names of controls")?.into_iter().next();
        named(arg.map_or_else(|| Ok(Vec::new()), |arg| names("as", arg))?, pat)
    }),
];
