//! An engine with its processor under a host whose transport rolls.

use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    project::MACROS,
};

pub const RATE: f64 = 48_000.0;

/// A session that sounds all the time.
pub const SONG: &str = r#"
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:hat"}})
sampler("bass", {samples = {"factory:tone"}, playStyle = "loop", releaseMs = 40, volume = 0.5})
sequencer("seq") connect("seq", "drums")
sequencer("low") connect("low", "bass")
pattern("beat", {{index = 0}, {index = 1}, {index = 1, chance = 50}, {index = 1}})
pattern("line", {{index = 0, note = 48, length = 3}, {}, {}, {index = 0, note = 55, length = 2}, {}})
bind("seq", "beat") bind("low", "line")
"#;

/// A kick and a hat that wait for a pattern.
pub const DRUMS: &str = r#"
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:hat"}})
sequencer("seq") connect("seq", "drums")
"#;

pub struct Rig {
    pub engine: Engine,
    pub processor: Processor,
    pub beat: f64,
    pub bpm: f64,
    pub sound: Vec<f32>,
    pub longest: std::time::Duration,
    /// Whether the host renders faster than time.
    pub offline: bool,
    pub macros: [f32; MACROS],
}

impl Rig {
    /// A rig that plays `script`.
    pub fn new(script: &str) -> Self {
        let engine = Engine::empty();
        let result = engine.run_script_and_wait("song", script);
        assert_eq!(result.error, None);
        Self::of(engine)
    }

    /// A rig of an engine.
    pub fn of(engine: Engine) -> Self {
        let processor = engine.activate(RATE);
        assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
        Self {
            engine,
            processor,
            beat: 0.0,
            bpm: 120.0,
            sound: Vec::new(),
            longest: std::time::Duration::ZERO,
            offline: false,
            macros: [0.0; MACROS],
        }
    }

    /// Plays one block while the host's transport rolls.
    pub fn block(&mut self, frames: usize) {
        self.block_as(frames, true);
    }

    pub fn block_as(&mut self, frames: usize, playing: bool) {
        let transport = HostTransport { playing, tempo: Some(self.bpm), beat: Some(self.beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: self.offline,
            midi: &[],
            macros: &self.macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let began = std::time::Instant::now();
        self.processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
        self.longest = self.longest.max(began.elapsed());
        if playing {
            self.beat += frames as f64 * self.bpm / (60.0 * RATE);
        }
        self.sound.extend(left.iter().zip(&right).flat_map(|(l, r)| [*l, *r]));
    }

    /// Plays a number of blocks.
    pub fn play(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.block(256);
        }
    }

    /// What `script` sounds like over a number of blocks, left alone.
    pub fn undisturbed(script: &str, blocks: usize) -> Vec<f32> {
        let mut rig = Self::new(script);
        rig.play(blocks);
        rig.sound
    }
}
