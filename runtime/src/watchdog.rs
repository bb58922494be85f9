//! One thread that looks at every isolate now and then, tells of those that compute for long, and
//! condemns those that do for too long, or with code that has been replaced,
//! and, when the machine's memory runs out, the one that is likely to be the cause. The same look tells
//! when the process has fallen quiet. It ends when the last `Watchdog` is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::isolate::{Health, Verdict};
use crate::memory;
use crate::project::{Event, Project, Reporter};
use crate::quiet::Quiet;

const INTERVAL: Duration = Duration::from_millis(250);
/// How often what was condemned and goes on is stopped again.
const AGAIN: Duration = Duration::from_millis(10);
/// How long an isolate may go on after its verdict before another takes its place.
const LOST: Duration = Duration::from_secs(5);
/// How long the memory of an isolate that was condemned may take to come back.
const RELIEF: Duration = Duration::from_secs(3);
/// Turns longer than this are reported, and stopped if newer code is waiting.
const LONG: Duration = Duration::from_secs(2);
/// How long such a turn has to end after the new code has come.
const GRACE: Duration = Duration::from_secs(1);

/// The isolates that are watched.
pub struct Watchdog {
    watched: Mutex<Vec<(u64, Health)>>,
    /// The code that isolates should run, and since when.
    current: Mutex<Option<(Arc<Project>, Instant)>>,
    reporter: Arc<dyn Reporter>,
    next: std::sync::atomic::AtomicU64,
}

/// Waits for the next look; what is condemned and goes on is stopped again meanwhile. `false` when
/// there is nothing to watch any more.
fn pause(watchdog: &Weak<Watchdog>) -> bool {
    let until = Instant::now() + INTERVAL;
    loop {
        let goes_on = match watchdog.upgrade() {
            Some(watchdog) => watchdog.stop_again(),
            None => return false,
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        thread::sleep(if goes_on { left.min(AGAIN) } else { left });
    }
}

/// Keeps an isolate watched until it is dropped.
pub struct Watched {
    watchdog: Arc<Watchdog>,
    id: u64,
}

impl Watchdog {
    /// Starts the thread. `limit` is the longest time that an isolate may compute.
    pub fn start(limit: Duration, reporter: Arc<dyn Reporter>) -> std::io::Result<Arc<Self>> {
        let watchdog = Arc::new(Watchdog {
            watched: Mutex::default(),
            current: Mutex::default(),
            reporter,
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
                    if !pause(&weak) {
                        return;
                    }
                    let Some(watchdog) = weak.upgrade() else {
                        return;
                    };
                    quiet.look();
                    watchdog.look(limit);
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

    /// Says that `project` is the code to run from now on.
    pub fn renew(&self, project: &Arc<Project>) {
        *self.current() = Some((project.clone(), Instant::now()));
    }

    fn look(&self, limit: Duration) {
        // Not possible in the first moments of the machine, when nothing can have taken long.
        let ago = |time| Instant::now().checked_sub(time);
        let (Some(too_early), Some(long_ago)) = (ago(limit), ago(LONG)) else {
            return;
        };
        let due = |since: &Instant| since.elapsed() > GRACE;
        let replaced = self.current().clone().filter(|(_, since)| due(since));
        let mut news = Vec::new();
        for (_, health) in self.list().iter() {
            news.extend(health.news(long_ago));
            news.extend(health.waiting_news(long_ago));
            health.stop(Verdict::TooLong, too_early);
            health.stop_waiting(too_early);
            if let Some((project, _)) = &replaced
                && health.is_outdated(project)
            {
                health.stop(Verdict::Outdated, long_ago);
            }
            health.look();
            news.extend(health.give_up(LOST));
        }
        // The list is free again: a report may wait for the terminal.
        for text in news {
            self.reporter.report(Event::Notice(text));
        }
    }

    /// Whether there is an isolate that goes on after its verdict; each is stopped again.
    fn stop_again(&self) -> bool {
        let list = self.list();
        let going_on = list.iter().filter(|(_, health)| health.stop_again());
        going_on.count() > 0
    }

    fn current(&self) -> MutexGuard<'_, Option<(Arc<Project>, Instant)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self) -> MutexGuard<'_, Vec<(u64, Health)>> {
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
