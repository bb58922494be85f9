//! What comes on one WebSocket, until it ends: a message that begins with `all:` goes to everybody else in the room,
//! any other comes back. Never writes to a stream: that is `peer`'s.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use crate::peer::Peer;
use crate::room::Room;

/// Serves a connection whose handshake is done; `early` has come with it.
pub async fn run(stream: TcpStream, early: Bytes, room: Arc<Room>) {
    let (read, write) = stream.into_split();
    let peer = Peer::new(write);
    room.join(&peer);
    let incoming = Incoming {
        early,
        stream: read,
    };
    let mut socket = WebSocket::after_handshake(incoming, Role::Server);
    // Both would be written past what waits.
    socket.set_auto_close(false);
    socket.set_auto_pong(false);
    let mut turn = Turn::default();
    loop {
        let frame = {
            let mut reading = pin!(socket.read_frame());
            match poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    std::mem::take(&mut turn).end(&peer, &room);
                    reading.await
                }
            }
        };
        let Ok(frame) = frame else { break };
        if !turn.take(frame, &peer, &room) {
            break;
        }
    }
    turn.end(&peer, &room);
    room.leave(&peer);
}

/// All that was read at once. What it leaves to be sent goes at its end.
#[derive(Default)]
struct Turn {
    has_echoed: bool,
    has_broadcast: bool,
}

impl Turn {
    /// Handles one frame; `false` if it was the last one.
    fn take(&mut self, frame: Frame<'_>, peer: &Arc<Peer>, room: &Room) -> bool {
        match frame.opcode {
            OpCode::Text if frame.payload.starts_with(b"all:") => {
                room.broadcast(&encode(OpCode::Text, frame.payload), peer);
                self.has_broadcast = true;
            }
            OpCode::Text | OpCode::Binary => self.echo(frame.opcode, frame.payload, peer),
            OpCode::Ping => self.echo(OpCode::Pong, frame.payload, peer),
            OpCode::Close => {
                self.echo(OpCode::Close, frame.payload, peer);
                return false;
            }
            // The load generator sends no fragments.
            OpCode::Pong | OpCode::Continuation => {}
        }
        true
    }

    fn echo(&mut self, opcode: OpCode, payload: Payload<'_>, peer: &Peer) {
        peer.push(encode(opcode, payload));
        self.has_echoed = true;
    }

    fn end(self, peer: &Arc<Peer>, room: &Room) {
        if self.has_broadcast {
            room.flush();
        }
        if self.has_echoed {
            peer.flush();
        }
    }
}

fn encode(opcode: OpCode, payload: Payload<'_>) -> Bytes {
    let mut frame = Frame::new(true, opcode, None, payload);
    let mut head = [0; 16];
    let size = frame.fmt_head(&mut head);
    let mut bytes = Vec::with_capacity(size + frame.payload.len());
    bytes.extend_from_slice(&head[..size]);
    bytes.extend_from_slice(&frame.payload);
    bytes.into()
}

/// The reading side, as fastwebsockets wants it: a stream that can be written to, and is not.
struct Incoming {
    early: Bytes,
    stream: OwnedReadHalf,
}

impl AsyncRead for Incoming {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        let length = self.early.len().min(into.remaining());
        into.put_slice(&self.early[..length]);
        self.early.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Incoming {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_is_not_masked() {
        let bytes = encode(OpCode::Text, Payload::Borrowed(b"Hello"));
        assert_eq!(&bytes[..], b"\x81\x05Hello");
    }
}
