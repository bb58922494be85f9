//! Who a socket leads to.

/// Who is at the other end, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A connection of a room, by its id.
    Client(String),
    /// What user code connected to, by its URL.
    Server(String),
    Unknown,
}
