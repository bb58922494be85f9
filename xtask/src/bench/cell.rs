//! One measured value: its unit, how it is written, and what else is known of it. Never measures.

use serde::Serialize;

/// What a value is, and which direction is good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    PerSecond,
    Milliseconds,
    Mebibytes,
    Kibibytes,
    Count,
}

impl Unit {
    pub fn higher_is_better(self) -> bool {
        self == Unit::PerSecond
    }

    /// A value with about three digits that tell.
    pub fn show(self, value: f64) -> String {
        match self {
            Unit::PerSecond => format!("{}/s", grouped(value)),
            Unit::Milliseconds if value < 0.001 => format!("{:.2} us", value * 1000.0),
            Unit::Milliseconds if value < 0.01 => format!("{:.1} us", value * 1000.0),
            Unit::Milliseconds if value < 1.0 => format!("{:.0} us", value * 1000.0),
            Unit::Milliseconds => format!("{} ms", short(value)),
            Unit::Mebibytes => format!("{} MiB", short(value)),
            Unit::Kibibytes => format!("{} KiB", short(value)),
            Unit::Count => format!("{value}"),
        }
    }
}

/// A value of one subject.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cell {
    pub value: f64,
    /// The measurements of which `value` is the median, in the order they were made.
    pub rounds: Vec<f64>,
    /// Requests or connections that failed and are not in `value`.
    pub errors: u64,
    /// Shown in brackets after the value.
    pub note: String,
    /// Whatever else was seen.
    pub details: serde_json::Value,
}

impl Cell {
    /// The median of `rounds`, which must not be empty.
    pub fn median(rounds: Vec<f64>) -> Cell {
        Cell {
            value: median(&rounds),
            rounds,
            ..Cell::default()
        }
    }

    pub fn value(value: f64) -> Cell {
        Cell {
            value,
            ..Cell::default()
        }
    }

    pub fn noted(self, note: impl Into<String>) -> Cell {
        Cell {
            note: note.into(),
            ..self
        }
    }

    pub fn failed(self, errors: u64) -> Cell {
        Cell { errors, ..self }
    }

    pub fn detailed(self, details: impl Serialize) -> Cell {
        let details = serde_json::to_value(details).expect("measurements are plain data");
        Cell { details, ..self }
    }
}

/// A value of a subject, or why there is none.
pub type Outcome = Result<Cell, String>;

/// Middle of the values; the mean of the two middle ones when their number is even.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// About three digits.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = if value < 0.0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_the_digits_that_tell() {
        assert_eq!(Unit::Milliseconds.show(0.000_34), "0.34 us");
        assert_eq!(Unit::Milliseconds.show(0.0068), "6.8 us");
        assert_eq!(Unit::Milliseconds.show(0.128), "128 us");
        assert_eq!(Unit::Milliseconds.show(9.444), "9.44 ms");
        assert_eq!(Unit::Milliseconds.show(2443.2), "2,443 ms");
        assert_eq!(Unit::Mebibytes.show(12.34), "12.3 MiB");
        assert_eq!(Unit::PerSecond.show(1_234_567.0), "1,234,567/s");
        assert_eq!(Unit::Kibibytes.show(-1234.0), "-1,234 KiB");
    }

    #[test]
    fn the_median_ignores_one_bad_round() {
        assert_eq!(median(&[3.0, 900.0, 4.0]), 4.0);
        assert_eq!(median(&[3.0, 5.0]), 4.0);
        assert!(median(&[]).is_nan());
    }
}
