//! A project with packages that many servers have: how soon one more room of it answers, and what the
//! room takes of memory. Installs the packages, of the versions in `benches/deps`.

use std::path::PathBuf;

use super::Meter;
use super::cell::Unit;
use super::measure::{SETTLE, boot_with};
use super::rooms;
use super::row::{Budget, Topic};
use crate::error::Failure;
use crate::npm;
use crate::ui;

/// Rooms asked for one after another before any counts: the first makes what the others share.
const FIRST_ROOMS: u32 = 5;

/// Rooms whose memory is measured.
const ROOMS: u32 = 50;

/// Measures on fresh servers.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Rooms with real dependencies");
    let folder = install(meter)?;
    let servers = boot_with(meter, &folder)?;
    let outcomes = servers.iter().map(|server| {
        rooms::one_by_one(meter, server, "first", FIRST_ROOMS)?;
        rooms::one_by_one(meter, server, "new", rooms::ONE_BY_ONE)
    });
    let outcomes = outcomes.collect();
    let label = "Real dependencies: a further room's first response, p50";
    let topic = Topic::new("deps-new-room", label, Unit::Milliseconds);
    meter
        .report
        .servers
        .add(topic.budget(Budget::AtMost(15.0)), outcomes);
    std::thread::sleep(SETTLE);
    let memories = servers
        .iter()
        .map(|server| rooms::create(meter, server, ROOMS).1);
    let memories = memories.collect();
    let label = "Real dependencies: memory of a live room";
    let topic = Topic::new("deps-room-memory", label, Unit::Mebibytes);
    meter
        .report
        .servers
        .add(topic.budget(Budget::AtMost(5.0)), memories);
    Ok(())
}

/// The project's folder, with its packages.
fn install(meter: &Meter) -> Result<PathBuf, Failure> {
    let source = meter.project.with_file_name("deps");
    let folder = meter.folder.join("deps");
    npm::copy_changed(&source, &folder)?;
    npm::install_packages(&folder)?;
    Ok(folder)
}
