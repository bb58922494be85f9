//! What becomes of a storage whose file is deleted, moved, replaced or emptied while it is open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;
use partyrun_ops::storage_interface::{AlarmTime, RoomStorage};

use super::tests::{open, room, temporary};
use super::{Location, RoomStore, StorageHandle, StorageThread};

/// An open storage with an entry, an alarm, and whoever hears of it.
struct Scratch {
    folder: tempfile::TempDir,
    storage: StorageHandle,
    said: Receiver<String>,
    renewed: Receiver<()>,
    alarms: Receiver<(String, AlarmTime)>,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let (notices, said) = channel();
        let location = Location::File(folder.path().join("state/partyrun.sqlite"));
        let notices = move |text| drop(notices.send(text));
        let storage = StorageThread::open(&location, Arc::new(notices)).expect("opens");
        let (told, renewed) = channel();
        storage.watch_renewals(
            0,
            Box::new(move || {
                let _ = told.send(());
            }),
        );
        let (told, alarms) = channel();
        let listener = move |_: &str, room: &str, alarm| {
            let _ = told.send((room.to_owned(), alarm));
        };
        storage
            .watch_alarms(Box::new(listener))
            .expect("it is open");
        let before = room(&storage, "before");
        put(&before, "1");
        before.set_alarm(Some(9));
        before.seal();
        assert_eq!(next(&alarms), ("before".to_owned(), Some(9)));
        Self {
            folder,
            storage,
            said,
            renewed,
            alarms,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("state/partyrun.sqlite")
    }
}

fn next<T>(heard: &Receiver<T>) -> T {
    heard
        .recv_timeout(Duration::from_secs(10))
        .expect("it is heard of")
}

fn put(room: &RoomStore, value: &str) {
    room.put("k".to_owned(), Bytes::copy_from_slice(value.as_bytes()));
}

fn get(room: &RoomStore) -> Option<Bytes> {
    room.get("k").expect("reads")
}

/// What a room that begins now writes is there when the file is opened again.
fn lasts(scratch: Scratch, expected: Option<&str>) {
    let Scratch {
        folder,
        storage,
        said,
        ..
    } = scratch;
    let after = room(&storage, "before");
    assert_eq!(
        get(&after),
        expected.map(|text| Bytes::from(text.to_owned()))
    );
    put(&after, "2");
    after.seal();
    drop(after);
    storage.close().expect("closes");
    assert_eq!(said.try_recv().ok(), None, "it is told once");
    let again = open(&folder.path().join("state/partyrun.sqlite"));
    assert_eq!(get(&room(&again, "before")), Some(Bytes::from("2")));
}

#[test]
fn a_storage_that_is_taken_away_begins_anew_and_is_told_of_once() {
    let ways: [fn(&Scratch); 4] = [
        |scratch| fs::remove_dir_all(scratch.path("state")).expect("removable"),
        |scratch| fs::remove_file(scratch.file()).expect("removable"),
        |scratch| fs::rename(scratch.path("state"), scratch.path("away")).expect("movable"),
        |scratch| fs::write(scratch.file(), "").expect("writable"),
    ];
    for take_away in ways {
        let scratch = Scratch::new();
        take_away(&scratch);
        let said = next(&scratch.said);
        assert!(said.contains("deleted while in use"), "{said}");
        let file = scratch.file();
        assert!(said.ends_with(&format!("`{}`", file.display())), "{said}");
        next(&scratch.renewed);
        lasts(scratch, None);
    }
}

#[test]
fn what_was_moved_away_has_all_that_was_committed() {
    let away = |scratch: &Scratch| scratch.path("away/partyrun.sqlite");
    let ways: [fn(&Scratch); 2] = [
        |scratch| fs::rename(scratch.path("state"), scratch.path("away")).expect("movable"),
        |scratch| {
            fs::create_dir(scratch.path("away")).expect("creatable");
            fs::rename(scratch.file(), scratch.path("away/partyrun.sqlite")).expect("movable");
        },
    ];
    for move_away in ways {
        let scratch = Scratch::new();
        move_away(&scratch);
        next(&scratch.renewed);
        put(&room(&scratch.storage, "other"), "x");
        let moved = open(&away(&scratch));
        assert_eq!(get(&room(&moved, "before")), Some(Bytes::from("1")));
    }
}

#[test]
fn a_replaced_storage_goes_on_with_what_it_holds_alarms_included() {
    let scratch = Scratch::new();
    let other = scratch.path("other/partyrun.sqlite");
    let storage = open(&other);
    let mine = room(&storage, "before");
    put(&mine, "other");
    mine.set_alarm(Some(77));
    mine.seal();
    drop(mine);
    storage.close().expect("closes");
    fs::rename(&other, scratch.file()).expect("movable");
    let said = next(&scratch.said);
    assert!(said.contains("replaced while"), "{said}");
    assert_eq!(next(&scratch.alarms), ("before".to_owned(), Some(77)));
    lasts(scratch, Some("other"));
}

