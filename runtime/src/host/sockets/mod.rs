//! The sockets of an isolate's thread: numbers for JavaScript, transports below. They belong to the
//! thread, not to the isolate, so they survive when a hibernating room's isolate goes.

mod arriving;
mod connections;
mod far_ends;
mod kept;
mod late;
mod line;
mod link;
mod members;
mod past;
mod peer;
mod sending;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;

use bytes::Bytes;
use partyrun_ops::message::SocketId;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::call::{PipeEnd, Transport};
use crate::project::Limits;
use crate::socket::{self, Role, Stream};

use super::inbox::{Inbox, SocketEvent};
use super::look::Passing;
use super::readers::{read_pipe, read_wire};
use super::told::SocketNews;
use crate::socket::Dialled;
use link::{Link, Outgoing, Socket};
use past::Keeping;
pub use past::{Kept, Refused};
pub use peer::Peer;

/// Sends in the order of the turns that made them; see [`super::gate`].
pub type TurnNumber = u64;

/// All sockets of one thread.
pub struct Sockets {
    pub(super) limits: Limits,
    pub(super) inbox: Rc<Inbox>,
    next: Cell<SocketId>,
    table: RefCell<BTreeMap<SocketId, Socket>>,
    /// Sockets that have something to flush, or to release once storage has committed.
    dirty: RefCell<Vec<SocketId>>,
    /// Peers that were cut because they did not read, which the developer is yet to hear of.
    cut: RefCell<Vec<Peer>>,
    /// Sockets without a wire that were cut: they go at the end of the turn.
    overfull: RefCell<Vec<SocketId>>,
    /// The size of a message that was refused, which the developer is yet to hear of.
    pub(super) too_large: Cell<Option<u64>>,
    pub(super) news: SocketNews,
    pub(super) passing: Passing,
    keeping: Keeping,
    arriving: Cell<usize>,
    pub(super) readers: Cell<usize>,
    pub(super) readers_changed: Notify,
}

impl Sockets {
    pub fn new(limits: Limits, inbox: Rc<Inbox>) -> Self {
        Sockets {
            limits,
            inbox,
            next: Cell::new(1),
            table: RefCell::default(),
            dirty: RefCell::default(),
            cut: RefCell::default(),
            overfull: RefCell::default(),
            too_large: Cell::new(None),
            news: SocketNews::default(),
            passing: Passing::default(),
            keeping: Keeping::default(),
            arriving: Cell::new(0),
            readers: Cell::new(0),
            readers_changed: Notify::new(),
        }
    }

    /// Whether there are none, not even one that is yet to be connected.
    pub fn is_empty(&self) -> bool {
        self.table.borrow().is_empty()
    }

    fn insert(&self, link: Link) -> SocketId {
        let id = self.next.get();
        self.next.set(id + 1);
        self.table.borrow_mut().insert(id, Socket::new(link));
        id
    }

    /// A socket whose transport comes later.
    pub fn open(&self) -> SocketId {
        self.insert(Link::waiting())
    }

