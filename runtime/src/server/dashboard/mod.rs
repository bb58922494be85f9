//! The dashboard: a page on the public port that shows and drives the server, for a person at this machine. Owns
//! its paths, its token, and what is said to those who are not let in; who that is, is `access`'.

mod access;
mod client;
mod own_process;
mod session;
mod shown;
mod watched;

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use hyper::StatusCode;
use partyrun_ops::message::{Body, HeaderList, HttpReply, HttpRequest};
use tokio::sync::oneshot;

use super::asker::{Named, Way};
use super::door::{Dashboard, FrontDoor};
use super::route;
use super::space::Space;
use super::token::token;
use crate::call::{Reply, is_upgrade};
use crate::pages::dashboard;
use access::{Denied, Landing};
use client::Reached;

/// Where the dashboard is.
pub const PATH: &str = "/__partyrun__/";
/// The same, as some will type it.
const SHORT_PATH: &str = "/__partyrun__";
const SOCKET: &str = "/__partyrun__/socket";

/// The dashboard of a space.
struct Page {
    /// What the page knows and nobody else.
    token: String,
    space: Weak<Space>,
}

/// Gives a space a dashboard.
pub fn open(space: &Arc<Space>) {
    let page = Page {
        token: token(),
        space: Arc::downgrade(space),
    };
    // There is one for each space: a second call says the same.
    let _ = space.door.dashboard.set(Box::new(page));
}

impl Dashboard for Page {
    fn owns(&self, path: &str) -> bool {
        matches!(path, PATH | SHORT_PATH | SOCKET)
    }

    fn answer(&self, door: &FrontDoor, way: Way, path: &str, http: &HttpRequest) -> Reply {
        match self.admit(door, way, path, http) {
            Ok(reply) => reply,
            Err(denied) => {
                let why = explained(denied);
                let text = format!("The dashboard (`{PATH}`) was not shown: {why}");
                door.rooms
                    .notice_once(format!("dashboard: {denied:?}"), text);
                not_found()
            }
        }
    }
}

impl Page {
    fn admit(
        &self,
        door: &FrontDoor,
        way: Way,
        path: &str,
        http: &HttpRequest,
    ) -> Result<Reply, Denied> {
        access::is_local(way, http)?;
        let peer = SocketAddr::new(way.peer, way.peer_port);
        if own_process::is_connected(peer, door.address.port()) {
            return Ok(not_found());
        }
        let Some(space) = self.space.upgrade() else {
            return Ok(not_found());
        };
        if path == SOCKET {
            if !is_upgrade(http) {
                return Ok(not_found());
            }
            access::may_converse(http)?;
            let (slot, transport) = oneshot::channel();
            let reached = Reached {
                host: authority(http),
                scheme: way.scheme,
            };
            let token = self.token.clone();
            tokio::spawn(session::converse(transport, space, token, reached));
            return Ok(Reply::Upgrade(slot, HeaderList::new()));
        }
        if http.method != "GET" || is_upgrade(http) {
            return Ok(not_found());
        }
        Ok(Reply::Response(
            match access::landing(http, door.address)? {
                Landing::Here => dashboard::page(&self.token, &authority(http), way.is_encrypted()),
                Landing::At(host) => moved(&format!("{}://{host}{PATH}", way.scheme)),
            },
        ))
    }
}

/// The host by which the page was found.
fn authority(http: &HttpRequest) -> String {
    let Named { name, port } = Named::in_url(&http.url);
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    format!("{name}{port}")
}

/// What those who are not let in see: nothing.
fn not_found() -> Reply {
    route::text(StatusCode::NOT_FOUND, "Not found")
}

fn moved(to: &str) -> HttpReply {
    HttpReply {
        status: StatusCode::FOUND.as_u16(),
        reason: String::new(),
        headers: vec![
            ("location".into(), to.to_owned().into()),
            ("cache-control".into(), "no-store".into()),
        ],
        body: Body::Empty,
    }
}

/// What the developer is told, where it may be the developer who was not let in.
fn explained(denied: Denied) -> &'static str {
    match denied {
        Denied::Far => "it is only for this machine",
        Denied::Proxied => "whoever asked came through a proxy or a tunnel; open it by `localhost`",
        Denied::Name => "open it by `localhost` or 127.0.0.1",
        Denied::Silent => {
            "the browser does not say on whose behalf it asks (`Sec-Fetch-Site`); use a newer one, and `localhost`"
        }
        Denied::Page => {
            "a page or a service worker of the project asked for it; if that was you, open it in a private window"
        }
    }
}
