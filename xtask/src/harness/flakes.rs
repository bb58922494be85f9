//! Rounds of many tests in several processes side by side. Owns the count of those that passed; `flakes.mjs` of
//! `benches/testing` has the tests.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use super::family::Family;
use super::tell;
use crate::args;
use crate::bench::harness::Harness;
use crate::ui;
use crate::workspace::shown;

/// Lines of a round that failed that are shown.
const SHOWN: usize = 60;

/// Runs all rounds; every other one has one server for all processes, the others have one each.
pub fn run(harness: &Harness, program: &Path, args: &args::Harness) -> Vec<String> {
    let expected = args.processes * args.tests;
    let words = [args.processes, args.tests].map(|number| number.to_string());
    let words = ["side-by-side.mjs", &words[0], &words[1]];
    let rounds = (1..=args.flakes).filter_map(|round| {
        let mut command = match round % 2 {
            0 => harness.node(&words),
            _ => below(harness, program, &words),
        };
        let servers = if round % 2 == 0 {
            "a server each"
        } else {
            "one server"
        };
        let what = format!("Round {round} of {}, {servers}", args.flakes);
        tell(what, once(&mut command, expected))
    });
    rounds.collect()
}

/// The same below `partyrun test`.
pub fn below(harness: &Harness, program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(["test", "--", "node"]).args(words);
    harness.prepare(&mut command);
    command
}

fn once(command: &mut Command, expected: u32) -> Result<String, String> {
    let family = Family::of(command);
    let begun = Instant::now();
    let output = command
        .output()
        .map_err(|error| format!("Could not start `{}`: {error}", shown(command)))?;
    let took = begun.elapsed();
    let passed = passed(&String::from_utf8_lossy(&output.stdout));
    if !output.status.success() || passed != expected {
        last_lines(&output);
        return Err(format!(
            "{passed} of {expected} tests passed, {}",
            output.status
        ));
    }
    let left = family.gone()?;
    let millis = left.as_millis();
    Ok(format!(
        "{passed} tests in {:.1} s, nothing left after {millis} ms",
        took.as_secs_f64()
    ))
}

/// The tests that passed, of all processes.
fn passed(text: &str) -> u32 {
    let counts = text.lines().filter_map(|line| line.strip_prefix("# pass "));
    counts
        .filter_map(|count| count.trim().parse::<u32>().ok())
        .sum()
}

fn last_lines(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        // A line of TAP that tells of success tells nothing here.
        let lines: Vec<&str> = text.lines().filter(|line| !is_success(line)).collect();
        lines[lines.len().saturating_sub(SHOWN)..]
            .iter()
            .for_each(|line| ui::step(line));
    }
}

fn is_success(line: &str) -> bool {
    let line = line.trim_start();
    ["ok ", "# Subtest", "---", "...", "duration_ms", "type:"]
        .iter()
        .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_of_all_processes_count() {
        let text = "ok 1 - a\n# tests 250\n# pass 249\n# fail 1\n# tests 250\n# pass 250\n";
        assert_eq!(passed(text), 499);
        assert_eq!(passed("node: not found"), 0);
    }
}
