//! Random expressions of the pattern language, drawn from its own table of combinators.

use std::sync::Arc;

use videotracker_engine::pattern::cycle::{
    core::Pattern,
    expr::{Argument, Expr, Surroundings, make},
    fault::Error,
    registry::{CallForm, Combinator, Takes, combinators},
};

/// A session without other patterns, where parameters of a sampler are controls.
pub struct Nobody;

impl Surroundings for Nobody {
    fn pattern(&self, name: &str) -> Result<Pattern, Error> {
        Err(Error::Call { name: name.to_owned(), reason: "there is no such pattern".to_owned() })
    }

    fn is_control(&self, name: &str) -> bool {
        CONTROLS.contains(&name)
    }
}

/// Parameters of modules that are no combinators.
const CONTROLS: &[&str] = &["volume", "position", "regionEnd", "playStyle", "attackMs", "opacity"];

/// Mini-notation that makes sound, with what is awkward to write in Lua.
pub const TEXTS: &[&str] = &[
    "bd sn*2",
    "bd(3,8) hh*8 [sn cp]*2 <a b c>/2",
    "<0 4 7>(3,8)",
    "{0 2 4}%8, [5 6]*4, 7(5,8,2)?0.5",
    "[c3,e3,g3]/3",
    "0 .. 5",
    "bd:3:0.5?",
    "0 _ ~ 2@1.5 1!2",
    "<C^7 Am7 D7b9>",
    "[a|b|c]*3",
    "x ~ x x",
    "bd . sn sn . hh hh hh",
    "bd\thh\n, sn\r\n[cp]",
    "ä é'",
    "1e-7 0.333333333333",
    "",
    " ",
];

/// Mini-notation for arguments.
const VALUES: &[&str] = &["<1 2>", "2", "<3 5>", "1 0", "0.25 0.5", "[1|2]", "1?", "0 .. 3", "<0.5 1>/3"];

