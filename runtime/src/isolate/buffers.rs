//! The memory behind the `ArrayBuffer`s of one isolate, which V8's heap limit does not count, and
//! its budget. It never sees memory that V8 takes by the page (resizable buffers,
//! `WebAssembly.Memory`) nor bytes that Rust made and handed over (results of ops).

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use deno_core::v8;

use crate::memory::account::call_watcher;

/// What C's `malloc` guarantees, and so what V8 may assume of any buffer.
const ALIGNMENT: usize = 16;

/// Requests up to this many bytes are counted but never refused. V8 keeps typed arrays of this size
/// in its heap, moves one out when its `buffer` is wanted, and ends the process when it cannot.
/// What this lets through is bounded by the heap limit: each has two larger objects there.
const ALWAYS_GRANTED: usize = 64;

/// What a buffer takes in V8 and in the allocator besides its bytes (measured: 300 for one of few bytes).
const OVERHEAD: usize = 256;
/// Buffers that have grown by so much are worth a look at the process's memory.
const STEP: usize = 64 << 20;

/// No request is being refused.
const GRANTING: u8 = 0;
/// V8 is collecting garbage because a request was refused, and will ask again.
const REFUSED: u8 = 1;
/// V8 has asked for a higher heap limit on the way: its next request is its last.
const ASKED: u8 = 2;

/// The account of one isolate. V8 allocates on the isolate's thread and frees on others too.
pub struct Budget {
    in_use: AtomicUsize,
    count: AtomicUsize,
    /// Beyond so many bytes somebody should look.
    look_at: AtomicUsize,
    limit: usize,
    refusal: AtomicU8,
}

impl Budget {
    fn new(limit: usize) -> Self {
        Budget {
            in_use: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            look_at: AtomicUsize::new(STEP),
            limit,
            refusal: AtomicU8::new(GRANTING),
        }
    }

    /// Whether V8 asks for a higher heap limit only because a buffer was refused, which JavaScript may
    /// survive. For the callback in which V8 asks, on the isolate's thread: after a refusal V8 collects
    /// garbage, asks, and tries for the last time, with no JavaScript in between.
    pub fn takes_refusal(&self) -> bool {
        // Relaxed: only the isolate's thread allocates.
        self.refusal
            .compare_exchange(REFUSED, ASKED, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    fn note(&self, granted: bool) {
        let last = self.refusal.load(Ordering::Relaxed) == ASKED;
        let next = if granted || last { GRANTING } else { REFUSED };
        self.refusal.store(next, Ordering::Relaxed);
    }

    /// Counts `len` more bytes, or refuses.
    fn take(&self, len: usize) -> bool {
        let limit = if len <= ALWAYS_GRANTED {
            usize::MAX
        } else {
            self.limit
        };
        let add = |used: usize| used.checked_add(len).filter(|sum| *sum <= limit);
        // Relaxed: the counter guards no other memory.
        let before = self
            .in_use
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        let Ok(before) = before else {
            return false;
        };
        self.count.fetch_add(1, Ordering::Relaxed);
        let sum = before + len;
        if sum > self.look_at.load(Ordering::Relaxed) {
            self.look_at.store(sum + STEP, Ordering::Relaxed);
            call_watcher();
        }
        true
    }

    fn give_back(&self, len: usize) {
        self.in_use.fetch_sub(len, Ordering::Relaxed);
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// Bytes that V8 has for the buffers themselves, more or less, outside of its heap.
    pub fn overhead(&self) -> usize {
        self.count.load(Ordering::Relaxed) * OVERHEAD
    }

    /// Bytes in use.
    pub fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Somebody has looked: the next look is due when there are more.
    pub fn seen(&self) {
        let next = self.in_use().saturating_add(STEP);
        self.look_at.store(next, Ordering::Relaxed);
    }

    /// Memory for `len` bytes from `source`, or null.
    fn buffer(&self, len: usize, source: unsafe fn(Layout) -> *mut u8) -> *mut c_void {
        let Some(layout) = layout(len) else {
            return ptr::null_mut();
        };
        let granted = self.take(len);
        self.note(granted);
        if !granted {
            return ptr::null_mut();
        }
        // SAFETY: `source` is `alloc` or `alloc_zeroed`, which ask only for a layout of non-zero
        // size; `layout` makes no other.
        let data = unsafe { source(layout) };
        if data.is_null() {
            self.give_back(len);
        }
        data.cast()
    }
}

// V8 counts buffers itself, so they are no part of the account of the thread.

/// SAFETY: the size must not be zero.
unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: by this function's own condition.
    unsafe { System.alloc(layout) }
}

/// SAFETY: the size must not be zero.
unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: by this function's own condition.
    unsafe { System.alloc_zeroed(layout) }
}

/// The same for the same `len`, which is how a buffer is freed with the layout it was made with.
/// `None`: no address space is that large.
fn layout(len: usize) -> Option<Layout> {
    Layout::from_size_align(len.max(1), ALIGNMENT).ok()
}

/// An allocator for one isolate that refuses to have more than `limit` bytes in use at once. V8
/// answers a refusal by collecting all garbage and asking again; when that does not help either,
/// JavaScript gets `RangeError: Array buffer allocation failed` (ECMA-262, CreateByteDataBlock).
///
/// The native `v8::ArrayBuffer::new` and `v8::ArrayBuffer::new_backing_store` have no way to fail:
/// beyond the limit they end the process. Ops must make their results with
/// `new_backing_store_from_vec` or its siblings.
pub fn budgeted_allocator(limit: usize) -> (v8::UniqueRef<v8::Allocator>, Arc<Budget>) {
    const VTABLE: &v8::RustAllocatorVtable<Budget> = &v8::RustAllocatorVtable {
        allocate,
        allocate_uninitialized,
        free,
        drop: end,
    };
    let budget = Arc::new(Budget::new(limit));
    // SAFETY: the handle is a live `Budget`, which is `Send` and `Sync` and what every function of
    // the table takes. V8 has a share of it from here on and gives it up in `end` only, once neither
    // the isolate nor any buffer of it is left.
    let allocator = unsafe { v8::new_rust_allocator(Arc::into_raw(budget.clone()), VTABLE) };
    (allocator, budget)
}

/// SAFETY: safe to call with any arguments; unsafe only because the table's type wants it.
unsafe extern "C" fn allocate(budget: &Budget, len: usize) -> *mut c_void {
    budget.buffer(len, alloc_zeroed)
}

/// SAFETY: safe to call with any arguments. V8 writes the memory before any code can read it.
unsafe extern "C" fn allocate_uninitialized(budget: &Budget, len: usize) -> *mut c_void {
    budget.buffer(len, alloc)
}

/// SAFETY: `data` must come from `allocate` or `allocate_uninitialized` of the same budget with the
/// same `len`, and not be used again. V8 keeps both in the buffer's backing store, whose length
/// never changes: the stores whose length does are not allocated here.
unsafe extern "C" fn free(budget: &Budget, data: *mut c_void, len: usize) {
    let layout = layout(len).expect("the length had a layout when the buffer was made");
    // SAFETY: by this function's own condition `data` was allocated with exactly this layout, as
    // `layout` depends on `len` alone.
    unsafe { System.dealloc(data.cast(), layout) };
    budget.give_back(len);
}

/// SAFETY: `budget` must come from `Arc::into_raw`, and this must be its last use. V8 calls it from
/// the destructor of the allocator that `budgeted_allocator` made.
unsafe extern "C" fn end(budget: *const Budget) {
    // SAFETY: by this function's own condition the share may be taken back, once.
    drop(unsafe { Arc::from_raw(budget) });
}

#[cfg(test)]
mod tests {
    use deno_core::{JsRuntime, RuntimeOptions};

