//! SoundFonts, from the file to what is heard.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;

use crate::{
    media_tools::Files,
    rig::{RATE, Rig},
    soundfont_tools::{Font, Sample, Zone, looped, range, sine},
};
use videotracker_engine::{
    engine::Engine,
    media::{Limits, load},
    module::Value,
    snapshot::MediaState,
};

/// A folder with a font.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("bank.sf2"), bytes).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bank.sf2")
    }

    fn name(&self) -> String {
        self.path().to_string_lossy().replace('\\', "/")
    }

    /// Seconds of a pattern that the font's sampler plays at 120 beats a minute, left and right.
    fn plays(&self, pattern: &str, config: &str, secs: f64, blocks: &[usize]) -> Vec<[f32; 2]> {
        let mut rig = Rig::new(&format!(
            "session{{}} audioOut('out', {{limit = false}}) sampler('gm', {{samples = import('{}'){config}}}) \
             sequencer('q') connect('q', 'gm') pattern('p', {pattern}) bind('q', 'p')",
            self.name()
        ));
        (rig.offline, rig.bpm) = (true, 120.0);
        let frames = (secs * RATE) as usize;
        let mut done = 0;
        for block in blocks.iter().cycle() {
            let block = (*block).min(frames - done);
            rig.block(block);
            done += block;
            if done == frames {
                break;
            }
        }
        rig.sound.as_chunks::<2>().0.to_vec()
    }
}

/// What a font plays in a second of its bass.
fn heard(font: &Font, pattern: &str) -> Vec<[f32; 2]> {
    Place::of(&font.bytes()).plays(pattern, "", 2.0, &[512])
}

fn part(sound: &[[f32; 2]], from: f64, to: f64) -> &[[f32; 2]] {
    &sound[(from * RATE) as usize..(to * RATE) as usize]
}

/// The level of one side, as the amplitude of a sine.
fn level(sound: &[[f32; 2]], side: usize) -> f64 {
    (2.0 * sound.iter().map(|frame| f64::from(frame[side]).powi(2)).sum::<f64>() / sound.len() as f64).sqrt()
}

fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// The frequency of a sine, by its rising edges.
fn hz(sound: &[[f32; 2]]) -> f64 {
    let edges: Vec<f64> = sound
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0][0] < 0.0 && pair[1][0] >= 0.0)
        .map(|(at, pair)| at as f64 - f64::from(pair[0][0]) / f64::from(pair[1][0] - pair[0][0]))
        .collect();
    (edges.len() - 1) as f64 / (edges[edges.len() - 1] - edges[0]) * RATE
}

/// The level of a centred sine at half of full level: Strudel's 0.8, of patches 0.3, and both sides 3 dB down.
const PLAIN: f64 = 0.5 * 0.8 * 0.3 * std::f64::consts::FRAC_1_SQRT_2;
/// Goes around its loop.
const LOOPS: (u16, i16) = (54, 1);

#[test]
fn a_patch_has_its_pitch_at_every_note() {
    let at_44 = |cents: i8| Sample { sound: sine(441.0, 44_100, 44_100), rate: 44_100, around: (22_050, 44_050), cents, ..looped("a") };
    for (sample, zone, note, wanted) in [
        (looped("a"), vec![], "c4", 480.0),
        (looped("a"), vec![], "c3", 240.0),
        (looped("a"), vec![], "c6", 1920.0),
        (looped("a"), vec![], "g4", 480.0 * 2_f64.powf(7.0 / 12.0)),
        // The root key that the zone says, cents, semitones, the sample's own correction, another scale.
        (looped("a"), vec![(58, 72)], "c4", 240.0),
        (looped("a"), vec![(52, 50)], "c4", 480.0 * 2_f64.powf(0.5 / 12.0)),
        (looped("a"), vec![(51, -5), (52, -30)], "c4", 480.0 * 2_f64.powf(-5.3 / 12.0)),
        (at_44(0), vec![], "c4", 441.0),
        (at_44(-20), vec![], "c4", 441.0 * 2_f64.powf(-0.2 / 12.0)),
        (looped("a"), vec![(56, 50)], "c5", 480.0 * 2_f64.sqrt()),
        (looped("a"), vec![(56, 0)], "c6", 480.0),
        // One key, whatever is played.
        (looped("a"), vec![(46, 60)], "c6", 480.0),
    ] {
        let zone: Zone = [vec![LOOPS], zone].concat();
        let sound = heard(&Font::of(sample, vec![zone.clone()]), &format!("note('{note}'):s('gm_acoustic_bass')"));
        let cents = 1200.0 * (hz(part(&sound, 0.1, 1.8)) / wanted).log2();
        assert!(cents.abs() < 0.5, "{zone:?} at {note}: {cents} cents from {wanted} Hz");
    }
}

