//! What a module's processor is to the audio thread.

use super::{Arena, Bank, ControlMap, Driven, MAX_FRAMES, Made, Midi, MidiOut, NodeEvent, Piece, Points, Trigger, VoiceView};
use crate::time::map::TimeMap;

/// A stereo buffer of [`MAX_FRAMES`] frames.
#[derive(Clone, Debug)]
pub struct Stereo {
    /// Left samples.
    pub left: [f32; MAX_FRAMES],
    /// Right samples.
    pub right: [f32; MAX_FRAMES],
    silent: bool,
    /// Frames at the beginning that are 0: what was made silent and not written since.
    zeros: usize,
}

impl Default for Stereo {
    fn default() -> Self {
        Self { left: [0.0; MAX_FRAMES], right: [0.0; MAX_FRAMES], silent: true, zeros: MAX_FRAMES }
    }
}

impl Stereo {
    /// A buffer that holds these samples.
    #[must_use]
    pub const fn holding(left: [f32; MAX_FRAMES], right: [f32; MAX_FRAMES]) -> Self {
        Self { left, right, silent: false, zeros: 0 }
    }

    /// Whether all samples of the block are 0, so that readers can skip it.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.silent
    }

    /// Says whether all samples of the block are 0. Whoever writes other samples than 0 must say so.
    pub const fn set_silent(&mut self, silent: bool) {
        self.silent = silent;
        if !silent {
            self.zeros = 0;
        }
    }

    /// Looks whether the block's `frames` frames are all 0, and remembers it. A silent buffer is not looked at.
    pub fn find_silence(&mut self, frames: usize) {
        if !self.silent {
            let frames = frames.min(MAX_FRAMES);
            // The loop does not stop at the first sound, so that the compiler looks at several samples at once. The shift drops the sign:
            // −0 is silent too.
            let bits = |side: &[f32]| side.iter().fold(0, |any, sample| any | sample.to_bits());
            self.silent = (bits(&self.left[..frames]) | bits(&self.right[..frames])) << 1 == 0;
        }
    }

    /// Makes the first `frames` frames silent.
    pub fn silence(&mut self, frames: usize) {
        let frames = frames.min(MAX_FRAMES);
        if self.zeros < frames {
            self.left[..frames].fill(0.0);
            self.right[..frames].fill(0.0);
            self.zeros = frames;
        }
        self.silent = true;
    }
}

/// Where a block stands in the song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Song {
    /// Song frame of the block's first frame.
    pub frame: i64,
    /// Beats to song frames.
    pub map: TimeMap,
}

/// The facts of one block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Frames to make, 1–[`MAX_FRAMES`].
    pub frames: usize,
    /// Frames since activation at the block's start. Ramps and envelopes count from this, so that where
    /// the host cuts its blocks never changes a sample.
    pub clock: u64,
    /// Frames a second.
    pub rate: f64,
    /// Where the block stands in the song; `None` while the song stands still.
    pub song: Option<Song>,
    /// Quarter notes a minute, also while the song stands.
    pub bpm: f64,
    /// Quarter notes in a bar.
    pub bar_beats: f64,
    /// Quarter notes in a cycle.
    pub cycle_beats: f64,
    /// The grid's points in the block.
    pub points: Points,
}

impl Block {
    /// A block by itself, as tests and benches make it: the song stands.
    #[must_use]
    pub fn alone(frames: usize, clock: u64, rate: f64) -> Self {
        let into = usize::try_from(clock % u64::try_from(super::GRID).unwrap_or(1)).unwrap_or(0);
        Self {
            frames,
            clock,
            rate,
            song: None,
            bpm: 120.0,
            bar_beats: 4.0,
            cycle_beats: 4.0,
            points: Points::new(frames, into, clock == 0),
        }
    }
}

/// What a node is given for one block, and where it puts what it makes.
#[derive(Debug)]
pub struct Io<'a> {
    /// The block's facts.
    pub block: Block,
    /// The module's parameters by flat index, as they are in force. A change is heard through the node's own ramp, for which
    /// there is [`Followed`](super::Followed).
    pub params: &'a mut [f64],
    /// Parameters that move within the block; [`Self::arrive`] puts a point's values into `params`.
    pub driven: &'a [Driven],
    /// Events in frame order.
    pub events: &'a [NodeEvent],
    /// The controls of the block's events.
    pub arena: &'a mut Arena,
    /// Audio inputs, port by port, in cable order.
    pub audio: &'a [&'a Stereo],
    /// Where each audio port's inputs end in `audio`.
    pub ports: &'a [usize],
    /// Audio outputs, port by port. Their content is unspecified; each must be filled for the block's frames with `silent` set
    /// truthfully.
    pub outputs: &'a mut [Stereo],
    /// Numbers of the receivers of its [`Bank`], whose buses lie behind its audio ports in `outputs`.
    pub bank: &'a [u32],
    /// The numbers it makes, as its type lists them; empty where no link takes any.
    pub made: &'a mut [Made],
    /// Events it sends.
    pub sent: &'a mut Vec<NodeEvent>,
    /// Events that found no room.
    pub lost: &'a mut u64,
    /// The host's MIDI of the whole host block, in frame order.
    pub midi: &'a [Midi],
    /// Frame of the host's block at which this block begins.
    pub begin: usize,
    /// MIDI for the host.
    pub midi_out: &'a mut MidiOut,
    /// The host's side-chain input.
    pub side_chain: &'a Stereo,
    /// The host's buses. What leaves the plugin is added to them for the block's frames, and `silent` taken back.
    pub buses: &'a mut [Stereo],
    /// Samples that would leave the plugin and are no sound.
    pub unsound: &'a mut u64,
}

