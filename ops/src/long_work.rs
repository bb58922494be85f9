//! Work for user code that takes a thread of its own is told of when it is long. Never decides how long
//! is too long.

use std::cell::RefCell;
use std::time::Duration;

use deno_core::OpState;

use crate::interface::{Level, SharedConsole};

/// After this the user is told, as of a long turn.
const LONG: Duration = Duration::from_secs(2);

/// Waits for `work`. `what` names it on the console, in the middle of a sentence.
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
    let text = format!("On a thread of its own, {what} has been computing for 2 s");
    console.console(Level::Warn, text);
    work.await
}
