//! A body whose end is not there yet, between threads. Its end is said, not implied: a producer that
//! just goes away has not produced the whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::mpsc;

/// The producer's end.
pub struct BodySender {
    chunks: mpsc::Sender<Result<Bytes, String>>,
    complete: Arc<AtomicBool>,
}

/// The reader's end. Dropping it tells the producer that nobody reads on.
pub struct BodyStream {
    chunks: mpsc::Receiver<Result<Bytes, String>>,
    complete: Arc<AtomicBool>,
    /// Total length in bytes, when the producer declared it.
    pub length: Option<u64>,
}

/// Nobody reads the body any more.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread;

/// A stream of which at most `capacity` chunks wait for their reader.
pub fn body_stream(capacity: usize, length: Option<u64>) -> (BodySender, BodyStream) {
    let (sender, receiver) = mpsc::channel(capacity);
    let complete = Arc::new(AtomicBool::new(false));
    let producer = BodySender {
        chunks: sender,
        complete: complete.clone(),
    };
    let reader = BodyStream {
        chunks: receiver,
        complete,
        length,
    };
    (producer, reader)
}

impl BodySender {
    /// Waits for room, then sends.
    ///
    /// # Errors
    /// [`Unread`] when the reader is gone.
    pub async fn send(&self, chunk: Bytes) -> Result<(), Unread> {
        self.chunks.send(Ok(chunk)).await.map_err(|_| Unread)
    }

    /// That was all of it.
    pub fn finish(self) {
        self.complete.store(true, Ordering::Release);
    }

    /// There will be no more, and `message` is why.
    pub async fn fail(self, message: String) {
        // A reader that is gone needs no reason.
        let _ = self.chunks.send(Err(message)).await;
    }

    /// Waits until nobody reads any more.
    pub async fn closed(&self) {
        self.chunks.closed().await;
    }
}

impl BodyStream {
    /// The next chunk, or why there is none; `None` at the end of a whole body.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        let chunk = ready!(self.chunks.poll_recv(cx));
        Poll::Ready(match chunk {
            None if !self.complete.swap(true, Ordering::AcqRel) => {
                Some(Err("The body ended early".to_owned()))
            }
            chunk => chunk,
        })
    }

    /// As [`BodyStream::poll_next`].
    pub async fn next(&mut self) -> Option<Result<Bytes, String>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn next(stream: &mut BodyStream) -> Poll<Option<Result<Bytes, String>>> {
        stream.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_producer_that_goes_away_is_an_error_once() {
        let (sender, mut stream) = body_stream(1, None);
        drop(sender);
        assert!(matches!(next(&mut stream), Poll::Ready(Some(Err(_)))));
        assert_eq!(next(&mut stream), Poll::Ready(None));
    }

    #[test]
    fn a_finished_body_just_ends() {
        let (sender, mut stream) = body_stream(1, None);
        sender.finish();
        assert_eq!(next(&mut stream), Poll::Ready(None));
    }
}
