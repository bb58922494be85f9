//! The JavaScript of partyrun as isolates start with it: the startup snapshot, and the scripts that
//! are loaded later. Both are made by this crate's build script.

include!(concat!(env!("OUT_DIR"), "/residual.rs"));
// Each builtin module by its URL, with the names it exports; sorted.
include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// The heap of an isolate in which every extension script has run.
pub static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/partyrun.snapshot"));

/// The licence texts of the npm packages that the builtin modules contain.
pub static LICENSES: &str = include_str!(concat!(env!("OUT_DIR"), "/licenses.txt"));
