//! Spaces as the control plane has them: opened, listed, closed, and found for what is asked of one.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use partyrun_ops::message::HttpReply;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::super::space::{Beginning, MAIN, Space};
use super::super::spaces::Opening;
use super::body::{form, options};
use super::clock::wish_of;
use super::leaks::is_unless_leaks;
use super::refusal::{Refusal, json_reply, no_space};
use super::route::{Asked, Route};
use super::{Control, done};
use crate::time::Clock;

impl Control {
    pub(super) async fn call(&self, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        match Asked::of(request.method(), request.uri().path())? {
            Asked::Spaces => {
                let all = self.spaces.all();
                let all: Vec<_> = all.iter().map(|space| listed(space)).collect();
                Ok(json_reply(200, &json!({ "spaces": all })))
            }
            Asked::Open => self.open(request).await,
            Asked::Close(id) if id == MAIN => {
                let text = "The space `main` ends with the server: reset it, or close another";
                Err(Refusal::new(409, "space", text))
            }
            Asked::Close(id) if is_unless_leaks(request.uri().query().unwrap_or_default())? => {
                self.close_unless_leaks(&id).await
            }
            Asked::Close(id) => {
                let space = self.spaces.take(&id).ok_or_else(|| no_space(&id))?;
                space.close().await;
                Ok(done())
            }
            Asked::Of(id, route) => {
                let space = self.space(id.as_deref().unwrap_or(MAIN))?;
                match route {
                    Route::Snapshot => self.snapshot(&space, request).await,
                    Route::Restore => self.restore(&space, request).await,
                    route => space.call(route, request).await,
                }
            }
        }
    }

    fn space(&self, id: &str) -> Result<Arc<Space>, Refusal> {
        self.spaces.find(id).ok_or_else(|| no_space(id))
    }

    async fn open(&self, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        let vars = vars(&options)?;
        let has_network = match (&options["outbound"], options["outbound"].as_str()) {
            (Value::Null, _) => None,
            (_, Some("network")) => Some(true),
            (_, Some("refuse")) => Some(false),
            (other, _) => {
                let text = format!("`outbound` is \"network\" or \"refuse\", got: `{other}`");
                return Err(Refusal::new(400, "options", text));
            }
        };
        let snapshot = match &options["restore"] {
            Value::Null => None,
            from => Some(self.snapshots.find(from)?),
        };
        let first_clock = options["clock"].clone();
        wish_of(&first_clock)?;
        let opening = Opening {
            beginning: Beginning { vars, first_clock },
            has_network,
        };
        // Spares, which all spaces share, follow a clock of one kind.
        let clock = match self.spaces.main.door.clock.is_adjustable() {
            true => Clock::adjustable(),
            false => Clock::system(),
        };
        let spaces = self.spaces.clone();
        let io = Handle::current();
        let opened = tokio::task::spawn_blocking(move || spaces.open(opening, clock, &io));
        match opened.await {
            Ok(Ok(space)) => {
                let begun = async {
                    if let Some(from) = snapshot {
                        self.begin_with(&space, from).await?;
                    }
                    space.begin_clock().await?;
                    Ok(json_reply(201, &listed(&space)))
                };
                let begun = begun.await;
                // A client that gets an error is not told the id, and could not close the space.
                if begun.is_err()
                    && let Some(space) = self.spaces.take(&space.id)
                {
                    space.close().await;
                }
                begun
            }
            Ok(Err(error)) => Err(Refusal::new(503, "space", error.to_string())),
            Err(_) => Err(Refusal::new(503, "space", "The space could not be opened")),
        }
    }
}

fn vars(options: &Value) -> Result<Map<String, Value>, Refusal> {
    match &options["vars"] {
        Value::Null => Ok(Map::new()),
        Value::Object(vars) => Ok(vars.clone()),
        other => {
            let text = format!("`vars` must be an object, got: `{other}`");
            Err(Refusal::new(400, "options", text))
        }
    }
}

fn listed(space: &Space) -> Value {
    let host = &space.makings.host;
    let scheme = match &space.door.tls {
        Some(_) => "https",
        None => "http",
    };
    json!({
        "id": space.id,
        "url": format!("{scheme}://{host}"),
        "host": host,
        "port": space.door.address.port(),
        "path": format!("/spaces/{}", space.id),
        "rooms": space.door.rooms.live().len(),
    })
}

impl Space {
    pub(super) fn logged(&self, query: &str) -> Result<HttpReply, Refusal> {
        let (mut since, mut names) = (0, String::new());
        for (name, value) in form(query) {
            match name.as_str() {
                "since" => {
                    since = value.parse().map_err(|_| {
                        let text = format!("`since` must be a number, got: `{value}`");
                        Refusal::new(400, "options", text)
                    })?;
                }
                "event" => names = value,
                _ => {
                    let text = format!("There is no option `{name}`; there are: since, event");
                    return Err(Refusal::new(400, "options", text));
                }
            }
        }
        let names: Vec<_> = names.split(',').filter(|name| !name.is_empty()).collect();
        let (logs, next) = self.logs.since(since, &names);
        Ok(json_reply(200, &json!({ "logs": logs, "next": next })))
    }
}
