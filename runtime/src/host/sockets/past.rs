//! What is remembered of sockets that may outlive the code of their room. Knows no transport.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use partyrun_ops::message::HttpRequest;
use tokio::sync::Notify;

/// What a socket needs to be connected again without a handshake.
pub(super) struct Past {
    /// The upgrade that opened it.
    pub(super) request: HttpRequest,
    /// What the code before has left of its connection, until the next code takes it.
    pub(super) left: Option<Vec<u8>>,
    /// From the end of one code until the next has connected it.
    pub(super) held: Option<Held>,
}

/// The sockets that cannot be kept for one reason.
#[derive(Default)]
pub struct Refused {
    pub count: usize,
    /// Where in the code the reason is, if that is known.
    pub places: BTreeSet<String>,
}

/// What is known of all sockets that may be kept.
#[derive(Default)]
pub(super) struct Keeping {
    /// Whether upgrades are remembered.
    pub(super) is_on: Cell<bool>,
    pub(super) holds: Rc<Holds>,
    /// Why open sockets cannot be kept, and how many for each reason.
    pub(super) refused: RefCell<BTreeMap<String, Refused>>,
}

/// How many sockets are held back.
#[derive(Default)]
pub(super) struct Holds {
    pub(super) count: Cell<usize>,
    pub(super) changed: Notify,
}

/// One socket is held back, until this is dropped.
pub(super) struct Held(Rc<Holds>);

impl Held {
    pub(super) fn new(holds: &Rc<Holds>) -> Self {
        holds.count.set(holds.count.get() + 1);
        Held(holds.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        self.0.changed.notify_waiters();
    }
}

/// A kept socket on its way into the next code.
pub struct Kept {
    /// The upgrade, without its body.
    pub request: HttpRequest,
    /// What the code before has left.
    pub left: Vec<u8>,
}
