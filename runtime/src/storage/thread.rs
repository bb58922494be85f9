//! Owns the storage thread: its queue, the group commit, the acknowledgements and its end. It never
//! decides what a room may write.
//!
//! Several rooms' batches share a transaction because a commit costs far more than a batch. When the
//! shared one fails, each batch is tried alone, so that one room's fault stays its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::Connection;

use super::faults::WriteFaults;
use super::import::{Importer, Notices};
use super::legacy::LegacyFolder;
use super::presence::{Found, PERIOD, Presence};
use super::request::{AlarmListener, Batch, Job, RenewalListener, Request};
use super::table::{RoomSlot, Table};
use super::{Location, StorageError, StorageHandle, emptying, schema, snapshot};
use crate::memory::thread_cache;

/// How many requests may wait. A room that writes faster than the disk takes it is held up here.
const QUEUE: usize = 1024;

/// The same of a storage without a file, which takes what it is sent at once. The queue has its memory from the start,
/// and a test may have hundreds of spaces.
const TEMPORARY_QUEUE: usize = 64;

/// A shared transaction is committed after this many requests, even when more wait, so that the first
/// of them are not kept waiting.
const LARGEST_GROUP: usize = 1024;

/// The thread that owns the project's one database connection.
pub struct StorageThread {
    table: Table,
    group: Vec<Batch>,
    importer: Importer,
    alarms: Option<AlarmListener>,
    renewals: Vec<RenewalListener>,
    /// `None` for a storage without a name, which nobody can delete.
    presence: Option<Presence>,
    /// How often the storage has become another one. Rooms of an earlier one are served no more.
    epoch: Arc<AtomicU64>,
    faults: Arc<WriteFaults>,
    notices: Notices,
    /// Whether it was told that the storage cannot begin anew.
    is_stuck: bool,
}

