//! What views show of media: waveforms down to single frames, and strips of small pictures. Made in the background, kept.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{AudioData, FrameBuffer, FrameReader, Media, MediaError, VideoInfo, error::About, source};

/// Frames of sound in one entry of the finest level; finer than that, the sound itself is asked.
const BIN: usize = 64;
/// Entries of one level in an entry of the next.
const STEP: usize = 4;
/// Pictures of a strip, at most.
pub const STRIP: u32 = 16;
/// Largest picture of a strip.
const SMALL: (u32, u32) = (96, 54);
/// How long dropping waits for its thread.
const JOIN_LIMIT: Duration = Duration::from_secs(1);
/// Previews of each kind that are kept.
const KEPT: usize = 128;

/// The lowest and highest sample of each channel over some frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Lowest, left and right.
    pub min: [f32; 2],
    /// Highest, left and right.
    pub max: [f32; 2],
}

impl Peak {
    const NONE: Self = Self { min: [f32::INFINITY; 2], max: [f32::NEG_INFINITY; 2] };

    fn with(self, other: Self) -> Self {
        let each = |c: usize| (self.min[c].min(other.min[c]), self.max[c].max(other.max[c]));
        let (left, right) = (each(0), each(1));
        Self { min: [left.0, right.0], max: [left.1, right.1] }
    }

    const fn of(frame: [f32; 2]) -> Self {
        Self { min: frame, max: frame }
    }

    fn over(peaks: &[Self]) -> Self {
        peaks.iter().fold(Self::NONE, |all, peak| all.with(*peak))
    }
}

/// A pyramid of peaks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waveform {
    frames: usize,
    /// Level `i` holds a peak for each `BIN · STEPⁱ` frames.
    levels: Vec<Vec<Peak>>,
}

impl Waveform {
    /// The pyramid of a sound.
    #[must_use]
    pub fn of(sound: &AudioData) -> Self {
        let over = |frames: &[[f32; 2]]| frames.iter().fold(Peak::NONE, |all, frame| all.with(Peak::of(*frame)));
        let mut first = Vec::with_capacity(sound.frames.len().div_ceil(BIN));
        let mut part = vec![[0.0; 2]; BIN * 64];
        for at in (0..sound.frames.len()).step_by(part.len()) {
            let count = part.len().min(sound.frames.len() - at);
            if sound.frames.read(at, &mut part[..count]).is_none() {
                part[..count].fill([0.0; 2]);
            }
            first.extend(part[..count].chunks(BIN).map(over));
        }
        let mut levels: Vec<Vec<Peak>> = vec![first];
        while let Some(level) = levels.last().filter(|level| level.len() > STEP) {
            levels.push(level.chunks(STEP).map(Peak::over).collect());
        }
        Self { frames: sound.frames.len(), levels }
    }

    /// The peak of each of `columns` equal parts of the frames from `from` to `to`, exact to the frame: a part that is
    /// smaller than a frame shows the frame it lies in, a part outside the sound is silent.
    #[must_use]
    pub fn peaks(&self, sound: &AudioData, from: f64, to: f64, columns: usize) -> Vec<Peak> {
        let silent = Peak { min: [0.0; 2], max: [0.0; 2] };
        let edge = |column: usize| from + (to - from) * column as f64 / columns.max(1) as f64;
        let clamp = |at: f64| at.clamp(0.0, self.frames as f64) as usize;
        let part = |column: usize| {
            let (begin, end) = (edge(column).floor(), edge(column + 1).ceil());
            let (first, last) = (clamp(begin), clamp(end));
            if last <= first || end <= 0.0 { silent } else { self.peak(sound, first, last) }
        };
        (0..columns).map(part).collect()
    }

    /// The peak of the frames `first..last`, from as few entries as there are.
    fn peak(&self, sound: &AudioData, first: usize, last: usize) -> Peak {
        let raw = |range: std::ops::Range<usize>| {
            let mut frames = [[0.0; 2]; 2 * BIN];
            let frames = &mut frames[..range.len().min(2 * BIN)];
            if sound.frames.read(range.start, frames).is_none() {
                return Peak::NONE;
            }
            frames.iter().fold(Peak::NONE, |all, frame| all.with(Peak::of(*frame)))
        };
        let (mut low, mut high) = (first.div_ceil(BIN), last / BIN);
        if low >= high {
            return raw(first..last);
        }
        let mut all = raw(first..low * BIN).with(raw(high * BIN..last));
        for (i, level) in self.levels.iter().enumerate() {
            let (next_low, next_high) = (low.div_ceil(STEP), high / STEP);
            if next_low >= next_high || i + 1 == self.levels.len() {
                return all.with(Peak::over(level.get(low..high).unwrap_or_default()));
            }
            all = all.with(Peak::over(level.get(low..next_low * STEP).unwrap_or_default()));
            all = all.with(Peak::over(level.get(next_high * STEP..high).unwrap_or_default()));
            (low, high) = (next_low, next_high);
        }
        all
    }
}

