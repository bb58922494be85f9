//! Where debuggers come in: a port of its own that lists what they can attach to, as Node.js and browsers
//! do, and takes their WebSockets. Owns a thread: a heap snapshot, or the source maps of a thousand files,
//! must not make requests wait. What debuggers say is `inspector`'s.
//!
//! Whoever gets in runs what they like in a room. So it is told to near addresses only, under names
//! that nobody can have pointed here, and to no web page; no setting widens that. A debugger must also know
//! its target's id, which only the list tells.

mod list;
mod outbox;
mod socket;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HOST, ORIGIN};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use partyrun_ops::message::{Body, HttpReply, HttpRequest};
use tokio::net::TcpStream;

use super::asker::Way;
use super::guard::{Guard, Purpose};
use super::io::IoThread;
use super::options::InspectOptions;
use super::refusal::Refusal;
use super::reply::{ReplyBody, to_http};
use crate::call::{header_list, text_reply};
use crate::inspector::{Manner, Targets, Who};
use crate::project::{Event, Reporter};
use crate::rooms::Rooms;

/// Pause after an accept that failed for lack of descriptors, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long debuggers' connections may take to end.
const STOP_PATIENCE: Duration = Duration::from_millis(100);
/// The pages of which DevTools consist. No web page has such an origin.
const DEVTOOLS: [&[u8]; 2] = [b"devtools://devtools", b"chrome-devtools://devtools"];

/// The port for debuggers. Dropping it ends the thread, some time later.
pub(super) struct Inspection {
    thread: IoThread,
    targets: Arc<Targets>,
}

/// What each request works with.
struct Desk {
    targets: Arc<Targets>,
    rooms: Arc<Rooms>,
    guard: Guard,
    reporter: Arc<dyn Reporter>,
    address: SocketAddr,
}

/// The isolates of a server that debuggers are let to by `options`.
pub(super) fn targets(options: &InspectOptions, reporter: &Arc<dyn Reporter>) -> Arc<Targets> {
    let manner = Manner {
        is_patient: options.waits,
        shows_internals: options.shows_internals,
    };
    Targets::new(manner, reporter.clone())
}

impl Inspection {
    pub fn start(
        options: InspectOptions,
        targets: Arc<Targets>,
        rooms: Arc<Rooms>,
        reporter: Arc<dyn Reporter>,
    ) -> io::Result<Inspection> {
        let thread = IoThread::start("inspector")?;
        let address = options.listener.local_addr()?;
        options.listener.set_nonblocking(true)?;
        let listener = {
            let _context = thread.handle().enter();
            tokio::net::TcpListener::from_std(options.listener)?
        };
        let desk = Arc::new(Desk {
            targets: targets.clone(),
            rooms,
            guard: Guard::new(Vec::new()),
            reporter,
            address,
        });
        thread.spawn(serve(listener, desk));
        Ok(Inspection { thread, targets })
    }

    /// Sends debuggers away, so that what they hold can end.
    pub fn send_away(&self) {
        self.targets.shut_down();
    }

    pub fn stop(self) {
        self.thread.stop(STOP_PATIENCE);
    }
}

/// Accepts until the runtime ends.
async fn serve(listener: tokio::net::TcpListener, desk: Arc<Desk>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(connection(stream, peer, desk.clone()));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, desk: Arc<Desk>) {
    // A socket that refuses this is dead, which the next read tells.
    let _ = stream.set_nodelay(true);
    let here = stream.local_addr().map(|address| address.ip());
    let way = Way {
        peer: peer.ip(),
        peer_port: peer.port(),
        is_here: here.is_ok_and(|here| here == peer.ip()),
        scheme: "http",
    };
    let service = service_fn(move |request| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.answer(way, request)) }
    });
    // A client that goes away in the middle is nothing that anybody has to hear of.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

