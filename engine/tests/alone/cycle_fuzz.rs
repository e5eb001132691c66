//! No text and no call makes the language panic, hang, take much memory, or answer without bounds.
//!
//! A few hundred cases each; `FUZZ_SECS=150` lets each test go on for so long, `FUZZ_SEED` begins elsewhere,
//! `FUZZ_ONE` tries one seed alone.
#![allow(clippy::print_stdout, reason = "reports figures")]

use std::collections::BTreeMap;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use crate::counting::{alone, most};
use crate::cycle_dice::{Dice, Nobody};
use videotracker_engine::pattern::cycle::core::Pattern;
use videotracker_engine::pattern::cycle::expr::{Expr, make, read};
use videotracker_engine::pattern::cycle::mini::mini;
use videotracker_engine::pattern::cycle::program::{MAX_EVENTS_PER_CYCLE, Program};
use videotracker_engine::pattern::cycle::rational::{Rational, Span};
use videotracker_engine::pattern::cycle::registry::{Arg, Function, Takes, apply, combinators};

/// Longest that one case may take in a build without optimisation, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);
/// What is worth a look.
const SLOW: Duration = Duration::from_secs(1);
/// Most memory that one case may hold at a time, in bytes.
const MOST_MEMORY: i64 = 64 << 20;

/// Notes what this thread works on; ends the process where that takes too long, for a hang would say nothing.
fn watch(what: Option<String>) {
    static WORK: Mutex<BTreeMap<String, (Instant, String)>> = Mutex::new(BTreeMap::new());
    static WATCHER: Once = Once::new();
    let thread = format!("{:?}", std::thread::current().id());
    if let Ok(mut work) = WORK.lock() {
        match what {
            Some(what) => drop(work.insert(thread, (Instant::now(), what))),
            None => drop(work.remove(&thread)),
        }
    }
    WATCHER.call_once(|| {
        std::thread::spawn(|| {
            loop {
                std::thread::sleep(Duration::from_secs(1));
                let late = WORK.lock().ok().and_then(|work| work.values().find(|(begun, _)| begun.elapsed() > LONGEST).cloned());
                if let Some((_, what)) = late {
                    println!("{what} takes more than {LONGEST:?}");
                    std::process::exit(1);
                }
            }
        });
    });
}

/// What a test tried and what came of it.
#[derive(Default)]
struct Tally {
    cases: u64,
    made: u64,
    compiled: u64,
    queries: u64,
    longest: Duration,
    most_memory: i64,
}

impl Tally {
    /// Runs one case within its bounds.
    fn case(&mut self, what: &dyn Fn() -> String, run: impl FnOnce(&mut Self)) {
        watch(Some(what()));
        let begun = Instant::now();
        let memory = most(|| run(self));
        let took = begun.elapsed();
        self.cases += 1;
        if took > SLOW {
            println!("{} took {took:?}", what());
        }
        self.longest = self.longest.max(took);
        self.most_memory = self.most_memory.max(memory);
        watch(None);
        assert!(memory < MOST_MEMORY, "{} took {memory} bytes", what());
    }

    fn say(&self, name: &str) {
        let Self { cases, made, compiled, queries, longest, most_memory } = self;
        println!(
            "{name}: {cases} cases, {made} patterns made, {compiled} compiled, {queries} queries; \
             longest {longest:?}, most memory {most_memory} bytes"
        );
    }

    /// Compiles a pattern and asks it in places near and far.
    fn play(&mut self, p: &Pattern, what: &dyn Fn() -> String) {
        self.made += 1;
        let Ok(program) = Program::compile(p) else { return };
        self.compiled += 1;
        let third = Rational::new(1, 3).unwrap_or(Rational::ONE);
        let spans = [
            Span::cycle(0),
            Span::cycle(-3),
            Span::cycle(1_000_000),
            Span::cycle(i64::MAX - 2),
            Span::cycle(i64::MIN + 2),
            Span::new(third, Rational::new(5, 7).unwrap_or(Rational::ONE)),
            Span::new(Rational::ONE, Rational::ONE),
            Span::new(Rational::ONE, Rational::ZERO),
            Span::new(Rational::int(-1), Rational::int(2)),
        ];
        for span in spans {
            let mut events = 0_u32;
            self.queries += 1;
            let _ = program.query(span, &mut |e| {
                events += 1;
                assert!(e.part.begin <= e.part.end, "{}: part {} {}", what(), e.part.begin, e.part.end);
                Ok(())
            });
            assert!(events <= 100 * MAX_EVENTS_PER_CYCLE, "{}: {events} events", what());
        }
    }
}

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The cases of a test: `default` of them, or as many as fit into `FUZZ_SECS`, or that of `FUZZ_ONE`. Gives each its seed.
fn seeds(default: u64) -> impl Iterator<Item = u64> {
    let one = number_of("FUZZ_ONE");
    let end = number_of("FUZZ_SECS").map(|secs| Instant::now() + Duration::from_secs(secs));
    let mut dice = Dice::new(number_of("FUZZ_SEED").unwrap_or(0x9E37_79B9_7F4A_7C15));
    let mut count = 0;
    std::iter::from_fn(move || {
        count += 1;
        if one.is_some() {
            return one.filter(|_| count == 1);
        }
        end.map_or(count <= default, |end| Instant::now() < end).then(|| dice.next())
    })
}

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

