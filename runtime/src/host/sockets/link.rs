//! What a socket of JavaScript's is joined to, and what waits to go there.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use partyrun_ops::message::{Message, SocketRecord};

use super::TurnNumber;
use super::line::Line;
use super::past::Past;
use super::peer::Peer;
use crate::call::{PipeMessage, PipeSender, TransportSlot};
use crate::socket::Dialled;
use crate::socket::{Frame, Outbox};

pub(super) enum Link {
    /// No transport yet: what is sent waits for it.
    Waiting {
        queue: Vec<(Outgoing, TurnNumber)>,
        bytes: usize,
    },
    /// The far end of a socket to another room, which waits for us to connect it.
    FarEnd(TransportSlot),
    /// A connection that we opened and that nobody has accepted.
    Dialled(Dialled),
    Wire(Outbox),
    /// Another isolate; what is sent waits for the output gate.
    Pipe(PipeSender, VecDeque<(Outgoing, TurnNumber)>),
    Gone,
}

pub(super) enum Outgoing {
    Message(Message),
    Close(Option<u16>, String),
}

impl Link {
    pub(super) fn waiting() -> Self {
        Link::Waiting {
            queue: Vec::new(),
            bytes: 0,
        }
    }
}

impl From<Outgoing> for PipeMessage {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Message(message) => PipeMessage::Message(message),
            Outgoing::Close(code, reason) => PipeMessage::Close { code, reason },
        }
    }
}

pub(super) struct Socket {
    pub(super) link: Link,
    pub(super) peer: Peer,
    pub(super) member: bool,
    /// User code opened it while the input gate was closed: its events pass the gate, because what
    /// keeps the gate closed may wait for them.
    pub(super) inside: bool,
    pub(super) record: Option<SocketRecord>,
    pub(super) attachment: Option<Vec<u8>>,
    /// Of a pipe, whose two directions end apart: which Close was said, and which was heard.
    pub(super) said_close: bool,
    pub(super) heard_close: bool,
    /// Messages that have come, and their bytes.
    pub(super) heard: Rc<Cell<(u64, u64)>>,
    /// What a test makes of the way to the client.
    pub(super) line: Option<Box<Line>>,
    /// What it takes to connect it again, if sockets are kept over a save.
    pub(super) past: Option<Box<Past>>,
}

impl Socket {
    pub(super) fn new(link: Link) -> Self {
        Socket {
            link,
            peer: Peer::Unknown,
            member: false,
            inside: false,
            record: None,
            attachment: None,
            said_close: false,
            heard_close: false,
            heard: Rc::default(),
            line: None,
            past: None,
        }
    }

    /// Whether its room has to stay for it, with its isolate or, for one that hibernates, without.
    pub(super) fn keeps_room(&self, hibernating_too: bool) -> bool {
        !matches!(self.link, Link::Gone | Link::FarEnd(_) | Link::Dialled(_))
            && (hibernating_too || self.record.is_none())
    }
}

pub(super) fn frame(message: &Message) -> Frame {
    match message {
        Message::Text(text) => Frame::text_bytes(text.clone()),
        Message::Binary(bytes) => Frame::binary(bytes.clone()),
    }
}
