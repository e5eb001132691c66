//! Where triggers begin: the frames a session's samplers show first, read before anything is triggered.

use std::{collections::BTreeSet, sync::Arc};

use videotracker_engine::{
    media::{MediaInfo, VideoInfo},
    module::{
        PortKind,
        samples::{Named, SampleWords},
    },
    name::Name,
    pattern::Tracker,
    plan,
    project::{Module, Project, Source},
    signal::control,
    snapshot::{MediaState, Snapshot},
};

use super::{compose::frame_at, scene::Picture};

/// Samples of a sampler, and frames in all, that are thought of.
const MOST: (usize, usize) = (64, 256);
/// Quarter notes of a song that cycle patterns are asked for.
const BEATS: f64 = 32.0;

/// The first frames of what may be triggered: of every step of the tracker patterns that samplers hear, in step order, of what
/// cycle patterns play as a song begins, and of every sample as it is played without a step's values.
#[must_use]
pub fn targets(snapshot: &Snapshot) -> Vec<Picture> {
    let project = &snapshot.project;
    let mut found = Found { snapshot, seen: BTreeSet::new(), pictures: Vec::new() };
    let samplers = project.modules.iter().filter(|(name, module)| {
        module.module_type().has_samples() && project.targets(name, PortKind::Video).next().is_some() && !module.samples.is_empty()
    });
    for (name, module) in samplers {
        for tracker in project.event_senders(name).flat_map(|sequencer| trackers(project, sequencer)) {
            for step in tracker.steps.iter().take(tracker.length).filter(|step| !step.is_rest()) {
                // A step without an index plays the module's.
                let index = usize::try_from(step.index).ok().or_else(|| whole(number(module, None, "index")));
                found.add(module, index.unwrap_or(0), &|param| step.values.get(param).copied());
            }
        }
        let words = SampleWords::of(&module.samples);
        for values in project.event_senders(name).flat_map(|sequencer| plan::coming(project, sequencer, BEATS, MOST.1)) {
            let Named::Sample(index) = words.named(values.map(), || module.samples.len(), number(module, None, "index")) else { continue };
            found.add(module, index, &|param| heard(param).iter().find_map(|control| values.get(*control)));
        }
        for index in 0..module.samples.len().min(MOST.0) {
            found.add(module, index, &|_| None);
        }
    }
    found.pictures
}

/// What a trigger says a parameter with.
fn heard(param: &str) -> &'static [u16] {
    match param {
        "regionStart" => &[control::REGION_START, control::BEGIN],
        "regionEnd" => &[control::REGION_END, control::END],
        "position" => &[control::POSITION],
        "speed" => &[control::SPEED],
        _ => &[],
    }
}

/// The tracker patterns a sequencer plays.
fn trackers<'a>(project: &'a Project, sequencer: &Name) -> Vec<&'a Tracker> {
    let pattern = |name: &Name| project.patterns.get(name).and_then(|slot| slot.pattern.as_tracker());
    match project.bindings.get(sequencer) {
        Some(Source::Pattern(name)) => pattern(name).into_iter().collect(),
        Some(Source::Chain(name)) => {
            project.chains.get(name).into_iter().flat_map(|chain| &chain.entries).filter_map(|entry| pattern(&entry.pattern)).collect()
        }
        None => Vec::new(),
    }
}

struct Found<'a> {
    snapshot: &'a Snapshot,
    /// Media by path, with their frames.
    seen: BTreeSet<(Name, u32)>,
    pictures: Vec<Picture>,
}

impl Found<'_> {
    fn add(&mut self, module: &Module, index: usize, said: &dyn Fn(&str) -> Option<f64>) {
        let Some(sample) = module.samples.get(index).filter(|_| self.pictures.len() < MOST.1) else { return };
        let Some(MediaState::Ready(info)) = self.snapshot.media.get(&sample.asset) else { return };
        let Some(video) = &info.video else { return };
        let param = |name: &str| said(name).unwrap_or_else(|| number(module, Some(index), name));
        let frame = first_frame(info, video, &param);
        if self.seen.insert((sample.asset.clone(), frame)) {
            self.pictures.push(Picture { info: Arc::new(video.clone()), frame });
        }
    }
}

/// The frame that a trigger shows first: at its position in the region, backwards counted from the region's end.
fn first_frame(info: &MediaInfo, video: &VideoInfo, param: &dyn Fn(&str) -> f64) -> u32 {
    let (start, end) = (param("regionStart") * info.secs, param("regionEnd") * info.secs);
    let skipped = param("position") * (end - start);
    // Backwards the end itself lies behind the last frame.
    let secs = if param("speed") < 0.0 { end - skipped - 1e-4 } else { start + skipped };
    frame_at(video, secs)
}

/// A parameter's number for a sample.
fn number(module: &Module, sample: Option<usize>, name: &str) -> f64 {
    let Some(found) = module.module_type().param(name) else { return 0.0 };
    let own = sample.and_then(|index| module.samples.get(index)).and_then(|sample| sample.params.get(name));
    let value = own.or_else(|| module.params.get(name));
    value.and_then(|value| found.spec.number_of(value)).unwrap_or(found.spec.default)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within its parameter's range")]
fn whole(number: f64) -> Option<usize> {
    (0.0..=4096.0).contains(&number).then_some(number as usize)
}
