//! MIDI out: turns triggers into notes and controllers for the host.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::signal::{
    ControlMap, Controls, Io, Midi, MidiOut, Node, NodeEventKind, Trigger, control,
    word::{Word, WordTable},
};

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Channel, 1–16.
    pub const CHANNEL: usize = 1;
    /// Strength of notes that say none.
    pub const VELOCITY: usize = 2;
    /// Semitones added to every note.
    pub const TRANSPOSE: usize = 3;
    /// Note of index 0.
    pub const BASE: usize = 4;
    /// Pitch wheel.
    pub const BEND: usize = 5;
    /// Aftertouch of the channel.
    pub const TOUCH: usize = 6;
    /// Program, -1 for none.
    pub const PROGRAM: usize = 7;
    /// Controller that `ccv` moves, -1 for none.
    pub const CC_NUMBER: usize = 8;
    /// Where the controller stands.
    pub const CC_VALUE: usize = 9;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: sends nothing, and lets every key come up."),
    ParamSpec::integer("midichan", 1.0, 16.0, 1.0, "MIDI channel it sends on.").also(&["channel"]),
    ParamSpec::float("velocity", 0.0, 1.0, 0.8, "", "How hard keys are struck, where a trigger does not say; its gain multiplies it."),
    ParamSpec::float("transpose", -48.0, 48.0, 0.0, "semitones", "Added to every note, which then is the nearest key."),
    ParamSpec::integer("base", 0.0, 127.0, 36.0, "Key of a trigger with a sample's number only, counted from here."),
    ParamSpec::float("midibend", -1.0, 1.0, 0.0, "", "Pitch wheel."),
    ParamSpec::float("miditouch", 0.0, 1.0, 0.0, "", "Aftertouch of the channel.").also(&["pressure"]),
    ParamSpec::integer("progNum", -1.0, 127.0, -1.0, "Program, sent when it changes; -1 sends none.").also(&["program"]),
    ParamSpec::integer("ccn", -1.0, 119.0, -1.0, "Controller that ccv moves; -1 for none."),
    ParamSpec::float("ccv", 0.0, 1.0, 0.0, "", "Where the controller ccn stands."),
];

/// The description of MIDI out.
pub static TYPE: ModuleType = ModuleType {
    name: "midiOut",
    doc: "Sends what it is played to the host as MIDI: notes, drums by their words (bd, sd, hh, … as in General MIDI), and the controls midibend, miditouch, progNum, ccn and ccv of triggers. Its parameters of these names are sent as they move, so that links and macros can drive them.",
    inputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    words: &DRUM_WORDS,
    build: |context| Some(Box::new(MidiOutNode::new(Hears::of(context.controls)))),
    ..PLAIN
};

/// Words of drums, and their keys in the percussion map of General MIDI 1 (MIDI Manufacturers Association, 1991).
const DRUMS: [(&str, u8); 40] = [
    ("bd", 36),
    ("kick", 36),
    ("rim", 37),
    ("rs", 37),
    ("sd", 38),
    ("sn", 38),
    ("snare", 38),
    ("cp", 39),
    ("clap", 39),
    ("lt", 45),
    ("hh", 42),
    ("hat", 42),
    ("ch", 42),
    ("ph", 44),
    ("oh", 46),
    ("mt", 47),
    ("tom", 47),
    ("ht", 50),
    ("cr", 49),
    ("crash", 49),
    ("rd", 51),
    ("ride", 51),
    ("tb", 54),
    ("cb", 56),
    ("cowbell", 56),
    ("vibraslap", 58),
    ("bongo", 60),
    ("conga", 63),
    ("timbale", 65),
    ("agogo", 67),
    ("cabasa", 69),
    ("sh", 70),
    ("maraca", 70),
    ("whistle", 71),
    ("guiro", 73),
    ("perc", 75),
    ("clave", 75),
    ("woodblock", 76),
    ("cuica", 78),
    ("triangle", 81),
];

const DRUM_WORDS: [&str; DRUMS.len()] = {
    let mut words = [""; DRUMS.len()];
    let mut index = 0;
    while index < DRUMS.len() {
        words[index] = DRUMS[index].0;
        index += 1;
    }
    words
};

/// Ids of the controls of triggers that only this module hears.
#[derive(Clone, Copy, Debug)]
struct Hears {
    channel: u16,
    bend: u16,
    touch: u16,
    program: u16,
    cc_number: u16,
    cc_value: u16,
}

impl Hears {
    /// The ids of the parameters' names; what has none is in no event.
    fn of(controls: &Controls) -> Self {
        let id = |index: usize| controls.id(PARAMS[index].name).unwrap_or(u16::MAX);
        Self {
            channel: id(param::CHANNEL),
            bend: id(param::BEND),
            touch: id(param::TOUCH),
            program: id(param::PROGRAM),
            cc_number: id(param::CC_NUMBER),
            cc_value: id(param::CC_VALUE),
        }
    }
}

