//! Globals that user code has changed: every one that the behaviour tests know of, one room each. Owns
//! nothing but the call: the list and its verdict are a test's.

use super::{Findings, Plan};
use crate::error::Failure;
use crate::v8;
use crate::workspace::run as run_command;

/// Names the tests.
const FILTER: &str = "polluted";

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    v8::ensure(&plan.workspace)?;
    let mut command = plan.workspace.cargo(["test", "--release"]);
    // The whole workspace, as for every build: a package alone has other features of its dependencies.
    command.args(["--workspace", "--test", "behaviour", FILTER, "--"]);
    command.args(["--include-ignored", "--nocapture"]);
    if let Some(program) = &plan.args.partyrun {
        command.env("PARTYRUN_BIN", crate::workspace::absolute(program)?);
    }
    let mut findings = Findings::default();
    match run_command(&mut command) {
        Ok(()) => findings.figure("the tests of polluted globals passed".to_owned()),
        Err(failure) => findings.fault(failure.to_string()),
    }
    Ok(findings)
}