/// A strip of small pictures, evenly spread over a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Width of each in pixels.
    pub width: u32,
    /// Height of each.
    pub height: u32,
    /// The frame each shows.
    pub frames: Vec<u32>,
    /// Their pixels in RGBA8 (sRGB, alpha not premultiplied), one picture after the other.
    pub rgba: Vec<u8>,
}

impl Strip {
    /// The strip of a picture; a still has one.
    ///
    /// # Errors
    /// Why a frame can't be read.
    pub fn of(info: &VideoInfo) -> Result<Self, MediaError> {
        let mut reader = FrameReader::open(&info.path)?;
        let count = info.frames.clamp(1, STRIP);
        let (width, height) = fitted(info.width.max(1), info.height.max(1));
        let mut strip = Self { width, height, frames: Vec::new(), rgba: Vec::new() };
        let (mut frame, mut pixels) = (FrameBuffer::default(), Vec::new());
        for i in 0..count {
            // The middle of each part, so that a fade from black shows something.
            let index = ((u64::from(i) * 2 + 1) * u64::from(info.frames) / (u64::from(count) * 2)) as u32;
            reader.read(index, &mut frame)?;
            frame.decode_into(&mut pixels);
            strip.frames.push(index);
            shrink(&pixels, (frame.width as usize, frame.height as usize), (width as usize, height as usize), &mut strip.rgba);
        }
        Ok(strip)
    }
}

/// The largest size of that shape within [`SMALL`].
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let scale = (f64::from(SMALL.0) / f64::from(width)).min(f64::from(SMALL.1) / f64::from(height)).min(1.0);
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    (side(width), side(height))
}

/// Averages the pixels that fall into each smaller one.
fn shrink(pixels: &[u8], (width, height): (usize, usize), (to_width, to_height): (usize, usize), out: &mut Vec<u8>) {
    let pixels = pixels.as_chunks::<4>().0;
    for y in 0..to_height {
        let rows = y * height / to_height..((y + 1) * height / to_height).max(y * height / to_height + 1);
        for x in 0..to_width {
            let columns = x * width / to_width..((x + 1) * width / to_width).max(x * width / to_width + 1);
            let (mut sum, mut count) = ([0u32; 4], 0);
            for pixel in rows.clone().flat_map(|row| pixels.get(row * width + columns.start..row * width + columns.end).unwrap_or_default())
            {
                sum = std::array::from_fn(|c| sum[c] + u32::from(pixel[c]));
                count += 1;
            }
            out.extend(sum.map(|s| (s / count.max(1)) as u8));
        }
    }
}

/// Makes previews on one background thread, which starts with the first request and ends with this.
#[derive(Debug, Default)]
pub struct Previews {
    shelves: Arc<Shelves>,
    worker: Mutex<Option<(mpsc::Sender<Wanted>, JoinHandle<()>)>>,
}

#[derive(Debug, Default)]
struct Shelves {
    stop: AtomicBool,
    /// How many were made.
    made: AtomicU64,
    waveforms: Mutex<Shelf<(String, u64), Waveform>>,
    strips: Mutex<Shelf<String, Strip>>,
}

#[derive(Debug)]
enum Wanted {
    Waveform((String, u64), Arc<AudioData>),
    Strip(String, VideoInfo),
}

