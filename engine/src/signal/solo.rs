//! One processor by itself, as tests and benches run it.

use super::{
    Arena, BUSES, Block, Change, Driven, Io, MAX_FRAMES, MAX_POINTS, Made, Midi, MidiOut, Node, NodeEvent, NodeEventKind, Stereo, Trigger,
    Values, enqueue, put_in_order,
};
use crate::time::Ratio;

/// What happens to the processor, at a frame of the block to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Played {
    /// Frame within the block.
    pub frame: usize,
    /// What happens.
    pub kind: Play,
}

/// What happens to the processor.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "tests and benches hold a few")]
pub enum Play {
    /// A voice starts.
    Trigger {
        /// Names the gate.
        gate: u64,
        /// What the trigger carries.
        values: Values,
    },
    /// A gate closes.
    GateOff(u64),
    /// Every gate closes.
    AllOff,
    /// Voices change whose gate agrees with `gate` in the bits of `mask`.
    Change {
        /// The gate, as far as it counts.
        gate: u64,
        /// Which bits of it count.
        mask: u64,
        /// What they carry from here on.
        values: Values,
    },
}

/// What surrounds a processor in a graph: places for its inputs and outputs. Everything is allocated when it is made.
#[derive(Debug)]
pub struct Solo {
    /// Frames a second.
    pub rate: f64,
    /// What the last block made, port by port.
    pub outputs: Vec<Stereo>,
    /// Numbers of the receivers of its bank, whose buses come after its own outputs.
    pub bank: Vec<u32>,
    /// The numbers that the last block made.
    pub made: Vec<Made>,
    /// The events that the last block sent, and their controls.
    pub sent: Vec<NodeEvent>,
    /// The controls of the last block's events.
    pub arena: Arena,
    /// What the last block sent to the host.
    pub midi_out: MidiOut,
    /// The parameters that follow a number, with its values at the points of the block to come; they stay until they are taken out.
    pub driven: Vec<Driven>,
    lost: u64,
    events: Vec<NodeEvent>,
    params: Vec<f64>,
    /// The host's side-chain input.
    pub side_chain: Box<Stereo>,
    /// The host's buses, to which blocks are added.
    pub buses: Vec<Stereo>,
    /// Samples that would have left and are no sound.
    pub unsound: u64,
}

impl Solo {
    /// Room for one stereo output and one number.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self::with(rate, 1, 1)
    }

    /// Room for this many outputs and numbers.
    #[must_use]
    pub fn with(rate: f64, outputs: usize, made: usize) -> Self {
        Self {
            rate,
            arena: Arena::new(1 << 16),
            outputs: vec![Stereo::default(); outputs],
            bank: Vec::new(),
            made: vec![Made { points: [0.0; MAX_POINTS] }; made],
            sent: Vec::with_capacity(4096),
            midi_out: MidiOut::new(4096),
            driven: Vec::new(),
            lost: 0,
            events: Vec::with_capacity(4096),
            params: Vec::with_capacity(1024),
            side_chain: Box::default(),
            buses: vec![Stereo::default(); BUSES],
            unsound: 0,
        }
    }

    /// One block of at most [`MAX_FRAMES`] frames, while the song stands; `inputs` go to the first port. Answers the first output.
    pub fn block<'a>(
        &'a mut self,
        node: &mut dyn Node,
        clock: u64,
        frames: usize,
        params: &[f64],
        events: &[Played],
        inputs: &[&Stereo],
    ) -> &'a Stereo {
        let block = Block::alone(frames.min(MAX_FRAMES), clock, self.rate);
        self.play(node, block, params, events, inputs, &[]);
        &self.outputs[0]
    }

    /// One block with all its facts.
    pub fn play(&mut self, node: &mut dyn Node, block: Block, params: &[f64], events: &[Played], inputs: &[&Stereo], midi: &[Midi]) {
        self.params.clear();
        self.params.extend_from_slice(params);
        self.sent.clear();
        self.midi_out.clear();
        self.arena.clear();
        self.events.clear();
        for Played { frame, kind } in events {
            let kind = match kind {
                Play::Trigger { gate, values } => {
                    let controls = self.arena.add_values(values).unwrap_or_default();
                    NodeEventKind::Trigger(Trigger { gate: *gate, beat: Ratio::ZERO, controls })
                }
                Play::GateOff(gate) => NodeEventKind::GateOff(*gate),
                Play::AllOff => NodeEventKind::AllOff,
                Play::Change { gate, mask, values } => {
                    let controls = self.arena.add_values(values).unwrap_or_default();
                    NodeEventKind::Change(Change { gate: *gate, mask: *mask, controls })
                }
            };
            enqueue(&mut self.events, NodeEvent { frame: *frame, kind });
        }
        put_in_order(&mut self.events);
        node.process(&mut Io {
            block,
            params: &mut self.params,
            driven: &self.driven,
            events: &self.events,
            arena: &mut self.arena,
            audio: inputs,
            ports: &[inputs.len()],
            outputs: &mut self.outputs,
            bank: &self.bank,
            made: &mut self.made,
            sent: &mut self.sent,
            lost: &mut self.lost,
            midi,
            begin: 0,
            midi_out: &mut self.midi_out,
            side_chain: &self.side_chain,
            buses: &mut self.buses,
            unsound: &mut self.unsound,
        });
    }
}
