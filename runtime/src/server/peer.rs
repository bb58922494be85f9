//! What lies below HTTP on a client's connection: what the system tells of its other end, and by which thread. Knows
//! no bytes.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::first_line::FirstLine;

/// How the system finds out about a client that ended its sending side and is gone: after so long without
/// a word, and three questions.
const PROBE_AFTER: Duration = Duration::from_secs(15);
const PROBE_EVERY: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;

/// What a connection can tell of its other end apart from bytes.
pub trait Peer {
    /// Has the system ask the other end from time to time whether it is there.
    fn probe(&self);

    /// Why nothing can be sent any more.
    fn failure(&self) -> Option<io::Error>;

    /// Whether another thread may serve it.
    fn can_move(&self) -> bool {
        false
    }

    /// Has the calling thread's runtime tell of what happens on it.
    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Peer for TcpStream {
    fn probe(&self) {
        let settings = socket2::TcpKeepalive::new()
            .with_time(PROBE_AFTER)
            .with_interval(PROBE_EVERY)
            .with_retries(PROBES);
        // A socket that refuses this is dead, which the next write tells.
        let _ = socket2::SockRef::from(self).set_tcp_keepalive(&settings);
    }

    fn failure(&self) -> Option<io::Error> {
        self.take_error().ok().flatten()
    }

    fn can_move(&self) -> bool {
        true
    }

    fn settle(&mut self) -> io::Result<()> {
        // The runtime of before is told when its own descriptor is dropped, though it may have ended.
        let descriptor = self.as_fd().try_clone_to_owned()?;
        *self = TcpStream::from_std(descriptor.into())?;
        Ok(())
    }
}

impl Peer for TlsStream<TcpStream> {
    fn probe(&self) {
        self.get_ref().0.probe();
    }

    fn failure(&self) -> Option<io::Error> {
        self.get_ref().0.failure()
    }
}

/// Its other end is in this process.
impl Peer for DuplexStream {
    fn probe(&self) {}

    fn failure(&self) -> Option<io::Error> {
        None
    }
}

impl<S: Peer> Peer for FirstLine<S> {
    fn probe(&self) {
        self.stream().probe();
    }

    fn failure(&self) -> Option<io::Error> {
        self.stream().failure()
    }

    fn can_move(&self) -> bool {
        self.stream().can_move()
    }

    fn settle(&mut self) -> io::Result<()> {
        self.stream_mut().settle()
    }
}
