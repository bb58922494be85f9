//! The outgoing side of one connection: a bounded queue of frames, the output gate, and the writes.
//!
//! Owns the order in which frames leave and the only writer of the socket. It never blocks and never
//! waits for a peer: what the kernel does not take at once is written by a task of this connection
//! alone, so a client that stops reading costs its own queue and nothing else.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::rc::Rc;

use thiserror::Error;
use tokio::sync::Notify;

use super::Role;
use super::frame::Frame;
use super::stream::Output;

/// Bytes one `flush` writes at most before the rest is left to the writer task, so that a fast reader
/// of a large queue does not hold up its room.
const FLUSH_BUDGET: usize = 4 << 20;
/// Slices of one vectored write: two per frame, below the kernel's `IOV_MAX` of 1024. The small form
/// spares the usual turn, one or two frames, the set-up of the large one.
const FEW_SLICES: usize = 8;
const MANY_SLICES: usize = 512;
/// An emptied queue that had grown beyond this many frames gives its memory back.
const KEPT_CAPACITY: usize = 64;

/// Why a frame was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The peer does not read fast enough. The usual answer is [`Outbox::abort`]: a Close frame would
    /// wait behind everything the peer did not read.
    #[error("Connection does not read fast enough, bytes it may leave waiting: `{limit}`")]
    Full {
        /// [`super::Limits::max_queue`].
        limit: usize,
    },
    /// A Close frame is queued or the connection is gone.
    #[error("Connection is closed")]
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// A Close frame is the last one of the queue.
    Closing,
    /// The peer wants no Close frame any more: what is in the queue is the last.
    Ending,
    /// The last frame is with the kernel.
    Closed,
    /// Cut, or a write failed: nothing leaves any more.
    Cut,
}

/// The outgoing end of a connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Outbox {
    link: Rc<Link>,
}

#[derive(Debug)]
struct Link {
    output: Output,
    role: Role,
    max_queue: usize,
    queue: RefCell<Queue>,
    released: Cell<u64>,
    phase: Cell<Phase>,
    /// The writer task is alive; it alone writes then.
    writer: Cell<bool>,
    settled: Notify,
    #[cfg(test)]
    writes: Cell<usize>,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Queued>,
    /// Bytes of the first frame that are already with the kernel.
    sent: usize,
    /// Bytes on the wire of all frames, without `sent`.
    bytes: usize,
}

#[derive(Debug)]
struct Queued {
    frame: Frame,
    gate: u64,
}

/// What one vectored write came to.
enum Step {
    /// Nothing that may leave is left.
    Idle,
    Wrote(usize),
    /// The kernel takes no more for now.
    Full,
    Failed,
}

impl Outbox {
    pub(super) fn new(output: Output, role: Role, max_queue: usize) -> Self {
        Self {
            link: Rc::new(Link {
                output,
                role,
                max_queue,
                queue: RefCell::default(),
                released: Cell::new(0),
                phase: Cell::new(Phase::Open),
                writer: Cell::new(false),
                settled: Notify::new(),
                #[cfg(test)]
                writes: Cell::new(0),
            }),
        }
    }

    /// Queues `frame` to leave once `gate` is released; 0 is always released. Nothing is written
    /// before [`Outbox::flush`]. Frames leave in the order of their queueing, so one that waits for
    /// its gate holds back those behind it.
    ///
    /// # Errors
    /// [`Refused::Full`] when the queue would exceed its limit, [`Refused::Closed`] after
    /// [`Outbox::close`], [`Outbox::abort`] or the loss of the connection.
    pub fn push(&self, frame: &Frame, gate: u64) -> Result<(), Refused> {
        if self.is_closed() {
            return Err(Refused::Closed);
        }
        let limit = self.link.max_queue;
        let cost = self.link.queue.borrow().cost();
        if cost + frame.wire_len() + size_of::<Queued>() > limit {
            return Err(Refused::Full { limit });
        }
        self.link.enqueue(frame, gate);
        Ok(())
    }

    /// Queues a Close frame, the last frame of the connection, whatever the queue holds. `reason` is
    /// cut to what fits and needs a `code`. Does nothing when already closed.
    pub fn close(&self, code: Option<u16>, reason: &str, gate: u64) {
        if self.is_closed() {
            return;
        }
        self.link.enqueue(&Frame::close(code, reason), gate);
        self.link.phase.set(Phase::Closing);
    }

    /// Takes no more frames: what is queued is the last of the connection, without a Close frame. For a
    /// peer that has ended its side without one. Does nothing when already closed.
    pub fn end(&self) {
        if self.is_closed() {
            return;
        }
        self.link.phase.set(Phase::Ending);
        self.link.note_closed();
    }

    /// Lets frames with a gate up to `gate` leave. Lowering it does nothing. Writes nothing: call
    /// [`Outbox::flush`].
    pub fn release(&self, gate: u64) {
        let released = self.link.released.get();
        self.link.released.set(released.max(gate));
    }

    /// Drops what is not released and never will be: it tells of something that did not happen. A
    /// Close frame among it is forgotten too, so that another can be sent.
    pub fn forget_held(&self) {
        let released = self.link.released.get();
        let mut queue = self.link.queue.borrow_mut();
        let kept = queue
            .frames
            .iter()
            .take_while(|queued| queued.gate <= released)
            .count();
        let dropped: usize = queue
            .frames
            .drain(kept..)
            .map(|queued| queued.frame.wire_len())
            .sum();
        queue.bytes -= dropped;
        drop(queue);
        if dropped > 0 && self.link.phase.get() == Phase::Closing {
            self.link.phase.set(Phase::Open);
        }
        self.link.note_closed();
    }

