//! SoundFonts that tests write: tables of patches, instruments and samples ("SoundFont Technical Specification", version 2.04).

/// A sample: its name, its sound, its rate, its loop, its key and its tuning in cents.
#[derive(Clone)]
pub struct Sample {
    pub name: &'static str,
    pub sound: Vec<i16>,
    pub rate: u32,
    pub around: (u32, u32),
    pub key: u8,
    pub cents: i8,
    pub kind: u16,
}

/// A zone: numbers of generators with their amounts.
pub type Zone = Vec<(u16, i16)>;

/// A font. Zones of patches end with generator 41, an instrument's place, and those of instruments with 53, a sample's.
#[derive(Clone, Default)]
pub struct Font {
    pub samples: Vec<Sample>,
    pub instruments: Vec<Vec<Zone>>,
    pub patches: Vec<(&'static str, u16, u16, Vec<Zone>)>,
}

/// A whole number of periods of a sine, at half of full level.
pub fn sine(hz: f64, rate: u32, frames: usize) -> Vec<i16> {
    (0..frames).map(|at| (16_384.0 * (std::f64::consts::TAU * hz * at as f64 / f64::from(rate)).sin()).round() as i16).collect()
}

/// A second of a sine of 480 Hz at 48 kHz, which loops in its second half; its key is 60.
pub fn looped(name: &'static str) -> Sample {
    Sample { name, sound: sine(480.0, 48_000, 48_000), rate: 48_000, around: (24_000, 47_000), key: 60, cents: 0, kind: 1 }
}

/// Two bytes as a range.
pub fn range(low: u8, high: u8) -> i16 {
    i16::from_le_bytes([low, high])
}

pub fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32).to_le_bytes();
    let mut all = [&name[..], &size, content].concat();
    all.resize(all.len().next_multiple_of(2), 0);
    all
}

fn name(text: &str) -> [u8; 20] {
    let mut name = [0; 20];
    let bytes = &text.as_bytes()[..text.len().min(20)];
    name[..bytes.len()].copy_from_slice(bytes);
    name
}

/// Bags and generators of rows of zones; with the place of each row's first zone.
fn level(rows: &[&[Zone]]) -> (Vec<u16>, Vec<u8>, Vec<u8>) {
    let (mut firsts, mut bags, mut generators, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0_u16);
    for row in rows {
        firsts.push((bags.len() / 4) as u16);
        for zone in *row {
            bags.extend([count.to_le_bytes(), [0; 2]].concat());
            for (kind, amount) in zone {
                generators.extend([kind.to_le_bytes(), amount.to_le_bytes()].concat());
                count += 1;
            }
        }
    }
    firsts.push((bags.len() / 4) as u16);
    bags.extend([count.to_le_bytes(), [0; 2]].concat());
    generators.extend([0; 4]);
    (firsts, bags, generators)
}

impl Font {
    /// A font with one patch, whose instrument has these zones of one sample.
    pub fn of(sample: Sample, zones: Vec<Zone>) -> Self {
        let zones = zones.into_iter().map(|mut zone| {
            zone.push((53, 0));
            zone
        });
        Self { samples: vec![sample], instruments: vec![zones.collect()], patches: vec![("Finger Bass", 0, 32, vec![vec![(41, 0)]])] }
    }

    /// The file, whose tables `change` may change first.
    pub fn bytes_with(&self, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let (mut sound, mut headers) = (Vec::new(), Vec::new());
        for sample in &self.samples {
            let start = (sound.len() / 2) as u32;
            let places = [start, start + sample.sound.len() as u32, start + sample.around.0, start + sample.around.1, sample.rate];
            headers.extend(name(sample.name));
            headers.extend(places.iter().flat_map(|place| place.to_le_bytes()));
            headers.extend([sample.key, sample.cents.to_ne_bytes()[0], 0, 0]);
            headers.extend(sample.kind.to_le_bytes());
            sound.extend(sample.sound.iter().flat_map(|sample| sample.to_le_bytes()));
            sound.extend([0; 92]);
        }
        headers.extend(name("EOS"));
        headers.extend([0; 26]);
        let (firsts, ibag, igen) = level(&self.instruments.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut inst = Vec::new();
        for first in firsts {
            inst.extend(name("instrument"));
            inst.extend(first.to_le_bytes());
        }
        let (firsts, pbag, pgen) = level(&self.patches.iter().map(|patch| patch.3.as_slice()).collect::<Vec<_>>());
        let mut phdr = Vec::new();
        let end = ("EOP", 0, 0, Vec::new());
        for ((text, bank, program, _), first) in self.patches.iter().chain([&end]).zip(firsts) {
            phdr.extend(name(text));
            phdr.extend([*program, *bank, first].iter().flat_map(|number| number.to_le_bytes()));
            phdr.extend([0; 12]);
        }
        let tables = [
            ("phdr", phdr),
            ("pbag", pbag),
            ("pmod", vec![0; 10]),
            ("pgen", pgen),
            ("inst", inst),
            ("ibag", ibag),
            ("imod", vec![0; 10]),
            ("igen", igen),
            ("shdr", headers),
        ];
        let list = |kind: &[u8; 4], chunks: Vec<u8>| chunk(b"LIST", &[&kind[..], &chunks].concat());
        let four = |text: &str| -> [u8; 4] { text.as_bytes().try_into().expect("four letters") };
        let data = tables.into_iter().flat_map(|(text, table)| chunk(&four(text), &change(text, table))).collect();
        let info = list(b"INFO", [chunk(b"ifil", &[2, 0, 1, 0]), chunk(b"isng", b"EMU8000\0"), chunk(b"INAM", b"test")].concat());
        let sound = list(b"sdta", chunk(b"smpl", &change("smpl", sound)));
        chunk(b"RIFF", &[&b"sfbk"[..], &info, &sound, &list(b"pdta", data)].concat())
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_with(|_, table| table)
    }
}
