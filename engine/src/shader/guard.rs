//! What keeps a shader from a stranger from taking the program along: bounds on its text, on its loops, and a wall around
//! the compiler.

use naga::{
    AddressSpace, BinaryOperator, Block, Expression, Function, GlobalVariable, Handle, Literal, Module, Scalar, Span, Statement, Type,
    TypeInner,
};

use super::{Complaint, MAX_SOURCE};

/// Turns all loops of one pixel may take together. A ray marcher takes some hundreds; what takes more goes on with what it
/// has by then.
pub const LOOP_TURNS: u32 = 1 << 16;
/// Deepest nesting of brackets and statements; the compilers recurse, the graphics driver's on the renderer's thread.
const MAX_NESTING: usize = 128;
/// Longest expression, in words and signs.
const MAX_EXPRESSION: usize = 4096;
/// Stack of the thread that compiles; reserved, not used.
const STACK: usize = 256 << 20;

/// Refuses a text that the compilers should not see.
pub(super) fn check_text(source: &str) -> Result<(), Complaint> {
    if source.len() > MAX_SOURCE {
        return Err(Complaint::new(format!("it has {} bytes; a shader has at most {MAX_SOURCE}", source.len())));
    }
    if let Some(at) = source.find('\0') {
        let line = u32::try_from(source[..at].matches('\n').count()).unwrap_or(0) + 1;
        return Err(Complaint::at(line, 1, "it holds a zero byte; save it as text"));
    }
    check_shape(source)
}

/// Refuses what makes compilers recurse deeply: nested brackets, chains of `else if` and of statements without braces, long
/// runs of signs, expressions without end.
pub(super) fn check_shape(source: &str) -> Result<(), Complaint> {
    let mut shape = Shape { line: 1, chains: vec![0], signs: 0, length: 0, ended: true };
    let bytes = source.as_bytes();
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let begin = index;
        index += 1;
        if byte.is_ascii_alphanumeric() || *byte == b'_' {
            while bytes.get(index).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
                index += 1;
            }
            shape.word(&source[begin..index]);
        } else {
            shape.sign(*byte);
        }
        let (line, deep) = (shape.line, shape.chains.len() - 1 + shape.chains.iter().sum::<usize>());
        let why = match () {
            () if deep > MAX_NESTING => "brackets or statements are nested",
            () if shape.signs > MAX_NESTING => "signs stand in a row",
            () if shape.length > MAX_EXPRESSION => "an expression goes on",
            () => continue,
        };
        return Err(Complaint::at(line, 1, format!("{why} without end; write it flatter and shorter")));
    }
    Ok(())
}

/// How deep a compiler stands in a text, roughly and rather too deep than not deep enough.
struct Shape {
    line: u32,
    /// For each open bracket, and outside of all: statements that hang on each other.
    chains: Vec<usize>,
    /// Prefix operators in a row.
    signs: usize,
    /// Words and signs since the last separator.
    length: usize,
    /// Whether a statement ended just before.
    ended: bool,
}

impl Shape {
    fn word(&mut self, word: &str) {
        let hangs = matches!(word, "if" | "else" | "for" | "while" | "do" | "switch" | "loop");
        if let Some(chain) = self.chains.last_mut() {
            if self.ended && word != "else" {
                *chain = 0;
            }
            *chain += usize::from(hangs);
        }
        (self.ended, self.signs) = (false, 0);
        self.length += 1;
    }

    fn sign(&mut self, byte: u8) {
        match byte {
            b'\n' => self.line += 1,
            b' ' | b'\t' | b'\r' => {}
            b'(' | b'[' | b'{' => {
                self.chains.push(0);
                (self.signs, self.ended) = (0, byte == b'{');
                self.length = if byte == b'{' { 0 } else { self.length + 1 };
            }
            b')' | b']' | b'}' => {
                if self.chains.len() > 1 {
                    self.chains.pop();
                }
                (self.signs, self.ended) = (0, byte == b'}');
            }
            b';' | b',' => (self.signs, self.length, self.ended) = (0, 0, byte == b';'),
            _ => {
                self.signs += usize::from(matches!(byte, b'-' | b'!' | b'~' | b'+' | b'&' | b'*' | b'<'));
                self.length += 1;
            }
        }
    }
}

