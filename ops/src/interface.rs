//! What the ops need from the runtime, one narrow trait for each concern: [`Console`], [`Requests`],
//! [`Sockets`] and [`Gates`]. The runtime implements them and puts one of each into an isolate's
//! `OpState`; they are called on that isolate's thread. Owns no thread, no socket and no V8 value.

use std::rc::Rc;

use crate::message::{
    HeaderList, HttpReply, HttpRequest, LocalFuture, Message, RequestId, SocketId, SocketRecord,
    StubReply,
};
use crate::storage_interface::AlarmEnd;

/// Severity of a console call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Log,
    Info,
    Warn,
    Error,
    /// A stack that was asked for.
    Trace,
}

impl Level {
    /// From the numbers of `js/src/12_console.js`.
    pub fn from_console(level: i32) -> Level {
        match level {
            0 => Level::Debug,
            2 => Level::Warn,
            3 => Level::Error,
            4 => Level::Trace,
            _ => Level::Log,
        }
    }
}

/// Where V8 has a function: a position in the text that it was given, counted from 1, and the name before it.
#[derive(Debug, Default)]
pub struct FunctionPlace {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub name: String,
}

/// What an isolate reports to the person at the terminal.
pub trait Console {
    /// A console call of user code, already formatted.
    fn console(&self, level: Level, text: String);
    /// User code asked for an empty screen.
    fn console_clear(&self);
    /// An exception of user code that nobody else reports. `stack` is source-mapped.
    fn user_error(&self, context: &str, stack: String);
    /// A message that is printed once in the life of the process, whichever isolate sends it.
    fn say_once(&self, level: Level, text: &str);
    /// Something about this room that a client or a handler is told and the developer may not see; told once
    /// for each `kind` and party. `text` goes on from the room's name.
    fn tell_once(&self, kind: &str, text: &str) {
        let _ = (kind, text);
    }
    /// A warning about a function of user code.
    fn warn_of(&self, function: FunctionPlace, text: String) {
        let _ = function;
        self.console(Level::Warn, text);
    }
    /// Whether a debugger is there to be shown what is printed.
    fn is_inspected(&self) -> bool {
        false
    }
}

/// The requests that an isolate answers and makes. How a reply travels, and over which transport, is
/// the implementor's business.
pub trait Requests {
    fn respond(&self, request: RequestId, reply: HttpReply);
    /// Answers a request whose handler failed, just after that was reported.
    fn fail(&self, request: RequestId, reply: HttpReply) {
        self.respond(request, reply);
    }
    /// Answers an upgrade: `socket` becomes the server's end (101). The 101 is sent when everything
    /// that user code did before is on its way. `headers` are user code's own for the 101.
    fn accept(&self, request: RequestId, socket: SocketId, headers: HeaderList);
    /// Leaves a request of the front door to the router: `onFetch` did not want it.
    fn pass(&self, request: RequestId);
    /// Hands a request of the front door to a room, which answers in this isolate's place.
    fn forward(&self, request: RequestId, party: String, room: String, http: HttpRequest);
    /// A request from this isolate to a room, in-process.
    fn stub_fetch(
        &self,
        party: String,
        room: String,
        http: HttpRequest,
    ) -> LocalFuture<Result<StubReply, String>>;
    /// Asks another server for a WebSocket, with a request's own headers.
    fn fetch_socket(
        &self,
        url: String,
        headers: HeaderList,
    ) -> LocalFuture<Result<StubReply, String>>;
    /// A static file of the project, as the front door would answer; `path` is decoded.
    fn asset(&self, path: &str) -> Option<HttpReply>;
}

