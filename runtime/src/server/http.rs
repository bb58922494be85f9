//! The listener and HTTP/1 (RFC 9112): from a client's bytes to a request for the router, and back.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use partyrun_ops::message::{Body, HeaderList, HttpRequest};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use crate::call::Reply;
use crate::call::name_bytes;
use crate::call::text_reply;
use crate::project::Event;
use crate::socket::accept_key;
use crate::socket::keep_alive;

use super::accept::{Accepted, Acceptor};
use super::asker::Way;
use super::door::FrontDoor;
use super::exchange::{Answer, Exchange, Owed};
use super::first_line::FirstLine;
use super::head_timer::HeadTimer;
use super::peer::Peer;
use super::place::Place;
use super::reply::{ReplyBody, to_http};
use super::target::{self, Fault, Target, bad};
use super::tls::{self, Welcome};
use super::wire::Wire;
use super::{intake, own_answer, ready, route, upgrade};

/// What user code sees instead of the client's own `Accept-Encoding` (section 3.7).
const ACCEPTED_ENCODINGS: &[u8] = b"br, gzip";
/// A version that has no upgrades (RFC 9110, section 7.8); proxies use it that are not told otherwise.
const UPGRADE_OF_1_0: &str = "A request for a WebSocket came by HTTP/1.0, which has none: it was answered as a plain request. A proxy in front has to speak HTTP/1.1 (nginx: `proxy_http_version 1.1;`)";
/// How often it is reported that connections cannot be accepted.
const REFUSAL_PAUSE: Duration = Duration::from_secs(30);

/// Accepts until the runtime ends.
pub async fn serve(listener: TcpListener, door: Arc<FrontDoor>) {
    // TLS reads for itself.
    let mut acceptor = Acceptor::new(listener, door.tls.is_none());
    let mut told: Option<Instant> = None;
    loop {
        match acceptor.next().await {
            Ok(ready) => {
                for accepted in ready {
                    begin(connection(accepted, door.clone())).await;
                }
            }
            Err(error) => {
                // Idle rooms have descriptors too.
                door.rooms.evict_idle();
                if told.is_none_or(|told| told.elapsed() > REFUSAL_PAUSE) {
                    told = Some(Instant::now());
                    door.reporter.report(Event::Notice(refusal(&error)));
                }
            }
        }
    }
}

/// What is reported of connections that cannot be accepted.
fn refusal(error: &std::io::Error) -> String {
    let remedy = match error.raw_os_error() {
        Some(libc::EMFILE) => " (`ulimit -n` says how many a process may have)",
        _ => "",
    };
    format!("Connections cannot be accepted at the moment, trying again: {error}{remedy}")
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
    let here = stream.local_addr().map(|address| address.ip());
    let by = |scheme| Way {
        peer: peer.ip(),
        peer_port: peer.port(),
        is_here: here.is_ok_and(|here| here == peer.ip()),
        scheme,
    };
    let Some(acceptor) = &door.tls else {
        return requests(stream, first, by("http"), door).await;
    };
    match tls::welcome(acceptor, stream, peer).await {
        Welcome::Encrypted(stream) => requests(*stream, Vec::new(), by("https"), door).await,
        Welcome::Plain(stream) => requests(stream, Vec::new(), by("http"), door).await,
        Welcome::Refused => {}
    }
}

/// Serves a connection of a client. `first`: what has been read of it.
pub async fn requests<S>(stream: S, first: Vec<u8>, way: Way, door: Arc<FrontDoor>)
where
    S: AsyncRead + AsyncWrite + Peer + Send + Unpin + 'static,
{
    // Who settles a server, or sets its clock, counts on one thread that has read whatever has come.
    let place = match stream.can_move() && !door.clock.is_adjustable() {
        true => Place::home(),
        false => Place::default(),
    };
    let exchange = Arc::new(Exchange::new(place));
    let wire = Wire::new(FirstLine::new(stream, first), exchange.clone());
    let (reporter, visits) = (door.reporter.clone(), door.visits.clone());
    let on_connection = exchange.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        exchange.begin(request.body().is_end_stream());
        let (door, exchange) = (door.clone(), exchange.clone());
        async move { Ok::<_, Infallible>(handle(&door, way, request, exchange).await) }
    });
    let served = async move {
        let mut builder = http1::Builder::new();
        builder
            .timer(HeadTimer::default())
            .title_case_headers(true)
            .auto_date_header(false)
            .half_close(true);
        let mut connection = builder.serve_connection(TokioIo::new(wire), service);
        loop {
            let mut upgradeable = connection.with_upgrades();
            let Err(error) = (&mut upgradeable).await else {
                return;
            };
            let again = upgradeable.into_parts().and_then(|parts| {
                let wire = parts.io.into_inner().before_large_head(parts.read_buf)?;
                Some((wire, parts.service))
            });
            let Some((wire, service)) = again else {
                if let Some(notice) = own_answer::notice(&error) {
                    reporter.report(Event::Notice(notice));
                }
                return;
            };
            builder.max_headers(own_answer::MAX_HEADERS);
            connection = builder.serve_connection(TokioIo::new(wire), service);
        }
    };
    visits.serve(Box::pin(served), on_connection).await;
}

