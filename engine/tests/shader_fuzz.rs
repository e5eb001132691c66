//! Damaged shaders: each costs one complaint, never a panic, and soon.
#![allow(clippy::print_stdout, reason = "figures are printed")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::{Duration, Instant};

use videotracker_engine::shader::{self, builtin};

const ISF: &[&str] = &[
    r#"/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}, {"NAME": "gain", "TYPE": "float", "MIN": 0, "MAX": 2, "DEFAULT": 1}],
"PASSES": [{"TARGET": "a", "WIDTH": "floor($WIDTH/4)", "HEIGHT": "max($HEIGHT, 2)", "PERSISTENT": true}, {}]}*/
#define READ(p) IMG_NORM_PIXEL(inputImage, p)
float f(in float x) { float s = 0.0; for (int i = 0; i < 8; i++) { if (i > 4) continue; s += x * float(i); } return s; }
void main() { vec4 c = READ(isf_FragNormCoord) * gain; if (PASSINDEX == 0) c.rgb = c.bgr; else c += IMG_THIS_PIXEL(a) * f(0.1); gl_FragColor = c; }"#,
    r#"/*{"INPUTS": [{"NAME": "color", "TYPE": "color", "DEFAULT": [1, 0, 0, 1]}, {"NAME": "at", "TYPE": "point2D"}, {"NAME": "fft", "TYPE": "audioFFT"},
{"NAME": "mode", "TYPE": "long", "VALUES": [0, 1], "LABELS": ["a", "b"]}, {"NAME": "on", "TYPE": "bool"}]}*/
#ifdef GL_ES
precision mediump float;
#endif
const float PI = 3.14159;
struct Ray { vec3 o; vec3 d; };
vec3 go(Ray r, float t) { return r.o + t * r.d; }
mat2 rot(float a) { return mat2(cos(a), -sin(a), sin(a), cos(a)); }
void main() {
    vec2 p = gl_FragCoord.xy / RENDERSIZE * 2.0 - 1.0; p *= rot(TIME * PI);
    Ray r; r.o = vec3(p, 0.0); r.d = vec3(0.0, 0.0, 1.0);
    float e = IMG_NORM_PIXEL(fft, vec2(p.x, 0.5)).r;
    gl_FragColor = on ? color : vec4(go(r, e) + (mode == 1 ? at.x : 0.0), 1.0);
}"#,
];

/// xorshift64*, S. Vigna (2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit.max(1)
    }
}

/// A text with one to four wounds.
fn damaged(good: &str, dice: &mut Dice) -> String {
    const BITS: &[&str] = &[
        "(",
        ")",
        "{",
        "}",
        ";",
        "#",
        "/*",
        "*/",
        "0",
        "1e999",
        "##",
        "#if",
        "#endif",
        "#define A A A\nA",
        "loop {",
        "while (true) ",
        "\"",
        "[",
        "-",
        "π",
        "99999999999",
        "vec4",
        "return",
        "\n",
    ];
    let mut bytes = good.as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let length = dice.below(bytes.len() - at).min(1 + dice.below(60));
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let copy = bytes[at..at + length].to_vec();
                let to = dice.below(bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            3 => drop(bytes.splice(at..at, BITS[dice.below(BITS.len())].bytes())),
            4 => bytes.truncate(at.max(1)),
            _ => drop(bytes.splice(at..at, BITS[dice.below(BITS.len())].repeat(1 + dice.below(300)).into_bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn damaged_shaders_are_refused_or_compile_and_soon() {
    let mut dice = Dice(0x5EED);
    let wgsl: Vec<&str> = builtin::all().iter().map(|shader| shader.source).collect();
    let (mut refused, mut compiled, mut slowest) = (0, 0, Duration::ZERO);
    for round in 0..600 {
        let good = if round % 2 == 0 { ISF[dice.below(ISF.len())] } else { wgsl[dice.below(wgsl.len())] };
        let text = damaged(good, &mut dice);
        let began = Instant::now();
        match shader::compile("damaged", &text) {
            Ok(_) => compiled += 1,
            Err(error) => {
                refused += 1;
                let lines = u32::try_from(text.lines().count()).unwrap() + 1;
                assert!(error.line.is_none_or(|line| line <= lines), "{error} in\n{text}");
                assert!(!error.text.is_empty(), "{text}");
            }
        }
        slowest = slowest.max(began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} for\n{text}", began.elapsed());
    }
    println!("{refused} refused, {compiled} compiled, the slowest took {slowest:?}");
    assert!(refused > 300);
}

#[test]
fn bombs_are_refused_soon() {
    let header = "/*{}*/\n";
    let doubling: String = (0..60).map(|n| format!("#define A{} A{n} A{n}\n", n + 1)).collect();
    let adding = format!("void main() {{ gl_FragColor = vec4({}1.0); }}", "1.0 + ".repeat(40_000));
    let chain = format!("void main() {{ {} ; }}", "if (TIME > 0.0) { } else ".repeat(8_000));
    let deep = format!(
        "#define O (((((((((((\n#define C )))))))))))\nvoid main() {{ gl_FragColor = vec4({}1.0{}); }}",
        "O ".repeat(200),
        "C ".repeat(200)
    );
    let assigned = format!("void main() {{ float a; {}1.0; }}", "a = ".repeat(40_000));
    let asked = format!("void main() {{ float a = {}1.0; }}", "TIME > 1.0 ? 1.0 : ".repeat(8_000));
    for text in [
        format!("{header}{doubling}void main() {{ A60 }}"),
        header.to_owned() + &adding,
        header.to_owned() + &chain,
        header.to_owned() + &deep,
        header.to_owned() + &assigned,
        header.to_owned() + &asked,
    ] {
        let began = Instant::now();
        let error = shader::compile("bomb", &text).expect_err("a bomb");
        assert!(began.elapsed() < Duration::from_secs(5), "{error}: {:?}", began.elapsed());
    }
}
