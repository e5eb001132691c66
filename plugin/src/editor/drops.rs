//! Files that are dragged onto the editor's window.
//!
//! egui-baseview 0.9 refuses every drag: its window handler passes over baseview's drag events, and on X11 baseview then
//! tells the source that nothing is taken. So here, on X11, a window of our own stands in for the editor's, as XDND
//! (<https://www.freedesktop.org/wiki/Specifications/XDND/>, version 5) allows with `XdndProxy`. It is looked at once in each
//! frame of the editor. Elsewhere files can be named by their path only, until the library hands drags on.

use std::path::PathBuf;

/// Files, and where in the window's pixels they were dropped.
pub type Dropped = (Vec<PathBuf>, (i16, i16));

/// What became of a drag since the last look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dragged {
    /// Where files hang over the window, in its pixels.
    pub over: Option<(i16, i16)>,
    /// What was dropped, and where.
    pub dropped: Option<Dropped>,
}

/// The files of a `text/uri-list` (RFC 2483): one URI on each line, lines with # in front say something else.
#[cfg(any(target_os = "linux", test))]
fn files(list: &[u8]) -> Vec<PathBuf> {
    let lines = list.split(|byte| matches!(byte, b'\r' | b'\n' | 0)).filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    lines.filter_map(file).collect()
}

