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
    hands: Arc<Mutex<Hands>>,
}

/// A parameter that the window's knobs move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// The master volume.
    Master,
    /// The opacity of the whole picture.
    Opacity,
    /// A macro, counted from 0.
    Macro(usize),
}

/// What a hand did with a knob.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Which one.
    pub knob: Knob,
    /// The parameter's value before.
    pub from: f32,
    /// Its value since.
    pub to: f32,
}

/// What hands do with the knobs.
#[derive(Debug, Default)]
struct Hands {
    /// What is held.
    held: Option<Turn>,
    /// What was let go and nobody has taken.
    done: Vec<Turn>,
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
        Self { params, way: Arc::default(), hands: Arc::default() }
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

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn param(&self, knob: Knob) -> Option<&FloatParam> {
        match knob {
            Knob::Master => Some(&self.params.master),
            Knob::Opacity => Some(&self.params.opacity),
            Knob::Macro(index) => self.params.macros.get(index).map(|one| &one.value),
        }
    }

    fn knob(&self, param: &FloatParam) -> Option<Knob> {
        let knobs = [Knob::Master, Knob::Opacity].into_iter().chain((0..self.params.macros.len()).map(Knob::Macro));
        knobs.into_iter().find(|knob| self.param(*knob).is_some_and(|known| std::ptr::eq(known, param)))
    }

    /// Tells the host that the player takes hold of a parameter.
    pub fn begin(&self, param: &FloatParam) {
        if let Some(gui) = self.gui() {
            gui.param_setter().begin_set_parameter(param);
            let now = param.unmodulated_plain_value();
            self.hands().held = self.knob(param).map(|knob| Turn { knob, from: now, to: now });
        }
    }

    /// Moves a parameter that is held.
    pub fn set(&self, param: &FloatParam, value: f32) {
        if let Some(gui) = self.gui() {
            gui.param_setter().set_parameter(param, value);
            if let Some(held) = &mut self.hands().held {
                held.to = value;
            }
        }
    }

    /// Tells the host that the player lets go.
    pub fn end(&self, param: &FloatParam) {
        if let Some(gui) = self.gui() {
            gui.param_setter().end_set_parameter(param);
        }
        let mut hands = self.hands();
        let turned = hands.held.take().filter(|turn| turn.from != turn.to);
        hands.done.extend(turned);
    }

    /// What hands did with the knobs since the last call.
    #[must_use]
    pub fn take_turns(&self) -> Vec<Turn> {
        std::mem::take(&mut self.hands().done)
    }

    /// Moves a parameter in one gesture that nobody's hand made; what it is called, where a host was there.
    pub fn turn(&self, knob: Knob, value: f32) -> Option<String> {
        let (gui, param) = (self.gui()?, self.param(knob)?);
        let setter = gui.param_setter();
        setter.begin_set_parameter(param);
        setter.set_parameter(param, value);
        setter.end_set_parameter(param);
        Some(param.name().to_owned())
    }

    /// Whether the host takes values: a window is open.
    #[must_use]
    pub fn can_move(&self) -> bool {
        lock(&self.way).gui.is_some()
    }

    /// Moves a macro, counted from 0, in one gesture.
    pub fn move_macro(&self, index: usize, value: f32) {
        let _ = self.turn(Knob::Macro(index), value);
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
