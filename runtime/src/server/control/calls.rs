//! What the routes of the control plane do. Each either asks the room, on its own thread, or the part of the
//! server that knows; none keeps anything.

use std::time::Instant;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONNECTION, HOST, HeaderName, UPGRADE};
use hyper::{Request, StatusCode};
use partyrun_ops::message::{Body, HeaderList, HttpReply, HttpRequest};
use partyrun_ops::storage_interface::AlarmEnd;
use serde_json::json;

use super::super::crons;
use super::super::space::Space;
use super::body::{entries, json_text, list_options, options, run_call, sizes};
use super::done;
use super::faults::{closing, line, sending};
use super::refusal::{ERROR_HEADER, Refusal, json_reply};
use super::route::{Action, Route};
use crate::call::{
    Chain, CronRun, Leave, Manner, Reply, RequestKind, RoomKey, RoomRequest, question, take_body,
};
use crate::clock::NotRun;
use crate::project::Event;

/// An `Authorization` for the room: the header itself has the token.
const FOR_ROOM: HeaderName = HeaderName::from_static("partyrun-authorization");

fn gone() -> Refusal {
    let text = "The room ended before it had answered: see what the server has printed";
    Refusal::new(503, "gone", text)
}

impl Space {
    pub(super) async fn call(
        &self,
        route: Route,
        request: Request<Incoming>,
    ) -> Result<HttpReply, Refusal> {
        match route {
            Route::Server => Ok(json_reply(200, &self.describe())),
            Route::Rooms(party) => {
                let wants_sizes = sizes(request.uri().query().unwrap_or_default())?;
                let rooms = self.rooms(party.as_deref(), wants_sizes).await?;
                Ok(json_reply(200, &json!({ "rooms": rooms })))
            }
            // The party may be one that the project has no more.
            Route::Room(key, Action::Reset) => self.reset_room(&key).await,
            Route::Room(key, action) => {
                self.check_party(&key.party)?;
                self.room(key, action, request).await
            }
            Route::Figures => self.figures().await,
            Route::Cron(name) => self.cron(name, request).await,
            Route::Crons => Ok(self.due_crons()),
            Route::Bindings => Ok(self.bound()),
            Route::Reset => self.reset().await,
            Route::ResetStorage => self.reset_storage().await,
            Route::Snapshot | Route::Restore => unreachable!("they are not of a space alone"),
            Route::Faults => Ok(self.faults()),
            Route::AddFault => self.add_fault(request).await,
            Route::Mend => self.mend().await,
            Route::Settle => self.settle(request).await,
            Route::Leaks => Ok(self.leaks().await),
            Route::Why => self.why().await,
            Route::Logs => Ok(self.logged(request.uri().query().unwrap_or_default())?),
            Route::ForgetLogs => {
                self.logs.forget();
                Ok(done())
            }
            Route::Clock => Ok(json_reply(200, &self.shown_clock())),
            Route::SetClock => self.set_clock(request).await,
        }
    }

