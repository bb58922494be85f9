//! Joins a connection that user code opened, and never accepted, with whoever it was passed on to:
//! a client of ours, or another room. Owns both ends until one of them is over.

use bytes::Bytes;
use partyrun_ops::message::Message;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use crate::call::{PipeBroken, PipeEnd, PipeMessage, Transport};
use crate::socket::{self, Dialled, Frame, Inbound, Limits, Outbox, Reader, Refused, Role, Stream};

/// Why two joined connections are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// One of the ends was.
    Over,
    /// One of the ends did not read, and more waited for it than may.
    TooSlow,
}

/// Carries both directions until either end is over.
pub async fn splice(dialled: Dialled, to: Transport, limits: Limits) -> Ended {
    match to {
        Transport::Tcp {
            stream, read_ahead, ..
        } => {
            let Ok(client) = TcpStream::from_std(stream) else {
                return Ended::Over;
            };
            match dialled.stream {
                Stream::Plain(far) => copy(client, read_ahead, far, dialled.read_ahead).await,
                Stream::Tls(far) => copy(client, read_ahead, *far, dialled.read_ahead).await,
            }
            Ended::Over
        }
        Transport::Pipe(end) => {
            let opened = socket::open(dialled.stream, dialled.read_ahead, Role::Client, limits);
            match opened {
                Ok((reader, outbox)) => relay(reader, outbox, end).await,
                Err(_) => Ended::Over,
            }
        }
        // Another connection of our own cannot be passed on to.
        Transport::Dialled(_) => Ended::Over,
    }
}

/// The client masks and the far server does not, as on a connection between the two, so frames go
/// through as they are.
async fn copy(
    mut client: TcpStream,
    from_client: Bytes,
    mut far: impl AsyncRead + AsyncWrite + Unpin,
    from_far: Bytes,
) {
    let _ = client.set_nodelay(true);
    let begun = async {
        client.write_all(&from_far).await?;
        far.write_all(&from_client).await?;
        far.flush().await
    };
    if begun.await.is_ok() {
        // However it ends, both ends are dropped, which each peer sees.
        let _ = copy_bidirectional(&mut client, &mut far).await;
    }
}

async fn relay(mut reader: Reader, outbox: Outbox, end: PipeEnd) -> Ended {
    let PipeEnd {
        sender,
        mut receiver,
    } = end;
    let ended = loop {
        tokio::select! {
            inbound = reader.next() => {
                let (message, last) = match inbound {
                    Inbound::Text(text) => (Message::Text(Bytes::copy_from_slice(&text)), None),
                    Inbound::Binary(bytes) => (Message::Binary(Bytes::copy_from_slice(&bytes)), None),
                    Inbound::Close { code, reason } => {
                        (Message::Text(Bytes::new()), Some(PipeMessage::Close { code, reason }))
                    }
                    Inbound::TooLarge { .. } | Inbound::Protocol { .. } | Inbound::Lost => {
                        break Ended::Over;
                    }
                };
                let over = last.is_some();
                match sender.send(last.unwrap_or(PipeMessage::Message(message))) {
                    Err(PipeBroken::Full) => break Ended::TooSlow,
                    Err(PipeBroken::Gone) => break Ended::Over,
                    Ok(()) if over => break Ended::Over,
                    Ok(()) => {}
                }
            }
            message = receiver.recv() => match message {
                Some(PipeMessage::Message(message)) => {
                    let frame = match message {
                        Message::Text(text) => Frame::text_bytes(text),
                        Message::Binary(bytes) => Frame::binary(bytes),
                    };
                    match outbox.push(&frame, 0) {
                        Ok(()) => outbox.flush(),
                        Err(Refused::Full { .. }) => break Ended::TooSlow,
                        Err(Refused::Closed) => break Ended::Over,
                    }
                }
                Some(PipeMessage::Close { code, reason }) => {
                    outbox.close(code, &reason, 0);
                    outbox.flush();
                }
                None => break Ended::Over,
            },
        }
    };
    outbox.abort();
    ended
}
