//! Why an isolate must go, and whose it is. Decides nothing.

use std::sync::Arc;

use crate::project::{Project, RoomAddress};

/// Why an isolate must go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    Healthy = 0,
    /// It has more memory than it may. Parts of its state may be missing.
    OutOfMemory = 1,
    /// It computed for longer than it may.
    TooLong = 2,
    /// The process is shutting down.
    Shutdown = 3,
    /// There is newer code than what it computes on with.
    Outdated = 4,
    /// What another thread computes for it took longer than it may compute itself.
    WaitedTooLong = 5,
}

/// Whose JavaScript an isolate runs.
pub struct Subject {
    /// `None` for the worker.
    pub room: Option<RoomAddress>,
    pub project: Arc<Project>,
    /// Answers what its thread owes, and has another take its place, when the thread does not come back.
    pub give_up: Box<dyn Fn() + Send + Sync>,
    /// Has its thread, which may be asleep, see its verdict.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl Subject {
    pub(super) fn name(&self) -> String {
        match &self.room {
            Some(address) => format!("The room `{address}`"),
            None => "The worker".to_owned(),
        }
    }
}
