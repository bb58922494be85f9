//! One connection that is kept open and written to without waiting: what a test needs to say what
//! arrives before what.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use super::Dev;
use super::frames::masked;

/// A connection to the program, over which requests and frames go as the test says.
pub struct Line<S = TcpStream> {
    stream: BufReader<S>,
}

impl Line {
    /// Opens a connection and sends nothing.
    pub fn to(dev: &Dev) -> Self {
        Line::over(dev.connect())
    }

    /// Opens a connection and sends a WebSocket's handshake, without waiting for the answer.
    pub fn ws(dev: &Dev, path: &str) -> Self {
        let mut line = Line::to(dev);
        line.upgrade(path);
        line
    }

    /// An open WebSocket.
    pub fn open_ws(dev: &Dev, path: &str) -> Self {
        let mut line = Line::ws(dev, path);
        line.answer();
        line
    }

    /// The client's port.
    pub fn port(&self) -> u16 {
        let address = self.stream.get_ref().local_addr();
        address.expect("the connection is open").port()
    }

    /// Ends the client's direction: the server sees the end of the stream.
    pub fn end(&self) {
        let stream = self.stream.get_ref();
        stream
            .shutdown(Shutdown::Write)
            .expect("the connection is open");
    }

    /// Drops the connection with a reset.
    pub fn reset(self) {
        SockRef::from(self.stream.get_ref())
            .set_linger(Some(Duration::ZERO))
            .expect("a socket takes options");
    }
}

impl<S: Read + Write> Line<S> {
    /// Over a stream that is connected.
    pub fn over(stream: S) -> Self {
        Line {
            stream: BufReader::new(stream),
        }
    }

    /// Sends a request without a body.
    pub fn send(&mut self, method: &str, path: &str) {
        self.write(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
    }

    /// Sends a request without a body and gives its answer's body.
    pub fn ask(&mut self, method: &str, path: &str) -> String {
        self.send(method, path);
        self.answer()
    }

    /// Sends a WebSocket's handshake.
    pub fn upgrade(&mut self, path: &str) {
        let head = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        self.write(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}").as_bytes());
    }

    /// Sends a text message.
    pub fn text(&mut self, text: &str) {
        self.write(&masked(0x81, text.as_bytes()));
    }

    /// Sends text messages with one write.
    pub fn texts(&mut self, texts: &[String]) {
        let frames: Vec<_> = texts
            .iter()
            .map(|text| masked(0x81, text.as_bytes()))
            .collect();
        self.write(&frames.concat());
    }

    /// Sends a Close frame.
    pub fn close(&mut self) {
        self.write(&masked(0x88, &1000_u16.to_be_bytes()));
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).expect("the server reads");
        stream.flush().expect("the server reads");
    }

    /// The body of the next answer; empty for a 101.
    pub fn answer(&mut self) -> String {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream
                .read_line(&mut line)
                .expect("the server answers in time");
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length is a number");
            }
        }
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .expect("the body has its stated length");
        String::from_utf8(body).expect("the body is text")
    }

    /// Everything up to the end of the connection.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset ends it too.
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }
}