    /// A connection to elsewhere that is being opened. `inside`: while the input gate is closed.
    pub fn open_outgoing(&self, inside: bool, url: &str) -> SocketId {
        let id = self.open();
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.inside = inside;
            socket.peer = Peer::Server(url.to_owned());
        }
        id
    }

    fn wire_limits(&self) -> socket::Limits {
        socket::Limits {
            max_message: self.limits.max_message,
            max_queue: self.limits.max_queue,
        }
    }

    /// Whether events of the socket pass the closed input gate.
    pub fn is_inside(&self, id: SocketId) -> bool {
        self.table.borrow().get(&id).is_some_and(|s| s.inside)
    }

    /// Who is at the other end.
    pub(super) fn peer(&self, id: SocketId) -> Peer {
        let table = self.table.borrow();
        table
            .get(&id)
            .map_or(Peer::Unknown, |socket| socket.peer.clone())
    }

    /// Gives a waiting socket its transport; what it sent so far follows.
    pub fn attach(self: &Rc<Self>, id: SocketId, transport: Transport) {
        let waiting = {
            let mut table = self.table.borrow_mut();
            let Some(socket) = table.get_mut(&id) else {
                return;
            };
            match std::mem::replace(&mut socket.link, Link::Gone) {
                Link::Waiting { queue, .. } => queue,
                other => {
                    socket.link = other;
                    return;
                }
            }
        };
        let link = match transport {
            Transport::Tcp {
                stream,
                read_ahead,
                role,
            } => {
                let opened = TcpStream::from_std(stream)
                    .and_then(|stream| self.wire(id, Stream::Plain(stream), read_ahead, role));
                match opened {
                    Ok(link) => link,
                    Err(_) => return self.lose(id),
                }
            }
            Transport::Dialled(Dialled { stream, read_ahead }) => {
                match self.wire(id, stream, read_ahead, Role::Client) {
                    Ok(link) => link,
                    Err(_) => return self.lose(id),
                }
            }
            Transport::Pipe(PipeEnd { sender, receiver }) => {
                tokio::task::spawn_local(read_pipe(self.clone(), id, receiver));
                Link::Pipe(sender, VecDeque::new())
            }
        };
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.link = link;
            self.news.add_open(&socket.peer);
        }
        for (outgoing, turn) in waiting {
            match outgoing {
                Outgoing::Message(message) => self.pass(id, &message, turn),
                Outgoing::Close(code, reason) => self.close(id, code, &reason, turn),
            }
        }
        // The turn in which these were sent may be long over: flush with the next one.
        self.inbox.wake();
    }

    /// Starts to read a stream.
    fn wire(
        self: &Rc<Self>,
        id: SocketId,
        stream: Stream,
        read_ahead: Bytes,
        role: Role,
    ) -> io::Result<Link> {
        let (reader, outbox) = socket::open(stream, read_ahead, role, self.wire_limits())?;
        tokio::task::spawn_local(read_wire(self.clone(), id, reader, outbox.clone()));
        Ok(Link::Wire(outbox))
    }

    /// The transport never came, or is gone.
    pub fn lose(&self, id: SocketId) {
        if self.table.borrow_mut().remove(&id).is_some() {
            self.inbox.push_now(SocketEvent::lost(id));
        }
    }

    /// How many sockets keep the room alive: all, or those that cannot hibernate. One that user code
    /// was given and never accepted does not.
    pub fn count(&self, hibernating_too: bool) -> usize {
        let table = self.table.borrow();
        let keeping = table.values().filter(|s| s.keeps_room(hibernating_too));
        keeping.count()
    }

    /// Whether there is one of these.
    pub fn is_any(&self, hibernating_too: bool) -> bool {
        let table = self.table.borrow();
        table.values().any(|s| s.keeps_room(hibernating_too))
    }

    /// Ends every socket that does not hibernate, with a Close frame. What is left of the code behind
    /// them will not hear of it.
    pub fn close_awake(self: &Rc<Self>, code: u16, reason: &str) {
        self.close_those(code, reason, |socket| socket.record.is_none());
    }

    /// Ends every socket that neither hibernates nor is kept for the code that comes.
    pub fn close_ending(self: &Rc<Self>, code: u16, reason: &str) {
        self.close_those(code, reason, |socket| {
            socket.record.is_none() && !socket.is_kept()
        });
    }

    /// Ends every socket, the hibernating ones too.
    pub fn close_all(self: &Rc<Self>, code: u16, reason: &str) {
        self.close_those(code, reason, |_| true);
    }

    fn close_those(self: &Rc<Self>, code: u16, reason: &str, which: impl Fn(&Socket) -> bool) {
        let ids: Vec<SocketId> = {
            let table = self.table.borrow();
            let chosen = table.iter().filter(|(_, socket)| which(socket));
            chosen.map(|(id, _)| *id).collect()
        };
        for id in &ids {
            self.close(*id, Some(code), reason, 0);
        }
        self.flush(TurnNumber::MAX);
        self.table.borrow_mut().retain(|id, _| !ids.contains(id));
        self.inbox.retain(|socket| self.knows(socket));
    }

    /// Cuts every socket without a Close frame (section 5.4: shutdown).
    pub fn abort_all(&self) {
        for socket in self.table.borrow().values() {
            if let Link::Wire(outbox) = &socket.link {
                outbox.abort();
            }
        }
        self.table.borrow_mut().clear();
    }

    /// Waits until every connection has been closed in order. A socket that is dropped with input
    /// unread is reset, which can destroy its Close frame.
    pub async fn readers_done(&self) {
        while self.readers.get() > 0 {
            self.readers_changed.notified().await;
        }
    }

    pub fn forget(&self, id: SocketId) {
        self.table.borrow_mut().remove(&id);
    }

    pub(super) fn knows(&self, id: SocketId) -> bool {
        self.table.borrow().contains_key(&id)
    }
}

#[cfg(test)]
mod tests;
