//! The kit: sounds for whole tracks under the words that live coders type, each with a picture of its own.
//!
//! A sound is called `factory:WORD:NUMBER`, as a pattern calls it `WORD:NUMBER`. Each is computed when it is first loaded, in
//! arithmetic that gives the same bytes on every machine.

mod desk;
mod drums;
mod look;
mod metal;
mod tones;

use desk::{Desk, Take};
use drums::*;
use look::{Look, Shape};
use metal::*;
use tones::*;

use super::picture::CLIP_FPS;

/// A machine whose sounds tunes ask for by its name: what they write before the word, with `_` between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    /// None.
    Own,
    /// The sound is made as the TR-808 makes it.
    Tr808,
    /// As the TR-909 does.
    Tr909,
}

/// A sound of the kit.
#[derive(Debug)]
pub(in crate::media) struct Sound {
    machine: Machine,
    /// Seconds it lasts.
    secs: f64,
    make: fn(Desk) -> Take,
    /// MIDI note at which it sounds as it was made, where it has a pitch.
    pub root: Option<f64>,
    look: Look,
    /// One line about it.
    doc: &'static str,
}

/// The sounds of a word.
#[derive(Debug)]
pub struct Bank {
    /// What patterns call it.
    pub word: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it is for, in a line.
    pub doc: &'static str,
    /// LUFS that the loudest tenth of a second has, unless its peak is in the way.
    loudness: f64,
    sounds: &'static [Sound],
}

impl Bank {
    /// How many sounds it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.sounds.len()
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sounds.is_empty()
    }

    /// A line about each of its sounds.
    pub fn docs(&self) -> impl Iterator<Item = String> {
        self.sounds.iter().map(|sound| match sound.machine {
            Own => sound.doc.to_owned(),
            Tr808 => format!("{} (808)", sound.doc),
            Tr909 => format!("{} (909)", sound.doc),
        })
    }

    /// The names of its sounds as media, in order.
    pub fn assets(&self) -> impl Iterator<Item = String> {
        (0..self.sounds.len()).map(|number| format!("{}{}:{number}", super::PREFIX, self.word))
    }
}

const fn sound(machine: Machine, secs: f64, make: fn(Desk) -> Take, look: Look, doc: &'static str) -> Sound {
    Sound { machine, secs, make, root: None, look, doc }
}

/// A sound in C: of the note that the number says.
const fn tuned(root: f64, secs: f64, make: fn(Desk) -> Take, look: Look, doc: &'static str) -> Sound {
    Sound { machine: Machine::Own, secs, make, root: Some(root), look, doc }
}

const fn look(shape: Shape, hue: f32, count: u8) -> Look {
    Look { shape, hue, count }
}

use Machine::{Own, Tr808, Tr909};

