//! What is said between the page and the server: one WebSocket, whose first message is the token. Then each message
//! of the page asks for something, and is answered by its number; the messages of one room come as they pass.
//! Ends with the page.

use std::sync::Arc;
use std::time::Duration;

use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, empty, join, sink};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::super::control::{Answer, ask};
use super::super::space::Space;
use super::client::{self, Reached, Sent};
use super::shown::Shown;
use super::watched::Watched;
use crate::call::{RoomKey, Transport};

/// Largest message of the page: what is imported comes in one.
const MAX_MESSAGE: usize = 64 << 20;
/// How long the page may take to say the token.
const PATIENCE: Duration = Duration::from_secs(5);
/// Whoever gets this does not know the token: the server has been started anew.
const WRONG_TOKEN: u16 = 4401;

/// What the page says.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wish {
    Ask {
        id: u64,
        method: String,
        path: String,
        #[serde(default)]
        body: String,
    },
    /// Send a request as a client.
    Send { id: u64, send: Sent },
    /// Show requests as they are answered, or no more.
    Watch { watch: bool },
    /// Show the messages of a room; `null` is none.
    Tap {
        tap: u64,
        room: Option<(String, String)>,
    },
}

/// What the page is told.
enum Said {
    Text(String),
    Tap(Option<Shown>),
    Watch(Option<Watched>),
    Pong(Vec<u8>),
    /// The last one.
    Close(Vec<u8>),
}

/// Converses with the page until it goes.
pub async fn converse(
    transport: oneshot::Receiver<Transport>,
    space: Arc<Space>,
    token: String,
    reached: Reached,
) {
    let Ok(Transport::Tcp {
        stream, read_ahead, ..
    }) = transport.await
    else {
        return;
    };
    // What cannot be registered is dead.
    let Ok(stream) = TcpStream::from_std(stream) else {
        return;
    };
    let (input, output) = stream.into_split();
    let input = std::io::Cursor::new(read_ahead).chain(input);
    // Reading and writing go on at the same time, and neither is given up in the middle of a frame.
    let mut reader = WebSocket::after_handshake(join(input, sink()), Role::Server);
    reader.set_auto_pong(false);
    reader.set_auto_close(false);
    reader.set_max_message_size(MAX_MESSAGE);
    let mut reader = FragmentCollector::new(reader);
    let mut writer = WebSocket::after_handshake(join(empty(), output), Role::Server);
    let first = timeout(PATIENCE, reader.read_frame()).await;
    let is_known: bool = match &first {
        Ok(Ok(frame)) => frame.payload.ct_eq(token.as_bytes()).into(),
        _ => false,
    };
    if !is_known {
        // Whoever is gone already needs no explanation.
        let frame = Frame::close(WRONG_TOKEN, b"Reload the page");
        let _ = writer.write_frame(frame).await;
        return;
    }
    drop(first);
    space.logs.keep();
    let (sender, outbox) = unbounded_channel();
    let hello = json!({ "hello": env!("CARGO_PKG_VERSION") });
    // It is received below.
    let _ = sender.send(Said::Text(hello.to_string()));
    tokio::select! {
        () = listen(reader, &space, &reached, sender) => {}
        () = speak(writer, &space, outbox) => {}
    }
}

