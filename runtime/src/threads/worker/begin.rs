//! How a worker's thread is told what to run, and tells what came of it. Loads nothing itself.

use std::sync::mpsc::SyncSender;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use super::{PartyTable, SharedLine};
use crate::call::{Generation, WorkerEvent};
use crate::isolate::{Health, LoadError};
use crate::rooms::Spare;

/// A worker's thread that makes its isolate, or has one, and does not know yet what it is to run. It ends if it is
/// dropped.
pub struct Blank(pub(super) oneshot::Sender<Begin>);

impl Blank {
    pub(super) fn begin(
        self,
        generation: Generation,
        events: UnboundedReceiver<WorkerEvent>,
        line: SharedLine,
        progress: Option<SyncSender<Progress>>,
    ) {
        // A thread that is gone drops all of it, which whoever waits hears of.
        let _ = self.0.send(Begin {
            generation,
            events,
            line,
            progress,
        });
    }
}

/// What a worker's thread is to run.
pub(super) struct Begin {
    pub generation: Generation,
    events: UnboundedReceiver<WorkerEvent>,
    pub line: SharedLine,
    /// Of somebody who waits until the code is loaded.
    progress: Option<SyncSender<Progress>>,
}

/// What a worker's thread tells while it starts.
pub(super) enum Progress {
    /// Modules are being loaded; this can stop it.
    Loading(Health),
    Done(Result<Checked, LoadError>),
}

/// Code that can be served.
pub(super) struct Checked {
    pub table: PartyTable,
    pub spare: Option<Spare>,
}

impl Begin {
    /// The events of the thread, for the one who takes them.
    pub fn events(&mut self) -> UnboundedReceiver<WorkerEvent> {
        std::mem::replace(&mut self.events, unbounded_channel().1)
    }

    pub fn is_waited_for(&self) -> bool {
        self.progress.is_some()
    }

    pub fn tell_of_loading(&self, health: &Health) {
        if let Some(progress) = &self.progress {
            let _ = progress.send(Progress::Loading(health.clone()));
        }
    }

    /// Tells whoever waits, once; gives back what nobody waits for.
    pub fn tell(
        &mut self,
        outcome: Result<Checked, LoadError>,
    ) -> Option<Result<Checked, LoadError>> {
        let Some(progress) = self.progress.take() else {
            return Some(outcome);
        };
        // Nobody waits any more when this cannot be sent: it took too long.
        let _ = progress.send(Progress::Done(outcome));
        None
    }
}
