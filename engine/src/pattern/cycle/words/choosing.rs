//! Choosing: by the values of patterns, and by chance.

use super::{FUNCTION, also, either, function, given, method, value};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::nodes::align::{How, Join, aligned};
use crate::pattern::cycle::nodes::basic::{pure, pure_param, with_steps};
use crate::pattern::cycle::nodes::choose::{self as ch, Naming, select};
use crate::pattern::cycle::nodes::combine::Op;
use crate::pattern::cycle::nodes::rhythm::segment;
use crate::pattern::cycle::nodes::signal::{self, Signal, degrade, rand_cat};
use crate::pattern::cycle::nodes::values::{Each, each};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::registry::{self, Arg, Call, Combinator, Invocation, Make, Takes, patterned, reify, reify_all, sequence};
use crate::pattern::cycle::value::Const;

/// The patterns of a list or table, with how values name them; `round` where numbers go round.
fn choices(name: &str, arg: Arg<'_>, round: bool) -> Result<(Naming, Vec<Pattern>), Error> {
    match arg {
        Arg::List(items) => Ok((if round { Naming::Round } else { Naming::Clamped }, reify_all(name, items)?)),
        Arg::Table(entries) => {
            let (names, args): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
            Ok((Naming::Names(names.into_iter().map(Box::from).collect()), reify_all(name, args)?))
        }
        _ => {
            Err(call_error(name, "takes a list of patterns, as in {\"bd sn\", \"hh*4\"}, or a table, as in {a = \"bd sn\", b = \"hh*4\"}"))
        }
    }
}

const fn is_choices(arg: &Arg<'_>) -> bool {
    matches!(arg, Arg::List(_) | Arg::Table(_))
}

/// What picks, and what it picks from: `pattern:pick(list)`, `pick(list, pattern)` or `pick(pattern, list)`.
fn picking(mut c: Invocation<'_, '_>, round: bool, join: Join) -> Result<Pattern, Error> {
    let (by, list) = match c.receiver {
        Some(pat) => {
            let [list] = c.exactly("a list or table of patterns")?;
            (pat.clone(), list)
        }
        None => {
            let [a, b] = c.exactly("a list or table of patterns, and what picks from it")?;
            let (list, by) = if is_choices(&a) { (a, b) } else { (b, a) };
            (reify(c.name, by)?, list)
        }
    };
    let (naming, of) = choices(c.name, list, round)?;
    select(naming, join, &by, of)
}

/// The functions of a list that numbers pick.
fn pick_function(mut c: Invocation<'_, '_>, round: bool) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let [by, list] = c.exactly("numbers, a list of functions")?;
    let Arg::List(items) = list else { return c.refuse("takes a list of functions, as in {rev, fast(2)}") };
    let by = reify(c.name, by)?;
    let of = items.into_iter().map(|item| registry::function(c.name, item)?(pat, None)).collect::<Result<_, _>>()?;
    select(if round { Naming::Round } else { Naming::Clamped }, Join::Inner, &by, of)
}

/// One of the arguments, as a number from 0 to 1 says: the receiver's, or a draw.
fn spread(mut c: Invocation<'_, '_>, join: Join, bipolar: bool) -> Result<Pattern, Error> {
    let args = std::mem::take(&mut c.args);
    match c.receiver {
        Some(pat) => {
            let by = if bipolar { each(Each::FromBipolar, pat)? } else { pat.clone() };
            spread_of(&by, join, reify_all(c.name, args)?)
        }
        None if join == Join::Outer => signal::choose(reify_all(c.name, args)?),
        None => spread_of(&signal::signal(Signal::Rand), join, reify_all(c.name, args)?),
    }
}

fn spread_of(by: &Pattern, join: Join, of: Vec<Pattern>) -> Result<Pattern, Error> {
    // Scaling reads a constant, which splits continuous signals into cycles.
    let split = registry::apply("mul", Some(by), vec![Arg::Number(1.0)])?;
    select(Naming::Spread, join, &split, of)
}

fn spread_with(mut c: Invocation<'_, '_>, join: Join) -> Result<Pattern, Error> {
    let [by, list] = c.exactly("a pattern of 0 to 1, a list")?;
    let Arg::List(items) = list else { return c.refuse("takes a list, as in {\"bd\", \"sn\"}") };
    spread_of(&reify(c.name, by)?, join, reify_all(c.name, items)?)
}

