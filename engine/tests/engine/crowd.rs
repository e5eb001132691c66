//! How much a session may start at once: what is too much is left out and said, and nothing else is.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use crate::rig::Rig;

/// So many sequencers, sixty on a sampler, that play one pattern each, in cycles of `cycle` quarter notes.
fn script(sequencers: usize, pattern: &str, cycle: &str) -> String {
    format!(
        r#"session{{cycle = {cycle}}}
        audioOut("out")
        for i = 0, {sequencers} / 60 do sampler("drums" .. i, {{samples = {{"factory:kick", "factory:hat"}}, voices = 64}}) end
        pattern("p", {pattern})
        for i = 1, {sequencers} do sequencer("seq" .. i) connect("seq" .. i, "drums" .. i // 60) bind("seq" .. i, "p") end"#
    )
}

fn left_out(rig: &Rig) -> u64 {
    rig.engine.gauges().left_out.load(Ordering::Relaxed)
}

fn said(rig: &Rig, words: &str) -> bool {
    let began = Instant::now();
    loop {
        let said = rig.engine.messages(0).iter().any(|(_, message)| message.text.contains(words));
        if said || began.elapsed() > Duration::from_secs(30) {
            return said;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_session_that_asks_for_millions_of_notes_plays_on_and_says_what_it_leaves_out() {
    for (sequencers, pattern, cycle) in [
        (250, "'0*4000'", "1/64"),
        (60, "'0*4000'", "1"),
        (250, "mini('0*16'):ply(200)", "1/64"),
        (250, "mini('0*4000?')", "1/16"),
        (100, "fn([[return '0*4000']])", "1/64"),
        (250, "'[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]*64'", "1/64"),
    ] {
        let mut rig = Rig::new(&script(sequencers, pattern, cycle));
        let began = Instant::now();
        for _ in 0..94 {
            rig.block(512);
        }
        println!("{sequencers} sequencers, {pattern}, {cycle}: longest block {:?}, all {:?}", rig.longest, began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(100), "{pattern}: a second took {:?}", began.elapsed());
        assert!(left_out(&rig) > 0, "{pattern}");
        assert!(said(&rig, "is left out"), "{pattern}");
        assert_eq!(rig.engine.gauges().lost_events.load(Ordering::Relaxed), 0, "{pattern}");
    }
}

#[test]
fn the_same_notes_are_left_out_wherever_blocks_are_cut() {
    let sequencers = "'<0*500 0*4000 [0,1]*8 0*3000>'";
    let sound = |lengths: &[usize]| {
        let mut rig = Rig::new(&script(24, sequencers, "1/4"));
        (rig.offline, rig.bpm) = (true, 125.0);
        let mut frames = 0;
        for length in lengths.iter().cycle() {
            rig.block((*length).min(48_000 - frames));
            frames += length;
            if frames >= 48_000 {
                break;
            }
        }
        assert!(left_out(&rig) > 0);
        rig.sound
    };
    let whole = sound(&[512]);
    assert!(whole.iter().any(|sample| sample.abs() > 1e-3));
    for lengths in [&[48_000][..], &[64], &[37, 1000, 3], &[500]] {
        assert!(sound(lengths) == whole, "{lengths:?}");
    }
}

#[test]
fn dense_music_is_left_whole() {
    // Sixty-four sequencers with chords of eight at every 64th note.
    let mut rig = Rig::new(&script(64, "'[0,1,0,1,0,1,0,1]*64'", "4"));
    let mut heard = 0;
    for _ in 0..188 {
        rig.block(256);
        heard += rig.engine.take_triggers().len();
    }
    let lost = rig.engine.gauges().lost_reports.load(Ordering::Relaxed) as usize;
    assert_eq!((left_out(&rig), rig.engine.gauges().lost_events.load(Ordering::Relaxed)), (0, 0));
    assert!(heard + lost <= 17 * 64 * 8 * 2 && heard > 0);
}