/// What was made, by content; the oldest goes first.
#[derive(Debug)]
struct Shelf<K, V> {
    made: HashMap<K, Option<Arc<V>>>,
    order: VecDeque<K>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { made: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Shelf<K, V> {
    /// What is there, or `None` with a place kept for it; says whether it has to be made.
    fn ask(&mut self, key: &K) -> (Option<Arc<V>>, bool) {
        if let Some(made) = self.made.get(key) {
            return (made.clone(), false);
        }
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.made.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.made.insert(key.clone(), None);
        (None, true)
    }

    fn put(&mut self, key: &K, value: Arc<V>) {
        if let Some(place) = self.made.get_mut(key) {
            *place = Some(value);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Previews {
    /// The waveform of a medium's sound; `None` while it is being made, or where there is none. Never waits.
    #[must_use]
    pub fn waveform(&self, media: &Media) -> Option<Arc<Waveform>> {
        let sound = media.audio.as_ref()?;
        let key = (media.info.hash.clone(), sound.rate.to_bits());
        let (found, make) = lock(&self.shelves.waveforms).ask(&key);
        if make {
            self.want(Wanted::Waveform(key, Arc::clone(sound)));
        }
        found
    }

    /// The strip of a medium's picture; `None` while it is being made, or where there is none. Never waits.
    #[must_use]
    pub fn strip(&self, media: &Media) -> Option<Arc<Strip>> {
        let info = media.info.video.as_ref()?;
        let key = media.info.hash.clone();
        let (found, make) = lock(&self.shelves.strips).ask(&key);
        if make {
            self.want(Wanted::Strip(key, info.clone()));
        }
        found
    }

    /// How many previews were made: it grows when one that was waited for can be shown.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.shelves.made.load(Ordering::Relaxed)
    }

    fn want(&self, wanted: Wanted) {
        let mut worker = lock(&self.worker);
        if worker.is_none() {
            let (tx, rx) = mpsc::channel::<Wanted>();
            let shelves = Arc::clone(&self.shelves);
            let spawned = std::thread::Builder::new().name("previews".to_owned()).spawn(move || {
                for wanted in rx {
                    if shelves.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    make(&shelves, wanted);
                    shelves.made.fetch_add(1, Ordering::Relaxed);
                }
            });
            // Without a thread there are no previews; the music plays on.
            *worker = spawned.ok().map(|thread| (tx, thread));
        }
        if let Some((tx, _)) = &*worker {
            let _ = tx.send(wanted);
        }
    }
}

fn make(shelves: &Shelves, wanted: Wanted) {
    match wanted {
        Wanted::Waveform(key, sound) => {
            // Without a waveform the music plays on.
            if let Ok(waveform) = source::contain(About(Path::new("waveform")), || Ok(Waveform::of(&sound))) {
                lock(&shelves.waveforms).put(&key, Arc::new(waveform));
            }
        }
        Wanted::Strip(key, info) => {
            // A strip that can't be made stays away; playing the clip says why.
            if let Ok(strip) = source::contain(About(&info.path), || Strip::of(&info)) {
                lock(&shelves.strips).put(&key, Arc::new(strip));
            }
        }
    }
}

impl Drop for Previews {
    /// Forgets what is still wanted and waits for the preview at hand, at most 1 s.
    fn drop(&mut self) {
        self.shelves.stop.store(true, Ordering::Relaxed);
        if let Some((tx, thread)) = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            drop(tx);
            let started = Instant::now();
            while !thread.is_finished() && started.elapsed() < JOIN_LIMIT {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                thread.join().ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(count: usize) -> AudioData {
        let mut seed = 1u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(seed) / f64::from(u32::MAX)) as f32 * 2.0 - 1.0
        };
        AudioData { rate: 48_000.0, frames: (0..count).map(|_| [next(), next()]).collect() }
    }

    #[test]
    fn every_zoom_shows_the_very_lowest_and_highest_sample() {
        for count in [1, 63, 64, 65, 5_000, 100_003] {
            let sound = sound(count);
            let waveform = Waveform::of(&sound);
            for (from, to, columns) in
                [(0.0, count as f64, 7), (0.0, count as f64, 1), (10.0, 40.0, 30), (0.25, 3.75, 14), (-9.0, 2.0 * count as f64, 50)]
            {
                for (i, peak) in waveform.peaks(&sound, from, to, columns).into_iter().enumerate() {
                    let edge = |i: usize| from + (to - from) * i as f64 / columns as f64;
                    let (first, last) = (edge(i).floor().max(0.0) as usize, (edge(i + 1).ceil().max(0.0) as usize).min(count));
                    let frames = sound.frames.get(first..last).unwrap_or_default();
                    for c in 0..2 {
                        let low = frames.iter().map(|f| f[c]).reduce(f32::min).unwrap_or(0.0);
                        let high = frames.iter().map(|f| f[c]).reduce(f32::max).unwrap_or(0.0);
                        assert_eq!((peak.min[c], peak.max[c]), (low, high), "{count} frames, {from}–{to}, column {i}");
                    }
                }
            }
        }
    }
}
