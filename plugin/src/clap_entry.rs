//! The CLAP entry point: nice-plug's plugin object behind a thin one of ours.
//!
//! The host holds a [`Shim`], which begins with a copy of nice-plug's `clap_plugin` that has our `process` and `destroy`
//! in it. nice-plug finds its wrapper through `plugin_data`, which is the same in both. So every host block passes
//! through here, and its raw transport can be noted before nice-plug cuts the block up.

#![allow(unsafe_code, reason = "the CLAP ABI is C")]

use std::{
    ffi::{CStr, c_char, c_void},
    ptr,
    sync::{Arc, OnceLock},
};

use clap_sys::{
    entry::clap_plugin_entry,
    factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory},
    host::clap_host,
    plugin::{clap_plugin, clap_plugin_descriptor},
    process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status},
    version::CLAP_VERSION,
};
use nice_plug::wrapper::{
    clap::{PluginDescriptor, Wrapper},
    setup_logger,
};

use crate::{VideoTracker, construction, transport::HostBlockSlot};

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
    let wrapper = construction::with_slot(&slot, || {
        // SAFETY: CLAP says that the host outlives its plugins.
        unsafe { Wrapper::<VideoTracker>::new(host) }
    });
    // `inner_destroy` takes this reference back.
    let wrapper = Arc::into_raw(wrapper);
    // SAFETY: the wrapper was just made and lives until `destroy`.
    let inner = unsafe { (*wrapper).clap_plugin.as_ptr().cast_const() };
    // SAFETY: nobody else knows of the plugin object yet, and all of its fields are plain values.
    let mut plugin = unsafe { ptr::read(inner) };
    plugin.process = Some(process);
    plugin.destroy = Some(destroy);
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
    status
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

unsafe extern "C" fn init(_path: *const c_char) -> bool {
    setup_logger::<VideoTracker>();
    true
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
