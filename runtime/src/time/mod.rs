//! The wall clock of a server. Whatever reads the time of day asks the [`Clock`] that it was given, so
//! that one decision moves alarms, crons, expirations, cache ages and JavaScript's own time together. What
//! guards the process itself - watchdog, TLS, sockets - measures by clocks that nobody sets.
//!
//! A clock shows the system's time. One that is *adjustable* can be told otherwise: to stand still, to show a
//! later time, to go ahead.

mod hands;
mod timers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use hands::Hands;
pub use timers::{NextTimer, TimerPlace, Timers};

type Read = dyn Fn() -> SystemTime + Send + Sync;

/// Says what time it is. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    read: Box<Read>,
    /// What an adjustable clock has besides.
    adjustable: Option<Adjustable>,
}

struct Adjustable {
    /// It does not show the system's time. Told apart so that reading that takes no lock.
    is_controlled: AtomicBool,
    hands: Mutex<Hands>,
    /// Whoever waits for a time looks again.
    changed: watch::Sender<()>,
    timers: Timers,
}

/// A time that is earlier than the one that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The clock cannot be set back: it shows {shown}, later than {wanted}")]
pub struct Earlier {
    /// In milliseconds since 1970, as is the other.
    pub shown: i64,
    pub wanted: i64,
}

impl Clock {
    /// The system's clock, which can be set while the program runs.
    pub fn system() -> Self {
        Clock::new(SystemTime::now)
    }

    /// A clock that shows what `read` returns.
    pub fn new(read: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Clock(Arc::new(Inner {
            read: Box::new(read),
            adjustable: None,
        }))
    }

    /// A clock that shows the system's time until it is told otherwise.
    pub fn adjustable() -> Self {
        Clock(Arc::new(Inner {
            read: Box::new(SystemTime::now),
            adjustable: Some(Adjustable {
                is_controlled: AtomicBool::new(false),
                hands: Mutex::default(),
                changed: watch::Sender::default(),
                timers: Timers::default(),
            }),
        }))
    }

    pub fn now(&self) -> SystemTime {
        match self.controlled() {
            None => (self.0.read)(),
            Some(adjustable) => {
                let shown = adjustable.hands().wall(|| self.system_ms());
                let since = Duration::from_millis(u64::try_from(shown).unwrap_or(0));
                UNIX_EPOCH + since
            }
        }
    }

    /// Milliseconds since 1970; 0 before.
    pub fn now_ms(&self) -> i64 {
        milliseconds(self.now())
    }

    fn system_ms(&self) -> i64 {
        milliseconds((self.0.read)())
    }

    fn controlled(&self) -> Option<&Adjustable> {
        let adjustable = self.0.adjustable.as_ref()?;
        let is_controlled = adjustable.is_controlled.load(Ordering::Acquire);
        is_controlled.then_some(adjustable)
    }

    /// Whether it can be told to show another time.
    pub fn is_adjustable(&self) -> bool {
        self.0.adjustable.is_some()
    }

    /// Whether it has been told to show another time than the system's.
    pub fn is_controlled(&self) -> bool {
        self.controlled().is_some()
    }

    pub fn is_frozen(&self) -> bool {
        self.controlled()
            .is_some_and(|adjustable| adjustable.hands().is_frozen())
    }

    /// Whether somebody leads it from one event to the next: then nothing else starts what is due.
    pub fn is_led(&self) -> bool {
        self.controlled()
            .is_some_and(|adjustable| adjustable.hands().is_led)
    }

    /// How often somebody has begun to lead it.
    pub fn leads(&self) -> u64 {
        self.controlled()
            .map_or(0, |adjustable| adjustable.hands().leads)
    }

    /// Milliseconds that have passed by it since it began: it never goes back, also when the clock is told
    /// to show the system's time again.
    pub fn passed_ms(&self) -> i64 {
        let adjustable = self.0.adjustable.as_ref();
        adjustable.map_or(0, |adjustable| adjustable.hands().passed())
    }

    /// What JavaScript waits for; `None` if the clock is not adjustable.
    pub fn timers(&self) -> Option<&Timers> {
        self.0
            .adjustable
            .as_ref()
            .map(|adjustable| &adjustable.timers)
    }

    /// Stands still, at the time that it shows or at `at_ms`.
    ///
    /// # Errors
    /// When that is earlier.
    pub fn freeze(&self, at_ms: Option<i64>) -> Result<(), Earlier> {
        let frozen = self.change(|hands, system| {
            if let Some(at_ms) = at_ms {
                hands.set(at_ms, system)?;
            }
            hands.freeze(system);
            Ok(())
        });
        frozen.unwrap_or(Ok(()))
    }

    /// Shows `at_ms`, and stands still or goes on as before.
    ///
    /// # Errors
    /// When that is earlier.
    pub fn set(&self, at_ms: i64) -> Result<(), Earlier> {
        let set = self.change(|hands, system| hands.set(at_ms, system));
        set.unwrap_or(Ok(()))
    }

    /// Shows `at_ms` from here on, earlier or not, and stands still if `is_frozen`. `None` is the system's time.
    /// For a time at which nothing goes by it: what was due before may not be due any more.
    pub fn begin(&self, at_ms: Option<i64>, is_frozen: bool) {
        self.change(|hands, system| {
            let at_ms = at_ms.or(is_frozen.then_some(system));
            hands.begin(at_ms, is_frozen);
        });
    }

