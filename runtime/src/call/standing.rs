//! How a thread with an isolate stands, for whoever waits until nothing is under way. Plain data.

use std::time::Instant;

use tokio::sync::oneshot;

/// Asks a thread how it stands. Answered once it has nothing to do for the moment, and after it has looked
/// at its sockets; dropped if the thread ends first.
pub struct Probe(pub oneshot::Sender<Standing>);

/// How a thread stands.
#[derive(Debug, Default)]
pub struct Standing {
    /// Everything that has come of what it did has left, as far as this process has to do with it.
    pub is_settled: bool,
    /// Grows with whatever it does for others, or has been given to do.
    pub activity: u64,
    /// What goes on all the same, because it waits for something outside.
    pub pending: Vec<Pending>,
    pub connections: Vec<Heard>,
    /// There is no isolate: the room sleeps.
    pub is_asleep: bool,
}

/// What is pending while a body is read or written in pieces.
pub const STREAM: &str = "a stream";

/// Something that is not over.
#[derive(Clone, Debug)]
pub struct Pending {
    pub what: &'static str,
    /// The handler that is not over, if one is.
    pub handler: Option<&'static str>,
    /// Where in the project's files, if that is known.
    pub at: Option<String>,
    pub since: Option<Instant>,
}

impl Pending {
    pub fn new(what: &'static str) -> Self {
        Pending {
            what,
            handler: None,
            at: None,
            since: None,
        }
    }

    #[must_use]
    pub fn of(mut self, handler: &'static str) -> Self {
        self.handler = Some(handler);
        self
    }

    /// Whether it is the room's own, and may go on when all handlers have ended.
    pub fn is_lasting(&self) -> bool {
        self.what == STREAM
    }

    #[must_use]
    pub fn since(mut self, since: Instant) -> Self {
        self.since = Some(since);
        self
    }
}

/// A connection of a room, and what has been heard on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub connection: String,
    pub messages: u64,
    pub bytes: u64,
}
