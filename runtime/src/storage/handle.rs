//! The way to the storage thread, for all others. Owns no part of the storage.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use partyrun_ops::storage_interface::{CommitListener, StorageFailure};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::faults::WriteFaults;
use super::request::{AlarmListener, RenewalListener, Request, ended};
use super::room::RoomStore;
use super::table::RoomSlot;
use super::{RoomIdentity, StorageError, snapshot};

/// Reaches the storage thread. Any thread may hold one.
#[derive(Clone)]
pub struct StorageHandle {
    pub(super) epoch: Arc<AtomicU64>,
    pub(super) faults: Arc<WriteFaults>,
    pub(super) is_kept: bool,
    pub(super) sender: SyncSender<Request>,
    pub(super) thread: Arc<Mutex<Option<JoinHandle<rusqlite::Result<()>>>>>,
}

impl StorageHandle {
    /// One room's storage. Costs neither a row nor a wait until the room uses it.
    ///
    /// A room must not use two at a time: each remembers what it read. `listener` hears the outcome
    /// of each batch on the storage thread, or, once the storage is closed, on the room's.
    pub fn room(&self, identity: RoomIdentity, listener: CommitListener) -> RoomStore {
        let slot = RoomSlot::new(identity, self.epoch.load(Ordering::Relaxed));
        RoomStore::new(self.sender.clone(), slot, listener)
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

    /// How often the storage has become another one: it was deleted, replaced, or told to begin anew.
    pub fn renewals(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Tells `listener` whenever the storage becomes another one, and at once if it has done so more than `known`
    /// times by then. Alarms are told anew after it.
    pub fn watch_renewals(&self, known: u64, listener: RenewalListener) {
        // A storage that is closed is not renewed.
        let _ = self.sender.send(Request::WatchRenewals { known, listener });
    }

    /// Whether it is in a folder, and stays when the program ends.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Makes the storage an empty one, of which rooms hear as of one that was replaced. One that is kept
    /// stays as it is.
    pub fn begin_anew(&self) -> Result<(), StorageError> {
        self.begin(None)
    }

    /// The same with what is in a snapshot.
    ///
    /// # Errors
    /// When it is no snapshot, or one of another version: then the storage stays as it is.
    pub fn begin_with(&self, snapshot: Arc<[u8]>) -> Result<(), StorageError> {
        self.begin(Some(snapshot))
    }

    /// A copy of all that is stored.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn snapshot(&self) -> Result<Vec<u8>, StorageError> {
        let taken = self.run(|connection| snapshot::take(connection)).await;
        taken.unwrap_or(Err(StorageError::Ended))
    }

    /// The writes that are to fail.
    pub fn faults(&self) -> &WriteFaults {
        &self.faults
    }

    fn begin(&self, with: Option<Arc<[u8]>>) -> Result<(), StorageError> {
        if self.is_kept {
            return Ok(());
        }
        let (reply, begun) = sync_channel(1);
        // An error here is the same as one from the other end.
        let _ = self.sender.send(Request::BeginAnew(with, reply));
        begun.recv().unwrap_or(Err(StorageError::Ended))
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
