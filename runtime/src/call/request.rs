//! The events of rooms and of the worker, and what answers a request.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use partyrun_ops::message::{HeaderList, HttpReply, HttpRequest};
use tokio::sync::oneshot;

use super::address::{Chain, Generation, RoomKey};
use super::alarm::DueAlarm;
use super::beat::Beat;
use super::idle::IdleMark;
use super::look::Look;
use super::reply::ReplySender;
use super::standing::Probe;
use super::touch::Touch;
use super::transport::TransportSlot;
use crate::project::Trouble;

/// Where a thread belongs that was made ahead for another part of the process. Only whoever runs threads
/// knows what is in it.
pub type Home = Arc<dyn Any + Send + Sync>;

/// What runs on a room's thread for a while and is not the room's. It is dropped when the thread ends.
pub type Visitor = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An event for a room's thread.
pub enum RoomEvent {
    /// First event of a thread: which room it is, and where it belongs if that is elsewhere than it was
    /// made for.
    Assign(RoomKey, Generation, IdleMark, Option<Home>),
    Http(RoomRequest),
    /// The room's alarm is due.
    Alarm(DueAlarm),
    /// New code. The thread finishes what it is answering and starts it.
    Reload(Generation),
    /// End this life of the isolate, once it has finished what it is answering.
    Leave(Leaving),
    /// Go if you are idle: others need the memory.
    Evict,
    /// Do something to a connection.
    Touch(Touch),
    /// Show yourself.
    Look(Look),
    /// Say how you stand.
    Probe(Probe),
    /// Of the clock.
    Beat(Beat),
    /// Run a task beside the room.
    Visit(Visitor),
    /// See your verdict.
    Rouse,
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
    /// Say how you stand.
    Probe(Probe),
    /// Of the clock.
    Beat(Beat),
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
    /// User code failed: the answer, and what was reported.
    Failed(HttpReply, Box<Trouble>),
}

impl Reply {
    /// The answer alone, for those who show nobody how user code failed.
    #[must_use]
    pub fn settled(self) -> Reply {
        match self {
            Reply::Failed(reply, _) => Reply::Response(reply),
            reply => reply,
        }
    }
}

/// One run of a cron.
#[derive(Debug)]
pub struct CronRun {
    pub name: String,
    pub expression: String,
    /// The time it was due, in milliseconds since 1970.
    pub at_ms: i64,
}
