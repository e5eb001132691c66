//! The text of a function that a script hands over, so that it can be kept and called without the script.
//!
//! Luau says only in which line a function begins. Where several functions begin there and it can't be told which of them it is, or where a
//! function uses what stands outside of its text, it is refused.

use std::{cell::Cell, collections::HashSet, ops::Range};

use super::lua::{Kind, Token, tokens};

/// Why a function can't be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unkept {
    /// None begins in that line.
    NotFound,
    /// Several begin there.
    Several,
    /// It uses a name that stands outside of it.
    Outside(String),
}

impl Unkept {
    /// What is said about a function given to `call`.
    pub fn text(&self, call: &str) -> String {
        match self {
            Self::NotFound => format!("{call}: its function is not written in this script; write function(v) return … end in the call"),
            Self::Several => format!(
                "{call}: several functions begin in the line of its function, and Lua does not say which of them it is; write each in a line of its own"
            ),
            Self::Outside(name) => format!(
                "{call}: its function uses {name}, which stands outside of it; a function that is called while the pattern plays knows only \
                 what is written in it, the pattern language, Lua's own functions, getParam and getMacro"
            ),
        }
    }
}

/// What Lua says of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The line it begins in, counted from 1.
    pub line: usize,
    /// How many arguments it names.
    pub arguments: usize,
    /// Whether it takes further ones.
    pub open: bool,
    /// How many variables around it it uses.
    pub upvalues: usize,
}

/// The text of a function that was given to the method or function `call`. `is_word` says what is a word of the pattern language, `is_known`
/// which names mean the same wherever a function runs.
///
/// # Errors
/// Where it can't be told, or the function needs more than its text.
pub(super) fn text_of(
    source: &str,
    shape: Shape,
    call: &str,
    is_word: &dyn Fn(&str) -> bool,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<String, Unkept> {
    let all: Vec<Token> = tokens(source).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let starts = line_range(source, shape.line).ok_or(Unkept::NotFound)?;
    let declared = Declared::of(source, &all);
    // Luau puts the value of a local that never changes in its place, so that it is no variable around the function any more.
    let is_known = &|name: &str| is_known(name) && !declared.locals.contains(name);
    let is_word = |name: &str| is_word(name) && !declared.names.contains(name);
    let (mut found, mut own): (Option<Function>, Range<usize>) = (None, 0..0);
    let left = Cell::new(MAX_WORK);
    for at in (0..all.len()).filter(|at| starts.contains(&all[*at].range.start) && &source[all[*at].range.clone()] == "function") {
        let Some(function) = (Reader { text: source, tokens: &all, is_known, left: &left }).function(at) else { continue };
        if (function.arguments, function.open) != (shape.arguments, shape.open) {
            continue;
        }
        // What is written within a function of this call exists only once that is called.
        if own.contains(&at) {
            continue;
        }
        // Combinators do not hand on what they are given, so that a function of another one is not meant.
        match taker(source, &all, at, &left) {
            Some(taker) if taker == call && is_word(taker) => own = at..function.behind,
            Some(taker) if is_word(taker) => continue,
            _ => {}
        }
        match &found {
            Some(other) if other.text != function.text => return Err(Unkept::Several),
            _ => found = Some(function),
        }
    }
    if left.get() == 0 {
        return Err(Unkept::Several);
    }
    let found = found.ok_or(Unkept::NotFound)?;
    match found.outside {
        Some(name) => Err(Unkept::Outside(name)),
        None if shape.upvalues > 0 => {
            Err(Unkept::Outside("a variable of the script that is called like a word of the language".to_owned()))
        }
        None => Ok(found.text),
    }
}

/// Where a line lies in a text, in bytes.
fn line_range(source: &str, line: usize) -> Option<Range<usize>> {
    let mut start = 0;
    for (number, text) in source.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            return Some(start..start + text.len());
        }
        start += text.len();
    }
    None
}

/// The names that a script gives to things.
struct Declared<'t> {
    /// Those of its locals.
    locals: HashSet<&'t str>,
    /// These, and those of globals, functions and fields.
    names: HashSet<&'t str>,
}

