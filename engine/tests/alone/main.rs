//! Tests that measure what a process has only once: its memory, its threads, the time it is given. They take turns
//! (`alone`), and whatever they allocate is counted.

mod counting;
mod cycle_alloc;
#[path = "../tools/cycle_dice.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod cycle_dice;
mod cycle_fuzz;
mod effects_alloc;
mod many_clips;
mod media_bounds;
mod media_damage;
#[path = "../tools/media_tools.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod media_tools;
mod pattern_hostile;
#[path = "../tools/rig.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod rig;
mod sampler_alloc;
mod script_audit;
mod script_budget;
mod script_hostile;
mod session;
mod shader_weight;
#[path = "../tools/soundfont_tools.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod soundfont_tools;
mod stopwatch;
mod streaming;
mod synth_alloc;
