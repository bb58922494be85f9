//! What the control plane and the dashboard ask of the registry: which rooms are live, how they look, and that
//! one of them leaves.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Rooms;
use crate::call::{
    Beat, Figures, Leave, Leaving, Look, Manner, Probe, RoomEvent, RoomKey, Standing, TapEnd, Touch,
};

impl Rooms {
    /// The rooms that have a thread.
    pub fn live(&self) -> Vec<RoomKey> {
        self.inner().live.keys().cloned().collect()
    }

    /// Asks each room that has a thread how it stands.
    pub fn probe(&self) -> Vec<(RoomKey, oneshot::Receiver<Standing>)> {
        let mut inner = self.inner();
        let asked = inner.live.iter_mut().map(|(key, room)| {
            let (tell, standing) = oneshot::channel();
            // A thread that is gone drops it, of which whoever waits hears.
            let _ = room.send(RoomEvent::Probe(Probe(tell)));
            (key.clone(), standing)
        });
        asked.collect()
    }

    /// Asks each room that has a thread for its figures. One that computes tells them when it yields.
    pub fn look(&self) -> Vec<(RoomKey, oneshot::Receiver<Figures>)> {
        let mut inner = self.inner();
        let asked = inner.live.iter_mut().map(|(key, room)| {
            let (tell, figures) = oneshot::channel();
            // A thread that is gone drops it, of which whoever waits hears.
            let _ = room.send(RoomEvent::Look(Look::Figures(tell)));
            (key.clone(), figures)
        });
        asked.collect()
    }

    /// Has the messages of a room shown, if it has a thread.
    pub fn show_messages(&self, key: &RoomKey, end: impl FnOnce() -> TapEnd) {
        if let Some(room) = self.inner().live.get_mut(key) {
            // A thread that is gone drops it, which its other end sees.
            let _ = room.send(RoomEvent::Look(Look::Messages(end())));
        }
    }

    /// Does something to a connection of a room; `None` when the room has no thread.
    pub fn touch(
        &self,
        key: &RoomKey,
        connection: Option<String>,
        how: Manner,
    ) -> Option<oneshot::Receiver<bool>> {
        let (done, told) = oneshot::channel();
        let mut inner = self.inner();
        let room = inner.live.get_mut(key)?;
        // A thread that is gone drops it, of which whoever waits hears.
        let _ = room.send(RoomEvent::Touch(Touch {
            connection,
            how,
            done,
        }));
        Some(told)
    }

    /// Says something of the clock to a room that has a thread. False without one.
    pub fn beat(&self, key: &RoomKey, beat: Beat) -> bool {
        match self.inner().live.get_mut(key) {
            Some(room) => room.send(RoomEvent::Beat(beat)).is_none(),
            None => false,
        }
    }

    /// Has the isolate of a room go; `None` when the room has no thread. What comes of it is told when it has
    /// gone.
    pub fn leave(
        self: &Arc<Self>,
        key: &RoomKey,
        how: Leave,
    ) -> Option<oneshot::Receiver<Result<(), usize>>> {
        let (done, left) = oneshot::channel();
        let mut inner = self.inner();
        let room = inner.live.get_mut(key)?;
        // A thread that is gone drops it, of which whoever waits hears.
        let _ = room.send(RoomEvent::Leave(Leaving { how, done }));
        Some(left)
    }
}
