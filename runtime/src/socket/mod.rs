//! The WebSocket wire of one connection: bytes and frames (RFC 6455), after the HTTP upgrade.
//!
//! Owns the upgraded stream: decoding and checking what comes in, queueing, gating and writing
//! what goes out. It knows nothing of JavaScript, rooms or connection ids, and decides no policy: a
//! broken rule or a full queue is reported and the caller chooses the answer.
//!
//! Everything here lives on one room thread and is `!Send`, except [`Frame`]. [`Outbox`] starts its
//! writer with `spawn_local`, so callers run inside a tokio `LocalSet`.
//!
//! The frame header is decoded here and not by fastwebsockets: its reader hides whether a frame was
//! masked and how long a refused one is, and both decide how a connection closes (RFC 6455 section
//! 5.1 and close code 1009). Opcodes, unmasking and client masking are fastwebsockets'.

mod close;
mod dialled;
mod frame;
mod handshake;
mod header;
mod outbox;
mod reader;
mod stream;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod outbox_tests;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
pub(crate) mod testing;

use std::io;
use std::time::Duration;

use bytes::Bytes;

pub use close::truncate_reason;
pub use dialled::Dialled;
pub use frame::Frame;
pub use handshake::accept_key;
pub use outbox::{Outbox, Refused};
pub use reader::{Inbound, Reader};
pub use stream::{Stream, keep_alive};

/// Which end of the connection this is; it decides who masks (RFC 6455 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We accepted the upgrade: the peer masks, we do not.
    Server,
    /// We asked for the upgrade: we mask, the peer must not.
    Client,
}

/// What one connection may cost in memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest message accepted from the peer, in payload bytes over all its fragments.
    pub max_message: usize,
    /// Most memory, in bytes, that frames waiting to be written may hold; bookkeeping counts too.
    pub max_queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message: 1 << 20,
            max_queue: 16 << 20,
        }
    }
}

/// Takes over an upgraded stream and gives its two ends.
///
/// `read_ahead` is what the HTTP layer has already read past the upgrade request. The stream must be
/// registered with the runtime of the calling thread.
///
/// # Errors
/// When Nagle's algorithm cannot be switched off, which means that the socket is already dead.
pub fn open(
    stream: Stream,
    read_ahead: Bytes,
    role: Role,
    limits: Limits,
) -> io::Result<(Reader, Outbox)> {
    let (input, output) = stream.split()?;
    let outbox = Outbox::new(output, role, limits.max_queue);
    let reader = Reader::new(input, read_ahead, role, limits.max_message, outbox.clone());
    Ok((reader, outbox))
}

/// Ends a connection in order: waits until the queued Close frame is written, ends the output, reads
/// and drops what the peer still sends until it ends its side, then cuts. The whole takes at most
/// `patience`; a peer that has not finished by then is cut.
///
/// To be called last by the task that owns the reader, after [`Outbox::close`] and
/// [`Outbox::flush`]. Dropping the socket without this while input is unread makes the kernel send a
/// reset, and a reset can destroy the Close frame before the peer has read it.
pub async fn farewell(reader: Reader, outbox: Outbox, patience: Duration) {
    let orderly = async {
        outbox.finished().await;
        outbox.end_output();
        reader.discard().await;
    };
    // Whether it ended in time or not, what remains is to cut.
    let _ = tokio::time::timeout(patience, orderly).await;
    outbox.abort();
}
