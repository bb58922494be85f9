//! Bodies on their way in: whole when they are there already, else piece by piece while their reader is
//! at work. Says nothing of what is answered.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as HttpBody, Incoming};
use partyrun_ops::body_stream::{BodySender, Unread, body_stream};
use partyrun_ops::message::Body;

use super::exchange::{Exchange, Owed, Paid, owed};

/// A body whose declared length is at most this is one event instead of a stream, when it has come with
/// its head.
const COLLECT_BYTES: u64 = 64 << 10;
/// How often hyper is asked for more before a body counts as one that is still on its way: what has
/// arrived is handed on in turns of the connection's task.
const LOOKS: usize = 2;
const CHUNKS_IN_FLIGHT: usize = 8;

/// What a reader hears that goes on after the answer: the original's words.
const ANSWERED: &str = "Can't read from request stream after response has been sent.";
const BROKEN_OFF: &str = "The request's body ended early";

/// Bytes of a body that nobody reads which are still taken from the client, so that it sees the
/// answer and not a reset.
const DISCARD_BYTES: usize = 16 << 20;
/// How long after the answer they are taken.
const DISCARD_PATIENCE: Duration = Duration::from_secs(30);

/// Takes the body of an answer that somebody else gave.
pub async fn take_body(incoming: Incoming) -> Body {
    take(incoming, None).await.0
}

/// Takes a client's body. [`Owed`] is held until its request is answered.
pub async fn take_request(incoming: Incoming, exchange: &Arc<Exchange>) -> (Body, Option<Owed>) {
    take(incoming, Some(exchange)).await
}

async fn take(mut incoming: Incoming, exchange: Option<&Arc<Exchange>>) -> (Body, Option<Owed>) {
    if incoming.is_end_stream() {
        return (Body::Empty, None);
    }
    let length = incoming.size_hint().exact();
    let mut arrived = Bytes::new();
    if length.is_some_and(|length| length <= COLLECT_BYTES) {
        let arrival = arrival(&mut incoming).await;
        match arrival.end {
            Some(Ok(())) => {
                if let Some(exchange) = exchange {
                    exchange.body_is_whole();
                }
                return (Body::Bytes(arrival.bytes), None);
            }
            Some(Err(message)) => return (broken(arrival.bytes, length, message).await, None),
            None => arrived = arrival.bytes,
        }
    }
    let (sender, stream) = body_stream(CHUNKS_IN_FLIGHT, length);
    if !arrived.is_empty() {
        sender.send(arrived).await.expect("its reader is here");
    }
    let Some(exchange) = exchange else {
        tokio::spawn(pump(incoming, sender));
        return (Body::Stream(stream), None);
    };
    let (owed, paid) = owed();
    tokio::spawn(pump_request(incoming, sender, paid, exchange.clone()));
    (Body::Stream(stream), Some(owed))
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

enum Piece {
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

async fn next(incoming: &mut Incoming) -> Piece {
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

/// Ends when the body does, or some time after its request has been answered. A reader that goes on
/// until then is cut off, as in the original: it may as well have stopped, and a client that sends
/// everything before it reads would wait for it.
async fn pump_request(
    mut incoming: Incoming,
    sender: BodySender,
    mut paid: Paid,
    exchange: Arc<Exchange>,
) {
    let is_answered = loop {
        let piece = tokio::select! {
            biased;
            piece = next(&mut incoming) => piece,
            answered = &mut paid => break Some(answered.is_ok()),
        };
        match piece {
            Piece::Data(data) => tokio::select! {
                biased;
                sent = sender.send(data) => if sent == Err(Unread) {
                    break None;
                },
                answered = &mut paid => break Some(answered.is_ok()),
            },
            Piece::End(Ok(())) => {
                exchange.body_is_whole();
                return sender.finish();
            }
            Piece::End(Err(message)) => return sender.fail(message),
        }
    };
    match is_answered {
        Some(true) => sender.fail(ANSWERED.to_owned()),
        Some(false) => return sender.fail(BROKEN_OFF.to_owned()),
        None => drop(sender),
    }
    let impatience = async {
        if is_answered.is_none() {
            // Whether there was an answer or not: nothing is owed any more.
            let _ = paid.await;
        }
        tokio::time::sleep(DISCARD_PATIENCE).await;
    };
    tokio::select! {
        () = discard(&mut incoming) => {}
        () = impatience => {}
    }
}

/// Ends when the body does, or when there is too much of it.
async fn discard(incoming: &mut Incoming) {
    let mut left = DISCARD_BYTES;
    while let Piece::Data(data) = next(incoming).await {
        match left.checked_sub(data.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
