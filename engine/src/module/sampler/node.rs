//! The sampler's processor: starts, steals, releases and sums voices.

use std::{any::Any, sync::Arc};

use super::{
    MAX_SOUNDING,
    kernel::{Kernel, ONE},
    long::{Ready, read_ahead},
    param,
    path::{Extent, Path},
    sound::Reader,
    strips::Strips,
    values::{Layers, Numbers, Rules, Style, TriggerOverrides, playable},
    voice::Voice,
};
use crate::{
    dsp::{are_same, envelope::Envelope, strip::Moment},
    media::{
        AudioData,
        soundfont::{Patch, Zone},
        stream::Pages,
    },
    module::{
        samples::{Named, SampleContent, SamplerContent},
        synth::moment,
    },
    signal::{Arena, Bank, Change, ControlMap, GRID, Io, MAX_FRAMES, Node, NodeEvent, NodeEventKind, SENDS, Trigger, control, ramp::Ramp},
    view::VoiceView,
};

/// Most zones of a patch that one trigger starts.
const MAX_ZONES: usize = 16;

/// Index of a voice's sample that has left the content.
const GONE: usize = u32::MAX as usize;

/// The sampler's processor.
#[derive(Debug)]
pub struct SamplerNode {
    rate: f64,
    reader: Reader,
    content: SamplerContent,
    /// Pieces of long sounds; comes with the first content that has some.
    pages: Option<Box<Pages>>,
    /// Whether the render is offline.
    offline: bool,
    /// What of long sounds is kept at hand.
    ready: Ready,
    /// Sound that left the content while voices played it; goes home with the first exchange after they ended.
    kept: Vec<Arc<AudioData>>,
    /// In onset order, the order in which they are summed.
    voices: Vec<Voice>,
    /// Strips of those voices that use one.
    strips: Box<Strips>,
    shown: Vec<VoiceView>,
    /// The module's numbers in force.
    live: Numbers,
    /// Says that the content is new to the voices.
    exchanged: bool,
    serial: u64,
    /// The frame after the last block.
    clock: u64,
    mix: Box<[[f32; 2]; MAX_FRAMES]>,
    /// One voice's sound, where voices go different ways.
    apart: Box<[[f32; 2]; MAX_FRAMES]>,
}

