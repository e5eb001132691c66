//! What a shader makes a driver hold: the arrays and structures of one pixel, and its text once every call is replaced by the function's body.
//!
//! Drivers put all functions into one, so a function that is called twice has its variables twice, and chains of calls multiply.
//! Mesa's lavapipe keeps the arrays of eight pixels or more at once on the stack of each drawing thread, 8 MiB as a rule; cards
//! move them to video memory for each of some ten thousand pixels under way. WGSL promises a shader no more than 8 KiB for each
//! kind of variable ("Limits" in its specification).

use naga::{
    Expression, Function, Handle, Module, Span, Statement, Type, TypeInner,
    valid::{FunctionInfo, ModuleInfo},
};

/// Most bytes of arrays and structures that one pixel has, each counted as often as its function is called.
pub(super) const MOST_BYTES: u64 = 64 << 10;
/// Most operations of a shader in which every call is replaced by the function's body.
const MOST_OPERATIONS: u64 = 1 << 19;
/// Most elements of an array that has room in [`MOST_BYTES`]; one more is too much.
const MOST_ELEMENTS: u64 = MOST_BYTES / 4;

/// Why a shader is refused, and what in its text is the reason.
#[derive(Debug)]
pub(super) struct TooMuch {
    pub span: Span,
    pub text: String,
}

/// Refuses a valid module whose variables or calls take too much.
pub(super) fn check(module: &Module, info: &ModuleInfo) -> Result<(), TooMuch> {
    let types = sizes(module);
    let mut global = Sum::default();
    for (handle, variable) in module.global_variables.iter().filter(|(_, variable)| variable.binding.is_none()) {
        global.add(kept(module, &types, variable.ty), module.global_variables.get_span(handle), variable.name.as_deref());
    }
    global.bounded()?;
    // A function calls only functions before it.
    let mut functions: Vec<Sum> = Vec::with_capacity(module.functions.len());
    for (handle, function) in module.functions.iter() {
        let sum = Sum::of(function, &info[handle], module, &types, &functions);
        sum.bounded()?;
        functions.push(sum);
    }
    for (index, entry) in module.entry_points.iter().enumerate() {
        let mut sum = Sum::of(&entry.function, info.get_entry_point(index), module, &types, &functions);
        sum.take(&global);
        sum.bounded()?;
    }
    Ok(())
}

/// What a function and all that it calls take.
#[derive(Clone, Default)]
struct Sum {
    bytes: u64,
    operations: u64,
    /// The largest variable: its bytes, where it is declared, and what it is called.
    largest: (u64, Span, String),
}

impl Sum {
    fn of(function: &Function, info: &FunctionInfo, module: &Module, types: &[u64], callees: &[Self]) -> Self {
        let mut sum = Self::default();
        for (handle, variable) in function.local_variables.iter() {
            sum.add(kept(module, types, variable.ty), function.local_variables.get_span(handle), variable.name.as_deref());
        }
        let size = |handle: Handle<Expression>| match info[handle].ty.inner_with(&module.types) {
            inner @ (TypeInner::Array { .. } | TypeInner::Struct { .. }) => size_of(inner, module, types),
            _ => 0,
        };
        let mut spilled = std::collections::HashSet::new();
        for (handle, expression) in function.expressions.iter() {
            // A value of many parts is as many operations.
            sum.operations = sum.operations.saturating_add(1 + size(handle) / 16);
            if let Expression::Access { base, .. } = expression
                && spilled.insert(*base)
            {
                // A value that is indexed by a number that is not known has to lie in a variable; a pointer's target does.
                sum.add(size(*base), function.expressions.get_span(*base), None);
            }
        }
        calls(&function.body, &mut |callee| {
            if let Some(callee) = callees.get(callee.index()) {
                sum.take(callee);
            }
        });
        sum
    }

    fn add(&mut self, bytes: u64, span: Span, name: Option<&str>) {
        self.bytes = self.bytes.saturating_add(bytes);
        if bytes > self.largest.0 {
            self.largest = (bytes, span, name.unwrap_or("a value without a name").to_owned());
        }
    }

