//! Requests of one connection: a GET is counted by its room, an upgrade becomes a WebSocket in it. Never looks at what
//! a WebSocket sends.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use tokio::net::TcpStream;

use crate::room::{Room, Rooms};
use crate::socket;

/// What a server's answer to a key is made with (RFC 6455, section 1.3).
const ACCEPTS: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

type Answer = Response<Full<Bytes>>;

/// Serves a connection until it ends or becomes a WebSocket.
pub async fn serve(stream: TcpStream, rooms: Arc<Rooms>) {
    let service = service_fn(move |request| {
        let answer = answer(request, &rooms);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // A client that goes away in the middle ends its connection.
    let _ = connection.await;
}

fn answer(mut request: Request<Incoming>, rooms: &Rooms) -> Answer {
    let name = request.uri().path().to_owned();
    let room = rooms.get(&name);
    let key = request.headers().get("sec-websocket-key");
    let Some(accept) = key.map(|key| accept(key.as_bytes())) else {
        return counted(&name, &room);
    };
    tokio::spawn(upgrade(hyper::upgrade::on(&mut request), room));
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    answer
}

/// The same JSON as the benchmark's project.
fn counted(name: &str, room: &Room) -> Answer {
    let id = name.rsplit('/').next().unwrap_or_default();
    let body = json!({ "room": id, "hits": room.hit() }).to_string();
    let mut answer = Response::new(Full::from(body));
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    answer
}

fn accept(key: &[u8]) -> HeaderValue {
    let hash = Sha1::new()
        .chain_update(key)
        .chain_update(ACCEPTS)
        .finalize();
    HeaderValue::try_from(STANDARD.encode(hash)).expect("base64 is plain text")
}

async fn upgrade(upgrade: OnUpgrade, room: Arc<Room>) {
    let Ok(parts) = upgrade.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) else {
        return;
    };
    let parts = parts.expect("`serve` was given a stream of this type");
    socket::run(parts.io.into_inner(), parts.read_buf, room).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_as_in_the_standards_example() {
        // RFC 6455, section 1.3.
        assert_eq!(
            accept(b"dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
