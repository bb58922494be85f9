//! What the thread of an isolate tells of its sockets and alarms, for those who want to know. Decides
//! nothing, and costs nothing where nobody does.

use super::sockets::{News, Peer};
use super::{IsolateHost, RoomKey};
use crate::project::{Event, RoomAddress};

/// The id of a room's connection.
fn connection(peer: Peer) -> Option<String> {
    match peer {
        Peer::Client(id) => Some(id),
        Peer::Server(_) | Peer::Unknown => None,
    }
}

impl IsolateHost {
    fn address(&self) -> Option<RoomAddress> {
        self.key.borrow().as_ref().map(RoomKey::address)
    }

    /// Tells of the sockets that have come and gone.
    pub fn tell_of_sockets(&self) {
        for news in self.sockets.news.take() {
            let room = self.address();
            self.report(match news {
                News::Open(peer) => Event::SocketOpen {
                    room,
                    connection: connection(peer),
                },
                News::End {
                    peer,
                    code,
                    reason,
                    clean,
                } => Event::SocketClose {
                    room,
                    connection: connection(peer),
                    code,
                    reason,
                    clean,
                },
            });
        }
    }

    /// The handler of an alarm is over. An alarm that was gone when its turn came had none.
    pub(super) fn tell_of_alarm(&self, due_ms: i64, is_retried: bool) {
        if let Some(since) = self.alarm_since.take() {
            self.report(Event::Alarm {
                room: self.address(),
                due_ms,
                elapsed: since.elapsed(),
                is_retried,
            });
        }
    }
}
