//! Events of an isolate's sockets that wait for the room's loop. Lives on the room's thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::Waker;

use bytes::Bytes;
use partyrun_ops::interface::{Message, SocketId};
use tokio::sync::Notify;

/// Readers pause while this many events wait: a client that floods is slowed down by TCP.
const CAPACITY: usize = 512;

pub enum SocketEvent {
    /// A connection that user code asked for is open.
    Open {
        socket: SocketId,
        /// The subprotocol that the server chose, empty for none.
        protocol: String,
    },
    Message(SocketId, Message),
    Close {
        socket: SocketId,
        code: u16,
        reason: String,
        clean: bool,
    },
    /// The peer broke a rule; the socket is closed.
    Failed(SocketId, String),
}

impl SocketEvent {
    pub fn socket(&self) -> SocketId {
        match self {
            SocketEvent::Open { socket, .. }
            | SocketEvent::Message(socket, _)
            | SocketEvent::Close { socket, .. }
            | SocketEvent::Failed(socket, _) => *socket,
        }
    }

    /// The event of a TCP connection that ended without a Close frame (section 5.4).
    pub fn lost(socket: SocketId) -> Self {
        SocketEvent::Close {
            socket,
            code: 1006,
            reason: "WebSocket disconnected without sending Close frame.".to_owned(),
            clean: false,
        }
    }

    /// The peer's Close frame; one without a code shows as 1005 (RFC 6455, section 7.1.5).
    pub fn closed(socket: SocketId, code: Option<u16>, reason: String) -> Self {
        SocketEvent::Close {
            socket,
            code: code.unwrap_or(1005),
            reason,
            clean: true,
        }
    }

    pub fn text(socket: SocketId, text: Bytes) -> Self {
        SocketEvent::Message(socket, Message::Text(text))
    }

    pub fn binary(socket: SocketId, bytes: Bytes) -> Self {
        SocketEvent::Message(socket, Message::Binary(bytes))
    }
}

/// The queue, and the waker of the loop that empties it.
#[derive(Default)]
pub struct Inbox {
    events: RefCell<VecDeque<SocketEvent>>,
    drained: Notify,
    waker: RefCell<Option<Waker>>,
    readers_wait: Cell<bool>,
}

impl Inbox {
    /// Queues an event; waits first while too many are queued.
    pub async fn push(&self, event: SocketEvent) {
        while self.events.borrow().len() >= CAPACITY {
            self.readers_wait.set(true);
            self.drained.notified().await;
        }
        self.push_now(event);
    }

    pub fn push_now(&self, event: SocketEvent) {
        self.events.borrow_mut().push_back(event);
        self.wake();
    }

    /// The next event of a socket that `wanted` names.
    pub fn pop_of(&self, wanted: impl Fn(SocketId) -> bool) -> Option<SocketEvent> {
        let event = {
            let mut events = self.events.borrow_mut();
            let at = events.iter().position(|event| wanted(event.socket()))?;
            events.remove(at)
        };
        self.let_readers_on();
        event
    }

    /// Drops the events of sockets that `known` does not name.
    pub fn retain(&self, known: impl Fn(SocketId) -> bool) {
        self.events
            .borrow_mut()
            .retain(|event| known(event.socket()));
        self.let_readers_on();
    }

    pub fn pop(&self) -> Option<SocketEvent> {
        let event = self.events.borrow_mut().pop_front();
        self.let_readers_on();
        event
    }

    fn let_readers_on(&self) {
        if self.readers_wait.get() && self.events.borrow().len() < CAPACITY / 2 {
            self.readers_wait.set(false);
            self.drained.notify_waiters();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.events.borrow().is_empty()
    }

    /// Runs the loop again soon.
    pub fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Of the loop, for another thread.
    pub fn waker(&self) -> Option<Waker> {
        self.waker.borrow().clone()
    }

    pub fn register(&self, waker: &Waker) {
        let mut registered = self.waker.borrow_mut();
        if !registered.as_ref().is_some_and(|w| w.will_wake(waker)) {
            *registered = Some(waker.clone());
        }
    }
}
