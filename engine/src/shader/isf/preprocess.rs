//! GLSL's preprocessor: definitions and conditions, with a bound on what they may grow to. Own, because what stands in for an
//! image has to be known as one after macros are resolved, and because the compiler's has no bound.

use std::{collections::HashMap, rc::Rc};

use super::{
    Complaint,
    tokens::{Kind, Line, Token, lines},
};

/// Most tokens that a source may become.
const MAX_TOKENS: usize = 400_000;
/// Deepest nesting of macros and conditions.
const MAX_DEPTH: usize = 100;

/// A definition.
#[derive(Clone, Debug)]
struct Macro {
    params: Option<Vec<Rc<str>>>,
    body: Vec<Token>,
}

/// Resolves a source.
pub(super) fn preprocess(source: &str) -> Result<Vec<Token>, Complaint> {
    let mut state = State { macros: HashMap::new(), out: Vec::new(), left: MAX_TOKENS };
    let number = |text: &str| Token { kind: Kind::Number, text: Rc::from(text), line: 1, column: 1, touches: false };
    state.macros.insert(Rc::from("__VERSION__"), Macro { params: None, body: vec![number("330")] });
    let mut pending: Vec<Token> = Vec::new();
    // For each open condition: whether its part counts, and whether one of its parts has counted.
    let mut open: Vec<(bool, bool)> = Vec::new();
    for line in lines(source) {
        let counts = open.iter().all(|(counts, _)| *counts);
        if !line.directive {
            if counts {
                pending.extend(line.tokens);
            }
            continue;
        }
        state.flush(&mut pending)?;
        state.directive(&line, counts, &mut open)?;
    }
    state.flush(&mut pending)?;
    if let Some(last) = state.out.last().filter(|_| !open.is_empty()) {
        return Err(at(last, "an #if has no #endif"));
    }
    Ok(state.out)
}

fn at(token: &Token, text: impl Into<String>) -> Complaint {
    Complaint::at(token.line, token.column, text)
}

struct State {
    macros: HashMap<Rc<str>, Macro>,
    out: Vec<Token>,
    left: usize,
}

impl State {
    fn flush(&mut self, pending: &mut Vec<Token>) -> Result<(), Complaint> {
        let tokens = std::mem::take(pending);
        let mut out = std::mem::take(&mut self.out);
        let done = self.expand(&tokens, &mut Vec::new(), &mut out);
        self.out = out;
        done
    }

    fn directive(&mut self, line: &Line, counts: bool, open: &mut Vec<(bool, bool)>) -> Result<(), Complaint> {
        let Some((word, rest)) = line.tokens.split_first() else { return Ok(()) };
        match &*word.text {
            "if" | "ifdef" | "ifndef" => {
                if open.len() >= MAX_DEPTH {
                    return Err(at(word, "conditions are nested too deep; write it flatter"));
                }
                let holds = counts
                    && match &*word.text {
                        "if" => self.condition(word, rest)?,
                        other => rest.first().is_some_and(|name| self.macros.contains_key(&name.text)) == (other == "ifdef"),
                    };
                open.push((holds, holds));
            }
            "elif" | "else" => {
                let outer = open.iter().rev().skip(1).all(|(counts, _)| *counts);
                let Some((_, had)) = open.last().copied() else { return Err(at(word, "it has no #if before it")) };
                let holds = outer && !had && (word.is("else") || self.condition(word, rest)?);
                if let Some(last) = open.last_mut() {
                    *last = (holds, had || holds);
                }
            }
            "endif" => {
                open.pop().ok_or_else(|| at(word, "#endif has no #if before it"))?;
            }
            "define" if counts => self.define(word, rest)?,
            "undef" if counts => {
                if let Some(name) = rest.first() {
                    self.macros.remove(&name.text);
                }
            }
            "error" if counts => {
                let text: Vec<&str> = rest.iter().map(|token| &*token.text).collect();
                return Err(at(word, format!("it says: {}", text.join(" "))));
            }
            "include" if counts => return Err(at(word, "#include is not possible; put the text in its place")),
            // Versions, extensions and pragmas concern other compilers.
            _ => {}
        }
        Ok(())
    }

    fn define(&mut self, word: &Token, rest: &[Token]) -> Result<(), Complaint> {
        let Some((name, rest)) = rest.split_first() else { return Err(at(word, "#define has no name")) };
        let (params, body) = match rest.first() {
            Some(paren) if paren.is("(") && paren.touches => {
                let end = rest.iter().position(|t| t.is(")")).ok_or_else(|| at(paren, "its bracket is not closed"))?;
                let params = rest[1..end].iter().filter(|t| !t.is(",")).map(|t| Rc::clone(&t.text)).collect();
                (Some(params), &rest[end + 1..])
            }
            _ => (None, rest),
        };
        self.macros.insert(Rc::clone(&name.text), Macro { params, body: body.to_vec() });
        Ok(())
    }

