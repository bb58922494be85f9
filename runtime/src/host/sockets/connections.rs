//! The connections of a room among its thread's sockets: which they are, and what has come on each. For
//! whoever looks at a room from outside.

use std::cell::Cell;
use std::rc::Rc;

use partyrun_ops::message::SocketId;

use super::Sockets;
use super::link::{Link, Socket};
use super::peer::Peer;
use crate::call::Heard;

impl Sockets {
    /// What has come on a socket: messages, and their bytes.
    pub(in crate::host) fn heard_on(&self, id: SocketId) -> Rc<Cell<(u64, u64)>> {
        let table = self.table.borrow();
        let socket = table.get(&id);
        socket
            .map(|socket| socket.heard.clone())
            .unwrap_or_default()
    }

    /// The connections of the room, with what has come on each.
    pub(in crate::host) fn heard(&self) -> Vec<Heard> {
        let table = self.table.borrow();
        let open = table
            .values()
            .filter(|socket| !matches!(socket.link, Link::Gone | Link::Waiting { .. }));
        open.filter_map(|socket| {
            let Peer::Client(connection) = &socket.peer else {
                return None;
            };
            let (messages, bytes) = socket.heard.get();
            Some(Heard {
                connection: connection.clone(),
                messages,
                bytes,
            })
        })
        .collect()
    }

    /// How many connections of the room are open.
    pub(in crate::host) fn open_connections(&self) -> usize {
        let table = self.table.borrow();
        let is_open = |socket: &&Socket| {
            matches!(socket.peer, Peer::Client(_))
                && !matches!(socket.link, Link::Gone | Link::Waiting { .. })
        };
        table.values().filter(is_open).count()
    }

    /// Whether a client leaves unread what it was sent.
    pub(in crate::host) fn has_unsent(&self) -> bool {
        let table = self.table.borrow();
        table.values().any(|socket| match &socket.link {
            Link::Wire(outbox) => outbox.queued_bytes() > 0,
            _ => false,
        })
    }

    /// Whether a message is on its way on a bad line.
    pub(in crate::host) fn has_late(&self) -> bool {
        let table = self.table.borrow();
        let mut lines = table.values().filter_map(|socket| socket.line.as_ref());
        lines.any(|line| line.has_late())
    }

    /// The socket of a room's connection.
    pub fn named(&self, connection: &str) -> Option<SocketId> {
        let table = self.table.borrow();
        let is_it = |peer: &Peer| matches!(peer, Peer::Client(id) if id == connection);
        let mut open = table
            .iter()
            .filter(|(_, socket)| !matches!(socket.link, Link::Gone));
        open.find(|(_, socket)| is_it(&socket.peer))
            .map(|(id, _)| *id)
    }

    /// The sockets of all connections of the room.
    pub fn of_connections(&self) -> Vec<SocketId> {
        let table = self.table.borrow();
        let is_one = |socket: &Socket| matches!(socket.peer, Peer::Client(_));
        let ours = table.iter().filter(|(_, socket)| is_one(socket));
        ours.map(|(id, _)| *id).collect()
    }

    /// Ends a socket's connection without a word.
    pub fn cut(&self, id: SocketId) {
        if let Some(Link::Wire(outbox)) = self.table.borrow().get(&id).map(|socket| &socket.link) {
            outbox.abort();
        }
    }
}
