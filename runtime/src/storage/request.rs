//! What is asked of the storage thread, and the report of what became of a turn's writes. Never touches
//! the database.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use bytes::Bytes;
use partyrun_ops::storage_interface::{AlarmTime, CommitListener, ListRange, StorageFailure};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::StorageError;
use super::overlay::Layer;
use super::table::{Page, RoomSlot};

/// What a read gives back to the room that waits for it.
pub(super) type Reply<T> = SyncSender<Result<T, StorageFailure>>;

/// Hears, on the storage thread, the party, the name and the new alarm of a room whenever that is
/// committed. It must not block and must not call into the storage.
pub type AlarmListener = Box<dyn Fn(&str, &str, AlarmTime) + Send>;
/// Hears, on the storage thread, that all of the storage has become another one: what anybody remembers
/// of it is void. It must not block and must not call into the storage.
pub type RenewalListener = Box<dyn Fn() + Send>;
/// Work of others on the storage thread. It leaves no transaction open.
pub(super) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// What rooms ask of the storage thread.
pub(super) enum Request {
    Write(Batch),
    Read {
        room: Arc<RoomSlot>,
        keys: Vec<Vec<u8>>,
        reply: Reply<Vec<Option<Bytes>>>,
    },
    List {
        room: Arc<RoomSlot>,
        range: ListRange,
        reply: Reply<Page>,
    },
    Alarm {
        room: Arc<RoomSlot>,
        reply: Reply<AlarmTime>,
    },
    WatchAlarms {
        listener: AlarmListener,
        reply: Reply<()>,
    },
    /// Tell of each time the storage becomes another one after it has done so `known` times.
    WatchRenewals {
        known: u64,
        listener: RenewalListener,
    },
    /// Be another storage, which nobody keeps: an empty one, or one with what is in the snapshot.
    BeginAnew(Option<Arc<[u8]>>, SyncSender<Result<(), StorageError>>),
    /// Delete all that is stored.
    Empty(oneshot::Sender<Result<(), StorageFailure>>),
    /// Something with transactions of its own.
    Job(Job),
    /// Ends the thread. What was sent before is served and committed, what is sent later fails.
    Close,
}

/// What a room wrote in one turn: all of it is committed or none.
pub(super) struct Batch {
    pub(super) room: Arc<RoomSlot>,
    pub(super) layer: Layer,
    sequence: u64,
    listener: Option<CommitListener>,
}

impl Batch {
    pub(super) fn new(
        room: Arc<RoomSlot>,
        layer: Layer,
        sequence: u64,
        listener: CommitListener,
    ) -> Self {
        Self {
            room,
            layer,
            sequence,
            listener: Some(listener),
        }
    }

    /// The alarm is told first: who waits for the commit may count on its being known.
    pub(super) fn committed(mut self, alarms: Option<&AlarmListener>) {
        if let (Some(alarms), Some(alarm)) = (alarms, self.layer.alarm) {
            let identity = self.room.identity();
            alarms(&identity.party, &identity.name, alarm);
        }
        if let Some(listener) = self.listener.take() {
            listener(self.sequence, None);
        }
    }

    pub(super) fn failed(mut self, failure: &StorageFailure) {
        self.report(failure);
    }

    fn report(&mut self, failure: &StorageFailure) {
        if let Some(listener) = self.listener.take() {
            let first = self.room.failure.get_or_init(|| failure.clone());
            listener(self.sequence, Some(first));
        }
    }
}

impl Drop for Batch {
    /// A batch that nobody took still has its outcome reported, else its room would wait forever.
    fn drop(&mut self) {
        self.report(&ended());
    }
}

/// What every request comes to once the storage thread has ended.
pub(super) fn ended() -> StorageFailure {
    StorageFailure::new("The storage is closed")
}