/// The banks of the kit.
pub static KIT: &[Bank] = &[
    Bank {
        word: "bd",
        aliases: &["kick", "bassdrum"],
        doc: "bass drum",
        loudness: -9.5,
        sounds: &[
            sound(Tr808, 1.5, bd_deep, look(Shape::Orb, 0.03, 1), "deep and long"),
            sound(Tr909, 0.5, bd_punch, look(Shape::Orb, 0.08, 2), "swept, with a click"),
            sound(Own, 0.45, bd_tight, look(Shape::Orb, 0.98, 3), "small and dry"),
            sound(Own, 0.5, bd_hard, look(Shape::Orb, 0.94, 5), "driven"),
            sound(Own, 2.2, bd_boom, look(Shape::Orb, 0.86, 4), "a low sine that rings"),
        ],
    },
    Bank {
        word: "sd",
        aliases: &["snare", "sn"],
        doc: "snare drum",
        loudness: -12.5,
        sounds: &[
            sound(Tr808, 0.4, sd_snappy, look(Shape::Burst, 0.55, 7), "thin and snappy"),
            sound(Tr909, 0.45, sd_crack, look(Shape::Burst, 0.60, 9), "full, with a crack"),
            sound(Own, 0.3, sd_tight, look(Shape::Burst, 0.50, 12), "high and dry"),
            sound(Own, 0.45, sd_brush, look(Shape::Burst, 0.46, 17), "brushes"),
            sound(Own, 0.4, sd_gate, look(Shape::Burst, 0.66, 5), "a gated room, wide"),
        ],
    },
    Bank {
        word: "rim",
        aliases: &["rs", "rimshot"],
        doc: "rim of the snare",
        loudness: -18.0,
        sounds: &[
            sound(Tr808, 0.12, rim_click, look(Shape::Cross, 0.13, 2), "a click"),
            sound(Tr909, 0.16, rim_shot, look(Shape::Cross, 0.17, 3), "a shot"),
            sound(Own, 0.18, rim_stick, look(Shape::Cross, 0.10, 4), "a stick across the rim"),
        ],
    },
    Bank {
        word: "cp",
        aliases: &["clap", "handclap"],
        doc: "hand claps",
        loudness: -13.5,
        sounds: &[
            sound(Tr808, 0.5, cp_three, look(Shape::Hands, 0.90, 3), "four bursts and a room"),
            sound(Tr909, 0.4, cp_bright, look(Shape::Hands, 0.84, 4), "brighter"),
            sound(Own, 0.5, cp_hands, look(Shape::Hands, 0.78, 6), "many hands, wide"),
        ],
    },
    Bank {
        word: "hh",
        aliases: &["hat", "ch", "hihat", "closedhat"],
        doc: "closed hi-hat",
        loudness: -21.0,
        sounds: &[
            sound(Tr808, 0.18, hh_metal, look(Shape::Ticks, 0.48, 9), "six squares"),
            sound(Tr909, 0.25, hh_crisp, look(Shape::Ticks, 0.53, 11), "crisp plates"),
            sound(Own, 0.08, hh_tick, look(Shape::Ticks, 0.43, 15), "a tick"),
            sound(Own, 0.22, hh_pedal, look(Shape::Ticks, 0.58, 7), "the pedal"),
        ],
    },
    Bank {
        word: "oh",
        aliases: &["openhat", "ho"],
        doc: "open hi-hat",
        loudness: -20.0,
        sounds: &[
            sound(Tr808, 1.0, oh_metal, look(Shape::Fan, 0.48, 9), "six squares"),
            sound(Tr909, 0.9, oh_crisp, look(Shape::Fan, 0.53, 13), "crisp plates"),
            sound(Own, 1.4, oh_sizzle, look(Shape::Fan, 0.42, 17), "half open, sizzling"),
        ],
    },
    Bank {
        word: "lt",
        aliases: &["lowtom"],
        doc: "low tom",
        loudness: -12.0,
        sounds: &[
            sound(Tr808, 1.1, lt_round, look(Shape::Polygon, 0.08, 6), "round"),
            sound(Tr909, 0.85, lt_punch, look(Shape::Polygon, 0.04, 6), "with a stick"),
            sound(Own, 0.8, lt_electric, look(Shape::Polygon, 0.97, 6), "falls by two octaves"),
        ],
    },
    Bank {
        word: "mt",
        aliases: &["midtom"],
        doc: "middle tom",
        loudness: -12.0,
        sounds: &[
            sound(Tr808, 0.95, mt_round, look(Shape::Polygon, 0.14, 5), "round"),
            sound(Tr909, 0.75, mt_punch, look(Shape::Polygon, 0.10, 5), "with a stick"),
            sound(Own, 0.7, mt_electric, look(Shape::Polygon, 0.03, 5), "falls by two octaves"),
        ],
    },
    Bank {
        word: "ht",
        aliases: &["hightom"],
        doc: "high tom",
        loudness: -12.5,
        sounds: &[
            sound(Tr808, 0.75, ht_round, look(Shape::Polygon, 0.20, 4), "round"),
            sound(Tr909, 0.6, ht_punch, look(Shape::Polygon, 0.16, 4), "with a stick"),
            sound(Own, 0.6, ht_electric, look(Shape::Polygon, 0.09, 4), "falls by two octaves"),
        ],
    },
    Bank {
        word: "rd",
        aliases: &["ride"],
        doc: "ride cymbal",
        loudness: -21.0,
        sounds: &[
            sound(Tr909, 2.0, rd_bow, look(Shape::Ripple, 0.52, 3), "on the bow"),
            sound(Own, 1.8, rd_bell, look(Shape::Ripple, 0.45, 2), "on the bell"),
        ],
    },
    Bank {
        word: "cr",
        aliases: &["crash", "cymbal", "cy"],
        doc: "crash cymbal",
        loudness: -17.0,
        sounds: &[
            sound(Tr808, 2.2, cr_metal, look(Shape::Ripple, 0.60, 4), "six squares in two bands"),
            sound(Tr909, 2.8, cr_wide, look(Shape::Ripple, 0.68, 5), "plates, wide"),
        ],
    },
    Bank {
        word: "cb",
        aliases: &["cowbell"],
        doc: "cowbell",
        loudness: -17.5,
        sounds: &[
            sound(Tr808, 0.6, cb_two, look(Shape::Frames, 0.15, 3), "two squares"),
            sound(Own, 0.6, cb_agogo, look(Shape::Frames, 0.22, 4), "agogo"),
        ],
    },
    Bank {
        word: "sh",
        aliases: &["shaker", "ma", "maracas"],
        doc: "shaker",
        loudness: -23.0,
        sounds: &[
            sound(Tr808, 0.16, sh_short, look(Shape::Grains, 0.38, 10), "maracas"),
            sound(Own, 0.3, sh_long, look(Shape::Grains, 0.31, 14), "there and back"),
        ],
    },
    Bank {
        word: "tb",
        aliases: &["tambourine"],
        doc: "tambourine",
        loudness: -21.5,
        sounds: &[
            sound(Own, 0.5, tb_hit, look(Shape::Jingles, 0.16, 11), "struck"),
            sound(Own, 0.6, tb_shake, look(Shape::Jingles, 0.12, 15), "shaken"),
        ],
    },
    Bank {
        word: "perc",
        aliases: &["percussion"],
        doc: "what hands strike",
        loudness: -15.5,
        sounds: &[
            sound(Tr808, 0.55, perc_conga_low, look(Shape::Rose, 0.06, 3), "conga, open"),
            sound(Own, 0.4, perc_conga_high, look(Shape::Rose, 0.11, 4), "conga, slapped"),
            sound(Own, 0.14, perc_claves, look(Shape::Rose, 0.30, 5), "claves"),
            sound(Own, 0.2, perc_block, look(Shape::Rose, 0.35, 7), "wood block"),
            sound(Own, 2.0, perc_triangle, look(Shape::Rose, 0.50, 9), "triangle"),
        ],
    },
    Bank {
        word: "misc",
        aliases: &["fx"],
        doc: "effects",
        loudness: -17.0,
        sounds: &[
            sound(Own, 0.5, misc_zap, look(Shape::Spiral, 0.72, 1), "a zap"),
            sound(Own, 0.3, misc_blip, look(Shape::Spiral, 0.42, 2), "a blip"),
            sound(Own, 2.0, misc_crackle, look(Shape::Spiral, 0.12, 3), "vinyl"),
            sound(Own, 2.0, misc_rise, look(Shape::Spiral, 0.62, 5), "noise that rises for two seconds"),
        ],
    },
    Bank {
        word: "bass",
        aliases: &[],
        doc: "bass, in C2",
        loudness: -12.0,
        sounds: &[
            tuned(36.0, 0.9, bass_acid, look(Shape::Wave, 0.30, 2), "acid: a filter closes"),
            tuned(36.0, 1.2, bass_sub, look(Shape::Wave, 0.66, 1), "sub: nearly a sine"),
            tuned(36.0, 1.6, bass_reese, look(Shape::Wave, 0.80, 4), "reese: sawtooths that beat"),
            tuned(36.0, 1.4, bass_slap, look(Shape::Wave, 0.16, 3), "slap: FM"),
        ],
    },
    Bank {
        word: "pluck",
        aliases: &[],
        doc: "plucked, in C4",
        loudness: -15.0,
        sounds: &[
            tuned(60.0, 2.0, pluck_string, look(Shape::Strings, 0.47, 4), "a string"),
            tuned(60.0, 1.4, pluck_kalimba, look(Shape::Strings, 0.13, 6), "a tongue of metal"),
            tuned(60.0, 1.2, pluck_square, look(Shape::Strings, 0.33, 5), "a pulse that snaps shut"),
        ],
    },
    Bank {
        word: "pad",
        aliases: &[],
        doc: "pads of four seconds, in C4",
        loudness: -17.0,
        sounds: &[
            tuned(60.0, 4.0, pad_warm, look(Shape::Aurora, 0.62, 3), "warm sawtooths"),
            tuned(60.0, 4.0, pad_glass, look(Shape::Aurora, 0.45, 5), "glass"),
            tuned(60.0, 4.0, pad_dark, look(Shape::Aurora, 0.76, 2), "dark strings"),
        ],
    },
    Bank {
        word: "stab",
        aliases: &[],
        doc: "chords on C4",
        loudness: -14.0,
        sounds: &[
            tuned(60.0, 1.0, stab_minor, look(Shape::Chord, 0.70, 4), "minor seventh, as in house"),
            tuned(60.0, 0.6, stab_organ, look(Shape::Chord, 0.10, 3), "minor, an organ"),
            tuned(60.0, 1.3, stab_rave, look(Shape::Chord, 0.88, 5), "fifths and octaves, as at raves"),
        ],
    },
    Bank {
        word: "vox",
        aliases: &["voice"],
        doc: "voices, in C4",
        loudness: -14.0,
        sounds: &[
            tuned(60.0, 1.6, vox_ah, look(Shape::Lips, 0.92, 3), "ah"),
            tuned(60.0, 1.6, vox_oo, look(Shape::Lips, 0.82, 2), "oo"),
            tuned(60.0, 0.5, vox_hey, look(Shape::Lips, 0.05, 4), "hey"),
            tuned(60.0, 0.9, vox_wow, look(Shape::Lips, 0.74, 5), "wow"),
        ],
    },
];

