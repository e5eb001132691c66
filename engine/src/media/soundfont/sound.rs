//! The sound of a SoundFont: all its samples in memory once, of which sounds are cuts.

use std::{fs::File, sync::Arc};

use super::{
    super::{
        error::{About, MediaError},
        source::{Stop, check, read_exact_at},
    },
    file::Place,
};

/// Samples of 16 or 24 bits, as the file has them.
#[derive(PartialEq)]
pub(crate) struct Samples {
    high: Box<[i16]>,
    /// Eight further bits of each; empty where there are none.
    low: Box<[u8]>,
}

impl std::fmt::Debug for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Samples({} of {} bits)", self.high.len(), if self.low.is_empty() { 16 } else { 24 })
    }
}

impl Samples {
    /// Samples of 16 bits.
    pub(super) fn new(high: Vec<i16>) -> Self {
        Self { high: high.into(), low: Box::default() }
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where there are more than `most`, memory or the file does not suffice, or `stop` is set.
    pub(super) fn read(
        file: &File,
        (high, low): (&Place, Option<&Place>),
        most: usize,
        about: About<'_>,
        stop: Stop<'_>,
    ) -> Result<Self, MediaError> {
        let count = usize::try_from((high.end - high.start) / 2).unwrap_or(usize::MAX);
        if count > most {
            return Err(about.too_large(format!("it has {count} samples, the limit is {most}")));
        }
        let mut bytes = vec![0; 1 << 16];
        let mut all = Vec::new();
        all.try_reserve_exact(count).map_err(|_| about.memory())?;
        let mut at = high.start;
        while all.len() < count {
            check(stop, about)?;
            let part = &mut bytes[..(2 * (count - all.len())).min(1 << 16)];
            read_exact_at(file, part, at).map_err(|why| about.io(&why))?;
            all.extend(part.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)));
            at += part.len() as u64;
        }
        let mut further = Vec::new();
        if let Some(low) = low {
            further.try_reserve_exact(count).map_err(|_| about.memory())?;
            further.resize(count, 0);
            let mut at = low.start;
            for part in further.chunks_mut(1 << 16) {
                check(stop, about)?;
                read_exact_at(file, part, at).map_err(|why| about.io(&why))?;
                at += part.len() as u64;
            }
        }
        Ok(Self { high: all.into(), low: further.into() })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.high.len()
    }
}

/// A part of the samples of a font, as a sound with one channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    samples: Arc<Samples>,
    from: usize,
    length: usize,
}

impl Cut {
    /// The samples from `from` to `to`, as far as there are some.
    pub fn new(samples: &Arc<Samples>, from: usize, to: usize) -> Self {
        let to = to.min(samples.len());
        Self { samples: Arc::clone(samples), from: from.min(to), length: to.saturating_sub(from) }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// The one at a place as a frame; silence where there is none.
    pub fn frame(&self, at: i64) -> [f32; 2] {
        let index = usize::try_from(at).ok().filter(|at| *at < self.length).map(|at| self.from + at);
        let high = index.and_then(|index| self.samples.high.get(index)).copied().unwrap_or(0);
        let low = index.and_then(|index| self.samples.low.get(index)).copied();
        [sample(high, low); 2]
    }

    /// Those from `at` on as frames, as far as there are some, and how many there were.
    pub fn read(&self, at: usize, out: &mut [[f32; 2]]) -> usize {
        let count = out.len().min(self.length.saturating_sub(at));
        let range = self.from + at.min(self.length)..self.from + at.min(self.length) + count;
        let high = self.samples.high.get(range.clone()).unwrap_or_default();
        if let Some(low) = self.samples.low.get(range) {
            out.iter_mut().zip(high.iter().zip(low)).for_each(|(out, (high, low))| *out = [sample(*high, Some(*low)); 2]);
        } else {
            out.iter_mut().zip(high).for_each(|(out, high)| *out = [sample(*high, None); 2]);
        }
        high.len()
    }
}

/// A sample between -1 and 1.
#[allow(clippy::cast_precision_loss, reason = "24 bits")]
fn sample(high: i16, low: Option<u8>) -> f32 {
    low.map_or_else(|| f32::from(high) / 32_768.0, |low| (i32::from(high) << 8 | i32::from(low)) as f32 / 8_388_608.0)
}
