//! A folder of tests in test262's layout: `test/` with the tests, `harness/` with what they include.
//! Never runs anything.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::front_matter::{FrontMatter, FrontMatterError};

/// What the names of files end with that tests import and that are no tests.
const FIXTURE: &str = "_FIXTURE";

/// Why a suite cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    #[error("A suite has a folder `test` and a folder `harness`; here is no `{missing}`: `{}`", .root.display())]
    Layout {
        root: PathBuf,
        missing: &'static str,
    },
    #[error("Cannot read `{}`: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("Cannot run `{path}`: {source}")]
    FrontMatter {
        path: String,
        source: FrontMatterError,
    },
}

/// The two folders of a suite.
#[derive(Debug, Clone)]
pub struct Suite {
    pub root: PathBuf,
    tests: PathBuf,
    harness: PathBuf,
}

/// One file and what it says of itself.
#[derive(Debug, Clone)]
pub struct Case {
    /// Relative to the suite's `test/`, with `/`.
    pub path: String,
    pub front: FrontMatter,
}

/// One of the ways in which a file is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    Module,
    /// A script as it is.
    Raw,
    Sloppy,
    /// A script behind `"use strict"`.
    Strict,
}

impl Suite {
    /// # Errors
    /// When one of the two folders is not there.
    pub fn open(root: &Path) -> Result<Self, SuiteError> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let suite = Self {
            tests: root.join("test"),
            harness: root.join("harness"),
            root,
        };
        for (folder, missing) in [(&suite.tests, "test"), (&suite.harness, "harness")] {
            if !folder.is_dir() {
                let root = suite.root;
                return Err(SuiteError::Layout { root, missing });
            }
        }
        Ok(suite)
    }

    pub fn test(&self, path: &str) -> PathBuf {
        self.tests.join(path)
    }

    /// The text of a test.
    ///
    /// # Errors
    /// The system's. Bytes that are not UTF-8 become U+FFFD.
    pub fn source(&self, path: &str) -> Result<String, SuiteError> {
        read(&self.test(path))
    }

    /// The text of a file of the harness.
    ///
    /// # Errors
    /// The system's.
    pub fn harness(&self, name: &str) -> Result<String, SuiteError> {
        read(&self.harness.join(name))
    }

    /// The tests whose path contains one of the filters, or all; in the order of their paths.
    ///
    /// # Errors
    /// When a file cannot be read or is no test.
    pub fn cases(&self, filters: &[String]) -> Result<Vec<Case>, SuiteError> {
        let mut paths = Vec::new();
        collect(&self.tests, &self.tests, &mut paths)?;
        paths.sort();
        let filters: Vec<&str> = filters
            .iter()
            .map(|filter| filter.strip_prefix("test/").unwrap_or(filter))
            .collect();
        let wanted = |path: &String| {
            filters.is_empty() || filters.iter().any(|filter| path.contains(filter))
        };
        let cases = paths.into_iter().filter(wanted).map(|path| {
            let source = self.source(&path)?;
            match FrontMatter::read(&source) {
                Ok(front) => Ok(Case { path, front }),
                Err(source) => Err(SuiteError::FrontMatter { path, source }),
            }
        });
        cases.collect()
    }
}

fn read(path: &Path) -> Result<String, SuiteError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(source) => Err(SuiteError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

fn collect(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<(), SuiteError> {
    let unreadable = |source| SuiteError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(root, &path, paths)?;
        } else if is_test(&path) {
            let relative = path.strip_prefix(root).expect("the walk started there");
            paths.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

fn is_test(path: &Path) -> bool {
    let extension = path.extension().and_then(|text| text.to_str());
    let stem = path.file_stem().and_then(|text| text.to_str());
    matches!(extension, Some("js" | "ts" | "tsx"))
        && stem.is_some_and(|stem| !stem.contains(FIXTURE))
}

impl Case {
    /// Every way in which the file is to be run.
    pub fn variants(&self) -> Vec<Variant> {
        let flags = self.front.flags;
        if flags.module {
            return vec![Variant::Module];
        }
        if flags.raw {
            return vec![Variant::Raw];
        }
        match (flags.only_strict, flags.no_strict) {
            (true, _) => vec![Variant::Strict],
            (false, true) => vec![Variant::Sloppy],
            (false, false) => vec![Variant::Sloppy, Variant::Strict],
        }
    }

    /// Whether V8 needs the transpiler to understand it.
    pub fn is_typescript(&self) -> bool {
        !self.path.ends_with(".js")
    }

    /// The folder in which it counts: the first two of its path.
    pub fn folder(&self) -> String {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        parts.truncate(2);
        parts.join("/")
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Variant::Module => "module",
            Variant::Raw => "raw",
            Variant::Sloppy => "sloppy",
            Variant::Strict => "strict",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Case {
        let front = FrontMatter::read(&format!("/*---\n{text}\n---*/")).expect("is valid");
        Case {
            path: "language/classes/fields/a.js".into(),
            front,
        }
    }

    #[test]
    fn a_script_runs_sloppy_and_strict_unless_it_says_otherwise() {
        assert_eq!(case("a: b").variants(), [Variant::Sloppy, Variant::Strict]);
        assert_eq!(case("flags: [noStrict]").variants(), [Variant::Sloppy]);
        assert_eq!(case("flags: [onlyStrict]").variants(), [Variant::Strict]);
        assert_eq!(case("flags: [raw]").variants(), [Variant::Raw]);
        assert_eq!(case("flags: [module]").variants(), [Variant::Module]);
    }

    #[test]
    fn a_case_counts_in_the_first_two_folders() {
        assert_eq!(case("a: b").folder(), "language/classes");
    }

    #[test]
    fn fixtures_are_no_tests() {
        assert!(is_test(Path::new("a/b.js")));
        assert!(is_test(Path::new("a/b.ts")));
        assert!(!is_test(Path::new("a/b_FIXTURE.js")));
        assert!(!is_test(Path::new("a/b.json")));
    }
}
