//! The envelope: a course that begins with each trigger, for parameters to follow.

use super::{BuildContext, Content, ModuleType, PLAIN, ParamSpec, Port, PortKind, Value};
use crate::{
    dsp::adsr::{Adsr, Gate, Point, drawn},
    signal::{ControlMap, Io, Node, NodeEvent, NodeEventKind, control},
};

/// Indices in the parameter list.
pub mod param {
    /// Time of the rise.
    pub const ATTACK_MS: usize = 0;
    /// Time of the fall to the sustained level.
    pub const DECAY_MS: usize = 1;
    /// Level until the gate closes.
    pub const SUSTAIN: usize = 2;
    /// Time of the fall after it.
    pub const RELEASE_MS: usize = 3;
    /// Form of the ways.
    pub const BEND: usize = 4;
    /// How much a trigger's velocity counts.
    pub const VELOCITY: usize = 5;
}

/// The parameter with breakpoints.
const POINTS: &str = "points";

const PARAMS: &[ParamSpec] = &[
    ParamSpec::float("attackMs", 0.0, 60_000.0, 5.0, "ms", "Time of the rise to 1."),
    ParamSpec::float("decayMs", 0.0, 60_000.0, 100.0, "ms", "Time of the fall to `sustain`."),
    ParamSpec::float("sustain", 0.0, 1.0, 0.5, "", "Level until the trigger's gate closes."),
    ParamSpec::float("releaseMs", 0.0, 60_000.0, 200.0, "ms", "Time of the fall to 0 after that."),
    ParamSpec::float("bend", -1.0, 1.0, 0.0, "", "Form of the ways: straight at 0, quick first above, quick last below."),
    ParamSpec::float("velocity", 0.0, 1.0, 0.0, "", "How much a trigger's velocity counts."),
    ParamSpec::text(
        POINTS,
        "",
        "Breakpoints in place of the times, ms:level or ms:level:bend, such as \"0:0 20:1 300:0.2\"; a * behind one holds it until the gate closes.",
    )
    .read_by(|text| Breakpoints::parse(text).map(|_| ())),
];

const MADE: &[ParamSpec] = &[ParamSpec::float("value", 0.0, 1.0, 0.0, "", "The envelope's level.")];

/// The envelope's description.
pub static TYPE: ModuleType = ModuleType {
    name: "envelope",
    doc: "A course that begins with each trigger, for parameters to follow: connect(\"seq\", \"envelope1\") connect(\"envelope1.value\", \"fx1.cutoff\"). A trigger's attackMs, decayMs, sustain and releaseMs count before its own.",
    content: Content::Renewed,
    inputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    // What it takes from a trigger it shares with voices, whose parameters these are.
    set_by_triggers: false,
    made: MADE,
    renew: |context| Some(Box::new(points(context))),
    build: |context| Some(Box::new(EnvelopeNode { points: points(context), rate: context.sample_rate, open: None })),
    ..PLAIN
};

/// Most breakpoints.
const MOST: usize = 64;

/// Breakpoints; their frames are milliseconds until [`Breakpoints::at`].
#[derive(Clone, Debug, Default, PartialEq)]
struct Breakpoints {
    points: Vec<Point>,
    hold: Option<usize>,
}

impl Breakpoints {
    fn parse(text: &str) -> Result<Self, String> {
        let takes = |word: &str| {
            format!("points such as \"0:0 20:1 300:0.2\" in the order of their times, with levels from 0 to 1; {word} is none")
        };
        let mut found = Self::default();
        for word in text.split_whitespace() {
            let (plain, held) = word.strip_suffix('*').map_or((word, false), |plain| (plain, true));
            let numbers: Vec<f64> = plain.split(':').map(|part| part.parse().unwrap_or(f64::NAN)).collect();
            let (ms, level, bend) = match numbers[..] {
                [ms, level] => (ms, level, 0.0),
                [ms, level, bend] => (ms, level, bend),
                _ => return Err(takes(word)),
            };
            let last = found.points.last().map_or(0.0, |point| point.frame);
            if !((last..=3_600_000.0).contains(&ms) && (0.0..=1.0).contains(&level) && (-1.0..=1.0).contains(&bend)) {
                return Err(takes(word));
            }
            if held && found.hold.replace(found.points.len()).is_some() {
                return Err("one point with a * at most".to_owned());
            }
            #[allow(clippy::cast_possible_truncation, reason = "levels need no more than single precision")]
            found.points.push(Point { frame: ms, level: level as f32, bend: bend as f32 });
            if found.points.len() > MOST {
                return Err(format!("at most {MOST} points"));
            }
        }
        Ok(found)
    }

