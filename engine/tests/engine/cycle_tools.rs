//! A little evaluator for the expressions of the combinator tables: calls, method chains,
//! numbers, text, arithmetic, lists and `function(x) return … end`. It keeps these tests apart from the script engine.

use std::rc::Rc;
use videotracker_engine::pattern::cycle::core::Pattern;
use videotracker_engine::pattern::cycle::registry::{Arg, apply, find};

#[derive(Clone, Debug, PartialEq)]
enum Tok {
    Num(f64),
    Str(String),
    Name(String),
    Sym(char),
    End,
}

fn lex(src: &str) -> Result<Vec<Tok>, String> {
    let c: Vec<char> = src.chars().collect();
    let mut i = 0;
    let mut out = vec![];
    while i < c.len() {
        let ch = c[i];
        if ch.is_whitespace() {
            i += 1;
        } else if ch.is_ascii_digit() || (ch == '.' && c.get(i + 1).is_some_and(char::is_ascii_digit)) {
            let s = i;
            while i < c.len() && (c[i].is_ascii_digit() || c[i] == '.' || c[i] == 'e') {
                i += 1;
            }
            let t: String = c[s..i].iter().collect();
            out.push(Tok::Num(t.parse().map_err(|e| format!("{t}: {e}"))?));
        } else if ch == '"' || ch == '\'' {
            let s = i + 1;
            i += 1;
            while i < c.len() && c[i] != ch {
                i += 1;
            }
            out.push(Tok::Str(c[s..i].iter().collect()));
            i += 1;
        } else if ch.is_alphabetic() || ch == '_' {
            let s = i;
            while i < c.len() && (c[i].is_alphanumeric() || c[i] == '_') {
                i += 1;
            }
            out.push(Tok::Name(c[s..i].iter().collect()));
        } else {
            out.push(Tok::Sym(ch));
            i += 1;
        }
    }
    out.push(Tok::End);
    Ok(out)
}

