//! Sockets that outlive the code of their room: what the next code is given of each, and what it cannot be
//! given. While a socket is between the two, nobody reads it and its events wait. Never closes one.

use std::collections::{BTreeMap, BTreeSet};

use partyrun_ops::message::{Body, HttpRequest, SocketId};

use super::Sockets;
use super::link::{Link, Socket};
use super::past::{Held, Kept, Past, Refused};
use super::peer::Peer;
use crate::host::inbox::SocketEvent;
use crate::modules::Place;

impl Socket {
    pub(super) fn is_kept(&self) -> bool {
        self.past.as_ref().is_some_and(|past| past.left.is_some())
    }

    fn is_held(&self) -> bool {
        self.past.as_ref().is_some_and(|past| past.held.is_some())
    }

    /// Whether a peer that has not been told otherwise takes it for open.
    fn is_open(&self) -> bool {
        match &self.link {
            Link::Wire(outbox) => !outbox.is_closed() && !self.heard_close,
            Link::Pipe(..) => !self.said_close && !self.heard_close,
            _ => false,
        }
    }
}

impl Sockets {
    /// Says whether upgrades are remembered from here on: without that no socket can be kept.
    pub fn keep_over_saves(&self, wanted: bool) {
        self.keeping.is_on.set(wanted);
    }

    /// Remembers the request that opens a socket.
    pub fn remember(&self, id: SocketId, request: &HttpRequest) {
        if !self.keeping.is_on.get() {
            return;
        }
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.past = Some(Box::new(Past {
                request: without_body(request),
                left: None,
                held: None,
            }));
        }
    }

    /// Keeps a socket for the next code, which is given `left`. Nothing is read of it until then.
    pub fn keep(&self, id: SocketId, left: Vec<u8>) {
        let mut table = self.table.borrow_mut();
        let Some(socket) = table.get_mut(&id).filter(|socket| socket.is_open()) else {
            return;
        };
        if !matches!(socket.link, Link::Wire(_)) {
            return self.refuse("from another room or a static handler", None);
        }
        let Some(past) = &mut socket.past else {
            return self.refuse("from before sockets were kept", None);
        };
        past.left = Some(left);
        past.held
            .get_or_insert_with(|| Held::new(&self.keeping.holds));
        socket.member = false;
    }

    /// Notes that a connection cannot be kept; `why` goes on from "sockets".
    pub fn keep_not(&self, id: SocketId, why: &str, place: Option<Place>) {
        let is_open = self.table.borrow().get(&id).is_some_and(Socket::is_open);
        if is_open {
            self.refuse(why, place);
        }
    }

    fn refuse(&self, why: &str, place: Option<Place>) {
        let mut refused = self.keeping.refused.borrow_mut();
        let refused = refused.entry(why.to_owned()).or_default();
        refused.count += 1;
        refused.places.extend(place.map(|place| place.to_string()));
    }

    /// Why sockets could not be kept, and how many for each reason, since the last call.
    pub fn take_refused(&self) -> BTreeMap<String, Refused> {
        // Those with which the room's own code has joined itself to others.
        let joined = self.count_open(|socket| matches!(socket.peer, Peer::Unknown));
        let mut refused = self.keeping.refused.take();
        if joined > 0 {
            let why = "of a `WebSocketPair` or to another room";
            let joined = Refused {
                count: joined,
                places: BTreeSet::new(),
            };
            refused.insert(why.to_owned(), joined);
        }
        refused
    }

    /// How many connections of clients are open and end with the code of their room.
    pub fn count_ending(&self) -> usize {
        self.count_open(|socket| {
            matches!(socket.peer, Peer::Client(_))
                && matches!(socket.link, Link::Wire(_))
                && socket.record.is_none()
                && !socket.is_kept()
        })
    }

    /// How many sockets of clients the static handlers have open, who know them by no connection.
    pub fn count_of_statics(&self) -> usize {
        self.count_open(|socket| {
            matches!(socket.peer, Peer::Unknown) && matches!(socket.link, Link::Wire(_))
        })
    }

    fn count_open(&self, which: impl Fn(&Socket) -> bool) -> usize {
        let table = self.table.borrow();
        let open = table.values().filter(|socket| socket.is_open());
        open.filter(|socket| which(socket)).count()
    }

    /// Has the next code connect what is kept, in the order in which it was connected, before anything
    /// else happens there.
    pub fn hand_on(&self) {
        let table = self.table.borrow();
        let kept = table.iter().filter(|(_, socket)| socket.is_kept());
        self.inbox
            .begin_with(kept.map(|(id, _)| SocketEvent::Resume(*id)));
    }

    /// Takes what is kept of a socket; `None` if that has gone.
    pub fn take_kept(&self, id: SocketId) -> Option<Kept> {
        let mut table = self.table.borrow_mut();
        let past = table.get_mut(&id)?.past.as_mut()?;
        let left = past.left.take()?;
        Some(Kept {
            request: without_body(&past.request),
            left,
        })
    }

    /// The next code has connected it, or has closed it: its events go on.
    pub fn let_go(&self, id: SocketId) {
        let mut table = self.table.borrow_mut();
        let held = table
            .get_mut(&id)
            .and_then(|socket| socket.past.as_mut()?.held.take());
        drop(table);
        if held.is_some() {
            drop(held);
            self.inbox.wake();
        }
    }

    /// Whether any socket is between two codes.
    pub fn is_any_held(&self) -> bool {
        self.keeping.holds.count.get() > 0
    }

    /// Whether events of this one wait.
    pub fn is_held(&self, id: SocketId) -> bool {
        self.table.borrow().get(&id).is_some_and(Socket::is_held)
    }

    /// Waits while the socket is between two codes.
    pub(in crate::host) async fn settled(&self, id: SocketId) {
        while self.is_any_held() && self.is_held(id) {
            self.keeping.holds.changed.notified().await;
        }
    }
}

fn without_body(request: &HttpRequest) -> HttpRequest {
    HttpRequest {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: Body::Empty,
        client_accept_encoding: request.client_accept_encoding.clone(),
    }
}
