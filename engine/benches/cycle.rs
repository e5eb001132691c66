//! How long compiled cycle patterns take to answer, and to be made.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use videotracker_engine::pattern::cycle::{
    core::Pattern,
    fault::Error,
    mini::mini,
    program::{Program, block},
    rational::{Rational, Span},
    registry::{Arg, Function, apply},
};

const RHYTHM: &str = "bd(3,8) hh*8 [sn cp]*2 <a b c>/2";
const CHANCE: &str = "{a b c}%8, [d e]*4 , f(5,8,2)?0.5";

fn ask(program: &Program, span: Span) -> i64 {
    let mut sum = 0;
    let _ = program.query(span, &mut |e| {
        sum += e.part.begin.num() + e.part.end.num();
        black_box(&e.value);
        Ok(())
    });
    sum
}

/// Eight tracks of 64 steps at once, as bare numbers or as the control `n`.
fn tracks(named: bool) -> Result<Pattern, Error> {
    let track = |i: usize| (0..64).map(|s| format!("{}", (s * 7 + i) % 16)).collect::<Vec<_>>().join(" ");
    let args = (0..8).map(|i| {
        let p = mini(&track(i))?;
        Ok(Arg::Pattern(if named { apply("n", Some(&p), vec![])? } else { p }))
    });
    apply("stack", None, args.collect::<Result<_, Error>>()?)
}

fn compiled(text: &str) -> Result<Program, Error> {
    Program::compile(&mini(text)?)
}

fn chain() -> Result<Program, Error> {
    let f: Function<'_> = Box::new(|p, _| apply("rev", Some(p), vec![]));
    let chain = apply("s", None, vec![Arg::Text("bd(3,8) hh*8".into())])?;
    let chain = apply("jux", Some(&chain), vec![Arg::Function(f)])?;
    Program::compile(&apply("degradeBy", Some(&chain), vec![Arg::Number(0.3)])?)
}

fn queries(c: &mut Criterion) {
    let programs = [
        ("cycle query rhythm", compiled(RHYTHM)),
        ("cycle query chance", compiled(CHANCE)),
        ("cycle query 8x64", tracks(false).and_then(|p| Program::compile(&p))),
        ("cycle query 8x64 of n", tracks(true).and_then(|p| Program::compile(&p))),
        ("cycle query jux degradeBy", chain()),
    ];
    for (name, program) in programs {
        let program = program.unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut cycle = 0;
        c.bench_function(name, |b| {
            b.iter(|| {
                cycle = (cycle + 1) % 64;
                ask(&program, Span::cycle(cycle))
            });
        });
        if name == "cycle query rhythm" {
            c.bench_function("cycle query rhythm far away", |b| b.iter(|| ask(&program, Span::cycle(1_000_000))));
        }
    }
}

fn blocks(c: &mut Criterion) {
    let program = tracks(false).and_then(|p| Program::compile(&p)).unwrap_or_else(|e| panic!("{e}"));
    let blocks: Vec<Span> = (0..375).filter_map(|i| block(Rational::new(i, 375).unwrap_or(Rational::ZERO), 256, 96_000).ok()).collect();
    let mut i = 0;
    c.bench_function("cycle block 8x64", |b| {
        b.iter(|| {
            i = (i + 1) % blocks.len();
            ask(&program, blocks[i])
        });
    });
}

fn making(c: &mut Criterion) {
    c.bench_function("cycle compile rhythm", |b| b.iter(|| compiled(black_box(RHYTHM)).is_ok()));
    c.bench_function("cycle compile chance", |b| b.iter(|| compiled(black_box(CHANCE)).is_ok()));
    c.bench_function("cycle compile 8x64", |b| b.iter(|| tracks(false).and_then(|p| Program::compile(&p)).is_ok()));
}

criterion_group!(benches, queries, blocks, making);
criterion_main!(benches);
