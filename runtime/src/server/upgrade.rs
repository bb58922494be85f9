//! The 101 answer, and handing the TCP stream to whoever owns the socket (RFC 6455, section 4.2.2).

use bytes::Bytes;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{HeaderMap, Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use partyrun_ops::message::HeaderList;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::call::{Transport, TransportSlot};
use crate::socket::Role;

use super::first_line::FirstLine;
use super::head;
use super::peer::Peer;
use super::reply::ReplyBody;
use super::target::{Fault, bad};
use super::tls;
use super::wire::Wire;

/// Why a request that asks for a WebSocket cannot get one, whatever its room would say (RFC 6455,
/// section 4.2.1).
pub fn fault(method: &Method, headers: &HeaderMap) -> Option<Fault> {
    if method != Method::GET {
        return Some(bad("ERROR: A WebSocket is opened with GET."));
    }
    if !headers.contains_key(SEC_WEBSOCKET_KEY) {
        return Some(bad("ERROR: Missing Sec-WebSocket-Key"));
    }
    let version = headers.get(SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != "13") {
        return Some(bad(
            "ERROR: The requested WebSocket version is not supported.",
        ));
    }
    None
}

/// The answer to a request with a fault. The connection is not used for anything else.
pub fn refusal(fault: Fault) -> Response<ReplyBody> {
    let text = Bytes::from_static(fault.text.as_bytes());
    let mut response = Response::new(ReplyBody::Full(Some(text)));
    *response.status_mut() = fault.status;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(fault.text.len()));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// The 101, with the headers that user code gave its answer: only those choose a subprotocol
/// (section 5.1).
pub fn switching(accept: HeaderValue, of_user: HeaderList) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    let of_the_wire = [
        CONTENT_LENGTH,
        CONTENT_TYPE,
        SEC_WEBSOCKET_ACCEPT,
        SEC_WEBSOCKET_EXTENSIONS,
    ];
    head::extend(&mut response, of_user, |name| !of_the_wire.contains(name));
    response
}

/// Waits for the 101 to be sent, then gives the stream away. When the client is gone before that,
/// dropping `slot` says so.
pub async fn hand_over(on_upgrade: OnUpgrade, slot: TransportSlot) {
    let Ok(upgraded) = on_upgrade.await else {
        return;
    };
    let taken = match taken_apart::<TcpStream>(upgraded) {
        Ok((stream, read_ahead)) => stream.into_std().map(|stream| (stream, read_ahead)),
        Err(upgraded) => {
            let Ok((stream, read_ahead)) = taken_apart::<TlsStream<TcpStream>>(upgraded) else {
                return;
            };
            let stream = tls::unwrap(stream, read_ahead);
            stream.map(|stream| (stream, Bytes::new()))
        }
    };
    let Ok((stream, read_ahead)) = taken else {
        return;
    };
    let transport = Transport::Tcp {
        stream,
        read_ahead,
        role: Role::Server,
    };
    // A room that is gone drops the stream with the transport.
    let _ = slot.send(transport);
}

/// The connection under hyper, and what was read of it that nobody has had.
fn taken_apart<S>(upgraded: Upgraded) -> Result<(S, Bytes), Upgraded>
where
    S: AsyncRead + AsyncWrite + Peer + Send + Unpin + 'static,
{
    let parts = upgraded.downcast::<TokioIo<Wire<FirstLine<S>>>>()?;
    let (first_line, ahead) = parts.io.into_inner().into_parts();
    let (stream, unread) = first_line.into_parts();
    let read = [parts.read_buf, ahead, unread.into()];
    let mut some = read.into_iter().filter(|bytes| !bytes.is_empty());
    let read_ahead = match (some.next(), some.next(), some.next()) {
        (Some(only), None, _) => only,
        (None, ..) => Bytes::new(),
        (Some(one), Some(two), three) => {
            [&one[..], &two, &three.unwrap_or_default()].concat().into()
        }
    };
    Ok((stream, read_ahead))
}
