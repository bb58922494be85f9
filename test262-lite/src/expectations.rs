//! The runs that are known to fail, as a file says. One per line: the path of a test for all of its
//! runs, or `path (strict)` for one of them; `#` starts a comment, which should be the reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::suite::Variant;

/// The known failures of a suite.
#[derive(Debug, Default)]
pub struct Expectations {
    lines: BTreeSet<String>,
}

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("Cannot read the known failures, `{}`: {source}", .path.display())]
pub struct ExpectationsError {
    path: PathBuf,
    source: std::io::Error,
}

impl Expectations {
    /// Adds the lines of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, path: &Path) -> Result<(), ExpectationsError> {
        let text = std::fs::read_to_string(path).map_err(|source| ExpectationsError {
            path: path.to_owned(),
            source,
        })?;
        self.add(&text);
        Ok(())
    }

    fn add(&mut self, text: &str) {
        let lines = text.lines().map(|line| {
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            line.trim().to_owned()
        });
        self.lines.extend(lines.filter(|line| !line.is_empty()));
    }

    #[cfg(test)]
    pub fn of(text: &str) -> Self {
        let mut all = Self::default();
        all.add(text);
        all
    }

    /// Whether this run is known to fail.
    pub fn contains(&self, path: &str, variant: Variant) -> bool {
        self.lines.contains(path) || self.lines.contains(&format!("{path} ({variant})"))
    }

    /// The lines that name no test of the suite; `paths` are all there are.
    pub fn stale<'a>(&'a self, paths: &BTreeSet<&str>) -> Vec<&'a str> {
        let names_none = |line: &&str| {
            let path = line.split_once(" (").map_or(*line, |(path, _)| path);
            !paths.contains(path)
        };
        self.lines
            .iter()
            .map(String::as_str)
            .filter(names_none)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_test_or_one_of_its_runs() {
        let known = Expectations::of("# Why\na/b.js # and why\n\na/c.js (strict)\n");
        assert!(known.contains("a/b.js", Variant::Sloppy));
        assert!(known.contains("a/c.js", Variant::Strict));
        assert!(!known.contains("a/c.js", Variant::Sloppy));
        assert_eq!(
            known.stale(&BTreeSet::from(["a/b.js"])),
            ["a/c.js (strict)"]
        );
    }
}
