//! Tunes of Strudel as Lua: the JavaScript that they are written in is read, never run.
//!
//! [`translate`] keeps the lines and comments of a tune. What has no counterpart becomes a comment in its line, and is listed.
//!
//! | JavaScript | Lua |
//! |---|---|
//! | `$: s("bd*2").fast(2)` | `d1(s("bd*2"):fast(2))` |
//! | `drums: …`, `_$: …` | `p("drums", …)`; what is muted becomes a comment |
//! | `x.add.squeeze("0 2")` | `x:addSqueeze("0 2")` |
//! | `"0 2".add(1)` | `mini("0 2"):add(1)` |
//! | `x => x.rev()` | `function(x) return x:rev() end` |
//! | `[1, 2]`, `{a: 1}` | `{1, 2}`, `{a = 1}` |
//! | `samples({bd: "a.wav"})` | `sampler("samples", {samples = {bd = "a.wav"}, …})`; files on the network become a comment |
//! | `register("f", (a, x) => …)` | `local f = function(a, x) … end`, and `f(1, x)` for `x.f(1)` |
//! | `all(f)` | each pattern goes through it |

mod expression;
mod sounds;
mod statement;
mod text;

use tree_sitter::{Node, Parser};

use crate::pattern::cycle::registry::find;

/// Longest tune, in bytes.
pub const MAX_LENGTH: usize = 1 << 18;
/// How deep expressions may nest.
const MAX_DEPTH: usize = 200;
/// Enough stack for those.
const STACK: usize = 16 << 20;

/// A tune in Lua.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The script.
    pub lua: String,
    /// What has no counterpart, in the order of the tune.
    pub marks: Vec<Mark>,
    /// How many statements can't be read as JavaScript.
    pub unread: usize,
}

/// Something that has no counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line of the tune, counted from 1.
    pub line: usize,
    /// What it is and what became of it.
    pub text: String,
}

/// Translates a tune.
///
/// # Errors
/// Where the text is too long, or nests too deep.
///
/// # Examples
/// ```
/// use videotracker_engine::translate::translate;
/// let tune = translate("$: s(\"bd*2\").every(4, x => x.fast(2))")?;
/// assert_eq!(tune.lua, "d1(s(\"bd*2\"):every(4, function(x) return x:fast(2) end))");
/// # Ok::<(), String>(())
/// ```
pub fn translate(javascript: &str) -> Result<Translation, String> {
    if javascript.len() > MAX_LENGTH {
        return Err(format!("the tune is longer than {} KiB; translate it in parts", MAX_LENGTH >> 10));
    }
    // Hosts call with little stack, and expressions nest.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().name("translate".to_owned()).stack_size(STACK);
        let reading = reader.spawn_scoped(scope, || read(javascript)).map_err(|why| format!("the tune can't be read: {why}"))?;
        reading.join().unwrap_or_else(|_| Err("the tune can't be read".to_owned()))
    })
}

fn read(javascript: &str) -> Result<Translation, String> {
    let tree = parse(javascript)?;
    let mut writer = Writer { source: javascript, ..Writer::default() };
    writer.program(tree.root_node())?;
    writer.marks.sort_by_key(|mark| mark.line);
    Ok(Translation { lua: writer.out, marks: writer.marks, unread: writer.unread })
}

/// Whether a text is a tune of Strudel's, and no Lua: it can be read as JavaScript, and calls words of the language with a point, gives
/// patterns a `$:`, writes functions with an arrow, declares with `const` or `let`, or awaits.
#[must_use]
pub fn is_tune(text: &str) -> bool {
    // Lua calls methods with a colon, and its comments begin with two hyphens.
    let may_be = text.len() <= MAX_LENGTH && ["$:", "=>", ").", "const ", "let ", "await "].iter().any(|sign| text.contains(sign));
    may_be && parse(text).is_ok_and(|tree| !tree.root_node().has_error() && is_telling(tree.root_node(), text, 0))
}

