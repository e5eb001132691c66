//! The audio output: the way from the graph to a bus of the host.

use std::ops::Range;

use super::{
    LEVEL, ModuleType, PLAIN, ParamSpec, Port, PortKind, Role,
    mixer::{ENABLED, MASTER_VOLUME, MixerNode, PER_INPUT},
};
use crate::{
    dsp::{
        Cell, Kernel,
        limiter::{Limiter, LimiterParams},
    },
    signal::{BUS_NAMES, BUSES, Io, LOUDEST, MAX_FRAMES, Node, Stereo, is_sound, ramp::Ramp},
};

/// Indices in the parameter list; before them are the mixer's.
pub mod param {
    /// Which bus of the host's it sends to.
    pub const BUS: usize = 2;
    /// Whether its sound is kept within full scale.
    pub const LIMIT: usize = 3;
    /// First per-input parameter.
    pub const PER_INPUT: usize = 4;
}

const PARAMS: &[ParamSpec] = &[
    ENABLED,
    MASTER_VOLUME,
    ParamSpec::choice(
        "bus",
        BUS_NAMES,
        "The host's bus it sends to; a host that has no such bus does not hear it. The audioOuts of one bus sum up.",
    ),
    ParamSpec::toggle("limit", true, "Keeps the sound within full scale. What stays below −0.3 dBFS passes unchanged."),
];

/// The audio output's description.
pub static TYPE: ModuleType = ModuleType {
    name: "audioOut",
    aliases: &["audioOutput"],
    doc: "Sends its audio inputs to a bus of the host: the main one, or an auxiliary one, as in audioOut(\"drums\", {bus = \"aux1\"}).",
    role: Role::Master(PortKind::Audio),
    inputs: &[Port::of(PortKind::Audio)],
    outputs: &[Port::of(PortKind::Audio)],
    params: PARAMS,
    formerly: &[("limit", 0.0)],
    per_input: PER_INPUT,
    build: |context| Some(Box::new(OutNode::new(context.sample_rate))),
    made: &[LEVEL],
    ..PLAIN
};

/// Mixes its inputs, limits the sum, and adds it to a bus.
#[derive(Debug)]
struct OutNode {
    mixer: MixerNode,
    limiter: Limiter,
    route: Route,
}

/// The bus that sound goes to, and the one that it leaves.
#[derive(Debug)]
struct Route {
    /// The bus; `None` before the first block.
    to: Option<usize>,
    from: usize,
    /// Share of the sound that goes to the new bus.
    share: Ramp,
}

impl Route {
    const fn new() -> Self {
        Self { to: None, from: 0, share: Ramp::still([1.0; 2]) }
    }

    fn head_for(&mut self, bus: usize, clock: u64) {
        if self.to == Some(bus) {
            return;
        }
        self.from = self.to.unwrap_or(bus);
        self.share = Ramp::still([1.0; 2]);
        if self.to.replace(bus).is_some() {
            self.share = Ramp::still([0.0; 2]);
            self.share.head_for([1.0; 2], clock);
        }
    }
}

impl OutNode {
    const fn new(rate: f64) -> Self {
        Self { mixer: MixerNode::new(param::PER_INPUT), limiter: Limiter::new(rate), route: Route::new() }
    }

    /// Keeps a piece of the output within full scale where `limit` is on. The gain of a limiter that is switched off comes back at
    /// once.
    fn limit(&mut self, io: &mut Io<'_>, frames: Range<usize>) {
        if io.params[param::LIMIT] < 0.5 {
            self.limiter.reset();
            return;
        }
        let Some(output) = io.outputs.first_mut().filter(|output| !output.is_silent() || !self.limiter.is_silent()) else { return };
        let (left, right) = (&mut output.left[frames.clone()], &mut output.right[frames]);
        for channel in [&*left, &*right] {
            if !is_sound(channel) {
                let count = channel.iter().filter(|sample| sample.is_nan() || sample.abs() > LOUDEST).count();
                *io.unsound += count as u64;
            }
        }
        self.limiter.process(Cell::holding(0), &LimiterParams::default(), left, right);
    }