    /// Writes what may leave, without waiting: once at the end of a JavaScript turn. What the kernel
    /// does not take is written later by the connection's writer task.
    pub fn flush(&self) {
        if self.link.writer.get() {
            return;
        }
        let mut budget = FLUSH_BUDGET;
        loop {
            match self.link.write_once() {
                Step::Idle | Step::Failed => return,
                Step::Wrote(bytes) if bytes < budget => budget -= bytes,
                Step::Wrote(_) | Step::Full => break,
            }
        }
        self.link.writer.set(true);
        tokio::task::spawn_local(write_rest(self.link.clone()));
    }

    /// Bytes on the wire that are queued and not yet with the kernel.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.link.queue.borrow().bytes
    }

    /// Whether nothing more can be queued: closing, closed, cut or lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.link.phase.get() != Phase::Open
    }

    /// Waits until the last frame is with the kernel or the connection is gone. Waits forever when
    /// nobody closes it and the peer does not read: callers set their own limit.
    pub async fn finished(&self) {
        while !matches!(self.link.phase.get(), Phase::Closed | Phase::Cut) {
            self.link.settled.notified().await;
        }
    }

    /// Cuts the connection at once, without a Close frame: the peer sees 1006. The queue is dropped
    /// and the reader ends with [`super::Inbound::Lost`].
    pub fn abort(&self) {
        let unsent = self.queued_bytes() > 0;
        self.link.cut();
        if unsent {
            // What the kernel still holds for a peer that does not read would stay for minutes; a
            // reset frees it when the socket is dropped.
            self.link.output.reset_on_drop();
        }
        self.link.output.shut_down(Shutdown::Both);
    }

    /// Ends the output; the peer may still send.
    pub(super) fn end_output(&self) {
        self.link.output.end();
    }

    /// Vectored writes tried so far.
    #[cfg(test)]
    pub(super) fn writes(&self) -> usize {
        self.link.writes.get()
    }
}

/// The writer task: runs from the first write the kernel refuses until the queue has nothing that
/// may leave, or the connection is cut.
async fn write_rest(link: Rc<Link>) {
    loop {
        if link.output.writable().await.is_err() {
            link.cut();
            break;
        }
        match link.write_once() {
            Step::Idle | Step::Failed => break,
            Step::Wrote(_) => tokio::task::yield_now().await,
            Step::Full => {}
        }
    }
    link.writer.set(false);
}

impl Link {
    fn enqueue(&self, frame: &Frame, gate: u64) {
        let frame = match self.role {
            Role::Server => frame.clone(),
            Role::Client => frame.masked(),
        };
        let mut queue = self.queue.borrow_mut();
        queue.bytes += frame.wire_len();
        queue.frames.push_back(Queued { frame, gate });
    }

    fn cut(&self) {
        self.phase.set(Phase::Cut);
        *self.queue.borrow_mut() = Queue::default();
        self.settled.notify_waiters();
    }

    fn write_once(&self) -> Step {
        let released = self.released.get();
        let written = {
            let queue = self.queue.borrow();
            if queue.frames.len() * 2 <= FEW_SLICES {
                queue.write::<FEW_SLICES>(self, released)
            } else {
                queue.write::<MANY_SLICES>(self, released)
            }
        };
        match written {
            Ok(None) => self.flush_output(),
            Ok(Some(bytes)) => {
                self.queue.borrow_mut().advance(bytes);
                self.note_closed();
                Step::Wrote(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Step::Full,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Step::Wrote(0),
            Err(_) => {
                self.cut();
                // Wakes the reader, which reports the loss.
                self.output.shut_down(Shutdown::Both);
                Step::Failed
            }
        }
    }

    /// Nothing of the queue may leave; the stream itself may still hold some.
    fn flush_output(&self) -> Step {
        match self.output.try_flush() {
            Ok(()) => Step::Idle,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Step::Full,
            // The reader sees the loss as well, and reports it.
            Err(_) => Step::Idle,
        }
    }

    fn note_closed(&self) {
        let last = matches!(self.phase.get(), Phase::Closing | Phase::Ending);
        if last && self.queue.borrow().frames.is_empty() {
            self.phase.set(Phase::Closed);
            self.settled.notify_waiters();
        }
    }
}

impl Queue {
    /// Memory charged for the queue. The bookkeeping counts: without it, millions of empty messages
    /// would cost their limit forty times over.
    fn cost(&self) -> usize {
        self.bytes + self.frames.len() * size_of::<Queued>()
    }

    /// Offers the kernel as many frames as fit `N` slices; `None` when none may leave.
    fn write<const N: usize>(&self, link: &Link, released: u64) -> io::Result<Option<usize>> {
        let mut slices = [IoSlice::new(&[]); N];
        let mut used = 0;
        let mut skip = self.sent;
        for queued in self
            .frames
            .iter()
            .take_while(|queued| queued.gate <= released)
        {
            if used + 2 > N {
                break;
            }
            for part in [queued.frame.head(), queued.frame.payload()] {
                let skipped = skip.min(part.len());
                skip -= skipped;
                if skipped < part.len() {
                    slices[used] = IoSlice::new(&part[skipped..]);
                    used += 1;
                }
            }
        }
        if used == 0 {
            return Ok(None);
        }
        #[cfg(test)]
        link.writes.set(link.writes.get() + 1);
        link.output.try_write_vectored(&slices[..used]).map(Some)
    }

    /// Drops what the kernel took.
    fn advance(&mut self, written: usize) {
        self.bytes -= written;
        self.sent += written;
        while let Some(first) = self.frames.front() {
            let length = first.frame.wire_len();
            if self.sent < length {
                break;
            }
            self.sent -= length;
            self.frames.pop_front();
        }
        if self.frames.is_empty() && self.frames.capacity() > KEPT_CAPACITY {
            self.frames = VecDeque::new();
        }
    }
}
