//! Keeps panics away from the host. A panic that leaves an `extern` function aborts the process, which
//! is the host with everything that is open in it, so all functions that a host calls run inside of
//! [`catch()`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::util::permit_alloc;

/// Told of a panic that was on its way to the host: the name of the function that the host called and
/// the panic's message.
pub type PanicHandler = Arc<dyn Fn(&'static str, &str) + Send + Sync>;

/// Run a function and catch its panic. Where allocations are forbidden they stay so in the function,
/// but not for the caught panic, which has to be freed.
pub fn catch_panic<T>(function: impl FnOnce() -> T) -> std::thread::Result<T> {
    permit_alloc(|| catch_unwind(AssertUnwindSafe(|| forbid_alloc(function))))
}

/// Takes back one `permit_alloc()`.
fn forbid_alloc<T>(function: impl FnOnce() -> T) -> T {
    #[cfg(all(debug_assertions, feature = "assert_process_allocs"))]
    return nice_assert_no_alloc::assert_no_alloc(function);

    #[cfg(not(all(debug_assertions, feature = "assert_process_allocs")))]
    return function();
}

/// Run a function that the host called. If it panics, then the panic is reported and this returns
/// `fallback`.
pub(crate) fn catch<T>(
    call: &'static str,
    handler: impl FnOnce() -> Option<PanicHandler>,
    fallback: T,
    function: impl FnOnce() -> T,
) -> T {
    match catch_panic(function) {
        Ok(result) => result,
        Err(payload) => {
            permit_alloc(|| report(call, handler, payload));
            fallback
        }
    }
}

/// Dropping the payload and calling the handler run foreign code, which may panic as well.
fn report(
    call: &'static str,
    handler: impl FnOnce() -> Option<PanicHandler>,
    payload: Box<dyn Any + Send>,
) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(message) => message,
            None => payload
                .downcast_ref::<String>()
                .map_or("an unknown error", String::as_str),
        };
        crate::nice_error!("{} panicked: {}", call, message);
        if let Some(handler) = handler() {
            handler(call, message);
        }
        drop(payload);
    }));
}

/// What a function returns to the host after a panic.
macro_rules! fallback {
    (tresult) => {
        ::vst3::Steinberg::kInternalError
    };
    ($result:ident) => {
        Default::default()
    };
    () => {
        ()
    };
}

/// Wraps the functions of an implementation of a VST3 interface in [`catch()`].
/// The object needs a `panic_handler()` method.
#[cfg(feature = "vst3")]
macro_rules! guarded_interface {
    (
        impl<P: Vst3Plugin> $interface:ident for $object:ident<P> {
            $(
                $(#[$attribute:meta])*
                unsafe fn $name:ident(&$this:ident $(, $argument:ident: $type:ty)* $(,)?) $(-> $result:ident)? $body:block
            )*
        }
    ) => {
        impl<P: Vst3Plugin> $interface for $object<P> {
            $(
                $(#[$attribute])*
                unsafe fn $name(&$this $(, $argument: $type)*) $(-> $result)? {
                    $crate::wrapper::guard::catch(
                        concat!(stringify!($interface), "::", stringify!($name)),
                        || $this.panic_handler(),
                        $crate::wrapper::guard::fallback!($($result)?),
                        || $body,
                    )
                }
            )*
        }
    };
}

/// Wraps CLAP functions in [`catch()`]. Their first argument must be the plugin.
macro_rules! guarded_functions {
    (
        $(
            $(#[$attribute:meta])*
            unsafe extern "C" fn $name:ident($plugin:ident: *const clap_plugin $(, $argument:ident: $type:ty)* $(,)?) $(-> $result:ty)? $body:block
        )*
    ) => {
        $(
            $(#[$attribute])*
            unsafe extern "C" fn $name($plugin: *const clap_plugin $(, $argument: $type)*) $(-> $result)? {
                $crate::wrapper::guard::catch(
                    stringify!($name),
                    || unsafe { Self::panic_handler($plugin) },
                    Default::default(),
                    || $body,
                )
            }
        )*
    };
}

pub(crate) use fallback;
pub(crate) use guarded_functions;
#[cfg(feature = "vst3")]
pub(crate) use guarded_interface;
