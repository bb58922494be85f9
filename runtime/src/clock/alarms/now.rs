//! Alarms out of their turn: what tests ask for instead of waiting. The order of all others stays as it is.

use std::sync::Arc;

use partyrun_ops::storage_interface::AlarmEnd;
use tokio::sync::oneshot;

use super::{Alarms, Place};
use crate::call::RoomKey;
use crate::rooms::Rooms;

/// Why an alarm does not run out of its turn.
#[derive(Debug, PartialEq, Eq)]
pub enum NotRun {
    /// The room has none.
    None,
    /// Its handler runs already.
    Runs,
}

impl Alarms {
    /// When a room's alarm is due, in milliseconds since 1970.
    pub fn time_of(&self, key: &RoomKey) -> Option<i64> {
        self.inner().alarms.get(key).map(|alarm| alarm.at)
    }

    /// Sends a room its alarm, whenever that is due. Tells how the handler has ended.
    pub fn run_now(
        self: &Arc<Self>,
        rooms: &Arc<Rooms>,
        key: &RoomKey,
    ) -> Result<oneshot::Receiver<AlarmEnd>, NotRun> {
        let (told, ended) = oneshot::channel();
        let at_ms = {
            let mut inner = self.inner();
            let alarm = inner.alarms.get_mut(key).ok_or(NotRun::None)?;
            let at_ms = alarm.at;
            match std::mem::replace(&mut alarm.place, Place::Sent) {
                Place::Queued(at) => inner.queue.remove(&(at, key.clone())),
                Place::Parked => true,
                place @ (Place::Sent | Place::Replaced(_)) => {
                    alarm.place = place;
                    return Err(NotRun::Runs);
                }
            };
            at_ms
        };
        let alarm = self.ticket(key.clone(), at_ms, Some(told));
        self.send(rooms, alarm);
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Location, StorageThread};
    use crate::time::Clock;

    fn alarms() -> Arc<Alarms> {
        let storage = StorageThread::open(&Location::Temporary, Arc::new(drop));
        Alarms::open(storage.expect("it opens"), Clock::system()).expect("it is empty")
    }

    #[test]
    fn whoever_waits_for_an_alarm_hears_how_it_ended() {
        let alarms = alarms();
        for (end, heard) in [
            (Some(AlarmEnd::Settled), AlarmEnd::Settled),
            (Some(AlarmEnd::Unsettled), AlarmEnd::Unsettled),
            (None, AlarmEnd::Unsettled),
        ] {
            let (told, mut ended) = oneshot::channel();
            let ticket = alarms.ticket(RoomKey::new("main", "a"), 1, Some(told));
            match end {
                Some(end) => assert!(ticket.end(end)),
                None => drop(ticket),
            }
            assert_eq!(ended.try_recv(), Ok(heard));
        }
        let (told, mut ended) = oneshot::channel();
        alarms
            .ticket(RoomKey::new("main", "a"), 1, Some(told))
            .give_back();
        assert!(ended.try_recv().is_err(), "it has not ended");
    }
}
