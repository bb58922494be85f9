//! Requests to elsewhere, and what becomes of each: the network, the test that has taken them over, or a
//! refusal. Decides none of it: that is the host's.

use std::any::Any;
use std::rc::Rc;

use ::http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use bytes::Bytes;
use deno_core::{OpState, v8};
use deno_fetch::{ReqBody, ResBody};
use http_body_util::{BodyExt, Full, Limited};

use crate::http_client::{Client, SendError};
use crate::message::{Body, HttpReply, HttpRequest, LocalFuture};

/// The largest body of a request that a test gets.
const MOST_BYTES: usize = 64 << 20;

/// Where a request goes.
pub enum WayOut {
    Network,
    /// Nowhere, for this reason.
    Refused(String),
    /// To the test.
    Test,
}

/// Frames that are looked at for one of user code.
const MAX_DEPTH: usize = 32;

/// A place in a script of the project; line and column are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub script: String,
    pub line: u32,
    pub column: u32,
}

/// Where user code is at the moment.
fn place(scope: &mut v8::PinScope<'_, '_>) -> Option<Place> {
    let stack = v8::StackTrace::current_stack_trace(scope, MAX_DEPTH)?;
    (0..stack.get_frame_count()).find_map(|index| {
        let frame = stack.get_frame(scope, index)?;
        let script = frame.get_script_name(scope)?.to_rust_string_lossy(scope);
        let is_ours = script.starts_with("ext:");
        (!is_ours).then(|| Place {
            script,
            line: u32::try_from(frame.get_line_number()).unwrap_or(0),
            column: u32::try_from(frame.get_column()).unwrap_or(0),
        })
    })
}

/// A request that user code begins. It is over, for those who want to know, when this is dropped.
pub(crate) struct Begun {
    ways: Option<SharedWaysOut>,
    _watched: Option<Box<dyn Any>>,
}

/// Begins a request, where user code is at the moment.
pub(crate) fn begin(state: &OpState, scope: &mut v8::PinScope<'_, '_>) -> Begun {
    let ways = of(state);
    let watching = ways.as_ref().filter(|ways| ways.is_watched());
    let watched = watching.map(|ways| ways.begin(place(scope)));
    Begun {
        ways,
        _watched: watched,
    }
}

/// Knows where requests go. `port` is that of the URL, or the usual one of its scheme.
pub trait WaysOut {
    /// Whether anybody wants to know which requests are under way.
    fn is_watched(&self) -> bool;
    /// A request begins; it is over when what is given is dropped.
    fn begin(&self, at: Option<Place>) -> Box<dyn Any>;
    fn way_to(&self, host: &str, port: u16, url: &str) -> WayOut;
    /// What becomes of a request that the test leaves alone.
    fn way_without_test(&self, url: &str) -> WayOut;
    /// Has the test answer; `None` if it leaves the request alone.
    fn ask_test(&self, request: HttpRequest) -> LocalFuture<Result<Option<HttpReply>, String>>;
}

pub type SharedWaysOut = Rc<dyn WaysOut>;

/// The ways of an isolate; one without any has the network.
pub(crate) fn of(state: &OpState) -> Option<SharedWaysOut> {
    state.try_borrow::<SharedWaysOut>().cloned()
}

/// An error that user code is told in these words.
fn refused(text: String) -> SendError {
    SendError {
        cause: text,
        text: String::new(),
    }
}

fn way(ways: &SharedWaysOut, uri: &Uri) -> WayOut {
    let usual = match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    let port = uri.port_u16().unwrap_or(usual);
    ways.way_to(uri.host().unwrap_or_default(), port, &uri.to_string())
}

/// Sends a request where it is to go.
pub(crate) async fn send(
    client: Client,
    begun: Begun,
    request: Request<ReqBody>,
) -> Result<Response<ResBody>, SendError> {
    let Some(ways) = &begun.ways else {
        return client.send(request).await;
    };
    match way(ways, request.uri()) {
        WayOut::Network => client.send(request).await,
        WayOut::Refused(text) => Err(refused(text)),
        WayOut::Test => ask(client, ways, request).await,
    }
}

async fn ask(
    client: Client,
    ways: &SharedWaysOut,
    request: Request<ReqBody>,
) -> Result<Response<ResBody>, SendError> {
    let (head, body) = request.into_parts();
    let read = Limited::new(body, MOST_BYTES).collect().await;
    let read = read.map_err(|error| refused(format!("The body cannot be read: {error}")))?;
    let bytes = read.to_bytes();
    let url = head.uri.to_string();
    let headers = head.headers.iter().map(|(name, value)| {
        let name = Bytes::copy_from_slice(name.as_str().as_bytes());
        (name, Bytes::copy_from_slice(value.as_bytes()))
    });
    let asked = HttpRequest {
        method: head.method.as_str().to_owned(),
        url: url.clone(),
        headers: headers.collect(),
        body: Body::Bytes(bytes.clone()),
        client_accept_encoding: None,
    };
    match ways.ask_test(asked).await {
        Err(text) => Err(refused(text)),
        Ok(Some(reply)) => response(reply),
        Ok(None) => match ways.way_without_test(&url) {
            WayOut::Refused(text) => Err(refused(text)),
            WayOut::Network | WayOut::Test => {
                let request = Request::from_parts(head, ReqBody::full(bytes));
                client.send(request).await
            }
        },
    }
}

fn response(reply: HttpReply) -> Result<Response<ResBody>, SendError> {
    let bytes = match reply.body {
        Body::Bytes(bytes) => bytes,
        Body::Empty | Body::Stream(_) => Bytes::new(),
    };
    let body = Full::new(bytes).map_err(|never| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = StatusCode::from_u16(reply.status).map_err(|_| {
        refused(format!(
            "The test answered with no status: `{}`",
            reply.status
        ))
    })?;
    for (name, value) in reply.headers {
        let name = HeaderName::from_bytes(&name);
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&value)) else {
            return Err(refused("The test answered with no valid header".to_owned()));
        };
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