impl SamplerNode {
    /// A sampler without samples; everything it will ever need is allocated here.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self::with_kernel(rate, Kernel::best())
    }

    /// A sampler that computes with `kernel`.
    #[must_use]
    pub fn with_kernel(rate: f64, kernel: Kernel) -> Self {
        Self {
            rate,
            reader: Reader::new(kernel),
            content: SamplerContent::new(Vec::new()),
            pages: None,
            offline: false,
            ready: Ready::new(),
            kept: Vec::with_capacity(MAX_SOUNDING),
            voices: Vec::with_capacity(MAX_SOUNDING),
            strips: Box::new(Strips::new(rate)),
            shown: Vec::with_capacity(MAX_SOUNDING),
            live: playable(&[]),
            exchanged: false,
            serial: 0,
            clock: 0,
            mix: Box::new([[0.0; 2]; MAX_FRAMES]),
            apart: Box::new([[0.0; 2]; MAX_FRAMES]),
        }
    }

    fn handle(&mut self, event: &NodeEvent, arena: &Arena, clock: u64, moment: Moment) {
        match event.kind {
            NodeEventKind::Trigger(trigger) => self.trigger(&trigger, arena.get(trigger.controls), clock, moment),
            NodeEventKind::GateOff(gate) => self.close(gate, moment),
            NodeEventKind::AllOff => self.release(moment, |_| true),
            NodeEventKind::Change(change) => self.change(&change, arena.get(change.controls), clock),
        }
        self.remove_ended(clock);
    }

    /// Ends the voices of an event; of those that outlast it only what their strips do ends.
    fn close(&mut self, gate: u64, moment: Moment) {
        for voice in self.voices.iter().filter(|voice| voice.gate == gate && voice.outlasts) {
            if let Some(strip) = voice.strip {
                self.strips.release(strip, moment);
            }
        }
        self.release(moment, |voice| voice.gate == gate && !voice.outlasts);
    }

    fn release(&mut self, moment: Moment, wanted: impl Fn(&Voice) -> bool) {
        for voice in self.voices.iter_mut().filter(|voice| wanted(voice) && !voice.envelope.is_released()) {
            voice.release();
            if let Some(strip) = voice.strip {
                self.strips.release(strip, moment);
            }
            if voice.resumes && !voice.dying {
                remember(&mut self.content, voice);
            }
        }
    }

    /// Changes what voices that sound were told.
    fn change(&mut self, change: &Change, controls: ControlMap<'_>, clock: u64) {
        for voice in self.voices.iter_mut().filter(|voice| change.is_of(voice.gate)) {
            voice.overrides.change(controls);
            if let Some(strip) = voice.strip {
                self.strips.change(strip, controls);
            }
            let Some(sample) = self.content.samples.get(voice.sample) else { continue };
            let (overrides, tone) = (voice.overrides, voice.tone);
            voice.follow(
                &Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: &self.live, tone: tone.as_ref() },
                self.rate,
                clock,
            );
        }
    }

    /// What a trigger names.
    fn named(&self, controls: ControlMap<'_>) -> Named {
        self.content.words.named(controls, || self.content.count(|| self.live[param::SLICES]), self.live[param::INDEX])
    }

    /// Starts a voice; a rest (index below 0) releases the last one of a mono sampler.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 64")]
    fn trigger(&mut self, trigger: &Trigger, controls: ControlMap<'_>, clock: u64, moment: Moment) {
        let named = self.named(controls);
        if self.live[param::ENABLED] < 0.5 || named == Named::Other {
            return;
        }
        if self.live[param::POLYPHONY] >= 0.5 {
            self.release(moment, |voice| !voice.dying);
        }
        let Named::Sample(index) = named else { return };
        if let Some(patch) = self.content.samples.get(index).and_then(|sample| sample.patch.clone()) {
            return self.play(&patch, trigger.gate, controls, index, clock, moment);
        }
        let Some(voice) = self.voice(trigger.gate, controls, index, None, clock) else {
            self.content.unplayed += 1;
            return;
        };
        let group = self.end_group(controls, clock);
        self.make_room(self.live[param::VOICES].clamp(1.0, 64.0) as usize, clock);
        self.begin(Voice { group, ..voice }, controls, moment);
        self.serial += 1;
    }

    /// Starts the voices of a patch: one for each of its zones that are for the note and the velocity.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 64")]
    fn play(&mut self, patch: &Patch, gate: u64, controls: ControlMap<'_>, index: usize, clock: u64, moment: Moment) {
        let (key, velocity) = TriggerOverrides::of(controls, Rules::of(&self.live)).key();
        let mut zones = patch.zones.iter().filter(|zone| zone.is_for(key, velocity)).peekable();
        if zones.peek().is_none() {
            self.content.unplayed += 1;
            return;
        }
        let group = self.end_group(controls, clock);
        self.make_room(self.live[param::VOICES].clamp(1.0, 64.0) as usize, clock);
        let serial = self.serial;
        for zone in zones.take(MAX_ZONES) {
            let Some(voice) = self.voice(gate, controls, index, Some(zone), clock) else { continue };
            let class = zone.tone.class;
            let is_ended = |other: &Voice| {
                let is_of_class = other.tone.is_some_and(|tone| tone.class == class) && other.medium == voice.medium;
                class != 0 && is_of_class && other.serial != serial && !other.dying
            };
            self.voices.iter_mut().filter(|other| is_ended(other)).for_each(|other| other.cut(clock));
            self.begin(Voice { group, ..voice }, controls, moment);
        }
        self.serial += 1;
    }

    /// Ends the voices of the group that a trigger says, and gives the group.
    fn end_group(&mut self, controls: ControlMap<'_>, clock: u64) -> u16 {
        let group = self.strips.overrides(controls).map_or(0, |(_, cut)| cut);
        if group != 0 {
            self.voices.iter_mut().filter(|voice| voice.group == group && !voice.dying).for_each(|voice| voice.cut(clock));
        }
        group
    }

    /// Lets a voice sound, as far as there is room, with a strip where it uses one.
    fn begin(&mut self, mut voice: Voice, controls: ControlMap<'_>, moment: Moment) {
        if self.voices.len() == self.voices.capacity() {
            return;
        }
        if voice.audio.is_some() {
            let low = voice.tone.as_ref().and_then(|tone| tone.low.as_ref());
            let said = self.strips.overrides(controls).map(|(overrides, _)| overrides);
            if let Some(overrides) = said.or_else(|| low.map(|_| self.strips.nothing())) {
                voice.strip = self.strips.start(&overrides, low, moment);
            }
        }
        self.voices.push(voice);
    }

    /// The voice of a trigger at its first frame, of a patch that of one of its zones; `None` where the sample has nothing to play.
    fn voice(&mut self, gate: u64, controls: ControlMap<'_>, index: usize, zone: Option<&Zone>, clock: u64) -> Option<Voice> {
        let (index, slice) = self.content.addressed(index, || self.live[param::SLICES]);
        let sample = self.content.samples.get(index)?;
        let audio = zone.map(|zone| &zone.audio).or(sample.audio.as_ref()).cloned().filter(|audio| !audio.frames.is_empty());
        let tone = zone.map(|zone| zone.tone);
        if audio.is_none() && sample.video_secs.is_none() {
            return None;
        }
        let media_rate = audio.as_ref().map_or(self.rate, |audio| audio.rate);
        let overrides = self.trigger_overrides(controls, sample, slice, media_rate);
        let layers =
            Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: &self.live, tone: tone.as_ref() };
        let (inc, shape, style) = (layers.increment(media_rate, self.rate), layers.shape(media_rate), layers.style());
        let (gains, envelope) = (layers.gains(inc), Envelope::new(layers.form(self.rate)));
        let (picture, place, sends) = (layers.picture(), layers.place(), layers.sends());
        let (extent, medium) = (extent(audio.as_deref(), sample.video_secs, media_rate), sample.medium());
        let (resume, takes_over) = if style == Style::Next { self.take_over(index, clock) } else { (None, false) };
        let mut gain = Ramp::still(gains);
        if takes_over {
            gain = Ramp::still([0.0; 2]);
            gain.head_for(gains, clock);
        }
        let mut voice = Voice {
            gate,
            serial: self.serial,
            onset: clock,
            sample: index,
            audio,
            medium,
            media_rate,
            extent,
            shape,
            path: Path::new(&extent, &shape, inc, resume),
            leaving: None,
            late: false,
            tone,
            envelope,
            tail: 0,
            gain,
            level: gains,
            starved: false,
            dying: false,
            // A patch's notes end as keys are let go.
            outlasts: style == Style::Shot || overrides.outlasts && !shape.looping && tone.is_none(),
            resumes: style == Style::Next,
            overrides,
            sends,
            picture,
            place,
            strip: None,
            group: 0,
        };
        voice.plan_tail(clock);
        if let Some(audio) = voice.audio.as_ref().filter(|audio| audio.frames.is_long()) {
            self.ready.note(index, voice.path.pos >> 32, inc < 0, &audio.frames);
        }
        Some(voice)
    }

    /// What a trigger says of a sample; `slice` where its index named one.
    fn trigger_overrides(&self, controls: ControlMap<'_>, sample: &SampleContent, slice: Option<f64>, media_rate: f64) -> TriggerOverrides {
        let mut overrides = TriggerOverrides::of(controls, Rules::of(&self.live));
        if let Some(slice) = slice {
            overrides.hold(param::SLICE, slice);
        }
        // In cycles, a speed of 1 plays the whole medium in one of them.
        if let Some(per_sec) = controls.get(control::UNIT).filter(|value| value.is_finite()) {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            let sound = |audio: &AudioData| audio.frames.len() as f64 / media_rate;
            let secs = sample.audio.as_deref().map_or(sample.video_secs.unwrap_or(0.0), sound);
            let speed = Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: &self.live, tone: None }
                .own(param::SPEED)
                .unwrap_or(1.0);
            overrides.hold(param::SPEED, speed * secs * per_sec);
        }
        overrides
    }

    /// Where `next` goes on, and whether a voice still sounds there, which then fades out under the new one.
    fn take_over(&mut self, index: usize, clock: u64) -> (Option<i64>, bool) {
        let mut took = false;
        for voice in self.voices.iter_mut().filter(|voice| voice.resumes && voice.sample == index && !voice.dying) {
            if !voice.envelope.is_released() {
                remember(&mut self.content, voice);
            }
            voice.cut(clock);
            took = true;
        }
        (self.content.samples.get(index).and_then(|sample| sample.resume), took)
    }

    /// Steals the voices of the oldest triggers until one more may start.
    fn make_room(&mut self, most: usize, clock: u64) {
        let mut last = None;
        let mut sounding = self.voices.iter().filter(|voice| !voice.dying && last.replace(voice.serial) != Some(voice.serial)).count();
        let mut stolen = None;
        for voice in self.voices.iter_mut().filter(|voice| !voice.dying) {
            if stolen != Some(voice.serial) {
                if sounding < most {
                    break;
                }
                (stolen, sounding) = (Some(voice.serial), sounding - 1);
            }
            if voice.resumes && !voice.envelope.is_released() {
                remember(&mut self.content, voice);
            }
            voice.cut(clock);
        }
        // A voice stolen at its own onset has not sounded yet.
        let strips = &mut self.strips;
        self.voices.retain_mut(|voice| {
            let goes = voice.dying && (voice.onset == clock || voice.strip.is_none() && voice.is_over(clock));
            if goes {
                strips.let_go(voice);
            }
            !goes
        });
        if self.voices.len() == self.voices.capacity()
            && let Some(oldest) = self.voices.iter().position(|voice| voice.dying)
        {
            strips.let_go(&mut self.voices[oldest]);
            self.voices.remove(oldest);
        }
    }

    fn remove_ended(&mut self, clock: u64) {
        for voice in self.voices.iter().filter(|voice| voice.resumes && !voice.dying && voice.path.remaining == 0) {
            if let Some(sample) = self.content.samples.get_mut(voice.sample) {
                sample.resume = None;
            }
        }
        self.voices.retain(|voice| voice.strip.is_some() || !voice.is_over(clock));
    }

    /// Lets go of voices with a strip that have ended: at points only, so that cuts change no sum.
    fn end_strips(&mut self, clock: u64) {
        let strips = &mut self.strips;
        self.voices.retain_mut(|voice| {
            let goes = voice.strip.is_some() && voice.is_over(clock);
            if goes {
                strips.let_go(voice);
            }
            !goes
        });
    }

    /// Lets the voices' strips follow the module; those that had none get one where it says something.
    fn follow_strips(&mut self, params: &[f64], moment: impl FnOnce() -> Moment) {
        if !self.strips.follow(params.get(self.live.len()..).unwrap_or_default()) || self.voices.is_empty() {
            return;
        }
        let (moment, nothing) = (moment(), self.strips.nothing());
        for voice in &mut self.voices {
            if let Some(strip) = voice.strip {
                self.strips.set(strip);
            } else if self.strips.is_always() && voice.audio.is_some() && !voice.dying {
                let low = voice.tone.as_ref().and_then(|tone| tone.low.as_ref());
                voice.strip = self.strips.start(&nothing, low, moment);
                if let Some(strip) = voice.strip.filter(|_| voice.envelope.is_released()) {
                    self.strips.release(strip, moment);
                }
            }
        }
    }

    /// Lets the voices follow the module and their samples.
    fn follow(&mut self, params: &[f64], clock: u64) {
        if !self.exchanged && params.get(..self.live.len()).is_some_and(|params| are_same(params, &self.live)) {
            return;
        }
        (self.live, self.exchanged) = (playable(params), false);
        for voice in &mut self.voices {
            if let Some(sample) = self.content.samples.get(voice.sample) {
                let (overrides, tone) = (voice.overrides, voice.tone);
                voice.follow(
                    &Layers {
                        overrides: &overrides,
                        sample: &sample.defaults,
                        cuts: &sample.cuts,
                        module: &self.live,
                        tone: tone.as_ref(),
                    },
                    self.rate,
                    clock,
                );
            }
        }
        self.remove_ended(clock);
    }

    /// Keeps the pages at hand with which voices of long sounds begin.
    fn keep_ready(&mut self) {
        if let Some(pages) = &mut self.pages {
            pages.begin(self.offline);
            self.ready.ask(&self.content, &self.live, pages, self.rate);
        }
    }

    /// Notes the voices as they stand, for views. Pictures of stolen voices vanish at once.
    fn show(&mut self) {
        self.shown.clear();
        // Of a trigger that has several, the first one.
        let mut last = None;
        let is_first = |voice: &&Voice| !voice.dying && last.replace(voice.serial) != Some(voice.serial);
        for voice in self.voices.iter().filter(is_first).take(MAX_SOUNDING) {
            self.shown.push(voice.view(self.rate));
        }
    }

    /// Hands kept sound that no voice plays any more over to the content, with which it goes home.
    fn send_home_unused(&mut self) {
        let mut at = 0;
        while at < self.kept.len() && self.content.retired.len() < self.content.retired.capacity() {
            let kept = &self.kept[at];
            if self.voices.iter().any(|voice| voice.audio.as_ref().is_some_and(|audio| Arc::ptr_eq(audio, kept))) {
                at += 1;
            } else {
                self.content.retired.push(self.kept.swap_remove(at));
            }
        }
    }

    /// Whether a trigger of the block says something of a strip.
    fn starts_strips(&self, io: &Io<'_>) -> bool {
        let uses_one = |event: &NodeEvent| match &event.kind {
            NodeEventKind::Trigger(trigger) => self.content.filters || self.strips.is_overridden(io.controls(trigger)),
            _ => false,
        };
        let moves = || io.driven.iter().any(|driven| driven.param >= self.live.len());
        self.strips.is_always() || moves() || io.events.iter().any(uses_one)
    }

    fn render(&mut self, from: usize, to: usize, clock: u64, bank: &mut Bank<'_>) -> bool {
        if from == to || self.voices.is_empty() && self.strips.is_empty() {
            return false;
        }
        let reader = self.reader.of(self.live[param::QUALITY]);
        let out = &mut self.mix[from..to];
        let mut sounded = !self.strips.is_empty();
        if sounded {
            // Strips are asked for one cell of the grid at most.
            let mut own = [[0.0; 2]; GRID];
            let own = &mut own[..out.len().min(GRID)];
            for voice in &mut self.voices {
                if let Some(strip) = voice.strip {
                    own.fill([0.0; 2]);
                    voice.render(reader, clock, own, self.pages.as_deref_mut(), self.rate);
                    self.strips.take(strip, own);
                }
            }
            self.strips.process(own.len());
        }
        for voice in &mut self.voices {
            let Some(receiver) = bank.receiver(voice.sends.0) else {
                match voice.strip {
                    Some(strip) => self.strips.add(strip, None, out),
                    None => sounded |= voice.render(reader, clock, out, self.pages.as_deref_mut(), self.rate),
                }
                continue;
            };
            let apart = &mut self.apart[from..to];
            apart.fill([0.0; 2]);
            let heard = match voice.strip {
                Some(strip) => {
                    self.strips.add(strip, None, apart);
                    true
                }
                None => voice.render(reader, clock, apart, self.pages.as_deref_mut(), self.rate),
            };
            if heard {
                spread(out, apart, bank, receiver, from, &voice.sends.1);
                sounded = true;
            }
        }
        if !self.strips.is_empty() {
            let apart = &mut self.apart[from..to];
            self.strips.finish(apart, |apart, (number, levels)| match bank.receiver(*number) {
                Some(receiver) => spread(out, apart, bank, receiver, from, levels),
                None => add(out, apart),
            });
        }
        self.remove_ended(clock + (to - from) as u64);
        sounded
    }
}

