//! A thread's sockets and isolate, as they are shown to whoever looks at a room from outside. Costs a message
//! one addition and one look at a flag if nobody does.

use std::cell::{Cell, RefCell};

use partyrun_ops::message::Message;

use super::IsolateHost;
use super::sockets::Peer;
use crate::call::{Course, Figures, Look, TapEnd};
use crate::isolate::Health;
use crate::time::Clock;

/// The messages of a thread: how many there were, and where they are shown.
#[derive(Default)]
pub struct Passing {
    heard: Cell<u64>,
    said: Cell<u64>,
    is_shown: Cell<bool>,
    shown: RefCell<Vec<(Clock, TapEnd)>>,
}

impl Passing {
    /// A message has come from `peer`, which is asked for only if somebody looks.
    pub fn came(&self, message: &Message, peer: impl FnOnce() -> Peer) {
        self.heard.set(self.heard.get() + 1);
        if self.is_shown.get() {
            self.show(message, Course::From(named(peer())));
        }
    }

    /// A message is sent to `peer`.
    pub fn goes(&self, message: &Message, peer: &Peer) {
        self.said.set(self.said.get() + 1);
        if self.is_shown.get() {
            self.show(message, Course::To(named(peer.clone())));
        }
    }

    /// A message is sent to so many at once.
    pub fn goes_to_many(&self, message: &Message, count: usize) {
        self.said.set(self.said.get() + count as u64);
        if self.is_shown.get() {
            self.show(message, Course::ToMany(count));
        }
    }

    #[cold]
    fn show(&self, message: &Message, course: Course) {
        let mut shown = self.shown.borrow_mut();
        shown.retain(|(clock, end)| end.show(clock.now_ms(), message, || course.clone()));
        self.is_shown.set(!shown.is_empty());
    }

    fn hide(&self) {
        self.shown.borrow_mut().clear();
        self.is_shown.set(false);
    }

    fn show_at(&self, end: TapEnd, clock: Clock) {
        self.shown.borrow_mut().push((clock, end));
        self.is_shown.set(true);
    }
}

/// A connection by its id, and what user code has opened by its URL.
fn named(peer: Peer) -> String {
    match peer {
        Peer::Client(name) | Peer::Server(name) => name,
        Peer::Unknown => String::new(),
    }
}

impl IsolateHost {
    /// Shows no more messages: the room has no isolate, and may have another thread while this one still waits for
    /// clients to take leave.
    pub fn hide(&self) {
        self.sockets.passing.hide();
    }

    /// Shows what is asked for. `is_asleep`: there is no isolate.
    pub fn show(&self, look: Look, is_asleep: bool) {
        match look {
            Look::Figures(tell) => {
                let health = self.health.borrow();
                let memory = health.as_ref().filter(|_| !is_asleep);
                let passing = &self.sockets.passing;
                // Whoever asked may have given up.
                let _ = tell.send(Figures {
                    connections: self.sockets.open_connections(),
                    heard: passing.heard.get(),
                    said: passing.said.get(),
                    memory: memory.map_or(0, Health::memory),
                    is_asleep,
                    is_held: !is_asleep && !self.input_gate.is_open(),
                });
            }
            Look::Messages(end) => self.sockets.passing.show_at(end, self.clock()),
        }
    }
}
