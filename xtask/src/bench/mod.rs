//! `cargo xtask bench`: partyrun and the original under the same load, in one run on one machine, the
//! two taking turns so that whatever else the machine does falls on both. Owns the order of the
//! measurements. Never generates load itself: the `loadgen` program does, outside this process.
//!
//! # Layout
//! - `subject`, `server`: a program to measure, and one running instance of it
//! - `load`: the load generator as a function
//! - `probe`, `memory`, `processor`, `machine`: single requests, memory and processor time of a process tree, how fast
//!   and how busy the machine is
//! - `measure`: the order of the groups; `loads`, `rooms`, `reload`, `page`, `graph`, `deps`,
//!   `many`, `testing`: the groups
//! - `harness`: the test harnesses that `testing` compares
//! - `cell`, `row`, `table`, `report`: what was measured, the budgets, tables and JSON

mod cell;
mod deps;
mod graph;
pub mod harness;
mod load;
mod loads;
mod machine;
mod many;
mod measure;
pub mod memory;
mod page;
pub mod probe;
mod processor;
mod reload;
mod report;
mod rooms;
mod row;
pub mod server;
pub mod subject;
mod table;
mod testing;

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::{Against, Bench, Group};
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;
use load::LoadGenerator;
use machine::Machine;
use report::Report;
use subject::Subject;

/// What every measurement needs.
struct Meter {
    /// partyrun first.
    subjects: Vec<Subject>,
    /// The server that loads are put on beside them.
    limit: Subject,
    load: LoadGenerator,
    /// The party project that is served; each server gets a fresh copy.
    project: PathBuf,
    /// Where other projects are made.
    folder: PathBuf,
    rounds: u32,
    only: Vec<Group>,
    against: Against,
    workspace: Workspace,
    report: Report,
}

impl Meter {
    fn wants(&self, group: Group) -> bool {
        self.only.is_empty() || self.asks_for(group)
    }

    /// The same for a group that takes minutes, and is not measured unless it is named.
    fn asks_for(&self, group: Group) -> bool {
        self.only.contains(&group)
    }
}

/// Builds, measures, prints the table, writes the JSON.
///
/// # Errors
/// Also when partyrun failed at part of a load, and when a server does not start; what was measured is
/// printed first. A missed budget is a result, not an error.
pub fn run(args: &Bench) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let program = workspace.partyrun(args.partyrun.as_deref(), &["loadgen", "bare"])?;
    let folder = workspace.target.join("bench");
    let mut subjects = vec![Subject::partyrun(program, &folder)?];
    if let Some(flags) = &args.also {
        subjects.push(subjects[0].with_flags(flags));
    }
    if args.against == Against::Partykit {
        subjects.push(Subject::partykit(args.partykit.as_deref(), &folder)?);
    }
    let limit = Subject::bare(workspace.program("bare"), &folder);
    let machine = Machine::observe();
    machine
        .warnings()
        .iter()
        .for_each(|warning| ui::step(warning));
    let columns = subjects
        .iter()
        .chain([&limit])
        .map(Subject::column)
        .collect();
    let mut meter = Meter {
        report: Report::new(columns, machine, args),
        subjects,
        limit,
        load: LoadGenerator {
            program: workspace.program("loadgen"),
            secs: args.secs,
        },
        project: workspace.root.join("benches/project"),
        folder,
        rounds: args.rounds,
        only: args.only.clone(),
        against: args.against,
        workspace,
    };
    let outcome = measure::all(&mut meter);
    meter.report.close();
    ui::result(&meter.report.text());
    if let Some(file) = &args.json {
        write(file, &meter.report.json())?;
        ui::step(&format!(
            "Everything that was measured is in `{}`",
            file.display()
        ));
    }
    outcome?;
    match meter.report.failures() {
        0 => Ok(()),
        count => Err(Failure::Incomplete(count)),
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|source| Failure::Unwritable {
        file: file.to_owned(),
        source,
    })
}
