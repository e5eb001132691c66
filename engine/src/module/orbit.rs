//! An orbit: the delay and the room that voices send to by its number, and what all of it goes through.
//!
//! Words, units, defaults and laws are those of Strudel's orbits (`room`, `roomsize`, `delay`, `delaytime`, …), with a reverberator
//! of delay lines in place of its convolution. `compressor` is one for the orbit, where Strudel has one for each voice.

mod bus;

use super::{
    LEVEL, ModuleType, PLAIN, ParamSpec, Plays, Port, PortKind,
    audio_fx::{self, Body},
};
use crate::{
    dsp::Move,
    module::orbit::bus::Bus,
    signal::{ControlMap, GRID, Io, Node, NodeEventKind, SENDS, Stereo, bank::FIRST, control, send},
};

/// Places in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// The number by which voices choose it.
    pub const NUMBER: usize = 1;
    /// Level of everything.
    pub const VOLUME: usize = 2;
    /// Time of an echo in seconds; 0 lets [`DELAY_SYNC`] count.
    pub const DELAY_TIME: usize = 3;
    /// Time of an echo in cycles.
    pub const DELAY_SYNC: usize = 4;
    /// Level of each echo in the next one.
    pub const DELAY_FEEDBACK: usize = 5;
    /// Seconds in which the room falls by 60 dB.
    pub const ROOM_SIZE: usize = 6;
    /// Seconds in which the room begins.
    pub const ROOM_FADE: usize = 7;
    /// Low-pass of the room where it begins.
    pub const ROOM_LP: usize = 8;
    /// Low-pass of the room where it ends.
    pub const ROOM_DIM: usize = 9;
    /// Threshold of the compressor in dB; 0 is none.
    pub const COMPRESSOR: usize = 10;
    /// Decibels above the threshold that become one.
    pub const COMPRESSOR_RATIO: usize = 11;
    /// Width in decibels of the bend above the threshold.
    pub const COMPRESSOR_KNEE: usize = 12;
    /// Seconds in which the gain falls by two thirds of its way.
    pub const COMPRESSOR_ATTACK: usize = 13;
    /// Seconds in which it comes back by as much.
    pub const COMPRESSOR_RELEASE: usize = 14;
    /// How far an event lowers the orbit that names it in `duckorbit`.
    pub const DUCK_DEPTH: usize = 15;
    /// Seconds until it is down.
    pub const DUCK_ONSET: usize = 16;
    /// Seconds from there until it is back.
    pub const DUCK_ATTACK: usize = 17;
    /// The filter of a DJ: low-pass below 0.49, high-pass above 0.51.
    pub const DJF: usize = 18;
}

