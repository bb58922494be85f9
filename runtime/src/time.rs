//! The wall clock of a server. Whatever reads the time of day asks the [`Clock`] that it was given, so
//! that one decision moves alarms, crons, expirations and cache ages together. Durations are measured
//! elsewhere, by clocks that nobody sets.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

type Read = dyn Fn() -> SystemTime + Send + Sync;

/// Says what time it is. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<Read>);

impl Clock {
    /// The system's clock, which can be set while the program runs.
    pub fn system() -> Self {
        Clock::new(SystemTime::now)
    }

    /// A clock that shows what `read` returns.
    pub fn new(read: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Clock(Arc::new(read))
    }

    pub fn now(&self) -> SystemTime {
        (self.0)()
    }

    /// Milliseconds since 1970; 0 before.
    pub fn now_ms(&self) -> i64 {
        let since = self.now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::system()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn clock_shows_milliseconds_since_1970_and_never_less_than_none() {
        let at = |ms: u64| Clock::new(move || UNIX_EPOCH + Duration::from_millis(ms));
        assert_eq!(at(1_234).now_ms(), 1_234);
        let before = Clock::new(|| UNIX_EPOCH - Duration::from_secs(5));
        assert_eq!(before.now_ms(), 0);
    }
}
