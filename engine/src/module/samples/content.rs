//! Samples as their processor has them. Built, and freed, on the Controller's side.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Cuts, MAX_SLICES, SampleWords,
    zone::{frames_of, patch_of},
};
use crate::{
    media::{
        AudioData, Media, MediaInfo, Onsets,
        soundfont::Patch,
        stream::{Pages, Streams},
    },
    module::{
        Value,
        sampler::{MAX_SOUNDING, Overrides, PARAMS, TYPE, extent, param},
    },
    name::Name,
};

/// One sample: its medium and the values that override the module's.
#[derive(Clone, Debug)]
pub struct SampleContent {
    /// Its sound; `None` where it has none or is not loaded.
    pub audio: Option<Arc<AudioData>>,
    /// What is known of its medium; its address names the medium.
    pub info: Option<Arc<MediaInfo>>,
    /// Duration of its picture in seconds: 0 for a still, `None` where it has no picture or is not loaded.
    pub video_secs: Option<f64>,
    /// What it plays in place of a sound, where its medium is a SoundFont.
    pub patch: Option<Arc<Patch>>,
    /// Overrides by index in the module's parameter list.
    pub defaults: Overrides,
    /// Where its slices begin, as shares of it, in order; they count where the number of slices is 0.
    pub(in crate::module) cuts: Box<[f64]>,
    /// Where `next` goes on, in fixed-point frames.
    pub(in crate::module) resume: Option<i64>,
}

impl SampleContent {
    /// A sample of `media` (`None` while it loads or where it is missing) with overrides by canonical name.
    /// Names the sampler does not know count for nothing: commands refuse them before.
    #[must_use]
    pub fn new(media: Option<&Media>, params: &BTreeMap<Name, Value>) -> Self {
        let mut defaults = [None; PARAMS.len()];
        for (name, value) in params {
            if let Some(param) = TYPE.param(name).filter(|param| param.index < defaults.len()) {
                defaults[param.index] = match value {
                    Value::Number(number) => {
                        Some(*number).filter(|number| number.is_finite()).map(|number| number.clamp(param.spec.min, param.spec.max))
                    }
                    // Among them the cuts, whose number lies outside of the range.
                    other => param.spec.number_of(other),
                };
            }
        }
        // What a sample says itself counts before what its file says.
        defaults[param::ROOT] = defaults[param::ROOT].or_else(|| media.and_then(|media| media.info.root));
        if let Some(media) = media {
            let own = frames_of(params);
            let of_file = media.info.loops.map(|(begin, end)| [begin, end]);
            let places = [param::REGION_START, param::REGION_END, param::LOOP_BEGIN, param::LOOP_END];
            // A loop that the sample says in part is its own.
            let is_own = own[2..].iter().any(Option::is_some) || places[2..].iter().any(|index| defaults[*index].is_some());
            for (at, index) in places.into_iter().enumerate() {
                let said = own[at].map(|frame| share_of_frame(media, frame));
                let found = of_file.filter(|_| at >= 2).map(|of_file| share_of_secs(media, of_file[at - 2]));
                defaults[index] = defaults[index].or(said).or(found.filter(|_| !is_own));
            }
        }
        let video_secs = media.and_then(|media| media.info.video.as_ref()).map(|video| {
            let (num, den) = video.fps;
            if video.frames <= 1 || num == 0 { 0.0 } else { f64::from(video.frames) * f64::from(den) / f64::from(num) }
        });
        Self {
            audio: media.and_then(|media| media.audio.clone()),
            patch: media.and_then(|media| media.info.font.as_ref()?.patch(patch_of(params))).map(Arc::clone),
            info: media.map(|media| Arc::clone(&media.info)),
            video_secs,
            defaults,
            cuts: Box::default(),
            resume: None,
        }
    }

    /// The same sample cut as `cuts` says. Where `onsets` are not known yet it is whole.
    #[must_use]
    pub fn cut(mut self, cuts: &Cuts, onsets: Option<&Onsets>) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let frames = |audio: &AudioData| (extent(Some(audio), self.video_secs, audio.rate).length >> 32).max(1) as f64;
        self.cuts = match (cuts, onsets, &self.audio) {
            (Cuts::At(positions), _, _) => positions.clone().into(),
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            (Cuts::Onsets(sensitivity), Some(onsets), Some(audio)) => {
                onsets.above(*sensitivity).take(MAX_SLICES).map(|frame| frame as f64 / frames(audio)).collect()
            }
            (Cuts::Cues, _, Some(audio)) => {
                let cues = self.info.iter().flat_map(|info| &info.cues).map(|secs| secs * audio.rate / frames(audio));
                cues.filter(|share| *share < 1.0).take(MAX_SLICES).collect()
            }
            _ => Box::default(),
        };
        self
    }

    /// A number that no other medium has while this content lives.
    pub(in crate::module) fn medium(&self) -> usize {
        let patch = self.patch.as_ref().map(|patch| Arc::as_ptr(patch).addr());
        patch.or_else(|| self.info.as_ref().map(|info| Arc::as_ptr(info).addr())).unwrap_or(0)
    }

    /// Whether a voice of that sound or medium may go on with this sample: the same sound, or the same picture where there is none.
    fn plays_like(&self, audio: Option<&Arc<AudioData>>, medium: usize) -> bool {
        match (&self.audio, audio) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => self.video_secs.is_some() && self.medium() == medium,
            (None, Some(_)) => self.patch.is_some() && self.medium() == medium,
            (Some(_), None) => false,
        }
    }
}

