//! A query cut in two gives what the whole gives; far cycles are exact and no dearer.
#![allow(clippy::print_stdout, reason = "reports figures")]

use std::{cell::Cell, collections::BTreeMap};

use crate::cycle_dice::{Dice, Nobody};
use videotracker_engine::pattern::cycle::core::Cx;
use videotracker_engine::pattern::cycle::expr::make;
use videotracker_engine::pattern::cycle::mini::mini;
use videotracker_engine::pattern::cycle::program::{Program, block};
use videotracker_engine::pattern::cycle::rational::{Rational, Span};
use videotracker_engine::pattern::cycle::registry::{Arg, apply};

const TEXTS: &[&str] = &[
    "bd(3,8) hh*8 [sn cp]*2 <a b c>/2",
    "{a b c}%8, [d e]*4 , f(5,8,2)?0.5",
    "[a b]/3 <c d>(5,8) e? [f|g]",
    "0 .. <3 5> ~ _ 2@1.5",
    "c'maj7'i <e3'min a'dom7>/2",
];

/// What an event is, apart from the piece of it: whole, value and place in the text.
type Piece = (Rational, Rational, String, Rational, Rational);

fn ask(p: &Program, span: Span) -> Vec<Piece> {
    let mut out = vec![];
    let asked = p.query(span, &mut |e| {
        let w = e.whole.unwrap_or(e.part);
        out.push((w.begin, w.end, format!("{:?} {:?}", e.value, e.loc), e.part.begin, e.part.end));
        Ok(())
    });
    assert_eq!(asked, Ok(()));
    out.sort();
    out
}

/// Joins pieces of one event that touch.
fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort();
    let mut out: Vec<Piece> = vec![];
    for p in pieces {
        match out.iter_mut().find(|o| (&o.0, &o.1, &o.2) == (&p.0, &p.1, &p.2) && o.4 == p.3) {
            Some(o) => o.4 = p.4,
            None => out.push(p),
        }
    }
    out
}

/// Where each event begins and ends to sound, with how many of the same do at a time.
fn coverage(pieces: Vec<Piece>) -> BTreeMap<(Rational, Rational, String, Rational), i32> {
    let mut edges = BTreeMap::new();
    for (begin, end, what, from, to) in pieces {
        *edges.entry((begin, end, what.clone(), from)).or_default() += 1;
        *edges.entry((begin, end, what, to)).or_default() -= 1;
    }
    edges.retain(|_, count| *count != 0);
    edges
}

fn ratio(n: i64, d: i64) -> Rational {
    Rational::new(n, d).unwrap_or(Rational::ZERO)
}

#[test]
fn a_cut_query_gives_what_the_whole_gives() {
    for text in TEXTS {
        let p = mini(text).and_then(|p| Program::compile(&p)).unwrap_or_else(|e| panic!("{text}: {e}"));
        for i in 1..60 {
            let (a, b, c) = (ratio(i, 7), ratio(i, 7).max(ratio(i * 13, 89)), ratio(i * 3 + 5, 19));
            let (b, c) = (b.max(a), c.max(b));
            let whole = joined(ask(&p, Span::new(a, c)));
            let mut cut = if a < b { ask(&p, Span::new(a, b)) } else { vec![] };
            cut.extend(if b < c { ask(&p, Span::new(b, c)) } else { vec![] });
            if a < c {
                assert_eq!(joined(cut), whole, "{text} from {a} to {c} cut at {b}");
            }
        }
    }
}

#[test]
fn cycle_a_million_is_exact() {
    let p = mini("bd*3 sn(3,8)").and_then(|p| Program::compile(&p)).unwrap_or_else(|e| panic!("{e}"));
    let near = ask(&p, Span::cycle(0));
    let far = ask(&p, Span::cycle(1_000_000));
    let shift = Rational::int(1_000_000);
    let moved: Vec<Piece> = near
        .into_iter()
        .map(|(a, b, v, c, d)| {
            let m = |t: Rational| t.add(shift).unwrap_or(Rational::ZERO);
            (m(a), m(b), v, m(c), m(d))
        })
        .collect();
    assert_eq!(far, moved);
}

/// How many random patterns a test looks at.
fn patterns() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

