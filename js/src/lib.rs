//! The JavaScript of partyrun as isolates start with it: the startup snapshot, and the scripts that
//! are loaded later. Both are made by this crate's build script.

include!(concat!(env!("OUT_DIR"), "/residual.rs"));

/// The heap of an isolate in which every extension script has run.
pub static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/partyrun.snapshot"));
