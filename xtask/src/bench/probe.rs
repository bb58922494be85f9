//! Single HTTP requests, each on a connection of its own: is the server there, and which code answers?
//! Also the edit that makes other code answer. Never a load.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// A server that takes longer counts as not answering.
const LIMIT: Duration = Duration::from_secs(2);

/// A whole response.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// GETs `path`.
///
/// # Errors
/// Anything but a complete response: refused, reset, cut short, too slow.
pub fn get(addr: SocketAddr, path: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&addr, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk)?;
        bytes.extend_from_slice(&chunk[..count]);
        match parse(&bytes, count == 0) {
            Some(answer) => return Ok(answer),
            None if count == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            None => {}
        }
    }
}

/// Reads a response whose body ends at its length or, without one, where the connection does.
fn parse(bytes: &[u8], ended: bool) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length: Option<usize> = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok());
    let complete = length.map_or(ended, |length| body.len() >= length);
    complete.then(|| Answer {
        status,
        body: body.to_owned(),
    })
}

/// The text of a party's file with another value of `VERSION`, by which its answers tell the code.
///
/// # Errors
/// One line: the file cannot be read, or has no `VERSION`.
pub fn with_version(file: &Path, version: &str) -> Result<String, String> {
    let unusable = |reason: String| format!("Could not edit `{}`: {reason}", file.display());
    let text = fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    let (head, tail) = text
        .split_once("VERSION = \"")
        .and_then(|(head, rest)| Some((head, rest.split_once('"')?.1)))
        .ok_or_else(|| unusable("it has no `VERSION`".to_owned()))?;
    Ok(format!("{head}VERSION = \"{version}\"{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_cut_short_is_not_an_answer() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv0";
        let answer = Answer {
            status: 200,
            body: "v0".to_owned(),
        };
        assert_eq!(parse(whole, false), Some(answer));
        assert_eq!(parse(&whole[..whole.len() - 1], true), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-", true), None);
    }

    #[test]
    fn without_a_length_the_end_of_the_connection_counts() {
        let bytes = b"HTTP/1.1 503 Busy\r\n\r\nlater";
        assert_eq!(parse(bytes, false), None);
        let answer = Answer {
            status: 503,
            body: "later".to_owned(),
        };
        assert_eq!(parse(bytes, true), Some(answer));
    }

    #[test]
    fn the_projects_have_a_version_to_rewrite() {
        for project in ["project", "soak", "page"] {
            let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches");
            let text = with_version(&benches.join(project).join("server.ts"), "save-7");
            let text = text.expect("it has one");
            assert!(text.contains("const VERSION = \"save-7\";"), "{text}");
        }
        let failure = with_version(Path::new("/nowhere.ts"), "x").expect_err("no such file");
        assert!(
            failure.starts_with("Could not edit `/nowhere.ts`: "),
            "{failure}"
        );
    }

    #[test]
    fn a_closed_port_is_an_error() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("is bound");
        drop(listener);
        let error = get(addr, "/").expect_err("nobody listens");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
