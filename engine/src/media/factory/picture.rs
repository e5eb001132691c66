//! Factory pictures, drawn frame by frame.
//!
//! A clip shows its colour in a band along the top, a bar that moves from left to right as it plays, its frame number
//! in large digits, and the same number as 16 squares along the bottom edge, most significant bit first, white for 1:
//! people, tests and films can tell which clip is shown, and where in it. Triggered fast, they strobe; the lights ([`Glow`])
//! don't.

use super::{glow::Glow, kit};

/// Width and height of a clip.
pub const CLIP_SIZE: (u32, u32) = (320, 180);
/// Frames a second of a clip.
pub const CLIP_FPS: (u32, u32) = (30, 1);
/// Frames of a clip.
pub const CLIP_FRAMES: u32 = 300;
/// Width and height of the test card.
pub const TESTCARD_SIZE: (u32, u32) = (640, 360);

/// A colour, sRGB.
type Rgb = [u8; 3];

/// A factory picture.
#[derive(Clone, Copy, Debug)]
pub(in crate::media) enum Picture {
    /// A still with bars, a ramp and a circle.
    Testcard,
    /// A counting clip of a colour.
    Clip(Rgb),
    /// A calm light.
    Glow(Glow),
    /// That of a sound of the kit.
    Kit(&'static kit::Sound),
}

/// The pictures by name.
pub(in crate::media) const PICTURES: [(&str, Picture); 12] = [
    ("ember", Picture::Glow(Glow::Ember)),
    ("halo", Picture::Glow(Glow::Halo)),
    ("spark", Picture::Glow(Glow::Spark)),
    ("tide", Picture::Glow(Glow::Tide)),
    ("testcard", Picture::Testcard),
    ("counter", Picture::Clip([128, 128, 128])),
    ("red", Picture::Clip([224, 32, 32])),
    ("green", Picture::Clip([32, 192, 48])),
    ("blue", Picture::Clip([40, 72, 232])),
    ("yellow", Picture::Clip([232, 208, 24])),
    ("magenta", Picture::Clip([208, 40, 200])),
    ("cyan", Picture::Clip([32, 200, 216])),
];

/// The colour (sRGB) of a clip's band along the top edge; `None` for names that are no clip.
#[must_use]
pub fn clip_colour(name: &str) -> Option<[u8; 3]> {
    PICTURES.iter().find(|(n, _)| *n == name).and_then(|(_, picture)| match picture {
        Picture::Clip(colour) => Some(*colour),
        Picture::Testcard | Picture::Glow(_) | Picture::Kit(_) => None,
    })
}

/// Height of the colour band, as a share of the picture's.
const BAND: u32 = 24;
/// Side of a square of the machine-readable number.
const SQUARE: u32 = 20;

/// Reads the frame number from a clip's picture, at any scale: RGBA8, `width · height · 4` bytes of the whole clip and
/// nothing else. `None` where a square is neither dark nor bright.
#[must_use]
pub fn read_counter(rgba: &[u8], width: u32, height: u32) -> Option<u32> {
    // The centre of each square, in the middle of the bottom row of squares.
    let y = u64::from(height) * u64::from(2 * CLIP_SIZE.1 - SQUARE) / u64::from(2 * CLIP_SIZE.1);
    (0..16u64).try_fold(0, |number, bit| {
        let x = u64::from(width) * (2 * bit + 1) / 32;
        let at = usize::try_from((y * u64::from(width) + x) * 4).ok()?;
        let brightness: u32 = rgba.get(at..at + 3)?.iter().map(|c| u32::from(*c)).sum();
        match brightness {
            0..=254 => Some(number << 1),
            511.. => Some(number << 1 | 1),
            _ => None,
        }
    })
}

impl Picture {
    /// Draws a frame into `rgba`, which gets the picture's size.
    pub(in crate::media) fn draw(self, frame: u32, rgba: &mut Vec<u8>) {
        let (width, height) = match self {
            Self::Testcard => TESTCARD_SIZE,
            Self::Clip(_) | Self::Glow(_) | Self::Kit(_) => CLIP_SIZE,
        };
        rgba.clear();
        rgba.resize((width * height * 4) as usize, 255);
        let mut canvas = Canvas { rgba, width, height };
        match self {
            Self::Testcard => canvas.testcard(),
            Self::Clip(colour) => canvas.clip(colour, frame),
            Self::Glow(glow) => glow.draw(frame, canvas.rgba),
            Self::Kit(sound) => sound.draw(frame, canvas.rgba),
        }
    }
}

struct Canvas<'a> {
    rgba: &'a mut [u8],
    width: u32,
    height: u32,
}

