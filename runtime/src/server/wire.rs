//! A client's connection under hyper, which reads from it only what it needs next. Two things are seen
//! here that it does not look for: what the client does while its answer is made (a client that ends its
//! sending side waits for the answer, one that is gone does not), and answers that hyper makes by itself,
//! which say nothing. Knows no request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::exchange::Exchange;
use super::own_answer;
use super::peer::Peer;

/// How often a connection is looked at whose client has ended its sending side: no event tells that such
/// a one is reset.
const TICK: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 1000 });
/// A client that ends its sending side in the middle of an answer has most likely left: a page that is
/// closed does so. It is cut if nothing was sent to it for this long. One that is sent something and
/// is gone resets the connection.
const SILENCE: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5000 });
/// Bytes of what follows a request that are read to see whether the client is there.
const AHEAD: usize = 512;

pub struct Wire<S> {
    stream: S,
    exchange: Arc<Exchange>,
    /// Read before anybody asked for it.
    ahead: Bytes,
    end: Option<End>,
    /// What is sent instead of an answer of hyper's own.
    instead: Bytes,
    large: LargeHead,
}

/// What becomes of a head that is too large for hyper.
#[derive(PartialEq, Eq)]
enum LargeHead {
    /// It is refused.
    Refused,
    /// Its refusal is withheld.
    Tried,
    /// One has been withheld: nothing more is sent.
    Withheld,
}

/// The client has ended its sending side while its answer was made.
struct End {
    tick: Pin<Box<Sleep>>,
    /// Before its answer began: it waits for it.
    is_meant: bool,
    last_sent: Instant,
}

impl<S> Wire<S> {
    pub fn new(stream: S, exchange: Arc<Exchange>) -> Self {
        Wire {
            stream,
            exchange,
            ahead: Bytes::new(),
            end: None,
            instead: Bytes::new(),
            large: LargeHead::Tried,
        }
    }

    /// The connection as it was before it had a head that was too large; `None` if it had none. The next one is refused.
    /// `read`: what was read of it that nobody has had.
    pub fn before_large_head(mut self, read: Bytes) -> Option<Self> {
        if self.large != LargeHead::Withheld {
            return None;
        }
        self.large = LargeHead::Refused;
        self.ahead = match self.ahead.is_empty() {
            true => read,
            false => [read, self.ahead].concat().into(),
        };
        Some(self)
    }

    /// The connection, and what was read of it that nobody has had.
    pub fn into_parts(self) -> (S, Bytes) {
        (self.stream, self.ahead)
    }
}

impl<S: AsyncRead + AsyncWrite + Peer + Unpin> Wire<S> {
    /// Belongs to the calling thread from here on, if it did to another.
    fn arrive(&mut self) -> io::Result<()> {
        if !self.exchange.place.has_moved() {
            return Ok(());
        }
        if let Some(end) = &mut self.end {
            end.tick = Box::pin(tokio::time::sleep(TICK));
        }
        self.stream.settle()
    }

