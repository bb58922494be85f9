//! What the thread of an isolate tells of its sockets and alarms, for those who want to know. Decides
//! nothing, and costs nothing where nobody does.

use std::cell::{Cell, RefCell};

use super::sockets::Peer;
use super::{IsolateHost, RoomKey};
use crate::project::{Event, RoomAddress};

/// What has happened to a socket.
enum News {
    Open(Peer),
    End {
        peer: Peer,
        code: u16,
        reason: String,
        clean: bool,
    },
}

/// What is yet to be told of a thread's sockets.
#[derive(Default)]
pub struct SocketNews {
    is_wanted: Cell<bool>,
    news: RefCell<Vec<News>>,
}

impl SocketNews {
    pub fn listen(&self, is_wanted: bool) {
        self.is_wanted.set(is_wanted);
    }

    pub fn is_wanted(&self) -> bool {
        self.is_wanted.get()
    }

    /// A socket has its transport. What user code has opened itself is no connection of the room.
    pub fn add_open(&self, peer: &Peer) {
        if self.is_wanted() && !matches!(peer, Peer::Server(_)) {
            self.news.borrow_mut().push(News::Open(peer.clone()));
        }
    }

    /// A socket is over. Without a frame of the peer's, its connection was lost.
    pub fn add_end(&self, peer: Peer, frame: Option<(u16, String)>) {
        let clean = frame.is_some();
        let (code, reason) = frame.unwrap_or((1006, String::new()));
        self.news.borrow_mut().push(News::End {
            peer,
            code,
            reason,
            clean,
        });
    }

    fn take(&self) -> Vec<News> {
        // Asked in every turn: mostly there are none.
        let is_empty = self.news.borrow().is_empty();
        if is_empty {
            return Vec::new();
        }
        self.news.take()
    }
}

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