impl<'a> Io<'a> {
    /// The inputs of an audio port, in cable order.
    #[must_use]
    pub fn inputs(&self, port: usize) -> &'a [&'a Stereo] {
        let end = self.ports.get(port).copied().unwrap_or(0);
        let begin = port.checked_sub(1).and_then(|before| self.ports.get(before)).copied().unwrap_or(0);
        self.audio.get(begin..end).unwrap_or_default()
    }

    /// Puts the driven parameters' values at a point of the block into `params`.
    pub fn arrive(&mut self, point: usize) {
        for driven in self.driven {
            if let (Some(param), Some(value)) = (self.params.get_mut(driven.param), driven.made.points.get(point)) {
                *param = *value;
            }
        }
    }

    /// The block in the pieces over which parameters stand still: cells of the grid where any is driven, else the whole block.
    /// What begins at a point wants [`Self::arrive`] called first.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + use<> {
        let (points, is_driven) = (self.block.points, !self.driven.is_empty());
        let count = if is_driven { points.pieces_len() } else { 1 };
        (0..count).map(move |k| if is_driven { points.piece(k) } else { points.whole() })
    }

    /// What a trigger carries.
    #[must_use]
    pub fn controls(&self, trigger: &Trigger) -> ControlMap<'_> {
        self.arena.get(trigger.controls)
    }

    /// The host's MIDI within this block, with frames of this block.
    pub fn midi(&self) -> impl Iterator<Item = Midi> + use<'a> {
        let (begin, end) = (self.begin, self.begin + self.block.frames);
        let frame = |message: &Midi| usize::try_from(message.frame()).unwrap_or(usize::MAX);
        let here = self.midi.iter().filter(move |message| (begin..end).contains(&frame(message)));
        here.map(move |message| message.at(u32::try_from(frame(message) - begin).unwrap_or(0)))
    }

    /// Sends an event, in any order; says whether there was room.
    pub fn send(&mut self, event: NodeEvent) -> bool {
        let has_room = self.sent.len() < self.sent.capacity();
        if has_room {
            self.sent.push(event);
        } else {
            *self.lost += 1;
        }
        has_room
    }

    /// Takes the first output and the bank that lies behind it.
    ///
    /// They are the processor's from here on; [`Self::outputs`] is left empty.
    pub fn output_and_bank(&mut self) -> Option<(&'a mut Stereo, Bank<'a>)> {
        let (output, buses) = std::mem::take(&mut self.outputs).split_first_mut()?;
        Some((output, Bank::new(self.bank, buses, self.block.frames)))
    }

    /// Makes every audio output silent.
    pub fn silence(&mut self) {
        let frames = self.block.frames;
        self.outputs.iter_mut().for_each(|output| output.silence(frames));
    }

    /// Says of every audio output whether it is silent, by its samples.
    pub fn find_silence(&mut self) {
        let frames = self.block.frames;
        self.outputs.iter_mut().for_each(|output| output.find_silence(frames));
    }
}

/// A module's processor.
///
/// # Realtime safety
/// Everything but `Drop` runs on the audio thread: no allocation, no lock, no system call, no panic; no waiting, unless offline.
pub trait Node: Send {
    /// Makes one block. A processor that delays (its type says so) makes its outputs from what it was given before; the block's
    /// own inputs are silent then, and come with [`Self::absorb`].
    fn process(&mut self, io: &mut Io<'_>);

    /// Takes in a block's inputs after every processor has made its outputs. Only processors that delay are called.
    fn absorb(&mut self, _io: &mut Io<'_>) {}

    /// Says whether the host renders offline: then `process` may wait for what it needs.
    fn set_offline(&mut self, _offline: bool) {}

    /// Whether it wants to be told of triggers before they come.
    fn foresees(&self) -> bool {
        false
    }

    /// Hears of a trigger that will come with these controls in less than a second, if the song goes on.
    fn foresee(&mut self, _controls: ControlMap<'_>) {}

    /// Forgets everything that sounds.
    fn reset(&mut self);

    /// Ends what it has begun at the host: the plan that follows is without it, and counts its frames from here.
    fn leave(&mut self, _midi_out: &mut MidiOut) {}

    /// Frames that it goes on sounding after its input fell silent and its gates closed, as far as it knows. Where it is `fed`, its
    /// input still sounds; elsewhere what it holds counts.
    fn tail(&self, _fed: bool) -> u64 {
        0
    }

    /// The buses of the host that it sends to, a bit for each.
    fn buses(&self) -> u16 {
        0
    }

    /// Shows the sounding voices as they were at the first frame of the last block, in onset order,
    /// through `show`; the caller fills in `module`.
    fn voices(&self, _show: &mut dyn FnMut(VoiceView)) {}

    /// How many voices sound.
    fn sounding(&self) -> usize {
        0
    }

    /// Parameters that triggers hold at other values at the first frame of the last block: flat index and value, through `set`.
    fn overrides(&self, _set: &mut dyn FnMut(usize, f32)) {}

    /// Takes over new content (samples) built by the Controller; what it replaces stays in `content`,
    /// to be freed where it was made.
    fn exchange(&mut self, _content: &mut Box<dyn std::any::Any + Send>) {}
}
