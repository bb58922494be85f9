//! What is at paths of the server's own, and not of user code. Nothing of it is answered before `guard` has
//! let the request in; the dashboard lets people in by itself.

use hyper::StatusCode;
use partyrun_ops::message::HttpRequest;

use super::asker::Way;
use super::door::{Current, FrontDoor};
use super::guard::Purpose;
use super::refusal::Refusal;
use super::{error_page, ready, route};
use crate::call::{Reply, StaticCall};
use crate::isolate::Handlers;
use crate::project::Event;

/// The path of the cron test endpoint (section 7.2).
const SCHEDULED: &str = "/__scheduled__";
/// The runtime's own endpoint, which has a cron by its expression (section 7.2).
const CRON_REQUEST: &str = "/cdn-cgi/mf/scheduled";

/// Longest part of a path that is shown.
const SHOWN: usize = 100;

/// Something of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// The platform's endpoint; whether there is a handler.
    CronRequest(bool),
    Scheduled,
    Live,
    /// The page that shows and drives the server. It lets in fewer than `guard` does.
    Dashboard,
    /// Whether the server serves.
    Ready,
}

impl Ours {
    /// What of ours is at `path`, for a project whose main party has these handlers. `is_socket`: it is
    /// user code that takes the request, where we give way to that.
    pub fn at(door: &FrontDoor, path: &str, main: &Handlers, is_socket: bool) -> Option<Ours> {
        match path {
            ready::PATH => Some(Ours::Ready),
            _ if door.dashboard_at(path).is_some() => Some(Ours::Dashboard),
            CRON_REQUEST => Some(Ours::CronRequest(main.on_cron)),
            SCHEDULED if main.on_cron && !is_socket => Some(Ours::Scheduled),
            _ => door.pages.live.owns(path).then_some(Ours::Live),
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Ours::CronRequest(_) | Ours::Scheduled => Purpose::Act,
            Ours::Dashboard | Ours::Live | Ours::Ready => Purpose::Read,
        }
    }
}

/// Gets the answer of something of ours at `path`.
pub async fn answer(
    door: &FrontDoor,
    current: &Current,
    way: Way,
    ours: Ours,
    path: &str,
    http: HttpRequest,
) -> Reply {
    if let Some(dashboard) = door.dashboard_at(path) {
        return dashboard.answer(door, way, path, &http);
    }
    let page = match door.guard.admit(way, &http, ours.purpose()) {
        Ok(page) => page,
        Err(refusal) => return refuse(door, path, &refusal),
    };
    match ours {
        Ours::CronRequest(true) => route::ask(current, StaticCall::CronRequest, http).await,
        // Without a handler there is nothing to go wrong.
        Ours::CronRequest(false) => route::text(StatusCode::OK, "ok"),
        Ours::Scheduled => route::ask(current, StaticCall::Scheduled, http).await,
        Ours::Ready => Reply::Response(ready::answer()),
        Ours::Dashboard => route::text(StatusCode::NOT_FOUND, "Not found"),
        Ours::Live => {
            // Faults show code, as the page of an error does.
            let faults = error_page::may_see(way, &http).then(|| door.reporter.clone());
            match door.pages.live.answer(path, page, faults) {
                Some(reply) => Reply::Response(reply),
                None => route::text(StatusCode::NOT_FOUND, "Not found"),
            }
        }
    }
}

/// Says no, and tells the developer what would let the request in.
pub fn refuse(door: &FrontDoor, path: &str, refusal: &Refusal) -> Reply {
    let path: String = path.chars().take(SHOWN).collect();
    if door.guard.is_new(refusal) {
        let text = format!("A request for `{path}` was refused. {refusal}");
        door.reporter.report(Event::Notice(text));
    }
    let text = format!("ERROR: `{path}` is refused. {refusal}\n");
    route::text(StatusCode::FORBIDDEN, &text)
}
