//! The host's MIDI, as the engine takes it, and the engine's, as the host takes it.

use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID, control_change};
use videotracker_engine::signal::{Expression, Midi};

/// Notes of one part of a block, in a place that never grows.
const CAPACITY: usize = 2048;

/// The notes of one part of a block.
#[derive(Debug)]
pub struct MidiQueue {
    events: Box<[Midi]>,
    len: usize,
    /// The first event of the next part.
    next: Option<NoteEvent<()>>,
    /// Notes lost because more than [`CAPACITY`] fell on one frame.
    lost: u64,
}

impl Default for MidiQueue {
    fn default() -> Self {
        Self { events: vec![Midi::AllOff { frame: 0 }; CAPACITY].into_boxed_slice(), len: 0, next: None, lost: 0 }
    }
}

impl MidiQueue {
    /// Takes the events of the part that begins at frame `start` of a block of `frames`, and gives the part's end.
    ///
    /// # Realtime safety
    /// Never allocates; what does not fit belongs to the next part.
    pub fn fill(&mut self, start: usize, frames: usize, mut next: impl FnMut() -> Option<NoteEvent<()>>) -> usize {
        self.len = 0;
        while let Some(event) = self.next.take().or_else(&mut next) {
            let at = usize::try_from(event.timing()).unwrap_or(0).clamp(start, frames - 1);
            // A note off for any channel becomes sixteen.
            if CAPACITY - self.len < 16 {
                if at > start {
                    self.next = Some(event);
                    return at;
                }
                self.lost += 1;
                continue;
            }
            self.push(u32::try_from(at - start).unwrap_or(0), &event);
        }
        frames
    }

    /// The events taken last, with frames counted from the part's start.
    pub fn events(&self) -> &[Midi] {
        &self.events[..self.len]
    }

    fn push(&mut self, frame: u32, event: &NoteEvent<()>) {
        match *event {
            NoteEvent::NoteOn { channel, key, velocity, .. } if velocity > 0.0 => {
                let note = key.number_or_middle_c();
                self.add(Midi::NoteOn { frame, channel: channel.number().unwrap_or(0), note, velocity: velocity.min(1.0) });
            }
            // A note on without velocity is a note off, as in MIDI 1.0.
            NoteEvent::NoteOn { channel, key, .. } | NoteEvent::NoteOff { channel, key, .. } | NoteEvent::Choke { channel, key, .. } => {
                self.add_off(frame, channel, key);
            }
            NoteEvent::MidiCC { cc: control_change::ALL_NOTES_OFF | control_change::ALL_SOUND_OFF, .. } => {
                self.add(Midi::AllOff { frame });
            }
            NoteEvent::MidiCC { channel, cc: number @ 0..120, value, .. } => self.add(Midi::Controller { frame, channel, number, value }),
            NoteEvent::MidiPitchBend { channel, value, .. } => self.add(Midi::Bend { frame, channel, value: wheel(value) }),
            NoteEvent::MidiChannelPressure { channel, pressure, .. } => {
                self.add(Midi::Pressure { frame, channel, note: None, value: pressure });
            }
            NoteEvent::PolyPressure { channel, key, pressure, .. } => {
                let channel = channel.number().unwrap_or(0);
                self.add(Midi::Pressure { frame, channel, note: key.number(), value: pressure });
            }
            NoteEvent::MidiProgramChange { channel, program, .. } => self.add(Midi::Program { frame, channel, program }),
            NoteEvent::PolyTuning { channel, key, tuning, .. } => self.express(frame, (channel, key), Expression::Tuning, tuning),
            NoteEvent::PolyVolume { channel, key, gain, .. } => self.express(frame, (channel, key), Expression::Volume, gain),
            NoteEvent::PolyPan { channel, key, pan, .. } => self.express(frame, (channel, key), Expression::Pan, pan),
            NoteEvent::PolyExpression { channel, key, expression, .. } => {
                self.express(frame, (channel, key), Expression::Level, expression)
            }
            NoteEvent::PolyVibrato { channel, key, vibrato, .. } => self.express(frame, (channel, key), Expression::Vibrato, vibrato),
            NoteEvent::PolyBrightness { channel, key, brightness, .. } => {
                self.express(frame, (channel, key), Expression::Brightness, brightness);
            }
            _ => {}
        }
    }

    fn express(&mut self, frame: u32, (channel, key): (Channel, Key), kind: Expression, value: f32) {
        self.add(Midi::Expression { frame, channel: channel.number(), note: key.number(), kind, value });
    }

    fn add_off(&mut self, frame: u32, channel: Channel, key: Key) {
        let Some(note) = key.number() else { return self.add(Midi::AllOff { frame }) };
        match channel.number() {
            Some(channel) => self.add(Midi::NoteOff { frame, channel, note }),
            None => (0..16).for_each(|channel| self.add(Midi::NoteOff { frame, channel, note })),
        }
    }

    fn add(&mut self, midi: Midi) {
        if let Some(place) = self.events.get_mut(self.len) {
            *place = midi;
            self.len += 1;
        }
    }
}

/// A pitch wheel between -1 and 1, of one between 0 and 1 with 14 bits, whose rest lies at 8192 of 16383.
fn wheel(value: f32) -> f32 {
    ((value * 16383.0 - 8192.0) / 8192.0).clamp(-1.0, 1.0)
}

