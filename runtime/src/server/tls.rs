//! TLS in front of the same HTTP: the handshake (RFC 8446), and taking the encryption off a WebSocket
//! before its room gets it.
//!
//! A room owns a plain TCP socket, whose reads and writes are the program's fastest path. So that it
//! stays the only one, a WebSocket over TLS is decrypted here and carried to its room over a loopback
//! connection: one more hop, for those who ask for https only.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::identity::{self, TlsError};
use super::options::Identity;

/// A client that has not finished its handshake by then is dropped.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How every TLS connection begins: the content type of a handshake record.
const HANDSHAKE_RECORD: u8 = 22;
const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 36\r\n\r\nThis server speaks https: use https:";

/// Prepares handshakes with `identity`.
///
/// # Errors
/// When certificate or key cannot be read, or do not belong together.
pub fn acceptor(identity: &Identity) -> Result<TlsAcceptor, TlsError> {
    let mut config = identity::server_config(identity)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What came of a connection.
pub enum Welcome {
    Encrypted(Box<TlsStream<TcpStream>>),
    /// Plain HTTP from this machine: a room that reaches itself by `PARTYKIT_HOST` cannot know that
    /// https was asked for, nor trust the certificate.
    Plain(TcpStream),
    Refused,
}

/// Does the handshake with a new connection.
pub async fn welcome(acceptor: &TlsAcceptor, stream: TcpStream, peer: SocketAddr) -> Welcome {
    let handshake = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == HANDSHAKE_RECORD => match acceptor.accept(stream).await {
                Ok(stream) => Welcome::Encrypted(Box::new(stream)),
                // A browser that is yet to accept the certificate: it says so itself.
                Err(_) => Welcome::Refused,
            },
            Ok(1) if peer.ip().to_canonical().is_loopback() => Welcome::Plain(stream),
            Ok(1) => {
                let mut stream = stream;
                // A client that is gone needs no explanation.
                let _ = stream.write_all(PLAIN_HTTP).await;
                Welcome::Refused
            }
            _ => Welcome::Refused,
        }
    };
    tokio::time::timeout(HANDSHAKE_PATIENCE, handshake)
        .await
        .unwrap_or(Welcome::Refused)
}

/// Gives a plain socket that carries what `encrypted` carries, after the bytes `read_ahead` that were
/// read from it already. Waits for nothing: a request that comes after the client's first message must
/// not overtake it.
///
/// # Errors
/// When the system refuses a loopback connection.
pub fn unwrap(
    mut encrypted: TlsStream<TcpStream>,
    read_ahead: Bytes,
) -> io::Result<std::net::TcpStream> {
    let (near, far) = loopback()?;
    near.set_nodelay(true)?;
    let mut near = TcpStream::from_std(near)?;
    tokio::spawn(async move {
        // Either side may be lost at any time: then both are dropped, which the other one sees.
        if near.write_all(&read_ahead).await.is_ok() {
            let _ = copy_bidirectional(&mut encrypted, &mut near).await;
        }
    });
    Ok(far)
}

/// Two connected sockets that do not block.
fn loopback() -> io::Result<(std::net::TcpStream, std::net::TcpStream)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // The kernel completes this with the listener's queue; nobody has to accept.
    let near = std::net::TcpStream::connect(listener.local_addr()?)?;
    listener.set_nonblocking(true)?;
    loop {
        let (far, peer) = listener.accept()?;
        // Any other program of this machine could have been faster.
        if peer == near.local_addr()? {
            near.set_nonblocking(true)?;
            far.set_nonblocking(true)?;
            return Ok((near, far));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_has_its_stated_length() {
        let text = std::str::from_utf8(PLAIN_HTTP).expect("it is ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("it has a body");
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }
}
