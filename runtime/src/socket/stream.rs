//! The bytes below a WebSocket: TCP, or TLS over it. Owns reading and writing them without waiting;
//! knows nothing of frames.
//!
//! Both ends of a stream live on one thread, so the two halves of a TLS session share it in a cell
//! that is borrowed only while it is polled.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsStream;

/// A peer that is silent for so long is asked by the kernel whether it is there, and a peer that is not
/// is noticed a minute later. A ping would be answered by the program: one that stands at a breakpoint
/// is there, and keeps its connection.
const SILENCE: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(15);
const PROBES: u32 = 4;

/// Has the kernel notice when the machine at the other end is gone, or the way to it.
///
/// # Errors
/// When the socket is already dead.
pub fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    let probes = TcpKeepalive::new()
        .with_time(SILENCE)
        .with_interval(PROBE_EVERY)
        .with_retries(PROBES);
    SockRef::from(stream).set_tcp_keepalive(&probes)
}

/// A stream that is registered with the runtime of the calling thread.
#[derive(Debug)]
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

type Session = Rc<RefCell<TlsStream<TcpStream>>>;

/// The reading half.
#[derive(Debug)]
pub(super) enum Input {
    Plain(OwnedReadHalf),
    Tls(Session),
}

/// The writing half.
#[derive(Debug)]
pub(super) enum Output {
    Plain(OwnedWriteHalf),
    Tls(Session),
}

fn tcp(session: &TlsStream<TcpStream>) -> &TcpStream {
    session.get_ref().0
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(stream) => stream,
            Stream::Tls(session) => tcp(session),
        }
    }

    /// Switches Nagle's algorithm off and gives the two halves.
    ///
    /// # Errors
    /// When the socket is already dead.
    pub(super) fn split(self) -> io::Result<(Input, Output)> {
        self.tcp().set_nodelay(true)?;
        Ok(match self {
            Stream::Plain(stream) => {
                let (input, output) = stream.into_split();
                (Input::Plain(input), Output::Plain(output))
            }
            Stream::Tls(session) => {
                let session = Rc::new(RefCell::new(*session));
                (Input::Tls(session.clone()), Output::Tls(session))
            }
        })
    }
}

impl Input {
    /// Ready when a read is worth a buffer. A TLS session may hold decrypted bytes of which the
    /// kernel knows nothing, so it always is.
    pub(super) fn poll_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Input::Plain(input) => {
                let stream: &TcpStream = input.as_ref();
                stream.poll_read_ready(context)
            }
            Input::Tls(_) => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncRead for Input {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Input::Plain(input) => Pin::new(input).poll_read(context, buffer),
            Input::Tls(session) => Pin::new(&mut *session.borrow_mut()).poll_read(context, buffer),
        }
    }
}

/// What a poll that must not wait came to.
fn at_once<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Output {
    /// Waits until a write may succeed.
    pub(super) async fn writable(&self) -> io::Result<()> {
        match self {
            Output::Plain(output) => output.writable().await,
            Output::Tls(session) => {
                poll_fn(|context| tcp(&session.borrow()).poll_write_ready(context)).await
            }
        }
    }

    /// Writes what is taken at once.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is taken now.
    pub(super) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Output::Plain(output) => output.try_write_vectored(slices),
            Output::Tls(session) => {
                let mut context = Context::from_waker(Waker::noop());
                let mut session = session.borrow_mut();
                at_once(Pin::new(&mut *session).poll_write_vectored(&mut context, slices))
            }
        }
    }

    /// Hands the kernel what the TLS session has encrypted and kept.
    ///
    /// # Errors
    /// `WouldBlock` when some is left.
    pub(super) fn try_flush(&self) -> io::Result<()> {
        match self {
            Output::Plain(_) => Ok(()),
            Output::Tls(session) => {
                let mut context = Context::from_waker(Waker::noop());
                at_once(Pin::new(&mut *session.borrow_mut()).poll_flush(&mut context))
            }
        }
    }

    /// Ends the output; the peer may still send.
    pub(super) fn end(&self) {
        match self {
            // Fails when the peer was faster.
            Output::Plain(_) => self.shut_down(Shutdown::Write),
            Output::Tls(session) => {
                let mut context = Context::from_waker(Waker::noop());
                let mut session = session.borrow_mut();
                // Says so in TLS first. Whether that was sent makes no difference to what follows.
                let _ = Pin::new(&mut *session).poll_shutdown(&mut context);
            }
        }
    }

    pub(super) fn shut_down(&self, how: Shutdown) {
        // Fails when the peer was faster.
        let _ = self.with_socket(|socket| socket.shutdown(how));
    }

    /// Makes the kernel reset the connection when it is dropped, instead of keeping what is unsent.
    pub(super) fn reset_on_drop(&self) {
        // Failing only means waiting.
        let _ = self.with_socket(|socket| socket.set_linger(Some(Duration::ZERO)));
    }

    fn with_socket<T>(&self, use_socket: impl FnOnce(SockRef<'_>) -> T) -> T {
        match self {
            Output::Plain(output) => {
                let stream: &TcpStream = output.as_ref();
                use_socket(SockRef::from(stream))
            }
            Output::Tls(session) => use_socket(SockRef::from(tcp(&session.borrow()))),
        }
    }
}