/// Adds a voice's sound to a sum.
fn add(sum: &mut [[f32; 2]], sound: &[[f32; 2]]) {
    sum.iter_mut().zip(sound).for_each(|(sum, frame)| *sum = [sum[0] + frame[0], sum[1] + frame[1]]);
}

/// Adds a voice's sound, from a frame of the block on, to the sum of all and to the buses of its receiver.
fn spread(sum: &mut [[f32; 2]], sound: &[[f32; 2]], bank: &mut Bank<'_>, receiver: usize, from: usize, levels: &[f32; SENDS]) {
    add(sum, sound);
    bank.add(receiver, from, sound, levels);
}

fn remember(content: &mut SamplerContent, voice: &Voice) {
    if let Some(sample) = content.samples.get_mut(voice.sample) {
        sample.resume = Some(voice.path.pos);
    }
}

impl Node for SamplerNode {
    fn process(&mut self, io: &mut Io<'_>) {
        let (frames, clock) = (io.block.frames.min(MAX_FRAMES), io.block.clock);
        self.clock = clock + frames as u64;
        self.follow(io.params, clock);
        let into = io.block.points.whole().at;
        self.follow_strips(io.params, || moment(&io.block, 0, into));
        self.keep_ready();
        let Some((output, mut bank)) = io.output_and_bank() else { return };
        if self.voices.is_empty() && io.events.is_empty() && self.strips.is_empty() {
            self.shown.clear();
            if let Some(last) = io.block.points.len().checked_sub(1).filter(|_| !io.driven.is_empty()) {
                io.arrive(last);
                self.follow(io.params, clock);
                self.follow_strips(io.params, || moment(&io.block, 0, into));
            }
            return output.silence(frames);
        }
        self.mix[..frames].fill([0.0; 2]);
        let (mut at, mut sounded, mut shown) = (0, false, false);
        let mut events = io.events.iter().peekable();
        // Strips go from point to point.
        let wants_points = !self.strips.is_empty() || self.starts_strips(io);
        let by_points = io.block.points.pieces().filter(|_| wants_points);
        for piece in by_points.chain(io.pieces().filter(|_| !wants_points)) {
            let mut render_to = |node: &mut Self, frame: usize| {
                if frame > at {
                    if !std::mem::replace(&mut shown, true) {
                        node.show();
                    }
                    sounded |= node.render(at, frame, clock + at as u64, &mut bank);
                    at = frame;
                }
            };
            render_to(self, piece.frames.start);
            if let Some(point) = piece.point {
                io.arrive(point);
                self.follow(io.params, clock + piece.frames.start as u64);
                self.follow_strips(io.params, || moment(&io.block, piece.frames.start, piece.at));
                if wants_points && !self.strips.is_empty() {
                    let jumps = io.block.points.is_fresh() && piece.frames.start == 0;
                    self.end_strips(clock + piece.frames.start as u64);
                    self.strips.point(moment(&io.block, piece.frames.start, piece.at), !jumps);
                }
            }
            while let Some(event) = events.next_if(|event| event.frame < piece.frames.end || piece.frames.end >= frames) {
                let frame = event.frame.min(frames.saturating_sub(1));
                render_to(self, frame);
                let frame = frame.max(piece.frames.start);
                self.handle(event, io.arena, clock + frame as u64, moment(&io.block, frame, piece.at + frame - piece.frames.start));
            }
        }
        if !shown {
            self.show();
        }
        sounded |= self.render(at, frames, clock + at as u64, &mut bank);
        if !sounded {
            return output.silence(frames);
        }
        for ((mixed, left), right) in self.mix[..frames].iter().zip(&mut output.left).zip(&mut output.right) {
            [*left, *right] = *mixed;
        }
        output.set_silent(false);
        output.find_silence(frames);
    }

