//! What tests, and who looks at a room, do to connections from outside. Runs no JavaScript: the room hears of it as of a client's doing.

use std::rc::Rc;
use std::task::Waker;

use super::IsolateHost;
use crate::call::Manner;

impl IsolateHost {
    /// Does something to the connection of this id, or to all; whether there is one.
    pub fn touch(self: &Rc<Self>, connection: Option<&str>, how: &Manner) -> bool {
        let sockets: Vec<_> = match connection {
            Some(id) => self.sockets.named(id).into_iter().collect(),
            None => self.sockets.of_connections(),
        };
        for socket in &sockets {
            match how {
                Manner::Send(message) => {
                    let turn = self.output_gate.turn() - 1;
                    self.sockets.send(*socket, message, turn);
                    self.flush(Waker::noop());
                }
                Manner::Close(code, reason) => {
                    let reason = crate::socket::truncate_reason(reason);
                    let turn = self.output_gate.turn() - 1;
                    self.sockets.close(*socket, Some(*code), reason, turn);
                    self.flush(Waker::noop());
                }
                Manner::Cut => self.sockets.cut(*socket),
                Manner::Line(line) => self.sockets.set_line(*socket, *line),
            }
        }
        self.inbox.wake();
        !sockets.is_empty()
    }
}