#[test]
fn keys_and_velocities_choose_zones_and_those_that_overlap_sound_together() {
    let zones = vec![
        vec![(43, range(0, 59)), (51, 0), LOOPS],
        vec![(43, range(60, 100)), (44, range(0, 63)), (51, 12), LOOPS],
        vec![(43, range(60, 100)), (44, range(64, 127)), (51, 24), LOOPS],
    ];
    let font = Font::of(looped("a"), zones);
    for (pattern, wanted) in [
        ("note('c3')", Some(240.0)),
        ("note('b3')", Some(480.0 * 2_f64.powf(-1.0 / 12.0))),
        ("note('c4')", Some(1920.0)),
        ("note('c4'):velocity(0.5)", Some(1920.0)),
        ("note('c4'):velocity(0.49)", Some(960.0)),
        // Without a note, c3 as in Strudel; a key that no zone is for is silent.
        ("s('gm_acoustic_bass')", Some(240.0)),
        ("note(101)", None),
    ] {
        let sound = heard(&font, &format!("{pattern}:s('gm_acoustic_bass')"));
        let sound = part(&sound, 0.1, 1.8);
        match wanted {
            Some(wanted) => assert!((hz(sound) / wanted - 1.0).abs() < 1e-3, "{pattern}: {} Hz", hz(sound)),
            None => assert_eq!(level(sound, 0), 0.0, "{pattern}"),
        }
    }
    // A pair in stereo, and a patch that limits its instrument.
    let pair = vec![vec![(17, -500), LOOPS], vec![(17, 500), (51, 12), LOOPS]];
    let sound = heard(&Font::of(looped("a"), pair.clone()), "note('c4'):s('gm_acoustic_bass')");
    let sides = |side: usize| part(&sound, 0.1, 1.8).iter().map(|frame| [frame[side]; 2]).collect::<Vec<_>>();
    assert!((hz(&sides(0)) - 480.0).abs() < 0.1 && (hz(&sides(1)) - 960.0).abs() < 0.1);
    assert!((0..2).all(|side| db(level(&sides(side), side) / PLAIN * std::f64::consts::FRAC_1_SQRT_2).abs() < 0.1));
    let mut limited = Font::of(looped("a"), pair);
    limited.patches[0].3 = vec![vec![(43, range(0, 50)), (41, 0)]];
    assert_eq!(level(&heard(&limited, "note('c4'):s('gm_acoustic_bass')"), 0), 0.0);
}

#[test]
fn levels_follow_attenuation_velocity_and_pan() {
    for (zone, call, wanted) in [
        (vec![], "", [PLAIN; 2]),
        // 10 dB as the file says them, of which synthesizers play four.
        (vec![(48, 100)], "", [PLAIN * 10_f64.powf(-0.2); 2]),
        (vec![], ":velocity(0.5)", [PLAIN * 0.25; 2]),
        (vec![(47, 127)], ":velocity(0.5)", [PLAIN; 2]),
        (vec![], ":gain(0.4)", [PLAIN * 0.5; 2]),
        (vec![(17, -500)], "", [PLAIN * 2_f64.sqrt(), 0.0]),
        (vec![(17, 250)], "", [PLAIN * 2_f64.sqrt() * 0.382_68, PLAIN * 2_f64.sqrt() * 0.923_88]),
        (vec![], ":pan(1)", [0.0, PLAIN * 2_f64.sqrt()]),
    ] {
        let zone: Zone = [vec![LOOPS], zone].concat();
        let sound = heard(&Font::of(looped("a"), vec![zone.clone()]), &format!("note('c4'):s('gm_acoustic_bass'){call}"));
        for (side, wanted) in wanted.into_iter().enumerate() {
            let found = level(part(&sound, 0.1, 1.9), side);
            assert!((found - wanted).abs() < 0.01 * PLAIN, "{zone:?}{call}, side {side}: {found}, not {wanted}");
        }
    }
    // What the patch says is added to what its instrument says.
    let mut font = Font::of(looped("a"), vec![vec![(48, 100), LOOPS]]);
    font.patches[0].3 = vec![vec![(48, 50), (41, 0)]];
    let found = level(part(&heard(&font, "note('c4'):s('gm_acoustic_bass')"), 0.1, 1.9), 0);
    assert!(db(found / PLAIN / 10_f64.powf(-0.3)).abs() < 0.1);
}

