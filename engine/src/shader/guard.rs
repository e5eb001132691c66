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
/// Deepest nesting of brackets; the compilers recurse.
const MAX_NESTING: usize = 128;
/// Stack of the thread that compiles.
const STACK: usize = 64 << 20;

/// Refuses a text that the compilers should not see.
pub(super) fn check_text(source: &str) -> Result<(), Complaint> {
    if source.len() > MAX_SOURCE {
        return Err(Complaint::new(format!("it has {} bytes; a shader has at most {MAX_SOURCE}", source.len())));
    }
    let (mut depth, mut line) = (0_usize, 1);
    for byte in source.bytes() {
        match byte {
            b'\n' => line += 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            0 => return Err(Complaint::at(line, 1, "it holds a zero byte; save it as text")),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(Complaint::at(line, 1, format!("brackets are nested deeper than {MAX_NESTING}; write it flatter")));
        }
    }
    // Operators without brackets make the compilers recurse as well.
    if let Some((line, _)) = (1..).zip(source.lines()).find(|(_, text)| unary_run(text) > MAX_NESTING) {
        return Err(Complaint::at(line, 1, format!("more than {MAX_NESTING} signs stand in a row; write fewer")));
    }
    Ok(())
}

/// The longest run of prefix operators, spaces aside.
fn unary_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'-' | b'!' | b'~' | b'+' | b'&' | b'*' | b'<' => run += 1,
            b' ' | b'\t' => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

/// Runs a compiler on a thread with a deep stack, and turns its panics into complaints.
pub(super) fn contained<T: Send>(work: impl FnOnce() -> Result<T, Complaint> + Send) -> Result<T, Complaint> {
    let failed = || Complaint::new("the shader compiler failed on it, which is the compiler's error; try to write it otherwise");
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new()
            .name("shader".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))));
        match spawned {
            Ok(thread) => thread.join().map_or_else(|_| Err(failed()), |caught| caught.unwrap_or_else(|_| Err(failed()))),
            Err(why) => Err(Complaint::new(format!("no thread can be started for it ({why}); close other programs"))),
        }
    })
}

/// A contained panic is answered with a complaint; the process's hook still hears of it, as of any other.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    work()
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
        for (text, line) in [(deep.as_str(), Some(1)), (&signs, Some(1)), ("a\n\0", Some(2)), (&" ".repeat(MAX_SOURCE + 1), None)] {
            assert_eq!(check_text(text).expect_err("refused").line, line);
        }
        assert_eq!(check_text("fn f() { return ((1)); }"), Ok(()));
    }
}
