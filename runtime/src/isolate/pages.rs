//! Pages of heaps whose isolates have ended. V8 keeps them for the next isolates for 8 s or more, which spares
//! those most of their page faults; here they go back to the system at once. Decides nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use deno_core::v8;

/// Whether an isolate has ended since pages were given back. V8 has one pool for the process.
static ARE_KEPT: AtomicBool = AtomicBool::new(false);

/// Part of an isolate. It must be dropped after the isolate's heap, whose pages V8 has from then on.
pub(super) struct Pages;

impl Drop for Pages {
    fn drop(&mut self) {
        ARE_KEPT.store(true, Ordering::Release);
    }
}

/// Has V8 give back the pages that it keeps. Costs about two milliseconds of this thread, and nothing if no
/// isolate has ended since the last time. Needs [`super::start_v8`].
pub fn return_pages() {
    if !ARE_KEPT.swap(false, Ordering::Acquire) {
        return;
    }
    // V8 takes this request of an isolate, on its thread; this one has no scripts and no snapshot of ours.
    let mut isolate = v8::Isolate::new(v8::CreateParams::default());
    isolate.memory_pressure_notification(v8::MemoryPressureLevel::Moderate);
}
