//! The first of the words: patterns, time, structure, chance, samples, pitch.

use super::{FUNCTION, also, entry, method, value, wave};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::nodes::arrange as arr;
use crate::pattern::cycle::nodes::basic::{choose_if, fastcat, silence, slowcat, stack};
use crate::pattern::cycle::nodes::control as ctl;
use crate::pattern::cycle::nodes::rhythm as rh;
use crate::pattern::cycle::nodes::sample as smp;
use crate::pattern::cycle::nodes::signal::{self, Signal, degrade};
use crate::pattern::cycle::nodes::time as t;
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::registry::{Arg, Call, CallForm, Combinator, Make, Takes, apply};
use crate::pattern::cycle::tonal;

/// Makes `sometimesBy` with a fixed chance.
fn chance(c: Call<'_>, x: f64) -> Result<Pattern, Error> {
    arr::sometimes_by(&Param::number_of(x), c.f, c.pat)
}

fn chunk(c: Call<'_>) -> Result<Pattern, Error> {
    let plain = t::repeat_cycles(&c.p[0], c.pat)?;
    rh::chunk(&c.p[0], false, &(c.f)(&plain)?, &plain)
}

fn tri() -> Result<Pattern, Error> {
    fastcat(vec![signal::signal(Signal::Saw), signal::signal(Signal::Isaw)])
}

fn run(p: &[Pattern]) -> Result<Pattern, Error> {
    let saw = signal::signal(Signal::Saw);
    let n = || Arg::Pattern(p[0].clone());
    let ramp = signal::round(&apply("range", Some(&saw), vec![Arg::Number(0.0), n()])?)?;
    apply("segment", Some(&ramp), vec![n()])
}

