//! MIDI as it comes from the host and goes back to it.

/// A MIDI message, or a note expression, with its frame in the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Midi {
    /// A key goes down. `velocity` 0–1.
    NoteOn {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        note: u8,
        /// Strength, 0–1.
        velocity: f32,
    },
    /// A key comes up.
    NoteOff {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        note: u8,
    },
    /// All notes off.
    AllOff {
        /// Frame within the block.
        frame: u32,
    },
    /// A controller moves.
    Controller {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Which one, 0–119.
        number: u8,
        /// Where it stands, 0–1.
        value: f32,
    },
    /// The pitch wheel moves.
    Bend {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Where it stands, -1–1.
        value: f32,
    },
    /// Aftertouch of a channel, or of one key.
    Pressure {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127; `None` for the channel.
        note: Option<u8>,
        /// Pressure, 0–1.
        value: f32,
    },
    /// Another program is chosen.
    Program {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Which one, 0–127.
        program: u8,
    },
    /// A property of sounding notes changes.
    Expression {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15; `None` for all.
        channel: Option<u8>,
        /// Key, 0–127; `None` for all.
        note: Option<u8>,
        /// Which property.
        kind: Expression,
        /// Its value, see [`Expression`].
        value: f32,
    },
}

/// A property of a sounding note, as CLAP's and VST3's note expressions have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Semitones added to its pitch.
    Tuning,
    /// Factor of its level.
    Volume,
    /// Its place between left and right, -1–1.
    Pan,
    /// Factor of its level beside the volume, 0–1: what both formats call *expression*.
    Level,
    /// Depth of its vibrato, 0–1.
    Vibrato,
    /// How bright it is, 0–1; at 0.5 as it is by itself.
    Brightness,
}

impl Midi {
    const fn frame_mut(&mut self) -> &mut u32 {
        match self {
            Self::NoteOn { frame, .. }
            | Self::NoteOff { frame, .. }
            | Self::AllOff { frame }
            | Self::Controller { frame, .. }
            | Self::Bend { frame, .. }
            | Self::Pressure { frame, .. }
            | Self::Program { frame, .. }
            | Self::Expression { frame, .. } => frame,
        }
    }

    /// Its frame within the block.
    #[must_use]
    pub const fn frame(mut self) -> u32 {
        *self.frame_mut()
    }

    /// The same message at another frame.
    #[must_use]
    pub const fn at(mut self, to: u32) -> Self {
        *self.frame_mut() = to;
        self
    }
}

/// Keys of all channels.
const KEYS: usize = 16 * 128;

/// Messages for the host, with their frames in its block. What it sent is balanced: each key that goes down comes up, for there is
/// always room for that.
#[derive(Debug)]
pub struct MidiOut {
    messages: Vec<Midi>,
    /// Frame of the host's block at which the block that is rendered begins.
    begin: usize,
    /// How often each key is down.
    down: Box<[u16; KEYS]>,
    /// How many keys are down, counted as often as they are.
    held: usize,
    /// Messages that found no room.
    pub lost: u64,
}

impl MidiOut {
    /// Room for this many messages in a block of the host's.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { messages: Vec::with_capacity(capacity), begin: 0, down: Box::new([0; KEYS]), held: 0, lost: 0 }
    }

    /// Forgets what the last block of the host's sent.
    pub fn clear(&mut self) {
        self.messages.clear();
        self.begin = 0;
    }

    /// Lets the frames of what is sent from here on count from this frame of the host's block.
    pub const fn begin_at(&mut self, frame: usize) {
        self.begin = frame;
    }

    /// Sends a message whose frame counts from the start of the block that is rendered; says whether there was room. A key that is
    /// not down does not come up.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn send(&mut self, message: Midi) -> bool {
        let room = self.messages.capacity() - self.messages.len();
        // Each key that is down keeps a place for its end.
        match message {
            Midi::NoteOn { channel, note, .. } if room >= self.held + 2 => {
                self.down[key(channel, note)] += 1;
                self.held += 1;
            }
            Midi::NoteOff { channel, note, .. } => {
                let down = &mut self.down[key(channel, note)];
                if *down == 0 {
                    return true;
                }
                *down -= 1;
                self.held -= 1;
            }
            Midi::NoteOn { .. } => return self.lose(),
            _ if room > self.held => {}
            _ => return self.lose(),
        }
        let frame = message.frame().saturating_add(u32::try_from(self.begin).unwrap_or(u32::MAX));
        let index = self.messages.partition_point(|sent| sent.frame() <= frame);
        self.messages.insert(index, message.at(frame));
        true
    }

    const fn lose(&mut self) -> bool {
        self.lost += 1;
        false
    }

    /// Lets every key come up that is down, at this frame of the block that is rendered.
    pub fn release(&mut self, frame: u32) {
        if self.held == 0 {
            return;
        }
        for channel in 0..16 {
            for note in 0..128 {
                while self.down[key(channel, note)] > 0 {
                    self.send(Midi::NoteOff { frame, channel, note });
                }
            }
        }
    }

    /// What was sent, in frame order.
    #[must_use]
    pub fn messages(&self) -> &[Midi] {
        &self.messages
    }

    /// How many keys are down.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }
}

fn key(channel: u8, note: u8) -> usize {
    usize::from(channel & 15) << 7 | usize::from(note & 127)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(frame: u32, note: u8) -> Midi {
        Midi::NoteOn { frame, channel: 0, note, velocity: 1.0 }
    }

    fn off(frame: u32, note: u8) -> Midi {
        Midi::NoteOff { frame, channel: 0, note }
    }

    #[test]
    fn messages_lie_in_frame_order_and_what_was_sent_first_comes_first() {
        let mut out = MidiOut::new(16);
        out.send(on(8, 1));
        out.begin_at(4);
        out.send(on(0, 2));
        out.send(off(4, 1));
        assert_eq!(out.messages(), [on(4, 2), on(8, 1), off(8, 1)]);
    }

    #[test]
    fn every_key_that_goes_down_finds_room_to_come_up() {
        let mut out = MidiOut::new(9);
        let struck = (0..20).filter(|note| out.send(on(0, *note))).count();
        assert_eq!((struck, out.lost, out.held()), (4, 16, 4));
        assert!(!out.send(Midi::Bend { frame: 0, channel: 0, value: 0.5 }) || out.messages().len() == 5);
        for note in 0..20 {
            assert!(out.send(off(1, note)));
        }
        assert_eq!(out.held(), 0);
        let ends = out.messages().iter().filter(|message| matches!(message, Midi::NoteOff { .. })).count();
        assert_eq!(ends, 4);
    }

    #[test]
    fn a_key_comes_up_as_often_as_it_went_down() {
        let mut out = MidiOut::new(64);
        assert!([on(0, 5), on(1, 5), on(2, 6)].into_iter().all(|message| out.send(message)));
        out.clear();
        out.release(0);
        assert_eq!(out.messages(), [off(0, 5), off(0, 5), off(0, 6)]);
        out.clear();
        out.release(0);
        assert_eq!(out.messages(), []);
    }
}