impl<'t> Declared<'t> {
    fn of(text: &'t str, tokens: &[Token]) -> Self {
        let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.range.clone()]);
        let (mut locals, mut names) = (HashSet::new(), HashSet::new());
        for at in 0..tokens.len() {
            match word(at) {
                "local" => {
                    let mut name = at + 1;
                    while tokens.get(name).is_some_and(|token| token.kind == Kind::Name) {
                        locals.insert(word(name));
                        // Past a type, or an attribute.
                        name = (name + 1..tokens.len())
                            .find(|at| matches!(word(*at), "," | "=") || tokens[*at].kind == Kind::Keyword)
                            .unwrap_or(tokens.len());
                        if word(name) != "," {
                            break;
                        }
                        name += 1;
                    }
                }
                "function" => {
                    names.extend((at + 1..tokens.len()).map(word).take_while(|word| *word != "("));
                }
                "=" if at > 0 && tokens[at - 1].kind == Kind::Name => {
                    names.insert(word(at - 1));
                }
                _ => {}
            }
        }
        names.extend(&locals);
        Self { locals, names }
    }
}

/// Most words that are gone through in search of a function, again and again where functions stand within each other or in one line.
const MAX_WORK: u32 = 1 << 20;

/// Takes one from what is left, where something is.
fn take(left: &Cell<u32>) -> Option<()> {
    left.set(left.get().checked_sub(1)?);
    Some(())
}

/// The method or word of the language that the function which begins at a token is a direct argument of.
fn taker<'t>(text: &'t str, tokens: &[Token], at: usize, left: &Cell<u32>) -> Option<&'t str> {
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.range.clone()]);
    let (mut at, mut depth) = (at.checked_sub(1)?, 0_usize);
    if !matches!(word(at), "(" | ",") {
        return None;
    }
    loop {
        match word(at) {
            ")" | "]" | "}" => depth += 1,
            "(" if depth == 0 => break,
            "[" | "{" if depth == 0 => return None,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        take(left)?;
        at = at.checked_sub(1)?;
    }
    let name = at.checked_sub(1)?;
    // A field of a table may be any function.
    (tokens[name].kind == Kind::Name && (name == 0 || word(name - 1) != ".")).then(|| word(name))
}

struct Function {
    /// From its word to its end, without a name.
    text: String,
    arguments: usize,
    open: bool,
    /// The token behind it.
    behind: usize,
    /// The first name that it uses and that stands outside of it.
    outside: Option<String>,
}

/// What a stretch of Lua between two words is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Function,
    /// Statements, up to their `end`, `else` or `until`.
    Statements,
    /// A loop up to its `do`.
    LoopHead,
    /// An `if` that is a statement, around the statements of its branches.
    If,
    /// An `if` that is an expression.
    IfExpression,
}

struct Block<'t> {
    holds: Holds,
    names: Vec<&'t str>,
    /// Names that count from the next statement on, or from the loop's `do`.
    coming: Vec<&'t str>,
    /// How many brackets are open around it.
    brackets: usize,
}

/// The head of a function.
struct Head<'t> {
    /// The token of its opening bracket.
    bracket: usize,
    /// Its arguments.
    names: Vec<&'t str>,
    /// Whether it takes further ones.
    is_open: bool,
    /// The token behind it.
    behind: usize,
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    is_known: &'t dyn Fn(&str) -> bool,
    /// How many words may still be gone through.
    left: &'t Cell<u32>,
}

