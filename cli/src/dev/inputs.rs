//! What the server and the module graph are given of the settings. Owns the
//! variables of the environment that test harnesses set.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use partyrun_runtime::modules::{GraphOptions, ModuleGraph};
use partyrun_runtime::{Crons, Limits, Project};

use super::Failure;
use crate::args::DevArgs;
use crate::config::Settings;

/// How long a room may be idle before it is evicted, or falls asleep, in milliseconds.
const IDLE_VARIABLE: &str = "PARTYRUN_IDLE_MS";

/// How long a room may compute without yielding before it is reset, in milliseconds.
const TURN_VARIABLE: &str = "PARTYRUN_TURN_MS";

/// What the machine is taken to have of memory, in MiB, as if the process's control group had this limit.
/// A variable, like those above: tests, and projects that share a machine, set it once for all that they
/// start, and it changes no answer.
const MEMORY_VARIABLE: &str = "PARTYRUN_MEMORY_MB";

/// How far the clock of `--cron` is ahead of the system's, in milliseconds.
const CRON_CLOCK_VARIABLE: &str = "PARTYRUN_CRON_AHEAD_MS";

/// The limits, with what test harnesses may set, so that hibernation, eviction and resets can be seen
/// without waiting for them.
pub fn limits() -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    if let Some(megabytes) = number(MEMORY_VARIABLE, "megabytes")? {
        limits.memory = Some(megabytes.saturating_mul(1 << 20));
    }
    if let Some(idle) = milliseconds(IDLE_VARIABLE)? {
        limits.idle = Duration::from_millis(idle);
    }
    if let Some(turn) = milliseconds(TURN_VARIABLE)? {
        limits.turn = Duration::from_millis(turn);
    }
    Ok(limits)
}

/// Whether crons run by themselves. Test harnesses may bring their times nearer.
pub fn crons(args: &DevArgs) -> Result<Crons, Failure> {
    if !args.cron {
        return Ok(Crons::OnRequest);
    }
    let ahead = milliseconds(CRON_CLOCK_VARIABLE)?.unwrap_or(0);
    Ok(Crons::AtTheirTimes {
        ahead_ms: i64::try_from(ahead).unwrap_or(0),
    })
}

/// An environment variable that is a time in milliseconds.
fn milliseconds(variable: &str) -> Result<Option<u64>, Failure> {
    number(variable, "milliseconds")
}

/// An environment variable that is a number of `what`.
fn number(variable: &str, what: &str) -> Result<Option<u64>, Failure> {
    let Ok(value) = std::env::var(variable) else {
        return Ok(None);
    };
    let number = value.parse().map_err(|_| {
        Failure::of(format!(
            "The environment variable `{variable}` must be a number of {what}, got: `{value}`"
        ))
    })?;
    Ok(Some(number))
}

/// What the module graph is made of.
pub fn graph_options(settings: &Settings, bound: SocketAddr) -> GraphOptions {
    let mut define = settings.define.clone();
    // Always the loopback address, whatever was bound (specification 8.4).
    define
        .entry("PARTYKIT_HOST".to_owned())
        .or_insert_with(|| format!("\"127.0.0.1:{}\"", bound.port()));
    GraphOptions {
        root: settings.root.clone(),
        entries: settings.entries.clone(),
        define,
        alias: settings.alias.clone(),
    }
}

/// What is served.
pub fn project(settings: &Settings, graph: Arc<ModuleGraph>) -> Project {
    Project {
        name: settings.name.clone(),
        graph,
        parties: settings
            .entries
            .iter()
            .map(|(party, _)| party.clone())
            .collect(),
        vars: settings.vars.clone(),
        crons: settings.crons.clone(),
        process_env: settings.process_env.clone(),
        bindings: settings.bindings.clone(),
        keeps_sockets: settings.keeps_sockets,
    }
}
