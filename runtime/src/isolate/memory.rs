//! What memory one isolate has: its heap, what V8 counts outside of it, and what Rust holds for it. It
//! tells V8 of the last, which then collects the garbage that holds it, and says what is too much.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use deno_core::v8;

use super::buffers::Budget;
use crate::memory::Account;
use crate::project::Limits;

/// V8 learns what Rust holds when it has changed by this much.
const CHANGE: i64 = 8 << 20;

/// What an isolate has too much of, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Heap(usize),
    /// Buffers, and what V8 takes by the page.
    Buffers(usize),
    /// What Rust holds for it.
    Held(usize),
    /// The process has too much, and this much of it is the isolate's.
    Process(u64, u64),
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: usize| bytes >> 20;
        match *self {
            Excess::Heap(limit) => write!(
                f,
                "its JavaScript heap takes more than `{} MiB`",
                mib(limit)
            ),
            Excess::Buffers(limit) => write!(
                f,
                "its ArrayBuffers and WebAssembly memory take more than `{} MiB`",
                mib(limit)
            ),
            Excess::Held(limit) => write!(
                f,
                "its blobs, streams, messages and bodies take more than `{} MiB`",
                mib(limit)
            ),
            Excess::Process(ceiling, part) => write!(
                f,
                "it has `{} MiB` of the `{} MiB` that the process may have",
                part >> 20,
                ceiling >> 20
            ),
        }
    }
}

/// What may be survived, and a quarter more.
fn with_quarter(limit: usize) -> usize {
    limit.saturating_add(limit / 4)
}

/// The figures of one isolate. Written on its thread, read by any.
pub(super) struct MemoryUse {
    budget: Arc<Budget>,
    /// Of the isolate's thread. A test may have none.
    account: Option<&'static Account>,
    /// What V8 has been told that Rust holds.
    told: AtomicI64,
    heap: AtomicUsize,
    /// What V8 counts outside of its heap, but for what it was told.
    outside: AtomicUsize,
    /// More than the budget of plain buffers, which JavaScript may survive: this is for what V8 takes by
    /// the page.
    most_outside: usize,
    /// Beyond it JavaScript is refused more, where it can be.
    most_held: usize,
    is_wanted: AtomicBool,
}

impl MemoryUse {
    /// For an isolate of this thread.
    pub fn new(limits: Limits, budget: Arc<Budget>) -> Self {
        MemoryUse {
            budget,
            account: Account::current(),
            told: AtomicI64::new(0),
            heap: AtomicUsize::new(0),
            outside: AtomicUsize::new(0),
            most_outside: with_quarter(limits.buffers),
            most_held: limits.held,
            is_wanted: AtomicBool::new(false),
        }
    }

    fn held(&self) -> usize {
        self.account.map_or(0, Account::held)
    }

    /// Bytes, as far as they are known. What Rust made and V8 has taken over counts twice.
    pub fn total(&self) -> u64 {
        let outside = self.outside.load(Ordering::Relaxed);
        let sum =
            self.heap.load(Ordering::Relaxed) + outside.max(self.budget.in_use()) + self.held();
        sum as u64
    }

    /// Whether what Rust holds is within the limit.
    pub fn has_room(&self) -> bool {
        self.held() <= self.most_held
    }

    /// Has the isolate's thread measure it when JavaScript next ends.
    pub fn want_measure(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    /// Whether it should be measured.
    pub fn is_due(&self) -> bool {
        let change = self.held() as i64 - self.told.load(Ordering::Relaxed);
        change.abs() > CHANGE || self.is_wanted.load(Ordering::Relaxed)
    }

    /// Takes the figures, and says what is too much.
    ///
    /// SAFETY: it must be on the isolate's thread, where V8 may collect garbage: between two turns, or in
    /// an interrupt.
    pub unsafe fn measure(&self, isolate: &mut v8::Isolate) -> Option<Excess> {
        self.is_wanted.store(false, Ordering::Relaxed);
        let outside = self.tell(isolate);
        if outside > self.most_outside {
            return Some(Excess::Buffers(self.most_outside));
        }
        if !self.holds_too_much() {
            return None;
        }
        // What holds it may be garbage that V8 has not looked at.
        isolate.low_memory_notification();
        self.tell(isolate);
        self.holds_too_much()
            .then(|| Excess::Held(with_quarter(self.most_held)))
    }

    /// More than a refusal, which JavaScript may survive, leaves it with.
    fn holds_too_much(&self) -> bool {
        self.held() > with_quarter(self.most_held)
    }

    /// Tells V8 what Rust holds; what V8 counts outside of its heap without that.
    fn tell(&self, isolate: &mut v8::Isolate) -> usize {
        let held = self.held() as i64;
        let change = held - self.told.swap(held, Ordering::Relaxed);
        // The sum has WebAssembly's memory, which the statistics of the heap leave out.
        let sum = isolate.adjust_amount_of_external_allocated_memory(change);
        let outside = usize::try_from(sum - held).unwrap_or(0) + self.budget.overhead();
        self.outside.store(outside, Ordering::Relaxed);
        let heap = isolate.get_heap_statistics().total_heap_size();
        self.heap.store(heap, Ordering::Relaxed);
        if let Some(account) = self.account {
            account.seen();
        }
        self.budget.seen();
        outside
    }
}

#[cfg(test)]
mod tests {
    use deno_core::{JsRuntime, RuntimeOptions};

    use super::*;
    use crate::isolate::buffers::budgeted_allocator;

    const MIB: usize = 1 << 20;

    /// V8 posts delayed tasks when it collects garbage; deno_core wants tokio for them.
    #[tokio::test]
    async fn v8_hears_of_what_rust_holds_and_too_much_is_said() {
        let _account = Account::open();
        let mut runtime = JsRuntime::new(RuntimeOptions::default());
        let isolate = runtime.v8_isolate();
        let limits = Limits {
            held: 64 * MIB,
            ..Limits::default()
        };
        let memory = MemoryUse::new(limits, budgeted_allocator(limits.buffers).1);
        // SAFETY: no JavaScript runs, on the isolate's thread.
        let mut measure = || unsafe { memory.measure(isolate) };
        assert_eq!(measure(), None);
        assert!(!memory.is_due());

        let some = vec![1_u8; 32 * MIB];
        assert!(memory.is_due());
        assert_eq!(measure(), None);
        assert!(!memory.is_due(), "it has been told");
        assert!(memory.total() >= 32 * MIB as u64);

        let more = vec![1_u8; 40 * MIB];
        assert!(!memory.has_room());
        assert_eq!(measure(), None, "it is refused more");
        let too_much = vec![1_u8; 10 * MIB];
        assert_eq!(measure(), Some(Excess::Held(80 * MIB)));
        drop((some, more, too_much));
        assert!(memory.has_room());
        assert_eq!(measure(), None);
    }

    #[test]
    fn each_excess_says_its_limit() {
        let told = [
            Excess::Heap(512 * MIB),
            Excess::Buffers(1280 * MIB),
            Excess::Held(1024 * MIB),
            Excess::Process(1536 << 20, 900 << 20),
        ]
        .map(|excess| excess.to_string());
        assert_eq!(
            told,
            [
                "its JavaScript heap takes more than `512 MiB`",
                "its ArrayBuffers and WebAssembly memory take more than `1280 MiB`",
                "its blobs, streams, messages and bodies take more than `1024 MiB`",
                "it has `900 MiB` of the `1536 MiB` that the process may have",
            ]
        );
    }
}