/// Most keys that it holds at once; a further one is struck when another has come up.
const MOST: usize = 1024;

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Held {
    gate: u64,
    channel: u8,
    note: u8,
    /// Its gate was closed at its own frame: it comes up one frame later.
    is_short: bool,
}

/// What a channel was told last, as the bytes of MIDI have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    channel: u8,
    bend: u16,
    touch: u8,
    program: Option<u8>,
    controller: Option<(u8, u8)>,
}

/// Strikes a key for each trigger and lets it come up when the gate closes. A key that is struck again while it is down comes up first.
#[derive(Debug)]
struct MidiOutNode {
    hears: Hears,
    drums: WordTable<u8>,
    held: Vec<Held>,
    told: Told,
    /// Everything was silenced: keys come up with the next block.
    is_cut: bool,
}

/// The wheel's rest position.
const CENTRE: u16 = 8192;

impl MidiOutNode {
    fn new(hears: Hears) -> Self {
        let told = Told { channel: 0, bend: CENTRE, touch: 0, program: None, controller: None };
        let drums = WordTable::new(DRUMS.map(|(word, key)| (Word::of(word), key)));
        Self { hears, drums, held: Vec::with_capacity(MOST), told, is_cut: false }
    }

    /// Lets keys come up.
    fn release(&mut self, frame: u32, out: &mut MidiOut, wanted: impl Fn(&Held) -> bool) {
        self.held.retain(|held| {
            let is_wanted = wanted(held);
            if is_wanted {
                out.send(Midi::NoteOff { frame, channel: held.channel, note: held.note });
            }
            !is_wanted
        });
    }

    /// Sends what a trigger asks for; `is_short` where its gate closes at its own frame.
    fn strike(&mut self, frame: u32, trigger: &Trigger, is_short: bool, io: &mut Io<'_>) {
        let (controls, hears) = (io.arena.get(trigger.controls), self.hears);
        let value_of = |control: u16, index: usize| controls.get(control).filter(|value| value.is_finite()).unwrap_or(io.params[index]);
        let channel = byte(value_of(hears.channel, param::CHANNEL).clamp(1.0, 16.0) - 1.0);
        let messages = [
            controls.get(hears.program).filter(|program| *program >= 0.0).map(|program| Midi::Program {
                frame,
                channel,
                program: byte(program),
            }),
            controls.get(hears.bend).map(|value| Midi::Bend { frame, channel, value: narrow(value.clamp(-1.0, 1.0)) }),
            controls.get(hears.touch).map(|value| Midi::Pressure { frame, channel, note: None, value: narrow(value.clamp(0.0, 1.0)) }),
            controls.get(hears.cc_value).filter(|_| value_of(hears.cc_number, param::CC_NUMBER) >= 0.0).map(|value| {
                let number = byte(value_of(hears.cc_number, param::CC_NUMBER).min(119.0));
                Midi::Controller { frame, channel, number, value: narrow(value.clamp(0.0, 1.0)) }
            }),
        ];
        let mut is_message = false;
        for message in messages.into_iter().flatten() {
            is_message = true;
            *io.lost += u64::from(!io.midi_out.send(message));
        }
        let strength = value_of(control::VELOCITY, param::VELOCITY) * controls.get(control::GAIN).unwrap_or(1.0);
        let velocity = narrow(strength.clamp(0.0, 1.0));
        let Some(note) = self.key(controls, io.params, is_message).filter(|_| velocity > 0.0) else { return };
        self.release(frame, io.midi_out, |held| held.channel == channel && held.note == note);
        if self.held.len() == self.held.capacity() || !io.midi_out.send(Midi::NoteOn { frame, channel, note, velocity }) {
            *io.lost += 1;
            return;
        }
        if is_short && (frame as usize) + 1 < io.block.frames {
            io.midi_out.send(Midi::NoteOff { frame: frame + 1, channel, note });
            return;
        }
        self.held.push(Held { gate: trigger.gate, channel, note, is_short });
    }

    /// The key that a trigger strikes: its note, that of its drum, or its sample's number counted from the base. One that is a message
    /// and names none strikes none.
    fn key(&self, controls: ControlMap<'_>, params: &[f64], is_message: bool) -> Option<u8> {
        let named = |control: u16| controls.get(control).filter(|value| value.is_finite());
        let index = || named(control::INDEX).or_else(|| named(control::N));
        let note = match (named(control::NOTE).filter(|note| *note >= 0.0), named(control::S), index()) {
            (Some(note), ..) => note,
            (None, Some(word), _) => f64::from(*self.drums.get(word)?),
            // A rest.
            (None, None, Some(index)) if index < 0.0 => return None,
            (None, None, Some(index)) => index + params[param::BASE],
            (None, None, None) if is_message => return None,
            (None, None, None) => params[param::BASE],
        };
        let note = (note + params[param::TRANSPOSE]).round();
        (0.0..=127.0).contains(&note).then(|| byte(note))
    }