/// Timecents of seconds.
fn timecents(secs: f64) -> i16 {
    (1200.0 * secs.log2()).round() as i16
}

#[test]
fn the_envelope_has_its_stages_and_a_trigger_changes_each_by_itself() {
    let stages = vec![
        (33, timecents(0.1)),
        (34, timecents(0.2)),
        (35, timecents(0.1)),
        (36, timecents(2.0)),
        (37, 200),
        (38, timecents(1.0)),
        LOOPS,
    ];
    let font = Font::of(looped("a"), vec![stages]);
    let at = |sound: &[[f32; 2]], secs: f64| db(level(part(sound, secs - 0.01, secs + 0.01), 0) / PLAIN);
    let sound = heard(&font, "note('c4@3 ~'):s('gm_acoustic_bass')");
    assert_eq!(level(part(&sound, 0.0, 0.099), 0), 0.0, "it waits");
    // Half of the attack; the hold; a fall of 50 dB a second down to 20 dB, which is over at 0.8 s; a release of 100 dB a second from 1.5 s on.
    for (secs, wanted) in [(0.2, -6.02), (0.35, 0.0), (0.5, -5.0), (0.6, -10.0), (0.9, -20.0), (1.4, -20.0), (1.6, -30.0), (1.8, -50.0)] {
        let found = at(&sound, secs);
        assert!((found - wanted).abs() < 0.4, "{secs} s: {found} dB, not {wanted}");
    }
    let slow = heard(&font, "note('c4@3 ~'):s('gm_acoustic_bass'):attack(0.4):release(4)");
    for (secs, wanted) in [(0.3, -6.02), (0.55, 0.0), (1.2, -20.0), (1.7, -25.0)] {
        let found = at(&slow, secs);
        assert!((found - wanted).abs() < 0.4, "said by the trigger, {secs} s: {found} dB, not {wanted}");
    }
    // What holds nothing dies away, whatever the length of the note.
    let struck = Font::of(looped("a"), vec![vec![(36, timecents(1.0)), (37, 1000), LOOPS]]);
    let sound = heard(&struck, "note('c4'):s('gm_acoustic_bass')");
    assert!((at(&sound, 0.4) + 40.0).abs() < 0.4 && level(part(&sound, 1.1, 1.9), 0) == 0.0);
    // Decays that are shorter for higher keys: by an octave of time for each octave of keys.
    let keyed = Font::of(looped("a"), vec![vec![(36, timecents(2.0)), (37, 1000), (40, 100), LOOPS]]);
    let sound = heard(&keyed, "note('c5'):s('gm_acoustic_bass')");
    assert!((at(&sound, 0.3) + 30.0).abs() < 0.4);
}

#[test]
fn loops_go_on_are_left_or_are_not_there_as_the_zone_says() {
    // The loop holds 480 Hz, and what lies behind it 960 Hz.
    let mut sound = sine(480.0, 48_000, 24_000);
    sound.extend(sine(960.0, 48_000, 24_000));
    let sample = || Sample { sound: sound.clone(), around: (12_000, 23_000), ..looped("a") };
    let release = (38, timecents(50.0));
    let of = |mode: i16| heard(&Font::of(sample(), vec![vec![(54, mode), release]]), "note('c4 ~'):s('gm_acoustic_bass')");
    let pitch = |sound: &[[f32; 2]], from: f64, to: f64| hz(part(sound, from, to)).round();
    let around = of(1);
    assert_eq!((pitch(&around, 0.3, 0.9), pitch(&around, 1.1, 1.9)), (480.0, 480.0));
    let left = of(3);
    assert_eq!((pitch(&left, 0.3, 0.9), pitch(&left, 1.25, 1.5)), (480.0, 960.0));
    assert_eq!(level(part(&left, 1.8, 1.95), 0), 0.0, "it ends with its sample");
    let once = of(0);
    assert_eq!((pitch(&once, 0.1, 0.45), pitch(&once, 0.55, 0.95)), (480.0, 960.0));
    assert_eq!(level(part(&once, 1.05, 1.95), 0), 0.0);
    // Places of a zone's own: it begins at 0.5 s of the sample.
    let moved = Font::of(sample(), vec![vec![(0, 24_000), release]]);
    assert_eq!(pitch(&heard(&moved, "note('c4'):s('gm_acoustic_bass')"), 0.05, 0.4), 960.0);
}