async fn handle(
    door: &FrontDoor,
    way: Way,
    mut request: Request<Incoming>,
    exchange: Arc<Exchange>,
) -> Response<Answer> {
    let started = Instant::now();
    let method = request.method().as_str().to_owned();
    let head = request.method() == Method::HEAD;
    let asked = match asked(door, way.scheme, &request) {
        Ok(asked) => asked,
        Err(fault) => {
            let path = request.uri().path().to_owned();
            let response = upgrade::refusal(fault);
            let reason = fault.status.canonical_reason().unwrap_or_default();
            report(door, method, path, &response, reason.to_owned(), started);
            return response.map(|body| Answer::new(body, exchange, None));
        }
    };
    let Asked { target, upgrade } = asked;
    if upgrade {
        exchange.place.at_home().await;
    }
    let on_upgrade = upgrade.then(|| hyper::upgrade::on(&mut request));
    let accept = accept_key(request.headers());
    let Target { url, path, host } = target;
    let (http, owed) = to_request(request, url, host, &exchange).await;
    let reply = route::answer(door, way, &exchange.place, &path, upgrade, http).await;
    let (response, reason) = match (reply, on_upgrade, accept) {
        (Reply::Response(reply) | Reply::Failed(reply, _), ..) => to_http(reply, head),
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
    response.map(|body| Answer::new(body, exchange, owed))
}

/// What a request is for.
struct Asked {
    target: Target,
    upgrade: bool,
}

fn asked<B>(door: &FrontDoor, scheme: &str, request: &Request<B>) -> Result<Asked, Fault> {
    if request.method() == Method::CONNECT {
        return Err(bad("ERROR: This server is no proxy."));
    }
    if let Some(fault) = target::framing_fault(request.headers()) {
        return Err(fault);
    }
    let target = Target::of(request, scheme, door.address)?;
    let mut upgrade = wants_websocket(request.headers());
    if upgrade && request.version() == Version::HTTP_10 {
        door.reporter
            .report(Event::Notice(UPGRADE_OF_1_0.to_owned()));
        upgrade = false;
    }
    if upgrade && let Some(fault) = upgrade::fault(request.method(), request.headers()) {
        return Err(fault);
    }
    Ok(Asked { target, upgrade })
}

fn report(
    door: &FrontDoor,
    method: String,
    path: String,
    response: &Response<ReplyBody>,
    reason: String,
    started: Instant,
) {
    // Nobody asked for these but the page's own script, and programs that wait.
    if door.pages.live.owns(&path) || ready::owns(&path) || door.dashboard_at(&path).is_some() {
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

fn wants_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// A client's request as user code sees it (section 3.7); `host` counts instead of its header. What comes
/// with it is held until it is answered.
async fn to_request(
    request: Request<Incoming>,
    url: String,
    host: Option<Bytes>,
    exchange: &Arc<Exchange>,
) -> (HttpRequest, Option<Owed>) {
    let (parts, incoming) = request.into_parts();
    let mut client_accept_encoding = String::new();
    let mut headers = HeaderList::with_capacity(parts.headers.len() + 1);
    for (name, value) in &parts.headers {
        if name == ACCEPT_ENCODING {
            client_accept_encoding = String::from_utf8_lossy(value.as_bytes()).into_owned();
            continue;
        }
        // A room would take it for an upgrade.
        if name == UPGRADE && parts.version == Version::HTTP_10 {
            continue;
        }
        let value = match &host {
            Some(host) if name == HOST => host.clone(),
            _ => Bytes::copy_from_slice(value.as_bytes()),
        };
        headers.push((name_bytes(name), value));
    }
    headers.push((
        name_bytes(&ACCEPT_ENCODING),
        Bytes::from_static(ACCEPTED_ENCODINGS),
    ));
    let (mut body, owed) = intake::take_request(incoming, exchange).await;
    // A client that says how long its body is has one, if an empty one.
    let framed = [CONTENT_LENGTH, TRANSFER_ENCODING];
    let may_have_body = !matches!(parts.method, Method::GET | Method::HEAD);
    if matches!(body, Body::Empty)
        && may_have_body
        && framed.iter().any(|name| parts.headers.contains_key(name))
    {
        body = Body::Bytes(Bytes::new());
    }
    let http = HttpRequest {
        method: parts.method.as_str().to_owned(),
        url,
        headers,
        body,
        client_accept_encoding: Some(client_accept_encoding),
    };
    (http, owed)
}
