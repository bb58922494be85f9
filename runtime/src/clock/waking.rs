//! Bounds how many rooms alarms make at once: more would keep requests waiting for their turn to make
//! one, when a thousand alarms are overdue at start. Knows nothing of rooms.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Rooms that alarms make at once.
const AT_ONCE: usize = 16;
/// A room that has not taken its alarm by then is not waited for: its modules may never finish loading.
/// It loses its place to another.
const PATIENCE: Duration = Duration::from_secs(2);

type Slot = Mutex<Option<OwnedSemaphorePermit>>;

/// The place of a room that is being made. Dropping it gives it back, unless another has it already.
pub(super) struct Waking {
    _slot: Arc<Slot>,
}

/// The places, and who has one: those who have had theirs for longest come first.
pub(super) struct WakingPlaces {
    free: Arc<Semaphore>,
    taken: VecDeque<(Instant, Weak<Slot>)>,
}

impl Default for WakingPlaces {
    fn default() -> Self {
        WakingPlaces {
            free: Arc::new(Semaphore::new(AT_ONCE)),
            taken: VecDeque::new(),
        }
    }
}

impl WakingPlaces {
    /// Waits for a free place, or takes that of a room that is stuck.
    pub(super) async fn take(&mut self) -> Waking {
        loop {
            self.taken.retain(|(_, slot)| slot.strong_count() > 0);
            let permit = self.free.clone().acquire_owned();
            let permit = match self.taken.front() {
                None => permit.await,
                Some((since, _)) => {
                    match tokio::time::timeout_at(*since + PATIENCE, permit).await {
                        Ok(permit) => permit,
                        Err(_) => {
                            self.clear_oldest();
                            continue;
                        }
                    }
                }
            };
            let permit = permit.expect("the semaphore is never closed");
            let slot = Arc::new(Mutex::new(Some(permit)));
            self.taken
                .push_back((Instant::now(), Arc::downgrade(&slot)));
            return Waking { _slot: slot };
        }
    }

    fn clear_oldest(&mut self) {
        if let Some((_, slot)) = self.taken.pop_front()
            && let Some(slot) = slot.upgrade()
        {
            drop(slot.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take_all(places: &mut WakingPlaces) -> Vec<Waking> {
        let mut all = Vec::new();
        for _ in 0..AT_ONCE {
            all.push(places.take().await);
        }
        all
    }

    /// Has all places been taken so much earlier.
    fn age(places: &mut WakingPlaces, by: Duration) {
        for (since, _) in &mut places.taken {
            *since -= by;
        }
    }

    async fn is_free(places: &mut WakingPlaces) -> bool {
        let first_look = tokio::time::timeout(Duration::ZERO, places.take());
        first_look.await.is_ok()
    }

    #[tokio::test]
    async fn only_so_many_rooms_are_made_at_once() {
        let mut places = WakingPlaces::default();
        let mut all = take_all(&mut places).await;
        age(&mut places, PATIENCE / 2);
        assert!(!is_free(&mut places).await);
        all.pop();
        assert!(is_free(&mut places).await);
    }

    #[tokio::test]
    async fn rooms_that_are_stuck_lose_their_places() {
        let mut places = WakingPlaces::default();
        let _stuck = take_all(&mut places).await;
        age(&mut places, PATIENCE);
        let _others = take_all(&mut places).await;
        assert!(!is_free(&mut places).await, "the others have time");
    }

    #[tokio::test]
    async fn bound_stays_when_rooms_are_stuck_for_long() {
        let mut places = WakingPlaces::default();
        let mut stuck = Vec::new();
        for _ in 0..10 {
            stuck.extend(take_all(&mut places).await);
            age(&mut places, PATIENCE);
        }
        drop(stuck);
        assert_eq!(places.free.available_permits(), AT_ONCE);
    }
}
