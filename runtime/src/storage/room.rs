//! Owns one room's view of the storage, on that room's thread: what it wrote and has not sealed over
//! what it remembers over what the storage thread has. It never touches the database.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use partyrun_ops::storage_interface::{
    AlarmEnd, AlarmTime, CommitListener, Entry, ListRange, RoomStorage, StorageFailure, Synced,
    TransactionId,
};
use tokio::sync::oneshot;

use super::cache::ValueCache;
use super::overlay::{Lookup, Overlay};
use super::request::{Batch, Reply, Request, ended};
use super::table::RoomSlot;

/// A room's storage. `Send` until it is shared; then it stays on the room's thread.
pub struct RoomStore {
    sender: SyncSender<Request>,
    slot: Arc<RoomSlot>,
    progress: Arc<Mutex<Progress>>,
    listener: CommitListener,
    overlay: RefCell<Overlay>,
    cache: RefCell<ValueCache>,
    sealed: Cell<u64>,
    /// Bytes that were put since the last seal.
    unsealed_bytes: Cell<usize>,
    /// The sealed alarm, once it is known.
    alarm: Cell<Option<AlarmTime>>,
    /// The handler of the sealed alarm runs.
    alarm_runs: Cell<bool>,
}

/// How far the storage thread has come with this room's batches.
#[derive(Default)]
struct Progress {
    settled: u64,
    waiting: Vec<(u64, oneshot::Sender<()>)>,
    /// The batches on their way, with the bytes in each.
    underway: VecDeque<(u64, usize)>,
}