    fn take(&mut self, other: &Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.operations = self.operations.saturating_add(other.operations);
        if other.largest.0 > self.largest.0 {
            self.largest.clone_from(&other.largest);
        }
    }

    fn bounded(&self) -> Result<(), TooMuch> {
        let (bytes, span, name) = &self.largest;
        let text = if self.bytes > MOST_BYTES {
            let (held, most) = (amount(self.bytes), amount(MOST_BYTES));
            let largest = amount(*bytes);
            format!(
                "its variables take {held} for each pixel, each counted as often as its function is called; a shader has at most {most}. \
                 The largest is {name} ({largest}); make the array shorter, or read the values from a picture"
            )
        } else if self.operations > MOST_OPERATIONS {
            "its functions call each other so often that it grows too large when each call is replaced by the function; \
             call them in a loop, or call fewer"
                .to_owned()
        } else {
            return Ok(());
        };
        Err(TooMuch { span: *span, text })
    }
}

/// Bytes, as one says them.
fn amount(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KiB", bytes.div_ceil(1024)),
        0x10_0000..0x100_0000_0000 => format!("{} MiB", bytes.div_ceil(1 << 20)),
        _ => "more than a TiB".to_owned(),
    }
}

/// The bytes that a variable keeps in memory: numbers and vectors become values on the way.
fn kept(module: &Module, sizes: &[u64], ty: Handle<Type>) -> u64 {
    match module.types[ty].inner {
        TypeInner::Array { .. } | TypeInner::Struct { .. } => sizes.get(ty.index()).copied().unwrap_or(0),
        _ => 0,
    }
}

/// The bytes of each type, in the order of their handles: types name only types before them.
fn sizes(module: &Module) -> Vec<u64> {
    let mut sizes = Vec::with_capacity(module.types.len());
    for (_, ty) in module.types.iter() {
        let size = size_of(&ty.inner, module, &sizes);
        sizes.push(size);
    }
    sizes
}

fn size_of(inner: &TypeInner, module: &Module, sizes: &[u64]) -> u64 {
    let size = |ty: Handle<Type>| sizes.get(ty.index()).copied().unwrap_or(0);
    match inner {
        TypeInner::Array { base, size: naga::ArraySize::Constant(count), stride } => {
            u64::from(count.get()).saturating_mul(size(*base).max(u64::from(*stride)))
        }
        // How long it is shows when it is drawn: nothing bounds it here.
        TypeInner::Array { size: naga::ArraySize::Pending(_), .. } => u64::MAX,
        TypeInner::Struct { members, span } => {
            let held = members.iter().fold(0_u64, |sum, member| sum.saturating_add(size(member.ty)));
            held.max(u64::from(*span))
        }
        other => other.try_size(module.to_ctx()).map_or(u64::MAX, u64::from),
    }
}

/// Calls `found` for each call in a block.
fn calls(block: &naga::Block, found: &mut impl FnMut(Handle<Function>)) {
    for statement in block.iter() {
        match statement {
            Statement::Call { function, .. } => found(*function),
            Statement::Block(inner) => calls(inner, found),
            Statement::If { accept, reject, .. } => {
                calls(accept, found);
                calls(reject, found);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| calls(&case.body, found)),
            Statement::Loop { body, continuing, .. } => {
                calls(body, found);
                calls(continuing, found);
            }
            _ => {}
        }
    }
}

