//! Fills views: what the audio thread shows, live through triple buffers, exact through a recorder's queue.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::{
    queue::{Film, ViewWriter},
    scheduler::OpenGate,
};
use crate::{
    plan::{Plan, Role},
    project::MACROS,
    view::{MAX_METERS, MAX_PLAYING, MAX_VIDEO_MODULES, MAX_VOICE_VIEWS, Playhead, SCOPE_POINTS, VIDEO_PARAMS, ViewFrame},
};

/// Readers of views at once.
const READERS: usize = 8;
/// Views a second.
const VIEWS_PER_SEC: f64 = 125.0;
/// Longest an offline block waits for the recorder.
const RECORDER_PATIENCE: Duration = Duration::from_secs(60);

/// What a view says besides modules.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Version of the session.
    pub version: u64,
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
        let place = self.readers.iter().position(gone).unwrap_or(0);
        std::mem::swap(&mut self.readers[place], view);
    }

    /// Sets or takes away the recorder's queue; the one it replaces stays in `film`.
    pub const fn set_film(&mut self, film: &mut Option<Film>) {
        std::mem::swap(&mut self.film, film);
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
            for (place, gate) in view.playing.iter_mut().zip(gates) {
                *place = gate.step;
            }
            reader.input.publish();
        }
    }

    /// Frames until the next frame of the film begins.
    #[must_use]
    pub fn until_film(&self, frame: u64, rate: f64) -> usize {
        let Some(film) = &self.film else { return usize::MAX };
        let begin = film.begin.unwrap_or(frame);
        let at = begin + film_frame(film, rate).0;
        if at > frame {
            return usize::try_from(at - frame).unwrap_or(usize::MAX);
        }
        let after = begin + place_of(film.next + 1, film.fps, rate).0;
        usize::try_from(after.saturating_sub(frame).max(1)).unwrap_or(usize::MAX)
    }

    /// Whether a frame of the film begins here.
    #[must_use]
    pub fn is_film_frame(&self, frame: u64, rate: f64) -> bool {
        self.film.as_ref().is_some_and(|film| film.begin.unwrap_or(frame) + film_frame(film, rate).0 == frame)
    }

    /// Hands the recorder a view of exactly the film frame's time. Offline it waits for room, live it counts a loss.
    pub fn film(&mut self, plan: &Plan, state: &State, scope: &[[f32; 2]; SCOPE_POINTS], offline: bool) {
        let Some(film) = &mut self.film else { return };
        film.begin.get_or_insert(state.frame);
        let number = film.next;
        film.next += 1;
        let began = Instant::now();
        let mut view = loop {
            match film.free.pop() {
                Ok(view) => break view,
                Err(_) if offline && !film.free.is_abandoned() && began.elapsed() < RECORDER_PATIENCE => {
                    std::thread::sleep(Duration::from_micros(200))
                }
                Err(_) => {
                    film.lost.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        };
        fill(&mut view, plan, state, scope);
        let late = place_of(number, film.fps, state.rate).1;
        for voice in &mut view.voices[..view.voice_count] {
            voice.media_secs += late * voice.speed;
        }
        view.frame = number;
        // There are as many views as places in the queue.
        if let Err(rtrb::PushError::Full(view)) = film.tx.push(view) {
            std::mem::forget(view);
        }
    }
}

fn film_frame(film: &Film, rate: f64) -> (u64, f64) {
    place_of(film.next, film.fps, rate)
}

/// The audio frame at or before a film frame's time, and the seconds from there to that time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "far below 2^53")]
fn place_of(number: u64, fps: (u32, u32), rate: f64) -> (u64, f64) {
    let exact = number as f64 * f64::from(fps.1) * rate / f64::from(fps.0.max(1));
    let whole = (exact + 1e-6).floor();
    (whole as u64, ((exact - whole) / rate).max(0.0))
}

/// Writes everything a view shows. Only the parts that count are touched.
fn fill(view: &mut ViewFrame, plan: &Plan, state: &State, scope: &[[f32; 2]; SCOPE_POINTS]) {
    (view.version, view.frame, view.clock, view.sample_rate) = (state.version, state.frame, state.frame, state.rate);
    (view.playhead, view.macros, view.heard_secs) = (state.playhead, state.macros, state.heard_secs);
    (view.video_opacity, view.load) = (state.video_opacity, state.load);
    view.scope.copy_from_slice(scope);
    let (mut voices, mut videos, mut meters) = (0, 0, 0);
    for slot in &plan.slots {
        if slot.role == Role::Video && videos < MAX_VIDEO_MODULES {
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
        if let Some(meter) = node.meter()
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
    (view.voice_count, view.video_count, view.meter_count) = (voices, videos, meters);
}
