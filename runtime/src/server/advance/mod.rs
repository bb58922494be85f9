//! A clock that is led: from one timer, alarm or cron to the next, up to a time. Each runs when all that the
//! one before has caused is done, so that a run goes the same way every time. Owns the order; what is due
//! when is known to timers, alarms and crons.

mod quiet;

use std::sync::Arc;

use serde_json::{Value, json};

use super::crons;
use super::door::FrontDoor;
use crate::call::{Beat, CronRun, RoomKey};
use crate::clock::Alarms;
use crate::clock::crons::next_of;
use quiet::Quiet;

/// So many of the last events are told of a clock that does not get on.
const TOLD: usize = 10;

/// What runs at its time. Of one moment, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Timer,
    Alarm,
    Cron,
}

/// Something that runs at its time. Ordered by time, kind, party and room; then as they were started, or as
/// the configuration has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happening {
    /// In milliseconds since 1970.
    at: i64,
    kind: Kind,
    /// `None` for static handlers.
    room: Option<RoomKey>,
    /// Of the crons of the project.
    cron: usize,
}

impl Happening {
    pub fn to_json(&self) -> Value {
        let kind = match self.kind {
            Kind::Timer => "timer",
            Kind::Alarm => "alarm",
            Kind::Cron => "cron",
        };
        let room = self.room.as_ref();
        json!({
            "at": self.at,
            "kind": kind,
            "party": room.map(|key| &*key.party),
            "room": room.map(|key| &*key.room),
        })
    }
}

impl std::fmt::Display for Happening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = chrono::DateTime::from_timestamp_millis(self.at);
        let at = at.map_or_else(|| self.at.to_string(), |at| at.to_rfc3339());
        let of = match (&self.kind, &self.room) {
            (Kind::Cron, _) => "a cron".to_owned(),
            (Kind::Timer, None) => "a timer of the static handlers".to_owned(),
            (Kind::Timer, Some(key)) => format!("a timer of `{}`", key.address()),
            (Kind::Alarm, Some(key)) => format!("the alarm of `{}`", key.address()),
            (Kind::Alarm, None) => "an alarm".to_owned(),
        };
        write!(f, "{of} at {at}")
    }
}

/// Too much has happened on the way.
#[derive(Debug)]
pub struct Runaway {
    pub most: usize,
    /// The last ones.
    pub last: Vec<Happening>,
}

/// Whose clock is led.
pub struct Leader {
    pub door: Arc<FrontDoor>,
    pub alarms: Arc<Alarms>,
    pub storage: crate::storage::StorageHandle,
}

/// Nobody leads the clock any more when this is dropped, also if whoever asked for it went away.
struct Led<'a>(&'a Leader);

impl<'a> Led<'a> {
    fn start(leader: &'a Leader) -> Self {
        leader.door.clock.lead();
        Led(leader)
    }
}

impl Drop for Led<'_> {
    fn drop(&mut self) {
        self.0.door.clock.let_go();
        self.0.tick_all();
    }
}

impl Leader {
    /// Has the clock, which stands still, go ahead by `ahead_ms`. What has happened on the way, in its order.
    pub async fn advance(&self, ahead_ms: i64, most: usize) -> Result<Vec<Happening>, Runaway> {
        let clock = &self.door.clock;
        let start = clock.now_ms();
        let target = start.saturating_add(ahead_ms);
        let mut quiet = Quiet::of(self);
        let led = Led::start(self);
        let mut happened = Vec::new();
        let mut last_cron = (start, usize::MAX);
        quiet.wait().await;
        while let Some(next) = self.next(last_cron).filter(|next| next.at <= target) {
            if happened.len() == most {
                let from = happened.len().saturating_sub(TOLD);
                return Err(Runaway {
                    most,
                    last: happened.split_off(from),
                });
            }
            // What was due before is due now.
            let now = clock.now_ms();
            if next.at > now && clock.set(next.at).is_ok() {
                // Rooms that nobody needs any more go before.
                quiet.wait().await;
            }
            // One that has gone has taken its timers with it.
            let Some(next) = self.next(last_cron).filter(|again| *again == next) else {
                continue;
            };
            self.start(&next);
            if next.kind == Kind::Cron {
                last_cron = (next.at, next.cron);
            }
            quiet.wait().await;
            happened.push(Happening {
                at: next.at.max(now),
                ..next
            });
        }
        if target > clock.now_ms() && clock.set(target).is_ok() {
            quiet.wait().await;
        }
        drop(led);
        Ok(happened)
    }

