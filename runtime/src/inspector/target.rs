//! One isolate as debuggers know it: whose it is, and what waits for them before it begins.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::targets::Targets;
use crate::call::RoomKey;
use crate::isolate::Health;
use crate::project::Project;

/// How long an isolate waits for debuggers that want to see it begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose isolate it is. The same for all isolates that it has in its life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    /// The space that it is in; `None` for the one with which the server started.
    pub space: Option<Arc<str>>,
    /// `None` for the worker of the static handlers.
    pub room: Option<RoomKey>,
}

impl Who {
    /// The server's first worker.
    pub fn worker() -> Self {
        Who {
            space: None,
            room: None,
        }
    }

    pub fn is_worker(&self) -> bool {
        self.room.is_none()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(space) = &self.space {
            write!(f, "{space}: ")?;
        }
        match &self.room {
            None => f.write_str("worker"),
            Some(key) => key.address().fmt(f),
        }
    }
}

/// One isolate, from before its first module to its end.
pub struct Instance {
    pub number: u64,
    pub health: Health,
    pub project: Arc<Project>,
}

/// Keeps an isolate from beginning until it is dropped.
pub struct Hold(Option<mpsc::Sender<()>>);

impl Hold {
    pub(super) fn new(sender: mpsc::Sender<()>) -> Self {
        Hold(Some(sender))
    }

    /// One that keeps nothing.
    pub(super) fn none() -> Self {
        Hold(None)
    }

    pub(super) fn another(&self) -> Self {
        Hold(self.0.clone())
    }

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

/// Shows an isolate to debuggers until it is dropped.
pub struct Target {
    pub(super) targets: Arc<Targets>,
    pub(super) who: Who,
    pub(super) instance: Arc<Instance>,
    /// It ends when nobody holds the isolate.
    pub(super) held: mpsc::Receiver<()>,
    /// Whether it waits for however long it takes.
    pub(super) is_patient: bool,
}

impl Target {
    /// Waits for debuggers that want to see the isolate begin, and has V8 hear what they say. `poll` is the
    /// isolate's.
    pub async fn settle(&mut self, mut poll: impl FnMut(&mut Context<'_>)) {
        if self.held.is_closed() && self.held.is_empty() {
            // What was said before the last hold went is there by now.
            if self.instance.health.is_debugged() {
                once(&mut poll).await;
            }
            return;
        }
        let health = self.instance.health.clone();
        health.hold(true);
        let held = &mut self.held;
        let ended = poll_fn(|cx| {
            poll(cx);
            match held.poll_recv(cx) {
                Poll::Ready(_) => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            }
        });
        match self.is_patient {
            true => ended.await,
            // They see what comes after it.
            false => drop(timeout(PATIENCE, ended).await),
        }
        once(&mut poll).await;
        health.hold(false);
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.targets.close(&self.who, self.instance.number);
    }
}

async fn once(poll: &mut impl FnMut(&mut Context<'_>)) {
    poll_fn(|cx| {
        poll(cx);
        Poll::Ready(())
    })
    .await;
}
