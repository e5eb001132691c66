//! Copies of patterns and of single events, each through a function.

use super::align::Join;
use super::basic::{pure_param, slowcat};
use super::choose::numbered;
use super::time::{fast, late, shifted, squeeze};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, Var, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow, call_error};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Key, Map, Value};

/// A function of a pattern and of the number of the copy.
pub(crate) type Numbering<'f> = &'f mut dyn FnMut(&Pattern, Option<u32>) -> Result<Pattern, Error>;

/// The most copies.
const MAX_COPIES: f64 = 64.0;

/// How many copies there may be, from the largest number that an argument can be.
fn most(name: &str, times: &Param) -> Result<u32, Error> {
    let peak = times.peak();
    if peak.is_nan() || peak > MAX_COPIES {
        return Err(call_error(name, format!("takes a number of copies up to {MAX_COPIES} that is known beforehand")));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to MAX_COPIES")]
    Ok(peak.max(0.0).floor() as u32)
}

/// Where an argument is a constant, what it makes; else what it makes of each number it can be.
pub(crate) fn each_number(name: &str, times: &Param, make: &mut dyn FnMut(u32) -> Result<Pattern, Error>) -> Result<Pattern, Error> {
    let most = most(name, times)?;
    if times.fixed().is_some() {
        return make(most);
    }
    numbered(times, (0..=most).map(make).collect::<Result<_, _>>()?)
}

/// `n` copies, each `time` later than the one before, through `f` with its number.
pub(crate) fn echo_with(times: &Param, time: &Param, f: Numbering<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let mut copies = Vec::new();
    // The function is called at least once: whoever keeps how a pattern was made learns of it only then.
    for i in 0..most("echoWith", times)?.max(1) {
        copies.push(f(&late(&time.affine(f64::from(i), 0.0), pat)?, Some(i))?);
    }
    each_number("echoWith", times, &mut |n| super::basic::stack(copies.iter().take(n as usize).cloned().collect()))
}

/// `f` applied `n` times.
pub(crate) fn apply_n(n: &Param, f: Numbering<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let mut applied = vec![pat.clone()];
    for _ in 0..most("applyN", n)?.max(1) {
        let last = applied.last().unwrap_or(pat);
        applied.push(f(last, None)?);
    }
    each_number("applyN", n, &mut |n| Ok(applied.get(n as usize).unwrap_or(pat).clone()))
}

/// Binds each event's value and squeezes the cycles of a pattern made of it into the event.
struct Single {
    var: Var,
    body: Pattern,
    pat: Pattern,
}

impl Query for Single {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.pat.query(cx, span, &mut |outer| {
            cx.bind(self.var, outer.value, |cx| squeeze(outer, sink, |span, sink| self.body.query(cx, span, sink)))
        })
    }
}

/// Each event `times` times in its own time: once as it is, then through `f`; `again` says that it goes through `f` once more
/// each time, else it is handed the number of the repeat.
pub(crate) fn ply_with(name: &str, times: &Param, again: bool, f: Numbering<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let var = Var::fresh();
    let single = pure_param(&Param::bound(var, pat.traits().peak));
    let mut repeats = vec![single.clone()];
    for i in 1..most(name, times)?.max(2) {
        let last = repeats.last().unwrap_or(&single);
        let next = if again { f(last, None)? } else { f(&single, Some(i))? };
        repeats.push(next);
    }
    let body = each_number(name, times, &mut |n| {
        let n = (n as usize).min(repeats.len());
        fast(&Param::time_of(Rational::int(i64::try_from(n).unwrap_or(1))), &slowcat(repeats[..n].to_vec())?)
    })?;
    let t = pat.traits();
    let steps = match (times.fixed(), t.steps) {
        (Some(n), Some(s)) if n.is_positive() => Some(s.mul(n)?),
        _ => None,
    };
    let traits = Traits { steps, period: None, density: t.density * body.traits().density.max(1.0), peak: f64::INFINITY };
    Pattern::make(Single { var, body: body.clone(), pat: pat.clone() }, traits, &[&body, pat])
}

/// Plays a changed loop of each stretch that is marked.
struct Into {
    begin: Var,
    length: Var,
    marks: Pattern,
    changed: Pattern,
    plain: Pattern,
}

/// A time as two numbers that hold it exactly.
#[allow(clippy::cast_precision_loss, reason = "times of songs are far below 2^53")]
fn exactly(time: Rational) -> [Value<'static>; 2] {
    let time = time.reduced();
    [Value::Number(time.num() as f64), Value::Number(time.den() as f64)]
}

impl Query for Into {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.marks.query(cx, span, &mut |mark| {
            if !mark.value.truthy() {
                return Join::Inner.ask(cx, span, mark, &self.plain, sink);
            }
            let frame = mark.whole_or_part();
            let (begin, length) = (exactly(frame.begin), exactly(frame.duration()?));
            cx.bind(self.begin, Value::List(&begin), |cx| {
                cx.bind(self.length, Value::List(&length), |cx| Join::Inner.ask(cx, span, mark, &self.changed, sink))
            })
        })
    }
}

/// `f` on a loop of each stretch that `marks` says yes to; elsewhere `pat` as it is.
pub(crate) fn into(marks: &Pattern, f: Numbering<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let (begin, length) = (Var::fresh(), Var::fresh());
    let looped = super::time::ribbon(&Param::bound(begin, f64::INFINITY), &Param::bound(length, 1.0), pat)?;
    let changed = f(&looped, None)?;
    let t = Join::Inner.traits(marks.traits(), [pat, &changed].into_iter());
    let traits = Traits { period: None, ..t };
    let node = Into { begin, length, marks: marks.clone(), changed: changed.clone(), plain: pat.clone() };
    Pattern::make(node, traits, &[marks, &changed, pat])
}