#[test]
fn a_class_ends_what_sounds_of_it_in_the_same_patch() {
    let open = vec![(43, range(46, 46)), (56, 0), (57, 1), LOOPS];
    let closed = vec![(43, range(42, 42)), (56, 0), (51, 12), (57, 1), (38, timecents(0.02)), LOOPS];
    let mut font = Font::of(looped("a"), vec![open, closed]);
    font.patches[0] = ("Standard", 128, 0, vec![vec![(41, 0)]]);
    let sound = heard(&font, "note('[46@7 ~],[~ 42@0.4 ~@1.6]'):s('gm_drums')");
    assert_eq!(hz(part(&sound, 0.1, 0.6)).round(), 480.0);
    assert_eq!(level(part(&sound, 1.2, 1.9), 0), 0.0, "the open one was ended by the closed one");
}

#[test]
fn a_low_pass_of_its_own_counts_unless_the_trigger_says_one() {
    // 480 Hz, two octaves above the corner.
    let cents = (1200.0 * (120.0_f64 / 8.176).log2()).round() as i16;
    let font = |zone: Zone| Font::of(looped("a"), vec![[vec![LOOPS], zone].concat()]);
    let loud =
        |font: &Font, call: &str| db(level(part(&heard(font, &format!("note('c4'):s('gm_acoustic_bass'){call}")), 0.5, 1.9), 0) / PLAIN);
    assert!((loud(&font(vec![(8, cents)]), "") + 24.1).abs() < 1.0, "{}", loud(&font(vec![(8, cents)]), ""));
    assert!(loud(&font(vec![(8, cents)]), ":lpf(8000)").abs() < 0.3);
    // Opened by four octaves while it is held.
    assert!(loud(&font(vec![(8, cents), (11, 4800)]), "").abs() < 0.5);
    // 12 dB above the level at the corner, less half of it for all.
    let at_corner = (1200.0 * (480.0_f64 / 8.176).log2()).round() as i16;
    let resonant = loud(&font(vec![(8, at_corner), (9, 120)]), "");
    assert!((resonant - (12.0 - 3.01 - 6.0)).abs() < 0.5, "{resonant}");
}

/// A font of several patches, whose samples are an octave apart.
fn bank() -> Font {
    let zone = |octave: i16, sample: i16| vec![(51, 12 * octave), LOOPS, (53, sample)];
    Font {
        samples: vec![looped("a")],
        instruments: (0..5).map(|octave| vec![zone(octave - 2, 0)]).collect(),
        patches: vec![
            ("Standard", 128, 0, vec![vec![(41, 4)]]),
            ("Grand", 0, 0, vec![vec![(41, 0)]]),
            ("Bright", 0, 1, vec![vec![(41, 1)]]),
            ("Finger Bass", 0, 32, vec![vec![(41, 2)]]),
            ("Other Bass", 8, 32, vec![vec![(41, 3)]]),
        ],
    }
}

#[test]
fn patches_are_called_by_general_midi_by_their_names_and_by_their_file() {
    let place = Place::of(&bank().bytes());
    for (word, wanted) in [
        ("gm_piano", 120.0),
        ("gm_acoustic_grand_piano", 120.0),
        ("gm_piano:1", 240.0),
        ("gm_bright_acoustic_piano", 240.0),
        ("gm_acoustic_bass", 480.0),
        ("gm_acoustic_bass:1", 960.0),
        ("gm_acoustic_bass:2", 480.0),
        ("Finger_Bass", 480.0),
        ("Other_Bass", 960.0),
        ("gm_drums", 1920.0),
        ("bank:0", 120.0),
        ("bank:4", 1920.0),
    ] {
        let sound = place.plays(&format!("s('{word}'):note('c4')"), "", 1.0, &[512]);
        assert_eq!(hz(part(&sound, 0.1, 0.9)).round(), wanted, "{word}");
    }
}