/// The words of the kit, each with the names of its sounds as media, in order.
pub fn kit() -> impl Iterator<Item = (&'static str, String)> {
    KIT.iter().flat_map(|bank| bank.assets().map(|asset| (bank.word, asset)))
}

/// The bank and the sound of a name without its prefix: `bd:2`, or `bd` for the first one.
fn find(part: &str) -> Option<(&'static Bank, &'static Sound)> {
    let (word, number) = part.split_once(':').unwrap_or((part, "0"));
    let bank = KIT.iter().find(|bank| bank.word == word)?;
    // As it is written in the list, so that a sound has no two names.
    let plain = number == "0" || !number.starts_with(['0', '+']);
    let number: usize = number.parse().ok().filter(|_| plain)?;
    Some((bank, bank.sounds.get(number)?))
}

/// A sound of the kit by its name without the prefix.
pub(super) fn named(part: &str) -> Option<&'static Sound> {
    find(part).map(|(_, sound)| sound)
}

/// What patterns call a sound of the kit by, the usual word first.
pub(in crate::media) fn words(part: &str) -> Option<impl Iterator<Item = String>> {
    let (bank, sound) = find(part)?;
    let machines: &[&str] = match sound.machine {
        Own => &[],
        Tr808 => &["RolandTR808", "TR808"],
        Tr909 => &["RolandTR909", "TR909"],
    };
    let of_machine = machines.iter().map(|machine| format!("{machine}_{}", bank.word));
    Some(std::iter::once(&bank.word).chain(bank.aliases).map(|word| (*word).to_owned()).chain(of_machine))
}