    /// Has all isolates see what the clock shows.
    pub fn tick_all(&self) {
        for key in self.door.rooms.live() {
            self.door.rooms.beat(&key, Beat::Tick);
        }
        self.door.current().worker.beat(Beat::Tick);
    }

    /// What is next, after the crons that have run.
    fn next(&self, last_cron: (i64, usize)) -> Option<Happening> {
        let clock = &self.door.clock;
        let timer = clock.timers().and_then(|timers| timers.next());
        let timer = timer.map(|timer| Happening {
            at: clock.now_ms() + (timer.due - clock.passed_ms()),
            kind: Kind::Timer,
            room: timer.room.map(|(party, room)| RoomKey { party, room }),
            cron: 0,
        });
        let alarm = self.alarms.first().map(|(at, key)| Happening {
            at,
            kind: Kind::Alarm,
            room: Some(key),
            cron: 0,
        });
        let cron = self.next_cron(last_cron).map(|(at, cron)| Happening {
            at,
            kind: Kind::Cron,
            room: None,
            cron,
        });
        [timer, alarm, cron].into_iter().flatten().min()
    }

    fn next_cron(&self, (at, cron): (i64, usize)) -> Option<(i64, usize)> {
        let current = self.door.current();
        if !current.table.get("main").is_some_and(|main| main.on_cron) {
            return None;
        }
        let crons = &current.generation.project.crons;
        // Those of the same moment that come later in the configuration, then those of later ones.
        let later = crons.get(cron.saturating_add(1)..).unwrap_or_default();
        let same = next_of(later, at - 1).filter(|(time, _)| *time == at);
        same.map(|(time, index)| (time, cron + 1 + index))
            .or_else(|| next_of(crons, at))
    }

    fn start(&self, next: &Happening) {
        match (next.kind, &next.room) {
            (Kind::Timer, Some(key)) => {
                self.door.rooms.beat(key, Beat::Tick);
            }
            (Kind::Timer, None) => self.door.current().worker.beat(Beat::Tick),
            (Kind::Alarm, _) => {
                // How it ends, the alarms' own order of retries takes in.
                let _ = self.alarms.send_first(&self.door.rooms);
            }
            (Kind::Cron, _) => {
                let current = self.door.current();
                let crons = &current.generation.project.crons;
                if let Some((name, expression)) = crons.get(next.cron) {
                    let run = CronRun {
                        name: name.clone(),
                        expression: expression.clone(),
                        at_ms: next.at,
                    };
                    tokio::spawn(crons::fire(self.door.clone(), run));
                }
            }
        }
    }
}

impl Runaway {
    pub fn describe(&self) -> String {
        let last: Vec<_> = self.last.iter().map(ToString::to_string).collect();
        let last = last.join("; ");
        format!(
            "The clock has stopped on its way: more than {} timers, alarms and crons have run, so something sets itself again without end. Allow more by `maxEvents`, or advance by less. The last ones: {last}",
            self.most
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happening(at: i64, kind: Kind, room: &str) -> Happening {
        let key = (!room.is_empty()).then(|| RoomKey::new("main", room));
        Happening {
            at,
            kind,
            room: key,
            cron: 0,
        }
    }

    #[test]
    fn order_is_by_time_kind_and_room() {
        let mut all = [
            happening(2, Kind::Timer, "a"),
            happening(1, Kind::Cron, ""),
            happening(1, Kind::Alarm, "b"),
            happening(1, Kind::Alarm, "a"),
            happening(1, Kind::Timer, "c"),
            happening(1, Kind::Timer, ""),
        ];
        all.sort();
        let shown: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "a timer of the static handlers at 1970-01-01T00:00:00.001+00:00",
                "a timer of `main/c` at 1970-01-01T00:00:00.001+00:00",
                "the alarm of `main/a` at 1970-01-01T00:00:00.001+00:00",
                "the alarm of `main/b` at 1970-01-01T00:00:00.001+00:00",
                "a cron at 1970-01-01T00:00:00.001+00:00",
                "a timer of `main/a` at 1970-01-01T00:00:00.002+00:00",
            ]
        );
    }
}
