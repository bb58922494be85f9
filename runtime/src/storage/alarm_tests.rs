//! Alarms in the storage: what a room sees before, while and after its handler runs, and what the
//! listener hears.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use partyrun_ops::storage_interface::{AlarmEnd, AlarmTime, RoomStorage};

use super::tests::{room, temporary};
use super::{RoomStore, StorageHandle};

type Heard = (String, AlarmTime);

fn watch(storage: &StorageHandle) -> Receiver<Heard> {
    let (sender, heard) = channel();
    let listener = move |_: &str, room: &str, alarm| {
        // The test may have heard enough.
        let _ = sender.send((room.to_owned(), alarm));
    };
    storage
        .watch_alarms(Box::new(listener))
        .expect("the storage is open");
    heard
}

fn next(heard: &Receiver<Heard>) -> Heard {
    heard
        .recv_timeout(Duration::from_secs(10))
        .expect("an alarm is heard of")
}

fn alarm(room: &RoomStore) -> AlarmTime {
    room.alarm().expect("reads")
}

/// A room whose handler runs for the alarm of time 5.
fn running(storage: &StorageHandle) -> RoomStore {
    let room = room(storage, "a");
    room.set_alarm(Some(5));
    room.seal();
    assert!(room.begin_alarm(5).expect("reads"));
    room
}

#[test]
fn listener_hears_what_is_stored_and_then_what_is_committed() {
    let storage = temporary();
    let a = room(&storage, "a");
    a.set_alarm(Some(7));
    a.seal();
    let heard = watch(&storage);
    assert_eq!(next(&heard), ("a".to_owned(), Some(7)));
    a.put("k".to_owned(), "v".into());
    a.seal();
    a.set_alarm(Some(8));
    a.set_alarm(Some(9));
    a.seal();
    a.set_alarm(None);
    a.seal();
    assert_eq!(next(&heard), ("a".to_owned(), Some(9)));
    assert_eq!(next(&heard), ("a".to_owned(), None));
    assert_eq!(alarm(&room(&storage, "a")), None);
}

#[test]
fn alarm_is_stored_beside_the_entries_that_are_cleared() {
    let storage = temporary();
    let a = room(&storage, "a");
    a.put("k".to_owned(), "v".into());
    a.set_alarm(Some(7));
    a.delete_all();
    a.seal();
    let again = room(&storage, "a");
    assert_eq!(alarm(&again), Some(7));
    assert_eq!(again.get("k"), Ok(None));
    assert_eq!(alarm(&room(&storage, "b")), None);
}

#[test]
fn alarm_whose_handler_runs_is_not_seen_and_is_deleted_when_that_succeeds() {
    let storage = temporary();
    let room_a = running(&storage);
    assert_eq!(alarm(&room_a), None);
    assert_eq!(alarm(&room(&storage, "a")), Some(5), "it is still stored");
    assert_eq!(room_a.end_alarm(true), AlarmEnd::Settled);
    assert!(room_a.seal().is_some());
    assert_eq!(alarm(&room_a), None);
    assert_eq!(alarm(&room(&storage, "a")), None);
}

#[test]
fn alarm_whose_handler_failed_is_as_it_was() {
    let storage = temporary();
    let room = running(&storage);
    room.set_alarm(None);
    assert_eq!(room.end_alarm(false), AlarmEnd::Unsettled);
    assert_eq!(alarm(&room), Some(5));
    assert_eq!(room.seal(), None);
}

#[test]
fn alarm_set_by_the_handler_is_kept_however_that_ends() {
    for (succeeded, sealed) in [(true, true), (true, false), (false, true), (false, false)] {
        let room = running(&temporary());
        room.set_alarm(Some(9));
        if sealed {
            room.seal();
        }
        assert_eq!(alarm(&room), Some(9));
        assert_eq!(room.end_alarm(succeeded), AlarmEnd::Settled);
        room.seal();
        assert_eq!(alarm(&room), Some(9), "{succeeded} {sealed}");
    }
}

#[test]
fn alarm_set_and_deleted_by_a_failed_handler_is_gone() {
    let room = running(&temporary());
    room.set_alarm(Some(9));
    room.set_alarm(None);
    assert_eq!(room.end_alarm(false), AlarmEnd::Settled);
    room.seal();
    assert_eq!(alarm(&room), None);
}

#[test]
fn handler_does_not_run_for_an_alarm_that_has_changed() {
    let storage = temporary();
    let room = room(&storage, "a");
    assert_eq!(room.begin_alarm(5), Ok(false));
    room.set_alarm(Some(6));
    room.seal();
    assert_eq!(room.begin_alarm(5), Ok(false));
    assert_eq!(alarm(&room), Some(6));
}
