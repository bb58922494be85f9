//! Which sockets are open, as far as the server tells: how many a room has, and for how long. Prints nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use partyrun_runtime::RoomAddress;

/// A room, or none for the static handlers.
type Owner = Option<(String, String)>;

/// When each socket was opened, by room and connection.
type Rooms = BTreeMap<Owner, HashMap<Option<String>, Vec<Instant>>>;

/// Any thread may tell it of a socket.
#[derive(Default)]
pub struct OpenSockets(Mutex<Rooms>);

fn owner(room: Option<&RoomAddress>) -> Owner {
    room.map(|address| (address.party.clone(), address.room.clone()))
}

impl OpenSockets {
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket is open; returns how many of its room are.
    pub fn opened(&self, room: Option<&RoomAddress>, connection: Option<&str>) -> usize {
        let mut rooms = self.rooms();
        let sockets = rooms.entry(owner(room)).or_default();
        let same = sockets.entry(connection.map(str::to_owned)).or_default();
        same.push(Instant::now());
        count(sockets)
    }

    /// A socket is closed; returns how long it was open, if that is known, and how many of its room still are.
    pub fn closed(
        &self,
        room: Option<&RoomAddress>,
        connection: Option<&str>,
    ) -> (Option<Duration>, usize) {
        let mut rooms = self.rooms();
        let owner = owner(room);
        let Some(sockets) = rooms.get_mut(&owner) else {
            return (None, 0);
        };
        let key = connection.map(str::to_owned);
        let mut open_for = None;
        if let Some(same) = sockets.get_mut(&key) {
            // Of several with one id, the oldest is the likeliest to end.
            if !same.is_empty() {
                open_for = Some(same.remove(0).elapsed());
            }
            if same.is_empty() {
                sockets.remove(&key);
            }
        }
        let left = count(sockets);
        if left == 0 {
            rooms.remove(&owner);
        }
        (open_for, left)
    }

    /// How many sockets a room has.
    pub fn of_room(&self, party: &str, room: &str) -> usize {
        let rooms = self.rooms();
        let sockets = rooms.get(&Some((party.to_owned(), room.to_owned())));
        sockets.map_or(0, count)
    }
}

fn count(sockets: &HashMap<Option<String>, Vec<Instant>>) -> usize {
    sockets.values().map(Vec::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_a_room_are_counted_also_those_of_one_id() {
        let room = RoomAddress {
            party: "main".to_owned(),
            room: "r".to_owned(),
        };
        let sockets = OpenSockets::default();
        assert_eq!(sockets.opened(Some(&room), Some("a")), 1);
        assert_eq!(sockets.opened(Some(&room), Some("a")), 2);
        assert_eq!(sockets.opened(None, None), 1);
        assert_eq!(sockets.of_room("main", "r"), 2);
        let (open_for, left) = sockets.closed(Some(&room), Some("a"));
        assert!(open_for.is_some());
        assert_eq!(left, 1);
        assert_eq!(sockets.closed(Some(&room), Some("b")), (None, 1));
        assert_eq!(sockets.closed(Some(&room), Some("a")).1, 0);
        assert_eq!(sockets.closed(Some(&room), Some("a")), (None, 0));
        assert!(
            sockets.rooms().len() == 1,
            "nothing is kept of an empty room"
        );
    }
}
