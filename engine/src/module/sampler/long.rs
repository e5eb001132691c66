//! Long sounds: how far they are there, and what is read ahead.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "media are shorter than 2^30 frames"
)]

use super::{
    kernel::ONE,
    node::extent,
    param,
    path::{ENDLESS, Path},
    values::{Layers, Numbers, Rules, TriggerOverrides},
};
use crate::{
    media::{
        Frames,
        stream::{PAGE, Pages},
    },
    module::samples::SamplerContent,
    signal::ControlMap,
};

/// Time for which voices' pages are asked ahead: a disk that seeks and a thread that sleeps take a tenth of it.
const AHEAD_SECS: f64 = 0.35;
/// Pages asked ahead for one voice at most.
const AHEAD_PAGES: i64 = 40;

/// Beginnings looked after in each block, and all together: their pages leave room for those of voices.
const READY_EACH_BLOCK: usize = 4;
const READY_POINTS: usize = 256;
/// Beginnings of earlier triggers that are kept at hand: a pattern comes back to them.
const RECENT: usize = 128;

/// What of long sounds is kept at hand, since no trigger says beforehand that it comes: where regions and slices begin, and
/// where voices began lately. Some are asked for in each block, over and over, so that their pages stay.
#[derive(Debug)]
pub struct Ready {
    /// Sample and slice to go on with, and how many were asked for since the first.
    next: (usize, usize, usize),
    /// Sample, frame and direction.
    recent: Vec<(usize, i64, i64)>,
    /// Where the next one goes, and which is asked for next.
    place: (usize, usize),
}

impl Ready {
    /// Nothing; everything it will ever need is allocated here.
    pub fn new() -> Self {
        Self { next: (0, 0, 0), recent: Vec::with_capacity(RECENT), place: (0, 0) }
    }

    /// Forgets where voices began, because samples are others.
    pub fn forget(&mut self) {
        self.recent.clear();
        self.place = (0, 0);
    }

    /// Notes where a voice begins.
    pub fn note(&mut self, sample: usize, at: i64, reverse: bool, frames: &Frames) {
        let (page, beside) = (at.div_euclid(PAGE as i64), if reverse { -1 } else { 1 });
        let alike = |(other, place, way): &(usize, i64, i64)| *other == sample && place.div_euclid(PAGE as i64) == page && *way == beside;
        if at < frames.as_ref().len() as i64 - PAGE as i64 || self.recent.iter().any(alike) {
            return;
        }
        if self.recent.len() < self.recent.capacity() {
            self.recent.push((sample, at, beside));
        } else if let Some(oldest) = self.recent.get_mut(self.place.0) {
            *oldest = (sample, at, beside);
            self.place.0 = (self.place.0 + 1) % RECENT;
        }
    }

    /// Asks for some.
    pub fn ask(&mut self, content: &SamplerContent, live: &Numbers, pages: &mut Pages, rate: f64) {
        for _ in 0..READY_EACH_BLOCK.min(self.recent.len()) {
            self.place.1 = (self.place.1 + 1) % self.recent.len();
            let (sample, at, beside) = self.recent[self.place.1];
            if let Some(audio) = content.samples.get(sample).and_then(|sample| sample.audio.as_deref()) {
                pages.want(&audio.frames, at, beside);
            }
        }
        for _ in 0..READY_EACH_BLOCK {
            let (index, slice, count) = self.next;
            let Some(sample) = content.samples.get(index).filter(|_| count < READY_POINTS) else {
                self.next = (0, 0, 0);
                return;
            };
            self.next = (index + 1, 0, count);
            let Some(audio) = sample.audio.as_deref().filter(|audio| audio.frames.is_long()) else { continue };
            let mut overrides = TriggerOverrides::of(ControlMap::default(), Rules::Plain);
            let slices = Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: live, tone: None }.slices();
            if slices > 1 {
                #[allow(clippy::cast_precision_loss, reason = "at most 256")]
                overrides.hold(param::SLICE, slice as f64);
            }
            self.next = if slice + 1 < slices { (index, slice + 1, count + 1) } else { (index + 1, 0, count + 1) };
            let layers = Layers { overrides: &overrides, sample: &sample.defaults, cuts: &sample.cuts, module: live, tone: None };
            let (inc, shape) = (layers.increment(audio.rate, rate), layers.shape(audio.rate));
            let path = Path::new(&extent(Some(audio), sample.video_secs, audio.rate), &shape, inc, None);
            pages.want(&audio.frames, path.pos >> 32, if inc < 0 { -1 } else { 1 });
        }
    }
}

/// How many of the next `wanted` frames of a path are there.
pub fn there(path: &Path, frames: &Frames, pages: &Pages, wanted: usize) -> usize {
    let length = frames.len() as i64;
    let wanted = if path.remaining == ENDLESS { wanted } else { wanted.min(usize::try_from(path.remaining).unwrap_or(wanted)) };
    let mut path = path.endless();
    let mut done = 0;
    while done < wanted {
        let at = path.pos >> 32;
        // Beyond the sound's end there is silence, which is always there.
        let within = if (0..length).contains(&at) { pages.there(frames, at) } else { Some((at, at + 1)) };
        let Some((first, last)) = within else { return done };
        let count = path.frames_within(first * ONE, last * ONE, wanted - done).max(1);
        path.advance(count);
        done += count;
    }
    // Nothing but the path's end limits it.
    usize::MAX
}

/// Asks for the pages a path comes to next, at `rate` frames a second.
pub fn read_ahead(path: &Path, frames: &Frames, pages: &mut Pages, rate: f64) {
    let way = ((path.inc as f64).abs() / ONE as f64 * rate * AHEAD_SECS) as i64 + PAGE as i64;
    let step = if path.inc < 0 { -(PAGE as i64) } else { PAGE as i64 };
    let (start, end) = (path.start >> 32, (path.end >> 32).min(frames.len() as i64));
    let mut at = path.pos >> 32;
    pages.want(frames, at, 0);
    // What a loop wraps to is there when its end is.
    let mut left = (way / PAGE as i64 + 1).min(AHEAD_PAGES);
    while left > 0 {
        left -= 1;
        let edge = if path.inc < 0 { start } else { end - 1 };
        let next = at + step;
        at = match (path.inc < 0 && next < start) || (path.inc >= 0 && next >= end) {
            false => next,
            true if at.div_euclid(PAGE as i64) != edge.div_euclid(PAGE as i64) => edge,
            true if path.looping => {
                if path.inc < 0 {
                    end - 1
                } else {
                    start
                }
            }
            true => return,
        };
        pages.want(frames, at, 0);
    }
}
