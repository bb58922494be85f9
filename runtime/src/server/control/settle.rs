//! Waits until a space has nothing under way, and says what goes on all the same. Asks each thread how it
//! stands, until all stand still twice with nothing done in between: what one thread does for another is
//! counted before it says so. Changes nothing.

use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use partyrun_ops::message::HttpReply;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::super::space::Space;
use super::body::json_text;
use super::refusal::{Refusal, json_reply};
use crate::call::{Pending, RoomKey, Standing};
use crate::project::Reporter;
use crate::threads::PartyTable;

const PATIENCE_MS: u64 = 5_000;
/// How long leaks and the like wait for a thread that computes.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// How long an isolate takes to say where it is.
const LOOK_WHERE: Duration = Duration::from_millis(20);
/// Between two looks at threads that are at something.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    connections: Vec<Sent>,
    timeout: Option<u64>,
}

/// What a client has sent on a connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    party: Option<String>,
    room: String,
    id: String,
    #[serde(default)]
    messages: u64,
    #[serde(default)]
    bytes: u64,
}

/// How the threads of a space stand; the static handlers have no room.
pub(super) struct Sweep {
    pub standings: Vec<(Option<RoomKey>, Standing)>,
    /// They have not answered in time.
    silent: Vec<(Option<RoomKey>, Pending)>,
}

impl Sweep {
    fn is_settled(&self) -> bool {
        let still = |(_, standing): &(_, Standing)| standing.is_settled;
        self.silent.is_empty() && self.standings.iter().all(still)
    }

    fn activity(&self) -> Vec<(Option<RoomKey>, u64)> {
        let counts = self.standings.iter();
        let mut counts: Vec<_> = counts
            .map(|(key, standing)| (key.clone(), standing.activity))
            .collect();
        counts.sort();
        counts
    }

    fn has_heard(&self, sent: &Sent) -> bool {
        let party = sent.party.as_deref().unwrap_or("main");
        let key = RoomKey::new(party, &sent.room);
        let room = self
            .standings
            .iter()
            .find(|(of, _)| of.as_ref() == Some(&key));
        let heard = room.and_then(|(_, standing)| {
            let mut connections = standing.connections.iter();
            connections.find(|heard| heard.connection == sent.id)
        });
        // One that is gone has said what it had to say.
        heard.is_none_or(|heard| heard.messages >= sent.messages && heard.bytes >= sent.bytes)
    }

    /// What goes on, or, with `is_late`, keeps from settling.
    pub fn pending(&self, is_late: bool) -> Vec<Value> {
        let silent = self
            .silent
            .iter()
            .map(|(key, work)| told(key.as_ref(), work));
        let others = self.standings.iter().flat_map(|(key, standing)| {
            let mut pending = standing.pending.clone();
            if is_late && !standing.is_settled && pending.is_empty() {
                pending.push(Pending::new("a write"));
            }
            pending
                .iter()
                .map(|pending| told(key.as_ref(), pending))
                .collect::<Vec<_>>()
        });
        silent.chain(others).collect()
    }
}

fn waits(pending: &Pending) -> Value {
    json!({
        "what": pending.what,
        "at": pending.at,
        "ms": pending.since.map(|since| since.elapsed().as_millis() as u64),
        "lasting": pending.is_lasting(),
    })
}

fn told(key: Option<&RoomKey>, pending: &Pending) -> Value {
    let mut told = waits(pending);
    told["party"] = key.map(|key| &*key.party).into();
    told["room"] = key.map(|key| &*key.room).into();
    told
}

