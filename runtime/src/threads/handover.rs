//! What becomes of a room's sockets when new code takes the place of the old: those that can be are handed on,
//! the others are closed, and the developer is told why. Hibernating ones are not concerned.

use std::collections::BTreeSet;

use crate::call::RoomKey;
use crate::host::{IsolateHost, Refused};
use crate::isolate::{Delivery, Isolate, IsolateKind};
use crate::rooms::Rooms;

/// So many places are named for one reason.
const MOST_PLACES: usize = 3;

/// Has the code that goes leave what is needed of its connections.
pub(super) fn leave(isolate: &mut Isolate, host: &IsolateHost) {
    let mark = isolate.health().start_turn();
    let left = isolate.deliver(IsolateKind::Room, Delivery::Part);
    drop(mark);
    // What it has not come to is closed.
    if let Err(error) = left
        && !error.is_stop()
    {
        host.report_error("Uncaught", error.0);
    }
}

/// Closes what the next code cannot have, and has that connect the rest.
pub(super) fn part(host: &IsolateHost, rooms: &Rooms, key: &RoomKey, is_kept: bool) {
    let address = key.address();
    let refused = host.sockets.take_refused();
    let ending = host.sockets.count_ending();
    host.sockets.close_ending(1012, "Reloaded");
    host.sockets.hand_on();
    if !is_kept {
        if ending > 0 {
            rooms.notice_once(
                "sockets closed by a save".to_owned(),
                format!(
                    "The reload closed {} of room `{address}` with 1012. A page with partysocket comes back after 3 s; with its option `minReconnectionDelay: 100` at once. With `--keep-sockets` they stay open",
                    sockets(ending)
                ),
            );
        }
        return;
    }
    for (why, Refused { count, places }) in refused {
        rooms.notice_once(
            format!("sockets not kept: {} {why}", key.party),
            format!(
                "The reload closed {} of room `{address}` with 1012. New code cannot take over sockets {why}{}",
                sockets(count),
                at(&places)
            ),
        );
    }
}

/// Closes the sockets of static handlers: there is no room that could keep them.
pub(super) fn part_statics(host: &IsolateHost, rooms: &Rooms, is_kept: bool) {
    let count = host.sockets.count_of_statics();
    host.sockets.close_awake(1012, "Reloaded");
    if count == 0 {
        return;
    }
    let hint = match is_kept {
        true => "New code takes over only those of rooms",
        false => {
            "A page with partysocket comes back after 3 s; with its option `minReconnectionDelay: 100` at once"
        }
    };
    rooms.notice_once(
        "sockets of static handlers closed by a save".to_owned(),
        format!(
            "The reload closed {} of the static handlers with 1012. {hint}",
            sockets(count)
        ),
    );
}

/// Places behind what they are about, as many as are read.
fn at(places: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = places
        .iter()
        .take(MOST_PLACES)
        .map(String::as_str)
        .collect();
    match places.len() {
        0 => String::new(),
        count if count > MOST_PLACES => {
            format!(", at {} and {} more", shown.join(", "), count - MOST_PLACES)
        }
        _ => format!(", at {}", shown.join(", ")),
    }
}

fn sockets(count: usize) -> String {
    match count {
        1 => "1 socket".to_owned(),
        count => format!("{count} sockets"),
    }
}
