//! Which contents are in use in memory: being read, or being written and not yet anybody's. The storage
//! keeps them although nothing in it refers to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ProjectBindings, objects};

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
}

/// One use of a content, which ends when this is dropped.
pub(super) struct Pin {
    pub(super) content: i64,
    pub(super) bindings: ProjectBindings,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut uses = self.bindings.pins.uses();
        let Some(used) = uses.get_mut(&self.content) else {
            return;
        };
        used.count -= 1;
        if used.count > 0 {
            return;
        }
        let orphan = used.orphan;
        uses.remove(&self.content);
        drop(uses);
        if orphan {
            let (content, pins): (_, Arc<Pins>) = (self.content, self.bindings.pins.clone());
            // Whatever this comes to, the next start of the program sweeps too.
            drop(
                self.bindings
                    .job(move |sql| objects::sweep(sql, &pins, content)),
            );
        }
    }
}