impl StorageThread {
    /// Opens the storage and starts its thread. The thread ends, after committing everything it was
    /// sent, when the last handle and room are dropped or the storage is closed. Rooms of the original
    /// beside the file are imported on first use, of which `notices` hears.
    pub fn open(location: &Location, notices: Notices) -> Result<StorageHandle, StorageError> {
        let connection = schema::open(location)?;
        let path = match location {
            Location::File(path) => Some(path.as_path()),
            Location::Temporary => None,
        };
        let legacy = path.map(LegacyFolder::beside);
        let presence = path.map(Presence::of);
        let epoch = Arc::new(AtomicU64::new(0));
        let known_epoch = epoch.clone();
        let faults = Arc::<WriteFaults>::default();
        let known_faults = faults.clone();
        let (sender, requests) = sync_channel(match location {
            Location::File(_) => QUEUE,
            Location::Temporary => TEMPORARY_QUEUE,
        });
        let thread = Builder::new()
            .name("partyrun-storage".to_owned())
            .spawn(move || {
                let storage = Self {
                    table: Table::new(connection),
                    group: Vec::new(),
                    importer: Importer::new(legacy, notices.clone()),
                    alarms: None,
                    renewals: Vec::new(),
                    presence,
                    epoch: known_epoch,
                    faults: known_faults,
                    notices,
                    is_stuck: false,
                };
                storage.run(&requests)
            })
            .map_err(StorageError::Thread)?;
        Ok(StorageHandle {
            epoch,
            faults,
            is_kept: path.is_some(),
            sender,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    fn run(mut self, requests: &Receiver<Request>) -> rusqlite::Result<()> {
        // Each space has such a thread.
        thread_cache::turn_off();
        let mut cache = thread_cache::Earned::default();
        let mut closing = false;
        while !closing {
            let first = match self.next(requests) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.look_after_files();
            if let Some(first) = first {
                cache.count();
                closing = self.serve_group(first, requests);
            }
        }
        self.table.close()
    }

    fn next(&self, requests: &Receiver<Request>) -> Result<Request, RecvTimeoutError> {
        match self.presence {
            Some(_) => requests.recv_timeout(PERIOD),
            None => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Begins anew if somebody has taken the files away, before anything else is read from or written to
    /// what nobody will find again.
    fn look_after_files(&mut self) {
        let Some(presence) = &mut self.presence else {
            return;
        };
        let found = presence.look();
        let path = presence.path().to_owned();
        let what = match found {
            Found::Same => return,
            Found::OtherLog => {
                // Nothing is lost: what was in the log goes into the file, and the next write makes a new one.
                if self.table.renew_log().is_ok() {
                    self.presence = Some(Presence::of(&path));
                }
                return;
            }
            Found::Nothing => "deleted",
            Found::Other => "replaced",
        };
        presence.clear(|| self.table.finish_log());
        match schema::open(&Location::File(path.clone())) {
            Ok(connection) => {
                self.presence = Some(Presence::of(&path));
                self.is_stuck = false;
                // Whoever reads of it finds the rooms begun anew.
                self.renew(connection);
                (self.notices)(format!(
                    "The storage was {what} while in use. It starts empty, and all rooms start again: `{}`",
                    path.display()
                ));
            }
            Err(error) => {
                presence.wait();
                if std::mem::replace(&mut self.is_stuck, true) {
                    return;
                }
                (self.notices)(format!(
                    "The storage was {what} while in use. Until it can be created again, writes will be lost when the program ends. {error}"
                ));
            }
        }
    }

    fn begin_anew(&mut self, with: Option<&[u8]>) -> Result<(), StorageError> {
        self.commit();
        self.renew(match with {
            Some(with) => snapshot::open(with)?,
            None => schema::open(&Location::Temporary)?,
        });
        Ok(())
    }

    fn empty(&mut self) -> rusqlite::Result<()> {
        self.commit();
        emptying::empty(self.table.connection())?;
        self.begin_epoch();
        Ok(())
    }

    fn renew(&mut self, connection: Connection) {
        self.table.replace(connection);
        self.begin_epoch();
    }

    /// What anybody remembers of the storage is void.
    fn begin_epoch(&mut self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.renewals.iter().for_each(|renewals| renewals());
        let (Some(alarms), Ok(known)) = (&self.alarms, self.table.alarms()) else {
            return;
        };
        for (party, name, at) in known {
            alarms(&party, &name, Some(at));
        }
    }

    /// A room that began with an earlier storage knows what is in it no more.
    fn check_epoch(&self, room: &RoomSlot) -> Result<(), StorageFailure> {
        if room.epoch() == self.epoch.load(Ordering::Relaxed) {
            return Ok(());
        }
        let gone = || StorageFailure::new("The storage was deleted or replaced while in use");
        Err(room.failure.get_or_init(gone).clone())
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
                let values = self.read(&room, |storage| {
                    storage.import(&room)?;
                    storage.table.read(&room, &keys)
                });
                // The room is gone when it does not take the answer.
                let _ = reply.send(values);
            }
            Request::List { room, range, reply } => {
                let page = self.read(&room, |storage| {
                    storage.import(&room)?;
                    storage.table.list(&room, &range)
                });
                let _ = reply.send(page);
            }
            Request::Alarm { room, reply } => {
                let alarm = self.read(&room, |storage| storage.table.alarm(&room));
                let _ = reply.send(alarm);
            }
            Request::WatchRenewals { known, listener } => {
                if known != self.epoch.load(Ordering::Relaxed) {
                    listener();
                }
                self.renewals.push(listener);
            }
            Request::WatchAlarms { listener, reply } => {
                let watched = self.watch_alarms(listener);
                let _ = reply.send(watched.map_err(|error| cannot("read from", &error)));
            }
            Request::BeginAnew(with, reply) => {
                // Whoever asked may have given up.
                let _ = reply.send(self.begin_anew(with.as_deref()));
            }
            Request::Empty(reply) => {
                let emptied = self.empty();
                let _ = reply.send(emptied.map_err(|error| cannot("write to", &error)));
            }
            Request::Job(job) => {
                self.commit();
                self.run_job(job);
            }
            Request::Close => return true,
        }
        false
    }

    /// Whoever asked hears of a job that panics, as its answer never comes; the thread serves the others.
    fn run_job(&mut self, job: Job) {
        let connection = self.table.connection();
        let outcome = catch_unwind(AssertUnwindSafe(|| job(connection)));
        if outcome.is_err() && !connection.is_autocommit() {
            // An error here is the next `begin`'s to find and report.
            let _ = connection.execute_batch("ROLLBACK");
        }
    }

    fn read<T>(
        &mut self,
        room: &RoomSlot,
        read: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T, StorageFailure> {
        self.check_epoch(room)?;
        read(self).map_err(|error| cannot("read from", &error))
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
        let known = batch.room.failure.get().cloned();
        let known = known.or_else(|| self.check_epoch(&batch.room).err());
        let known = known.or_else(|| self.faults.take(batch.room.identity()));
        if let Some(failure) = known {
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
