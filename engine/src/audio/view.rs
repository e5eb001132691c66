//! Fills views: what the audio thread shows, live through triple buffers, exact through a recorder's queue.

use std::{sync::atomic::Ordering, time::Duration};

use super::{film::Film, queue::ViewWriter, scheduler::OpenGate};
use crate::{
    plan::Plan,
    signal::{MACROS, Meter, Stereo},
    view::{MAX_METERS, MAX_PLAYING, MAX_VIDEO_MODULES, MAX_VOICE_VIEWS, Playhead, SCOPE_POINTS, VIDEO_PARAMS, ViewFrame},
};

/// Readers of views at once.
const READERS: usize = 8;
/// Views a second.
const VIEWS_PER_SEC: f64 = 125.0;

/// What a view says besides modules.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Version of the session.
    pub version: u64,
    /// Which processor this is.
    pub activation: u32,
    /// Frames since activation.
    pub frame: u64,
    /// Frames a second.
    pub rate: f64,
    /// Seconds until the frame is heard.
    pub heard_secs: f32,
    /// Where the song stands.
    pub playhead: Playhead,
    /// Macro values.
    pub macros: [f32; MACROS],
    /// Video opacity.
    pub video_opacity: f32,
    /// Share of real time that processing takes.
    pub load: f32,
    /// Frames of the last piece that was rendered.
    pub frames: usize,
}

/// Everybody who looks.
#[derive(Debug, Default)]
pub struct Views {
    readers: [Option<ViewWriter>; READERS],
    film: Option<Film>,
    shown: u64,
}

impl Views {
    /// Adds a reader; the one it replaces (gone, or the first) stays in `view`.
    pub fn add(&mut self, view: &mut Option<ViewWriter>) {
        let gone = |r: &Option<ViewWriter>| r.as_ref().is_none_or(|r| !r.alive.load(Ordering::Relaxed));
        let index = self.readers.iter().position(gone).unwrap_or(0);
        std::mem::swap(&mut self.readers[index], view);
    }

    /// Sets or takes away the recorder's rings; those they replace stay in `film`.
    pub const fn set_film(&mut self, film: &mut Option<Film>) {
        std::mem::swap(&mut self.film, film);
    }

    /// The recorder's rings.
    pub const fn film(&mut self) -> Option<&mut Film> {
        self.film.as_mut()
    }

    /// Whether live readers are due for a view.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count of frames")]
    pub fn is_due(&mut self, frame: u64, rate: f64) -> bool {
        let due = frame.saturating_sub(self.shown) >= (rate / VIEWS_PER_SEC) as u64;
        if due {
            self.shown = frame;
        }
        due
    }

    /// Writes a view for every live reader.
    pub fn show(&mut self, plan: &Plan, state: &State, scope: &[[f32; 2]; SCOPE_POINTS], gates: &[OpenGate]) {
        for reader in self.readers.iter_mut().flatten().filter(|r| r.alive.load(Ordering::Relaxed)) {
            let view = reader.input.input_buffer_mut();
            fill(view, plan, state, scope);
            view.playing_count = gates.len().min(MAX_PLAYING);
            for (index, gate) in view.playing.iter_mut().zip(gates) {
                *index = gate.step;
            }
            reader.input.publish();
        }
    }

    /// Frames until the next frame of the film begins.
    #[must_use]
    pub fn until_film(&self, frame: u64, rate: f64) -> usize {
        self.film.as_ref().map_or(usize::MAX, |film| film.until_next(frame, rate))
    }

    /// Hands the recorder what a stretch that began at `state.frame` played: the picture of a film frame that begins there,
    /// and the sound. It waits for room as long as `patience` lasts, and counts what is lost.
    pub fn record(&mut self, plan: &Plan, state: &State, scope: &[[f32; 2]; SCOPE_POINTS], sound: [&[f32]; 2], patience: Duration) {
        let Some(film) = &mut self.film else { return };
        if film.is_due(state.frame, state.rate) {
            film.show(state.rate, patience, |view| fill(view, plan, state, scope));
        }
        film.hear(sound[0], sound[1], patience);
    }
}

