//! The processor: everything the audio thread owns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use atomic_float::AtomicF32;

use super::{
    clock::{Clock, Segment},
    film,
    foresight::Foresight,
    node::{Block, MAX_FRAMES, Stereo},
    pace::Pace,
    queue::{AudioEnds, Batch, Rearm},
    ramp::Ramp,
    scheduler::{Scheduler, Stretch, boundary, hand_over, settle, switch_all},
    stack::Stack,
    tail::Tail,
    view,
};
use crate::{
    module::sequencer::param::QUANTIZE,
    pattern::given::AHEAD,
    plan::{Plan, Role},
    project::{Curve, MACROS},
    time::to_f64,
    view::{Playhead, SCOPE_POINTS},
};

/// Song frames between two looks at parameter links; links are heard on multiples of this.
pub const GRID: i64 = 32;

/// Samples beyond this don't leave the processor: 60 dB above full scale, far above music.
pub const LOUDEST: f32 = 1000.0;

/// The host's transport for one block. Everything may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// Whether the host plays.
    pub playing: bool,
    /// Quarter notes a minute.
    pub tempo: Option<f64>,
    /// Position of the block's first frame in quarter notes.
    pub beat: Option<f64>,
    /// Position of the block's first frame in frames.
    pub samples: Option<i64>,
    /// Where the bar at the block's start began, in quarter notes.
    pub bar_start: Option<f64>,
    /// Time signature: numerator and denominator.
    pub metre: Option<(u32, u32)>,
    /// The loop in quarter notes, while it is on: a block may contain its end.
    pub loop_beats: Option<(f64, f64)>,
}

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
}

/// Everything the host hands over with a block.
#[derive(Clone, Copy, Debug)]
pub struct HostBlock<'a> {
    /// The host's transport; `None` for a host without one.
    pub transport: Option<HostTransport>,
    /// Whether the host renders offline: then the processor may wait for plans and media.
    pub offline: bool,
    /// MIDI in frame order.
    pub midi: &'a [Midi],
    /// Macro values in force from the block's first frame on, 0–1.
    pub macros: &'a [f32; MACROS],
    /// Master volume in force from the block's first frame on, linear.
    pub master_volume: f32,
    /// Video opacity in force from the block's first frame on, 0–1.
    pub video_opacity: f32,
}

/// Time constant of the load, in seconds.
pub const LOAD_SECS: f64 = 0.5;

/// Scalars both sides see.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Blocks that were rendered: grows as long as the host calls.
    pub blocks: AtomicU64,
    /// Version of the last applied batch.
    pub applied: AtomicU64,
    /// Batches and media an offline block should wait for.
    pub awaited: AtomicUsize,
    /// Trigger reports that found no room.
    pub lost_reports: AtomicU64,
    /// Events that found no room; 0 but for floods of MIDI and thousands of gates that close at once.
    pub lost_events: AtomicU64,
    /// Samples of the output that were no numbers (silent) or beyond [`LOUDEST`] (cut off there).
    pub unsound: AtomicU64,
    /// Times that a sequencer was left out of a slot of the song, because all together start too much at once.
    pub left_out: AtomicU64,
    /// One more than the module id of a sequencer that was left out, or 0.
    pub crowded: AtomicU32,
    /// Events of generative patterns that should have begun before they were known.
    pub late_events: AtomicU64,
    /// Times that voices fell silent because a piece of a long sound was not read in time.
    pub missed_sound: AtomicU64,
    /// Whether an offline block waits for cycles of generative patterns.
    pub starving: AtomicBool,
    /// A bit for each macro that the host moved while a target of it kept its own value.
    pub moved_macros: AtomicU64,
    /// One more than the id of a binding whose pattern could not be asked, or 0.
    pub failed: AtomicU32,
    /// Share of real time that processing takes: time in `process` over the block's duration, smoothed over [`LOAD_SECS`].
    pub load: AtomicF32,
    /// Longest block, in nanoseconds.
    pub longest_nanos: AtomicU64,
}

