//! A debugger's WebSocket: frames on one side, messages on the other. It ends with either, and with it what
//! the debugger was attached to is let go.

use std::sync::Arc;

use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
use hyper::body::Incoming;
use hyper::header::UPGRADE;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use partyrun_ops::message::HeaderList;
use tokio::io::{AsyncRead, AsyncWrite, empty, join, sink, split};

use super::super::reply::{ReplyBody, to_http};
use super::super::upgrade::{fault, refusal, switching};
use super::outbox::{Outbox, Said, outbox};
use crate::call::text_reply;
use crate::inspector::{Attachment, Root, TITLE, Targets, Who};
use crate::project::{Event, Reporter};
use crate::socket::accept_key;

/// Largest message of a debugger; whole scripts are among them.
const MAX_MESSAGE: usize = 64 << 20;

/// What a debugger is attached to.
enum Attached {
    All(Root),
    One(Attachment),
}

impl Attached {
    fn send(&self, text: String) {
        match self {
            Attached::All(root) => root.send(text),
            Attached::One(attachment) => attachment.send(text),
        }
    }
}

/// Attaches a debugger; `who` is `None` for all.
pub fn open(
    mut request: Request<Incoming>,
    targets: &Arc<Targets>,
    who: Option<Who>,
    reporter: &Arc<dyn Reporter>,
) -> Response<ReplyBody> {
    let headers = request.headers();
    let is_upgrade = headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !is_upgrade {
        return to_http(text_reply(426, "Debuggers speak over a WebSocket\n"), false).0;
    }
    if let Some(fault) = fault(request.method(), headers) {
        return refusal(fault);
    }
    let Some(accept) = accept_key(headers) else {
        let text = "The key of the handshake cannot be read\n";
        return to_http(text_reply(400, text), false).0;
    };
    let on_upgrade = hyper::upgrade::on(&mut request);
    let (targets, reporter) = (targets.clone(), reporter.clone());
    tokio::spawn(async move {
        let title = who.as_ref().map_or(TITLE.to_owned(), ToString::to_string);
        if let Some(waiting) = converse(on_upgrade, targets, who).await {
            let text = format!(
                "A debugger of `{title}` does not read: it is disconnected. {} MiB wait for it",
                waiting >> 20
            );
            reporter.report(Event::Notice(text));
        }
    });
    switching(accept, HeaderList::new())
}

/// Gives the bytes that wait for a debugger that does not read.
async fn converse(on_upgrade: OnUpgrade, targets: Arc<Targets>, who: Option<Who>) -> Option<u64> {
    let upgraded = on_upgrade.await.ok()?;
    let (outbox, waiting) = outbox();
    let tell = {
        let outbox = outbox.clone();
        move |text| outbox.say(Said::Text(text))
    };
    let attached = match who {
        Some(who) => Attached::One(Attachment::start(&targets, who, Box::new(tell))),
        None => Attached::All(Root::start(&targets, tell)),
    };
    let (input, output) = split(TokioIo::new(upgraded));
    // Reading and writing go on at the same time, and neither is given up in the middle of a frame.
    let mut reader = WebSocket::after_handshake(join(input, sink()), Role::Server);
    reader.set_auto_pong(false);
    reader.set_auto_close(false);
    reader.set_max_message_size(MAX_MESSAGE);
    let writer = WebSocket::after_handshake(join(empty(), output), Role::Server);
    tokio::select! {
        () = listen(FragmentCollector::new(reader), attached, outbox) => None,
        waiting = waiting.write_to(writer) => waiting,
    }
}

async fn listen(
    mut reader: FragmentCollector<impl AsyncRead + AsyncWrite + Unpin>,
    attached: Attached,
    outbox: Outbox,
) {
    while let Ok(frame) = reader.read_frame().await {
        let payload = frame.payload.to_vec();
        let answer = match frame.opcode {
            OpCode::Text | OpCode::Binary => {
                attached.send(String::from_utf8_lossy(&payload).into_owned());
                continue;
            }
            OpCode::Ping => Said::Pong(payload),
            OpCode::Close => Said::Close(payload),
            OpCode::Continuation | OpCode::Pong => continue,
        };
        let is_last = matches!(answer, Said::Close(_));
        outbox.say(answer);
        if is_last {
            drop(attached);
            return std::future::pending().await;
        }
    }
}
