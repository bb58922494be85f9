//! Which room, on which code, and who waits for it.

use std::sync::Arc;

use crate::project::{Project, RoomAddress};

/// Identity of a room: its party and its raw name (section 2.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey {
    pub party: Arc<str>,
    pub room: Arc<str>,
}

impl RoomKey {
    pub fn new(party: &str, room: &str) -> Self {
        RoomKey {
            party: party.into(),
            room: room.into(),
        }
    }

    pub fn address(&self) -> RoomAddress {
        RoomAddress {
            party: self.party.to_string(),
            room: self.room.to_string(),
        }
    }
}

/// The rooms whose handlers wait, directly or not, for the answer to a call. A room that finds itself
/// here lets the call through its gate: nothing else could ever open it.
pub type Chain = Vec<RoomKey>;

/// The version of the project that rooms are to run. A newer one makes them reload.
#[derive(Clone)]
pub struct Generation {
    pub project: Arc<Project>,
}
