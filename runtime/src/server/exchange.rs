//! One request after the other on a connection, each with its answer: how far the present one is. The
//! connection's bytes are `wire`'s, bodies are `intake`'s and `reply`'s.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;

use super::place::Place;
use super::reply::{ReplyBody, StreamFailed};

/// What a connection and the tasks that serve it tell each other. Its flags order no other memory: who
/// sees one late looks again when it is woken next.
#[derive(Default)]
pub struct Exchange {
    pub place: Place,
    /// The request is read to its end, and its answer is not sent to its end.
    is_heard: AtomicBool,
    /// The answer has begun, and is not sent to its end.
    is_answered: AtomicBool,
}

impl Exchange {
    /// For a connection in this place.
    pub fn new(place: Place) -> Self {
        Exchange {
            place,
            ..Exchange::default()
        }
    }

    /// A request has come; with `whole`, it has no body.
    pub fn begin(&self, whole: bool) {
        self.is_answered.store(false, Ordering::Relaxed);
        self.is_heard.store(whole, Ordering::Relaxed);
    }

    pub fn body_is_whole(&self) {
        self.is_heard.store(true, Ordering::Relaxed);
    }

    /// Whether nobody reads from the connection: the request is there, its answer is not.
    pub fn is_heard(&self) -> bool {
        self.is_heard.load(Ordering::Relaxed)
    }

    pub fn is_answered(&self) -> bool {
        self.is_answered.load(Ordering::Relaxed)
    }

    fn over(&self) {
        self.is_heard.store(false, Ordering::Relaxed);
        self.is_answered.store(false, Ordering::Relaxed);
    }
}

/// Held until an answer is complete, for the task that reads the request's body.
pub struct Owed(oneshot::Sender<()>);

/// Completes with `Ok` when the answer is complete, with an error when there will be none.
pub type Paid = oneshot::Receiver<()>;

pub fn owed() -> (Owed, Paid) {
    let (owed, paid) = oneshot::channel();
    (Owed(owed), paid)
}

/// The body of an answer, whose end is the end of the exchange.
pub struct Answer {
    body: ReplyBody,
    exchange: Arc<Exchange>,
    owed: Option<Owed>,
    is_complete: bool,
}

impl Answer {
    pub fn new(body: ReplyBody, exchange: Arc<Exchange>, owed: Option<Owed>) -> Self {
        exchange.is_answered.store(true, Ordering::Relaxed);
        Answer {
            is_complete: body.is_end_stream(),
            body,
            exchange,
            owed,
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = StreamFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamFailed>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_complete = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.exchange.over();
        if let Some(Owed(owed)) = self.owed.take()
            && self.is_complete
        {
            // A body that has been read to its end waits for nothing.
            let _ = owed.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use partyrun_ops::body_stream::body_stream;

    use super::*;

    fn answer(body: ReplyBody) -> (Answer, Arc<Exchange>, Paid) {
        let exchange = Arc::new(Exchange::default());
        let (owed, paid) = owed();
        exchange.begin(true);
        let answer = Answer::new(body, exchange.clone(), Some(owed));
        (answer, exchange, paid)
    }

    #[tokio::test]
    async fn an_answer_that_is_sent_to_its_end_is_complete() {
        let bytes = ReplyBody::Full(Some(Bytes::from_static(b"x")));
        let (sender, stream) = body_stream(1, None);
        sender.finish();
        for body in [ReplyBody::empty(), bytes, ReplyBody::Stream(stream)] {
            let (answer, exchange, paid) = answer(body);
            assert!(exchange.is_heard() && exchange.is_answered());
            answer.collect().await.expect("it does not fail");
            assert!(!exchange.is_heard() && !exchange.is_answered());
            assert_eq!(paid.await, Ok(()));
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_not_complete() {
        let (_sender, stream) = body_stream(1, None);
        let (answer, _, paid) = answer(ReplyBody::Stream(stream));
        drop(answer);
        assert!(paid.await.is_err());
    }
}