/// Everything the audio thread owns.
pub struct Processor {
    ends: AudioEnds,
    gauges: Arc<Gauges>,
    rate: f64,
    activation: u32,
    plan: Box<Plan>,
    clock: Clock,
    scheduler: Scheduler,
    foresight: Foresight,
    frames: u64,
    /// Where the last stretch began: frames since activation, and the beat.
    shown: (u64, f64),
    /// Where the song started or jumped last: frames since activation, and the song's seconds there.
    began: Option<(u64, f64)>,
    version: u64,
    master: Option<Ramp>,
    tail: Tail,
    /// Where blocks are rendered; away while one is.
    stack: Option<Stack>,
    /// Last frame of the last stretch.
    last: usize,
    macros: [f32; MACROS],
    macros_known: bool,
    video_opacity: f32,
    spare: Box<Stereo>,
    scope: Box<[[f32; 2]; SCOPE_POINTS]>,
    views: view::Views,
    pace: Pace,
    /// How long this block may wait; not at all in a live host.
    patience: Duration,
}

impl std::fmt::Debug for Processor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Processor at version {} with {:?}", self.version, self.plan)
    }
}

impl Processor {
    /// A processor with nothing to play yet.
    #[must_use]
    pub fn new(rate: f64, ends: AudioEnds, gauges: Arc<Gauges>) -> Self {
        Self {
            ends,
            gauges,
            rate,
            activation: 0,
            plan: Box::default(),
            clock: Clock::new(rate),
            scheduler: Scheduler::default(),
            foresight: Foresight::default(),
            frames: 0,
            shown: (0, 0.0),
            began: None,
            version: 0,
            master: None,
            tail: Tail::default(),
            stack: Some(Stack::default()),
            last: 0,
            macros: [0.0; MACROS],
            macros_known: false,
            video_opacity: 1.0,
            spare: Box::default(),
            scope: Box::new([[0.0; 2]; SCOPE_POINTS]),
            views: view::Views::default(),
            pace: Pace::default(),
            patience: Duration::ZERO,
        }
    }

    /// The same with a number that views bear, so that readers tell processors of a session apart.
    #[must_use]
    pub const fn numbered(mut self, activation: u32) -> Self {
        self.activation = activation;
        self
    }

    /// Frames since activation.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Renders one block, any number of frames, into `left` and `right` (equal length; overwritten).
    ///
    /// # Realtime safety
    /// Never allocates, locks, blocks, logs or panics, unless `block.offline`: then it may wait for the controller.
    pub fn process(&mut self, block: &HostBlock<'_>, left: &mut [f32], right: &mut [f32]) {
        match self.stack.take() {
            Some(mut stack) => {
                stack.run(|| self.render(block, left, right));
                self.stack = Some(stack);
            }
            None => self.render(block, left, right),
        }
    }

    fn render(&mut self, block: &HostBlock<'_>, left: &mut [f32], right: &mut [f32]) {
        self.gauges.blocks.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        self.patience = self.pace.patience(began, left.len(), self.rate, block.offline);
        if !self.patience.is_zero() {
            self.wait_for_controller();
        }
        self.apply_batches();
        for node in self.plan.slots.iter_mut().filter_map(|slot| slot.node.as_mut()) {
            node.set_offline(block.offline);
        }
        self.take_given();
        self.take_host_values(block);
        let frames = left.len().min(right.len());
        let bar_beats = if self.plan.bar_beats > 0.0 { self.plan.bar_beats } else { 4.0 };
        let mut clock = self.clock;
        let mut done = 0;
        clock.advance(block.transport.as_ref(), !block.offline, frames, bar_beats, |clock, segment| {
            self.clock = *clock;
            let range = done..done + segment.frames;
            self.segment(block, &segment, done, &mut left[range.clone()], &mut right[range]);
            done += segment.frames;
        });
        self.clock = clock;
        let loop_beats = block.transport.as_ref().filter(|_| clock.is_host_rolling()).and_then(|transport| transport.loop_beats);
        self.foresight.look(&mut self.plan, clock.beat(), clock.bpm(), loop_beats);
        self.gauges.lost_events.store(self.scheduler.lost, Ordering::Relaxed);
        let crowd = &mut self.scheduler.crowd;
        self.gauges.left_out.store(crowd.left_out, Ordering::Relaxed);
        if crowd.first != 0 {
            self.gauges.crowded.store(std::mem::take(&mut crowd.first), Ordering::Relaxed);
        }
        if self.scheduler.failed != 0 {
            self.gauges.failed.store(std::mem::take(&mut self.scheduler.failed), Ordering::Relaxed);
        }
        self.measure(began, frames);
        self.show(block, frames);
    }