    /// Appends `tokens` to `out` with every macro resolved; those in `hidden` are being resolved already.
    fn expand(&mut self, tokens: &[Token], hidden: &mut Vec<Rc<str>>, out: &mut Vec<Token>) -> Result<(), Complaint> {
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            index += 1;
            self.left = self.left.checked_sub(1).ok_or_else(|| at(token, "its macros grow beyond all bounds; write it shorter"))?;
            let known =
                if token.kind == Kind::Word && !hidden.contains(&token.text) { self.macros.get(&token.text).cloned() } else { None };
            let Some(known) = known else {
                out.push(token.clone());
                continue;
            };
            let body = match &known.params {
                None => known.body,
                Some(params) => {
                    let Some((arguments, length)) = arguments(&tokens[index..]) else {
                        out.push(token.clone());
                        continue;
                    };
                    index += length;
                    self.substituted(token, &known.body, params, &arguments, hidden)?
                }
            };
            if hidden.len() >= MAX_DEPTH {
                return Err(at(token, "macros are nested too deep; write it flatter"));
            }
            let body: Vec<Token> = body.into_iter().map(|t| Token { line: token.line, column: token.column, ..t }).collect();
            hidden.push(Rc::clone(&token.text));
            let done = self.expand(&body, hidden, out);
            hidden.pop();
            done?;
        }
        Ok(())
    }

    fn substituted(
        &mut self,
        call: &Token,
        body: &[Token],
        params: &[Rc<str>],
        arguments: &[&[Token]],
        hidden: &mut Vec<Rc<str>>,
    ) -> Result<Vec<Token>, Complaint> {
        let mut expanded = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let mut tokens = Vec::new();
            self.expand(argument, hidden, &mut tokens)?;
            expanded.push(tokens);
        }
        let mut out: Vec<Token> = Vec::new();
        let mut paste = false;
        for (index, token) in body.iter().enumerate() {
            if token.is("##") {
                paste = true;
                continue;
            }
            let param = params.iter().position(|name| *name == token.text);
            let pasted = paste || body.get(index + 1).is_some_and(|next| next.is("##"));
            let put: &[Token] = match param {
                Some(n) if pasted => arguments.get(n).copied().unwrap_or_default(),
                Some(n) => expanded.get(n).map(Vec::as_slice).unwrap_or_default(),
                None => std::slice::from_ref(token),
            };
            self.left = self.left.checked_sub(put.len()).ok_or_else(|| at(call, "its macros grow beyond all bounds; write it shorter"))?;
            let mut put = put.iter();
            if let (true, Some(before), Some(first)) = (paste, out.last_mut(), put.clone().next()) {
                *before = before.named(&format!("{}{}", before.text, first.text));
                put.next();
            }
            out.extend(put.cloned());
            paste = false;
        }
        Ok(out)
    }

    fn condition(&mut self, word: &Token, tokens: &[Token]) -> Result<bool, Complaint> {
        // `defined` looks at names before they are resolved.
        let mut plain = Vec::with_capacity(tokens.len());
        let mut rest = tokens.iter();
        while let Some(token) = rest.next() {
            if token.is("defined") {
                let mut name = rest.next();
                if name.is_some_and(|t| t.is("(")) {
                    name = rest.next();
                    rest.next();
                }
                let known = name.is_some_and(|name| self.macros.contains_key(&name.text));
                plain.push(Token { kind: Kind::Number, ..token.named(if known { "1" } else { "0" }) });
            } else {
                plain.push(token.clone());
            }
        }
        let mut out = Vec::new();
        self.expand(&plain, &mut Vec::new(), &mut out)?;
        let mut reader = Condition { tokens: &out, place: 0, depth: 0 };
        let value = reader.or().filter(|_| reader.place == out.len());
        value.map(|value| value != 0).ok_or_else(|| at(word, "its condition can't be read"))
    }
}

/// The arguments of a call whose bracket opens at the first token, and how many tokens they take.
fn arguments(tokens: &[Token]) -> Option<(Vec<&[Token]>, usize)> {
    tokens.first().filter(|t| t.is("("))?;
    let (mut depth, mut begin, mut all) = (0, 1, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        match &*token.text {
            "(" | "[" => depth += 1,
            "]" => depth -= 1,
            ")" => {
                depth -= 1;
                if depth == 0 {
                    all.push(&tokens[begin..index]);
                    return Some((all, index + 1));
                }
            }
            "," if depth == 1 => {
                all.push(&tokens[begin..index]);
                begin = index + 1;
            }
            _ => {}
        }
    }
    None
}

