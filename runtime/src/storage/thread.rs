//! Owns the storage thread: its queue, the group commit, the acknowledgements and its end. It never
//! decides what a room may write.
//!
//! Several rooms' batches share a transaction because a commit costs far more than a batch. When the
//! shared one fails, each batch is tried alone, so that one room's fault stays its own.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use bytes::Bytes;
use partyrun_ops::storage_interface::{AlarmTime, CommitListener, ListRange, StorageFailure};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::import::{Importer, Notices};
use super::legacy::LegacyFolder;
use super::overlay::Layer;
use super::room::RoomStore;
use super::table::{Page, RoomSlot, Table};
use super::{Location, RoomIdentity, StorageError, schema};

/// How many requests may wait. A room that writes faster than the disk takes it is held up here.
const QUEUE: usize = 1024;

/// A shared transaction is committed after so many requests, even when more wait, so that the first
/// of them are not kept waiting.
const LARGEST_GROUP: usize = 1024;

/// What a read gives back to the room that waits for it.
pub(super) type Reply<T> = SyncSender<Result<T, StorageFailure>>;

/// Hears, on the storage thread, the party, the name and the new alarm of a room whenever that is
/// committed. It must not block and must not call into the storage.
pub type AlarmListener = Box<dyn Fn(&str, &str, AlarmTime) + Send>;
/// Work of others on the storage thread. It leaves no transaction open.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

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
    /// Something with transactions of its own.
    Job(Job),
    /// Ends the thread. What was sent before is served and committed, what is sent later fails.
    Close,
}

/// What a room wrote in one turn: all of it is committed or none.
pub(super) struct Batch {
    room: Arc<RoomSlot>,
    layer: Layer,
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
    fn committed(mut self, alarms: Option<&AlarmListener>) {
        if let (Some(alarms), Some(alarm)) = (alarms, self.layer.alarm) {
            let identity = self.room.identity();
            alarms(&identity.party, &identity.name, alarm);
        }
        if let Some(listener) = self.listener.take() {
            listener(self.sequence, None);
        }
    }

