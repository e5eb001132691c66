//! From the session and the audio thread's view to scenes: pure functions, no device.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use videotracker_engine::{
    media::VideoInfo,
    module::{Picture as PictureKind, PortKind, Role, picture::PLACE},
    name::Name,
    project::Module,
    snapshot::Snapshot,
    view::{
        Placement, SCOPE_POINTS, VIDEO_PARAMS, VideoParams, ViewFrame, VoiceView,
        tape::{LONGEST, Tape},
    },
};

use super::{
    scene::{Blend, Content, Feedback, Group, Layer, Picture, Scene, Share, Spectrogram, Trace},
    source::Media,
};

/// Deepest nesting of mixers that is drawn; a cable beyond it shows nothing.
pub(super) const MAX_DEPTH: usize = 32;

/// A media time this much before a frame's start shows that frame already: the start is seldom a representable number.
const TIE_SECS: f64 = 1e-6;
/// New pictures that are read ahead for each voice, at least and at most, and the time they are to cover: a reader that the
/// system keeps waiting is late by less.
const AHEAD: (i32, i32) = (3, 6);
const AHEAD_SECS: f64 = 0.1;
/// Shortest time between two pictures.
const PICTURE_SECS: f64 = 1.0 / 60.0;

/// What every videoOut of the session shows `offset_secs` after the view's frame, by name.
///
/// Parameters come from the view, where automation is in force, and from the snapshot where the view does not
/// know the module yet.
#[must_use]
pub fn scenes(snapshot: &Snapshot, view: &ViewFrame, media: &dyn Media, offset_secs: f64) -> Vec<Scene> {
    snapshot
        .project
        .modules
        .iter()
        .filter(|(_, module)| module.module_type().role == Role::Master(PortKind::Video))
        .map(|(name, _)| {
            let (groups, ahead, done) = (Vec::new(), Vec::new(), BTreeMap::new());
            Composer { snapshot, view, media, offset_secs, groups, ahead, done }.output(name)
        })
        .collect()
}

/// What the session's first videoOut shows; black where there is none.
#[must_use]
pub fn main_scene(snapshot: &Snapshot, view: &ViewFrame, media: &dyn Media, offset_secs: f64) -> Scene {
    scenes(snapshot, view, media, offset_secs).into_iter().next().unwrap_or_default()
}

/// Seconds by which the session's first videoOut wants to be later than its sound.
#[must_use]
pub fn offset_secs(snapshot: &Snapshot, view: &ViewFrame) -> f64 {
    let output = snapshot.project.modules.iter().find(|(_, module)| module.module_type().role == Role::Master(PortKind::Video));
    output.and_then(|(name, _)| Params::of(snapshot, view, name)).map_or(0.0, |params| params.number("offsetMs") / 1000.0)
}

/// A voice's media time `offset_secs` later, wrapped where it loops.
#[must_use]
pub fn media_time(voice: &VoiceView, offset_secs: f64) -> f64 {
    let time = voice.media_secs + offset_secs * voice.speed;
    let (start, end) = (voice.loop_secs.0.min(voice.loop_secs.1), voice.loop_secs.0.max(voice.loop_secs.1));
    // A tie with the loop's end goes up as well: it is the loop's start.
    let leaves = if voice.speed < 0.0 { time < start } else { time >= end - TIE_SECS };
    if end > start && leaves && time.is_finite() { start + (time - start + TIE_SECS).rem_euclid(end - start) - TIE_SECS } else { time }
}

/// The frames a voice shows in its next new pictures, over loop edges and at its speed, and the one it came from.
fn coming<'a>(info: &'a VideoInfo, voice: &'a VoiceView, offset_secs: f64) -> impl Iterator<Item = u32> + 'a {
    let source = f64::from(info.fps.1) / f64::from(info.fps.0.max(1)) / voice.speed.abs().max(1e-3);
    let step = source.max(PICTURE_SECS);
    #[allow(clippy::cast_possible_truncation, reason = "at most six")]
    let most = ((AHEAD_SECS / step).ceil() as i32).clamp(AHEAD.0, AHEAD.1);
    let turns = (1..=most).chain([-1]).filter(|_| voice.speed != 0.0 && info.frames > 1);
    turns.map(move |turn| frame_at(info, media_time(voice, offset_secs + f64::from(turn) * step)))
}

/// The frame that a medium shows at a time: `floor((secs + 1e-6) · fps)`, within the clip. A tie within a
/// microsecond goes up, so that a frame's own start, which is seldom a representable number, shows that frame.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the clip first")]
pub fn frame_at(info: &VideoInfo, secs: f64) -> u32 {
    let fps = f64::from(info.fps.0) / f64::from(info.fps.1.max(1));
    let last = f64::from(info.frames.saturating_sub(1));
    let frame = ((secs + TIE_SECS) * fps).floor();
    if frame.is_nan() { 0 } else { frame.clamp(0.0, last) as u32 }
}