impl Canvas<'_> {
    fn rect(&mut self, x: u32, y: u32, w: u32, h: u32, colour: Rgb) {
        let (right, bottom) = ((x + w).min(self.width), (y + h).min(self.height));
        for row in y..bottom {
            let (from, to) = (row * self.width + x.min(right), row * self.width + right);
            self.rgba[from as usize * 4..to as usize * 4].as_chunks_mut().0.fill([colour[0], colour[1], colour[2], 255]);
        }
    }

    fn clip(&mut self, colour: Rgb, frame: u32) {
        let dark = colour.map(|c| c / 3);
        let pale = colour.map(|c| 255 - (255 - c) / 2);
        let stage = self.height - BAND - SQUARE;
        self.rect(0, 0, self.width, BAND, colour);
        self.rect(0, BAND, self.width, stage, dark);
        let x = frame * (self.width - 16) / (CLIP_FRAMES - 1);
        self.rect(x, BAND, 16, stage, colour);
        for place in 0..3 {
            let digit = frame / 10u32.pow(2 - place) % 10;
            self.digit(digit, 76 + place * 60, BAND + 24, pale);
        }
        for bit in 0..16 {
            let value = if frame >> (15 - bit) & 1 == 1 { 255 } else { 0 };
            self.rect(bit * SQUARE, self.height - SQUARE, SQUARE, SQUARE, [value; 3]);
        }
    }

    /// A digit of seven bars, 48 × 88 pixels.
    fn digit(&mut self, digit: u32, x: u32, y: u32, colour: Rgb) {
        /// Bars of each digit: top, top left, top right, middle, bottom left, bottom right, bottom.
        const LIT: [u8; 10] =
            [0b111_0111, 0b001_0010, 0b101_1101, 0b101_1011, 0b011_1010, 0b110_1011, 0b110_1111, 0b101_0010, 0b111_1111, 0b111_1011];
        const BARS: [(u32, u32, u32, u32); 7] =
            [(0, 0, 48, 8), (0, 0, 8, 48), (40, 0, 8, 48), (0, 40, 48, 8), (0, 40, 8, 48), (40, 40, 8, 48), (0, 80, 48, 8)];
        for (i, (dx, dy, w, h)) in BARS.into_iter().enumerate() {
            if LIT[digit as usize] >> (6 - i) & 1 == 1 {
                self.rect(x + dx, y + dy, w, h, colour);
            }
        }
    }

    fn testcard(&mut self) {
        const BARS: [Rgb; 8] =
            [[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]];
        let (width, height) = (self.width, self.height);
        for (i, colour) in (0..).zip(BARS) {
            self.rect(i * width / 8, 0, width / 8, height * 2 / 3, colour);
        }
        for x in 0..width {
            let grey = u8::try_from(x * 255 / (width - 1)).unwrap_or(255);
            self.rect(x, height * 2 / 3, 1, height / 3, [grey; 3]);
        }
        // A circle shows whether pixels are square.
        let (cx, cy, radius) = (width / 2, height / 2, height * 2 / 5);
        for y in 0..height {
            for x in 0..width {
                let (dx, dy) = (x.abs_diff(cx), y.abs_diff(cy));
                let squared = dx * dx + dy * dy;
                if squared <= radius * radius && squared >= (radius - 3) * (radius - 3) {
                    self.rect(x, y, 1, 1, [255; 3]);
                }
            }
        }
        let edge = [255; 3];
        self.rect(0, 0, width, 2, edge);
        self.rect(0, height - 2, width, 2, edge);
        self.rect(0, 0, 2, height, edge);
        self.rect(width - 2, 0, 2, height, edge);
    }
}
