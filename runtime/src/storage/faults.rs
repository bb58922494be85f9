//! Writes that are to fail, for tests of what a project does then. Costs a look at a flag while there are none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use partyrun_ops::storage_interface::StorageFailure;

use super::RoomIdentity;

/// Which writes fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFault {
    /// So many of them, or all until it is mended because the disk is full.
    pub times: Option<u64>,
    /// Those of this room alone: its party and its name.
    pub room: Option<(String, String)>,
}

impl WriteFault {
    fn concerns(&self, room: &RoomIdentity) -> bool {
        self.room
            .as_ref()
            .is_none_or(|(party, name)| *party == room.party && *name == room.name)
    }

    fn failure(&self) -> StorageFailure {
        let why = match self.times {
            Some(_) => "disk I/O error",
            None => "database or disk is full",
        };
        StorageFailure::new(format!("Cannot write to the storage: {why}"))
    }
}

/// The faults of a storage. Any thread may add one.
#[derive(Default)]
pub struct WriteFaults {
    is_any: AtomicBool,
    list: Mutex<Vec<WriteFault>>,
}

impl WriteFaults {
    fn list(&self) -> MutexGuard<'_, Vec<WriteFault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, fault: WriteFault) {
        self.list().push(fault);
        self.is_any.store(true, Ordering::Release);
    }

    pub fn all(&self) -> Vec<WriteFault> {
        self.list().clone()
    }

    /// Writes succeed again.
    pub fn mend(&self) {
        self.list().clear();
        self.is_any.store(false, Ordering::Release);
    }

    /// Why a write of this room fails now, if it does.
    pub(super) fn take(&self, room: &RoomIdentity) -> Option<StorageFailure> {
        if !self.is_any.load(Ordering::Acquire) {
            return None;
        }
        let mut list = self.list();
        let at = list.iter().position(|fault| fault.concerns(room))?;
        let failure = list[at].failure();
        if let Some(times) = &mut list[at].times {
            *times -= 1;
            if *times == 0 {
                list.remove(at);
            }
        }
        Some(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_concern_the_room_that_is_named_and_are_counted() {
        let room = |name: &str| RoomIdentity {
            party: "main".to_owned(),
            name: name.to_owned(),
            internal_id: String::new(),
        };
        let faults = WriteFaults::default();
        assert_eq!(faults.take(&room("a")), None);
        faults.add(WriteFault {
            times: Some(2),
            room: Some(("main".to_owned(), "a".to_owned())),
        });
        assert_eq!(faults.take(&room("b")), None);
        assert!(faults.take(&room("a")).is_some());
        assert!(faults.take(&room("a")).is_some());
        assert_eq!(faults.take(&room("a")), None);
        faults.add(WriteFault {
            times: None,
            room: None,
        });
        for _ in 0..5 {
            assert!(faults.take(&room("b")).is_some());
        }
        faults.mend();
        assert_eq!(faults.take(&room("b")), None);
    }
}
