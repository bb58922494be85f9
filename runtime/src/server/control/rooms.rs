//! What there is: the server, its project and the rooms, live and stored. Changes nothing.

use std::collections::{BTreeSet, HashMap};

use partyrun_ops::message::HttpReply;
use partyrun_ops::storage_interface::StorageFailure;
use serde_json::{Map, Value, json};

use super::super::space::Space;
use super::refusal::{Refusal, json_reply};
use crate::call::RoomKey;
use crate::storage::RoomSize;

fn failed(error: &StorageFailure) -> Refusal {
    Refusal::new(503, "storage", error.to_string())
}

impl Space {
    pub(super) fn describe(&self) -> Value {
        let current = self.door.current();
        let project = &current.generation.project;
        let scheme = match &self.door.tls {
            Some(_) => "https",
            None => "http",
        };
        let crons: Map<String, Value> = project
            .crons
            .iter()
            .map(|(name, expression)| (name.clone(), expression.as_str().into()))
            .collect();
        json!({
            "id": self.id,
            "version": env!("CARGO_PKG_VERSION"),
            "name": project.name,
            "url": format!("{scheme}://{}", self.makings.host),
            "pid": std::process::id(),
            "parties": project.parties,
            "crons": crons,
        })
    }

    pub(super) fn check_party(&self, party: &str) -> Result<(), Refusal> {
        let current = self.door.current();
        if current.table.contains_key(party) {
            return Ok(());
        }
        let parties = current.generation.project.parties.join(", ");
        let text = format!("The project has no party `{party}`; it has: {parties}");
        Err(Refusal::new(404, "party", text))
    }

    /// The rooms that have a thread or something stored. `wants_sizes`: and how much that is.
    pub(super) async fn rooms(
        &self,
        party: Option<&str>,
        wants_sizes: bool,
    ) -> Result<Vec<Value>, Refusal> {
        let mut keys: BTreeSet<RoomKey> = self.door.rooms.live().into_iter().collect();
        keys.extend(self.stored().await?);
        if let Some(party) = party {
            keys.retain(|key| *key.party == *party);
            // Rooms of a party that the project has no more are listed, too.
            if keys.is_empty() {
                self.check_party(party)?;
            }
        }
        let mut rooms: Vec<_> = keys.iter().map(|key| self.described(key)).collect();
        if !wants_sizes {
            return Ok(rooms);
        }
        let sizes = self.storage.sizes().await.map_err(|error| failed(&error))?;
        let sizes: HashMap<RoomKey, RoomSize> = sizes
            .into_iter()
            .map(|size| (RoomKey::new(&size.party, &size.name), size))
            .collect();
        for (key, room) in keys.iter().zip(&mut rooms) {
            let size = sizes.get(key);
            room["entries"] = size.map_or(0, |size| size.entries).into();
            room["bytes"] = size.map_or(0, |size| size.bytes).into();
        }
        Ok(rooms)
    }

    pub(super) async fn describe_room(&self, key: &RoomKey) -> Result<HttpReply, Refusal> {
        let is_stored = self.stored().await?.contains(key);
        let mut room = self.described(key);
        room["stored"] = is_stored.into();
        Ok(json_reply(200, &room))
    }

    fn described(&self, key: &RoomKey) -> Value {
        json!({
            "party": &*key.party,
            "room": &*key.room,
            "live": self.door.rooms.is_live(key),
            "alarm": self.alarms.time_of(key),
        })
    }

    pub(super) async fn stored(&self) -> Result<Vec<RoomKey>, Refusal> {
        let names = self.storage.rooms().await.map_err(|error| failed(&error))?;
        let keys = names.iter().map(|(party, name)| RoomKey::new(party, name));
        Ok(keys.collect())
    }
}
