//! How long a take's pictures took, and what that says of those that came too late.

use std::time::{Duration, Instant};

/// Times of a take's pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pictures: u32,
    drawing: Duration,
    writing: Duration,
    longest_drawing: Duration,
    longest_writing: Duration,
}

impl Pace {
    /// Counts a picture that was begun, drawn and handed to the encoder at these moments.
    pub(super) fn count(&mut self, begun: Instant, drawn: Instant, written: Instant) {
        let (drawing, writing) = (drawn - begun, written - drawn);
        self.pictures += 1;
        self.drawing += drawing;
        self.writing += writing;
        self.longest_drawing = self.longest_drawing.max(drawing);
        self.longest_writing = self.longest_writing.max(writing);
    }

    /// Why pictures came too late, where a second has `fps` of them and `renderer` draws.
    pub(super) fn reason(&self, fps: (u32, u32), renderer: &str) -> String {
        let there = 1e3 * f64::from(fps.1) / f64::from(fps.0.max(1));
        let each = |all: Duration| 1e3 * all.as_secs_f64() / f64::from(self.pictures.max(1));
        let (drawing, writing) = (each(self.drawing), each(self.writing));
        if drawing + writing > 0.9 * there {
            let took = format!("a picture takes {:.0} ms ({drawing:.0} to draw on {renderer}, {writing:.0} to encode)", drawing + writing);
            return format!("{took}, and {there:.0} ms are there; record fewer or smaller pictures, or bounce: that waits for each");
        }
        let (what, longest) =
            if self.longest_drawing > self.longest_writing { ("draw", self.longest_drawing) } else { ("encode", self.longest_writing) };
        let usual = format!("most pictures were in time ({:.0} ms of {there:.0})", drawing + writing);
        format!("{usual}, one took {:.0} ms to {what}", longest.as_secs_f64() * 1e3)
    }
}

/// A part of a whole, in words.
pub(super) fn share(part: u64, whole: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "counts of pictures")]
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    if percent < 0.1 { "less than 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_pictures_are_told_with_what_was_measured() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut slow = Pace::default();
        (0..10).for_each(|_| slow.count(begun, at(40), at(48)));
        let said = slow.reason((30, 1), "a card");
        assert!(said.contains("takes 48 ms (40 to draw on a card, 8 to encode), and 33 ms are there"), "{said}");
        let mut once = Pace::default();
        (0..99).for_each(|_| once.count(begun, at(4), at(6)));
        once.count(begun, at(5), at(905));
        let said = once.reason((30, 1), "a card");
        assert!(said.contains("most pictures were in time (15 ms of 33), one took 900 ms to encode"), "{said}");
        for (part, whole, words) in [(1, 3, "33.3 %"), (1, 5000, "less than 0.1 %"), (7, 7, "100.0 %")] {
            assert_eq!(share(part, whole), words);
        }
    }
}
