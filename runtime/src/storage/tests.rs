//! Storage as rooms see it, from the trait down to the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use partyrun_ops::storage_interface::{
    CommitListener, ListRange, RoomStorage, StorageFailure, Synced,
};

use super::{Location, RoomIdentity, RoomStore, StorageHandle, StorageThread};

type Outcome = (u64, Option<StorageFailure>);

pub(super) fn identity(name: &str) -> RoomIdentity {
    RoomIdentity {
        party: "main".to_owned(),
        name: name.to_owned(),
        internal_id: format!("id of {name}"),
    }
}

pub(super) fn open(path: &Path) -> StorageHandle {
    let location = Location::File(path.to_owned());
    StorageThread::open(&location, Arc::new(drop)).expect("opens")
}

pub(super) fn temporary() -> StorageHandle {
    StorageThread::open(&Location::Temporary, Arc::new(drop)).expect("a temporary storage opens")
}

pub(super) fn room(storage: &StorageHandle, name: &str) -> RoomStore {
    storage.room(identity(name), Arc::new(|_, _| ()))
}

fn heard() -> (CommitListener, Receiver<Outcome>) {
    let (sender, outcomes) = channel();
    let listener = move |sequence, failure: Option<&StorageFailure>| {
        sender
            .send((sequence, failure.cloned()))
            .expect("the test listens");
    };
    (Arc::new(listener), outcomes)
}

fn next(outcomes: &Receiver<Outcome>) -> Outcome {
    outcomes
        .recv_timeout(Duration::from_secs(10))
        .expect("the outcome is heard")
}

pub(super) fn wait(synced: Synced) -> Result<(), StorageFailure> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime starts")
        .block_on(synced)
}

