//! How much is printed, and the time before each text, for those who ask. Owns the form of the time.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Printer;
use crate::machine::Verbosity;

impl Printer {
    /// A printer that says so much, if that is said, and when.
    pub fn saying(&self, verbosity: Option<Verbosity>, has_times: bool) -> Printer {
        Printer {
            verbosity: verbosity.unwrap_or(self.verbosity),
            has_times,
            ..self.clone()
        }
    }

    /// Whether what the program does is printed, as text.
    pub fn shows_log(&self) -> bool {
        !self.is_json && self.verbosity >= Verbosity::Info
    }

    /// A text, with the time before it if that is wanted.
    pub(super) fn timed(&self, text: String) -> String {
        if !self.has_times {
            return text;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let aside = self.out_styles.aside;
        let time = time_of_day(since.map_or(0, |since| since.as_millis()));
        format!("{aside}{time}{aside:#} {text}")
    }
}

/// Hours, minutes, seconds and milliseconds of milliseconds since 1970.
fn time_of_day(milliseconds: u128) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    format!("{hour:02}:{minute:02}:{second:02}.{rest:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_day() {
        assert_eq!(time_of_day(0), "00:00:00.000");
        assert_eq!(time_of_day(1_700_000_000_007), "22:13:20.007");
    }
}
