//! One thread that looks at every isolate now and then, reports those that compute for long, and
//! condemns those that do for too long, or with code that has been replaced,
//! and, when memory runs out, the one that is likely to be the cause. It looks at once when an isolate
//! has taken much. The same look tells when the process has fallen quiet. It ends when the last
//! `Watchdog` is dropped.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::quiet::Quiet;
use super::relief::Relief;
use crate::isolate::{Health, Verdict};
use crate::memory::{Gauge, account};
use crate::project::{Event, Limits, Project, Reporter, RoomAddress};

const INTERVAL: Duration = Duration::from_millis(250);
/// Looks at isolates that are left out in a row while the process stands still: none of them can compute. Each look
/// reads memory of every room, which thousands of rooms at rest would have a core do all the time.
const LEFT_OUT: u32 = 15;
/// How often what was condemned and goes on is stopped again.
const AGAIN: Duration = Duration::from_millis(10);
/// How long an isolate may go on after its verdict before another takes its place.
const LOST: Duration = Duration::from_secs(5);
/// How long others are spared while what was condemned for its memory still has it.
const OWED: Duration = Duration::from_secs(15);
/// How often the process's memory is looked at when much of it is in use: a room can take 100 MB in it.
const CLOSE: Duration = Duration::from_millis(20);
/// An isolate with less than this part of what the process may have is not taken for the cause of a
/// shortage by what it has.
const LARGE: u64 = 8;
/// And with less than this part it is not worth resetting.
const WORTH: u64 = 64;
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
    gauge: Arc<Gauge>,
    /// Lets go what nobody needs at the moment.
    let_go: OnceLock<Box<dyn Fn() + Send + Sync>>,
    next: std::sync::atomic::AtomicU64,
}

/// Waits for the next look. Meanwhile what is condemned and goes on is stopped again, and memory is looked
/// at as often as there is reason to. `false` when there is nothing to watch any more.
fn pause(watchdog: &Weak<Watchdog>, relief: &mut Relief) -> bool {
    let until = Instant::now() + INTERVAL;
    loop {
        let Some(watchdog) = watchdog.upgrade() else {
            return false;
        };
        let goes_on = watchdog.stop_again();
        if account::is_called() {
            watchdog.look_inside();
            watchdog.replace_lost();
        }
        let is_close = relief.look(&watchdog);
        drop(watchdog);
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        let step = match (goes_on, is_close) {
            (true, _) => left.min(AGAIN),
            (false, true) => left.min(CLOSE),
            (false, false) => left,
        };
        thread::park_timeout(step);
    }
}

/// Keeps an isolate watched until it is dropped.
pub struct WatchGuard {
    watchdog: Arc<Watchdog>,
    id: u64,
}

impl Watchdog {
    /// A watchdog without its thread: it looks at nothing by itself.
    pub(super) fn new(reporter: Arc<dyn Reporter>) -> Arc<Self> {
        Arc::new(Watchdog {
            watched: Mutex::default(),
            current: Mutex::default(),
            reporter,
            gauge: Arc::default(),
            let_go: OnceLock::new(),
            next: 0.into(),
        })
    }

