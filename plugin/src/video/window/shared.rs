//! The picture that several instances in one process show together.
//!
//! Each instance's engine joins a list of the process. A window whose instance shares its picture composes the pictures of
//! all that do, each heard at its own moment, and lays them over each other in their order; so every such window shows the
//! same. Recordings stay each instance's own: their clocks have no frame in common.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use videotracker_engine::{engine::Engine, name::Name, view::Placement};

use super::feed::{EngineFeed, Feed};
use crate::video::scene::{Content, Group, Layer, Scene, Share};

/// Ids of modules that an instance may use; beyond them they meet another instance's.
const IDS: u32 = 1 << 20;

/// The engines of this process.
#[derive(Debug)]
struct Members {
    /// Grows with every change.
    revision: u64,
    next: u32,
    list: Vec<(u32, Weak<Engine>)>,
}

static MEMBERS: Mutex<Members> = Mutex::new(Members { revision: 1, next: 0, list: Vec::new() });

fn members() -> MutexGuard<'static, Members> {
    MEMBERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An engine's place on the list of the process, until it is dropped.
#[derive(Debug)]
pub struct Membership(u32);

impl Membership {
    /// Puts an engine on the list.
    #[must_use]
    pub fn join(engine: &Arc<Engine>) -> Self {
        let mut members = members();
        let number = members.next;
        members.next = number.wrapping_add(1);
        members.revision += 1;
        members.list.push((number, Arc::downgrade(engine)));
        Self(number)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut members = members();
        members.list.retain(|(number, _)| *number != self.0);
        members.revision += 1;
    }
}

/// What an instance's window shows: its own picture, or the shared one it is part of.
#[derive(Debug)]
pub struct SharedFeed {
    engine: Arc<Engine>,
    own: EngineFeed,
    /// The others, by their numbers, as of a revision of the list.
    others: Vec<(u32, EngineFeed)>,
    number: u32,
    revision: u64,
}

impl SharedFeed {
    /// A feed for an instance's window.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { own: EngineFeed::new(Arc::clone(&engine)), engine, others: Vec::new(), number: u32::MAX, revision: 0 }
    }

    /// Takes over who is there.
    fn look_around(&mut self) {
        let members = members();
        if members.revision == self.revision {
            return;
        }
        self.revision = members.revision;
        let there: Vec<_> = members.list.iter().filter_map(|(number, engine)| Some((*number, engine.upgrade()?))).collect();
        drop(members);
        // A feed keeps its engine alive, so the feeds of instances that are gone are dropped.
        self.others.retain(|(number, _)| there.iter().any(|(other, _)| other == number));
        for (number, engine) in there {
            if Arc::ptr_eq(&engine, &self.engine) {
                self.number = number;
            } else if self.others.iter().all(|(other, _)| *other != number) {
                self.others.push((number, EngineFeed::new(engine)));
            }
        }
    }
}

impl Feed for SharedFeed {
    fn scene(&mut self, moment: Instant) -> Scene {
        let scene = self.own.scene(moment);
        let Some(share) = scene.share else {
            (self.revision, self.others) = (0, Vec::new());
            return scene;
        };
        self.look_around();
        let mut parts = vec![(self.number, share, scene)];
        for (number, feed) in &mut self.others {
            let scene = feed.scene(moment);
            parts.extend(scene.share.map(|share| (*number, share, scene)));
        }
        stacked(parts)
    }
}

/// Pictures laid over each other, those of lower order below, equal ones by their numbers. Background and size are the
/// lowest one's.
fn stacked(mut parts: Vec<(u32, Share, Scene)>) -> Scene {
    parts.sort_by_key(|(number, share, _)| (share.order, *number));
    let mut whole = Scene { opacity: 1.0, ..Scene::default() };
    let mut layers = Vec::new();
    for (index, (number, share, scene)) in parts.into_iter().enumerate() {
        if index == 0 {
            (whole.background, whole.canvas) = (scene.background.map(|colour| colour * scene.opacity), scene.canvas);
        }
        let first = whole.groups.len();
        whole.groups.extend(scene.groups.into_iter().map(|group| moved(group, first, number)));
        whole.ahead.extend(scene.ahead);
        if whole.groups.len() > first {
            let content = Content::Group(whole.groups.len() - 1);
            layers.push(Layer { content, opacity: scene.opacity, blend: share.blend, place: Placement::default() });
        }
    }
    whole.groups.push(Group { layers, feedback: None });
    whole
}

/// A group behind `first` others, with what it remembers from picture to picture under its instance's number.
fn moved(mut group: Group, first: usize, number: u32) -> Group {
    let own = |instance: u32| instance.wrapping_add(number.wrapping_add(1).wrapping_mul(IDS));
    for layer in &mut group.layers {
        match &mut layer.content {
            Content::Group(place) => *place += first,
            Content::Effect(effect) => {
                effect.inputs.iter_mut().for_each(|place| *place += first);
                effect.instance = own(effect.instance);
            }
            Content::Spectrogram(spectrogram) => spectrogram.instance = own(spectrogram.instance),
            Content::Picture(_) | Content::Trace(_) => {}
        }
    }
    if let Some(feedback) = &mut group.feedback {
        feedback.key = Name::new(&format!("{number}/{}", feedback.key));
    }
    group
}
