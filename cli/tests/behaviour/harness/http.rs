//! HTTP/1.1 as bytes on a socket, so that tests see exactly what was sent.
//!
//! One request for each connection; no redirects, no decompression, no cookies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::PATIENCE;

/// `GET path` from whoever listens on `port`.
pub fn get(port: u16, path: &str) -> Response {
    request(port, "GET", path).send()
}

/// A request to whoever listens on `port`, to be completed and sent.
pub fn request(port: u16, method: &str, path: &str) -> Request {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the program listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("the duration is not zero");
    Request::new(stream, &format!("127.0.0.1:{port}"), method, path)
}

/// A request under construction.
pub struct Request {
    stream: TcpStream,
    host: String,
    line: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    head_only: bool,
}

impl Request {
    pub(super) fn new(stream: TcpStream, host: &str, method: &str, path: &str) -> Self {
        Self {
            stream,
            host: host.to_owned(),
            line: format!("{method} {path} HTTP/1.1\r\n"),
            headers: Vec::new(),
            body: None,
            head_only: method == "HEAD",
        }
    }

    /// Adds a header; `host` replaces the usual one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if name.eq_ignore_ascii_case("host") {
            self.host = value.to_owned();
        } else {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sets the body, sent with its length.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    /// Makes it a WebSocket handshake.
    pub fn upgrade(self) -> Self {
        self.header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// Sends it and reads the head of the answer.
    pub fn open(mut self) -> Incoming {
        let mut bytes = format!("{}Host: {}\r\n", self.line, self.host);
        if !self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("connection"))
        {
            bytes.push_str("Connection: close\r\n");
        }
        for (name, value) in &self.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            bytes.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend(self.body.unwrap_or_default());
        self.stream
            .write_all(&bytes)
            .expect("the server reads a request");
        Incoming::read(self.stream, self.head_only)
    }

    /// Sends it and reads the whole answer.
    pub fn send(self) -> Response {
        self.open().finish()
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Header lines in order, names as sent.
    pub headers: Vec<(String, String)>,
    /// Body without framing.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("Not JSON ({}): {}", self.status, self.text()))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().next()
    }

    /// All headers of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str()).collect()
    }
}

enum Framing {
    Nothing,
    Length(usize),
    Chunked,
    UntilClose,
}

/// An answer whose body is still arriving.
pub struct Incoming {
    /// The part that has arrived.
    pub so_far: Response,
    stream: BufReader<TcpStream>,
    framing: Framing,
}

impl Incoming {
    fn read(stream: TcpStream, head_only: bool) -> Self {
        let mut stream = BufReader::new(stream);
        let line = read_line(&mut stream);
        let mut words = line.splitn(3, ' ').skip(1);
        let status = words.next().and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("Not a status line: `{line}`"));
        let reason = words.next().unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let line = read_line(&mut stream);
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let so_far = Response {
            status,
            reason,
            headers,
            body: Vec::new(),
        };
        let framing = framing(&so_far, head_only);
        Self {
            so_far,
            stream,
            framing,
        }
    }

    /// Reads the next piece of the body; false at its end.
    pub fn piece(&mut self) -> bool {
        let mut piece = Vec::new();
        match &mut self.framing {
            Framing::Nothing => {}
            Framing::Length(length) => {
                piece.resize(std::mem::take(length), 0);
                self.stream
                    .read_exact(&mut piece)
                    .expect("the body has its stated length");
            }
            Framing::Chunked => {
                let size = read_line(&mut self.stream);
                let size = usize::from_str_radix(&size, 16)
                    .unwrap_or_else(|_| panic!("Not a chunk size: `{size}`"));
                piece.resize(size, 0);
                self.stream
                    .read_exact(&mut piece)
                    .expect("the chunk has its stated length");
                assert_eq!(
                    read_line(&mut self.stream),
                    "",
                    "A chunk ends with its line"
                );
            }
            Framing::UntilClose => {
                self.stream
                    .read_to_end(&mut piece)
                    .expect("the body ends with the connection");
                self.framing = Framing::Nothing;
            }
        }
        self.so_far.body.extend_from_slice(&piece);
        !piece.is_empty()
    }

    /// Reads the body to its end.
    pub fn finish(mut self) -> Response {
        while self.piece() {}
        self.so_far
    }

    /// The connection after a 101, with what was read too far.
    pub(super) fn into_stream(self) -> BufReader<TcpStream> {
        self.stream
    }
}

fn framing(head: &Response, head_only: bool) -> Framing {
    if head_only || matches!(head.status, 101 | 204 | 304) {
        return Framing::Nothing;
    }
    if head
        .header("transfer-encoding")
        .is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
    {
        return Framing::Chunked;
    }
    match head.header("content-length") {
        Some(length) => Framing::Length(length.parse().expect("a length is a number")),
        None => Framing::UntilClose,
    }
}

fn read_line(stream: &mut impl BufRead) -> String {
    let mut line = Vec::new();
    stream
        .read_until(b'\n', &mut line)
        .expect("the server answers in time");
    String::from_utf8_lossy(&line).trim_end().to_owned()
}