/// Writes everything a view shows. Only the parts that count are touched.
fn fill(view: &mut ViewFrame, plan: &Plan, state: &State, scope: &[[f32; 2]; SCOPE_POINTS]) {
    (view.version, view.frame, view.clock, view.sample_rate) = (state.version, state.frame, state.frame, state.rate);
    view.activation = state.activation;
    (view.playhead, view.macros, view.heard_secs) = (state.playhead, state.macros, state.heard_secs);
    (view.video_opacity, view.load) = (state.video_opacity, state.load);
    view.scope.copy_from_slice(scope);
    let (mut voices, mut videos, mut meters, mut sounding) = (0, 0, 0, 0);
    for slot in &plan.slots {
        if slot.shown && videos < MAX_VIDEO_MODULES {
            (view.video[videos].module, view.video[videos].kind) = (slot.id, slot.kind);
            for (value, number) in view.video[videos].values.iter_mut().zip(slot.params.iter().take(VIDEO_PARAMS)) {
                #[allow(clippy::cast_possible_truncation, reason = "views are single precision")]
                let number = *number as f32;
                *value = number;
            }
            if let Some(node) = &slot.node {
                let values = &mut view.video[videos].values;
                node.overrides(&mut |param, number| {
                    if let Some(value) = values.get_mut(param) {
                        *value = number;
                    }
                });
            }
            videos += 1;
        }
        let Some(node) = &slot.node else { continue };
        sounding += node.sounding();
        if let Some(meter) = slot.outputs.first().map(|output| measured(output, state.frames))
            && meters < MAX_METERS
        {
            view.meters[meters] = crate::view::Meter { module: slot.id, ..meter };
            meters += 1;
        }
        node.voices(&mut |voice| {
            if voices < MAX_VOICE_VIEWS {
                view.voices[voices] = crate::view::VoiceView { module: slot.id, ..voice };
                voices += 1;
            }
        });
    }
    (view.voice_count, view.video_count, view.meter_count, view.sounding) = (voices, videos, meters, sounding);
}

/// Peak and RMS of what a module made in the last piece.
fn measured(output: &Stereo, frames: usize) -> Meter {
    if output.is_silent() || frames == 0 {
        return Meter::default();
    }
    // Eight sums at once, which the compiler keeps in registers.
    #[allow(clippy::cast_precision_loss, reason = "at most 512")]
    let level = |side: &[f32]| {
        let (mut peaks, mut sums) = ([0.0_f32; 8], [0.0_f32; 8]);
        let mut add = |eight: &[f32; 8]| {
            for ((peak, sum), x) in peaks.iter_mut().zip(&mut sums).zip(eight) {
                *peak = if x.abs() > *peak { x.abs() } else { *peak };
                *sum += x * x;
            }
        };
        let (eights, rest) = side.as_chunks::<8>();
        eights.iter().for_each(&mut add);
        add(&std::array::from_fn(|k| rest.get(k).copied().unwrap_or(0.0)));
        (peaks.into_iter().fold(0.0, f32::max), (sums.iter().sum::<f32>() / frames as f32).sqrt())
    };
    let ((left, left_rms), (right, right_rms)) = (level(&output.left[..frames]), level(&output.right[..frames]));
    Meter { peak: [left, right], rms: [left_rms, right_rms], ..Meter::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::MAX_FRAMES;

    #[test]
    fn a_meter_shows_the_last_piece() {
        let output = Stereo::holding([-0.5; MAX_FRAMES], std::array::from_fn(|k| if k == 76 { -0.25 } else { 0.0 }));
        let meter = measured(&output, 77);
        assert_eq!((meter.peak, meter.rms[0]), ([0.5, 0.25], 0.5));
        assert_eq!(measured(&output, 76).peak, [0.5, 0.0]);
        assert_eq!(measured(&Stereo::default(), 77), Meter::default());
    }
}
