//! Turns to make an isolate: more at once than there are cores would make each slower.

use std::thread;

use tokio::sync::{Semaphore, SemaphorePermit};

pub struct Turns(Semaphore);

impl Turns {
    /// As many as there are cores.
    pub fn for_each_core() -> Self {
        Turns(Semaphore::new(cores()))
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub async fn take(&self) -> SemaphorePermit<'_> {
        let turn = self.0.acquire().await;
        turn.expect("the semaphore is never closed")
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn waiting_for_a_turn_to_make_an_isolate_leaves_the_thread_to_others() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().build();
        let runtime = runtime.expect("a runtime for the test");
        runtime.block_on(async {
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
