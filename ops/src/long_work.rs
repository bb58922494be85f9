//! Work for user code that takes a thread of its own is told of when it is long. Never decides how long
//! is too long.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use deno_core::OpState;
use deno_core::unsync::spawn_blocking;

use crate::interface::{Level, SharedConsole};

/// After this the user is told, as of a long turn.
const LONG: Duration = Duration::from_secs(2);

/// The thread that worked for user code did not come to an end.
#[derive(Debug, thiserror::Error, deno_error::JsError)]
#[class(generic)]
#[error("The thread that computed this ended unexpectedly")]
pub struct WorkLost;

/// Does `work` on a thread of its own.
///
/// # Errors
/// When it panics, or the process is ending. Only this piece of work is lost then.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WorkLost> {
    // tokio panics when the system gives no thread; a panic that reached V8 would end the process.
    let started = catch_unwind(AssertUnwindSafe(|| spawn_blocking(work)));
    let working = started.map_err(|_| WorkLost)?;
    working.await.map_err(|_| WorkLost)
}

/// Waits for `work`. `what` names it on the console, at the beginning of a sentence.
pub(crate) async fn told<T>(
    state: &RefCell<OpState>,
    what: &str,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(LONG, &mut work).await {
        return done;
    }
    let console = state.borrow().borrow::<SharedConsole>().clone();
    let text = format!("{what} has been running for 2 s, on a thread of its own");
    console.console(Level::Warn, text);
    work.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_an_error_to_whoever_waits() {
        let lost = on_thread::<()>(|| panic!("work of the test panics")).await;
        assert!(matches!(lost, Err(WorkLost)));
        assert!(matches!(on_thread(|| 1).await, Ok(1)));
    }
}
