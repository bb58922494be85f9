//! A room's storage that is a map in memory, for tests of the ops. It commits nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;

use partyrun_ops::storage_interface::{
    AlarmEnd, AlarmTime, Entry, ListRange, RoomStorage, StorageFailure, Synced, TransactionId,
};

/// The committed entries, and a copy for each open transaction.
pub struct MapStorage(pub RefCell<Vec<BTreeMap<String, Bytes>>>);

impl MapStorage {
    fn edit(&self, change: impl FnOnce(&mut BTreeMap<String, Bytes>)) {
        change(
            self.0
                .borrow_mut()
                .last_mut()
                .expect("the committed entries stay"),
        );
    }

    fn top(&self) -> BTreeMap<String, Bytes> {
        self.0
            .borrow()
            .last()
            .expect("the committed entries stay")
            .clone()
    }
}

impl RoomStorage for MapStorage {
    fn get(&self, key: &str) -> Result<Option<Bytes>, StorageFailure> {
        match key {
            "damaged" => Ok(Some(Bytes::from_static(b"junk"))),
            "broken" => Err(StorageFailure::new("The disk is full")),
            _ => Ok(self.top().get(key).cloned()),
        }
    }

    fn get_many(&self, mut keys: Vec<String>) -> Result<Vec<Entry>, StorageFailure> {
        keys.sort();
        keys.dedup();
        let entries = self.top();
        Ok(keys
            .into_iter()
            .filter_map(|key| entries.get(&key).cloned().map(|v| (key, v)))
            .collect())
    }

    fn list(&self, range: &ListRange) -> Result<Vec<Entry>, StorageFailure> {
        let mut entries: Vec<_> = self.top().into_iter().collect();
        entries.retain(|(key, _)| *range.start <= *key.as_bytes() && *key.as_bytes() < *range.end);
        if range.reverse {
            entries.reverse();
        }
        entries.truncate(range.limit.unwrap_or(usize::MAX));
        Ok(entries)
    }

    fn put(&self, key: String, value: Bytes) {
        self.edit(|entries| {
            entries.insert(key, value);
        });
    }

    fn delete(&self, keys: Vec<String>) -> Result<u32, StorageFailure> {
        let mut count = 0;
        self.edit(|entries| {
            for key in keys {
                count += u32::from(entries.remove(&key).is_some());
            }
        });
        Ok(count)
    }

    fn delete_all(&self) {
        self.edit(BTreeMap::clear);
    }

    fn alarm(&self) -> Result<AlarmTime, StorageFailure> {
        let bytes = self.top().get("alarm").cloned();
        Ok(bytes.map(|bytes| i64::from_le_bytes(bytes[..].try_into().expect("8 were put"))))
    }

    fn set_alarm(&self, at: AlarmTime) {
        self.edit(|entries| {
            match at {
                Some(at) => entries.insert("alarm".to_owned(), at.to_le_bytes().to_vec().into()),
                None => entries.remove("alarm"),
            };
        });
    }

    fn begin_alarm(&self, _: i64) -> Result<bool, StorageFailure> {
        Ok(true)
    }

    fn end_alarm(&self, _: bool) -> AlarmEnd {
        AlarmEnd::Settled
    }

    fn begin(&self) -> TransactionId {
        let copy = self.top();
        self.0.borrow_mut().push(copy);
        TransactionId(u32::try_from(self.0.borrow().len() - 1).expect("few are open"))
    }

    fn commit(&self, transaction: TransactionId) {
        let committed = self.top();
        self.rollback(transaction);
        self.edit(|entries| *entries = committed);
    }

    fn rollback(&self, TransactionId(transaction): TransactionId) {
        self.0.borrow_mut().truncate(transaction as usize);
    }

    fn seal(&self) -> Option<u64> {
        None
    }

    fn sync(&self) -> Synced {
        Box::pin(async { Ok(()) })
    }
}
