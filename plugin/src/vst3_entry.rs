//! The VST3 entry point: nice-plug's plugin object with one function in front of its own.
//!
//! nice-plug refuses a state whose JSON is broken before the plugin sees it. So a new object's table of `IComponent`
//! functions is replaced by a copy in which `setState` first mends what it can ([`crate::state::rescue`]). And it asks
//! only `setupProcessing` whether a render is offline, where Ardour says so with each block; so `process` notes that.
//!
//! There are two classes, because hosts like Ardour give a track as many channels as the plugin has outputs: what was saved with two
//! must not come back with eighteen. The plain one has the main output and the side-chain, the other the auxiliary outputs as well.
//!
//! A panic that left one of these functions would abort the host. nice-plug catches its own; what may panic here is contained.

#![allow(unsafe_code, reason = "the VST3 ABI is COM")]

use std::{
    ffi::c_void,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use nice_plug::{
    prelude::Vst3Plugin as _,
    wrapper::{
        setup_logger,
        vst3::{
            PluginInfo, Wrapper,
            vst3::{
                Class, ComRef, ComWrapper,
                Steinberg::{
                    FIDString, FUnknown, IBStream,
                    IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet},
                    IBStreamTrait, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
                    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID,
                    Vst::{
                        IAudioProcessor, IAudioProcessorTrait, IAudioProcessorVtbl, IComponent, IComponentVtbl, ProcessData,
                        ProcessModes_::kOffline, SpeakerArr::kStereo,
                    },
                    int32, int64, kInvalidArgument, kResultFalse, kResultOk, tresult,
                },
            },
        },
    },
};
use videotracker_engine::audio::host::BUSES;

use crate::{VideoTracker, construction, failure, state::rescue, transport::HostBlockSlot};

/// Bytes read at once from a host's stream.
const CHUNK: usize = 1 << 16;

/// The class with all buses: its id is the plain one's with another end, which no platform writes in another order.
const MULTI_OUT: [u8; 16] = {
    let mut id = VideoTracker::PLATFORM_VST3_CLASS_ID;
    let end = *b"Mult";
    let mut place = 0;
    while place < end.len() {
        id[12 + place] = end[place];
        place += 1;
    }
    id
};

struct Factory {
    /// What hosts see of each class, and how many outputs its objects begin with.
    classes: [(PluginInfo, usize); 2],
}

impl Factory {
    fn new() -> Self {
        let multi = PluginInfo { cid: &MULTI_OUT, name: "videoTracker (multi-out)", ..PluginInfo::for_plugin::<VideoTracker>() };
        Self { classes: [(PluginInfo::for_plugin::<VideoTracker>(), 1), (multi, BUSES)] }
    }
}

impl Class for Factory {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

/// Writes a value of a class's where the host wants it.
///
/// # Safety
/// `place` is null or valid for writing.
unsafe fn give<T>(place: *mut T, factory: &Factory, index: int32, value: impl FnOnce(&PluginInfo) -> T) -> tresult {
    let class = usize::try_from(index).ok().and_then(|index| factory.classes.get(index));
    let Some((info, _)) = class.filter(|_| !place.is_null()) else { return kInvalidArgument };
    // SAFETY: not null, and the caller promises the rest.
    unsafe { place.write(value(info)) };
    kResultOk
}

impl IPluginFactoryTrait for Factory {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: the host hands over a place for the answer.
        unsafe { give(info, self, 0, PluginInfo::create_factory_info) }
    }

    unsafe fn countClasses(&self) -> int32 {
        2
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        // SAFETY: as above.
        unsafe { give(info, self, index, PluginInfo::create_class_info) }
    }

