//! What is stored goes away: of one room, or all of it. Rooms end first, so that none goes on with what it
//! remembers.

use partyrun_ops::message::HttpReply;
use partyrun_ops::storage_interface::StorageFailure;

use super::super::space::Space;
use super::done;
use super::refusal::Refusal;
use crate::call::{Leave, RoomKey};
use crate::storage::{RoomIdentity, internal_id};

fn failed(error: &StorageFailure) -> Refusal {
    Refusal::new(503, "storage", error.to_string())
}

impl Space {
    /// Has a room begin with nothing stored and without an alarm. Its sockets are closed with 1012.
    pub(super) async fn reset_room(&self, key: &RoomKey) -> Result<HttpReply, Refusal> {
        let identity = RoomIdentity {
            party: key.party.to_string(),
            name: key.room.to_string(),
            internal_id: internal_id(&key.party, &key.room),
        };
        self.end_room(key).await;
        let emptied = self.storage.empty_room(identity).await;
        emptied.map_err(|error| failed(&error))?;
        // A client that came back in between has found what was there before.
        self.end_room(key).await;
        Ok(done())
    }

    /// Has everything begin with nothing stored, also where that is kept in a folder.
    pub(super) async fn reset_storage(&self) -> Result<HttpReply, Refusal> {
        self.end_rooms().await;
        let emptied = self.storage.empty().await;
        emptied.map_err(|error| failed(&error))?;
        Ok(done())
    }

    async fn end_room(&self, key: &RoomKey) {
        if let Some(left) = self.send_away(key, Leave::Close) {
            // One that has ended in another way has left, too.
            let _ = left.await;
        }
    }
}