    fn reset(&mut self) {
        self.voices.clear();
        self.strips.reset();
        self.shown.clear();
        for sample in &mut self.content.samples {
            sample.resume = None;
        }
    }

    fn sounding(&self) -> usize {
        self.shown.len()
    }

    fn voices(&self, show: &mut dyn FnMut(VoiceView)) {
        for voice in &self.shown {
            show(*voice);
        }
    }

    fn foresees(&self) -> bool {
        self.content.samples.iter().filter_map(|sample| sample.audio.as_deref()).any(|audio| audio.frames.is_long())
    }

    /// Has the sound read that a trigger will begin with, and keeps its beginning at hand from then on.
    fn foresee(&mut self, controls: ControlMap<'_>) {
        let Named::Sample(index) = self.named(controls) else { return };
        let (sample_index, slice) = self.content.addressed(index, || self.live[param::SLICES]);
        let Some(sample) = self.content.samples.get(sample_index) else { return };
        let Some(audio) = sample.audio.as_deref().filter(|audio| audio.frames.is_long()) else { return };
        let overrides = self.trigger_overrides(controls, sample, slice, audio.rate);
        let layers = Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: &self.live, tone: None };
        let (inc, shape) = (layers.increment(audio.rate, self.rate), layers.shape(audio.rate));
        let resume = if layers.style() == Style::Next { sample.resume } else { None };
        let path = Path::new(&extent(Some(audio), sample.video_secs, audio.rate), &shape, inc, resume);
        if let Some(pages) = &mut self.pages {
            read_ahead(&path, &audio.frames, pages, self.rate);
        }
        self.ready.note(sample_index, path.pos >> 32, inc < 0, &audio.frames);
    }

    fn set_offline(&mut self, offline: bool) {
        self.offline = offline;
    }

    /// Takes over a [`SamplerContent`]. Voices whose sound is in the new content as well play on; the others fade out.
    fn exchange(&mut self, content: &mut Box<dyn Any + Send>) {
        let Some(new) = content.downcast_mut::<SamplerContent>() else { return };
        self.send_home_unused();
        std::mem::swap(&mut self.content, new);
        if self.pages.is_none() {
            self.pages = self.content.pages.take();
        }
        self.exchanged = true;
        self.ready.forget();
        let old = new;
        for (index, sample) in old.samples.iter_mut().enumerate().filter(|(_, sample)| sample.resume.is_some()) {
            if let Some(at) = self.content.place_of(index, sample.audio.as_ref(), sample.medium()) {
                self.content.samples[at].resume = sample.resume;
            }
        }
        for voice in &mut self.voices {
            if let Some(at) = self.content.place_of(voice.sample, voice.audio.as_ref(), voice.medium) {
                voice.sample = at;
                continue;
            }
            if voice.tone.is_some() {
                let held = voice.audio.as_ref().filter(|held| !self.kept.iter().any(|kept| Arc::ptr_eq(kept, held)));
                if let Some(audio) = held.filter(|_| self.kept.len() < self.kept.capacity()) {
                    self.kept.push(Arc::clone(audio));
                }
            } else if let Some(sample) = old.samples.get_mut(voice.sample)
                && self.kept.len() < self.kept.capacity()
                && let Some(audio) = sample.audio.take_if(|audio| voice.audio.as_ref().is_some_and(|held| Arc::ptr_eq(held, audio)))
            {
                self.kept.push(audio);
            }
            voice.cut(self.clock);
        }
        // Only now, since several voices may share the sample that left.
        for voice in self.voices.iter_mut().filter(|voice| voice.dying) {
            if self.content.place_of(voice.sample, voice.audio.as_ref(), voice.medium) != Some(voice.sample) {
                voice.sample = GONE;
            }
        }
    }
}

/// A medium as paths see it.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "paths bound lengths")]
pub fn extent(audio: Option<&AudioData>, video_secs: Option<f64>, media_rate: f64) -> Extent {
    let video = video_secs.unwrap_or(0.0).max(0.0) * media_rate;
    let length = match audio {
        Some(audio) => (audio.frames.len() as i64).max(video.round() as i64).saturating_mul(ONE),
        None => (video * ONE as f64).round() as i64,
    };
    Extent { length, whole: audio.is_some() }
}
