//! Owns a room's memory of values it read or wrote lately, bounded in bytes, so that a hot `get` stays
//! on the room's thread. It never decides what is true: the room tells it.

use bytes::Bytes;
use hashlink::LruCache;

/// How many bytes of keys and values a room remembers: small next to the room's isolate.
const CAPACITY: usize = 256 * 1024;

/// A value larger than this would push out everything else for one saved read.
const LARGEST_VALUE: usize = CAPACITY / 4;

/// What an entry costs besides its key and value, roughly.
const OVERHEAD: usize = 96;

/// Keys to values, `None` for a key known to be absent.
pub(super) struct ValueCache {
    entries: LruCache<Vec<u8>, Option<Bytes>>,
    bytes: usize,
}

impl Default for ValueCache {
    fn default() -> Self {
        Self {
            entries: LruCache::new_unbounded(),
            bytes: 0,
        }
    }
}

impl ValueCache {
    pub(super) fn get(&mut self, key: &[u8]) -> Option<Option<Bytes>> {
        self.entries.get(key).cloned()
    }

    pub(super) fn insert(&mut self, key: Vec<u8>, value: Option<Bytes>) {
        if value
            .as_ref()
            .is_some_and(|value| value.len() > LARGEST_VALUE)
        {
            self.remove(&key);
            return;
        }
        let key_length = key.len();
        self.bytes += cost(key_length, value.as_ref());
        if let Some(replaced) = self.entries.insert(key, value) {
            self.bytes -= cost(key_length, replaced.as_ref());
        }
        while self.bytes > CAPACITY {
            let Some((key, value)) = self.entries.remove_lru() else {
                break;
            };
            self.bytes -= cost(key.len(), value.as_ref());
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(removed) = self.entries.remove(key) {
            self.bytes -= cost(key.len(), removed.as_ref());
        }
    }
}

fn cost(key_length: usize, value: Option<&Bytes>) -> usize {
    OVERHEAD + key_length + value.map_or(0, Bytes::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_forgets_the_least_recently_used_and_stays_within_its_bytes() {
        let mut cache = ValueCache::default();
        let value = || Some(Bytes::from(vec![0; 10_000]));
        for n in 0..100u8 {
            cache.insert(vec![n], value());
            assert!(cache.get(&[0]).is_some(), "key 0 is used all the time");
        }
        assert!(cache.bytes <= CAPACITY);
        assert!(cache.get(&[1]).is_none() && cache.get(&[99]).is_some());
    }

    #[test]
    fn replacing_and_clearing_keep_the_count_right() {
        let mut cache = ValueCache::default();
        cache.insert(b"k".to_vec(), Some(Bytes::from_static(b"long value")));
        cache.insert(b"k".to_vec(), None);
        assert_eq!(cache.bytes, OVERHEAD + 1);
        assert_eq!(cache.get(b"k"), Some(None));
        cache.clear();
        assert_eq!((cache.bytes, cache.get(b"k")), (0, None));
    }

    #[test]
    fn a_large_value_is_not_kept_and_drops_the_one_it_replaces() {
        let mut cache = ValueCache::default();
        cache.insert(b"k".to_vec(), Some(Bytes::from_static(b"old")));
        cache.insert(b"k".to_vec(), Some(Bytes::from(vec![0; LARGEST_VALUE + 1])));
        assert_eq!((cache.bytes, cache.get(b"k")), (0, None));
    }
}
