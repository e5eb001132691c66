//! Where no host rolls, the instance's internal clock runs; a host that starts takes over.

use crate::rig::{RATE, Rig, SONG};
use videotracker_engine::{
    audio::host::{HostInput, HostOutput, HostTransport},
    command::{Command, TransportAction},
    project::{ClockSource, MACROS},
    view::Playhead,
};

const SECOND: usize = 48_000;

/// A host that does what each block is told.
struct Host {
    rig: Rig,
    /// Lengths of blocks, over and over.
    blocks: Vec<usize>,
    place: usize,
    offline: bool,
}

impl Host {
    fn new(blocks: &[usize]) -> Self {
        Self { rig: Rig::new(SONG), blocks: blocks.to_vec(), place: 0, offline: false }
    }

    fn order(&self, action: TransportAction) {
        self.rig.engine.apply("transport", vec![Command::SetTransport { action }]).expect("transport applies");
    }

    fn source(&self, source: ClockSource) {
        self.rig.engine.apply("source", vec![Command::SetClockSource { source }]).expect("it applies");
    }

    /// Renders `frames` with the host at `beat`; `None` is a host without a transport. What was heard.
    fn render(&mut self, frames: usize, transport: Option<HostTransport>) -> Vec<f32> {
        let (mut heard, mut left, mut transport) = (Vec::new(), frames, transport);
        while left > 0 {
            let length = self.blocks[self.place % self.blocks.len()].min(left);
            self.place += 1;
            let block = HostInput {
                transport,
                offline: self.offline,
                midi: &[],
                macros: &[0.0; MACROS],
                master_volume: 1.0,
                video_opacity: 1.0,
                side_chain: None,
            };
            let (mut l, mut r) = (vec![0.0; length], vec![0.0; length]);
            self.rig.processor.process(&block, &mut HostOutput::main(&mut l, &mut r));
            heard.extend(l.iter().zip(&r).flat_map(|(l, r)| [*l, *r]));
            if let Some(transport) = transport.as_mut().filter(|transport| transport.playing)
                && let (Some(beat), Some(tempo)) = (&mut transport.beat, transport.tempo)
            {
                *beat += length as f64 * tempo / (60.0 * RATE);
            }
            left -= length;
        }
        heard
    }

    /// What a view shows after a while with the host at `transport`.
    fn playhead(&mut self, transport: Option<HostTransport>) -> Playhead {
        let mut reader = self.rig.engine.view_reader();
        self.render(20 * 512, transport);
        reader.read().playhead
    }
}

fn at(beat: f64, playing: bool) -> Option<HostTransport> {
    Some(HostTransport { playing, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() })
}

