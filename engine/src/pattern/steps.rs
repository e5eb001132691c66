//! Cycle patterns written out as tracker steps, for editing by hand.

use super::{
    CycleProgram, Hit,
    given::Supply,
    tracker::{Column, MAX_LENGTH, MAX_STEPS, STEPS_PER_BEAT, Step, Tracker},
};
use crate::{
    name::Name,
    signal::{Controls, Values, control},
    time::{Ratio, lcm, to_f64},
};

/// Most events that begin at once.
const MAX_LANES: usize = 16;
/// Steps a beat where the pattern fits on them.
const USUAL: i64 = 4;

/// How a pattern is to be written out.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// How many cycles, from cycle 0.
    pub cycles: u32,
    /// Steps a beat; `None` for as few as hold every onset, 4 where that does.
    pub steps_per_beat: Option<Ratio>,
}

/// The first cycles of a pattern as steps: each onset on a step of its own, gates rounded to whole steps; `index` names the sample of
/// an event.
///
/// # Errors
/// Names what steps can't hold, and what to do.
pub fn as_steps(
    program: &CycleProgram,
    grid: Grid,
    controls: &Controls,
    index: &dyn Fn(&Values) -> Option<f64>,
) -> Result<Tracker, String> {
    let mut lanes = as_lanes(program, grid, controls, index)?.into_iter();
    let first = lanes.next().unwrap_or_default();
    if let Some(second) = lanes.next() {
        let taken = second.steps.iter().position(|step| !step.is_rest()).and_then(|step| i64::try_from(step).ok()).unwrap_or(0);
        let beat = to_f64(taken) / second.steps_per_beat.to_f64();
        return Err(format!("two events begin at beat {beat}, and a step holds one; write out one voice at a time"));
    }
    Ok(first)
}

/// The same where several events may begin at once: as many patterns side by side as hold them, all with the same columns.
///
/// # Errors
/// Names what steps can't hold, and what to do.
pub fn as_lanes(
    program: &CycleProgram,
    grid: Grid,
    controls: &Controls,
    index: &dyn Fn(&Values) -> Option<f64>,
) -> Result<Vec<Tracker>, String> {
    let beats = program.cycle_beats() * Ratio::whole(i64::from(grid.cycles));
    let mut hits: Vec<Hit> = Vec::new();
    program.query((0.0, beats.to_f64()), &mut Supply::default(), &mut |hit| hits.push(hit)).map_err(|why| why.to_string())?;
    hits.sort_by(|a, b| a.beat.to_f64().total_cmp(&b.beat.to_f64()));
    let rate = match grid.steps_per_beat {
        Some(rate) => rate,
        None => Ratio::whole(fewest(&hits, beats)?),
    };
    let steps = beats * rate;
    let count = usize::try_from(steps.num()).ok().filter(|count| steps.den() == 1 && (1..=MAX_STEPS).contains(count));
    let Some(count) = count else {
        return Err(format!(
            "{} beats at {} steps a beat make {} steps, but a pattern has 1 to {MAX_STEPS}; write out fewer cycles",
            beats.to_f64(),
            rate.to_f64(),
            steps.to_f64()
        ));
    };
    let empty = Tracker { steps_per_beat: rate, ..Tracker::new(count) };
    let mut lanes = vec![empty.clone()];
    for hit in &hits {
        let at = hit.beat * rate;
        let step_index = usize::try_from(at.num()).ok().filter(|step_index| at.den() == 1 && *step_index < count);
        let Some(step_index) = step_index else {
            return Err(format!("an event at beat {} lies between steps at {} steps a beat", hit.beat.to_f64(), rate.to_f64()));
        };
        let lane = lanes.iter().position(|lane| lane.steps[step_index].is_rest()).unwrap_or(lanes.len());
        if lane == lanes.len() {
            if lane == MAX_LANES {
                return Err(format!("more than {MAX_LANES} events begin at beat {}", hit.beat.to_f64()));
            }
            lanes.push(empty.clone());
        }
        lanes[lane].steps[step_index] = step(hit, rate, controls, index(&hit.values))?;
    }
    let steps = lanes.iter().flat_map(|lane| &lane.steps);
    let names: std::collections::BTreeSet<Name> = steps.flat_map(|step| step.values.keys().cloned()).collect();
    for lane in &mut lanes {
        lane.columns.extend(names.iter().cloned().map(Column::Param));
        lane.check()?;
    }
    Ok(lanes)
}

/// The fewest steps a beat that hold every onset.
fn fewest(hits: &[Hit], beats: Ratio) -> Result<i64, String> {
    let onsets = hits.iter().map(|hit| hit.beat.den()).chain([beats.den()]);
    let needed = onsets.fold(1_i64, |a, b| if a > 1 << 20 { a } else { lcm(a, b) });
    let fits =
        |rate: i64| to_f64(rate) <= STEPS_PER_BEAT.1 && beats.to_f64() * to_f64(rate) <= to_f64(i64::try_from(MAX_STEPS).unwrap_or(0));
    [lcm(needed, USUAL), needed].into_iter().find(|rate| fits(*rate)).ok_or_else(|| {
        format!(
            "its onsets need {needed} steps a beat for {} beats, but a pattern has {MAX_STEPS} steps, {} a beat at most; write out fewer cycles",
            beats.to_f64(),
            STEPS_PER_BEAT.1
        )
    })
}

fn step(hit: &Hit, rate: Ratio, controls: &Controls, index: Option<f64>) -> Result<Step, String> {
    let at = hit.beat.to_f64();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded first")]
    let length = (hit.duration * rate).to_f64().round().clamp(1.0, f64::from(MAX_LENGTH)) as u32;
    let mut step = Step { length, ..Step::default() };
    let named = hit.values.iter().filter(|(id, _)| ![control::INDEX, control::S, control::N].contains(id));
    for (id, value) in named.chain(index.map(|index| (control::INDEX, index))) {
        #[allow(clippy::cast_possible_truncation, reason = "checked to be small and whole")]
        let whole = |what: &str, most: f64| {
            let fits = value.fract() == 0.0 && (0.0..=most).contains(&value);
            if fits { Ok(value as i32) } else { Err(format!("the {what} at beat {at} is {value}, but a step takes 0 to {most}, whole")) }
        };
        match id {
            control::INDEX => step.index = whole("index", 1023.0)?,
            control::NOTE => step.note = whole("note", 127.0)?,
            _ => drop(step.values.insert(Name::new(controls.name(id)), value)),
        }
    }
    if step.is_rest() {
        // What says neither plays the module's own sample.
        step.index = 0;
    }
    Ok(step)
}
