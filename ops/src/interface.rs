//! What the ops need from the runtime: the [`Host`] of an isolate, and the values that cross it.
//! Owns no threads, no sockets and no V8 values; `runtime` implements the trait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;

use crate::bindings_interface::SharedBindings;
use crate::body_stream::BodyStream;
use crate::html::HtmlListener;
use crate::html::HtmlRewrite;
use crate::http_cache::CacheCall;
use crate::http_cache::CacheReply;
use crate::storage_interface::AlarmEnd;

/// A socket of this isolate. Never reused while the room lives.
pub type SocketId = u32;

/// One event of this isolate that wants exactly one answer ([`Host::respond`], [`Host::accept`],
/// [`Host::forward`]).
pub type RequestId = u32;

/// A body on its way between a client, an isolate and another isolate.
#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    Stream(BodyStream),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Body::Stream(stream) => write!(f, "Stream({:?})", stream.length),
        }
    }
}

/// Header names and values as byte strings, in the order of the wire, repeated names kept apart.
pub type HeaderList = Vec<(Bytes, Bytes)>;

/// A request as user code sees it (section 3.7).
#[derive(Debug)]
pub struct HttpRequest {
    pub method: String,
    /// Absolute URL.
    pub url: String,
    pub headers: HeaderList,
    pub body: Body,
    /// `Some(original Accept-Encoding)` for requests from the front door, whose `cf` is an object;
    /// `None` for requests that user code made.
    pub client_accept_encoding: Option<String>,
}

/// An answer to a request.
#[derive(Debug)]
pub struct HttpReply {
    pub status: u16,
    /// Reason phrase, empty for the usual one.
    pub reason: String,
    pub headers: HeaderList,
    pub body: Body,
}

/// A WebSocket message. The bytes of `Text` are UTF-8.
#[derive(Clone, Debug)]
pub enum Message {
    Text(Bytes),
    Binary(Bytes),
}

/// What a request to another room, or for a WebSocket of another server, came to.
pub enum StubReply {
    Response(HttpReply),
    /// The answer was 101: the far end of the socket waits for this isolate to accept or pass on.
    Socket(SocketId, HeaderList),
}

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

/// Where a socket of the room stands, for the hibernation manager (section 5.8).
#[derive(Clone, Debug)]
pub struct SocketRecord {
    pub id: SocketId,
    pub connection: String,
    pub uri: String,
    pub tags: Vec<String>,
}

pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The runtime's side of one isolate, called on that isolate's thread. Stored in `OpState` as
/// `Rc<dyn Host>`.
pub trait Host {
    /// A console call of user code, already formatted.
    fn console(&self, level: Level, text: String);
    /// User code asked for an empty screen.
    fn console_clear(&self);
    /// An exception of user code that nobody else reports. `stack` is source-mapped.
    fn user_error(&self, context: &str, stack: String);

    fn respond(&self, request: RequestId, reply: HttpReply);
    /// Answers an upgrade: `socket` becomes the server's end (101). `upgrade` is sent when everything
    /// that user code did before is on its way.
    /// `headers` are user code's own for the 101.
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

    /// A static file of the project, as the front door would answer; `path` is decoded.
    fn asset(&self, path: &str) -> Option<HttpReply>;

    /// A socket that is not connected yet: the server's end of an upgrade or of a `WebSocketPair`.
    fn socket_open(&self) -> SocketId;
    /// Opens a connection to elsewhere. Whether it succeeds is an event of the socket.
    fn socket_connect(&self, url: String, protocols: Vec<String>) -> SocketId;
    /// Asks another server for a WebSocket, with a request's own headers.
    fn fetch_socket(
        &self,
        url: String,
        headers: HeaderList,
    ) -> LocalFuture<Result<StubReply, String>>;
    /// Connects the far end (of [`StubReply::Socket`]) to this isolate.
    fn socket_accept(&self, socket: SocketId);
    fn socket_send(&self, socket: SocketId, message: Message);
    /// Starts, or answers, the closing handshake. `None` sends a Close frame without a code.
    fn socket_close(&self, socket: SocketId, code: Option<u16>, reason: &str);
    /// Makes the socket one that [`Host::broadcast`] reaches, or no longer.
    fn socket_member(&self, socket: SocketId, member: bool);
    /// Says which connection of the room the socket is, by its id.
    fn socket_name(&self, socket: SocketId, name: String);
    /// Sends one message to every member but `except`, encoded once.
    fn broadcast(&self, message: Message, except: &[SocketId]);

    /// Looks into, or changes, the project's `caches`.
    fn http_cache(&self, call: CacheCall) -> LocalFuture<Result<CacheReply, String>>;

    /// Starts to rewrite a document; `encoding` is a label.
    fn rewrite_html(
        &self,
        listeners: Vec<HtmlListener>,
        encoding: &str,
    ) -> Result<Rc<dyn HtmlRewrite>, String>;

    /// Keeps what a hibernating room needs to wake with this socket.
    fn socket_record(&self, record: SocketRecord);
    fn socket_records(&self) -> Vec<SocketRecord>;
    fn set_attachment(&self, socket: SocketId, bytes: Vec<u8>);
    fn attachment(&self, socket: SocketId) -> Option<Vec<u8>>;

    /// Closes the gate: events wait (but for re-entrant ones) until it opens again. Counts.
    fn gate_close(&self);
    fn gate_open(&self);
    /// The same for work on another thread that user code takes for a computation. Counts.
    fn gate_pause(&self);
    fn gate_resume(&self);
    /// Whether this instance is to end: what computes for it should.
    fn is_stopped(&self) -> bool;

    /// Work that outlives its handler (`waitUntil`): counted, so that the isolate is kept meanwhile.
    fn work_started(&self);
    fn work_finished(&self);
    /// An answer that is still being streamed: the isolate is kept meanwhile, but a reload ends it.
    fn stream_started(&self);
    fn stream_finished(&self);
    /// The handler of the room's alarm is about to run.
    fn alarm_begun(&self);
    /// The handler of the room's alarm has ended, or did not have to run. False when a failed one is not
    /// tried again: then the alarm is the caller's to delete.
    fn alarm_ended(&self, end: AlarmEnd) -> bool;

    /// The project's bindings.
    fn bindings(&self) -> SharedBindings;
    /// Says something on the console that is said once in the life of the process, whoever says it.
    fn say_once(&self, level: Level, text: &str);
    /// Ends this instance of the room: its state can no longer be trusted (section 2.5,
    /// `blockConcurrencyWhile`).
    fn reset(&self, reason: String);
}

/// The host as it is kept in `OpState`.
pub type SharedHost = Rc<dyn Host>;
