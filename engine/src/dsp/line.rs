//! Memories of samples for delays.

use std::hint::black_box;

use super::keep;

/// A ring of stereo frames that can be read at any distance.
#[derive(Clone, Debug)]
pub(super) struct Line {
    frames: Box<[[f32; 2]]>,
    mask: usize,
    head: usize,
    /// Frames that were written since the last reset, up to the line's length; what is older reads as silence.
    written: usize,
}

impl Line {
    /// A line that can be read at distances of up to `longest` frames, with room for interpolation.
    pub fn new(longest: usize) -> Self {
        let len = (longest + 4).next_power_of_two();
        // Each frame is written once, so that no page is first touched on the audio thread.
        let frames = (0..len).map(|_| black_box([0.0; 2])).collect();
        Self { frames, mask: len - 1, head: 0, written: 0 }
    }

    /// Forgets everything at once.
    pub const fn reset(&mut self) {
        self.written = 0;
    }

    /// Writes the next frame.
    #[inline]
    pub fn write(&mut self, frame: [f32; 2]) {
        self.frames[self.head & self.mask] = frame.map(keep);
        self.head = self.head.wrapping_add(1);
        self.written = (self.written + 1).min(self.mask + 1);
    }

    /// Returns the frame that was written `distance` frames ago; 1 is the last one.
    #[inline]
    pub fn read(&self, distance: usize) -> [f32; 2] {
        let frame = self.frames[self.head.wrapping_sub(distance) & self.mask];
        if distance <= self.written { frame } else { [0.0; 2] }
    }

    /// Returns one channel between two frames.
    ///
    /// Four frames around the place count (Lagrange's polynomial of third order, which never amplifies at its middle), so that
    /// a whole distance gives its frame exactly. Nearer than two frames it is a straight line.
    #[inline]
    pub fn between(&self, channel: usize, distance: f64) -> f32 {
        let whole = distance as usize;
        let d = (distance - whole as f64) as f32;
        let read = |distance| self.read(distance)[channel];
        if whole < 2 {
            return read(whole) * (1.0 - d) + read(whole + 1) * d;
        }
        let (before, here, next, after) = (read(whole - 1), read(whole), read(whole + 1), read(whole + 2));
        let (up, down, far) = (d + 1.0, d - 1.0, d - 2.0);
        before * (-d * down * far / 6.0) + here * (up * down * far * 0.5) + next * (-up * d * far * 0.5) + after * (up * d * down / 6.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_distances_are_exact_and_others_lie_on_the_curve() {
        let mut line = Line::new(100);
        for i in 0..300 {
            let x = i as f32 * 0.01;
            line.write([x * x, -x]);
        }
        let at = |distance: f64| (3.0 - distance as f32 * 0.01).powi(2);
        assert_eq!(line.between(0, 50.0), line.read(50)[0]);
        assert!((line.between(0, 50.25) - at(50.25)).abs() < 1e-5);
        assert!((line.between(0, 1.5) - at(1.5)).abs() < 1e-3);
        line.reset();
        assert_eq!(line.read(50), [0.0; 2]);
    }
}
