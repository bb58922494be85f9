//! Pages of heaps whose isolates have ended. V8 keeps them for the next isolates for 8 s or more, which spares
//! those most of their page faults; here they go back to the system at once. Decides nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use deno_core::v8;

use crate::memory::thread_cache;

/// Whether an isolate has ended since pages were given back. V8 has one pool for the process.
static ARE_KEPT: AtomicBool = AtomicBool::new(false);

/// Part of an isolate. It must be dropped after the isolate's heap, whose pages V8 has from then on.
pub(super) struct Pages;

impl Drop for Pages {
    fn drop(&mut self) {
        ARE_KEPT.store(true, Ordering::Release);
    }
}

/// Has V8 give back the pages that it keeps. Costs about four milliseconds of this thread, and nothing if no
/// isolate has ended since the last time. Needs [`super::start_v8`].
pub fn return_pages() {
    if !ARE_KEPT.swap(false, Ordering::Acquire) {
        return;
    }
    // V8 takes the request of an isolate, on its thread. It must be of the snapshot that all others are of, as
    // they share what is read-only. What it puts off is never done.
    let builder = &mut tokio::runtime::Builder::new_current_thread();
    let Ok(later) = builder.enable_time().build() else {
        return;
    };
    let context = later.enter();
    thread_cache::turn_off();
    if let Ok(mut nobodys) = super::restore(None, v8::CreateParams::default()) {
        let isolate = nobodys.v8_isolate();
        isolate.memory_pressure_notification(v8::MemoryPressureLevel::Moderate);
    }
    drop(context);
    // On a thread with a runtime of its own, this one may not wait for its end.
    later.shutdown_background();
}