/// A stream of draws from one seed (splitmix64, Steele et al. 2014).
#[derive(Clone)]
pub struct Dice {
    state: u64,
    /// Draws what no one would write, too.
    pub wild: bool,
}

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self { state: seed, wild: false }
    }

    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn number(&mut self) -> f64 {
        const TAME: &[f64] = &[1.0, 2.0, 3.0, 4.0, 0.5, 0.25, 1.0 / 3.0, 1.5, 5.0, 8.0, 0.0, -1.0];
        const WILD: &[f64] = &[1e6, 1e-9, 1e300, -0.0, 128.0, 0.1, std::f64::consts::PI, 9e15, -2.5, 512.0, 513.0, 5e-324];
        if self.wild && self.one_in(3) { *self.pick(WILD) } else { *self.pick(TAME) }
    }

    fn text(&mut self, from: &[&str]) -> Expr {
        Expr::Text((*self.pick(from)).into(), 0)
    }

    /// An argument of a combinator, mostly one that fits.
    fn argument(&mut self, of: &Combinator, takes: Takes, around: &mut Vec<Argument>, depth: usize) -> Expr {
        if self.wild && self.one_in(20) {
            return Expr::Bool(self.one_in(2));
        }
        match (takes, of.name) {
            (Takes::Function(_) | Takes::Functions | Takes::Numbered(_), name) => self.function(name == "never", around, depth),
            (Takes::FunctionList(_), _) => {
                let all: Vec<Expr> = (0..=self.below(3)).map(|_| self.function(false, around, depth)).collect();
                Expr::List(all.into())
            }
            (Takes::Choices(_), _) if self.one_in(3) => {
                let names = ["a", "b", "0", "two words", "end"];
                let all: Vec<_> = names.iter().map(|name| ((*name).into(), self.part(around, depth))).collect();
                Expr::Table(all.into())
            }
            (Takes::Choices(_) | Takes::Groups, _) => {
                let all: Vec<Expr> = (0..=self.below(3)).map(|_| self.part(around, depth)).collect();
                Expr::List(all.into())
            }
            (Takes::Weighted, _) => Expr::List([self.part(around, depth), Expr::Number(self.number())].into()),
            (Takes::Parts, _) => Expr::List([Expr::Number(self.number()), self.part(around, depth)].into()),
            (Takes::Spans, _) => {
                let (from, length) = (self.below(3), 1 + self.below(3));
                let time = |n: usize| Expr::Number(f64::from(u32::try_from(n).unwrap_or(0)));
                Expr::List([time(from), time(from + length), self.part(around, depth)].into())
            }
            (Takes::Value("rhythm"), _) => self.text(&["1 0", "<1 0>", "1 0 0 1"]),
            (Takes::Value("lie"), _) => self.text(&["left", "<centre repeat>", "right expand"]),
            (Takes::Plain("names"), _) => self.text(&["note:clip", "n", "s:n:gain"]),
            (Takes::Value("from" | "to"), "morph") => self.text(&["1:0:1:0", "<1:1:0:0 0:1:0:1>"]),
            (Takes::List("pulses"), _) => self.text(&["3:8", "<5:8:2 3:8>"]),
            (Takes::Value("times"), "echoWith" | "plyWith" | "plyForEach") => Expr::Number(*self.pick(&[1.0, 2.0, 3.0])),
            (Takes::Value("n"), "applyN") => Expr::Number(*self.pick(&[0.0, 1.0, 2.0])),
            (Takes::Value("name"), _) => self.text(&["C:minor", "<C:major D4:dorian>", "f#:minor:pentatonic", "G"]),
            (Takes::Value("interval"), _) => self.text(&["3M", "<1 -2m>", "12", "5P"]),
            // More than a cycle of each cycle reaches into the next, where Strudel counts on from there.
            (Takes::Value("part"), _) if !self.wild => Expr::Number(*self.pick(&[0.25, 0.5, 1.0 / 3.0, 1.0])),
            (Takes::Value("n"), "bite") if !self.wild => Expr::Number(*self.pick(&[1.0, 2.0, 3.0, 4.0, 8.0])),
            (Takes::Value("number"), "bite") if !self.wild => self.text(&["0 3 2", "<1 0>", "0 .. 3"]),
            (Takes::Patterns, "chord") => self.text(&["<C^7 Am7>", "F^7", "Dm"]),
            (Takes::Patterns, "playStyle") => self.text(&["loop", "<once loop>"]),
            (Takes::Patterns, _) if depth > 0 && self.one_in(2) => self.pattern(around, depth - 1),
            (Takes::Patterns, _) if self.one_in(2) => self.text(TEXTS),
            _ => match self.below(6) {
                0..=2 => Expr::Number(self.number()),
                3 => self.text(VALUES),
                4 if depth > 0 => {
                    let signal = *self.pick(&["sine", "saw", "rand", "perlin", "tri", "square"]);
                    Expr::call("segment", Some(Expr::call(signal, None, vec![])), vec![Expr::Number(4.0)])
                }
                _ => {
                    let items: Vec<Expr> = (0..self.below(4)).map(|_| Expr::Number(self.number())).collect();
                    Expr::List(items.into())
                }
            },
        }
    }

    /// A pattern in a list.
    fn part(&mut self, around: &mut Vec<Argument>, depth: usize) -> Expr {
        if depth > 0 && self.one_in(2) { self.pattern(around, depth - 1) } else { self.text(TEXTS) }
    }

    /// A function; `same` for one that gives back what it got.
    fn function(&mut self, same: bool, around: &mut Vec<Argument>, depth: usize) -> Expr {
        let argument = Argument::fresh();
        around.push(argument);
        let body = match self.below(8) {
            _ if same => Expr::Argument(argument),
            0 => self.pattern(around, depth.saturating_sub(1)),
            1 => self.text(TEXTS),
            _ => {
                let start = Expr::Argument(argument);
                self.chained(start, around, depth.saturating_sub(1))
            }
        };
        around.pop();
        Expr::Function(argument, Arc::new(body))
    }

    /// A combinator; those that take functions come often, controls and alignments, of which there are many, seldom.
    fn entry(&mut self) -> &'static Combinator {
        let wanted = self.below(8);
        let fits = |entry: &Combinator| match wanted {
            0..=2 => entry.takes.iter().any(|takes| matches!(takes, Takes::Function(_) | Takes::Functions | Takes::Numbered(_))),
            3..=6 => !entry.is_alignment() && entry.sets().is_empty(),
            _ => true,
        };
        loop {
            let entry = self.pick(combinators());
            if fits(entry) {
                return entry;
            }
        }
    }

    fn chained(&mut self, mut expr: Expr, around: &mut Vec<Argument>, depth: usize) -> Expr {
        for _ in 0..self.below(3) {
            if self.one_in(8) {
                let name = *self.pick(CONTROLS);
                let value = if name == "playStyle" { self.text(&["loop", "<once loop>"]) } else { self.text(VALUES) };
                expr = Expr::call(name, Some(expr), vec![value]);
                continue;
            }
            let entry = self.entry();
            if matches!(entry.form, CallForm::Function | CallForm::Signal) {
                continue;
            }
            // `end` is a word of Lua; there it is called by its other name.
            let names: Vec<&str> = std::iter::once(entry.name).chain(entry.aliases.iter().copied()).filter(|name| *name != "end").collect();
            let name = *self.pick(&names);
            let args = entry.takes.iter().map(|takes| self.argument(entry, *takes, around, depth)).collect();
            expr = Expr::call(name, Some(expr), args);
        }
        expr
    }

    fn pattern(&mut self, around: &mut Vec<Argument>, depth: usize) -> Expr {
        let start = match self.below(10) {
            0 if depth > 0 => {
                let name = *self.pick(&["stack", "cat", "seq", "polymeter", "fastcat"]);
                let parts = (0..=self.below(3)).map(|_| self.pattern(around, depth - 1)).collect();
                Expr::call(name, None, parts)
            }
            1 if !around.is_empty() => Expr::Argument(*self.pick(around)),
            2 => Expr::call("run", None, vec![Expr::Number(8.0)]),
            3 => {
                let signal =
                    if self.one_in(2) { Expr::call("saw", None, vec![]) } else { Expr::call("irand", None, vec![Expr::Number(8.0)]) };
                // Where a signal is looked at by itself depends on how it is asked.
                if self.wild { signal } else { Expr::call("segment", Some(signal), vec![Expr::Number(8.0)]) }
            }
            _ => {
                let name = *self.pick(&["s", "n", "note", "mini", "s", "n"]);
                Expr::call(name, None, vec![self.text(TEXTS)])
            }
        };
        self.chained(start, around, depth)
    }

    /// An expression, sensible or not.
    pub fn expression(&mut self, depth: usize) -> Expr {
        self.pattern(&mut Vec::new(), depth)
    }

    /// An expression of which a pattern can be made, that may name `others`.
    pub fn makes(&mut self, depth: usize, others: &[&str], session: &dyn Surroundings) -> Option<Expr> {
        (0..8).find_map(|_| {
            let mut expr = self.expression(depth);
            if let (Some(other), true) = (others.get(self.below(others.len())), self.one_in(3)) {
                let parts = vec![Expr::reference(other), expr];
                expr = Expr::call(self.pick::<&str>(&["stack", "cat", "polymeter"]), None, parts);
            }
            make(&expr, session).is_ok().then_some(expr)
        })
    }
}