impl Desk {
    fn answer(&self, way: Way, request: Request<Incoming>) -> Response<ReplyBody> {
        let is_head = request.method() == Method::HEAD;
        if let Err(refusal) = self.admit(way, &request) {
            return to_http(self.refuse(&refusal), is_head).0;
        }
        let path = request.uri().path();
        let id = path.trim_start_matches('/');
        let is_root = id == self.targets.root_id();
        let who = self.targets.who(id);
        if is_root || who.is_some() {
            return socket::open(request, &self.targets, who, &self.reporter);
        }
        let host = self.host(&request);
        let reply = match path.trim_end_matches('/') {
            "" => html(list::page(&self.entries(&host))),
            "/json" | "/json/list" => json(&list::targets(&self.entries(&host))),
            "/json/version" => json(&list::version()),
            _ => text_reply(
                404,
                "Debuggers find at `/json/list` what they can attach to\n",
            ),
        };
        to_http(reply, is_head).0
    }

    fn admit(&self, way: Way, request: &Request<Incoming>) -> Result<(), Refusal> {
        let mut headers = header_list(request.headers());
        headers.retain(|(name, value)| *name != ORIGIN.as_str() || !DEVTOOLS.contains(&&value[..]));
        let http = HttpRequest {
            method: request.method().to_string(),
            url: format!("http://{}/", host_of(request)),
            headers,
            body: Body::Empty,
            client_accept_encoding: None,
        };
        // Browsers name the page that opens a WebSocket, and keep what is listed from pages.
        self.guard.admit(way, &http, Purpose::Read).map(drop)
    }

    fn refuse(&self, refusal: &Refusal) -> HttpReply {
        let why = match refusal {
            Refusal::Far(_) => "from an address of the Internet",
            Refusal::Name(_) => "under a name that may be somebody else's: use `localhost`",
            Refusal::Page(_) | Refusal::Nameless | Refusal::Other | Refusal::Silent => {
                "by a web page"
            }
        };
        let text = format!("The inspector was asked for {why}, which is refused");
        if self.guard.is_new(refusal) {
            self.reporter.report(Event::Notice(text.clone()));
        }
        text_reply(403, &format!("ERROR: {text}\n"))
    }

    /// The name by which the client has come here, which leads it here again.
    fn host(&self, request: &Request<Incoming>) -> String {
        match host_of(request) {
            "" => self.address.to_string(),
            host => host.to_owned(),
        }
    }

    fn entries(&self, host: &str) -> Vec<list::Entry> {
        let targets = &self.targets;
        let mut all = targets.all();
        all.extend(self.rooms.live().into_iter().map(|key| Who {
            space: None,
            room: Some(key),
        }));
        let entry = |id: String, title: String, url: String| list::Entry {
            address: format!("{host}/{id}"),
            id,
            title,
            url,
        };
        let root = entry(
            targets.root_id(),
            list::ROOT.to_owned(),
            targets.url(&Who::worker()),
        );
        let others = all
            .iter()
            .map(|who| entry(targets.id_of(who), who.to_string(), targets.url(who)));
        std::iter::once(root).chain(others).collect()
    }
}

fn host_of(request: &Request<Incoming>) -> &str {
    let host = request.headers().get(HOST);
    host.and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn json(value: &serde_json::Value) -> HttpReply {
    typed("application/json; charset=UTF-8", value.to_string().into())
}

fn html(text: String) -> HttpReply {
    typed("text/html; charset=UTF-8", text.into())
}

fn typed(kind: &'static str, bytes: Bytes) -> HttpReply {
    HttpReply {
        status: 200,
        reason: String::new(),
        headers: vec![
            ("content-type".into(), kind.into()),
            ("cache-control".into(), "no-cache".into()),
            (
                "content-security-policy".into(),
                "frame-ancestors 'none'".into(),
            ),
            ("cross-origin-resource-policy".into(), "same-origin".into()),
        ],
        body: Body::Bytes(bytes),
    }
}