    use super::*;

    #[test]
    fn what_is_freed_can_be_taken_again() {
        let budget = Budget::new(1000);
        let first = budget.buffer(1000, alloc_zeroed);
        assert!(!first.is_null());
        assert!(budget.buffer(65, alloc_zeroed).is_null());
        // SAFETY: allocated above with this length, not used again.
        unsafe { free(&budget, first, 1000) };
        assert_eq!(budget.in_use.load(Ordering::Relaxed), 0);
        let again = budget.buffer(1000, alloc);
        assert!(!again.is_null());
        // SAFETY: allocated above with this length, not used again.
        unsafe { free(&budget, again, 1000) };
    }

    #[test]
    fn small_buffers_are_counted_but_never_refused() {
        let budget = Budget::new(0);
        let small = budget.buffer(ALWAYS_GRANTED, alloc_zeroed);
        assert!(!small.is_null());
        assert_eq!(budget.in_use.load(Ordering::Relaxed), ALWAYS_GRANTED);
        assert!(budget.buffer(ALWAYS_GRANTED + 1, alloc_zeroed).is_null());
        // SAFETY: allocated above with this length, not used again.
        unsafe { free(&budget, small, ALWAYS_GRANTED) };
    }

    #[test]
    fn a_length_without_layout_is_refused_and_not_counted() {
        let budget = Budget::new(usize::MAX);
        assert!(budget.buffer(usize::MAX, alloc_zeroed).is_null());
        // An allocation that nobody looks at is one that the compiler may leave out, as granted.
        let largest = budget.buffer(isize::MAX as usize - 64, alloc_zeroed);
        assert!(std::hint::black_box(largest).is_null());
        assert_eq!(budget.in_use.load(Ordering::Relaxed), 0);
    }

    /// A refusal that V8 has given up on is not the reason of what it asks later.
    #[test]
    fn refusal_is_known_until_the_last_try() {
        let budget = Budget::new(100);
        assert!(!budget.takes_refusal(), "nothing was refused");
        assert!(budget.buffer(200, alloc).is_null());
        assert!(budget.buffer(200, alloc).is_null());
        assert!(budget.takes_refusal());
        assert!(!budget.takes_refusal(), "V8 asks once on the way");
        assert!(budget.buffer(200, alloc).is_null());
        assert!(!budget.takes_refusal(), "that was the last try");
        assert!(budget.buffer(200, alloc).is_null());
        let granted = budget.buffer(100, alloc);
        assert!(!granted.is_null());
        assert!(!budget.takes_refusal(), "a later try succeeded");
        // SAFETY: allocated above with this length, not used again.
        unsafe { free(&budget, granted, 100) };
    }

    /// V8 posts delayed tasks when it collects garbage; deno_core wants tokio for them.
    #[tokio::test]
    async fn javascript_catches_a_refusal_and_goes_on() {
        let params =
            v8::CreateParams::default().array_buffer_allocator(budgeted_allocator(64 << 20).0);
        let mut runtime = JsRuntime::new(RuntimeOptions {
            create_params: Some(params),
            ..Default::default()
        });
        let script = r#"
            const check = (fact, name) => { if (!fact) throw new Error(name) };
            const held = [];
            const grow = () => { for (;;) held.push(new Uint8Array(5e6).fill(1)) };
            let error;
            try { grow() } catch (thrown) { error = thrown }
            check(error instanceof RangeError && held.length === 13, `${error}: ${held.length}`);
            check(new Uint8Array(64).buffer.byteLength === 64, "small buffers");
            held.length = 0;
            check(new Uint8Array(6e7).every((byte) => byte === 0), "garbage is collected");
        "#;
        runtime
            .execute_script("test", script)
            .expect("every check holds");
    }
}