    /// Silences everything, as a host's reset asks.
    pub fn reset(&mut self) {
        self.scheduler.cut(&mut self.plan, 0);
        for slot in &mut self.plan.slots {
            slot.events.clear();
            if let Some(node) = &mut slot.node {
                node.reset();
            }
        }
    }

    /// Until what is under way has arrived.
    fn wait_for_controller(&mut self) {
        let began = Instant::now();
        while self.gauges.awaited.load(Ordering::Acquire) > 0 && began.elapsed() < self.patience {
            self.apply_batches();
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// Takes in cycles of generative patterns.
    fn take_given(&mut self) {
        while let Ok(mut given) = self.ends.given_rx.pop() {
            self.plan.supply.take(&mut given);
            // As many fit on the way home as may be under way; as for batches, none is freed here.
            if let Err(rtrb::PushError::Full(given)) = self.ends.spent_tx.push(given) {
                std::mem::forget(given);
            }
        }
        self.gauges.late_events.store(self.plan.supply.late, Ordering::Relaxed);
    }

    /// Asks for the cycles of generative patterns that a segment plays, and some ahead; a host that can wait waits for them.
    fn want_cycles(&mut self, segment: &Segment) {
        if self.plan.supply.is_empty() {
            return;
        }
        let here = self.clock.beat();
        let span = segment.song.map_or((here, here + 1e-6), |song| {
            let end = song.frame + i64::try_from(segment.frames).unwrap_or(0);
            (song.map.beat_of(to_f64(song.frame)), song.map.beat_of(to_f64(end)))
        });
        if !self.patience.is_zero() && segment.song.is_some() {
            let began = Instant::now();
            while !self.ask_for(span, 0) && began.elapsed() < self.patience && !self.ends.wanted_tx.is_abandoned() {
                self.gauges.starving.store(true, Ordering::Release);
                std::thread::sleep(Duration::from_micros(200));
                self.take_given();
            }
            self.gauges.starving.store(false, Ordering::Release);
        }
        self.ask_for(span, AHEAD);
    }

    /// Asks for what is not there of a span of quarter notes and `ahead` cycles beyond; says whether all is there.
    fn ask_for(&mut self, span: (f64, f64), ahead: i64) -> bool {
        let Plan { sequencers, supply, .. } = &mut *self.plan;
        let wanted_tx = &mut self.ends.wanted_tx;
        let mut all = true;
        for sequencer in sequencers.iter() {
            for playing in sequencer.playing.iter().chain(sequencer.pending.iter().map(|(pending, _)| pending)) {
                playing.program.wanted(span, ahead, |pattern, cycle| {
                    all &= supply.want(pattern, cycle, |wanted| wanted_tx.push(wanted).is_ok());
                });
            }
        }
        all
    }

    fn apply_batches(&mut self) {
        while let Ok(mut batch) = self.ends.from_control_rx.pop() {
            self.apply(&mut batch);
            self.version = batch.version;
            self.gauges.applied.store(batch.version, Ordering::Release);
            // The Controller keeps a place free on the way home for every batch it sends. Should it ever not be so,
            // the batch is leaked rather than freed here.
            if let Err(rtrb::PushError::Full(batch)) = self.ends.retired_tx.push(batch) {
                std::mem::forget(batch);
            }
        }
    }

    fn apply(&mut self, batch: &mut Batch) {
        if let Some(bpm) = batch.bpm {
            self.clock.internal.bpm = bpm;
        }
        if let Some(forced) = batch.internal {
            self.clock.force(forced);
        }
        if let Some(plan) = &mut batch.plan {
            self.install(plan);
        }
        for (slot, param, number) in &batch.params {
            let Some(slot) = self.plan.slots.get_mut(*slot) else { continue };
            if let (Some(base), Some(now)) = (slot.base.get_mut(*param), slot.params.get_mut(*param)) {
                (*base, *now) = (*number, *number);
            }
        }
        self.rearm(&batch.rearm);
        if !batch.params.is_empty() || batch.plan.is_some() || !batch.rearm.is_empty() {
            self.route_macros();
            self.follow_links();
        }
        for action in &batch.transport {
            self.clock.obey(*action);
        }
        if batch.view.is_some() {
            self.views.add(&mut batch.view);
        }
        if let Some(film) = &mut batch.film {
            self.views.set_film(film);
        }
    }

    /// Puts a new plan in place of the old, which stays in `plan` and goes home with it.
    fn install(&mut self, plan: &mut Box<Plan>) {
        std::mem::swap(&mut self.plan, plan);
        let (new, old) = (&mut *self.plan, &mut **plan);
        self.tail.cut(old, new, self.last, self.frames);
        for slot in &mut new.slots {
            if let Some(before) = slot.carry.and_then(|at| old.slots.get_mut(at)) {
                std::mem::swap(&mut slot.node, &mut before.node);
                std::mem::swap(&mut slot.output, &mut before.output);
            }
            if let (Some(node), Some(content)) = (&mut slot.node, &mut slot.content) {
                node.exchange(content);
            }
        }
        for route in &mut new.macros {
            if let Some(before) = route.carry.and_then(|at| old.macros.get(at)) {
                route.hold = before.hold;
            }
        }
        self.foresight.begin(new);
        self.scheduler.crowd.forget();
        new.supply.carry(&mut old.supply);
        let moving = self.clock.is_playing();
        for sequencer in &mut new.sequencers {
            let quantize = new.slots[sequencer.slot].params[QUANTIZE];
            let before = sequencer.carry.and_then(|at| old.sequencers.get_mut(at));
            let (clock, cycle) = (&self.clock, new.cycle_beats);
            hand_over(sequencer, before, moving, |playing| boundary(quantize, clock, playing, cycle));
        }
        let Plan { slots, sequencers, .. } = new;
        let moved = |place: usize| {
            let at = sequencers.iter().position(|s| s.carry == Some(place))?;
            (sequencers[at].playing.is_some() && same_targets(old, place, slots, sequencers[at].slot)).then_some(at)
        };
        self.scheduler.carry(old.sequencers.len(), moved);
        self.scheduler.release(slots);
    }

    fn take_host_values(&mut self, block: &HostBlock<'_>) {
        self.video_opacity = block.video_opacity;
        let clock = self.frames;
        match &mut self.master {
            Some(ramp) => ramp.head_for([block.master_volume; 2], clock),
            none => *none = Some(Ramp::still([block.master_volume; 2])),
        }
        if !self.macros_known || self.macros != *block.macros {
            (self.macros, self.macros_known) = (*block.macros, true);
            self.route_macros();
        }
    }

    /// Lets macros drive their targets, except for those that keep their own value because the host has not moved the
    /// macro yet.
    fn route_macros(&mut self) {
        if !self.macros_known {
            return;
        }
        let Plan { macros, slots, .. } = &mut *self.plan;
        let mut moved = 0_u64;
        for route in macros.iter_mut() {
            let value = self.macros.get(route.index).copied().unwrap_or(0.0);
            if let Some(hold) = &mut route.hold {
                if hold.holds(value) {
                    continue;
                }
                route.hold = None;
                moved |= 1 << (route.index % MACROS);
            }
            let number = route.ends.0 + (route.ends.1 - route.ends.0) * f64::from(value);
            if let Some(place) = slots.get_mut(route.target.0).and_then(|slot| slot.params.get_mut(route.target.1)) {
                *place = number;
            }
        }
        if moved != 0 {
            self.gauges.moved_macros.fetch_or(moved, Ordering::AcqRel);
        }
    }

    /// Gives macro targets back their own value until the host moves the macro.
    fn rearm(&mut self, targets: &[Rearm]) {
        let Plan { macros, slots, .. } = &mut *self.plan;
        for Rearm { index, target, hold } in targets {
            for route in macros.iter_mut().filter(|route| route.index == *index && route.target == *target) {
                route.hold = Some(*hold);
                if let Some(slot) = slots.get_mut(target.0)
                    && let (Some(base), Some(now)) = (slot.base.get(target.1), slot.params.get_mut(target.1))
                {
                    *now = *base;
                }
            }
        }
    }

    /// Lets linked parameters follow their sources; sources come before those that follow them.
    fn follow_links(&mut self) {
        let Plan { links, slots, .. } = &mut *self.plan;
        for link in links.iter() {
            let (slot, param, low, high) = link.source;
            let Some(source) = slots.get(slot).and_then(|slot| slot.params.get(param)) else { continue };
            let width = high - low;
            let share = if width > 0.0 { ((source - low) / width).clamp(0.0, 1.0) } else { 0.0 };
            let shaped = match link.curve {
                Curve::Linear => *source,
                Curve::Square => low + share * share * width,
                Curve::Root => low + share.sqrt() * width,
            };
            let number = (shaped * link.scale + link.offset).clamp(link.bounds.0, link.bounds.1);
            if let Some(place) = slots.get_mut(link.target.0).and_then(|slot| slot.params.get_mut(link.target.1)) {
                *place = number;
            }
        }
    }

    /// Renders one segment of a host block.
    fn segment(&mut self, block: &HostBlock<'_>, segment: &Segment, begin: usize, left: &mut [f32], right: &mut [f32]) {
        self.want_cycles(segment);
        if segment.cut || segment.song.is_none() {
            switch_all(&mut self.plan);
        }
        if segment.cut || segment.song.is_none() {
            self.began = None;
        }
        if segment.cut {
            self.scheduler.cut(&mut self.plan, 0);
        }
        if let Some(film) = self.views.film() {
            film.roll(self.frames, self.rate, segment.song.is_some(), block.offline);
        }
        let mut done = 0;
        let mut song = segment.song;
        while done < segment.frames {
            let frames = self.stretch_length(segment.frames - done, song.map(|s| s.frame));
            let stretch = Stretch { frames, song, last: done + frames == segment.frames, clock: self.frames };
            self.stretch(block, &stretch, begin + done, &mut left[done..done + frames], &mut right[done..done + frames]);
            if let Some(span) = &mut song {
                span.frame += i64::try_from(frames).unwrap_or(0);
                span.after = f64::NEG_INFINITY;
            }
            done += frames;
        }
    }

    /// Frames until the next place where something must be looked at: the grid of links, a frame of the film.
    fn stretch_length(&self, left: usize, song_frame: Option<i64>) -> usize {
        let mut frames = left.min(MAX_FRAMES);
        if !self.plan.links.is_empty() {
            let into = song_frame.unwrap_or_else(|| i64::try_from(self.frames).unwrap_or(0)).rem_euclid(GRID);
            frames = frames.min(usize::try_from(GRID - into).unwrap_or(1));
        }
        frames.min(self.views.until_film(self.frames, self.rate)).max(1)
    }

    fn stretch(&mut self, block: &HostBlock<'_>, stretch: &Stretch, begin: usize, left: &mut [f32], right: &mut [f32]) {
        let beat = stretch.song.map_or(self.clock.beat(), |span| span.map.beat_of(to_f64(span.frame)));
        self.shown = (self.frames, beat);
        if stretch.song.is_some() && self.began.is_none() {
            self.began = Some((self.frames, beat * 60.0 / self.clock.bpm().max(1.0)));
        }
        if !self.plan.links.is_empty() {
            self.follow_links();
        }
        let (reports, gauges) = (&mut self.ends.reports_tx, &self.gauges);
        self.scheduler.schedule(&mut self.plan, stretch, |report| {
            if reports.push(report).is_err() {
                gauges.lost_reports.fetch_add(1, Ordering::Relaxed);
            }
        });
        if !block.midi.is_empty() {
            self.scheduler.midi(&mut self.plan, block.midi, begin, stretch.frames);
        }
        settle(&mut self.plan.slots);
        self.run_nodes(stretch);
        self.mix(stretch.frames, left, right);
        let unsound = bounded(left) + bounded(right);
        if unsound > 0 {
            self.gauges.unsound.fetch_add(unsound, Ordering::Relaxed);
        }
        self.last = stretch.frames - 1;
        // A film's picture hears what came before it, however long this stretch is.
        if self.views.film().is_some() {
            let state = self.view_state(0.0);
            let patience = if block.offline { film::PATIENCE } else { self.patience };
            self.views.record(&self.plan, &state, &self.scope, [left, right], patience);
        }
        self.record_scope(left, right);
        self.frames += u64::try_from(stretch.frames).unwrap_or(0);
        for slot in &mut self.plan.slots {
            slot.events.clear();
        }
    }

    fn run_nodes(&mut self, stretch: &Stretch) {
        const INPUTS: usize = crate::module::MAX_INPUTS;
        for place in 0..self.plan.slots.len() {
            let Some(mut node) = self.plan.slots[place].node.take() else { continue };
            std::mem::swap(&mut self.spare, &mut self.plan.slots[place].output);
            let slots = &self.plan.slots;
            let slot = &slots[place];
            let mut inputs = [&*slot.output; INPUTS];
            let count = slot.inputs.len().min(INPUTS);
            for (input, from) in inputs.iter_mut().zip(slot.inputs.iter()) {
                *input = &*slots[*from].output;
            }
            let block = Block { frames: stretch.frames, clock: stretch.clock, params: &slot.params, events: &slot.events };
            node.process(&block, &inputs[..count], &mut self.spare);
            let slot = &mut self.plan.slots[place];
            std::mem::swap(&mut self.spare, &mut slot.output);
            slot.node = Some(node);
        }
    }

    fn mix(&mut self, frames: usize, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
        if !self.tail.is_over(self.frames) {
            for (clock, (l, r)) in (self.frames..).zip(left.iter_mut().zip(right.iter_mut())) {
                let tail = self.tail.at(clock);
                *l += tail[0];
                *r += tail[1];
            }
        }
        let master = self.master.unwrap_or(Ramp::still([1.0; 2]));
        let settled = master.is_still(self.frames);
        for slot in self.plan.slots.iter().filter(|slot| slot.role == Role::AudioOut && !slot.output.silent) {
            for frame in 0..frames {
                left[frame] += slot.output.left[frame];
                right[frame] += slot.output.right[frame];
            }
        }
        if settled && master.target() == [1.0; 2] {
            return;
        }
        for (clock, (l, r)) in (self.frames..).zip(left.iter_mut().zip(right.iter_mut())) {
            let gain = if settled { master.target() } else { master.value(clock) };
            *l *= gain[0];
            *r *= gain[1];
        }
    }

    fn record_scope(&mut self, left: &[f32], right: &[f32]) {
        let new = left.len().min(SCOPE_POINTS);
        self.scope.copy_within(new.., 0);
        let from = left.len() - new;
        for (point, (l, r)) in self.scope[SCOPE_POINTS - new..].iter_mut().zip(left[from..].iter().zip(&right[from..])) {
            *point = [*l, *r];
        }
    }

    fn view_state(&self, heard_secs: f32) -> view::State {
        let (clock, (frame, beat)) = (&self.clock, self.shown);
        #[allow(clippy::cast_precision_loss, reason = "2^53 frames are thousands of years")]
        let since = |from: u64| frame.saturating_sub(from) as f64 / self.rate;
        let secs = self.began.map_or_else(|| beat * 60.0 / clock.bpm().max(1.0), |(from, secs)| secs + since(from));
        let playhead = Playhead {
            playing: clock.is_playing(),
            beat,
            secs,
            bar: clock.bar(),
            bpm: clock.bpm(),
            host: clock.has_host(),
            rolling: clock.is_host_rolling(),
        };
        view::State {
            version: self.version,
            activation: self.activation,
            frame,
            rate: self.rate,
            heard_secs,
            playhead,
            macros: self.macros,
            video_opacity: self.video_opacity,
            load: self.gauges.load.load(Ordering::Relaxed),
        }
    }

    fn measure(&self, began: Instant, frames: usize) {
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.gauges.longest_nanos.fetch_max(nanos, Ordering::Relaxed);
        self.gauges.load.store(smoothed(self.gauges.load.load(Ordering::Relaxed), nanos, frames, self.rate), Ordering::Relaxed);
    }

    fn show(&mut self, block: &HostBlock<'_>, frames: usize) {
        if self.views.is_due(self.frames, self.rate) || block.offline {
            // The block's first frame is heard a block later, and what is shown lies within the block.
            let after = u64::try_from(2 * frames).unwrap_or(0).saturating_sub(self.frames.saturating_sub(self.shown.0));
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "two blocks at most")]
            let heard_secs = (after as f64 / self.rate) as f32;
            let state = self.view_state(heard_secs);
            self.views.show(&self.plan, &state, &self.scope, self.scheduler.open_gates());
        }
    }
}

