//! What travels between the front door, rooms and the worker. Plain data; owns no threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use partyrun_ops::interface::{HeaderList, HttpReply, HttpRequest, Message};
use tokio::sync::{mpsc, oneshot};

use crate::alarms::DueAlarm;
use crate::crons::CronRun;
use crate::host::Dialled;
use crate::project::{Project, RoomAddress};
use crate::reply::ReplySender;
use crate::socket::Role;

/// Identity of a room: its party and its raw name (section 2.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey {
    pub party: Arc<str>,
    pub room: Arc<str>,
}

impl RoomKey {
    pub fn new(party: &str, room: &str) -> Self {
        RoomKey {
            party: party.into(),
            room: room.into(),
        }
    }

    pub fn address(&self) -> RoomAddress {
        RoomAddress {
            party: self.party.to_string(),
            room: self.room.to_string(),
        }
    }
}

/// The rooms whose handlers wait, directly or not, for the answer to a call. A room that finds itself
/// here lets the call through its gate: nothing else could ever open it.
pub type Chain = Vec<RoomKey>;

/// The version of the project that rooms are to run. A newer one makes them reload.
#[derive(Clone)]
pub struct Generation {
    pub project: Arc<Project>,
}

/// An event for a room's thread.
pub enum RoomEvent {
    /// First event of a thread: which room it is.
    Assign(RoomKey, Generation),
    Http(RoomRequest),
    /// The room's alarm is due.
    Alarm(DueAlarm),
    /// New code. The thread finishes what it is answering and starts it.
    Reload(Generation),
    /// End this life of the isolate, once it has finished what it is answering.
    Leave(Leaving),
    /// End now; the process is shutting down.
    Shutdown,
}

/// A request, or an upgrade, for a room.
pub struct RoomRequest {
    pub http: HttpRequest,
    pub reply: ReplySender,
    pub chain: Chain,
    pub kind: RequestKind,
}

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// For the room's handlers.
    Client,
    /// For the runtime's own part of the room; its URL is the call.
    Control,
}

/// What becomes of a room's sockets when its isolate goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// All are closed.
    Close,
    /// All stay open, as those of a room that hibernates do.
    Keep,
    /// As when new code comes.
    Restart,
}

/// An isolate that is to go.
pub struct Leaving {
    pub how: Leave,
    /// Told when it has gone, or how many sockets could not be kept.
    pub done: oneshot::Sender<Result<(), usize>>,
}

/// Which static handler is asked (sections 2.3 and 3).
#[derive(Debug)]
pub enum StaticCall {
    BeforeRequest {
        key: RoomKey,
        has_on_request: bool,
    },
    BeforeConnect {
        key: RoomKey,
    },
    Fetch,
    Socket,
    Scheduled,
    /// The runtime's own endpoint for crons.
    CronRequest,
    /// A cron's time has come.
    Cron(CronRun),
}

/// An event for the worker's thread.
pub enum WorkerEvent {
    Call {
        call: StaticCall,
        http: HttpRequest,
        reply: ReplySender,
    },
    /// A newer worker has taken over: end when the work in hand is done.
    Retire,
    Shutdown,
}

/// The answer to a request.
pub enum Reply {
    Response(HttpReply),
    /// 101 with user code's headers: whoever asked supplies the transport.
    Upgrade(TransportSlot, HeaderList),
    /// No handler wanted it; the router goes on.
    Pass,
}

/// Where the room waits for its socket's transport.
pub type TransportSlot = oneshot::Sender<Transport>;

/// What carries a WebSocket.
pub enum Transport {
    Tcp {
        stream: std::net::TcpStream,
        /// Bytes that were read past the upgrade.
        read_ahead: Bytes,
        /// Which end of the connection this is.
        role: Role,
    },
    Pipe(PipeEnd),
    /// Opened by this very thread.
    Dialled(Dialled),
}

/// One end of a socket between two isolates.
pub struct PipeEnd {
    pub sender: PipeSender,
    pub receiver: PipeReceiver,
}

pub enum PipeMessage {
    Message(Message),
    Close { code: Option<u16>, reason: String },
}

/// Sends to the other isolate. Dropping it without a Close loses the socket.
pub struct PipeSender {
    channel: mpsc::UnboundedSender<PipeMessage>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
}

pub struct PipeReceiver {
    channel: mpsc::UnboundedReceiver<PipeMessage>,
    waiting: Arc<AtomicUsize>,
}

/// Why a message does not reach the other end.
#[derive(Debug)]
pub enum PipeBroken {
    Gone,
    /// It reads too slowly.
    Full,
}

impl PipeSender {
    pub fn send(&self, message: PipeMessage) -> Result<(), PipeBroken> {
        let size = size(&message);
        if self.waiting.fetch_add(size, Ordering::Relaxed) + size > self.limit {
            return Err(PipeBroken::Full);
        }
        self.channel.send(message).map_err(|_| PipeBroken::Gone)
    }
}

impl PipeReceiver {
    pub async fn recv(&mut self) -> Option<PipeMessage> {
        let message = self.channel.recv().await?;
        self.waiting.fetch_sub(size(&message), Ordering::Relaxed);
        Some(message)
    }
}

fn size(message: &PipeMessage) -> usize {
    match message {
        PipeMessage::Message(Message::Text(bytes) | Message::Binary(bytes)) => bytes.len(),
        PipeMessage::Close { .. } => 0,
    }
}

/// Two connected ends. At most `limit` bytes wait in each direction.
pub fn pipe(limit: usize) -> (PipeEnd, PipeEnd) {
    let half = || {
        let (channel, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let sender = PipeSender {
            channel,
            waiting: waiting.clone(),
            limit,
        };
        (
            sender,
            PipeReceiver {
                channel: receiver,
                waiting,
            },
        )
    };
    let (to_b, from_a) = half();
    let (to_a, from_b) = half();
    (
        PipeEnd {
            sender: to_b,
            receiver: from_b,
        },
        PipeEnd {
            sender: to_a,
            receiver: from_a,
        },
    )
}
