//! The scheduler of all rooms' alarms (specification, section 7.1): when each is due, which was sent
//! to its room, and when a failed one is tried again. It never runs one, and writes none but to give
//! one up. What is scheduled is what the storage has committed.
//!
//! An alarm is *queued*, then *sent* to its room as a [`DueAlarm`], and comes back when that is ended
//! or dropped. No second one of a room is sent meanwhile.

mod led;
mod now;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use partyrun_ops::storage_interface::{AlarmEnd, AlarmTime, RoomStorage, StorageFailure};
use tokio::sync::{Notify, oneshot};

use super::waking::WakingPlaces;
use crate::call::{DueAlarm, RoomKey, TicketEnd};
use crate::rooms::{Rooms, Wake};
use crate::storage::{RoomIdentity, StorageHandle, internal_id};
use crate::time::Clock;
pub use now::NotRun;

/// How often a failed alarm is tried again.
const MAX_RETRIES: u32 = 6;
/// The first retry comes so long after the failure, each further one after twice that.
const FIRST_RETRY_MS: i64 = 2_000;
/// With no place for the room, the alarm waits this long.
const NO_PLACE_MS: i64 = 1_000;
/// The wall clock is looked at so often while an alarm is pending: it can be set, and it goes on while
/// a suspended machine's timers stand still.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The alarms of a project's rooms.
pub struct Alarms {
    storage: StorageHandle,
    clock: Clock,
    inner: Mutex<Inner>,
    /// The earliest alarm may have changed.
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    alarms: HashMap<RoomKey, Alarm>,
    /// The queued ones by the time they are to be sent.
    queue: BTreeSet<(i64, RoomKey)>,
    /// Parties that have been told to be missing.
    missing: HashSet<Arc<str>>,
}

struct Alarm {
    /// What the room set, in milliseconds since 1970.
    at: i64,
    failures: u32,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// To be sent at this time, which is later than `at` after a failure.
    Queued(i64),
    Sent,
    /// As `Sent`, and the room has set or deleted its alarm meanwhile.
    Replaced(AlarmTime),
    /// Waits for code that has its party.
    Parked,
}

