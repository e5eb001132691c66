//! A headless CLAP host.
//!
//! The thread that makes an [`Instance`] is its main thread; [`Instance::roll`] runs `process` on an audio thread of
//! its own, while the main thread answers the plugin's requests, as hosts do.

use std::{
    ffi::{CString, OsStr},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::ThreadId,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use clack_extensions::{
    audio_ports::{AudioPortInfoBuffer, PluginAudioPorts},
    audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig},
    latency::{HostLatency, HostLatencyImpl},
    log::{HostLog, HostLogImpl, LogSeverity},
    params::{
        HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamInfoBuffer, ParamRescanFlags, PluginParams,
    },
    render::{PluginRender, RenderMode},
    state::{HostState, HostStateImpl, PluginState},
    thread_check::{HostThreadCheck, HostThreadCheckImpl},
};
use clack_host::{
    entry::EntryDescriptor,
    events::event_types::{MidiEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent, TransportEvent},
    events::spaces::CoreEventSpace,
    prelude::*,
};

use crate::{
    audio::Audio,
    rtcheck::{Counts, Probe},
    transport::{Clock, TransportPlan},
};

/// What all threads of the host side see.
#[derive(Debug)]
pub struct Shared {
    main_thread: ThreadId,
    audio_thread: Mutex<Option<ThreadId>>,
    wants_callback: AtomicBool,
    wants_restart: AtomicBool,
    dirty: AtomicU64,
    log: Mutex<Vec<String>>,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.wants_restart.store(true, Ordering::Release);
    }

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.wants_callback.store(true, Ordering::Release);
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        if let Ok(mut log) = self.log.lock() {
            log.push(format!("{severity}: {message}"));
        }
    }
}

impl HostThreadCheckImpl for Shared {
    fn is_main_thread(&self) -> bool {
        std::thread::current().id() == self.main_thread
    }

    fn is_audio_thread(&self) -> bool {
        self.audio_thread.lock().is_ok_and(|audio| *audio == Some(std::thread::current().id()))
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

/// The host's main thread.
#[derive(Debug)]
pub struct MainThread<'a>(&'a Shared);

impl<'a> MainThreadHandler<'a> for MainThread<'a> {}

impl HostStateImpl for MainThread<'_> {
    fn mark_dirty(&self) {
        self.0.dirty.fetch_add(1, Ordering::Relaxed);
    }
}

impl HostParamsImplMainThread for MainThread<'_> {
    fn rescan(&self, _flags: ParamRescanFlags) {}

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostLatencyImpl for MainThread<'_> {
    fn changed(&self) {}
}

/// The host's side of every thread.
#[derive(Debug)]
pub struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostLog>()
            .register::<HostThreadCheck>()
            .register::<HostState>()
            .register::<HostParams>()
            .register::<HostLatency>();
    }
}

/// A loaded plugin library.
pub struct Host {
    entry: PluginEntry,
    id: CString,
    name: String,
}

impl Host {
    /// Loads a `.clap` file and takes its first plugin.
    ///
    /// # Errors
    /// What is wrong with the file.
    #[allow(unsafe_code, reason = "loading a library runs its code")]
    pub fn load(path: &Path) -> Result<Self> {
        // A name without a folder would be looked for among the system's libraries.
        let path = &std::path::absolute(path)?;
        // SAFETY: as safe as the plugin under test is; that is what loading it is about.
        let entry = unsafe { PluginEntry::load(OsStr::new(path)) }.map_err(|error| anyhow!("cannot load {}: {error}", path.display()))?;
        Self::first(entry, &path.display().to_string())
    }

    /// Takes the first plugin of an entry that is linked into this process.
    ///
    /// # Errors
    /// What is wrong with the entry.
    #[allow(unsafe_code, reason = "an entry's functions are C")]
    pub fn linked(entry: &'static EntryDescriptor) -> Result<Self> {
        // SAFETY: an entry that is linked in lives for ever; that its functions do as CLAP says is what is tested.
        let entry = unsafe { PluginEntry::load_from_raw(entry, c"") }.map_err(|error| anyhow!("cannot use the linked entry: {error}"))?;
        Self::first(entry, "the linked entry")
    }

