//! `cargo xtask test [cargo test's flags]`: all tests with all the set-up they need, and a closing line
//! that counts. Never skips a step silently: what is missing is installed or named as a failure.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use crate::args::Test;
use crate::error::Failure;
use crate::workspace::{Workspace, shown};
use crate::{npm, system, ui, v8};

/// Sets up, runs `cargo test`, counts.
pub fn run(args: &Test) -> Result<(), Failure> {
    let started = Instant::now();
    let workspace = Workspace::locate()?;
    npm::require_node("the tests with real clients")?;
    system::require_browser()?;
    for folder in packages(&workspace.root.join("fixtures")) {
        npm::install_packages(&folder)?;
    }

    v8::ensure(&workspace)?;
    let mut command = workspace.cargo(["test", "--release"]);
    if !chooses_packages(&args.flags) {
        command.arg("--workspace");
    }
    command.args(&args.flags).stdout(Stdio::piped());
    let name = shown(&command);
    ui::step(&name);
    let not_started = |source| Failure::NotStarted {
        program: name.clone(),
        source,
    };
    let mut child = command.spawn().map_err(not_started)?;
    let output = child
        .stdout
        .take()
        .expect("was asked for when the command was made");
    let mut totals = Totals::default();
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        totals.read(&line);
        ui::result(&line);
    }
    let status = child.wait().map_err(not_started)?;

    ui::result(&format!(
        "{} in {} s",
        totals.sentence(),
        started.elapsed().as_secs()
    ));
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed {
            command: name,
            status,
        })
    }
}

/// `--workspace` would override a choice of packages.
fn chooses_packages(flags: &[OsString]) -> bool {
    flags
        .iter()
        .take_while(|flag| *flag != "--")
        .filter_map(|flag| flag.to_str())
        .any(|flag| flag == "-p" || flag.starts_with("--package") || flag == "--workspace")
}

/// Folders with a package.json among the fixtures, in a stable order.
fn packages(fixtures: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(fixtures) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("package.json").is_file())
        .collect();
    found.sort();
    found
}

/// Sums of the lines with which each test program closes.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    filtered: u64,
    programs: u64,
}

impl Totals {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; ...`; the
    /// word after the colon may be coloured.
    fn read(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        self.programs += 1;
        for part in counts.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let Some(Ok(count)) = words.next().map(str::parse::<u64>) else {
                continue;
            };
            match words.next() {
                Some("passed") => self.passed += count,
                Some("failed") => self.failed += count,
                Some("ignored") => self.ignored += count,
                Some("filtered") => self.filtered += count,
                _ => {}
            }
        }
    }

    fn sentence(&self) -> String {
        let Totals {
            passed,
            failed,
            ignored,
            filtered,
            programs,
        } = self;
        let mut text = format!(
            "All tests: {passed} passed, {failed} failed, {ignored} ignored, {programs} test programs"
        );
        if *filtered > 0 {
            text.push_str(&format!(", {filtered} left out by the filter"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_add_up() {
        let mut totals = Totals::default();
        for line in [
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.50s",
        ] {
            totals.read(line);
        }
        let expected = Totals {
            passed: 8,
            failed: 2,
            ignored: 1,
            filtered: 7,
            programs: 2,
        };
        assert_eq!(totals, expected);
        assert_eq!(
            totals.sentence(),
            "All tests: 8 passed, 2 failed, 1 ignored, 2 test programs, 7 left out by the filter"
        );
    }

    #[test]
    fn a_choice_of_packages_replaces_the_workspace() {
        let chooses = |flags: &[&str]| {
            chooses_packages(&flags.iter().map(OsString::from).collect::<Vec<_>>())
        };
        assert!(chooses(&["-p", "xtask"]));
        assert!(chooses(&["--package=xtask"]));
        assert!(!chooses(&["routing"]));
        assert!(!chooses(&["--", "-p"]));
    }
}
