//! Sizes of ISF's buffers: arithmetic over the canvas's size and the inputs, such as `floor($WIDTH / 4.0)`.

use super::Param;

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 32;

/// An expression for a side's length in pixels.
#[derive(Clone, Debug)]
pub struct Size(Node);

#[derive(Clone, Debug)]
enum Node {
    Number(f64),
    Width,
    Height,
    /// The n-th parameter of the shader.
    Param(usize),
    Apply(fn(f64, f64) -> f64, Box<[Self; 2]>),
}

type Function = (&'static str, usize, fn(f64, f64) -> f64);

const FUNCTIONS: &[Function] = &[
    ("floor", 1, |a, _| a.floor()),
    ("ceil", 1, |a, _| a.ceil()),
    ("round", 1, |a, _| a.round()),
    ("abs", 1, |a, _| a.abs()),
    ("sqrt", 1, |a, _| a.sqrt()),
    ("min", 2, f64::min),
    ("max", 2, f64::max),
    ("pow", 2, f64::powf),
    ("mod", 2, |a, b| a % b),
];

impl Size {
    /// The canvas's width.
    #[must_use]
    pub const fn canvas_width() -> Self {
        Self(Node::Width)
    }

    /// The canvas's height.
    #[must_use]
    pub const fn canvas_height() -> Self {
        Self(Node::Height)
    }

    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, params: &[Param]) -> Result<Self, String> {
        if text.len() > 1024 {
            return Err("a buffer's size is longer than 1024 characters; write it shorter".to_owned());
        }
        let mut reader = Reader { rest: text, params, depth: 0 };
        let node = reader.sum().and_then(|node| if reader.rest.trim().is_empty() { Some(node) } else { None });
        node.map(Self).ok_or_else(|| format!("\"{text}\" is no size of a buffer; it takes numbers, $WIDTH, $HEIGHT, $input and arithmetic"))
    }

    /// The length in pixels, at least 1 and at most `limit`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped first")]
    pub fn pixels(&self, canvas: (u32, u32), params: &[f32], limit: u32) -> u32 {
        let value = self.0.value(canvas, params);
        if value.is_nan() { 1 } else { value.floor().clamp(1.0, f64::from(limit)) as u32 }
    }
}

impl Node {
    fn value(&self, canvas: (u32, u32), params: &[f32]) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Width => f64::from(canvas.0),
            Self::Height => f64::from(canvas.1),
            Self::Param(index) => params.get(*index).map_or(0.0, |value| f64::from(*value)),
            Self::Apply(function, arguments) => function(arguments[0].value(canvas, params), arguments[1].value(canvas, params)),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    params: &'a [Param],
    depth: usize,
}

impl Reader<'_> {
    fn takes(&mut self, sign: char) -> bool {
        let found = self.rest.trim_start().strip_prefix(sign);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn sum(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.product()?;
        loop {
            let function: fn(f64, f64) -> f64 = if self.takes('+') {
                |a, b| a + b
            } else if self.takes('-') {
                |a, b| a - b
            } else {
                break;
            };
            left = Node::Apply(function, Box::new([left, self.product()?]));
        }
        self.depth -= 1;
        Some(left)
    }

    fn product(&mut self) -> Option<Node> {
        let mut left = self.factor()?;
        loop {
            let function: fn(f64, f64) -> f64 = if self.takes('*') {
                |a, b| a * b
            } else if self.takes('/') {
                |a, b| a / b
            } else {
                return Some(left);
            };
            left = Node::Apply(function, Box::new([left, self.factor()?]));
        }
    }

    fn factor(&mut self) -> Option<Node> {
        if self.takes('-') {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let node = Node::Apply(|a, _| -a, Box::new([self.factor()?, Node::Number(0.0)]));
            self.depth -= 1;
            return Some(node);
        }
        if self.takes('(') {
            let inner = self.sum()?;
            return self.takes(')').then_some(inner);
        }
        let text = self.rest.trim_start();
        let variable = text.starts_with('$');
        let text = text.strip_prefix('$').unwrap_or(text);
        let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
        let (word, rest) = text.split_at(length);
        self.rest = rest;
        if !variable && word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return word.trim_end_matches(['f', 'F']).parse().ok().map(Node::Number);
        }
        if let Some((_, arity, function)) = FUNCTIONS.iter().find(|(name, ..)| *name == word).filter(|_| self.takes('(')) {
            let first = self.sum()?;
            let second = if *arity == 2 { self.takes(',').then(|| self.sum()).flatten()? } else { Node::Number(0.0) };
            return self.takes(')').then(|| Node::Apply(*function, Box::new([first, second])));
        }
        match word {
            "WIDTH" => Some(Node::Width),
            "HEIGHT" => Some(Node::Height),
            _ => self.params.iter().position(|param| param.name == word).map(Node::Param),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_arithmetic_over_the_canvas_and_the_inputs() {
        let params = [Param::float("amount", 0.0, 4.0, 1.0, "")];
        for (text, want) in [
            ("320", 320),
            ("$WIDTH/16.0", 40),
            ("floor($WIDTH * $amount / 7)", 182),
            ("max($HEIGHT, 500) - 1", 499),
            ("-(2 - 5) * 2", 6),
            ("1/0", 4096),
            ("0/0", 1),
            ("0 - 9", 1),
        ] {
            assert_eq!(Size::parse(text, &params).expect(text).pixels((640, 360), &[2.0], 4096), want, "{text}");
        }
        for text in ["", "$WIDTH $WIDTH", "foo(1)", "min(1)", "(1", "$nothing", &"(".repeat(900), &"-".repeat(900)] {
            assert!(Size::parse(text, &params).is_err(), "{text}");
        }
    }
}
