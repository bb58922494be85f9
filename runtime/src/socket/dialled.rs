//! A connection to elsewhere, once its opening handshake is made.

use bytes::Bytes;

use super::Stream;

/// A connection whose opening handshake we made.
pub struct Dialled {
    pub stream: Stream,
    /// Bytes that were read past the handshake.
    pub read_ahead: Bytes,
}
