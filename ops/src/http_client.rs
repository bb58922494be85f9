//! The HTTP client of a room: keeps connections for its next requests, tries a request again that a stale one
//! has lost, and unpacks bodies. Opens connections through `dial` only.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use ::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, PROXY_AUTHORIZATION, RANGE,
    USER_AGENT,
};
use ::http::{Extensions, HeaderMap, HeaderValue, Request, Response, Uri};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder};
use bytes::Bytes;
use deno_core::OpState;
use deno_core::futures::StreamExt;
use deno_error::JsErrorBox;
use deno_fetch::{ReqBody, ResBody};
use http_body_util::{BodyDataStream, BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{
    CaptureConnection, Connected, Connection, capture_connection,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, StreamReader};
use tower_service::Service;

use crate::dial::{self, DialError, Dialled, Link, Use};

/// The longest list of header fields that a server may send over HTTP/2: what browsers take.
const LONGEST_HEADERS: u32 = 256 << 10;

/// Stands in the extensions of a response whose body was packed, and is not any more.
#[derive(Clone, Copy)]
pub(crate) struct WasDecoded;

/// Why a request has no answer.
pub(crate) struct SendError {
    pub(crate) text: String,
    /// What JavaScript's error has as its cause.
    pub(crate) cause: String,
}

type Pool = legacy::Client<Connector, ReqBody>;

/// Sends requests. Copies share their connections.
#[derive(Clone)]
pub(crate) struct Client(Pool);

impl Client {
    /// The isolate's own one, made when it is first needed.
    pub(crate) fn of(state: &mut OpState) -> Client {
        if let Some(client) = state.try_borrow::<Client>() {
            return client.clone();
        }
        let client = Client(
            legacy::Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .http2_max_header_list_size(LONGEST_HEADERS)
                .build(Connector),
        );
        state.put(client.clone());
        client
    }

    /// Sends `request` and gives the head of its answer.
    pub(crate) async fn send(
        self,
        mut request: Request<ReqBody>,
    ) -> Result<Response<ResBody>, SendError> {
        let keeps_packed = accept(request.headers_mut());
        if let Some(proxy) = dial::forwarding(request.uri()).await
            && let Some(authentication) = proxy.basic_auth()
        {
            let authentication = authentication.clone();
            request
                .headers_mut()
                .insert(PROXY_AUTHORIZATION, authentication);
        }
        let again = copy(&request);
        let uri = request.uri().clone();
        let (mut outcome, was_kept) = self.attempt(request).await;
        if let (Err(error), Some(again)) = (&outcome, again)
            && may_be_sent_again(error, was_kept)
        {
            (outcome, _) = self.attempt(again).await;
        }
        match outcome {
            Ok(response) if keeps_packed => Ok(response.map(as_it_is)),
            Ok(response) => Ok(unpacked(response)),
            Err(error) => Err(send_error(&uri, &error)),
        }
    }

    /// Sends it once; tells whether that was over a connection that had carried a request before.
    async fn attempt(
        &self,
        mut request: Request<ReqBody>,
    ) -> (Result<Response<Incoming>, legacy::Error>, bool) {
        let captured = capture_connection(&mut request);
        let outcome = self.0.request(request).await;
        let was_kept = was_used(&captured);
        (outcome, was_kept)
    }
}

/// Says what is taken; true if a packed body is to be left as it is, because the request names pieces
/// of it or wants none.
fn accept(headers: &mut HeaderMap) -> bool {
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(""));
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    let has_range = headers.contains_key(RANGE);
    let wanted = if has_range { "identity" } else { "gzip,br" };
    let encoding = headers
        .entry(ACCEPT_ENCODING)
        .or_insert(HeaderValue::from_static(wanted));
    has_range || encoding.as_bytes().eq_ignore_ascii_case(b"identity")
}

/// The same request, unless its body can be read once only.
fn copy(request: &Request<ReqBody>) -> Option<Request<ReqBody>> {
    let body = match request.body() {
        ReqBody::Full(body) => ReqBody::Full(body.clone()),
        ReqBody::Empty(body) => ReqBody::Empty(*body),
        ReqBody::Streaming(_) => return None,
    };
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// Whether the connection that took the request had carried one before. Notes that it has now.
fn was_used(captured: &CaptureConnection) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = captured.connection_metadata().as_ref() {
        connected.get_extras(&mut extras);
    }
    let used = extras.get::<Used>();
    used.is_some_and(|used| used.0.swap(true, Ordering::Relaxed))
}

