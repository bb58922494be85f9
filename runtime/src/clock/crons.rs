//! A project's crons on a clock (specification, section 7.2): which times an expression names, and the
//! task that runs them. Rooms' alarms are `alarms`' work; `/__scheduled__` is the router's.
//!
//! Expressions are those of Cloudflare's cron triggers, where such projects are deployed: five fields,
//! UTC, days of the week counted from 1 for Sunday, `L`, `W` and `#`.

use std::time::Duration;

use chrono::DateTime;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::call::CronRun;
use crate::time::Clock;

/// The wall clock is looked at so often: it can be set, and it goes on while a suspended machine's
/// timers stand still.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

const FIELDS: usize = 5;

/// Why an expression names no times.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error("it needs five fields (minute, hour, day, month, day of the week)")]
    Fields,
    #[error("{0}")]
    Invalid(String),
    #[error("there is no such time")]
    Never,
}

/// Makes sure that an expression can be run.
pub fn check_cron(expression: &str) -> Result<(), CronError> {
    Schedule::parse(expression, Clock::system().now_ms()).map(drop)
}

struct Schedule(Cron);

impl Schedule {
    fn parse(expression: &str, now: i64) -> Result<Self, CronError> {
        // The parser knows shorthands such as `@daily`, which are one field.
        if expression.split_whitespace().count() != FIELDS {
            return Err(CronError::Fields);
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .alternative_weekdays(true)
            // `5/15` is allowed where these expressions come from.
            .sloppy_ranges(true)
            .build();
        let cron = parser
            .parse(expression)
            .map_err(|error| CronError::Invalid(error.to_string()))?;
        let schedule = Schedule(cron);
        match schedule.next(now) {
            Some(_) => Ok(schedule),
            None => Err(CronError::Never),
        }
    }

    /// The first time after `now`, both in milliseconds since 1970.
    fn next(&self, now: i64) -> Option<i64> {
        let now = DateTime::from_timestamp_millis(now)?;
        let next = self.0.find_next_occurrence(&now, false).ok()?;
        Some(next.timestamp_millis())
    }
}

/// The first time after `after_ms` at which one of `crons`, names and expressions, is due, and which of them.
pub fn next_of(crons: &[(String, String)], after_ms: i64) -> Option<(i64, usize)> {
    let time = |(_, expression): &(String, String)| {
        let schedule = Schedule::parse(expression, after_ms).ok()?;
        schedule.next(after_ms)
    };
    let times = crons.iter().enumerate();
    times.filter_map(|(at, cron)| Some((time(cron)?, at))).min()
}

/// Calls `start` with every cron of `crons`, names and expressions, when it is due by a clock that is
/// `ahead_ms` ahead of the system's, forever. A cron whose times passed while the machine was
/// suspended runs once. Invalid expressions are skipped: [`check_cron`] has reported them.
pub async fn run(
    crons: Vec<(String, String)>,
    clock: Clock,
    ahead_ms: i64,
    start: impl Fn(CronRun),
) {
    let hands = clock;
    let mut changes = hands.changes();
    let clock = || hands.now_ms() + ahead_ms;
    let parse = |(name, expression): (String, String)| {
        let schedule = Schedule::parse(&expression, clock()).ok()?;
        Some((name, expression, schedule))
    };
    let crons: Vec<_> = crons.into_iter().filter_map(parse).collect();
    loop {
        let now = clock();
        let times: Vec<_> = crons.iter().map(|(.., times)| times.next(now)).collect();
        let Some(due) = times.iter().flatten().min().copied() else {
            return;
        };
        let leads = hands.leads();
        while due > clock() || hands.is_led() {
            changes
                .wait(hands.wait_for(due - ahead_ms, LONGEST_SLEEP))
                .await;
        }
        if hands.leads() != leads {
            // Whoever led the clock has run what was due on the way.
            continue;
        }
        for ((name, expression, _), time) in crons.iter().zip(times) {
            if time == Some(due) {
                let run = CronRun {
                    name: name.clone(),
                    expression: expression.clone(),
                    at_ms: due,
                };
                start(run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first `count` times after noon of 12 March 2025, a Wednesday.
    fn times(expression: &str, count: usize) -> Vec<String> {
        let mut now = 1_741_780_800_000;
        let schedule = Schedule::parse(expression, now).expect("is an expression");
        let mut next = || {
            now = schedule.next(now).expect("has a next time");
            let time = DateTime::from_timestamp_millis(now).expect("is a time");
            time.format("%a %Y-%m-%d %H:%M:%S").to_string()
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn minutes_and_hours() {
        assert_eq!(
            times("*/30 * * * *", 2),
            ["Wed 2025-03-12 12:30:00", "Wed 2025-03-12 13:00:00"]
        );
        assert_eq!(
            times("5/20 1,3 * * *", 4),
            [
                "Thu 2025-03-13 01:05:00",
                "Thu 2025-03-13 01:25:00",
                "Thu 2025-03-13 01:45:00",
                "Thu 2025-03-13 03:05:00"
            ]
        );
    }

    #[test]
    fn days_of_the_week_count_from_sunday_as_one() {
        assert_eq!(times("0 17 * * 1", 1), ["Sun 2025-03-16 17:00:00"]);
        assert_eq!(times("0 17 * * sun", 1), ["Sun 2025-03-16 17:00:00"]);
        assert_eq!(
            times("10 7 * * 2-6", 3),
            [
                "Thu 2025-03-13 07:10:00",
                "Fri 2025-03-14 07:10:00",
                "Mon 2025-03-17 07:10:00"
            ]
        );
        assert_eq!(times("10 7 * * mon-FRI", 3), times("10 7 * * 2-6", 3));
        assert_eq!(times("0 0 * * 7", 1), ["Sat 2025-03-15 00:00:00"]);
    }

    #[test]
    fn last_days_nearest_weekdays_and_numbered_ones() {
        assert_eq!(times("0 18 * * 6L", 1), ["Fri 2025-03-28 18:00:00"]);
        assert_eq!(times("0 18 * * friL", 1), ["Fri 2025-03-28 18:00:00"]);
        assert_eq!(times("59 23 L * *", 1), ["Mon 2025-03-31 23:59:00"]);
        assert_eq!(times("0 9 15W * *", 1), ["Fri 2025-03-14 09:00:00"]);
        assert_eq!(times("0 9 * * 2#2", 1), ["Mon 2025-04-14 09:00:00"]);
        assert_eq!(times("0 9 * dec mon#1", 1), ["Mon 2025-12-01 09:00:00"]);
        assert_eq!(times("59 23 LW * *", 3)[2], "Fri 2025-05-30 23:59:00");
    }

    #[test]
    fn day_of_the_month_or_of_the_week_is_enough() {
        assert_eq!(
            times("0 0 15 * mon", 2),
            ["Sat 2025-03-15 00:00:00", "Mon 2025-03-17 00:00:00"]
        );
    }

    #[test]
    fn what_names_no_time_is_refused() {
        for expression in ["", "* * * *", "* * * * * *", "@daily", "@hourly * * * *"] {
            assert!(check_cron(expression).is_err(), "{expression}");
        }
        for expression in [
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
        ] {
            let error = check_cron(expression).expect_err(expression);
            assert!(
                matches!(error, CronError::Invalid(_)),
                "{expression}: {error}"
            );
        }
        for expression in ["a * * * *", "* * * * 0", "*/0 * * * *", "5-1 * * * *"] {
            assert!(check_cron(expression).is_err(), "{expression}");
        }
        assert_eq!(check_cron("0 0 30 2 *"), Err(CronError::Never));
    }

    #[test]
    fn expressions_of_the_original_are_accepted() {
        for expression in [
            "* * * * *",
            "*/1 * * * *",
            "0 0 1 1 *",
            "0 */6 * * 1-5",
            "0 0 29 2 *",
        ] {
            assert_eq!(check_cron(expression), Ok(()), "{expression}");
        }
    }
}
