//! The editor's way to host parameters.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nice_plug::{
    context::gui::GuiContext,
    params::{FloatParam, Param},
};

use crate::{
    desk::Desk,
    params::{EDITS, HostParams},
};

/// Host parameters, to read always and to move while a window is open.
#[derive(Clone)]
pub struct HostControl {
    /// The parameters.
    pub params: Arc<HostParams>,
    way: Arc<Mutex<Way>>,
}

/// The way to the host, while there is one.
#[derive(Default)]
struct Way {
    gui: Option<GuiContext>,
    /// How many windows have opened.
    windows: u64,
}

/// A window's hold on the way to the host: with the window it goes, unless a newer window has it.
pub struct Connection {
    way: Arc<Mutex<Way>>,
    window: u64,
    desk: Arc<Desk>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut way = lock(&self.way);
        if way.windows == self.window {
            self.desk.set_reachable(false);
            let gui = way.gui.take();
            drop(way);
            drop(gui);
        }
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for HostControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostControl").field("open", &self.can_move()).finish_non_exhaustive()
    }
}

impl HostControl {
    /// Parameters without a host: reading works, moving does nothing.
    #[must_use]
    pub fn new(params: Arc<HostParams>) -> Self {
        Self { params, way: Arc::default() }
    }

    /// Takes the host's context for a window that opens: the host can be reached as long as what is given back lives.
    #[must_use]
    pub fn connect(&self, gui: GuiContext, desk: &Arc<Desk>) -> Connection {
        let mut way = lock(&self.way);
        way.windows += 1;
        way.gui = Some(gui);
        desk.set_reachable(true);
        Connection { way: Arc::clone(&self.way), window: way.windows, desk: Arc::clone(desk) }
    }

    fn gui(&self) -> Option<GuiContext> {
        lock(&self.way).gui.clone()
    }

    /// Tells the host that the player takes hold of a parameter.
    pub fn begin(&self, param: &FloatParam) {
        if let Some(gui) = self.gui() {
            gui.param_setter().begin_set_parameter(param);
        }
    }

    /// Moves a parameter that is held.
    pub fn set(&self, param: &FloatParam, value: f32) {
        if let Some(gui) = self.gui() {
            gui.param_setter().set_parameter(param, value);
        }
    }

    /// Tells the host that the player lets go.
    pub fn end(&self, param: &FloatParam) {
        if let Some(gui) = self.gui() {
            gui.param_setter().end_set_parameter(param);
        }
    }

    /// Whether the host takes values: a window is open.
    #[must_use]
    pub fn can_move(&self) -> bool {
        lock(&self.way).gui.is_some()
    }

    /// Moves a macro, counted from 0, in one gesture.
    pub fn move_macro(&self, index: usize, value: f32) {
        if let Some(param) = self.params.macros.get(index).map(|one| &one.value) {
            self.begin(param);
            self.set(param, value);
            self.end(param);
        }
    }

    /// Moves the edit counter, so that the host asks for the state before it closes; says whether a host was there.
    pub fn mark_edited(&self) -> bool {
        let Some(gui) = self.gui() else { return false };
        let setter = gui.param_setter();
        let edits = &self.params.edits;
        setter.begin_set_parameter(edits);
        setter.set_parameter(edits, (edits.unmodulated_plain_value() + 1) % EDITS);
        setter.end_set_parameter(edits);
        true
    }
}