const PARAMS: [ParamSpec; param::DJF + 1] = [
    ParamSpec::toggle("enabled", true, "Off: passes on what voices send as it is, without delay and room."),
    ParamSpec::integer("number", 1.0, 64.0, 1.0, "The number by which voices choose it: their `orbit`."),
    ParamSpec::float("volume", 0.0, 2.0, 1.0, "", "Level of everything."),
    ParamSpec::float("delaytime", 0.0, 16.0, 0.0, "s", "Time of an echo; 0 lets `delaysync` count.").also(&["delayt", "dt"]),
    ParamSpec::float("delaysync", 0.0, 16.0, 0.1875, "cycles", "Time of an echo in cycles, at most 16 s, where `delaytime` is 0."),
    ParamSpec::float("delayfeedback", 0.0, 0.98, 0.5, "", "Level of each echo in the next one; 0 switches the delay off.")
        .also(&["delayfb", "dfb"]),
    ParamSpec::float("roomsize", 0.1, 100.0, 2.0, "s", "Time in which the room falls by 60 dB; a larger room is louder.")
        .also(&["rsize", "sz"]),
    ParamSpec::float("roomfade", 0.0, 2.0, 0.1, "s", "Time in which the room's sound begins.").also(&["rfade"]),
    ParamSpec::float("roomlp", 20.0, 20_000.0, 15_000.0, "Hz", "Low-pass of the room where it begins.").also(&["rlp"]),
    ParamSpec::float("roomdim", 20.0, 20_000.0, 1_000.0, "Hz", "Low-pass of the room where it ends.").also(&["rdim"]),
    ParamSpec::float("compressor", -100.0, 0.0, 0.0, "dB", "Threshold of a compressor on all of the orbit, with makeup; 0 is none."),
    ParamSpec::float("compressorRatio", 1.0, 20.0, 10.0, "", "Decibels above the threshold that become one."),
    ParamSpec::float("compressorKnee", 0.0, 40.0, 10.0, "dB", "Width of the bend above the threshold."),
    ParamSpec::float("compressorAttack", 0.0, 1.0, 0.005, "s", "Time in which it covers two thirds of its way down."),
    ParamSpec::float("compressorRelease", 0.001, 10.0, 0.05, "s", "Time in which it covers two thirds of its way up."),
    ParamSpec::float(
        "duckdepth",
        0.0,
        1.0,
        1.0,
        "",
        "How far an event lowers the orbit that its duckorbit names: to 1 − √duckdepth, at least 0.01.",
    ),
    ParamSpec::float("duckonset", 0.0, 10.0, 0.0, "s", "Time in which the orbit goes down; at least 64 frames.").also(&["duckons"]),
    ParamSpec::float("duckattack", 0.002, 10.0, 0.1, "s", "Time in which it comes back from there.").also(&["duckatt"]),
    ParamSpec::float("djf", 0.0, 1.0, 0.5, "", "Filter of a DJ on all of the orbit: below 0.49 a low-pass, above 0.51 a high-pass."),
];

/// The description of orbits.
pub static TYPE: ModuleType = ModuleType {
    name: "orbit",
    doc: "The delay and the room of the voices that choose it by its number: connect(\"drums\", \"orbit1\"), then :room(0.4) and :delay(0.3) in patterns; s(\"bd*4\"):duckorbit(2) lowers orbit 2 at each bass drum. What an event says of it (roomsize, delaytime, compressor, …) holds until its next event; stop and jump return to its parameters.",
    inputs: &[Port::of(PortKind::Audio), Port::sends(), Port::of(PortKind::Event)],
    outputs: &[Port::of(PortKind::Audio)],
    params: &PARAMS,
    made: &[LEVEL],
    plays: Plays::All,
    build: |context| Some(Box::new(OrbitNode::new(context.sample_rate))),
    ..PLAIN
};

/// What an event says of the delay and of the room, by place in the parameter list.
const DELAY: [(u16, usize); 3] =
    [(control::DELAY_TIME, param::DELAY_TIME), (control::DELAY_SYNC, param::DELAY_SYNC), (control::DELAY_FEEDBACK, param::DELAY_FEEDBACK)];
const ROOM: [(u16, usize); 4] = [
    (control::ROOM_SIZE, param::ROOM_SIZE),
    (control::ROOM_FADE, param::ROOM_FADE),
    (control::ROOM_LP, param::ROOM_LP),
    (control::ROOM_DIM, param::ROOM_DIM),
];
const COMPRESSOR: [(u16, usize); 5] = [
    (control::COMPRESSOR, param::COMPRESSOR),
    (control::COMPRESSOR_RATIO, param::COMPRESSOR_RATIO),
    (control::COMPRESSOR_KNEE, param::COMPRESSOR_KNEE),
    (control::COMPRESSOR_ATTACK, param::COMPRESSOR_ATTACK),
    (control::COMPRESSOR_RELEASE, param::COMPRESSOR_RELEASE),
];
const DJF: [(u16, usize); 1] = [(control::DJF, param::DJF)];

type Moves = [Move<f64>; PARAMS.len()];
type Sound = [[f32; GRID]; 2];

/// Plays an orbit.
#[derive(Debug)]
struct OrbitNode {
    echo: Body,
    room: Body,
    bus: Bus,
    /// What the last event said; not a number where the module's own counts.
    held: [f64; PARAMS.len()],
    moves: Moves,
    started: bool,
    sounds: Box<[Sound; SENDS + 1]>,
}