/// A server that ends a kept connection has not read what was sent there meanwhile. On a new one it
/// may have, and to do something twice is worse than to fail.
fn may_be_sent_again(error: &legacy::Error, was_kept: bool) -> bool {
    let refused = source::<h2::Error>(error).is_some_and(|error| {
        let ends = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        let declines = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (ends || declines)
    });
    if refused || !was_kept {
        return refused;
    }
    source::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || source::<io::Error>(error).is_some_and(|error| {
            use io::ErrorKind::{ConnectionAborted, ConnectionReset};
            matches!(error.kind(), ConnectionReset | ConnectionAborted)
        })
}

fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        at = error.source();
    }
    None
}

fn send_error(uri: &Uri, error: &legacy::Error) -> SendError {
    let text = format!(
        "error sending request for url ({uri}): {}",
        dial::chain(error)
    );
    // A body of user code that failed says more than the request that it ended.
    let cause = error
        .source()
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .and_then(Error::source)
        .map(ToString::to_string);
    SendError {
        cause: cause.unwrap_or_else(|| text.clone()),
        text,
    }
}

fn as_it_is(body: Incoming) -> ResBody {
    body.map_err(|error| JsErrorBox::generic(error.to_string()))
        .boxed()
}

fn unpacked(response: Response<Incoming>) -> Response<ResBody> {
    let headers = response.headers();
    // Nothing packed is empty: whoever says so has packed nothing.
    let is_empty = headers
        .get(CONTENT_LENGTH)
        .is_some_and(|length| length == "0");
    let encoding = headers.get(CONTENT_ENCODING);
    let encoding = encoding.and_then(|value| value.to_str().ok());
    let encoding = encoding.map(|value| value.trim().to_ascii_lowercase());
    match encoding.as_deref() {
        Some("gzip") if !is_empty => decoded(response, GzipDecoder::new),
        Some("br") if !is_empty => decoded(response, BrotliDecoder::new),
        _ => response.map(as_it_is),
    }
}

type Packed = StreamReader<BodyStream, Bytes>;
type BodyStream = Pin<Box<dyn deno_core::futures::Stream<Item = io::Result<Bytes>> + Send + Sync>>;

fn decoded<R: AsyncRead + Send + Sync + 'static>(
    response: Response<Incoming>,
    decoder: impl FnOnce(Packed) -> R,
) -> Response<ResBody> {
    let (mut parts, body) = response.into_parts();
    parts.extensions.insert(WasDecoded);
    let stream = BodyDataStream::new(body.map_err(|error| io::Error::other(error.to_string())));
    let reader = decoder(StreamReader::new(Box::pin(stream)));
    let stream = ReaderStream::new(reader).map(|piece| match piece {
        Ok(piece) => Ok(Frame::data(piece)),
        Err(error) => Err(JsErrorBox::generic(error.to_string())),
    });
    Response::from_parts(parts, ResBody::new(StreamBody::new(stream)))
}

/// Opens connections for the pool.
#[derive(Clone)]
struct Connector;

impl Service<Uri> for Connector {
    type Response = Pooled;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Pooled, DialError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(async move {
            let Dialled {
                link,
                is_http2,
                forwarding,
            } = dial::open(&uri, Use::Requests).await?;
            Ok(Pooled {
                stream: TokioIo::new(link),
                is_http2,
                is_forwarding: forwarding.is_some(),
                used: Used::default(),
            })
        })
    }
}

/// Whether a connection has carried a request.
#[derive(Clone, Default)]
struct Used(Arc<AtomicBool>);

/// A connection of the pool.
struct Pooled {
    stream: TokioIo<Link>,
    is_http2: bool,
    is_forwarding: bool,
    used: Used,
}

impl Connection for Pooled {
    fn connected(&self) -> Connected {
        let connected = Connected::new()
            .proxy(self.is_forwarding)
            .extra(self.used.clone());
        if self.is_http2 {
            connected.negotiated_h2()
        } else {
            connected
        }
    }
}

impl Read for Pooled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Pooled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
