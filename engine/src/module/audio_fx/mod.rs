//! Audio effects: one module type whose `effect` decides which parameters and ports an instance has.
//!
//! Each effect is a file: its parameters, and how they become those of its kernel in [`crate::dsp`]. What all of them share is
//! here and in the `unit` module: the sum of the inputs, dry and wet, the bypass, rest in silence, and the change from one effect to another.

mod bitcrush;
mod chorus;
mod compressor;
mod delay;
mod drive;
mod eq;
mod filter;
mod gate;
mod phaser;
mod reverb;
mod swing;
mod tremolo;
mod unit;

use super::{BuildContext, Content, LEVEL, ModuleType, PLAIN, ParamSpec, Port, PortKind, Variants};
use crate::signal::{GRID, Io, Node, Stereo};
use unit::{Adapter, Unit};

/// The effects, in the order of their types.
pub const EFFECT: &[&str] = &["filter", "delay", "reverb", "drive", "compressor", "eq", "chorus", "phaser", "tremolo", "bitcrush", "gate"];

/// The audio input whose level a compressor or a gate follows in place of its own.
pub const SIDECHAIN: &str = "sidechain";

/// Indices in the parameter lists of all effects.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Which effect it is.
    pub const EFFECT: usize = 1;
    /// Share of the effect's sound.
    pub const MIX: usize = 2;
    /// First of the effect's own parameters.
    pub const OWN: usize = 3;
}

/// What every effect has, with its own usual share.
const fn common(mix: f64) -> [ParamSpec; param::OWN] {
    [
        ParamSpec::toggle("enabled", true, "Off: passes its inputs on, without a click."),
        ParamSpec::choice("effect", EFFECT, "Which effect it is; the other parameters follow from it, and those that fit stay."),
        ParamSpec::float("mix", 0.0, 1.0, mix, "", "From the inputs as they are, 0, to the effect alone, 1.").also(&["wet"]),
    ]
}

/// What goes in, and what comes out.
const INPUTS: &[Port] = &[Port::of(PortKind::Audio)];
const KEYED: &[Port] = &[Port::of(PortKind::Audio), Port::named(SIDECHAIN, PortKind::Audio)];

static TYPES: &[&ModuleType] = &[
    &filter::TYPE,
    &delay::TYPE,
    &reverb::TYPE,
    &drive::TYPE,
    &compressor::TYPE,
    &eq::TYPE,
    &chorus::TYPE,
    &phaser::TYPE,
    &tremolo::TYPE,
    &bitcrush::TYPE,
    &gate::TYPE,
];

/// The description of an effect: its own parameters come with its adapter.
const fn effect<A: Adapter>(doc: &'static str, params: &'static [ParamSpec]) -> ModuleType {
    ModuleType {
        name: "audioFx",
        doc,
        content: Content::Renewed,
        inputs: INPUTS,
        outputs: INPUTS,
        params,
        made: &[LEVEL],
        build: |context| Some(Box::new(FxNode::new(Unit::boxed::<A>(context)))),
        renew: |context| Some(Box::new(Some(Unit::boxed::<A>(context)))),
        ..PLAIN
    }
}

/// The description of audio effects; that of an instance follows from its effect.
pub static TYPE: ModuleType = ModuleType {
    name: "audioFx",
    doc: "Sends its audio inputs through an effect: audioFx(\"echo\", {effect = \"delay\", beats = 0.75, feedback = 0.4}).",
    inputs: INPUTS,
    outputs: INPUTS,
    params: &common(1.0),
    made: &[LEVEL],
    variants: Some(Variants { param: "effect", types: TYPES }),
    ..PLAIN
};

/// Frames in which a new effect takes the old one's place.
const CHANGE: usize = 1024;

/// Plays an effect, and for a moment the one before it.
#[derive(Debug)]
struct FxNode {
    now: Box<Unit>,
    /// The effect that was there before; kept until the next one comes, so that it is freed where it was made.
    before: Option<Box<Unit>>,
    /// Frames since the last change, as long as the old effect is heard.
    changed: usize,
    inputs: Box<[[[f32; GRID]; 2]; 2]>,
    sound: Box<[[[f32; GRID]; 2]; 2]>,
}