    fn first(entry: PluginEntry, of: &str) -> Result<Self> {
        let factory = entry.get_plugin_factory().with_context(|| format!("{of} has no plugin factory"))?;
        let descriptor = factory.plugin_descriptors().next().with_context(|| format!("{of} holds no plugin"))?;
        let id = descriptor.id().context("the plugin has no id")?.to_owned();
        let name = descriptor.name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { entry, id, name })
    }

    /// The plugin's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes an instance, not active yet. The calling thread becomes its main thread.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn instance(&self) -> Result<Instance> {
        let info = HostInfo::new("videoTracker test host", "videoTracker", "", env!("CARGO_PKG_VERSION"))?;
        let shared = |_: &()| Shared {
            main_thread: std::thread::current().id(),
            audio_thread: Mutex::new(None),
            wants_callback: AtomicBool::new(false),
            wants_restart: AtomicBool::new(false),
            dirty: AtomicU64::new(0),
            log: Mutex::new(Vec::new()),
        };
        let plugin = PluginInstance::<Handlers>::new(|()| shared(&()), |shared| MainThread(shared), &self.entry, &self.id, &info)
            .map_err(|error| anyhow!("cannot instantiate {}: {error}", self.name))?;
        Ok(Instance { plugin, processor: None, setup: Setup::default(), steady: 0 })
    }

    /// Makes an instance and activates it.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn active(&self, setup: Setup) -> Result<Instance> {
        let mut instance = self.instance()?;
        instance.activate(setup)?;
        Ok(instance)
    }
}

/// How an instance is activated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Frames a second.
    pub sample_rate: f64,
    /// The longest block, in frames.
    pub max_frames: u32,
    /// Whether the host says that it renders offline.
    pub offline: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { sample_rate: 48_000.0, max_frames: 2048, offline: false }
    }
}

/// What a host sends to a plugin at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Send {
    /// A CLAP note begins; velocity 0–1.
    NoteOn {
        /// Key, 0–127.
        key: u8,
        /// Strength, 0–1.
        velocity: f64,
    },
    /// A CLAP note ends.
    NoteOff {
        /// Key, 0–127.
        key: u8,
    },
    /// A MIDI message.
    Midi([u8; 3]),
    /// A parameter's plain value.
    Param(u32, f64),
}

/// How long blocks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// All the same.
    Fixed(u32),
    /// Each between 1 and `max` frames, drawn from a seed.
    Random {
        /// Where the draw begins.
        seed: u64,
        /// The longest.
        max: u32,
    },
}

impl Blocks {
    fn next(&mut self) -> u32 {
        match self {
            Self::Fixed(frames) => *frames,
            Self::Random { seed, max } => {
                // xorshift64*, Vigna 2016.
                *seed = (*seed).max(1);
                *seed ^= *seed >> 12;
                *seed ^= *seed << 25;
                *seed ^= *seed >> 27;
                1 + (seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as u32 % *max
            }
        }
    }
}

/// A stretch of time to roll through.
#[derive(Clone, Debug)]
pub struct Roll {
    /// The song; `None` for a host without a transport.
    pub transport: Option<TransportPlan>,
    /// How many frames.
    pub frames: u64,
    /// In blocks of which length.
    pub blocks: Blocks,
    /// What is sent, by frame from the roll's start, in order.
    pub sends: Vec<(u64, Send)>,
    /// Whether blocks come no faster than a sound card asks for them.
    pub real_time: bool,
    /// What the first input of the plugin gets, frame by frame; silence after its end.
    pub side_chain: Audio,
    /// How many output ports the host gives buffers for; those beyond are left out, and [`Take::aux`] holds the others.
    pub outputs: usize,
}

impl Roll {
    /// Rolls a song for some frames in blocks of 512.
    #[must_use]
    pub fn song(plan: TransportPlan, frames: u64) -> Self {
        Self {
            transport: Some(plan),
            frames,
            blocks: Blocks::Fixed(512),
            sends: Vec::new(),
            real_time: false,
            side_chain: Audio::default(),
            outputs: 1,
        }
    }

