//! The opening handshake of the control plane's WebSockets. Knows nothing of what they carry.

use hyper::body::Incoming;
use hyper::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use partyrun_ops::message::HeaderList;

use super::super::reply::{ReplyBody, to_http};
use super::super::upgrade::{fault, refusal, switching};
use super::refusal::Refusal;
use crate::socket::accept_key;

/// The subprotocol that is chosen when it is offered: a client that offers any has to see one chosen.
const SUBPROTOCOL: &str = "partyrun";

/// The way to the socket and the answer that opens it; or the answer to a request that asks for none, to
/// whom `purpose` says why it must.
#[allow(clippy::result_large_err, reason = "both are answers")]
pub(super) fn handshake(
    mut request: Request<Incoming>,
    purpose: &str,
) -> Result<(OnUpgrade, Response<ReplyBody>), Response<ReplyBody>> {
    let headers = request.headers();
    let is_upgrade = headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !is_upgrade {
        return Err(to_http(Refusal::new(426, "upgrade", purpose).into_reply(), false).0);
    }
    if let Some(fault) = fault(request.method(), headers) {
        return Err(refusal(fault));
    }
    let Some(accept) = accept_key(headers) else {
        let text = "The key of the handshake cannot be read";
        return Err(to_http(Refusal::new(400, "upgrade", text).into_reply(), false).0);
    };
    let offered = headers
        .get(SEC_WEBSOCKET_PROTOCOL)
        .and_then(|value| value.to_str().ok());
    let is_offered = offered.is_some_and(|names| {
        let mut names = names.split(',').map(str::trim);
        names.any(|name| name == SUBPROTOCOL)
    });
    let on_upgrade = hyper::upgrade::on(&mut request);
    let mut response = switching(accept, HeaderList::new());
    if is_offered {
        let chosen = HeaderValue::from_static(SUBPROTOCOL);
        response
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    Ok((on_upgrade, response))
}
