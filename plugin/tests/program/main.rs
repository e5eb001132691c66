//! The program `videotracker` as a person starts it.

mod exit_codes;
mod window_close;
mod window_start;
