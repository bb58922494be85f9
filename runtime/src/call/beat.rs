//! What whoever leads a clock says to each isolate that goes by it. Plain data.

use tokio::sync::oneshot;

/// For the loop of an isolate, which takes it at any time.
pub enum Beat {
    /// The clock has been told to show another time, or the first timer's has come.
    Tick,
    /// Say how you stand, once there is nothing to do for now.
    Ask(oneshot::Sender<Stand>),
}

/// How an isolate stands that has nothing to do for now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// How often its loop has run.
    pub turns: u64,
    /// Something has not left yet: a write, an answer, a timer that is due.
    pub is_leaving: bool,
    /// A handler goes on that waits for no timer.
    pub is_busy: bool,
}