/// Light-preserving share of each added layer: where their opacities sum to more than 1, each is divided by the sum.
#[must_use]
pub fn add_share(layers: &[Layer]) -> f32 {
    let sum: f32 = layers.iter().filter(|layer| layer.blend == Blend::Add).map(|layer| layer.opacity).sum();
    if sum > 1.0 { 1.0 / sum } else { 1.0 }
}

/// A module's parameters in force.
pub(super) struct Params<'a> {
    pub(super) module: &'a Module,
    view: Option<&'a VideoParams>,
}

impl<'a> Params<'a> {
    fn of(snapshot: &'a Snapshot, view: &'a ViewFrame, name: &str) -> Option<Self> {
        let module = snapshot.project.modules.get(name)?;
        let id = snapshot.ids.get(name).copied();
        let known = view.video.iter().take(view.video_count);
        Some(Params { module, view: known.into_iter().find(|params| Some(params.module) == id) })
    }
}

impl Params<'_> {
    /// A parameter's number; 0 for a name the type doesn't know.
    pub(super) fn number(&self, name: &str) -> f64 {
        let Some(found) = self.module.module_type().param(name) else { return 0.0 };
        match self.view {
            Some(view) if found.index < VIDEO_PARAMS && (view.kind == 0 || view.kind == self.module.module_type().mark()) => {
                f64::from(view.values[found.index])
            }
            _ => self.module.param(name).and_then(|value| found.spec.number_of(&value)).unwrap_or(found.spec.default),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "pictures are drawn in single precision")]
    pub(super) fn unit(&self, name: &str) -> f32 {
        (self.number(name) as f32).clamp(0.0, 1.0)
    }

    pub(super) fn on(&self, name: &str) -> bool {
        self.number(name) >= 0.5
    }

    /// Where its picture lies.
    #[allow(clippy::cast_possible_truncation, reason = "pictures are drawn in single precision")]
    fn place(&self) -> Placement {
        PLACE.map(|spec| self.number(spec.name) as f32).into()
    }

    /// The size an output is composed in, where it has one of its own.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within their ranges")]
    fn canvas(&self) -> Option<(u32, u32)> {
        let [width, height] = ["width", "height"].map(|name| self.number(name).max(0.0) as u32);
        (width > 0 && height > 0).then_some((width, height))
    }

    /// An output's place in the shared picture, where it is part of that.
    #[allow(clippy::cast_possible_truncation, reason = "within its range")]
    fn share(&self) -> Option<Share> {
        let share = || Share { order: self.number("sharedOrder") as i32, blend: Blend::at(self.choice("sharedBlend")) };
        self.on("shared").then(share)
    }

    /// What of a mixer's picture before lies below its inputs.
    #[allow(clippy::cast_possible_truncation, reason = "pictures are drawn in single precision")]
    fn feedback(&self, name: &Name) -> Option<Feedback> {
        let opacity = self.unit("feedback");
        let (size, rotation) = (self.number("feedbackSize") as f32, self.number("feedbackRotation") as f32);
        let place = Placement { size, rotation, ..Placement::default() };
        (opacity > 0.0).then(|| Feedback { key: name.clone(), opacity, place })
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 first; choices are short lists")]
    fn choice(&self, name: &str) -> usize {
        self.number(name).round().max(0.0) as usize
    }
}

/// A layer as an input brings it.
pub(super) struct Brought {
    pub(super) layer: Layer,
    /// The onset of its voice; what is there all the time lies below every voice.
    onset: u64,
}

impl From<Layer> for Brought {
    fn from(layer: Layer) -> Self {
        Self { layer, onset: 0 }
    }
}

pub(super) struct Composer<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) view: &'a ViewFrame,
    media: &'a dyn Media,
    pub(super) offset_secs: f64,
    pub(super) groups: Vec<Group>,
    /// Frames that come next, with how soon.
    ahead: Vec<(usize, Picture)>,
    /// Mixers composed already, with their place in `groups`.
    pub(super) done: BTreeMap<Name, Option<usize>>,
}

