//! Rooms by their path: how often each was asked, and who is in it. Never touches a socket's bytes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;

use crate::peer::Peer;

/// All rooms that were asked for.
#[derive(Default)]
pub struct Rooms(Mutex<HashMap<String, Arc<Room>>>);

impl Rooms {
    /// The room with this name, made if it is new.
    pub fn get(&self, name: &str) -> Arc<Room> {
        let mut rooms = locked(&self.0);
        if let Some(room) = rooms.get(name) {
            return Arc::clone(room);
        }
        let room = Arc::new(Room::default());
        rooms.insert(name.to_owned(), Arc::clone(&room));
        room
    }
}

/// One room.
#[derive(Default)]
pub struct Room {
    hits: AtomicU64,
    peers: Mutex<Vec<Arc<Peer>>>,
}

impl Room {
    /// Counts a request.
    pub fn hit(&self) -> u64 {
        self.hits.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn join(&self, peer: &Arc<Peer>) {
        locked(&self.peers).push(Arc::clone(peer));
    }

    pub fn leave(&self, peer: &Arc<Peer>) {
        locked(&self.peers).retain(|other| !Arc::ptr_eq(other, peer));
    }

    /// Has an encoded frame wait for everybody but its sender.
    pub fn broadcast(&self, frame: &Bytes, sender: &Arc<Peer>) {
        for peer in locked(&self.peers).iter() {
            if !Arc::ptr_eq(peer, sender) {
                peer.push(frame.clone());
            }
        }
    }

    /// Sends what waits for anybody.
    pub fn flush(&self) {
        locked(&self.peers).iter().for_each(Peer::flush);
    }
}

/// There is one thread; the locks are for the compiler.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is held")
}
