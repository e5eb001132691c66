//! Shaders that would make a driver hold gigabytes once they draw: refused before, at little cost.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::counting::{alone, peak};
use videotracker_engine::shader;

/// What a text is refused with for the memory that it would take when it is drawn: its line, and words of the message.
type Heavy = (&'static str, String, Option<u32>, &'static str);

const SHOW: &str = "fn color(uv: vec2<f32>) -> vec4<f32> { let i = i32(uv.x * 9.0);\n";

fn heavy_wgsl() -> Vec<Heavy> {
    let chain = |levels: usize, times: usize| -> String {
        let call = |n: usize| format!("g{n}(i) + ").repeat(times);
        (1..levels).map(|n| format!("fn g{n}(i: i32) -> f32 {{ return {}0.0; }}\n", call(n - 1))).collect()
    };
    let members: String = (0..200).map(|n| format!("m{n}: array<vec4<f32>, 64>,")).collect();
    let many: String = (0..20).map(|n| format!("var<private> a{n}: array<vec4<f32>, 256>;\n")).collect();
    let uses: String = (0..20).map(|n| format!("a{n}[i] + ")).collect();
    vec![
        ("a private array", format!("var<private> a: array<vec4<f32>, 10000000>;\n{SHOW}return a[i]; }}"), Some(1), "a ("),
        ("a local array", format!("{SHOW}var a: array<vec4<f32>, 1000000>;\na[i].x = 1.0; return a[i]; }}"), Some(2), "a ("),
        ("nested arrays", format!("{SHOW}var a: array<array<vec4<f32>, 100>, 100>; return a[i][i]; }}"), Some(2), "for each pixel"),
        ("a struct", format!("struct S {{ {members} }}\n{SHOW}var s: S;\nreturn s.m9[i]; }}"), Some(3), "s ("),
        ("an alias", format!("alias A = array<f32, 1000000>;\n{SHOW}var a: A; return vec4(a[i]); }}"), Some(3), "a ("),
        ("a computed length", format!("const N = 1 << 24;\n{SHOW}var a: array<f32, N / 2>; return vec4(a[i]); }}"), Some(3), "a ("),
        ("many variables", format!("{many}{SHOW}return {uses}vec4(0.0); }}"), Some(1), "for each pixel"),
        ("a value", format!("{SHOW}let a = array<vec4<f32>, 100000>();\nreturn a[i]; }}"), None, "for each pixel"),
        ("a constant", format!("const K = array<vec4<f32>, 100000>();\n{SHOW}return K[i]; }}"), None, "for each pixel"),
        ("a constant that is computed", format!("const K = -array<f32, 200000000>();\n{SHOW}return vec4(K[i]); }}"), None, ""),
        (
            "a length to come",
            format!("override n: u32 = 100000000;\nvar<private> a: array<f32, n>;\n{SHOW}return vec4(a[i]); }}"),
            None,
            "",
        ),
        ("a group's array", format!("var<workgroup> a: array<f32, 100000000>;\n{SHOW}return vec4(a[i]); }}"), Some(1), ""),
        (
            "calls of calls",
            format!(
                "fn g0(i: i32) -> f32 {{ var a: array<f32, 256>;\na[i] = 1.0; return a[i + 1]; }}\n{}{SHOW}return vec4(g3(i)); }}",
                chain(4, 8)
            ),
            Some(1),
            "each counted as often as its function is called",
        ),
        (
            "a text that grows",
            format!("fn g0(i: i32) -> f32 {{ return sin(f32(i)); }}\n{}{SHOW}return vec4(g39(i)); }}", chain(40, 2)),
            None,
            "call each other so often",
        ),
        (
            "a circle of calls",
            format!("fn a(x: f32) -> f32 {{ return b(x); }} fn b(x: f32) -> f32 {{ return a(x); }}\n{SHOW}return vec4(a(uv.x)); }}"),
            None,
            "",
        ),
    ]
}

fn heavy_isf() -> Vec<Heavy> {
    let shown = |before: &str, body: &str| format!("/*{{}}*/\n{before}\nvoid main() {{ int i = int(TIME);\n{body} }}");
    let grown: String = (1..40).map(|n| format!("float f{n}(float x) {{ return f{}(x) + f{0}(x + 1.0); }}\n", n - 1)).collect();
    vec![
        ("ISF, a global array", shown("vec4 a[10000000];", "gl_FragColor = a[i];"), Some(2), "a ("),
        ("ISF, a local array", shown("", "float a[1000000]; a[i] = TIME; gl_FragColor = vec4(a[i + 1]);"), Some(4), "a ("),
        (
            "ISF, a computed length",
            shown("const int N = 1 << 20;", "float a[N]; a[i] = TIME; gl_FragColor = vec4(a[i + 1]);"),
            Some(4),
            "a (",
        ),
        ("ISF, a struct", shown("struct S { float a[100000]; };", "S s; s.a[i] = TIME; gl_FragColor = vec4(s.a[i + 1]);"), Some(4), "s ("),
        (
            "ISF, a text that grows",
            shown(&format!("float f0(float x) {{ return sin(x); }}\n{grown}"), "gl_FragColor = vec4(f39(TIME));"),
            None,
            "call each other so often",
        ),
    ]
}

#[test]
fn shaders_that_would_take_gigabytes_when_drawn_are_refused_with_line_and_remedy() {
    let _turn = alone();
    let ((), most) = peak(|| {
        for (what, text, line, words) in heavy_wgsl().into_iter().chain(heavy_isf()) {
            let error = shader::compile("heavy", &text).err().unwrap_or_else(|| panic!("{what} compiles"));
            assert!(error.text.contains(words), "{what}: {error}");
            assert!(line.is_none() || error.line == line, "{what}: {error}");
        }
    });
    assert!(most < 256 << 20, "refusing them took {} MiB", most >> 20);
}

#[test]
fn arrays_that_real_shaders_have_compile() {
    for text in [
        format!("const K = array<f32, 9>(1, 2, 1, 2, 4, 2, 1, 2, 1);\n{SHOW}return vec4(K[i % 9]); }}"),
        format!("const N = 8;\nvar<private> a: array<array<vec4<f32>, N>, N,>;\n{SHOW}a[i][1] = uv.xyxy; return a[i][i % N]; }}"),
        format!("{SHOW}var a: array<vec4<f32>, 4000>; a[i] = uv.xyxy; if i < 3 && i > 1 {{ return a[i]; }} return a[i + 1]; }}"),
        format!("{SHOW}var a: array<f32, (64 >> 1u) << 1>; a[i] = uv.x; return vec4(a[max(i, 2)]); }}"),
        "/*{}*/\nfloat k[256]; void main() { k[int(TIME)] = 1.0; gl_FragColor = vec4(k[3]); }".to_owned(),
    ] {
        shader::compile("light", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}
