//! One conversion, from the look at the source to the checked result.

use std::{
    ffi::OsString,
    path::Path,
    time::{Duration, Instant},
};

use super::{
    Entry, PICTURE, Progress, SOUND, STILL, Settings, VERSION,
    child::{Task, Trouble},
    probe,
    recipe::{Extent, Recipe, TABLE},
    source::{Input, Source, Stop},
    store,
    tools::{REMEDY, Tools},
};
use crate::media::{
    Limits, MediaError,
    error::{About, BY_HAND},
    hap, mov, still,
};

/// How often the result's size is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a WAV without sound.
const BARE_WAV: u64 = 100;
/// Seconds that a source may last beyond twice what it declares.
const BEYOND: f64 = 60.0;
/// Longest line of ffmpeg's progress.
const LINE: usize = 4096;

/// What every step of an import goes by.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub settings: &'a Settings,
    pub limits: &'a Limits,
    pub stop: Stop<'a>,
    pub progress: &'a dyn Fn(Progress),
}

/// Converts a source into the files of an entry, in `part`.
pub(super) fn convert(
    source: &Source,
    path: &Path,
    part: &Path,
    (hash, size): (String, u64),
    terms: Terms<'_>,
) -> Result<Entry, MediaError> {
    let Terms { settings, limits, stop, progress } = terms;
    let about = About(path);
    let failed = |trouble| match trouble {
        Trouble::Failed(what) => match source.hint(limits).filter(|_| !what.contains(FULL)) {
            Some((what, remedy)) => about.refused(what, remedy),
            None => explain(Trouble::Failed(what), about, part),
        },
        other => explain(other, about, part),
    };
    progress(Progress::Converting(None));
    let tools = Tools::find(settings.ffmpeg.as_deref()).map_err(|what| failed(Trouble::Unable(what)))?;
    tools.check(stop).map_err(failed)?;
    let input = source.prepare(part, limits, settings.cache_bytes, stop)?;
    let mut recipe = look(&tools, &input, limits, stop).map_err(failed)?;
    recipe.notes.extend(input.notes.iter().cloned());
    if let Some(table) = recipe.table() {
        std::fs::write(part.join(TABLE), table).map_err(|e| about.no_cache(part, &e))?;
    }
    for extent in [Extent::Trial, Extent::Whole, Extent::Whole] {
        let open = recipe.is_open(settings.quality);
        if extent == Extent::Trial && !open {
            continue;
        }
        run(&tools, &input, &recipe, extent, part, terms).map_err(failed)?;
        let again = open && recipe.judge(frame_sizes(&part.join(PICTURE), limits).into_iter());
        if extent == Extent::Whole && !again {
            break;
        }
    }
    for left in ["frames", "frames.rgba", TABLE].map(|name| part.join(name)).iter().filter(|left| left.exists()) {
        let removed = if left.is_dir() { std::fs::remove_dir_all(left) } else { std::fs::remove_file(left) };
        removed.map_err(|e| about.no_cache(part, &e))?;
    }
    let (mut picture, mut still) = (None, None);
    match &recipe.picture {
        Some(wanted) if wanted.still => still = Some(drawn(&part.join(STILL), wanted.size, about, limits)?),
        Some(wanted) => picture = Some(checked(&part.join(PICTURE), wanted.size, about, limits)?),
        None => {}
    }
    let sound = std::fs::metadata(part.join(SOUND)).ok().map(|m| m.len()).filter(|bytes| *bytes > BARE_WAV);
    if picture.is_none() && still.is_none() && sound.is_none() {
        return Err(failed(Trouble::Failed("nothing in it could be decoded".to_owned())));
    }
    let (codec, secs, notes) = (recipe.codec, recipe.secs, recipe.notes);
    Ok(Entry { version: VERSION, hash, size, codec, secs, picture, still, sound, notes, sample: String::new() })
}

fn look(tools: &Tools, input: &Input, limits: &Limits, stop: Stop<'_>) -> Result<Recipe, Trouble> {
    let given = input.given;
    if let Some(report) = &input.report {
        return Recipe::choose(report, given, limits, &mut |_| Ok(0.0));
    }
    let report = probe::report(tools, &input.look_at, input.demuxer, stop)?;
    if given.fps.is_some() || given.still {
        return Recipe::choose(&report, given, limits, &mut |_| Ok(0.0));
    }
    Recipe::choose(&report, given, limits, &mut |stream| probe::first_frame(tools, &input.look_at, input.demuxer, stream, stop))
}

/// The sizes of a converted picture's frames; none where it can't be read, which is told later.
fn frame_sizes(clip: &Path, limits: &Limits) -> Vec<u32> {
    let track = mov::read(clip, limits).ok().and_then(|read| read.video);
    track.map_or_else(Vec::new, |track| track.samples.iter().map(|sample| sample.size).collect())
}