#[test]
fn a_session_lists_one_file_and_its_patches_and_survives_the_generator() {
    let place = Place::of(&bank().bytes());
    let engine = Engine::empty();
    let run = |engine: &Engine, script: &str| engine.run_script_and_wait("test", script).error;
    assert_eq!(run(&engine, &format!("sampler('gm', {{samples = import('{}')}})", place.name())), None);
    let shown = |engine: &Engine| {
        let project = &engine.snapshot().project;
        assert_eq!(project.assets.keys().map(|asset| asset.to_string()).collect::<Vec<_>>(), [place.name()]);
        let module = &project.modules.get("gm").unwrap();
        assert_eq!(module.param("rules"), Some(Value::Text("strudel".into())));
        module.samples.iter().map(|sample| ["patch", "word"].map(|param| format!("{:?}", sample.params.get(param)))).collect::<Vec<_>>()
    };
    assert_eq!(shown(&engine).len(), 5);
    assert!(shown(&engine)[0][1].contains("gm_piano gm_acoustic_grand_piano Grand bank"), "{:?}", shown(&engine));
    let again = Engine::empty();
    assert_eq!(run(&again, &engine.generated_script()), None);
    assert_eq!(shown(&again), shown(&engine));
    // A patch by its number, under a word of one's own.
    let own = format!("sampler('b', {{samples = {{{{'{}', patch = '8:32', word = 'bass'}}}}}})", place.name());
    assert_eq!(run(&Engine::empty(), &own), None);
    for (script, reason) in [
        ("sampler('x', {samples = {{'a.sf2', patch = 'grand'}}})", "bank and program"),
        ("sampler('x', {samples = import('gone.sf2')})", "gone.sf2: not found"),
        ("sampler('x', {samples = {{'a.wav', word = ' '}}})", "a word of letters"),
    ] {
        let error = run(&Engine::empty(), script).unwrap_or_default();
        assert!(error.contains(reason), "{script}: {error}");
    }
}

#[test]
fn a_patch_that_is_not_there_is_said() {
    let place = Place::of(&bank().bytes());
    let said = |patch: &str| {
        let rig = Rig::new(&format!("sampler('gm', {{samples = {{{{'{}', patch = '{patch}', word = 'bass'}}}}}})", place.name()));
        let said = || rig.engine.messages(0).into_iter().map(|(_, message)| message.text).find(|text| text.contains("patch"));
        // It is said when the content is made, which is after the medium came.
        (0..200).find_map(|_| {
            said().or_else(|| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                None
            })
        })
    };
    assert_eq!(said("8:32"), None);
    let text = said("8:33").unwrap_or_default();
    assert!(text.contains("gm: ") && text.contains("has no patch 8:33, so it is silent; import("), "{text}");
}

#[test]
fn collected_and_relinked_fonts_play_on() {
    let place = Place::of(&bank().bytes());
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("test", &format!("sampler('gm', {{samples = import('{}')}})", place.name())).error, None);
    let _processor = engine.activate(RATE);
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
    let facts = engine.asset_facts(&place.name()).unwrap();
    assert_eq!((facts.hash.len(), facts.size), (64, std::fs::metadata(place.path()).unwrap().len()));
    let target = tempfile::tempdir().unwrap();
    let collected = engine.collect(target.path()).unwrap();
    assert_eq!((collected.media, collected.left.len()), (1, 0));
    assert!(target.path().join("media/bank.sf2").exists());
    engine.relink("media/bank.sf2", &place.name()).unwrap();
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
    let module = engine.snapshot().project.modules.get("gm").unwrap().clone();
    assert!(module.samples.iter().all(|sample| sample.asset.as_str() == place.name()));
    assert!(matches!(engine.snapshot().media.get(&*place.name()), Some(MediaState::Ready(_))));
}