/// A WGSL text in which no array is much longer than fits into [`MOST_BYTES`], so that the compiler, which writes some constants
/// out element by element, never sees a longer one: lengths get a bound, `array<f32, min((N), 16385)>`. Lines stay where they are.
pub(super) fn with_bounded_arrays(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'/' if bytes[at..].starts_with(b"//") => {
                at = source[at..].find('\n').map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'/' if bytes[at..].starts_with(b"/*") => {
                at = end_of_comment(bytes, at);
                continue;
            }
            b'<' if names_an_array(&source[..at]) => open.push(Open { closes: b'>', comma: None }),
            b'<' if bytes.get(at + 1).is_some_and(|next| matches!(next, b'<' | b'=')) => at += 1,
            b'<' if ends_in_a_name(&source[..at]) => open.push(Open { closes: b'>', comma: Some(usize::MAX) }),
            b'(' => open.push(Open { closes: b')', comma: Some(usize::MAX) }),
            b'[' => open.push(Open { closes: b']', comma: Some(usize::MAX) }),
            b',' => {
                if let Some(Open { comma: comma @ None, .. }) = open.last_mut() {
                    *comma = Some(at + 1);
                }
            }
            b')' | b']' => {
                // What was taken for the begin of a template was a comparison.
                while open.pop().is_some_and(|one| one.closes != *byte) {}
            }
            b'>' => {
                if let Some(Open { closes: b'>', comma }) = open.last().copied() {
                    open.pop();
                    cuts.extend(comma.filter(|comma| *comma != usize::MAX).map(|comma| (comma, at)));
                }
            }
            b';' | b'{' | b'}' => open.clear(),
            _ => {}
        }
        at += 1;
    }
    bounded_at(source, cuts)
}

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    closes: u8,
    /// Where the length of an array begins, once it has; never, of other brackets.
    comma: Option<usize>,
}

fn names_an_array(before: &str) -> bool {
    let name = before.trim_end();
    name.strip_suffix("array").is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn ends_in_a_name(before: &str) -> bool {
    before.trim_end().ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Where a comment ends that may hold others.
fn end_of_comment(bytes: &[u8], begin: usize) -> usize {
    let (mut depth, mut at) = (0_usize, begin);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// The text with a bound around each of these parts. A part without anything but a trailing comma stays as it is.
fn bounded_at(source: &str, mut cuts: Vec<(usize, usize)>) -> String {
    let mut edits: Vec<(usize, String)> = Vec::new();
    cuts.retain(|(from, to)| !source[*from..*to].trim().is_empty());
    for (from, to) in cuts {
        let length = source[from..to].trim_end();
        let trailing = usize::from(length.ends_with(','));
        edits.push((from, "min((".to_owned()));
        edits.push((from + length.len() - trailing, format!("), {})", MOST_ELEMENTS + 1)));
    }
    edits.sort_by_key(|(at, _)| *at);
    let (mut text, mut done) = (String::with_capacity(source.len() + edits.len() * 12), 0);
    for (at, edit) in edits {
        text.push_str(&source[done..at]);
        text.push_str(&edit);
        done = at;
    }
    text.push_str(&source[done..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_arrays_are_bounded_in_the_text() {
        let bound = MOST_ELEMENTS + 1;
        for (text, expected) in [
            ("array<f32, 9>", format!("array<f32, min((9), {bound})>")),
            ("var<private> a: array<f32>;", "var<private> a: array<f32>;".to_owned()),
            ("my_array<f32, 9>", "my_array<f32, 9>".to_owned()),
            ("// array<f32, 9>\n/* array<f32, 9> /* */ */", "// array<f32, 9>\n/* array<f32, 9> /* */ */".to_owned()),
            ("a < b, c > d", "a < b, c > d".to_owned()),
        ] {
            let found = with_bounded_arrays(text);
            assert_eq!(found.replace(' ', ""), expected.replace(' ', ""), "{text}");
        }
        let nested = with_bounded_arrays("array<array<vec2<f32>, N << 2>, max(a[1], 2),>");
        let expected = format!("array<array<vec2<f32>,min(( N << 2), {bound})>,min(( max(a[1], 2)), {bound}),>");
        assert_eq!(nested.replace(' ', ""), expected.replace(' ', ""));
    }

    #[test]
    fn amounts_are_said_in_few_digits() {
        let said = [9, 65_536, 160_000_000, u64::MAX].map(amount);
        assert_eq!(said, ["9 bytes", "64 KiB", "153 MiB", "more than a TiB"].map(str::to_owned));
    }
}
