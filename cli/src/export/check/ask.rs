//! One request over a connection of its own, and what of the answer is compared: status, type and body, or
//! the first texts of a socket. Knows as much of HTTP and WebSocket as that takes.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// How long an answer may take: a room starts for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a room says to a new connection, it says in this time.
const GREETING: Duration = Duration::from_millis(300);
/// Of a body that differs, so much is shown.
const SHOWN: usize = 200;

/// What is compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    kind: String,
    body: String,
}

impl Answer {
    /// Whether only the text is another one.
    pub fn has_the_kind_of(&self, other: &Answer) -> bool {
        (self.status, &self.kind) == (other.status, &other.kind)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.body.chars().take(SHOWN).collect();
        write!(formatter, "{} {} {body:?}", self.status, self.kind)
    }
}

/// Asks over HTTP.
pub fn ask(port: u16, method: &str, path: &str) -> io::Result<Answer> {
    let length = if method == "POST" {
        "Content-Length: 2\r\n"
    } else {
        ""
    };
    let body = if method == "POST" { "hi" } else { "" };
    let mut stream = connect(port)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{length}\r\n{body}"
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let (head, rest) = split(&bytes)?;
    answer(head, rest)
}

/// Opens a socket, and hears what it says by itself.
pub fn shake_hands(port: u16, path: &str) -> io::Result<Answer> {
    let mut stream = connect(port)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGFydHlydW4gY2hlY2tzIQ==\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while split(&bytes).is_err() {
        match stream.read(&mut buffer)? {
            0 => break,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    stream.set_read_timeout(Some(GREETING))?;
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    let (head, rest) = split(&bytes)?;
    match status(head)? {
        101 => Ok(Answer {
            status: 101,
            kind: "WebSocket".to_owned(),
            body: texts(rest).join("\n"),
        }),
        _ => answer(head, rest),
    }
}

/// The same for both servers, because user code sees it.
const HOST: &str = "localhost";

fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn split(bytes: &[u8]) -> io::Result<(&str, &[u8])> {
    let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "it is no HTTP response");
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(unreadable)?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| unreadable())?;
    Ok((head, &bytes[end + 4..]))
}

fn status(head: &str) -> io::Result<u16> {
    let word = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    word.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it has no status"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn answer(head: &str, body: &[u8]) -> io::Result<Answer> {
    let is_chunked = header(head, "transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let body = if is_chunked {
        unchunked(body)
    } else {
        body.to_vec()
    };
    // The spelling of a type is the platform's.
    let kind = header(head, "content-type")
        .unwrap_or("-")
        .to_lowercase()
        .replace(' ', "");
    Ok(Answer {
        status: status(head)?,
        kind,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok();
        let size = size
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok())
            .unwrap_or(0);
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|_| size > 0) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

/// The texts of whole frames; a server's are not masked.
fn texts(mut frames: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let [first, second, rest @ ..] = frames {
        let (length, rest) = match second & 0x7f {
            126 if rest.len() >= 2 => (
                usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                &rest[2..],
            ),
            126 | 127 => break,
            short => (usize::from(short), rest),
        };
        let Some(payload) = rest.get(..length) else {
            break;
        };
        match first & 0xf {
            1 => texts.push(String::from_utf8_lossy(payload).into_owned()),
            8 => texts.push(format!(
                "(closed: {})",
                payload
                    .first_chunk()
                    .map_or(1005, |code| u16::from_be_bytes(*code))
            )),
            _ => texts.push(format!("({} bytes)", payload.len())),
        }
        frames = &rest[length..];
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_make_one_body() {
        assert_eq!(unchunked(b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), b"abcd");
    }

    #[test]
    fn types_are_compared_and_not_their_spelling() {
        let of = |kind: &str| {
            answer(&format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}"), b"x").expect("an answer")
        };
        assert_eq!(
            of("text/plain;charset=UTF-8"),
            of("text/plain; charset=utf-8")
        );
        assert_ne!(of("text/plain"), of("text/html"));
    }

    #[test]
    fn frames_of_a_greeting_are_read() {
        let mut frames = vec![0x81, 2, b'h', b'i', 0x82, 1, 0];
        frames.extend([0x81, 126, 0, 130]);
        frames.extend([b'x'; 130]);
        frames.extend([0x88, 2, 0x03, 0xf3]);
        assert_eq!(
            texts(&frames),
            [
                "hi".to_owned(),
                "(1 bytes)".to_owned(),
                "x".repeat(130),
                "(closed: 1011)".to_owned()
            ]
        );
    }
}
