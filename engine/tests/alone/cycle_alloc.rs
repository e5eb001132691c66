//! Asking a compiled pattern never allocates, and making one stays within bounds.

use crate::counting::{alone, asked, calls};
use videotracker_engine::pattern::cycle::mini::mini;
use videotracker_engine::pattern::cycle::program::Program;
use videotracker_engine::pattern::cycle::rational::Span;
use videotracker_engine::pattern::cycle::registry::{Arg, Function, apply};

type Made = Result<videotracker_engine::pattern::cycle::core::Pattern, videotracker_engine::pattern::cycle::fault::Error>;

fn call(p: Made, name: &str, args: Vec<Arg<'_>>) -> Made {
    apply(name, Some(&p?), args)
}

fn text(t: &str) -> Arg<'static> {
    Arg::Text(t.into())
}

fn rev<'a>() -> Arg<'a> {
    let f: Function<'a> = Box::new(|p, _| apply("rev", Some(p), vec![]));
    Arg::Function(f)
}

fn patterns() -> Vec<Made> {
    let s = || apply("s", None, vec![text("bd(<3 5>,8)? [hh|cp]*4 sn:3:0.5")]);
    let n = || apply("n", None, vec![text("0 <2 4>? 7")]);
    vec![
        mini("bd(3,8) hh*8 [sn cp]*2 <a b c>/2"),
        mini("{a b c}%8, [d e]*4 , f(5,8,2)?0.5"),
        mini("0 .. <3 5> 1:2:3 *<2 3>".replace(" *", "*").as_str()),
        call(s(), "jux", vec![rev()]),
        call(call(s(), "chop", vec![text("<2 4>")]), "every", vec![text("<2 3>"), rev()]),
        call(call(s(), "slice", vec![text("8"), text("0 [1 2] 3")]), "fit", vec![]),
        call(call(s(), "striate", vec![Arg::Number(2.0)]), "loopAt", vec![text("<1 2>")]),
        call(call(s(), "echo", vec![Arg::Number(3.0), Arg::Number(0.125), Arg::Number(0.5)]), "sometimes", vec![rev()]),
        call(call(n(), "scale", vec![text("<C:minor:pentatonic D4:dorian>")]), "scaleTranspose", vec![text("<0 2 -3>")]),
        call(call(n(), "scale", vec![text("F#:harmonic:minor")]), "transpose", vec![text("<3M -2m>")]),
        call(call(n(), "chord", vec![text("<C^7 Am7>")]), "voicing", vec![]),
        call(mini("<[0,4,7] [0,3,7]>?"), "arp", vec![text("0 [2 1]")]),
        call(call(apply("perlin", None, vec![]), "range", vec![text("<0 1>"), Arg::Number(8.0)]), "segment", vec![text("<4 6>")]),
        call(call(s(), "swingBy", vec![text("<0 0.5>"), Arg::Number(4.0)]), "chunk", vec![text("<2 4>"), rev()]),
        call(call(s(), "ribbon", vec![Arg::Number(1.0), Arg::Number(0.5)]), "ply", vec![text("<2 3>")]),
    ]
}

#[test]
fn a_query_never_allocates() {
    let _alone = alone();
    for (i, p) in patterns().into_iter().enumerate() {
        let program = p.and_then(|p| Program::compile(&p)).unwrap_or_else(|e| panic!("pattern {i}: {e}"));
        let mut events = 0;
        let before = calls();
        for c in [0, 1, 2, 3, 77, 1_000_000, -1] {
            let asked = program.query(Span::cycle(c), &mut |_| {
                events += 1;
                Ok(())
            });
            assert_eq!(asked, Ok(()), "pattern {i}");
        }
        assert_eq!(calls(), before, "pattern {i} allocated");
        assert!(events > 0, "pattern {i} is silent");
    }
}

#[test]
fn a_short_text_never_takes_much_memory() {
    let _alone = alone();
    let texts = [
        "bd*1e6",
        "bd!1000000",
        "0 .. 999999",
        "bd@1000000 sn",
        "[[[bd*99]*99]*99]*99",
        "<a b c d e f g>*777",
        "bd(500,512,3)",
        "{a b c d e}%9999",
        "<<<<a b>/7 c>/11 d>/13 e>/17",
        "a:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17",
    ];
    for t in texts {
        let before = asked();
        let made = mini(t).and_then(|p| Program::compile(&p));
        let used = asked() - before;
        assert!(used < 4_000_000, "{t} took {used} bytes ({made:?})");
    }
}

#[test]
fn a_playing_cycle_pattern_never_allocates() {
    let _alone = alone();
    use std::sync::Arc;
    use videotracker_engine::{
        pattern::{
            ControlTable, Cycle, CycleProgram, Pattern, Program as Playing,
            given::Supply,
            play::{Setting, Sounds},
        },
        project::PatternSlot,
        signal::Controls,
        time::Ratio,
    };
    let text = "bd(3,8) hh*8? [sn:2 c4]*2 <a b 3>/2, 0 .. 7";
    let slot = PatternSlot { pattern: Arc::new(Pattern::Cycle(Cycle::Mini(text.to_owned()))), muted: false, origin: 0.5 };
    let table = ControlTable::new(&mut Controls::new(), videotracker_engine::module::event_params(), std::iter::empty());
    let setting = Setting { id: 0, slot: &slot, beats: 4.0, sounds: Sounds::new(vec!["bd".to_owned()]), table };
    let program = mini(text).and_then(|pattern| CycleProgram::compile(&pattern, setting)).unwrap_or_else(|e| panic!("{e}"));
    let playing = Playing::Cycle(program);
    let mut hits = 0;
    let before = calls();
    for block in -200..2000 {
        let beat = f64::from(block) * 0.0107;
        playing.query(beat, beat + 0.0107, Ratio::ZERO, &mut Supply::default(), |_| hits += 1).unwrap_or_else(|e| panic!("{e}"));
    }
    assert_eq!(calls(), before);
    assert!(hits > 100, "{hits}");
}
