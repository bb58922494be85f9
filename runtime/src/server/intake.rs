//! The bodies of clients' requests: what is still to come while an answer is made, and after it. How a
//! body is read is `call::body`'s.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use partyrun_ops::body_stream::{BodySender, Unread};
use partyrun_ops::message::Body;

use super::exchange::{Exchange, Owed, Paid, owed};
use crate::call::body::{self, BROKEN_OFF, Piece, Taken, discard, next};

/// What a reader hears that goes on after the answer: the original's words.
const ANSWERED: &str = "Can't read from request stream after response has been sent.";
/// How long after the answer they are taken.
const DISCARD_PATIENCE: Duration = Duration::from_secs(30);

/// Takes a client's body. [`Owed`] is held until its request is answered.
pub async fn take_request(incoming: Incoming, exchange: &Arc<Exchange>) -> (Body, Option<Owed>) {
    match body::take(incoming).await {
        Taken::Empty => (Body::Empty, None),
        Taken::Whole(bytes) => {
            exchange.body_is_whole();
            (Body::Bytes(bytes), None)
        }
        Taken::Broken(body) => (body, None),
        Taken::Arriving {
            incoming,
            sender,
            stream,
        } => {
            let (owed, paid) = owed();
            let pump = pump_request(incoming, sender, paid, exchange.clone());
            exchange.place.spawn(pump);
            (Body::Stream(stream), Some(owed))
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
