//! When the samples of a track are on: its durations and its edit list, as frames of a steady rate or pieces of sound
//! (ISO/IEC 14496-12, 8.6).

use std::collections::BTreeSet;

use super::{Fault, be32, be64, inside, table};

/// Fastest rate that a picture of changing durations is given.
const FASTEST: u64 = 240;
/// Rates for pictures that change at moments of no common raster.
const USUAL: [u32; 8] = [24, 25, 30, 50, 60, 100, 120, 240];
/// Entries of an edit list that are followed.
const MOST_EDITS: usize = 4096;
/// How often all samples together may be played by edits.
const MOST_TURNS: u64 = 4;
/// Longest that edits may wait, in seconds.
const MOST_WAIT: u64 = 120;

/// The clock of a track and of its movie: units a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    media: u32,
    movie: u32,
}

/// A part of a track: what plays for how long, in units of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edit {
    /// Where it begins in the media; `None` where nothing plays.
    from: Option<u64>,
    units: u64,
    /// Whether it stands still.
    still: bool,
}

/// A picture at a steady rate.
#[derive(Debug)]
pub(in crate::media) struct Steady {
    pub fps: (u32, u32),
    /// Frames in all.
    pub frames: u32,
    /// The first frame at which each sample is on, and the sample.
    shown: Box<[(u32, u32)]>,
    /// The moment of the first sample, in seconds of the movie.
    pub start: f64,
}

impl Steady {
    /// The sample that is on at a frame.
    pub fn sample(&self, frame: u32) -> usize {
        let at = self.shown.partition_point(|(first, _)| *first <= frame).saturating_sub(1);
        self.shown.get(at).map_or(0, |(_, sample)| *sample as usize)
    }

    /// Puts `frames` more before the first sample, which shows already.
    pub fn delay(&mut self, frames: u32) {
        self.shown.iter_mut().skip(1).for_each(|(first, _)| *first = first.saturating_add(frames));
        self.frames = self.frames.saturating_add(frames);
    }
}

/// Which part of a sound plays, in units of time: silence, what is passed over, what plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) struct Part {
    /// Units a second.
    pub units: u32,
    pub wait: u64,
    pub skip: u64,
    /// `None` plays to the end.
    pub plays: Option<u64>,
}

impl Part {
    /// Everything.
    pub const WHOLE: Self = Self { units: 1, wait: 0, skip: 0, plays: None };

    /// The same in frames of a rate.
    pub fn at(self, rate: u32) -> Self {
        let units = u128::from(self.units.max(1));
        let frames = |time: u64| u64::try_from((u128::from(time) * u128::from(rate) + units / 2) / units).unwrap_or(u64::MAX);
        Self { units: rate.max(1), wait: frames(self.wait), skip: frames(self.skip), plays: self.plays.map(frames) }
    }
}

impl Clock {
    /// The clocks of a track.
    pub(super) fn of(mdia: &[u8], mvhd: Option<&[u8]>) -> Result<Self, Fault> {
        let units = |header: &[u8]| be32(header, if header.first() == Some(&1) { 20 } else { 12 }).filter(|units| *units > 0);
        let media = inside(mdia, &[b"mdhd"]).ok_or("a track lacks its header").map(units)?.ok_or("a track has no timescale")?;
        Ok(Self { media, movie: mvhd.and_then(units).unwrap_or(media) })
    }

    /// A length of the movie's in units of the track.
    fn of_movie(self, units: u64) -> u64 {
        let (media, movie) = (u128::from(self.media), u128::from(self.movie));
        u64::try_from((u128::from(units) * media + movie / 2) / movie).unwrap_or(u64::MAX)
    }

    /// What a track's edit list plays; empty where there is none. An entry of no length plays what is left.
    fn edits(self, trak: &[u8]) -> Result<Vec<Edit>, Fault> {
        let Some(elst) = inside(trak, &[b"edts", b"elst"]) else { return Ok(Vec::new()) };
        let edits: Vec<(u64, i64, u32)> = if elst.first() == Some(&1) {
            let entries = table::<20>(elst, 4)?.iter();
            entries.filter_map(|e| Some((be64(e, 0)?, be64(e, 8)?.cast_signed(), be32(e, 16)?))).collect()
        } else {
            let entries = table::<12>(elst, 4)?.iter();
            entries.filter_map(|e| Some((be32(e, 0)?.into(), be32(e, 4)?.cast_signed().into(), be32(e, 8)?))).collect()
        };
        if edits.len() > MOST_EDITS {
            return Err("its edit list has thousands of entries".into());
        }
        let edit = |(length, from, rate): (u64, i64, u32)| Edit {
            from: u64::try_from(from).ok(),
            units: if length == 0 { u64::MAX } else { self.of_movie(length) },
            still: rate == 0,
        };
        Ok(edits.into_iter().map(edit).filter(|edit| edit.from.is_some() || edit.units < u64::MAX).collect())
    }

