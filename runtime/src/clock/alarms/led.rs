//! Alarms under a clock that somebody leads from one event to the next: which is next, and that it goes.

use std::sync::Arc;

use partyrun_ops::storage_interface::AlarmEnd;
use tokio::sync::oneshot;

use super::{Alarms, Place};
use crate::call::RoomKey;
use crate::rooms::Rooms;

impl Alarms {
    /// The alarm that is to be sent next, and when; of one moment that of the first party and room.
    pub fn first(&self) -> Option<(i64, RoomKey)> {
        self.inner().queue.first().cloned()
    }

    /// Sends the alarm that is to be sent next. Tells how its handler has ended.
    pub fn send_first(self: &Arc<Self>, rooms: &Arc<Rooms>) -> Option<oneshot::Receiver<AlarmEnd>> {
        let (key, at_ms) = {
            let mut inner = self.inner();
            let (_, key) = inner.queue.pop_first()?;
            let alarm = inner.alarms.get_mut(&key).expect("what is queued is known");
            alarm.place = Place::Sent;
            (key, alarm.at)
        };
        let (told, ended) = oneshot::channel();
        let alarm = self.ticket(key, at_ms, Some(told));
        self.send(rooms, alarm);
        Some(ended)
    }
}