/// All combinators.
pub(super) static WORDS: &[Combinator] = &[
    // Making patterns.
    entry(
        "mini",
        CallForm::Function,
        &[Takes::Patterns],
        "Reads mini-notation; several texts play one after another within the cycle.",
        Make::Patterns(fastcat),
    ),
    also(entry("stack", CallForm::Both, &[Takes::Patterns], "Plays all patterns at once.", Make::Patterns(stack)), &["polyrhythm", "pr"]),
    also(
        entry("cat", CallForm::Both, &[Takes::Patterns], "Plays one cycle of each pattern in turn.", Make::Patterns(slowcat)),
        &["slowcat"],
    ),
    also(
        entry("seq", CallForm::Both, &[Takes::Patterns], "Plays all patterns in turn within one cycle.", Make::Patterns(fastcat)),
        &["fastcat", "sequence"],
    ),
    also(
        entry(
            "polymeter",
            CallForm::Both,
            &[Takes::Patterns],
            "Plays all patterns at once, step against step.",
            Make::Patterns(|p| arr::polymeter(&p)),
        ),
        &["pm"],
    ),
    entry("silence", CallForm::Signal, &[], "Plays nothing.", Make::Signal(|| Ok(silence()))),
    entry("run", CallForm::Function, &[value("n")], "Counts from 0 to n-1 within the cycle.", Make::Whole(run)),
    entry(
        "irand",
        CallForm::Function,
        &[value("n")],
        "Draws whole numbers from 0 to n-1, continuously.",
        Make::Whole(|p| signal::irand(&p[0])),
    ),
    // Signals.
    wave("sine", "A sine wave from 0 to 1, one period per cycle.", || Ok(signal::signal(Signal::Sine))),
    wave("cosine", "A cosine wave from 0 to 1, one period per cycle.", || Ok(signal::signal(Signal::Cosine))),
    wave("saw", "Rises from 0 to 1 in each cycle.", || Ok(signal::signal(Signal::Saw))),
    wave("isaw", "Falls from 1 to 0 in each cycle.", || Ok(signal::signal(Signal::Isaw))),
    wave("tri", "Rises from 0 to 1 and falls back in each cycle.", tri),
    wave("square", "0 in the first half of each cycle, 1 in the second.", || Ok(signal::signal(Signal::Square))),
    wave("rand", "Random numbers from 0 to 1, new at every moment.", || Ok(signal::signal(Signal::Rand))),
    wave("perlin", "Smooth random numbers from 0 to 1, with a new target each cycle.", || Ok(signal::signal(Signal::Perlin))),
    // Time.
    also(method("fast", &[value("factor")], "Plays factor times as fast.", Make::Of(|c| t::fast(&c.p[0], c.pat), true)), &["density"]),
    also(method("slow", &[value("factor")], "Plays factor times as slow.", Make::Of(|c| t::slow(&c.p[0], c.pat), false)), &["sparsity"]),
    method("hurry", &[value("factor")], "Plays factor times as fast, samples too.", Make::Of(|c| ctl::hurry(&c.p[0], c.pat), false)),
    method("early", &[value("cycles")], "Plays earlier by some cycles.", Make::Of(|c| t::early(&c.p[0], c.pat), true)),
    method("late", &[value("cycles")], "Plays later by some cycles.", Make::Of(|c| t::late(&c.p[0], c.pat), true)),
    method("rev", &[], "Plays each cycle backwards.", Make::Of(|c| t::rev(c.pat), true)),
    method(
        "palindrome",
        &[],
        "Plays every other cycle backwards.",
        Make::Of(|c| rh::nth(&Param::number_of(2.0), true, &t::rev(c.pat)?, c.pat), true),
    ),
    method("ply", &[value("times")], "Repeats each event within its time.", Make::Of(|c| t::ply(&c.p[0], c.pat), false)),
    method("iter", &[value("n")], "Starts each cycle one nth further on.", Make::Of(|c| t::iter(&c.p[0], false, c.pat), true)),
    also(
        method("iterBack", &[value("n")], "Starts each cycle one nth further back.", Make::Of(|c| t::iter(&c.p[0], true, c.pat), true)),
        &["iterback"],
    ),
    method("linger", &[value("part")], "Repeats the first part of each cycle to fill it.", Make::Of(|c| t::linger(&c.p[0], c.pat), true)),
    method(
        "zoom",
        &[value("from"), value("to")],
        "Plays a stretch of each cycle, as long as the cycle.",
        Make::Of(|c| t::zoom(&c.p[0], &c.p[1], c.pat), false),
    ),
    method(
        "compress",
        &[value("from"), value("to")],
        "Squeezes each cycle into a stretch of it.",
        Make::Of(|c| t::compress(&c.p[0], &c.p[1], c.pat), false),
    ),
    also(
        method(
            "fastGap",
            &[value("factor")],
            "Plays each cycle faster, then leaves a gap.",
            Make::Of(|c| t::fast_gap(&c.p[0], c.pat), false),
        ),
        &["fastgap"],
    ),
    also(
        method(
            "ribbon",
            &[value("offset"), value("cycles")],
            "Loops a stretch of the pattern.",
            Make::Of(|c| t::ribbon(&c.p[0], &c.p[1], c.pat), false),
        ),
        &["rib"],
    ),
    method("press", &[], "Moves each event to the second half of its time.", Make::Of(|c| t::press(c.pat), false)),
    method("brak", &[], "Makes every other cycle a breakbeat.", Make::Of(|c| rh::brak(c.pat), false)),
    method(
        "swingBy",
        &[value("amount"), value("n")],
        "Delays the second half of each nth of the cycle.",
        Make::Of(|c| arr::swing_by(&c.p[0], &c.p[1], c.pat), false),
    ),
    method("swing", &[value("n")], "Swings by a third.", Make::Of(|c| arr::swing_by(&Param::number_of(1.0 / 3.0), &c.p[0], c.pat), false)),
    // Structure.
    method(
        "euclid",
        &[value("pulses"), value("steps")],
        "Spreads pulses evenly over steps.",
        Make::Of(|c| rh::euclid(&c.p[0], &c.p[1], &Param::number_of(0.0), c.pat), false),
    ),
    also(
        method(
            "euclidRot",
            &[value("pulses"), value("steps"), value("rotation")],
            "Spreads pulses evenly over steps and turns them.",
            Make::Of(|c| rh::euclid(&c.p[0], &c.p[1], &c.p[2], c.pat), false),
        ),
        &["euclidrot"],
    ),
    method(
        "euclidLegato",
        &[value("pulses"), value("steps")],
        "Spreads pulses evenly over steps, each held until the next.",
        Make::Of(|c| rh::euclid_legato(&c.p[0], &c.p[1], c.pat), false),
    ),
    also(
        method("segment", &[value("n")], "Samples the pattern n times per cycle.", Make::Of(|c| rh::segment(&c.p[0], c.pat), false)),
        &["seg"],
    ),
    method(
        "range",
        &[value("min"), value("max")],
        "Stretches values from 0…1 to min…max.",
        Make::Of(|c| arr::range(&c.p[0], &c.p[1], c.pat), false),
    ),
    method("round", &[], "Rounds values to whole numbers.", Make::Of(|c| signal::round(c.pat), false)),
    // Functions.
    also(
        method(
            "every",
            &[value("n"), FUNCTION],
            "Applies a function in the first of every n cycles.",
            Make::Of(
                |c| {
                    let f = (c.f)(c.pat)?;
                    rh::nth(&c.p[0], false, &f, c.pat)
                },
                false,
            ),
        ),
        &["firstOf"],
    ),
    method(
        "lastOf",
        &[value("n"), FUNCTION],
        "Applies a function in the last of every n cycles.",
        Make::Of(
            |c| {
                let f = (c.f)(c.pat)?;
                rh::nth(&c.p[0], true, &f, c.pat)
            },
            false,
        ),
    ),
    method(
        "when",
        &[value("condition"), FUNCTION],
        "Applies a function where the condition says yes.",
        Make::Of(
            |c| {
                let f = (c.f)(c.pat)?;
                choose_if(&c.p[0], &f, c.pat)
            },
            false,
        ),
    ),
    method("off", &[value("cycles"), FUNCTION], "Adds a copy, later and changed.", Make::Of(|c| arr::off(&c.p[0], c.f, c.pat), false)),
    method(
        "superimpose",
        &[Takes::Functions],
        "Adds changed copies.",
        Make::Functions(|pat, mut all| {
            all.insert(0, pat.clone());
            stack(all)
        }),
    ),
    method("layer", &[Takes::Functions], "Plays only changed copies, at once.", Make::Functions(|_, all| stack(all))),
    method(
        "jux",
        &[FUNCTION],
        "Plays the pattern left and a changed copy right.",
        Make::Of(|c| arr::jux_by(&Param::number_of(1.0), c.f, c.pat), false),
    ),
    also(
        method(
            "juxBy",
            &[value("width"), FUNCTION],
            "Plays the pattern towards the left and a changed copy towards the right.",
            Make::Of(|c| arr::jux_by(&c.p[0], c.f, c.pat), false),
        ),
        &["juxby"],
    ),
    also(
        method("chunk", &[value("n"), FUNCTION], "Changes one nth of the cycle, another one each time.", Make::Of(chunk, true)),
        &["slowChunk", "slowchunk"],
    ),
    method(
        "inside",
        &[value("n"), FUNCTION],
        "Applies a function as if n cycles were one.",
        Make::Of(|c| arr::inside(&c.p[0], c.f, c.pat), false),
    ),
    method(
        "outside",
        &[value("n"), FUNCTION],
        "Applies a function as if one cycle were n.",
        Make::Of(|c| arr::outside(&c.p[0], c.f, c.pat), false),
    ),
    method(
        "within",
        &[value("from"), value("to"), FUNCTION],
        "Changes the events that begin in a stretch of the cycle.",
        Make::Of(|c| arr::within_with(&c.p[0], &c.p[1], c.f, c.pat), false),
    ),
    // Chance.
    method("degradeBy", &[value("amount")], "Drops events by chance.", Make::Of(|c| degrade(&c.p[0], Rational::ZERO, false, c.pat), true)),
    method(
        "degrade",
        &[],
        "Drops half of the events by chance.",
        Make::Of(|c| degrade(&Param::number_of(0.5), Rational::ZERO, false, c.pat), true),
    ),
    method(
        "undegradeBy",
        &[value("amount")],
        "Drops the events that degradeBy keeps.",
        Make::Of(|c| degrade(&c.p[0], Rational::ZERO, true, c.pat), true),
    ),
    method(
        "sometimesBy",
        &[value("chance"), FUNCTION],
        "Changes events by chance.",
        Make::Of(|c| arr::sometimes_by(&c.p[0], c.f, c.pat), false),
    ),
    method("sometimes", &[FUNCTION], "Changes half of the events.", Make::Of(|c| chance(c, 0.5), false)),
    method("often", &[FUNCTION], "Changes three quarters of the events.", Make::Of(|c| chance(c, 0.75), false)),
    method("rarely", &[FUNCTION], "Changes a quarter of the events.", Make::Of(|c| chance(c, 0.25), false)),
    method("almostNever", &[FUNCTION], "Changes a tenth of the events.", Make::Of(|c| chance(c, 0.1), false)),
    method("almostAlways", &[FUNCTION], "Changes nine tenths of the events.", Make::Of(|c| chance(c, 0.9), false)),
    method("always", &[FUNCTION], "Changes every event.", Make::Of(|c| (c.f)(c.pat), false)),
    method("never", &[FUNCTION], "Changes nothing.", Make::Of(|c| Ok(c.pat.clone()), false)),
    // Echoes and samples.
    method(
        "echo",
        &[value("times"), value("time"), value("feedback")],
        "Adds copies, each later and softer.",
        Make::Of(|c| rh::echo(&c.p[0], &c.p[1], &c.p[2], c.pat), false),
    ),
    method(
        "stut",
        &[value("times"), value("feedback"), value("time")],
        "Adds copies, each later and softer.",
        Make::Of(|c| rh::echo(&c.p[0], &c.p[2], &c.p[1], c.pat), false),
    ),
    method("chop", &[value("n")], "Cuts each sample into n pieces.", Make::Of(|c| smp::chop(&c.p[0], c.pat), false)),
    method(
        "striate",
        &[value("n")],
        "Cuts all samples into n pieces and interlaces them.",
        Make::Of(|c| smp::striate(&c.p[0], c.pat), false),
    ),
    method(
        "slice",
        &[Takes::List("n"), value("index")],
        "Plays pieces of a sample by number: of n equal ones, between the points of a list, or with n = \"onsets\" the sampler's own slices.",
        Make::Whole(|p| smp::slice(&p[0], &p[1], false, &p[2])),
    ),
    method(
        "splice",
        &[Takes::List("n"), value("index")],
        "Plays pieces of a sample by number, at the speed that fits.",
        Make::Whole(|p| smp::slice(&p[0], &p[1], true, &p[2])),
    ),
    also(
        method("loopAt", &[value("cycles")], "Fits a sample to some cycles.", Make::Of(|c| smp::loop_at(&c.p[0], c.pat), false)),
        &["loopat"],
    ),
    method("fit", &[], "Fits each sample to its event.", Make::Of(|c| smp::fit(c.pat), false)),
    // Pitch.
    method("arp", &[value("indices")], "Plays the notes of each chord one after another.", Make::Whole(|p| signal::arp(&p[0], &p[1]))),
    method(
        "scale",
        &[value("name")],
        "Turns degrees into notes of a scale, as in scale(\"C:minor\").",
        Make::Of(|c| tonal::scale(&c.p[0], c.pat), true),
    ),
    also(
        method(
            "transpose",
            &[value("interval")],
            "Moves notes by semitones or an interval, as in transpose(\"3M\").",
            Make::Of(|c| tonal::transpose(&c.p[0], c.pat), false),
        ),
        &["trans"],
    ),
    also(
        method(
            "scaleTranspose",
            &[value("steps")],
            "Moves notes along their scale.",
            Make::Of(|c| tonal::scale_transpose(&c.p[0], c.pat), false),
        ),
        &["scaleTrans", "strans"],
    ),
    method("voicing", &[], "Turns chord symbols into notes.", Make::Of(|c| tonal::voicing(c.pat), false)),
];
