//! Which contents are in use in memory: being read, or being written and not yet anybody's. The storage
//! keeps them although nothing in it refers to them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Use {
    count: usize,
    /// Nothing in the storage refers to it, as far as is known.
    orphan: bool,
}

/// The contents in use.
#[derive(Default)]
pub(super) struct Pins(Mutex<HashMap<i64, Use>>);

impl Pins {
    fn uses(&self) -> MutexGuard<'_, HashMap<i64, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether `content` is in use; if it is, marks it for removal when the last use ends.
    pub(super) fn defer_removal(&self, content: i64) -> bool {
        match self.uses().get_mut(&content) {
            Some(used) => {
                used.orphan = true;
                true
            }
            None => false,
        }
    }

    /// Takes a content into use, on the storage thread.
    pub(super) fn pin(&self, content: i64, orphan: bool) {
        let mut uses = self.uses();
        let used = uses.entry(content).or_default();
        used.count += 1;
        used.orphan |= orphan;
    }

    /// Ends one use; returns whether the content is to be removed, as it was the last use.
    pub(super) fn unpin(&self, content: i64) -> bool {
        let mut uses = self.uses();
        let Some(used) = uses.get_mut(&content) else {
            return false;
        };
        used.count -= 1;
        if used.count > 0 {
            return false;
        }
        let orphan = used.orphan;
        uses.remove(&content);
        orphan
    }
}
