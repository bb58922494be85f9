//! `cargo xtask harness`: what teams need of a test harness for years. Many tests side by side, again and again, of
//! which none may fail by chance; and runs that are killed, of which nothing may be left. Owns the rounds and the
//! verdict.
//!
//! # Layout
//! - `flakes`: rounds of tests, and how many passed
//! - `kills`: runs that hold sockets until one of their programs is killed
//! - `family`: the processes that a run has started, whatever became of their parents

mod family;
mod flakes;
mod kills;

use crate::args;
use crate::bench::harness::Harness;
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;

/// Builds, runs the tests, kills.
///
/// # Errors
/// When a test failed, or something was left; all rounds are run in any case.
pub fn run(args: &args::Harness) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let program = workspace.partyrun(args.partyrun.as_deref(), &[])?;
    let home = workspace.target.join("harness");
    let harness = Harness::partyrun(&workspace, &program, &home)?;
    let mut faults = flakes::run(&harness, &program, args);
    faults.extend(kills::run(&harness, &program, args.kills));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Harness(faults.join("\n"))),
    }
}

/// A round's line, and the fault that it is if it failed.
fn tell(what: String, outcome: Result<String, String>) -> Option<String> {
    match outcome {
        Ok(found) => {
            ui::result(&format!("{what}: {found}"));
            None
        }
        Err(reason) => {
            ui::result(&format!("{what}: failed"));
            Some(format!("{what}: {reason}"))
        }
    }
}
