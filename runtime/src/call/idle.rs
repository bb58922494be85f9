//! What a room's thread tells the registry of itself without a message. Decides nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Since when a room could do without its isolate; written by its thread.
#[derive(Clone, Default)]
pub struct IdleMark(Arc<AtomicU64>);

const BUSY: u64 = 0;

/// When this was first asked: the process keeps time from then.
pub fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

impl IdleMark {
    /// `None`: it could not, or has no isolate.
    pub fn set(&self, since: Option<Instant>) {
        // Microseconds, so that rooms of one burst have an order. They last longer than any process.
        let mark = since.map_or(BUSY, |since| {
            let micros = since.saturating_duration_since(start()).as_micros();
            u64::try_from(micros).map_or(u64::MAX, |micros| micros.saturating_add(1))
        });
        // Relaxed: it is a hint, and the room's own thread decides.
        self.0.store(mark, Ordering::Relaxed);
    }

    /// Since when, in microseconds of the process; `None` if it could not.
    pub fn get(&self) -> Option<u64> {
        let mark = self.0.load(Ordering::Relaxed);
        (mark != BUSY).then_some(mark)
    }
}
