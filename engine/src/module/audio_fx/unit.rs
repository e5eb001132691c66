//! An effect as it stands in the graph: its kernel between dry and wet.

use super::{BuildContext, param};
use crate::{
    dsp::{Cell, Kernel, Move, mix::Mix},
    signal::{Block, Followed, GRID, Piece},
};

/// Where a piece of a block lies.
#[derive(Debug)]
pub(super) struct At<'a> {
    /// The facts of the block.
    pub block: &'a Block,
    /// The cell of the grid, and where in it the piece begins.
    pub cell: Cell,
    /// Frame of the block at which the cell would begin, which may lie before the block.
    pub start: f64,
    /// Whether the piece begins a cell, or goes on after a jump within one.
    pub begins: bool,
}

impl At<'_> {
    /// Frames of a quarter note.
    pub fn beat_frames(&self) -> f64 {
        60.0 / self.block.bpm.max(1e-3) * self.block.rate
    }
}

/// Pair of channels.
pub(super) type Pair<'a> = [&'a [f32]; 2];

/// How an effect's parameters become its kernel's.
pub(super) trait Adapter: Default + Send + 'static {
    /// What does the arithmetic.
    type Kernel: Kernel<Params: Send> + Send;

    /// A kernel at a sample rate; called on the Controller's side.
    fn kernel(rate: f64) -> Self::Kernel;

    /// What the kernel needs for a cell. `moves` are the ways of the effect's own parameters. Pieces of a cell get the same.
    fn params(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> <Self::Kernel as Kernel>::Params;

    /// Renders with the level of another sound.
    fn keyed(kernel: &mut Self::Kernel, cell: Cell, params: &<Self::Kernel as Kernel>::Params, _key: Pair<'_>, sound: [&mut [f32]; 2]) {
        let [left, right] = sound;
        kernel.process(cell, params, left, right);
    }

    /// Whether silence would change nothing in it any more.
    fn rests(kernel: &Self::Kernel) -> bool {
        kernel.is_silent()
    }

    /// Frames by which the kernel is late.
    fn latency(_kernel: &Self::Kernel) -> usize {
        0
    }

    /// Forgets what it keeps beside the kernel.
    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// An effect with everything it needs, ready to be exchanged for another.
#[derive(Debug)]
pub(super) struct Unit {
    pub followed: Followed,
    pub body: Body,
}

impl Unit {
    /// An effect with the parameters of a module's type.
    pub fn boxed<A: Adapter>(context: &BuildContext<'_>) -> Box<Self> {
        let body = Body::of::<A>(context.sample_rate);
        Box::new(Self { followed: Followed::new(context.module.module_type().params.len()), body })
    }

    /// Forgets everything that sounds.
    pub fn reset(&mut self) {
        self.followed.reset();
        self.body.reset();
    }
}

/// An effect whose kernel is not known here.
trait Effect: Send {
    fn render(&mut self, at: &At<'_>, moves: &[Move<f64>], key: Option<Pair<'_>>, sound: [&mut [f32]; 2]);
    fn reset(&mut self);
    fn rests(&self) -> bool;
    fn tail(&self) -> u64;
}

struct Of<A: Adapter> {
    adapter: A,
    kernel: A::Kernel,
    /// What the kernel was given last.
    params: Option<<A::Kernel as Kernel>::Params>,
}

impl<A: Adapter> Effect for Of<A> {
    fn render(&mut self, at: &At<'_>, moves: &[Move<f64>], key: Option<Pair<'_>>, sound: [&mut [f32]; 2]) {
        let params = self.params.insert(self.adapter.params(at, moves));
        match key {
            Some(key) => A::keyed(&mut self.kernel, at.cell, params, key, sound),
            None => {
                let [left, right] = sound;
                self.kernel.process(at.cell, params, left, right);
            }
        }
    }

    fn reset(&mut self) {
        self.kernel.reset();
        self.adapter.reset();
    }

    fn rests(&self) -> bool {
        A::rests(&self.kernel)
    }

    fn tail(&self) -> u64 {
        self.params.as_ref().map_or(0, |params| self.kernel.tail_frames(params))
    }
}

/// Cells in which a bypass opens or closes.
const OPENS: f64 = 8.0;

/// Silent cells after which an effect that holds nothing rests: the dry sound is at most one cell late.
const SILENT_CELLS: u32 = 2;

/// An effect between dry and wet, with its bypass.
///
/// Everything is decided where a cell of the grid begins, from what lies before it, so that cuts of blocks change nothing: whether
/// the effect rests, and how far the bypass opens in the cell.
pub(in crate::module) struct Body {
    effect: Box<dyn Effect>,
    mix: Mix,
    /// How far the effect is let through at the end of the cell, 0–1; none before the first one.
    open: Option<f64>,
    /// The same over the cell.
    opening: Move<f64>,
    /// Where in its cell the first piece after the last decision began.
    began: usize,
    /// Silent cells up to here.
    quiet: u32,
    /// Whether nothing sounds, comes in or is held, so that nothing needs to be done.
    rests: bool,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("open", &self.open).field("rests", &self.rests).finish_non_exhaustive()
    }
}

fn is_silent(sound: Pair<'_>) -> bool {
    sound.iter().all(|channel| channel.iter().all(|sample| *sample == 0.0))
}