    /// The same in other blocks.
    #[must_use]
    pub fn in_blocks(self, blocks: Blocks) -> Self {
        Self { blocks, ..self }
    }

    /// The same with something sent.
    #[must_use]
    pub fn with(mut self, frame: u64, send: Send) -> Self {
        let place = self.sends.partition_point(|(at, _)| *at <= frame);
        self.sends.insert(place, (frame, send));
        self
    }
}

/// What a plugin sends to its host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sent {
    /// A key goes down.
    NoteOn {
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        key: u8,
        /// Strength, 0–1.
        velocity: f64,
    },
    /// A key comes up.
    NoteOff {
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        key: u8,
    },
    /// A MIDI message.
    Midi([u8; 3]),
}

impl Sent {
    fn of(event: &UnknownEvent) -> Option<Self> {
        let pair = |pckn: Pckn| {
            let number = |part: clack_host::events::Match<u16>| part.into_specific().map(|number| number as u8);
            Some((number(pckn.channel)?, number(pckn.key)?))
        };
        Some(match event.as_core_event()? {
            CoreEventSpace::NoteOn(on) => {
                let (channel, key) = pair(on.pckn())?;
                Self::NoteOn { channel, key, velocity: on.velocity() }
            }
            CoreEventSpace::NoteOff(off) => {
                let (channel, key) = pair(off.pckn())?;
                Self::NoteOff { channel, key }
            }
            CoreEventSpace::Midi(midi) => Self::Midi(midi.data()),
            _ => return None,
        })
    }
}

/// What a roll gave.
#[derive(Clone, Debug, Default)]
pub struct Take {
    /// What the main bus played.
    pub audio: Audio,
    /// The MIDI that it sent, by frame from the roll's start.
    pub midi: Vec<(u64, Sent)>,
    /// What the other buses played that the host gave buffers for.
    pub aux: Vec<Audio>,
    /// The longest `process` call.
    pub longest: Duration,
    /// How many `process` calls there were.
    pub calls: u64,
    /// What the preloaded counter counted, where it is preloaded.
    pub counts: Option<Counts>,
}

/// An audio port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How many channels it has.
    pub channels: u32,
}

/// A host parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its default.
    pub default: f64,
    /// Its smallest and largest value.
    pub range: (f64, f64),
}

/// A plugin instance.
pub struct Instance {
    plugin: PluginInstance<Handlers>,
    processor: Option<StoppedPluginAudioProcessor<Handlers>>,
    setup: Setup,
    steady: u64,
}

