//! The sockets of an isolate's thread: numbers for JavaScript, transports below. They belong to the
//! thread, not to the isolate, so they survive when a hibernating room's isolate goes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use partyrun_ops::interface::{Message, SocketId, SocketRecord};
use tokio::net::TcpStream;

use crate::event::{PipeEnd, PipeMessage, PipeSender, Transport, TransportSlot};
use crate::project::Limits;
use crate::socket::{self, Frame, Inbound, Outbox, Reader, Role};

use super::inbox::{Inbox, SocketEvent};

/// How long a peer may take to answer our Close frame before it is cut.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// Sends in the order of the turns that made them; see [`super::gate`].
pub type Turn = u64;

enum Link {
    /// No transport yet: what is sent waits for it.
    Waiting(Vec<(Outgoing, Turn)>),
    /// The far end of a socket to another room, which waits for us to connect it.
    Held(TransportSlot),
    Wire(Outbox),
    Pipe(PipeSender),
    Gone,
}

enum Outgoing {
    Message(Message),
    Close(Option<u16>, String),
}

struct Socket {
    link: Link,
    member: bool,
    record: Option<SocketRecord>,
    attachment: Option<Vec<u8>>,
}

/// All sockets of one thread.
pub struct Sockets {
    limits: Limits,
    inbox: Rc<Inbox>,
    next: Cell<SocketId>,
    table: RefCell<BTreeMap<SocketId, Socket>>,
    /// Sockets that have something to flush, or to release once storage has committed.
    dirty: RefCell<Vec<SocketId>>,
}

fn frame(message: &Message) -> Frame {
    match message {
        Message::Text(text) => Frame::text_bytes(text.clone()),
        Message::Binary(bytes) => Frame::binary(bytes.clone()),
    }
}

impl Sockets {
    pub fn new(limits: Limits, inbox: Rc<Inbox>) -> Self {
        Sockets {
            limits,
            inbox,
            next: Cell::new(1),
            table: RefCell::default(),
            dirty: RefCell::default(),
        }
    }

    fn insert(&self, link: Link) -> SocketId {
        let id = self.next.get();
        self.next.set(id + 1);
        let socket = Socket {
            link,
            member: false,
            record: None,
            attachment: None,
        };
        self.table.borrow_mut().insert(id, socket);
        id
    }

    /// A socket whose transport comes later.
    pub fn open(&self) -> SocketId {
        self.insert(Link::Waiting(Vec::new()))
    }

    /// The far end of a socket that another room has accepted.
    pub fn hold(&self, slot: TransportSlot) -> SocketId {
        self.insert(Link::Held(slot))
    }

    /// Takes a held far end out, to be connected by somebody else.
    pub fn take_held(&self, id: SocketId) -> Option<TransportSlot> {
        let mut table = self.table.borrow_mut();
        if !matches!(table.get(&id)?.link, Link::Held(_)) {
            return None;
        }
        match table.remove(&id)?.link {
            Link::Held(slot) => Some(slot),
            _ => None,
        }
    }

    /// Connects a held far end to this isolate.
    pub fn accept(self: &Rc<Self>, id: SocketId) {
        let Some(slot) = self.take_held(id) else {
            return;
        };
        let (ours, theirs) = crate::event::pipe(self.limits.max_queue);
        let socket = Socket {
            link: Link::Waiting(Vec::new()),
            member: false,
            record: None,
            attachment: None,
        };
        self.table.borrow_mut().insert(id, socket);
        // A room that is gone meanwhile drops its end, which this end sees as a loss.
        let _ = slot.send(Transport::Pipe(theirs));
        self.attach(id, Transport::Pipe(ours));
    }

