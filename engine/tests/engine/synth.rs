//! The synthesizer under scripts: words, notes, envelopes and filters of patterns are heard.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::rig::Rig;

const SONG: &str = r#"
session{}
synth("s")
sequencer("q")
audioOut("out")
connect("q", "s")
pattern("p", note("c3 e3"):s("sawtooth"))
bind("q", "p")
"#;

fn played(script: &str, secs: f64) -> Vec<f32> {
    let mut rig = Rig::new(script);
    rig.offline = true;
    rig.play((secs * 48_000.0 / 256.0) as usize);
    rig.sound.iter().step_by(2).copied().collect()
}

fn rms(sound: &[f32]) -> f64 {
    (sound.iter().map(|x| f64::from(x * x)).sum::<f64>() / sound.len().max(1) as f64).sqrt()
}

/// Turns a second, by upward jumps of a sawtooth through 0 with its higher partials taken out.
fn hz(sound: &[f32]) -> f64 {
    let mut low = 0.0;
    let smooth: Vec<f32> = sound
        .iter()
        .map(|x| {
            low += (x - low) * 0.02;
            low
        })
        .collect();
    let rising: Vec<usize> = (1..smooth.len()).filter(|at| smooth[at - 1] < 0.0 && smooth[*at] >= 0.0).collect();
    (rising.len() - 1) as f64 * 48_000.0 / (rising[rising.len() - 1] - rising[0]) as f64
}

#[test]
fn a_script_of_notes_and_a_wave_sounds() {
    let sound = played(SONG, 2.0);
    // At 120 beats a minute a cycle lasts 2 s, a note 1 s.
    let (first, second) = (&sound[9600..43_000], &sound[57_600..91_000]);
    assert!(rms(first) > 0.05 && rms(second) > 0.05, "{} {}", rms(first), rms(second));
    for (part, want) in [(first, 130.81), (second, 164.81)] {
        assert!((hz(part) / want - 1.0).abs() < 0.01, "{} for {want}", hz(part));
    }
}

#[test]
fn controls_of_patterns_are_heard_by_their_names_and_aliases() {
    let with = |more: &str| played(&SONG.replace(":s(\"sawtooth\")", &format!(":s(\"saw\"){more}")), 0.9);
    let plain = rms(&with("")[9600..]);
    // How much there is of high partials.
    let bright = |sound: &[f32]| rms(&sound[9600..].windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>());
    let open = bright(&with(""));
    assert!(bright(&with(":lpf(200)")) < 0.2 * open && bright(&with(":lp(\"300:5:0\")")) < 0.3 * open);
    assert!(rms(&with(":hpf(3000)")[9600..]) < 0.5 * plain && bright(&with(":hpf(3000)")) > 0.5 * open);
    assert!((rms(&with(":gain(0.4)")[9600..]) / plain - 0.5).abs() < 0.01);
    assert!((rms(&with(":vel(0.5)")[9600..]) / plain - 0.5).abs() < 0.01);
    let slow = with(":attack(0.5)");
    assert!(rms(&slow[..2400]) < 0.1 * rms(&slow[30_000..]));
    let short = with(":clip(0.1)");
    assert!(rms(&short[1000..4000]) > 0.05 && rms(&short[9600..]) == 0.0);
    assert_eq!(rms(&with(":s(\"nosuch\")")), 0.0, "an unknown word is silent");
    assert_ne!(with(":ftype(\"24db\"):lpf(400)"), with(":ftype(\"12db\"):lpf(400)"));
    assert_ne!(with(":vowel(\"a\")"), with(":vowel(\"i\")"));
    assert_ne!(with(":distort(\"2:0.5:fold\")"), with(":distort(\"2:0.5\")"));
}

#[test]
fn blocks_change_nothing() {
    let script = SONG.replace(
        "sawtooth\")",
        "supersaw\"):lpf(600):lpenv(3):lpa(0.05):trem(4):ph(2):shape(0.3):release(0.3):vib(\"4:0.3\"):fm(2):jux(rev)",
    );
    let sound = |sizes: &[usize]| {
        let mut rig = Rig::new(&script);
        rig.offline = true;
        let (mut left, mut place) = (48_000, 0);
        while left > 0 {
            let size = sizes[place % sizes.len()].min(left);
            rig.block(size);
            (left, place) = (left - size, place + 1);
        }
        rig.sound.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let whole = sound(&[512]);
    assert!(whole.iter().any(|bits| f32::from_bits(*bits).abs() > 0.01));
    for sizes in [&[32][..], &[441], &[1024], &[1, 777, 33]] {
        assert!(sound(sizes) == whole, "{sizes:?}");
    }
}

/// A wavetable of two cycles, a sine and silence, in a file of 44.1 kHz.
fn wavetable() -> (tempfile::TempDir, String) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("vox.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 44_100, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    let mut file = hound::WavWriter::create(&path, spec).unwrap();
    for frame in 0..4096 {
        let turn = f64::from(frame) / 2048.0;
        file.write_sample(if frame < 2048 { (std::f64::consts::TAU * turn).sin() as f32 } else { 0.0 }).unwrap();
    }
    file.finalize().unwrap();
    let path = path.to_str().unwrap().replace('\\', "/");
    (folder, path)
}

#[test]
fn wavetables_of_files_are_played_by_their_words_and_kept_with_the_session() {
    let (_folder, path) = wavetable();
    let script = format!("synth('lead', {{tables = {{'{path}', own = {{'{path}', cycle = 2048}}}}}})\n");
    for word in ["vox", "own"] {
        let whole = format!("session{{}}\naudioOut('out', {{limit = false}})\n{script}d1(s(\"{word}*2\"):note(\"a3\"):wt(\"<0 1>*2\"))");
        let sound = played(&whole, 1.9);
        let (first, second) = (&sound[4800..43_000], &sound[52_800..91_000]);
        assert!(rms(first) > 0.03 && rms(second) < 1e-4, "{word}: {} {}", rms(first), rms(second));
        assert!((hz(first) / 220.0 - 1.0).abs() < 0.01, "{}", hz(first));
    }
    let rig = Rig::new(&format!("session{{}}\naudioOut('out')\n{script}"));
    let text = rig.engine.generated_script();
    assert!(text.contains("tables = {") && text.contains("cycle = 2048") && text.contains("word = \"own\""), "{text}");
    let again = Rig::new(&text);
    assert_eq!(again.engine.generated_script(), text);
    let refused = |script: &str| rig.engine.run_script_and_wait("more", script).error.unwrap_or_default();
    assert!(refused("synth('x', {samples = {'a.wav'}})").contains("samples"), "{}", refused("synth('x', {samples = {'a.wav'}})"));
    assert!(refused("synth('x', {tables = {{'a.wav', keyLow = 3}}})").contains("word and cycle"));
    assert!(refused("synth('x', {tables = {{'a.wav', cycle = 2}}})").contains("cycle"));
    assert!(refused("sampler('x', {tables = {'a.wav'}})").contains("tables"));
}
