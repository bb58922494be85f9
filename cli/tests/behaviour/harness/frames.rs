//! WebSocket frames written and read byte by byte (RFC 6455, section 5.2).

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::http::Incoming;
use super::socket::Closed;

/// First bytes of frames: the opcode, with FIN where a message ends.
pub mod opcode {
    /// Begins a text that goes on.
    pub const FIRST: u8 = 0x01;
    /// Goes on with a message that goes on.
    pub const MORE: u8 = 0x00;
    /// Ends a message of several frames.
    pub const LAST: u8 = 0x80;
    pub const TEXT: u8 = 0x81;
    pub const BINARY: u8 = 0x82;
    pub const CLOSE: u8 = 0x88;
    pub const PING: u8 = 0x89;
    pub const PONG: u8 = 0x8a;
}

/// An upgraded connection with no protocol of its own.
pub struct RawSocket {
    stream: BufReader<TcpStream>,
}

/// The key all masked test frames use.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client sends it. `first` is the byte with FIN, reserved bits and opcode.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len(), 0x80);
    frame.extend(MASK);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

/// A frame as only a server may send it.
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len(), 0);
    frame.extend(payload);
    frame
}

fn header(first: u8, length: usize, mask_bit: u8) -> Vec<u8> {
    let mut header = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => header.push(mask_bit | short),
        (_, Ok(medium)) => {
            header.push(mask_bit | 126);
            header.extend(medium.to_be_bytes());
        }
        _ => {
            header.push(mask_bit | 127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

impl RawSocket {
    pub(super) fn new(answer: Incoming) -> Self {
        assert_eq!(
            answer.so_far.status, 101,
            "The handshake was refused: {:?}",
            answer.so_far
        );
        Self {
            stream: answer.into_stream(),
        }
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stream
            .get_mut()
            .write_all(bytes)
            .expect("the server still reads");
    }

    /// Writes bytes for as long as the peer takes them within `patience`; gives how many went.
    pub fn write_until_stuck(&mut self, bytes: &[u8], patience: Duration) -> usize {
        let stream = self.stream.get_mut();
        stream
            .set_write_timeout(Some(patience))
            .expect("the duration is not zero");
        let mut sent = 0;
        while sent < bytes.len() {
            match stream.write(&bytes[sent..]) {
                Ok(length) => sent += length,
                Err(_) => break,
            }
        }
        sent
    }

    /// The next frame: its first byte and its payload; `None` when the connection ended.
    pub fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        match self.stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("The server sent nothing in time")
            }
            Err(_) => return None,
        }
        assert_eq!(head[1] & 0x80, 0, "A server's frame is not masked");
        let length = match head[1] {
            126 => u64::from(u16::from_be_bytes(self.exactly())),
            127 => u64::from_be_bytes(self.exactly()),
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).expect("a frame fits in memory")];
        self.stream
            .read_exact(&mut payload)
            .expect("a frame has its stated length");
        Some((head[0], payload))
    }

    fn exactly<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream
            .read_exact(&mut bytes)
            .expect("a frame has a whole header");
        bytes
    }

    /// The next text message.
    pub fn text(&mut self) -> String {
        let (first, payload) = self.frame().expect("the connection is open");
        assert_eq!(first, 0x81, "Expected a whole text frame");
        String::from_utf8(payload).expect("text is UTF-8")
    }

    /// Waits for a Close frame, or the end of the connection, which counts as 1006.
    pub fn closed(&mut self) -> Closed {
        while let Some((first, payload)) = self.frame() {
            if first & 0x0f == 8 {
                let (code, reason) = match payload.split_first_chunk() {
                    Some((code, reason)) => (u16::from_be_bytes(*code), reason),
                    None => (1005, &[][..]),
                };
                let reason = std::str::from_utf8(reason)
                    .expect("a reason is UTF-8")
                    .to_owned();
                return Closed { code, reason };
            }
        }
        Closed::without_frame()
    }

    /// Ends the client's direction; the server sees end of file.
    pub fn end(&mut self) {
        self.stream
            .get_ref()
            .shutdown(Shutdown::Write)
            .expect("the connection is open");
    }
}
