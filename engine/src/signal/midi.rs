//! MIDI as it comes from the host and goes back to it.

/// A MIDI message with its frame in the block.
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
}

impl Midi {
    /// Its frame within the block.
    #[must_use]
    pub const fn frame(&self) -> u32 {
        match self {
            Self::NoteOn { frame, .. } | Self::NoteOff { frame, .. } | Self::AllOff { frame } => *frame,
        }
    }

    /// The same message at another frame.
    #[must_use]
    pub const fn at(mut self, to: u32) -> Self {
        match &mut self {
            Self::NoteOn { frame, .. } | Self::NoteOff { frame, .. } | Self::AllOff { frame } => *frame = to,
        }
        self
    }
}

/// Messages for the host, with their frames in its block.
#[derive(Debug)]
pub struct MidiOut {
    messages: Vec<Midi>,
    /// Frame of the host's block at which the block that is rendered begins.
    begin: usize,
    /// Messages that found no room.
    pub lost: u64,
}

impl MidiOut {
    /// Room for this many messages in a block of the host's.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { messages: Vec::with_capacity(capacity), begin: 0, lost: 0 }
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

    /// Sends a message whose frame counts from the start of the block that is rendered; says whether there was room.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn send(&mut self, message: Midi) -> bool {
        if self.messages.len() == self.messages.capacity() {
            self.lost += 1;
            return false;
        }
        let frame = message.frame().saturating_add(u32::try_from(self.begin).unwrap_or(u32::MAX));
        let place = self.messages.partition_point(|sent| sent.frame() <= frame);
        self.messages.insert(place, message.at(frame));
        true
    }

    /// What was sent, in frame order.
    #[must_use]
    pub fn messages(&self) -> &[Midi] {
        &self.messages
    }
}
