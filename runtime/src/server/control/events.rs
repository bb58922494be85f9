//! The WebSocket on which events are told: one text message for each. What a listener sends is not read,
//! but for its end.

use std::sync::Arc;

use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use partyrun_ops::message::HeaderList;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::reply::{ReplyBody, to_http};
use super::super::upgrade::{fault, refusal, switching};
use super::feed::EventFeed;
use super::refusal::Refusal;
use super::route;
use crate::socket::accept_key;

/// The subprotocol that is chosen when it is offered: a client that offers any has to see one chosen.
const SUBPROTOCOL: &str = "partyrun";

/// Whether a request is for the events.
pub fn wanted<B>(request: &Request<B>) -> bool {
    request.uri().path() == route::EVENTS
}

pub fn open(mut request: Request<Incoming>, feed: &EventFeed) -> Response<ReplyBody> {
    let headers = request.headers();
    let is_upgrade = headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !is_upgrade {
        let text = "Events come over a WebSocket";
        return to_http(Refusal::new(426, "upgrade", text).into_reply(), false).0;
    }
    if let Some(fault) = fault(request.method(), headers) {
        return refusal(fault);
    }
    let Some(accept) = accept_key(headers) else {
        let text = "The key of the handshake cannot be read";
        return to_http(Refusal::new(400, "upgrade", text).into_reply(), false).0;
    };
    let offered = headers
        .get(SEC_WEBSOCKET_PROTOCOL)
        .and_then(|value| value.to_str().ok());
    let is_offered = offered.is_some_and(|names| {
        let mut names = names.split(',').map(str::trim);
        names.any(|name| name == SUBPROTOCOL)
    });
    // From here on: what happens after the answer is heard.
    let events = feed.listen();
    let on_upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(tell(on_upgrade, events));
    let mut response = switching(accept, HeaderList::new());
    if is_offered {
        let chosen = HeaderValue::from_static(SUBPROTOCOL);
        response
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    response
}

/// Ends with the client.
async fn tell(on_upgrade: OnUpgrade, mut events: Receiver<Arc<str>>) {
    let Ok(upgraded) = on_upgrade.await else {
        return;
    };
    let mut socket = WebSocket::after_handshake(TokioIo::new(upgraded), Role::Server);
    // Answers are written below: a read is given up whenever there is an event.
    socket.set_auto_pong(false);
    socket.set_auto_close(false);
    loop {
        let next = tokio::select! {
            frame = socket.read_frame() => match frame {
                Ok(frame) => Next::Heard(frame.opcode, frame.payload.to_vec()),
                Err(_) => return,
            },
            event = events.recv() => match event {
                Ok(line) => Next::Tell(line),
                Err(RecvError::Lagged(count)) => Next::Tell(missed(count)),
                Err(RecvError::Closed) => return,
            },
        };
        let is_last = matches!(next, Next::Heard(OpCode::Close, _));
        let Some(frame) = next.answer() else {
            continue;
        };
        if socket.write_frame(frame).await.is_err() || is_last {
            return;
        }
    }
}

enum Next {
    Heard(OpCode, Vec<u8>),
    Tell(Arc<str>),
}

impl Next {
    fn answer(&self) -> Option<Frame<'_>> {
        match self {
            Next::Tell(line) => {
                let payload = Payload::Borrowed(line.as_bytes());
                Some(Frame::new(true, OpCode::Text, None, payload))
            }
            Next::Heard(OpCode::Ping, payload) => Some(Frame::pong(Payload::Borrowed(payload))),
            Next::Heard(OpCode::Close, payload) => Some(Frame::new(
                true,
                OpCode::Close,
                None,
                Payload::Borrowed(payload),
            )),
            Next::Heard(..) => None,
        }
    }
}

/// What a listener gets that did not keep up.
fn missed(count: u64) -> Arc<str> {
    format!(r#"{{"event":"lost","events":{count}}}"#).into()
}