#[test]
fn where_blocks_are_cut_changes_no_sample() {
    let low = vec![(8, 7000), (11, 3000), (26, timecents(0.3)), (36, timecents(0.8)), (37, 300), (17, -300), LOOPS];
    let high = vec![(33, timecents(0.03)), (17, 300), (51, 7), LOOPS];
    let font = Font {
        patches: bank().patches,
        instruments: vec![vec![[low, vec![(53, 0)]].concat(), [high, vec![(53, 0)]].concat()]; 5],
        ..bank()
    };
    let place = Place::of(&font.bytes());
    let pattern = "s('gm_piano*3, Finger_Bass(5,8), gm_drums*7'):note('<c2 e5 g3>'):release('0.01 0.4')";
    for config in ["", ", quality = 'best'", ", quality = 'draft', cutoff = 3000"] {
        let whole = place.plays(pattern, config, 1.5, &[512]);
        assert!(level(&whole, 0) > 0.01 && whole.iter().flatten().all(|sample| sample.is_finite()));
        for blocks in [&[32][..], &[441], &[1, 200, 64, 33, 512, 7]] {
            let cut = place.plays(pattern, config, 1.5, blocks);
            let first = whole.iter().zip(&cut).position(|(a, b)| a.map(f32::to_bits) != b.map(f32::to_bits));
            assert_eq!(first, None, "{config} in blocks of {blocks:?}");
        }
    }
}

#[test]
fn a_damaged_font_is_said_with_its_reason_and_hurts_nothing() {
    let font = bank();
    let word = |bytes: &[u8], at: usize, to: u16| [&bytes[..at], &to.to_le_bytes(), &bytes[at + 2..]].concat();
    let long = |bytes: &[u8], at: usize, to: u32| [&bytes[..at], &to.to_le_bytes(), &bytes[at + 4..]].concat();
    let with = |table: &'static str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        font.bytes_with(|name, bytes| if name == table { change(bytes) } else { bytes })
    };
    let whole = font.bytes();
    let mut many = Font::of(looped("a"), vec![vec![LOOPS]; 300]);
    many.patches[0].3 = vec![vec![(41, 0)]; 300];
    for (what, bytes, wanted) in [
        ("a table is cut", with("phdr", &|bytes| bytes[..bytes.len() - 1].to_vec()), "rows have 38"),
        ("no patches", with("phdr", &|bytes| bytes[bytes.len() - 38..].to_vec()), "no patches"),
        ("no tables", chunk_of(&whole, b"pdta"), "no tables of patches"),
        ("no samples", chunk_of(&whole, b"smpl"), "no samples"),
        ("cut off", whole[..whole.len() - 300].to_vec(), "are not there"),
        (
            "instruments that are not there",
            with("pgen", &|bytes| bytes.chunks(4).flat_map(|row| word(row, 2, 900)).collect()),
            "none of its patches",
        ),
        (
            "samples that are not there",
            with("igen", &|bytes| bytes.chunks(4).flat_map(|row| word(row, 2, 65_535)).collect()),
            "none of its patches",
        ),
        ("zones beyond the last", with("phdr", &|bytes| word(&bytes, 24, 60_000)), "patches have nothing to play"),
        ("a rate of nothing", with("shdr", &|bytes| long(&bytes, 36, 0)), "has a rate that no sound has"),
        ("a sample beyond the end", with("shdr", &|bytes| long(&bytes, 24, u32::MAX)), "goes on beyond the file's samples"),
        ("a sample without length", with("shdr", &|bytes| long(&bytes, 24, 0)), "has no length"),
        ("a sample in a ROM", with("shdr", &|bytes| word(&bytes, 44, 0x8001)), "ROM of a sound card"),
        ("compressed, and no Ogg Vorbis", with("shdr", &|bytes| word(&bytes, 44, 0x11)), "has no length"),
        ("zones of zones", many.bytes(), "more than 131072 zones, or 8192 in one of its patches"),
        // A loop outside of its sample is none.
        ("a loop beyond the end", with("shdr", &|bytes| long(&bytes, 32, 48_001)), ""),
        ("a loop backwards", with("shdr", &|bytes| long(&bytes, 28, 47_001)), ""),
    ] {
        let place = Place::of(&bytes);
        let said = match load(&place.path(), RATE, Limits::default()) {
            Ok(media) if wanted.is_empty() => {
                assert!(media.info.notes.is_empty() && media.info.font.as_ref().unwrap().len() == 5, "{what}");
                continue;
            }
            Ok(media) => media.info.notes.join("; "),
            Err(why) => why.to_string(),
        };
        assert!(said.contains(wanted), "{what}: {said}");
        let engine = Engine::empty();
        let script = format!("sampler('gm', {{samples = {{'{}'}}}})", place.name());
        assert_eq!(engine.run_script_and_wait("test", &script).error, None);
        let _processor = engine.activate(RATE);
        assert!(engine.wait_for_media(std::time::Duration::from_secs(20)), "{what}");
    }
}

