//! The tests with random inputs, with other inputs and more of them than in an ordinary run. They live
//! beside what they test: a new one takes part by using proptest and a name that has `random` in it, or
//! by being in a module of that name.

use std::time::Instant;

use super::{Findings, Plan};
use crate::error::Failure;
use crate::ui;
use crate::v8;
use crate::workspace::run as run_command;

/// Cases of each test in one round.
const CASES: u32 = 20_000;

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    v8::ensure(&plan.workspace)?;
    let mut findings = Findings::default();
    let begun = Instant::now();
    let mut rounds = 0_u64;
    while rounds == 0 || begun.elapsed() < plan.lasts {
        let seed = plan.seed.wrapping_add(rounds);
        let mut command = plan.workspace.cargo(["test", "--release", "--workspace"]);
        command
            .args(["--lib", "--bins", "random"])
            .env("PROPTEST_CASES", CASES.to_string())
            .env("PROPTEST_RNG_SEED", seed.to_string());
        rounds += 1;
        if let Err(failure) = run_command(&mut command) {
            findings.fault(format!("with PROPTEST_RNG_SEED={seed}: {failure}"));
            break;
        }
        ui::step(&format!("{rounds} rounds"));
    }
    findings.figure(format!(
        "{rounds} rounds of {CASES} cases of each test with random inputs"
    ));
    Ok(findings)
}
