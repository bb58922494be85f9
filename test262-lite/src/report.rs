//! What came of all runs: the sums by folder, and the comparison of two ways. Never prints.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::expectations::Expectations;
use crate::suite::Variant;

/// One run, and why it failed.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub path: String,
    pub variant: Variant,
    /// The folder in which it counts.
    pub folder: String,
    pub failure: Option<String>,
}

impl Outcome {
    /// As expectations name it.
    fn name(&self) -> String {
        format!("{} ({})", self.path, self.variant)
    }
}

/// The sums of a folder, or of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub passed: usize,
    /// Failed, and nobody expected it.
    pub failed: usize,
    /// Failed, as expected.
    pub known: usize,
    /// Passed, though it was expected to fail.
    pub surprising: usize,
}

impl Sums {
    fn add(&mut self, failed: bool, known: bool) {
        *match (failed, known) {
            (false, false) => &mut self.passed,
            (true, false) => &mut self.failed,
            (true, true) => &mut self.known,
            (false, true) => &mut self.surprising,
        } += 1;
    }

    /// Whether everything was as expected.
    pub fn is_expected(&self) -> bool {
        self.failed == 0 && self.surprising == 0
    }
}

/// The whole.
#[derive(Debug, Default)]
pub struct Report {
    pub folders: BTreeMap<String, Sums>,
    pub total: Sums,
    /// A line for each run that was not as expected.
    pub surprises: Vec<String>,
}

impl Report {
    pub fn new(outcomes: &[Outcome], expectations: &Expectations) -> Self {
        let mut report = Self::default();
        for outcome in outcomes {
            let known = expectations.contains(&outcome.path, outcome.variant);
            let failed = outcome.failure.is_some();
            let folder = report.folders.entry(outcome.folder.clone()).or_default();
            folder.add(failed, known);
            report.total.add(failed, known);
            match (&outcome.failure, known) {
                (Some(reason), false) => {
                    let name = outcome.name();
                    report
                        .surprises
                        .push(format!("FAILED  {name}\n        {reason}"));
                }
                (None, true) => {
                    let name = outcome.name();
                    report.surprises.push(format!(
                        "PASSED  {name}\n        It is listed as a known failure"
                    ));
                }
                _ => {}
            }
        }
        report
    }

    /// The table of all folders.
    pub fn table(&self) -> String {
        let width = self
            .folders
            .keys()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .max(5);
        let mut text = format!("{:width$}  passed  failed  known\n", "folder");
        let rows = self
            .folders
            .iter()
            .map(|(name, sums)| (name.as_str(), sums));
        for (name, sums) in rows.chain([("total", &self.total)]) {
            let Sums {
                passed,
                failed,
                known,
                surprising,
            } = sums;
            let passed = passed + surprising;
            writeln!(text, "{name:width$}  {passed:6}  {failed:6}  {known:5}")
                .expect("a string takes any text");
        }
        text
    }
}

/// Two ways side by side.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Runs that V8 alone passes.
    pub plain: usize,
    /// How many of those pass through partyrun.
    pub both: usize,
    /// A line for each of the others.
    pub lost: Vec<String>,
    /// Runs that only pass through partyrun.
    pub gained: Vec<String>,
}

impl Comparison {
    /// Compares the same runs, in the same order.
    pub fn new(plain: &[Outcome], project: &[Outcome]) -> Self {
        let mut comparison = Self::default();
        for (plain, project) in plain.iter().zip(project) {
            match (&plain.failure, &project.failure) {
                (None, None) => {
                    comparison.plain += 1;
                    comparison.both += 1;
                }
                (None, Some(reason)) => {
                    comparison.plain += 1;
                    let name = project.name();
                    comparison
                        .lost
                        .push(format!("LOST    {name}\n        {reason}"));
                }
                (Some(_), None) => comparison
                    .gained
                    .push(format!("GAINED  {}", project.name())),
                (Some(_), Some(_)) => {}
            }
        }
        comparison
    }

    /// The share of what V8 alone passes, in percent.
    pub fn percent(&self) -> f64 {
        match self.plain {
            0 => 100.0,
            plain => self.both as f64 * 100.0 / plain as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(path: &str, failure: Option<&str>) -> Outcome {
        Outcome {
            path: path.into(),
            variant: Variant::Strict,
            folder: "a/b".into(),
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn a_known_failure_that_passes_is_a_surprise_too() {
        let known = Expectations::of("one.js\ntwo.js (strict)\n");
        let outcomes = [
            outcome("one.js", Some("as ever")),
            outcome("two.js", None),
            outcome("three.js", Some("oh")),
            outcome("four.js", None),
        ];
        let report = Report::new(&outcomes, &known);
        let expected = Sums {
            passed: 1,
            failed: 1,
            known: 1,
            surprising: 1,
        };
        assert_eq!(report.total, expected);
        assert!(!report.total.is_expected());
        assert_eq!(report.surprises.len(), 2, "{:?}", report.surprises);
        assert!(
            report.table().contains("a/b         2       1      1"),
            "{}",
            report.table()
        );
    }

    #[test]
    fn a_comparison_counts_what_v8_passes() {
        let plain = [
            outcome("a", None),
            outcome("b", None),
            outcome("c", Some("x")),
        ];
        let project = [
            outcome("a", None),
            outcome("b", Some("y")),
            outcome("c", None),
        ];
        let comparison = Comparison::new(&plain, &project);
        assert_eq!((comparison.plain, comparison.both), (2, 1));
        assert_eq!(comparison.percent(), 50.0);
        assert_eq!((comparison.lost.len(), comparison.gained.len()), (1, 1));
    }
}