fn put(room: &RoomStore, key: &str, value: &str) {
    room.put(key.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
}

fn get(room: &RoomStore, key: &str) -> Option<String> {
    let value = room.get(key).expect("reads");
    value.map(|value| String::from_utf8(value.to_vec()).expect("is text"))
}

fn delete(room: &RoomStore, keys: &[&str]) -> u32 {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    room.delete(keys).expect("reads")
}

fn keys(room: &RoomStore, range: &ListRange) -> Vec<String> {
    let entries = room.list(range).expect("lists");
    entries.into_iter().map(|(key, _)| key).collect()
}

fn all() -> ListRange {
    ListRange::default()
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let path = folder.path().join("partyrun.sqlite");
    (folder, path)
}

#[test]
fn writes_are_seen_at_once_and_after_sealing_by_this_room_alone() {
    let storage = temporary();
    let (mine, other) = (room(&storage, "mine"), room(&storage, "other"));
    put(&mine, "k", "1");
    assert_eq!(get(&mine, "k").as_deref(), Some("1"));
    assert_eq!(mine.seal(), Some(1));
    assert_eq!(mine.seal(), None);
    assert_eq!(get(&mine, "k").as_deref(), Some("1"));
    assert_eq!(get(&room(&storage, "mine"), "k").as_deref(), Some("1"));
    assert_eq!(get(&other, "k"), None);
}

#[test]
fn unsealed_writes_are_gone_with_their_room() {
    let storage = temporary();
    put(&room(&storage, "a"), "k", "1");
    assert_eq!(get(&room(&storage, "a"), "k"), None);
}

#[test]
fn getting_several_merges_and_sorts() {
    let storage = temporary();
    let room = room(&storage, "a");
    put(&room, "o1", "1");
    put(&room, "o3", "3");
    room.seal();
    put(&room, "o2", "2");
    delete(&room, &["o3"]);
    let wanted = ["o3", "o1", "o2", "o1", "none"].map(str::to_owned).to_vec();
    let found: Vec<_> = room.get_many(wanted).expect("reads");
    let found: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
    assert_eq!(found, ["o1", "o2"]);
}

#[test]
fn deleting_counts_what_existed() {
    let storage = temporary();
    let room = room(&storage, "a");
    put(&room, "stored", "1");
    room.seal();
    put(&room, "fresh", "1");
    assert_eq!(delete(&room, &["stored", "fresh", "none", "fresh"]), 2);
    assert_eq!(delete(&room, &["stored", "fresh"]), 0);
    assert_eq!(delete(&room, &[]), 0);
    room.seal();
    assert_eq!(keys(&room, &all()), [""; 0]);
}

#[test]
fn keys_come_in_the_order_of_their_bytes() {
    let storage = temporary();
    let room = room(&storage, "a");
    let ordered = ["", "10", "9", "B", "Z", "a", "b", "é", "\u{fffd}", "😀"];
    for (n, key) in ordered.iter().rev().enumerate() {
        put(&room, key, "x");
        if n % 2 == 0 {
            room.seal();
        }
    }
    assert_eq!(keys(&room, &all()), ordered);
}

/// Compares ranges of a small key space with a plain map's answer, over many mixtures of stored and
/// unsealed writes.
#[test]
fn a_list_equals_the_same_list_over_a_plain_map() {
    let names = ["a", "ab", "b", "ba", "c", "d"];
    // For each key: what is stored and what is written over it, by three bits.
    for state in (0..1u32 << (3 * 4)).step_by(37) {
        let storage_bits = |n: usize| (state >> (3 * (n % 4))) & 0b111;
        let storage = temporary();
        let room = room(&storage, "a");
        let mut model = BTreeMap::new();
        for (n, name) in names.iter().enumerate() {
            if storage_bits(n) & 1 != 0 {
                put(&room, name, "stored");
                model.insert(*name, "stored");
            }
        }
        room.seal();
        for (n, name) in names.iter().enumerate() {
            if storage_bits(n) & 2 != 0 {
                delete(&room, &[name]);
                model.remove(name);
            } else if storage_bits(n) & 4 != 0 {
                put(&room, name, "fresh");
                model.insert(name, "fresh");
            }
        }
        for limit in [None, Some(1), Some(2), Some(4)] {
            for reverse in [false, true] {
                let range = ListRange {
                    reverse,
                    limit,
                    ..all().starting_at("ab").ending_before("d")
                };
                let mut expected: Vec<_> = model.range("ab".."d").collect();
                if reverse {
                    expected.reverse();
                }
                expected.truncate(limit.unwrap_or(usize::MAX));
                let found = room.list(&range).expect("lists");
                let found: Vec<_> = found
                    .iter()
                    .map(|(key, value)| (key.as_str(), str::from_utf8(value).expect("is text")))
                    .collect();
                let expected: Vec<_> = expected.into_iter().map(|(k, v)| (*k, *v)).collect();
                assert_eq!(found, expected, "state {state:b}, {range:?}");
            }
        }
    }
}

#[test]
fn a_list_longer_than_a_page_is_whole_in_both_directions() {
    let storage = temporary();
    let room = room(&storage, "a");
    let names: Vec<_> = (0..5000).map(|n| format!("k{n:05}")).collect();
    for name in &names {
        put(&room, name, "x");
    }
    room.seal();
    assert_eq!(keys(&room, &all()), names);
    let backwards = ListRange {
        reverse: true,
        limit: Some(4999),
        ..all()
    };
    let expected: Vec<_> = names.iter().rev().take(4999).cloned().collect();
    assert_eq!(keys(&room, &backwards), expected);
}

#[test]
fn deleting_all_hides_what_is_stored_before_and_after_sealing() {
    let storage = temporary();
    let room = room(&storage, "a");
    put(&room, "old", "1");
    room.seal();
    get(&room, "old");
    room.delete_all();
    put(&room, "new", "2");
    assert_eq!(get(&room, "old"), None);
    assert_eq!(keys(&room, &all()), ["new"]);
    room.seal();
    assert_eq!(get(&room, "old"), None);
    assert_eq!(keys(&room, &all()), ["new"]);
}

#[test]
fn a_transaction_is_not_sealed_until_it_is_committed() {
    let storage = temporary();
    let room = room(&storage, "a");
    put(&room, "before", "1");
    let transaction = room.begin();
    put(&room, "k", "2");
    assert_eq!(room.seal(), Some(1));
    assert_eq!(get(&room, "k").as_deref(), Some("2"));
    assert_eq!(keys(&room, &all()), ["before", "k"]);
    assert_eq!(room.seal(), None);
    room.commit(transaction);
    assert_eq!(room.seal(), Some(2));
}

#[test]
fn a_rolled_back_transaction_leaves_nothing_behind() {
    let storage = temporary();
    let room = room(&storage, "a");
    put(&room, "k", "old");
    room.seal();
    let transaction = room.begin();
    put(&room, "k", "new");
    room.delete_all();
    assert_eq!(get(&room, "k"), None);
    room.seal();
    room.rollback(transaction);
    assert_eq!(get(&room, "k").as_deref(), Some("old"));
    assert_eq!(room.seal(), None);
}

#[test]
fn batches_are_acknowledged_in_order_and_sync_waits_for_them() {
    let storage = temporary();
    let (listener, outcomes) = heard();
    let room = storage.room(identity("a"), listener);
    for n in 0..3 {
        put(&room, "k", &n.to_string());
        room.seal();
    }
    put(&room, "k", "unsealed");
    wait(room.sync()).expect("commits");
    let settled: Vec<_> = outcomes.try_iter().collect();
    assert_eq!(settled, [(1, None), (2, None), (3, None), (4, None)]);
    wait(room.sync()).expect("has nothing to wait for");
}

#[test]
fn what_was_acknowledged_is_in_the_file_without_closing_it() {
    let (folder, path) = file();
    let storage = open(&path);
    let (listener, outcomes) = heard();
    let room = storage.room(identity("a"), listener);
    put(&room, "k", "1");
    room.seal();
    assert_eq!(next(&outcomes), (1, None));
    // A copy taken now is what a killed process leaves behind.
    let after = folder.path().join("after.sqlite");
    std::fs::copy(&path, &after).expect("copies");
    std::fs::copy(
        path.with_extension("sqlite-wal"),
        after.with_extension("sqlite-wal"),
    )
    .expect("copies");
    let reopened = open(&after);
    let again = reopened.room(identity("a"), Arc::new(|_, _| ()));
    assert_eq!(get(&again, "k").as_deref(), Some("1"));
}

#[test]
fn dropping_everything_commits_and_lets_go_of_the_file() {
    let (_folder, path) = file();
    let storage = open(&path);
    let first = room(&storage, "a");
    put(&first, "k", "1");
    first.seal();
    drop((storage, first));
    // The thread ends on its own: opening waits for the file.
    let reopened = open(&path);
    assert_eq!(get(&room(&reopened, "a"), "k").as_deref(), Some("1"));
}

#[test]
fn closing_commits_and_later_use_fails_without_waiting() {
    let (_folder, path) = file();
    let storage = open(&path);
    let (listener, outcomes) = heard();
    let late = storage.room(identity("a"), listener);
    put(&late, "k", "1");
    late.seal();
    storage.close().expect("closes");
    storage.close().expect("closes twice");
    assert_eq!(next(&outcomes), (1, None));
    assert!(!path.with_extension("sqlite-wal").exists());

    late.get("unknown").expect_err("is closed");
    put(&late, "k", "2");
    assert_eq!(late.seal(), Some(2));
    assert!(matches!(next(&outcomes), (2, Some(_))));
    wait(late.sync()).expect_err("is closed");
    late.get("k").expect_err("the second value was lost");

    let reopened = open(&path);
    assert_eq!(get(&room(&reopened, "a"), "k").as_deref(), Some("1"));
}

#[test]
fn a_batch_that_cannot_be_written_fails_alone() {
    let storage = temporary();
    let (bad_listener, bad_outcomes) = heard();
    let (good_listener, good_outcomes) = heard();
    let bad = storage.room(identity("bad"), bad_listener);
    let good = storage.room(identity("good"), good_listener);
    put(&bad, "kept", "1");
    bad.seal();
    assert_eq!(next(&bad_outcomes), (1, None));
    for n in 0..20 {
        put(&good, &format!("k{n}"), "1");
        good.seal();
        if n == 10 {
            put(&bad, "lost with its batch", "2");
            // More than SQLite's greatest blob.
            bad.put("huge".to_owned(), Bytes::from(vec![0; 1_000_000_001]));
            bad.seal();
            put(&bad, "after", "3");
            bad.seal();
        }
    }
    assert!(matches!(next(&bad_outcomes), (2, Some(_))));
    assert!(matches!(next(&bad_outcomes), (3, Some(_))));
    for n in 1..=20 {
        assert_eq!(next(&good_outcomes), (n, None));
    }
    bad.get("kept").expect_err("the room must start anew");
    assert_eq!(keys(&room(&storage, "bad"), &all()), ["kept"]);
    assert_eq!(keys(&room(&storage, "good"), &all()).len(), 20);
}

#[test]
fn many_rooms_at_once_each_keep_their_own() {
    const ROOMS: usize = 32;
    let storage = temporary();
    let start = Barrier::new(ROOMS);
    thread::scope(|scope| {
        for n in 0..ROOMS {
            let (storage, start) = (&storage, &start);
            scope.spawn(move || {
                let room = room(storage, &n.to_string());
                start.wait();
                for _ in 0..100 {
                    let count: u32 = get(&room, "n").map_or(0, |n| n.parse().expect("a number"));
                    put(&room, "n", &(count + 1).to_string());
                    put(&room, "who", &n.to_string());
                    room.seal();
                }
                wait(room.sync()).expect("commits");
            });
        }
    });
    for n in 0..ROOMS {
        let again = room(&storage, &n.to_string());
        assert_eq!(get(&again, "n").as_deref(), Some("100"));
        assert_eq!(get(&again, "who"), Some(n.to_string()));
    }
}