impl Instance {
    /// Activates, after deactivating where it was active.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn activate(&mut self, setup: Setup) -> Result<()> {
        self.deactivate();
        let handle = self.plugin.plugin_handle();
        if let Some(render) = handle.get_extension::<PluginRender>() {
            let mode = if setup.offline { RenderMode::Offline } else { RenderMode::Realtime };
            render.set(&handle, mode)?;
        }
        let configuration =
            PluginAudioConfiguration { sample_rate: setup.sample_rate, min_frames_count: 1, max_frames_count: setup.max_frames };
        self.processor = Some(self.plugin.activate(|_, _| (), configuration).map_err(|error| anyhow!("cannot activate: {error}"))?);
        self.setup = setup;
        Ok(())
    }

    /// Deactivates, where it is active.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.plugin.deactivate(processor);
        }
    }

    /// The host parameters in the plugin's order.
    pub fn params(&mut self) -> Vec<Param> {
        let handle = self.plugin.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        let mut buffer = ParamInfoBuffer::new();
        let mut list = Vec::new();
        for index in 0..params.count(&handle) {
            if let Some(info) = params.get_info(&handle, index, &mut buffer) {
                let name = String::from_utf8_lossy(info.name).into_owned();
                list.push(Param { id: info.id.get(), name, default: info.default_value, range: (info.min_value, info.max_value) });
            }
        }
        list
    }

    /// Whether the plugin describes a parameter at an index, in the list or beyond it.
    pub fn has_param_at(&mut self, index: u32) -> bool {
        let handle = self.plugin.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        handle.get_extension::<PluginParams>().is_some_and(|params| params.get_info(&handle, index, &mut buffer).is_some())
    }

    /// A parameter's plain value.
    pub fn param(&mut self, id: u32) -> Option<f64> {
        let handle = self.plugin.plugin_handle();
        handle.get_extension::<PluginParams>()?.get_value(&handle, ClapId::from_raw(id)?)
    }

    /// The state, as the host would save it.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        let handle = self.plugin.plugin_handle();
        let state = handle.get_extension::<PluginState>().context("the plugin saves no state")?;
        let mut bytes = Vec::new();
        state.save(&handle, &mut bytes)?;
        Ok(bytes)
    }

    /// Hands a saved state back.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn restore(&mut self, mut bytes: &[u8]) -> Result<()> {
        let handle = self.plugin.plugin_handle();
        let state = handle.get_extension::<PluginState>().context("the plugin restores no state")?;
        Ok(state.load(&handle, &mut bytes)?)
    }

    /// How often the plugin said that its state changed.
    #[must_use]
    pub fn dirty_count(&self) -> u64 {
        self.plugin.access_shared_handler(|shared| shared.dirty.load(Ordering::Relaxed))
    }

    /// What the plugin logged through the host.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.plugin.access_shared_handler(|shared| shared.log.lock().map(|log| log.clone()).unwrap_or_default())
    }

    /// Answers the plugin's requests for a while, as an idle host does.
    pub fn idle(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            self.answer();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(2)));
        }
    }

    fn answer(&mut self) {
        if self.plugin.access_shared_handler(|shared| shared.wants_callback.swap(false, Ordering::AcqRel)) {
            self.plugin.call_on_main_thread_callback();
        }
    }

    /// The audio ports of one direction.
    pub fn ports(&mut self, inputs: bool) -> Vec<Port> {
        let handle = self.plugin.plugin_handle();
        let Some(ports) = handle.get_extension::<PluginAudioPorts>() else { return Vec::new() };
        let mut buffer = AudioPortInfoBuffer::new();
        let count = ports.count(&handle, inputs);
        let mut port = |index| {
            let info = ports.get(&handle, index, inputs, &mut buffer)?;
            let name = String::from_utf8_lossy(info.name).into_owned();
            Some(Port { id: info.id.get(), name, channels: info.channel_count })
        };
        (0..count).filter_map(&mut port).collect()
    }

    /// The names of the sets of ports that a host can choose.
    pub fn layouts(&mut self) -> Vec<String> {
        let handle = self.plugin.plugin_handle();
        let Some(configs) = handle.get_extension::<PluginAudioPortsConfig>() else { return Vec::new() };
        let mut buffer = AudioPortsConfigBuffer::new();
        let count = configs.count(&handle);
        let mut name = |index| Some(String::from_utf8_lossy(configs.get(&handle, index, &mut buffer)?.name).into_owned());
        (0..count).filter_map(&mut name).collect()
    }

    /// Chooses a set of ports; the instance must not be active.
    ///
    /// # Errors
    /// The plugin's refusal.
    pub fn choose_layout(&mut self, index: u32) -> Result<()> {
        let handle = self.plugin.plugin_handle();
        let configs = handle.get_extension::<PluginAudioPortsConfig>().context("the plugin offers no choice of ports")?;
        configs.select(&handle, ClapId::new(index)).map_err(|error| anyhow!("layout {index}: {error}"))
    }

    fn channels(&mut self, inputs: bool) -> Vec<u32> {
        self.ports(inputs).iter().map(|port| port.channels).collect()
    }

    /// Rolls.
    ///
    /// # Errors
    /// What the plugin refused.
    pub fn roll(&mut self, roll: &Roll) -> Result<Take> {
        self.roll_while(roll, |_, _| Ok(()))
    }

    /// Rolls, while `main` is called again and again on the main thread with the frame the song has reached.
    ///
    /// # Errors
    /// What the plugin or `main` refused; the roll goes on to its end all the same.
    pub fn roll_while(&mut self, roll: &Roll, mut main: impl FnMut(&mut Self, u64) -> Result<()>) -> Result<Take> {
        let inputs = self.channels(true);
        let outputs = self.channels(false);
        ensure!(outputs.first() == Some(&2), "expected a stereo main output, found outputs with {outputs:?} channels");
        let processor = self.processor.take().context("activate the instance before rolling it")?;
        let given = &outputs[..outputs.len().min(roll.outputs.max(1))];
        let rack = Rack::new(self.setup, &inputs, given, self.steady);
        let reached = AtomicU64::new(0);
        let mut told = Ok(());
        let (processor, take) = std::thread::scope(|scope| -> Result<_> {
            let audio = std::thread::Builder::new().name("audio".into());
            let reached = &reached;
            let audio = audio.spawn_scoped(scope, move || rack.run(processor, roll, reached))?;
            while !audio.is_finished() {
                self.answer();
                told = std::mem::replace(&mut told, Ok(())).and_then(|()| main(self, reached.load(Ordering::Acquire)));
                std::thread::sleep(Duration::from_millis(1));
            }
            audio.join().map_err(|_| anyhow!("the audio thread panicked"))
        })?;
        self.processor = Some(processor);
        self.steady += roll.frames;
        told.and(take)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.deactivate();
    }
}

