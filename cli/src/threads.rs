//! Starts the program's own threads. A system that gives none is reported; the program goes on, or ends
//! with a message.

use std::io;
use std::thread::Builder;

/// The system has no thread for us.
#[derive(Debug, thiserror::Error)]
#[error("Could not start a thread for {what}: {error}")]
pub struct NoThread {
    what: &'static str,
    error: io::Error,
}

/// Starts a thread that nobody waits for. `what` names it, in the middle of a sentence too.
pub fn start(what: &'static str, work: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    #[cfg(test)]
    if REFUSING.get() {
        let error = io::ErrorKind::WouldBlock.into();
        return Err(NoThread { what, error });
    }
    let started = Builder::new().name(what.to_owned()).spawn(work);
    started.map(drop).map_err(|error| NoThread { what, error })
}

#[cfg(test)]
thread_local! {
    static REFUSING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs `attempt` on a system that gives no threads.
#[cfg(test)]
pub fn refused<T>(attempt: impl FnOnce() -> T) -> T {
    REFUSING.set(true);
    let outcome = attempt();
    REFUSING.set(false);
    outcome
}