fn peak(heard: &[f32]) -> f32 {
    heard.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

const BLOCKS: [&[usize]; 6] = [&[512], &[32], &[64], &[441], &[2048], &[1, 733, 17, 480, 1999, 3]];

/// A rolling host from a beat on, for comparison.
fn rolled(beat: f64, frames: usize) -> Vec<f32> {
    Host::new(&[512]).render(frames, at(beat, true))
}

#[test]
fn play_starts_the_own_clock_while_the_host_stands_and_block_lengths_change_no_sample() {
    for blocks in BLOCKS {
        let mut host = Host::new(blocks);
        assert_eq!(peak(&host.render(SECOND, at(0.0, false))), 0.0, "a host that stands is silent until play");
        host.order(TransportAction::Start);
        let heard = host.render(4 * SECOND, at(0.0, false));
        assert!(heard == rolled(0.0, 4 * SECOND), "blocks of {blocks:?}: not what a host that rolls from there plays");
    }
}

#[test]
fn a_host_without_any_word_about_time_plays_alike() {
    let mut host = Host::new(&[441]);
    assert_eq!(peak(&host.render(SECOND, None)), 0.0);
    host.order(TransportAction::Start);
    assert!(host.render(2 * SECOND, None) == rolled(0.0, 2 * SECOND));
}

#[test]
fn a_host_that_starts_takes_over_at_its_position_on_its_frame() {
    // The internal clock stands at beat 2.4 of a note that lasts to beat 2.75 when the host starts at beat 16.
    let reference = {
        let mut host = Host::new(&[512]);
        host.render(1, at(0.0, false));
        host.render(57_600, at(0.0, true));
        host.render(2 * SECOND, at(16.0, true))
    };
    assert!(peak(&reference) > 0.05);
    for blocks in BLOCKS {
        let mut host = Host::new(blocks);
        host.render(1, at(0.0, false));
        host.order(TransportAction::Start);
        host.render(57_600, at(0.0, false));
        let heard = host.render(2 * SECOND, at(16.0, true));
        assert!(heard == reference, "blocks of {blocks:?}: not what a host that jumps there plays");
        // The host leads from now on: when it stands, all is silent after the tails.
        host.render(2 * SECOND, at(20.0, false));
        assert_eq!(peak(&host.render(SECOND, at(20.0, false))), 0.0, "blocks of {blocks:?}: the internal clock is back");
    }
}

#[test]
fn a_host_that_starts_where_the_own_clock_is_takes_over_all_the_same() {
    let mut host = Host::new(&[480]);
    host.render(480, at(0.0, false));
    host.order(TransportAction::Start);
    host.render(48_000, at(0.0, false));
    let triggered = |host: &Host| host.rig.engine.take_triggers().len();
    triggered(&host);
    host.render(480, at(2.0, true));
    // Beat 2 begins the turn of both patterns' steps there anew: gates close and what falls on the beat sounds.
    assert!(triggered(&host) > 0);
    let standing = host.render(480, at(2.02, true));
    assert!(peak(&standing) > 0.0);
}

#[test]
fn the_own_clock_has_the_hosts_tempo_where_it_says_one() {
    let at_tempo = |tempo| Some(HostTransport { playing: false, tempo, beat: Some(0.0), ..HostTransport::default() });
    for (tempo, wanted) in [(Some(150.0), 150.0), (None, 97.0)] {
        let mut host = Host::new(&[512]);
        host.rig.engine.apply("tempo", vec![Command::SetBpm { bpm: 97.0 }]).expect("it applies");
        host.order(TransportAction::Start);
        host.render(SECOND, at_tempo(tempo));
        let triggers = host.rig.engine.take_triggers();
        let second = triggers.iter().filter(|t| t.sequencer == "seq".into()).nth(1).expect("two steps").report.clock;
        // Four steps a beat.
        assert_eq!(second, (RATE * 60.0 / wanted / 4.0 + 0.5).floor() as u64, "tempo {tempo:?}");
    }
}

#[test]
fn pause_resumes_stop_returns_to_where_the_host_stands_and_reset_rewinds() {
    let mut host = Host::new(&[512]);
    let beat = |host: &mut Host| {
        let playhead = host.playhead(at(8.0, false));
        (playhead.playing, playhead.beat)
    };
    assert_eq!(beat(&mut host), (false, 8.0));
    host.order(TransportAction::Start);
    let (playing, from) = beat(&mut host);
    assert!(playing && from > 8.0 && from < 9.0, "play begins where the host stands: {from}");
    host.order(TransportAction::Pause);
    let (playing, paused) = beat(&mut host);
    assert!(!playing && paused > from, "pause keeps its place: {paused}");
    host.order(TransportAction::Start);
    let (playing, resumed) = beat(&mut host);
    assert!(playing && resumed > paused && resumed < paused + 1.0, "play goes on from there: {resumed}");
    host.order(TransportAction::Stop);
    assert_eq!(beat(&mut host), (false, 8.0), "stop returns to the host's position");
    host.order(TransportAction::Reset);
    assert_eq!(beat(&mut host), (false, 0.0));
    host.order(TransportAction::Start);
    let (_, rewound) = beat(&mut host);
    assert!(rewound > 0.0 && rewound < 1.0, "reset rewinds: {rewound}");
}

#[test]
fn stop_of_the_own_clock_does_not_silence_a_host_that_starts_later_and_stop_under_a_rolling_one_does() {
    let mut host = Host::new(&[512]);
    host.render(SECOND, at(0.0, false));
    host.order(TransportAction::Start);
    host.render(SECOND, at(0.0, false));
    host.order(TransportAction::Stop);
    host.render(2 * SECOND, at(0.0, false));
    assert!(peak(&host.render(SECOND, at(0.0, true))) > 0.05, "the host that starts is heard");
    host.order(TransportAction::Stop);
    host.render(2 * SECOND, at(2.0, true));
    assert_eq!(peak(&host.render(SECOND, at(6.0, true))), 0.0, "stopped here while the host rolls");
    host.render(SECOND, at(8.0, false));
    assert_eq!(peak(&host.render(SECOND, at(0.0, true))), 0.0, "and it stays so when the host starts anew");
    host.order(TransportAction::Start);
    assert!(peak(&host.render(SECOND, at(8.0, true))) > 0.05, "play plays along again");
}

#[test]
fn an_offline_render_of_a_standing_host_is_silent() {
    let mut host = Host::new(&[512]);
    host.render(SECOND, at(0.0, false));
    host.order(TransportAction::Start);
    host.render(SECOND, at(0.0, false));
    host.offline = true;
    host.render(2 * SECOND, at(0.0, false));
    assert_eq!(peak(&host.render(SECOND, at(0.0, false))), 0.0);
    host.order(TransportAction::Start);
    assert_eq!(peak(&host.render(SECOND, at(0.0, false))), 0.0, "nor does play start it there");
    host.offline = false;
    assert_eq!(peak(&host.render(SECOND, at(0.0, false))), 0.0, "nor does it go on afterwards");
}

#[test]
fn the_own_clock_is_never_saved() {
    let mut host = Host::new(&[512]);
    let before = (host.rig.engine.save(), host.rig.engine.snapshot().version);
    host.order(TransportAction::Start);
    host.render(SECOND, at(0.0, false));
    assert_eq!((host.rig.engine.save(), host.rig.engine.snapshot().version), before);
}

#[test]
fn switching_to_the_own_clock_in_the_midst_of_a_song_goes_on_and_back_follows_the_host() {
    let mut host = Host::new(&[512]);
    host.render(SECOND, at(0.0, true));
    host.source(ClockSource::Internal);
    let heard = host.render(SECOND, at(2.0, true));
    let whole = rolled(0.0, 2 * SECOND);
    assert!(heard[..] == whole[2 * SECOND..], "it goes on without a seam");
    host.source(ClockSource::Host);
    host.render(2 * SECOND, at(4.0, false));
    let playhead = host.playhead(at(4.0, false));
    assert!(playhead.playing, "the host stands, the internal clock goes on: {playhead:?}");
}

#[test]
fn an_order_to_play_that_came_before_the_first_block_counts() {
    let engine = videotracker_engine::engine::Engine::empty();
    assert_eq!(engine.run_script_and_wait("song", &format!("{SONG}\nengine:getClock():play()")).error, None);
    let processor = engine.activate(RATE);
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
    let rig = Rig {
        engine,
        processor,
        beat: 0.0,
        bpm: 120.0,
        sound: Vec::new(),
        longest: std::time::Duration::ZERO,
        offline: false,
        macros: [0.0; videotracker_engine::project::MACROS],
    };
    let mut host = Host { rig, blocks: vec![480], place: 0, offline: false };
    assert!(host.render(SECOND, at(0.0, false)) == rolled(0.0, SECOND));
}

#[test]
fn a_host_that_does_not_call_is_said_and_one_that_calls_is_not() {
    let said = |host: &Host| host.rig.engine.messages(0).iter().any(|(_, m)| m.text.contains("isn't calling"));
    let mut calling = Host::new(&[512]);
    calling.order(TransportAction::Start);
    calling.render(SECOND, at(0.0, false));
    let deaf = Host::new(&[512]);
    assert!(deaf.rig.engine.console_and_wait("play").is_ok());
    let began = std::time::Instant::now();
    while !said(&deaf) {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "nobody says that the host does not call");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(!said(&calling));
    assert_eq!(deaf.rig.engine.messages(0).iter().filter(|(_, m)| m.text.contains("isn't calling")).count(), 1, "once");
}

#[test]
fn the_console_says_which_clock_runs() {
    let mut host = Host::new(&[512]);
    host.render(SECOND, at(0.0, false));
    let begun = std::time::Instant::now();
    loop {
        // The Controller's thread reads views now and then.
        let answer = host.rig.engine.console_and_wait("play").expect("play is a command");
        if answer.contains("internal clock") {
            break;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "it says \"{answer}\"");
        host.render(2048, at(0.0, false));
    }
}
