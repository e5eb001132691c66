//! The bundled plugin in the headless host, and the rooms of the source. Tests that need a process for themselves are
//! files beside this folder.

mod baseline;
mod buses;
mod cycles;
mod film;
mod frames;
mod import;
mod midi;
mod model;
mod plugin;
mod presets;
mod render;
mod rooms;
mod sessions;
mod tunes;
