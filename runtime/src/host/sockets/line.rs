//! Bad lines that a test asks for: what the room sends on such a connection is late, or lost. Close frames
//! are neither: a test closes connections apart from that.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use partyrun_ops::message::SocketId;

use super::link::Link;
use super::{Sockets, TurnNumber};
use crate::call::BadLine;
use crate::socket::Frame;

/// The state of a bad line.
pub(super) struct Line {
    line: BadLine,
    /// Of the generator that says what is lost.
    state: u64,
    late: VecDeque<(Frame, TurnNumber)>,
}

impl Line {
    fn new(line: BadLine) -> Self {
        Line {
            line,
            state: line.seed,
            late: VecDeque::new(),
        }
    }

    /// Whether the next message is lost: by SplitMix64, so that a seed says it for all times.
    fn loses(&mut self) -> bool {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let share = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        share < self.line.drop
    }

    /// Takes a message in, and says what becomes of it.
    pub(super) fn lets_pass(&mut self, frame: &Frame, turn: TurnNumber) -> Passage {
        if self.loses() {
            return Passage::Lost;
        }
        if self.line.delay_ms == 0 {
            return Passage::Now;
        }
        self.late.push_back((frame.clone(), turn));
        Passage::After(Duration::from_millis(self.line.delay_ms))
    }
}

/// What becomes of a message.
pub(super) enum Passage {
    Now,
    After(Duration),
    Lost,
}

impl Sockets {
    /// Makes the line to a client a bad one, or a good one again. What is late stays so.
    pub fn set_line(&self, id: SocketId, line: Option<BadLine>) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            match (&mut socket.line, line) {
                (Some(known), Some(line)) => {
                    known.line = line;
                    known.state = line.seed;
                }
                (Some(known), None) => {
                    known.line = BadLine {
                        delay_ms: 0,
                        drop: 0.0,
                        seed: 0,
                    };
                }
                (none, line) => *none = line.map(|line| Box::new(Line::new(line))),
            }
        }
    }

    /// Sends what was late.
    fn push_late(&self, id: SocketId, frame: &Frame, turn: TurnNumber) {
        let mut table = self.table.borrow_mut();
        if let Some(Link::Wire(outbox)) = table.get_mut(&id).map(|socket| &mut socket.link)
            && outbox.push(frame, turn).is_ok()
        {
            self.mark(id);
        }
    }

    /// Sends the message of a line that has been late for longest, when its time has come.
    pub(super) fn send_later(self: &Rc<Self>, id: SocketId, after: Duration) {
        let sockets = self.clone();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(after).await;
            let late = {
                let mut table = sockets.table.borrow_mut();
                let line = table.get_mut(&id).and_then(|socket| socket.line.as_mut());
                line.and_then(|line| line.late.pop_front())
            };
            if let Some((frame, turn)) = late {
                sockets.push_late(id, &frame, turn);
                sockets.inbox.wake();
            }
        });
    }
}