async fn listen(
    mut reader: FragmentCollector<impl AsyncRead + AsyncWrite + Unpin>,
    space: &Arc<Space>,
    reached: &Reached,
    sender: UnboundedSender<Said>,
) {
    // What is under way goes with the page.
    let mut asked = JoinSet::new();
    while let Ok(frame) = reader.read_frame().await {
        while asked.try_join_next().is_some() {}
        let said = match frame.opcode {
            OpCode::Text => match serde_json::from_slice(&frame.payload) {
                Ok(Wish::Ask {
                    id,
                    method,
                    path,
                    body,
                }) => {
                    let (space, sender) = (space.clone(), sender.clone());
                    asked.spawn(async move {
                        let answer = ask(space, &method, &path, body).await;
                        // A page that is gone hears nothing.
                        let _ = sender.send(Said::Text(numbered(id, &answer)));
                    });
                    continue;
                }
                Ok(Wish::Send { id, send }) => {
                    let (space, reached, sender) = (space.clone(), reached.clone(), sender.clone());
                    asked.spawn(async move {
                        let answer = client::send(&space, &reached, send).await;
                        let _ = sender.send(Said::Text(numbered(id, &answer)));
                    });
                    continue;
                }
                Ok(Wish::Watch { watch }) => {
                    Said::Watch(watch.then(|| Watched::of(&space.logs.requests)))
                }
                Ok(Wish::Tap { tap, room }) => Said::Tap(room.map(|(party, room)| {
                    let key = RoomKey::new(&party, &room);
                    Shown::of(key, tap, &space.door.rooms)
                })),
                Err(error) => {
                    let text = format!("The message is not understood: {error}");
                    Said::Text(json!({ "error": text }).to_string())
                }
            },
            OpCode::Ping => Said::Pong(frame.payload.to_vec()),
            OpCode::Close => Said::Close(frame.payload.to_vec()),
            OpCode::Binary | OpCode::Continuation | OpCode::Pong => continue,
        };
        let is_last = matches!(said, Said::Close(_));
        // The other half ends only with this one.
        let _ = sender.send(said);
        if is_last {
            return std::future::pending().await;
        }
    }
}

/// The JSON of an answer goes on as the text that it is.
fn numbered(id: u64, answer: &Answer) -> String {
    let Answer { status, body } = answer;
    let body = match std::str::from_utf8(body).map(str::trim) {
        Ok("") | Err(_) => "null",
        Ok(body) => body,
    };
    format!(r#"{{"id":{id},"status":{status},"body":{body}}}"#)
}

async fn speak(
    mut writer: WebSocket<impl AsyncRead + AsyncWrite + Unpin>,
    space: &Space,
    mut outbox: UnboundedReceiver<Said>,
) {
    let mut shown: Option<Shown> = None;
    let mut watched: Option<Watched> = None;
    loop {
        // While the page does not read, messages are counted where they pass, and not kept.
        let passed = async {
            match &mut shown {
                Some(shown) => shown.next(&space.door.rooms).await,
                None => std::future::pending().await,
            }
        };
        let answered = async {
            match &mut watched {
                Some(watched) => watched.next().await,
                None => std::future::pending().await,
            }
        };
        let said = tokio::select! {
            said = outbox.recv() => match said {
                Some(said) => said,
                None => return,
            },
            text = passed => Said::Text(text),
            text = answered => Said::Text(text),
        };
        let (code, payload, is_last) = match said {
            Said::Tap(next) => {
                shown = next;
                continue;
            }
            Said::Watch(next) => {
                watched = next;
                continue;
            }
            Said::Text(text) => (OpCode::Text, text.into_bytes(), false),
            Said::Pong(payload) => (OpCode::Pong, payload, false),
            Said::Close(payload) => (OpCode::Close, payload, true),
        };
        let frame = Frame::new(true, code, None, Payload::Owned(payload));
        if writer.write_frame(frame).await.is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn answers_have_the_number_of_their_question_and_its_json() {
        let answer = |status, body: &'static [u8]| Answer {
            status,
            body: Bytes::from_static(body),
        };
        let found = numbered(7, &answer(200, b"{\"n\":1.50}\n"));
        assert_eq!(found, r#"{"id":7,"status":200,"body":{"n":1.50}}"#);
        let done = numbered(8, &answer(204, b""));
        assert_eq!(done, r#"{"id":8,"status":204,"body":null}"#);
    }

    #[test]
    fn the_page_asks_and_looks() {
        let wish = |text: &str| serde_json::from_str::<Wish>(text).expect("it is understood");
        let asked = wish(r#"{"id":1,"method":"GET","path":"/"}"#);
        assert!(matches!(asked, Wish::Ask { id: 1, body, .. } if body.is_empty()));
        let tap = wish(r#"{"tap":2,"room":["main","r"]}"#);
        assert!(matches!(
            tap,
            Wish::Tap {
                tap: 2,
                room: Some(_)
            }
        ));
        let sent = wish(r#"{"id":4,"send":{"method":"GET","path":"/"}}"#);
        assert!(matches!(sent, Wish::Send { id: 4, .. }));
        let watched = wish(r#"{"watch":true}"#);
        assert!(matches!(watched, Wish::Watch { watch: true }));
        let none = wish(r#"{"tap":3,"room":null}"#);
        assert!(matches!(none, Wish::Tap { room: None, .. }));
    }
}
