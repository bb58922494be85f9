//! The gates of a room (specification, section 4.3; the Durable Objects rules).
//!
//! The *input gate* holds back events while `blockConcurrencyWhile`, a transaction or `onStart` is
//! pending. Reads of storage need no gate: they block the room's thread. The *output gate* holds back
//! answers and frames until the writes before them are committed: everything is tagged with the turn
//! that made it, and a turn is released when every batch sealed up to its end has been committed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;

use partyrun_ops::storage_interface::{CommitListener, StorageFailure};

use super::sockets::TurnNumber;

/// Holds back events while it is closed. Closings count.
#[derive(Default)]
pub struct InputGate {
    closings: Cell<u32>,
    pauses: Cell<u32>,
}

impl InputGate {
    pub fn close(&self) {
        self.closings.set(self.closings.get() + 1);
    }

    pub fn open(&self) {
        self.closings.set(self.closings.get().saturating_sub(1));
    }

    /// Closes while another thread computes something that user code sees as synchronous. No other code
    /// runs meanwhile, so a socket that is opened then is nobody's inner one. Returns whether it was open
    /// for such work before.
    pub fn pause(&self) -> bool {
        self.pauses.set(self.pauses.get() + 1);
        self.pauses.get() == 1
    }

    /// Returns whether no such work is left.
    pub fn resume(&self) -> bool {
        self.pauses.set(self.pauses.get().saturating_sub(1));
        self.pauses.get() == 0
    }

    /// Whether another thread computes something for user code.
    pub fn is_paused(&self) -> bool {
        self.pauses.get() > 0
    }

    /// Whether events may be delivered.
    pub fn is_open(&self) -> bool {
        !self.is_closed() && self.pauses.get() == 0
    }

    /// Whether code runs that holds back events by itself.
    pub fn is_closed(&self) -> bool {
        self.closings.get() > 0
    }

    pub fn reset(&self) {
        self.closings.set(0);
        self.pauses.set(0);
    }
}

/// What the storage thread has committed of one room. Shared with that thread.
#[derive(Default)]
struct CommitMark {
    committed: AtomicU64,
    failure: Mutex<Option<StorageFailure>>,
    told: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl CommitMark {
    /// What the room's storage reports to.
    fn listener(self: &Arc<Self>) -> CommitListener {
        let mark = self.clone();
        Arc::new(move |sequence, failure| {
            // What failed is never released; the storage refuses everything after it.
            match failure {
                Some(failure) => *mark.failure() = Some(failure.clone()),
                None => mark.committed.store(sequence, Ordering::Release),
            }
            let waker = mark
                .waker
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(waker) = waker {
                waker.wake();
            }
        })
    }

    fn failure(&self) -> MutexGuard<'_, Option<StorageFailure>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }

    fn take_failure(&self) -> Option<StorageFailure> {
        let failure = self.failure().clone()?;
        (!self.told.swap(true, Ordering::Relaxed)).then_some(failure)
    }
}

/// Counts turns and says up to which one output may leave.
pub struct OutputGate {
    turn: Cell<TurnNumber>,
    /// Batches that are not committed yet: sequence number and the turn that wrote them.
    pending: RefCell<VecDeque<(u64, TurnNumber)>>,
    mark: RefCell<Arc<CommitMark>>,
}

impl Default for OutputGate {
    fn default() -> Self {
        OutputGate {
            turn: Cell::new(1),
            pending: RefCell::default(),
            mark: RefCell::default(),
        }
    }
}

impl OutputGate {
    /// Starts over for a room's new storage, whose sequence numbers start over too.
    pub fn renew(&self) -> CommitListener {
        self.pending.borrow_mut().clear();
        *self.mark.borrow_mut() = Arc::default();
        self.mark.borrow().listener()
    }

    /// A write that was lost; told once.
    pub fn take_failure(&self) -> Option<StorageFailure> {
        self.mark.borrow().take_failure()
    }

    /// The tag of what is produced now.
    pub fn turn(&self) -> TurnNumber {
        self.turn.get()
    }

    /// Ends the turn, in which the batch `sealed` was written.
    pub fn end_turn(&self, sealed: Option<u64>) {
        if let Some(sequence) = sealed {
            self.pending
                .borrow_mut()
                .push_back((sequence, self.turn.get()));
        }
        self.turn.set(self.turn.get() + 1);
    }

    /// A write was lost: what waits for it will never be released.
    pub fn has_failed(&self) -> bool {
        self.mark.borrow().failure().is_some()
    }

    /// Whether everything of the turns that have ended may leave.
    pub fn is_settled(&self, waker: &Waker) -> bool {
        self.released(waker) + 1 == self.turn.get()
    }

    /// The last turn whose output may leave. `waker` is woken when a later one may.
    pub fn released(&self, waker: &Waker) -> TurnNumber {
        let mut pending = self.pending.borrow_mut();
        if pending.is_empty() {
            return self.turn.get() - 1;
        }
        // Registered before the look, or a commit between the two would go unseen.
        let mark = self.mark.borrow();
        mark.register(waker);
        let committed = mark.committed.load(Ordering::Acquire);
        while pending.front().is_some_and(|(seq, _)| *seq <= committed) {
            pending.pop_front();
        }
        match pending.front() {
            None => self.turn.get() - 1,
            Some((_, turn)) => turn - 1,
        }
    }
}

#[cfg(test)]
mod tests;
