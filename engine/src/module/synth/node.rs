//! The synthesizer's processor: starts, steals, releases and sums voices.

use std::{any::Any, sync::Arc};

use super::{
    MAX_LANES, WAVES, param,
    source::{WORDS, Wave},
    values::{Hears, Layers, Numbers, TriggerOverrides, narrow, playable},
    voice::{Onset, Place, Voice},
};
use crate::{
    dsp::{
        osc::{Waves, waves},
        strip::{Group, LANES, Moment, Rows, Time},
        wavetable::Wavetable,
    },
    module::{lfo::cycles, samples::Tables},
    signal::{
        Arena, Bank, Block, Change, ControlMap, Controls, GRID, Io, MAX_FRAMES, Node, NodeEvent, NodeEventKind, Trigger, control,
        ramp::Ramp,
        word::{Word, WordTable},
    },
};

const GROUPS: usize = MAX_LANES / LANES;
/// Samples of the module's sound stay below this: 24 dB above full scale.
const LOUDEST: f32 = 15.8;

/// The synthesizer's processor.
#[derive(Debug)]
pub struct SynthNode {
    rate: f64,
    waves: &'static Waves,
    words: WordTable<Wave>,
    /// Wavetables of the user's.
    tables: Tables,
    hears: Hears,
    /// In onset order, the order in which they are summed.
    voices: Vec<Voice>,
    groups: Box<[Group]>,
    rows: Box<[Rows]>,
    /// The module's numbers in force.
    live: Numbers,
    volume: Ramp,
    /// Pitch of the last voice, for glides.
    last_hz: Option<f64>,
    mix: Box<[[f32; 2]; MAX_FRAMES]>,
    /// One voice's sound, where voices go different ways.
    apart: Box<[[f32; 2]; GRID]>,
}

/// A frame of a block: its place, the processor's clock there, and what leads to the next point.
#[derive(Clone, Copy, Debug)]
struct Here {
    clock: u64,
    moment: Moment,
}

impl SynthNode {
    /// A synthesizer; everything it will ever need is allocated here.
    #[must_use]
    pub fn new(rate: f64, controls: &Controls) -> Self {
        Self {
            rate,
            waves: waves(),
            words: WordTable::new(WORDS.iter().enumerate().map(|(index, word)| (Word::of(word), Wave::of_word(index)))),
            tables: Tables::default(),
            hears: Hears::new(controls),
            voices: Vec::with_capacity(MAX_LANES),
            groups: (0..GROUPS).map(|_| Group::new(narrow(rate))).collect(),
            rows: vec![Rows::default(); GROUPS].into_boxed_slice(),
            live: playable(&[]),
            volume: Ramp::still([1.0; 2]),
            last_hz: None,
            mix: Box::new([[0.0; 2]; MAX_FRAMES]),
            apart: Box::new([[0.0; 2]; GRID]),
        }
    }

    fn handle(&mut self, event: &NodeEvent, arena: &Arena, here: Here) {
        match event.kind {
            NodeEventKind::Trigger(trigger) => self.trigger(&trigger, arena.get(trigger.controls), here),
            NodeEventKind::GateOff(gate) => self.release(here, |voice| voice.gate == gate),
            NodeEventKind::AllOff => self.release(here, |_| true),
            NodeEventKind::Change(change) => self.change(&change, arena.get(change.controls)),
        }
    }

    fn release(&mut self, here: Here, wanted: impl Fn(&Voice) -> bool) {
        for voice in self.voices.iter_mut().filter(|voice| wanted(voice)) {
            if voice.release() {
                voice.lanes().for_each(|((group, lane), _)| self.groups[group].release(lane, here.moment));
            }
        }
        self.remove_ended();
    }

    /// Changes what voices that sound were told.
    fn change(&mut self, change: &Change, controls: ControlMap<'_>) {
        for voice in self.voices.iter_mut().filter(|voice| change.is_of(voice.gate)) {
            voice.overrides.change(controls);
            follow(voice, &self.live, self.rate, &mut self.groups);
        }
    }