    /// Adds a piece of the output to its bus; for the length of a ramp after a change to both.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the list of buses")]
    fn send(&mut self, io: &mut Io<'_>, frames: Range<usize>) {
        let clock = io.block.clock + frames.start as u64;
        let bus = io.params[param::BUS].round().clamp(0.0, (BUSES - 1) as f64) as usize;
        self.route.head_for(bus, clock);
        let Some(output) = io.outputs.first().filter(|output| !output.is_silent()) else { return };
        let Route { from, share, .. } = &self.route;
        let changes = if share.is_still(clock) { 0 } else { share.piece(clock).frames };
        let settled = frames.start.saturating_add(changes).min(frames.end);
        for k in frames.start..settled {
            let [share, _] = share.value(io.block.clock + k as u64);
            for (bus, gain) in [(bus, share), (*from, 1.0 - share)] {
                add(io.buses, bus, output, k..k + 1, |sample| sample * gain);
            }
        }
        add(io.buses, bus, output, settled..frames.end, |sample| sample);
    }
}

/// Adds frames of a sound to a bus.
fn add(buses: &mut [Stereo], bus: usize, sound: &Stereo, frames: Range<usize>, level: impl Fn(f32) -> f32) {
    let Some(bus) = buses.get_mut(bus).filter(|_| !frames.is_empty()) else { return };
    for (sum, sound) in [(&mut bus.left, &sound.left), (&mut bus.right, &sound.right)] {
        sum[frames.clone()].iter_mut().zip(&sound[frames.clone()]).for_each(|(sum, sample)| *sum += level(*sample));
    }
    bus.set_silent(false);
}