/// A second of a medium as a share of it, as its voices count.
#[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
fn share_of_secs(media: &Media, secs: f64) -> f64 {
    let whole = media.audio.as_ref().map_or(media.info.secs, |audio| {
        let video = media.info.video.as_ref().map(crate::media::VideoInfo::secs);
        (extent(Some(audio), video, audio.rate).length >> 32) as f64 / audio.rate
    });
    (secs / whole.max(1e-9)).clamp(0.0, 1.0)
}

/// A frame of a medium's file as a share of it.
fn share_of_frame(media: &Media, frame: f64) -> f64 {
    let rate = media.info.audio.map_or_else(|| media.audio.as_ref().map_or(48_000.0, |audio| audio.rate), |(_, rate)| f64::from(rate));
    share_of_secs(media, frame / rate)
}

/// How many slices of a sample follow the samples, where the module says `module`.
fn pieces(sample: &SampleContent, module: f64) -> usize {
    let count = sample.defaults[param::SLICES].unwrap_or(module).round().clamp(0.0, 256.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    match count as usize {
        0 => sample.cuts.len(),
        1 => 0,
        equal => equal,
    }
}

/// All samples of a sampler, handed over through [`crate::signal::Node::exchange`].
///
/// What comes back in its place holds everything the processor has done with, to be dropped by the Controller.
#[derive(Debug)]
pub struct SamplerContent {
    /// The samples in index order.
    pub samples: Vec<SampleContent>,
    /// What triggers call them by.
    pub words: SampleWords,
    /// Whether voices of it have filters of their own.
    pub(in crate::module) filters: bool,
    /// Triggers that named no playable sample since the exchange before.
    pub unplayed: u64,
    /// Pieces of long sounds, for a processor that has none yet.
    pub pages: Option<Box<Pages>>,
    /// Sound of samples replaced earlier whose voices have ended meanwhile.
    pub(in crate::module) retired: Vec<Arc<AudioData>>,
}

impl SamplerContent {
    /// Content with room for what it will bring back.
    #[must_use]
    pub fn new(samples: Vec<SampleContent>) -> Self {
        let patches = samples.iter().filter_map(|sample| sample.patch.as_ref());
        let filters = patches.flat_map(|patch| patch.zones.iter()).any(|zone| zone.tone.low.is_some());
        Self { samples, words: SampleWords::default(), filters, unplayed: 0, pages: None, retired: Vec::with_capacity(MAX_SOUNDING) }
    }

    /// The same content, called by words.
    #[must_use]
    pub fn called(mut self, words: SampleWords) -> Self {
        self.words = words;
        self
    }

    /// How many samples there are, and slices after them; `slices` is the module's own number, for samples without one.
    pub(in crate::module) fn count(&self, slices: impl Fn() -> f64) -> usize {
        let module = slices();
        self.samples.len() + self.samples.iter().map(|sample| pieces(sample, module)).sum::<usize>()
    }

    /// The same content, with what long sounds are played with where there are some.
    #[must_use]
    pub fn with_streams(mut self, streams: &Streams) -> Self {
        let long = |sample: &SampleContent| sample.audio.as_ref().is_some_and(|audio| audio.frames.is_long());
        self.pages = self.samples.iter().any(long).then(|| Box::new(streams.pages()));
        self
    }

    /// The sample and the slice an index names: after the samples come the slices of those that are cut, in sample order. `slices` is the module's own number, for samples without one.
    pub(in crate::module) fn addressed(&self, index: usize, slices: impl Fn() -> f64) -> (usize, Option<f64>) {
        let Some(mut after) = index.checked_sub(self.samples.len()) else { return (index, None) };
        let module = slices();
        for (at, sample) in self.samples.iter().enumerate() {
            let pieces = pieces(sample, module);
            if after < pieces {
                #[allow(clippy::cast_precision_loss, reason = "at most 256")]
                let slice = after as f64;
                return (at, Some(slice));
            }
            after -= pieces;
        }
        (index, None)
    }

    /// Where that sound or medium is found, at best where it was.
    pub(in crate::module) fn place_of(&self, was: usize, audio: Option<&Arc<AudioData>>, medium: usize) -> Option<usize> {
        let is_at = |at: &usize| self.samples.get(*at).is_some_and(|sample| sample.plays_like(audio, medium));
        Some(was).filter(is_at).or_else(|| (0..self.samples.len()).find(is_at))
    }
}
