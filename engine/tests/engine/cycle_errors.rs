//! Errors name the place, what was expected there and what was found.

use videotracker_engine::pattern::cycle::fault::Error;
use videotracker_engine::pattern::cycle::mini::mini;
use videotracker_engine::pattern::cycle::program::Program;
use videotracker_engine::pattern::cycle::registry::{Arg, apply};

#[test]
fn mini_notation_errors_point_at_the_place() {
    // Text, line, column, a part of what is expected, what is found.
    let table = [
        ("", 1, 1, "a step", "the end"),
        ("bd [sn", 1, 7, "closing ]", "the end"),
        ("bd <sn", 1, 7, "closing >", "the end"),
        ("bd ]", 1, 4, "a step", "\"]\""),
        ("bd*", 1, 4, "as fast", "the end"),
        ("bd(3", 1, 5, "comma", "the end"),
        ("bd(3,8", 1, 7, "closing )", "the end"),
        ("bd\nsn {hh\n cp%4", 3, 4, "closing }", "\"%\""),
        ("<a | b>", 1, 4, "closing >", "\"|\""),
        ("a, b | c", 1, 6, "a step", "\"|\""),
        ("c'what", 1, 1, "chord name", "\"c\""),
        ("é ü ]", 1, 5, "a step", "\"]\""),
    ];
    for (text, want_line, want_column, part, what) in table {
        match mini(text) {
            Err(Error::Mini { line, column, expected, found }) => {
                assert_eq!((line, column), (want_line, want_column), "{text}");
                assert!(expected.contains(part), "{text}: {expected}");
                assert!(found.contains(what), "{text}: {found}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn a_dense_pattern_is_refused_with_its_count() {
    let refused = |t: &str| mini(t).and_then(|p| Program::compile(&p)).map(|p| p.busiest());
    assert_eq!(refused("bd*4096"), Ok(4096));
    for (text, count) in [("bd*4097", 4097.0), ("bd*1e6", 1e6), ("[a b c]*2000", 6000.0), ("bd!5000 sn", 5001.0)] {
        match refused(text) {
            Err(e @ Error::Density { events, .. }) => {
                assert!((events - count).abs() <= 1.0, "{text}: {e}");
                assert!(e.to_string().contains("4096"), "{e}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn calls_say_what_is_wrong_and_what_to_do() {
    let p = mini("bd sn").unwrap_or_else(|e| panic!("{e}"));
    let says = |name: &str, args: Vec<Arg<'_>>| match apply(name, Some(&p), args) {
        Err(e) => e.to_string(),
        Ok(_) => "nothing".into(),
    };
    assert!(says("euclid", vec![Arg::Number(3.0)]).contains("pulses, steps"));
    assert!(says("every", vec![Arg::Number(2.0), Arg::Number(3.0)]).contains("function"));
    assert!(says("frobnicate", vec![]).contains("no such function"));
    assert!(says("fast", vec![Arg::Text("[2".into())]).contains("column 3"));
    assert!(says("euclid", vec![Arg::Number(9.0), Arg::Number(8.0)]).contains("9 pulses on 8 steps"));
    assert!(says("scale", vec![Arg::Text("C:wrong".into())]).contains("nothing"));
    let late = apply("scale", Some(&p), vec![Arg::Text("C:wrong".into())]).and_then(|p| Program::compile(&p));
    assert!(late.is_err_and(|e| e.to_string().contains("C:major")));
}

#[test]
fn a_pattern_that_escapes_its_function_is_refused() {
    let p = mini("bd sn").unwrap_or_else(|e| panic!("{e}"));
    let mut kept = None;
    let f: videotracker_engine::pattern::cycle::registry::Function<'_> = Box::new(|x, _| {
        kept = Some(x.clone());
        Ok(x.clone())
    });
    let made = apply("off", Some(&p), vec![Arg::Text("<0.25 0.5>".into()), Arg::Function(f)]);
    assert!(made.is_ok());
    let kept = kept.unwrap_or_else(|| panic!("the function was not called"));
    assert!(Program::compile(&kept).is_err_and(|e| e.to_string().contains("inside that function")));
}
