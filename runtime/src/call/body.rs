//! Bodies on their way in: whole when they are there already, else piece by piece while their reader is
//! at work. Knows nothing of requests.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as HttpBody, Incoming};
use partyrun_ops::body_stream::{BodySender, BodyStream, Unread, body_stream};
use partyrun_ops::message::Body;

/// A body whose declared length is at most this is one event instead of a stream, when it has come with
/// its head.
const COLLECT_BYTES: u64 = 64 << 10;
/// How often hyper is asked for more before a body counts as one that is still on its way: what has
/// arrived is handed on in turns of the connection's task.
const LOOKS: usize = 2;
const CHUNKS_IN_FLIGHT: usize = 8;

/// What a reader hears of a body whose sender went away.
pub const BROKEN_OFF: &str = "The request's body ended early";

/// Bytes of a body that nobody reads which are still taken from the client, so that it sees the
/// answer and not a reset.
const DISCARD_BYTES: usize = 16 << 20;
/// Takes the body of an answer that somebody else gave.
pub async fn take_body(incoming: Incoming) -> Body {
    match take(incoming).await {
        Taken::Empty => Body::Empty,
        Taken::Whole(bytes) => Body::Bytes(bytes),
        Taken::Broken(body) => body,
        Taken::Arriving {
            incoming,
            sender,
            stream,
        } => {
            tokio::spawn(pump(incoming, sender));
            Body::Stream(stream)
        }
    }
}

/// How much of a body is there.
pub enum Taken {
    Empty,
    Whole(Bytes),
    /// It broke off before anybody could read it.
    Broken(Body),
    /// `stream` has what has come so far; `sender` waits for what `incoming` still brings.
    Arriving {
        incoming: Incoming,
        sender: BodySender,
        stream: BodyStream,
    },
}

/// Takes what there is of a body.
pub async fn take(mut incoming: Incoming) -> Taken {
    if incoming.is_end_stream() {
        return Taken::Empty;
    }
    let length = incoming.size_hint().exact();
    let mut arrived = Bytes::new();
    if length.is_some_and(|length| length <= COLLECT_BYTES) {
        let arrival = arrival(&mut incoming).await;
        match arrival.end {
            Some(Ok(())) => return Taken::Whole(arrival.bytes),
            Some(Err(message)) => {
                return Taken::Broken(broken(arrival.bytes, length, message).await);
            }
            None => arrived = arrival.bytes,
        }
    }
    let (sender, stream) = body_stream(CHUNKS_IN_FLIGHT, length);
    if !arrived.is_empty() {
        sender.send(arrived).await.expect("its reader is here");
    }
    Taken::Arriving {
        incoming,
        sender,
        stream,
    }
}

/// A body that broke off before anybody could read it.
async fn broken(arrived: Bytes, length: Option<u64>, message: String) -> Body {
    let (sender, stream) = body_stream(1, length);
    if !arrived.is_empty() {
        sender.send(arrived).await.expect("its reader is here");
    }
    sender.fail(message);
    Body::Stream(stream)
}

/// What there is of a body, and how it ended if it has.
struct Arrival {
    bytes: Bytes,
    end: Option<Result<(), String>>,
}

/// What there is of a body without waiting for the client.
async fn arrival(incoming: &mut Incoming) -> Arrival {
    let mut pieces = Vec::new();
    let mut looks = LOOKS;
    let end = poll_fn(|cx| {
        loop {
            match look(incoming, cx) {
                Poll::Ready(Piece::Data(data)) => {
                    pieces.push(data);
                    looks = LOOKS;
                }
                Poll::Ready(Piece::End(how)) => return Poll::Ready(Some(how)),
                Poll::Pending if looks == 0 => return Poll::Ready(None),
                Poll::Pending => {
                    looks -= 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    })
    .await;
    Arrival {
        bytes: joined(pieces),
        end,
    }
}

fn joined(mut pieces: Vec<Bytes>) -> Bytes {
    if pieces.len() < 2 {
        return pieces.pop().unwrap_or_default();
    }
    let mut whole = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    whole.freeze()
}

/// A piece of a body, or its end.
pub enum Piece {
    Data(Bytes),
    End(Result<(), String>),
}

/// The next piece of a body. Trailers are nobody's.
fn look(incoming: &mut Incoming, cx: &mut Context<'_>) -> Poll<Piece> {
    loop {
        if incoming.is_end_stream() {
            return Poll::Ready(Piece::End(Ok(())));
        }
        let piece = match Pin::new(&mut *incoming).poll_frame(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => Piece::End(Ok(())),
            Poll::Ready(Some(Err(error))) => Piece::End(Err(why(&error))),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Piece::Data(data),
                Err(_trailers) => continue,
            },
        };
        return Poll::Ready(piece);
    }
}

/// Waits for the next piece of a body.
pub async fn next(incoming: &mut Incoming) -> Piece {
    poll_fn(|cx| look(incoming, cx)).await
}

fn why(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => format!("{BROKEN_OFF}: {source}"),
        None => format!("{BROKEN_OFF}: {error}"),
    }
}

/// Ends with the body, or with its reader.
async fn pump(mut incoming: Incoming, sender: BodySender) {
    loop {
        match next(&mut incoming).await {
            Piece::Data(data) => {
                if sender.send(data).await == Err(Unread) {
                    return discard(&mut incoming).await;
                }
            }
            Piece::End(Ok(())) => return sender.finish(),
            Piece::End(Err(message)) => return sender.fail(message),
        }
    }
}

/// Ends when the body does, or when there is too much of it.
pub async fn discard(incoming: &mut Incoming) {
    let mut left = DISCARD_BYTES;
    while let Piece::Data(data) = next(incoming).await {
        match left.checked_sub(data.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
