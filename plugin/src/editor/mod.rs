//! The editor's window: panels that read snapshots and views, and send commands. One file per panel.

mod bars;
mod blocks;
mod completion;
mod console;
mod drops;
mod edits;
mod files;
mod find;
mod fonts;
mod gestures;
mod highlight;
mod history;
mod host;
mod keys;
mod knob;
mod lights;
mod macros;
mod media;
mod mixer;
mod offers;
mod panels;
mod picture;
mod popup;
mod presets;
mod routing;
mod runs;
mod screen;
mod script;
mod session;
mod settings;
mod suggest;
mod tabs;
mod theme;
mod timeline;
mod tracker;
mod tune;
mod watch;
mod window;
mod wrap;

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

use crate::{failure, instance::Instance, params::HostParams};

/// Smallest size in which everything is drawn as large as it should be, in logical pixels.
pub const SMALLEST: (f32, f32) = (720.0, 480.0);

/// The editor as nice-plug holds it; it lives as long as the plugin, its window comes and goes.
#[derive(Debug)]
pub struct App {
    instance: Arc<Instance>,
    /// Whether drawing panicked: what the panels hold is not to be trusted any more.
    broken: bool,
    window: EditorWindow,
    host: HostControl,
    notifier: RepaintNotifier,
}

/// The editor type of the plugin.
pub type Editor = EguiEditor<App>;

/// Makes the editor; nothing is opened yet.
pub fn create(instance: &Arc<Instance>, params: &Arc<HostParams>, video: Box<dyn VideoWindow>) -> Option<Editor> {
    let layout = instance.layout();
    let state = EguiEditorState::from_size(LogicalSize::new(layout.width, layout.height), 1.0);
    let hint = ResizeHint {
        // In a smaller window everything is drawn smaller.
        size_constraints: SizeConstraints::min_logical_size(LogicalSize::new(SMALLEST.0 / 2.0, SMALLEST.1 / 2.0)),
        ..ResizeHint::RESIZABLE
    };
    let settings = EguiNiceSettings {
        title: "videoTracker".to_owned(),
        resize_hint: hint,
        // The watch looks more often; this is for a window without one.
        repaint_poll_interval: std::time::Duration::from_secs(1),
        ..EguiNiceSettings::default()
    };
    let app = App::new(instance, params, video);
    let notifier = app.notifier.clone();
    #[cfg(feature = "standalone")]
    crate::closing::watch(&notifier);
    create_egui_editor(state, notifier, settings, app)
}

impl App {
    fn new(instance: &Arc<Instance>, params: &Arc<HostParams>, video: Box<dyn VideoWindow>) -> Self {
        Self {
            instance: Arc::clone(instance),
            broken: false,
            window: EditorWindow::new(Arc::clone(instance), video),
            host: HostControl::new(Arc::clone(params)),
            notifier: RepaintNotifier::new(),
        }
    }

    /// Draws the panels, or what is left to say after they panicked.
    fn draw(&mut self, ui: &mut egui::Ui) {
        if !self.broken {
            let drawn = self.instance.guarded("drawing the editor", || {
                self.instance.panic_if_provoked(failure::Place::Editor);
                self.window.show(ui, &self.host);
            });
            self.broken = drawn.is_none();
        }
        if self.broken {
            egui::CentralPanel::default().frame(theme::well().inner_margin(egui::Margin::same(24))).show(ui, |ui| {
                ui.heading("The editor of this instance stopped");
                ui.label(
                    "An error inside videoTracker ended it, and the instance is silent. Your script and session are still saved with the project: save it and open it again to go on.",
                );
            });
        }
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        theme::choose(crate::settings::current().theme);
        theme::apply(&ctx);
        frame.set_clear_color((*theme::GROUND).into());
        // The library does not say that the window closes; what lies in its context goes with it.
        let connection = Arc::new(self.host.connect(gui, self.instance.desk()));
        ctx.data_mut(|data| data.insert_temp(egui::Id::unique("the way to the host"), Some(connection)));
        let context = frame.baseview_window();
        let opened = self.instance.guarded("opening the editor", || self.window.opened(&ctx, Some(context), &self.notifier));
        opened.ok_or_else(|| HandlerError::from_boxed("an error inside videoTracker ended it".into()))
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        self.draw(ui);
        #[cfg(feature = "standalone")]
        if crate::closing::is_wanted() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}
