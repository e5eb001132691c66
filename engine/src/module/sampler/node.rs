//! The sampler's processor: starts, steals, releases and sums voices.

use std::{any::Any, sync::Arc};

use super::{
    MAX_SOUNDING,
    content::SamplerContent,
    envelope::{Adsr, Envelope},
    kernel::{Kernel, ONE},
    param,
    path::{Path, Route},
    voice::{Live, Own, Voice},
};
use crate::{
    audio::{
        Block, Node, NodeEvent, NodeEventKind, Stereo, Trigger,
        node::{MAX_FRAMES, control},
        ramp::Ramp,
    },
    media::AudioData,
    module::{ParamSpec, video::PLACE},
    view::VoiceView,
};

/// Note that plays a sample as recorded.
const ROOT_NOTE: f64 = 60.0;
/// What an index may lack of a whole number after some arithmetic.
const NEARLY: f64 = 1e-6;
/// Loudest `gain` of a trigger.
const MAX_GAIN: f64 = 16.0;
/// The controls of [`PLACE`], counted from [`control::PLACE`].
const PLACE_CONTROLS: [u16; PLACE.len()] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/// Index of a voice's sample that has left the content.
const GONE: usize = u32::MAX as usize;

/// The sampler's processor.
#[derive(Debug)]
pub struct SamplerNode {
    rate: f64,
    kernel: Kernel,
    content: SamplerContent,
    /// Sound that left the content while voices played it; goes home with the first exchange after they ended.
    kept: Vec<Arc<AudioData>>,
    /// In onset order, the order in which they are summed.
    voices: Vec<Voice>,
    shown: Vec<VoiceView>,
    live: Live,
    serial: u64,
    /// The frame after the last block.
    clock: u64,
    mix: Box<[[f32; 2]; MAX_FRAMES]>,
}

/// What a trigger's values come to, in the order trigger, sample, module.
struct Wishes<'a> {
    trigger: &'a Trigger,
    defaults: &'a [Option<f64>],
    params: &'a [f64],
}

impl Wishes<'_> {
    /// What the trigger or the sample says.
    fn own(&self, controls: &[u16], place: usize) -> Option<f64> {
        let spec: &ParamSpec = super::PARAMS.get(place)?;
        let said = controls.iter().find_map(|control| self.trigger.values.get(*control)).filter(|value| value.is_finite());
        said.or_else(|| self.defaults.get(place).copied().flatten()).map(|value| value.clamp(spec.min, spec.max))
    }

    /// What holds for the voice.
    fn get(&self, controls: &[u16], place: usize) -> f64 {
        self.own(controls, place).unwrap_or_else(|| value_of(self.params, place))
    }

    /// Milliseconds in frames.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 10 s")]
    fn frames(&self, control: u16, place: usize, rate: f64) -> u32 {
        (self.get(&[control], place).max(0.0) * 0.001 * rate).round() as u32
    }
}

fn value_of(params: &[f64], place: usize) -> f64 {
    let default = || super::PARAMS.get(place).map_or(0.0, |spec| spec.default);
    params.get(place).copied().filter(|value| value.is_finite()).unwrap_or_else(default)
}