/// Patterns with their weights, 1 where there is none.
fn weighted(c: Invocation<'_, '_>, cycles: bool) -> Result<Pattern, Error> {
    let mut of = Vec::new();
    for arg in c.args {
        of.push(match arg {
            Arg::List(items) => {
                let [pat, weight] = <[Arg<'_>; 2]>::try_from(items).map_err(|_| call_error(c.name, "takes {pattern, weight}"))?;
                (reify(c.name, pat)?, reify(c.name, weight)?)
            }
            other => (reify(c.name, other)?, pure(Const::Number(1.0))),
        });
    }
    if of.len() > ch::MAX_WEIGHTED {
        return Err(call_error(c.name, format!("chooses among {} patterns, but {} is the most", of.len(), ch::MAX_WEIGHTED)));
    }
    ch::weighted(of, cycles)
}

/// As a method an alignment; as a function a list squeezed into the events of what picks from it.
fn squeeze(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    match c.receiver {
        Some(pat) => aligned(Op::Set, How::Squeeze, pat, &sequence(c.name, std::mem::take(&mut c.args))?),
        None => picking(c, true, Join::Squeeze),
    }
}

fn seed(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let arg = c.one("a number")?;
    patterned(c.name, vec![arg], &mut |p| ch::seeded(&p[0], pat)).map(|(made, _)| made)
}

fn some_cycles(c: Call<'_>, x: &Param) -> Result<Pattern, Error> {
    // As there, such a pattern has no steps.
    with_steps(&ch::some_cycles_by(x, c.f, c.pat)?, None)
}

fn scramble(c: Call<'_>) -> Result<Pattern, Error> {
    let order = segment(&c.p[0], &signal::irand(&pure_param(&c.p[0]))?)?;
    ch::rearranged(order, &c.p[0], c.pat)
}

fn brand(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let arg = c.one("a chance")?;
    patterned(c.name, vec![arg], &mut |p| ch::brand_by(&p[0])).map(|(made, _)| made)
}

fn run(mut c: Invocation<'_, '_>, make: fn(&Param) -> Result<Pattern, Error>) -> Result<Pattern, Error> {
    let arg = c.one("a number")?;
    patterned(c.name, vec![arg], &mut |p| make(&p[0])).map(|(made, _)| made)
}

fn bite(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let [n, index] = c.exactly("n, numbers")?;
    ch::bite(&reify(c.name, n)?, &reify(c.name, index)?, pat)
}

fn degrade_with(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let [draws, amount] = c.exactly("a pattern of 0 to 1, amount")?;
    let draws = reify(c.name, draws)?;
    patterned(c.name, vec![amount], &mut |p| ch::degrade_with(&draws, &p[0], pat)).map(|(made, _)| made)
}

const LIST: &[Takes] = &[Takes::Choices("list")];
const ANY: &[Takes] = &[Takes::Patterns];
const HALF: f64 = 0.5;

pub(super) static WORDS: &[Combinator] = &[
    either("pick", LIST, "Plays the pattern of a list (from 0, past the end the last) or table that each value names.", |c| {
        picking(c, false, Join::Inner)
    }),
    either("pickmod", LIST, "As pick, numbers going round.", |c| picking(c, true, Join::Inner)),
    either("pickOut", LIST, "As pick, with the rhythm of the picking pattern.", |c| picking(c, false, Join::Outer)),
    either("pickmodOut", LIST, "As pickOut, numbers going round.", |c| picking(c, true, Join::Outer)),
    either("pickReset", LIST, "As pick; what is picked begins its cycle anew.", |c| picking(c, false, Join::Reset)),
    either("pickmodReset", LIST, "As pickReset, numbers going round.", |c| picking(c, true, Join::Reset)),
    either("pickRestart", LIST, "As pick; what is picked begins with its first cycle.", |c| picking(c, false, Join::Restart)),
    either("pickmodRestart", LIST, "As pickRestart, numbers going round.", |c| picking(c, true, Join::Restart)),
    also(
        either("inhabit", LIST, "As pick; a cycle of what is picked is squeezed into each event.", |c| picking(c, false, Join::Squeeze)),
        &["pickSqueeze"],
    ),
    also(either("inhabitmod", LIST, "As inhabit, numbers going round.", |c| picking(c, true, Join::Squeeze)), &["pickmodSqueeze"]),
    either("squeeze", ANY, "Squeezes a cycle of another pattern into each event; squeeze(pattern, list) picks from the list.", squeeze),
    given("pickF", &[value("number"), Takes::FunctionList("functions")], "Applies the function of a list that numbers name.", |c| {
        pick_function(c, false)
    }),
    given("pickmodF", &[value("number"), Takes::FunctionList("functions")], "As pickF, numbers going round.", |c| pick_function(c, true)),
    method(
        "shuffle",
        &[value("n")],
        "Plays n parts of each cycle in random order, each once.",
        Make::Of(|c| ch::rearranged(ch::rand_run(&c.p[0])?, &c.p[0], c.pat), false),
    ),
    method("scramble", &[value("n")], "Plays n parts of each cycle drawn at random.", Make::Of(scramble, false)),
    given(
        "bite",
        &[value("n"), value("number")],
        "Cuts each cycle into n parts and plays them by number, squeezed into the numbers' events.",
        bite,
    ),
    also(
        function("chooseCycles", ANY, "Plays one of the patterns, drawn for each cycle.", |mut c| rand_cat(Rational::ZERO, c.patterns()?)),
        &["randcat"],
    ),
    also(
        function("wchooseCycles", &[Takes::Weighted], "Plays one of the patterns, drawn for each cycle by weight.", |c| weighted(c, true)),
        &["wrandcat"],
    ),
    also(
        either("choose", ANY, "Draws one of its arguments, continuously; on a pattern, its values from 0 to 1 choose.", |c| {
            spread(c, Join::Outer, false)
        }),
        &["chooseOut"],
    ),
    function("wchoose", &[Takes::Weighted], "Draws one of its arguments by weight, continuously.", |c| weighted(c, false)),
    given("choose2", ANY, "Chooses one of its arguments by the pattern's values from -1 to 1.", |c| spread(c, Join::Outer, true)),
    either("chooseIn", ANY, "As choose, with the rhythm of what is chosen.", |c| spread(c, Join::Inner, false)),
    function(
        "chooseWith",
        &[value("pattern"), Takes::Choices("list")],
        "Chooses from a list by the values of a pattern from 0 to 1.",
        |c| spread_with(c, Join::Outer),
    ),
    function("chooseInWith", &[value("pattern"), Takes::Choices("list")], "As chooseWith, with the rhythm of what is chosen.", |c| {
        spread_with(c, Join::Inner)
    }),
    function("randrun", &[value("n")], "The numbers 0 to n-1 in random order within the cycle.", |c| run(c, ch::rand_run)),
    function("randL", &[value("n")], "Lists of n random numbers, continuously.", |c| run(c, ch::rand_list)),
    super::entry(
        "brand",
        super::CallForm::Signal,
        &[],
        "True or false by chance, continuously.",
        Make::Signal(|| ch::brand_by(&Param::number_of(HALF))),
    ),
    function("brandBy", &[value("chance")], "True with a chance, continuously.", brand),
    method(
        "undegrade",
        &[],
        "Drops the half of the events that degrade keeps.",
        Make::Of(|c| degrade(&Param::number_of(HALF), Rational::ZERO, true, c.pat), true),
    ),
    given(
        "degradeByWith",
        &[value("draws"), value("amount")],
        "Drops events where another pattern of 0 to 1 is not above an amount.",
        degrade_with,
    ),
    method(
        "someCyclesBy",
        &[value("chance"), FUNCTION],
        "Changes whole cycles by chance.",
        Make::Of(
            |c| {
                let x = c.p[0].clone();
                some_cycles(c, &x)
            },
            false,
        ),
    ),
    method("someCycles", &[FUNCTION], "Changes half of the cycles.", Make::Of(|c| some_cycles(c, &Param::number_of(HALF)), false)),
    given("seed", &[value("n")], "Plays the pattern with other draws: those that n cycles later would bring.", seed),
];