    /// Gives a waiting socket its transport; what it sent so far follows.
    pub fn attach(self: &Rc<Self>, id: SocketId, transport: Transport) {
        let waiting = {
            let mut table = self.table.borrow_mut();
            let Some(socket) = table.get_mut(&id) else {
                return;
            };
            match std::mem::replace(&mut socket.link, Link::Gone) {
                Link::Waiting(waiting) => waiting,
                other => {
                    socket.link = other;
                    return;
                }
            }
        };
        let link = match transport {
            Transport::Tcp { stream, read_ahead } => {
                let opened = TcpStream::from_std(stream).and_then(|stream| {
                    let limits = socket::Limits {
                        max_message: self.limits.max_message,
                        max_queue: self.limits.max_queue,
                    };
                    socket::open(stream, read_ahead, Role::Server, limits)
                });
                match opened {
                    Ok((reader, outbox)) => {
                        tokio::task::spawn_local(read_wire(
                            self.clone(),
                            id,
                            reader,
                            outbox.clone(),
                        ));
                        Link::Wire(outbox)
                    }
                    Err(_) => return self.lose(id),
                }
            }
            Transport::Pipe(PipeEnd { sender, receiver }) => {
                tokio::task::spawn_local(read_pipe(self.clone(), id, receiver));
                Link::Pipe(sender)
            }
        };
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.link = link;
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

    /// The transport never came, or is gone.
    pub fn lose(&self, id: SocketId) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.link = Link::Gone;
        }
        self.inbox.push_now(SocketEvent::lost(id));
    }

    pub fn send(&self, id: SocketId, message: &Message, turn: Turn) {
        let mut table = self.table.borrow_mut();
        if let Some(socket) = table.get_mut(&id) {
            self.send_to(id, &mut socket.link, message, &frame(message), turn);
        }
    }

    fn send_to(&self, id: SocketId, link: &mut Link, message: &Message, frame: &Frame, turn: Turn) {
        match link {
            Link::Waiting(queue) => queue.push((Outgoing::Message(message.clone()), turn)),
            Link::Wire(outbox) => match outbox.push(frame, turn) {
                Ok(()) => self.mark(id),
                Err(socket::Refused::Full { .. }) => outbox.abort(),
                Err(socket::Refused::Closed) => {}
            },
            Link::Pipe(sender) => {
                if sender.send(PipeMessage::Message(message.clone())).is_err() {
                    *link = Link::Gone;
                }
            }
            Link::Held(_) | Link::Gone => {}
        }
    }

    fn mark(&self, id: SocketId) {
        let mut dirty = self.dirty.borrow_mut();
        if dirty.last() != Some(&id) {
            dirty.push(id);
        }
    }

    /// One encode for all members; each flushes its own queue at the end of the turn.
    pub fn broadcast(&self, message: &Message, except: &[SocketId], turn: Turn) {
        let frame = frame(message);
        for (id, socket) in self.table.borrow_mut().iter_mut() {
            if socket.member && !except.contains(id) {
                self.send_to(*id, &mut socket.link, message, &frame, turn);
            }
        }
    }

    pub fn close(self: &Rc<Self>, id: SocketId, code: Option<u16>, reason: &str, turn: Turn) {
        let mut table = self.table.borrow_mut();
        let Some(socket) = table.get_mut(&id) else {
            return;
        };
        match &mut socket.link {
            Link::Waiting(queue) => queue.push((Outgoing::Close(code, reason.to_owned()), turn)),
            Link::Wire(outbox) => {
                outbox.close(code, reason, turn);
                self.mark(id);
                tokio::task::spawn_local(cut_later(outbox.clone()));
            }
            Link::Pipe(sender) => {
                let reason = reason.to_owned();
                // A broken pipe is what its reader reports.
                let _ = sender.send(PipeMessage::Close { code, reason });
            }
            Link::Held(_) | Link::Gone => {}
        }
    }

    /// Lets what was sent up to `turn` leave, and writes it.
    pub fn flush(&self, turn: Turn) {
        let dirty = std::mem::take(&mut *self.dirty.borrow_mut());
        let table = self.table.borrow();
        for id in dirty {
            let Some(Socket {
                link: Link::Wire(outbox),
                ..
            }) = table.get(&id)
            else {
                continue;
            };
            outbox.release(turn);
            outbox.flush();
            if outbox.queued_bytes() > 0 {
                self.mark(id);
            }
        }
    }

    pub fn set_member(&self, id: SocketId, member: bool) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.member = member;
        }
    }

    pub fn set_record(&self, record: SocketRecord) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&record.id) {
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

    /// How many sockets keep the room alive: all, or those that cannot hibernate.
    pub fn count(&self, hibernating_too: bool) -> usize {
        let table = self.table.borrow();
        table
            .values()
            .filter(|s| !matches!(s.link, Link::Gone) && (hibernating_too || s.record.is_none()))
            .count()
    }

    /// Ends every socket that does not hibernate, with a Close frame. What is left of the code behind
    /// them will not hear of it.
    pub fn close_awake(self: &Rc<Self>, code: u16, reason: &str) {
        let ids: Vec<SocketId> = {
            let table = self.table.borrow();
            let awake = table.iter().filter(|(_, s)| s.record.is_none());
            awake.map(|(id, _)| *id).collect()
        };
        for id in &ids {
            self.close(*id, Some(code), reason, 0);
        }
        self.flush(Turn::MAX);
        let mut table = self.table.borrow_mut();
        for id in ids {
            table.remove(&id);
        }
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

    fn forget(&self, id: SocketId) {
        self.table.borrow_mut().remove(&id);
    }

    fn knows(&self, id: SocketId) -> bool {
        self.table.borrow().contains_key(&id)
    }
}

/// Cuts a peer that does not answer our Close frame.
async fn cut_later(outbox: Outbox) {
    tokio::time::sleep(CLOSE_PATIENCE).await;
    outbox.abort();
}

/// Reads one wire to its end. Ends with the connection, at the latest when it is cut.
async fn read_wire(sockets: Rc<Sockets>, id: SocketId, mut reader: Reader, outbox: Outbox) {
    let inbox = sockets.inbox.clone();
    loop {
        match reader.next().await {
            Inbound::Text(text) => inbox.push(SocketEvent::text(id, text)).await,
            Inbound::Binary(bytes) => inbox.push(SocketEvent::binary(id, bytes)).await,
            Inbound::Close { code, reason } => {
                inbox
                    .push(SocketEvent::Close {
                        socket: id,
                        code: code.unwrap_or(1005),
                        reason,
                        clean: true,
                    })
                    .await;
                break;
            }
            Inbound::TooLarge { size } => {
                let limit = sockets.limits.max_message;
                let reason = format!("Message is too large: {size} > {limit}");
                outbox.close(Some(1009), &reason, 0);
                outbox.flush();
                inbox
                    .push(SocketEvent::Failed(id, "internal error".to_owned()))
                    .await;
                break;
            }
            Inbound::Protocol { close_code, reason } => {
                outbox.close(Some(close_code), reason, 0);
                outbox.flush();
                inbox
                    .push(SocketEvent::Failed(id, "internal error".to_owned()))
                    .await;
                break;
            }
            Inbound::Lost => {
                inbox.push(SocketEvent::lost(id)).await;
                break;
            }
        }
        if !sockets.knows(id) {
            break;
        }
    }
    socket::farewell(reader, outbox, CLOSE_PATIENCE).await;
    sockets.forget(id);
}

/// Reads one pipe to its end.
async fn read_pipe(sockets: Rc<Sockets>, id: SocketId, mut receiver: crate::event::PipeReceiver) {
    let inbox = sockets.inbox.clone();
    loop {
        match receiver.recv().await {
            Some(PipeMessage::Message(message)) => {
                inbox.push(SocketEvent::Message(id, message)).await;
            }
            Some(PipeMessage::Close { code, reason }) => {
                inbox
                    .push(SocketEvent::Close {
                        socket: id,
                        code: code.unwrap_or(1005),
                        reason,
                        clean: true,
                    })
                    .await;
                break;
            }
            None => {
                inbox.push(SocketEvent::lost(id)).await;
                break;
            }
        }
    }
    // The other end's handlers may still answer; its sender goes when ours does.
    tokio::time::sleep(CLOSE_PATIENCE).await;
    sockets.forget(id);
}
