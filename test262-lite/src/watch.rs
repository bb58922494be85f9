//! Stops what computes for too long. One thread for all runs of a process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deno_core::v8;

/// How late a stop may be.
const INTERVAL: Duration = Duration::from_millis(50);

/// The clock of one run at a time.
pub struct Watch {
    limit: Duration,
    watched: Arc<Mutex<Option<(Instant, v8::IsolateHandle)>>>,
}

impl Watch {
    /// # Errors
    /// When the system refuses a thread, which lives as long as the process.
    pub fn new(limit: Duration) -> std::io::Result<Self> {
        let watched = Arc::new(Mutex::new(None));
        let seen = watched.clone();
        std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || {
                loop {
                    std::thread::sleep(INTERVAL);
                    if let Some((deadline, handle)) = &*lock(&seen)
                        && Instant::now() > *deadline
                    {
                        handle.terminate_execution();
                    }
                }
            })?;
        Ok(Self { limit, watched })
    }

    /// Starts the clock for an isolate; returns when its time is over.
    pub fn start(&self, handle: v8::IsolateHandle) -> Instant {
        let deadline = Instant::now() + self.limit;
        *lock(&self.watched) = Some((deadline, handle));
        deadline
    }

    /// The run is over.
    pub fn stop(&self) {
        *lock(&self.watched) = None;
    }
}

type Running = Option<(Instant, v8::IsolateHandle)>;

fn lock(watched: &Mutex<Running>) -> MutexGuard<'_, Running> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