    unsafe fn createInstance(&self, cid: FIDString, iid: FIDString, object: *mut *mut c_void) -> tresult {
        // SAFETY: the host hands over two ids of 16 bytes and a place for the answer.
        unsafe {
            if cid.is_null() || iid.is_null() || object.is_null() {
                return kInvalidArgument;
            }
            let wanted = *cid.cast::<[u8; 16]>();
            let Some((_, outputs)) = self.classes.iter().find(|(info, _)| *info.cid == wanted) else { return kInvalidArgument };
            let slot = Arc::<HostBlockSlot>::default();
            let made = failure::contained(|| ComWrapper::new(construction::with_slot(&slot, Wrapper::<VideoTracker>::new)));
            let Some(plugin) = made else { return kResultFalse };
            if let Some(component) = plugin.as_com_ref::<IComponent>() {
                stand_in_front(component.as_ptr());
            }
            if let Some(processor) = plugin.as_com_ref::<IAudioProcessor>() {
                listen_in(processor.as_ptr(), slot);
                let (mut input, mut stereo) = ([kStereo], [kStereo; BUSES]);
                processor.setBusArrangements(input.as_mut_ptr(), 1, stereo.as_mut_ptr(), int32::try_from(*outputs).unwrap_or(1));
            }
            let Some(unknown) = plugin.as_com_ref::<FUnknown>() else { return kInvalidArgument };
            let unknown = unknown.as_ptr();
            ((*(*unknown).vtbl).queryInterface)(unknown, iid.cast::<TUID>(), object)
        }
    }
}

impl IPluginFactory2Trait for Factory {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        // SAFETY: as above.
        unsafe { give(info, self, index, PluginInfo::create_class_info_2) }
    }
}

impl IPluginFactory3Trait for Factory {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        // SAFETY: as above.
        unsafe { give(info, self, index, PluginInfo::create_class_info_unicode) }
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// Every instance's own functions, and the copy that stands in front of them.
struct Tables {
    own: IComponentVtbl,
    front: IComponentVtbl,
}

static TABLES: OnceLock<Tables> = OnceLock::new();

/// # Safety
/// `component` is a new object of nice-plug's that nobody else knows of yet.
unsafe fn stand_in_front(component: *mut IComponent) {
    // SAFETY: all instances are of one class and so share one table, made of plain function pointers.
    let tables = TABLES.get_or_init(|| unsafe {
        let mut front = std::ptr::read((*component).vtbl);
        front.setState = set_state;
        Tables { own: std::ptr::read((*component).vtbl), front }
    });
    // SAFETY: the object is not shared yet; the table lives for ever.
    unsafe { (*component).vtbl = &tables.front };
}

/// An instance's own table of `IAudioProcessor`, whose place tells which instance is called.
#[repr(C)]
struct Listener {
    /// Must stay first: the object's pointer to its table is the pointer to the listener.
    table: IAudioProcessorVtbl,
    own: *const IAudioProcessorVtbl,
    slot: Arc<HostBlockSlot>,
}

/// # Safety
/// `processor` is a new object of nice-plug's that nobody else knows of yet.
unsafe fn listen_in(processor: *mut IAudioProcessor, slot: Arc<HostBlockSlot>) {
    // SAFETY: the object is not shared yet, and its table is made of plain function pointers. The listener is never freed,
    // as the object may live as long as the host likes: some hundred bytes for each instance ever made.
    unsafe {
        let own = (*processor).vtbl;
        let mut table = std::ptr::read(own);
        table.process = process;
        (*processor).vtbl = &Box::leak(Box::new(Listener { table, own, slot })).table;
    }
}

unsafe extern "system" fn process(this: *mut IAudioProcessor, data: *mut ProcessData) -> tresult {
    // SAFETY: `this` is an object that `listen_in` gave its listener; the host's block is valid for this call, or null.
    unsafe {
        let listener = &*(*this).vtbl.cast::<Listener>();
        if let Some(data) = data.as_ref() {
            #[allow(clippy::cast_possible_wrap, clippy::unnecessary_cast, reason = "the constant's type differs between systems")]
            listener.slot.set_offline(data.processMode == kOffline as int32);
        }
        let result = ((*listener.own).process)(this, data);
        if result != kResultOk
            && let Some(data) = data.as_ref()
        {
            silence(data);
        }
        result
    }
}

/// Leaves silence where a block ended in an error: few hosts look at what `process` answers.
///
/// # Safety
/// `data` is a host's and its buffers are valid.
unsafe fn silence(data: &ProcessData) {
    if data.outputs.is_null() || data.symbolicSampleSize != 0 {
        return;
    }
    let frames = usize::try_from(data.numSamples).unwrap_or(0);
    for bus in 0..usize::try_from(data.numOutputs).unwrap_or(0) {
        // SAFETY: the host promises as many buses, channels and frames as it says, of 32 bits each as checked above.
        unsafe {
            let bus = &*data.outputs.add(bus);
            let channels = bus.__field0.channelBuffers32;
            for channel in 0..usize::try_from(bus.numChannels).unwrap_or(0) {
                if !channels.is_null() && !(*channels.add(channel)).is_null() {
                    (*channels.add(channel)).write_bytes(0, frames);
                }
            }
        }
    }
}

unsafe extern "system" fn set_state(this: *mut IComponent, stream: *mut IBStream) -> tresult {
    // SAFETY: the host's arguments, handed on.
    failure::contained(|| unsafe { set_mended_state(this, stream) }).unwrap_or(kResultFalse)
}

/// # Safety
/// `this` is a living object of ours; `stream` is null or a valid stream.
unsafe fn set_mended_state(this: *mut IComponent, stream: *mut IBStream) -> tresult {
    // SAFETY: the host's stream is valid for this call, or null.
    let Some(raw) = (unsafe { read_all(stream) }) else { return kResultFalse };
    let (json, useful) = rescue::mend(&raw, &raw);
    let Some(tables) = TABLES.get() else { return kResultFalse };
    let memory = ComWrapper::new(Memory { bytes: json, at: AtomicI64::new(0) });
    let Some(memory) = memory.as_com_ref::<IBStream>() else { return kResultFalse };
    // SAFETY: the object's own function, on the object it belongs to; `memory` outlives the call.
    let result = unsafe { (tables.own.setState)(this, memory.as_ptr()) };
    if useful { result } else { kResultFalse }
}

/// Everything from a stream's place to its end; `None` for a broken stream or an absurd length.
///
/// # Safety
/// `stream` is null or a valid stream.
unsafe fn read_all(stream: *mut IBStream) -> Option<Vec<u8>> {
    // SAFETY: the caller promises a valid stream.
    let stream = unsafe { ComRef::from_raw(stream) }?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let mut count = 0;
        // SAFETY: the chunk is as long as is said. Some hosts answer false at the end, so the count decides.
        unsafe { stream.read(chunk.as_mut_ptr().cast(), int32::try_from(CHUNK).ok()?, &mut count) };
        let count = usize::try_from(count).ok()?.min(CHUNK);
        if count == 0 {
            return Some(bytes);
        }
        bytes.extend_from_slice(&chunk[..count]);
        if bytes.len() > rescue::LIMIT {
            return None;
        }
    }
}

