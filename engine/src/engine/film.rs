//! The recorder's side of a film: takes one after the other, each with its views and its sound.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Engine, Shared, lock};
use crate::{
    audio::film::{self, Cue, Edge, FilmEnds, Gap},
    script::RecordRequest,
    view::ViewFrame,
};

/// Arms a recorder, or ends it (`None`); says what it does, or why it can't.
pub type RecordHook = dyn Fn(Option<RecordRequest>) -> Result<String, String> + Send + Sync;

/// Who records, where somebody does.
#[derive(Default)]
pub(super) struct Hook(pub(super) Mutex<Option<Arc<RecordHook>>>);

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hook({})", lock(&self.0).is_some())
    }
}

/// Activations whose rings wait for a reader that is busy with one before.
const WAITING: usize = 8;

/// What is filmed, and where its reader finds the rings of each activation, in order.
#[derive(Debug)]
pub(super) struct FilmSeat {
    fps: (u32, u32),
    cue: Cue,
    /// Set by the reader: the take under way ends, and none begins.
    ended: Arc<AtomicBool>,
    next: Mutex<VecDeque<FilmEnds>>,
}

/// Reads what is filmed. One at a time; it goes on over activations and ends when it is dropped.
#[derive(Debug)]
pub struct FilmReader {
    shared: Arc<Shared>,
    seat: Arc<FilmSeat>,
    ends: Option<FilmEnds>,
    /// What was taken so far of this activation.
    taken: Edge,
    gap: Option<Gap>,
    /// Where the take under way began.
    began: Edge,
    /// Where the take under way ends, once that is known.
    end: Option<Edge>,
    in_take: bool,
}

impl Engine {
    /// Says who carries out `record(…)` of scripts and the console.
    pub fn set_record_hook(&self, hook: Arc<RecordHook>) {
        *lock(&self.shared.record.0) = Some(hook);
    }

    /// Asks the audio thread for takes as `cue` says: a view at exactly every `1/fps` second and the sound, in rings that
    /// lose nothing while rendering offline and count what they lose live. Setting `ended` ends the take under way on the frame
    /// that is played next, while the song goes on. `None` where another reader has the film.
    #[must_use]
    pub fn film(&self, fps: (u32, u32), cue: Cue, ended: &Arc<AtomicBool>) -> Option<FilmReader> {
        let seat = Arc::new(FilmSeat { fps, cue, ended: Arc::clone(ended), next: Mutex::default() });
        {
            let mut place = lock(&self.shared.film);
            if place.strong_count() > 0 {
                return None;
            }
            *place = Arc::downgrade(&seat);
        }
        self.shared.seat_film();
        let shared = Arc::clone(&self.shared);
        Some(FilmReader { shared, seat, ends: None, taken: Edge::default(), gap: None, began: Edge::default(), end: None, in_take: false })
    }
}

impl Shared {
    /// Carries out `record(…)`.
    pub(super) fn record(&self, request: Option<RecordRequest>) -> Result<String, String> {
        let hook = lock(&self.record.0).clone();
        hook.map_or_else(
            || Err("record is for the plugin and the instrument's window; render has --video".to_owned()),
            |hook| hook(request),
        )
    }

    /// Gives the audio thread new rings where something is filmed.
    pub(super) fn seat_film(&self) {
        let Some(seat) = lock(&self.film).upgrade() else { return };
        let (film, ends) = film::film(seat.fps, seat.cue, Arc::clone(&seat.ended));
        if lock(&self.controller).set_film(Some(film)) {
            let mut next = lock(&seat.next);
            if next.len() == WAITING {
                next.pop_front();
            }
            next.push_back(ends);
        }
    }
}

