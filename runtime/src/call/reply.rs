//! Where the answer to a request goes, and the list of answers that a thread owes: when the thread does
//! not come back, somebody else gives them. Knows nothing of rooms.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use super::Reply;
use super::text_reply;

type Slot = Mutex<Option<oneshot::Sender<Reply>>>;

/// Takes the answer to a request, once. Whoever asks hears of it when this is dropped.
pub struct ReplySender(Arc<Slot>);

/// A way for the answer, and where it arrives.
pub fn question() -> (ReplySender, oneshot::Receiver<Reply>) {
    let (sender, receiver) = oneshot::channel();
    (ReplySender(Arc::new(Mutex::new(Some(sender)))), receiver)
}

fn answer(slot: &Slot, reply: Reply) {
    let sender = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(sender) = sender {
        // A client that is gone does not want its answer.
        let _ = sender.send(reply);
    }
}

impl ReplySender {
    pub fn send(self, reply: Reply) {
        answer(&self.0, reply);
    }

    /// Whether nobody waits for the answer.
    pub fn is_closed(&self) -> bool {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

/// What one thread has been asked and may not have answered.
#[derive(Default)]
pub struct Owed {
    slots: Vec<Weak<Slot>>,
    tidy_at: usize,
}

/// As many are kept before the answered ones are let go.
const FEW: usize = 64;

impl Owed {
    pub fn note(&mut self, reply: &ReplySender) {
        if self.slots.len() >= self.tidy_at.max(FEW) {
            self.slots.retain(|slot| slot.strong_count() > 0);
            self.tidy_at = self.slots.len() * 2;
        }
        self.slots.push(Arc::downgrade(&reply.0));
    }

    /// Answers all that is left with a text.
    pub fn answer(&self, status: u16, text: &str) {
        for slot in self.slots.iter().filter_map(Weak::upgrade) {
            answer(&slot, Reply::Response(text_reply(status, text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_answered_once() {
        let mut owed = Owed::default();
        let (first, mut from_room) = question();
        let (second, mut from_registry) = question();
        let (third, mut from_nobody) = question();
        for reply in [&first, &second, &third] {
            owed.note(reply);
        }
        first.send(Reply::Pass);
        drop(third);
        owed.answer(500, "gone");
        assert!(second.is_closed());
        second.send(Reply::Pass);
        assert!(matches!(from_room.try_recv(), Ok(Reply::Pass)));
        let answered = from_registry.try_recv();
        assert!(matches!(answered, Ok(Reply::Response(reply)) if reply.status == 500));
        assert!(from_nobody.try_recv().is_err());
    }

    #[test]
    fn what_was_answered_is_forgotten() {
        let mut owed = Owed::default();
        let (kept, _answer) = question();
        owed.note(&kept);
        for _ in 0..10_000 {
            let (reply, _answer) = question();
            owed.note(&reply);
        }
        assert!(owed.slots.len() <= FEW * 2, "{}", owed.slots.len());
        assert!(owed.slots[0].strong_count() > 0);
    }
}
