//! `cargo xtask attack`: what a hostile client, a careless user and hostile user code do to a server, for
//! minutes. Owns the choice of the parts and the verdict. What of it is quick is among the tests.
//!
//! # Layout
//! - `kills`, `values`, `bytes`, `files`, `bombs`, `inputs`, `pollution`: one part each
//! - `server`, `client`, `neighbour`, `chance`: what they stand on

mod bombs;
mod bytes;
mod chance;
mod client;
mod files;
mod inputs;
mod kills;
mod neighbour;
mod pollution;
mod server;
mod values;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::args::{Attack, Part};
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;

const ALL: [Part; 7] = [
    Part::Kills,
    Part::Values,
    Part::Bytes,
    Part::Files,
    Part::Bombs,
    Part::Inputs,
    Part::Pollution,
];

/// What every part needs to know.
struct Plan<'a> {
    args: &'a Attack,
    workspace: Workspace,
    /// Empty when no part of this run needs it.
    program: PathBuf,
    seed: u64,
    lasts: Duration,
}

/// What a part has found out.
#[derive(Default)]
struct Findings {
    /// One line each: figures.
    figures: Vec<String>,
    /// One line each: what must not be.
    faults: Vec<String>,
}

impl Findings {
    fn figure(&mut self, text: String) {
        self.figures.push(text);
    }

    fn fault(&mut self, text: String) {
        ui::step(&format!("FOUND: {text}"));
        self.faults.push(text);
    }
}

/// Attacks, prints the figures.
///
/// # Errors
/// When something was found; the figures are printed first.
pub fn run(args: &Attack) -> Result<(), Failure> {
    let parts = match args.only.is_empty() {
        true => &ALL[..],
        false => &args.only,
    };
    let workspace = Workspace::locate()?;
    let needs_program = |part: &Part| !matches!(part, Part::Inputs | Part::Pollution);
    let program = match parts.iter().any(needs_program) {
        true => workspace.partyrun(args.partyrun.as_deref(), &[])?,
        false => PathBuf::new(),
    };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = args
        .seed
        .unwrap_or_else(|| now().map_or(1, |now| now.as_secs()));
    let lasts = Duration::try_from_secs_f64(args.minutes * 60.0)
        .map_err(|error| Failure::Measurement(format!("`--minutes` is no length: {error}")))?;
    let plan = Plan {
        args,
        workspace,
        program,
        seed,
        lasts,
    };
    let mut faults = Vec::new();
    for part in parts {
        let name = format!("{part:?}").to_lowercase();
        ui::step(&format!("{name}, seed {seed}"));
        let findings = match part {
            Part::Kills => kills::run(&plan)?,
            Part::Values => values::run(&plan)?,
            Part::Bytes => bytes::run(&plan)?,
            Part::Files => files::run(&plan)?,
            Part::Bombs => bombs::run(&plan)?,
            Part::Inputs => inputs::run(&plan)?,
            Part::Pollution => pollution::run(&plan)?,
        };
        for figure in &findings.figures {
            ui::result(&format!("{name:<10} {figure}"));
        }
        let of_part = findings.faults.iter();
        faults.extend(of_part.map(|fault| format!("{name}: {fault}")));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Attack(faults.join("\n"))),
    }
}
