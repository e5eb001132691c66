//! The editor's window: panels that read snapshots and views, and send commands. One file per panel.

mod bars;
mod blocks;
mod completion;
mod console;
mod drops;
mod host;
mod knob;
mod lights;
mod macros;
mod media;
mod picture;
mod script;
mod session;
mod theme;
mod window;

use std::sync::Arc;

use nice_plug::{
    context::gui::GuiContext,
    editor::{ResizeHint, SizeConstraints, dpi::LogicalSize},
};
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, baseview::HandlerError, create_egui_editor,
};

#[cfg(test)]
mod tests;

pub use host::HostControl;
pub use picture::{EngineVideo, VideoWindow};
pub use window::EditorWindow;

use crate::{instance::Instance, params::HostParams};

/// Smallest size at which everything can be read, in logical pixels.
pub const SMALLEST: (f32, f32) = (720.0, 480.0);

/// The editor as nice-plug holds it; it lives as long as the plugin, its window comes and goes.
#[derive(Debug)]
pub struct App {
    window: EditorWindow,
    host: HostControl,
}

/// The editor type of the plugin.
pub type Editor = EguiEditor<App>;

/// Makes the editor; nothing is opened yet.
pub fn create(instance: &Arc<Instance>, params: &Arc<HostParams>, video: Box<dyn VideoWindow>) -> Option<Editor> {
    let layout = instance.layout();
    let state = EguiEditorState::from_size(LogicalSize::new(layout.width, layout.height), 1.0);
    let hint = ResizeHint {
        size_constraints: SizeConstraints::min_logical_size(LogicalSize::new(SMALLEST.0, SMALLEST.1)),
        ..ResizeHint::RESIZABLE
    };
    let settings = EguiNiceSettings { title: "videoTracker".to_owned(), resize_hint: hint, ..EguiNiceSettings::default() };
    let app = App { window: EditorWindow::new(Arc::clone(instance), video), host: HostControl::new(Arc::clone(params)) };
    create_egui_editor(state, RepaintNotifier::new(), settings, app)
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        theme::apply(&ctx);
        frame.set_clear_color(theme::GROUND.into());
        self.host.connect(Some(gui));
        self.window.opened(Some(frame.baseview_window()));
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        self.window.show(ui, &self.host);
    }

    fn editor_closed(&mut self) {
        self.host.connect(None);
        self.window.closed();
    }
}