    /// The wave that a trigger names, and its wavetable; `None` where its word is another module's, or the wavetable is not there.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    fn wave(&self, controls: ControlMap<'_>) -> Option<(Wave, Option<Arc<Wavetable>>)> {
        if let Some(word) = controls.get(control::S)
            && let Some(table) = self.tables.named(word, controls.get(control::N).unwrap_or(0.0))
        {
            return Some((Wave::Table, Some(Arc::clone(table?))));
        }
        let wave = match controls.get(control::S) {
            Some(word) => self.words.get(word).copied(),
            None => Some(Wave::of((self.live[param::WAVE].max(0.0) as usize).min(WAVES.len() - 1))),
        };
        wave.map(|wave| (wave, None))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 64")]
    fn trigger(&mut self, trigger: &Trigger, controls: ControlMap<'_>, here: Here) {
        if self.live[param::ENABLED] < 0.5 {
            return;
        }
        let Some((mut wave, table)) = self.wave(controls) else { return };
        if self.live[param::POLYPHONY] >= 0.5 {
            self.release(here, |voice| !voice.dying);
        }
        let overrides = TriggerOverrides::of(controls, &self.hears);
        let live = self.live;
        let layers = Layers { overrides: &overrides, module: &live, rate: self.rate };
        if wave == Wave::Table && layers.tables() > 1 {
            wave = Wave::Tables;
        }
        let cut = layers.cut();
        if cut != 0 {
            self.voices.iter_mut().filter(|voice| voice.cut == cut && !voice.dying).for_each(|voice| voice.fade_out(true));
        }
        self.make_room(self.live[param::VOICES].clamp(1.0, 64.0) as usize, here.clock);
        let Some(lanes) = self.take_lanes(if wave.is_stereo() { 2 } else { 1 }) else {
            table.into_iter().for_each(|table| self.tables.retire(table));
            return;
        };
        let seed = seed(trigger, wave);
        let onset = Onset { gate: trigger.gate, clock: here.clock, now: here.moment.now, wave, table, seed, from: self.last_hz };
        let mut voice = Voice::new(self.waves, onset, overrides, &layers, lanes);
        for ((group, lane), side) in voice.lanes() {
            let settings = layers.strip(side);
            voice.rings = settings.is_used();
            self.groups[group].start(lane, &settings, here.moment);
        }
        voice.aim(here.moment, true);
        self.last_hz = Some(voice.hz());
        self.voices.push(voice);
    }

    /// Free lanes for a voice; where there are none, the oldest voice that fades out gives its own.
    fn take_lanes(&mut self, count: usize) -> Option<[Place; 2]> {
        loop {
            if self.voices.len() < self.voices.capacity()
                && let Some(lanes) = self.free_lanes(count)
            {
                return Some(lanes);
            }
            let oldest = self.voices.iter().position(|voice| voice.dying)?;
            self.remove(oldest);
        }
    }

    fn free_lanes(&self, count: usize) -> Option<[Place; 2]> {
        let mut free = self.groups.iter().enumerate().flat_map(|(group, lanes)| lanes.free_lanes().map(move |lane| (group, lane)));
        let first = free.next()?;
        let second = if count > 1 { free.next()? } else { first };
        Some([first, second])
    }

    fn remove(&mut self, index: usize) {
        let mut voice = self.voices.remove(index);
        voice.take_table().into_iter().for_each(|table| self.tables.retire(table));
        voice.lanes().for_each(|((group, lane), _)| self.groups[group].free(lane));
    }

    /// Steals the oldest voices until one more may start.
    fn make_room(&mut self, most: usize, clock: u64) {
        let mut sounding = self.voices.iter().filter(|voice| !voice.dying).count();
        for voice in self.voices.iter_mut().filter(|voice| !voice.dying) {
            if sounding < most {
                break;
            }
            voice.fade_out(false);
            sounding -= 1;
        }
        // A voice stolen at its own onset has not sounded yet.
        while let Some(index) = self.voices.iter().position(|voice| voice.dying && voice.onset == clock) {
            self.remove(index);
        }
    }

    fn remove_ended(&mut self) {
        let (groups, tables) = (&mut self.groups, &mut self.tables);
        self.voices.retain_mut(|voice| {
            let is_over = voice.is_over();
            if is_over {
                voice.take_table().into_iter().for_each(|table| tables.retire(table));
                voice.lanes().for_each(|((group, lane), _)| groups[group].free(lane));
            }
            !is_over
        });
    }

    /// Lets the voices follow the module.
    fn follow(&mut self, params: &[f64], clock: u64) {
        if params.get(..self.live.len()) == Some(&self.live[..]) {
            return;
        }
        self.live = playable(params);
        let volume = narrow(self.live[param::VOLUME]);
        self.volume.head_for([volume; 2], clock);
        let is_off = self.live[param::ENABLED] < 0.5;
        for voice in self.voices.iter_mut().filter(|voice| !voice.dying) {
            if is_off {
                voice.fade_out(false);
            }
            follow(voice, &self.live, self.rate, &mut self.groups);
        }
    }

    /// Arrives at a point.
    fn point(&mut self, here: Here, arrived: bool) {
        for group in self.groups.iter_mut().filter(|group| !group.is_free()) {
            group.point(here.moment, arrived);
        }
        for voice in &mut self.voices {
            voice.arrive();
            voice.aim(here.moment, arrived);
        }
    }

    /// Adds frames that lie before the next point to the mix.
    #[allow(clippy::cast_possible_truncation, reason = "at most 32")]
    fn render(&mut self, from: usize, to: usize, bank: &mut Bank<'_>) -> bool {
        if from == to || self.voices.is_empty() {
            return false;
        }
        let count = to - from;
        for voice in &mut self.voices {
            voice.render(count, &mut self.rows);
        }
        for (group, rows) in self.groups.iter_mut().zip(&mut self.rows).filter(|(group, _)| !group.is_free()) {
            group.process(rows, count);
        }
        let out = &mut self.mix[from..to];
        for voice in &mut self.voices {
            let fade = voice.fade;
            let add = |out: &mut [[f32; 2]]| {
                for ((group, lane), _) in voice.lanes() {
                    self.groups[group].add(lane, &self.rows[group], fade, out);
                }
            };
            match bank.receiver(voice.sends.0) {
                None => add(out),
                Some(receiver) => {
                    let apart = &mut self.apart[..count];
                    apart.fill([0.0; 2]);
                    add(apart);
                    out.iter_mut().zip(&*apart).for_each(|(sum, frame)| *sum = [sum[0] + frame[0], sum[1] + frame[1]]);
                    bank.add(receiver, from, apart, &voice.sends.1);
                }
            }
            voice.advance(count as u32);
        }
        self.groups.iter_mut().filter(|group| !group.is_free()).for_each(|group| group.advance(count));
        self.remove_ended();
        true
    }
}

