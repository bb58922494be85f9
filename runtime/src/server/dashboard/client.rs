//! Requests that the page has sent as a client: through the front door, as those of anybody, by a pipe in memory.
//! What the page gets of an answer is bounded in size and time.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap, UPGRADE};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::duplex;
use tokio::time::timeout_at;

use super::super::asker::Way;
use super::super::control::Answer;
use super::super::http;
use super::super::space::Space;

/// How much of a request or an answer is on its way at a time.
const PIPE: usize = 64 << 10;
/// How much of a body the page is given.
const MOST: usize = 1 << 20;
/// How long an answer may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
const BODY_PATIENCE: Duration = Duration::from_secs(5);

/// A request, as the page says it.
#[derive(Debug, Deserialize)]
pub struct Sent {
    method: String,
    /// With its query.
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// How the page itself was reached, which is how its requests come too.
#[derive(Clone, Debug)]
pub struct Reached {
    pub host: String,
    pub scheme: &'static str,
}

/// Sends a request, and tells of its answer.
pub async fn send(space: &Space, reached: &Reached, sent: Sent) -> Answer {
    let (status, body) = match answered(space, reached, sent).await {
        Ok(told) => (200, told),
        Err(text) => (
            400,
            json!({ "error": { "code": "request", "message": text } }),
        ),
    };
    Answer {
        status,
        body: body.to_string().into(),
    }
}

async fn answered(space: &Space, reached: &Reached, sent: Sent) -> Result<Value, String> {
    let request = request(reached, sent)?;
    let started = Instant::now();
    let (near, far) = duplex(PIPE);
    let way = Way {
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        peer_port: 0,
        is_here: true,
        scheme: reached.scheme,
    };
    // Both ends go with the other.
    tokio::spawn(http::requests(far, Vec::new(), way, space.door.clone()));
    let failed = |error: hyper::Error| format!("The request was not answered: {error}");
    let opened = hyper::client::conn::http1::handshake(TokioIo::new(near)).await;
    let (mut sender, connection) = opened.map_err(failed)?;
    tokio::spawn(connection);
    let answer = tokio::time::timeout(PATIENCE, sender.send_request(request)).await;
    let late = |_| format!("There was no answer within {} s", PATIENCE.as_secs());
    let answer = answer.map_err(late)?.map_err(failed)?;
    Ok(told(answer, started).await)
}

fn request(reached: &Reached, sent: Sent) -> Result<Request<Full<Bytes>>, String> {
    let Sent {
        method,
        path,
        headers,
        body,
    } = sent;
    if !path.starts_with('/') {
        return Err(format!("A path begins with a slash, got: `{path}`"));
    }
    let mut request = Request::builder().method(&*method).uri(&*path);
    for (name, value) in &headers {
        if name.eq_ignore_ascii_case(UPGRADE.as_str()) {
            return Err("Sockets are opened with `Connect a client` below the messages".to_owned());
        }
        request = request.header(name, value);
    }
    let has_host = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(HOST.as_str()));
    if !has_host {
        request = request.header(HOST, &reached.host);
    }
    request
        .body(Full::new(Bytes::from(body.unwrap_or_default())))
        .map_err(|error| format!("This cannot be sent, {error}: `{method} {path}`"))
}

async fn told(answer: Response<Incoming>, started: Instant) -> Value {
    let head_ms = started.elapsed().as_secs_f64() * 1000.0;
    let (head, body) = answer.into_parts();
    let (bytes, end) = beginning(body).await;
    let mut told = json!({
        "status": head.status.as_u16(),
        "reason": head.extensions.get::<hyper::ext::ReasonPhrase>().map_or_else(
            || head.status.canonical_reason().unwrap_or_default().to_owned(),
            |reason| String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        ),
        "headers": pairs(&head.headers),
        "ms": head_ms,
        "size": bytes.len(),
        "end": end,
    });
    match String::from_utf8(bytes) {
        Ok(text) => told["text"] = text.into(),
        Err(error) => told["base64"] = STANDARD.encode(error.as_bytes()).into(),
    }
    told
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}

/// The beginning of a body, and why it is not all of it.
async fn beginning(mut body: Incoming) -> (Vec<u8>, &'static str) {
    let mut bytes = Vec::new();
    let until = tokio::time::Instant::now() + BODY_PATIENCE;
    loop {
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => return (bytes, "late"),
            Ok(None) => return (bytes, "whole"),
            Ok(Some(Err(_))) => return (bytes, "broken"),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = MOST - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return (bytes, "long");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: Value) -> Result<Request<Full<Bytes>>, String> {
        let reached = Reached {
            host: "localhost:1999".to_owned(),
            scheme: "http",
        };
        request(&reached, serde_json::from_value(value).expect("it is one"))
    }

    #[test]
    fn a_request_goes_to_the_pages_own_host_unless_it_names_one() {
        let plain = asked(json!({ "method": "PATCH", "path": "/parties/main/r/x?y" }));
        let plain = plain.expect("it can be sent");
        assert_eq!(
            (plain.method().as_str(), plain.uri().query()),
            ("PATCH", Some("y"))
        );
        assert_eq!(plain.headers()["host"], "localhost:1999");
        let named =
            json!({ "method": "GET", "path": "/", "headers": [["Host", "mine.test"], ["A", "b"]] });
        let named = asked(named).expect("it can be sent");
        assert_eq!(pairs(named.headers()).len(), 2);
        assert_eq!(named.headers()["host"], "mine.test");
    }

    #[test]
    fn what_is_no_request_is_told() {
        for (sent, words) in [
            (
                json!({ "method": "GET", "path": "x" }),
                "begins with a slash",
            ),
            (
                json!({ "method": "GET", "path": "http://example.com/" }),
                "begins with a slash",
            ),
            (json!({ "method": "G T", "path": "/" }), "cannot be sent"),
            (json!({ "method": "GET", "path": "/a b" }), "cannot be sent"),
            (
                json!({ "method": "GET", "path": "/", "headers": [["a\n", "b"]] }),
                "cannot be sent",
            ),
            (
                json!({ "method": "GET", "path": "/", "headers": [["upgrade", "websocket"]] }),
                "Connect a client",
            ),
        ] {
            let refused = asked(sent.clone()).expect_err("it is none");
            assert!(refused.contains(words), "{sent}: {refused}");
        }
    }
}