    async fn room(
        &self,
        key: RoomKey,
        action: Action,
        request: Request<Incoming>,
    ) -> Result<HttpReply, Refusal> {
        let call = |name: &str, more: &str| format!("{{\"call\":\"{name}\"{more}}}");
        let call = match action {
            Action::Describe => return self.describe_room(&key).await,
            Action::Reset => return self.reset_room(&key).await,
            Action::Fetch(rest) => return self.fetch(key, &rest, request).await,
            Action::RunAlarm => return self.run_alarm(&key).await,
            Action::Evict => {
                let options = options(request).await?;
                let how = match options["sockets"].as_str() {
                    Some("keep") => Leave::Keep,
                    Some("close") => Leave::Close,
                    None if options["sockets"].is_null() => Leave::Close,
                    _ => {
                        let text = format!(
                            "`sockets` is \"close\" or \"keep\", got: `{}`",
                            options["sockets"]
                        );
                        return Err(Refusal::new(400, "options", text));
                    }
                };
                return self.leave(&key, how, "evicted").await;
            }
            Action::Restart => return self.leave(&key, Leave::Restart, "restarted").await,
            Action::List => {
                let options = list_options(request.uri().query().unwrap_or_default())?;
                call("list", &format!(",\"options\":{options}"))
            }
            Action::PutMany => call("put", &format!(",\"entries\":{}", entries(request).await?)),
            Action::Clear => call("clear", ""),
            Action::Get(name) => call("get", &format!(",\"key\":{}", json!(name))),
            Action::Put(name) => {
                let value = json_text(request).await?;
                call("put", &format!(",\"entries\":[[{},{value}]]", json!(name)))
            }
            Action::Delete(name) => call("delete", &format!(",\"key\":{}", json!(name))),
            Action::Alarm => call("alarm", ""),
            Action::SetAlarm => {
                let options = options(request).await?;
                let at = &options["at"];
                if !at.is_number() {
                    let text = format!("`at` is a time in milliseconds since 1970, got: `{at}`");
                    return Err(Refusal::new(400, "options", text));
                }
                call("setAlarm", &format!(",\"at\":{at}"))
            }
            Action::DeleteAlarm => call("deleteAlarm", ""),
            Action::Send(id) => {
                let options = options(request).await?;
                return self.touch(&key, id, sending(&options)?).await;
            }
            Action::Close(id) => {
                let options = options(request).await?;
                return self.touch(&key, id, closing(&options)?).await;
            }
            Action::Cut(id) => return self.touch(&key, id, Manner::Cut).await,
            Action::SetLine(id) => {
                let options = options(request).await?;
                return self.touch(&key, id, Manner::Line(line(&options)?)).await;
            }
            Action::Connections => call("connections", ""),
            Action::Run => run_call(&json_text(request).await?)?,
        };
        self.ask(&key, call).await
    }

    /// Asks the room itself.
    async fn ask(&self, key: &RoomKey, call: String) -> Result<HttpReply, Refusal> {
        let http = HttpRequest {
            method: String::new(),
            url: call,
            headers: HeaderList::new(),
            body: Body::Empty,
            client_accept_encoding: None,
        };
        let mut reply = match self.send(key, http, RequestKind::Control).await? {
            Reply::Response(reply) | Reply::Failed(reply, _) => reply,
            Reply::Upgrade(..) | Reply::Pass => return Err(gone()),
        };
        reply.headers = vec![("content-type".into(), "application/json".into())];
        match reply.status {
            200 => Ok(reply),
            202 => Ok(done()),
            400 => {
                reply.headers.push((ERROR_HEADER.into(), "thrown".into()));
                Ok(reply)
            }
            404 => Err(Refusal::new(404, "key", "There is nothing under this key")),
            // What is said in the place of a room that cannot.
            _ => {
                let text = match reply.body {
                    Body::Bytes(text) => String::from_utf8_lossy(&text).into_owned(),
                    Body::Empty | Body::Stream(_) => "The room cannot answer".to_owned(),
                };
                Err(Refusal::new(503, "room", text))
            }
        }
    }

    async fn send(
        &self,
        key: &RoomKey,
        http: HttpRequest,
        kind: RequestKind,
    ) -> Result<Reply, Refusal> {
        let (reply, answer) = question();
        let request = RoomRequest {
            http,
            reply,
            chain: Chain::new(),
            kind,
        };
        self.door.rooms.send(key, request);
        answer.await.map_err(|_| gone())
    }

    /// A request as one of a client, but for the static handlers, which do not see it.
    async fn fetch(
        &self,
        key: RoomKey,
        rest: &str,
        request: Request<Incoming>,
    ) -> Result<HttpReply, Refusal> {
        let started = Instant::now();
        let (parts, incoming) = request.into_parts();
        if parts.headers.contains_key(UPGRADE) {
            let text = "Open sockets on the public port: the room sees no difference";
            return Err(Refusal::new(400, "upgrade", text));
        }
        let host = &self.makings.host;
        let path = format!("/parties/{}/{}{rest}", key.party, key.room);
        let query = parts.uri.query().map(|query| format!("?{query}"));
        let url = format!("http://{host}{path}{}", query.unwrap_or_default());
        let mut headers = HeaderList::new();
        for (name, value) in &parts.headers {
            let value = Bytes::copy_from_slice(value.as_bytes());
            if name == AUTHORIZATION || name == CONNECTION {
                continue;
            }
            headers.push(if name == HOST {
                ("host".into(), host.clone().into())
            } else if *name == FOR_ROOM {
                ("authorization".into(), value)
            } else {
                (Bytes::copy_from_slice(name.as_str().as_bytes()), value)
            });
        }
        let method = parts.method.as_str().to_owned();
        let http = HttpRequest {
            method: method.clone(),
            url,
            headers,
            body: take_body(incoming).await,
            client_accept_encoding: Some(String::new()),
        };
        let reply = match self.send(&key, http, RequestKind::Client).await? {
            Reply::Response(reply) | Reply::Failed(reply, _) => reply,
            Reply::Upgrade(..) | Reply::Pass => return Err(gone()),
        };
        let status = StatusCode::from_u16(reply.status).unwrap_or_default();
        self.door.reporter.report(Event::Request {
            method,
            path,
            status: reply.status,
            reason: status.canonical_reason().unwrap_or_default().to_owned(),
            elapsed: started.elapsed(),
        });
        Ok(reply)
    }

