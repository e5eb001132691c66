//! The editor's way to host parameters.

use std::{fmt, sync::Arc};

use nice_plug::{
    context::gui::GuiContext,
    params::{FloatParam, Param},
};

use crate::params::{EDITS, HostParams};

/// Host parameters, to read always and to move while a window is open.
#[derive(Clone)]
pub struct HostControl {
    /// The parameters.
    pub params: Arc<HostParams>,
    gui: Option<GuiContext>,
}

impl fmt::Debug for HostControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostControl").field("open", &self.gui.is_some()).finish_non_exhaustive()
    }
}

impl HostControl {
    /// Parameters without a host: reading works, moving does nothing.
    #[must_use]
    pub const fn new(params: Arc<HostParams>) -> Self {
        Self { params, gui: None }
    }

    /// Takes the host's context, which exists while a window is open.
    pub fn connect(&mut self, gui: Option<GuiContext>) {
        self.gui = gui;
    }

    /// Tells the host that the player takes hold of a parameter.
    pub fn begin(&self, param: &FloatParam) {
        if let Some(gui) = &self.gui {
            gui.param_setter().begin_set_parameter(param);
        }
    }

    /// Moves a parameter that is held.
    pub fn set(&self, param: &FloatParam, value: f32) {
        if let Some(gui) = &self.gui {
            gui.param_setter().set_parameter(param, value);
        }
    }

    /// Tells the host that the player lets go.
    pub fn end(&self, param: &FloatParam) {
        if let Some(gui) = &self.gui {
            gui.param_setter().end_set_parameter(param);
        }
    }

    /// Whether the host takes values: a window is open.
    #[must_use]
    pub const fn can_move(&self) -> bool {
        self.gui.is_some()
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
        let Some(gui) = &self.gui else { return false };
        let setter = gui.param_setter();
        let edits = &self.params.edits;
        setter.begin_set_parameter(edits);
        setter.set_parameter(edits, (edits.unmodulated_plain_value() + 1) % EDITS);
        setter.end_set_parameter(edits);
        true
    }
}
