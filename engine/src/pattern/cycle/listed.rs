//! Events listed one by one, in every cycle alike.

use super::{
    core::{Loc, Pattern},
    fault::{Error, call_error},
    rational::Rational,
    table::{Builder, Row},
    value::Const,
};

/// One event of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// When it begins, in cycles, from 0 to less than 1.
    pub at: f64,
    /// How long it lasts, in cycles.
    pub length: f64,
    /// What it carries.
    pub value: Const,
}

/// The pattern that plays the events of a list in every cycle.
///
/// # Errors
/// Where a time is no number of the cycle, or the times have no common denominator that fits.
pub fn listed(events: Vec<Listed>) -> Result<Pattern, Error> {
    let refused = |reason: String| call_error("events", reason);
    let mut times = Vec::with_capacity(events.len());
    let mut den = Rational::ONE;
    for event in &events {
        if !(0.0..1.0).contains(&event.at) || event.length.is_nan() || event.length <= 0.0 || event.length > 4096.0 {
            return Err(refused(format!(
                "an event at {} of length {} can't be; at takes 0 to less than 1, length more than 0, in cycles",
                event.at, event.length
            )));
        }
        let (begin, length) = (Rational::from_f64(event.at)?, Rational::from_f64(event.length)?);
        let end = begin.add(length)?;
        for time in [begin, end] {
            den = den.lcm(Rational::int(time.reduced().den()))?;
        }
        times.push((begin, end));
    }
    if den.floor() >= 1 << 20 {
        return Err(refused("its times have no common denominator below a million; use rounder fractions of the cycle".to_owned()));
    }
    let units = |time: Rational| -> Result<i32, Error> {
        i32::try_from(time.mul(den)?.floor()).map_err(|_| refused("an event is too long".to_owned()))
    };
    let whole = units(Rational::ONE)?;
    let mut rows = Vec::with_capacity(times.len());
    for (place, (begin, end)) in (0_u32..).zip(times) {
        let (begin, end) = (units(begin)?, units(end)?);
        rows.push(Row { whole: (begin, end), part: (begin, end.min(whole)), value: place, loc: Loc::default() });
    }
    let values = events.into_iter().map(|event| (event.value, None)).collect();
    let mut table = Builder::new(values, den.floor(), rows.len());
    table.layer(rows.into_iter(), 1);
    Ok(table.pattern(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_written_as_floats_are_thirds() {
        let event = |at: f64, length: f64| Listed { at, length, value: Const::Number(1.0) };
        let pattern = listed(vec![event(2.0 / 3.0, 1.0), event(0.0, 1.0 / 3.0)]).unwrap();
        let work = std::cell::Cell::new(1000);
        let mut found = Vec::new();
        pattern
            .query(&super::super::core::Cx::new(&work), super::super::rational::Span::cycle(5), &mut |event| {
                found.push(event.whole.unwrap());
                Ok(())
            })
            .unwrap();
        let third = |n: i64| Rational::new(n, 3).unwrap();
        assert_eq!(found.iter().map(|w| (w.begin, w.end)).collect::<Vec<_>>(), [(third(15), third(16)), (third(17), third(20))]);
        assert!(
            listed(vec![event(1.0, 0.5)]).is_err() && listed(vec![event(0.5, 0.0)]).is_err() && listed(vec![event(f64::NAN, 1.0)]).is_err()
        );
    }
}
