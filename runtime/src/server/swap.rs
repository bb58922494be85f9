//! Puts one value in the place of another that many threads read. Knows nothing of what it is.

use std::sync::{Arc, PoisonError, RwLock};

/// Replaces what is in `slot`. `tell` has returned before anybody can read the new value, and nobody can
/// read the old one once it has begun.
pub(super) fn swap<T>(slot: &RwLock<Arc<T>>, next: Arc<T>, tell: impl FnOnce()) {
    let mut slot = slot.write().unwrap_or_else(PoisonError::into_inner);
    tell();
    *slot = next;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn rooms_are_told_before_anybody_routes_by_the_new_table() {
        let slot = RwLock::new(Arc::new("old"));
        let told = AtomicBool::new(false);
        let (told, slot) = (&told, &slot);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while **slot.read().expect("nobody panicked") == "old" {
                    std::thread::yield_now();
                }
                assert!(told.load(Ordering::SeqCst), "the table came first");
            });
            swap(slot, Arc::new("new"), || {
                assert!(slot.try_read().is_err(), "the old table is still used");
                told.store(true, Ordering::SeqCst);
            });
        });
        assert_eq!(**slot.read().expect("nobody panicked"), "new");
    }
}
