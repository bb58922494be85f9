//! The WebSocket over which a test answers the requests that rooms send to elsewhere: one text message for each
//! request and each answer (docs/control.md). Keeps nothing when it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket, WebSocketError};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use partyrun_ops::message::{Body, HeaderList, HttpReply};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use super::super::reply::{ReplyBody, to_http};
use super::super::space::{MAIN, Space};
use super::Control;
use super::handshake::handshake;
use super::refusal::no_space;
use super::route;
use crate::host::{Asked, TestAnswer};

const OUTBOUND: &str = "/outbound";
/// The largest message of a test: a body of 64 MiB in base64.
const MOST_BYTES: usize = 96 << 20;

/// Who waits for an answer, by the number of the request.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<TestAnswer>>>>;

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<TestAnswer>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a request is for this, and of which space.
pub(super) fn wanted<B>(request: &Request<B>) -> Option<String> {
    let (space, rest) = route::split(request.uri().path());
    (rest == OUTBOUND).then(|| space.unwrap_or(MAIN).to_owned())
}

impl Control {
    pub(super) fn answer_outbound(
        &self,
        request: Request<Incoming>,
        id: &str,
    ) -> Response<ReplyBody> {
        let Some(space) = self.spaces.find(id) else {
            return to_http(no_space(id).into_reply(), false).0;
        };
        match handshake(request, "Requests are answered over a WebSocket") {
            Ok((on_upgrade, response)) => {
                let (test, asked) = unbounded_channel();
                let outbound = space.makings.outside.outbound.clone();
                outbound.set_test(Some(test.clone()));
                tokio::spawn(async move {
                    talk(on_upgrade, asked).await;
                    outbound.end_test(&test);
                });
                response
            }
            Err(response) => response,
        }
    }
}

/// Ends with the client, or when another has taken over.
async fn talk(on_upgrade: OnUpgrade, mut asked: UnboundedReceiver<Asked>) {
    let Ok(upgraded) = on_upgrade.await else {
        return;
    };
    let (read, write) = tokio::io::split(TokioIo::new(upgraded));
    // Apart, as a read that is given up would lose what it has read.
    let reader = tokio::io::join(read, tokio::io::sink());
    let mut reader = WebSocket::after_handshake(reader, Role::Server);
    reader.set_auto_pong(false);
    reader.set_auto_close(false);
    reader.set_max_message_size(MOST_BYTES);
    let writer = tokio::io::join(tokio::io::empty(), write);
    let mut writer = WebSocket::after_handshake(writer, Role::Server);
    let waiting = Waiting::default();
    let (said, mut heard) = unbounded_channel();
    let answers = waiting.clone();
    let reading = tokio::spawn(async move {
        let mut reader = FragmentCollector::new(reader);
        while let Ok(frame) = reader.read_frame().await {
            match frame.opcode {
                OpCode::Text => settle(&answers, &frame.payload),
                OpCode::Ping | OpCode::Close => {
                    let is_last = frame.opcode == OpCode::Close;
                    // The writer may have ended.
                    let _ = said.send((frame.opcode, frame.payload.to_vec()));
                    if is_last {
                        break;
                    }
                }
                _ => {}
            }
        }
    });
    let mut next = 0;
    loop {
        let sent: Result<(), WebSocketError> = tokio::select! {
            request = asked.recv() => match request {
                Some(request) => {
                    next += 1;
                    let text = told(next, &request);
                    lock(&waiting).insert(next, request.answer);
                    let payload = Payload::Owned(text.into_bytes());
                    writer.write_frame(Frame::new(true, OpCode::Text, None, payload)).await
                }
                None => break,
            },
            said = heard.recv() => match said {
                Some((OpCode::Ping, payload)) => {
                    writer.write_frame(Frame::pong(Payload::Owned(payload))).await
                }
                Some((code, payload)) => {
                    let payload = Payload::Owned(payload);
                    let frame = Frame::new(true, code, None, payload);
                    // The end, whether it arrives or not.
                    let _ = writer.write_frame(frame).await;
                    break;
                }
                None => break,
            },
        };
        if sent.is_err() {
            break;
        }
    }
    reading.abort();
    lock(&waiting).clear();
}

fn told(id: u64, asked: &Asked) -> String {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let request = &asked.request;
    let headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| json!([text(name), text(value)]))
        .collect();
    let body = match &request.body {
        Body::Bytes(bytes) if !bytes.is_empty() => STANDARD.encode(bytes).into(),
        _ => Value::Null,
    };
    let room = asked.room.as_ref();
    json!({
        "id": id,
        "party": room.map(|key| &*key.party),
        "room": room.map(|key| &*key.room),
        "method": request.method,
        "url": request.url,
        "headers": headers,
        "body": body,
    })
    .to_string()
}

#[derive(Deserialize)]
struct Said {
    id: u64,
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    text: Option<String>,
    error: Option<String>,
    #[serde(default)]
    pass: bool,
}

impl Said {
    fn answer(self) -> TestAnswer {
        if self.pass {
            return TestAnswer::Pass;
        }
        if let Some(error) = self.error {
            return TestAnswer::Error(error);
        }
        let body = match (self.body, self.text) {
            (Some(body), _) => match STANDARD.decode(body) {
                Ok(bytes) => Body::Bytes(bytes.into()),
                Err(error) => {
                    let text = format!("The `body` of the test's answer is not base64: {error}");
                    return TestAnswer::Error(text);
                }
            },
            (None, Some(text)) => Body::Bytes(text.into()),
            (None, None) => Body::Empty,
        };
        let headers: HeaderList = self
            .headers
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        TestAnswer::Reply(HttpReply {
            status: self.status.unwrap_or(200),
            reason: String::new(),
            headers,
            body,
        })
    }
}

/// Hands on what a test has said. What cannot be read fails the request that it is for, if that can be told.
fn settle(waiting: &Waiting, text: &[u8]) {
    let (id, answer) = match serde_json::from_slice::<Said>(text) {
        Ok(said) => (said.id, said.answer()),
        Err(error) => {
            let id = serde_json::from_slice::<Value>(text).ok();
            let Some(id) = id.and_then(|said| said["id"].as_u64()) else {
                return;
            };
            let text = format!("The test's answer cannot be read: {error}");
            (id, TestAnswer::Error(text))
        }
    };
    if let Some(waits) = lock(waiting).remove(&id) {
        // User code may have given up.
        let _ = waits.send(answer);
    }
}

impl Space {
    /// Nothing answers its requests but what did from the start.
    pub(super) fn forget_test(&self) {
        self.makings.outside.outbound.set_test(None);
    }
}
