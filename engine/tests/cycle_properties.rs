//! A query cut in two gives what the whole gives; far cycles are exact.

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