impl<'a> Composer<'a> {
    fn output(mut self, name: &Name) -> Scene {
        let root = self.mixer(name, 0);
        let params = self.params(name);
        let opacity = params.as_ref().map_or(0.0, |params| params.unit("masterOpacity"));
        let colour = ["backgroundRed", "backgroundGreen", "backgroundBlue"];
        let background =
            params.as_ref().filter(|params| params.on("enabled")).map_or([0.0; 3], |params| colour.map(|name| params.unit(name)));
        // A videoOut has no video output, so nothing refers to it: its group is the last.
        let place = params.as_ref().map(Params::place).unwrap_or_default();
        match root {
            None => self.groups.clear(),
            Some(root) if place != Placement::default() => {
                let whole = Layer { content: Content::Group(root), opacity: 1.0, blend: Blend::Alpha, place };
                self.groups.push(Group { layers: vec![whole], feedback: None });
            }
            Some(_) => {}
        }
        let opacity = opacity * self.view.video_opacity.clamp(0.0, 1.0);
        let canvas = params.as_ref().and_then(Params::canvas);
        let share = params.as_ref().and_then(Params::share);
        // Every voice's next one before any voice's one after that.
        self.ahead.sort_by_key(|(soon, _)| *soon);
        let ahead = self.ahead.into_iter().map(|(_, picture)| picture).collect();
        Scene { output: name.clone(), groups: self.groups, opacity, background, canvas, ahead, share }
    }

    pub(super) fn params(&self, name: &str) -> Option<Params<'a>> {
        Params::of(self.snapshot, self.view, name)
    }

    /// Composes a mixer's or output's inputs into a group; `None` where it is off or too deep.
    fn mixer(&mut self, name: &Name, depth: usize) -> Option<usize> {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        // A cable that came round to here finds nothing instead of going round for ever.
        self.done.insert(name.clone(), None);
        let params = self.params(name).filter(|params| depth < MAX_DEPTH && params.on("enabled"))?;
        let mut inputs = Vec::new();
        let snapshot = self.snapshot;
        for (input, from) in snapshot.project.inputs(name, PortKind::Video).enumerate() {
            let opacity = params.unit(&format!("connectionOpacity_{input}"));
            let forced = params.choice(&format!("connectionBlend_{input}")).checked_sub(1).map(Blend::at);
            let order = params.number(&format!("connectionOrder_{input}"));
            for mut brought in self.input(from, Blend::at(params.choice("blendMode")), depth) {
                brought.layer.opacity *= opacity;
                brought.layer.blend = forced.unwrap_or(brought.layer.blend);
                if brought.layer.opacity > 0.0 {
                    inputs.push((order, brought));
                }
            }
        }
        let by_onset = params.choice("order") == 1;
        // Stable, so that equal ones stay in cable order.
        inputs.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(if by_onset { x.onset.cmp(&y.onset) } else { Ordering::Equal }));
        let mut layers: Vec<Layer> = inputs.into_iter().map(|(_, brought)| brought.layer).collect();
        if params.on("autoNormalize") {
            let share = add_share(&layers);
            layers.iter_mut().filter(|layer| layer.blend == Blend::Add).for_each(|layer| layer.opacity *= share);
        }
        let feedback = params.feedback(name);
        self.groups.push(Group { layers, feedback });
        let index = self.groups.len() - 1;
        self.done.insert(name.clone(), Some(index));
        Some(index)
    }

    /// The layers one input brings, lowest first.
    pub(super) fn input(&mut self, from: &Name, blend: Blend, depth: usize) -> Vec<Brought> {
        let Some(params) = self.params(from) else { return Vec::new() };
        let kind = params.module.module_type();
        match kind.picture {
            PictureKind::Voices => self.voices(from, &params, blend),
            PictureKind::Layers if kind.sends(PortKind::Video) => {
                let (opacity, place) = (params.unit("masterOpacity"), params.place());
                let layer = |group| Brought::from(Layer { content: Content::Group(group), opacity, blend, place });
                self.mixer(from, depth + 1).map(layer).into_iter().collect()
            }
            PictureKind::Wave if params.on("enabled") => vec![self.trace(from, &params, blend).into()],
            PictureKind::Spectrum if params.on("enabled") => vec![self.spectrogram(from, &params, blend).into()],
            PictureKind::Shader | PictureKind::Effect => self.effect(from, blend, depth + 1).map(Brought::from).into_iter().collect(),
            PictureKind::None | PictureKind::Layers | PictureKind::Wave | PictureKind::Spectrum => Vec::new(),
        }
    }

    /// A sampler's voices in onset order. A voice's own blend counts where it isn't alpha, or where the module or the
    /// sample sets it; else the mixer's.
    fn voices(&mut self, name: &Name, params: &Params<'_>, mixer: Blend) -> Vec<Brought> {
        let (Some(&id), true) = (self.snapshot.ids.get(name), params.on("enabled")) else { return Vec::new() };
        let view = self.view;
        let voices = view.voices.iter().take(view.voice_count).filter(|voice| voice.module == id);
        voices
            .filter_map(|voice| {
                let info = self.media.picture(id, voice.sample)?;
                let own = voice.blend != 0 || sets_blend(params.module, voice.sample);
                let blend = if own { Blend::at(usize::from(voice.blend)) } else { mixer };
                let frame = frame_at(&info, media_time(voice, self.offset_secs));
                for (soon, frame) in coming(&info, voice, self.offset_secs).enumerate().filter(|(_, next)| *next != frame) {
                    self.ahead.push((soon, Picture { info: Arc::clone(&info), frame }));
                }
                let opacity = voice.opacity.clamp(0.0, 1.0) * voice.level.clamp(0.0, 1.0);
                let layer = Layer { content: Content::Picture(Picture { info, frame }), opacity, blend, place: voice.place };
                Some(Brought { layer, onset: voice.onset })
            })
            .collect()
    }

    /// What a module hears, and up to which frame since activation it has heard it at the moment that is drawn.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "far below 2^53")]
    fn heard(&self, name: &Name) -> Option<(Arc<Tape>, u64)> {
        let tape = self.media.sound(self.view.activation, *self.snapshot.ids.get(name)?)?;
        let ahead = (self.offset_secs * self.view.sample_rate).round();
        let end = (self.view.clock as f64 + ahead).max(0.0) as u64;
        let end = end.min(tape.written());
        Some((tape, end))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its range")]
    fn spectrogram(&self, name: &Name, params: &Params<'_>, blend: Blend) -> Layer {
        let (tape, end) = self.heard(name).map_or((None, self.view.clock), |(tape, end)| (Some(tape), end));
        let length = (params.number("fftSize") as usize).clamp(256, LONGEST);
        let spectrogram = Spectrogram {
            instance: self.snapshot.ids.get(name).copied().unwrap_or(u32::MAX),
            tape,
            end,
            rate: self.view.sample_rate,
            length: 1 << length.ilog2(),
            window: params.choice("window"),
            speed: params.number("speed"),
            scale: params.choice("scale"),
        };
        Layer { content: Content::Spectrogram(spectrogram), opacity: params.unit("opacity"), blend, place: Placement::default() }
    }

    #[allow(clippy::cast_possible_truncation, reason = "pictures are drawn in single precision")]
    fn trace(&self, name: &Name, params: &Params<'_>, blend: Blend) -> Layer {
        let mut points = Box::new([[0.0; 2]; SCOPE_POINTS]);
        if let Some((tape, end)) = self.heard(name) {
            tape.read(end, &mut points[..]);
        }
        let trace = Trace {
            xy: params.choice("mode") == 0,
            scale: params.number("scale") as f32,
            point_size: params.number("pointSize") as f32,
            colour: [params.unit("red"), params.unit("green"), params.unit("blue")],
            background: params.unit("background"),
            points: points.into(),
        };
        Layer { content: Content::Trace(trace), opacity: params.unit("opacity"), blend, place: Placement::default() }
    }
}

