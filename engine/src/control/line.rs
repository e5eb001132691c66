//! The ways to the audio thread and back: batches in order, what comes home, and the cycles that generative patterns want.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::reports::Reports;
use crate::{
    audio::queue::{Batch, CAPACITY, CYCLES, ControlEnds, TriggerReport},
    command::TransportAction,
    pattern::given::{Given, Wanted},
};

/// Transport orders kept for a processor that is still to come.
const KEPT_ORDERS: usize = 64;
/// How long an order to play may wait until the player is told that the host does not call.
const PLAY_PATIENCE: Duration = Duration::from_secs(1);

/// The Controller's ends of the ways to one processor after the other.
#[derive(Debug)]
pub(super) struct Line {
    /// Frames a second of the processor.
    pub sample_rate: f64,
    /// Counts processors.
    pub activation: u32,
    ends: Option<ControlEnds>,
    /// Batches that are out.
    in_flight: usize,
    /// Batches that wait until fewer are.
    backlog: VecDeque<Box<Batch>>,
    high_water: usize,
    /// Transport orders that wait for a processor.
    ordered: Vec<TransportAction>,
    /// When the audio thread was told to play, as long as it has not taken that up.
    told_to_play: Option<Instant>,
    reports: Reports,
    /// Cycles of generative patterns that are wanted, how many are being worked out, and how many are under way.
    pub wanted: Vec<Wanted>,
    owed: usize,
    cycles_out: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            sample_rate: 48_000.0,
            activation: 0,
            ends: None,
            in_flight: 0,
            backlog: VecDeque::new(),
            high_water: 0,
            ordered: Vec::new(),
            told_to_play: None,
            reports: Reports::default(),
            wanted: Vec::new(),
            owed: 0,
            cycles_out: 0,
        }
    }
}

impl Line {
    /// Whether there is a processor.
    pub const fn is_connected(&self) -> bool {
        self.ends.is_some()
    }

    /// Leads to another processor; what waited for the one before is dropped.
    pub fn connect(&mut self, ends: ControlEnds, sample_rate: f64) {
        self.ends = Some(ends);
        self.backlog.clear();
        (self.in_flight, self.cycles_out, self.sample_rate) = (0, 0, sample_rate);
        self.activation = self.activation.wrapping_add(1);
    }

    /// Lets a batch wait for its turn; it goes with the next [`Self::flush`]. Without a processor it is dropped.
    pub fn send(&mut self, batch: Batch) {
        if self.is_connected() {
            self.backlog.push_back(Box::new(batch));
        }
    }

    /// Hands over what waits, in order, as far as there is room; whether there is a processor.
    pub fn flush(&mut self) -> bool {
        let Some(ends) = &mut self.ends else { return false };
        self.high_water = self.high_water.max(self.in_flight + self.backlog.len());
        while self.in_flight < CAPACITY {
            let Some(batch) = self.backlog.pop_front() else { break };
            match ends.to_audio_tx.push(batch) {
                Ok(()) => self.in_flight += 1,
                Err(rtrb::PushError::Full(batch)) => {
                    self.backlog.push_front(batch);
                    break;
                }
            }
        }
        true
    }

    /// Frees what came home, and keeps what was reported and wanted.
    pub fn take_in(&mut self) {
        let Some(ends) = &mut self.ends else { return };
        while let Ok(batch) = ends.retired_rx.pop() {
            self.in_flight -= 1;
            drop(batch);
        }
        while let Ok(spent) = ends.spent_rx.pop() {
            self.cycles_out -= 1;
            drop(spent);
        }
        while let Ok(wanted) = ends.wanted_rx.pop() {
            self.wanted.push(wanted);
        }
        while let Ok(report) = ends.reports_rx.pop() {
            self.reports.keep(&report);
        }
    }

    /// How many batches wait on this side.
    pub fn waiting(&self) -> usize {
        self.backlog.len()
    }

    /// Whether no batch is out.
    pub const fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Most batches that ever waited because the way was full or idle.
    pub const fn high_water(&self) -> usize {
        self.high_water
    }

    /// The transport orders that the next batch takes along; where there is no processor yet, they wait for one.
    pub fn order(&mut self, transport: &[TransportAction]) -> Vec<TransportAction> {
        if !self.is_connected() {
            self.ordered.extend(transport);
            let earliest = self.ordered.len().saturating_sub(KEPT_ORDERS);
            self.ordered.drain(..earliest);
            return Vec::new();
        }
        if transport.contains(&TransportAction::Start) {
            self.told_to_play = Some(Instant::now());
        }
        transport.to_vec()
    }

    /// The transport orders that waited for a processor.
    pub fn take_ordered(&mut self) -> Vec<TransportAction> {
        std::mem::take(&mut self.ordered)
    }

    /// Says once that the audio thread does not take up that it is to play.
    pub fn is_deaf(&mut self) -> bool {
        if self.in_flight + self.backlog.len() == 0 {
            self.told_to_play = None;
        }
        let deaf = self.told_to_play.is_some_and(|since| since.elapsed() >= PLAY_PATIENCE);
        if deaf {
            self.told_to_play = None;
        }
        deaf
    }

    /// The triggers that were reported since the last call.
    pub fn take_reports(&mut self) -> impl Iterator<Item = TriggerReport> + use<> {
        self.reports.take()
    }

    /// Whether no cycle is left to be worked out.
    pub const fn cycles_settled(&self) -> bool {
        self.wanted.is_empty() && self.owed == 0
    }

    /// Takes the cycles that are wanted; they count as being worked out from now on.
    pub fn take_wanted(&mut self) -> Vec<Wanted> {
        self.owed += self.wanted.len();
        std::mem::take(&mut self.wanted)
    }

    /// Counts one cycle less that is being worked out.
    pub const fn disown(&mut self) {
        self.owed = self.owed.saturating_sub(1);
    }

    /// Wants a cycle again that could not be worked out.
    pub fn want_again(&mut self, wanted: Wanted) {
        self.disown();
        self.wanted.push(wanted);
    }

    /// Hands a cycle over that was worked out; where the way is full, the cycle is wanted again.
    pub fn give(&mut self, given: Given) {
        let wanted = given.wanted;
        let Some(ends) = &mut self.ends else { return self.disown() };
        if self.cycles_out < CYCLES && ends.given_tx.push(given).is_ok() {
            self.cycles_out += 1;
            self.disown();
        } else {
            self.want_again(wanted);
        }
    }
}