impl Space {
    pub(super) async fn settle(&self, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        let patience = options.timeout.unwrap_or(PATIENCE_MS);
        let deadline = Instant::now() + Duration::from_millis(patience);
        let mut before = None;
        loop {
            let sweep = self.sweep(deadline).await;
            let unheard = options
                .connections
                .iter()
                .find(|sent| !sweep.has_heard(sent));
            let is_settled = sweep.is_settled() && unheard.is_none() && !self.alarms.has_due();
            let activity = (sweep.activity(), self.bindings.jobs());
            if is_settled && before.as_ref() == Some(&activity) {
                let pending = sweep.pending(false);
                return Ok(json_reply(
                    200,
                    &json!({ "settled": true, "pending": pending }),
                ));
            }
            if Instant::now() >= deadline {
                return Ok(late(&sweep, unheard, patience));
            }
            match is_settled {
                true => {
                    before = Some(activity);
                    // What bindings were asked for has been done after it, and its answers are on their way.
                    let _ = self.storage.run(|_| ()).await;
                }
                false => {
                    before = None;
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Asks all threads; those that have not answered at `deadline` are silent.
    pub(super) async fn sweep(&self, deadline: Instant) -> Sweep {
        let mut sweep = Sweep {
            standings: Vec::new(),
            silent: Vec::new(),
        };
        let current = self.door.current();
        let worker = current.worker.probe();
        let rooms = self.door.rooms.probe();
        let rooms = rooms.into_iter().map(|(key, asked)| (Some(key), asked));
        for (key, asked) in rooms.chain(worker.map(|asked| (None, asked))) {
            match timeout_at(deadline, asked).await {
                Ok(Ok(mut standing)) => {
                    for pending in &mut standing.pending {
                        let handler = handler_place(&current.table, key.as_ref(), pending);
                        let at = pending.at.as_deref().or(handler);
                        pending.at = at.map(|at| self.logs.shorten(at));
                    }
                    sweep.standings.push((key, standing));
                }
                // It has ended, and has nothing under way.
                Ok(Err(_)) => {}
                Err(_) => sweep.silent.push((key, Pending::new("work"))),
            }
        }
        self.find(&mut sweep).await;
        sweep
    }

    /// Finds out where those compute that do not answer.
    async fn find(&self, sweep: &mut Sweep) {
        if sweep.silent.is_empty() {
            return;
        }
        let watchdog = &self.makings.watchdog;
        watchdog.ask_where();
        sleep(LOOK_WHERE).await;
        for (key, work) in &mut sweep.silent {
            let room = key.as_ref().map(RoomKey::address);
            let place = watchdog.place_of(room.as_ref());
            work.at = place.map(|place| self.logs.shorten(&place));
        }
    }

    pub(super) async fn why(&self) -> Result<HttpReply, Refusal> {
        let sweep = self.sweep(Instant::now() + LOOK).await;
        let room = |key: Option<&RoomKey>, is_asleep: bool, pending: &[Pending]| {
            json!({
                "party": key.map(|key| &*key.party),
                "room": key.map(|key| &*key.room),
                "live": true,
                "hibernates": is_asleep,
                "waits": pending.iter().map(waits).collect::<Vec<_>>(),
            })
        };
        let at_rest = sweep
            .standings
            .iter()
            .map(|(key, standing)| room(key.as_ref(), standing.is_asleep, &standing.pending));
        let silent = sweep
            .silent
            .iter()
            .map(|(key, work)| room(key.as_ref(), false, std::slice::from_ref(work)));
        let rooms: Vec<_> = at_rest.chain(silent).collect();
        Ok(json_reply(200, &json!({ "rooms": rooms })))
    }
}

/// Where the handler begins that is not over.
fn handler_place<'a>(
    table: &'a PartyTable,
    room: Option<&RoomKey>,
    pending: &Pending,
) -> Option<&'a str> {
    let handlers = table.get(&*room?.party)?;
    handlers.place_of(pending.handler?)
}

async fn options(request: Request<Incoming>) -> Result<Options, Refusal> {
    let text = match hyper::body::Body::is_end_stream(request.body()) {
        true => "{}".to_owned(),
        false => json_text(request).await?,
    };
    serde_json::from_str(&text).map_err(|error| {
        let text =
            format!("The body must be `{{ \"connections\": [...], \"timeout\": ms }}`: {error}");
        Refusal::new(400, "options", text)
    })
}

/// What is said of a settle that does not come.
fn late(sweep: &Sweep, unheard: Option<&Sent>, patience: u64) -> HttpReply {
    let mut pending = sweep.pending(true);
    if let Some(sent) = unheard {
        pending.push(json!({
            "party": sent.party.as_deref().unwrap_or("main"),
            "room": sent.room,
            "what": "messages",
            "at": null,
            "ms": null,
        }));
    }
    let names: Vec<_> = pending.iter().map(in_words).collect();
    let names = match names.is_empty() {
        true => "an alarm that is due".to_owned(),
        false => names.join(", "),
    };
    let text = format!("The space has not settled after {patience} ms. It is busy with: {names}");
    let refusal = Refusal::new(409, "unsettled", text.clone());
    let mut reply = refusal.into_reply();
    let error = json!({ "code": "unsettled", "message": text, "pending": pending });
    reply.body = json_reply(409, &json!({ "error": error })).body;
    reply
}

fn in_words(pending: &Value) -> String {
    let what = pending["what"].as_str().unwrap_or_default();
    let at = pending["at"].as_str();
    let at = at.map_or_else(String::new, |at| format!(" at {at}"));
    match (pending["party"].as_str(), pending["room"].as_str()) {
        (Some(party), Some(room)) => format!("{what}{at} of `{party}/{room}`"),
        _ => format!("{what}{at} of the static handlers"),
    }
}