    /// The rate of a picture of `count` samples, and which is on at each frame.
    pub(super) fn steady(self, trak: &[u8], stbl: &[u8], count: usize, most: u32) -> Result<Steady, Fault> {
        let (starts, total) = starts(stbl, count)?;
        let mut edits = self.edits(trak)?;
        if edits.is_empty() {
            edits.push(Edit { from: Some(0), units: u64::MAX, still: false });
        }
        let (mut events, mut now): (Vec<(u64, u32)>, u64) = (Vec::new(), 0);
        for edit in edits {
            let Some(from) = edit.from else {
                now = now.saturating_add(edit.units);
                continue;
            };
            let units = if edit.still { edit.units } else { edit.units.min(total.saturating_sub(from)) };
            if units == 0 || units == u64::MAX {
                continue;
            }
            let first = starts.partition_point(|start| *start <= from).saturating_sub(1);
            let after = if edit.still { first + 1 } else { starts.partition_point(|start| *start < from + units) };
            if (events.len() + after - first) as u64 > count as u64 * MOST_TURNS {
                return Err("its edit list plays the same parts again and again".into());
            }
            let on = |start: u64| now.saturating_add(start.saturating_sub(from));
            events.extend((first..after).filter_map(|sample| Some((on(*starts.get(sample)?), u32::try_from(sample).ok()?))));
            now = now.saturating_add(units);
        }
        let first = events.first().map(|(on, _)| *on).ok_or("its picture has no frames")?;
        if first / u64::from(self.media) > MOST_WAIT {
            return Err("its edit list begins with minutes of nothing".into());
        }
        events.iter_mut().for_each(|(on, _)| *on -= first);
        let start = first as f64 / f64::from(self.media);
        raster(&events, now - first, self.media.into(), most).map(|steady| Steady { start, ..steady })
    }

    /// Which part of a sound plays; `None` where that is more than one.
    pub(super) fn part(self, trak: &[u8]) -> Result<Option<Part>, Fault> {
        let (edits, whole) = (self.edits(trak)?, Part { units: self.media, ..Part::WHOLE });
        let playing = edits.iter().position(|edit| edit.from.is_some()).unwrap_or(edits.len());
        let (waits, plays) = edits.split_at(playing);
        let wait = waits.iter().fold(0_u64, |sum, edit| sum.saturating_add(edit.units));
        if wait / u64::from(self.media) > MOST_WAIT {
            return Err("its edit list begins with minutes of nothing".into());
        }
        Ok(match plays {
            [] => Some(Part { wait, ..whole }),
            [Edit { from: Some(from), units, still: false }] => {
                Some(Part { wait, skip: *from, plays: (*units < u64::MAX).then_some(*units), ..whole })
            }
            _ => None,
        })
    }
}

/// When each sample begins, and how long all take, in units of the track.
fn starts(stbl: &[u8], count: usize) -> Result<(Vec<u64>, u64), Fault> {
    if count == 0 {
        return Err("its picture has no frames".into());
    }
    let runs = table::<8>(inside(stbl, &[b"stts"]).ok_or("a track lacks its durations")?, 4)?;
    let mut starts = Vec::new();
    let (mut seen, mut total) = (0_u64, 0_u64);
    for run in runs {
        let (n, delta) = (be32(run, 0).unwrap_or(0), u64::from(be32(run, 4).unwrap_or(0)));
        let n = u64::from(n).min(count as u64 - seen);
        if n > 0 && delta == 0 && seen + 1 < count as u64 {
            return Err("a track's durations don't cover its frames".into());
        }
        starts.extend((0..n).map(|i| total + i * delta));
        (seen, total) = (seen + n, total + n * delta);
    }
    if seen < count as u64 || total == 0 {
        return Err("a track's durations don't cover its frames".into());
    }
    Ok((starts, total))
}

