//! Turns to make an isolate: more at once than there are cores would make each slower, and what somebody waits
//! for comes first.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// Whoever has just started is about to be asked something, or another is about to start.
const PEACE: Duration = Duration::from_millis(3);
/// What starts may wait for something itself; nobody is put off by it for longer.
const PATIENCE: Duration = Duration::from_millis(100);

pub struct Turns {
    free: Semaphore,
    /// How many rooms, and workers, somebody waits for.
    starting: watch::Sender<usize>,
}

/// Something that somebody waits for is on its way, until this is dropped.
pub struct Starting(Arc<Turns>);

impl Turns {
    /// As many as there are cores.
    pub fn for_each_core() -> Self {
        Turns {
            free: Semaphore::new(cores()),
            starting: watch::Sender::new(0),
        }
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub async fn take(&self) -> SemaphorePermit<'_> {
        let turn = self.free.acquire().await;
        turn.expect("the semaphore is never closed")
    }

    /// The same for an isolate that nobody waits for.
    pub async fn take_in_peace(&self) -> SemaphorePermit<'_> {
        // Whether peace came or not: to have a spare at last is better than never.
        let _ = tokio::time::timeout(PATIENCE, self.peace()).await;
        self.take().await
    }

    /// Returns when nothing has been starting for a moment.
    async fn peace(&self) {
        let mut starting = self.starting.subscribe();
        loop {
            // The sender is here.
            let _ = starting.wait_for(|count| *count == 0).await;
            let disturbed = starting.changed();
            if tokio::time::timeout(PEACE, disturbed).await.is_err() {
                return;
            }
        }
    }

    /// Puts off what nobody waits for.
    pub fn begin(self: &Arc<Self>) -> Starting {
        self.starting.send_modify(|count| *count += 1);
        Starting(self.clone())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.starting.send_modify(|count| *count -= 1);
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(test: impl Future<Output = ()>) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().build();
        runtime.expect("a runtime for the test").block_on(test);
    }

    #[test]
    fn what_nobody_waits_for_waits_until_nothing_starts() {
        run(async {
            let turns = Arc::new(Turns::for_each_core());
            let (first, second) = (turns.begin(), turns.begin());
            let mut peace = std::pin::pin!(turns.peace());
            let mut is_there = async |after| {
                let look = tokio::time::timeout(after, peace.as_mut());
                look.await.is_ok()
            };
            assert!(!is_there(PEACE * 2).await);
            drop(first);
            assert!(!is_there(PEACE * 2).await);
            assert!(turns.free.available_permits() > 0, "a room has its turn");
            drop(second);
            assert!(
                !is_there(Duration::ZERO).await,
                "another may be about to start"
            );
            peace.await;
        });
    }

    #[test]
    fn what_starts_for_long_puts_off_nobody_for_ever() {
        run(async {
            let turns = Arc::new(Turns::for_each_core());
            let _starting = turns.begin();
            let begun = tokio::time::Instant::now();
            let _turn = turns.take_in_peace().await;
            assert!(begun.elapsed() >= PATIENCE);
        });
    }

    #[test]
    fn waiting_for_a_turn_to_make_an_isolate_leaves_the_thread_to_others() {
        run(async {
            let turns = Turns::for_each_core();
            let mut taken = Vec::new();
            let first_look = || tokio::time::timeout(Duration::ZERO, turns.take());
            while let Ok(turn) = first_look().await {
                taken.push(turn);
            }
            assert_eq!(taken.len(), cores());
            taken.pop();
            assert!(first_look().await.is_ok());
        });
    }
}
