//! The reading thread of a live window: takes requests, the newest list replacing the one before, and gives frames.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use videotracker_engine::{
    files,
    media::{FrameBuffer, VideoInfo},
    panics::caught,
};

use crate::video::source::{FrameSource, Media};

/// Frames' memory kept for reuse.
const SPARE_FRAMES: usize = 8;
/// Readers kept open; the one that waited longest closes for another.
const MAX_OPEN: usize = 128;

/// Longest that closing waits for the frame at hand.
const CLOSING: Duration = Duration::from_secs(1);

/// A frame to read.
#[derive(Clone, Debug)]
pub(super) struct FrameRequest {
    pub(super) key: (u32, u32),
    pub(super) info: Arc<VideoInfo>,
}

/// A frame that was read, or why not.
pub(super) struct Done {
    pub(super) key: (u32, u32),
    pub(super) read: Result<FrameBuffer, String>,
    /// How long reading took.
    pub(super) took: Duration,
}

#[derive(Default)]
struct Desk {
    /// Most urgent last.
    requests: Vec<FrameRequest>,
    reading: Option<(u32, u32)>,
    done: Vec<Done>,
    spare: Vec<FrameBuffer>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    requested: Condvar,
    arrived: Condvar,
}

/// The thread's handle; dropping it ends the thread, and leaves one behind whose disk does not answer.
pub(super) struct Loader {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    pub(super) fn start(media: Arc<dyn Media>) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        // Without a thread nothing arrives, and the window stays black; there is no better answer then.
        let thread = std::thread::Builder::new().name("video-reader".into()).spawn(move || read_loop(&theirs, &*media)).ok();
        Self { shared, thread }
    }

    /// Replaces the requests (most urgent first) and takes what has arrived, waiting at most `patience` for the `urgent` ones.
    pub(super) fn exchange(&self, mut requests: Vec<FrameRequest>, urgent: &[(u32, u32)], patience: Duration) -> Vec<Done> {
        let deadline = Instant::now() + patience;
        let mut desk = self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner);
        requests.retain(|request| desk.reading != Some(request.key) && desk.done.iter().all(|done| done.key != request.key));
        requests.reverse();
        desk.requests = requests;
        self.shared.requested.notify_one();
        while self.thread.is_some() && urgent.iter().any(|key| desk.done.iter().all(|done| done.key != *key)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            desk = self.shared.arrived.wait_timeout(desk, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut desk.done)
    }

    /// Hands a frame's memory back for reuse.
    pub(super) fn give_back(&self, frame: FrameBuffer) {
        let mut desk = self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if desk.spare.len() < SPARE_FRAMES {
            desk.spare.push(frame);
        }
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.requested.notify_one();
        if let Some(thread) = self.thread.take() {
            files::join_within(thread, CLOSING);
        }
    }
}

fn read_loop(shared: &Shared, media: &dyn Media) {
    let mut open = Open::default();
    let mut desk = shared.desk.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if desk.closed {
            return;
        }
        let Some(request) = desk.requests.pop() else {
            desk = shared.requested.wait(desk).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let mut frame = desk.spare.pop().unwrap_or_default();
        desk.reading = Some(request.key);
        drop(desk);
        let began = Instant::now();
        let read = caught(|| read(&mut open, media, &request, &mut frame)).unwrap_or_else(|why| {
            // A reader that broke off is opened anew.
            open = Open::default();
            Err(format!("an error inside videoTracker ({why})"))
        });
        let read = read.map(|()| frame);
        let took = began.elapsed();
        desk = shared.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.reading = None;
        desk.done.push(Done { key: request.key, read, took });
        shared.arrived.notify_one();
    }
}

/// The readers that are open, each with the count of reads at its last.
#[derive(Default)]
struct Open {
    readers: HashMap<u32, (Box<dyn FrameSource>, u64)>,
    reads: u64,
}

fn read(open: &mut Open, media: &dyn Media, request: &FrameRequest, frame: &mut FrameBuffer) -> Result<(), String> {
    let (clip, index) = request.key;
    open.reads += 1;
    if !open.readers.contains_key(&clip) {
        if open.readers.len() >= MAX_OPEN
            && let Some((&idle, _)) = open.readers.iter().min_by_key(|(_, (_, last))| *last)
        {
            open.readers.remove(&idle);
        }
        open.readers.insert(clip, (media.open(&request.info)?, 0));
    }
    match open.readers.get_mut(&clip) {
        Some((source, last)) => {
            *last = open.reads;
            source.read(index, frame)
        }
        None => Err(format!("{} can't be read", request.info.path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Media whose first reader breaks off.
    #[derive(Default)]
    struct Breaks(std::sync::atomic::AtomicBool);

    struct Whole;

    impl FrameSource for Whole {
        fn read(&mut self, _: u32, frame: &mut FrameBuffer) -> Result<(), String> {
            frame.width = 7;
            Ok(())
        }
    }

    impl Media for Breaks {
        fn picture(&self, _: u32, _: u32) -> Option<Arc<VideoInfo>> {
            None
        }

        fn open(&self, _: &VideoInfo) -> Result<Box<dyn FrameSource>, String> {
            assert!(self.0.swap(true, std::sync::atomic::Ordering::AcqRel), "as told");
            Ok(Box::new(Whole))
        }
    }

    #[test]
    fn a_reader_that_panics_is_said_and_the_next_frame_comes() {
        let info = VideoInfo { path: "a.mov".into(), width: 4, height: 4, fps: (25, 1), frames: 9, codec: "HAP".into() };
        let (loader, info) = (Loader::start(Arc::new(Breaks::default())), Arc::new(info));
        let get = |key: (u32, u32)| {
            let request = FrameRequest { key, info: Arc::clone(&info) };
            loader.exchange(vec![request], &[key], Duration::from_secs(60)).remove(0).read
        };
        assert!(get((1, 0)).is_err_and(|why| why.contains("as told")));
        assert_eq!(get((1, 1)).map(|frame| frame.width), Ok(7));
    }
}
