//! Damaged shaders: each costs one complaint, never a panic, and soon.
#![allow(clippy::print_stdout, reason = "figures are printed")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::{Duration, Instant};

use crate::shader_tools::{Dice, ISF, damaged};
use videotracker_engine::shader::{self, builtin};

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
        assert!(began.elapsed() < Duration::from_secs(30), "{:?} for\n{text}", began.elapsed());
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
        assert!(began.elapsed() < Duration::from_secs(30), "{error}: {:?}", began.elapsed());
    }
}
