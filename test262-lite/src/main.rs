//! `test262-lite`: runs tests in test262's format the way partyrun runs a project's code, and by V8
//! alone to compare.
//!
//! Owns the order of things and the exit code.
//!
//! # Layout
//! - `args`: what was typed; `ui`: what is printed
//! - `suite`, `front_matter`, `preparation`: from a folder to the texts of one run
//! - `pool`, `worker`: the processes, and what one of them does
//! - `project`: a run through partyrun; `plain`, `plain_modules`: a run by V8 alone
//! - `host`, `agents`, `javascript`, `watch`: what both need of V8
//! - `ending`, `expectations`, `report`: what comes of it

mod agents;
mod args;
mod ending;
mod expectations;
mod front_matter;
mod host;
mod javascript;
mod plain;
mod plain_modules;
mod pool;
mod preparation;
mod project;
mod report;
mod suite;
mod ui;
mod watch;
mod worker;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser as _;

use args::{Args, Javascript};
use expectations::{Expectations, ExpectationsError};
use pool::Pool;
use report::{Comparison, Outcome, Report};
use suite::{Case, Suite, SuiteError};
use worker::Request;

/// The project's own suite.
const OWN_SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
/// The known failures of a suite, beside its folders.
const EXPECTATIONS: &str = "expectations.txt";
/// Those that the transpiler adds when it prints what it could leave as it is.
const PRINTED: &str = "expectations-printed.txt";
/// The share of what V8 alone passes that must pass through partyrun, in percent.
const WANTED_SHARE: f64 = 99.0;
/// The exit code of a command that cannot do what it was asked.
const CANNOT: u8 = 2;

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Suite(#[from] SuiteError),
    #[error(transparent)]
    Expectations(#[from] ExpectationsError),
    #[error("No test has such a path: `{}`", .0.join("`, `"))]
    NoTests(Vec<String>),
    #[error("Cannot start a process for tests: {0}")]
    Process(#[from] std::io::Error),
    #[error("Cannot run tests: {0}")]
    Worker(String),
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            ui::failure(&failure);
            ExitCode::from(CANNOT)
        }
    }
}

/// Whether everything was as expected.
fn run(args: &Args) -> Result<bool, Failure> {
    let suite = Suite::open(args.suite.as_deref().unwrap_or(Path::new(OWN_SUITE)))?;
    if args.worker {
        worker::serve(args, suite).map_err(Failure::Worker)?;
        return Ok(true);
    }
    let cases = suite.cases(&args.filter)?;
    if cases.is_empty() {
        return Err(Failure::NoTests(args.filter.clone()));
    }
    if args.compare {
        return compare(args, &suite, &cases);
    }
    let started = Instant::now();
    let expectations = expectations(args, &suite)?;
    let outcomes = outcomes(args, &suite, &cases, args.plain)?;
    let mut report = Report::new(&outcomes, &expectations);
    if args.filter.is_empty() {
        let paths: BTreeSet<&str> = cases.iter().map(|case| case.path.as_str()).collect();
        for line in expectations.stale(&paths) {
            report.total.surprising += 1;
            report.surprises.push(format!(
                "MISSING {line}\n        It is listed as a known failure"
            ));
        }
    }
    for line in &report.surprises {
        ui::result(line);
    }
    ui::result(&report.table());
    let seconds = started.elapsed().as_secs_f64();
    ui::result(&format!(
        "{} runs of {} tests in {seconds:.1} s",
        outcomes.len(),
        cases.len()
    ));
    Ok(report.total.is_expected())
}

fn compare(args: &Args, suite: &Suite, cases: &[Case]) -> Result<bool, Failure> {
    // V8 alone cannot read TypeScript.
    let cases: Vec<Case> = cases
        .iter()
        .filter(|case| !case.is_typescript())
        .cloned()
        .collect();
    let plain = outcomes(args, suite, &cases, true)?;
    let project = outcomes(args, suite, &cases, false)?;
    let comparison = Comparison::new(&plain, &project);
    for line in comparison.lost.iter().chain(&comparison.gained) {
        ui::result(line);
    }
    ui::result(&Report::new(&project, &Expectations::default()).table());
    ui::result(&format!(
        "{} of the {} runs that V8 alone passes pass through partyrun: {:.2} %; {} pass only there",
        comparison.both,
        comparison.plain,
        comparison.percent(),
        comparison.gained.len(),
    ));
    Ok(comparison.percent() >= WANTED_SHARE)
}

fn expectations(args: &Args, suite: &Suite) -> Result<Expectations, Failure> {
    let mut all = Expectations::default();
    if let Some(path) = &args.expect {
        all.read(path)?;
        return Ok(all);
    }
    let prints = args.javascript != Javascript::AsWritten;
    for (name, counts) in [
        (EXPECTATIONS, !args.plain),
        (PRINTED, !args.plain && prints),
    ] {
        let path = suite.root.join(name);
        if counts && path.is_file() {
            all.read(&path)?;
        }
    }
    Ok(all)
}

fn outcomes(
    args: &Args,
    suite: &Suite,
    cases: &[Case],
    plain: bool,
) -> Result<Vec<Outcome>, Failure> {
    let mut requests = Vec::new();
    let mut outcomes = Vec::new();
    for case in cases {
        for variant in case.variants() {
            requests.push(Request {
                path: case.path.clone(),
                variant,
            });
            outcomes.push(Outcome {
                path: case.path.clone(),
                variant,
                folder: case.folder(),
                failure: None,
            });
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = Pool {
        program: program()?,
        arguments: arguments(args, suite, plain),
        jobs: args.jobs.map_or(cores, usize::from),
        timeout: Duration::from_secs(args.timeout.into()),
    };
    let mut done = 0;
    pool.run(&requests, |index, failure| {
        done += 1;
        ui::progress(done, requests.len());
        outcomes[index].failure = failure;
    })?;
    Ok(outcomes)
}

fn program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// The command line of a process that runs tests.
fn arguments(args: &Args, suite: &Suite, plain: bool) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["--worker".into(), "--suite".into()];
    words.push(suite.root.clone().into());
    words.extend(["--timeout".into(), args.timeout.to_string().into()]);
    words.extend(["--javascript".into(), args.javascript.name().into()]);
    if args.clock && !plain {
        words.push("--clock".into());
    }
    if plain {
        words.push("--plain".into());
    }
    words
}