    /// Sends what of the parameters moved, at a point of the block.
    fn tell(&mut self, frame: u32, io: &mut Io<'_>) {
        let now = self.wanted(io.params);
        if now == self.told {
            return;
        }
        let (before, channel) = (self.told, now.channel);
        let other = now.channel != before.channel;
        // The channel it leaves is left at rest.
        if other {
            rest(&before, frame, io.midi_out);
        }
        let moved = [
            now.program.filter(|_| other || now.program != before.program).map(|program| Midi::Program { frame, channel, program }),
            (if other { now.bend != CENTRE } else { now.bend != before.bend }).then(|| Midi::Bend {
                frame,
                channel,
                value: wheel(now.bend),
            }),
            (if other { now.touch != 0 } else { now.touch != before.touch }).then(|| Midi::Pressure {
                frame,
                channel,
                note: None,
                value: f32::from(now.touch) / 127.0,
            }),
            now.controller.filter(|_| other || now.controller != before.controller).map(|(number, value)| Midi::Controller {
                frame,
                channel,
                number,
                value: f32::from(value) / 127.0,
            }),
        ];
        for message in moved.into_iter().flatten() {
            *io.lost += u64::from(!io.midi_out.send(message));
        }
        self.told = now;
    }

    /// What the parameters ask for. A controller or program that is switched off stays as it was told.
    fn wanted(&self, params: &[f64]) -> Told {
        let wanted = |index: usize, least: f64| Some(params[index]).filter(|value| *value >= least);
        let controller = wanted(param::CC_NUMBER, 0.0).map(|number| (byte(number), byte(params[param::CC_VALUE].clamp(0.0, 1.0) * 127.0)));
        Told {
            channel: byte(params[param::CHANNEL].clamp(1.0, 16.0) - 1.0),
            bend: bend(params[param::BEND]),
            touch: byte(params[param::TOUCH].clamp(0.0, 1.0) * 127.0),
            program: wanted(param::PROGRAM, 0.0).map(byte).or(self.told.program),
            controller: controller.or(self.told.controller),
        }
    }
}

/// Lets the wheel and the aftertouch of a channel go.
fn rest(told: &Told, frame: u32, out: &mut MidiOut) {
    let channel = told.channel;
    if told.bend != CENTRE {
        out.send(Midi::Bend { frame, channel, value: 0.0 });
    }
    if told.touch != 0 {
        out.send(Midi::Pressure { frame, channel, note: None, value: 0.0 });
    }
}

/// The nearest number of seven bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 127.0) as u8
}

/// The wheel's fourteen bits: 8192 at rest.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn bend(value: f64) -> u16 {
    (f64::from(CENTRE) + value.clamp(-1.0, 1.0) * 8192.0).round().min(16383.0) as u16
}

/// The wheel between -1 and 1.
fn wheel(bend: u16) -> f32 {
    (f32::from(bend) - 8192.0) / 8192.0
}

#[allow(clippy::cast_possible_truncation, reason = "MIDI needs no more than single precision")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

impl Node for MidiOutNode {
    fn process(&mut self, io: &mut Io<'_>) {
        let frame = |frame: usize| u32::try_from(frame).unwrap_or(u32::MAX);
        let is_off = io.params[param::ENABLED] < 0.5;
        let cut = std::mem::take(&mut self.is_cut) || is_off;
        self.release(0, io.midi_out, |held| cut || held.is_short);
        if is_off {
            return;
        }
        let points = io.block.points;
        let mut points = points.iter().enumerate().peekable();
        for at in 0..io.events.len() {
            let event = io.events[at];
            while let Some((point, begin)) = points.next_if(|(_, begin)| *begin <= event.frame) {
                io.arrive(point);
                self.tell(frame(begin), io);
            }
            let now = frame(event.frame);
            match event.kind {
                NodeEventKind::Trigger(trigger) => {
                    let here = io.events[..at].iter().rev().take_while(|other| other.frame == event.frame);
                    let is_short = here.into_iter().any(|other| other.kind == NodeEventKind::GateOff(trigger.gate));
                    self.strike(now, &trigger, is_short, io);
                }
                NodeEventKind::GateOff(gate) => self.release(now, io.midi_out, |held| held.gate == gate),
                NodeEventKind::AllOff => self.release(now, io.midi_out, |_| true),
                NodeEventKind::Change(_) => {}
            }
        }
        for (point, begin) in points {
            io.arrive(point);
            self.tell(frame(begin), io);
        }
    }

    fn leave(&mut self, midi_out: &mut MidiOut) {
        self.release(0, midi_out, |_| true);
        rest(&self.told, 0, midi_out);
    }

    fn reset(&mut self) {
        self.is_cut = true;
    }
}
