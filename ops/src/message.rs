//! The values that cross between an isolate and its thread: bodies, requests, replies and socket
//! messages. Knows neither V8 nor any trait of the runtime.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::body_stream::BodyStream;

/// A socket of this isolate. Never reused while the room lives.
pub type SocketId = u32;

/// One event of this isolate that wants exactly one answer (see [`Requests`](crate::interface::Requests)).
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

/// Where a socket of the room stands, for the hibernation manager (section 5.8).
#[derive(Clone, Debug)]
pub struct SocketRecord {
    pub id: SocketId,
    pub connection: String,
    pub uri: String,
    pub tags: Vec<String>,
}

pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;
