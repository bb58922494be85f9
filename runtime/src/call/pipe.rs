//! A socket between two isolates, without a network: messages in a queue of bounded size.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use partyrun_ops::message::Message;
use tokio::sync::mpsc;

/// One end of a socket between two isolates.
pub struct PipeEnd {
    pub sender: PipeSender,
    pub receiver: PipeReceiver,
}

pub enum PipeMessage {
    Message(Message),
    Close { code: Option<u16>, reason: String },
}

/// Sends to the other isolate. Dropping it without a Close loses the socket.
pub struct PipeSender {
    channel: mpsc::UnboundedSender<PipeMessage>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
}

pub struct PipeReceiver {
    channel: mpsc::UnboundedReceiver<PipeMessage>,
    waiting: Arc<AtomicUsize>,
}

/// Why a message does not reach the other end.
#[derive(Debug, PartialEq, Eq)]
pub enum PipeBroken {
    Gone,
    /// It reads too slowly.
    Full,
}

impl PipeSender {
    /// Counts a message that is sent later, by [`PipeSender::send_counted`]. The sender and the
    /// channel share one limit, so that a message held back by a gate weighs as much as one under way.
    ///
    /// # Errors
    /// `Full` when it exceeds the limit; then it does not count.
    pub fn count(&self, message: &Message) -> Result<(), PipeBroken> {
        let size = cost(message);
        if self.waiting.fetch_add(size, Ordering::Relaxed) + size > self.limit {
            self.waiting.fetch_sub(size, Ordering::Relaxed);
            return Err(PipeBroken::Full);
        }
        Ok(())
    }

    /// Takes back the count of a message that is never sent.
    pub fn discount(&self, message: &Message) {
        self.waiting.fetch_sub(cost(message), Ordering::Relaxed);
    }

    /// Sends a message that has been counted, or a Close.
    ///
    /// # Errors
    /// `Gone` when the other end is.
    pub fn send_counted(&self, message: PipeMessage) -> Result<(), PipeBroken> {
        self.channel.send(message).map_err(|_| PipeBroken::Gone)
    }

    /// # Errors
    /// When the message cannot reach the other end.
    pub fn send(&self, message: PipeMessage) -> Result<(), PipeBroken> {
        if let PipeMessage::Message(message) = &message {
            self.count(message)?;
        }
        self.send_counted(message)
    }
}

impl PipeReceiver {
    pub async fn recv(&mut self) -> Option<PipeMessage> {
        let message = self.channel.recv().await?;
        if let PipeMessage::Message(message) = &message {
            self.waiting.fetch_sub(cost(message), Ordering::Relaxed);
        }
        Some(message)
    }
}

/// What a message weighs while it waits: also an empty one takes a place.
fn cost(message: &Message) -> usize {
    let (Message::Text(bytes) | Message::Binary(bytes)) = message;
    bytes.len() + size_of::<PipeMessage>()
}

/// Two connected ends. At most `limit` bytes wait in each direction.
pub fn pipe(limit: usize) -> (PipeEnd, PipeEnd) {
    let half = || {
        let (channel, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let sender = PipeSender {
            channel,
            waiting: waiting.clone(),
            limit,
        };
        (
            sender,
            PipeReceiver {
                channel: receiver,
                waiting,
            },
        )
    };
    let (to_b, from_a) = half();
    let (to_a, from_b) = half();
    (
        PipeEnd {
            sender: to_b,
            receiver: from_b,
        },
        PipeEnd {
            sender: to_a,
            receiver: from_a,
        },
    )
}

#[cfg(test)]
mod tests;
