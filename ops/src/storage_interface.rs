//! Owns the contract between a room's JavaScript and its storage: what the storage ops call and what
//! the runtime implements. It never touches V8, SQLite or threads.
//!
//! Keys order by their UTF-8 bytes, values are opaque bytes (V8's structured clone format).

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;

/// A key and its value, as returned in key order by the reads that give several.
pub type Entry = (String, Bytes);

/// When a room's alarm is due, in milliseconds since 1970; `None` when it has none.
pub type AlarmTime = Option<i64>;

/// What the end of an alarm's handler leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmEnd {
    /// Nothing that was due: the alarm is gone, or user code has set or deleted it anew.
    Settled,
    /// The handler failed and the alarm is as it was: it wants another try.
    Unsettled,
}

/// Resolves once everything written before the call is committed.
pub type Synced = Pin<Box<dyn Future<Output = Result<(), StorageFailure>>>>;

/// Receives every sealed batch's outcome, in order of its sequence number: `None` when it is committed.
///
/// It is called on the storage thread, which serves all rooms (once the storage is closed, on the
/// room's, from within the call that seals): it must not block and must not call into the storage.
pub type CommitListener = Arc<dyn Fn(u64, Option<&StorageFailure>) + Send + Sync>;

/// Names an open transaction of one room. Never used twice in the life of a [`RoomStorage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransactionId(pub u32);

/// Why the storage could not do what was asked: the disk is full, the file is corrupt, the program is
/// shutting down. Cloneable, since one failed commit is reported to every batch in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StorageFailure {
    message: Arc<str>,
}

impl StorageFailure {
    /// Makes a failure from text that already is fit for the user.
    pub fn new(message: impl Into<Arc<str>>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// One room's key-value storage, as the JavaScript of that room sees it (specification, section 6).
///
/// It lives on the room's thread. Reads block that thread, and this is the input gate: nothing else
/// can be delivered to the room meanwhile. Writes only collect in memory; [`seal`](Self::seal) sends
/// what one JavaScript turn wrote as one atomic batch. Reads see all earlier writes, sealed or not.
///
/// Once a batch has failed, reads and later batches fail with it: what this room remembers was never
/// committed, and it must start anew with a new storage.
///
/// Limits on sizes and numbers are the caller's to check.
pub trait RoomStorage {
    /// The value under `key`.
    fn get(&self, key: &str) -> Result<Option<Bytes>, StorageFailure>;

    /// Those of `keys` that exist, in key order, each once.
    fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, StorageFailure>;

    /// The entries in `range`, in the range's order.
    fn list(&self, range: &ListRange) -> Result<Vec<Entry>, StorageFailure>;

    /// Sets `key` to `value`.
    fn put(&self, key: String, value: Bytes);

    /// Removes `keys` and returns how many of them existed.
    fn delete(&self, keys: Vec<String>) -> Result<u32, StorageFailure>;

    /// Removes every key of the room.
    fn delete_all(&self);

    /// When the room's alarm is due. None while [its handler](Self::begin_alarm) runs, unless that has
    /// set it anew (specification, section 7.1).
    fn alarm(&self) -> Result<AlarmTime, StorageFailure>;

    /// Sets or, with `None`, deletes the alarm. Deleting does nothing to the alarm whose handler runs.
    fn set_alarm(&self, at: AlarmTime);

    /// The handler of the alarm that was due at `at_ms` is about to run. False when the room has no
    /// such alarm any more: then the handler must not run.
    fn begin_alarm(&self, at_ms: i64) -> Result<bool, StorageFailure>;

    /// The handler has ended. On success the alarm it ran for is deleted, in the batch of this turn.
    fn end_alarm(&self, succeeded: bool) -> AlarmEnd;

    /// Opens a transaction, inside the innermost open one. Until it ends, all reads and writes of the
    /// room go through it.
    fn begin(&self) -> TransactionId;

    /// Ends a transaction, and any still open inside it, keeping what was written. Does nothing when it
    /// has ended already.
    fn commit(&self, transaction: TransactionId);

    /// Ends a transaction, and any still open inside it, dropping what was written. Does nothing when it
    /// has ended already.
    fn rollback(&self, transaction: TransactionId);

    /// Sends what was written outside open transactions since the last call as one atomic batch, and
    /// returns the batch's sequence number (1, 2, 3 ... in each room's storage), or `None` when nothing
    /// was written. The batch's outcome goes to the [`CommitListener`] under this number.
    ///
    /// What was written and never sealed is lost when the storage is dropped.
    fn seal(&self) -> Option<u64>;

    /// Seals, then resolves once everything sealed so far is committed. Fails when any batch did.
    fn sync(&self) -> Synced;

    /// Whether there is memory for so many more bytes that are not committed.
    fn has_memory_for(&self, _bytes: usize) -> bool {
        true
    }

    /// Whether so much waits for its commit that those who write should wait too. Never while a
    /// transaction is open, which they would keep from ending.
    fn is_crowded(&self) -> bool {
        false
    }

    /// Resolves once what has been written outside open transactions is committed. Seals nothing: that
    /// comes with the end of the turn. Fails when any batch did.
    fn settled(&self) -> Synced {
        self.sync()
    }
}

/// The room's storage as it is kept in `OpState`.
pub type SharedStorage = Rc<dyn RoomStorage>;

/// A range of keys and the order in which to give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRange {
    /// The first key in the range, in bytes.
    pub start: Vec<u8>,
    /// The first key after the range, in bytes. Need not be valid UTF-8.
    pub end: Vec<u8>,
    /// Gives the greatest key first. Does not change what `start` and `end` mean.
    pub reverse: bool,
    /// Gives at most so many entries, counted in the order given.
    pub limit: Option<usize>,
}

impl Default for ListRange {
    fn default() -> Self {
        Self {
            start: Vec::new(),
            end: Self::AFTER_ALL_KEYS.to_vec(),
            reverse: false,
            limit: None,
        }
    }
}

impl ListRange {
    /// Greater than every key, since this byte does not occur in UTF-8.
    const AFTER_ALL_KEYS: [u8; 1] = [0xff];

