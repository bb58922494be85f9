//! The control plane: what a test asks of the server beside what clients can, over HTTP on a port of its own
//! (docs/control.md). Owns listener and answers; who may ask is `access`', what each path means `route`'s.
//!
//! It is no part of the public port, where every path is the project's.

mod access;
mod body;
mod calls;
mod clock;
mod emptying;
mod events;
mod faults;
mod feed;
mod figures;
mod handshake;
mod leaks;
mod outbound;
mod refusal;
mod rooms;
mod route;
mod settle;
mod snapshots;
mod spaces;
mod within;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use partyrun_ops::message::{Body, HttpReply};
use tokio::net::TcpStream;

use super::Server;
use super::reply::{ReplyBody, to_http};
use super::spaces::Spaces;
use super::token::token;
use super::whereabouts::{Attendance, Whereabouts};
use access::Access;
pub use feed::EventFeed;
use refusal::Refusal;
use route::Route;
pub(super) use within::{Answer, ask};

/// Pause after an accept that failed for lack of descriptors, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What is told whoever asks for more.
const ONLY_STORAGE: &str =
    "Only what is stored can be asked for here: `partyrun dev --control` has all routes";

/// Who may control a server, and where.
pub struct ControlOptions {
    /// On a loopback address.
    pub listener: TcpListener,
    /// The bearer token; see [`token`].
    pub token: String,
    /// What is to be heard of events.
    pub feed: Arc<EventFeed>,
}

/// What each request of the control plane works with.
struct Control {
    spaces: Arc<Spaces>,
    snapshots: snapshots::Snapshots,
    feed: Arc<EventFeed>,
    access: Access,
    extent: Extent,
}

/// How much may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    All,
    /// What is stored, and which rooms there are.
    Storage,
}
impl Server {
    /// Lets whoever knows the token control this server, until it ends. Returns where.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn control(&self, options: ControlOptions) -> io::Result<SocketAddr> {
        let address = self.answer_control(options, Extent::All)?;
        self.spaces.main.logs.keep();
        self.spaces.main.makings.outside.outbound.watch();
        Ok(address)
    }

    /// Lets programs of this user ask about the storage in `folder`, which is this server's, until it ends. They
    /// find out there how.
    ///
    /// # Errors
    /// When there is no port. A folder that cannot be written only makes the server harder to find.
    pub fn attend(&self, folder: &Path) -> io::Result<Attendance> {
        let options = ControlOptions {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            token: token(),
            feed: Arc::default(),
        };
        let token = options.token.clone();
        let address = self.answer_control(options, Extent::Storage)?;
        let attendance = Attendance {
            folder: folder.to_owned(),
            whereabouts: Whereabouts {
                url: format!("http://{address}"),
                token,
                pid: std::process::id(),
            },
        };
        let (folder, whereabouts) = (folder.to_owned(), attendance.whereabouts.clone());
        let left = Whereabouts::read(&folder);
        self.put_beside_storage(move || {
            let found = Whereabouts::read(&folder);
            if found.is_none() || found == left {
                drop(whereabouts.write(&folder));
            }
        });
        Ok(attendance)
    }

    fn answer_control(&self, options: ControlOptions, extent: Extent) -> io::Result<SocketAddr> {
        let address = options.listener.local_addr()?;
        options.listener.set_nonblocking(true)?;
        let listener = {
            let _context = self.io.handle().enter();
            tokio::net::TcpListener::from_std(options.listener)?
        };
        let control = Arc::new(Control {
            spaces: self.spaces.clone(),
            snapshots: snapshots::Snapshots::default(),
            feed: options.feed,
            access: Access::new(&options.token, address.port()),
            extent,
        });
        self.io.spawn(serve(listener, control));
        Ok(address)
    }
}

/// Accepts until the runtime ends.
async fn serve(listener: tokio::net::TcpListener, control: Arc<Control>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, control.clone()));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, control: Arc<Control>) {
    // A socket that refuses this is dead, which the next read tells.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let control = control.clone();
        async move { Ok::<_, Infallible>(control.answer(request).await) }
    });
    // A client that goes away in the middle is nothing that anybody has to hear of.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

impl Control {
    async fn answer(&self, request: Request<Incoming>) -> Response<ReplyBody> {
        let is_head = request.method() == hyper::Method::HEAD;
        if let Err(refusal) = self.access.check(&request) {
            return to_http(refusal.into_reply(), is_head).0;
        }
        if self.extent == Extent::Storage {
            return to_http(self.call_for_storage(request).await, is_head).0;
        }
        if let Some(space) = events::wanted(&request) {
            return events::open(request, &self.feed, space);
        }
        if let Some(space) = outbound::wanted(&request) {
            return self.answer_outbound(request, &space);
        }
        let reply = match self.call(request).await {
            Ok(reply) => reply,
            Err(refusal) => refusal.into_reply(),
        };
        to_http(reply, is_head).0
    }
}

impl Control {
    async fn call_for_storage(&self, request: Request<Incoming>) -> HttpReply {
        let route = Route::of(request.method(), request.uri().path());
        let reply = match route {
            Ok(route) if route.is_about_storage() => self.spaces.main.call(route, request).await,
            Ok(_) => Err(Refusal::new(404, "route", ONLY_STORAGE)),
            Err(refusal) => Err(refusal),
        };
        reply.unwrap_or_else(Refusal::into_reply)
    }
}

fn done() -> HttpReply {
    HttpReply {
        status: 204,
        reason: String::new(),
        headers: Vec::new(),
        body: Body::Empty,
    }
}
