//! What a recorder is given: exact views, the sound that belongs to them, and where takes begin and end.
//!
//! Everything goes through rings of fixed size, made outside. Where it may, offline, the audio thread waits for room; live what
//! finds no room is counted, and lost sound becomes silence of its length.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rtrb::{Consumer, Producer, PushError, RingBuffer};
use serde::{Deserialize, Serialize};

use crate::view::{ViewFrame, tape::TAPE_SECS};

/// Most views under way: half a second and more, for what holds a recorder up for a moment.
const VIEWS: usize = 16;
/// Seconds of sound under way, at the highest rate that is usual.
const SOUND_FRAMES: usize = 4 * 96_000;
/// Gaps under way; a block that comes while they are all taken is lost into the next one.
const GAPS: usize = 256;
/// Edges under way; a take neither begins nor ends while they are all taken.
const EDGES: usize = 64;

/// How long a bounce waits for a recorder that takes nothing: one that closes a long film, a slow disk.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// When takes begin and end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cue {
    /// One take, from the next block on, until the recorder goes.
    #[default]
    Now,
    /// A take whenever the song plays, live or in a bounce, from where it starts to where it stops.
    Song,
    /// A take whenever the song plays in a bounce (an offline render).
    Bounce,
}

/// Where a take begins or ends, in counts of what went through the rings before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Edge {
    /// Whether it begins.
    pub begins: bool,
    /// Whether the host renders offline.
    pub offline: bool,
    /// Frames of sound a second.
    pub sample_rate: f64,
    /// Views handed over before.
    pub views: u64,
    /// Frames of sound handed over before.
    pub sound: u64,
    /// Frames of sound lost before.
    pub lost: u64,
    /// Views lost before.
    pub missed: u64,
}

/// Silence in place of lost sound: where, counted in frames that came through, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    /// Frames that came through before it.
    pub at: u64,
    /// Its length.
    pub frames: u64,
}

/// The audio thread's end. Dropping it frees memory, so it travels home from the audio thread first.
#[derive(Debug)]
pub struct Film {
    /// Film frames a second.
    fps: (u32, u32),
    cue: Cue,
    views_tx: Producer<Box<ViewFrame>>,
    free_rx: Consumer<Box<ViewFrame>>,
    sound_tx: Producer<[f32; 2]>,
    gaps_tx: Producer<Gap>,
    edges_tx: Producer<Edge>,
    /// What went through so far.
    sent: Edge,
    /// Frames of sound lost since the last that came through.
    missing: u64,
    take: Option<Take>,
    /// Room for views, and for sound, was waited for in vain: it is not again until there is some.
    gave_up: [bool; 2],
    losses: Arc<Losses>,
    /// Whether the reader wants no more: the take under way ends, and none begins.
    ended: Arc<AtomicBool>,
}

/// The take that is being recorded.
#[derive(Clone, Copy, Debug)]
struct Take {
    /// Frames since activation at which it begins.
    begin: u64,
    /// Number of its next film frame.
    next: u64,
    offline: bool,
}

/// What a recorder was too slow for; always 0 offline.
#[derive(Debug, Default)]
pub struct Losses {
    /// Views.
    pub views: AtomicU64,
    /// Frames of sound.
    pub sound: AtomicU64,
}

/// The recorder's end of the rings.
#[derive(Debug)]
pub struct FilmEnds {
    /// Views, in order.
    pub views_rx: Consumer<Box<ViewFrame>>,
    /// The way back for views that were looked at.
    pub free_tx: Producer<Box<ViewFrame>>,
    /// Frames of sound, in order.
    pub sound_rx: Consumer<[f32; 2]>,
    /// Gaps in the sound, in order.
    pub gaps_rx: Consumer<Gap>,
    /// Edges of takes, in order.
    pub edges_rx: Consumer<Edge>,
    /// What was lost.
    pub losses: Arc<Losses>,
}

/// Views under way: so few that what modules hear is still on their tapes when the picture is drawn. (Below one picture a
/// second it may not be.)
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped to a handful first")]
fn views(fps: (u32, u32)) -> usize {
    let in_time = TAPE_SECS * f64::from(fps.0) / f64::from(fps.1.max(1)) - 2.0;
    in_time.clamp(1.0, VIEWS as f64) as usize
}

/// The two ends of a recorder's rings, for `fps` film frames a second. Setting `ended` ends the take under way at the next
/// stretch that is played, and no other begins.
#[must_use]
pub fn film(fps: (u32, u32), cue: Cue, ended: Arc<AtomicBool>) -> (Film, FilmEnds) {
    let (views_tx, views_rx) = RingBuffer::new(VIEWS);
    let (mut free_tx, free_rx) = RingBuffer::new(VIEWS);
    for _ in 0..views(fps) {
        // There is room for each.
        drop(free_tx.push(Box::default()));
    }
    let (sound_tx, sound_rx) = RingBuffer::new(SOUND_FRAMES);
    let (gaps_tx, gaps_rx) = RingBuffer::new(GAPS);
    let (edges_tx, edges_rx) = RingBuffer::new(EDGES);
    let losses = Arc::<Losses>::default();
    let ends = FilmEnds { views_rx, free_tx, sound_rx, gaps_rx, edges_rx, losses: Arc::clone(&losses) };
    let sent = Edge::default();
    let film =
        Film { fps, cue, views_tx, free_rx, sound_tx, gaps_tx, edges_tx, sent, missing: 0, take: None, gave_up: [false; 2], losses, ended };
    (film, ends)
}

