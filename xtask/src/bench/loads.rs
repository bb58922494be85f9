//! Idle memory and the timed loads: HTTP, echo, fan-out. Owns what is sent, the budgets, and the turns
//! that the subjects take. Never starts a server.

use super::Meter;
use super::cell::{Cell, Outcome, Unit, median};
use super::load::{self, LoadReport};
use super::measure::millis;
use super::row::{Budget, Topic};
use super::server::Server;
use crate::args::Group;

/// Runs the wanted ones of these groups on servers that have seen no load yet. The last one is the limit, which stores
/// nothing.
pub fn all(meter: &mut Meter, servers: &[Server]) {
    let Some((_, projects)) = servers.split_last() else {
        return;
    };
    idle(meter, projects);
    http(meter, servers);
    put(meter, projects);
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
    let topic = topic.budget(Budget::Times(5.0));
    meter.report.servers.add(topic, outcomes);
}

fn http(meter: &mut Meter, servers: &[Server]) {
    if !meter.wants(Group::Http) {
        return;
    }
    for count in [1, 16, 64] {
        let id = format!("http-{count}");
        let label = format!("HTTP GET, {}", many(count, "connection"));
        let mut topic = Topic::new(&id, label, Unit::PerSecond);
        if count == 16 {
            topic = topic.budget(Budget::Times(20.0));
        }
        timed(meter, servers, topic, |_| {
            format!("http --path /party/{id} --connections {count}")
        });
    }
}

fn put(meter: &mut Meter, servers: &[Server]) {
    if !meter.wants(Group::Put) {
        return;
    }
    for count in [1, 16] {
        let id = format!("put-{count}");
        let label = format!("HTTP GET with one put, {}", many(count, "connection"));
        let topic = Topic::new(&id, label, Unit::PerSecond);
        timed(meter, servers, topic, |_| {
            format!("http --path /party/{id}?put --connections {count}")
        });
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
        topic.budgets = budget.map(Budget::Times).into_iter().collect();
        // Each round in a room of its own: the sockets of the last one may still be closing.
        timed(meter, servers, topic, |round| {
            format!("fanout --path /party/{id}-{round} --receivers {receivers} --window {window}")
        });
    }
}

/// What one load found, and the processor time that the server took for each that it handled, in milliseconds.
struct Round {
    load: LoadReport,
    cost: f64,
}

/// Puts the same load on each server in turn, `rounds` times, the first one alternating. `words` makes
/// the load generator's words for a round.
fn timed(meter: &mut Meter, servers: &[Server], topic: Topic, words: impl Fn(u32) -> String) {
    let mut found: Vec<Result<Vec<Round>, String>> =
        servers.iter().map(|_| Ok(Vec::new())).collect();
    for round in 0..meter.rounds {
        let mut turns: Vec<usize> = (0..servers.len()).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for turn in turns {
            let Ok(rounds) = &mut found[turn] else {
                continue;
            };
            match once(meter, &servers[turn], &words(round)) {
                Ok(round) => rounds.push(round),
                Err(reason) => found[turn] = Err(reason),
            }
        }
    }
    let id = format!("cost-{}", topic.id);
    let label = format!("{}: processor time of each", topic.label);
    let costs = found.iter().map(cost).collect();
    let rates = found.into_iter().map(|rounds| rounds.map(rate)).collect();
    meter.report.servers.add(topic, rates);
    let topic = Topic::new(id, label, Unit::Milliseconds);
    meter.report.costs.add(topic, costs);
}

fn once(meter: &Meter, server: &Server, words: &str) -> Result<Round, String> {
    let mut before = Err("The load never began".to_owned());
    let load = meter.load.timed(server.addr, words, || {
        before = server.processor_time();
    })?;
    let taken = server.processor_time()?.saturating_sub(before?);
    let cost = millis(taken) / load.handled.max(1) as f64;
    Ok(Round { load, cost })
}

fn cost(rounds: &Result<Vec<Round>, String>) -> Outcome {
    let rounds = rounds.as_ref().map_err(Clone::clone)?;
    Ok(Cell::median(
        rounds.iter().map(|round| round.cost).collect(),
    ))
}

fn rate(rounds: Vec<Round>) -> Cell {
    let reports: Vec<LoadReport> = rounds.into_iter().map(|round| round.load).collect();
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
