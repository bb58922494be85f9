//! What changes from moment to moment: rooms in numbers, and when crons are due. And what the project is bound
//! to. Changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use partyrun_ops::message::HttpReply;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::super::options::Crons;
use super::super::space::Space;
use super::refusal::{Refusal, json_reply};
use crate::call::{Figures, RoomKey};
use crate::clock::crons::next_of;

/// How long a room may take to tell its figures. One that computes, or starts, takes longer.
const PATIENCE: Duration = Duration::from_millis(200);

impl Space {
    pub(super) async fn figures(&self) -> Result<HttpReply, Refusal> {
        let mut rooms: BTreeMap<RoomKey, Option<Figures>> = BTreeMap::new();
        let deadline = Instant::now() + PATIENCE;
        let asked = self.door.rooms.look();
        let mut live = Vec::with_capacity(asked.len());
        for (key, figures) in asked {
            match timeout_at(deadline, figures).await {
                Ok(Ok(figures)) => live.push((key, Some(figures))),
                // It has just ended.
                Ok(Err(_)) => {}
                Err(_) => live.push((key, None)),
            }
        }
        let live: BTreeMap<_, _> = live.into_iter().collect();
        rooms.extend(self.stored().await?.into_iter().map(|key| (key, None)));
        rooms.extend(live.iter().map(|(key, figures)| (key.clone(), *figures)));
        let rooms: Vec<_> = rooms
            .iter()
            .map(|(key, figures)| {
                let mut room = json!({
                    "party": &*key.party,
                    "room": &*key.room,
                    "status": status(live.contains_key(key), *figures),
                    "alarm": self.alarms.time_of(key),
                });
                if let Some(figures) = figures {
                    room["connections"] = figures.connections.into();
                    room["heard"] = figures.heard.into();
                    room["said"] = figures.said.into();
                    room["memory"] = figures.memory.into();
                }
                room
            })
            .collect();
        let now = self.door.clock.now_ms();
        Ok(json_reply(200, &json!({ "now": now, "rooms": rooms })))
    }

    pub(super) fn due_crons(&self) -> HttpReply {
        let current = self.door.current();
        let (ahead_ms, is_scheduled) = match self.crons.when() {
            Crons::OnRequest => (0, false),
            Crons::AtTheirTimes { ahead_ms } => (ahead_ms, true),
        };
        let is_handled = current.table.get("main").is_some_and(|main| main.on_cron);
        let now = self.door.clock.now_ms() + ahead_ms;
        let crons = current.generation.project.crons.iter().map(|cron| {
            let next = next_of(std::slice::from_ref(cron), now);
            json!({
                "name": cron.0,
                "expression": cron.1,
                "next": next.map(|(at, _)| at - ahead_ms),
            })
        });
        let crons: Vec<Value> = crons.collect();
        json_reply(
            200,
            &json!({ "crons": crons, "handled": is_handled, "scheduled": is_scheduled }),
        )
    }

    /// Names only: values of variables may be secrets.
    pub(super) fn bound(&self) -> HttpReply {
        let current = self.door.current();
        let project = &current.generation.project;
        let bindings = &project.bindings;
        let names: Vec<_> = project.vars.keys().collect();
        json_reply(
            200,
            &json!({
                "r2": bindings.r2,
                "kv": bindings.kv,
                "vectorize": bindings.vectorize,
                "ai": bindings.ai.is_some(),
                "vars": names,
            }),
        )
    }
}

/// One word for what a room does.
fn status(is_live: bool, figures: Option<Figures>) -> &'static str {
    match figures {
        _ if !is_live => "stored",
        None => "busy",
        Some(figures) if figures.is_asleep => "asleep",
        Some(figures) if figures.is_held => "waiting",
        Some(_) => "awake",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_does_not_answer_is_busy_and_one_without_a_thread_is_stored() {
        let figures = |is_asleep, is_held| {
            Some(Figures {
                is_asleep,
                is_held,
                ..Figures::default()
            })
        };
        assert_eq!(status(false, None), "stored");
        assert_eq!(status(true, None), "busy");
        assert_eq!(status(true, figures(true, false)), "asleep");
        assert_eq!(status(true, figures(false, true)), "waiting");
        assert_eq!(status(true, figures(false, false)), "awake");
    }
}