/// What expressions are made of.
const WORDS: &[&str] = &[
    "s(",
    "n(",
    "stack(",
    ")",
    ",",
    "\"",
    "\"bd sn\"",
    "\"<0 1>(3,8)\"",
    ":fast(2)",
    ":every(2, function(x) return ",
    "x",
    " end)",
    "function(x2) return ",
    "end",
    ":off(1/8,",
    "{",
    "}",
    "sine",
    ":rev()",
    "true",
    "1e308",
    "-1",
    "0.5",
    ".",
    ":",
    "getPattern(\"p\")",
    "\\",
    "\\065",
    "\\999",
    "\n",
    "日",
    ":volume(",
    "nil",
    "--",
    "[[",
];

fn text(dice: &mut Dice, bits: &[&str], most: usize) -> String {
    (0..=dice.below(most)).map(|_| *dice.pick(bits)).collect()
}

/// Text with matching brackets, for depth.
fn nested(dice: &mut Dice, depth: u32) -> String {
    if depth == 0 {
        return (*dice.pick(&["bd", "3", "~", "c3", "-1", "0.5"])).into();
    }
    let inner = (0..=dice.below(3)).map(|_| nested(dice, depth - 1)).collect::<Vec<_>>().join(" ");
    let op = *dice.pick(&["", "*3", "/2", "?", "(3,8)", "!2", "*<2 3>", "/[1|2]", "*17", "..9", ":3", "@2.5", "*1e3", "(<3 9>,8)"]);
    let (open, close) = *dice.pick(&[("[", "]"), ("<", ">"), ("{", "}%5"), ("{", "}"), ("[a|", "]")]);
    format!("{open}{inner}{close}{op}")
}

