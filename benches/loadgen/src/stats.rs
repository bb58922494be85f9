//! The time window that counts, latencies, and the report made of them. Never touches a socket.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::error::LoadError;

/// How long a load waits for a silent server before it reports that instead of numbers.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long to load: first unheeded, then counted.
#[derive(Clone, Copy)]
pub struct Plan {
    pub warm_up: Duration,
    pub counted: Duration,
}

impl Plan {
    /// Fixes the plan to the clock, once every connection stands. Says so in a line of its own: the benchmark looks at
    /// the server's processor time from there on.
    pub fn begin(self) -> Window {
        // Nobody listens to a report either when standard output is gone.
        let _ = writeln!(std::io::stdout(), "begun");
        let from = Instant::now() + self.warm_up;
        Window {
            from,
            until: from + self.counted,
        }
    }
}

/// The part of a load whose results count.
#[derive(Clone, Copy)]
pub struct Window {
    from: Instant,
    until: Instant,
}

impl Window {
    pub fn counts(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }

    pub fn is_over(&self, at: Instant) -> bool {
        at >= self.until
    }

    pub fn length(&self) -> Duration {
        self.until - self.from
    }

    /// When a load that is still waiting for an answer gives up.
    pub fn give_up(&self) -> Instant {
        self.until + PATIENCE
    }
}

/// Results of one load, collected as they come.
#[derive(Default)]
pub struct Tally {
    micros: Vec<u32>,
    unheeded: u64,
    errors: u64,
    last_error: Option<LoadError>,
}

impl Tally {
    /// Latencies over 71 minutes would saturate.
    pub fn done(&mut self, latency: Duration) {
        self.micros
            .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// One outside of the time that counts.
    pub fn unheeded(&mut self) {
        self.unheeded += 1;
    }

    pub fn failed(&mut self, error: LoadError) {
        self.errors += 1;
        self.last_error = Some(error);
    }

    /// Whether so much fails that going on tells nothing more.
    pub fn is_hopeless(&self) -> bool {
        self.errors >= 200
    }

    /// Closes the books over `elapsed`; `set_up` is the time it took to open the connections.
    ///
    /// # Errors
    /// The last error, when not a single result was good.
    pub fn report(mut self, elapsed: Duration, set_up: Duration) -> Result<Report, LoadError> {
        if self.micros.is_empty() {
            return Err(self.last_error.unwrap_or(LoadError::Silence(elapsed)));
        }
        self.micros.sort_unstable();
        Ok(Report {
            count: self.micros.len(),
            handled: self.micros.len() as u64 + self.unheeded,
            per_second: self.micros.len() as f64 / elapsed.as_secs_f64(),
            p50_us: percentile(&self.micros, 50),
            p99_us: percentile(&self.micros, 99),
            max_us: percentile(&self.micros, 100),
            elapsed_ms: elapsed.as_secs_f64() * 1000.0,
            set_up_ms: set_up.as_secs_f64() * 1000.0,
            errors: self.errors,
            last_error: self.last_error.map(|error| error.to_string()),
        })
    }
}

/// What one load found; times in the unit of their name.
#[derive(Serialize)]
pub struct Report {
    count: usize,
    /// With those of the warm-up: all that the server has worked for.
    handled: u64,
    per_second: f64,
    p50_us: u32,
    p99_us: u32,
    max_us: u32,
    elapsed_ms: f64,
    set_up_ms: f64,
    errors: u64,
    last_error: Option<String>,
}

/// Nearest-rank percentile of a sorted, non-empty list.
fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50), 50);
        assert_eq!(percentile(&hundred, 99), 99);
        assert_eq!(percentile(&hundred, 100), 100);
        assert_eq!(percentile(&[7], 50), 7);
        assert_eq!(percentile(&[1, 2, 3], 50), 2);
    }

    #[test]
    fn the_warm_up_does_not_count() {
        let window = Plan {
            warm_up: Duration::from_secs(2),
            counted: Duration::from_secs(1),
        }
        .begin();
        let start = window.from - Duration::from_secs(2);
        assert!(!window.counts(start + Duration::from_secs(1)));
        assert!(window.counts(start + Duration::from_millis(2500)));
        assert!(!window.counts(start + Duration::from_secs(3)));
        assert!(window.is_over(start + Duration::from_secs(3)));
    }

    #[test]
    fn a_load_without_one_good_result_is_an_error() {
        let mut tally = Tally::default();
        tally.failed(LoadError::Status {
            expected: 200,
            got: 500,
        });
        let error = tally.report(Duration::from_secs(1), Duration::ZERO).err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("Expected HTTP status `200`, got: 500")
        );
    }

    #[test]
    fn the_rate_is_per_second_of_the_window() {
        let mut tally = Tally::default();
        (0..10).for_each(|_| tally.done(Duration::from_micros(5)));
        (0..3).for_each(|_| tally.unheeded());
        tally.failed(LoadError::Closed);
        let report = tally
            .report(Duration::from_millis(500), Duration::ZERO)
            .expect("ten good ones");
        assert_eq!(
            (report.count, report.per_second, report.errors),
            (10, 20.0, 1)
        );
        assert_eq!(report.handled, 13);
    }
}
