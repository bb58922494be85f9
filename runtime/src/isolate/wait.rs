//! How long an isolate waits for work on another thread that user code takes for its own computing: its
//! events wait with it. Never decides how long is too long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

struct Wait {
    started: Instant,
    is_told: bool,
    /// Of the loop, which sleeps meanwhile.
    waker: Option<Waker>,
}

/// The wait that may be under way.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Option<Wait>>);

impl Waiting {
    fn wait(&self) -> MutexGuard<'_, Option<Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `waker` is that of the isolate's loop.
    pub fn start(&self, waker: Option<Waker>) {
        *self.wait() = Some(Wait {
            started: Instant::now(),
            is_told: false,
            waker,
        });
    }

    pub fn end(&self) {
        *self.wait() = None;
    }

    /// Whether it began before `earliest`; then `act` is called before the loop is woken.
    pub fn interrupt(&self, earliest: Instant, act: impl FnOnce()) {
        let wait = self.wait();
        let Some(wait) = wait.as_ref().filter(|wait| wait.started < earliest) else {
            return;
        };
        act();
        if let Some(waker) = &wait.waker {
            waker.wake_by_ref();
        }
    }

    /// How long it has taken, when it began before `earliest`; once for each.
    pub fn news(&self, earliest: Instant) -> Option<Duration> {
        let mut wait = self.wait();
        let wait = wait
            .as_mut()
            .filter(|wait| !wait.is_told && wait.started < earliest)?;
        wait.is_told = true;
        Some(wait.started.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_of_once_and_interrupted_only_when_it_is_long() {
        let waiting = Waiting::default();
        let before = Instant::now();
        assert!(waiting.news(before).is_none());
        waiting.start(None);
        let mut interrupted = 0;
        waiting.interrupt(before, || interrupted += 1);
        assert!(waiting.news(before).is_none());
        let after = Instant::now() + Duration::from_secs(1);
        assert!(waiting.news(after).is_some());
        assert!(waiting.news(after).is_none());
        waiting.interrupt(after, || interrupted += 1);
        waiting.end();
        waiting.interrupt(after, || interrupted += 1);
        assert_eq!(interrupted, 1);
    }
}
