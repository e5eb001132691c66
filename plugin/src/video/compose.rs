//! From the session and the audio thread's view to scenes: pure functions, no device.

use std::{collections::BTreeMap, sync::Arc};

use videotracker_engine::{
    media::VideoInfo,
    module::{PortKind, shader::takes_shader},
    name::Name,
    project::Module,
    snapshot::Snapshot,
    view::{VIDEO_PARAMS, VideoParams, ViewFrame, VoiceView},
};

use super::{
    scene::{Blend, Content, Group, Layer, Picture, Scene, Trace},
    source::Media,
};

/// Deepest nesting of mixers that is drawn; a cable beyond it shows nothing.
pub(super) const MAX_DEPTH: usize = 32;

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
        .filter(|(_, module)| &*module.kind == "videoOut")
        .map(|(name, _)| Composer { snapshot, view, media, offset_secs, groups: Vec::new(), done: BTreeMap::new() }.output(name))
        .collect()
}

/// What the session's first videoOut shows; black where there is none.
#[must_use]
pub fn main_scene(snapshot: &Snapshot, view: &ViewFrame, media: &dyn Media, offset_secs: f64) -> Scene {
    scenes(snapshot, view, media, offset_secs).into_iter().next().unwrap_or_default()
}

/// A voice's media time `offset_secs` later, wrapped where it loops.
#[must_use]
pub fn media_time(voice: &VoiceView, offset_secs: f64) -> f64 {
    let time = voice.media_secs + offset_secs * voice.speed;
    let (start, end) = (voice.loop_secs.0.min(voice.loop_secs.1), voice.loop_secs.0.max(voice.loop_secs.1));
    let leaves = if voice.speed < 0.0 { time < start } else { time >= end };
    if end > start && leaves && time.is_finite() { start + (time - start).rem_euclid(end - start) } else { time }
}

/// The frame that a medium shows at a time: `floor((secs + 1e-6) · fps)`, within the clip. A tie within a
/// microsecond goes up, so that a frame's own start, which is seldom a representable number, shows that frame.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the clip first")]
pub fn frame_at(info: &VideoInfo, secs: f64) -> u32 {
    let fps = f64::from(info.fps.0) / f64::from(info.fps.1.max(1));
    let last = f64::from(info.frames.saturating_sub(1));
    let frame = ((secs + 1e-6) * fps).floor();
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

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 first; choices are short lists")]
    fn choice(&self, name: &str) -> usize {
        self.number(name).round().max(0.0) as usize
    }
}

pub(super) struct Composer<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) view: &'a ViewFrame,
    media: &'a dyn Media,
    pub(super) offset_secs: f64,
    pub(super) groups: Vec<Group>,
    /// Mixers composed already, with their place in `groups`.
    pub(super) done: BTreeMap<Name, Option<usize>>,
}

impl<'a> Composer<'a> {
    fn output(mut self, name: &Name) -> Scene {
        let root = self.mixer(name, 0);
        let opacity = self.params(name).map_or(0.0, |params| params.unit("masterOpacity"));
        // A videoOut has no video output, so nothing refers to it: its group is the last.
        if root.is_none() {
            self.groups.clear();
        }
        Scene { output: name.clone(), groups: self.groups, opacity: opacity * self.view.video_opacity.clamp(0.0, 1.0) }
    }

    pub(super) fn params(&self, name: &str) -> Option<Params<'a>> {
        let module = self.snapshot.project.modules.get(name)?;
        let id = self.snapshot.ids.get(name).copied();
        let known = self.view.video.iter().take(self.view.video_count);
        Some(Params { module, view: known.into_iter().find(|params| Some(params.module) == id) })
    }

    /// Composes a mixer's or output's inputs into a group; `None` where it is off or too deep.
    fn mixer(&mut self, name: &Name, depth: usize) -> Option<usize> {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        // A cable that came round to here finds nothing instead of going round for ever.
        self.done.insert(name.clone(), None);
        let params = self.params(name).filter(|params| depth < MAX_DEPTH && params.on("enabled"))?;
        let mut layers = Vec::new();
        let snapshot = self.snapshot;
        for (input, from) in snapshot.project.inputs(name, PortKind::Video).enumerate() {
            let opacity = params.unit(&format!("connectionOpacity_{input}"));
            let forced = params.choice(&format!("connectionBlend_{input}")).checked_sub(1).map(Blend::at);
            for mut layer in self.input(from, Blend::at(params.choice("blendMode")), depth) {
                layer.opacity *= opacity;
                layer.blend = forced.unwrap_or(layer.blend);
                if layer.opacity > 0.0 {
                    layers.push(layer);
                }
            }
        }
        if params.on("autoNormalize") {
            let share = add_share(&layers);
            layers.iter_mut().filter(|layer| layer.blend == Blend::Add).for_each(|layer| layer.opacity *= share);
        }
        self.groups.push(Group { layers });
        let place = self.groups.len() - 1;
        self.done.insert(name.clone(), Some(place));
        Some(place)
    }

    /// The layers one input brings, lowest first.
    pub(super) fn input(&mut self, from: &Name, blend: Blend, depth: usize) -> Vec<Layer> {
        let Some(params) = self.params(from) else { return Vec::new() };
        match &*params.module.kind {
            "sampler" => self.voices(from, &params, blend),
            "videoMixer" => {
                let opacity = params.unit("masterOpacity");
                self.mixer(from, depth + 1).map(|group| Layer { content: Content::Group(group), opacity, blend }).into_iter().collect()
            }
            "oscilloscope" if params.on("enabled") => vec![self.trace(&params, blend)],
            kind if takes_shader(kind) => self.effect(from, blend, depth + 1).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// A sampler's voices in onset order. A voice's own blend counts where it isn't alpha, or where the module or the
    /// sample sets it; else the mixer's.
    fn voices(&self, name: &Name, params: &Params<'_>, mixer: Blend) -> Vec<Layer> {
        let (Some(&id), true) = (self.snapshot.ids.get(name), params.on("enabled")) else { return Vec::new() };
        let voices = self.view.voices.iter().take(self.view.voice_count).filter(|voice| voice.module == id);
        voices
            .filter_map(|voice| {
                let info = self.media.picture(id, voice.sample)?;
                let own = voice.blend != 0 || sets_blend(params.module, voice.sample);
                let blend = if own { Blend::at(usize::from(voice.blend)) } else { mixer };
                let frame = frame_at(&info, media_time(voice, self.offset_secs));
                let direction = if voice.speed > 0.0 { 1 } else { -i8::from(voice.speed < 0.0) };
                let opacity = voice.opacity.clamp(0.0, 1.0) * voice.level.clamp(0.0, 1.0);
                Some(Layer { content: Content::Picture(Picture { info, frame, direction }), opacity, blend })
            })
            .collect()
    }

    #[allow(clippy::cast_possible_truncation, reason = "pictures are drawn in single precision")]
    fn trace(&self, params: &Params<'_>, blend: Blend) -> Layer {
        let trace = Trace {
            xy: params.choice("mode") == 0,
            scale: params.number("scale") as f32,
            point_size: params.number("pointSize") as f32,
            colour: [params.unit("red"), params.unit("green"), params.unit("blue")],
            background: params.unit("background"),
            points: Arc::new(self.view.scope),
        };
        Layer { content: Content::Trace(trace), opacity: params.unit("opacity"), blend }
    }
}

fn sets_blend(module: &Module, sample: u32) -> bool {
    let sample = usize::try_from(sample).ok().and_then(|place| module.samples.get(place));
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
