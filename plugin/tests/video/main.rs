//! Pictures: scenes, shaders, windows, films.

mod compile;
mod compose;
mod flashes;
mod hap;
mod quads;
mod record;
mod record_common;
mod render;
mod rescue;
mod scopes;
#[path = "../tools/shader_common.rs"]
mod shader_common;
#[path = "../../../engine/tests/tools/shader_tools.rs"]
mod shader_tools;
mod shaders;
mod shared;
mod takes;
#[path = "../tools/video_common.rs"]
mod video_common;
mod window;
mod window_shaders;