/// Puts samples that are on at moments onto a steady rate: their own where they have one, else one at which each change falls on
/// a frame, or where there is none the nearest usual one that no change is too quick for.
fn raster(events: &[(u64, u32)], total: u64, units: u64, most: u32) -> Result<Steady, Fault> {
    let count = events.len() as u64;
    let last = events.last().map_or(0, |(on, _)| *on);
    if let Some(fps) = own_rate(events, total, units) {
        let shown: Box<[(u32, u32)]> = (0_u32..).zip(events).map(|(frame, (_, sample))| (frame, *sample)).collect();
        // The last one may stay for longer than the others.
        let more = frames_in(total.saturating_sub(last), fps, units).saturating_sub(1);
        let frames = u32::try_from(count.saturating_add(more)).ok().filter(|frames| *frames <= most).ok_or(Fault::Long)?;
        return Ok(Steady { fps, frames, shown, start: 0.0 });
    }
    let moments = events.iter().map(|(on, _)| *on).chain([total]);
    let deltas: BTreeSet<u64> =
        moments.clone().skip(1).zip(moments).map(|(next, on)| next.saturating_sub(on)).filter(|delta| *delta > 0).collect();
    let common = deltas.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    let fps = if units <= common.saturating_mul(FASTEST) {
        reduced(units, common)
    } else {
        let quickest = deltas.first().copied().unwrap_or(units).max(1);
        (USUAL.into_iter().find(|usual| u64::from(*usual) * quickest >= units).unwrap_or(240), 1)
    };
    let at = |on: u64| u32::try_from(frames_in(on, fps, units)).map_err(|_| Fault::Long);
    let mut shown: Vec<(u32, u32)> = Vec::with_capacity(events.len());
    for (on, sample) in events {
        let first = at(*on)?;
        // Of samples that fall on one frame the last one shows.
        if shown.last().is_some_and(|(before, _)| *before == first) {
            shown.pop();
        }
        shown.push((first, *sample));
    }
    let ends = shown.last().map_or(1, |(first, _)| first.saturating_add(1));
    let frames = at(total)?.max(ends);
    if frames > most { Err(Fault::Long) } else { Ok(Steady { fps, frames, shown: shown.into(), start: 0.0 }) }
}

/// The nearest number of frames in a time.
fn frames_in(time: u64, (n, d): (u32, u32), units: u64) -> u64 {
    let (n, d, units) = (u128::from(n), u128::from(d), u128::from(units));
    u64::try_from((u128::from(time) * n * 2 + units * d) / (units * d * 2)).unwrap_or(u64::MAX)
}

