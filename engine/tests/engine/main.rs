//! The engine as its neighbours use it. Tests that measure what the process holds are in `../alone`.

mod assets;
mod banks;
mod buses;
mod crowd;
mod cycle_conformance;
#[path = "../tools/cycle_dice.rs"]
mod cycle_dice;
mod cycle_errors;
mod cycle_generative;
mod cycle_properties;
mod cycle_session;
mod cycle_tools;
mod cycle_words;
mod docs;
mod effects;
mod effects_graph;
mod first_sound;
#[path = "../tools/import_tools.rs"]
mod import_tools;
mod live_params;
mod macros;
mod media_import;
mod media_import_hazards;
mod media_kinds;
mod media_kinds_hap;
mod media_kinds_sound;
mod media_library;
mod media_picture;
mod media_sound;
#[path = "../tools/media_tools.rs"]
mod media_tools;
mod midi;
mod orbit_facts;
mod orbits;
mod own_clock;
mod reported;
mod review;
#[path = "../tools/rig.rs"]
mod rig;
mod run_report;
mod sampler_exact;
mod script_console;
mod script_reference;
mod script_roundtrip;
mod script_surface;
mod shader_collection;
mod shader_fuzz;
mod shader_session;
#[path = "../tools/shader_tools.rs"]
mod shader_tools;
mod signals;
mod slices;
mod slips;
#[path = "../tools/soundfont_tools.rs"]
mod soundfont_tools;
mod soundfonts;
mod stack;
mod state;
mod synth;
mod trust;
mod voice_storm;
