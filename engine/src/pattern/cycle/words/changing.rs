//! What changes patterns: copies, chunks, fades, restarts.

use super::{FUNCTION, also, either, given, method, value};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::nodes::basic::{choose_if, fastcat, pure, pure_param, silence, with_steps};
use crate::pattern::cycle::nodes::combine::{From, Op, app, op_in};
use crate::pattern::cycle::nodes::control::control;
use crate::pattern::cycle::nodes::copies as cp;
use crate::pattern::cycle::nodes::morph::euclidish;
use crate::pattern::cycle::nodes::naming::root_notes;
use crate::pattern::cycle::nodes::values::{Each, each};
use crate::pattern::cycle::nodes::{rhythm as rh, time as t};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::registry::{
    Arg, Call, Combinator, Function, Invocation, Make, Takes, function, patterned, reify, reify_all, sequence,
};
use crate::pattern::cycle::value::{Const, Key};

const NUMBERED: Takes = Takes::Numbered("function");

/// The function that comes last, and the values before it.
fn split<'a>(c: &mut Invocation<'_, 'a>, count: usize, what: &str) -> Result<(Vec<Arg<'a>>, Function<'a>), Error> {
    let mut args = std::mem::take(&mut c.args);
    if args.len() != count + 1 {
        return Err(call_error(c.name, format!("takes {} ({what}, function) and was given {}", count + 1, args.len())));
    }
    let last = args.pop().ok_or_else(|| call_error(c.name, "takes a function"))?;
    Ok((args, function(c.name, last)?))
}

fn echo_with(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let (values, mut f) = split(&mut c, 2, "times, time")?;
    patterned(c.name, values, &mut |p| cp::echo_with(&p[0], &p[1], &mut *f, pat)).map(|(made, _)| made)
}

fn ply_with(mut c: Invocation<'_, '_>, again: bool) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let (values, mut f) = split(&mut c, 1, "times")?;
    patterned(c.name, values, &mut |p| cp::ply_with(c.name, &p[0], again, &mut *f, pat)).map(|(made, _)| made)
}

fn apply_n(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let (values, mut f) = split(&mut c, 1, "n")?;
    patterned(c.name, values, &mut |p| cp::apply_n(&p[0], &mut *f, pat)).map(|(made, _)| made)
}

fn chunk_back(c: Call<'_>) -> Result<Pattern, Error> {
    let plain = t::repeat_cycles(&c.p[0], c.pat)?;
    rh::chunk(&c.p[0], true, &(c.f)(&plain)?, &plain)
}

/// The function on a loop of one nth of the cycle, another one each time.
fn chunk_into(mut c: Invocation<'_, '_>, back: bool) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let (values, mut f) = split(&mut c, 1, "n")?;
    let (made, _) = patterned(c.name, values, &mut |p| {
        cp::each_number(c.name, &p[0], &mut |n| {
            if n == 0 {
                // The function stays a part of what was written, although nothing is changed.
                f(pat, None)?;
                return Ok(pat.clone());
            }
            let marks = (0..n).map(|i| pure(Const::Bool(i == 0))).collect();
            let marks = t::iter(&Param::number_of(f64::from(n)), !back, &fastcat(marks)?)?;
            let marks = if back { t::early(&Param::number_of(1.0), &marks)? } else { marks };
            cp::into(&marks, &mut *f, pat)
        })
    })?;
    Ok(made)
}

fn xfade(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let mut args = std::mem::take(&mut c.args);
    let first = match c.receiver {
        Some(pat) => pat.clone(),
        None if args.is_empty() => return c.refuse("takes a pattern, a position from 0 to 1, and another pattern"),
        None => reify(c.name, args.remove(0))?,
    };
    c.args = args;
    let [position, second] = c.exactly("position, pattern")?;
    let (position, second) = (reify(c.name, position)?, reify(c.name, second)?);
    let one = op_in(Op::Mul, &first, &each(Each::FadeOut, &position)?)?;
    let other = op_in(Op::Mul, &second, &each(Each::FadeIn, &position)?)?;
    crate::pattern::cycle::nodes::basic::stack(vec![one, other])
}

fn loop_at_cps(c: Call<'_>) -> Result<Pattern, Error> {
    let cps = pure_param(&c.p[1]);
    let looped = crate::pattern::cycle::nodes::sample::loop_at(&c.p[0], c.pat)?;
    op_in(Op::Mul, &looped, &control(&[Key::SPEED], &cps)?)
}

fn bjork(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let arg = match c.one("a list of pulses, steps and rotation")? {
        Arg::List(items) => Arg::Pattern(super::building::lists(&reify_all(c.name, items)?)?),
        other => other,
    };
    patterned(c.name, vec![arg], &mut |p| crate::pattern::cycle::nodes::rhythm::bjork(&p[0], pat)).map(|(made, _)| made)
}

fn into(mut c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let (mut values, mut f) = split(&mut c, 1, "rhythm")?;
    let marks = reify(c.name, values.pop().ok_or_else(|| call_error(c.name, "takes a rhythm"))?)?;
    cp::into(&marks, &mut *f, pat)
}

const COPIES: &[Takes] = &[value("times"), value("time"), NUMBERED];
const N_FUNCTION: &[Takes] = &[value("n"), FUNCTION];

