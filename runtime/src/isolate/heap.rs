//! The heap of one isolate: its limit, and what V8 may still take once it has come to it. Condemns nobody
//! itself.

use std::sync::Arc;

use deno_core::{JsRuntime, v8};

use super::buffers::{Budget, budgeted_allocator};
use crate::memory::resident;
use crate::project::Limits;

/// Room for V8 to unwind in once the limit is reached: without it, V8 ends the process. V8 may be about
/// to make its largest object, which has 1 GiB.
const UNWIND_BYTES: usize = (1 << 30) + (128 << 20);
/// Where the process may not have that much more: what most builtins need to come to their end, and what
/// is left for them if that was not enough. With still more the machine would be out of memory.
const UNWIND_SHORT: usize = 64 << 20;
const UNWIND_LAST: usize = 32 << 20;
/// What V8 may have on top as garbage before it collects any.
const GARBAGE: usize = 512 << 20;
/// V8 takes a third of it for new objects before it first collects garbage. Most projects are loaded by
/// then, and what was made on the way has not been taken for what lasts. Pages that are not used take no
/// memory.
const YOUNG_BYTES: usize = 12 << 20;
/// V8 may ask again while a builtin that cannot be stopped goes on; the limit is raised so often.
const MAX_RAISES: usize = 8;

/// The parameters of an isolate, and the account of its buffers.
pub fn create_params(limits: Limits) -> (v8::CreateParams, Arc<Budget>) {
    let (allocator, budget) = budgeted_allocator(limits.buffers);
    let params = v8::CreateParams::default()
        .heap_limits(0, limits.heap)
        .set_initial_young_generation_size_in_bytes(YOUNG_BYTES)
        .array_buffer_allocator(allocator);
    (params, budget)
}

/// Calls `condemn` when the heap of an isolate has come to its limit, and leaves V8 room to unwind in.
pub(super) fn watch(
    runtime: &mut JsRuntime,
    limits: Limits,
    budget: Arc<Budget>,
    condemn: impl Fn() + 'static,
) {
    let mut raises = 0;
    // SAFETY: the pointer is only used in the callback, which V8 makes while the isolate is alive.
    let isolate = unsafe { runtime.v8_isolate().as_raw_isolate_ptr() };
    runtime.add_near_heap_limit_callback(move |current, _| {
        let heap = size(isolate);
        if budget.takes_refusal() && heap < current / 4 * 3 {
            return current;
        }
        condemn();
        raises += 1;
        if raises > MAX_RAISES {
            return current;
        }
        current.max(heap) + unwind_bytes(limits.process, resident(), raises)
    });
}

/// By how much the limit is raised for V8 to unwind in, the `nth` time. If the process may not have as much
/// as V8's largest object takes, an object that does not fit has V8 give up, which costs the room's
/// thread (see [`super::fatal`]) and not the machine's memory.
fn unwind_bytes(process: Option<u64>, resident: Option<u64>, nth: usize) -> usize {
    let fits =
        |(process, resident): (u64, u64)| resident + (UNWIND_BYTES + GARBAGE) as u64 <= process;
    match (process.zip(resident).is_none_or(fits), nth) {
        (true, _) => UNWIND_BYTES,
        (false, 1) => UNWIND_SHORT,
        (false, _) => UNWIND_LAST,
    }
}

/// Bytes of the heap. For a callback that V8 makes on the isolate's thread.
fn size(mut isolate: v8::UnsafeRawIsolatePtr) -> usize {
    // SAFETY: V8 calls back while the isolate is alive, on its thread, and reading statistics neither
    // allocates nor calls back.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut_unchecked(&mut isolate) };
    isolate.get_heap_statistics().total_heap_size()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn v8_may_make_its_largest_object_where_the_process_may_have_it() {
        assert_eq!(unwind_bytes(Some(16 * GIB), Some(GIB), 1), UNWIND_BYTES);
        assert_eq!(unwind_bytes(None, Some(GIB), 1), UNWIND_BYTES);
        assert_eq!(unwind_bytes(Some(2 * GIB), Some(GIB), 1), UNWIND_SHORT);
        assert_eq!(unwind_bytes(Some(2 * GIB), Some(GIB), 2), UNWIND_LAST);
    }
}
