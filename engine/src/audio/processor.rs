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
    graph::{self, Graph},
    host::{HostInput, HostOutput},
    pace::Pace,
    queue::AudioEnds,
    scheduler::{Scheduler, Stretch},
    sequencers::switch_all,
    stack::Stack,
    tail::Tail,
    view,
};
use crate::{
    pattern::given::AHEAD,
    plan::Plan,
    signal::{LOUDEST, MACROS, MAX_FRAMES, Stereo, is_sound, ramp::Ramp},
    time::to_f64,
    view::{Playhead, SCOPE_POINTS},
};

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
    /// Buses that carried sound although the host has none such, a bit for each.
    pub unheard: AtomicU32,
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
    pub(super) ends: AudioEnds,
    pub(super) gauges: Arc<Gauges>,
    pub(super) rate: f64,
    pub(super) activation: u32,
    pub(super) plan: Box<Plan>,
    pub(super) clock: Clock,
    pub(super) scheduler: Scheduler,
    pub(super) foresight: Foresight,
    pub(super) frames: u64,
    /// Where the last stretch began: frames since activation, and the beat.
    pub(super) shown: (u64, f64),
    /// Where the song started or jumped last: frames since activation, and the song's seconds there.
    pub(super) began: Option<(u64, f64)>,
    pub(super) version: u64,
    pub(super) master: Option<Ramp>,
    pub(super) tail: Tail,
    /// Where blocks are rendered; away while one is.
    pub(super) stack: Option<Stack>,
    /// Last frame of the last stretch.
    pub(super) last: usize,
    pub(super) macros: [f32; MACROS],
    pub(super) macros_known: bool,
    pub(super) video_opacity: f32,
    pub(super) graph: Graph,
    /// The sum of what the host hears in this stretch, where that is more than its main bus.
    pub(super) heard: Box<Stereo>,
    /// Buses that the host lacks although they carried sound.
    pub(super) unheard: u32,
    pub(super) scope: Box<[[f32; 2]; SCOPE_POINTS]>,
    /// Points at the scope's end that are silent.
    pub(super) scope_silence: usize,
    /// What the plan's processors were told last of whether the host renders offline.
    pub(super) told_offline: Option<bool>,
    pub(super) views: view::Views,
    pub(super) pace: Pace,
    /// How long this block may wait; not at all in a live host.
    pub(super) patience: Duration,
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
            graph: Graph::default(),
            heard: Box::default(),
            unheard: 0,
            scope: Box::new([[0.0; 2]; SCOPE_POINTS]),
            scope_silence: SCOPE_POINTS,
            told_offline: None,
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

    /// Frames for which effects go on sounding after their inputs fell silent, through the longest way of the graph; `u64::MAX` where
    /// sound leads back. Voices are not in it: they end when their gates are closed and released.
    pub fn tail(&mut self) -> u64 {
        graph::tail(&mut self.plan)
    }

    /// Renders one block, any number of frames; `out` is overwritten.
    ///
    /// # Realtime safety
    /// Never allocates, locks, blocks, logs or panics, unless `host.offline`: then it may wait for the controller.
    pub fn process(&mut self, host: &HostInput<'_>, out: &mut HostOutput<'_>) {
        match self.stack.take() {
            Some(mut stack) => {
                stack.run(|| self.render(host, out));
                self.stack = Some(stack);
            }
            None => self.render(host, out),
        }
    }

    fn render(&mut self, block: &HostInput<'_>, out: &mut HostOutput<'_>) {
        self.gauges.blocks.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        self.patience = self.pace.patience(began, out.frames(), self.rate, block.offline);
        if !self.patience.is_zero() {
            self.wait_for_controller();
        }
        self.graph.midi_out.clear();
        self.apply_batches();
        if self.told_offline != Some(block.offline) {
            self.told_offline = Some(block.offline);
            for node in self.plan.slots.iter_mut().filter_map(|slot| slot.node.as_mut()) {
                node.set_offline(block.offline);
            }
        }
        self.take_given();
        self.take_host_values(block);
        let frames = out.frames();
        let bar_beats = if self.plan.bar_beats > 0.0 { self.plan.bar_beats } else { 4.0 };
        let mut clock = self.clock;
        let mut done = 0;
        clock.advance(block.transport.as_ref(), !block.offline, frames, bar_beats, |clock, segment| {
            self.clock = *clock;
            self.segment(block, &segment, done, out);
            done += segment.frames;
        });
        if let Some(midi) = &mut out.midi {
            for message in self.graph.midi_out.messages() {
                midi.send(*message);
            }
        }
        self.clock = clock;
        let loop_beats = block.transport.as_ref().filter(|_| clock.is_host_rolling()).and_then(|transport| transport.loop_beats);
        self.foresight.look(&mut self.plan, clock.beat(), clock.bpm(), loop_beats);
        self.gauges.lost_events.store(self.scheduler.lost + self.graph.lost, Ordering::Relaxed);
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

    /// Renders one segment of a host block.
    fn segment(&mut self, block: &HostInput<'_>, segment: &Segment, begin: usize, out: &mut HostOutput<'_>) {
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
            let frames = self.stretch_length(segment.frames - done);
            let stretch = Stretch { frames, song, last: done + frames == segment.frames, clock: self.frames };
            self.stretch(block, &stretch, begin + done, out);
            if let Some(span) = &mut song {
                span.frame += i64::try_from(frames).unwrap_or(0);
                span.after = f64::NEG_INFINITY;
            }
            done += frames;
        }
    }

    /// Frames until the next place where something must be looked at: a frame of the film.
    fn stretch_length(&self, left: usize) -> usize {
        left.min(MAX_FRAMES).min(self.views.until_film(self.frames, self.rate)).max(1)
    }

    fn stretch(&mut self, block: &HostInput<'_>, stretch: &Stretch, begin: usize, out: &mut HostOutput<'_>) {
        let beat = stretch.song.map_or(self.clock.beat(), |span| span.map.beat_of(to_f64(span.frame)));
        self.shown = (self.frames, beat);
        if stretch.song.is_some() && self.began.is_none() {
            self.began = Some((self.frames, beat * 60.0 / self.clock.bpm().max(1.0)));
        }
        if !self.plan.links.is_empty() {
            self.follow_links();
        }
        let (reports, gauges) = (&mut self.ends.reports_tx, &self.gauges);
        self.scheduler.schedule(&mut self.plan, &mut self.graph.arena, stretch, |report| {
            if reports.push(report).is_err() {
                gauges.lost_reports.fetch_add(1, Ordering::Relaxed);
            }
        });
        hear_side_chain(&mut self.graph.side_chain, block.side_chain, begin, stretch.frames);
        let facts =
            self.graph.facts(stretch, self.rate, self.clock.bpm(), (self.clock.bar_beats(), self.plan.cycle_beats), block.midi, begin);
        self.open_buses(stretch.frames);
        self.graph.run(&mut self.plan, &facts);
        self.close_buses(stretch.frames);
        self.hand_out(begin, stretch.frames, out);
        self.last = stretch.frames - 1;
        // A film's picture hears what came before it, however long this stretch is.
        if self.views.film().is_some() {
            let state = self.view_state(0.0);
            let patience = if block.offline { film::PATIENCE } else { self.patience };
            let heard = if self.heard.is_silent() { &self.graph.buses[0] } else { &self.heard };
            let (left, right) = (&heard.left[..stretch.frames], &heard.right[..stretch.frames]);
            self.views.record(&self.plan, &state, &self.scope, [left, right], patience);
        }
        self.record_scope(stretch.frames);
        self.frames += u64::try_from(stretch.frames).unwrap_or(0);
        self.graph.arena.clear();
        for slot in &mut self.plan.slots {
            slot.events.clear();
        }
    }

    /// Empties the buses, but for what fades in them.
    fn open_buses(&mut self, frames: usize) {
        let before = self.last + 1;
        for (index, bus) in self.graph.buses.iter_mut().enumerate() {
            // As far as the last stretch went: beyond that nothing was ever written that is still there.
            if !bus.is_silent() {
                bus.silence(before);
            }
            if self.tail.is_over(index, self.frames) {
                continue;
            }
            for (clock, (l, r)) in (self.frames..).zip(bus.left[..frames].iter_mut().zip(&mut bus.right)) {
                let tail = self.tail.at(index, clock);
                *l += tail[0];
                *r += tail[1];
            }
            bus.set_silent(false);
        }
    }

    /// Brings the buses to the master volume and within what sound may be.
    fn close_buses(&mut self, frames: usize) {
        let master = self.master.unwrap_or(Ramp::still([1.0; 2]));
        let settled = master.is_still(self.frames);
        let passes = settled && master.target() == [1.0; 2];
        let mut unsound = std::mem::take(&mut self.graph.unsound);
        for bus in self.graph.buses.iter_mut().filter(|bus| !bus.is_silent()) {
            for (clock, (l, r)) in (self.frames..).zip(bus.left[..frames].iter_mut().zip(&mut bus.right)).filter(|_| !passes) {
                let gain = if settled { master.target() } else { master.value(clock) };
                *l *= gain[0];
                *r *= gain[1];
            }
            unsound += bounded(&mut bus.left[..frames]) + bounded(&mut bus.right[..frames]);
        }
        if unsound > 0 {
            self.gauges.unsound.fetch_add(unsound, Ordering::Relaxed);
        }
    }

    /// Writes the buses to the host's, sums up what it hears, and notes what it does not hear.
    fn hand_out(&mut self, begin: usize, frames: usize, out: &mut HostOutput<'_>) {
        self.heard.set_silent(true);
        let ([main, others @ ..], heard) = (&*self.graph.buses, &mut self.heard);
        out.write(0, begin, frames, main);
        for (index, bus) in (1..).zip(others) {
            out.write(index, begin, frames, bus);
            if bus.is_silent() {
                continue;
            }
            if out.buses[index].is_none() {
                if self.unheard & 1 << index == 0 && [&bus.left, &bus.right].iter().any(|side| side[..frames].iter().any(|x| *x != 0.0)) {
                    self.unheard |= 1 << index;
                    self.gauges.unheard.store(self.unheard, Ordering::Relaxed);
                }
                continue;
            }
            if heard.is_silent() {
                heard.left[..frames].copy_from_slice(&main.left[..frames]);
                heard.right[..frames].copy_from_slice(&main.right[..frames]);
                heard.set_silent(false);
            }
            for (sum, bus) in [(&mut heard.left, &bus.left), (&mut heard.right, &bus.right)] {
                sum[..frames].iter_mut().zip(bus).for_each(|(sum, sample)| *sum += sample);
            }
        }
    }

    fn record_scope(&mut self, frames: usize) {
        let heard = if self.heard.is_silent() { &self.graph.buses[0] } else { &self.heard };
        let silence = if heard.is_silent() { SCOPE_POINTS.min(self.scope_silence + frames) } else { 0 };
        if std::mem::replace(&mut self.scope_silence, silence) == SCOPE_POINTS && silence == SCOPE_POINTS {
            return;
        }
        let (left, right) = (&heard.left[..frames], &heard.right[..frames]);
        let new = frames.min(SCOPE_POINTS);
        self.scope.copy_within(new.., 0);
        let from = frames - new;
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
            frames: self.last + 1,
        }
    }

    fn measure(&self, began: Instant, frames: usize) {
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.gauges.longest_nanos.fetch_max(nanos, Ordering::Relaxed);
        self.gauges.load.store(smoothed(self.gauges.load.load(Ordering::Relaxed), nanos, frames, self.rate), Ordering::Relaxed);
    }

    fn show(&mut self, block: &HostInput<'_>, frames: usize) {
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
    if is_sound(samples) {
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

/// Takes in what the host's side-chain holds for a stretch.
fn hear_side_chain(to: &mut Stereo, from: Option<[&[f32]; 2]>, begin: usize, frames: usize) {
    let piece = |channel: &[f32]| channel.get(begin..begin + frames).is_some_and(|piece| piece.iter().any(|sample| *sample != 0.0));
    match from {
        Some(channels) if channels.iter().any(|channel| piece(channel)) => {
            for (to, from) in [&mut to.left, &mut to.right].into_iter().zip(channels) {
                if let Some(from) = from.get(begin..begin + frames) {
                    to[..frames].copy_from_slice(from);
                }
            }
            to.set_silent(false);
        }
        _ if !to.is_silent() => to.silence(MAX_FRAMES),
        _ => {}
    }
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
