//! MIDI in: turns the host's notes into triggers.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::{
    signal::{Io, Midi, Node, NodeEvent, NodeEventKind, Trigger, Values, control},
    time::Ratio,
};

/// What a note does.
pub const MODE: &[&str] = &["chromatic", "index"];

/// Places in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Chromatic or by index.
    pub const MODE: usize = 1;
    /// Channel, 0 for all.
    pub const CHANNEL: usize = 2;
    /// Note that plays index 0.
    pub const BASE: usize = 3;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: passes nothing on."),
    ParamSpec::choice("mode", MODE, "chromatic: notes transpose the sample (60 as recorded); index: notes choose the sample."),
    ParamSpec::integer("channel", 0.0, 16.0, 0.0, "MIDI channel it hears; 0 hears all."),
    ParamSpec::integer("base", 0.0, 127.0, 36.0, "Note that plays sample 0 in index mode."),
];

/// The description of MIDI in.
pub static TYPE: ModuleType = ModuleType {
    name: "midiIn",
    aliases: &["midi"],
    doc: "Plays connected samplers from the host's MIDI notes.",
    outputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    build: |context| Some(Box::new(MidiInNode { id: context.id })),
    ..PLAIN
};

/// Most keys that go down in a block.
const MOST: usize = 1024;

/// Marks gates of MIDI keys; the rest of such a number is module, channel and key.
pub const MIDI_GATE: u64 = 1 << 63;

/// Sends a trigger for each key that goes down, and closes its gate when it comes up.
#[derive(Debug)]
struct MidiInNode {
    id: u32,
}

impl MidiInNode {
    fn gate(&self, channel: u8, note: u8) -> u64 {
        MIDI_GATE | u64::from(self.id) << 16 | u64::from(channel) << 8 | u64::from(note)
    }

    /// What a message means to targets; `None` for what the module does not hear.
    fn event(&self, message: Midi, io: &mut Io<'_>) -> Option<NodeEventKind> {
        let wanted = io.params[param::CHANNEL];
        let hears = |channel: u8| wanted < 0.5 || f64::from(channel) + 1.0 == wanted;
        Some(match message {
            Midi::NoteOn { channel, note, velocity, .. } if hears(channel) => {
                let mut values = Values::default();
                values.set(control::VELOCITY, velocity);
                if io.params[param::MODE] < 0.5 {
                    values.set(control::NOTE, f32::from(note));
                } else {
                    let index = f64::from(note) - io.params[param::BASE];
                    if index < 0.0 {
                        return None;
                    }
                    values.set(control::INDEX, index);
                }
                let controls = io.arena.add_values(&values)?;
                NodeEventKind::Trigger(Trigger { gate: self.gate(channel, note), beat: Ratio::ZERO, controls })
            }
            Midi::NoteOff { channel, note, .. } if hears(channel) => NodeEventKind::GateOff(self.gate(channel, note)),
            Midi::AllOff { .. } => NodeEventKind::AllOff,
            _ => return None,
        })
    }
}

impl Node for MidiInNode {
    fn process(&mut self, io: &mut Io<'_>) {
        if io.params[param::ENABLED] < 0.5 {
            return;
        }
        let mut struck = 0;
        for message in io.midi() {
            // A flood of keys ends here; that keys come up is heard for longer.
            if matches!(message, Midi::NoteOn { .. }) {
                struck += 1;
                if struck > MOST {
                    *io.lost += 1;
                    continue;
                }
            }
            if let Some(kind) = self.event(message, io) {
                io.send(NodeEvent { frame: usize::try_from(message.frame()).unwrap_or(0), kind });
            }
        }
    }

    fn reset(&mut self) {}
}
