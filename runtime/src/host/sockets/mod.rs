//! The sockets of an isolate's thread: numbers for JavaScript, transports below. They belong to the
//! thread, not to the isolate, so they survive when a hibernating room's isolate goes.

mod arriving;
mod connections;
mod far_ends;
mod late;
mod line;
mod link;
mod peer;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;

use bytes::Bytes;
use partyrun_ops::message::{Message, SocketId, SocketRecord};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::call::{PipeEnd, Transport};
use crate::project::Limits;
use crate::socket::{self, Frame, Role, Stream};

use super::inbox::{Inbox, SocketEvent};
use super::readers::{read_pipe, read_wire};
use super::told::SocketNews;
use crate::socket::Dialled;
use line::Passage;
use link::{Link, Outgoing, Socket, frame};
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
                Outgoing::Message(message) => self.send(id, &message, turn),
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

    pub fn send(self: &Rc<Self>, id: SocketId, message: &Message, turn: TurnNumber) {
        let mut table = self.table.borrow_mut();
        if let Some(socket) = table.get_mut(&id) {
            self.send_to(id, socket, message, &frame(message), turn);
        }
    }

    fn send_to(
        self: &Rc<Self>,
        id: SocketId,
        socket: &mut Socket,
        message: &Message,
        frame: &Frame,
        turn: TurnNumber,
    ) {
        match &mut socket.link {
            Link::Waiting { queue, bytes } => {
                *bytes += frame.wire_len();
                if *bytes > self.limits.max_queue {
                    return self.cut_off(id, socket);
                }
                queue.push((Outgoing::Message(message.clone()), turn));
            }
            Link::Wire(outbox) => {
                if let Some(line) = &mut socket.line {
                    match line.lets_pass(frame, turn) {
                        Passage::Now => {}
                        Passage::Lost => return,
                        Passage::After(time) => return self.send_later(id, time),
                    }
                }
                match outbox.push(frame, turn) {
                    Ok(()) => self.mark(id),
                    Err(socket::Refused::Full { .. }) => {
                        outbox.abort();
                        self.cut.borrow_mut().push(socket.peer.clone());
                    }
                    Err(socket::Refused::Closed) => {}
                }
            }
            Link::Pipe(sender, queue) => {
                if sender.count(message).is_err() {
                    return self.cut_off(id, socket);
                }
                queue.push_back((Outgoing::Message(message.clone()), turn));
                self.mark(id);
            }
            Link::FarEnd(_) | Link::Dialled(_) | Link::Gone => {}
        }
    }

    /// Ends a socket whose other end does not read: it gets no more, and its room hears of a loss when
    /// the turn is over.
    fn cut_off(&self, id: SocketId, socket: &mut Socket) {
        socket.link = Link::Gone;
        self.cut.borrow_mut().push(socket.peer.clone());
        self.overfull.borrow_mut().push(id);
    }

    fn mark(&self, id: SocketId) {
        let mut dirty = self.dirty.borrow_mut();
        if dirty.last() != Some(&id) {
            dirty.push(id);
        }
    }

    /// One encode for all members; each flushes its own queue at the end of the turn.
    pub fn broadcast(self: &Rc<Self>, message: &Message, except: &[SocketId], turn: TurnNumber) {
        let frame = frame(message);
        for (id, socket) in self.table.borrow_mut().iter_mut() {
            if socket.member && !except.contains(id) {
                self.send_to(*id, socket, message, &frame, turn);
            }
        }
    }

    pub fn close(self: &Rc<Self>, id: SocketId, code: Option<u16>, reason: &str, turn: TurnNumber) {
        let mut table = self.table.borrow_mut();
        let Some(socket) = table.get_mut(&id) else {
            return;
        };
        let reason = reason.to_owned();
        match &mut socket.link {
            Link::Waiting { queue, .. } => queue.push((Outgoing::Close(code, reason), turn)),
            Link::Wire(outbox) => {
                outbox.close(code, &reason, turn);
                self.mark(id);
            }
            Link::Pipe(_, queue) => {
                queue.push_back((Outgoing::Close(code, reason), turn));
                self.mark(id);
            }
            Link::FarEnd(_) | Link::Dialled(_) | Link::Gone => {}
        }
    }

    /// Lets what was sent up to `turn` leave, and writes it.
    pub fn flush(&self, turn: TurnNumber) {
        for id in self.overfull.take() {
            self.lose(id);
        }
        let dirty = std::mem::take(&mut *self.dirty.borrow_mut());
        let mut table = self.table.borrow_mut();
        for id in dirty {
            let Some(socket) = table.get_mut(&id) else {
                continue;
            };
            match &mut socket.link {
                Link::Wire(outbox) => {
                    outbox.release(turn);
                    outbox.flush();
                    if outbox.queued_bytes() > 0 {
                        self.mark(id);
                    }
                }
                Link::Pipe(sender, queue) => {
                    let free = queue.partition_point(|(_, sent)| *sent <= turn);
                    for (outgoing, _) in queue.drain(..free) {
                        socket.said_close |= matches!(outgoing, Outgoing::Close(..));
                        // That the other end is gone is what the reader reports.
                        let _ = sender.send_counted(outgoing.into());
                    }
                    if !queue.is_empty() {
                        self.mark(id);
                    }
                    if socket.said_close && socket.heard_close {
                        table.remove(&id);
                    }
                }
                Link::Waiting { .. } | Link::FarEnd(_) | Link::Dialled(_) | Link::Gone => {}
            }
        }
    }

    /// User code has heard that the peer's side is over: with `clean` it took leave, else it is gone, and
    /// gets no more than what is queued.
    pub fn heard_the_end(&self, id: SocketId, clean: bool) {
        let mut table = self.table.borrow_mut();
        let Some(socket) = table.get_mut(&id) else {
            return;
        };
        socket.heard_close = true;
        match &socket.link {
            Link::Wire(outbox) if !clean => outbox.end(),
            Link::Pipe(..) if !clean || socket.said_close => {
                table.remove(&id);
            }
            _ => {}
        }
    }

    /// The peers that were cut, since this was asked last, because they did not read.
    pub fn take_cut(&self) -> Vec<Peer> {
        std::mem::take(&mut *self.cut.borrow_mut())
    }

    /// Drops what was sent after `turn`: it tells of writes that are lost.
    pub fn forget_held(&self, turn: TurnNumber) {
        for socket in self.table.borrow_mut().values_mut() {
            match &mut socket.link {
                Link::Wire(outbox) => {
                    outbox.release(turn);
                    outbox.forget_held();
                }
                Link::Waiting { queue, .. } => queue.retain(|(_, sent)| *sent <= turn),
                Link::Pipe(sender, queue) => queue.retain(|(outgoing, sent)| {
                    let stays = *sent <= turn;
                    if let (false, Outgoing::Message(message)) = (stays, outgoing) {
                        sender.discount(message);
                    }
                    stays
                }),
                Link::FarEnd(_) | Link::Dialled(_) | Link::Gone => {}
            }
        }
    }

    pub fn set_member(&self, id: SocketId, member: bool) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.member = member;
        }
    }

    /// Says which connection of the room it is.
    pub fn set_name(&self, id: SocketId, name: String) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.peer = Peer::Client(name);
        }
    }

    pub fn set_record(&self, record: SocketRecord) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&record.id) {
            socket.peer = Peer::Client(record.connection.clone());
            socket.record = Some(record);
        }
    }

    /// Sockets of a hibernating room that are still connected, in the order they connected.
    pub fn records(&self) -> Vec<SocketRecord> {
        let table = self.table.borrow();
        table
            .values()
            .filter(|s| s.member)
            .filter_map(|s| s.record.clone())
            .collect()
    }

    pub fn set_attachment(&self, id: SocketId, bytes: Vec<u8>) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.attachment = Some(bytes);
        }
    }

    pub fn attachment(&self, id: SocketId) -> Option<Vec<u8>> {
        self.table.borrow().get(&id)?.attachment.clone()
    }

    /// How many sockets keep the room alive: all, or those that cannot hibernate. One that user code
    /// was given and never accepted does not.
    pub fn count(&self, hibernating_too: bool) -> usize {
        let table = self.table.borrow();
        table
            .values()
            .filter(|s| {
                !matches!(s.link, Link::Gone | Link::FarEnd(_) | Link::Dialled(_))
                    && (hibernating_too || s.record.is_none())
            })
            .count()
    }

    /// Ends every socket that does not hibernate, with a Close frame. What is left of the code behind
    /// them will not hear of it.
    pub fn close_awake(self: &Rc<Self>, code: u16, reason: &str) {
        self.close_those(code, reason, |socket| socket.record.is_none());
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