#[test]
fn a_room_of_the_deleted_storage_reads_and_writes_no_more() {
    let scratch = Scratch::new();
    let (told, outcomes) = channel();
    let listener = move |_, failure: Option<&super::StorageFailure>| {
        let _ = told.send(failure.map(ToString::to_string));
    };
    let old = scratch
        .storage
        .room(super::tests::identity("old"), Arc::new(listener));
    assert_eq!(get(&old), None);
    fs::remove_dir_all(scratch.path("state")).expect("removable");
    next(&scratch.renewed);
    put(&old, "late");
    old.seal();
    let failure = next(&outcomes).expect("the write is refused");
    assert!(failure.contains("deleted or replaced"), "{failure}");
    assert!(old.get("unread").is_err());
    assert_eq!(get(&room(&scratch.storage, "old")), None);
}

#[test]
fn a_deleted_log_costs_nothing_and_nobody() {
    let scratch = Scratch::new();
    let log = scratch.path("state/partyrun.sqlite-wal");
    fs::remove_file(&log).expect("removable");
    let before = room(&scratch.storage, "before");
    wait_for(&log, || {
        put(&before, "3");
        before.seal();
    });
    assert!(scratch.said.try_recv().is_err());
    assert!(scratch.renewed.try_recv().is_err());
    // As after `kill -9`: only what is in the files.
    let copy = scratch.path("copy");
    fs::create_dir(&copy).expect("creatable");
    let sync = before.sync();
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime starts")
        .block_on(sync)
        .expect("is committed");
    for name in ["partyrun.sqlite", "partyrun.sqlite-wal"] {
        fs::copy(scratch.path("state").join(name), copy.join(name)).expect("copied");
    }
    let copied = open(&copy.join("partyrun.sqlite"));
    assert_eq!(get(&room(&copied, "before")), Some(Bytes::from("3")));
}

fn wait_for(file: &Path, mut attempt: impl FnMut()) {
    for _ in 0..1000 {
        attempt();
        if file.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never made: {}", file.display());
}

#[test]
fn a_storage_that_cannot_begin_anew_says_so_once_and_goes_on() {
    let scratch = Scratch::new();
    fs::rename(scratch.path("state"), scratch.path("away")).expect("movable");
    fs::write(scratch.path("state"), "a file in the way").expect("writable");
    let said = next(&scratch.said);
    assert!(said.contains("will be lost"), "{said}");
    assert_eq!(
        get(&room(&scratch.storage, "before")),
        Some(Bytes::from("1"))
    );
    fs::remove_file(scratch.path("state")).expect("removable");
    let said = next(&scratch.said);
    assert!(said.contains("It starts empty"), "{said}");
    lasts(scratch, None);
}

#[test]
fn a_storage_that_nobody_keeps_begins_anew_when_it_is_asked_to() {
    let storage = temporary();
    let (told, renewed) = channel();
    storage.watch_renewals(
        0,
        Box::new(move || {
            let _ = told.send(());
        }),
    );
    let before = room(&storage, "r");
    put(&before, "1");
    before.seal();
    storage.begin_anew().expect("it is open");
    next(&renewed);
    assert!(
        before.get_many(vec!["other".to_owned()]).is_err(),
        "its room is over"
    );
    let after = room(&storage, "r");
    assert_eq!(get(&after), None);
    put(&after, "2");
    after.seal();
    assert_eq!(get(&room(&storage, "r")), Some(Bytes::from("2")));
}

#[test]
fn a_storage_in_a_folder_stays_when_it_is_asked_to_begin_anew() {
    let scratch = Scratch::new();
    assert!(scratch.storage.is_kept());
    scratch.storage.begin_anew().expect("it is open");
    assert_eq!(
        get(&room(&scratch.storage, "before")),
        Some(Bytes::from("1"))
    );
    assert!(scratch.renewed.try_recv().is_err());
}

#[test]
fn who_listens_late_hears_of_a_storage_that_has_begun_anew_since() {
    let storage = temporary();
    let listen = |known| {
        let (told, renewed) = channel();
        storage.watch_renewals(
            known,
            Box::new(move || {
                let _ = told.send(());
            }),
        );
        renewed
    };
    let known = storage.renewals();
    storage.begin_anew().expect("it is open");
    let late = listen(known);
    next(&late);
    let in_time = listen(storage.renewals());
    storage.begin_anew().expect("it is open");
    next(&late);
    next(&in_time);
    assert!(late.try_recv().is_err(), "once for each");
    assert!(in_time.try_recv().is_err(), "not of what was known");
}
