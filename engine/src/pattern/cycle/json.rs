//! Events as JSON, in the form of the event tables (`tests/conformance/README.md`).

use crate::pattern::cycle::fault::Fault;
use crate::pattern::cycle::program::Program;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::Value;
use serde_json::{Value as Json, json};

/// A value as JSON: lists as arrays, controls as an object, whole numbers without a point.
#[must_use]
pub fn value(value: &Value<'_>) -> Json {
    match value {
        Value::Number(x) => number(*x),
        Value::Bool(b) => json!(b),
        Value::Text(text) => json!(text),
        Value::Note(note) => json!(note.to_string()),
        Value::List(list) => Json::Array(list.iter().map(self::value).collect()),
        Value::Map(map) => Json::Object(map.iter().map(|(key, v)| (key.name().to_string(), self::value(&v))).collect()),
    }
}

fn number(x: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if x.fract() == 0.0 && x.abs() < EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        let whole = x as i64;
        return json!(whole);
    }
    json!(x)
}

/// A time as an exact fraction in lowest terms, `"n/d"`.
fn time(t: Rational) -> Json {
    let t = t.reduced();
    json!(format!("{}/{}", t.num(), t.den()))
}

/// The events of the first `cycles` cycles, asked one by one:
/// `[whole begin, whole end, part begin, part end, value]`, in order of their parts; no whole is `null`.
///
/// # Errors
/// The [`Fault`] that ends a query.
pub fn events(program: &Program, cycles: i64) -> Result<Vec<Json>, Fault> {
    let mut rows = vec![];
    for cycle in 0..cycles {
        program.query(Span::cycle(cycle), &mut |e| {
            let whole = e.whole.map(|w| (w.begin, w.end));
            rows.push((e.part.begin, e.part.end, whole, value(&e.value)));
            Ok(())
        })?;
    }
    rows.sort_by_key(|row| (row.0, row.1));
    let row = |(begin, end, whole, value): (Rational, Rational, Option<(Rational, Rational)>, Json)| {
        let (wb, we) = whole.map_or((Json::Null, Json::Null), |(a, b)| (time(a), time(b)));
        json!([wb, we, time(begin), time(end), value])
    };
    Ok(rows.into_iter().map(row).collect())
}
