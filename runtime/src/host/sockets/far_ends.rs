//! Far ends that user code was given and has not accepted: of a socket to another room, or of a
//! connection to elsewhere.

use std::rc::Rc;

use partyrun_ops::message::SocketId;
use tokio::sync::oneshot;

use super::Sockets;
use super::link::{Link, Socket};
use crate::call::{Transport, TransportSlot};
use crate::host::inbox::SocketEvent;
use crate::host::splice::{Ended, splice};
use crate::socket::Dialled;

impl Sockets {
    /// The far end of a socket that another room has accepted.
    pub fn keep_far_end(&self, slot: TransportSlot) -> SocketId {
        self.insert(Link::FarEnd(slot))
    }

    /// Drops a held far end that user code has not accepted within the idle time: until then the other
    /// room waits for it, and lives.
    pub async fn give_up(self: &Rc<Self>, id: SocketId) {
        tokio::time::sleep(self.limits.idle).await;
        if self.take_far_end(id).is_some() {
            self.inbox.push_now(SocketEvent::lost(id));
        }
    }

    /// A connection to elsewhere that is open, for user code to accept or pass on.
    pub fn keep_dialled(&self, connection: Dialled) -> SocketId {
        self.insert(Link::Dialled(connection))
    }

    /// Takes a held far end out, to be connected by somebody else.
    pub fn take_far_end(self: &Rc<Self>, id: SocketId) -> Option<TransportSlot> {
        let mut table = self.table.borrow_mut();
        let socket = table.get_mut(&id)?;
        match std::mem::replace(&mut socket.link, Link::Gone) {
            Link::FarEnd(slot) => {
                table.remove(&id);
                Some(slot)
            }
            Link::Dialled(connection) => {
                // Stays listed: the two ends are joined on this thread, which must live meanwhile.
                socket.link = Link::waiting();
                let (slot, transport) = oneshot::channel();
                let (sockets, peer) = (self.clone(), socket.peer.clone());
                tokio::task::spawn_local(async move {
                    if let Ok(transport) = transport.await {
                        let ended = splice(connection, transport, sockets.wire_limits()).await;
                        if ended == Ended::TooSlow {
                            sockets.cut.borrow_mut().push(peer);
                        }
                    }
                    sockets.forget(id);
                    // For what is to be told, and for a room that has nothing else left to wait for.
                    sockets.inbox.wake();
                });
                Some(slot)
            }
            other => {
                socket.link = other;
                None
            }
        }
    }

    /// Takes a connection of our own out, to be used here.
    fn take_dialled(&self, id: SocketId) -> Option<Dialled> {
        let mut table = self.table.borrow_mut();
        let socket = table.get_mut(&id)?;
        match std::mem::replace(&mut socket.link, Link::waiting()) {
            Link::Dialled(connection) => Some(connection),
            other => {
                socket.link = other;
                None
            }
        }
    }

    /// Connects a held far end to this isolate. `inside`: while the input gate is closed.
    pub fn accept(self: &Rc<Self>, id: SocketId, inside: bool) {
        if let Some(connection) = self.take_dialled(id) {
            if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
                socket.inside = inside;
            }
            return self.attach(id, Transport::Dialled(connection));
        }
        let Some(slot) = self.take_far_end(id) else {
            return;
        };
        let (ours, theirs) = crate::call::pipe(self.limits.max_queue);
        let socket = Socket {
            inside,
            ..Socket::new(Link::waiting())
        };
        self.table.borrow_mut().insert(id, socket);
        // A room that is gone meanwhile drops its end, which this end sees as a loss.
        let _ = slot.send(Transport::Pipe(theirs));
        self.attach(id, Transport::Pipe(ours));
    }
}