pub(super) static WORDS: &[Combinator] = &[
    also(
        given(
            "echoWith",
            COPIES,
            "Plays copies, each later and through a function that is given the copy and its number from 0.",
            echo_with,
        ),
        &["echowith", "stutWith", "stutwith"],
    ),
    also(
        given("plyWith", &[value("times"), FUNCTION], "Repeats each event within its time, through a function once more each time.", |c| {
            ply_with(c, true)
        }),
        &["plywith"],
    ),
    also(
        given(
            "plyForEach",
            &[value("times"), NUMBERED],
            "Repeats each event within its time, the further ones through a function that is given the event and the repeat's number from 1.",
            |c| ply_with(c, false),
        ),
        &["plyforeach"],
    ),
    given("applyN", N_FUNCTION, "Applies a function n times.", apply_n),
    method("apply", &[FUNCTION], "Applies a function to the pattern.", Make::Of(|c| (c.f)(c.pat), false)),
    also(
        method("chunkBack", N_FUNCTION, "Changes one nth of the cycle, from the last to the first.", Make::Of(chunk_back, true)),
        &["chunkback"],
    ),
    also(
        method(
            "fastChunk",
            N_FUNCTION,
            "Changes one nth of the cycle, another one each time, while the cycles go on.",
            Make::Of(|c| rh::chunk(&c.p[0], false, &(c.f)(c.pat)?, c.pat), true),
        ),
        &["fastchunk"],
    ),
    also(
        given("chunkInto", N_FUNCTION, "Changes a loop of one nth of the cycle, another one each time.", |c| chunk_into(c, false)),
        &["chunkinto"],
    ),
    also(
        given("chunkBackInto", N_FUNCTION, "Changes a loop of one nth of the cycle, from the last to the first.", |c| chunk_into(c, true)),
        &["chunkbackinto"],
    ),
    given("into", &[value("rhythm"), FUNCTION], "Changes a loop of each stretch that a rhythm of 0 and 1 marks with 1.", into),
    either(
        "xfade",
        &[value("position"), value("pattern")],
        "Fades from this pattern to another by gain: at 0 only this one plays, at 1 only the other.",
        xfade,
    ),
    method("hush", &[], "Silences the pattern.", Make::Of(|_| Ok(silence()), false)),
    method(
        "bypass",
        &[value("on")],
        "Silences the pattern where the argument is 1.",
        Make::Of(|c| choose_if(&c.p[0], &silence(), c.pat), true),
    ),
    method(
        "pressBy",
        &[value("from")],
        "Moves each event to the part of its time from the given share on.",
        Make::Of(|c| t::press_by(&c.p[0], c.pat), false),
    ),
    method("revv", &[], "Plays all of time backwards, around cycle 0.", Make::Of(|c| cp::reversed(c.pat), false)),
    method(
        "cpm",
        &[value("cycles")],
        "Plays so many cycles a minute, counted from one a second: faster by a sixtieth of it.",
        Make::Of(
            |c| {
                let made = t::fast(&c.p[0].affine(1.0 / 60.0, 0.0), c.pat)?;
                if c.p[0].fixed().is_some() { with_steps(&made, c.pat.steps()) } else { Ok(made) }
            },
            false,
        ),
    ),
    method(
        "focus",
        &[value("from"), value("to")],
        "Squeezes a cycle into a stretch of time, without gaps before and after.",
        Make::Of(|c| cp::focus(&c.p[0], &c.p[1], c.pat), false),
    ),
    method("repeatCycles", &[value("times")], "Plays each cycle so many times.", Make::Of(|c| t::repeat_cycles(&c.p[0], c.pat), true)),
    method(
        "euclidLegatoRot",
        &[value("pulses"), value("steps"), value("rotation")],
        "Spreads pulses evenly over steps, each held until the next, and plays them later by so many steps.",
        Make::Of(|c| cp::turned(&c.p[2], &c.p[1], &rh::euclid_legato(&c.p[0], &c.p[1], c.pat)?), false),
    ),
    also(
        method(
            "euclidish",
            &[value("pulses"), value("steps"), value("amount")],
            "Spreads pulses over steps, drawn by an amount from their grid (0) towards an even spread (1).",
            Make::Of(
                |c| {
                    let rhythm = euclidish(&c.p[0], &c.p[1], &c.p[2])?;
                    with_steps(&app(Op::KeepIf, From::Right, c.pat, &rhythm)?, c.p[1].fixed())
                },
                false,
            ),
        ),
        &["eish"],
    ),
    given("bjork", &[Takes::List("pulses")], "Spreads pulses evenly over steps, as one list says: pulses, steps, rotation.", bjork),
    method(
        "beat",
        &[value("at"), value("steps")],
        "Places each cycle's values at the given steps of a number of steps.",
        Make::Of(|c| cp::beat(&c.p[0], &c.p[1], c.pat), false),
    ),
    also(
        method(
            "loopAtCps",
            &[value("cycles"), value("cps")],
            "Fits a sample to some cycles, for a tempo in cycles a second.",
            Make::Of(loop_at_cps, false),
        ),
        &["loopatcps"],
    ),
    given(
        "scrub",
        &[value("place")],
        "Plays the sample from the places that a pattern gives (0…1), each perhaps with a speed: place:speed.",
        |mut c| {
            let pat = c.pattern()?;
            cp::scrub(&sequence(c.name, std::mem::take(&mut c.args))?, pat)
        },
    ),
    given("timeline", &[value("id")], "Restarts the pattern where a number other than 0 begins; 0 is the song's own time.", |mut c| {
        let pat = c.pattern()?;
        cp::timeline(&sequence(c.name, std::mem::take(&mut c.args))?, pat)
    }),
    method(
        "rootNotes",
        &[value("octave")],
        "The root of each chord symbol, in an octave.",
        Make::Of(|c| root_notes(&c.p[0], c.pat), false),
    ),
];
