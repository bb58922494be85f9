//! One request to the control plane of a server, over a connection of its own. Knows as much of HTTP as that
//! takes; what is asked is its caller's business.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use partyrun_runtime::Whereabouts;
use serde_json::Value;

/// A server of this machine that is there takes a connection at once.
const CONNECT: Duration = Duration::from_secs(2);
/// A room may have to start first, and may have much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no answer, or not the one that was wanted.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("Nobody listens there")]
    Gone,
    /// Somebody listens there who is not the server.
    #[error("Another program listens there")]
    Other,
    #[error(
        "The room has not answered in {} s: it may be paused in a debugger, or wait in `onStart`",
        PATIENCE.as_secs()
    )]
    Slow,
    #[error("The connection to the server has failed: {0}")]
    Io(io::Error),
    /// The server says no.
    #[error("{message}")]
    Refused { code: String, message: String },
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => AskError::Slow,
            _ => AskError::Io(error),
        }
    }
}

/// Where requests go.
pub struct Asked {
    pub address: SocketAddr,
    pub token: String,
}

impl Asked {
    /// `None` if there is no address in it.
    pub fn of(whereabouts: &Whereabouts) -> Option<Asked> {
        let address = whereabouts.url.strip_prefix("http://")?;
        Some(Asked {
            address: address.parse().ok()?,
            token: whereabouts.token.clone(),
        })
    }

    /// Sends a request; gives the body of the answer, which is JSON or empty.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Result<String, AskError> {
        let connected = TcpStream::connect_timeout(&self.address, CONNECT);
        let mut stream = connected.map_err(|_| AskError::Gone)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let Asked { address, token } = self;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        answer(&bytes)
    }
}

/// What a response says.
fn answer(bytes: &[u8]) -> Result<String, AskError> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or(AskError::Other)?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| AskError::Other)?;
    let body = std::str::from_utf8(&bytes[end + 4..]).map_err(|_| AskError::Other)?;
    let status: u16 = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split([' ', '\r']).next())
        .and_then(|status| status.parse().ok())
        .ok_or(AskError::Other)?;
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    };
    if header("content-length").is_some_and(|length| length.parse() != Ok(body.len())) {
        return Err(AskError::Io(ErrorKind::UnexpectedEof.into()));
    }
    match status {
        200..=299 => Ok(body.to_owned()),
        // The token is another one: a server that was killed has left the file.
        401 => Err(AskError::Other),
        _ => {
            let body: Value = serde_json::from_str(body).map_err(|_| AskError::Other)?;
            let text = |field: &str| body["error"][field].as_str().map(str::to_owned);
            Err(AskError::Refused {
                code: text("code").ok_or(AskError::Other)?,
                message: text("message").ok_or(AskError::Other)?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_refusals_and_strangers_are_told_apart() {
        let json = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n";
        assert_eq!(answer(json.as_bytes()).expect("it is one"), "{}\n");
        let empty = "HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(answer(empty.as_bytes()).expect("it is one"), "");
        let refused =
            "HTTP/1.1 404 Not Found\r\n\r\n{\"error\":{\"code\":\"key\",\"message\":\"x\"}}";
        let error = answer(refused.as_bytes()).expect_err("it is refused");
        assert!(matches!(error, AskError::Refused { code, .. } if code == "key"));
        for stranger in [
            "",
            "220 mail",
            "HTTP/1.1 401 Unauthorized\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\nnothing",
        ] {
            let error = answer(stranger.as_bytes()).expect_err("it is no server of ours");
            assert!(matches!(error, AskError::Other), "{stranger}: {error:?}");
        }
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}";
        assert!(matches!(answer(cut.as_bytes()), Err(AskError::Io(_))));
    }
}