impl FilmReader {
    /// Goes on to the next take; `None` while none has begun. Call it between takes only.
    pub fn begin(&mut self) -> Option<Edge> {
        loop {
            if let Some(ends) = &mut self.ends {
                // Asked before looking: what came before is there to be seen.
                let gone = ends.edges_rx.is_abandoned();
                match ends.edges_rx.pop() {
                    Ok(edge) if edge.begins => {
                        (self.taken.lost, self.began, self.end, self.in_take) = (edge.lost, edge, None, true);
                        return Some(edge);
                    }
                    Ok(_) => continue,
                    Err(_) if !gone => return None,
                    Err(_) => self.ends = None,
                }
            }
            self.ends = Some(lock(&self.seat.next).pop_front()?);
            (self.taken, self.gap) = (Edge::default(), None);
        }
    }

    /// The next view of the take; `None` where none is there yet. Its `frame` is the number of the film's frame.
    pub fn next_view(&mut self) -> Option<ViewFrame> {
        // Seen before the edge is looked for: an edge before a view that is there is there too.
        let there = self.ends.as_ref().is_some_and(|ends| !ends.views_rx.is_empty());
        self.look_for_end();
        let left = self.end.is_none_or(|end| self.taken.views < end.views);
        let ends = self.ends.as_mut().filter(|_| there && left && self.in_take)?;
        let view = ends.views_rx.pop().ok()?;
        let copy = ViewFrame::clone(&view);
        // Where the audio thread is gone, nobody wants it back.
        drop(ends.free_tx.push(view));
        self.taken.views += 1;
        Some(copy)
    }

    /// Takes all sound of the take that is there, in order, with silence where some was lost; says how many frames.
    ///
    /// # Errors
    /// The first error of `write`.
    pub fn take_sound<E>(&mut self, mut write: impl FnMut([f32; 2]) -> Result<(), E>) -> Result<u64, E> {
        let mut there = self.ends.as_ref().map_or(0, |ends| ends.sound_rx.slots() as u64);
        self.look_for_end();
        let Self { ends: Some(ends), taken, gap: next, end, in_take: true, .. } = self else { return Ok(0) };
        there = end.map_or(there, |end| there.min(end.sound - taken.sound));
        let mut written = 0;
        loop {
            *next = next.take().or_else(|| ends.gaps_rx.pop().ok());
            if let Some(gap) = next.take_if(|gap| gap.at == taken.sound) {
                (0..gap.frames).try_for_each(|_| write([0.0; 2]))?;
                taken.lost += gap.frames;
                written += gap.frames;
                continue;
            }
            let until_gap = next.map_or(there, |gap| there.min(gap.at - taken.sound));
            let chunk = ends.sound_rx.read_chunk(usize::try_from(until_gap).unwrap_or(0)).ok().filter(|_| until_gap > 0);
            let Some(chunk) = chunk else { break };
            for frame in chunk {
                write(frame)?;
            }
            taken.sound += until_gap;
            there -= until_gap;
            written += until_gap;
        }
        if let Some(end) = end.filter(|end| end.sound == taken.sound && end.lost > taken.lost) {
            (taken.lost..end.lost).try_for_each(|_| write([0.0; 2]))?;
            written += end.lost - taken.lost;
            taken.lost = end.lost;
        }
        Ok(written)
    }

    /// Whether the take has ended and all of it was taken.
    pub fn is_over(&mut self) -> bool {
        let gone = self.ends.as_ref().is_none_or(|ends| ends.edges_rx.is_abandoned());
        self.look_for_end();
        let all = match (&self.end, &self.ends) {
            (Some(end), _) => (end.views, end.sound, end.lost) == (self.taken.views, self.taken.sound, self.taken.lost),
            (None, Some(ends)) => gone && ends.views_rx.is_empty() && ends.sound_rx.is_empty(),
            (None, None) => true,
        };
        if all {
            self.in_take = false;
        }
        all
    }

    /// Views and frames of sound that the take has lost so far because the reader was too slow (always 0 offline). The edges of
    /// a take say what was lost before: a take may be over before its reader looks at it.
    #[must_use]
    pub fn lost(&self) -> (u64, u64) {
        let so_far = |losses: &film::Losses| (losses.views.load(Ordering::Relaxed), losses.sound.load(Ordering::Relaxed));
        let to = self.end.map(|end| (end.missed, end.lost)).or_else(|| self.ends.as_ref().map(|ends| so_far(&ends.losses)));
        to.map_or((0, 0), |to| (to.0.saturating_sub(self.began.missed), to.1.saturating_sub(self.began.lost)))
    }

