//! The WebSocket on which events are told: one text message for each. What a listener sends is not read,
//! but for its end.

use std::sync::Arc;

use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::reply::ReplyBody;
use super::super::space::MAIN;
use super::feed::EventFeed;
use super::handshake::handshake;
use super::route;

/// Whether a request is for the events, and if so, for those of which space; `Some(None)` is all.
pub fn wanted<B>(request: &Request<B>) -> Option<Option<String>> {
    let (space, rest) = route::split(request.uri().path());
    (rest == route::EVENTS).then(|| space.map(str::to_owned))
}

/// Whether an event is one of this space.
fn is_of(line: &str, space: &str) -> bool {
    let event: Value = serde_json::from_str(line).unwrap_or_default();
    event["space"].as_str().unwrap_or(MAIN) == space
}

pub fn open(
    request: Request<Incoming>,
    feed: &EventFeed,
    space: Option<String>,
) -> Response<ReplyBody> {
    match handshake(request, "Events come over a WebSocket") {
        Ok((on_upgrade, response)) => {
            // From here on: what happens after the answer is heard.
            tokio::spawn(tell(on_upgrade, feed.listen(), space));
            response
        }
        Err(response) => response,
    }
}

/// Ends with the client.
async fn tell(on_upgrade: OnUpgrade, mut events: Receiver<Arc<str>>, space: Option<String>) {
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
                Ok(line) => match &space {
                    Some(space) if !is_of(&line, space) => continue,
                    _ => Next::Tell(line),
                },
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
