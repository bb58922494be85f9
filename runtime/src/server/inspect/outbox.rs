//! What waits for a debugger that reads slower than it is told. V8 waits for no debugger, so nothing else
//! bounds what a room prints, or the snapshot of its heap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastwebsockets::{Frame, OpCode, Payload, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::interval;

/// A debugger that takes nothing while this much waits for it does not read.
const MUCH: u64 = 64 << 20;
/// For that long. A snapshot comes at once, and takes its time to be read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Nobody reads as slowly as this much tells.
const TOO_MUCH: u64 = 1 << 30;
/// How often is looked.
const GLANCE: Duration = Duration::from_secs(1);

/// Something for a debugger.
pub enum Said {
    Text(String),
    Pong(Vec<u8>),
    /// The last one.
    Close(Vec<u8>),
}

impl Said {
    fn length(&self) -> u64 {
        let length = match self {
            Said::Text(text) => text.len(),
            Said::Pong(payload) | Said::Close(payload) => payload.len(),
        };
        length as u64
    }
}

/// Where what is said begins to wait.
#[derive(Clone)]
pub struct Outbox {
    sender: UnboundedSender<Said>,
    counts: Arc<Counts>,
}

/// Where it ends to.
pub struct Waiting {
    receiver: UnboundedReceiver<Said>,
    counts: Arc<Counts>,
}

/// Bytes that were said, and that were written.
#[derive(Default)]
struct Counts {
    said: AtomicU64,
    written: AtomicU64,
}

impl Counts {
    fn waiting(&self) -> u64 {
        let written = self.written.load(Ordering::Relaxed);
        self.said.load(Ordering::Relaxed).saturating_sub(written)
    }

    /// Ends when the debugger does not read; gives what waits for it then.
    async fn watch(&self) -> u64 {
        let mut glances = interval(GLANCE);
        let mut reading = Reading::default();
        loop {
            glances.tick().await;
            let waiting = self.waiting();
            if !reading.goes_on(waiting, self.written.load(Ordering::Relaxed)) {
                return waiting;
            }
        }
    }
}

/// What was seen of a debugger's reading, a glance at a time.
#[derive(Default)]
struct Reading {
    written: u64,
    /// Since when it has taken nothing, in glances.
    still: Duration,
}

impl Reading {
    /// Whether a debugger still reads for which this much waits, and to which this much was written.
    fn goes_on(&mut self, waiting: u64, written: u64) -> bool {
        self.still = match written == self.written && waiting > MUCH {
            true => self.still + GLANCE,
            false => Duration::ZERO,
        };
        self.written = written;
        self.still < PATIENCE && waiting <= TOO_MUCH
    }
}

pub fn outbox() -> (Outbox, Waiting) {
    let (sender, receiver) = unbounded_channel();
    let counts = Arc::new(Counts::default());
    let outbox = Outbox {
        sender,
        counts: counts.clone(),
    };
    (outbox, Waiting { receiver, counts })
}

impl Outbox {
    /// A debugger that is gone hears nothing.
    pub fn say(&self, said: Said) {
        self.counts.said.fetch_add(said.length(), Ordering::Relaxed);
        let _ = self.sender.send(said);
    }
}

impl Waiting {
    /// Writes what is said, to the last of it. Gives the bytes that wait for a debugger that does not read.
    pub async fn write_to(
        mut self,
        mut writer: WebSocket<impl AsyncRead + AsyncWrite + Unpin>,
    ) -> Option<u64> {
        let counts = self.counts.clone();
        tokio::select! {
            () = self.write_all(&mut writer) => None,
            waiting = counts.watch() => Some(waiting),
        }
    }

    async fn write_all(&mut self, writer: &mut WebSocket<impl AsyncRead + AsyncWrite + Unpin>) {
        while let Some(said) = self.receiver.recv().await {
            let length = said.length();
            let (code, payload, is_last) = match said {
                Said::Text(text) => (OpCode::Text, text.into_bytes(), false),
                Said::Pong(payload) => (OpCode::Pong, payload, false),
                Said::Close(payload) => (OpCode::Close, payload, true),
            };
            let frame = Frame::new(true, code, None, Payload::Owned(payload));
            if writer.write_frame(frame).await.is_err() || is_last {
                return;
            }
            self.counts.written.fetch_add(length, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At which of 100 glances a debugger is given up for which this much waits, and that takes this much
    /// between two.
    fn given_up(waiting: u64, taken: u64) -> Option<u64> {
        let mut reading = Reading::default();
        (1..=100).find(|glance| !reading.goes_on(waiting, glance * taken))
    }

    #[test]
    fn a_debugger_that_takes_nothing_of_much_is_left() {
        assert_eq!(given_up(MUCH + 1, 0), Some(5));
        assert_eq!(given_up(MUCH, 0), None);
    }

    #[test]
    fn one_that_is_slow_is_waited_for() {
        assert_eq!(given_up(TOO_MUCH, 1), None);
    }

    #[test]
    fn nobody_is_let_wait_for_too_much() {
        assert_eq!(given_up(TOO_MUCH + 1, 1), Some(1));
    }

    #[test]
    fn what_is_written_waits_no_more() {
        let (outbox, mut waiting) = outbox();
        outbox.say(Said::Text("four".to_owned()));
        outbox.say(Said::Pong(vec![1, 2]));
        assert_eq!(waiting.counts.waiting(), 6);
        let said = waiting.receiver.try_recv().expect("it waits");
        waiting
            .counts
            .written
            .fetch_add(said.length(), Ordering::Relaxed);
        assert_eq!(waiting.counts.waiting(), 2);
    }
}
