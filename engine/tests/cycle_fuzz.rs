//! No text and no call makes the language panic, hang, or answer without bounds.

use std::time::{Duration, Instant};
use videotracker_engine::pattern::cycle::core::Pattern;
use videotracker_engine::pattern::cycle::mini::mini;
use videotracker_engine::pattern::cycle::program::{MAX_EVENTS_PER_CYCLE, Program};
use videotracker_engine::pattern::cycle::rational::{Rational, Span};
use videotracker_engine::pattern::cycle::registry::{Arg, Function, Takes, apply, combinators};

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap_or(1)).unwrap_or(0)
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn rounds(default: u32) -> u32 {
    std::env::var("FUZZ").ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn text(rng: &mut Rng) -> String {
    const BITS: &[&str] = &[
        "bd",
        "sn",
        "0",
        "1",
        "3",
        "-2",
        "0.5",
        "1e6",
        "1e300",
        "99999999999",
        "c3",
        "eb4",
        " ",
        " ",
        " ",
        "~",
        "-",
        "_",
        "[",
        "]",
        "<",
        ">",
        "{",
        "}",
        "%",
        ",",
        "|",
        ".",
        "..",
        "*",
        "/",
        "?",
        ":",
        "!",
        "@",
        "(",
        ")",
        "(3,8)",
        "(5,8,2)",
        "^",
        "é",
        "ß",
        "\u{a0}",
        "\n",
        "'",
        "\"",
        "#",
        "0.333333333333",
        "*16",
        "/7",
        "!9",
        "@3",
        "*1.0000001",
        "..99",
        "%7",
    ];
    let len = rng.below(24) + 1;
    (0..len).map(|_| *rng.pick(BITS)).collect()
}

/// Text with matching brackets, for depth.
fn nested(rng: &mut Rng, depth: u32) -> String {
    if depth == 0 {
        return (*rng.pick(&["bd", "3", "~", "c3", "-1", "0.5"])).into();
    }
    let inner = (0..=rng.below(3)).map(|_| nested(rng, depth - 1)).collect::<Vec<_>>().join(" ");
    let op = *rng.pick(&["", "*3", "/2", "?", "(3,8)", "!2", "*<2 3>", "/[1|2]", "*17", "..9", ":3", "@2.5", "*1e3", "(<3 9>,8)"]);
    let (open, close) = *rng.pick(&[("[", "]"), ("<", ">"), ("{", "}%5"), ("{", "}"), ("[a|", "]")]);
    format!("{open}{inner}{close}{op}")
}

fn play(p: &Pattern, what: &str) {
    let start = Instant::now();
    if let Ok(program) = Program::compile(p) {
        let spans = [
            Span::cycle(0),
            Span::cycle(-3),
            Span::cycle(1_000_000),
            Span::cycle(i64::MAX - 2),
            Span::cycle(i64::MIN + 2),
            Span::new(Rational::new(1, 3).unwrap_or(Rational::ONE), Rational::new(5, 7).unwrap_or(Rational::ONE)),
            Span::new(Rational::ONE, Rational::ONE),
            Span::new(Rational::ONE, Rational::ZERO),
            Span::new(Rational::int(-1), Rational::int(2)),
        ];
        for span in spans {
            let mut events = 0_u32;
            let _ = program.query(span, &mut |e| {
                events += 1;
                assert!(e.part.begin <= e.part.end, "{what}: part {} {}", e.part.begin, e.part.end);
                Ok(())
            });
            assert!(events <= 100 * MAX_EVENTS_PER_CYCLE, "{what}: {events} events");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{what} took {:?}", start.elapsed());
}

#[test]
fn no_text_panics_or_hangs() {
    let mut rng = Rng(0x9E37_79B9_7F4A_7C15);
    for i in 0..rounds(300) {
        let t = if i % 3 == 0 { nested(&mut rng, 4) } else { text(&mut rng) };
        if let Ok(p) = mini(&t) {
            play(&p, &t);
        }
    }
}

fn number(rng: &mut Rng) -> f64 {
    *rng.pick(&[
        0.0,
        1.0,
        2.0,
        3.0,
        4.0,
        0.5,
        0.25,
        -1.0,
        1.5,
        1e6,
        1e-9,
        1e300,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        1.0 / 3.0,
        7.0,
        128.0,
        0.1,
        std::f64::consts::PI,
        9e15,
        -2.5,
        512.0,
        513.0,
    ])
}

fn any_arg<'a>(rng: &mut Rng, takes: Takes) -> Arg<'a> {
    match takes {
        Takes::Function(_) | Takes::Functions => {
            let seed = rng.next() | 1;
            let f: Function<'a> = Box::new(move |p| step(&mut Rng(seed), p, 1));
            Arg::Function(f)
        }
        _ => match rng.below(6) {
            0 | 1 => Arg::Number(number(rng)),
            2 => Arg::Text(
                (*rng.pick(&["<1 2>", "1 0", "<3 5>", "c", "x ~ x", "C:minor", "3M", "[1|2]", "0?", "1:2:3", "0 .. 4", "Am7"])).into(),
            ),
            3 => Arg::Pattern(apply(["sine", "rand", "tri", "perlin"][rng.below(4)], None, vec![]).unwrap_or_else(|e| panic!("{e}"))),
            4 => Arg::Pattern(mini("<1 2 3>/2").unwrap_or_else(|e| panic!("{e}"))),
            _ => Arg::Bool(rng.below(2) == 0),
        },
    }
}

fn step(rng: &mut Rng, p: &Pattern, depth: u32) -> Result<Pattern, videotracker_engine::pattern::cycle::fault::Error> {
    let mut p = p.clone();
    for _ in 0..=depth {
        let entry = rng.pick(combinators());
        let args = entry.takes.iter().map(|t| any_arg(rng, *t)).collect();
        match apply(entry.name, Some(&p), args) {
            Ok(q) => p = q,
            Err(_) => continue,
        }
    }
    Ok(p)
}

#[test]
fn no_call_panics_or_hangs() {
    let mut rng = Rng(0x1234_5678_9ABC_DEF1);
    let starts = ["bd sn*2", "<0 4 7>(3,8)", "[c3,e3,g3]/3", "0 .. 5", "bd:3:0.5?", "Am7 C^7"];
    for _ in 0..rounds(300) {
        let seed = rng.next();
        let Ok(p) = mini(starts[rng.below(starts.len())]) else { continue };
        let p = if rng.below(2) == 0 { apply("s", Some(&p), vec![]).unwrap_or(p) } else { p };
        if let Ok(p) = step(&mut Rng(seed | 1), &p, 5) {
            play(&p, &format!("seed {seed}"));
        }
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!("{}bd{}", "[".repeat(5000), "]".repeat(5000));
    assert!(mini(&deep).is_err());
    let deep = format!("bd{}{}", "(3".repeat(5000), ",8)".repeat(5000));
    assert!(mini(&deep).is_err());
    let mut p = mini("bd sn").unwrap_or_else(|e| panic!("{e}"));
    let mut refused = false;
    for _ in 0..100_000 {
        match apply("rev", Some(&p), vec![]) {
            Ok(q) => p = q,
            Err(_) => {
                refused = true;
                break;
            }
        }
    }
    assert!(refused);
    // What was built until then can be asked on a small stack.
    let program = Program::compile(&p).unwrap_or_else(|e| panic!("{e}"));
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let ask = thread.spawn(move || program.query(Span::cycle(0), &mut |_| Ok(())));
    assert!(ask.is_ok_and(|t| t.join().is_ok()));
}
