//! What can go wrong while loading a server, as one line each. Never decides what to do about it.

use std::io;
use std::time::Duration;

/// Errors of one connection or of the whole load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("Could not start the load generator's runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("Could not connect: {0}")]
    Connect(#[source] io::Error),
    #[error("The connection broke: {0}")]
    Broken(#[source] io::Error),
    #[error("The server closed the connection")]
    Closed,
    #[error("The server closed the WebSocket with code: {0}")]
    ClosedWithCode(u16),
    #[error("Expected HTTP status `{expected}`, got: {got}")]
    Status { expected: u16, got: u16 },
    #[error("The answer is not HTTP/1.1: {0}")]
    NotHttp(String),
    #[error("Unexpected WebSocket frame: {0}")]
    Frame(String),
    #[error("The echo differs from what was sent: {0}")]
    WrongEcho(String),
    #[error("A write was lost: `{least}` to `{most}` must be stored, found: {found}")]
    Lost { least: u64, most: u64, found: u64 },
    #[error("An alarm did not come")]
    NoAlarm,
    #[error("Gave up waiting for the server after: {0:?}")]
    Silence(Duration),
}