fn sets_blend(module: &Module, sample: u32) -> bool {
    let sample = usize::try_from(sample).ok().and_then(|index| module.samples.get(index));
    module.params.contains_key("blend") || sample.is_some_and(|sample| sample.params.contains_key("blend"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(fps: (u32, u32), frames: u32) -> VideoInfo {
        VideoInfo { path: "clip".into(), width: 16, height: 9, fps, frames, codec: String::new() }
    }

    #[test]
    fn a_frame_shows_from_its_own_start_and_never_beyond_the_clip() {
        let ntsc = clip((30000, 1001), 100);
        for frame in 0..100 {
            let start = f64::from(frame) * 1001.0 / 30000.0;
            assert_eq!(frame_at(&ntsc, start), frame);
            assert_eq!(frame_at(&ntsc, start + 1001.0 / 30000.0 - 2e-6), frame);
        }
        for (secs, frame) in [(-1.0, 0), (1e9, 99), (f64::NAN, 0), (f64::INFINITY, 99)] {
            assert_eq!(frame_at(&ntsc, secs), frame, "{secs}");
        }
        assert_eq!(frame_at(&clip((25, 1), 1), 7.0), 0);
    }

    #[test]
    fn a_looping_voice_wraps_on_the_side_it_leaves_by() {
        let at =
            |media_secs, speed, loop_secs, offset| media_time(&VoiceView { media_secs, speed, loop_secs, ..VoiceView::default() }, offset);
        for (media, speed, range, offset, want) in [
            (1.0, 1.0, (0.0, 0.0), 0.5, 1.5),
            (1.9, 1.0, (1.0, 2.0), 0.25, 1.15),
            (1.1, -1.0, (1.0, 2.0), 0.25, 1.85),
            (0.5, 1.0, (1.0, 2.0), 0.25, 0.75),
            (1.9, 2.0, (1.0, 2.0), 5.2, 1.3),
            (1.5, 0.0, (1.0, 2.0), 9.0, 1.5),
        ] {
            let got = at(media, speed, range, offset);
            assert!((got - want).abs() < 1e-9, "{media} {speed} {range:?} {offset}: {got}, not {want}");
        }
    }
}
