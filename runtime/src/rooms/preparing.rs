//! A thread on its way to become a spare. Never makes one.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::Rooms;
use super::spare::Spare;
use crate::call::RoomEvent;
use crate::project::Project;

/// What a spare thread is ahead of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// Rooms of the code that runs, one day.
    OfRooms,
    /// The code, which is being loaded: a room is about to need it.
    OfCode,
}

/// A spare thread that makes its isolate. It counts as a spare until this is dropped, so one that fails
/// does not keep others from being made.
pub struct Preparing {
    rooms: Arc<Rooms>,
    sender: UnboundedSender<RoomEvent>,
    counts: bool,
    ahead: Ahead,
}

impl Preparing {
    pub(super) fn new(rooms: Arc<Rooms>, sender: UnboundedSender<RoomEvent>, ahead: Ahead) -> Self {
        Preparing {
            rooms,
            sender,
            counts: true,
            ahead,
        }
    }

    /// Whether it needs nothing but its isolate, and that at once.
    pub fn is_ahead_of_code(&self) -> bool {
        self.ahead == Ahead::OfCode
    }

    /// The thread has its isolate, with the code of a party of a project if that is loaded.
    pub fn offer(mut self, loaded: Option<(&Arc<Project>, &Arc<str>)>) {
        let mut inner = self.rooms.inner();
        inner.preparing -= 1;
        self.counts = false;
        if inner.closed {
            return;
        }
        let current = inner.generation.as_ref().map(|current| &current.project);
        let is_outdated = |project| current.is_none_or(|current| !Arc::ptr_eq(project, current));
        if loaded.is_some_and(|(project, _)| is_outdated(project)) {
            // Without a sender the thread ends, and another takes its place.
            self.rooms.refill(&mut inner);
            return;
        }
        let party = loaded.map(|(_, party)| party.clone());
        let sender = self.sender.clone();
        inner.spares.push(Spare { sender, party });
    }
}

impl Drop for Preparing {
    fn drop(&mut self) {
        if self.counts {
            self.rooms.inner().preparing -= 1;
        }
    }
}