/// A random pattern of combinators, with the text it is made of.
fn random(seed: u64) -> Option<(String, Program)> {
    let mut dice = Dice::new(seed);
    let depth = dice.below(3);
    let expr = dice.makes(depth, &[], &Nobody)?;
    let program = make(&expr, &Nobody).and_then(|p| Program::compile(&p)).ok()?;
    Some((expr.write().unwrap_or_else(|e| panic!("{e}")), program))
}

/// The pieces of all events of a span; `None` where one has no whole, the query fails or there are too many to compare.
fn pieces(p: &Program, span: Span) -> Option<Vec<Piece>> {
    let mut out = vec![];
    let mut wholes = true;
    let asked = p.query(span, &mut |e| {
        wholes &= e.whole.is_some();
        let w = e.whole.unwrap_or(e.part);
        out.push((w.begin, w.end, format!("{:?} {:?}", e.value, e.loc), e.part.begin, e.part.end));
        Ok(())
    });
    (asked.is_ok() && wholes && out.len() < 600).then_some(out)
}

#[test]
fn a_cut_query_of_combinators_gives_what_the_whole_gives() {
    let (mut compared, mut events, mut wrong) = (0, 0, vec![]);
    for seed in 0..patterns() {
        let Some((text, p)) = random(seed) else { continue };
        // It picks from the events that it is shown: by definition, what is asked decides which.
        if text.contains(":arp(") {
            continue;
        }
        let mut dice = Dice::new(!seed);
        for _ in 0..8 {
            let mut place = || {
                let over = *dice.pick(&[1, 2, 3, 7, 8, 16, 89]);
                ratio(i64::try_from(dice.below(5 * over)).unwrap_or(0), i64::try_from(over).unwrap_or(1))
            };
            let mut cuts = [place(), place(), place()];
            cuts.sort();
            let [a, b, c] = cuts;
            if a == b || b == c {
                continue;
            }
            let spans = [(a, c), (a, b), (b, c)].map(|(from, to)| pieces(&p, Span::new(from, to)));
            let [Some(whole), Some(mut first), Some(rest)] = spans else { continue };
            first.extend(rest);
            compared += 1;
            events += whole.len();
            let (cut, whole) = (coverage(first), coverage(whole));
            if let Some(other) = cut
                .iter()
                .find(|edge| whole.get(edge.0) != Some(edge.1))
                .or_else(|| whole.iter().find(|edge| cut.get(edge.0) != Some(edge.1)))
            {
                wrong.push(format!("{text} from {a} to {c} cut at {b}: {other:?}"));
                break;
            }
        }
    }
    println!("{compared} queries with {events} events cut");
    wrong.sort_by_key(String::len);
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(12)]);
    assert!(compared > patterns(), "only {compared} could be compared");
}

/// What asking one cycle costs, in steps.
fn work(p: &Program, cycle: i64) -> Option<u32> {
    const ROOM: u32 = 10_000_000;
    let left = Cell::new(ROOM);
    p.pattern().query(&Cx::new(&left), Span::cycle(cycle), &mut |_| Ok(())).ok()?;
    Some(ROOM - left.get())
}

#[test]
fn cycle_a_million_of_combinators_is_exact_and_no_dearer() {
    let (mut exact, mut refused, mut drawn) = (0, 0, 0);
    for seed in 0..patterns() {
        let Some((text, p)) = random(seed) else { continue };
        // Draws make some cycles dearer than others, so a stretch of them is compared.
        let stretch = |from: i64| (from..from + 24).map(|cycle| work(&p, cycle).map(u64::from)).sum::<Option<u64>>();
        let (Some(near), Some(far)) = (stretch(100), stretch(1_000_000)) else {
            refused += 1;
            continue;
        };
        assert!(far <= near.saturating_mul(2).max(2400), "{text}: 24 cycles take {far} steps from 1,000,000 on, {near} from 100 on");
        for cycle in 0..4_i64 {
            let period = p.pattern().period().map_or(1, i64::from).max(1);
            let far = cycle + (1_000_000 / period) * period;
            if p.pattern().period().is_none() {
                drawn += 1;
                continue;
            }
            let (Some(near), Some(mut there)) = (pieces(&p, Span::cycle(cycle)), pieces(&p, Span::cycle(far))) else { continue };
            let shift = |t: Rational| t.sub(Rational::int(far - cycle)).unwrap_or(Rational::ZERO);
            for piece in &mut there {
                (piece.0, piece.1, piece.3, piece.4) = (shift(piece.0), shift(piece.1), shift(piece.3), shift(piece.4));
            }
            assert_eq!(coverage(there), coverage(near), "{text}: cycle {far} is not cycle {cycle}");
            exact += 1;
        }
    }
    println!("{exact} far cycles exact, {drawn} of patterns that never repeat, {refused} refused as too long to count");
    assert!(exact > 100 && refused < exact / 10, "{exact} exact, {refused} refused");
}

