//! Jobs of others on the storage thread, which serves all rooms.

use std::sync::Arc;

use bytes::Bytes;
use partyrun_ops::storage_interface::RoomStorage;

use super::tests::{identity, temporary};

fn wait<T>(answer: tokio::sync::oneshot::Receiver<T>) -> Option<T> {
    answer.blocking_recv().ok()
}

#[test]
fn job_that_panics_leaves_the_storage_to_the_others() {
    let storage = temporary();
    let failed = storage.run::<()>(|_| panic!("a job of the test panics"));
    assert!(wait(failed).is_none(), "whoever asked hears of it");
    assert_eq!(wait(storage.run(|_| 1)), Some(1));
    storage.close().expect("the thread is there until the end");
}

#[test]
fn transaction_of_a_job_that_panics_is_rolled_back() {
    let storage = temporary();
    wait(storage.run(|connection| connection.execute_batch("CREATE TABLE made (it)")))
        .expect("the job ran")
        .expect("a table can be made");
    let failed = storage.run::<()>(|connection| {
        connection
            .execute_batch("BEGIN IMMEDIATE; INSERT INTO made VALUES (1)")
            .expect("it can be written to");
        panic!("a job of the test panics")
    });
    assert!(wait(failed).is_none());
    let room = storage.room(identity("after"), Arc::new(|_, _| ()));
    room.put("k".to_owned(), Bytes::from_static(b"1"));
    room.seal();
    super::tests::wait(room.sync()).expect("rooms can write");
    let rows = storage.run(|connection| {
        connection.query_row("SELECT count(*) FROM made", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(wait(rows), Some(Ok(0)));
}
