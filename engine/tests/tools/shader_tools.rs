//! Good shaders, and ways to damage them.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

/// Good ISF shaders.
pub const ISF: &[&str] = &[
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
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit.max(1)
    }
}

/// A text with one to four wounds.
pub fn damaged(good: &str, dice: &mut Dice) -> String {
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