    /// Looks at the client while nobody reads from it.
    fn look(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.end.is_some() {
            return self.look_after_end(cx);
        }
        if !self.exchange.is_heard() || !self.ahead.is_empty() {
            return Ok(());
        }
        let mut bytes = [std::mem::MaybeUninit::uninit(); AHEAD];
        let mut bytes = ReadBuf::uninit(&mut bytes);
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, &mut bytes) else {
            return Ok(());
        };
        read?;
        if !bytes.filled().is_empty() {
            self.ahead = Bytes::copy_from_slice(bytes.filled());
            // The system tells once that there is something to read. Whoever waits for it is this task.
            cx.waker().wake_by_ref();
            return Ok(());
        }
        self.stream.probe();
        self.end = Some(End {
            tick: Box::pin(tokio::time::sleep(TICK)),
            is_meant: !self.exchange.is_answered(),
            last_sent: Instant::now(),
        });
        self.look_after_end(cx)
    }

    fn look_after_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(end) = &mut self.end else {
            return Ok(());
        };
        while end.tick.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            end.tick.as_mut().reset(now + TICK);
            if let Some(error) = self.stream.failure() {
                return Err(error);
            }
            let is_silent = now.duration_since(end.last_sent) >= SILENCE;
            if is_silent && !end.is_meant && self.exchange.is_answered() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        Ok(())
    }

    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.instead))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.instead.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    fn sent(&mut self, count: &Poll<io::Result<usize>>) {
        if let Some(end) = &mut self.end
            && let Poll::Ready(Ok(1..)) = count
        {
            end.last_sent = Instant::now();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Peer + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.arrive()?;
        if self.ahead.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Peer + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.arrive()?;
        if self.large != LargeHead::Refused && own_answer::is_too_large(bytes) {
            self.large = LargeHead::Withheld;
            return Poll::Ready(Ok(bytes.len()));
        }
        if !self.exchange.is_answered()
            && let Some(instead) = own_answer::instead_of(bytes)
        {
            self.instead = instead;
            return Poll::Ready(Ok(bytes.len()));
        }
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sent(&sent);
        sent
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = parts {
            return self.poll_write(cx, only);
        }
        self.arrive()?;
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.sent(&sent);
        sent
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper asks for this in every turn, also while it waits for an answer.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.arrive()?;
        self.look(cx)?;
        ready!(self.poll_instead(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.arrive()?;
        if self.large == LargeHead::Withheld {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_instead(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::super::exchange::Answer;
    use super::super::reply::ReplyBody;
    use super::*;

    /// A connection on which a request has come, and its client.
    fn asked() -> (Wire<DuplexStream>, Arc<Exchange>, DuplexStream) {
        let (client, server) = duplex(1024);
        let exchange = Arc::new(Exchange::default());
        exchange.begin(true);
        (Wire::new(server, exchange.clone()), exchange, client)
    }

    fn answer(exchange: &Arc<Exchange>) -> Answer {
        let body = ReplyBody::Full(Some(Bytes::from_static(b"x")));
        Answer::new(body, exchange.clone(), None)
    }

    /// Flushes in every turn, as hyper does, until that fails or `time` is over.
    async fn turns(wire: &mut Wire<DuplexStream>, time: Duration) -> io::Result<()> {
        let start = Instant::now();
        while start.elapsed() < time {
            wire.flush().await?;
            tokio::time::sleep(TICK / 2).await;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_client_that_ends_before_its_answer_begins_waits_for_it() {
        let (mut wire, exchange, mut client) = asked();
        client.shutdown().await.expect("a side can end");
        turns(&mut wire, SILENCE * 3).await.expect("it is there");
        let _answer = answer(&exchange);
        turns(&mut wire, SILENCE * 3).await.expect("it is there");
    }

    #[tokio::test]
    async fn a_client_that_ends_in_the_middle_of_an_answer_has_left_after_a_silence() {
        let (mut wire, exchange, mut client) = asked();
        let _answer = answer(&exchange);
        client.shutdown().await.expect("a side can end");
        for _ in 0..6 {
            turns(&mut wire, SILENCE / 3)
                .await
                .expect("it may be there");
            wire.write_all(b"more").await.expect("it can be sent to");
        }
        let error = turns(&mut wire, SILENCE * 3)
            .await
            .expect_err("it has left");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_silent_answer_is_not_given_up_while_its_client_is_there() {
        let (mut wire, exchange, _client) = asked();
        let _answer = answer(&exchange);
        turns(&mut wire, SILENCE * 3).await.expect("it is there");
    }

    #[tokio::test]
    async fn what_comes_while_an_answer_is_made_is_there_for_the_next_reader() {
        let (mut wire, _, mut client) = asked();
        client
            .write_all(b"next request")
            .await
            .expect("there is room");
        wire.flush().await.expect("it is there");
        let mut text = [0; 12];
        wire.read_exact(&mut text[..4]).await.expect("it was sent");
        wire.read_exact(&mut text[4..]).await.expect("it was sent");
        assert_eq!(&text, b"next request");
    }

    #[tokio::test]
    async fn what_comes_while_somebody_reads_is_left_to_them() {
        let (mut wire, exchange, mut client) = asked();
        exchange.begin(false);
        client.write_all(b"body").await.expect("there is room");
        wire.flush().await.expect("it is there");
        assert!(wire.into_parts().1.is_empty());
    }

    #[tokio::test]
    async fn the_first_refusal_of_a_large_head_is_withheld() {
        let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let (mut wire, _, mut client) = asked();
        client.write_all(b"rest").await.expect("there is room");
        wire.flush().await.expect("it is there");
        wire.write_all(own).await.expect("it is taken");
        wire.shutdown().await.expect("it is taken");
        let again = wire.before_large_head(Bytes::from_static(b"large head, "));
        let mut wire = again.expect("one was withheld");
        let mut text = [0; 16];
        wire.read_exact(&mut text).await.expect("it was sent");
        assert_eq!(&text, b"large head, rest");
        wire.write_all(own).await.expect("it is taken");
        wire.shutdown().await.expect("a side can end");
        let mut text = String::new();
        client.read_to_string(&mut text).await.expect("it is text");
        assert!(
            text.ends_with("more than 1,000 lines or 400 KiB."),
            "{text}"
        );
        assert!(wire.before_large_head(Bytes::new()).is_none());
    }

    #[tokio::test]
    async fn an_answer_that_says_nothing_is_replaced() {
        let own = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let (mut wire, _, mut client) = asked();
        wire.write_all(own).await.expect("it can be sent to");
        wire.shutdown().await.expect("a side can end");
        let mut text = String::new();
        client.read_to_string(&mut text).await.expect("it is text");
        assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{text}");
        assert!(text.ends_with("is not valid HTTP/1.1."), "{text}");
    }
}