    fn look_for_end(&mut self) {
        if self.in_take && self.end.is_none() {
            self.end = self.ends.as_mut().and_then(|ends| ends.edges_rx.pop().ok());
        }
    }
}

impl Drop for FilmReader {
    fn drop(&mut self) {
        // Else an offline `process` would wait for a reader that is gone. The film is free for another when the seat goes, which
        // is after this: so it is not that one's film that is taken away.
        lock(&self.shared.controller).set_film(None);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RATE: f64 = 48_000.0;
    const LIVE: Duration = Duration::ZERO;
    const PATIENT: Duration = Duration::from_secs(20);

    fn pair(cue: Cue) -> (film::Film, FilmReader) {
        let engine = Engine::empty();
        let ended = Arc::default();
        let mut reader = engine.film((25, 1), cue, &ended).expect("is free");
        let (film, ends) = film::film((25, 1), cue, ended);
        reader.ends = Some(ends);
        (film, reader)
    }

    fn heard(reader: &mut FilmReader) -> Vec<f32> {
        let mut heard = Vec::new();
        let taken = reader.take_sound(|[left, _]| {
            heard.push(left);
            Ok::<_, ()>(())
        });
        assert_eq!(taken, Ok(heard.len() as u64));
        heard
    }

    #[test]
    fn takes_that_follow_each_other_at_once_keep_their_own_sound_and_views() {
        let (mut film, mut reader) = pair(Cue::Song);
        let mut clock = 0;
        for (playing, value) in [(false, 9.0), (true, 1.0), (true, 2.0), (false, 9.0), (true, 3.0)] {
            film.roll(clock, RATE, playing, false);
            if film.is_due(clock, RATE) {
                film.show(RATE, LIVE, |view| view.playhead.beat = value);
            }
            film.hear(&[value as f32; 1920], &[0.0; 1920], LIVE);
            clock += 1920;
        }
        drop(film);
        for (views, sounds) in [(vec![1.0, 2.0], vec![1.0, 2.0]), (vec![3.0], vec![3.0])] {
            let edge = reader.begin().expect("a take");
            assert!(edge.begins && !edge.offline && edge.sample_rate == RATE);
            let shown: Vec<_> = std::iter::from_fn(|| reader.next_view()).map(|view| (view.frame, view.playhead.beat)).collect();
            assert_eq!(shown, views.into_iter().enumerate().map(|(n, v)| (n as u64, v)).collect::<Vec<_>>());
            assert!(!reader.is_over(), "its sound is still there");
            assert_eq!(heard(&mut reader), sounds.into_iter().flat_map(|v: f32| [v; 1920]).collect::<Vec<_>>());
            assert!(reader.is_over());
        }
        assert!(reader.begin().is_none());
    }

    #[test]
    fn a_take_that_is_ended_while_the_song_plays_ends_on_the_next_frame_and_no_other_begins() {
        let (mut film, mut reader) = pair(Cue::Song);
        for block in 0..6_u64 {
            if block == 3 {
                reader.seat.ended.store(true, Ordering::Release);
            }
            film.roll(block * 1920, RATE, true, false);
            if film.is_due(block * 1920, RATE) {
                film.show(RATE, LIVE, |_| {});
            }
            film.hear(&[1.0; 1920], &[0.0; 1920], LIVE);
        }
        reader.begin().expect("a take");
        assert_eq!(std::iter::from_fn(|| reader.next_view()).count(), 3);
        assert_eq!(heard(&mut reader).len(), 3 * 1920);
        assert!(reader.is_over() && reader.begin().is_none());
    }

    #[test]
    fn lost_blocks_become_silence_of_their_length_in_their_place() {
        let (mut film, mut reader) = pair(Cue::Now);
        film.roll(0, RATE, false, false);
        let block = |value: f32| vec![value; 96_000];
        (1..=6).for_each(|value| film.hear(&block(value as f32), &block(0.0), LIVE));
        reader.begin().expect("a take");
        let before = heard(&mut reader);
        film.hear(&block(7.0), &block(0.0), LIVE);
        let after = heard(&mut reader);
        assert_eq!(reader.lost(), (0, 192_000));
        let want: Vec<f32> = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 7.0].into_iter().flat_map(block).collect();
        assert!([before, after].concat() == want);
    }

