//! How an isolate's thread stands, as its host sees it. Changes nothing.

use std::task::Waker;

use super::IsolateHost;
use crate::call::{Pending, STREAM, Standing};

impl IsolateHost {
    /// Something was done for others, or came to be done.
    pub fn note_activity(&self) {
        self.activity.set(self.activity.get().wrapping_add(1));
    }

    /// How the thread stands that has nothing to do for the moment. `waker` is woken when that may change.
    pub fn standing(&self, waker: &Waker, is_queue_empty: bool) -> Standing {
        let is_gate_open = self.input_gate.is_open();
        // Behind a gate that is closed while there is nothing to do, all waits for the outside.
        let is_taken = is_queue_empty && self.inbox.is_empty();
        let is_settled = self.output_gate.is_settled(waker)
            && self.replies.borrow().is_empty()
            && self.calls.borrow().is_empty()
            && !self.sockets.is_any_arriving()
            && !self.sockets.has_late()
            && !self.input_gate.is_paused()
            && (is_taken || !is_gate_open);
        Standing {
            is_settled,
            activity: self.activity.get(),
            pending: self.pending(),
            connections: self.sockets.heard(),
            is_asleep: false,
        }
    }

    fn pending(&self) -> Vec<Pending> {
        let mut pending = Vec::new();
        for request in self.requests.borrow().values() {
            if !request.reply.is_closed() {
                pending.push(
                    Pending::new("a request")
                        .of("onRequest")
                        .since(request.since),
                );
            }
        }
        if self.alarm.borrow().is_some() {
            let alarm = Pending::new("an alarm").of("onAlarm");
            pending.push(match self.alarm_since.get() {
                Some(since) => alarm.since(since),
                None => alarm,
            });
        }
        pending.extend(self.pending_fetches());
        let counted = [
            (self.input_gate.is_closed(), "blockConcurrencyWhile"),
            (self.streams.get() > 0, STREAM),
            (self.work.get() > 0, "work"),
            (self.sockets.has_unsent(), "frames"),
            (self.sockets.is_any_held(), "onConnect after a save"),
            (self.sockets.has_late(), "delayed frames"),
        ];
        let counted = counted.into_iter().filter(|(is_pending, _)| *is_pending);
        pending.extend(counted.map(|(_, what)| Pending::new(what)));
        pending
    }
}
