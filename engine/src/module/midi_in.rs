//! MIDI in: turns the host's notes into triggers, and its controllers into numbers.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::{
    signal::{Change, Expression, Io, KEY_GATE, Midi, Node, NodeEvent, NodeEventKind, Trigger, Values, control},
    time::Ratio,
};

/// What a note does.
pub const MODE: &[&str] = &["chromatic", "index"];

/// What aftertouch does to the voices of its keys.
pub const PRESSURE: &[&str] = &["nothing", "level", "brightness", "vibrato"];

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Chromatic or by index.
    pub const MODE: usize = 1;
    /// Channel, 0 for all.
    pub const CHANNEL: usize = 2;
    /// Note that plays index 0.
    pub const BASE: usize = 3;
    /// Semitones of the whole pitch wheel, up or down.
    pub const BEND_RANGE: usize = 4;
    /// Index into [`super::PRESSURE`].
    pub const PRESSURE_TO: usize = 5;
    /// Octaves of the whole brightness.
    pub const BRIGHTNESS_RANGE: usize = 6;
    /// Semitones of the whole vibrato.
    pub const VIBRATO_RANGE: usize = 7;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: passes nothing on, and lets go of every key."),
    ParamSpec::choice("mode", MODE, "chromatic: notes transpose the sample (60 as recorded); index: notes choose the sample."),
    ParamSpec::integer("channel", 0.0, 16.0, 0.0, "MIDI channel it hears; 0 hears all."),
    ParamSpec::integer("base", 0.0, 127.0, 36.0, "Note that plays sample 0 in index mode."),
    ParamSpec::float("bendRange", 0.0, 96.0, 2.0, "semitones", "How far the pitch wheel bends notes, up or down."),
    ParamSpec::choice(
        "pressureTo",
        PRESSURE,
        "What aftertouch, of the channel or of a key, does to the notes: level makes them up to twice as loud, brightness opens their low-pass (lpf), vibrato shakes a synth's pitch.",
    ),
    ParamSpec::float(
        "brightnessRange",
        0.0,
        8.0,
        2.0,
        "oct",
        "How far notes' brightness, a note expression of the host's, opens or closes their low-pass (lpf).",
    ),
    ParamSpec::float(
        "vibratoRange",
        0.0,
        12.0,
        0.5,
        "semitones",
        "Vibrato of a synth's notes at their full vibrato, a note expression of the host's.",
    ),
];

/// Controllers of a channel; higher numbers are messages of their own.
const CONTROLLERS: usize = 120;
/// The sustain pedal.
const SUSTAIN: u8 = 64;

/// Places among the numbers it makes.
mod made {
    pub const BEND: usize = 0;
    pub const PRESSURE: usize = 1;
    pub const PROGRAM: usize = 2;
    pub const VELOCITY: usize = 3;
    pub const NOTE: usize = 4;
    /// The first of the controllers.
    pub const CC: usize = 5;
}

macro_rules! numbers {
    ($($number:literal)*) => {
        [
            ParamSpec::float("bend", -1.0, 1.0, 0.0, "", "The pitch wheel."),
            ParamSpec::float("pressure", 0.0, 1.0, 0.0, "", "Aftertouch, of the channel or of a key."),
            ParamSpec::integer("program", 0.0, 127.0, 0.0, "The program chosen last."),
            ParamSpec::float("velocity", 0.0, 1.0, 0.0, "", "How hard the last key was struck."),
            ParamSpec::integer("note", 0.0, 127.0, 0.0, "The last key that was struck."),
            $(ParamSpec::float(concat!("cc", $number), 0.0, 1.0, 0.0, "", "A controller."),)*
        ]
    };
}

static MADE: [ParamSpec; made::CC + CONTROLLERS] = numbers!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
    40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79
    80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115
    116 117 118 119
);

/// The description of MIDI in.
pub static TYPE: ModuleType = ModuleType {
    name: "midiIn",
    aliases: &["midi"],
    doc: "Plays connected samplers from the host's MIDI notes, with pitch wheel, sustain pedal, aftertouch and note expressions. Its controllers are numbers that links take: connect(\"midi.cc1\", \"drums.volume\").",
    outputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    made: &MADE,
    build: |context| Some(Box::new(MidiInNode::new(context.id))),
    ..PLAIN
};

/// Most keys that go down in a block.
const MOST: usize = 1024;
/// Most changes of sounding notes in a block; the last one beyond comes with the next block.
const MOST_CHANGES: usize = 256;

/// Sends a trigger for each key that goes down, and closes its gate when it comes up, or when the sustain pedal does.
#[derive(Debug)]
struct MidiInNode {
    id: u32,
    /// Keys that are down, by channel.
    down: [u128; 16],
    /// Keys that came up while the pedal was down.
    sustained: [u128; 16],
    pedal: [bool; 16],
    /// Where each channel's pitch wheel stands.
    bend: [f32; 16],
    /// Aftertouch of each channel.
    pressure: [f32; 16],
    /// Channels whose notes have not heard of their wheel.
    owed: u16,
    changes: usize,
    numbers: Box<[f64; MADE.len()]>,
}

