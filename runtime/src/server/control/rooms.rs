//! What there is: the server, its project and the rooms, live and stored. Changes nothing.

use std::collections::BTreeSet;

use partyrun_ops::message::HttpReply;
use serde_json::{Map, Value, json};

use super::super::space::Space;
use super::refusal::{Refusal, json_reply};
use crate::call::RoomKey;

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

    /// The rooms that have a thread or something stored.
    pub(super) async fn rooms(&self, party: Option<&str>) -> Result<Vec<Value>, Refusal> {
        if let Some(party) = party {
            self.check_party(party)?;
        }
        let mut keys: BTreeSet<RoomKey> = self.door.rooms.live().into_iter().collect();
        keys.extend(self.stored().await?);
        let wanted = |key: &RoomKey| party.is_none_or(|party| *key.party == *party);
        Ok(keys
            .into_iter()
            .filter(wanted)
            .map(|key| self.described(&key))
            .collect())
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
        let names = self.storage.rooms().await;
        let names = names.map_err(|error| Refusal::new(503, "storage", error.to_string()))?;
        let keys = names.iter().map(|(party, name)| RoomKey::new(party, name));
        Ok(keys.collect())
    }
}