    /// Starts the thread. Memory has been looked at when this returns.
    pub fn start(limits: &Limits, reporter: Arc<dyn Reporter>) -> std::io::Result<Arc<Self>> {
        let watchdog = Watchdog::new(reporter);
        let mut relief = Relief::new(limits.memory);
        relief.look(&watchdog);
        let weak: Weak<Watchdog> = Arc::downgrade(&watchdog);
        let longest = limits.turn;
        thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                account::watch();
                let mut quiet = Quiet::default();
                let mut left_out = 0;
                while pause(&weak, &mut relief) {
                    let Some(watchdog) = weak.upgrade() else {
                        return;
                    };
                    if quiet.look() && left_out < LEFT_OUT {
                        left_out += 1;
                        continue;
                    }
                    left_out = 0;
                    watchdog.look(longest);
                }
            })?;
        Ok(watchdog)
    }

    /// The figures of the process's memory, as the latest look found them.
    pub fn gauge(&self) -> Arc<Gauge> {
        self.gauge.clone()
    }

    /// What is called when memory is short, before an isolate is condemned. The first one stays.
    pub fn when_short(&self, let_go: Box<dyn Fn() + Send + Sync>) {
        let _ = self.let_go.set(let_go);
    }

    /// Says that `project` is the code to run from now on.
    pub fn renew(&self, project: &Arc<Project>) {
        *self.current() = Some((project.clone(), Instant::now()));
    }

    /// Where the isolate of a room computes (`None`: of static handlers), as it was looked at last. Rooms of
    /// one name in several spaces are not told apart.
    pub fn place_of(&self, room: Option<&RoomAddress>) -> Option<String> {
        let list = self.list();
        let mut places = list.iter().map(|(_, health)| health.computes_at(room));
        places.find_map(|place| place)
    }

    /// Has every isolate look where it is.
    pub fn ask_where(&self) {
        for (_, health) in self.list().iter() {
            health.seek();
        }
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
        }
        // The list is free again: a report may wait for the terminal.
        for text in news {
            self.reporter.report(Event::Notice(text));
        }
        self.replace_lost();
    }

    /// Puts others in the place of isolates that do not come back.
    fn replace_lost(&self) {
        if !Health::is_any_condemned() {
            return;
        }
        let news: Vec<_> = {
            let list = self.list();
            let lost = list.iter().filter_map(|(_, health)| health.give_up(LOST));
            lost.collect()
        };
        for text in news {
            self.reporter.report(Event::Notice(text));
        }
    }

    /// Has every isolate look at its memory.
    fn look_inside(&self) {
        for (_, health) in self.list().iter() {
            health.look();
        }
    }

    /// Whether there is an isolate that goes on after its verdict; each is stopped again.
    fn stop_again(&self) -> bool {
        if !Health::is_any_condemned() {
            return false;
        }
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

    /// Bytes of the isolates that have been condemned for their memory and are not gone, if there are any.
    pub(super) fn owed_memory(&self) -> Option<u64> {
        if !Health::is_any_condemned() {
            return None;
        }
        let list = self.list();
        let owing = list.iter().filter(|(_, health)| health.owes_memory(OWED));
        let bytes = owing.map(|(_, health)| health.memory());
        bytes.reduce(u64::saturating_add)
    }

    /// Has what is idle go.
    pub(super) fn let_go(&self) {
        if let Some(let_go) = self.let_go.get() {
            let_go();
        }
    }

    /// Condemns the isolate that has most memory. When none has much, what was taken is in nobody's
    /// account, and it is the one that has been computing for longest that is likely to have taken it; or
    /// many have some. Returns whether there was one.
    pub(super) fn relieve(&self, ceiling: u64) -> bool {
        let list = self.list();
        let healthy = list
            .iter()
            .map(|(_, health)| health)
            .filter(|health| health.verdict() == Verdict::Healthy);
        let largest = healthy
            .clone()
            .map(|health| (health.memory(), health))
            .max_by_key(|(bytes, _)| *bytes);
        let with_at_least = |part| {
            largest
                .filter(|(bytes, _)| *bytes > ceiling / part)
                .map(|(_, health)| health)
        };
        let longest = || {
            healthy
                .filter_map(|health| Some((health.computing_since()?, health)))
                .min_by_key(|(since, _)| *since)
                .map(|(_, health)| health)
        };
        let small = || longest().or_else(|| with_at_least(WORTH));
        // What is lost is a cause that nothing ends.
        let is_known = list.iter().any(|(_, health)| health.is_lost());
        let cause = with_at_least(LARGE).or_else(|| (!is_known).then(small).flatten());
        cause
            .map(|health| health.condemn_for_shortage(ceiling))
            .is_some()
    }

    pub fn watch(self: &Arc<Self>, health: Health) -> WatchGuard {
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.list().push((id, health));
        WatchGuard {
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

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.watchdog.list().retain(|(id, _)| *id != self.id);
    }
}
