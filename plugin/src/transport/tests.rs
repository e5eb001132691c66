use std::ptr;

use clap_sys::events::{clap_event_header, clap_input_events};

use super::*;

const RATE: f64 = 48_000.0;

fn event(time: u32, beats: f64, tempo: f64, playing: bool) -> clap_event_transport {
    // SAFETY: all fields are numbers, for which zero is valid.
    #[allow(unsafe_code, reason = "a C struct without a default")]
    let mut event: clap_event_transport = unsafe { std::mem::zeroed() };
    event.header = clap_event_header {
        size: u32::try_from(size_of::<clap_event_transport>()).unwrap(),
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_TRANSPORT,
        flags: 0,
    };
    event.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | if playing { CLAP_TRANSPORT_IS_PLAYING } else { 0 };
    event.tempo = tempo;
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small test values")]
    {
        event.song_pos_beats = (beats * CLAP_BEATTIME_FACTOR as f64) as i64;
    }
    event
}

#[allow(unsafe_code, reason = "stands in for a host")]
mod host {
    use super::*;

    pub unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
        // SAFETY: `ctx` points to the vector that `block` made the list from.
        u32::try_from(unsafe { &*(*list).ctx.cast::<Vec<clap_event_transport>>() }.len()).unwrap()
    }

    pub unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
        // SAFETY: as above.
        let events = unsafe { &*(*list).ctx.cast::<Vec<clap_event_transport>>() };
        events.get(index as usize).map_or(ptr::null(), |event| ptr::from_ref(&event.header))
    }
}

/// The beats at which the parts of a host block start, for parts of these lengths.
fn beats(first: Option<clap_event_transport>, events: Vec<clap_event_transport>, parts: &[usize]) -> Vec<Option<f64>> {
    let list = clap_input_events { ctx: ptr::from_ref(&events).cast_mut().cast(), size: Some(host::size), get: Some(host::get) };
    // SAFETY: numbers and pointers, for which zero is valid.
    #[allow(unsafe_code, reason = "a C struct without a default")]
    let mut process: clap_process = unsafe { std::mem::zeroed() };
    process.transport = first.as_ref().map_or(ptr::null(), ptr::from_ref);
    process.in_events = &list;
    let slot = HostBlockSlot::default();
    assert_eq!(slot.advance(1, RATE), None, "outside a CLAP block there is nothing to say");
    // SAFETY: everything lives to the end of this function.
    #[allow(unsafe_code, reason = "stands in for a host")]
    unsafe {
        slot.begin(&process);
    }
    let beats = parts.iter().map(|frames| slot.advance(*frames, RATE).unwrap().and_then(|transport| transport.beat)).collect();
    slot.end();
    assert_eq!(slot.advance(1, RATE), None);
    beats
}

#[test]
fn a_transport_event_in_mid_block_counts_from_its_own_frame() {
    // 120 bpm: 24000 frames a beat. The tempo becomes 60 at frame 240, and a parameter splits at 480.
    let first = event(0, 8.0, 120.0, true);
    let change = event(240, 8.01, 60.0, true);
    let found = beats(Some(first), vec![change], &[240, 240, 32]);
    for (found, expected) in found.iter().zip([8.0, 8.01, 8.01 + 240.0 / 48_000.0]) {
        assert!((found.unwrap() - expected).abs() < 1e-8, "{found:?} for {expected}");
    }
}

#[test]
fn a_standing_transport_does_not_creep() {
    assert_eq!(beats(Some(event(0, 4.0, 120.0, false)), vec![], &[100, 100, 100]), [Some(4.0); 3]);
}

#[test]
fn an_event_at_frame_0_counts_from_the_start() {
    let found = beats(Some(event(0, 4.0, 120.0, true)), vec![event(0, 100.0, 120.0, true)], &[64]);
    assert_eq!(found, [Some(100.0)]);
}

#[test]
fn missing_fields_are_missing_and_never_a_panic() {
    assert_eq!(beats(None, vec![], &[64]), [None]);
    let mut bare = event(0, 0.0, 0.0, true);
    bare.flags = CLAP_TRANSPORT_IS_PLAYING;
    let told = from_clap(&bare, 0.0, RATE);
    assert_eq!(told, HostTransport { playing: true, ..HostTransport::default() });
    for tempo in [f64::NAN, f64::INFINITY, -3.0, 0.0] {
        let told = from_clap(&event(0, 1.0, tempo, true), 64.0, RATE);
        assert_eq!((told.tempo, told.beat), (None, None));
    }
    assert_eq!(from_nice_plug(&Transport::new(48_000.0)), None);
}

#[test]
fn seconds_stand_in_for_beats() {
    let mut seconds = event(0, 0.0, 90.0, true);
    seconds.flags = CLAP_TRANSPORT_IS_PLAYING | CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE;
    seconds.song_pos_seconds = 2 * CLAP_SECTIME_FACTOR;
    let told = from_clap(&seconds, 0.0, RATE);
    assert_eq!((told.beat, told.samples), (Some(3.0), Some(96_000)));
}

#[test]
fn a_cut_block_moves_on_only_while_it_plays() {
    let now = HostTransport { playing: true, tempo: Some(120.0), beat: Some(1.0), samples: Some(10), ..HostTransport::default() };
    let then = later(Some(now), 24_000, RATE).unwrap();
    assert_eq!((then.beat, then.samples), (Some(2.0), Some(24_010)));
    let still = HostTransport { playing: false, ..now };
    assert_eq!(later(Some(still), 24_000, RATE), Some(still));
}
