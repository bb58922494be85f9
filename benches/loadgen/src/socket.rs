//! One WebSocket client connection (RFC 6455): handshake, frames out, messages in. Never decides what
//! to send. Written for speed over generality: it takes no fragments and no extensions, which no
//! server under test uses for small messages.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::LoadError;
use crate::http::Answer;

/// Client frames must be masked (RFC 6455, section 5.3); the key may be any.
const MASK: [u8; 4] = [0x1d, 0x70, 0xb5, 0x3c];
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Appends `payload` to `out` as one text frame of a client.
pub fn encode_text(payload: &[u8], out: &mut Vec<u8>) {
    encode(TEXT, payload, out);
}

/// Appends `payload` to `out` as one binary frame of a client.
pub fn encode_binary(payload: &[u8], out: &mut Vec<u8>) {
    encode(BINARY, payload, out);
}

fn encode(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        medium @ 126..65536 => {
            out.push(0x80 | 126);
            out.extend((medium as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
}

/// An open WebSocket.
pub struct Socket {
    stream: TcpStream,
    inbox: Vec<u8>,
}

impl Socket {
    /// Connects and completes the opening handshake.
    pub async fn connect(addr: SocketAddr, path: &str) -> Result<Socket, LoadError> {
        let mut stream = TcpStream::connect(addr).await.map_err(LoadError::Connect)?;
        stream.set_nodelay(true).map_err(LoadError::Connect)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: cGFydHlydW4gbG9hZGdlbg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .map_err(LoadError::Broken)?;
        let mut inbox = Vec::with_capacity(16 * 1024);
        let answer = loop {
            if stream
                .read_buf(&mut inbox)
                .await
                .map_err(LoadError::Broken)?
                == 0
            {
                return Err(LoadError::Closed);
            }
            if let Some(answer) = Answer::parse(&inbox)? {
                break answer;
            }
        };
        match answer.status {
            101 => {
                inbox.drain(..answer.length);
                Ok(Socket { stream, inbox })
            }
            got => Err(LoadError::Status { expected: 101, got }),
        }
    }

    /// Writes encoded frames.
    pub async fn write(&mut self, frames: &[u8]) -> Result<(), LoadError> {
        self.stream
            .write_all(frames)
            .await
            .map_err(LoadError::Broken)
    }

    /// Sends a Close frame with code 1000 and waits for the end, which is what it answers with.
    pub async fn close(mut self) -> LoadError {
        let mut frame = Vec::new();
        encode(CLOSE, &1000_u16.to_be_bytes(), &mut frame);
        if let Err(error) = self.write(&frame).await {
            return error;
        }
        loop {
            if let Err(end) = self.read(|_| {}).await {
                return end;
            }
        }
    }

    /// Waits for bytes, then gives every message that is complete to `each`. Answers pings.
    ///
    /// # Errors
    /// When the connection breaks, closes, or sends what this client does not take.
    pub async fn read(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), LoadError> {
        if self
            .stream
            .read_buf(&mut self.inbox)
            .await
            .map_err(LoadError::Broken)?
            == 0
        {
            return Err(LoadError::Closed);
        }
        let mut pongs = Vec::new();
        let mut at = 0;
        while let Some(frame) = Frame::parse(&self.inbox[at..])? {
            match frame.opcode {
                TEXT | BINARY => each(frame.payload),
                PING => encode(PONG, frame.payload, &mut pongs),
                PONG => {}
                CLOSE => return Err(close_reason(frame.payload)),
                other => return Err(LoadError::Frame(format!("opcode {other}"))),
            }
            at += frame.length;
        }
        self.inbox.drain(..at);
        if !pongs.is_empty() {
            self.write(&pongs).await?;
        }
        Ok(())
    }
}

fn close_reason(payload: &[u8]) -> LoadError {
    match payload {
        [high, low, ..] => LoadError::ClosedWithCode(u16::from_be_bytes([*high, *low])),
        _ => LoadError::Closed,
    }
}

/// One frame of a server, in place.
#[derive(Debug, PartialEq)]
struct Frame<'a> {
    opcode: u8,
    payload: &'a [u8],
    /// Bytes of head and payload together.
    length: usize,
}

impl Frame<'_> {
    /// Reads the frame that starts `bytes`; `None` while it is incomplete.
    fn parse(bytes: &[u8]) -> Result<Option<Frame<'_>>, LoadError> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0xf0 != 0x80 {
            return Err(LoadError::Frame(format!(
                "a fragment or reserved bits: {first:#04x}"
            )));
        }
        if second & 0x80 != 0 {
            return Err(LoadError::Frame("a masked frame from a server".to_owned()));
        }
        let (head, size) = match (second & 0x7f, rest) {
            (126, [a, b, ..]) => (4_usize, usize::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, b, c, d, e, f, g, h, ..]) => {
                let size = u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
                let size = usize::try_from(size)
                    .map_err(|_| LoadError::Frame(format!("a payload of {size} bytes")))?;
                (10, size)
            }
            (126 | 127, _) => return Ok(None),
            (size, _) => (2, usize::from(size)),
        };
        Ok(bytes
            .get(head..head.saturating_add(size))
            .map(|payload| Frame {
                opcode: first & 0x0f,
                payload,
                length: head + size,
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_standards_examples_are_read() {
        // RFC 6455, section 5.7: "Hello", unmasked.
        let hello = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
        let frame = Frame::parse(&hello).expect("valid").expect("complete");
        assert_eq!(
            frame,
            Frame {
                opcode: TEXT,
                payload: b"Hello",
                length: 7
            }
        );
        assert_eq!(Frame::parse(&hello[..6]).expect("valid"), None);
        assert_eq!(Frame::parse(&hello[..1]).expect("valid"), None);
    }

    #[test]
    fn longer_payloads_use_the_wider_lengths() {
        for (size, head) in [(256_usize, 4), (65536, 10)] {
            let mut bytes = vec![0x82];
            match head {
                4 => bytes.extend([&[126][..], &256_u16.to_be_bytes()].concat()),
                _ => bytes.extend([&[127][..], &65536_u64.to_be_bytes()].concat()),
            }
            assert_eq!(Frame::parse(&bytes).expect("valid"), None);
            bytes.resize(head + size, 7);
            let frame = Frame::parse(&bytes).expect("valid").expect("complete");
            assert_eq!((frame.payload.len(), frame.length), (size, head + size));
        }
    }

    #[test]
    fn fragments_and_masked_frames_are_refused() {
        assert!(Frame::parse(&[0x01, 0x00]).is_err());
        assert!(Frame::parse(&[0x81, 0x80, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn a_client_frame_is_masked_and_unmasks_to_its_payload() {
        for size in [0_usize, 5, 125, 126, 65535, 65536] {
            let payload = vec![0x61; size];
            let mut bytes = Vec::new();
            encode_text(&payload, &mut bytes);
            assert_eq!(bytes[0], 0x81);
            assert_eq!(bytes[1] & 0x80, 0x80);
            let head = match size {
                0..126 => 2,
                126..65536 => 4,
                _ => 10,
            };
            assert_eq!(bytes.len(), head + 4 + size);
            let unmasked: Vec<u8> = bytes[head + 4..]
                .iter()
                .zip(MASK.iter().cycle())
                .map(|(b, m)| b ^ m)
                .collect();
            assert_eq!(unmasked, payload);
        }
    }
}
