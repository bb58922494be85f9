//! The tasks that read a thread's sockets, one each: from wire or pipe to events in the inbox. They
//! end with their connection.

use std::rc::Rc;
use std::time::Duration;

use partyrun_ops::message::{Message, SocketId};

use crate::call::{PipeMessage, PipeReceiver};
use crate::socket::{self, Inbound, Outbox, Reader};

use super::inbox::SocketEvent;
use super::sockets::{Peer, Sockets};

/// How long a peer may take to answer our Close frame before it is cut.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// What comes next; `None` when the peer did not answer our Close frame in time.
async fn next_or_cut(reader: &mut Reader, outbox: &Outbox) -> Option<Inbound> {
    if !outbox.is_closed() {
        tokio::select! {
            inbound = reader.next() => return Some(inbound),
            () = outbox.finished() => {}
        }
    }
    tokio::time::timeout(CLOSE_PATIENCE, reader.next())
        .await
        .ok()
}

/// Counts a running reader.
struct Reading(Rc<Sockets>);

impl Reading {
    fn start(sockets: &Rc<Sockets>) -> Self {
        sockets.readers.set(sockets.readers.get() + 1);
        Reading(sockets.clone())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.readers.set(self.0.readers.get() - 1);
        self.0.readers_changed.notify_waiters();
    }
}

/// What will be told of a socket's end, where that is wanted.
struct Told(Option<Peer>);

impl Told {
    fn of(sockets: &Sockets, id: SocketId) -> Self {
        // What user code has opened itself is no connection of the room.
        let is_own = |peer: &Peer| matches!(peer, Peer::Server(_));
        let peer = sockets.news.is_wanted().then(|| sockets.peer(id));
        Told(peer.filter(|peer| !is_own(peer)))
    }

    fn frame(&self, code: Option<u16>, reason: &str) -> Option<(u16, String)> {
        let is_wanted = self.0.is_some();
        is_wanted.then(|| (code.unwrap_or(1005), reason.to_owned()))
    }

    fn end(self, sockets: &Sockets, frame: Option<(u16, String)>) {
        if let Some(peer) = self.0 {
            sockets.news.add_end(peer, frame);
        }
    }
}

/// Reads one wire to its end. Ends with the connection, at the latest when it is cut.
pub async fn read_wire(sockets: Rc<Sockets>, id: SocketId, mut reader: Reader, outbox: Outbox) {
    let _reading = Reading::start(&sockets);
    let inbox = sockets.inbox.clone();
    let told = Told::of(&sockets, id);
    let heard = sockets.heard_on(id);
    let count = |size: usize| {
        let (messages, bytes) = heard.get();
        heard.set((messages + 1, bytes + size as u64));
    };
    let show = |message: Message| {
        sockets.passing.came(&message, || sockets.peer(id));
        SocketEvent::Message(id, message)
    };
    let mut frame = None;
    loop {
        let inbound = match next_or_cut(&mut reader, &outbox).await {
            Some(inbound) if sockets.knows(id) => inbound,
            _ => break,
        };
        if sockets.is_any_held() {
            // The rest stays with the kernel, which slows the peer down.
            sockets.settled(id).await;
            if !sockets.knows(id) {
                break;
            }
        }
        match inbound {
            Inbound::Text(text) => {
                let size = text.len();
                inbox.push(show(Message::Text(text))).await;
                count(size);
            }
            Inbound::Binary(bytes) => {
                let size = bytes.len();
                inbox.push(show(Message::Binary(bytes))).await;
                count(size);
            }
            Inbound::Close { code, reason } => {
                frame = told.frame(code, &reason);
                inbox.push(SocketEvent::closed(id, code, reason)).await;
                break;
            }
            Inbound::TooLarge { size } => {
                sockets.too_large.set(Some(size));
                let limit = sockets.limits.max_message;
                let reason = format!("Message is too large: {size} > {limit}");
                frame = told.frame(Some(1009), &reason);
                inbox.push(SocketEvent::broken(id, 1009, reason)).await;
                break;
            }
            Inbound::Protocol { close_code, reason } => {
                let reason = reason.to_owned();
                frame = told.frame(Some(close_code), &reason);
                inbox
                    .push(SocketEvent::broken(id, close_code, reason))
                    .await;
                break;
            }
            Inbound::Lost => {
                inbox.push(SocketEvent::lost(id)).await;
                break;
            }
        }
    }
    // The loop ends the output when it has delivered the end: the peer gets what was meant for it.
    socket::farewell(reader, outbox, CLOSE_PATIENCE).await;
    sockets.forget(id);
    told.end(&sockets, frame);
    // A room that sleeps may have nothing left to wait for.
    inbox.wake();
}

/// Reads one pipe to its end.
pub async fn read_pipe(sockets: Rc<Sockets>, id: SocketId, mut receiver: PipeReceiver) {
    let inbox = sockets.inbox.clone();
    let told = Told::of(&sockets, id);
    let mut frame = None;
    loop {
        let message = receiver.recv().await;
        if !sockets.knows(id) {
            return told.end(&sockets, None);
        }
        match message {
            Some(PipeMessage::Message(message)) => {
                sockets.passing.came(&message, || sockets.peer(id));
                inbox.push(SocketEvent::Message(id, message)).await;
            }
            Some(PipeMessage::Close { code, reason }) => {
                frame = told.frame(code, &reason);
                inbox.push(SocketEvent::closed(id, code, reason)).await;
                break;
            }
            None => {
                inbox.push(SocketEvent::lost(id)).await;
                break;
            }
        }
    }
    told.end(&sockets, frame);
    inbox.wake();
    // The other end's handlers may still answer; its sender goes when ours does.
    tokio::time::sleep(CLOSE_PATIENCE).await;
    sockets.forget(id);
    inbox.wake();
}