impl FxNode {
    fn new(unit: Box<Unit>) -> Self {
        Self { now: unit, before: None, changed: CHANGE, inputs: Box::new([[[0.0; GRID]; 2]; 2]), sound: Box::new([[[0.0; GRID]; 2]; 2]) }
    }
}

/// The parts of an effect, for modules that hold one among others.
pub(super) use unit::Body;

/// An echo and a room by themselves, as orbits have them. Their ways are those of the delay's parameters, and the room's size, fade and corners.
pub(super) fn echo_and_room(rate: f64) -> [Body; 2] {
    [Body::of::<delay::DelayFx>(rate), Body::of::<reverb::RoomFx>(rate)]
}

/// Sums what comes in at a port over some frames.
pub(super) fn sum(sum: &mut [[f32; GRID]; 2], inputs: &[&Stereo], frames: std::ops::Range<usize>) {
    for (channel, sum) in sum.iter_mut().enumerate() {
        let sum = &mut sum[..frames.len()];
        sum.fill(0.0);
        for input in inputs.iter().filter(|input| !input.is_silent()) {
            let input = if channel == 0 { &input.left } else { &input.right };
            sum.iter_mut().zip(&input[frames.clone()]).for_each(|(sum, sample)| *sum += sample);
        }
    }
}

/// Fades a sound; its first frame lies `at` frames behind the change, and `level` is given the share of the change that is over.
#[allow(clippy::cast_precision_loss, reason = "counts below 2048 are exact")]
fn fade(sound: &mut [[f32; GRID]; 2], frames: usize, at: usize, level: impl Fn(f32) -> f32) {
    for channel in sound {
        for (k, sample) in channel[..frames].iter_mut().enumerate() {
            *sample *= level(((at + k) as f32 / CHANGE as f32).min(1.0));
        }
    }
}

impl Node for FxNode {
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        let Self { now, before, changed, inputs, sound } = self;
        let Unit { followed, body } = &mut **now;
        let mut before = before.as_deref_mut();
        followed.pieces(io, |io, piece, moves| {
            let (frames, count) = (piece.frames.clone(), piece.frames.len());
            sum(&mut inputs[0], io.inputs(0), frames.clone());
            sum(&mut inputs[1], io.inputs(1), frames.clone());
            let has_key = !io.inputs(1).is_empty();
            let [heard, key] = &mut **inputs;
            let key = has_key.then_some([&key[0][..count], &key[1][..count]]);
            let [new, old] = &mut **sound;
            let old = before.as_mut().filter(|_| *changed < CHANGE).map(|Unit { followed, body }| {
                // What the effect before followed is gone; it stays as it was.
                if piece.point.is_some() {
                    followed.hold();
                }
                body.render(&io.block, piece, followed.moves(), [&heard[0][..count], &heard[1][..count]], key, old);
                fade(old, count, *changed, |share| 1.0 - share);
                // The new one hears the sound from nothing up, so that what it sends later begins softly as well.
                fade(heard, count, *changed, |share| share);
                *changed += count;
                &*old
            });
            body.render(&io.block, piece, moves, [&heard[0][..count], &heard[1][..count]], key, new);
            for (new, old) in new.iter_mut().zip(old.into_iter().flatten()) {
                new[..count].iter_mut().zip(old).for_each(|(new, old)| *new += old);
            }
            let Some(output) = io.outputs.first_mut() else { return };
            output.left[frames.clone()].copy_from_slice(&new[0][..count]);
            output.right[frames].copy_from_slice(&new[1][..count]);
            if new.iter().any(|channel| channel[..count].iter().any(|sample| *sample != 0.0)) {
                output.set_silent(false);
            }
        });
    }

    fn reset(&mut self) {
        self.now.reset();
        self.changed = CHANGE;
    }

    fn tail(&self, fed: bool) -> u64 {
        self.now.body.tail(fed)
    }

    fn exchange(&mut self, content: &mut Box<dyn std::any::Any + Send>) {
        if let Some(content) = content.downcast_mut::<Option<Box<Unit>>>()
            && let Some(unit) = content.take()
        {
            *content = self.before.replace(std::mem::replace(&mut self.now, unit));
            self.changed = 0;
        }
    }
}

/// The whole number that a parameter stands for.
fn whole(value: f64) -> usize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the parameters' ranges")]
    let whole = value.max(0.0).round() as usize;
    whole
}
