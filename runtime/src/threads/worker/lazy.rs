//! A worker whose thread starts when it is first asked: that of a server whose code another has loaded. Says how
//! it stands, too, which one without a thread has no need to.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;

use super::{Line, Makings, Worker, lock, run};
use crate::call::{Generation, Owed, Probe, Standing, WorkerEvent};
use crate::rooms::Rooms;

/// What starts a thread that nobody has needed so far.
pub(super) type Unborn = Mutex<Option<Box<dyn FnOnce() + Send>>>;

impl Worker {
    /// One whose code is known to load: its thread starts when it is first asked.
    pub fn lazy(makings: Arc<Makings>, rooms: Arc<Rooms>, generation: Generation) -> Self {
        let (events, receiver) = unbounded_channel();
        let line = Arc::new(Mutex::new(Line {
            events,
            owed: Owed::default(),
        }));
        let of_thread = line.clone();
        let start = move || run(makings, rooms, generation, receiver, of_thread);
        Worker {
            line,
            unborn: Mutex::new(Some(Box::new(start))),
        }
    }

    /// Has its thread start if that is yet to be done.
    pub(super) fn begin(&self) {
        let unborn = self.unborn.lock();
        if let Some(start) = unborn.unwrap_or_else(PoisonError::into_inner).take() {
            start();
        }
    }

    /// Whether nobody has needed it so far.
    pub(super) fn is_unborn(&self) -> bool {
        let unborn = self.unborn.lock();
        unborn.unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Asks how it stands; `None` if nobody has needed it so far.
    pub fn probe(&self) -> Option<oneshot::Receiver<Standing>> {
        if self.is_unborn() {
            return None;
        }
        let (tell, standing) = oneshot::channel();
        // One that has ended drops it, of which whoever waits hears.
        let _ = lock(&self.line)
            .events
            .send(WorkerEvent::Probe(Probe(tell)));
        Some(standing)
    }
}
