//! What is yet to be told of a thread's sockets: which came, and which went. Tells nobody.

use std::cell::{Cell, RefCell};

use super::peer::Peer;

/// What has happened to a socket.
pub enum News {
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

    pub fn take(&self) -> Vec<News> {
        // Asked in every turn: mostly there are none.
        let is_empty = self.news.borrow().is_empty();
        if is_empty {
            return Vec::new();
        }
        self.news.take()
    }
}
