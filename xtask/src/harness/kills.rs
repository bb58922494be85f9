//! Runs that hold sockets in many rooms until one of their programs is killed: how long anything of them is left. Never
//! asks a program to end.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::family::{Family, kill};
use super::flakes::below;
use super::tell;
use crate::bench::harness::Harness;
use crate::ui;
use crate::workspace::shown;

const SCRIPT: [&str; 2] = ["hold.mjs", "50"];

/// Which program is killed.
#[derive(Clone, Copy)]
enum Victim {
    /// The runner, whose harness has started a server.
    Runner,
    /// The runner below `partyrun test`.
    Command,
    /// `partyrun test`, which is the server.
    Server,
}

const VICTIMS: [(Victim, &str); 3] = [
    (Victim::Runner, "The runner killed"),
    (Victim::Command, "The runner below `partyrun test` killed"),
    (Victim::Server, "`partyrun test` killed"),
];

/// Kills each so many times.
pub fn run(harness: &Harness, program: &Path, times: u32) -> Vec<String> {
    let mut faults = Vec::new();
    for (victim, what) in VICTIMS.into_iter().filter(|_| times > 0) {
        let mut slowest = Duration::ZERO;
        let mut good = 0;
        for time in 1..=times {
            match once(harness, program, victim) {
                Ok(left) => {
                    slowest = slowest.max(left);
                    good += 1;
                }
                Err(reason) => {
                    ui::step(&format!("{what}, {time} of {times}: {reason}"));
                }
            }
        }
        let found = format!(
            "nothing left after {} ms at most, {good} of {times}",
            slowest.as_millis()
        );
        let outcome = if good == times { Ok(found) } else { Err(found) };
        faults.extend(tell(what.to_owned(), outcome));
    }
    faults
}

/// How long anything is left.
fn once(harness: &Harness, program: &Path, victim: Victim) -> Result<Duration, String> {
    let mut command = match victim {
        Victim::Runner => harness.node(&SCRIPT),
        Victim::Command | Victim::Server => below(harness, program, &SCRIPT),
    };
    let family = Family::of(&mut command);
    let mut child = start(&mut command)?;
    let runner = match runner(&mut child) {
        Ok(runner) => runner,
        Err(reason) => {
            kill(child.id());
            // Whatever is left of it is killed too.
            let _ = (child.wait(), family.gone());
            return Err(reason);
        }
    };
    let all = family.living().len();
    match victim {
        Victim::Server => kill(child.id()),
        Victim::Runner | Victim::Command => kill(runner),
    }
    let left = family.gone();
    // It has ended, or was killed.
    let _ = child.wait();
    match all {
        0 | 1 => Err(format!("Not all of it was seen, processes: {all}")),
        _ => left,
    }
}

fn start(command: &mut Command) -> Result<Child, String> {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("Could not start `{}`: {error}", shown(command)))
}

/// The runner's number, which it prints when it holds all sockets.
fn runner(child: &mut Child) -> Result<u32, String> {
    let output = child.stdout.take().expect("it is piped, and taken once");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let number = lines.find_map(|line| line.strip_prefix("holding ")?.parse().ok());
    number.ok_or_else(|| "It ended before it held its sockets".to_owned())
}
