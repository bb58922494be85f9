//! A life of a room's isolate that is over, until its memory is back. Never runs JavaScript.

use crate::inspector::Target;
use crate::isolate::{Isolate, Verdict, return_pages};
use crate::memory::return_memory;
use crate::watch::WatchGuard;

/// An isolate whose code has run for the last time. To drop it takes milliseconds.
pub(super) struct Ended {
    isolate: Option<Isolate>,
    had_too_much: bool,
    /// The watchdog and debuggers know of the room until its memory is back.
    _watched: (WatchGuard, Option<Target>),
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.isolate = None;
        if self.had_too_much {
            return_pages();
            return_memory();
        }
    }
}

impl Ended {
    pub fn of(isolate: Isolate, watched: (WatchGuard, Option<Target>)) -> Self {
        Ended {
            had_too_much: isolate.health().verdict() == Verdict::OutOfMemory,
            isolate: Some(isolate),
            _watched: watched,
        }
    }
}
