//! The list of tests that are known to fail: its file, and what differs from it. Never runs a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::Failure;

const HEAD: &str = "\
# Tests of web-platform-tests that are known to fail: a script, and indented below it its tests. `(script)` is
# an error outside of its tests. Written by `cargo xtask web --suite <folder> --accept`; why they fail is in
# docs/platform.md.
";
/// What stands before a test's name.
const INDENT: &str = "    ";

pub struct Expectations {
    failing: BTreeMap<String, Vec<String>>,
}

impl Expectations {
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(file).map_err(|error| Failure::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut failing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut script = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix(INDENT) {
                Some(test) => failing
                    .entry(script.clone())
                    .or_default()
                    .push(test.to_owned()),
                None => script = line.to_owned(),
            }
        }
        Expectations { failing }
    }

    /// The file that expects exactly `failures`.
    pub fn text(failures: &BTreeMap<String, Vec<String>>) -> String {
        let mut text = HEAD.to_owned();
        for (script, tests) in failures {
            text += &format!("{script}\n");
            for test in tests {
                text += &format!("{INDENT}{}\n", one_line(test));
            }
        }
        text
    }

    /// A line for each test that fails and should not, and for each that should and does not; of the scripts
    /// that `ran`.
    pub fn compare(
        &self,
        failures: &BTreeMap<String, Vec<String>>,
        ran: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let none = Vec::new();
        let mut lines = Vec::new();
        for (script, tests) in failures {
            let known = self.failing.get(script).unwrap_or(&none);
            for test in tests.iter().map(|test| one_line(test)) {
                if !known.contains(&test) {
                    lines.push(format!("FAILS {script}: {test}"));
                }
            }
        }
        for (script, tests) in self.failing.iter().filter(|(script, _)| ran(script)) {
            let failed: Vec<String> = failures
                .get(script)
                .unwrap_or(&none)
                .iter()
                .map(|test| one_line(test))
                .collect();
            for test in tests.iter().filter(|test| !failed.contains(test)) {
                lines.push(format!("PASSES {script}: {test}"));
            }
        }
        lines
    }
}

/// A name with its line ends and other controls written out.
fn one_line(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_list_is_told() {
        let failures = |tests: &[&str]| {
            let tests = tests.iter().map(|&test| test.to_owned()).collect();
            BTreeMap::from([("a.any.js".to_owned(), tests)])
        };
        let known = Expectations::parse(&Expectations::text(&failures(&["one", "two\nlines"])));
        let all = |_: &str| true;
        assert!(
            known
                .compare(&failures(&["one", "two\nlines"]), all)
                .is_empty()
        );
        assert_eq!(
            known.compare(&failures(&["two\nlines", "three"]), all),
            ["FAILS a.any.js: three", "PASSES a.any.js: one"]
        );
        assert!(known.compare(&BTreeMap::new(), |_| false).is_empty());
    }
}