    /// Keeps only keys not less than `key`.
    pub fn starting_at(mut self, key: &str) -> Self {
        self.raise_start(key.as_bytes().to_vec());
        self
    }

    /// Keeps only keys greater than `key`.
    pub fn starting_after(mut self, key: &str) -> Self {
        let mut next = key.as_bytes().to_vec();
        next.push(0);
        self.raise_start(next);
        self
    }

    /// Keeps only keys less than `key`.
    pub fn ending_before(mut self, key: &str) -> Self {
        self.lower_end(key.as_bytes().to_vec());
        self
    }

    /// Keeps only keys that start with `prefix`.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        self.raise_start(prefix.as_bytes().to_vec());
        let mut after = prefix.as_bytes().to_vec();
        if let Some(last) = after.last_mut() {
            // Cannot overflow: 0xff does not occur in UTF-8.
            *last += 1;
            self.lower_end(after);
        }
        self
    }

    /// Whether no key can be in the range.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end || self.limit == Some(0)
    }

    fn raise_start(&mut self, start: Vec<u8>) {
        if start > self.start {
            self.start = start;
        }
    }

    fn lower_end(&mut self, end: Vec<u8>) {
        if end < self.end {
            self.end = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &ListRange, key: &str) -> bool {
        range.start.as_slice() <= key.as_bytes() && key.as_bytes() < range.end.as_slice()
    }

    #[test]
    fn the_default_range_holds_every_key() {
        let range = ListRange::default();
        assert!(contains(&range, "") && contains(&range, "\u{10ffff}"));
        assert!(!range.is_empty());
    }

    #[test]
    fn start_is_inclusive_and_start_after_and_end_are_not() {
        let from = ListRange::default().starting_at("b").ending_before("d");
        assert!(!contains(&from, "a") && contains(&from, "b") && !contains(&from, "d"));
        let after = ListRange::default().starting_after("b");
        assert!(!contains(&after, "b") && contains(&after, "b\0") && contains(&after, "ba"));
    }

    #[test]
    fn a_prefix_only_narrows() {
        let range = ListRange::default().starting_at("a").with_prefix("b");
        assert!(contains(&range, "b") && contains(&range, "b\u{10ffff}") && !contains(&range, "c"));
        let started = ListRange::default().with_prefix("b").starting_at("ba");
        assert!(!contains(&started, "b") && contains(&started, "ba"));
        assert!(!ListRange::default().with_prefix("").is_empty());
    }

    #[test]
    fn an_inverted_range_is_empty() {
        assert!(
            ListRange::default()
                .starting_at("d")
                .ending_before("b")
                .is_empty()
        );
        assert!(ListRange::default().ending_before("").is_empty());
        assert!(
            ListRange {
                limit: Some(0),
                ..ListRange::default()
            }
            .is_empty()
        );
    }
}