impl Alarms {
    /// Learns the alarms that `storage` holds, and from then on what rooms change.
    pub fn open(storage: StorageHandle, clock: Clock) -> Result<Arc<Self>, StorageFailure> {
        let alarms = Arc::new(Alarms {
            storage: storage.clone(),
            clock,
            inner: Mutex::default(),
            changed: Notify::new(),
        });
        // Not a strong reference: the storage thread must not keep itself alive by it.
        let listener = Arc::downgrade(&alarms);
        storage.watch_alarms(Box::new(move |party, room, alarm| {
            if let Some(alarms) = listener.upgrade() {
                alarms.committed(RoomKey::new(party, room), alarm);
            }
        }))?;
        Ok(alarms)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn committed(&self, key: RoomKey, alarm: AlarmTime) {
        self.inner().set(key, alarm);
        self.changed.notify_one();
    }

    /// Sends alarms to `rooms` as they become due. Never ends.
    pub async fn run(self: Arc<Self>, rooms: Arc<Rooms>) {
        let mut places = WakingPlaces::default();
        let mut changes = self.clock.changes();
        loop {
            // Whoever leads the clock sends them.
            let due = match self.clock.is_led() {
                true => Vec::new(),
                false => self.inner().take_due(self.clock.now_ms()),
            };
            for (key, at_ms) in due {
                let mut alarm = self.ticket(key, at_ms, None);
                if !rooms.is_live(alarm.key()) {
                    alarm.hold_until_taken(places.take().await);
                }
                self.send(&rooms, alarm);
            }
            let next = self.inner().queue.first().map(|(at, _)| *at);
            let changed = self.changed.notified();
            match next {
                None => changed.await,
                Some(at) => {
                    let wait = self.clock.wait_for(at, LONGEST_SLEEP);
                    // Whichever comes first, the queue is looked at again.
                    tokio::select! {
                        () = changed => {}
                        () = changes.wait(wait) => {}
                    }
                }
            }
        }
    }

    /// An alarm on its way. One that is lost on it has failed.
    /// `told` hears how it ends, if somebody waits for that.
    fn ticket(
        self: &Arc<Self>,
        key: RoomKey,
        at_ms: i64,
        told: Option<oneshot::Sender<AlarmEnd>>,
    ) -> DueAlarm {
        let (alarms, of) = (self.clone(), key.clone());
        DueAlarm::new(key, at_ms, move |ticket| {
            let end = match ticket {
                TicketEnd::Told(end) => end,
                TicketEnd::Dropped => AlarmEnd::Unsettled,
            };
            let goes_on = alarms.close(&of, end);
            if ticket == TicketEnd::Dropped && !goes_on {
                alarms.delete(&of);
            }
            if let Some(told) = told {
                // Whoever asked may have given up.
                let _ = told.send(end);
            }
            goes_on
        })
    }

    fn close(&self, key: &RoomKey, end: AlarmEnd) -> bool {
        let goes_on = self.inner().end(key, end, self.clock.now_ms());
        self.changed.notify_one();
        goes_on
    }

    fn put_back(&self, alarm: DueAlarm, place: Place) {
        let key = alarm.key().clone();
        alarm.give_back();
        self.inner().put_back(&key, place);
    }

    fn send(&self, rooms: &Arc<Rooms>, alarm: DueAlarm) {
        let party = alarm.key().party.clone();
        match rooms.wake(alarm) {
            Wake::Sent => {}
            Wake::NoPlace(alarm) => {
                self.put_back(alarm, Place::Queued(self.clock.now_ms() + NO_PLACE_MS))
            }
            Wake::NoParty(alarm) => {
                self.put_back(alarm, Place::Parked);
                if self.inner().missing.insert(party.clone()) {
                    rooms.notice(format!(
                        "Alarms of rooms are waiting: the project has no party `{party}`"
                    ));
                }
            }
        }
    }

    /// The storage has become another one: none of its alarms are left. One that is on its way finds that
    /// its room has none.
    pub fn forget(&self) {
        let mut inner = self.inner();
        inner.alarms.clear();
        inner.queue.clear();
    }

    /// Whether an alarm is due that has not been sent to its room.
    pub fn has_due(&self) -> bool {
        let now = self.clock.now_ms();
        let inner = self.inner();
        inner.queue.first().is_some_and(|(at, _)| *at <= now)
    }

    /// New code may have the parties that alarms wait for.
    pub fn unpark(&self) {
        let mut inner = self.inner();
        let Inner { alarms, queue, .. } = &mut *inner;
        for (key, alarm) in alarms {
            if alarm.place == Place::Parked {
                alarm.place = Place::Queued(alarm.at);
                queue.insert((alarm.at, key.clone()));
            }
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Deletes the alarm of a room that is not running.
    fn delete(&self, key: &RoomKey) {
        let identity = RoomIdentity {
            party: key.party.to_string(),
            name: key.room.to_string(),
            internal_id: internal_id(&key.party, &key.room),
        };
        let storage = self.storage.room(identity, Arc::new(|_, _| ()));
        storage.set_alarm(None);
        storage.seal();
    }
}

impl Inner {
    fn set(&mut self, key: RoomKey, alarm: AlarmTime) {
        match self.alarms.get_mut(&key).map(|known| &mut known.place) {
            Some(place @ (Place::Sent | Place::Replaced(_))) => *place = Place::Replaced(alarm),
            Some(Place::Queued(at)) => {
                let queued = (*at, key.clone());
                self.queue.remove(&queued);
                self.replace(key, alarm);
            }
            Some(Place::Parked) | None => self.replace(key, alarm),
        }
    }

    fn replace(&mut self, key: RoomKey, alarm: AlarmTime) {
        let Some(at) = alarm else {
            self.alarms.remove(&key);
            return;
        };
        self.queue.insert((at, key.clone()));
        let alarm = Alarm {
            at,
            failures: 0,
            place: Place::Queued(at),
        };
        self.alarms.insert(key, alarm);
    }

    fn take_due(&mut self, now: i64) -> Vec<(RoomKey, i64)> {
        let mut due = Vec::new();
        while self.queue.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.queue.pop_first() else {
                break;
            };
            let alarm = self.alarms.get_mut(&key).expect("what is queued is known");
            alarm.place = Place::Sent;
            due.push((key, alarm.at));
        }
        due
    }

    /// A sent alarm is over. False when it has failed for the last time.
    fn end(&mut self, key: &RoomKey, end: AlarmEnd, now: i64) -> bool {
        let Some(alarm) = self.alarms.get_mut(key) else {
            return true;
        };
        match (alarm.place, end) {
            (Place::Replaced(alarm), _) => self.replace(key.clone(), alarm),
            (_, AlarmEnd::Settled) => self.replace(key.clone(), None),
            (_, AlarmEnd::Unsettled) if alarm.failures == MAX_RETRIES => {
                self.replace(key.clone(), None);
                return false;
            }
            (_, AlarmEnd::Unsettled) => {
                let at = now + (FIRST_RETRY_MS << alarm.failures);
                alarm.failures += 1;
                alarm.place = Place::Queued(at);
                self.queue.insert((at, key.clone()));
            }
        }
        true
    }

    /// A sent alarm did not reach its room.
    fn put_back(&mut self, key: &RoomKey, place: Place) {
        let Some(alarm) = self.alarms.get_mut(key) else {
            return;
        };
        match (alarm.place, place) {
            (Place::Replaced(alarm), _) => return self.replace(key.clone(), alarm),
            (_, Place::Queued(at)) => {
                self.queue.insert((at, key.clone()));
            }
            _ => {}
        }
        alarm.place = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(room: &str) -> RoomKey {
        RoomKey::new("main", room)
    }

    fn sent(inner: &mut Inner, now: i64) -> Vec<i64> {
        inner.take_due(now).into_iter().map(|(_, at)| at).collect()
    }

    #[test]
    fn alarms_are_sent_once_they_are_due_and_in_their_order() {
        let mut inner = Inner::default();
        inner.set(key("a"), Some(30));
        inner.set(key("b"), Some(20));
        inner.set(key("c"), Some(10));
        inner.set(key("c"), Some(40));
        inner.set(key("d"), Some(5));
        inner.set(key("d"), None);
        assert_eq!(sent(&mut inner, 30), [20, 30]);
        assert!(sent(&mut inner, 30).is_empty());
        assert!(inner.end(&key("a"), AlarmEnd::Settled, 31));
        assert_eq!(sent(&mut inner, 50), [40]);
    }

    #[test]
    fn failed_alarm_is_tried_again_after_twice_the_time_and_given_up_after_six_retries() {
        let mut inner = Inner::default();
        inner.set(key("a"), Some(0));
        let mut now = 0;
        let mut waits = Vec::new();
        loop {
            assert_eq!(sent(&mut inner, now), [0]);
            if !inner.end(&key("a"), AlarmEnd::Unsettled, now) {
                break;
            }
            let (at, _) = inner.queue.first().expect("it is queued again");
            waits.push(at - now);
            now = *at;
        }
        assert_eq!(waits, [2000, 4000, 8000, 16000, 32000, 64000]);
        assert!(inner.alarms.is_empty() && inner.queue.is_empty());
    }

    #[test]
    fn alarm_set_while_another_is_handled_waits_for_it_and_has_all_its_retries() {
        let mut inner = Inner::default();
        inner.set(key("a"), Some(1));
        sent(&mut inner, 1);
        inner.end(&key("a"), AlarmEnd::Unsettled, 1);
        sent(&mut inner, 2001);
        inner.set(key("a"), Some(5));
        assert!(sent(&mut inner, 9000).is_empty(), "one at a time");
        assert!(inner.end(&key("a"), AlarmEnd::Unsettled, 9000));
        assert_eq!(sent(&mut inner, 9000), [5]);
        assert_eq!(inner.alarms[&key("a")].failures, 0);
    }

    #[test]
    fn alarm_deleted_while_it_waits_for_a_retry_is_gone() {
        let mut inner = Inner::default();
        inner.set(key("a"), Some(1));
        sent(&mut inner, 1);
        inner.end(&key("a"), AlarmEnd::Unsettled, 1);
        inner.set(key("a"), None);
        assert!(inner.queue.is_empty() && inner.alarms.is_empty());
    }

    #[test]
    fn alarm_that_did_not_reach_its_room_has_not_failed() {
        let mut inner = Inner::default();
        inner.set(key("a"), Some(1));
        sent(&mut inner, 1);
        inner.put_back(&key("a"), Place::Queued(50));
        assert!(sent(&mut inner, 49).is_empty());
        assert_eq!(sent(&mut inner, 50), [1]);
        inner.put_back(&key("a"), Place::Parked);
        assert!(sent(&mut inner, 99).is_empty());
        assert_eq!(inner.alarms[&key("a")].failures, 0);
    }
}
