//! Full screen on X11, by asking the window manager.

use std::error::Error;

use baseview::WindowContext;
use raw_window_handle::{HasWindowHandle, RawWindowHandle};
use x11rb::{
    connection::Connection,
    protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask},
    rust_connection::RustConnection,
};

/// Asks the window manager to let a window fill the screen, or not (EWMH 1.5, `_NET_WM_STATE`): a message to the root
/// window with 1 or 0, the state's atom, and 1 for an ordinary application.
pub(super) fn set_fullscreen(window: &WindowContext, on: bool) -> Result<(), Box<dyn Error>> {
    let id = match window.window_handle().map(|handle| handle.as_raw()) {
        Ok(RawWindowHandle::Xcb(handle)) => handle.window.get(),
        Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window)?,
        _ => return Err("the window is not an X11 window".into()),
    };
    let (connection, screen) = RustConnection::connect(None)?;
    let root = connection.setup().roots.get(screen).ok_or("the display has no such screen")?.root;
    let state = connection.intern_atom(false, b"_NET_WM_STATE")?.reply()?.atom;
    let fullscreen = connection.intern_atom(false, b"_NET_WM_STATE_FULLSCREEN")?.reply()?.atom;
    let message = ClientMessageEvent::new(32, id, state, [u32::from(on), fullscreen, 0, 1, 0]);
    connection.send_event(false, root, EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY, message)?.check()?;
    Ok(())
}