/// A stream over bytes in memory, to read from.
struct Memory {
    bytes: Vec<u8>,
    at: AtomicI64,
}

impl Class for Memory {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Memory {
    unsafe fn read(&self, buffer: *mut c_void, wanted: int32, read: *mut int32) -> tresult {
        let at = usize::try_from(self.at.load(Ordering::Relaxed)).unwrap_or(0).min(self.bytes.len());
        let count = usize::try_from(wanted).unwrap_or(0).min(self.bytes.len() - at);
        if buffer.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: the caller's buffer holds `wanted` bytes, and `count` is at most that and at most what is left.
        unsafe {
            std::ptr::copy_nonoverlapping(self.bytes[at..].as_ptr(), buffer.cast::<u8>(), count);
            if !read.is_null() {
                *read = int32::try_from(count).unwrap_or(0);
            }
        }
        self.at.store(int64::try_from(at + count).unwrap_or(0), Ordering::Relaxed);
        kResultOk
    }

    unsafe fn write(&self, _buffer: *mut c_void, _count: int32, _written: *mut int32) -> tresult {
        kResultFalse
    }

    unsafe fn seek(&self, offset: int64, mode: int32, result: *mut int64) -> tresult {
        let end = int64::try_from(self.bytes.len()).unwrap_or(int64::MAX);
        #[allow(clippy::unnecessary_cast, reason = "the constants' type differs between systems")]
        let base = match mode {
            mode if mode == kIBSeekSet as int32 => 0,
            mode if mode == kIBSeekCur as int32 => self.at.load(Ordering::Relaxed),
            mode if mode == kIBSeekEnd as int32 => end,
            _ => return kInvalidArgument,
        };
        let at = base.saturating_add(offset).clamp(0, end);
        self.at.store(at, Ordering::Relaxed);
        if !result.is_null() {
            // SAFETY: not null, so the caller wants the place there.
            unsafe { *result = at };
        }
        kResultOk
    }