impl Node for OutNode {
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        for piece in io.pieces() {
            if let Some(point) = piece.point {
                io.arrive(point);
            }
            let frames = piece.frames.start..piece.frames.end.min(MAX_FRAMES);
            self.mixer.mix(io, frames.clone());
            self.limit(io, frames.clone());
            self.send(io, frames);
        }
        io.find_silence();
    }

    fn reset(&mut self) {
        self.mixer.reset();
        self.limiter.reset();
        self.route = Route::new();
    }

    fn buses(&self) -> u16 {
        self.route.to.map_or(0, |bus| 1 << bus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        module::Value,
        name::Name,
        signal::{ramp::RAMP_FRAMES, solo::Solo},
    };

    fn params(set: &[(&str, f64)]) -> Vec<f64> {
        let mut all: Vec<f64> = PARAMS.iter().chain(PER_INPUT).map(|spec| spec.default).collect();
        for (name, value) in set {
            all[TYPE.param(name).unwrap().index] = *value;
        }
        all
    }

    fn wave(level: impl Fn(u64) -> f32, clock: u64, frames: usize) -> Stereo {
        let mut sound = Stereo::holding([0.0; MAX_FRAMES], [0.0; MAX_FRAMES]);
        for k in 0..frames {
            (sound.left[k], sound.right[k]) = (level(clock + k as u64), -level(clock + k as u64));
        }
        sound
    }

    /// What each bus holds after blocks of these lengths, sample by sample; `set` gives the parameters at a block's first frame.
    fn played(cuts: &[usize], level: impl Fn(u64) -> f32 + Copy, set: impl Fn(u64) -> Vec<f64>) -> Vec<Vec<f32>> {
        let (mut node, mut solo, mut clock) = (OutNode::new(48_000.0), Solo::new(48_000.0), 0);
        let mut all = vec![Vec::new(); BUSES];
        for frames in cuts {
            solo.buses.iter_mut().for_each(|bus| bus.silence(MAX_FRAMES));
            solo.block(&mut node, clock, *frames, &set(clock), &[], &[&wave(level, clock, *frames)]);
            for (all, bus) in all.iter_mut().zip(&solo.buses) {
                all.extend(&bus.left[..*frames]);
                assert!(!bus.is_silent() || bus.left[..*frames].iter().all(|sample| *sample == 0.0));
            }
            clock += *frames as u64;
        }
        all
    }

    #[test]
    fn the_places_are_those_of_the_list() {
        for (name, index) in [
            ("enabled", super::super::mixer::param::ENABLED),
            ("masterVolume", super::super::mixer::param::MASTER_VOLUME),
            ("bus", param::BUS),
            ("limit", param::LIMIT),
            ("connectionVolume_0", param::PER_INPUT),
        ] {
            assert_eq!(TYPE.param(name).unwrap().index, index, "{name}");
        }
    }

    #[test]
    fn buses_answer_to_what_people_write() {
        let spec = TYPE.param("bus").unwrap().spec;
        for (written, bus) in
            [("main", "main"), ("Main", "main"), ("aux1", "aux1"), ("Aux 8", "aux8"), ("aux-3", "aux3"), ("AUX_2", "aux2")]
        {
            assert_eq!(spec.check(&Value::Text(Name::new(written))), Ok(Value::Text(Name::new(bus))), "{written}");
        }
        assert_eq!(spec.check(&Value::Number(8.0)), Ok(Value::Text(Name::new("aux8"))));
        for wrong in [Value::Number(9.0), Value::Text(Name::new("aux9")), Value::Text(Name::new("aux"))] {
            assert!(spec.check(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_sound_is_on_its_bus_and_on_no_other() {
        for bus in 0..BUSES {
            let all = played(&[300, 212], |_| 0.5, |_| params(&[("bus", bus as f64)]));
            for (index, sound) in all.iter().enumerate() {
                let level = if index == bus { 0.5 } else { 0.0 };
                assert!(sound.iter().all(|sample| *sample == level), "{bus} in {index}");
            }
        }
    }

    #[test]
    fn a_change_of_the_bus_fades_over_wherever_blocks_are_cut() {
        let set = |clock: u64| params(&[("bus", if clock < 120 { 0.0 } else { 3.0 })]);
        let whole = played(&[120, 400], |_| 0.5, set);
        assert_eq!(whole, played(&[1; 520], |_| 0.5, set));
        assert_eq!(whole, played(&[50, 70, 33, 31, 1, 335], |_| 0.5, set));
        let sum = |frame: usize| whole[0][frame] + whole[3][frame];
        assert!((0..520).all(|frame| (sum(frame) - 0.5).abs() < 1e-6));
        let end = 120 + RAMP_FRAMES as usize;
        assert!(whole[0][121] > 0.4 && whole[0][end..].iter().all(|sample| *sample == 0.0) && whole[3][end] == 0.5);
    }

    #[test]
    fn the_limiter_holds_full_scale_and_leaves_what_is_softer_as_it_was() {
        let soft = |clock: u64| ((clock % 7) as f32 / 6.0 - 0.5) * 1.9;
        let loud = |clock: u64| if (200..260).contains(&clock) { 40.0 } else { soft(clock) };
        let set = |limit: f64| move |_: u64| params(&[("limit", limit)]);
        assert_eq!(played(&[300, 200], soft, set(1.0)), played(&[300, 200], soft, set(0.0)));
        let whole = played(&[512, 500], loud, set(1.0));
        assert!(whole[0].iter().all(|sample| sample.abs() <= 1.0));
        assert_eq!(whole, played(&[1; 1012], loud, set(1.0)));
        assert_eq!(whole, played(&[250, 7, 500, 255], loud, set(1.0)));
        assert_eq!(played(&[512], loud, set(0.0))[0][230], 40.0);
    }

    #[test]
    fn what_is_no_sound_is_counted_before_it_is_limited() {
        let (mut node, mut solo) = (OutNode::new(48_000.0), Solo::new(48_000.0));
        let level = |clock| match clock {
            10 => f32::NAN,
            11 => 2000.0,
            _ => 0.5,
        };
        solo.block(&mut node, 0, 100, &params(&[]), &[], &[&wave(level, 0, 100)]);
        assert_eq!(solo.unsound, 4);
        assert!(solo.buses[0].left[..100].iter().all(|sample| sample.abs() <= 1.0));
    }
}
