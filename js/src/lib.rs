//! The JavaScript of partyrun as isolates start with it: the startup snapshot, and the scripts that
//! are loaded later. Both are made by this crate's build script. [`extensions`] lists what the snapshot
//! and the runtime must agree on.

pub mod extensions;
#[cfg(test)]
mod storage_testing;
#[cfg(test)]
mod storage_tests;

include!(concat!(env!("OUT_DIR"), "/residual.rs"));
// Each builtin module by its URL, with the names it exports; sorted.
include!(concat!(env!("OUT_DIR"), "/builtins.rs"));
// The code of each residual script, as V8 keeps it once the script has run; sorted.
include!(concat!(env!("OUT_DIR"), "/caches.rs"));

/// The heap of an isolate in which every extension script has run.
pub static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/partyrun.snapshot"));

/// The licence texts of the npm packages that the builtin modules contain.
pub static LICENSES: &str = include_str!(concat!(env!("OUT_DIR"), "/licenses.txt"));

/// What V8 takes in place of compiling the residual script `specifier`.
pub fn code_cache(specifier: &str) -> Option<&'static [u8]> {
    let index = CODE_CACHES
        .binary_search_by_key(&specifier, |(name, _)| name)
        .ok()?;
    Some(CODE_CACHES[index].1)
}