    unsafe fn tell(&self, place: *mut int64) -> tresult {
        if place.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: not null, so the caller wants the place there.
        unsafe { *place = self.at.load(Ordering::Relaxed) };
        kResultOk
    }
}

/// What a VST3 host asks for its factory.
#[unsafe(no_mangle)]
pub extern "system" fn GetPluginFactory() -> *mut c_void {
    failure::contained(|| ComWrapper::new(Factory::new()).to_com_ptr::<IPluginFactory>())
        .flatten()
        .map_or(std::ptr::null_mut(), |factory| factory.into_raw().cast())
}

/// Called after a Linux host has loaded the library.
#[cfg(all(target_family = "unix", not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleEntry(_library: *mut c_void) -> bool {
    failure::contained(setup_logger::<VideoTracker>).is_some()
}

/// Called before a Linux host unloads the library.
#[cfg(all(target_family = "unix", not(target_os = "macos")))]
#[unsafe(no_mangle)]
pub extern "C" fn ModuleExit() -> bool {
    true
}

/// Called after a macOS host has loaded the bundle.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleEntry(_bundle: *mut c_void) -> bool {
    failure::contained(setup_logger::<VideoTracker>).is_some()
}

/// Called before a macOS host unloads the bundle.
#[cfg(target_os = "macos")]
#[unsafe(no_mangle)]
pub extern "C" fn bundleExit() -> bool {
    true
}

/// Called after a Windows host has loaded the library.
#[cfg(target_os = "windows")]
#[unsafe(no_mangle)]
pub extern "system" fn InitDll() -> bool {
    failure::contained(setup_logger::<VideoTracker>).is_some()
}