    #[test]
    fn a_take_that_is_over_before_anybody_looks_knows_each_picture_it_lost() {
        let (mut film, mut reader) = pair(Cue::Song);
        let mut clock = 0;
        for pictures in [60, 40] {
            for _ in 0..pictures {
                film.roll(clock, RATE, true, false);
                film.show(RATE, LIVE, |_| {});
                film.hear(&[0.5; 1920], &[0.5; 1920], LIVE);
                clock += 1920;
            }
            film.roll(clock, RATE, false, false);
        }
        for pictures in [60, 40] {
            reader.begin().expect("a take");
            let shown = std::iter::from_fn(|| reader.next_view()).count() as u64;
            assert_eq!(heard(&mut reader).len(), pictures * 1920);
            assert!(reader.is_over());
            assert_eq!(shown + reader.lost().0, pictures as u64, "each is shown or counted");
        }
    }

    #[test]
    fn what_is_lost_at_a_takes_end_is_silence_too() {
        let (mut film, mut reader) = pair(Cue::Song);
        film.roll(0, RATE, true, false);
        (0..5).for_each(|_| film.hear(&[0.5; 96_000], &[0.5; 96_000], LIVE));
        film.roll(480_000, RATE, false, false);
        film.roll(480_000, RATE, true, false);
        drop(film);
        reader.begin().expect("a take");
        let take = heard(&mut reader);
        assert!(take.len() == 480_000 && take[384_000..].iter().all(|value| *value == 0.0));
        assert!(reader.is_over());
        assert!(reader.begin().is_some() && heard(&mut reader).is_empty() && reader.is_over());
    }

    #[test]
    fn a_recorder_that_takes_nothing_holds_an_offline_render_up_once_and_what_it_lacks_is_counted() {
        let (mut film, mut reader) = pair(Cue::Now);
        film.roll(0, RATE, true, true);
        let began = std::time::Instant::now();
        for number in 0..20 {
            film.show(RATE, Duration::from_millis(100), |_| {});
            film.hear(&[0.5; 40_000], &[0.5; 40_000], Duration::from_millis(100));
            assert!(began.elapsed() < Duration::from_secs(60), "picture {number}");
        }
        reader.begin().expect("a take");
        assert_eq!(reader.lost(), (4, 440_000));
        assert!(heard(&mut reader).len() >= 360_000 && reader.next_view().is_some());
        film.show(RATE, Duration::from_millis(100), |_| {});
        assert_eq!(reader.lost().0, 4, "where it takes again, it is waited for again");
    }

    #[test]
    fn an_offline_render_waits_for_room_but_not_for_a_recorder_that_is_gone() {
        let (mut film, mut reader) = pair(Cue::Bounce);
        film.roll(0, RATE, true, false);
        film.hear(&[0.5; 100], &[0.5; 100], LIVE);
        film.roll(100, RATE, true, true);
        let taker = std::thread::spawn(move || {
            while reader.begin().is_none() {
                std::thread::yield_now();
            }
            let mut frames = 0;
            while frames < 960_000 {
                frames += reader.take_sound(|_| Ok::<_, ()>(())).expect("no errors");
            }
            (frames, reader.lost())
        });
        (0..40).for_each(|_| film.hear(&[0.5; 24_000], &[0.5; 24_000], PATIENT));
        assert_eq!(taker.join().expect("reads"), (960_000, (0, 0)));
        (0..40).for_each(|_| film.hear(&[0.5; 24_000], &[0.5; 24_000], PATIENT));
    }
}