impl MidiInNode {
    fn new(id: u32) -> Self {
        Self {
            id,
            down: [0; 16],
            sustained: [0; 16],
            pedal: [false; 16],
            bend: [0.0; 16],
            pressure: [0.0; 16],
            owed: 0,
            changes: 0,
            numbers: Box::new([0.0; MADE.len()]),
        }
    }

    fn gate(&self, channel: u8, note: u8) -> u64 {
        KEY_GATE | u64::from(self.id) << 16 | u64::from(channel) << 8 | u64::from(note)
    }

    /// Takes a message at its frame.
    fn hear(&mut self, message: Midi, io: &mut Io<'_>) {
        let frame = message.frame() as usize;
        let heard = |channel: u8| hears(io.params, channel);
        match message {
            Midi::NoteOn { channel, note, velocity, .. } if heard(channel) => self.strike(frame, (channel, note), velocity, io),
            Midi::NoteOff { channel, note, .. } if heard(channel) => self.lift(frame, channel, note, io),
            Midi::AllOff { .. } => {
                (self.down, self.sustained) = ([0; 16], [0; 16]);
                io.send(NodeEvent { frame, kind: NodeEventKind::AllOff });
            }
            Midi::Controller { channel, number, value, .. } if heard(channel) => {
                if let Some(held) = self.numbers.get_mut(made::CC + usize::from(number)) {
                    *held = f64::from(value);
                }
                if number == SUSTAIN {
                    self.tread(frame, channel, value >= 0.5, io);
                }
            }
            Midi::Bend { channel, value, .. } if heard(channel) => {
                self.numbers[made::BEND] = f64::from(value);
                self.bend[usize::from(channel & 15)] = value;
                self.bend(frame, channel, io);
            }
            Midi::Pressure { channel, note, value, .. } if heard(channel) => {
                self.numbers[made::PRESSURE] = f64::from(value);
                if note.is_none() {
                    self.pressure[usize::from(channel & 15)] = value;
                }
                self.press(frame, (Some(channel), note), value, io);
            }
            Midi::Program { channel, program, .. } if heard(channel) => self.numbers[made::PROGRAM] = f64::from(program),
            Midi::Expression { channel, note, kind, value, .. } if channel.is_none_or(heard) => {
                self.express(frame, (channel, note), kind, value, io);
            }
            _ => {}
        }
    }

    fn strike(&mut self, frame: usize, (channel, note): (u8, u8), velocity: f32, io: &mut Io<'_>) {
        let mut values = Values::default();
        values.set(control::VELOCITY, velocity);
        if io.params[param::MODE] < 0.5 {
            values.set(control::NOTE, f32::from(note));
        } else {
            let index = f64::from(note) - io.params[param::BASE];
            if index < 0.0 {
                return;
            }
            values.set(control::INDEX, index);
        }
        let bend = self.bend[usize::from(channel & 15)];
        if bend != 0.0 {
            values.set(control::TUNING, f64::from(bend) * io.params[param::BEND_RANGE]);
        }
        let Some(controls) = io.arena.add_values(&values) else {
            *io.lost += 1;
            return;
        };
        (self.numbers[made::VELOCITY], self.numbers[made::NOTE]) = (f64::from(velocity), f64::from(note));
        let trigger = Trigger { gate: self.gate(channel, note), beat: Ratio::ZERO, controls };
        if io.send(NodeEvent { frame, kind: NodeEventKind::Trigger(trigger) }) {
            self.down[usize::from(channel & 15)] |= bit(note);
            self.sustained[usize::from(channel & 15)] &= !bit(note);
            let pressure = self.pressure[usize::from(channel & 15)];
            if pressure != 0.0 {
                self.press(frame, (Some(channel), Some(note)), pressure, io);
            }
        }
    }

