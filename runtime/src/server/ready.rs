//! The URL by which programs that wait for the server know that it serves. It needs no state: nothing is
//! accepted before the project's code has been loaded, and nothing is when it cannot be.

use partyrun_ops::message::HttpReply;

use crate::call::text_reply;

/// What tools that wait for a URL are told to ask for.
pub const PATH: &str = "/__partyrun__/ready";

/// Whether a request is for it. Its log would be a line for each time that somebody looked.
pub fn owns(path: &str) -> bool {
    path == PATH
}

pub fn answer() -> HttpReply {
    text_reply(200, "ready\n")
}
