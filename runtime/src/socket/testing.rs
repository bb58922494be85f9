//! What the wire tests share: a loopback connection whose far end speaks literal bytes.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::{Limits, Outbox, Reader, Role, open};

/// Longer than anything on loopback takes; reaching it is a failure.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough for something wrong to happen on loopback.
pub const A_WHILE: Duration = Duration::from_millis(50);

/// Runs a test the way a room thread runs: one thread, tasks that are not `Send`.
pub fn on_room_thread(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the test");
    LocalSet::new()
        .block_on(&runtime, async {
            tokio::time::timeout(PATIENCE, test).await
        })
        .expect("the test does not hang");
}

/// The far end of a connection.
pub struct Peer(pub TcpStream);

impl Peer {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the bytes are sent");
    }

    /// Exactly the next `length` bytes.
    pub async fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0
            .read_exact(&mut bytes)
            .await
            .expect("the bytes arrive");
        bytes
    }

    /// Everything up to the end of the stream.
    pub async fn receive_all(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0
            .read_to_end(&mut bytes)
            .await
            .expect("the stream ends");
        bytes
    }

    /// Whether nothing arrives for a while.
    pub async fn is_silent(&mut self) -> bool {
        let mut byte = [0];
        tokio::time::timeout(A_WHILE, self.0.peek(&mut byte))
            .await
            .is_err()
    }
}

/// An open connection in the given role and its far end.
pub async fn connect_as(role: Role, limits: Limits, read_ahead: &[u8]) -> (Reader, Outbox, Peer) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a loopback port");
    let address = listener.local_addr().expect("the port is bound");
    let (far, near) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (near, _) = near.expect("the connection is accepted");
    let read_ahead = Bytes::copy_from_slice(read_ahead);
    let (reader, outbox) =
        open(super::Stream::Plain(near), read_ahead, role, limits).expect("the stream is alive");
    (reader, outbox, Peer(far.expect("the connection is made")))
}

/// A server's connection with the usual limits.
pub async fn connect() -> (Reader, Outbox, Peer) {
    connect_as(Role::Server, Limits::default(), b"").await
}

/// A client frame: `first` is its first byte, the key is not zero.
pub fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0xa5, 0x5a, 0x0f, 0xf0];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            bytes.push(0xfe);
            bytes.extend((medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(0xff);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(key);
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k));
    bytes
}
