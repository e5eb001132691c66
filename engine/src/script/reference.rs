//! The Lua reference.