    /// Tells notes of aftertouch, where it does something to them.
    fn press(&mut self, frame: usize, of: (Option<u8>, Option<u8>), value: f32, io: &mut Io<'_>) {
        let (value, range) = (f64::from(value), |index: usize| io.params[index]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into a short list")]
        let (control, value) = match range(param::PRESSURE_TO).max(0.0) as usize {
            1 => (control::EXPRESSION, 1.0 + value),
            2 => (control::BRIGHTNESS, value * range(param::BRIGHTNESS_RANGE)),
            3 => (control::VIBRATO, value * range(param::VIBRATO_RANGE)),
            _ => return,
        };
        self.change(frame, of, control, value, io);
    }

    fn lift(&mut self, frame: usize, channel: u8, note: u8, io: &mut Io<'_>) {
        let index = usize::from(channel & 15);
        self.down[index] &= !bit(note);
        if self.pedal[index] {
            self.sustained[index] |= bit(note);
        } else {
            io.send(NodeEvent { frame, kind: NodeEventKind::GateOff(self.gate(channel, note)) });
        }
    }

    /// The pedal goes down or comes up.
    fn tread(&mut self, frame: usize, channel: u8, down: bool, io: &mut Io<'_>) {
        let index = usize::from(channel & 15);
        self.pedal[index] = down;
        if !down {
            let keys = std::mem::take(&mut self.sustained[index]);
            self.close(frame, channel, keys, io);
        }
    }

    fn close(&self, frame: usize, channel: u8, keys: u128, io: &mut Io<'_>) {
        for note in (0..128_u8).filter(|note| keys & bit(*note) != 0) {
            io.send(NodeEvent { frame, kind: NodeEventKind::GateOff(self.gate(channel, note)) });
        }
    }

    /// Tells a channel's notes where its wheel stands.
    fn bend(&mut self, frame: usize, channel: u8, io: &mut Io<'_>) {
        let semitones = f64::from(self.bend[usize::from(channel & 15)]) * io.params[param::BEND_RANGE];
        let sent = self.change(frame, (Some(channel), None), control::TUNING, semitones, io);
        let mark = 1 << (channel & 15);
        self.owed = if sent { self.owed & !mark } else { self.owed | mark };
    }

    fn express(&mut self, frame: usize, of: (Option<u8>, Option<u8>), kind: Expression, value: f32, io: &mut Io<'_>) {
        let (control, value) = match kind {
            Expression::Tuning => {
                let wheel = of.0.map_or(0.0, |channel| f64::from(self.bend[usize::from(channel & 15)]));
                (control::TUNING, wheel.mul_add(io.params[param::BEND_RANGE], f64::from(value)))
            }
            Expression::Volume => (control::GAIN, f64::from(value)),
            Expression::Pan => (control::PAN, f64::from(value)),
            Expression::Level => (control::EXPRESSION, f64::from(value)),
            Expression::Vibrato => (control::VIBRATO, f64::from(value) * io.params[param::VIBRATO_RANGE]),
            Expression::Brightness => (control::BRIGHTNESS, (2.0 * f64::from(value) - 1.0) * io.params[param::BRIGHTNESS_RANGE]),
        };
        self.change(frame, of, control, value, io);
    }

    /// Changes the notes of a channel and a key, or of all; says whether there was room.
    fn change(&mut self, frame: usize, (channel, note): (Option<u8>, Option<u8>), control: u16, value: f64, io: &mut Io<'_>) -> bool {
        let mut values = Values::default();
        values.set(control, value);
        self.changes += 1;
        if self.changes > MOST_CHANGES {
            return false;
        }
        let Some(controls) = io.arena.add_values(&values) else { return false };
        let without = |missing: bool, bits: u64| if missing { !bits } else { u64::MAX };
        let mask = without(channel.is_none(), 0xff00) & without(note.is_none(), 0xff);
        let gate = self.gate(channel.unwrap_or(0), note.unwrap_or(0));
        io.send(NodeEvent { frame, kind: NodeEventKind::Change(Change { gate, mask, controls }) })
    }

    /// Lets go of the keys of channels that it hears no more.
    fn let_go(&mut self, io: &mut Io<'_>) {
        let is_on = io.params[param::ENABLED] >= 0.5;
        for channel in 0..16_u8 {
            let index = usize::from(channel);
            let keys = self.down[index] | self.sustained[index];
            if keys != 0 && !(is_on && hears(io.params, channel)) {
                (self.down[index], self.sustained[index], self.pedal[index]) = (0, 0, false);
                self.close(0, channel, keys, io);
            }
        }
    }

    /// Writes the numbers at a point of the block.
    fn write(&self, point: usize, io: &mut Io<'_>) {
        for (made, number) in io.made.iter_mut().zip(self.numbers.iter()) {
            made.points[point] = *number;
        }
    }
}

/// Whether a channel is heard.
fn hears(params: &[f64], channel: u8) -> bool {
    let wanted = params[param::CHANNEL];
    wanted < 0.5 || (f64::from(channel) + 1.0 - wanted).abs() < 0.5
}

const fn bit(note: u8) -> u128 {
    1 << (note & 127)
}

impl Node for MidiInNode {
    fn process(&mut self, io: &mut Io<'_>) {
        self.let_go(io);
        self.changes = 0;
        let owed = std::mem::take(&mut self.owed);
        for channel in (0..16).filter(|channel| owed & (1 << channel) != 0) {
            self.bend(0, channel, io);
        }
        let points = io.block.points;
        let mut points = points.iter().enumerate().peekable();
        let is_on = io.params[param::ENABLED] >= 0.5;
        let mut struck = 0;
        for message in io.midi().filter(|_| is_on) {
            let frame = message.frame() as usize;
            while let Some((point, _)) = points.next_if(|(_, at)| *at < frame) {
                self.write(point, io);
            }
            // A flood of keys ends here; that keys come up is heard for longer.
            if matches!(message, Midi::NoteOn { .. }) {
                struck += 1;
                if struck > MOST {
                    *io.lost += 1;
                    continue;
                }
            }
            self.hear(message, io);
        }
        for (point, _) in points {
            self.write(point, io);
        }
    }

    fn reset(&mut self) {
        (self.down, self.sustained, self.pedal) = ([0; 16], [0; 16], [false; 16]);
    }
}
