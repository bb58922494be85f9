//! Small questions and answers of HTTP that the front door, isolates and the registry share.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use partyrun_ops::message::{Body, HeaderList, HttpReply, HttpRequest};

/// Whether a request asks for a WebSocket. The comparison ignores case (section 3.2).
pub fn is_upgrade(http: &HttpRequest) -> bool {
    http.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"upgrade") && value.eq_ignore_ascii_case(b"websocket")
    })
}

/// Headers as they came, repeated names kept apart.
pub fn header_list(headers: &HeaderMap) -> HeaderList {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name_bytes(name), Bytes::copy_from_slice(value.as_bytes())))
        .collect()
}

pub fn name_bytes(name: &HeaderName) -> Bytes {
    Bytes::copy_from_slice(name.as_str().as_bytes())
}

/// An answer of our own.
pub fn text_reply(status: u16, text: &str) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers: vec![("content-type".into(), "text/plain;charset=UTF-8".into())],
        body: Body::Bytes(text.to_owned().into()),
    }
}
