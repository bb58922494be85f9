//! What becomes of a room's sockets when new code takes the place of the old: those that can be are handed on,
//! the others are closed, and the developer is told why. Hibernating ones are not concerned.

use crate::call::RoomKey;
use crate::host::IsolateHost;
use crate::isolate::{Delivery, Isolate, IsolateKind};
use crate::rooms::Rooms;

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
                    "The save closed {} of room `{address}` with 1012. A page with partysocket comes back after 3 s; with its option `minReconnectionDelay: 100` at once. With `--keep-sockets` they stay open",
                    sockets(ending)
                ),
            );
        }
        return;
    }
    if refused.is_empty() {
        return;
    }
    let reasons: Vec<&str> = refused.keys().map(String::as_str).collect();
    let kind = format!("sockets not kept: {} {}", key.party, reasons.join(", "));
    let parts: Vec<String> = refused
        .iter()
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    let total = refused.values().sum();
    rooms.notice_once(
        kind,
        format!(
            "The save closed {} of room `{address}` with 1012, which new code cannot take over: {}",
            sockets(total),
            parts.join(", ")
        ),
    );
}

fn sockets(count: usize) -> String {
    match count {
        1 => "1 socket".to_owned(),
        count => format!("{count} sockets"),
    }
}