fn follow(voice: &mut Voice, live: &Numbers, rate: f64, groups: &mut [Group]) {
    let overrides = voice.overrides;
    let layers = Layers { overrides: &overrides, module: live, rate };
    voice.follow(&layers);
    for ((group, lane), side) in voice.lanes() {
        let settings = layers.strip(side);
        voice.rings |= settings.is_used();
        groups[group].set(lane, &settings);
    }
}

/// The seed of a trigger's random numbers, which follows from where it stands in the song and what it says.
fn seed(trigger: &Trigger, wave: Wave) -> u64 {
    let beat = trigger.beat;
    beat.num().cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ beat.den().cast_unsigned().rotate_left(32) ^ wave as u64
}

/// The song at a frame of the block, or near it.
fn time(block: &Block, frame: f64) -> Time {
    Time { secs: cycles(block, frame, 1.0, 0.0, 0.0), bars: cycles(block, frame, 0.0, block.bar_beats.max(1e-3), 0.0) }
}

/// A frame of a block that lies so many frames behind a point of the grid.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a block has at most 512 frames")]
pub(in crate::module) fn moment(block: &Block, frame: usize, at: usize) -> Moment {
    let left = GRID - at % GRID;
    Moment { left: left as u32, now: time(block, frame as f64), then: time(block, (frame + left) as f64) }
}

fn here(block: &Block, frame: usize, at: usize) -> Here {
    Here { clock: block.clock + frame as u64, moment: moment(block, frame, at) }
}

impl Node for SynthNode {
    fn process(&mut self, io: &mut Io<'_>) {
        let (block, frames) = (io.block, io.block.frames.min(MAX_FRAMES));
        let Some((output, mut bank)) = io.output_and_bank() else { return };
        if self.voices.is_empty() && io.events.is_empty() {
            if let Some(last) = block.points.len().checked_sub(1).filter(|_| !io.driven.is_empty()) {
                io.arrive(last);
            }
            self.follow(io.params, block.clock);
            return output.silence(frames);
        }
        self.follow(io.params, block.clock);
        self.mix[..frames].fill([0.0; 2]);
        let (mut at, mut sounded) = (0, false);
        let mut events = io.events.iter().peekable();
        for piece in block.points.pieces() {
            let begin = piece.frames.start;
            sounded |= self.render(at, begin, &mut bank);
            at = begin;
            if let Some(point) = piece.point {
                io.arrive(point);
                self.follow(io.params, block.clock + begin as u64);
                let jumps = block.points.is_fresh() && begin == 0;
                self.point(here(&block, begin, piece.at), !jumps);
            }
            while let Some(event) = events.next_if(|event| event.frame < piece.frames.end || piece.frames.end >= frames) {
                let frame = event.frame.min(frames.saturating_sub(1)).max(begin);
                sounded |= self.render(at, frame, &mut bank);
                at = frame;
                self.handle(event, io.arena, here(&block, frame, piece.at + frame - begin));
            }
        }
        sounded |= self.render(at, frames, &mut bank);
        if !sounded {
            return output.silence(frames);
        }
        let (mut any, mut done) = (0, 0);
        #[allow(clippy::manual_clamp, reason = "`clamp` hands on what is no number; `max` and `min` give a bound for it")]
        let bounded = |sample: f32| sample.max(-LOUDEST).min(LOUDEST);
        while done < frames {
            let level = self.volume.piece(block.clock + done as u64);
            let count = level.frames.min(frames - done);
            for index in 0..count {
                let ([left, right], [by_left, by_right]) = (self.mix[done + index], level.at(index));
                let pair = [left * by_left, right * by_right].map(bounded);
                (output.left[done + index], output.right[done + index]) = (pair[0], pair[1]);
                any |= (pair[0].to_bits() | pair[1].to_bits()) << 1;
            }
            bank.scale(done..done + count, |index| level.at(index));
            done += count;
        }
        output.set_silent(any == 0);
    }

    fn exchange(&mut self, content: &mut Box<dyn Any + Send>) {
        if let Some(new) = content.downcast_mut::<Tables>() {
            std::mem::swap(&mut self.tables, new);
        }
    }

    fn sounding(&self) -> usize {
        self.voices.len()
    }

    fn reset(&mut self) {
        while !self.voices.is_empty() {
            self.remove(self.voices.len() - 1);
        }
        self.last_hz = None;
    }
}