fn is_telling(node: Node<'_>, text: &str, depth: usize) -> bool {
    let word = |node: Node<'_>| text.get(node.byte_range()).unwrap_or("");
    let tells = match node.kind() {
        "arrow_function" | "lexical_declaration" | "await_expression" => true,
        "labeled_statement" => node.child_by_field_name("label").is_some_and(|label| word(label).ends_with('$')),
        "call_expression" => node.child_by_field_name("function").is_some_and(|called| {
            let part = |name: &str| called.child_by_field_name(name);
            called.kind() == "member_expression"
                && part("object").is_some_and(|object| matches!(object.kind(), "call_expression" | "string" | "template_string"))
                && part("property").is_some_and(|property| find(word(property)).is_some())
        }),
        _ => false,
    };
    let mut cursor = node.walk();
    tells || depth < MAX_DEPTH && node.children(&mut cursor).any(|child| is_telling(child, text, depth + 1))
}

fn parse(text: &str) -> Result<tree_sitter::Tree, String> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_javascript::LANGUAGE.into()).map_err(|why| why.to_string())?;
    let tree = parser.parse(text, None).ok_or_else(|| "the tune can't be read".to_owned())?;
    match first_below(&tree, MAX_TREE) {
        None => Ok(tree),
        Some(line) => Err(format!("line {line}: what stands there is nested too deep")),
    }
}

/// How deep a tune's tree may be: some levels for each bracket.
const MAX_TREE: u32 = 2_000;

/// The line of the first node of a tree that is deeper than so many levels.
fn first_below(tree: &tree_sitter::Tree, levels: u32) -> Option<usize> {
    let mut cursor = tree.walk();
    loop {
        if cursor.depth() > levels {
            return Some(cursor.node().start_position().row + 1);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

/// Writes the Lua of a tree.
#[derive(Default)]
struct Writer<'s> {
    source: &'s str,
    out: String,
    marks: Vec<Mark>,
    unread: usize,
    /// Patterns without a name so far.
    players: usize,
    /// Whether anything of the tune plays.
    plays: bool,
    /// Samplers so far.
    samplers: usize,
    /// Names that the tune declares.
    locals: Vec<&'s str>,
    /// Those among them that hold lists.
    lists: Vec<&'s str>,
    /// Words that the tune registers, with the number of their arguments.
    registered: Vec<(&'s str, usize)>,
    /// Functions that every pattern goes through, and how many of them have a name so far.
    all: Vec<Node<'s>>,
    named: usize,
    /// Whether some patterns play alone, so that the others are silent.
    alone: bool,
    /// Whether lists are gone through.
    maps: bool,
    /// Whether lists are joined.
    joins: bool,
    /// Stretches for which silence stands so far.
    asides: usize,
    depth: usize,
}

impl<'s> Writer<'s> {
    fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    fn mark(&mut self, node: Node<'_>, text: impl Into<String>) {
        self.marks.push(Mark { line: node.start_position().row + 1, text: text.into() });
    }

    /// Writes white space and comments between two places of the tune; marks such as commas are left out.
    fn gap(&mut self, from: usize, to: usize) {
        let gap = self.source.get(from..to).unwrap_or("");
        let written = text::gap(gap);
        self.out.push_str(&written);
    }

    /// Writes what lies between two places, where that is a comment or another line; else `plain`.
    fn gap_or(&mut self, from: usize, to: usize, plain: &str) {
        let written = text::gap(self.source.get(from..to).unwrap_or(""));
        self.out.push_str(if written.trim_matches(' ').is_empty() { plain } else { &written });
    }

    /// Writes a stretch of the tune as a comment within a line.
    fn set_aside(&mut self, node: Node<'_>, from: usize) {
        let text = self.source.get(from..node.end_byte()).unwrap_or("").trim();
        self.out.push_str(&text::aside(text));
    }
}

#[cfg(test)]
mod tests;
