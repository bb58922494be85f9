//! One line of the result: what was measured for each subject, the ratio, and the budget it is held
//! against. Owns how values are written. Never measures.

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
    fn higher_is_better(self) -> bool {
        self == Unit::PerSecond
    }

    /// A value with about three digits that tell.
    pub fn show(self, value: f64) -> String {
        match self {
            Unit::PerSecond => format!("{}/s", grouped(value)),
            Unit::Milliseconds if value < 1.0 => format!("{:.0} us", value * 1000.0),
            Unit::Milliseconds => format!("{} ms", short(value)),
            Unit::Mebibytes => format!("{} MiB", short(value)),
            Unit::Kibibytes => format!("{} KiB", short(value)),
            Unit::Count => format!("{value}"),
        }
    }
}

/// What partyrun promises of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// At least so many times better than the original.
    Times(f64),
    /// At most this value, in the row's unit, whatever the original does.
    AtMost(f64),
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

/// What a row is about, before anything is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Topic {
    /// Stable name, for programs that compare reports.
    pub id: String,
    pub label: String,
    pub unit: Unit,
    pub budget: Option<Budget>,
}

impl Topic {
    pub fn new(id: impl Into<String>, label: impl Into<String>, unit: Unit) -> Topic {
        Topic {
            id: id.into(),
            label: label.into(),
            unit,
            budget: None,
        }
    }

    pub fn budget(self, budget: Budget) -> Topic {
        Topic {
            budget: Some(budget),
            ..self
        }
    }
}

/// A measured topic; one outcome for each subject, partyrun first.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    #[serde(flatten)]
    pub topic: Topic,
    pub outcomes: Vec<Outcome>,
}

impl Row {
    /// How many times better partyrun is; below 1 it is worse. `None` when one of the two is missing
    /// or zero, and for counts of failures, where a ratio says nothing.
    pub fn ratio(&self) -> Option<f64> {
        let [Ok(ours), Ok(theirs)] = self.outcomes.as_slice() else {
            return None;
        };
        let (better, worse) = match self.topic.unit.higher_is_better() {
            true => (ours.value, theirs.value),
            false => (theirs.value, ours.value),
        };
        (self.topic.unit != Unit::Count && better > 0.0 && worse > 0.0).then(|| better / worse)
    }

    /// Whether the subject with this index gave a number and nothing of it failed.
    pub fn is_sound(&self, subject: usize) -> bool {
        matches!(self.outcomes.get(subject), Some(Ok(cell)) if cell.errors == 0)
    }

    /// Whether the budget is met; `None` when there is none or it cannot be told.
    pub fn is_met(&self) -> Option<bool> {
        match self.topic.budget? {
            Budget::Times(times) => self.ratio().map(|ratio| ratio >= times),
            Budget::AtMost(limit) => self
                .outcomes
                .first()?
                .as_ref()
                .ok()
                .map(|cell| cell.value <= limit),
        }
    }

    /// The row's columns: label, one for each subject, ratio, budget.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.topic.label.clone()];
        columns.extend(self.outcomes.iter().map(|outcome| match outcome {
            Ok(cell) if cell.note.is_empty() => self.topic.unit.show(cell.value),
            Ok(cell) => format!("{} ({})", self.topic.unit.show(cell.value), cell.note),
            Err(reason) => format!("failed: {}", reason.replace(['\n', '|'], " ")),
        }));
        if self.outcomes.len() > 1 {
            columns.push(
                self.ratio()
                    .map_or("-".to_owned(), |ratio| format!("{}x", short(ratio))),
            );
        }
        columns.push(self.budget_text());
        columns
    }

    fn budget_text(&self) -> String {
        let promise = match self.topic.budget {
            None => return "-".to_owned(),
            Some(Budget::Times(times)) => format!(">= {times}x"),
            Some(Budget::AtMost(limit)) => format!("<= {}", self.topic.unit.show(limit)),
        };
        match self.is_met() {
            Some(true) => format!("{promise}: met"),
            Some(false) => format!("{promise}: missed"),
            None => promise,
        }
    }
}

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

fn short(value: f64) -> String {
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

    fn row(unit: Unit, budget: Budget, values: &[f64]) -> Row {
        Row {
            topic: Topic::new("id", "label", unit).budget(budget),
            outcomes: values.iter().map(|value| Ok(Cell::value(*value))).collect(),
        }
    }

    #[test]
    fn the_ratio_says_how_many_times_better_partyrun_is() {
        assert_eq!(
            row(Unit::PerSecond, Budget::Times(3.0), &[30.0, 10.0]).ratio(),
            Some(3.0)
        );
        assert_eq!(
            row(Unit::Milliseconds, Budget::Times(3.0), &[10.0, 30.0]).ratio(),
            Some(3.0)
        );
        assert_eq!(
            row(Unit::Count, Budget::AtMost(0.0), &[1.0, 30.0]).ratio(),
            None
        );
        assert_eq!(
            row(Unit::PerSecond, Budget::Times(3.0), &[30.0]).ratio(),
            None
        );
    }

    #[test]
    fn budgets_are_met_or_missed_or_open() {
        assert_eq!(
            row(Unit::PerSecond, Budget::Times(3.0), &[30.0, 10.0]).is_met(),
            Some(true)
        );
        assert_eq!(
            row(Unit::PerSecond, Budget::Times(3.1), &[30.0, 10.0]).is_met(),
            Some(false)
        );
        assert_eq!(
            row(Unit::PerSecond, Budget::Times(3.1), &[30.0]).is_met(),
            None
        );
        assert_eq!(
            row(Unit::Count, Budget::AtMost(0.0), &[0.0, 9.0]).is_met(),
            Some(true)
        );
        assert_eq!(
            row(Unit::Mebibytes, Budget::AtMost(3.0), &[3.5]).is_met(),
            Some(false)
        );
    }

    #[test]
    fn columns_read_well() {
        let mut row = row(Unit::PerSecond, Budget::Times(20.0), &[35299.6, 815.0]);
        assert_eq!(
            row.columns(),
            ["label", "35,300/s", "815/s", "43.3x", ">= 20x: met"]
        );
        row.outcomes[1] = Err("Broken | pipe\nagain".to_owned());
        assert_eq!(
            row.columns(),
            [
                "label",
                "35,300/s",
                "failed: Broken   pipe again",
                "-",
                ">= 20x"
            ]
        );
    }

    #[test]
    fn values_keep_the_digits_that_tell() {
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
