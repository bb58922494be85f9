//! Events of an isolate's sockets that wait for the room's loop, and looks: what makes sure that all
//! that has happened on the sockets so far is among them. Lives on the room's thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;

use partyrun_ops::message::{Message, SocketId};
use tokio::sync::Notify;
use tokio::task::{spawn_local, yield_now};

/// Readers pause while this many events wait: a client that floods is slowed down by TCP.
const CAPACITY: usize = 512;

pub enum SocketEvent {
    /// A connection that the code before had is to be connected again.
    Resume(SocketId),
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
    /// The peer broke a rule, or there is no peer.
    Failed {
        socket: SocketId,
        message: String,
        /// The Close frame that the peer gets, behind the answers to what it sent before.
        close: Option<(u16, String)>,
    },
}

impl SocketEvent {
    pub fn socket(&self) -> SocketId {
        match self {
            SocketEvent::Open { socket, .. }
            | SocketEvent::Message(socket, _)
            | SocketEvent::Resume(socket)
            | SocketEvent::Close { socket, .. }
            | SocketEvent::Failed { socket, .. } => *socket,
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

    /// A rule was broken that `code` and `reason` name to the peer. User code only hears that one was.
    pub fn broken(socket: SocketId, code: u16, reason: String) -> Self {
        SocketEvent::Failed {
            socket,
            message: "internal error".to_owned(),
            close: Some((code, reason)),
        }
    }
}

/// When something reached a thread, compared with what else did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// The queue, and the waker of the loop that empties it.
#[derive(Default)]
pub struct Inbox {
    events: RefCell<VecDeque<(Ticket, SocketEvent)>>,
    tickets: Cell<u64>,
    drained: Notify,
    waker: RefCell<Option<Waker>>,
    readers_wait: Cell<bool>,
    looking: Cell<bool>,
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
        let ticket = self.ticket();
        self.events.borrow_mut().push_back((ticket, event));
        self.wake();
    }

    /// Puts these before all else, in the place of those that are there already.
    pub fn begin_with(&self, resumed: impl Iterator<Item = SocketEvent>) {
        let mut events = self.events.borrow_mut();
        events.retain(|(_, event)| !matches!(event, SocketEvent::Resume(_)));
        // No request that waits has the first ticket: an upgrade had it.
        let resumed = resumed.map(|event| (Ticket(0), event));
        let rest = std::mem::take(&mut *events);
        *events = resumed.chain(rest).collect();
        drop(events);
        self.wake();
    }

    /// A ticket behind all that were given before.
    pub fn ticket(&self) -> Ticket {
        let number = self.tickets.get();
        self.tickets.set(number + 1);
        Ticket(number)
    }

    /// Whether the first event was there before whatever has `ticket`.
    pub fn precedes(&self, ticket: Ticket) -> bool {
        let events = self.events.borrow();
        events.front().is_some_and(|(first, _)| *first < ticket)
    }

    /// Has the sockets looked at: when [`Inbox::is_looking`] is false again, and the loop is woken,
    /// what the kernel had of them by now is queued here, or [`Inbox::is_full`] says why it is not.
    ///
    /// A task that yields is polled again after the thread has asked the kernel for events, and after
    /// the readers that these woke, as tasks run in the order in which they were woken.
    pub fn look(self: &Rc<Self>) {
        if self.looking.replace(true) {
            return;
        }
        let inbox = self.clone();
        spawn_local(async move {
            yield_now().await;
            inbox.looking.set(false);
            inbox.wake();
        });
    }

    pub fn is_looking(&self) -> bool {
        self.looking.get()
    }

    /// Whether readers wait for the queue to become shorter.
    pub fn is_full(&self) -> bool {
        self.readers_wait.get()
    }

    /// The next event of a socket that `wanted` names.
    pub fn pop_of(&self, wanted: impl Fn(SocketId) -> bool) -> Option<SocketEvent> {
        self.pop_unless(|event| !wanted(event.socket()))
    }

    /// The next event that need not wait.
    pub fn pop_unless(&self, waits: impl Fn(&SocketEvent) -> bool) -> Option<SocketEvent> {
        let event = {
            let mut events = self.events.borrow_mut();
            let at = events.iter().position(|(_, event)| !waits(event))?;
            events.remove(at)
        };
        self.let_readers_on();
        event.map(|(_, event)| event)
    }

    /// Drops the events of sockets that `known` does not name.
    pub fn retain(&self, known: impl Fn(SocketId) -> bool) {
        self.events
            .borrow_mut()
            .retain(|(_, event)| known(event.socket()));
        self.let_readers_on();
    }

    pub fn pop(&self) -> Option<SocketEvent> {
        let event = self.events.borrow_mut().pop_front();
        self.let_readers_on();
        event.map(|(_, event)| event)
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
