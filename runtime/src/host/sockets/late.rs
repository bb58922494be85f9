//! Sockets with bad lines: has what is late leave when its time has come.

use std::rc::Rc;
use std::time::Duration;

use partyrun_ops::message::SocketId;

use super::line::Line;
use super::link::Link;
use super::{Sockets, TurnNumber};
use crate::call::BadLine;
use crate::socket::Frame;

impl Sockets {
    /// Makes the line to a client a bad one, or a good one again.
    pub fn set_line(&self, id: SocketId, line: Option<BadLine>) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            match &mut socket.line {
                Some(known) => known.change(line),
                none => *none = line.map(|line| Box::new(Line::new(line))),
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
                line.and_then(|line| line.take_late())
            };
            if let Some((frame, turn)) = late {
                sockets.push_late(id, &frame, turn);
                sockets.inbox.wake();
            }
        });
    }
}