/// The WebSockets of an isolate.
pub trait Sockets {
    /// A socket that is not connected yet: the server's end of an upgrade or of a `WebSocketPair`.
    fn socket_open(&self) -> SocketId;
    /// Opens a connection to elsewhere. Whether it succeeds is an event of the socket.
    fn socket_connect(&self, url: String, protocols: Vec<String>) -> SocketId;
    /// Connects the far end (of [`StubReply::Socket`]) to this isolate.
    fn socket_accept(&self, socket: SocketId);
    fn socket_send(&self, socket: SocketId, message: Message);
    /// Starts, or answers, the closing handshake. `None` sends a Close frame without a code.
    fn socket_close(&self, socket: SocketId, code: Option<u16>, reason: &str);
    /// Sets whether [`Sockets::broadcast`] reaches the socket.
    fn socket_member(&self, socket: SocketId, member: bool);
    /// Sets the id of the connection that the socket belongs to.
    fn socket_name(&self, socket: SocketId, name: String);
    /// Keeps a socket open for the code that comes, which is given `left` of it.
    fn socket_keep(&self, socket: SocketId, left: Vec<u8>);
    /// Says why a connection cannot be kept, in words that follow "sockets", and which function is the reason.
    fn socket_keep_not(&self, socket: SocketId, why: &str, place: Option<FunctionPlace>);
    /// A kept socket has been connected again, or closed: its events go on.
    fn socket_resumed(&self, socket: SocketId);
    /// Sends one message to every member but `except`, encoded once.
    fn broadcast(&self, message: Message, except: &[SocketId]);
    /// Keeps what a hibernating room needs to wake with this socket.
    fn socket_record(&self, record: SocketRecord);
    fn socket_records(&self) -> Vec<SocketRecord>;
    fn set_attachment(&self, socket: SocketId, bytes: Vec<u8>);
    fn attachment(&self, socket: SocketId) -> Option<Vec<u8>>;
}

/// The life of an isolate: what holds its events back, what keeps it alive, and what ends it.
pub trait Gates {
    /// Closes the gate: events wait, except for re-entrant ones, until it opens again. Counts.
    fn gate_close(&self);
    fn gate_open(&self);
    /// Closes the gate while another thread computes something that user code sees as synchronous.
    /// Counts.
    fn gate_pause(&self);
    fn gate_resume(&self);
    /// Whether this instance is condemned: what computes for it should end.
    fn is_stopped(&self) -> bool;
    /// Whether what Rust holds for this isolate is within its limit.
    fn has_room(&self) -> bool;

    /// Work that outlives its handler (`waitUntil`): counted, so that the isolate is kept meanwhile.
    fn work_started(&self);
    fn work_finished(&self);
    /// An answer that is still being streamed: the isolate is kept meanwhile, but a reload ends it.
    fn stream_started(&self);
    fn stream_finished(&self);
    /// The handler of the room's alarm is about to run.
    fn alarm_begun(&self);
    /// The handler of the room's alarm has ended, or did not have to run. Returns false if a failed
    /// one is not tried again: then the caller deletes the alarm.
    fn alarm_ended(&self, end: AlarmEnd) -> bool;

    /// Ends this instance of the room: its state can no longer be trusted (section 2.5,
    /// `blockConcurrencyWhile`).
    fn reset(&self, reason: String);
}

/// The clock that an isolate goes by, if that can be told to show another time than the system's. All times
/// are whole milliseconds.
pub trait Time {
    /// Since 1970.
    fn now_ms(&self) -> i64;
    /// Whether it has been told to.
    fn is_controlled(&self) -> bool;
    /// What has passed by it, which never goes back: what timers count by.
    fn passed_ms(&self) -> i64;
    /// The isolate's first timer is due at `due`, by what has passed; `None` if it has none. Returns how long
    /// to wait, in real milliseconds, before it is to be looked at; `None` if it will be told.
    fn next_timer(&self, due: Option<i64>) -> Option<i64>;
}

pub type SharedTime = Rc<dyn Time>;
pub type SharedConsole = Rc<dyn Console>;
pub type SharedRequests = Rc<dyn Requests>;
pub type SharedSockets = Rc<dyn Sockets>;
pub type SharedGates = Rc<dyn Gates>;