impl Progress {
    fn bytes_underway(&self) -> usize {
        self.underway.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// With more than this many bytes not committed, those who write are made to wait.
const CROWDED_BYTES: usize = 16 << 20;
/// Most bytes of one room that are not committed. Only code that never awaits its writes gets here.
const MAX_UNCOMMITTED_BYTES: usize = 256 << 20;

impl RoomStore {
    pub(super) fn new(
        sender: SyncSender<Request>,
        slot: RoomSlot,
        listener: CommitListener,
    ) -> Self {
        let progress = Arc::new(Mutex::new(Progress::default()));
        let listener = with_progress(progress.clone(), listener);
        Self {
            sender,
            slot: Arc::new(slot),
            progress,
            listener,
            overlay: RefCell::default(),
            cache: RefCell::default(),
            sealed: Cell::new(0),
            unsealed_bytes: Cell::new(0),
            alarm: Cell::new(None),
            alarm_runs: Cell::new(false),
        }
    }

    /// Values of keys that the overlay does not know, in their order.
    fn read(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Option<Bytes>>, StorageFailure> {
        self.check()?;
        let mut cache = self.cache.borrow_mut();
        let mut values: Vec<_> = keys.iter().map(|key| cache.get(key)).collect();
        let missing: Vec<_> = (0..keys.len())
            .filter(|index| values[*index].is_none())
            .collect();
        if !missing.is_empty() {
            let wanted = missing.iter().map(|index| keys[*index].clone()).collect();
            let found = self.ask(|reply| Request::Read {
                room: self.slot.clone(),
                keys: wanted,
                reply,
            })?;
            for (index, value) in missing.into_iter().zip(found) {
                cache.insert(keys[index].clone(), value.clone());
                values[index] = Some(value);
            }
        }
        Ok(values.into_iter().map(Option::flatten).collect())
    }

    /// The values of `keys` with the room's own writes, in key order, each key once.
    fn values(&self, keys: Vec<String>) -> Result<BTreeMap<Vec<u8>, Bytes>, StorageFailure> {
        let mut values = BTreeMap::new();
        let mut untouched = Vec::new();
        for key in keys.into_iter().map(String::into_bytes) {
            match self.overlay.borrow().lookup(&key) {
                Lookup::Known(Some(value)) => {
                    values.insert(key, value);
                }
                Lookup::Known(None) => {}
                Lookup::Untouched => untouched.push(key),
            }
        }
        untouched.sort_unstable();
        untouched.dedup();
        let stored = self.read(untouched.clone())?;
        for (key, value) in untouched.into_iter().zip(stored) {
            if let Some(value) = value {
                values.insert(key, value);
            }
        }
        Ok(values)
    }

    /// The first `limit` stored entries of `range`, without the room's unsealed writes.
    fn stored(&self, range: &ListRange) -> Result<Vec<Entry>, StorageFailure> {
        self.check()?;
        let mut rest = range.clone();
        let mut entries: Vec<Entry> = Vec::new();
        while !rest.is_empty() {
            let page = self.ask(|reply| Request::List {
                room: self.slot.clone(),
                range: rest.clone(),
                reply,
            })?;
            if let Some(limit) = &mut rest.limit {
                *limit -= page.entries.len();
            }
            let last = page.entries.last().map(|(key, _)| key.as_str());
            rest = match last {
                Some(last) if page.more && rest.reverse => rest.ending_before(last),
                Some(last) if page.more => rest.starting_after(last),
                _ => ListRange {
                    limit: Some(0),
                    ..rest
                },
            };
            entries.extend(page.entries);
        }
        Ok(entries)
    }

    fn sealed_alarm(&self) -> Result<AlarmTime, StorageFailure> {
        if let Some(alarm) = self.alarm.get() {
            return Ok(alarm);
        }
        let alarm = self.ask(|reply| Request::Alarm {
            room: self.slot.clone(),
            reply,
        })?;
        self.alarm.set(Some(alarm));
        Ok(alarm)
    }

    /// Sends a read and blocks this thread, hence the room, until it is answered.
    fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, StorageFailure> {
        let (reply, answer) = sync_channel(1);
        self.sender.send(request(reply)).map_err(|_| ended())?;
        answer.recv().unwrap_or_else(|_| Err(ended()))
    }

    fn uncommitted_bytes(&self) -> usize {
        self.unsealed_bytes.get() + lock(&self.progress).bytes_underway()
    }

    /// Resolves once the batch of this number and those before it are committed.
    fn settles(&self, sequence: u64) -> Synced {
        let (done, settled) = oneshot::channel();
        let mut progress = lock(&self.progress);
        if progress.settled >= sequence {
            // Nobody waits on the other end when the caller has given up.
            let _ = done.send(());
        } else {
            progress.waiting.push((sequence, done));
        }
        let slot = self.slot.clone();
        Box::pin(async move {
            settled.await.map_err(|_| ended())?;
            slot.failure.get().cloned().map_or(Ok(()), Err)
        })
    }

    /// Once a batch was lost, what this room remembers was never true.
    fn check(&self) -> Result<(), StorageFailure> {
        self.slot.failure.get().cloned().map_or(Ok(()), Err)
    }
}

impl RoomStorage for RoomStore {
    fn get(&self, key: &str) -> Result<Option<Bytes>, StorageFailure> {
        let lookup = self.overlay.borrow().lookup(key.as_bytes());
        match lookup {
            Lookup::Known(value) => Ok(value),
            Lookup::Untouched => {
                let mut values = self.read(vec![key.as_bytes().to_vec()])?;
                Ok(values.pop().flatten())
            }
        }
    }

    fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, StorageFailure> {
        let values = self.values(keys)?;
        Ok(values.into_iter().map(entry).collect())
    }

    fn list(&self, range: &ListRange) -> Result<Vec<Entry>, StorageFailure> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let view = self.overlay.borrow().view(range);
        let mut entries = BTreeMap::new();
        if !view.clears {
            // Each stored entry that was removed since may take the place of one that is wanted.
            let removed = view.changes.values().filter(|value| value.is_none());
            let wanted = ListRange {
                limit: range
                    .limit
                    .map(|limit| limit.saturating_add(removed.count())),
                ..range.clone()
            };
            let stored = self.stored(&wanted)?;
            if view.changes.is_empty() {
                return Ok(stored);
            }
            entries.extend(stored.into_iter().map(|(k, v)| (k.into_bytes(), v)));
        }
        for (key, value) in view.changes {
            match value {
                Some(value) => entries.insert(key, value),
                None => entries.remove(&key),
            };
        }
        let limit = range.limit.unwrap_or(usize::MAX);
        let entries = entries.into_iter().map(entry);
        Ok(if range.reverse {
            entries.rev().take(limit).collect()
        } else {
            entries.take(limit).collect()
        })
    }

    fn put(&self, key: String, value: Bytes) {
        let bytes = self.unsealed_bytes.get() + key.len() + value.len();
        self.unsealed_bytes.set(bytes);
        self.overlay.borrow_mut().put(key.into_bytes(), value);
    }

    fn delete(&self, keys: Vec<String>) -> Result<u32, StorageFailure> {
        let existing = self.values(keys)?;
        let count = u32::try_from(existing.len()).expect("fewer keys than an array's 2^32");
        let mut overlay = self.overlay.borrow_mut();
        for key in existing.into_keys() {
            overlay.delete(key);
        }
        Ok(count)
    }

    fn delete_all(&self) {
        self.overlay.borrow_mut().delete_all();
    }

    fn alarm(&self) -> Result<AlarmTime, StorageFailure> {
        let unsealed = self.overlay.borrow().alarm();
        match unsealed {
            Some(alarm) => Ok(alarm),
            None if self.alarm_runs.get() => Ok(None),
            None => {
                self.check()?;
                self.sealed_alarm()
            }
        }
    }

    fn set_alarm(&self, at: AlarmTime) {
        let mut overlay = self.overlay.borrow_mut();
        if at.is_none() && self.alarm_runs.get() && overlay.alarm().is_none() {
            return;
        }
        overlay.set_alarm(at);
    }

    fn begin_alarm(&self, at_ms: i64) -> Result<bool, StorageFailure> {
        let due = self.alarm()? == Some(at_ms);
        self.alarm_runs.set(due);
        Ok(due)
    }

    fn end_alarm(&self, succeeded: bool) -> AlarmEnd {
        // Unset when a batch of the handler's has replaced the alarm.
        if !self.alarm_runs.take() {
            return AlarmEnd::Settled;
        }
        let mut overlay = self.overlay.borrow_mut();
        if succeeded {
            overlay.consume_alarm();
        } else if overlay.leaves_alarm() {
            return AlarmEnd::Unsettled;
        }
        AlarmEnd::Settled
    }

    fn begin(&self) -> TransactionId {
        self.overlay.borrow_mut().begin()
    }

    fn commit(&self, transaction: TransactionId) {
        self.overlay.borrow_mut().commit(transaction);
    }

    fn rollback(&self, transaction: TransactionId) {
        self.overlay.borrow_mut().rollback(transaction);
    }

    fn seal(&self) -> Option<u64> {
        let layer = self.overlay.borrow_mut().take_turn()?;
        let mut cache = self.cache.borrow_mut();
        if layer.clears {
            cache.clear();
        }
        for (key, value) in &layer.changes {
            cache.insert(key.clone(), value.clone());
        }
        if layer.alarm.is_some() {
            self.alarm.set(layer.alarm);
            self.alarm_runs.set(false);
        }
        let sequence = self.sealed.get() + 1;
        self.sealed.set(sequence);
        let mut progress = lock(&self.progress);
        progress
            .underway
            .push_back((sequence, self.unsealed_bytes.take()));
        drop(progress);
        let batch = Batch::new(self.slot.clone(), layer, sequence, self.listener.clone());
        // A batch that cannot be sent reports so itself when it is dropped here.
        let _ = self.sender.send(Request::Write(batch));
        Some(sequence)
    }

    fn sync(&self) -> Synced {
        self.seal();
        self.settles(self.sealed.get())
    }

    fn has_memory_for(&self, bytes: usize) -> bool {
        self.uncommitted_bytes() + bytes <= MAX_UNCOMMITTED_BYTES
    }

    fn is_crowded(&self) -> bool {
        self.uncommitted_bytes() > CROWDED_BYTES && !self.overlay.borrow().has_open_transaction()
    }

    fn settled(&self) -> Synced {
        let unsealed = !self.overlay.borrow().is_sealed();
        self.settles(self.sealed.get() + u64::from(unsealed))
    }
}

/// Keeps `progress` up to date with what `listener` is told.
fn with_progress(progress: Arc<Mutex<Progress>>, listener: CommitListener) -> CommitListener {
    Arc::new(move |sequence, failure| {
        let mut known = lock(&progress);
        known.settled = sequence;
        while known
            .underway
            .pop_front_if(|(first, _)| *first <= sequence)
            .is_some()
        {}
        let still_waiting = |(wanted, _): &(u64, _)| *wanted > sequence;
        let (waiting, done): (Vec<_>, Vec<_>) = known.waiting.drain(..).partition(still_waiting);
        known.waiting = waiting;
        drop(known);
        listener(sequence, failure);
        for (_, done) in done {
            let _ = done.send(());
        }
    })
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

fn entry((key, value): (Vec<u8>, Bytes)) -> Entry {
    let key = String::from_utf8(key).expect("every key entered as a string");
    (key, value)
}