/// The rate of moments that lie on a raster of their own, each within a quarter of a frame: clocks of milliseconds write
/// 33, 33, 34.
fn own_rate(events: &[(u64, u32)], total: u64, units: u64) -> Option<(u32, u32)> {
    let steps = events.len() as u64 - 1;
    let last = events.last()?.0;
    if steps == 0 {
        return (total > 0).then(|| reduced(units, total));
    }
    let off = |(place, (on, _)): (u64, &(u64, u32))| {
        let wanted = u128::from(place) * u128::from(last);
        (u128::from(*on) * u128::from(steps)).abs_diff(wanted) * 4 > u128::from(last)
    };
    // Of two samples both have to last as long.
    let odd = steps == 1 && total.saturating_sub(last).abs_diff(last) * 4 > last;
    if last == 0 || odd || (0_u64..).zip(events).any(off) { None } else { Some(reduced(units.checked_mul(steps)?, last)) }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A fraction in lowest terms that fits, rounded where it has to be.
fn reduced(numerator: u64, denominator: u64) -> (u32, u32) {
    let divisor = gcd(numerator, denominator).max(1);
    let (mut n, mut d) = (numerator / divisor, denominator / divisor);
    while n > u64::from(u32::MAX) || d > u64::from(u32::MAX) {
        (n, d) = (n / 2, d / 2);
    }
    (n.max(1) as u32, d.max(1) as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_on_its_frame() {
        let on = |moments: &[u64], total: u64, units: u64| {
            let events: Vec<(u64, u32)> = moments.iter().copied().zip(0..).collect();
            let steady = raster(&events, total, units, 1 << 22).ok().unwrap();
            (steady.fps, (0..steady.frames).map(|frame| steady.sample(frame)).collect::<Vec<_>>())
        };
        for (what, moments, total, units, fps, shown) in [
            ("steady", &[0, 1001, 2002][..], 3003, 30_000, (30_000, 1001), &[0, 1, 2][..]),
            ("the last one stays", &[0, 1, 2], 5, 10, (10, 1), &[0, 1, 2, 2, 2]),
            ("a gap", &[0, 1, 4], 5, 10, (10, 1), &[0, 1, 1, 1, 2]),
            ("milliseconds", &[0, 33, 67, 100], 133, 1000, (30, 1), &[0, 1, 2, 3]),
            ("one picture", &[0], 40, 1000, (25, 1), &[0]),
            ("no raster", &[0, 40, 137], 177, 1000, (25, 1), &[0, 1, 1, 2]),
            ("quicker than any", &[0, 1, 500], 501, 1000, (240, 1), &[]),
        ] {
            let (rate, frames) = on(moments, total, units);
            assert_eq!(rate, fps, "{what}");
            assert!(shown.is_empty() || frames == shown, "{what}: {frames:?}");
        }
        let late = |on: u32| {
            let mut steady = raster(&[(0, 0), (1, 1)], 2, 25, 100).ok().unwrap();
            steady.delay(on);
            (0..steady.frames).map(|frame| steady.sample(frame)).collect::<Vec<_>>()
        };
        assert_eq!(late(2), [0, 0, 0, 1]);
        assert!(matches!(raster(&[(0, 0), (1 << 40, 1)], 1 << 41, 25, 100), Err(Fault::Long)));
    }

    #[test]
    fn edit_lists_say_what_plays() {
        let boxed = |kind: &[u8; 4], inner: &[u8]| [&u32::try_from(inner.len() + 8).unwrap().to_be_bytes()[..], kind, inner].concat();
        let words = |words: &[i64]| words.iter().flat_map(|w| (*w as i32).to_be_bytes()).collect::<Vec<u8>>();
        let list = |edits: &[[i64; 3]]| boxed(b"edts", &boxed(b"elst", &words(&[&[0, edits.len() as i64], edits.as_flattened()].concat())));
        let stbl = boxed(b"stts", &words(&[0, 1, 10, 40]));
        // The movie counts milliseconds as well.
        let clock = Clock { media: 1000, movie: 1000 };
        const ONE: i64 = 0x1_0000;
        let whole = Part { units: 1000, ..Part::WHOLE };
        for (what, edits, start, shown, part) in [
            ("none", &[][..], 0.0, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9][..], Some(whole)),
            ("a trim", &[[120, 80, ONE]], 0.0, &[2, 3, 4], Some(Part { skip: 80, plays: Some(120), ..whole })),
            ("a delay", &[[500, -1, ONE], [80, 0, ONE]], 0.5, &[0, 1], Some(Part { wait: 500, plays: Some(80), ..whole })),
            ("no length", &[[0, 280, ONE]], 0.0, &[7, 8, 9], Some(Part { skip: 280, ..whole })),
            ("twice", &[[80, 0, ONE], [80, 40, ONE]], 0.0, &[0, 1, 1, 2], None),
            ("a still", &[[120, 40, 0], [40, 0, ONE]], 0.0, &[1, 1, 1, 0], None),
            ("within a frame", &[[70, 50, ONE]], 0.0, &[], Some(Part { skip: 50, plays: Some(70), ..whole })),
        ] {
            let trak = if edits.is_empty() { Vec::new() } else { list(edits) };
            let steady = clock.steady(&trak, &stbl, 10, 1000).ok().unwrap();
            let frames: Vec<_> = (0..steady.frames).map(|frame| steady.sample(frame)).collect();
            assert_eq!(steady.start, start, "{what}");
            assert!(shown.is_empty() || frames == shown, "{what}: {frames:?} at {:?}", steady.fps);
            assert_eq!(clock.part(&trak).ok().unwrap(), part, "{what}");
        }
        assert_eq!(Part { skip: 1105, units: 44_100, ..whole }.at(88_200).skip, 2210);
        let again = list(&[[400, 0, ONE]; 5]);
        assert!(clock.steady(&again, &stbl, 10, 1000).is_err());
        let late = list(&[[700_000, -1, ONE], [400, 0, ONE]]);
        assert!(clock.steady(&late, &stbl, 10, 1000).is_err() && clock.part(&late).is_err());
    }
}