/// Reads a condition's arithmetic, by rising priority.
struct Condition<'a> {
    tokens: &'a [Token],
    place: usize,
    depth: usize,
}

impl Condition<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let found = self.tokens.get(self.place).is_some_and(|token| token.is(sign));
        self.place += usize::from(found);
        found
    }

    fn or(&mut self) -> Option<i64> {
        let mut left = self.and()?;
        while self.takes("||") {
            left = i64::from((self.and()? != 0) | (left != 0));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<i64> {
        let mut left = self.compared()?;
        while self.takes("&&") {
            left = i64::from((self.compared()? != 0) & (left != 0));
        }
        Some(left)
    }

    fn compared(&mut self) -> Option<i64> {
        let mut left = self.sum()?;
        loop {
            let holds: fn(i64, i64) -> bool = match self.tokens.get(self.place).map(|token| &*token.text) {
                Some("==") => |a, b| a == b,
                Some("!=") => |a, b| a != b,
                Some("<") => |a, b| a < b,
                Some("<=") => |a, b| a <= b,
                Some(">") => |a, b| a > b,
                Some(">=") => |a, b| a >= b,
                _ => return Some(left),
            };
            self.place += 1;
            left = i64::from(holds(left, self.sum()?));
        }
    }

    fn sum(&mut self) -> Option<i64> {
        let mut left = self.factor()?;
        loop {
            if self.takes("+") {
                left = left.wrapping_add(self.factor()?);
            } else if self.takes("-") {
                left = left.wrapping_sub(self.factor()?);
            } else if self.takes("*") {
                left = left.wrapping_mul(self.factor()?);
            } else {
                return Some(left);
            }
        }
    }

    fn factor(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = if self.takes("!") {
            i64::from(self.factor()? == 0)
        } else if self.takes("-") {
            self.factor()?.wrapping_neg()
        } else if self.takes("(") {
            let inner = self.or()?;
            self.takes(")").then_some(inner)?
        } else {
            let token = self.tokens.get(self.place)?;
            self.place += 1;
            match token.kind {
                Kind::Number => token.text.trim_end_matches(['u', 'U', '.', 'f']).parse().ok()?,
                // A name that nothing defines counts as 0.
                Kind::Word => i64::from(token.is("1")),
                Kind::Sign => return None,
            }
        };
        self.depth -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> String {
        match preprocess(source) {
            Ok(tokens) => tokens.iter().map(|t| t.text.to_string()).collect::<Vec<_>>().join(" "),
            Err(complaint) => format!("{}: {}", complaint.line.unwrap_or(0), complaint.text),
        }
    }

    #[test]
    fn definitions_and_conditions_resolve() {
        for (source, want) in [
            ("#define A 1\nA + A", "1 + 1"),
            ("#define F(x, y) x*y\nF(1, G(2, 3))", "1 * G ( 2 , 3 )"),
            ("#define F(x) x\n#define A F(F(2))\nA F", "2 F"),
            ("#define P(n) v_##n\nP(a)", "v_a"),
            ("#define A A + 1\nA", "A + 1"),
            ("#define S (x)\nS", "( x )"),
            ("#ifdef GL_ES\na\n#else\nb\n#endif\nc", "b c"),
            ("#define A\n#if defined(A) && !defined(B)\na\n#elif 1\nb\n#endif", "a"),
            ("#if __VERSION__ <= 120\na\n#elif defined A\nb\n#else\nc\n#endif", "c"),
            ("#if 0\n#if 1\na\n#else\nb\n#endif\n#endif\nc", "c"),
            ("#version 120\n#extension X : enable\na", "a"),
            ("#define A 1\n#undef A\nA", "A"),
            ("#endif", "1: #endif has no #if before it"),
            ("#include \"x\"", "1: #include is not possible; put the text in its place"),
        ] {
            assert_eq!(told(source), want, "{source}");
        }
    }

    #[test]
    fn a_bomb_of_macros_is_refused() {
        let bomb: String = (0..60).map(|n| format!("#define A{} A{n} A{n}\n", n + 1)).collect();
        assert!(told(&format!("{bomb}A60")).contains("beyond all bounds"));
        let nested = format!("#define F(x) x x\n{}1{}", "F(".repeat(60), ")".repeat(60));
        assert!(told(&nested).contains("bounds") || told(&nested).contains("deep"));
    }
}
