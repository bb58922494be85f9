//! As many rooms at once as people may ever have: 2,500 that are alive, each with a socket, and 1,000 that sleep under
//! ten sockets each. How many fail, what each takes of memory, what all take of the processor while nothing happens,
//! and how soon one is there when something does. Servers have the machine to themselves, one after another.

use std::time::Duration;

use super::Meter;
use super::cell::{Cell, Outcome, Unit};
use super::load;
use super::machine;
use super::measure::{SETTLE, millis};
use super::memory::Memory;
use super::row::{Budget, Topic};
use super::server::Server;
use super::subject::Subject;
use crate::error::Failure;
use crate::ui;

/// Many rooms, and what is expected of them.
struct Crowd {
    /// Stable start of the rows' names.
    id: &'static str,
    /// What the rooms are, for labels.
    label: &'static str,
    rooms: u32,
    /// Sockets of each room.
    each: u32,
    /// Rooms that get a message.
    messages: u32,
    /// Between the last socket and the first message.
    rest: Duration,
    /// At the end of the rest: what is looked at is the rooms at rest.
    look: Duration,
    /// MiB for each room, more than any takes.
    provided: u64,
}

const LIVE: Crowd = Crowd {
    id: "live",
    label: "2,500 live rooms with a socket each",
    rooms: 2500,
    each: 1,
    messages: 2500,
    rest: Duration::from_secs(30),
    look: Duration::from_secs(10),
    provided: 4,
};

/// Rooms fall asleep 10 s after their last event, here and in the original.
const ASLEEP: Crowd = Crowd {
    id: "asleep",
    label: "10,000 sockets of 1,000 sleeping rooms",
    rooms: 1000,
    each: 10,
    messages: 250,
    rest: Duration::from_secs(25),
    look: Duration::from_secs(5),
    provided: 4,
};

impl Crowd {
    fn topic(&self, id: &str, label: &str, unit: Unit) -> Topic {
        let id = format!("many-{}-{id}", self.id);
        Topic::new(id, format!("{}: {label}", self.label), unit)
    }
}

/// What was seen of a crowd on one server.
struct Seen {
    failures: Outcome,
    /// Of the process, beyond what it had without rooms.
    grown: Result<f64, String>,
    /// Processor time of a second at rest.
    at_rest: Outcome,
    echo: Outcome,
}

/// Measures each subject's server by itself.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    let project = meter.project.clone();
    let seen = measure(meter, &project, &LIVE)?;
    let each = |seen: &Seen| per(&seen.grown, 1.0, LIVE.rooms);
    let topic = LIVE.topic("memory", "memory of each", Unit::Mebibytes);
    add(meter, &LIVE, seen, topic.budget(Budget::AtMost(3.0)), each);

    let sleepers = meter.project.with_file_name("sleepers");
    let seen = measure(meter, &sleepers, &ASLEEP)?;
    let each = |seen: &Seen| per(&seen.grown, 1024.0, ASLEEP.rooms * ASLEEP.each);
    let label = "memory of each socket, with its part of the room";
    let topic = ASLEEP.topic("memory", label, Unit::Kibibytes);
    add(meter, &ASLEEP, seen, topic, each);
    Ok(())
}

fn measure(meter: &Meter, project: &std::path::Path, crowd: &Crowd) -> Result<Vec<Seen>, Failure> {
    ui::step(crowd.label);
    let one = |subject: &Subject| {
        machine::provide_memory(u64::from(crowd.rooms) * crowd.provided);
        let server = Server::start(subject, project)?;
        std::thread::sleep(SETTLE);
        Ok(look(meter, &server, crowd))
    };
    meter.subjects.iter().map(one).collect()
}

/// Puts the crowd on a server and looks at it at the end of the rest.
fn look(meter: &Meter, server: &Server, crowd: &Crowd) -> Seen {
    let Crowd {
        id,
        rooms,
        each,
        messages,
        rest,
        look,
        ..
    } = crowd;
    let before = server.memory();
    let words = format!(
        "held --prefix /party/{id}- --rooms {rooms} --each {each} --messages {messages} --rest-ms {}",
        rest.as_millis()
    );
    let mut at_rest: Result<(Memory, f64), String> = Err("the sockets were not opened".to_owned());
    let report = meter.load.watched(server.addr, &words, || {
        // The look ends a second before the first message.
        std::thread::sleep(*rest - *look - Duration::from_secs(1));
        let time = server.processor_time();
        std::thread::sleep(*look);
        at_rest = time.and_then(|before| {
            let spent = server.processor_time()?.saturating_sub(before);
            Ok((server.memory()?, millis(spent) / look.as_secs_f64()))
        });
    });
    let report = match report {
        Ok(report) => report,
        Err(reason) => {
            return Seen {
                failures: Err(reason.clone()),
                grown: Err(reason.clone()),
                at_rest: Err(reason.clone()),
                echo: Err(reason),
            };
        }
    };
    let (errors, failed) = load::errors(std::slice::from_ref(&report));
    let opened = Unit::Milliseconds.show(report.set_up_ms);
    let p99 = Unit::Milliseconds.show(report.p99_us / 1000.0);
    Seen {
        failures: Ok(Cell::value(errors as f64)
            .noted(format!("opened in {opened}{failed}"))
            .failed(errors)),
        grown: before.and_then(|before| Ok(at_rest.clone()?.0.rss_mib - before.rss_mib)),
        at_rest: at_rest.map(|(_, spent)| Cell::value(spent)),
        echo: Ok(Cell::value(report.p50_us / 1000.0)
            .noted(format!("p99 {p99}"))
            .detailed(report)),
    }
}

fn per(grown: &Result<f64, String>, factor: f64, count: u32) -> Outcome {
    let grown = grown.clone()?;
    Ok(Cell::value(grown * factor / f64::from(count)))
}

/// Adds the rows of a crowd; `each` makes those of `memory`.
fn add(
    meter: &mut Meter,
    crowd: &Crowd,
    seen: Vec<Seen>,
    memory: Topic,
    each: impl Fn(&Seen) -> Outcome,
) {
    let table = &mut meter.report.servers;
    let memories = seen.iter().map(each).collect();
    let mut failures = Vec::new();
    let (mut rests, mut echoes) = (Vec::new(), Vec::new());
    for one in seen {
        failures.push(one.failures);
        rests.push(one.at_rest);
        echoes.push(one.echo);
    }
    let topic = crowd.topic("failures", "sockets or messages that failed", Unit::Count);
    table.add(topic.budget(Budget::AtMost(0.0)), failures);
    table.add(memory, memories);
    let label = "processor time of a second at rest";
    table.add(crowd.topic("rest", label, Unit::Milliseconds), rests);
    let label = "a message until its echo, p50";
    table.add(crowd.topic("message", label, Unit::Milliseconds), echoes);
}
