//! Idle memory and the timed loads: HTTP, echo, fan-out. Owns what is sent, the budgets, and the turns
//! that the subjects take. Never starts a server.

use super::Meter;
use super::load::{self, LoadReport};
use super::row::{Budget, Cell, Topic, Unit, median};
use super::server::Server;
use crate::args::Group;

/// Runs the wanted ones of these groups on servers that have seen no load yet.
pub fn all(meter: &mut Meter, servers: &[Server]) {
    idle(meter, servers);
    http(meter, servers);
    echo(meter, servers);
    fanout(meter, servers);
}

fn idle(meter: &mut Meter, servers: &[Server]) {
    if !meter.wants(Group::Idle) {
        return;
    }
    let outcomes = servers
        .iter()
        .map(|server| {
            let memory = server.memory()?;
            let note = format!("{} processes", memory.processes);
            Ok(Cell::value(memory.rss_mib).noted(note).detailed(memory))
        })
        .collect();
    let topic = Topic::new("idle", "Idle memory, one room", Unit::Mebibytes);
    meter.report.add(topic.budget(Budget::Times(5.0)), outcomes);
}

fn http(meter: &mut Meter, servers: &[Server]) {
    for (group, what, query, connections) in [
        (Group::Http, "HTTP GET", "", &[1, 16, 64][..]),
        (Group::Put, "HTTP GET with one put", "?put", &[1, 16]),
    ] {
        if !meter.wants(group) {
            continue;
        }
        for count in connections {
            let id = format!("{}-{count}", if query.is_empty() { "http" } else { "put" });
            let mut topic = Topic::new(
                &id,
                format!("{what}, {}", many(*count, "connection")),
                Unit::PerSecond,
            );
            if id == "http-16" {
                topic = topic.budget(Budget::Times(20.0));
            }
            timed(meter, servers, topic, |_| {
                format!("http --path /party/{id}{query} --connections {count}")
            });
        }
    }
}

fn echo(meter: &mut Meter, servers: &[Server]) {
    if !meter.wants(Group::Echo) {
        return;
    }
    for (id, label, words, budget) in [
        ("echo-1", "Echo, 1 socket", "--connections 1", 1.0),
        (
            "echo-16",
            "Echo, 16 sockets in one room",
            "--connections 16",
            3.0,
        ),
        (
            "echo-16-rooms",
            "Echo, 16 sockets in 16 rooms",
            "--connections 16 --room-each",
            3.0,
        ),
    ] {
        let topic = Topic::new(id, label, Unit::PerSecond).budget(Budget::Times(budget));
        timed(meter, servers, topic, |_| {
            format!("echo --path /party/{id}- {words}")
        });
    }
}

fn fanout(meter: &mut Meter, servers: &[Server]) {
    if !meter.wants(Group::Fanout) {
        return;
    }
    for (receivers, window, budget) in [
        (100, 1, None),
        (100, 16, None),
        (1000, 1, Some(3.0)),
        (1000, 16, Some(15.0)),
    ] {
        let id = format!("fanout-{receivers}-{window}");
        let label = format!("Fan-out 1 -> {receivers}, {window} in flight, deliveries");
        let mut topic = Topic::new(&id, label, Unit::PerSecond);
        topic.budget = budget.map(Budget::Times);
        // Each round in a room of its own: the sockets of the last one may still be closing.
        timed(meter, servers, topic, |round| {
            format!("fanout --path /party/{id}-{round} --receivers {receivers} --window {window}")
        });
    }
}

/// Puts the same load on each server in turn, `rounds` times, the first one alternating. `words` makes
/// the load generator's words for a round.
fn timed(meter: &mut Meter, servers: &[Server], topic: Topic, words: impl Fn(u32) -> String) {
    let mut found: Vec<Result<Vec<LoadReport>, String>> =
        servers.iter().map(|_| Ok(Vec::new())).collect();
    for round in 0..meter.rounds {
        let mut turns: Vec<usize> = (0..servers.len()).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for turn in turns {
            let Ok(reports) = &mut found[turn] else {
                continue;
            };
            match meter.load.timed(servers[turn].addr, &words(round)) {
                Ok(report) => reports.push(report),
                Err(reason) => found[turn] = Err(reason),
            }
        }
    }
    meter.report.add(
        topic,
        found.into_iter().map(|reports| reports.map(rate)).collect(),
    );
}

fn rate(reports: Vec<LoadReport>) -> Cell {
    let of = |field: fn(&LoadReport) -> f64| -> Vec<f64> { reports.iter().map(field).collect() };
    let latency = |field| Unit::Milliseconds.show(median(&of(field)) / 1000.0);
    let note = format!(
        "p50 {}, p99 {}",
        latency(|report| report.p50_us),
        latency(|report| report.p99_us)
    );
    let (errors, failed) = load::errors(&reports);
    let cell = Cell::median(of(|report| report.per_second));
    cell.noted(note + &failed).failed(errors).detailed(&reports)
}

fn many(count: u32, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
