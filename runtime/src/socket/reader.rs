//! The incoming side of one connection: bytes to whole, checked messages.
//!
//! Owns the read buffer and the message being assembled. It answers pings through the outbox and
//! otherwise sends nothing; what to do about a broken rule is the caller's choice.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use fastwebsockets::OpCode;
use tokio::io::AsyncReadExt;

use super::header::{self, Header, Violation};
use super::outbox::Outbox;
use super::stream::Input;
use super::{Role, close, frame::Frame};

/// Bytes asked of the kernel at once. A read that comes back short tells tokio that the socket is
/// drained, which saves the read that would only say so.
const READ_SIZE: usize = 16 << 10;
/// Bytes dropped at most while waiting for the peer to end its side.
const DISCARD_LIMIT: usize = 64 << 20;

thread_local! {
    /// The read buffer of whichever connection of this thread wakes next. An idle connection holds
    /// none, so ten thousand of them cost no read buffers.
    static SPARE: RefCell<BytesMut> = RefCell::new(BytesMut::new());
}

/// What the peer did. After anything but a message the connection yields only [`Inbound::Lost`].
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A text message: valid UTF-8.
    Text(Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A Close frame; the peer sends nothing more. It is not answered here.
    Close {
        /// `None` when the frame carried none, which a `CloseEvent` shows as 1005.
        code: Option<u16>,
        reason: String,
    },
    /// A message beyond the limit, refused before it is received; to be closed with 1009.
    TooLarge {
        /// Payload bytes as far as declared: those of earlier fragments included, later ones not.
        size: u64,
    },
    /// A broken rule of RFC 6455.
    Protocol {
        /// The code to close with: 1002 or 1007.
        close_code: u16,
        reason: &'static str,
    },
    /// The TCP connection ended without a Close frame (1006).
    Lost,
}

/// The incoming end of a connection. One task per connection owns it.
#[derive(Debug)]
pub struct Reader {
    input: Input,
    outbox: Outbox,
    role: Role,
    max_message: usize,
    buffer: BytesMut,
    /// The buffer was enlarged for a long frame: too large to be kept for the thread.
    enlarged: bool,
    partial: Option<Partial>,
    /// Pongs are queued and not yet flushed.
    pongs: bool,
    ended: bool,
}

/// A fragmented message whose last fragment has not arrived (RFC 6455 section 5.4).
#[derive(Debug)]
struct Partial {
    text: bool,
    payload: BytesMut,
}