impl<'t> Reader<'t> {
    fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Name)
    }

    /// Whether two marks stand there without white space between them.
    fn is_double(&self, at: usize, mark: &str) -> bool {
        self.word(at) == mark && self.word(at + 1) == mark && self.tokens[at].range.end == self.tokens[at + 1].range.start
    }

    /// Whether the name at a token is a field, a method, a type or the key of a table, and no variable.
    fn is_field(&self, at: usize, in_table: bool) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let joins = self.word(before) == "." && before.checked_sub(1).is_some_and(|first| self.is_double(first, "."));
        let key = in_table && matches!(self.word(before), "{" | "," | ";") && self.word(at + 1) == "=" && !self.is_double(at + 1, "=");
        matches!(self.word(before), "." | ":") && !joins || key
    }

    /// The token behind a type that follows a `:`.
    fn behind_type(&self, mut at: usize) -> usize {
        let mut depth = 0_usize;
        while at < self.tokens.len() {
            match self.word(at) {
                "(" | "{" | "[" | "<" => depth += 1,
                ")" | "," | "=" if depth == 0 => break,
                ")" | "}" | "]" | ">" => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// Names between commas, with their types; and the token behind them.
    fn names(&self, mut at: usize) -> (Vec<&'t str>, usize) {
        let mut names = Vec::new();
        while self.is_name(at) {
            names.push(self.word(at));
            at += 1;
            if self.word(at) == ":" {
                at = self.behind_type(at + 1);
            }
            if self.word(at) != "," {
                break;
            }
            at += 1;
        }
        (names, at)
    }

    /// Reads the head of a function from its word on.
    fn head(&self, at: usize) -> Option<Head<'t>> {
        let open = (at + 1..self.tokens.len()).find(|at| self.word(*at) == "(")?;
        let (names, mut behind) = self.names(open + 1);
        let is_open = self.word(behind) == ".";
        while self.word(behind) == "." {
            behind += 1;
        }
        if self.word(behind) == ":" {
            behind = self.behind_type(behind + 1);
        }
        if self.word(behind) != ")" {
            return None;
        }
        behind += 1;
        // What it returns, as a type of one word.
        if self.word(behind) == ":" && self.is_name(behind + 1) {
            behind += 2 + usize::from(self.word(behind + 2) == "?");
        }
        Some(Head { bracket: open, names, is_open, behind })
    }

    /// The function whose word stands at a token.
    fn function(&self, start: usize) -> Option<Function> {
        let Head { bracket, names, is_open, behind: mut at } = self.head(start)?;
        let arguments = names.len();
        let mut walk = Walk { of: self, blocks: Vec::new(), brackets: Vec::new(), wants: false, outside: None };
        walk.open(Holds::Function, names);
        while !walk.blocks.is_empty() {
            if at >= self.tokens.len() {
                return None;
            }
            take(self.left)?;
            at = walk.step(at)?;
        }
        let end = self.tokens[at - 1].range.end;
        let text = format!("function{}", &self.text[self.tokens[bracket].range.start..end]);
        Some(Function { text, arguments, open: is_open, behind: at, outside: walk.outside })
    }
}

/// Goes through the words of a function.
struct Walk<'r, 't> {
    of: &'r Reader<'t>,
    blocks: Vec<Block<'t>>,
    brackets: Vec<&'t str>,
    /// Whether an expression has to come next.
    wants: bool,
    outside: Option<String>,
}

impl<'t> Walk<'_, 't> {
    fn open(&mut self, holds: Holds, names: Vec<&'t str>) {
        self.blocks.push(Block { holds, names, coming: Vec::new(), brackets: self.brackets.len() });
    }

    fn holds(&self) -> Option<Holds> {
        self.blocks.last().map(|block| block.holds)
    }

    fn declare(&mut self, names: Vec<&'t str>) {
        if let Some(block) = self.blocks.last_mut() {
            block.names.extend(names);
        }
    }

    fn uses(&mut self, name: &str) {
        let is_own = self.blocks.iter().any(|block| block.names.contains(&name));
        if self.outside.is_none() && !is_own && !(self.of.is_known)(name) {
            self.outside = Some(name.to_owned());
        }
    }

    /// Names of a `local` count once its statement is over.
    fn begin_statement(&mut self) {
        let brackets = self.brackets.len();
        if let Some(block) = self.blocks.last_mut().filter(|block| block.brackets == brackets && block.holds != Holds::LoopHead) {
            let coming = std::mem::take(&mut block.coming);
            block.names.extend(coming);
        }
    }

    /// Takes the word at a token, and says which comes next; none where this is no Lua.
    fn step(&mut self, at: usize) -> Option<usize> {
        let (kind, word) = (self.of.tokens.get(at)?.kind, self.of.word(at));
        match kind {
            Kind::Keyword => return self.keyword(at, word),
            Kind::Name => {
                let in_table =
                    self.brackets.last() == Some(&"{") && self.blocks.last().is_some_and(|block| block.brackets < self.brackets.len());
                let is_field = self.of.is_field(at, in_table);
                if !self.wants && !is_field {
                    self.begin_statement();
                }
                if !is_field {
                    self.uses(word);
                }
                self.wants = false;
            }
            Kind::Mark => match word {
                "(" | "[" | "{" => {
                    self.brackets.push(word);
                    self.wants = true;
                }
                ")" | "]" | "}" => {
                    self.brackets.pop()?;
                    self.wants = false;
                }
                ";" => {
                    self.begin_statement();
                    self.wants = false;
                }
                _ => self.wants = true,
            },
            Kind::Text(_) => {
                // Texts in backquotes hold expressions.
                if word.starts_with('`') && word.contains('{') {
                    self.uses("a text in backquotes with {…}");
                }
                self.wants = false;
            }
            Kind::Number | Kind::Comment => self.wants = false,
        }
        Some(at + 1)
    }

    fn keyword(&mut self, at: usize, word: &'t str) -> Option<usize> {
        let begins = matches!(
            word,
            "local"
                | "if"
                | "for"
                | "while"
                | "repeat"
                | "return"
                | "function"
                | "break"
                | "continue"
                | "end"
                | "else"
                | "elseif"
                | "until"
        );
        if begins && !self.wants {
            self.begin_statement();
        }
        let wanted = std::mem::replace(&mut self.wants, false);
        match word {
            "function" => return self.inner_function(at, wanted),
            "local" if self.of.word(at + 1) != "function" => {
                let (names, behind) = self.of.names(at + 1);
                if self.of.word(behind) != "=" {
                    self.declare(names);
                    return Some(behind);
                }
                self.blocks.last_mut()?.coming.extend(names);
                self.wants = true;
                return Some(behind + 1);
            }
            "for" => {
                let (names, behind) = self.of.names(at + 1);
                self.open(Holds::LoopHead, Vec::new());
                self.blocks.last_mut()?.coming = names;
                self.wants = true;
                return Some(behind + 1);
            }
            "while" => {
                self.open(Holds::LoopHead, Vec::new());
                self.wants = true;
            }
            "do" if self.holds() == Some(Holds::LoopHead) => {
                let names = self.blocks.pop()?.coming;
                self.open(Holds::Statements, names);
            }
            "do" | "repeat" => self.open(Holds::Statements, Vec::new()),
            "until" => {
                self.blocks.pop()?;
                self.wants = true;
            }
            "if" => {
                self.open(if wanted { Holds::IfExpression } else { Holds::If }, Vec::new());
                self.wants = true;
            }
            "then" if self.holds() == Some(Holds::If) => self.open(Holds::Statements, Vec::new()),
            "elseif" | "else" if self.holds() == Some(Holds::Statements) => {
                self.blocks.pop()?;
                match word {
                    "else" => self.open(Holds::Statements, Vec::new()),
                    _ => self.wants = true,
                }
            }
            "else" => {
                self.blocks.pop()?;
                self.wants = true;
            }
            "end" => {
                let ended = self.blocks.pop()?.holds;
                if ended == Holds::Statements && self.holds() == Some(Holds::If) {
                    self.blocks.pop();
                }
            }
            "then" | "elseif" | "return" | "and" | "or" | "not" | "in" => self.wants = true,
            _ => {}
        }
        Some(at + 1)
    }

    /// A function within the function.
    fn inner_function(&mut self, at: usize, wanted: bool) -> Option<usize> {
        let Head { names, behind, .. } = self.of.head(at)?;
        if !wanted && self.of.is_name(at + 1) {
            let name = self.of.word(at + 1);
            if at > 0 && self.of.word(at - 1) == "local" { self.declare(vec![name]) } else { self.uses(name) }
        }
        self.open(Holds::Function, names);
        Some(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(source: &str, shape: Shape) -> Result<String, Unkept> {
        let words = ["filter", "every", "fmap", "signal"];
        text_of(source, shape, "filter", &|word| words.contains(&word), &|name| ["math", "n", "print", "cycle"].contains(&name))
    }

    fn read(source: &str, line: usize) -> Result<String, Unkept> {
        read_as(source, Shape { line, arguments: 1, ..Shape::default() })
    }

    #[test]
    fn a_function_is_found_by_its_line_and_kept_without_its_name() {
        for (source, line, wanted) in [
            ("x:filter(function(h) return h.value > 1 end)", 1, "function(h) return h.value > 1 end"),
            ("local function odd(v)\n  return v % 2\nend\nx:filter(odd)", 1, "function(v)\n  return v % 2\nend"),
            ("-- function(a)\nlocal s = \"function(b) end\"; local f = function(c) return c end", 2, "function(c) return c end"),
            ("x:every(2, function(x) return x:filter(function(h) return true end) end)", 1, "function(h) return true end"),
            ("x:filter(function(h) return 1 end):filter(function(h) return 1 end)", 1, "function(h) return 1 end"),
            ("x:filter(function(h: {n: number}): boolean return h == 1 end)", 1, "function(h: {n: number}): boolean return h == 1 end"),
            ("signal(function(t) return t end):filter(function(h) return 2 end)", 1, "function(h) return 2 end"),
            (
                "x:filter(function(h) local f = function(v) return v end return f(h) end)",
                1,
                "function(h) local f = function(v) return v end return f(h) end",
            ),
            ("x:filter(function(h, k) return 1 end):filter(function(h) return 2 end)", 1, "function(h) return 2 end"),
        ] {
            assert_eq!(read(source, line).as_deref(), Ok(wanted), "{source}");
        }
    }

    #[test]
    fn where_it_is_unclear_which_function_is_meant_it_is_refused() {
        for source in [
            "x:filter(function(h) return 1 end):filter(function(h) return 2 end)",
            "local f = function(h) return 1 end x:filter(f):filter(function(h) return 2 end)",
            "local function signal(f) x:filter(f) end signal(function(t) return 1 end) x:filter(function(h) return 2 end)",
            "t.every(function(f) return 1 end) x:filter(function(h) return 2 end)",
        ] {
            assert_eq!(read(source, 1), Err(Unkept::Several), "{source}");
        }
        assert_eq!(read("x:filter(math.abs)", 1), Err(Unkept::NotFound));
        assert_eq!(read("x", 7), Err(Unkept::NotFound));
        // A local of the script in the place of a word.
        let shadowed = read_as("x:filter(function(h) return n end)", Shape { line: 1, arguments: 1, upvalues: 1, ..Shape::default() });
        assert!(matches!(shadowed, Err(Unkept::Outside(_))));
        assert_eq!(read("local a, n = 1, 2 x:filter(function(h) return n end)", 1), Err(Unkept::Outside("n".to_owned())));
    }

    #[test]
    fn names_that_stand_outside_are_found_and_no_others() {
        for (body, wanted) in [
            ("return h.value.k + k", Some("k")),
            ("local a, b = h, 2 return a + b", None),
            ("local a = a return a", Some("a")),
            ("local a = h; local b = a return b", None),
            ("local k = k * 2 return k", Some("k")),
            ("for i = 1, 4 do h = h + i end return h", None),
            ("for i, v in t do h = v end return i", Some("t")),
            ("for i = 1, i do end", Some("i")),
            ("do local z = 1 end return z", Some("z")),
            ("if h then local z = 1 elseif h.x then h = 2 else h = 3 end return h", None),
            ("local z = if h then 1 else 2 return z", None),
            ("local z = if h then if h then 1 else 2 elseif h then 3 else 4 return math.floor(z)", None),
            ("while h do h = nil end repeat local q = 1 until h return h", None),
            ("local t = {n = 1, [h] = 2, h; k} return t", Some("k")),
            ("local t = {f = function(a) return a end} return t.f(h):g()", None),
            ("return h..k", Some("k")),
            ("return h .. 'k' .. [[k]] -- k", None),
            ("local function go(i) return i > 0 and go(i - 1) or i end return go(h)", None),
            ("function go(i) end", Some("go")),
            ("return n(h):fast(fast)", Some("fast")),
            ("return `{h}`", Some("a text in backquotes with {…}")),
            ("local f = function() local inner = h return inner end return f", None),
            ("local x = (function() return x end)() return x", Some("x")),
            ("count = cycle", Some("count")),
            ("return h :: number", None),
        ] {
            let source = format!("x:filter(function(h)\n{body}\nend)");
            let found = read(&source, 1);
            match wanted {
                Some(name) => assert_eq!(found, Err(Unkept::Outside(name.to_owned())), "{body}"),
                None => assert!(found.is_ok_and(|text| text.ends_with("end")), "{body}"),
            }
        }
    }
}
