//! Sees when the process has more memory than it should, and has something done about it: first what is
//! idle goes, then the isolate that is the likely cause. Knows no isolate.

use std::time::{Duration, Instant};

use super::Watchdog;
use crate::isolate::return_pages;
use crate::memory::{Machine, resident};

/// How long the memory of what was condemned may take to come back.
const PATIENCE: Duration = Duration::from_secs(3);
/// Growth, as a part of the ceiling, that shows that it was not the only cause.
const GROWTH: u64 = 16;
/// Of the ceiling, what is not worth a closer look.
const EASY: (u64, u64) = (1, 2);
/// Of the ceiling, what means that what is idle should go.
const SHORT: (u64, u64) = (7, 8);
/// The ceiling is read again after this time, or this many bytes.
const FRESH: Duration = Duration::from_secs(1);
const SAME: u64 = 32 << 20;

fn part(of: u64, (part, whole): (u64, u64)) -> u64 {
    of / whole * part
}

pub(super) struct Relief {
    machine: Machine,
    ceiling: Option<Ceiling>,
    /// When something was condemned, and what the process had then.
    condemned: Option<(Instant, u64)>,
}

/// What the machine told last.
#[derive(Clone, Copy)]
struct Ceiling {
    bytes: Option<u64>,
    at: Instant,
    resident: u64,
}

impl Relief {
    /// `most`: what the machine is taken to have.
    pub fn new(most: Option<u64>) -> Self {
        Relief {
            machine: Machine::here(most),
            ceiling: None,
            condemned: None,
        }
    }

    /// Returns whether the next look should come soon.
    pub fn look(&mut self, watchdog: &Watchdog) -> bool {
        let Some(resident) = resident() else {
            return false;
        };
        let Some(ceiling) = self.ceiling(resident) else {
            return false;
        };
        let owed = watchdog.owed_memory();
        watchdog.gauge().set(resident, owed.unwrap_or(0), ceiling);
        // Other isolates have little beside the memory that is about to come back.
        if owed.is_some() {
            return true;
        }
        if resident > part(ceiling, SHORT) {
            watchdog.let_go();
            // What has gone since the last look may have left pages to nobody.
            return_pages();
        }
        if self.is_due(resident, ceiling) && watchdog.relieve(ceiling) {
            self.condemned = Some((Instant::now(), resident));
        }
        resident > part(ceiling, EASY)
    }

    fn ceiling(&mut self, resident: u64) -> Option<u64> {
        let is_fresh = |ceiling: &Ceiling| {
            ceiling.at.elapsed() < FRESH && ceiling.resident.abs_diff(resident) < SAME
        };
        let known = self.ceiling.filter(is_fresh);
        let ceiling = known.unwrap_or_else(|| Ceiling {
            bytes: self.machine.ceiling(resident),
            at: Instant::now(),
            resident,
        });
        self.ceiling = Some(ceiling);
        ceiling.bytes
    }

    /// Whether something must be condemned.
    fn is_due(&self, resident: u64, ceiling: u64) -> bool {
        resident > ceiling
            && self.condemned.is_none_or(|(at, before)| {
                at.elapsed() > PATIENCE || resident > before + ceiling / GROWTH
            })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use deno_core::{JsRuntime, RuntimeOptions};

    use super::*;
    use crate::isolate::{Health, Verdict};
    use crate::testing::Heard;

    const GIB: u64 = 1 << 30;

    #[test]
    fn the_first_shortage_is_due_at_once_and_another_when_it_grows_on() {
        let mut relief = Relief::new(None);
        assert!(!relief.is_due(GIB, GIB));
        assert!(relief.is_due(GIB + 1, GIB));
        relief.condemned = Some((Instant::now(), GIB + 1));
        assert!(!relief.is_due(GIB + 2, GIB), "it may take a while");
        assert!(relief.is_due(GIB + GIB / 8, GIB), "it is not the only one");
    }

    /// V8 posts delayed tasks when it collects garbage; deno_core wants tokio for them.
    #[tokio::test]
    async fn nobody_else_goes_while_condemned_memory_is_on_its_way_back() {
        let watchdog = Watchdog::new(Arc::new(Heard::default()));
        let is_let_go = Arc::new(AtomicBool::new(false));
        let told = is_let_go.clone();
        watchdog.when_short(Box::new(move || told.store(true, Ordering::Relaxed)));
        let mut greedy = JsRuntime::new(RuntimeOptions::default());
        let mut other = JsRuntime::new(RuntimeOptions::default());
        let (greedy, other) = (Health::alone(&mut greedy), Health::alone(&mut other));
        let guard = watchdog.watch(greedy.clone());
        let _other = watchdog.watch(other.clone());
        // It would be taken for the cause.
        let _computes = other.start_turn();
        greedy.condemn(Verdict::OutOfMemory);

        // The process has more than that.
        let mut relief = Relief::new(Some(1 << 20));
        assert!(relief.look(&watchdog), "the next look comes soon");
        assert_eq!(other.verdict(), Verdict::Healthy);
        assert!(!is_let_go.load(Ordering::Relaxed), "idle rooms stay");

        drop(guard);
        relief.look(&watchdog);
        assert!(is_let_go.load(Ordering::Relaxed));
        assert_eq!(other.verdict(), Verdict::OutOfMemory);
    }
}
