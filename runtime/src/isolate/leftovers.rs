//! What loading a project and past work leave in a heap: garbage, and the pages of new objects, of which V8 keeps
//! two sets once it has touched them. V8 collects when it needs memory, and a room that waits for messages needs
//! none. Never decides when there is time.

use deno_core::v8;

/// As much more than after the last time is worth a collection, which takes several milliseconds.
const WORTHWHILE: usize = 4 << 20;
/// Of a larger heap a collection takes so long that whoever comes meanwhile would notice. V8 has collected there by
/// itself while it grew.
const LARGEST: usize = 64 << 20;

#[derive(Default)]
pub(super) struct Leftovers {
    /// What the heap had after the last time.
    known: usize,
}

impl Leftovers {
    /// Has V8 collect garbage and give pages back, if there may be much of both. No JavaScript may be running.
    pub(super) fn collect(&mut self, isolate: &mut v8::Isolate) {
        if !self.are_worthwhile(size(isolate)) {
            return;
        }
        // V8 does it at once and takes itself for relieved after it.
        isolate.memory_pressure_notification(v8::MemoryPressureLevel::Critical);
        self.known = size(isolate);
    }

    /// The more lives in the heap, the longer a collection takes, and the more it has to be worth.
    fn are_worthwhile(&self, size: usize) -> bool {
        let grown = size.saturating_sub(self.known);
        size <= LARGEST && grown >= WORTHWHILE.max(self.known / 2)
    }
}

/// Bytes that the heap has of the machine's memory.
fn size(isolate: &mut v8::Isolate) -> usize {
    isolate.get_heap_statistics().total_physical_size()
}

#[cfg(test)]
mod tests {
    use deno_core::{JsRuntime, RuntimeOptions};

    use super::*;

    #[test]
    fn only_what_has_grown_by_much_is_worth_a_collection() {
        let fresh = Leftovers::default();
        assert!(!fresh.are_worthwhile(WORTHWHILE - 1));
        assert!(fresh.are_worthwhile(WORTHWHILE));
        assert!(!fresh.are_worthwhile(LARGEST + 1));
        let full = Leftovers { known: 40 << 20 };
        assert!(!full.are_worthwhile(59 << 20));
        assert!(full.are_worthwhile(60 << 20));
        assert!(
            !full.are_worthwhile(WORTHWHILE),
            "it is smaller than before"
        );
    }

    /// Garbage, whether V8 has moved it out of the way of new objects or not, takes no memory after it.
    #[tokio::test]
    async fn garbage_of_all_ages_goes_and_its_pages_too() {
        let mut runtime = JsRuntime::new(RuntimeOptions::default());
        let mut leftovers = Leftovers::default();
        let garbage = "{ const kept = []; for (let i = 0; i < 200_000; i++) kept.push({ i, text: `${i}` }); } 0";
        runtime
            .execute_script("garbage", garbage)
            .expect("it is right");
        let before = size(runtime.v8_isolate());
        leftovers.collect(runtime.v8_isolate());
        let after = size(runtime.v8_isolate());
        assert!(
            after + (8 << 20) < before,
            "{before} bytes before, {after} after"
        );
        assert_eq!(leftovers.known, after);
    }
}