#[test]
fn what_is_worked_out_beforehand_answers_as_it_would_when_asked() {
    let texts = TEXTS.iter().filter_map(|text| Some(((*text).to_owned(), mini(text).ok()?)));
    let drawn = (0..patterns()).filter_map(|seed| {
        let mut dice = Dice::new(seed);
        let depth = dice.below(4);
        let expr = dice.makes(depth, &[], &Nobody)?;
        let text = expr.write().unwrap_or_else(|e| panic!("{e}"));
        let pattern = make(&expr, &Nobody).ok()?;
        // With chance on top, as most songs have it.
        let chance = apply("degradeBy", Some(&pattern), vec![Arg::Number(0.3)]);
        let chance = chance.and_then(|chance| apply("stack", None, vec![Arg::Pattern(chance), Arg::Pattern(pattern.clone())])).ok()?;
        Some([(format!("{text} and some of it"), chance), (text, pattern)])
    });
    let mut compared = 0;
    for (text, pattern) in texts.chain(drawn.flatten()) {
        let Ok(program) = Program::compile(&pattern) else { continue };
        for cycle in [0, 1, 2, 3, 17, 1_000_001] {
            let found = |asked: &dyn Fn(&mut Vec<Piece>) -> bool| {
                let mut out = vec![];
                asked(&mut out).then_some(out)
            };
            let note = |e: &videotracker_engine::pattern::cycle::core::Event<'_>| {
                let w = e.whole.unwrap_or(e.part);
                (w.begin, w.end, format!("{:?} {:?}", e.value, e.loc), e.part.begin, e.part.end)
            };
            let plain = found(&|out| {
                let left = Cell::new(10_000_000);
                let asked = pattern.query(&Cx::new(&left), Span::cycle(cycle), &mut |e| {
                    out.push(note(e));
                    Ok(())
                });
                asked.is_ok()
            });
            let worked_out = found(&|out| {
                let asked = program.query(Span::cycle(cycle), &mut |e| {
                    out.push(note(e));
                    Ok(())
                });
                asked.is_ok()
            });
            let (Some(mut plain), Some(mut worked_out)) = (plain, worked_out) else { continue };
            // Rows of a table stand in the order in which they begin; what begins together, in its own.
            plain.sort_by_key(|piece| piece.3);
            worked_out.sort_by_key(|piece| piece.3);
            assert_eq!(worked_out, plain, "cycle {cycle} of {text}");
            compared += 1;
        }
    }
    assert!(compared > 4 * patterns(), "only {compared} cycles compared");
}

#[test]
fn blocks_give_every_onset_once() {
    let p = apply("s", None, vec![Arg::Text(TEXTS[0].into())])
        .and_then(|p| apply("echo", Some(&p), vec![Arg::Number(2.0), Arg::Number(0.1), Arg::Number(0.5)]))
        .and_then(|p| Program::compile(&p))
        .unwrap_or_else(|e| panic!("{e}"));
    let count = |span| {
        let mut n = 0;
        assert_eq!(
            p.onsets(span, &mut |_| {
                n += 1;
                Ok(())
            }),
            Ok(())
        );
        n
    };
    let whole: u32 = (0..6).map(|c| count(Span::cycle(c))).sum();
    let blocks: u32 = (0..6 * 375).filter_map(|i| block(ratio(i, 375), 256, 96_000).ok()).map(count).sum();
    assert_eq!(blocks, whole);
}

#[test]
fn times_too_long_are_errors_and_never_wrong() {
    let p = mini("a b").unwrap_or_else(|e| panic!("{e}"));
    let mut q = p;
    for _ in 0..12 {
        let Ok(next) = apply("fast", Some(&q), vec![Arg::Number(1.000_001_7)]) else { return };
        q = next;
    }
    if let Ok(program) = Program::compile(&q) {
        let mut onsets = 0;
        let asked = program.query(Span::cycle(3), &mut |e| {
            onsets += u32::from(e.has_onset());
            Ok(())
        });
        assert!(asked.is_err() || onsets <= 3);
    }
}
