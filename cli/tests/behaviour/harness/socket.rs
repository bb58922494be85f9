//! A WebSocket client that says what it expects next.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Response as Handshake;
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket};

use super::PATIENCE;

/// How a socket ended, seen from the client.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    /// Close code; 1005 when the frame had none, 1006 when no Close frame came.
    pub code: u16,
    /// Reason, may be empty.
    pub reason: String,
}

impl Closed {
    fn from_frame(frame: Option<CloseFrame>) -> Self {
        let empty = Self {
            code: 1005,
            reason: String::new(),
        };
        frame.map_or(empty, |frame| Self {
            code: frame.code.into(),
            reason: frame.reason.as_str().to_owned(),
        })
    }

    /// No Close frame came.
    pub fn without_frame() -> Self {
        Self {
            code: 1006,
            reason: String::new(),
        }
    }
}

/// An open client connection.
pub struct Socket {
    inner: WebSocket<TcpStream>,
    /// The answer to the handshake.
    pub handshake: Handshake,
}

impl Socket {
    pub(super) fn open(
        stream: TcpStream,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Self {
        let url = format!("ws://{host}{path}");
        let mut request = url
            .as_str()
            .into_client_request()
            .expect("the path is a URL's path");
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a test's header name");
            let value = HeaderValue::from_str(value).expect("a test's header value");
            request.headers_mut().insert(name, value);
        }
        let (inner, handshake) = tungstenite::client(request, stream)
            .unwrap_or_else(|error| panic!("The handshake with {path} failed: {error}"));
        Self { inner, handshake }
    }

    /// Sends text.
    pub fn send(&mut self, text: &str) {
        self.write(Message::text(text));
    }

    /// Sends bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.write(Message::binary(bytes.to_vec()));
    }

    /// Sends a ping and waits for its pong.
    pub fn ping(&mut self, payload: &[u8]) {
        self.write(Message::Ping(payload.to_vec().into()));
        let answer = self.inner.read().expect("a ping is answered");
        assert_eq!(answer, Message::Pong(payload.to_vec().into()));
    }

    fn write(&mut self, message: Message) {
        self.inner
            .send(message)
            .expect("an open socket takes a message");
    }

    fn next(&mut self) -> Message {
        loop {
            match self.inner.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(message) => return message,
                Err(error) => panic!("Expected a message, got: {error}"),
            }
        }
    }

    /// The next message, which is text.
    pub fn text(&mut self) -> String {
        match self.next() {
            Message::Text(text) => text.as_str().to_owned(),
            other => panic!("Expected text, got: {other:?}"),
        }
    }

    /// The next message, which is text holding JSON.
    pub fn json(&mut self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("Not JSON: {text}"))
    }

    /// The next message, which is binary.
    pub fn bytes(&mut self) -> Vec<u8> {
        match self.next() {
            Message::Binary(bytes) => bytes.to_vec(),
            other => panic!("Expected binary, got: {other:?}"),
        }
    }

    /// Sends text and gives the next message.
    pub fn ask(&mut self, text: &str) -> String {
        self.send(text);
        self.text()
    }

    /// Whether nothing arrives for `pause`. A message that does is dropped.
    pub fn is_quiet_for(&mut self, pause: Duration) -> bool {
        self.set_read_timeout(pause);
        let read = self.inner.read();
        self.set_read_timeout(PATIENCE);
        matches!(read, Err(Error::Io(error)) if is_timeout(error.kind()))
    }

    /// Asserts that nothing arrives for `pause`.
    pub fn quiet_for(&mut self, pause: Duration) {
        self.set_read_timeout(pause);
        match self.inner.read() {
            Err(Error::Io(error)) if is_timeout(error.kind()) => {}
            other => panic!("Expected silence, got: {other:?}"),
        }
        self.set_read_timeout(PATIENCE);
    }

    /// Starts the closing handshake and gives the server's answer.
    pub fn close(&mut self, code: u16, reason: &str) -> Closed {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        };
        self.inner
            .close(Some(frame))
            .expect("an open socket can be closed");
        self.closed()
    }

    /// Starts the closing handshake without a code.
    pub fn close_bare(&mut self) -> Closed {
        self.inner
            .close(None)
            .expect("an open socket can be closed");
        self.closed()
    }

    /// Sends text and gives the next message, or how the socket had ended meanwhile.
    pub fn ask_unless_closed(&mut self, text: &str) -> Result<String, Closed> {
        if self.inner.send(Message::text(text)).is_err() {
            return Err(self.closed());
        }
        match self.inner.read() {
            Ok(Message::Text(text)) => Ok(text.as_str().to_owned()),
            Ok(Message::Close(frame)) => Err(Closed::from_frame(frame)),
            Ok(other) => panic!("Expected text, got: {other:?}"),
            Err(_) => Err(Closed::without_frame()),
        }
    }

    /// Waits for the end, dropping messages on the way.
    pub fn closed(&mut self) -> Closed {
        let mut seen = None;
        loop {
            match self.inner.read() {
                Ok(Message::Close(frame)) => seen = Some(Closed::from_frame(frame)),
                Ok(_) => {}
                Err(Error::Io(error)) if is_timeout(error.kind()) && seen.is_none() => {
                    panic!("The server did not close the socket in time")
                }
                Err(_) => return seen.unwrap_or_else(Closed::without_frame),
            }
        }
    }

    /// Waits for the end and says how long it took.
    pub fn closed_within(&mut self, limit: Duration) -> Closed {
        let start = Instant::now();
        let closed = self.closed();
        assert!(
            start.elapsed() < limit,
            "Closing took {:?}",
            start.elapsed()
        );
        closed
    }

    fn set_read_timeout(&self, timeout: Duration) {
        let stream = self.inner.get_ref();
        stream
            .set_read_timeout(Some(timeout))
            .expect("the duration is not zero");
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