/// Keeps samples within what sound may be; how many were not.
fn bounded(samples: &mut [f32]) -> u64 {
    if samples.iter().all(|sample| sample.abs() <= LOUDEST) {
        return 0;
    }
    let mut count = 0;
    for sample in samples.iter_mut().filter(|sample| sample.is_nan() || sample.abs() > LOUDEST) {
        *sample = if sample.is_nan() { 0.0 } else { sample.clamp(-LOUDEST, LOUDEST) };
        count += 1;
    }
    count
}

/// The load after a block that took `nanos`: a first-order low-pass over the song's frames, so that the length of blocks makes no
/// difference to how quickly it follows.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a display value")]
fn smoothed(load: f32, nanos: u64, frames: usize, rate: f64) -> f32 {
    let secs = frames as f64 / rate;
    if secs <= 0.0 {
        return load;
    }
    let (share, weight) = (nanos as f64 * 1e-9 / secs, 1.0 - (-secs / LOAD_SECS).exp());
    load + (share as f32 - load) * weight as f32
}

/// Whether a sequencer still reaches every module it reached before.
fn same_targets(old: &Plan, place: usize, slots: &[crate::plan::Slot], slot: usize) -> bool {
    let Some(before) = old.sequencers.get(place).and_then(|s| old.slots.get(s.slot)) else { return false };
    before.targets.iter().filter_map(|t| old.slots.get(*t)).all(|t| slots[slot].targets.iter().any(|n| slots[*n].id == t.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sound_does_not_leave() {
        let mut samples = [0.5, -1000.0, 1e38, f32::NEG_INFINITY, f32::NAN, 0.0];
        assert_eq!(bounded(&mut samples), 3);
        assert_eq!(samples, [0.5, -1000.0, 1000.0, -1000.0, 0.0, 0.0]);
        assert_eq!(bounded(&mut samples), 0);
    }

    #[test]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
    fn the_load_is_time_over_time_however_blocks_are_cut() {
        for frames in [32_usize, 512, 8192] {
            let secs = frames as f64 / 48_000.0;
            let nanos = (secs * 0.25 * 1e9).round() as u64;
            let (mut load, mut passed) = (0.0, 0.0);
            while passed < LOAD_SECS {
                load = smoothed(load, nanos, frames, 48_000.0);
                passed += secs;
            }
            // After one time constant it has come 63 % of the way.
            assert!((load / 0.25 - 0.63).abs() < 0.12, "{frames}: {load}");
            for _ in 0..(20.0 * LOAD_SECS / secs) as usize {
                load = smoothed(load, nanos, frames, 48_000.0);
            }
            assert!((load - 0.25).abs() < 0.001, "{frames}: {load}");
        }
        assert_eq!(smoothed(0.5, 1000, 0, 48_000.0), 0.5);
    }
}
