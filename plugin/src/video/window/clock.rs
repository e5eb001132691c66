//! From the audio thread's frame count to this moment: views come block by block, pictures are shown in between.

use std::time::Instant;

/// A clock further off than this follows at once: the transport was held up, or started anew.
const JUMP_SECS: f64 = 0.05;
/// How far ahead of the last view a picture may be guessed; a stopped audio thread stops the picture.
const MAX_AHEAD_SECS: f64 = 0.1;
/// Share of the remaining error corrected with each view; blocks arrive with jitter, which this averages out.
const PULL: f64 = 0.05;

/// Follows the audio thread's frames in real time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlayClock {
    /// A frame, and the moment at which it was current.
    anchor: Option<(f64, Instant)>,
    last_frame: u64,
}

impl PlayClock {
    /// Seconds from the view's frame to `now`, given the newest view.
    #[allow(clippy::cast_precision_loss, reason = "2^53 frames are thousands of years")]
    pub(super) fn ahead_secs(&mut self, frame: u64, sample_rate: f64, now: Instant) -> f64 {
        let newest = frame as f64;
        let guess = |(anchor, at): (f64, Instant)| anchor + now.saturating_duration_since(at).as_secs_f64() * sample_rate;
        let current = match self.anchor {
            Some(anchor) if frame == self.last_frame => guess(anchor),
            Some(anchor) => {
                let guessed = guess(anchor);
                let error = newest - guessed;
                if error.abs() > JUMP_SECS * sample_rate { newest } else { guessed + PULL * error }
            }
            None => newest,
        };
        if frame != self.last_frame || self.anchor.is_none() {
            self.anchor = Some((current, now));
            self.last_frame = frame;
        }
        ((current - newest) / sample_rate.max(1.0)).clamp(-MAX_AHEAD_SECS, MAX_AHEAD_SECS)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pictures_between_and_across_jittering_blocks_move_evenly() {
        let start = Instant::now();
        let mut clock = PlayClock::default();
        let mut last = 0.0;
        // Blocks of 1024 frames whose views arrive up to 6 ms late, looked at every 16.7 ms.
        for picture in 0..600_u32 {
            let secs = f64::from(picture) / 60.0;
            let late = f64::from(picture * 7919 % 7) / 1000.0;
            let block = ((secs - late).max(0.0) * 48_000.0 / 1024.0).floor() as u64;
            let frame = block * 1024;
            let shown = frame as f64 / 48_000.0 + clock.ahead_secs(frame, 48_000.0, start + Duration::from_secs_f64(secs));
            if picture > 60 {
                assert!((shown - last - 1.0 / 60.0).abs() < 0.002, "picture {picture} moves by {} s", shown - last);
                assert!((secs - shown).abs() < 0.03, "picture {picture} is {} s behind", secs - shown);
            }
            last = shown;
        }
    }

    #[test]
    fn a_stopped_audio_thread_stops_the_picture_and_a_jump_is_followed() {
        let start = Instant::now();
        let mut clock = PlayClock::default();
        assert_eq!(clock.ahead_secs(48_000, 48_000.0, start), 0.0);
        assert_eq!(clock.ahead_secs(48_000, 48_000.0, start + Duration::from_secs(9)), MAX_AHEAD_SECS);
        assert_eq!(clock.ahead_secs(480, 48_000.0, start + Duration::from_secs(10)), 0.0);
    }
}
