//! The CLAP entry point: nice-plug's plugin object behind a thin one of ours.
//!
//! The host holds a `Shim`, which begins with a copy of nice-plug's `clap_plugin` that has our `process` and `destroy`
//! in it. nice-plug finds its wrapper through `plugin_data`, which is the same in both. So every host block passes
//! through here, and its raw transport can be noted before nice-plug cuts the block up; and so does every state, which
//! is mended before nice-plug would refuse it whole ([`crate::state::rescue`]).
//!
//! A panic that left one of these functions would abort the host. nice-plug catches its own; what may panic here is contained.

#![allow(unsafe_code, reason = "the CLAP ABI is C")]

use std::{
    ffi::{CStr, c_char, c_void},
    ptr,
    sync::{Arc, OnceLock},
};

use clap_sys::{
    entry::clap_plugin_entry,
    ext::state::{CLAP_EXT_STATE, clap_plugin_state},
    factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory},
    host::clap_host,
    plugin::{clap_plugin, clap_plugin_descriptor},
    process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status},
    stream::{clap_istream, clap_ostream},
    version::CLAP_VERSION,
};
use nice_plug::wrapper::{
    clap::{PluginDescriptor, Wrapper},
    setup_logger,
};

use crate::{VideoTracker, construction, failure, state::rescue, transport::HostBlockSlot};

/// Bytes read at once from a host's stream.
const CHUNK: usize = 1 << 16;

/// What the host holds.
#[repr(C)]
struct Shim {
    /// Must stay first: the host's pointer to the plugin is the pointer to the shim.
    plugin: clap_plugin,
    inner: *const clap_plugin,
    slot: Arc<HostBlockSlot>,
}

fn descriptor() -> &'static PluginDescriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<VideoTracker>)
}

unsafe extern "C" fn get_plugin_count(_factory: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn get_plugin_descriptor(_factory: *const clap_plugin_factory, index: u32) -> *const clap_plugin_descriptor {
    if index == 0 { descriptor().clap_plugin_descriptor() } else { ptr::null() }
}

unsafe extern "C" fn create_plugin(_factory: *const clap_plugin_factory, host: *const clap_host, id: *const c_char) -> *const clap_plugin {
    // SAFETY: the host hands over a zero-terminated text or null.
    if host.is_null() || id.is_null() || unsafe { CStr::from_ptr(id) } != descriptor().clap_id() {
        return ptr::null();
    }
    let slot = Arc::<HostBlockSlot>::default();
    let made = failure::contained(|| {
        construction::with_slot(&slot, || {
            // SAFETY: CLAP says that the host outlives its plugins.
            unsafe { Wrapper::<VideoTracker>::new(host) }
        })
    });
    let Some(wrapper) = made else { return ptr::null() };
    // `inner_destroy` takes this reference back.
    let wrapper = Arc::into_raw(wrapper);
    // SAFETY: the wrapper was just made and lives until `destroy`.
    let inner = unsafe { (*wrapper).clap_plugin.as_ptr().cast_const() };
    // SAFETY: nobody else knows of the plugin object yet, and all of its fields are plain values.
    let mut plugin = unsafe { ptr::read(inner) };
    plugin.process = Some(process);
    plugin.destroy = Some(destroy);
    plugin.get_extension = Some(get_extension);
    Box::into_raw(Box::new(Shim { plugin, inner, slot })).cast::<clap_plugin>()
}

unsafe extern "C" fn process(plugin: *const clap_plugin, block: *const clap_process) -> clap_process_status {
    if plugin.is_null() || block.is_null() {
        return CLAP_PROCESS_ERROR;
    }
    // SAFETY: the host got `plugin` from `create_plugin` and has not destroyed it.
    let shim = unsafe { &*plugin.cast::<Shim>() };
    // SAFETY: `inner` lives as long as the shim.
    let Some(inner_process) = (unsafe { (*shim.inner).process }) else { return CLAP_PROCESS_ERROR };
    // SAFETY: the host's block is valid for the length of this call.
    unsafe { shim.slot.begin(block) };
    // SAFETY: same arguments as the host's, for the plugin object that is theirs.
    let status = unsafe { inner_process(shim.inner, block) };
    shim.slot.end();
    if status == CLAP_PROCESS_ERROR {
        // SAFETY: the host's block is valid for the length of this call.
        unsafe { silence(&*block) };
    }
    status
}

/// Leaves silence where a block ended in an error, as not every host throws such a block away.
///
/// # Safety
/// `block` is a host's and its buffers are valid.
unsafe fn silence(block: &clap_process) {
    if block.audio_outputs.is_null() {
        return;
    }
    let frames = block.frames_count as usize;
    for port in 0..block.audio_outputs_count as usize {
        // SAFETY: the host promises as many ports, channels and frames as it says.
        unsafe {
            let port = &*block.audio_outputs.add(port);
            for channel in 0..port.channel_count as usize {
                if !port.data32.is_null() && !(*port.data32.add(channel)).is_null() {
                    (*port.data32.add(channel)).write_bytes(0, frames);
                }
                if !port.data64.is_null() && !(*port.data64.add(channel)).is_null() {
                    (*port.data64.add(channel)).write_bytes(0, frames);
                }
            }
        }
    }
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    if plugin.is_null() || id.is_null() {
        return ptr::null();
    }
    // SAFETY: the host hands over its plugin and a zero-terminated text.
    unsafe {
        if CStr::from_ptr(id) == CLAP_EXT_STATE {
            return ptr::from_ref(&STATE).cast();
        }
        let inner = (*plugin.cast::<Shim>()).inner;
        (*inner).get_extension.map_or(ptr::null(), |get| get(inner, id))
    }
}

static STATE: clap_plugin_state = clap_plugin_state { save: Some(save), load: Some(load) };

/// nice-plug's own state functions.
///
/// # Safety
/// `plugin` is one of ours and alive.
unsafe fn inner_state(plugin: *const clap_plugin) -> Option<(*const clap_plugin, &'static clap_plugin_state)> {
    // SAFETY: nice-plug's extension lives in its wrapper, as long as the plugin; it is used within the call only.
    unsafe {
        let inner = plugin.cast::<Shim>().as_ref()?.inner;
        let state = (*inner).get_extension?(inner, CLAP_EXT_STATE.as_ptr());
        Some((inner, state.cast::<clap_plugin_state>().as_ref()?))
    }
}

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: the host's arguments, handed on.
    unsafe { inner_state(plugin).and_then(|(inner, state)| Some(state.save?(inner, stream))).unwrap_or(false) }
}

unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: the host's arguments, handed on.
    failure::contained(|| unsafe { load_mended(plugin, stream) }).unwrap_or(false)
}

/// # Safety
/// As for [`inner_state`]; `stream` is null or a valid stream.
unsafe fn load_mended(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: the host's stream is valid for this call, or null.
    let Some(raw) = (unsafe { read_all(stream) }) else { return false };
    // nice-plug writes the length of its JSON before it, in eight bytes; here the stream's end decides.
    let (json, useful) = rescue::mend(&raw, raw.get(8..).unwrap_or_default());
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(&json);
    let mut memory = Memory { bytes, at: 0 };
    let mended = clap_istream { ctx: ptr::from_mut(&mut memory).cast(), read: Some(read_memory) };
    // SAFETY: `mended` and what it points to live until the end of this call.
    let loaded = unsafe { inner_state(plugin).and_then(|(inner, state)| Some(state.load?(inner, &mended))).unwrap_or(false) };
    loaded && useful
}

/// Everything that is left of a stream; `None` for a broken one or an absurd length.
///
/// # Safety
/// `stream` is null or a valid stream.
unsafe fn read_all(stream: *const clap_istream) -> Option<Vec<u8>> {
    // SAFETY: the caller promises a valid stream.
    let read = unsafe { stream.as_ref() }?.read?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        // SAFETY: the chunk is as long as is said.
        let count = unsafe { read(stream, chunk.as_mut_ptr().cast(), CHUNK as u64) };
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

/// Bytes in memory, to read from.
struct Memory {
    bytes: Vec<u8>,
    at: usize,
}

unsafe extern "C" fn read_memory(stream: *const clap_istream, buffer: *mut c_void, wanted: u64) -> i64 {
    // SAFETY: the stream is the one `load` made, and the buffer holds `wanted` bytes.
    unsafe {
        let memory = &mut *(*stream).ctx.cast::<Memory>();
        let left = memory.bytes.get(memory.at..).unwrap_or_default();
        let count = usize::try_from(wanted).unwrap_or(usize::MAX).min(left.len());
        ptr::copy_nonoverlapping(left.as_ptr(), buffer.cast::<u8>(), count);
        memory.at += count;
        i64::try_from(count).unwrap_or(0)
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    if plugin.is_null() {
        return;
    }
    // SAFETY: made by `Box::into_raw` in `create_plugin`; the host destroys it once.
    let shim = unsafe { Box::from_raw(plugin.cast::<Shim>().cast_mut()) };
    // SAFETY: the inner object is still there; its `destroy` is called once.
    unsafe {
        if let Some(inner_destroy) = (*shim.inner).destroy {
            inner_destroy(shim.inner);
        }
    }
}

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(get_plugin_count),
    get_plugin_descriptor: Some(get_plugin_descriptor),
    create_plugin: Some(create_plugin),
};

unsafe extern "C" fn init(path: *const c_char) -> bool {
    let begun = failure::contained(|| {
        setup_logger::<VideoTracker>();
        if !path.is_null() {
            // SAFETY: the host hands over a zero-terminated text.
            let path = unsafe { CStr::from_ptr(path) };
            // An ffmpeg program may lie beside the plugin.
            if let Some(folder) = path.to_str().ok().and_then(|path| std::path::Path::new(path).parent()) {
                videotracker_engine::media::import::look_in(folder.to_path_buf());
            }
        }
    });
    begun.is_some()
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    // SAFETY: the host hands over a zero-terminated text or null.
    if !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID { ptr::from_ref(&FACTORY).cast() } else { ptr::null() }
}

/// What a CLAP host looks for in the library.
#[unsafe(no_mangle)]
#[used]
#[allow(non_upper_case_globals, reason = "the name is CLAP's")]
pub static clap_entry: clap_plugin_entry =
    clap_plugin_entry { clap_version: CLAP_VERSION, init: Some(init), deinit: Some(deinit), get_factory: Some(get_factory) };