/// Runs a compiler on a thread with a deep stack, and turns its panics into complaints.
pub(super) fn contained<T: Send>(work: impl FnOnce() -> Result<T, Complaint> + Send) -> Result<T, Complaint> {
    let failed = || Complaint::new("the shader compiler failed on it, which is the compiler's error; try to write it otherwise");
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new()
            .name("shader".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)));
        match spawned {
            Ok(thread) => thread.join().map_or_else(|_| Err(failed()), |caught| caught.unwrap_or_else(|_| Err(failed()))),
            Err(why) => Err(Complaint::new(format!("no thread can be started for it ({why}); close other programs"))),
        }
    })
}

/// Gives every loop of a module a share in [`LOOP_TURNS`]: a loop that finds none left ends.
pub(super) fn bound_loops(module: &mut Module) {
    let ty = module.types.insert(Type { name: None, inner: TypeInner::Scalar(Scalar::U32) }, Span::UNDEFINED);
    let init = module.global_expressions.append(Expression::Literal(Literal::U32(LOOP_TURNS)), Span::UNDEFINED);
    let turns = GlobalVariable {
        name: Some("vt_turns".to_owned()),
        space: AddressSpace::Private,
        binding: None,
        ty,
        init: Some(init),
        memory_decorations: naga::MemoryDecorations::empty(),
    };
    let turns = module.global_variables.append(turns, Span::UNDEFINED);
    let entries = module.entry_points.iter_mut().map(|entry| &mut entry.function);
    for function in module.functions.iter_mut().map(|(_, function)| function).chain(entries) {
        let mut body = std::mem::take(&mut function.body);
        bound_block(function, &mut body, turns);
        function.body = body;
    }
}

fn bound_block(function: &mut Function, block: &mut Block, turns: Handle<GlobalVariable>) {
    for (statement, _) in block.span_iter_mut() {
        match statement {
            Statement::Block(inner) => bound_block(function, inner, turns),
            Statement::If { accept, reject, .. } => {
                bound_block(function, accept, turns);
                bound_block(function, reject, turns);
            }
            Statement::Switch { cases, .. } => cases.iter_mut().for_each(|case| bound_block(function, &mut case.body, turns)),
            Statement::Loop { body, continuing, .. } => {
                bound_block(function, body, turns);
                bound_block(function, continuing, turns);
                let mut bounded = one_turn(function, turns);
                bounded.append(body);
                *body = bounded;
            }
            _ => {}
        }
    }
}

/// `if turns == 0 { break; } turns = turns - 1;`
fn one_turn(function: &mut Function, turns: Handle<GlobalVariable>) -> Block {
    let span = Span::UNDEFINED;
    let all = &mut function.expressions;
    // Pointers and literals need no place of evaluation; the others lie side by side, so that one emission covers them.
    let pointer = all.append(Expression::GlobalVariable(turns), span);
    let zero = all.append(Expression::Literal(Literal::U32(0)), span);
    let one = all.append(Expression::Literal(Literal::U32(1)), span);
    let left = all.append(Expression::Load { pointer }, span);
    let none = all.append(Expression::Binary { op: BinaryOperator::Equal, left, right: zero }, span);
    let fewer = all.append(Expression::Binary { op: BinaryOperator::Subtract, left, right: one }, span);
    let mut block = Block::new();
    block.push(Statement::Emit(naga::Range::new_from_bounds(left, fewer)), span);
    block.push(Statement::If { condition: none, accept: Block::from_vec(vec![Statement::Break]), reject: Block::new() }, span);
    block.push(Statement::Store { pointer, value: fewer }, span);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_behind_the_wall_is_a_complaint() {
        let caught = contained::<()>(|| panic!("a compiler's error"));
        assert!(caught.is_err());
    }

    #[test]
    fn deep_and_long_texts_are_refused_before_a_compiler_sees_them() {
        let deep = format!("fn color() {}", "(".repeat(500));
        let signs = format!("a = {}1;", "- ".repeat(500));
        let chain = format!("a;\n{}", "if (a) { b; } else ".repeat(500));
        let hanging = format!("a;\n{} b;", "for (;;)".repeat(500));
        let long = format!("\na = {}1;", "1 + ".repeat(5000));
        for (text, line) in [
            (deep.as_str(), Some(1)),
            (&signs, Some(1)),
            (&chain, Some(2)),
            (&hanging, Some(2)),
            (&long, Some(2)),
            ("a\n\0", Some(2)),
            (&" ".repeat(MAX_SOURCE + 1), None),
        ] {
            assert_eq!(check_text(text).expect_err("refused").line, line);
        }
        let flat = "if (a) { b; } else if (c) { d; }\nfor (;;) e(1, 2);\n".repeat(500);
        assert_eq!(check_text(&flat), Ok(()));
    }
}