    async fn leave(&self, key: &RoomKey, how: Leave, done: &str) -> Result<HttpReply, Refusal> {
        let Some(left) = self.send_away(key, how) else {
            return Ok(json_reply(200, &json!({ done: false })));
        };
        match left.await {
            Ok(Ok(())) => Ok(json_reply(200, &json!({ done: true }))),
            Ok(Err(count)) => {
                self.makings.readmit(key);
                let text = format!(
                    "The room does not hibernate, so its sockets end with it: evict it with `\"sockets\": \"close\"`, or set `options = {{ hibernate: true }}`. Open sockets: {count}"
                );
                Err(Refusal::new(409, "sockets", text))
            }
            Err(_) => Err(gone()),
        }
    }

    async fn run_alarm(&self, key: &RoomKey) -> Result<HttpReply, Refusal> {
        let ended = match self.alarms.run_now(&self.door.rooms, key) {
            Ok(ended) => ended,
            Err(NotRun::None) => return Ok(json_reply(200, &json!({ "ran": false }))),
            Err(NotRun::Runs) => {
                let text = "The alarm's handler is running";
                return Err(Refusal::new(409, "alarm", text));
            }
        };
        let end = ended.await.map_err(|_| gone())?;
        let is_retried = end == AlarmEnd::Unsettled;
        Ok(json_reply(
            200,
            &json!({ "ran": true, "retry": is_retried }),
        ))
    }

    async fn cron(&self, name: String, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        let current = self.door.current();
        let crons = &current.generation.project.crons;
        let Some((_, expression)) = crons.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = crons.iter().map(|(name, _)| name.as_str()).collect();
            let text = match names.is_empty() {
                true => format!("The configuration has no `crons`, so none is called `{name}`"),
                false => format!(
                    "No cron is called `{name}`; there are: {}",
                    names.join(", ")
                ),
            };
            return Err(Refusal::new(404, "cron", text));
        };
        if !current.table.get("main").is_some_and(|main| main.on_cron) {
            let text = "The main party has no static `onCron`";
            return Err(Refusal::new(409, "cron", text));
        }
        let at_ms = options(request).await?["time"].as_i64();
        let run = CronRun {
            name,
            expression: expression.clone(),
            at_ms: at_ms.unwrap_or_else(|| self.door.clock.now_ms()),
        };
        let status = crons::fire(self.door.clone(), run).await;
        Ok(json_reply(
            200,
            &json!({ "ok": status == 200, "status": status }),
        ))
    }

    async fn reset(&self) -> Result<HttpReply, Refusal> {
        if self.storage.is_kept() {
            let text = "The storage is kept in a folder, which is not emptied: start with `--persist false`";
            return Err(Refusal::new(409, "storage", text));
        }
        let errors = self.left().await.errors;
        self.storage.faults().mend();
        self.forget_test();
        self.end_rooms().await;
        let storage = self.storage.clone();
        let begun = tokio::task::spawn_blocking(move || storage.begin_anew()).await;
        match begun {
            Ok(Ok(())) => {
                self.begin_clock().await?;
                self.logs.forget();
                Ok(json_reply(200, &json!({ "errors": errors })))
            }
            Ok(Err(error)) => Err(Refusal::new(503, "storage", error.to_string())),
            Err(_) => Err(gone()),
        }
    }
}
