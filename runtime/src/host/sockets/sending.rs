//! What sockets are given to send: it is queued by the turn that sent it, and leaves, or is dropped, when that
//! turn's end is known. A peer that does not read is cut here. Never reads a transport.

use std::rc::Rc;

use partyrun_ops::message::{Message, SocketId};

use super::line::Passage;
use super::link::{Link, Outgoing, Socket, frame};
use super::{Peer, Sockets, TurnNumber};
use crate::socket::{self, Frame};

impl Sockets {
    pub fn send(self: &Rc<Self>, id: SocketId, message: &Message, turn: TurnNumber) {
        let mut table = self.table.borrow_mut();
        if let Some(socket) = table.get_mut(&id) {
            self.passing.goes(message, &socket.peer);
            self.send_to(id, socket, message, &frame(message), turn);
        }
    }

    /// Sends what waited for its transport.
    pub(super) fn pass(self: &Rc<Self>, id: SocketId, message: &Message, turn: TurnNumber) {
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

    pub(super) fn mark(&self, id: SocketId) {
        let mut dirty = self.dirty.borrow_mut();
        if dirty.last() != Some(&id) {
            dirty.push(id);
        }
    }

    /// One encode for all members; each flushes its own queue at the end of the turn.
    pub fn broadcast(self: &Rc<Self>, message: &Message, except: &[SocketId], turn: TurnNumber) {
        let frame = frame(message);
        let mut count = 0;
        for (id, socket) in self.table.borrow_mut().iter_mut() {
            if socket.member && !except.contains(id) {
                count += 1;
                self.send_to(*id, socket, message, &frame, turn);
            }
        }
        self.passing.goes_to_many(message, count);
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
}
