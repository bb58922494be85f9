//! Where a request goes (specification, section 3, in its order).

use std::time::Instant;

use hyper::StatusCode;
use partyrun_ops::message::{HttpReply, HttpRequest};

use crate::call::question;
use crate::call::text_reply;
use crate::call::{Chain, Reply, RequestKind, RoomKey, RoomRequest, StaticCall};
use crate::isolate::NO_HANDLERS;
use crate::project::Event;

use super::asker::Way;
use super::door::{Current, FrontDoor};
use super::error_page;
use super::ours::{self, Ours};
use super::place::Place;
use super::welcome;
use crate::call::party_url::{self, PartyUrl};

pub(super) fn text(status: StatusCode, text: &str) -> Reply {
    Reply::Response(text_reply(status.as_u16(), text))
}

/// A request that has nowhere to go, which the developer hears of too (section 3.5).
fn failed(door: &FrontDoor, kind: &str, message: &str) -> Reply {
    door.reporter.report(Event::UserError {
        context: "fetch error".to_owned(),
        text: format!("{kind}{message}"),
        room: None,
        place: None,
    });
    text(StatusCode::INTERNAL_SERVER_ERROR, message)
}

/// A request for a room whose party takes none.
fn untaken(door: &FrontDoor, current: &Current, key: &RoomKey) -> Reply {
    let graph = &current.generation.project.graph;
    let message = "No onRequest handler";
    door.reporter.report(Event::UserError {
        context: "fetch error".to_owned(),
        text: format!("Error: {message}"),
        room: Some(key.address()),
        place: graph.default_export(&key.party, None).map(Box::new),
    });
    text(StatusCode::INTERNAL_SERVER_ERROR, message)
}

fn gone() -> HttpReply {
    text_reply(500, "The handler ended without answering")
}

/// Gets the answer to a request of a client. `path` is without the query.
pub async fn answer(
    door: &FrontDoor,
    way: Way,
    place: &Place,
    path: &str,
    upgrade: bool,
    http: HttpRequest,
) -> Reply {
    let shows_page = error_page::is_wanted(door, way, &http);
    let reply = sent(door, way, place, path, upgrade, http).await;
    error_page::instead(door, shows_page, reply)
}

async fn sent(
    door: &FrontDoor,
    way: Way,
    place: &Place,
    path: &str,
    upgrade: bool,
    http: HttpRequest,
) -> Reply {
    if !upgrade && let Err(refusal) = door.guard.admit_name(way, &http) {
        return ours::refuse(door, path, &refusal);
    }
    let current = door.current();
    match party_url::parse(path) {
        PartyUrl::NoParty => failed(door, "Error: ", "No party found in request url"),
        PartyUrl::Room { party, room } => {
            let key = RoomKey::new(party, room);
            to_party(door, &current, place, key, upgrade, http).await
        }
        PartyUrl::Elsewhere => {
            place.at_home().await;
            elsewhere(door, &current, way, path, upgrade, http).await
        }
    }
}

async fn to_party(
    door: &FrontDoor,
    current: &Current,
    place: &Place,
    key: RoomKey,
    upgrade: bool,
    http: HttpRequest,
) -> Reply {
    let Some(handlers) = current.table.get(&*key.party) else {
        let told = &door.unknown_parties;
        if let Some(notice) = told.notice(&key.party, current.table.keys()) {
            door.rooms.notice(notice);
        }
        let missing = format!("Party {} not found", key.party);
        return text(StatusCode::NOT_FOUND, &missing);
    };
    if upgrade {
        door.visits.others_come(&key, Instant::now());
    }
    if upgrade && handlers.on_before_connect {
        place.at_home().await;
        return ask(current, StaticCall::BeforeConnect { key }, http).await;
    }
    if !upgrade && handlers.on_before_request {
        place.at_home().await;
        let call = StaticCall::BeforeRequest {
            key,
            has_on_request: handlers.on_request,
        };
        return ask(current, call, http).await;
    }
    if !upgrade && !handlers.on_request {
        return untaken(door, current, &key);
    }
    if !upgrade {
        place.request_to(&key, &door.visits).await;
    }
    let (reply, answer) = question();
    let request = RoomRequest {
        http,
        reply,
        chain: Chain::new(),
        kind: RequestKind::Client,
    };
    door.rooms.send(&key, request);
    answer.await.unwrap_or_else(|_| Reply::Response(gone()))
}

async fn elsewhere(
    door: &FrontDoor,
    current: &Current,
    way: Way,
    path: &str,
    upgrade: bool,
    http: HttpRequest,
) -> Reply {
    let main = current.table.get("main").unwrap_or(&NO_HANDLERS);
    let assets = &door.pages;
    let is_socket = upgrade && main.on_socket;
    if let Some(ours) = Ours::at(door, path, main, is_socket) {
        return ours::answer(door, current, way, ours, path, http).await;
    }
    if is_socket {
        return ask(current, StaticCall::Socket, http).await;
    }
    match assets.answer(&http.method, path, &http.headers).await {
        Ok(None) => {}
        Ok(Some(file)) => return Reply::Response(file),
        Err(malformed) => {
            return failed(door, "URIError: ", &malformed.to_string());
        }
    }
    let method = http.method.clone();
    if main.on_fetch {
        match ask(current, StaticCall::Fetch, http).await {
            Reply::Pass => {}
            reply => return reply,
        }
    } else if let Some(page) = welcome::answer(door, current, way, path, &http) {
        return Reply::Response(page);
    }
    match assets.not_found(&method).await {
        Some(page) => Reply::Response(page),
        None => text(StatusCode::NOT_FOUND, "Not found"),
    }
}

pub(super) async fn ask(current: &Current, call: StaticCall, http: HttpRequest) -> Reply {
    let (reply, answer) = question();
    current.worker.call(call, http, reply);
    answer.await.unwrap_or_else(|_| Reply::Response(gone()))
}
