//! videoTracker as a plugin: host glue around the engine, and the editor.
//!
//! The host calls [`VideoTracker`] through nice-plug's wrappers for CLAP ([`clap_entry`]) and VST3 ([`vst3_entry`]). What the instance's
//! parts share is in [`instance`]; the audio thread owns the engine's `Processor` and nothing else.

pub mod clap_entry;
#[cfg(feature = "standalone")]
mod closing;
mod construction;
pub mod desk;
pub mod drafts;
pub mod editor;
pub mod events;
pub mod failure;
pub mod instance;
mod layouts;
mod midi;
pub mod opening;
pub mod params;
mod record;
pub mod script_files;
pub mod scripts;
pub mod settings;
pub mod state;
pub mod transport;
pub mod video;
pub mod vst3_entry;

use std::sync::Arc;

use nice_plug::{prelude::*, wrapper::guard::PanicHandler};
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput},
        processor::Processor,
    },
    engine::Engine,
    project::MACROS,
    signal::{Midi, MidiOut},
};

use crate::{
    instance::Instance,
    midi::MidiQueue,
    params::HostParams,
    record::{Recording, Requests},
    transport::HostBlockSlot,
};

/// One plugin instance, as nice-plug holds it.
pub struct VideoTracker {
    instance: Arc<Instance>,
    params: Arc<HostParams>,
    slot: Arc<HostBlockSlot>,
    processor: Option<Processor>,
    rate: f64,
    offline: bool,
    midi: MidiQueue,
    /// What goes to the host; each key that went down comes up, whatever becomes of the processor.
    sent: MidiOut,
    /// The processor is another one than that of the last block.
    has_restarted: bool,
    recording: Option<Recording>,
    /// What to run before the first block.
    opening: Option<opening::Opening>,
}

impl Default for VideoTracker {
    fn default() -> Self {
        let opening = construction::opening();
        // What a script begins with takes nothing away.
        let engine = if opening.is_some() { Engine::empty() } else { Engine::new() };
        let instance = Arc::new(Instance::new(Arc::new(engine)));
        Self {
            params: HostParams::shared(&instance),
            instance,
            slot: construction::slot(),
            processor: None,
            rate: 48_000.0,
            offline: false,
            midi: MidiQueue::default(),
            sent: MidiOut::new(SENT),
            has_restarted: false,
            recording: None,
            opening,
        }
    }
}

impl std::fmt::Debug for VideoTracker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VideoTracker").field("rate", &self.rate).field("offline", &self.offline).finish_non_exhaustive()
    }
}

impl VideoTracker {
    /// Ends the film. The table of triggers goes on until the instance goes: hosts deactivate between two bus layouts too.
    fn end_film(&mut self) {
        if let Some(recording) = &mut self.recording {
            recording.finish_film(&self.instance);
        }
    }

    /// Plays one block of an instance that has not failed.
    fn play(&mut self, buffer: &mut Buffer<'_>, aux: &mut AuxiliaryBuffers<'_>, context: &mut impl ProcessContext<Self>) -> ProcessStatus {
        self.instance.panic_if_provoked(failure::Place::Process);
        let frames = buffer.samples();
        let transport = self.slot.advance(frames, self.rate).unwrap_or_else(|| transport::from_nice_plug(context.transport()));
        let bypass = self.params.bypass.value();
        self.sent.clear();
        if bypass || std::mem::take(&mut self.has_restarted) {
            self.sent.release(0);
        }
        let Some(processor) = &mut self.processor else {
            silence(buffer, aux);
            return ProcessStatus::Normal;
        };
        let Some(main) = layouts::stereo(buffer, frames) else { return ProcessStatus::Error("videoTracker's main output is stereo") };
        let mut outputs = layouts::outputs(main, aux.outputs, frames);
        let side_chain = aux.inputs.first_mut().and_then(|buffer| layouts::stereo(buffer, frames));
        let offline = self.offline || self.slot.is_offline();
        let macros: [f32; MACROS] = std::array::from_fn(|index| self.params.macros[index].value.value());
        let mut start = 0;
        while start < frames {
            // A storm of notes that fills the queue cuts the block where it is full, so that no note is lost.
            let end = self.midi.fill(start, frames, || context.next_event());
            let block = HostInput {
                transport: transport::later(transport, start, self.rate),
                offline,
                midi: self.midi.events(),
                macros: &macros,
                // What is recorded is what leaves the plugin.
                master_volume: if bypass { 0.0 } else { self.params.master.value() },
                video_opacity: if bypass { 0.0 } else { self.params.opacity.value() },
                side_chain: side_chain.as_ref().map(|[left, right]| [&left[start..end], &right[start..end]]),
            };
            self.sent.begin_at(start);
            let buses = layouts::part(&mut outputs, &(start..end));
            processor.process(&block, &mut HostOutput { buses, midi: (!bypass).then_some(&mut self.sent) });
            start = end;
        }
        send(self.sent.messages(), context);
        if bypass {
            outputs.iter_mut().flatten().flatten().for_each(|channel| channel.fill(0.0));
        }
        // The transport starts sounds without any input event: the host must not put the plugin to sleep.
        ProcessStatus::KeepAlive
    }
}