impl Film {
    /// Begins or ends a take at `frame` (since activation), as its cue says and its reader.
    ///
    /// # Realtime safety
    /// Wait-free; never allocates. So are all of these, but for what they say of `patience`.
    pub fn roll(&mut self, frame: u64, sample_rate: f64, playing: bool, offline: bool) {
        let cued = match self.cue {
            Cue::Now => true,
            Cue::Song => playing,
            Cue::Bounce => playing && offline,
        };
        let wanted = cued && !self.ended.load(Ordering::Acquire);
        let goes_on = |take: &Take| wanted && (self.cue == Cue::Now || take.offline == offline);
        if self.take.as_ref().is_some_and(|take| !goes_on(take)) && self.tell(Edge { begins: false, ..self.sent }) {
            self.take = None;
        }
        if self.take.is_none() && wanted && self.tell(Edge { begins: true, offline, sample_rate, ..self.sent }) {
            self.take = Some(Take { begin: frame, next: 0, offline });
        }
    }

    fn tell(&mut self, edge: Edge) -> bool {
        // The reader makes up for what was lost up to an edge, so it is no gap of what comes after.
        self.edges_tx.push(edge).map(|()| self.missing = 0).is_ok()
    }

    /// Frames from `frame` until the next film frame begins.
    #[must_use]
    pub fn until_next(&self, frame: u64, rate: f64) -> usize {
        let Some(take) = &self.take else { return usize::MAX };
        let at = |number| take.begin + place_of(number, self.fps, rate).0;
        let next = if at(take.next) > frame { at(take.next) } else { at(take.next + 1).max(frame + 1) };
        usize::try_from(next - frame).unwrap_or(usize::MAX)
    }

    /// Whether a film frame begins at `frame`.
    #[must_use]
    pub fn is_due(&self, frame: u64, rate: f64) -> bool {
        self.take.as_ref().is_some_and(|take| take.begin + place_of(take.next, self.fps, rate).0 == frame)
    }

    /// Hands over a view of exactly the film frame's time; `fill` writes what holds at the audio frame before it.
    /// It waits for room as long as `patience` lasts; what finds none is counted.
    pub fn show(&mut self, rate: f64, patience: Duration, fill: impl FnOnce(&mut ViewFrame)) {
        let Some(take) = &mut self.take else { return };
        let number = take.next;
        take.next += 1;
        let longest = if self.gave_up[0] { Duration::ZERO } else { patience };
        let there = wait(longest, || !self.free_rx.is_empty(), || self.free_rx.is_abandoned());
        self.gave_up[0] = !there && !patience.is_zero();
        let Some(mut view) = there.then(|| self.free_rx.pop().ok()).flatten() else {
            self.sent.missed += 1;
            self.losses.views.fetch_add(1, Ordering::Relaxed);
            return;
        };
        fill(&mut view);
        let late = place_of(number, self.fps, rate).1;
        for voice in &mut view.voices[..view.voice_count] {
            voice.media_secs += late * voice.speed;
        }
        view.frame = number;
        match self.views_tx.push(view) {
            Ok(()) => self.sent.views += 1,
            // There are as many views as places in the ring; should it ever not be so, this one is leaked, not freed here.
            Err(PushError::Full(view)) => std::mem::forget(view),
        }
    }

    /// Hands over sound, as many frames as the shorter side has. It waits for room as long as `patience` lasts; sound
    /// that finds none becomes silence and is counted.
    pub fn hear(&mut self, left: &[f32], right: &[f32], patience: Duration) {
        if self.take.is_none() {
            return;
        }
        for (left, right) in left.chunks(SOUND_FRAMES / 2).zip(right.chunks(SOUND_FRAMES / 2)) {
            let frames = left.len().min(right.len());
            let longest = if self.gave_up[1] { Duration::ZERO } else { patience };
            let there = wait(longest, || self.sound_tx.slots() >= frames, || self.sound_tx.is_abandoned());
            self.gave_up[1] = !there && !patience.is_zero();
            if !there || !self.tell_gap() {
                self.missing += frames as u64;
                self.sent.lost += frames as u64;
                self.losses.sound.fetch_add(frames as u64, Ordering::Relaxed);
            } else if let Ok(chunk) = self.sound_tx.write_chunk_uninit(frames) {
                chunk.fill_from_iter(left.iter().zip(right).map(|(left, right)| [*left, *right]));
                self.sent.sound += frames as u64;
            }
        }
    }

    /// Announces the frames missing before the next ones; whether that worked.
    fn tell_gap(&mut self) -> bool {
        let gap = Gap { at: self.sent.sound, frames: self.missing };
        let told = self.missing == 0 || self.gaps_tx.push(gap).is_ok();
        if told {
            self.missing = 0;
        }
        told
    }
}

/// Whether there is room, perhaps after a while; nobody waits for a reader that is gone.
fn wait(patience: Duration, room: impl Fn() -> bool, gone: impl Fn() -> bool) -> bool {
    if patience.is_zero() {
        return room();
    }
    let began = Instant::now();
    while !room() {
        if gone() || began.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    true
}

/// The audio frame at or before a film frame's time, and the seconds from there to that time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "far below 2^53")]
fn place_of(number: u64, fps: (u32, u32), rate: f64) -> (u64, f64) {
    let exact = number as f64 * f64::from(fps.1) * rate / f64::from(fps.0.max(1));
    let whole = (exact + 1e-6).floor();
    (whole as u64, ((exact - whole) / rate).max(0.0))
}