#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
fn live_values(params: &[f64]) -> Live {
    Live {
        enabled: value_of(params, param::ENABLED) >= 0.5,
        volume: value_of(params, param::VOLUME) as f32,
        pan: value_of(params, param::PAN) as f32,
        speed: value_of(params, param::SPEED),
        transpose: value_of(params, param::TRANSPOSE),
        opacity: value_of(params, param::OPACITY) as f32,
        blend: value_of(params, param::BLEND) as f32,
        place: std::array::from_fn(|place| value_of(params, param::PLACE + place) as f32),
    }
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
            kernel,
            content: SamplerContent::new(Vec::new()),
            kept: Vec::with_capacity(MAX_SOUNDING),
            voices: Vec::with_capacity(MAX_SOUNDING),
            shown: Vec::with_capacity(MAX_SOUNDING),
            live: live_values(&[]),
            serial: 0,
            clock: 0,
            mix: Box::new([[0.0; 2]; MAX_FRAMES]),
        }
    }

    fn handle(&mut self, event: &NodeEvent, params: &[f64], clock: u64) {
        match event.kind {
            NodeEventKind::Trigger(trigger) => self.trigger(&trigger, params, clock),
            NodeEventKind::GateOff(gate) => self.release(|voice| voice.gate == gate),
            NodeEventKind::AllOff => self.release(|_| true),
        }
        self.remove_ended(clock);
    }

    fn release(&mut self, wanted: impl Fn(&Voice) -> bool) {
        for voice in self.voices.iter_mut().filter(|voice| wanted(voice) && !voice.envelope.is_released()) {
            voice.release();
            if voice.resumes && !voice.dying {
                remember(&mut self.content, voice);
            }
        }
    }

    /// Starts a voice; a rest (index below 0) releases the last one of a mono sampler.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index is checked to be 0 or more")]
    fn trigger(&mut self, trigger: &Trigger, params: &[f64], clock: u64) {
        if !self.live.enabled {
            return;
        }
        if value_of(params, param::POLYPHONY) >= 0.5 {
            self.release(|voice| !voice.dying);
        }
        let asked = [control::INDEX, control::N].iter().find_map(|control| trigger.values.get(*control));
        let index = asked.unwrap_or_else(|| value_of(params, param::INDEX));
        if index.is_nan() || index < 0.0 {
            return;
        }
        let Some(voice) = self.voice(trigger, (index + NEARLY) as usize, params, clock) else {
            self.content.unplayed += 1;
            return;
        };
        self.make_room(value_of(params, param::VOICES).clamp(1.0, 64.0) as usize, clock);
        if self.voices.len() < self.voices.capacity() {
            self.voices.push(voice);
            self.serial += 1;
        }
    }

    /// The voice of a trigger at its first frame; `None` where the sample has nothing to play.
    fn voice(&mut self, trigger: &Trigger, index: usize, params: &[f64], clock: u64) -> Option<Voice> {
        let (index, slice) = self.content.addressed(index, || value_of(params, param::SLICES));
        let sample = self.content.samples.get(index)?;
        let audio = sample.audio.clone().filter(|audio| !audio.frames.is_empty());
        if audio.is_none() && sample.video_secs.is_none() {
            return None;
        }
        let wishes = Wishes { trigger, defaults: &sample.defaults, params };
        let media_rate = audio.as_ref().map_or(self.rate, |audio| audio.rate);
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let media_secs = audio.as_ref().map_or(sample.video_secs.unwrap_or(0.0), |audio| audio.frames.len() as f64 / media_rate);
        let own = own_values(&wishes, media_secs);
        let inc = own.increment(&self.live, media_rate, self.rate);
        let style = Style::of(wishes.get(&[control::PLAY_STYLE], param::PLAY_STYLE));
        let (video_secs, medium) = (sample.video_secs, sample.medium());
        let route = route(&wishes, audio.as_deref(), video_secs, media_rate, inc, style).sliced(&wishes, slice);
        let envelope = Envelope::new(Adsr {
            attack: wishes.frames(control::ATTACK_MS, param::ATTACK_MS, self.rate),
            decay: wishes.frames(control::DECAY_MS, param::DECAY_MS, self.rate),
            sustain: narrow(wishes.get(&[control::SUSTAIN], param::SUSTAIN)),
            release: wishes.frames(control::RELEASE_MS, param::RELEASE_MS, self.rate),
        });
        let (resume, takes_over) = if style == Style::Next { self.take_over(index, clock) } else { (None, false) };
        let path = Path::new(&Route { resume, ..route });
        let mut gain = Ramp::still(own.gains(&self.live, inc));
        if takes_over {
            gain = Ramp::still([0.0; 2]);
            gain.head_for(own.gains(&self.live, inc), clock);
        }
        let (picture, place) = ((0.0, 0), [0.0; PLACE.len()]);
        let mut voice = Voice {
            gate: trigger.gate,
            serial: self.serial,
            onset: clock,
            sample: index,
            audio,
            medium,
            media_rate,
            path,
            envelope,
            tail: 0,
            gain,
            dying: false,
            resumes: style == Style::Next,
            own,
            picture,
            place,
        };
        voice.follow(&self.live, self.rate, clock);
        voice.plan_tail(clock);
        Some(voice)
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

    /// Steals the oldest voices until one more may start.
    fn make_room(&mut self, most: usize, clock: u64) {
        let mut sounding = self.voices.iter().filter(|voice| !voice.dying).count();
        let mut at = 0;
        while sounding >= most && at < self.voices.len() {
            let voice = &mut self.voices[at];
            at += 1;
            if voice.dying {
                continue;
            }
            if voice.resumes && !voice.envelope.is_released() {
                remember(&mut self.content, voice);
            }
            voice.cut(clock);
            sounding -= 1;
        }
        // A voice stolen at its own onset has not sounded yet.
        self.voices.retain(|voice| !(voice.dying && (voice.onset == clock || voice.is_over(clock))));
        if self.voices.len() == self.voices.capacity()
            && let Some(oldest) = self.voices.iter().position(|voice| voice.dying)
        {
            self.voices.remove(oldest);
        }
    }

    fn remove_ended(&mut self, clock: u64) {
        for voice in self.voices.iter().filter(|voice| voice.resumes && !voice.dying && voice.path.remaining == 0) {
            if let Some(sample) = self.content.samples.get_mut(voice.sample) {
                sample.resume = None;
            }
        }
        self.voices.retain(|voice| !voice.is_over(clock));
    }

    /// Notes the voices as they stand, for views. Pictures of stolen voices vanish at once.
    fn show(&mut self) {
        self.shown.clear();
        for voice in self.voices.iter().filter(|voice| !voice.dying).take(MAX_SOUNDING) {
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

    fn render(&mut self, from: usize, to: usize, clock: u64) -> bool {
        if from == to || self.voices.is_empty() {
            return false;
        }
        let out = &mut self.mix[from..to];
        let mut sounded = false;
        for voice in &mut self.voices {
            sounded |= voice.render(self.kernel, clock, out);
        }
        self.remove_ended(clock + (to - from) as u64);
        sounded
    }
}

/// How a voice moves, by place in [`super::PLAY_STYLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Once,
    Loop,
    Grain,
    Next,
}

impl Style {
    fn of(number: f64) -> Self {
        match number {
            x if x >= 2.5 => Self::Next,
            x if x >= 1.5 => Self::Grain,
            x if x >= 0.5 => Self::Loop,
            _ => Self::Once,
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

fn remember(content: &mut SamplerContent, voice: &Voice) {
    if let Some(sample) = content.samples.get_mut(voice.sample) {
        sample.resume = Some(voice.path.pos);
    }
}

fn own_values(wishes: &Wishes<'_>, media_secs: f64) -> Own {
    let said = |control: u16| wishes.trigger.values.get(control).filter(|value| value.is_finite());
    let speed = wishes.own(&[control::SPEED], param::SPEED);
    // In cycles, a speed of 1 plays the whole medium in one of them.
    let in_cycles = said(control::UNIT).map(|per_sec| speed.unwrap_or(1.0) * media_secs * per_sec);
    let note = said(control::NOTE).filter(|note| *note >= 0.0).map_or(0.0, |note| note.min(127.0) - ROOT_NOTE);
    let single = |control: u16, place: usize| wishes.own(&[control], place).map(narrow);
    Own {
        volume: single(control::VOLUME, param::VOLUME),
        pan: single(control::PAN, param::PAN),
        speed: in_cycles.or(speed),
        transpose: wishes.own(&[control::TRANSPOSE], param::TRANSPOSE),
        opacity: single(control::OPACITY, param::OPACITY),
        blend: single(control::BLEND, param::BLEND),
        place: PLACE_CONTROLS.map(|place| single(control::PLACE + place, param::PLACE + usize::from(place))),
        accent: narrow(said(control::GAIN).unwrap_or(1.0).clamp(0.0, MAX_GAIN) * said(control::VELOCITY).unwrap_or(1.0).clamp(0.0, 1.0)),
        note,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "lengths are bounded by the path"
)]
fn route(wishes: &Wishes<'_>, audio: Option<&AudioData>, video_secs: Option<f64>, media_rate: f64, inc: i64, style: Style) -> Route {
    let video = video_secs.unwrap_or(0.0).max(0.0) * media_rate;
    let length = match audio {
        Some(audio) => (audio.frames.len() as i64).max(video.round() as i64).saturating_mul(ONE),
        None => (video * ONE as f64).round() as i64,
    };
    Route {
        length,
        whole: audio.is_some(),
        region_start: wishes.get(&[control::REGION_START, control::BEGIN], param::REGION_START),
        region_end: wishes.get(&[control::REGION_END, control::END], param::REGION_END),
        position: wishes.get(&[control::POSITION], param::POSITION),
        looping: matches!(style, Style::Loop | Style::Grain),
        grain: if style == Style::Grain {
            (wishes.get(&[control::GRAIN_SIZE], param::GRAIN_SIZE) * media_rate * ONE as f64).round() as i64
        } else {
            0
        },
        inc,
        resume: None,
    }
}

impl Route {
    /// The same way through one slice of the region: the one that the index named, or that the trigger, sample or module does.
    fn sliced(mut self, wishes: &Wishes<'_>, named: Option<f64>) -> Self {
        let slices = wishes.get(&[], param::SLICES).round().max(1.0);
        let slice = named.unwrap_or_else(|| wishes.get(&[control::SLICE], param::SLICE).round());
        if slice >= 0.0 {
            let (start, width) = (self.region_start, (self.region_end - self.region_start) / slices);
            let slice = slice.min(slices - 1.0);
            self.region_start = start + width * slice;
            self.region_end = start + width * (slice + 1.0);
        }
        self
    }
}

impl Node for SamplerNode {
    fn process(&mut self, block: &Block<'_>, _inputs: &[&Stereo], output: &mut Stereo) {
        let frames = block.frames.min(MAX_FRAMES);
        self.clock = block.clock + frames as u64;
        let live = live_values(block.params);
        if live != self.live {
            self.live = live;
            for voice in &mut self.voices {
                voice.follow(&live, self.rate, block.clock);
            }
            self.remove_ended(block.clock);
        }
        if self.voices.is_empty() && block.events.is_empty() {
            self.shown.clear();
            return silence(output, frames);
        }
        self.mix[..frames].fill([0.0; 2]);
        let (mut at, mut sounded, mut shown) = (0, false, false);
        for event in block.events {
            let frame = event.frame.min(frames.saturating_sub(1));
            if frame > at {
                if !std::mem::replace(&mut shown, true) {
                    self.show();
                }
                sounded |= self.render(at, frame, block.clock + at as u64);
                at = frame;
            }
            self.handle(event, block.params, block.clock + at as u64);
        }
        if !shown {
            self.show();
        }
        sounded |= self.render(at, frames, block.clock + at as u64);
        if !sounded {
            return silence(output, frames);
        }
        let mut any = 0;
        for ((mixed, left), right) in self.mix[..frames].iter().zip(&mut output.left).zip(&mut output.right) {
            [*left, *right] = *mixed;
            any |= (left.to_bits() | right.to_bits()) << 1;
        }
        output.silent = any == 0;
    }

    fn reset(&mut self) {
        self.voices.clear();
        self.shown.clear();
        for sample in &mut self.content.samples {
            sample.resume = None;
        }
    }

    fn voices(&self, show: &mut dyn FnMut(VoiceView)) {
        for voice in &self.shown {
            show(*voice);
        }
    }

    /// Takes over a [`SamplerContent`]. Voices whose sound is in the new content as well play on; the others fade out.
    fn exchange(&mut self, content: &mut Box<dyn Any + Send>) {
        let Some(new) = content.downcast_mut::<SamplerContent>() else { return };
        self.send_home_unused();
        std::mem::swap(&mut self.content, new);
        let old = new;
        for (index, sample) in old.samples.iter_mut().enumerate().filter(|(_, sample)| sample.resume.is_some()) {
            if let Some(place) = self.content.place_of(index, sample.audio.as_ref(), sample.medium()) {
                self.content.samples[place].resume = sample.resume;
            }
        }
        for voice in &mut self.voices {
            if let Some(place) = self.content.place_of(voice.sample, voice.audio.as_ref(), voice.medium) {
                voice.sample = place;
                continue;
            }
            if let Some(sample) = old.samples.get_mut(voice.sample)
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

fn silence(output: &mut Stereo, frames: usize) {
    output.left[..frames].fill(0.0);
    output.right[..frames].fill(0.0);
    output.silent = true;
}
