//! What keeps one isolate from taking the process with it: its heap limit, and the handle by which
//! another thread stops it.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Instant;

use deno_core::{JsRuntime, v8};

use super::buffers::{Budget, budgeted_allocator};
use crate::project::Limits;

/// Room for V8 to unwind in once the limit is reached: without it, V8 ends the process. V8 may be about
/// to make its largest object, which has 1 GiB.
const UNWIND_BYTES: usize = (1 << 30) + (128 << 20);
/// V8 may ask again while a builtin that cannot be stopped goes on; the limit is raised so often.
const MAX_RAISES: usize = 8;

/// The parameters of an isolate, and the account of its buffers.
pub fn create_params(limits: Limits) -> (v8::CreateParams, Arc<Budget>) {
    let (allocator, budget) = budgeted_allocator(limits.buffers);
    let params = v8::CreateParams::default()
        .heap_limits(0, limits.heap)
        .array_buffer_allocator(allocator);
    (params, budget)
}

/// Why an isolate must go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    Healthy = 0,
    /// It reached its heap limit. Parts of its state may be missing.
    OutOfMemory = 1,
    /// It computed for longer than it may.
    TooLong = 2,
    /// The process is shutting down.
    Shutdown = 3,
}

/// Watches over one isolate from outside. Shared with the watchdog.
#[derive(Clone)]
pub struct Health {
    shared: Arc<Shared>,
}

struct Shared {
    verdict: AtomicU8,
    /// Set while JavaScript may be running.
    turn_started: Mutex<Option<Instant>>,
    handle: v8::IsolateHandle,
    /// Most memory outside the heap, in bytes. More than the budget of plain buffers, which JavaScript
    /// may survive: this is for what V8 takes by the page.
    max_outside: i64,
    /// A look at that memory is on its way.
    measuring: AtomicBool,
}

impl Shared {
    fn condemn(&self, verdict: Verdict) {
        let first = self.verdict.compare_exchange(
            Verdict::Healthy as u8,
            verdict as u8,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if first.is_ok() || verdict == Verdict::Shutdown {
            self.handle.terminate_execution();
        }
    }
}

impl Health {
    pub fn watch(runtime: &mut JsRuntime, limits: Limits, budget: Arc<Budget>) -> Self {
        let handle = runtime.v8_isolate().thread_safe_handle();
        let health = Health {
            shared: Arc::new(Shared {
                verdict: AtomicU8::new(Verdict::Healthy as u8),
                turn_started: Mutex::new(None),
                handle,
                max_outside: i64::try_from(limits.buffers.saturating_add(limits.buffers / 4))
                    .unwrap_or(i64::MAX),
                measuring: AtomicBool::new(false),
            }),
        };
        let condemned = health.clone();
        let mut raises = 0;
        // SAFETY: the pointer is only used in the callback, which V8 makes while the isolate is alive.
        let isolate = unsafe { runtime.v8_isolate().as_raw_isolate_ptr() };
        runtime.add_near_heap_limit_callback(move |current, _| {
            let heap = heap_size(isolate);
            if budget.takes_refusal() && heap < current / 4 * 3 {
                return current;
            }
            condemned.condemn(Verdict::OutOfMemory);
            raises += 1;
            if raises > MAX_RAISES {
                return current;
            }
            current.max(heap) + UNWIND_BYTES
        });
        health
    }

    /// Ends the isolate: stops what it runs now. The first verdict stands.
    pub fn condemn(&self, verdict: Verdict) {
        self.shared.condemn(verdict);
    }

    pub fn verdict(&self) -> Verdict {
        match self.shared.verdict.load(Ordering::Acquire) {
            1 => Verdict::OutOfMemory,
            2 => Verdict::TooLong,
            3 => Verdict::Shutdown,
            _ => Verdict::Healthy,
        }
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.shared
            .turn_started
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the start of a stretch of JavaScript; it ends when the mark is dropped.
    pub fn start_turn(&self) -> TurnMark {
        *self.turn() = Some(Instant::now());
        TurnMark(self.clone())
    }

    /// Has the isolate look at its memory outside the heap when it next runs JavaScript: resizable
    /// buffers and `WebAssembly.Memory` are bounded by nothing else.
    pub fn measure(&self) {
        if self.shared.measuring.swap(true, Ordering::AcqRel) {
            return;
        }
        let data = Arc::as_ptr(&self.shared).cast_mut().cast();
        // An isolate that is gone needs no limit.
        self.shared.handle.request_interrupt(measure_outside, data);
    }

    /// When the stretch of JavaScript began that may be running.
    pub fn computing_since(&self) -> Option<Instant> {
        *self.turn()
    }

    /// Condemns the isolate when it has been computing since before `earliest`.
    pub fn check(&self, earliest: Instant) {
        if self
            .computing_since()
            .is_some_and(|started| started < earliest)
        {
            self.condemn(Verdict::TooLong);
        }
    }
}

/// Bytes of the heap. For a callback that V8 makes on the isolate's thread.
fn heap_size(mut isolate: v8::UnsafeRawIsolatePtr) -> usize {
    // SAFETY: V8 calls back while the isolate is alive, on its thread, and reading statistics neither
    // allocates nor calls back.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut_unchecked(&mut isolate) };
    isolate.get_heap_statistics().total_heap_size()
}

/// SAFETY: `data` must point to the `Shared` of this very isolate. `Isolate` keeps one for longer than
/// its runtime, without which V8 calls nothing.
unsafe extern "C" fn measure_outside(mut isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: by this function's own condition.
    let shared = unsafe { &*data.cast::<Shared>() };
    shared.measuring.store(false, Ordering::Release);
    // SAFETY: V8 calls this on the isolate's thread, with the isolate, between two instructions of its
    // JavaScript; nothing here calls back into it.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut_unchecked(&mut isolate) };
    // A change by nothing answers the sum: the heap's statistics leave out WebAssembly's part of it.
    if isolate.adjust_amount_of_external_allocated_memory(0) > shared.max_outside {
        shared.condemn(Verdict::OutOfMemory);
    }
}

pub struct TurnMark(Health);

impl Drop for TurnMark {
    fn drop(&mut self) {
        *self.0.turn() = None;
    }
}