impl Drop for VideoTracker {
    fn drop(&mut self) {
        // Parts that a panic left half done may panic again; each of the others still ends well.
        let _ = failure::contained(|| self.end_film());
        let _ = failure::contained(|| self.processor = None);
        let _ = failure::contained(|| {
            if let Some(recording) = self.recording.take() {
                recording.finish(&self.instance);
            }
        });
        // Hosts that bounce and quit would else take the last film with them.
        let _ = failure::contained(|| self.instance.takes.end());
        let _ = failure::contained(|| self.instance.desk().settle());
    }
}

/// Most MIDI messages that a block sends.
const SENT: usize = 4096;

/// Hands messages to the host.
fn send(messages: &[Midi], context: &mut impl ProcessContext<VideoTracker>) {
    for event in messages.iter().filter_map(|message| midi::to_host(*message)) {
        // A host that has no room says so; it is not asked again.
        let _ = context.try_send_event(event);
    }
}

/// Fills a block with silence.
fn silence(buffer: &mut Buffer<'_>, aux: &mut AuxiliaryBuffers<'_>) {
    buffer.as_slice().iter_mut().for_each(|channel| channel.fill(0.0));
    aux.outputs.iter_mut().flat_map(Buffer::as_slice).for_each(|channel| channel.fill(0.0));
}

impl Plugin for VideoTracker {
    const NAME: &'static str = "videoTracker";
    const VENDOR: &'static str = "videoTracker";
    const URL: &'static str = env!("CARGO_PKG_REPOSITORY");
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = layouts::ALL;
    // Controllers would add 2080 parameters to the VST3 (one for each, on each channel): hosts that read every
    // parameter's texts, as pedalboard does, take minutes over them.
    const MIDI_INPUT: MidiConfig = MidiConfig::Basic;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;
    const INPUT_EVENT_CAPACITY: usize = 8192;

    type Editor = editor::Editor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        editor::create(&self.instance, &self.params, Box::new(editor::EngineVideo::new(Arc::clone(&self.instance))))
    }

    fn filter_state(state: &mut PluginState) {
        state::admit(state);
    }

    fn activate(&mut self, _layout: &AudioIOLayout, config: &BufferConfig, _context: &mut impl ActivateContext<Self>) -> bool {
        self.offline = config.process_mode == ProcessMode::Offline;
        let rate = f64::from(config.sample_rate);
        // Hosts activate several times in a row; a processor for the same rate goes on.
        if self.processor.is_none() || self.rate.to_bits() != rate.to_bits() {
            self.end_film();
            self.rate = rate;
            let requests = Requests::take();
            requests.run_script(&self.instance);
            if let Some(opening) = self.opening.take() {
                opening.run(&self.instance);
            }
            self.processor = Some(self.instance.engine.activate(rate));
            self.has_restarted = true;
            self.recording = requests.start(&self.instance).or_else(|| self.recording.take());
        }
        true
    }

    fn deactivate(&mut self) {
        self.end_film();
        self.processor = None;
    }

    fn reset(&mut self) {
        if let Some(processor) = self.processor.as_mut().filter(|_| !self.instance.has_failed()) {
            processor.reset();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        aux: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if self.instance.has_failed() {
            silence(buffer, aux);
            self.sent.clear();
            self.sent.release(0);
            send(self.sent.messages(), context);
            return ProcessStatus::Normal;
        }
        let instance = Arc::clone(&self.instance);
        instance.guarded("playing", || self.play(buffer, aux, context)).unwrap_or_else(|| {
            silence(buffer, aux);
            ProcessStatus::Normal
        })
    }
}

impl ClapPlugin for VideoTracker {
    const CLAP_ID: &'static str = "org.videotracker.videotracker";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("An audio-video live-coding instrument");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::Sampler, ClapFeature::DrumMachine, ClapFeature::Stereo];

    fn panic_handler(&self) -> Option<PanicHandler> {
        Some(self.instance.panic_handler())
    }
}

impl Vst3Plugin for VideoTracker {
    const VST3_CLASS_ID: [u8; 16] = *b"videoTrackerInst";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Instrument, Vst3SubCategory::Sampler];

    fn panic_handler(&self) -> Option<PanicHandler> {
        Some(self.instance.panic_handler())
    }
}

/// The options that the stand-alone instrument was started with.
#[cfg(feature = "standalone")]
static STARTED_WITH: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();

/// The options that the stand-alone instrument was started with; `None` within a host.
#[cfg(feature = "standalone")]
pub(crate) fn started_with() -> Option<&'static [String]> {
    STARTED_WITH.get().map(Vec::as_slice)
}

/// Runs the stand-alone instrument until its window closes; whether it ended well. `options` are those of nice-plug's wrapper, and
/// the instance begins with `opening`.
#[cfg(feature = "standalone")]
#[must_use]
pub fn standalone(options: Vec<String>, opening: Option<opening::Opening>) -> bool {
    let _ = STARTED_WITH.set(options.clone());
    let words = std::iter::once("videotracker".to_owned()).chain(options);
    nice_plug::wrapper::standalone::on_close_request(closing::want);
    construction::with_opening(opening, || nice_plug::wrapper::standalone::nice_export_standalone_with_args::<VideoTracker, _>(words))
}
