//! One thread that looks at every isolate now and then and condemns those that compute for too long,
//! and, when the machine's memory runs out, the one that is likely to be the cause. The same look tells
//! when the process has fallen quiet. It ends when the last `Watchdog` is dropped.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::isolate::{Health, Verdict};
use crate::memory;
use crate::quiet::Quiet;

const INTERVAL: Duration = Duration::from_millis(250);
/// How long the memory of an isolate that was condemned may take to come back.
const RELIEF: Duration = Duration::from_secs(3);

/// The isolates that are watched.
pub struct Watchdog {
    watched: Mutex<Vec<(u64, Health)>>,
    next: std::sync::atomic::AtomicU64,
}

/// Keeps an isolate watched until it is dropped.
pub struct Watched {
    watchdog: Arc<Watchdog>,
    id: u64,
}

impl Watchdog {
    /// Starts the thread. `limit` is the longest time that an isolate may compute.
    pub fn start(limit: Duration) -> std::io::Result<Arc<Self>> {
        let watchdog = Arc::new(Watchdog {
            watched: Mutex::default(),
            next: 0.into(),
        });
        let weak: Weak<Watchdog> = Arc::downgrade(&watchdog);
        thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                let mut quiet = Quiet::default();
                let ceiling = memory::ceiling();
                let mut relieved = Instant::now();
                loop {
                    thread::sleep(INTERVAL);
                    let Some(watchdog) = weak.upgrade() else {
                        return;
                    };
                    quiet.look();
                    let Some(earliest) = Instant::now().checked_sub(limit) else {
                        continue;
                    };
                    for (_, health) in watchdog.list().iter() {
                        health.check(earliest);
                        health.measure();
                    }
                    let scarce = ceiling
                        .zip(memory::resident())
                        .is_some_and(|(most, now)| now > most);
                    if scarce && relieved.elapsed() > RELIEF && watchdog.relieve() {
                        relieved = Instant::now();
                    }
                }
            })?;
        Ok(watchdog)
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Health)>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Condemns the isolate that has been computing for longest, as it is the likeliest to have taken the
    /// memory: much of what an isolate can make others hold for it is in nobody's account. Answers
    /// whether there was one.
    fn relieve(&self) -> bool {
        let list = self.list();
        let computing = list
            .iter()
            .filter_map(|(_, health)| health.computing_since().map(|since| (since, health)));
        let longest = computing.min_by_key(|(since, _)| *since);
        longest
            .map(|(_, health)| health.condemn(Verdict::OutOfMemory))
            .is_some()
    }

    pub fn watch(self: &Arc<Self>, health: Health) -> Watched {
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.list().push((id, health));
        Watched {
            watchdog: self.clone(),
            id,
        }
    }

    /// Stops every isolate, because the process ends.
    pub fn stop_all(&self) {
        for (_, health) in self.list().iter() {
            health.condemn(Verdict::Shutdown);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watchdog.list().retain(|(id, _)| *id != self.id);
    }
}