struct Timeline {
    ids: Pattern,
    pat: Pattern,
}

impl Query for Timeline {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.ids.query(cx, span, &mut |id| {
            if id.value.truthy() {
                let begin = id.whole_or_part().begin;
                shifted(cx, begin.neg()?, id.part, &self.pat, sink)
            } else {
                self.pat.query(cx, id.part, sink)
            }
        })
    }
}

/// Restarts `pat` where a number other than 0 begins.
pub(crate) fn timeline(ids: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: join_periods(ids.period(), t.period), density: t.density + ids.traits().density, ..t.clone() };
    Pattern::make(Timeline { ids: ids.clone(), pat: pat.clone() }, traits, &[ids, pat])
}

struct Scrub {
    places: Pattern,
    pat: Pattern,
}

impl Query for Scrub {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.places.query(cx, span, &mut |place| {
            let (begin, by) = match place.value {
                Value::List([begin, by, ..]) => (*begin, by.numeral()?),
                Value::List([begin]) => (*begin, 1.0),
                other => (other, 1.0),
            };
            self.pat.query(cx, place.part, &mut |e| {
                let Value::Map(m) = e.value else {
                    return Err(Fault::Value { doing: "scrub", needs: "controls; name the sample first, as in s(…)" });
                };
                let mut m: Map<'_> = *m;
                let speed = m.get(Key::SPEED).map_or(Ok(1.0), |v| v.numeral())?;
                m.set(Key::BEGIN, begin)?;
                m.set(Key::SPEED, Value::Number(speed * by))?;
                m.set(Key::CLIP, Value::Number(1.0))?;
                sink(&Event { whole: place.whole, ..e.with_value(Value::Map(&m)) })
            })
        })
    }
}

/// Plays the sample of `pat` from the places that `places` gives.
pub(crate) fn scrub(places: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    let t = Join::Outer.traits(places.traits(), std::iter::once(pat));
    Pattern::make(Scrub { places: places.clone(), pat: pat.clone() }, Traits { peak: f64::INFINITY, ..t }, &[places, pat])
}

struct Reversed(Pattern);

impl Query for Reversed {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let mirror = |s: Span| Ok::<_, Fault>(Span::new(s.end.neg()?, s.begin.neg()?));
        self.0.query(cx, mirror(span)?, &mut |e| {
            let whole = e.whole.map(mirror).transpose()?;
            sink(&e.with_spans(whole, mirror(e.part)?))
        })
    }
}

/// All of time backwards, around cycle 0.
pub(crate) fn reversed(pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Reversed(pat.clone()), Traits { steps: None, ..pat.traits().clone() }, &[pat])
}

struct Focus {
    begin: Param,
    end: Param,
    pat: Pattern,
}

impl Query for Focus {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (begin, end) = (self.begin.time(cx)?, self.end.time(cx)?);
        let length = end.sub(begin)?;
        if !length.is_positive() {
            return Ok(());
        }
        let sam = begin.sam();
        let inner = span.map(|t| t.sub(begin)?.div(length)?.add(sam))?;
        self.pat.query(cx, inner, &mut |e| sink(&super::time::moved(e, |t| t.sub(sam)?.mul(length)?.add(begin))?))
    }
}

/// A cycle squeezed into the stretch from `begin` to `end`, those around it before and after.
pub(crate) fn focus(begin: &Param, end: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let length = begin.fixed().zip(end.fixed()).and_then(|(b, e)| e.sub(b).ok()).filter(|l| l.is_positive());
    let period = length.and_then(|l| Rational::ONE.div(l).ok()).and_then(|rate| super::time::scaled_period(t.period, rate));
    let density = length.map_or(t.density, |l| t.density / l.to_f64());
    Pattern::make(Focus { begin: begin.clone(), end: end.clone(), pat: pat.clone() }, Traits { period, density, ..t.clone() }, &[pat])
}

struct Turned {
    steps: Param,
    of: Param,
    pat: Pattern,
}

impl Query for Turned {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let by = self.steps.time(cx)?.div(self.of.time(cx)?)?;
        shifted(cx, by.neg()?, span, &self.pat, sink)
    }
}

/// `pat` later by `steps` of `of`.
pub(crate) fn turned(steps: &Param, of: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: steps.fixed().and(of.fixed()).and(t.period), ..t.clone() };
    Pattern::make(Turned { steps: steps.clone(), of: of.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Beat {
    at: Param,
    of: Param,
    pat: Pattern,
}

impl Query for Beat {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let of = self.of.time(cx)?;
        if !of.is_positive() {
            return Ok(());
        }
        let at = self.at.time(cx)?.div(of)?.cycle_pos();
        let end = at.add(Rational::ONE.div(of)?)?;
        if end > Rational::ONE {
            return Ok(());
        }
        self.pat.query(cx, span, &mut |e| {
            cx.cycles(e.part, |part| {
                let sam = part.begin.sam();
                let whole = Span::new(sam.add(at)?, sam.add(end)?);
                part.sect(whole).map_or(Ok(()), |part| sink(&e.with_spans(Some(whole), part)))
            })
        })
    }
}

/// The values of each cycle at step `at` of `of`.
pub(crate) fn beat(at: &Param, of: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { steps: None, period: at.fixed().and(of.fixed()).and(t.period), ..t.clone() };
    Pattern::make(Beat { at: at.clone(), of: of.clone(), pat: pat.clone() }, traits, &[pat])
}
