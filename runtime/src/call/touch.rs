//! What a test, or who looks at a room, does to a connection from outside. Plain data.

use partyrun_ops::message::Message;
use tokio::sync::oneshot;

/// Something to be done to a connection.
pub struct Touch {
    /// Its id; `None` is all of them.
    pub connection: Option<String>,
    pub how: Manner,
    /// Told whether there is such a connection.
    pub done: oneshot::Sender<bool>,
}

#[derive(Clone, Debug)]
pub enum Manner {
    /// Send it something, as the room could.
    Send(Message),
    /// Close it, as the room could.
    Close(u16, String),
    /// End its TCP connection without a word.
    Cut,
    /// Be a bad line for what the room sends, or a good one again.
    Line(Option<BadLine>),
}

/// A line that is late, and loses some of what goes over it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BadLine {
    pub delay_ms: u64,
    /// The share of messages that are lost, from 0 to 1.
    pub drop: f64,
    /// Says which.
    pub seed: u64,
}