/// The audio thread's buffers.
struct Rack {
    setup: Setup,
    inputs: Vec<Vec<Vec<f32>>>,
    outputs: Vec<Vec<Vec<f32>>>,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
    steady: u64,
}

impl Rack {
    fn new(setup: Setup, inputs: &[u32], outputs: &[u32], steady: u64) -> Self {
        let buffers = |ports: &[u32]| -> Vec<Vec<Vec<f32>>> {
            ports.iter().map(|&channels| vec![vec![0.0; setup.max_frames as usize]; channels as usize]).collect()
        };
        let ports = |ports: &[u32]| AudioPorts::with_capacity(ports.iter().sum::<u32>() as usize, ports.len());
        Self { setup, inputs: buffers(inputs), outputs: buffers(outputs), input_ports: ports(inputs), output_ports: ports(outputs), steady }
    }

    /// Runs the roll on the calling thread and gives the processor back, whatever happened.
    fn run(
        mut self,
        processor: StoppedPluginAudioProcessor<Handlers>,
        roll: &Roll,
        reached: &AtomicU64,
    ) -> (StoppedPluginAudioProcessor<Handlers>, Result<Take>) {
        processor.access_shared_handler(|shared| {
            if let Ok(mut audio) = shared.audio_thread.lock() {
                *audio = Some(std::thread::current().id());
            }
        });
        match processor.start_processing() {
            Ok(mut started) => {
                let take = self.blocks(&mut started, roll, reached);
                (started.stop_processing(), take)
            }
            Err(error) => {
                let message = error.to_string();
                (error.into_stopped_processor(), Err(anyhow!("cannot start processing: {message}")))
            }
        }
    }