impl Body {
    /// An effect by itself, at a sample rate.
    pub(super) fn of<A: Adapter>(rate: f64) -> Self {
        let kernel = A::kernel(rate);
        let latency = A::latency(&kernel);
        let effect = Of::<A> { adapter: A::default(), kernel, params: None };
        let mix = Mix::new(latency);
        Self { effect: Box::new(effect), mix, open: None, opening: Move::still(0.0), began: 0, quiet: 0, rests: false }
    }

    /// Renders a piece of a block.
    pub fn render(
        &mut self,
        block: &Block,
        piece: &Piece,
        moves: &[Move<f64>],
        heard: Pair<'_>,
        key: Option<Pair<'_>>,
        sound: &mut [[f32; GRID]; 2],
    ) {
        let begins = piece.point.is_some() || self.open.is_none();
        if begins {
            self.decide(moves, piece.at);
        }
        let count = piece.frames.len();
        if !is_silent(heard) || key.is_some_and(|key| !is_silent(key)) {
            self.quiet = 0;
            if self.rests {
                self.wake(block, piece, moves, key.is_some());
            }
        }
        if self.rests {
            sound.iter_mut().for_each(|channel| channel[..count].fill(0.0));
            return;
        }
        for (channel, heard) in sound.iter_mut().zip(heard) {
            channel[..count].copy_from_slice(heard);
        }
        let [left, right] = sound;
        self.play(&at(block, cell_start(piece), piece.at, begins), moves, key, [&mut left[..count], &mut right[..count]]);
    }

    /// Looks at the bypass and at silence where a cell begins.
    fn decide(&mut self, moves: &[Move<f64>], at: usize) {
        let wanted = if moves[param::ENABLED].to >= 0.5 { 1.0 } else { 0.0 };
        let from = self.open.unwrap_or(wanted);
        let to = from + (wanted - from).clamp(-1.0 / OPENS, 1.0 / OPENS);
        if from == 0.0 && to == 0.0 && self.opening.moves() {
            // The effect is not heard any more: what it held is gone when it is let through again.
            self.effect.reset();
        }
        self.opening = Move { from, to };
        self.open = Some(to);
        self.began = at;
        let is_off = self.opening == Move::still(0.0);
        let rested = self.rests;
        self.rests = self.quiet >= SILENT_CELLS && (is_off || self.effect.rests());
        if self.rests && !rested {
            self.effect.reset();
            self.mix.reset();
        }
        self.quiet = self.quiet.saturating_add(1);
    }

    /// Begins anew in the middle of a cell as if the cell had been played from where it began.
    fn wake(&mut self, block: &Block, piece: &Piece, moves: &[Move<f64>], has_key: bool) {
        self.rests = false;
        let count = piece.at - self.began.min(piece.at);
        if count > 0 {
            let silence = [0.0; GRID];
            let (mut left, mut right) = (silence, silence);
            let key = has_key.then_some([&silence[..count], &silence[..count]]);
            self.play(&at(block, cell_start(piece), self.began, true), moves, key, [&mut left[..count], &mut right[..count]]);
        }
    }

    fn play(&mut self, at: &At<'_>, moves: &[Move<f64>], key: Option<Pair<'_>>, sound: [&mut [f32]; 2]) {
        let [left, right] = sound;
        self.mix.keep(left, right);
        if self.opening != Move::still(0.0) {
            if self.opening.moves() {
                // It hears the sound from nothing up, so that what it sends later begins softly as well.
                let opening = self.opening.map(|share| share as f32);
                for samples in [&mut *left, &mut *right] {
                    samples.iter_mut().enumerate().for_each(|(k, sample)| *sample *= opening.at(at.cell.share(k)));
                }
            }
            self.effect.render(at, &moves[param::OWN..], key, [left, right]);
        }
        let mix = moves[param::MIX];
        #[allow(clippy::cast_possible_truncation, reason = "a share needs no more than single precision")]
        let wet = Move { from: (mix.from * self.opening.from) as f32, to: (mix.to * self.opening.to) as f32 };
        self.mix.blend(at.cell, wet, left, right);
    }

    /// Forgets everything that sounds.
    pub fn reset(&mut self) {
        self.effect.reset();
        self.mix.reset();
        (self.open, self.opening, self.began, self.quiet, self.rests) = (None, Move::still(0.0), 0, 0, false);
    }

    /// Frames that it goes on sounding after its input fell silent.
    pub fn tail(&self, fed: bool) -> u64 {
        if self.rests && !fed || self.opening == Move::still(0.0) { 0 } else { self.effect.tail() }
    }
}

/// Frame of the block at which a piece's cell would begin; it may lie before the block.
#[allow(clippy::cast_possible_wrap, reason = "below 512")]
const fn cell_start(piece: &Piece) -> i64 {
    piece.frames.start as i64 - piece.at as i64
}

/// The place that lies `at` frames behind the cell that begins at the block's frame `start`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "an offset is below 512, and 2^63 frames are millions of years"
)]
fn at(block: &Block, start: i64, at: usize, begins: bool) -> At<'_> {
    let first = block.song.map_or(block.clock as i64, |song| song.frame).saturating_add(start);
    let cell = Cell { frame: first.max(0) as u64, at: at as u32, len: Cell::LEN };
    At { block, cell, start: start as f64, begins }
}