/// The path of a `file:` URI (RFC 8089), whichever host it names.
#[cfg(any(target_os = "linux", test))]
fn file(uri: &[u8]) -> Option<PathBuf> {
    let rest = uri.strip_prefix(b"file:")?;
    let path = match rest.strip_prefix(b"//") {
        Some(named) => &named[named.iter().position(|byte| *byte == b'/')?..],
        None => rest,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = path.get(at) {
        let coded = path.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match coded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(coded) => {
                bytes.push(coded);
                at += 3;
            }
            None => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    // The console's lines are text.
    String::from_utf8(bytes).ok().filter(|path| path.starts_with('/')).map(PathBuf::from)
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::Drops;
#[cfg(target_os = "linux")]
pub use x11::Drops;

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use nice_plug_egui::baseview::WindowContext;

    use super::Dragged;

    /// Drags do not arrive.
    #[derive(Debug, Default)]
    pub struct Drops;

    impl Drops {
        /// Nothing is heard of.
        pub fn open(&mut self, _: &WindowContext) {}

        /// Nothing is heard of.
        pub fn close(&mut self) {}

        /// Nothing is ever dragged.
        pub fn look(&mut self) -> Dragged {
            Dragged::default()
        }
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use std::error::Error;

    use nice_plug_egui::baseview::WindowContext;
    use raw_window_handle::{HasWindowHandle, RawWindowHandle};
    use x11rb::{
        connection::Connection,
        protocol::{
            Event,
            xproto::{
                Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SelectionNotifyEvent, Window,
                WindowClass,
            },
        },
        rust_connection::RustConnection,
        wrapper::ConnectionExt as _,
    };

    use super::{Dragged, Dropped, files};

    /// The version of XDND that is spoken.
    const VERSION: u32 = 5;
    /// Longest list of files, in words of 4 bytes: 4 MiB.
    const LONGEST: u32 = 1 << 20;

    x11rb::atom_manager! {
        /// The words of XDND.
        Atoms: AtomsCookie {
            XdndAware,
            XdndProxy,
            XdndEnter,
            XdndPosition,
            XdndStatus,
            XdndLeave,
            XdndDrop,
            XdndFinished,
            XdndSelection,
            XdndTypeList,
            XdndActionCopy,
            list: b"text/uri-list",
        }
    }

    /// The window that stands in for the editor's, while that is open.
    #[derive(Debug, Default)]
    pub struct Drops(Option<Proxy>);

    impl Drops {
        /// Stands in for a window; where that can't be, drags do not arrive.
        pub fn open(&mut self, window: &WindowContext) {
            let id = match window.window_handle().map(|handle| handle.as_raw()) {
                Ok(RawWindowHandle::Xcb(handle)) => Some(handle.window.get()),
                Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window).ok(),
                _ => None,
            };
            self.0 = id.and_then(|id| Proxy::new(id).ok());
        }

        /// Ends it.
        pub fn close(&mut self) {
            self.0 = None;
        }

        /// What happened since the last look. Never waits for anybody but the display.
        pub fn look(&mut self) -> Dragged {
            let Some(proxy) = &mut self.0 else { return Dragged::default() };
            // A display that is gone takes the window along.
            proxy.look().unwrap_or_else(|_| {
                self.0 = None;
                Dragged::default()
            })
        }
    }

    type Result<T> = std::result::Result<T, Box<dyn Error>>;

    /// A drag that is over the window.
    #[derive(Clone, Copy, Debug)]
    struct Drag {
        source: Window,
        takes: bool,
        at: (i16, i16),
    }

    #[derive(Debug)]
    pub(super) struct Proxy {
        connection: RustConnection,
        atoms: Atoms,
        root: Window,
        target: Window,
        own: Window,
        drag: Option<Drag>,
    }

    impl Proxy {
        pub(super) fn new(target: Window) -> Result<Self> {
            let (connection, screen) = RustConnection::connect(None)?;
            let atoms = Atoms::new(&connection)?.reply()?;
            let root = connection.setup().roots.get(screen).ok_or("the display has no such screen")?.root;
            let own = connection.generate_id()?;
            // Not an input-only window: properties and messages are all it is for, and it is never shown.
            connection.create_window(0, own, root, -10, -10, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &CreateWindowAux::new())?.check()?;
            connection.change_property32(PropMode::REPLACE, own, atoms.XdndAware, AtomEnum::ATOM, &[VERSION])?;
            for window in [own, target] {
                connection.change_property32(PropMode::REPLACE, window, atoms.XdndProxy, AtomEnum::WINDOW, &[own])?.check()?;
            }
            Ok(Self { connection, atoms, root, target, own, drag: None })
        }

        pub(super) fn look(&mut self) -> Result<Dragged> {
            let mut dropped = None;
            while let Some(event) = self.connection.poll_for_event()? {
                match event {
                    Event::ClientMessage(message) if message.format == 32 => self.hear(&message)?,
                    Event::SelectionNotify(answer) if answer.selection == self.atoms.XdndSelection => {
                        dropped = self.take(&answer)?.or(dropped);
                    }
                    _ => {}
                }
            }
            self.connection.flush()?;
            Ok(Dragged { over: self.drag.filter(|drag| drag.takes).map(|drag| drag.at), dropped })
        }

        fn hear(&mut self, message: &ClientMessageEvent) -> Result<()> {
            let data = message.data.as_data32();
            let source = data[0];
            let atoms = self.atoms;
            if message.type_ == atoms.XdndEnter {
                let takes = self.offers(source, &data)?.contains(&atoms.list);
                self.drag = Some(Drag { source, takes, at: (0, 0) });
            } else if message.type_ == atoms.XdndLeave {
                self.drag = None;
            } else if let Some(mut drag) = self.drag.filter(|drag| drag.source == source) {
                if message.type_ == atoms.XdndPosition {
                    drag.at = self.place(data[2])?;
                    self.drag = Some(drag);
                    // Bit 0 takes it, bit 1 wants to hear of every move.
                    let action = if drag.takes { atoms.XdndActionCopy } else { 0 };
                    self.tell(source, atoms.XdndStatus, [self.target, u32::from(drag.takes) | 2, 0, 0, action])?;
                } else if message.type_ == atoms.XdndDrop && drag.takes {
                    self.connection.convert_selection(self.own, atoms.XdndSelection, atoms.list, atoms.XdndSelection, data[2])?;
                } else if message.type_ == atoms.XdndDrop {
                    self.finish(source, false)?;
                }
            }
            Ok(())
        }

        /// The types that a source has: three in its message, or a list of its own.
        fn offers(&self, source: Window, data: &[u32; 5]) -> Result<Vec<Atom>> {
            if data[1] & 1 == 0 {
                return Ok(data[2..].to_vec());
            }
            let list = self.connection.get_property(false, source, self.atoms.XdndTypeList, AtomEnum::ATOM, 0, 1024)?.reply()?;
            Ok(list.value32().map(Iterator::collect).unwrap_or_default())
        }

        /// A place of the screen in the editor's window.
        fn place(&self, packed: u32) -> Result<(i16, i16)> {
            let [x, y] = [packed >> 16, packed & 0xffff].map(|side| i16::try_from(side).unwrap_or(i16::MAX));
            let there = self.connection.translate_coordinates(self.root, self.target, x, y)?.reply()?;
            Ok((there.dst_x, there.dst_y))
        }

        /// Takes what was dropped out of the property in which the source put it.
        fn take(&mut self, answer: &SelectionNotifyEvent) -> Result<Option<Dropped>> {
            let Some(drag) = self.drag.take() else { return Ok(None) };
            let mut found = Vec::new();
            if answer.property != x11rb::NONE {
                let value = self.connection.get_property(true, self.own, answer.property, AtomEnum::ANY, 0, LONGEST)?.reply()?;
                // A list in pieces (INCR) has another type, and is not taken.
                if value.type_ == self.atoms.list {
                    found = files(&value.value);
                }
            }
            self.finish(drag.source, !found.is_empty())?;
            Ok((!found.is_empty()).then_some((found, drag.at)))
        }

        fn finish(&mut self, source: Window, taken: bool) -> Result<()> {
            self.drag = None;
            let action = if taken { self.atoms.XdndActionCopy } else { 0 };
            self.tell(source, self.atoms.XdndFinished, [self.target, u32::from(taken), action, 0, 0])
        }

        fn tell(&self, source: Window, what: Atom, data: [u32; 5]) -> Result<()> {
            let message = ClientMessageEvent::new(32, source, what, data);
            self.connection.send_event(false, source, EventMask::NO_EVENT, message)?;
            Ok(self.connection.flush()?)
        }
    }

    impl Drop for Proxy {
        fn drop(&mut self) {
            // The window may be gone already; then so is the property.
            if let Ok(cookie) = self.connection.delete_property(self.target, self.atoms.XdndProxy) {
                drop(cookie.check());
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use std::time::{Duration, Instant};

        use x11rb::protocol::xproto::{SELECTION_NOTIFY_EVENT, SelectionRequestEvent};

        use super::*;

        /// A program from which files are dragged.
        struct Source {
            connection: RustConnection,
            atoms: Atoms,
            window: Window,
            root: Window,
        }

        impl Source {
            fn new() -> Option<Self> {
                let (connection, screen) = RustConnection::connect(None).ok()?;
                let atoms = Atoms::new(&connection).ok()?.reply().ok()?;
                let root = connection.setup().roots[screen].root;
                let window = connection.generate_id().ok()?;
                let aux = CreateWindowAux::new();
                connection.create_window(0, window, root, 0, 0, 9, 9, 0, WindowClass::INPUT_OUTPUT, 0, &aux).ok()?.check().ok()?;
                connection.set_selection_owner(window, atoms.XdndSelection, x11rb::CURRENT_TIME).ok()?.check().ok()?;
                Some(Self { connection, atoms, window, root })
            }

            /// A window to drag to, at (40, 30).
            fn target(&self) -> Window {
                let window = self.connection.generate_id().unwrap();
                let aux = CreateWindowAux::new().override_redirect(1);
                let class = WindowClass::INPUT_OUTPUT;
                self.connection.create_window(0, window, self.root, 40, 30, 200, 200, 0, class, 0, &aux).unwrap().check().unwrap();
                window
            }

            /// Sends a message to the window that stands in for `target`, as the specification asks.
            fn say(&self, target: Window, what: Atom, data: [u32; 5]) {
                let get = |window| {
                    let reply = self.connection.get_property(false, window, self.atoms.XdndProxy, AtomEnum::WINDOW, 0, 1).unwrap();
                    reply.reply().unwrap().value32().and_then(|mut ids| ids.next())
                };
                let proxy = get(target).expect("it has a proxy");
                assert_eq!(get(proxy), Some(proxy), "the proxy names itself");
                let message = ClientMessageEvent::new(32, target, what, data);
                self.connection.send_event(false, proxy, EventMask::NO_EVENT, message).unwrap().check().unwrap();
            }

            /// Looks on both sides until the target answered with `what`; serves the files meanwhile.
            fn answer(&self, proxy: &mut Proxy, what: Atom, list: &[u8]) -> (Dragged, [u32; 5]) {
                let began = Instant::now();
                let mut seen = Dragged::default();
                while began.elapsed() < Duration::from_secs(5) {
                    let now = proxy.look().unwrap();
                    seen = Dragged { dropped: now.dropped.clone().or(seen.dropped), ..now };
                    match self.connection.poll_for_event().unwrap() {
                        Some(Event::ClientMessage(message)) if message.type_ == what => return (seen, message.data.as_data32()),
                        Some(Event::SelectionRequest(request)) => self.serve(&request, list),
                        _ => std::thread::sleep(Duration::from_millis(2)),
                    }
                }
                panic!("no answer");
            }

            fn serve(&self, request: &SelectionRequestEvent, list: &[u8]) {
                let SelectionRequestEvent { time, requestor, selection, target, property, .. } = *request;
                self.connection.change_property8(PropMode::REPLACE, requestor, property, target, list).unwrap();
                let response_type = SELECTION_NOTIFY_EVENT;
                let notify = SelectionNotifyEvent { response_type, sequence: 0, time, requestor, selection, target, property };
                self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify).unwrap().check().unwrap();
            }
        }

        #[test]
        fn files_dragged_from_another_program_arrive_where_they_are_dropped() {
            let Some(source) = Source::new() else {
                eprintln!("skipped: no display (run under xvfb-run)");
                return;
            };
            let target = source.target();
            let mut proxy = Proxy::new(target).unwrap();
            let atoms = source.atoms;
            let at = (100 << 16) | 70;
            let list = b"# two\r\nfile:///tmp/a%20b.wav\r\nfile://host/tmp/kit\r\n";
            for (types, takes) in [([atoms.XdndAware, atoms.list, 0], true), ([atoms.XdndAware, 0, 0], false)] {
                source.say(target, atoms.XdndEnter, [source.window, VERSION << 24, types[0], types[1], types[2]]);
                source.say(target, atoms.XdndPosition, [source.window, 0, at, 0, atoms.XdndActionCopy]);
                let (seen, status) = source.answer(&mut proxy, atoms.XdndStatus, list);
                assert_eq!((status[0], status[1] & 1), (target, u32::from(takes)));
                assert_eq!(seen.over, takes.then_some((60, 40)));
                source.say(target, atoms.XdndDrop, [source.window, 0, 0, 0, 0]);
                let (seen, finished) = source.answer(&mut proxy, atoms.XdndFinished, list);
                assert_eq!((finished[0], finished[1] & 1), (target, u32::from(takes)));
                let files = vec!["/tmp/a b.wav".into(), "/tmp/kit".into()];
                assert_eq!(seen.dropped, takes.then_some((files, (60, 40))));
                assert_eq!(proxy.look().unwrap(), Dragged::default());
            }
            source.say(target, atoms.XdndEnter, [source.window, VERSION << 24, atoms.list, 0, 0]);
            source.say(target, atoms.XdndLeave, [source.window, 0, 0, 0, 0]);
            assert_eq!(proxy.look().unwrap(), Dragged::default());
            drop(proxy);
            let left = source.connection.get_property(false, target, atoms.XdndProxy, AtomEnum::WINDOW, 0, 1).unwrap().reply().unwrap();
            assert_eq!(left.value_len, 0, "nothing stands in for a closed editor");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_uris_gives_its_files() {
        for (list, found) in [
            ("file:///tmp/a.wav\r\n", vec!["/tmp/a.wav"]),
            ("file:/tmp/a.wav", vec!["/tmp/a.wav"]),
            ("#x\nfile://localhost/gr%C3%B6%C3%9Fe/100%25.mov\nhttps://a/b.wav\nfile:///c\0", vec!["/größe/100%.mov", "/c"]),
            ("file:///odd%2\r\nfile:///%zz", vec!["/odd%2", "/%zz"]),
            ("file://host\r\nfile:rel\r\nfile:///%FF", vec![]),
        ] {
            assert_eq!(files(list.as_bytes()), found.into_iter().map(PathBuf::from).collect::<Vec<_>>(), "{list}");
        }
    }
}