impl OrbitNode {
    fn new(rate: f64) -> Self {
        let [echo, room] = audio_fx::echo_and_room(rate);
        Self {
            echo,
            room,
            bus: Bus::new(rate),
            held: [f64::NAN; PARAMS.len()],
            moves: [Move::still(0.0); PARAMS.len()],
            started: false,
            sounds: Box::new([[[0.0; GRID]; 2]; SENDS + 1]),
        }
    }

    /// Takes up what an event says: all of the delay where it sends to it, all of the room likewise, and of the compressor where it has a
    /// threshold.
    fn hear(&mut self, controls: ControlMap<'_>, number: f64) {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        let wanted = value_of(control::ORBIT).unwrap_or_else(|| f64::from(FIRST));
        if wanted.round() != number.round() {
            return;
        }
        let is_sent = |control: u16| value_of(control).is_some_and(|level| level > 0.0);
        for (counts, sent, words) in [
            (is_sent(control::DELAY), control::DELAY, &DELAY[..]),
            (is_sent(control::ROOM), control::ROOM, &ROOM),
            (value_of(control::COMPRESSOR).is_some(), control::COMPRESSOR, &COMPRESSOR),
            (value_of(control::DJF).is_some(), control::DJF, &DJF),
        ] {
            if counts {
                for (control, index) in words {
                    self.held[*index] = value_of(*control).map_or(f64::NAN, |value| value.clamp(PARAMS[*index].min, PARAMS[*index].max));
                }
                // A time in cycles counts where the event gives no seconds.
                if sent == control::DELAY && value_of(control::DELAY_SYNC).is_some() && value_of(control::DELAY_TIME).is_none() {
                    self.held[param::DELAY_TIME] = 0.0;
                }
            }
        }
    }

    /// The ways of all parameters over the cell that begins.
    fn enter(&mut self, params: &[f64], anew: bool) {
        for (index, way) in self.moves.iter_mut().enumerate() {
            let own = params.get(index).copied().filter(|value| value.is_finite()).unwrap_or(PARAMS[index].default);
            let now = if self.held[index].is_nan() { own } else { self.held[index] };
            *way = if anew { Move::still(now) } else { Move { from: way.to, to: now } };
        }
        self.started = true;
        self.bus.enter(&self.moves, anew);
    }

    /// The ways of the delay's parameters, as the effect has them.
    fn echo_moves(&self, cycle_beats: f64) -> [Move<f64>; 8] {
        let way = |index: usize| self.moves[index];
        let beats = Move {
            from: if way(param::DELAY_TIME).from > 0.0 { 0.0 } else { way(param::DELAY_SYNC).from * cycle_beats },
            to: if way(param::DELAY_TIME).to > 0.0 { 0.0 } else { way(param::DELAY_SYNC).to * cycle_beats },
        };
        let still = Move::still;
        let milliseconds = way(param::DELAY_TIME).map(|seconds| seconds * 1000.0);
        [way(param::ENABLED), still(0.0), still(1.0), milliseconds, beats, way(param::DELAY_FEEDBACK), still(20_000.0), still(0.0)]
    }

    /// The ways of the room's parameters, as the room has them.
    fn room_moves(&self) -> [Move<f64>; 7] {
        let way = |index: usize| self.moves[index];
        let (enabled, still) = (way(param::ENABLED), Move::still);
        [enabled, still(0.0), still(1.0), way(param::ROOM_SIZE), way(param::ROOM_FADE), way(param::ROOM_LP), way(param::ROOM_DIM)]
    }
}

/// Adds a sound to another over some frames.
fn add(sum: &mut Sound, sound: &Sound, frames: usize) {
    for (sum, sound) in sum.iter_mut().zip(sound) {
        sum[..frames].iter_mut().zip(sound).for_each(|(sum, sample)| *sum += sample);
    }
}