fn run(tools: &Tools, input: &Input, recipe: &Recipe, extent: Extent, part: &Path, terms: Terms<'_>) -> Result<(), Trouble> {
    let Terms { settings, limits, stop, progress } = terms;
    let common = "-nostdin -hide_banner -v error -y -copyts -progress pipe:1 -stats_period 0.2 -max_pixels";
    let mut arguments: Vec<OsString> = common.split(' ').map(Into::into).collect();
    arguments.push(limits.pixels.to_string().into());
    if let Some(decoder) = recipe.decoder() {
        arguments.extend(["-c:v", decoder].map(Into::into));
    }
    if recipe.keeps_filters() {
        arguments.extend(["-reinit_filter", "0"].map(Into::into));
    }
    arguments.extend(input.words.iter().cloned());
    arguments.extend(recipe.outputs(settings.quality, (PICTURE, STILL, SOUND), extent));
    let mut watch = Watch {
        recipe,
        part,
        most: settings.cache_bytes,
        frames: limits.video_frames,
        line: Vec::new(),
        last: Default::default(),
        looked: Instant::now(),
    };
    let task = Task { program: &tools.ffmpeg, folder: Some(part), stop, stall: settings.stall, limit: settings.limit };
    task.run(&arguments, &mut |bytes| watch.hear(bytes, progress))
}

/// Follows a conversion: how far it is, and whether it is growing beyond its limits.
struct Watch<'a> {
    recipe: &'a Recipe,
    part: &'a Path,
    most: u64,
    frames: u32,
    line: Vec<u8>,
    /// Frames, bytes and time it last told of.
    last: [String; 3],
    looked: Instant,
}

impl Watch<'_> {
    /// Takes in a piece of progress; says whether it shows that ffmpeg is getting on.
    fn hear(&mut self, bytes: &[u8], progress: &dyn Fn(Progress)) -> Result<bool, Trouble> {
        let mut moved = false;
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < LINE {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).trim().to_owned();
            moved |= self.take(&line, progress)?;
        }
        if self.looked.elapsed() > LOOK {
            self.looked = Instant::now();
            if store::bytes_in(self.part) > self.most {
                return Err(Trouble::TooLarge(format!(
                    "converted it takes more than {} bytes, the cache's limit (VIDEOTRACKER_CACHE_LIMIT)",
                    self.most
                )));
            }
        }
        Ok(moved)
    }

    fn take(&mut self, line: &str, progress: &dyn Fn(Progress)) -> Result<bool, Trouble> {
        let Some((key, value)) = line.split_once('=') else { return Ok(false) };
        match key {
            "frame" if value.trim().parse::<u64>().is_ok_and(|frames| frames > u64::from(self.frames)) => {
                Err(Trouble::TooLarge(format!("more than {} frames", self.frames)))
            }
            "frame" => Ok(self.is_new(0, value)),
            "total_size" => Ok(self.is_new(1, value)),
            "out_time_us" => {
                let secs = value.trim().parse::<f64>().unwrap_or(0.0) / 1e6;
                if self.recipe.secs > 0.0 && secs > self.recipe.secs * 2.0 + BEYOND {
                    return Err(Trouble::Failed(format!("it goes on far beyond the {:.1} s that it declares", self.recipe.secs)));
                }
                let share = (self.recipe.secs > 0.0).then(|| (secs / self.recipe.secs).clamp(0.0, 1.0) as f32);
                progress(Progress::Converting(share));
                Ok(self.is_new(2, value))
            }
            _ => Ok(false),
        }
    }

    fn is_new(&mut self, which: usize, value: &str) -> bool {
        let new = self.last[which] != value;
        value.clone_into(&mut self.last[which]);
        new
    }
}

/// Gives a picture its visible size, and makes sure that it can be read; its bytes.
fn checked(clip: &Path, size: (u32, u32), about: About<'_>, limits: &Limits) -> Result<u64, MediaError> {
    let unreadable = |e: MediaError| explain(Trouble::Failed(format!("no picture in it could be decoded ({})", e)), about, clip);
    mov::set_size(clip, size, limits).map_err(unreadable)?;
    let track = mov::read(clip, limits).map_err(unreadable)?.video;
    let track = track.ok_or_else(|| About(clip).damaged("it has no picture")).map_err(unreadable)?;
    hap::info(clip, &track, limits).map_err(unreadable)?;
    std::fs::metadata(clip).map(|m| m.len()).map_err(|e| about.io(&e))
}

/// Makes sure that a still has its size; its bytes.
fn drawn(still: &Path, size: (u32, u32), about: About<'_>, limits: &Limits) -> Result<u64, MediaError> {
    let unreadable = |what: String| explain(Trouble::Failed(format!("no picture in it could be decoded ({what})")), about, still);
    let (width, height, _) = still::decode(still, limits).map_err(|e| unreadable(e.to_string()))?;
    if (width, height) != size {
        return Err(unreadable(format!("{width} × {height} pixels instead of {} × {}", size.0, size.1)));
    }
    std::fs::metadata(still).map(|m| m.len()).map_err(|e| about.io(&e))
}

/// Part of what the system says of a disk that is full.
const FULL: &str = "No space left on device";

fn explain(trouble: Trouble, about: About<'_>, part: &Path) -> MediaError {
    match trouble {
        Trouble::Unable(what) => about.refused(what, REMEDY),
        Trouble::Cancelled => about.cancelled(),
        Trouble::TooLarge(what) => about.too_large(what),
        Trouble::Failed(what) if what.contains(FULL) => {
            about.no_cache(part.parent().unwrap_or(part), &std::io::ErrorKind::StorageFull.into())
        }
        Trouble::Failed(what) => about.refused(what, BY_HAND),
    }
}
