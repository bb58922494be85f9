//! What goes out on one WebSocket: frames wait until the end of a turn, then they are written with one call. Never
//! reads.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice};
use std::sync::{Arc, Mutex};

use bytes::{Buf as _, Bytes};
use tokio::net::tcp::OwnedWriteHalf;

use crate::room::locked;

/// Frames written with one call; more than any turn of the benchmark leaves.
const AT_ONCE: usize = 64;

/// The outgoing side of a connection.
pub struct Peer {
    stream: OwnedWriteHalf,
    outbox: Mutex<Outbox>,
}

#[derive(Default)]
struct Outbox {
    frames: VecDeque<Bytes>,
    /// The kernel takes no more for now, and a task waits until it does.
    is_waiting: bool,
}

impl Peer {
    pub fn new(stream: OwnedWriteHalf) -> Arc<Peer> {
        let outbox = Mutex::default();
        Arc::new(Peer { stream, outbox })
    }

    /// Has an encoded frame wait.
    pub fn push(&self, frame: Bytes) {
        locked(&self.outbox).frames.push_back(frame);
    }

    /// Sends what waits. What the kernel does not take goes when it does.
    pub fn flush(self: &Arc<Self>) {
        let mut outbox = locked(&self.outbox);
        if outbox.is_waiting || self.write(&mut outbox.frames) {
            return;
        }
        outbox.is_waiting = true;
        let peer = Arc::clone(self);
        tokio::spawn(async move {
            while peer.stream.writable().await.is_ok() {
                let mut outbox = locked(&peer.outbox);
                if peer.write(&mut outbox.frames) {
                    outbox.is_waiting = false;
                    return;
                }
            }
        });
    }

    /// Whether all of it has gone, or has nobody to go to.
    fn write(&self, frames: &mut VecDeque<Bytes>) -> bool {
        while !frames.is_empty() {
            let mut slices = [IoSlice::new(&[]); AT_ONCE];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(frames.iter()) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            match self.stream.try_write_vectored(&slices[..count]) {
                Ok(written) => advance(frames, written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                // The reading side sees the end too, and takes the peer out of its room.
                Err(_) => frames.clear(),
            }
        }
        true
    }
}

/// Drops the bytes that were written.
fn advance(frames: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(frame) = frames.front_mut() {
        if written < frame.len() {
            frame.advance(written);
            return;
        }
        written -= frame.len();
        frames.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_dropped_to_the_byte() {
        let frames = || VecDeque::from([Bytes::from_static(b"abc"), Bytes::from_static(b"de")]);
        for (written, rest) in [(0, "abcde"), (2, "cde"), (3, "de"), (4, "e"), (5, "")] {
            let mut left = frames();
            advance(&mut left, written);
            assert_eq!(
                left.iter().flatten().copied().collect::<Vec<_>>(),
                rest.as_bytes()
            );
        }
    }
}