    /// Shows the system's time again.
    pub fn resume(&self) {
        self.change(|hands, _| hands.resume());
    }

    /// From here on whoever has called this says what happens; until [`Clock::let_go`].
    pub fn lead(&self) {
        self.change(|hands, _| {
            hands.is_led = true;
            hands.leads += 1;
        });
    }

    pub fn let_go(&self) {
        self.change(|hands, _| hands.is_led = false);
    }

    /// Does nothing to a clock that is not adjustable, which nobody asks for it.
    fn change<T>(&self, change: impl FnOnce(&mut Hands, i64) -> T) -> Option<T> {
        let adjustable = self.0.adjustable.as_ref()?;
        let system = self.system_ms();
        let mut hands = adjustable.hands();
        let changed = change(&mut hands, system);
        let is_controlled = hands.is_controlled();
        adjustable
            .is_controlled
            .store(is_controlled, Ordering::Release);
        drop(hands);
        adjustable.changed.send_replace(());
        Some(changed)
    }

    /// Hears from here on that it is told to show another time.
    pub fn changes(&self) -> Changes {
        let adjustable = self.0.adjustable.as_ref();
        Changes(adjustable.map(|adjustable| adjustable.changed.subscribe()))
    }

    /// How long to wait, at most `longest`, for `at_ms` to come by itself.
    pub fn wait_for(&self, at_ms: i64, longest: Duration) -> Duration {
        if self.is_frozen() || self.is_led() {
            return longest;
        }
        let wait = u64::try_from(at_ms - self.now_ms()).unwrap_or(0);
        Duration::from_millis(wait).min(longest)
    }
}

/// What is heard of changes of a clock.
pub struct Changes(Option<watch::Receiver<()>>);

impl Changes {
    /// Sleeps until there has been one since the last call, for `longest` at most.
    pub async fn wait(&mut self, longest: Duration) {
        match &mut self.0 {
            None => tokio::time::sleep(longest).await,
            Some(changes) => {
                // A clock that is gone does not change any more.
                let _ = tokio::time::timeout(longest, changes.changed()).await;
            }
        }
    }
}

impl Adjustable {
    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

impl Default for Clock {
    fn default() -> Self {
        Clock::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_shows_milliseconds_since_1970_and_never_less_than_none() {
        let at = |ms: u64| Clock::new(move || UNIX_EPOCH + Duration::from_millis(ms));
        assert_eq!(at(1_234).now_ms(), 1_234);
        let before = Clock::new(|| UNIX_EPOCH - Duration::from_secs(5));
        assert_eq!(before.now_ms(), 0);
    }

    #[test]
    fn clock_stands_still_goes_ahead_and_is_never_set_back() {
        let clock = Clock::adjustable();
        assert!(!clock.is_controlled());
        clock.freeze(Some(4_102_444_800_000)).expect("it is later");
        assert!(clock.is_frozen());
        let passed = clock.passed_ms();
        clock.set(4_102_444_800_500).expect("it is later");
        assert_eq!(clock.now_ms(), 4_102_444_800_500);
        assert_eq!(clock.passed_ms(), passed + 500);
        let earlier = Earlier {
            shown: 4_102_444_800_500,
            wanted: 1,
        };
        assert_eq!(clock.set(1), Err(earlier));
        assert_eq!(clock.freeze(Some(1)), Err(earlier));
        assert_eq!(clock.now_ms(), 4_102_444_800_500);
        clock.resume();
        assert!(clock.now_ms() < 4_102_444_800_000);
        assert!(clock.passed_ms() >= passed + 500, "timers keep their place");
    }

    #[test]
    fn clock_begins_at_any_time_and_what_has_passed_never_goes_back() {
        let clock = Clock::adjustable();
        clock.freeze(Some(4_102_444_800_000)).expect("it is later");
        let passed = clock.passed_ms();
        clock.begin(Some(1_000), true);
        assert_eq!((clock.now_ms(), clock.is_frozen()), (1_000, true));
        assert!(clock.passed_ms() >= passed);
        clock.begin(Some(2_000), false);
        assert!((2_000..100_000).contains(&clock.now_ms()) && !clock.is_frozen());
        clock.begin(None, false);
        assert!(!clock.is_controlled());
    }

    #[test]
    fn clock_that_is_set_while_it_goes_goes_on() {
        let clock = Clock::adjustable();
        clock.set(4_102_444_800_000).expect("it is later");
        assert!(!clock.is_frozen());
        let first = clock.now_ms();
        while clock.now_ms() == first {
            std::hint::spin_loop();
        }
        assert!((4_102_444_800_000..4_102_444_900_000).contains(&clock.now_ms()));
    }

    #[test]
    fn what_waits_for_a_time_does_not_wait_by_a_clock_that_stands() {
        let longest = Duration::from_secs(60);
        let clock = Clock::adjustable();
        clock.freeze(None).expect("it is the time that it shows");
        assert_eq!(clock.wait_for(0, longest), longest);
        let goes = Clock::new(|| UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(goes.wait_for(1_500, longest), Duration::from_millis(500));
        assert_eq!(goes.wait_for(500, longest), Duration::ZERO);
    }
}