#[test]
fn compressed_fonts_play_as_others_do() {
    let Some(files) = Files::with_ffmpeg("compressed_fonts_play_as_others_do") else { return };
    let ogg = files.make("-f lavfi -i aevalsrc=0.5*sin(2*PI*480*t):s=48000:d=1 -c:a libvorbis", "a.ogg");
    let ogg = std::fs::read(ogg).unwrap();
    let bytes = Font::of(looped("a"), vec![vec![LOOPS]]).bytes_with(|name, bytes| match name {
        "smpl" => ogg.clone(),
        "shdr" => {
            let places = [0, ogg.len() as u32, 24_000, 47_000].map(u32::to_le_bytes).concat();
            [&bytes[..20], &places, &bytes[36..44], &[0x11, 0], &bytes[46..]].concat()
        }
        _ => bytes,
    });
    let sound = Place::of(&bytes).plays("note('c5'):s('gm_acoustic_bass')", "", 2.0, &[512]);
    let sound = part(&sound, 0.1, 1.9);
    assert!((hz(sound) - 960.0).abs() < 0.2, "{} Hz", hz(sound));
    assert!(db(level(sound, 0) / PLAIN).abs() < 0.3);
}

/// A file without the first chunk of a name: it is called otherwise.
fn chunk_of(bytes: &[u8], name: &[u8; 4]) -> Vec<u8> {
    let at = bytes.windows(4).position(|four| four == name).unwrap();
    [&bytes[..at], b"gone", &bytes[at + 4..]].concat()
}

#[test]
fn any_bytes_of_a_font_may_be_others() {
    let mut font = bank();
    font.samples[0].sound.truncate(600);
    font.samples[0].around = (100, 500);
    let whole = font.bytes();
    let place = Place::of(&whole);
    let mut seed = 7_u64;
    let mut random = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % most
    };
    let (mut good, mut bad) = (0, 0);
    for round in 0..3000 {
        let mut bytes = whole.clone();
        if round % 3 == 0 {
            bytes.truncate(random(whole.len()));
        }
        for _ in 0..=random(8) {
            // Mostly behind the samples, where the tables are.
            let at = if random(4) == 0 { random(whole.len()) } else { 1400 + random(whole.len() - 1400) };
            let new = [0, 1, 0x7F, 0x80, 0xFF, random(256) as u8][random(6)];
            bytes.iter_mut().skip(at).take(1 + random(3)).for_each(|byte| *byte = new);
        }
        std::fs::write(place.path(), &bytes).unwrap();
        match load(&place.path(), RATE, Limits::default()) {
            Ok(_) => good += 1,
            Err(why) => {
                bad += 1;
                let said = why.to_string();
                assert!(said.contains("bank.sf2: ") && !said.contains("its decoder gave up"), "{said}");
            }
        }
        // What can be read is played.
        if round % 60 == 0 {
            let script = format!("sampler('gm', {{samples = {{{{'{}', patch = '0:0'}}, {{'{0}', patch = '0:32'}}}}}})", place.name());
            let engine = Engine::empty();
            let played = "audioOut('out') sequencer('q') connect('q', 'gm') pattern('p', n('0 1'):note('c0 c9')) bind('q', 'p')";
            assert_eq!(engine.run_script_and_wait("test", &format!("{script} {played}")).error, None);
            let mut rig = Rig::of(engine);
            rig.offline = true;
            (0..40).for_each(|_| rig.block(512));
            assert!(rig.sound.iter().all(|sample| sample.is_finite()));
        }
    }
    assert!(good > 100 && bad > 100, "{good} read, {bad} refused");
}