/// A line about a sound of the kit.
#[must_use]
pub fn about(part: &str) -> Option<String> {
    find(part).map(|(bank, sound)| format!("{}: {}", bank.doc, sound.doc))
}

impl Sound {
    /// Renders it at a rate.
    pub(super) fn render(&'static self, rate: f64) -> Box<[[f32; 2]]> {
        let loudness =
            KIT.iter().find(|bank| bank.sounds.iter().any(|sound| std::ptr::eq(sound, self))).map_or(-14.0, |bank| bank.loudness);
        let desk = Desk { rate, secs: self.secs };
        desk.finish((self.make)(desk), loudness)
    }

    /// How many frames its picture has: it lasts as long as the sound, or until an eye has seen it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    pub(super) fn frames(&self) -> u32 {
        let a_second = f64::from(CLIP_FPS.0) / f64::from(CLIP_FPS.1);
        (self.secs.max(0.45) * a_second).ceil() as u32
    }

    /// Draws a frame of its picture into `rgba`, which has the size of a clip.
    pub(super) fn draw(&self, frame: u32, rgba: &mut [u8]) {
        self.look.draw(frame, self.frames(), rgba);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (&'static Bank, String, &'static Sound)> {
        KIT.iter()
            .flat_map(|bank| bank.sounds.iter().enumerate().map(move |(number, sound)| (bank, format!("{}:{number}", bank.word), sound)))
    }

    fn power(frames: &[[f32; 2]]) -> f64 {
        frames.iter().flatten().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / (2 * frames.len()).max(1) as f64
    }

    #[test]
    fn the_kit_is_large_enough_and_no_two_words_mean_different_banks() {
        assert!(all().count() >= 40, "{} sounds", all().count());
        for word in ["bd", "sd", "rim", "cp", "hh", "oh"] {
            assert!(KIT.iter().any(|bank| bank.word == word && bank.len() >= 3), "{word}");
        }
        let mut seen = std::collections::BTreeMap::new();
        for (bank, name, _) in all() {
            for word in words(&name).into_iter().flatten() {
                assert_eq!(*seen.entry(word.clone()).or_insert(bank.word), bank.word, "{word}");
            }
        }
        assert!(["kick", "hat", "RolandTR909_oh", "TR808_cb", "clap"].iter().all(|word| seen.contains_key(*word)));
        assert_eq!(kit().nth(6), Some(("sd", "factory:sd:1".to_owned())));
        assert!(["bd:5", "bd:", "bd:01", "bd:-1", "bd:x", "kick:0", ""].iter().all(|name| named(name).is_none()));
    }

    #[test]
    fn every_sound_begins_at_once_ends_in_silence_and_has_the_level_of_its_family() {
        for (bank, name, sound) in all() {
            for rate in [44_100.0, 48_000.0, 96_000.0] {
                let frames = sound.render(rate);
                let peak = frames.iter().flatten().fold(0.0_f32, |most, sample| most.max(sample.abs()));
                assert!(frames.iter().flatten().all(|sample| sample.is_finite()) && peak <= 0.951, "{name} at {rate}: {peak}");
                let take: Vec<[f64; 2]> = frames.iter().map(|frame| frame.map(f64::from)).collect();
                let loud = 10.0 * desk::loudest(&take, rate).log10() - 0.691;
                let short = bank.loudness - loud;
                assert!((-0.1..3.0).contains(&short) && (short < 0.1 || peak > 0.94), "{name} at {rate}: {loud:.1} LUFS, peak {peak:.2}");
                // The fade at the end only takes away what can't be heard.
                let end = frames.len() - (0.016 * rate) as usize;
                let left = frames[end..].iter().flatten().fold(0.0_f32, |most, sample| most.max(sample.abs()));
                assert!(left < 0.012 * peak, "{name} at {rate}: {left} of {peak} is left at its end");
                assert!(frames.last().is_some_and(|last| *last == [0.0; 2]), "{name}");
                // No constant part.
                let mean = frames.iter().map(|frame| f64::from(frame[0])).sum::<f64>() / frames.len() as f64;
                assert!(mean.abs() < 0.02 * f64::from(peak), "{name} at {rate}: {mean}");
                // Struck sounds are heard within 5 ms.
                if !matches!(bank.word, "pad" | "misc" | "sh" | "vox") && name != "tb:1" {
                    let begun = power(&frames[..(0.012 * rate) as usize]);
                    assert!(begun > 0.05 * power(&frames[..(0.1 * rate) as usize]), "{name} at {rate} begins late");
                }
            }
        }
    }

    #[test]
    fn sounds_are_the_same_bytes_on_every_machine() {
        let mut hash = blake3::Hasher::new();
        for (_, _, sound) in all() {
            for sample in sound.render(48_000.0).iter().flatten() {
                hash.update(&sample.to_le_bytes());
            }
        }
        // Changes only with the sounds; songs that use them then sound otherwise than before.
        assert_eq!(hash.finalize().to_hex().as_str(), "");
    }
}

#[cfg(test)]
mod dump {
    use super::*;
    #[test]
    fn dump() {
        let Ok(dir) = std::env::var("KIT_DUMP") else { return };
        let began = std::time::Instant::now();
        for bank in KIT {
            for (number, sound) in bank.sounds.iter().enumerate() {
                let from = std::time::Instant::now();
                let frames = sound.render(48_000.0);
                println!("{}:{number} {:?}", bank.word, from.elapsed());
                let bytes: Vec<u8> = frames.iter().flatten().flat_map(|s| s.to_le_bytes()).collect();
                std::fs::write(format!("{dir}/{}_{number}.f32", bank.word), bytes).unwrap();
                let mut rgba = vec![0; (CLIP_SIZE_ * 4) as usize];
                for (i, at) in [0.08_f32, 0.3].iter().enumerate() {
                    sound.draw((at * sound.frames() as f32) as u32, &mut rgba);
                    std::fs::write(format!("{dir}/{}_{number}_{i}.rgba", bank.word), &rgba).unwrap();
                }
            }
        }
        println!("all {:?}", began.elapsed());
    }
    const CLIP_SIZE_: u32 = 320 * 180;
}
