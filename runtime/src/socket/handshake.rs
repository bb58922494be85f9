//! What both ends of an opening handshake compute (RFC 6455, section 4).

use base64::Engine;
use hyper::HeaderMap;
use hyper::header::{HeaderValue, SEC_WEBSOCKET_KEY};
use sha1::{Digest, Sha1};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `Sec-WebSocket-Accept` for the client's key; `None` when the client sent none.
pub fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let key = headers.get(SEC_WEBSOCKET_KEY)?;
    let digest = Sha1::new()
        .chain_update(key.as_bytes())
        .chain_update(GUID)
        .finalize();
    let text = base64::engine::general_purpose::STANDARD.encode(digest);
    HeaderValue::from_str(&text).ok()
}