impl Node for OrbitNode {
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        let points = io.block.points;
        let (mut events, mut ducks) = (io.events.iter().peekable(), io.events);
        for piece in points.pieces() {
            let (frames, count) = (piece.frames.clone(), piece.frames.len());
            if let Some(point) = piece.point {
                io.arrive(point);
            }
            let anew = !self.started || (points.is_fresh() && frames.start == 0);
            if anew {
                self.held = [f64::NAN; PARAMS.len()];
            }
            let number = io.params.get(param::NUMBER).copied().unwrap_or(0.0);
            if anew || piece.point.is_some() {
                while let Some(event) = events.next_if(|event| event.frame <= frames.start) {
                    if let NodeEventKind::Trigger(trigger) = &event.kind {
                        self.hear(io.controls(trigger), number);
                    }
                }
                self.enter(io.params, anew);
            }
            let (echo_moves, room_moves) = (self.echo_moves(io.block.cycle_beats), self.room_moves());
            let [out, delay, room, sound] = &mut *self.sounds;
            let sends = io.inputs(1);
            let part = |index: usize| sends.chunks_exact(SENDS).map(move |buses| buses[index]).filter(|bus: &&Stereo| !bus.is_silent());
            audio_fx::sum(out, io.inputs(0), frames.clone());
            add_all(out, part(send::DRY), &frames);
            for (sum, index) in [(&mut *delay, send::DELAY), (&mut *room, send::ROOM)] {
                sum.iter_mut().for_each(|channel| channel[..count].fill(0.0));
                add_all(sum, part(index), &frames);
            }
            if self.moves[param::DELAY_FEEDBACK].to <= 0.0 {
                delay.iter_mut().for_each(|channel| channel[..count].fill(0.0));
            }
            self.echo.render(&io.block, &piece, &echo_moves, [&delay[0][..count], &delay[1][..count]], None, sound);
            add(out, sound, count);
            self.room.render(&io.block, &piece, &room_moves, [&room[0][..count], &room[1][..count]], None, sound);
            add(out, sound, count);
            self.bus.process(&piece, out, sound);
            let due = ducks.iter().take_while(|event| event.frame < frames.end || frames.end >= io.block.frames).count();
            let (due, later) = ducks.split_at(due);
            ducks = later;
            self.bus.duck(&frames, out, due, |bus, trigger| bus.hear(&self.moves, io.controls(trigger), number));
            #[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
            let volume = self.moves[param::VOLUME].map(|level| level as f32);
            let Some(output) = io.outputs.first_mut() else { return };
            let whole = volume == Move::still(1.0);
            for (channel, to) in out.iter().zip([&mut output.left, &mut output.right]) {
                for (k, (sample, to)) in channel[..count].iter().zip(&mut to[frames.clone()]).enumerate() {
                    #[allow(clippy::cast_precision_loss, reason = "at most 32")]
                    let share = (piece.at + k) as f32 / GRID as f32;
                    *to = if whole { *sample } else { sample * volume.at(share) };
                }
            }
            if out.iter().any(|channel| channel[..count].iter().any(|sample| *sample != 0.0)) {
                output.set_silent(false);
            }
        }
        // What comes after the last point counts from the next one on.
        let number = io.params.get(param::NUMBER).copied().unwrap_or(0.0);
        for event in events {
            if let NodeEventKind::Trigger(trigger) = &event.kind {
                self.hear(io.controls(trigger), number);
            }
        }
    }

    fn reset(&mut self) {
        self.echo.reset();
        self.room.reset();
        self.bus.reset();
        self.held = [f64::NAN; PARAMS.len()];
        self.started = false;
    }

    fn tail(&self, fed: bool) -> u64 {
        self.echo.tail(fed).max(self.room.tail(fed)) + self.bus.tail()
    }
}

/// Adds what comes in over some frames.
fn add_all<'a>(sum: &mut Sound, inputs: impl Iterator<Item = &'a Stereo>, frames: &std::ops::Range<usize>) {
    for input in inputs {
        for (sum, samples) in sum.iter_mut().zip([&input.left, &input.right]) {
            sum[..frames.len()].iter_mut().zip(&samples[frames.clone()]).for_each(|(sum, sample)| *sum += sample);
        }
    }
}