    /// The same with frames at a sample rate.
    fn at(mut self, rate: f64) -> Self {
        self.points.iter_mut().for_each(|point| point.frame *= rate * 0.001);
        self
    }
}

fn points(context: &BuildContext<'_>) -> Breakpoints {
    match context.module.param(POINTS) {
        Some(Value::Text(text)) => Breakpoints::parse(&text).unwrap_or_default().at(context.sample_rate),
        _ => Breakpoints::default(),
    }
}

/// A trigger's envelope under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    gate: u64,
    /// Frame since activation of the trigger, and of its release.
    begin: u64,
    end: Option<u64>,
    /// The level at the trigger.
    start: f32,
    /// Factor of the velocity.
    scale: f32,
    /// Times and level that the trigger brought along, in the order of the parameters.
    own: [Option<f64>; 4],
}

/// Follows the last trigger.
#[derive(Debug)]
struct EnvelopeNode {
    points: Breakpoints,
    rate: f64,
    open: Option<Open>,
}

impl EnvelopeNode {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "2^53 frames are thousands of years")]
    fn level(&self, clock: u64, params: &[f64]) -> f32 {
        let Some(Open { begin, end, start, scale, own, .. }) = self.open else { return 0.0 };
        let held = end.map(|end| (end - begin) as f64);
        let gate = Gate { since: clock.saturating_sub(begin) as f64, held, start };
        if !self.points.points.is_empty() {
            return drawn(&self.points.points, self.points.hold, gate) * scale;
        }
        let number = |index: usize| own[index].unwrap_or(params[index]).max(0.0);
        let frames = |index: usize| number(index) * 0.001 * self.rate;
        let adsr = Adsr {
            attack: frames(param::ATTACK_MS),
            decay: frames(param::DECAY_MS),
            sustain: number(param::SUSTAIN) as f32,
            release: frames(param::RELEASE_MS),
            bend: params[param::BEND] as f32,
        };
        adsr.level(gate) * scale
    }

    #[allow(clippy::cast_possible_truncation, reason = "levels need no more than single precision")]
    fn strike(&mut self, gate: u64, clock: u64, params: &[f64], controls: ControlMap<'_>) {
        let before = self.level(clock, params);
        let velocity = controls.get(control::VELOCITY).filter(|velocity| velocity.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0);
        let scale = (1.0 - params[param::VELOCITY] * (1.0 - velocity)) as f32;
        let own = [control::ATTACK_MS, control::DECAY_MS, control::SUSTAIN, control::RELEASE_MS]
            .map(|id| controls.get(id).filter(|x| x.is_finite()));
        let start = if scale > 0.0 { (before / scale).min(1.0) } else { 0.0 };
        self.open = Some(Open { gate, begin: clock, end: None, start, scale, own });
    }

    /// Takes the events before a frame; returns how many.
    fn take_until(&mut self, events: &[NodeEvent], end: usize, io: &Io<'_>) -> usize {
        let count = events.iter().take_while(|event| event.frame < end).count();
        for event in &events[..count] {
            let clock = io.block.clock + event.frame as u64;
            match event.kind {
                NodeEventKind::Trigger(trigger) => self.strike(trigger.gate, clock, io.params, io.controls(&trigger)),
                NodeEventKind::GateOff(gate) => self.close(|open| open.gate == gate, clock),
                NodeEventKind::AllOff => self.close(|_| true, clock),
                NodeEventKind::Change(_) => {}
            }
        }
        count
    }

    fn close(&mut self, closes: impl Fn(&Open) -> bool, clock: u64) {
        if let Some(open) = self.open.as_mut().filter(|open| open.end.is_none() && closes(open)) {
            open.end = Some(clock.max(open.begin));
        }
    }
}

impl Node for EnvelopeNode {
    fn process(&mut self, io: &mut Io<'_>) {
        let events = io.events;
        let mut next = 0;
        let mut values = [0.0; crate::signal::MAX_POINTS];
        for (point, frame) in io.block.points.iter().enumerate() {
            next += self.take_until(&events[next..], frame, io);
            io.arrive(point);
            // What happens at the point itself finds the parameters arrived, as in every module.
            next += self.take_until(&events[next..], frame + 1, io);
            values[point] = f64::from(self.level(io.block.clock + frame as u64, io.params));
        }
        self.take_until(&events[next..], usize::MAX, io);
        if let Some(made) = io.made.first_mut() {
            made.points = values;
        }
    }

    fn reset(&mut self) {
        self.open = None;
    }

