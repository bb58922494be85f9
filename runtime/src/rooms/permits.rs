//! A counting semaphore for threads.

use std::sync::{Condvar, Mutex, PoisonError};

pub(super) struct Permits {
    free: Mutex<usize>,
    freed: Condvar,
}

/// Gives its place back when dropped.
pub struct Permit<'a>(&'a Permits);

impl Permits {
    pub fn new(count: usize) -> Self {
        Permits {
            free: Mutex::new(count),
            freed: Condvar::new(),
        }
    }

    pub fn acquire(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