/// Cuts, doubles, swaps or replaces a few pieces of a text.
fn bent(dice: &mut Dice, text: &str, bits: &[&str]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let (a, b) = (dice.below(chars.len() + 1), dice.below(chars.len() + 1));
        let (a, b) = (a.min(b), a.max(b).min(a.min(b) + 12));
        match dice.below(4) {
            0 => drop(chars.drain(a..b)),
            1 => drop(chars.splice(a..b, dice.pick(bits).chars())),
            2 => drop(chars.splice(a..a, chars[a..b].to_vec())),
            _ => chars[a..b].reverse(),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn no_text_panics_or_hangs() {
    let _alone = alone();
    let mut tally = Tally::default();
    for seed in seeds(300) {
        let mut dice = Dice::new(seed);
        let t = match seed % 4 {
            0 => nested(&mut dice, 4),
            1 => {
                let whole = *dice.pick(crate::cycle_dice::TEXTS);
                bent(&mut dice, whole, BITS)
            }
            _ => text(&mut dice, BITS, 24),
        };
        tally.case(&|| t.clone(), |tally| {
            if let Ok(p) = mini(&t) {
                tally.play(&p, &|| t.clone());
            }
        });
    }
    tally.say("mini-notation");
}

fn number(dice: &mut Dice) -> f64 {
    *dice.pick(&[
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

fn any_arg<'a>(dice: &mut Dice, takes: Takes) -> Arg<'a> {
    match takes {
        Takes::Function(_) | Takes::Functions | Takes::Numbered(_) => {
            let seed = dice.next();
            let f: Function<'a> = Box::new(move |p, _| step(&mut Dice::new(seed), p, 1));
            Arg::Function(f)
        }
        Takes::Choices(_) | Takes::Groups if dice.one_in(2) => {
            let named = |dice: &mut Dice, name: &str| (name.to_owned(), any_arg(dice, Takes::Value("value")));
            Arg::Table(["a", "b", "1", "bd"].iter().map(|name| named(dice, name)).collect())
        }
        Takes::Choices(_) | Takes::Groups => Arg::List((0..dice.below(4)).map(|_| any_arg(dice, Takes::Value("value"))).collect()),
        Takes::FunctionList(_) => Arg::List((0..dice.below(4)).map(|_| any_arg(dice, Takes::Function("function"))).collect()),
        Takes::Weighted | Takes::Parts | Takes::Spans => {
            Arg::List((0..=dice.below(3)).map(|_| any_arg(dice, Takes::Value("value"))).collect())
        }
        _ => match dice.below(6) {
            0 | 1 => Arg::Number(number(dice)),
            2 => Arg::Text(
                (*dice.pick(&["<1 2>", "1 0", "<3 5>", "c", "x ~ x", "C:minor", "3M", "[1|2]", "0?", "1:2:3", "0 .. 4", "Am7"])).into(),
            ),
            3 => Arg::Pattern(apply(["sine", "rand", "tri", "perlin"][dice.below(4)], None, vec![]).unwrap_or_else(|e| panic!("{e}"))),
            4 => Arg::Pattern(mini("<1 2 3>/2").unwrap_or_else(|e| panic!("{e}"))),
            _ => Arg::Bool(dice.below(2) == 0),
        },
    }
}

fn step(dice: &mut Dice, p: &Pattern, depth: u32) -> Result<Pattern, videotracker_engine::pattern::cycle::fault::Error> {
    let mut p = p.clone();
    for _ in 0..=depth {
        let entry = dice.pick(combinators());
        let args = entry.takes.iter().map(|t| any_arg(dice, *t)).collect();
        match apply(entry.name, Some(&p), args) {
            Ok(q) => p = q,
            Err(_) => continue,
        }
    }
    Ok(p)
}

#[test]
fn no_call_panics_or_hangs() {
    let _alone = alone();
    let starts = ["bd sn*2", "<0 4 7>(3,8)", "[c3,e3,g3]/3", "0 .. 5", "bd:3:0.5?", "Am7 C^7"];
    // It asked a rhythm without pulses for a span of so many cycles that looking through them never ended.
    let hung = [7_604_199_798_865_238_046];
    let mut tally = Tally::default();
    for seed in hung.into_iter().chain(seeds(300)) {
        let mut dice = Dice::new(seed);
        let what = || format!("seed {seed}");
        tally.case(&what, |tally| {
            let Ok(p) = mini(starts[dice.below(starts.len())]) else { return };
            let p = if dice.one_in(2) { apply("s", Some(&p), vec![]).unwrap_or(p) } else { p };
            if let Ok(p) = step(&mut dice, &p, 5) {
                tally.play(&p, &what);
            }
        });
    }
    tally.say("calls");
}

/// The events of a pattern's first cycles, as text.
fn events(p: &Pattern) -> Option<Vec<String>> {
    let program = Program::compile(p).ok()?;
    let mut all = vec![];
    for cycle in 0..3 {
        let asked = program.query(Span::cycle(cycle), &mut |e| {
            let whole = e.whole.map_or_else(String::new, |w| format!("{}…{}", w.begin, w.end));
            all.push(format!("{whole} {}…{} {:?}", e.part.begin, e.part.end, e.value));
            Ok(())
        });
        asked.ok()?;
    }
    all.sort();
    Some(all)
}

/// Writing an expression, reading it and writing it again gives the same text and the same events.
fn comes_back(tally: &mut Tally, expr: &Expr, what: &dyn Fn() -> String) {
    let Ok(written) = expr.write() else { return };
    let again = read(&written).unwrap_or_else(|why| panic!("{}: written as {written}: {why}", what()));
    assert_eq!(again.expr.write().as_deref(), Ok(written.as_str()), "{}", what());
    let (one, two) = (make(expr, &Nobody), make(&again.expr, &Nobody));
    assert_eq!(one.is_ok(), two.is_ok(), "{}: {written}", what());
    if let (Ok(one), Ok(two)) = (one, two) {
        assert_eq!(events(&one), events(&two), "{}: {written}", what());
        tally.play(&two, what);
    }
}

#[test]
fn expressions_come_back_as_they_were_written() {
    let _alone = alone();
    let mut tally = Tally::default();
    for seed in seeds(300) {
        let mut dice = Dice::new(seed);
        dice.wild = dice.one_in(3);
        let depth = dice.below(4);
        let expr = dice.expression(depth);
        let what = || format!("seed {seed}");
        tally.case(&what, |tally| comes_back(tally, &expr, &what));
    }
    tally.say("expressions");
}

#[test]
fn no_text_of_an_expression_panics_or_hangs() {
    let _alone = alone();
    let mut tally = Tally::default();
    for seed in seeds(600) {
        let mut dice = Dice::new(seed);
        let t = if dice.one_in(3) {
            text(&mut dice, WORDS, 24)
        } else {
            let depth = dice.below(3);
            let whole = dice.expression(depth).write().unwrap_or_default();
            bent(&mut dice, &whole, WORDS)
        };
        tally.case(&|| t.clone(), |tally| {
            if let Ok(source) = read(&t) {
                comes_back(tally, &source.expr, &|| t.clone());
            }
        });
    }
    tally.say("texts of expressions");
}

#[test]
fn rests_are_work_too() {
    let _alone = alone();
    let p = mini("[a|{[{~}%5*1e3]*1e3}%5*3]*1e3").unwrap_or_else(|e| panic!("{e}"));
    assert!(Program::compile(&p).is_err());
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let _alone = alone();
    let deep = format!("{}bd{}", "[".repeat(5000), "]".repeat(5000));
    assert!(mini(&deep).is_err());
    let deep = format!("bd{}{}", "(3".repeat(5000), ",8)".repeat(5000));
    assert!(mini(&deep).is_err());
    let deep = format!("s(\"bd\"){}", ":rev()".repeat(5000));
    assert!(read(&deep).is_err());
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
