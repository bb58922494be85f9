//! The listener and HTTP/1 (RFC 9112): from a client's bytes to a request for the router, and back.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use deno_core::url::Url;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, TRANSFER_ENCODING, UPGRADE,
};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use partyrun_ops::interface::{Body, HeaderList, HttpRequest};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use crate::event::Reply;
use crate::host::text_reply;
use crate::project::Event;
use crate::socket::keep_alive;

use super::FrontDoor;
use super::accept::{Accepted, Acceptor};
use super::first_line::FirstLine;
use super::reply::{ReplyBody, take_body, to_http};
use super::tls::{self, Welcome};
use super::{route, upgrade};

/// What user code sees instead of the client's own `Accept-Encoding` (section 3.7).
const ACCEPTED_ENCODINGS: &[u8] = b"br, gzip";
/// Pause after an accept that failed for lack of descriptors, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until the runtime ends.
pub async fn serve(listener: TcpListener, door: Arc<FrontDoor>) {
    // TLS reads for itself.
    let mut acceptor = Acceptor::new(listener, door.tls.is_none());
    loop {
        match acceptor.next().await {
            Ok(ready) => {
                for accepted in ready {
                    begin(connection(accepted, door.clone())).await;
                }
            }
            Err(error) => {
                let text = format!("A connection could not be accepted: {error}");
                door.reporter.report(Event::Notice(text));
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Lets `task` do at once what it can, and leaves the rest to the runtime: in the queue of tasks, the
/// request of a client that is known and spoke later may be ahead of it.
async fn begin(task: impl Future<Output = ()> + Send + 'static) {
    let mut task = Box::pin(task);
    let begun = poll_fn(|cx| {
        // A panic ends this connection and no other, as in a task of its own.
        let first_poll = AssertUnwindSafe(|| task.as_mut().poll(cx));
        Poll::Ready(catch_unwind(first_poll))
    })
    .await;
    if matches!(begun, Ok(Poll::Pending)) {
        tokio::spawn(task);
    }
}

async fn connection(accepted: Accepted, door: Arc<FrontDoor>) {
    let Accepted {
        stream,
        peer,
        first,
        ..
    } = accepted;
    // A socket that refuses these options is dead, which the next read tells.
    let _ = stream.set_nodelay(true);
    let _ = keep_alive(&stream);
    let Some(acceptor) = &door.tls else {
        return requests(FirstLine::new(stream, first), Scheme::Http, door).await;
    };
    match tls::welcome(acceptor, stream, peer).await {
        Welcome::Encrypted(stream) => requests(*stream, Scheme::Https, door).await,
        Welcome::Plain(stream) => {
            requests(FirstLine::new(stream, Vec::new()), Scheme::Http, door).await;
        }
        Welcome::Refused => {}
    }
}

/// How a client reached us.
#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

async fn requests<S>(stream: S, scheme: Scheme, door: Arc<FrontDoor>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(handle(&door, scheme, request).await) }
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

async fn handle(
    door: &FrontDoor,
    scheme: Scheme,
    mut request: Request<Incoming>,
) -> Response<ReplyBody> {
    let started = Instant::now();
    let method = request.method().as_str().to_owned();
    let Target { url, path } = Target::of(&request, scheme, door.address);
    let head = request.method() == Method::HEAD;
    let upgrade = wants_websocket(request.headers());
    let fault = match request.method() {
        &Method::CONNECT => Some("ERROR: This server is no proxy."),
        method if upgrade => upgrade::fault(method, request.headers()),
        _ => None,
    };
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
    let reply = match to_request(request, url).await {
        Some(http) => route::answer(door, &path, upgrade, http).await,
        None => Reply::Response(text_reply(400, "The request's body ended early")),
    };
    let (response, reason) = match (reply, on_upgrade, accept) {
        (Reply::Response(reply), ..) => to_http(reply, head),
        (Reply::Upgrade(slot, headers), Some(on_upgrade), Some(accept)) => {
            tokio::spawn(upgrade::hand_over(on_upgrade, slot));
            let reason = StatusCode::SWITCHING_PROTOCOLS.canonical_reason();
            (
                upgrade::switching(accept, headers),
                reason.unwrap_or_default().to_owned(),
            )
        }
        (Reply::Upgrade(..), ..) => to_http(
            text_reply(
                500,
                "Worker tried to return a WebSocket in a response to a request which did not contain the header \"Upgrade: websocket\".",
            ),
            head,
        ),
        (Reply::Pass, ..) => to_http(text_reply(404, "Not found"), head),
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
    // Nobody asked for these but the page's own script.
    if door.rooms.surroundings.assets.live.owns(&path) {
        return;
    }
    door.reporter.report(Event::Request {
        method,
        path,
        status: response.status().as_u16(),
        reason,
        elapsed: started.elapsed(),
    });
}

/// A request's URL as `new URL()` has it: the router, user code and a stub that is given a part of it
/// must agree on which room it names.
struct Target {
    url: String,
    /// Without the query.
    path: String,
}

impl Target {
    fn of(request: &Request<Incoming>, scheme: Scheme, address: SocketAddr) -> Self {
        let uri = request.uri();
        let host = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| uri.authority().map(|authority| authority.as_str()))
            .filter(|host| !host.is_empty());
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let url = match host {
            Some(host) => format!("{}://{host}{target}", scheme.name()),
            None => format!("{}://{address}{target}", scheme.name()),
        };
        let canonical = host.is_none_or(is_canonical_host) && is_canonical_target(target);
        match canonical.then_some(()).ok_or_else(|| Url::parse(&url)) {
            Err(Ok(parsed)) => Target {
                path: parsed.path().to_owned(),
                url: parsed.into(),
            },
            Ok(()) | Err(Err(_)) => Target {
                path: uri.path().to_owned(),
                url,
            },
        }
    }
}

/// Whether the URL parser would leave it as it is: most are, and need no parser.
fn is_canonical_host(host: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b':');
    let default_port = host.ends_with(":80") || host.ends_with(":443");
    host.bytes().all(plain) && !default_port && !host.ends_with(':')
}

/// As [`is_canonical_host`], of a path and query.
fn is_canonical_target(target: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&()*+,;=:@/%?".contains(&byte);
    // Dots may be written as `%2e` too.
    target.bytes().all(plain)
        && !target.contains("/.")
        && !target.contains("%2e")
        && !target.contains("%2E")
}

fn wants_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn name_bytes(name: &HeaderName) -> Bytes {
    Bytes::copy_from_slice(name.as_str().as_bytes())
}

/// Headers as they came, repeated names kept apart.
pub fn header_list(headers: &HeaderMap) -> HeaderList {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name_bytes(name), Bytes::copy_from_slice(value.as_bytes())))
        .collect()
}

/// A client's request as user code sees it (section 3.7).
async fn to_request(request: Request<Incoming>, url: String) -> Option<HttpRequest> {
    let (parts, incoming) = request.into_parts();
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
    let mut body = take_body(incoming).await?;
    // A client that says how long its body is has one, if an empty one.
    let framed = [CONTENT_LENGTH, TRANSFER_ENCODING];
    let may_have_body = !matches!(parts.method, Method::GET | Method::HEAD);
    if matches!(body, Body::Empty)
        && may_have_body
        && framed.iter().any(|name| parts.headers.contains_key(name))
    {
        body = Body::Bytes(Bytes::new());
    }
    Some(HttpRequest {
        method: parts.method.as_str().to_owned(),
        url,
        headers,
        body,
        client_accept_encoding: Some(client_accept_encoding),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_parser_leaves_alone_is_canonical() {
        for target in ["/parties/main/r%20a?x=1&y", "/a:b@c", "//x", "/a..b/c."] {
            assert!(is_canonical_target(target), "{target}");
            let url = format!("http://host{target}");
            assert_eq!(Url::parse(&url).expect("a URL").as_str(), url);
        }
        for target in [
            "/a/../b",
            "/a/%2E%2e/b",
            "/caf\u{e9}",
            "/a?'",
            "/a\\b",
            "/{}",
        ] {
            assert!(!is_canonical_target(target), "{target}");
        }
        assert!(is_canonical_host("127.0.0.1:1999"));
        for host in ["Example.test", "host:80", "[::1]:1999", "host:"] {
            assert!(!is_canonical_host(host), "{host}");
        }
    }
}
