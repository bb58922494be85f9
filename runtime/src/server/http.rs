//! The listener and HTTP/1 (RFC 9112): from a client's bytes to a request for the router, and back.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, HOST, HeaderName, UPGRADE};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use partyrun_ops::interface::{Body, HeaderList, HttpRequest};
use tokio::net::{TcpListener, TcpStream};

use crate::event::Reply;
use crate::host::text_reply;
use crate::project::Event;

use super::FrontDoor;
use super::reply::{ReplyBody, take_body, to_http};
use super::{route, upgrade};

/// What user code sees instead of the client's own `Accept-Encoding` (section 3.7).
const ACCEPTED_ENCODINGS: &[u8] = b"br, gzip";
/// Pause after an accept that failed for lack of descriptors, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until the runtime ends.
pub async fn serve(listener: TcpListener, door: Arc<FrontDoor>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, door.clone()));
            }
            Err(error) => {
                let text = format!("A connection could not be accepted: {error}");
                door.reporter.report(Event::Notice(text));
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, door: Arc<FrontDoor>) {
    // A socket that refuses this option is dead, which the next read tells.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(handle(&door, request).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .title_case_headers(true)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // Garbage has been answered with 400 where that is possible; a lost client needs no report.
    let _ = served.await;
}

async fn handle(door: &FrontDoor, mut request: Request<Incoming>) -> Response<ReplyBody> {
    let started = Instant::now();
    let method = request.method().as_str().to_owned();
    let path = normalised(request.uri().path());
    let upgrade = wants_websocket(request.headers());
    let fault = upgrade
        .then(|| upgrade::fault(request.method(), request.headers()))
        .flatten();
    if let Some(fault) = fault {
        let response = upgrade::refusal(fault);
        report(
            door,
            method,
            path,
            &response,
            "Bad Request".to_owned(),
            started,
        );
        return response;
    }
    let on_upgrade = upgrade.then(|| hyper::upgrade::on(&mut request));
    let accept = upgrade::accept_key(request.headers());
    let reply = match to_request(door, request).await {
        Some(http) => route::answer(door, &path, upgrade, http).await,
        None => Reply::Response(text_reply(400, "The request's body ended early")),
    };
    let (response, reason) = match (reply, on_upgrade, accept) {
        (Reply::Response(reply), ..) => to_http(reply),
        (Reply::Upgrade(slot), Some(on_upgrade), Some(accept)) => {
            tokio::spawn(upgrade::hand_over(on_upgrade, slot));
            let reason = StatusCode::SWITCHING_PROTOCOLS.canonical_reason();
            (
                upgrade::switching(accept),
                reason.unwrap_or_default().to_owned(),
            )
        }
        (Reply::Upgrade(_), ..) => to_http(text_reply(
            500,
            "Worker tried to return a WebSocket in a response to a request which did not contain the header \"Upgrade: websocket\".",
        )),
        (Reply::Pass, ..) => to_http(text_reply(404, "Not found")),
    };
    report(door, method, path, &response, reason, started);
    response
}

fn report(
    door: &FrontDoor,
    method: String,
    path: String,
    response: &Response<ReplyBody>,
    reason: String,
    started: Instant,
) {
    door.reporter.report(Event::Request {
        method,
        path,
        status: response.status().as_u16(),
        reason,
        elapsed: started.elapsed(),
    });
}

/// The path as `new URL()` in user code will have it: dot segments resolved, or the router and the
/// room would disagree on which room it is.
fn normalised(path: &str) -> String {
    if !path.contains("/.") {
        return path.to_owned();
    }
    deno_core::url::Url::parse(&format!("http://host{path}"))
        .map_or_else(|_| path.to_owned(), |url| url.path().to_owned())
}

fn wants_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn name_bytes(name: &HeaderName) -> Bytes {
    Bytes::copy_from_slice(name.as_str().as_bytes())
}

/// A client's request as user code sees it (section 3.7).
async fn to_request(door: &FrontDoor, request: Request<Incoming>) -> Option<HttpRequest> {
    let (parts, incoming) = request.into_parts();
    let host = parts
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
    let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let url = match host {
        Some(host) if !host.is_empty() => format!("http://{host}{target}"),
        _ => format!("http://{}{target}", door.address),
    };
    let mut client_accept_encoding = String::new();
    let mut headers = HeaderList::with_capacity(parts.headers.len() + 1);
    for (name, value) in &parts.headers {
        if name == ACCEPT_ENCODING {
            client_accept_encoding = String::from_utf8_lossy(value.as_bytes()).into_owned();
            continue;
        }
        headers.push((name_bytes(name), Bytes::copy_from_slice(value.as_bytes())));
    }
    headers.push((
        name_bytes(&ACCEPT_ENCODING),
        Bytes::from_static(ACCEPTED_ENCODINGS),
    ));
    let body: Body = take_body(incoming).await?;
    Some(HttpRequest {
        method: parts.method.as_str().to_owned(),
        url,
        headers,
        body,
        client_accept_encoding: Some(client_accept_encoding),
    })
}