    fn exchange(&mut self, content: &mut Box<dyn std::any::Any + Send>) {
        if let Some(points) = content.downcast_mut::<Breakpoints>() {
            std::mem::swap(&mut self.points, points);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{
        Block, Driven, MAX_POINTS, Made, Values,
        solo::{Play, Played, Solo},
    };

    fn event(frame: usize, kind: Play) -> Played {
        Played { frame, kind }
    }

    /// The values at the points, with their frames, of events that lie in whole frames, played in these blocks.
    fn played(points: &str, params: &[f64], events: &[Played], blocks: &[usize]) -> Vec<(usize, f64)> {
        let points = Breakpoints::parse(points).unwrap().at(48_000.0);
        let mut node = EnvelopeNode { points, rate: 48_000.0, open: None };
        let (mut solo, mut clock, mut all) = (Solo::with(48_000.0, 0, 1), 0, Vec::new());
        for frames in blocks {
            let here: Vec<Played> = events
                .iter()
                .filter(|event| (clock..clock + frames).contains(&event.frame))
                .map(|event| Played { frame: event.frame - clock, ..*event })
                .collect();
            let block = Block::alone(*frames, clock as u64, 48_000.0);
            solo.play(&mut node, block, params, &here, &[], &[]);
            all.extend(block.points.iter().enumerate().map(|(at, frame)| (clock + frame, solo.made[0].points[at])));
            clock += frames;
        }
        all
    }

    #[test]
    fn it_rises_falls_and_is_released_from_its_triggers_frame_on() {
        // 10 ms up, 20 ms down to 0.25, 40 ms to 0; a trigger at frame 1003, released 100 ms later.
        let params = [10.0, 20.0, 0.25, 40.0, 0.0, 0.0];
        let mut values = Values::default();
        values.set(control::VELOCITY, 0.5);
        let events = [event(1003, Play::Trigger { gate: 7, values }), event(1003 + 4800, Play::GateOff(7))];
        let whole = played("", &params, &events, &[512; 24]);
        for (frame, value) in &whole {
            let since = *frame as f64 - 1003.0;
            let expected = match since {
                ..0.0 => 0.0,
                ..480.0 => since / 480.0,
                ..1440.0 => 1.0 - 0.75 * (since - 480.0) / 960.0,
                ..4800.0 => 0.25,
                _ => (0.25 * (1.0 - (since - 4800.0) / 1920.0)).max(0.0),
            };
            assert!((value - expected).abs() < 1e-5, "{frame}: {value}, not {expected}");
        }
        let cut: Vec<usize> = (0..200).map(|k| 1 + k * 37 % 97).collect();
        assert!(played("", &params, &events, &cut).iter().filter(|point| point.0 < 12_288).all(|point| whole.contains(point)));
        let soft = played("", &[10.0, 20.0, 0.25, 40.0, 0.0, 1.0], &events, &[512; 24]);
        assert!(whole.iter().zip(&soft).all(|(loud, soft)| (loud.1 * 0.5 - soft.1).abs() < 1e-6));
    }

    #[test]
    fn a_trigger_on_a_point_finds_what_arrives_there() {
        let mut node = EnvelopeNode { points: Breakpoints::default(), rate: 48_000.0, open: None };
        let mut solo = Solo::new(48_000.0);
        // How much velocity counts: not at all, and all from the second point on, at frame 32.
        let mut made = Made { points: [1.0; MAX_POINTS] };
        made.points[0] = 0.0;
        solo.driven = vec![Driven { param: param::VELOCITY, made }];
        let mut values = Values::default();
        values.set(control::VELOCITY, 0.25);
        for (frame, expected) in [(0, 1.0), (32, 0.25)] {
            let params = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
            solo.block(&mut node, 0, 64, &params, &[event(frame, Play::Trigger { gate: 1, values })], &[]);
            assert_eq!(solo.made[0].points[1], expected, "a trigger at frame {frame}");
            node.reset();
        }
    }

    #[test]
    fn breakpoints_are_held_where_they_say() {
        let events = [event(0, Play::Trigger { gate: 1, values: Values::default() }), event(9600, Play::AllOff)];
        let all = played("0:0.2 100:1* 200:0.5 300:0", &[0.0; 6], &events, &[512; 60]);
        let at = |frame: usize| all.iter().find(|point| point.0 == frame).unwrap().1;
        for (frame, expected) in
            [(0, 0.2), (2400, 0.6), (4800, 1.0), (9600, 1.0), (12_000, 0.75), (14_400, 0.5), (16_800, 0.25), (19_200, 0.0)]
        {
            assert!((at(frame) - expected).abs() < 1e-5, "{frame}: {}", at(frame));
        }
        for wrong in ["1", "0:2", "10:0 5:1", "0:0* 5:1*", "0:a", "0:0:0:0", &"0:0 ".repeat(65)] {
            assert!(Breakpoints::parse(wrong).is_err(), "{wrong}");
        }
    }
}