/// Why decoding stopped.
enum Refusal {
    Violation(Violation),
    TooLarge(u64),
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl Reader {
    pub(super) fn new(
        input: Input,
        read_ahead: Bytes,
        role: Role,
        max_message: usize,
        outbox: Outbox,
    ) -> Self {
        Self {
            input,
            outbox,
            role,
            max_message,
            buffer: BytesMut::from(read_ahead),
            enlarged: false,
            partial: None,
            pongs: false,
            ended: false,
        }
    }

    /// The next message or the end of the connection. Dropping the future loses nothing.
    ///
    /// The bytes of a message may share the read buffer: keep a copy, not the `Bytes`, of what
    /// outlives the turn.
    pub async fn next(&mut self) -> Inbound {
        if self.ended {
            return Inbound::Lost;
        }
        let inbound = self.advance().await;
        if !matches!(inbound, Inbound::Text(_) | Inbound::Binary(_)) {
            self.ended = true;
            self.buffer = BytesMut::new();
            self.partial = None;
        }
        inbound
    }

    /// Reads and drops until the peer ends its side, or sends more than is worth waiting for.
    pub(super) async fn discard(mut self) {
        let mut scratch = BytesMut::new();
        let mut left = DISCARD_LIMIT;
        while left > 0 {
            scratch.clear();
            scratch.reserve(READ_SIZE);
            match self.input.read_buf(&mut scratch).await {
                Ok(0) | Err(_) => return,
                Ok(read) => left = left.saturating_sub(read),
            }
        }
    }

    /// Bytes of memory the read buffer holds.
    #[cfg(test)]
    pub(super) fn buffer_capacity(&self) -> usize {
        self.buffer.capacity()
    }

    async fn advance(&mut self) -> Inbound {
        loop {
            let decoded = self.decode();
            if std::mem::take(&mut self.pongs) {
                self.outbox.flush();
            }
            match decoded {
                Ok(Some(inbound)) => return inbound,
                Ok(None) => {}
                Err(Refusal::TooLarge(size)) => return Inbound::TooLarge { size },
                Err(Refusal::Violation(Violation { close_code, reason })) => {
                    return Inbound::Protocol { close_code, reason };
                }
            }
            match self.fill().await {
                Ok(0) | Err(_) => return Inbound::Lost,
                Ok(_) => {}
            }
        }
    }

    /// Takes frames off the buffer until one completes something; `None` when bytes are missing.
    fn decode(&mut self) -> Result<Option<Inbound>, Refusal> {
        while let Some(header) = header::decode(&self.buffer, self.role)? {
            self.check(&header)?;
            let length = usize::try_from(header.length)
                .expect("a length within the message limit fits the address space");
            if self.buffer.len() < header.size() + length {
                return Ok(None);
            }
            let mask = header.mask(&self.buffer);
            self.buffer.advance(header.size());
            let mut payload = self.buffer.split_to(length);
            if header.masked {
                fastwebsockets::unmask(&mut payload, mask);
            }
            if let Some(inbound) = self.accept(&header, payload)? {
                return Ok(Some(inbound));
            }
        }
        Ok(None)
    }

    /// The rules a header breaks in the light of what came before it, payload unseen.
    fn check(&self, header: &Header) -> Result<(), Refusal> {
        if header::is_control(header.opcode) {
            return Ok(());
        }
        let earlier = match (&self.partial, header.opcode) {
            (None, OpCode::Continuation) => {
                return Err(Violation::protocol("Unexpected continuation frame").into());
            }
            (None, _) => 0,
            (Some(partial), OpCode::Continuation) => partial.payload.len() as u64,
            (Some(_), _) => {
                return Err(Violation::protocol("Missing continuation frame").into());
            }
        };
        let size = earlier.saturating_add(header.length);
        if size > self.max_message as u64 {
            return Err(Refusal::TooLarge(size));
        }
        Ok(())
    }

    /// Acts on one whole frame, unmasked.
    fn accept(&mut self, header: &Header, payload: BytesMut) -> Result<Option<Inbound>, Violation> {
        let text = match header.opcode {
            OpCode::Ping => {
                self.answer_ping(payload.freeze());
                return Ok(None);
            }
            OpCode::Pong => return Ok(None),
            OpCode::Close => {
                let (code, reason) = close::decode(&payload)?;
                return Ok(Some(Inbound::Close { code, reason }));
            }
            OpCode::Continuation => return self.continue_message(header.fin, &payload),
            OpCode::Text => true,
            OpCode::Binary => false,
        };
        if header.fin {
            return message(text, payload).map(Some);
        }
        self.partial = Some(Partial { text, payload });
        Ok(None)
    }

    fn continue_message(
        &mut self,
        last: bool,
        payload: &[u8],
    ) -> Result<Option<Inbound>, Violation> {
        let mut partial = self
            .partial
            .take()
            .expect("a continuation is refused by its header when no message is open");
        partial.payload.extend_from_slice(payload);
        if last {
            return message(partial.text, partial.payload).map(Some);
        }
        self.partial = Some(partial);
        Ok(None)
    }

    /// Queues the pong; one flush answers all the pings of a read.
    fn answer_ping(&mut self, payload: Bytes) {
        // A peer that pings without reading gets no more pongs than its queue holds, and none after
        // our Close: both are allowed (RFC 6455 sections 5.5.1 and 5.5.3).
        self.pongs |= self.outbox.push(&Frame::pong(payload), 0).is_ok();
    }

    /// Waits for bytes and reads once. 0 is the end of the stream.
    async fn fill(&mut self) -> io::Result<usize> {
        if self.buffer.is_empty() {
            self.park_buffer();
        }
        poll_fn(|context| self.poll_fill(context)).await
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.buffer.is_empty() {
            ready!(self.input.poll_ready(context))?;
            self.buffer = SPARE.take();
        }
        // Grows with what has arrived, not with what a header declares: memory is at most twice the
        // bytes the peer has really sent.
        if !self.buffer.try_reclaim(READ_SIZE) {
            let arrived = self.buffer.len();
            self.enlarged |= arrived > READ_SIZE;
            self.buffer.reserve(arrived.max(READ_SIZE));
        }
        let read = pin!(self.input.read_buf(&mut self.buffer)).poll(context);
        if read.is_pending() && self.buffer.is_empty() {
            // Readiness may be a false alarm: a new socket counts as ready until the first try.
            self.park_buffer();
        }
        read
    }

    /// Leaves the emptied buffer to the connections of this thread.
    fn park_buffer(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        if std::mem::take(&mut self.enlarged) {
            return;
        }
        SPARE.with_borrow_mut(|spare| {
            if spare.capacity() < buffer.capacity() {
                *spare = buffer;
            }
        });
    }
}

fn message(text: bool, payload: BytesMut) -> Result<Inbound, Violation> {
    if !text {
        return Ok(Inbound::Binary(payload.freeze()));
    }
    if std::str::from_utf8(&payload).is_err() {
        return Err(Violation::not_utf8("Text message is not valid UTF-8"));
    }
    Ok(Inbound::Text(payload.freeze()))
}
