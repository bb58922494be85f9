//! `cargo xtask soak`: one server, used in every way for minutes while its code is saved again and
//! again. Owns the saves, the memory samples and the verdict. Never generates load itself: the
//! `loadgen` program does.
//!
//! It fails for a lost write, a room that does not answer, a save that does not come through, any
//! error that a client should not see, and memory that goes on growing after the warm-up.

mod growth;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::args::Soak;
use crate::bench::probe;
use crate::bench::server::Server;
use crate::bench::subject::Subject;
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;
use growth::{Growth, Sample};

/// Between two saves.
const SAVE_EVERY: Duration = Duration::from_secs(10);
/// A save that is not live by then never will be, however busy the machine is.
const SAVE_LIMIT: Duration = Duration::from_secs(30);
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

/// What the load generator reports.
#[derive(Debug, Deserialize)]
struct Report {
    messages: u64,
    bytes: u64,
    writes: u64,
    checks: u64,
    alarms: u64,
    opened: u64,
    closed: u64,
    dropped: u64,
    reloaded: u64,
    lost: u64,
    stuck: u64,
    errors: u64,
    last_error: Option<String>,
}

/// Builds, soaks, prints the figures.
///
/// # Errors
/// When anything went wrong that the module's description names; the figures are printed first.
pub fn run(args: &Soak) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let program = workspace.partyrun(args.partyrun.as_deref(), &["loadgen"])?;
    let folder = workspace.target.join("soak");
    let subject = Subject::partyrun(program, &folder)?;
    let server = Server::start(&subject, &workspace.root.join("benches/soak"))?;
    ui::step(&format!(
        "{} rooms for {} s on {}",
        args.rooms, args.secs, server.addr
    ));
    let mut load = start_load(&workspace.program("loadgen"), server.addr, args)?;
    let seen = watch(&server, &mut load)?;
    let output = load
        .wait_with_output()
        .map_err(|error| Failure::Measurement(error.to_string()))?;
    let report: Report =
        serde_json::from_slice(&output.stdout).map_err(|error| Failure::Output {
            command: "loadgen soak".to_owned(),
            reason: error.to_string(),
        })?;
    let growth = Growth::of(&seen.samples);
    print(&report, &seen, growth.as_ref());
    let faults = faults(&report, &seen, growth.as_ref());
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Soak(faults.join("\n"))),
    }
}

fn start_load(program: &Path, addr: SocketAddr, args: &Soak) -> Result<Child, Failure> {
    Command::new(program)
        .arg("soak")
        .args(["--addr", &addr.to_string()])
        .args(["--rooms", &args.rooms.to_string()])
        .args(["--secs", &args.secs.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| Failure::NotStarted {
            program: program.display().to_string(),
            source,
        })
}

/// What was seen while the load ran.
struct Seen {
    samples: Vec<Sample>,
    saves: u32,
    slowest_save: Duration,
    /// Saves that never came through.
    dead_saves: u32,
}

/// Saves and samples until the load ends.
fn watch(server: &Server, load: &mut Child) -> Result<Seen, Failure> {
    let unmeasured = Failure::Measurement;
    let begun = Instant::now();
    let mut seen = Seen {
        samples: Vec::new(),
        saves: 0,
        slowest_save: Duration::ZERO,
        dead_saves: 0,
    };
    let (mut next_save, mut next_sample) = (SAVE_EVERY, Duration::ZERO);
    let mut pending: Option<(String, Instant)> = None;
    loop {
        let running = load.try_wait().map_err(|e| unmeasured(e.to_string()))?;
        if running.is_some() {
            return Ok(seen);
        }
        let now = begun.elapsed();
        if now >= next_sample {
            next_sample = now + SAMPLE_EVERY;
            let mib = server.memory().map_err(unmeasured)?.rss_mib;
            seen.samples.push(Sample { at: now, mib });
        }
        if let Some((version, saved)) = &pending {
            let live = is_live(server, version);
            if live || saved.elapsed() > SAVE_LIMIT {
                seen.slowest_save = seen.slowest_save.max(saved.elapsed());
                seen.dead_saves += u32::from(!live);
                pending = None;
            }
        } else if now >= next_save {
            next_save = now + SAVE_EVERY;
            seen.saves += 1;
            let version = format!("save-{}", seen.saves);
            save(&server.project.join("server.ts"), &version)?;
            pending = Some((version, Instant::now()));
        }
        std::thread::sleep(POLL);
    }
}

fn is_live(server: &Server, version: &str) -> bool {
    probe::get(server.addr, "/party/version?version").is_ok_and(|answer| answer.body == version)
}

fn save(file: &PathBuf, version: &str) -> Result<(), Failure> {
    let text = probe::with_version(file, version).map_err(Failure::Measurement)?;
    fs::write(file, text).map_err(|source| Failure::Unwritable {
        file: file.clone(),
        source,
    })
}

fn print(report: &Report, seen: &Seen, growth: Option<&Growth>) {
    let Report {
        messages,
        writes,
        checks,
        alarms,
        opened,
        closed,
        dropped,
        reloaded,
        ..
    } = report;
    let mib = report.bytes >> 20;
    ui::result(&format!("messages  {messages}, {mib} MiB each way"));
    ui::result(&format!(
        "writes    {writes} acknowledged, {checks} checks, {} lost",
        report.lost
    ));
    ui::result(&format!(
        "sockets   {opened} opened, {closed} closed, {dropped} dropped, {reloaded} ended by new code"
    ));
    ui::result(&format!("alarms    {alarms} came in time"));
    ui::result(&format!(
        "saves     {}, the slowest live after {} ms",
        seen.saves,
        seen.slowest_save.as_millis()
    ));
    ui::result(&format!(
        "faults    {} stuck, {} errors",
        report.stuck, report.errors
    ));
    let samples: Vec<String> = seen
        .samples
        .iter()
        .step_by(seen.samples.len().div_ceil(30).max(1))
        .map(|sample| format!("{:.0}", sample.mib))
        .collect();
    ui::result(&format!("memory    {} MiB", samples.join(" ")));
    match growth {
        Some(growth) => ui::result(&format!("growth    {growth}")),
        None => ui::result("growth    too short a run to tell"),
    }
}

fn faults(report: &Report, seen: &Seen, growth: Option<&Growth>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |found: bool, text: String| {
        if found {
            faults.push(text);
        }
    };
    fault(
        report.lost > 0,
        format!("Acknowledged writes that were lost: {}", report.lost),
    );
    fault(
        report.stuck > 0,
        format!("Rooms or alarms that never answered: {}", report.stuck),
    );
    fault(
        report.errors > 0,
        format!(
            "Errors that a client should not see: {}, the last: {}",
            report.errors,
            report.last_error.as_deref().unwrap_or("unknown")
        ),
    );
    fault(
        seen.dead_saves > 0,
        format!("Saves that never came through: {}", seen.dead_saves),
    );
    if let Some(growth) = growth {
        fault(
            growth.is_a_leak(),
            format!("Memory goes on growing after the warm-up: {growth}"),
        );
    }
    faults
}
