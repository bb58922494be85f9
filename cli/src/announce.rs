//! What `partyrun dev` says of its own accord about a project and its changes. Owns the words; when
//! they are said is `dev`'s business.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use partyrun_runtime::RoomAddress;

use crate::config::{Persist, Settings, shown};
use crate::failure::Failure;
use crate::machine::events;
use crate::ui::Printer;
use crate::watch::Change;

const OPEN: &str =
    "Other machines can reach rooms and files here: `--host 127.0.0.1` keeps them out";

/// Most rooms and parties that are listed.
const MOST_ROOMS: usize = 100;
const MOST_PARTIES: usize = 12;

/// Says which files changed.
pub fn changes(printer: &Printer, cwd: &Path, changes: &[Change]) {
    let mut names: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Path(path) => shown(cwd, path),
            Change::Unknown => "any file".to_owned(),
        })
        .collect();
    names.sort();
    names.dedup();
    printer.status(format!("Changed: {}", names.join(", ")));
}

/// Says that what the changes have made of the project is served: new code, or what was served before.
/// `files`: those that have changed.
pub fn reloaded(printer: &Printer, is_new: bool, elapsed: Duration, files: &[String]) {
    printer.emit(&events::reload(is_new, elapsed));
    if printer.is_of_events() {
        return;
    }
    match is_new {
        true => {
            let files = match files {
                [] => String::new(),
                [one] => format!(": {one}"),
                [first, second] => format!(": {first}, {second}"),
                [first, more @ ..] => format!(": {first} and {} more", more.len()),
            };
            printer.status(format!("Reloaded in {} ms{files}", elapsed.as_millis()));
        }
        false => printer.status("Back to the running version; nothing to reload."),
    }
}

/// Says which rooms live, and how many sockets each has.
pub fn rooms(printer: &Printer, rooms: &[(&RoomAddress, usize)]) {
    if rooms.is_empty() {
        return printer.out("No room lives at the moment");
    }
    let sockets = |count: &usize| match count {
        0 => String::new(),
        1 => "  1 socket".to_owned(),
        count => format!("  {count} sockets"),
    };
    let mut lines = vec![format!("Rooms that live: {}", rooms.len())];
    lines.extend(
        rooms.iter().take(MOST_ROOMS).map(|(room, count)| {
            format!("  /parties/{}/{}{}", room.party, room.room, sockets(count))
        }),
    );
    if rooms.len() > MOST_ROOMS {
        lines.push(format!("  and {} more", rooms.len() - MOST_ROOMS));
    }
    printer.out(lines.join("\n"));
}

/// Which parties there are, and what each has handlers for, a line each.
pub fn parties(parties: &[(String, Vec<&'static str>)]) -> Vec<String> {
    let line = |(party, handlers): &(String, Vec<_>)| match handlers.is_empty() {
        true => format!("- party {party}: no handlers"),
        false => format!("- party {party}: {}", handlers.join(", ")),
    };
    let mut lines: Vec<_> = parties.iter().take(MOST_PARTIES).map(line).collect();
    if parties.len() > MOST_PARTIES {
        lines.push(format!("- and {} more", parties.len() - MOST_PARTIES));
    }
    lines
}

/// Says why what is served is not what the files are.
pub fn not_reloaded(printer: &Printer, failure: &Failure) {
    printer.emit(&events::failed_reload(&events::plain(&failure.text())));
    if printer.is_of_events() {
        return;
    }
    for message in &failure.messages {
        printer.show_error(message);
    }
    printer.err("Still serving the previous version.");
}

/// Says what the project is made of.
pub fn project(printer: &Printer, cwd: &Path, settings: &Settings) {
    let config = match &settings.config_file {
        Some(path) => shown(cwd, path),
        None => "none found".to_owned(),
    };
    printer.status(format!("Configuration: {config}"));
    for (party, path) in &settings.entries {
        printer.status(format!("Party {party}: {}", shown(cwd, path)));
    }
    let storage = match &settings.persist {
        Persist::Folder(folder) => shown(cwd, folder),
        Persist::Temporary => "forgotten at the end".to_owned(),
    };
    printer.status(format!("Storage: {storage}"));
}

/// What to say if other machines can reach a server that listens at `addresses`.
pub fn exposure<'a>(mut addresses: impl Iterator<Item = &'a SocketAddr>) -> Option<String> {
    let is_open = addresses.any(|address| !address.ip().to_canonical().is_loopback());
    is_open.then(|| OPEN.to_owned())
}

/// Says what is new about `settings` compared with the ones before.
pub fn news(printer: &Printer, settings: &Settings, before: Option<&Settings>) {
    if before.is_none_or(|before| before.env_files != settings.env_files) {
        for file in &settings.env_files {
            printer.status(format!("Loading environment variables from {file}"));
        }
    }
    let known = before.map_or(&[][..], |before| &before.notes);
    for note in settings.notes.iter().filter(|note| !known.contains(note)) {
        printer.note(note);
    }
    let Some(before) = before else { return };
    if before.port != settings.port {
        printer.note("`port` takes effect after a restart");
    }
    if before.persist != settings.persist {
        printer.note("`persist` takes effect after a restart");
    }
}
