//! The order of the groups, and the servers each runs on: fresh ones where an earlier group would show
//! in the numbers. Never formats a result.

use std::path::Path;
use std::time::Duration;

use super::cell::{Cell, Unit};
use super::row::{Budget, Topic};
use super::server::Server;
use super::{Meter, deps, graph, loads, many, page, reload, rooms, testing};
use crate::args::Group;
use crate::error::Failure;
use crate::ui;

/// After a start, until caches are filled and spare rooms are made.
pub const SETTLE: Duration = Duration::from_millis(1500);

/// Runs every group that is wanted.
pub fn all(meter: &mut Meter) -> Result<(), Failure> {
    if meter.wants(Group::Start) {
        start(meter)?;
    }
    let loads = [
        Group::Idle,
        Group::Http,
        Group::Put,
        Group::Echo,
        Group::Fanout,
    ];
    if loads.iter().any(|group| meter.wants(*group)) {
        let mut servers = boot(meter)?;
        servers.push(Server::start(&meter.limit, &meter.project)?);
        loads::all(meter, &servers);
    }
    if meter.wants(Group::Rooms) {
        rooms::run(meter)?;
    }
    if meter.wants(Group::Reload) {
        reload::run(meter)?;
    }
    if meter.wants(Group::Page) {
        page::run(meter)?;
    }
    if meter.wants(Group::Graph) {
        graph::run(meter)?;
    }
    if meter.wants(Group::Deps) {
        deps::run(meter)?;
    }
    if meter.wants(Group::Testing) {
        testing::run(meter)?;
    }
    if meter.asks_for(Group::Many) {
        many::run(meter)?;
    }
    Ok(())
}

/// One server of each subject. Both stay up through a group: an idle one takes no processor time, and
/// taking turns within seconds is worth more than having the machine to oneself for minutes.
pub fn boot(meter: &Meter) -> Result<Vec<Server>, Failure> {
    boot_with(meter, &meter.project)
}

/// The same with another project than the usual one.
pub fn boot_with(meter: &Meter, project: &Path) -> Result<Vec<Server>, Failure> {
    let servers = meter
        .subjects
        .iter()
        .map(|subject| Server::start(subject, project))
        .collect::<Result<_, _>>()?;
    std::thread::sleep(SETTLE);
    Ok(servers)
}

fn start(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Start to first response");
    let mut times = vec![Vec::new(); meter.subjects.len()];
    // The first turn reads the programs from the disk: it does not count.
    for round in 0..=meter.rounds {
        for (subject, times) in meter.subjects.iter().zip(&mut times) {
            let server = Server::start(subject, &meter.project)?;
            if round > 0 {
                times.push(millis(server.first_response));
            }
        }
    }
    let topic = Topic::new("start", "Start to first response", Unit::Milliseconds);
    let outcomes = times
        .into_iter()
        .map(|times| Ok(Cell::median(times)))
        .collect();
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(20.0)), outcomes);
    Ok(())
}

/// A duration in the unit of the table.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
