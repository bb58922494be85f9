//! What carries a WebSocket to the room that it is for.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::pipe::PipeEnd;
use crate::socket::{Dialled, Role};

/// Where the room waits for its socket's transport.
pub type TransportSlot = oneshot::Sender<Transport>;

/// What carries a WebSocket.
pub enum Transport {
    Tcp {
        stream: std::net::TcpStream,
        /// Bytes that were read past the upgrade.
        read_ahead: Bytes,
        /// Which end of the connection this is.
        role: Role,
    },
    Pipe(PipeEnd),
    /// Opened by this very thread.
    Dialled(Dialled),
}
