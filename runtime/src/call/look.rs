//! What somebody who looks at a room from outside asks of its thread: its figures, or its messages as they
//! pass. Holds what has passed and has not been looked at; it is bounded, and what is left out is counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use partyrun_ops::message::Message;
use tokio::sync::oneshot;

/// How many messages may wait to be looked at.
const WAITING: usize = 512;
/// How much of a message is kept, in bytes.
const KEPT: usize = 16 << 10;

/// A look at a room, which its thread answers at its next turn, busy as it may be otherwise.
pub enum Look {
    Figures(oneshot::Sender<Figures>),
    Messages(TapEnd),
}

/// A room in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub connections: usize,
    /// Messages that have come, since the thread began.
    pub heard: u64,
    /// Messages that were sent, one for each who was to get it.
    pub said: u64,
    /// Bytes of the isolate, when it was looked at last.
    pub memory: u64,
    /// There is no isolate: the room sleeps.
    pub is_asleep: bool,
    /// Events wait for `onStart` or `blockConcurrencyWhile`.
    pub is_held: bool,
}

/// Which way a message went, and between whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// From this connection.
    From(String),
    /// To this connection.
    To(String),
    /// To so many at once.
    ToMany(usize),
}

/// A message that has passed.
#[derive(Clone, Debug)]
pub struct Passed {
    pub at_ms: i64,
    pub course: Course,
    /// Its beginning. A text may be cut within a character.
    pub beginning: Message,
    /// Bytes of all of it.
    pub size: usize,
}

/// Where the messages of a room can be seen as they pass.
#[derive(Default)]
pub struct Tap {
    passed: Mutex<Waiting>,
    is_attached: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    messages: VecDeque<Passed>,
    missed: u64,
}

impl Tap {
    /// Whether a room's thread has it.
    pub fn is_attached(&self) -> bool {
        self.is_attached.load(Ordering::Acquire)
    }

    /// What a room's thread is given. The thread gives it up when it ends, or when nobody looks any more.
    pub fn end(self: &Arc<Self>) -> TapEnd {
        self.is_attached.store(true, Ordering::Release);
        TapEnd(Arc::downgrade(self))
    }

    /// What has passed since the last call, and how many more were left out.
    pub fn take(&self) -> (VecDeque<Passed>, u64) {
        let mut waiting = self.waiting();
        (
            std::mem::take(&mut waiting.messages),
            std::mem::take(&mut waiting.missed),
        )
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a tap that is in a room.
pub struct TapEnd(Weak<Tap>);

impl TapEnd {
    /// Shows a message; false if nobody looks any more.
    pub fn show(&self, at_ms: i64, message: &Message, course: impl FnOnce() -> Course) -> bool {
        let Some(tap) = self.0.upgrade() else {
            return false;
        };
        let mut waiting = tap.waiting();
        if waiting.messages.len() >= WAITING {
            waiting.missed += 1;
            return true;
        }
        // Not the bytes themselves: they may be part of a buffer that is waited for.
        let cut = |bytes: &[u8]| bytes[..bytes.len().min(KEPT)].to_vec().into();
        let (beginning, size) = match message {
            Message::Text(text) => (Message::Text(cut(text)), text.len()),
            Message::Binary(bytes) => (Message::Binary(cut(bytes)), bytes.len()),
        };
        waiting.messages.push_back(Passed {
            at_ms,
            course: course(),
            beginning,
            size,
        });
        true
    }
}

impl Drop for TapEnd {
    fn drop(&mut self) {
        if let Some(tap) = self.0.upgrade() {
            tap.is_attached.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static str) -> Message {
        Message::Text(text.into())
    }

    fn from() -> Course {
        Course::From("ann".to_owned())
    }

    #[test]
    fn what_nobody_takes_in_time_is_counted_and_not_kept() {
        let tap = Arc::new(Tap::default());
        let end = tap.end();
        for _ in 0..WAITING + 3 {
            assert!(end.show(1, &text("x"), from));
        }
        let (messages, missed) = tap.take();
        assert_eq!((messages.len(), missed), (WAITING, 3));
        assert_eq!(messages[0].course, from());
        let (messages, missed) = tap.take();
        assert_eq!((messages.len(), missed), (0, 0));
    }

    #[test]
    fn of_a_long_message_the_beginning_is_kept_and_the_size_told() {
        let tap = Arc::new(Tap::default());
        let long = Message::Binary(vec![7; KEPT + 1].into());
        assert!(tap.end().show(1, &long, || Course::ToMany(2)));
        let (messages, _) = tap.take();
        let Message::Binary(beginning) = &messages[0].beginning else {
            panic!("it is binary");
        };
        assert_eq!((beginning.len(), messages[0].size), (KEPT, KEPT + 1));
    }

    #[test]
    fn each_side_knows_when_the_other_has_gone() {
        let tap = Arc::new(Tap::default());
        assert!(!tap.is_attached());
        let end = tap.end();
        assert!(tap.is_attached());
        drop(end);
        assert!(!tap.is_attached(), "the room's thread has ended");
        let end = tap.end();
        drop(tap);
        assert!(!end.show(1, &text("x"), from), "nobody looks");
    }
}
