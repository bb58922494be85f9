//! Those who ask how a thread stands, until it can say. Never does anything for them but look at the sockets.

use std::rc::Rc;
use std::task::Context;

use crate::call::Probe;
use crate::host::IsolateHost;

#[derive(Default)]
pub(super) struct Probes {
    waiting: Vec<Probe>,
    /// The sockets have not been looked at for the latest of them.
    is_new: bool,
}

impl Probes {
    pub fn push(&mut self, probe: Probe) {
        self.waiting.push(probe);
        self.is_new = true;
    }

    /// Has the sockets looked at, if somebody has asked since that was done last.
    pub fn look(&mut self, host: &IsolateHost) {
        if self.is_new && !host.inbox.is_looking() {
            self.is_new = false;
            if !host.sockets.is_empty() {
                host.inbox.look();
            }
        }
    }

    /// Answers them, for a thread that has nothing to do. `is_queue_empty`: no request waits for its turn.
    pub fn answer(
        &mut self,
        cx: &mut Context<'_>,
        host: &Rc<IsolateHost>,
        is_queue_empty: bool,
        is_asleep: bool,
    ) {
        if self.waiting.is_empty() || self.is_new || host.inbox.is_looking() {
            return;
        }
        for Probe(tell) in self.waiting.drain(..) {
            let mut standing = host.standing(cx.waker(), is_queue_empty);
            standing.is_asleep = is_asleep;
            // Whoever asked may have given up.
            let _ = tell.send(standing);
        }
    }
}
