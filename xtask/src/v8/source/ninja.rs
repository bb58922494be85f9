//! ninja, which builds V8, with a line that says how far it is and how long it will take. Never decides
//! what is built: ninja goes on where it stopped by itself.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::error::Problem;
use super::super::pin::output;
use crate::error::Failure;
use crate::ui;

const TARGET: &str = "rusty_v8";
/// What ninja starts each of its lines with: steps finished and in all.
const STATUS: &str = "[%f/%t] ";
/// Lines of the output that are shown when the build stops.
const END: usize = 30;

/// Seconds of processor time for a file in these folders, roughly; of others [`OTHER`]. The estimate
/// needs their proportions, which are the same everywhere.
const COSTS: [(&str, f64); 9] = [
    ("obj/v8/v8_compiler/", 13.0),
    ("obj/v8/v8_base_without_compiler/", 11.0),
    ("obj/v8/v8_initializers/", 10.0),
    ("obj/v8/torque_generated_initializers/", 13.0),
    ("obj/v8/torque_generated_definitions/", 5.0),
    ("obj/v8/torque_base/", 5.0),
    ("obj/v8/cppgc_base/", 9.0),
    ("obj/v8/mksnapshot/", 7.0),
    ("obj/third_party/icu/", 0.7),
];
const OTHER: f64 = 1.2;

/// Builds, or goes on building.
pub fn run(out: &Path) -> Result<(), Problem> {
    let mut all = Steps::default();
    for line in output(command(out).arg("-n"))?.lines() {
        all.finish(line);
    }
    let mut child = command(out)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| {
            Problem::command(Failure::NotStarted {
                program: "ninja".to_owned(),
                source,
            })
        })?;
    let stdout = child
        .stdout
        .take()
        .expect("was asked for when the command was made");
    let started = Instant::now();
    let mut done = Steps::default();
    let mut end = VecDeque::new();
    let idle = 1.0 / processors() as f64;
    let mut progress = ui::Progress::new();
    for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if done.finish(&line) {
            progress.show(&sentence(&done, &all, started.elapsed(), idle, &line));
        } else if !line.is_empty() {
            end.push_back(line);
            if end.len() > END {
                end.pop_front();
            }
        }
    }
    progress.end();
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Problem::Ninja(
            end.into_iter().collect::<Vec<_>>().join("\n"),
        )),
    }
}

fn command(out: &Path) -> Command {
    let mut command = Command::new("ninja");
    // ninja itself does not see the limits of a container. One more than there are processors, because
    // a file that waits for its header to be compiled uses none.
    command
        .arg("-C")
        .arg(out)
        .args(["-j", &(processors() + 1).to_string()])
        .arg(TARGET)
        .env("NINJA_STATUS", STATUS);
    command
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Steps of the build and what they cost.
#[derive(Debug, Default)]
struct Steps {
    count: u64,
    seconds: f64,
}

impl Steps {
    /// Counts the step that a line names; whether it names one.
    fn finish(&mut self, line: &str) -> bool {
        let Some((_, step)) = step(line) else {
            return false;
        };
        self.count += 1;
        self.seconds += cost(step);
        true
    }
}

/// What is after the status: `CXX obj/v8/v8_compiler/linkage.o`. ninja repeats the lines of failed steps
/// with another start.
fn step(line: &str) -> Option<(&str, &str)> {
    let (status, step) = line.strip_prefix('[')?.split_once("] ")?;
    let (finished, all) = status.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(finished) && is_number(all)).then_some((status, step))
}

fn cost(step: &str) -> f64 {
    let file = step.split_whitespace().last().unwrap_or_default();
    COSTS
        .iter()
        .find(|(folder, _)| file.starts_with(folder))
        .map_or(OTHER, |(_, seconds)| *seconds)
}

/// How far the build is. `idle` is the pace, in seconds for a second of processor time, until
/// there is one to go by.
fn sentence(done: &Steps, all: &Steps, elapsed: Duration, idle: f64, line: &str) -> String {
    let left = (all.seconds - done.seconds).max(0.0);
    let pace = if done.seconds > 30.0 {
        elapsed.as_secs_f64() / done.seconds
    } else {
        idle
    };
    let minutes = (left * pace / 60.0).ceil();
    let file = step(line).map_or("", |(_, step)| step);
    format!(
        "V8: {} of {} steps, about {minutes} min left: {file}",
        done.count, all.count
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_the_status_are_steps() {
        assert_eq!(
            step("[3/2224] CXX obj/a.o"),
            Some(("3/2224", "CXX obj/a.o"))
        );
        assert_eq!(step("FAILED: obj/a.o"), None);
        assert_eq!(step("[-Wunused] something"), None);
        assert_eq!(step("ninja: Entering directory `out'"), None);
    }

    #[test]
    fn the_estimate_follows_the_pace() {
        let mut all = Steps::default();
        for _ in 0..40 {
            assert!(all.finish("[1/41] CXX obj/v8/v8_compiler/a.o"));
        }
        assert!(all.finish("[1/41] AR obj/librusty_v8.a"));
        let mut done = Steps::default();
        let line = "[1/41] CXX obj/v8/v8_compiler/a.o";
        done.finish(line);
        assert_eq!(
            sentence(&done, &all, Duration::from_secs(1), 0.5, line),
            "V8: 1 of 41 steps, about 5 min left: CXX obj/v8/v8_compiler/a.o"
        );
        for _ in 0..19 {
            done.finish(line);
        }
        // Half took 20 minutes.
        assert_eq!(
            sentence(&done, &all, Duration::from_secs(20 * 60), 0.5, line),
            "V8: 20 of 41 steps, about 21 min left: CXX obj/v8/v8_compiler/a.o"
        );
    }
}