/// Called before a Windows host unloads the library.
#[cfg(target_os = "windows")]
#[unsafe(no_mangle)]
pub extern "system" fn ExitDll() -> bool {
    true
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use std::sync::Mutex;

    use nice_plug::wrapper::vst3::vst3::{
        ComPtr, Interface,
        Steinberg::Vst::{
            BusDirections_::{kInput, kOutput},
            BusInfo,
            BusInfo_::BusFlags_::kDefaultActive,
            IComponentTrait,
            MediaTypes_::kAudio,
            SpeakerArr::kEmpty,
        },
    };

    use super::*;

    /// A host's stream to write into, which takes `room` bytes at most.
    struct Written {
        bytes: Mutex<Vec<u8>>,
        room: usize,
    }

    impl Class for Written {
        type Interfaces = (IBStream,);
    }

    impl IBStreamTrait for Written {
        unsafe fn read(&self, _buffer: *mut c_void, _wanted: int32, _read: *mut int32) -> tresult {
            kResultFalse
        }

        unsafe fn write(&self, buffer: *mut c_void, count: int32, written: *mut int32) -> tresult {
            let mut bytes = self.bytes.lock().expect("nobody panics here");
            let taken = usize::try_from(count).unwrap_or(0).min(self.room - bytes.len());
            // SAFETY: the caller's buffer holds `count` bytes.
            unsafe {
                bytes.extend_from_slice(std::slice::from_raw_parts(buffer.cast::<u8>(), taken));
                *written = int32::try_from(taken).unwrap_or(0);
            }
            kResultOk
        }

        unsafe fn seek(&self, _offset: int64, _mode: int32, _result: *mut int64) -> tresult {
            kResultFalse
        }

        unsafe fn tell(&self, _place: *mut int64) -> tresult {
            kResultFalse
        }
    }

    #[test]
    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, clippy::unnecessary_cast, reason = "constants and small counts")]
    fn hosts_can_take_the_extra_buses_or_leave_them() {
        let factory = ComWrapper::new(Factory::new());
        let (plain, cid) = (VideoTracker::PLATFORM_VST3_CLASS_ID, MULTI_OUT);
        let mut object = std::ptr::null_mut();
        // SAFETY: ids of 16 bytes, a place for the answer; arrangements are as long as is said.
        unsafe {
            assert_eq!(factory.createInstance(plain.as_ptr().cast(), IComponent::IID.as_ptr().cast(), &mut object), kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).expect("made");
            assert_eq!([kInput, kOutput].map(|direction| component.getBusCount(kAudio as i32, direction as i32)), [1, 1]);
            assert_eq!(factory.createInstance(cid.as_ptr().cast(), IComponent::IID.as_ptr().cast(), &mut object), kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).expect("made");
            let processor = component.cast::<IAudioProcessor>().expect("it processes");
            let buses = || [kInput, kOutput].map(|direction| component.getBusCount(kAudio as i32, direction as i32));
            let active = |direction: u32, index: int32| {
                let mut bus: BusInfo = std::mem::zeroed();
                assert_eq!(component.getBusInfo(kAudio as i32, direction as i32, index, &mut bus), kResultOk);
                bus.flags & kDefaultActive as u32 != 0
            };
            assert_eq!(buses(), [1, 9]);
            assert!(active(kOutput as u32, 0) && !active(kInput as u32, 0) && (1..9).all(|bus| !active(kOutput as u32, bus)));
            let (one, none) = (kStereo, kEmpty);
            for (inputs, outputs, taken) in [
                (vec![], vec![one], Some([0, 1])),
                (vec![one], vec![one], Some([1, 1])),
                (vec![none], vec![one], Some([1, 1])),
                (vec![one], vec![one; 9], Some([1, 9])),
                (vec![none], [vec![one], vec![none; 8]].concat(), Some([1, 9])),
                (vec![one], [vec![one; 3], vec![none; 6]].concat(), Some([1, 9])),
                (vec![], vec![none], None),
                (vec![one; 2], vec![one], None),
                (vec![one], vec![one; 5], None),
                (vec![one], vec![3; 10], None),
                (vec![one], vec![1; 9], None),
            ] {
                let (mut ins, mut outs) = (inputs.clone(), outputs.clone());
                let pointer = |list: &mut Vec<u64>| if list.is_empty() { std::ptr::null_mut() } else { list.as_mut_ptr() };
                let before = buses();
                let result =
                    processor.setBusArrangements(pointer(&mut ins), inputs.len() as int32, pointer(&mut outs), outputs.len() as int32);
                assert_eq!((result == kResultOk, buses()), (taken.is_some(), taken.unwrap_or(before)), "{inputs:?} {outputs:?}");
            }
        }
    }

    /// What saving a new instance answers, and what the host's stream holds then.
    fn saved(room: usize) -> (tresult, Vec<u8>) {
        let factory = ComWrapper::new(Factory::new());
        let cid = VideoTracker::PLATFORM_VST3_CLASS_ID;
        let mut object = std::ptr::null_mut();
        let stream = ComWrapper::new(Written { bytes: Mutex::default(), room });
        // SAFETY: ids of 16 bytes, a place for the answer, and a stream that outlives the call.
        let result = unsafe {
            assert_eq!(factory.createInstance(cid.as_ptr().cast(), IComponent::IID.as_ptr().cast(), &mut object), kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).expect("made");
            component.getState(stream.as_com_ref::<IBStream>().expect("a stream").as_ptr())
        };
        let bytes = stream.bytes.lock().expect("nobody panics here").clone();
        (result, bytes)
    }

    #[test]
    fn a_save_that_panics_or_does_not_fit_is_an_error_and_a_panic_leaves_the_stream_clean() {
        let (result, whole) = saved(1 << 24);
        assert!(result == kResultOk && whole.len() > 100);
        failure::provoke_next(failure::Place::Save);
        let (result, bytes) = saved(1 << 24);
        assert!(result != kResultOk && bytes.is_empty(), "{result}: {} bytes", bytes.len());
        assert!(saved(120).0 != kResultOk, "a full disk");
    }
}
