//! Rooms that nobody has asked for before: how soon they answer, how many a second, what each takes of
//! memory, and what of it comes back when they are evicted. Never starts a server but its own two.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Meter;
use super::cell::{Cell, Outcome, Unit};
use super::load;
use super::machine;
use super::measure::boot;
use super::memory::Memory;
use super::row::{Budget, Topic};
use super::server::Server;
use crate::error::Failure;
use crate::ui;

/// A room is evicted about 10 s after its last event; memory may take a little longer to go back.
const EVICTION: Duration = Duration::from_secs(13);
const EVICTION_LIMIT: Duration = Duration::from_secs(40);

/// Rooms asked for one after another, with time between for a spare room to be made.
pub const ONE_BY_ONE: u32 = 60;

/// Rooms created at once, in this order.
const BATCHES: [u32; 2] = [200, 1000];

/// Memory that is provided for each room: more than any takes.
const PROVIDED_MIB: u64 = 4;

const ALL_ROOMS: u32 = ONE_BY_ONE + BATCHES[0] + BATCHES[1];

/// Measures on fresh servers.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("New rooms");
    let servers = boot(meter)?;
    let before: Vec<_> = servers.iter().map(Server::memory).collect();

    let outcomes = servers
        .iter()
        .map(|server| one_by_one(meter, server, "new", ONE_BY_ONE));
    let outcomes = outcomes.collect();
    let label = "A new room's first response, p50, one every 50 ms";
    let topic = Topic::new("new-room", label, Unit::Milliseconds);
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(1.0)), outcomes);

    for count in BATCHES {
        let batch = servers.iter().map(|server| create(meter, server, count));
        let (speeds, memories): (Vec<_>, Vec<_>) = batch.unzip();
        let label = format!("{count} rooms created");
        let mut topic = Topic::new(format!("rooms-{count}"), label, Unit::PerSecond);
        if count == 1000 {
            topic = topic.budget(Budget::Times(1.0));
        }
        meter.report.servers.add(topic, speeds);
        // A thousand may take so long that the first are evicted before the last are made.
        if count == 200 {
            let topic = Topic::new("room-memory", "Memory of a live room", Unit::Mebibytes);
            meter
                .report
                .servers
                .add(topic.budget(Budget::AtMost(3.0)), memories);
        }
    }

    ui::step("Waiting until the rooms are evicted");
    let after = settle_after_eviction(&servers);
    let outcomes = before.into_iter().zip(after);
    let outcomes = outcomes
        .map(|(before, after)| kept(before?, after?))
        .collect();
    let label = format!("Memory kept for each of {ALL_ROOMS} evicted rooms");
    let topic = Topic::new("evicted-memory", label, Unit::Kibibytes);
    meter
        .report
        .servers
        .add(topic.budget(Budget::AtMost(64.0)), outcomes);
    Ok(())
}

/// Asks for rooms whose names start with `name`, one after another: how soon one answers.
pub fn one_by_one(meter: &Meter, server: &Server, name: &str, count: u32) -> Outcome {
    let words =
        format!("rooms --prefix /party/{name}- --count {count} --connections 1 --pause-ms 50");
    let report = meter.load.run(server.addr, &words)?;
    let (errors, failed) = load::errors(std::slice::from_ref(&report));
    let note = format!(
        "p99 {}{failed}",
        Unit::Milliseconds.show(report.p99_us / 1000.0)
    );
    Ok(Cell::value(report.p50_us / 1000.0)
        .noted(note)
        .failed(errors)
        .detailed(report))
}

/// Creates rooms 16 at a time: how many a second, and the memory of each.
pub fn create(meter: &Meter, server: &Server, count: u32) -> (Outcome, Outcome) {
    machine::provide_memory(u64::from(count) * PROVIDED_MIB);
    let before = server.memory();
    let words = format!("rooms --prefix /party/many-{count}- --count {count} --connections 16");
    let report = match meter.load.run(server.addr, &words) {
        Ok(report) => report,
        Err(reason) => return (Err(reason.clone()), Err(reason)),
    };
    std::thread::sleep(Duration::from_millis(200));
    let each = before.and_then(|before| {
        let grown = server.memory()?.rss_mib - before.rss_mib;
        Ok(Cell::value(grown / f64::from(count)))
    });
    let (errors, failed) = load::errors(std::slice::from_ref(&report));
    let note = format!(
        "p50 {}{failed}",
        Unit::Milliseconds.show(report.p50_us / 1000.0)
    );
    (
        Ok(Cell::value(report.per_second)
            .noted(note)
            .failed(errors)
            .detailed(report)),
        each,
    )
}

/// Waits until every server's memory has stopped falling.
fn settle_after_eviction(servers: &[Server]) -> Vec<Result<Memory, String>> {
    let begun = Instant::now();
    std::thread::sleep(EVICTION);
    let read = || servers.iter().map(Server::memory).collect::<Vec<_>>();
    let mut last = read();
    loop {
        std::thread::sleep(Duration::from_secs(3));
        let now = read();
        let falls = last.iter().zip(&now).any(|pair| match pair {
            (Ok(last), Ok(now)) => now.rss_mib < last.rss_mib * 0.99,
            _ => false,
        });
        if !falls || begun.elapsed() > EVICTION_LIMIT {
            return now;
        }
        last = now;
    }
}

fn kept(before: Memory, after: Memory) -> Outcome {
    let each = (after.rss_mib - before.rss_mib) * 1024.0 / f64::from(ALL_ROOMS);
    let note = format!("{} before, {} after", show_mib(before), show_mib(after));
    Ok(Cell::value(each)
        .noted(note)
        .detailed(json!({ "before": before, "after": after })))
}

fn show_mib(memory: Memory) -> String {
    Unit::Mebibytes.show(memory.rss_mib)
}