    fn failed(mut self, failure: &StorageFailure) {
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
    /// A batch that nobody took still has its outcome reported, else its room would wait for ever.
    fn drop(&mut self) {
        self.report(&ended());
    }
}

/// What every request comes to once the storage thread has ended.
pub(super) fn ended() -> StorageFailure {
    StorageFailure::new("The storage is closed")
}

/// The thread that owns the project's one database connection.
pub struct StorageThread {
    table: Table,
    group: Vec<Batch>,
    importer: Importer,
    alarms: Option<AlarmListener>,
}

impl StorageThread {
    /// Opens the storage and starts its thread. The thread ends, after committing everything it was
    /// sent, when the last handle and room are dropped or the storage is closed. Rooms of the original
    /// beside the file are imported on first use, of which `notices` hears.
    pub fn open(location: &Location, notices: Notices) -> Result<StorageHandle, StorageError> {
        let connection = schema::open(location)?;
        let legacy = match location {
            Location::File(path) => Some(LegacyFolder::beside(path)),
            Location::Temporary => None,
        };
        let (sender, requests) = sync_channel(QUEUE);
        let thread = Builder::new()
            .name("partyrun-storage".to_owned())
            .spawn(move || {
                let storage = Self {
                    table: Table::new(connection),
                    group: Vec::new(),
                    importer: Importer::new(legacy, notices),
                    alarms: None,
                };
                storage.run(&requests)
            })
            .map_err(StorageError::Thread)?;
        Ok(StorageHandle {
            sender,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    fn run(mut self, requests: &Receiver<Request>) -> rusqlite::Result<()> {
        let mut closing = false;
        while !closing {
            let Ok(first) = requests.recv() else {
                break;
            };
            closing = self.serve_group(first, requests);
        }
        self.table.close()
    }

    /// Serves `first` and what waits behind it, then commits. Tells whether to end.
    fn serve_group(&mut self, first: Request, requests: &Receiver<Request>) -> bool {
        let mut closing = self.serve(first);
        for request in requests.try_iter().take(LARGEST_GROUP - 1) {
            closing |= self.serve(request);
        }
        self.commit();
        closing
    }

    fn serve(&mut self, request: Request) -> bool {
        match request {
            Request::Write(batch) => self.write(batch),
            Request::Read { room, keys, reply } => {
                let values = self
                    .import(&room)
                    .and_then(|()| self.table.read(&room, &keys));
                // The room is gone when it does not take the answer.
                let _ = reply.send(values.map_err(|error| cannot("read from", &error)));
            }
            Request::List { room, range, reply } => {
                let page = self
                    .import(&room)
                    .and_then(|()| self.table.list(&room, &range));
                let _ = reply.send(page.map_err(|error| cannot("read from", &error)));
            }
            Request::Alarm { room, reply } => {
                let alarm = self.table.alarm(&room);
                let _ = reply.send(alarm.map_err(|error| cannot("read from", &error)));
            }
            Request::WatchAlarms { listener, reply } => {
                let watched = self.watch_alarms(listener);
                let _ = reply.send(watched.map_err(|error| cannot("read from", &error)));
            }
            Request::Job(job) => {
                self.commit();
                job(self.table.connection());
            }
            Request::Close => return true,
        }
        false
    }

    fn watch_alarms(&mut self, listener: AlarmListener) -> rusqlite::Result<()> {
        // Or the listener would hear twice of what is in the group.
        self.commit();
        for (party, name, at) in self.table.alarms()? {
            listener(&party, &name, Some(at));
        }
        self.alarms = Some(listener);
        Ok(())
    }

    fn write(&mut self, batch: Batch) {
        if let Some(failure) = batch.room.failure.get().cloned() {
            batch.failed(&failure);
            return;
        }
        if let Err(error) = self.import(&batch.room) {
            batch.failed(&cannot("write to", &error));
            return;
        }
        let begun = if self.group.is_empty() {
            self.table.begin()
        } else {
            Ok(())
        };
        let applied = begun.and_then(|()| self.table.apply(&batch.room, &batch.layer));
        self.group.push(batch);
        if let Err(error) = applied {
            self.retry_alone(&error);
        }
    }

    /// Brings the room's data of the original in, before anything of it is read or written. That is a
    /// transaction of its own, so the group before it is committed first.
    fn import(&mut self, room: &Arc<RoomSlot>) -> rusqlite::Result<()> {
        if !self.importer.concerns(room) {
            return Ok(());
        }
        self.commit();
        self.importer.import(&mut self.table, room)
    }

    fn commit(&mut self) {
        if self.group.is_empty() {
            return;
        }
        match self.table.commit() {
            Ok(()) => {
                for batch in self.group.drain(..) {
                    batch.committed(self.alarms.as_ref());
                }
            }
            Err(error) => self.retry_alone(&error),
        }
    }

    fn retry_alone(&mut self, shared: &rusqlite::Error) {
        let group = std::mem::take(&mut self.group);
        if self.table.rollback().is_err() {
            let failure = cannot("write to", shared);
            group.into_iter().for_each(|batch| batch.failed(&failure));
            return;
        }
        for batch in group {
            if let Some(failure) = batch.room.failure.get().cloned() {
                batch.failed(&failure);
                continue;
            }
            match self.write_alone(&batch) {
                Ok(()) => batch.committed(self.alarms.as_ref()),
                Err(error) => {
                    // An error here is the next `begin`'s to find and report.
                    let _ = self.table.rollback();
                    batch.failed(&cannot("write to", &error));
                }
            }
        }
    }

    fn write_alone(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        self.table.begin()?;
        self.table.apply(&batch.room, &batch.layer)?;
        self.table.commit()
    }
}

fn cannot(what: &str, error: &rusqlite::Error) -> StorageFailure {
    StorageFailure::new(format!("Cannot {what} the storage: {error}"))
}

/// Reaches the storage thread. Any thread may hold one.
#[derive(Clone)]
pub struct StorageHandle {
    sender: SyncSender<Request>,
    thread: Arc<Mutex<Option<JoinHandle<rusqlite::Result<()>>>>>,
}

impl StorageHandle {
    /// One room's storage. Costs neither a row nor a wait until the room uses it.
    ///
    /// A room must not use two at a time: each remembers what it read. `listener` hears the outcome
    /// of each batch on the storage thread, or, once the storage is closed, on the room's.
    pub fn room(&self, identity: RoomIdentity, listener: CommitListener) -> RoomStore {
        RoomStore::new(self.sender.clone(), identity, listener)
    }

    /// Tells `listener` of every room's alarm, then of every change of one. Returns once it has heard
    /// of all that there are. A later listener replaces it.
    pub fn watch_alarms(&self, listener: AlarmListener) -> Result<(), StorageFailure> {
        let (reply, watched) = sync_channel(1);
        self.sender
            .send(Request::WatchAlarms { listener, reply })
            .map_err(|_| ended())?;
        watched.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Does a job on the storage thread, outside any transaction. Resolves what it gives; an error means
    /// that the storage is closed. The thread serves all rooms: a job must not take long.
    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (done, outcome) = oneshot::channel();
        let job = move |connection: &mut Connection| {
            // Nobody waits any more when this cannot be sent.
            let _ = done.send(job(connection));
        };
        // A job that cannot be sent drops `done`, which tells the one who waits.
        let _ = self.sender.send(Request::Job(Box::new(job)));
        outcome
    }

    /// Commits what was sent so far, waits for the thread to end and lets go of the file. What rooms
    /// send later fails. Closing twice is harmless.
    pub fn close(&self) -> Result<(), StorageError> {
        // Cannot be sent when the thread has ended, which then is all that was wanted.
        let _ = self.sender.send(Request::Close);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        match thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(StorageError::Close(error)),
            Some(Err(_)) => Err(StorageError::Ended),
        }
    }
}