/// A message of the engine's as the host takes it; `None` for those that hosts take in no form.
#[must_use]
pub fn to_host(message: Midi) -> Option<NoteEvent<()>> {
    let timing = message.frame();
    Some(match message {
        Midi::NoteOn { channel, note, velocity, .. } => {
            NoteEvent::NoteOn { timing, voice_id: VoiceID::Wildcard, channel: Channel::Number(channel), key: Key::Number(note), velocity }
        }
        Midi::NoteOff { channel, note, .. } => NoteEvent::NoteOff {
            timing,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(channel),
            key: Key::Number(note),
            velocity: 0.0,
        },
        Midi::Controller { channel, number, value, .. } => NoteEvent::MidiCC { timing, channel, cc: number, value },
        Midi::Bend { channel, value, .. } => {
            NoteEvent::MidiPitchBend { timing, channel, value: (value * 8192.0 + 8192.0).clamp(0.0, 16383.0) / 16383.0 }
        }
        Midi::Pressure { channel, note: None, value, .. } => NoteEvent::MidiChannelPressure { timing, channel, pressure: value },
        Midi::Pressure { channel, note: Some(note), value, .. } => NoteEvent::PolyPressure {
            timing,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(channel),
            key: Key::Number(note),
            pressure: value,
        },
        Midi::Program { channel, program, .. } => NoteEvent::MidiProgramChange { timing, channel, program },
        Midi::AllOff { .. } | Midi::Expression { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(timing: u32, note: u8, velocity: f32) -> NoteEvent<()> {
        NoteEvent::NoteOn { timing, voice_id: VoiceID::Wildcard, channel: Channel::Number(0), key: Key::Number(note), velocity }
    }

    fn parts(events: Vec<NoteEvent<()>>, frames: usize) -> (Vec<(usize, usize, Vec<Midi>)>, u64) {
        let mut queue = MidiQueue::default();
        let mut events = events.into_iter();
        let (mut parts, mut start) = (Vec::new(), 0);
        while start < frames {
            let end = queue.fill(start, frames, || events.next());
            parts.push((start, end, queue.events().to_vec()));
            start = end;
        }
        (parts, queue.lost)
    }

    #[test]
    fn each_event_becomes_its_own_kind() {
        let voice_id = VoiceID::Wildcard;
        let (channel, key) = (Channel::Number(3), Key::Number(60));
        let table = [
            (on(5, 69, 2.0), vec![Midi::NoteOn { frame: 5, channel: 0, note: 69, velocity: 1.0 }]),
            (on(5, 69, 0.0), vec![Midi::NoteOff { frame: 5, channel: 0, note: 69 }]),
            (on(99, 69, 0.5), vec![Midi::NoteOn { frame: 63, channel: 0, note: 69, velocity: 0.5 }]),
            (
                NoteEvent::NoteOff { timing: 1, voice_id, channel, key, velocity: 0.0 },
                vec![Midi::NoteOff { frame: 1, channel: 3, note: 60 }],
            ),
            (NoteEvent::Choke { timing: 1, voice_id, channel, key }, vec![Midi::NoteOff { frame: 1, channel: 3, note: 60 }]),
            (NoteEvent::Choke { timing: 1, voice_id, channel, key: Key::Wildcard }, vec![Midi::AllOff { frame: 1 }]),
            (NoteEvent::MidiCC { timing: 2, channel: 0, cc: 123, value: 0.0 }, vec![Midi::AllOff { frame: 2 }]),
            (
                NoteEvent::MidiCC { timing: 2, channel: 0, cc: 7, value: 0.5 },
                vec![Midi::Controller { frame: 2, channel: 0, number: 7, value: 0.5 }],
            ),
            (NoteEvent::MidiCC { timing: 2, channel: 0, cc: 121, value: 0.5 }, vec![]),
            (
                NoteEvent::MidiPitchBend { timing: 2, channel: 1, value: 8192.0 / 16383.0 },
                vec![Midi::Bend { frame: 2, channel: 1, value: 0.0 }],
            ),
            (NoteEvent::MidiPitchBend { timing: 2, channel: 1, value: 0.0 }, vec![Midi::Bend { frame: 2, channel: 1, value: -1.0 }]),
            (
                NoteEvent::PolyTuning { timing: 2, voice_id, channel: Channel::Wildcard, key, tuning: 1.5 },
                vec![Midi::Expression { frame: 2, channel: None, note: Some(60), kind: Expression::Tuning, value: 1.5 }],
            ),
        ];
        for (event, expected) in table {
            assert_eq!(parts(vec![event], 64), (vec![(0, 64, expected)], 0), "{event:?}");
        }
        let wild = NoteEvent::NoteOff { timing: 0, voice_id, channel: Channel::Wildcard, key, velocity: 0.0 };
        assert_eq!(parts(vec![wild], 64).0[0].2.len(), 16);
    }

    #[test]
    fn a_note_storm_cuts_the_block_and_loses_nothing() {
        let storm: Vec<_> = (0..5_000).map(|number| on(number / 10, (number % 128) as u8, 0.5)).collect();
        let (parts, lost) = parts(storm, 512);
        assert_eq!(lost, 0);
        assert!(parts.len() > 1);
        assert_eq!(parts.last().unwrap().1, 512);
        let found: Vec<(usize, u8)> = parts
            .iter()
            .flat_map(|(start, _, events)| {
                events.iter().map(move |event| match event {
                    Midi::NoteOn { frame, note, .. } => (start + *frame as usize, *note),
                    other => panic!("{other:?}"),
                })
            })
            .collect();
        let expected: Vec<(usize, u8)> = (0..5_000).map(|number| (number / 10, (number % 128) as u8)).collect();
        assert_eq!(found, expected);
    }
}