    fn blocks(&mut self, processor: &mut StartedPluginAudioProcessor<Handlers>, roll: &Roll, reached: &AtomicU64) -> Result<Take> {
        let rate = self.setup.sample_rate;
        let standing = TransportPlan::standing();
        let mut clock = Clock::new(roll.transport.as_ref().unwrap_or(&standing), rate);
        let mut blocks = roll.blocks.clone();
        let mut sends = roll.sends.as_slice();
        let room = || Audio::with_capacity(rate as u32, roll.frames as usize);
        let mut take = Take { audio: room(), aux: self.outputs[1..].iter().map(|_| room()).collect(), ..Take::default() };
        let probe = Probe::preloaded();
        let (mut changes, mut events) = (Vec::new(), EventBuffer::with_capacity(1024));
        let mut sent = EventBuffer::with_capacity(4096);
        let begun = Instant::now();
        while clock.frame() < roll.frames {
            let start = clock.frame();
            let transport = clock.event(0);
            let wanted = u64::from(blocks.next().min(self.setup.max_frames)).min(roll.frames - start) as u32;
            changes.clear();
            let frames = clock.advance(wanted, &mut changes);
            let due = sends.partition_point(|(frame, _)| *frame < clock.frame());
            fill(&mut events, &changes, &sends[..due], start);
            sends = &sends[due..];
            self.hear(&roll.side_chain, start as usize, frames as usize);
            sent.clear();
            let transport = roll.transport.is_some().then_some(&transport);
            let called = self.process(processor, frames, (&events, &mut sent), transport, start, probe)?;
            take.midi.extend(sent.iter().filter_map(|event| Some((start + u64::from(event.header().time()), Sent::of(event)?))));
            take.longest = take.longest.max(called);
            take.calls += 1;
            for (audio, port) in std::iter::once(&mut take.audio).chain(&mut take.aux).zip(&self.outputs) {
                audio.left.extend_from_slice(&port[0][..frames as usize]);
                audio.right.extend_from_slice(&port[1][..frames as usize]);
            }
            reached.store(clock.frame(), Ordering::Release);
            if roll.real_time {
                let due = begun + Duration::from_secs_f64(clock.frame() as f64 / rate);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        take.counts = probe.map(|probe| probe.counts());
        Ok(take)
    }

    /// Puts a part of what the host plays into the first input, and what no plugin may leave there into the outputs.
    fn hear(&mut self, side_chain: &Audio, start: usize, frames: usize) {
        if let Some([left, right, ..]) = self.inputs.first_mut().map(Vec::as_mut_slice) {
            for (to, from) in [(left, &side_chain.left), (right, &side_chain.right)] {
                let from = from.get(start..).unwrap_or_default();
                (0..frames).for_each(|k| to[k] = from.get(k).copied().unwrap_or(0.0));
            }
        }
        self.outputs.iter_mut().flatten().for_each(|channel| channel[..frames].fill(0.123));
    }

    fn process(
        &mut self,
        processor: &mut StartedPluginAudioProcessor<Handlers>,
        frames: u32,
        (events, sent): (&EventBuffer, &mut EventBuffer),
        transport: Option<&TransportEvent>,
        start: u64,
        probe: Option<Probe>,
    ) -> Result<Duration> {
        let count = frames as usize;
        let inputs = self.input_ports.with_input_buffers(self.inputs.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(port.iter_mut().map(|channel| InputChannel::variable(&mut channel[..count]))),
        }));
        let mut outputs = self.output_ports.with_output_buffers(self.outputs.iter_mut().map(|port| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(port.iter_mut().map(|channel| &mut channel[..count])),
        }));
        let input_events = events.as_input();
        let mut output_events = sent.as_output();
        let steady = Some(self.steady + start);
        let begun = Instant::now();
        if let Some(probe) = probe {
            probe.enter();
        }
        let status = processor.process(&inputs, &mut outputs, &input_events, &mut output_events, steady, transport);
        if let Some(probe) = probe {
            probe.leave();
        }
        let called = begun.elapsed();
        status.map_err(|error| anyhow!("process failed at frame {start}: {error}"))?;
        Ok(called)
    }
}

/// Puts a block's transport changes and sends into one buffer in the order of their frames.
fn fill(events: &mut EventBuffer, changes: &[TransportEvent], sends: &[(u64, Send)], start: u64) {
    events.clear();
    let mut changes = changes.iter().peekable();
    for &(frame, send) in sends {
        let time = (frame - start) as u32;
        while let Some(change) = changes.next_if(|change| change.header.time() <= time) {
            events.push(change);
        }
        let pckn = |key: u8| Pckn::new(0_u16, 0_u16, u16::from(key), clack_host::events::Match::All);
        match send {
            Send::NoteOn { key, velocity } => events.push(&NoteOnEvent::new(time, pckn(key), velocity)),
            Send::NoteOff { key } => events.push(&NoteOffEvent::new(time, pckn(key), 0.0)),
            Send::Midi(bytes) => events.push(&MidiEvent::new(time, 0, bytes)),
            Send::Param(id, value) => {
                if let Some(id) = ClapId::from_raw(id) {
                    events.push(&ParamValueEvent::new(time, id, Pckn::match_all(), value));
                }
            }
        }
    }
    for change in changes {
        events.push(change);
    }
}