#[derive(Debug)]
enum Expr {
    Num(f64),
    Str(String),
    Var(String),
    Neg(Box<Expr>),
    Bin(char, Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    Call(String, Vec<Expr>),
    Method(Box<Expr>, String, Vec<Expr>),
    Function(String, Rc<Expr>),
}

struct Parser {
    toks: Vec<Tok>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Tok {
        &self.toks[self.at.min(self.toks.len() - 1)]
    }
    fn next(&mut self) -> Tok {
        let t = self.peek().clone();
        self.at += 1;
        t
    }
    fn eat(&mut self, c: char) -> bool {
        let hit = *self.peek() == Tok::Sym(c);
        self.at += usize::from(hit);
        hit
    }
    fn want(&mut self, c: char) -> Result<(), String> {
        if self.eat(c) { Ok(()) } else { Err(format!("expected {c}, found {:?}", self.peek())) }
    }
    fn sum(&mut self) -> Result<Expr, String> {
        let mut l = self.product()?;
        while let Tok::Sym(c @ ('+' | '-')) = *self.peek() {
            self.at += 1;
            l = Expr::Bin(c, Box::new(l), Box::new(self.product()?));
        }
        Ok(l)
    }
    fn product(&mut self) -> Result<Expr, String> {
        let mut l = self.unary()?;
        while let Tok::Sym(c @ ('*' | '/')) = *self.peek() {
            self.at += 1;
            l = Expr::Bin(c, Box::new(l), Box::new(self.unary()?));
        }
        Ok(l)
    }
    fn unary(&mut self) -> Result<Expr, String> {
        if self.eat('-') { Ok(Expr::Neg(Box::new(self.unary()?))) } else { self.postfix() }
    }
    fn args(&mut self) -> Result<Vec<Expr>, String> {
        self.want('(')?;
        let mut out = vec![];
        while !self.eat(')') {
            out.push(self.sum()?);
            if !self.eat(',') {
                self.want(')')?;
                break;
            }
        }
        Ok(out)
    }
    fn postfix(&mut self) -> Result<Expr, String> {
        let mut e = match self.next() {
            Tok::Num(x) => Expr::Num(x),
            Tok::Str(s) => Expr::Str(s),
            Tok::Name(n) if n == "function" => {
                self.want('(')?;
                let Tok::Name(x) = self.next() else { return Err("parameter".into()) };
                self.want(')')?;
                if self.next() != Tok::Name("return".into()) {
                    return Err("return".into());
                }
                let body = self.sum()?;
                if self.next() != Tok::Name("end".into()) {
                    return Err("end".into());
                }
                Expr::Function(x, Rc::new(body))
            }
            Tok::Name(n) => {
                if *self.peek() == Tok::Sym('(') {
                    Expr::Call(n, self.args()?)
                } else {
                    Expr::Var(n)
                }
            }
            Tok::Sym('(') => {
                let e = self.sum()?;
                self.want(')')?;
                e
            }
            Tok::Sym('{') => {
                let mut l = vec![];
                while !self.eat('}') {
                    l.push(self.sum()?);
                    self.eat(',');
                }
                Expr::List(l)
            }
            t => return Err(format!("unexpected {t:?}")),
        };
        while self.eat(':') {
            let Tok::Name(n) = self.next() else { return Err("method name".into()) };
            e = Expr::Method(Box::new(e), n, self.args()?);
        }
        Ok(e)
    }
}

enum Val {
    Num(f64),
    Str(String),
    Pat(Pattern),
    List(Vec<Val>),
    Fun(String, Rc<Expr>),
}

type Env<'e> = &'e [(String, Pattern)];

fn eval(e: &Expr, env: Env<'_>) -> Result<Val, String> {
    Ok(match e {
        Expr::Num(x) => Val::Num(*x),
        Expr::Str(s) => Val::Str(s.clone()),
        Expr::Neg(e) => match eval(e, env)? {
            Val::Num(x) => Val::Num(-x),
            _ => return Err("minus what".into()),
        },
        Expr::Bin(op, a, b) => match (eval(a, env)?, eval(b, env)?) {
            (Val::Num(a), Val::Num(b)) => Val::Num(match op {
                '+' => a + b,
                '-' => a - b,
                '*' => a * b,
                _ => a / b,
            }),
            _ => return Err("arithmetic".into()),
        },
        Expr::List(l) => Val::List(l.iter().map(|e| eval(e, env)).collect::<Result<_, _>>()?),
        Expr::Function(x, body) => Val::Fun(x.clone(), body.clone()),
        Expr::Var(n) => match env.iter().rev().find(|(k, _)| k == n) {
            Some((_, p)) => Val::Pat(p.clone()),
            None if n == "true" || n == "false" => {
                return Err("booleans do not occur".into());
            }
            None => Val::Pat(call(n, None, &[], env)?),
        },
        Expr::Call(n, args) => Val::Pat(call(n, None, args, env)?),
        Expr::Method(on, n, args) => {
            let on = match eval(on, env)? {
                Val::Pat(p) => p,
                _ => return Err(format!("method {n} of what")),
            };
            Val::Pat(call(n, Some(&on), args, env)?)
        }
    })
}

fn arg<'a>(v: Val, env: Env<'a>) -> Arg<'a> {
    match v {
        Val::Num(x) => Arg::Number(x),
        Val::Str(s) => Arg::Text(s),
        Val::Pat(p) => Arg::Pattern(p),
        Val::List(l) => Arg::List(l.into_iter().map(|v| arg(v, env)).collect()),
        Val::Fun(x, body) => Arg::Function(Box::new(move |p, _| {
            let mut env = env.to_vec();
            env.push((x.clone(), p.clone()));
            let v = eval(&body, &env)
                .map_err(|e| videotracker_engine::pattern::cycle::fault::Error::Call { name: "function".into(), reason: e })?;
            match v {
                Val::Pat(p) => Ok(p),
                _ => {
                    Err(videotracker_engine::pattern::cycle::fault::Error::Call { name: "function".into(), reason: "not a pattern".into() })
                }
            }
        })),
    }
}

fn call(name: &str, on: Option<&Pattern>, args: &[Expr], env: Env<'_>) -> Result<Pattern, String> {
    let args = args.iter().map(|e| eval(e, env).map(|v| arg(v, env))).collect::<Result<Vec<_>, _>>()?;
    if find(name).is_none() {
        return Err(format!("unknown {name}"));
    }
    apply(name, on, args).map_err(|e| e.to_string())
}

/// Evaluates one expression to a pattern.
pub fn run(src: &str) -> Result<Pattern, String> {
    let mut p = Parser { toks: lex(src)?, at: 0 };
    let e = p.sum()?;
    if *p.peek() != Tok::End {
        return Err(format!("left over: {:?}", p.peek()));
    }
    match eval(&e, &[])? {
        Val::Pat(p) => Ok(p),
        Val::Str(s) => videotracker_engine::pattern::cycle::mini::mini(&s).map_err(|e| e.to_string()),
        _ => Err("not a pattern".into()),
    }
}
