//! Takes chance out of the making of the snapshot, so that the same sources make the same program. It concerns the build script's own
//! process; a program that is built has none of it.
//!
//! Three things come out differently each time, and a snapshot has the traces of all of them: the order of Rust's hash maps, in which
//! deno_core keeps modules; the order of V8's pages, which its young generation's collector fills by several threads; and memory of
//! deno_core's that JavaScript sees, for which see src/85_warm_up.js. The seed of V8's own hashes is none of them: it is part of V8's library.

use std::env;

/// The young generation's size in MiB, several times what the scripts allocate: its collector has nothing to do. The two flags are among
/// those that V8 leaves out when it compares a code cache's flags with its own.
const YOUNG: u32 = 32;

/// Sets the flags of V8's that programs do not have. Call it before anything else of V8's, besides other flags.
pub fn exclude() {
    let unknown = deno_core::v8_set_flags(vec![
        "partyrun".to_owned(),
        format!("--min-semi-space-size={YOUNG}"),
        format!("--max-semi-space-size={YOUNG}"),
    ]);
    debug_assert_eq!(unknown.len(), 1, "V8 knows every flag: {unknown:?}");
    let script = env::current_exe().expect("the system names the running program");
    println!("cargo:rustc-env=PARTYRUN_BUILD_SCRIPT={}", script.display());
}

/// The standard library seeds its hash maps by the function of this name, which it looks up so that programs can put theirs in its place.
/// Nothing in a build script is secret.
///
/// # Safety
/// `buffer` has `length` bytes.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    // SAFETY: callers hold to the contract of the system's function of this name.
    unsafe { buffer.write_bytes(0x5a, length) };
    isize::try_from(length).expect("a buffer is shorter than half of all memory")
}
