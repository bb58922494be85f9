//! Requests into an isolate and answers out of it. Knows HTTP messages only; who asked, and over
//! which transport, is the business of [`Requests`](crate::interface::Requests).

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use deno_core::GarbageCollected;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::op2;
use deno_core::serde::Serialize;
use deno_core::v8;
use deno_error::JsErrorBox;

use crate::body;
use crate::body::BodyResource;
use crate::body::NotBytes;
use crate::interface::SharedRequests;
use crate::message::Body;
use crate::message::HeaderList;
use crate::message::HttpReply;
use crate::message::HttpRequest;
use crate::message::StubReply;

/// The parts of an incoming request that most handlers never look at, kept in Rust until asked for.
/// JavaScript's `Request` owns it: it lives as long as user code keeps the request.
pub struct RequestHead {
    headers: HeaderList,
    body: Cell<Option<Body>>,
    client_accept_encoding: Option<String>,
}

impl RequestHead {
    pub fn new(http: HttpRequest) -> (Self, String, String, bool) {
        let has_body = !matches!(http.body, Body::Empty);
        let head = RequestHead {
            headers: http.headers,
            body: Cell::new(Some(http.body)),
            client_accept_encoding: http.client_accept_encoding,
        };
        (head, http.method, http.url, has_body)
    }
}

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for RequestHead {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"RequestHead"
    }
}

/// Names and values of headers as JavaScript sees them: UTF-8 on the wire, as in Workers.
pub(crate) type HeaderTexts = Vec<(String, String)>;

pub(crate) fn header_pairs(headers: &HeaderList) -> HeaderTexts {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    headers
        .iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

pub(crate) fn header_list(pairs: HeaderTexts) -> HeaderList {
    pairs
        .into_iter()
        .map(|(name, value)| (Bytes::from(name), Bytes::from(value)))
        .collect()
}

#[op2]
#[serde]
pub fn op_pr_head_headers(#[cppgc] head: &RequestHead) -> HeaderTexts {
    header_pairs(&head.headers)
}

/// The client's `Accept-Encoding`, or null for a request that no client sent.
#[op2]
#[string]
pub fn op_pr_head_client_encoding(#[cppgc] head: &RequestHead) -> Option<String> {
    head.client_accept_encoding.clone()
}

/// The body as a readable resource; it can be taken once.
#[op2(fast)]
#[smi]
pub fn op_pr_head_body(state: &mut OpState, #[cppgc] head: &RequestHead) -> ResourceId {
    let body = head.body.take().unwrap_or_default();
    state.resource_table.add(BodyResource::new(body))
}

fn content_type_header(content_type: String) -> HeaderList {
    if content_type.is_empty() {
        return Vec::new();
    }
    vec![(
        Bytes::from_static(b"content-type"),
        Bytes::from(content_type),
    )]
}

fn text_reply(status: u16, content_type: String, body: String) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers: content_type_header(content_type),
        body: Body::Bytes(Bytes::from(body)),
    }
}

fn requests(state: &OpState) -> &SharedRequests {
    state.borrow::<SharedRequests>()
}

/// The common answer: a text, or JSON, with at most a content type.
#[op2(fast)]
pub fn op_pr_respond_text(
    state: &OpState,
    #[smi] request: u32,
    #[smi] status: u16,
    #[string] content_type: String,
    #[string] body: String,
) {
    requests(state).respond(request, text_reply(status, content_type, body));
}

/// The text with which a request fails whose exception has just been reported.
#[op2(fast)]
pub fn op_pr_respond_failure(
    state: &OpState,
    #[smi] request: u32,
    #[smi] status: u16,
    #[string] content_type: String,
    #[string] body: String,
) {
    requests(state).fail(request, text_reply(status, content_type, body));
}

/// Any other answer. The body is `bytes`, else the stream `rid` (when not negative), else empty; a
/// stream has `length` bytes (when not negative).
#[op2]
pub fn op_pr_respond(
    state: Rc<RefCell<OpState>>,
    #[smi] request: u32,
    #[smi] status: u16,
    #[string] reason: String,
    #[serde] headers: HeaderTexts,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
    #[number] length: i64,
) -> Result<(), JsErrorBox> {
    let mut body = take_body_until(&state, bytes, rid, NotBytes::End)?;
    if let (Body::Stream(stream), Ok(length)) = (&mut body, u64::try_from(length)) {
        stream.length = Some(length);
    }
    let reply = HttpReply {
        status,
        reason,
        headers: header_list(headers),
        body,
    };
    let requests = requests(&state.borrow()).clone();
    requests.respond(request, reply);
    Ok(())
}

#[op2(fast)]
pub fn op_pr_accept(state: &OpState, #[smi] request: u32, #[smi] socket: u32) {
    requests(state).accept(request, socket, HeaderList::new());
}

/// [`op_pr_accept`] for a 101 that carries headers of user code's.
#[op2]
pub fn op_pr_accept_with(
    state: &OpState,
    #[smi] request: u32,
    #[smi] socket: u32,
    #[serde] headers: HeaderTexts,
) {
    requests(state).accept(request, socket, header_list(headers));
}

#[op2(fast)]
pub fn op_pr_pass(state: &OpState, #[smi] request: u32) {
    requests(state).pass(request);
}

/// A body of JavaScript: bytes, or a stream's resource. A body that came in over the wire and was
/// not touched goes on as it came, without a trip through JavaScript.
pub(crate) fn take_body(
    state: &Rc<RefCell<OpState>>,
    bytes: Option<JsBuffer>,
    rid: i32,
) -> Result<Body, JsErrorBox> {
    take_body_until(state, bytes, rid, NotBytes::Failure)
}

fn take_body_until(
    state: &Rc<RefCell<OpState>>,
    bytes: Option<JsBuffer>,
    rid: i32,
    not_bytes: NotBytes,
) -> Result<Body, JsErrorBox> {
    if let Some(bytes) = bytes {
        return Ok(Body::Bytes(Bytes::copy_from_slice(&bytes)));
    }
    let Ok(rid) = ResourceId::try_from(rid) else {
        return Ok(Body::Empty);
    };
    let untouched = body::take_unread(&mut state.borrow_mut(), rid);
    match untouched {
        Some(body) => Ok(body),
        None => body::pump(state.clone(), rid, not_bytes),
    }
}

/// A request as JavaScript hands it over: `[method, url, headers, bytes, rid, clientEncoding]`.
fn outgoing(
    state: &Rc<RefCell<OpState>>,
    method: String,
    url: String,
    headers: HeaderTexts,
    bytes: Option<JsBuffer>,
    rid: i32,
    client_encoding: Option<String>,
) -> Result<HttpRequest, JsErrorBox> {
    let body = take_body(state, bytes, rid)?;
    let mut headers = header_list(headers);
    let states_length = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
    if let Body::Bytes(bytes) = &body
        && !states_length
    {
        headers.push((
            Bytes::from_static(b"content-length"),
            bytes.len().to_string().into(),
        ));
    }
    Ok(HttpRequest {
        method,
        url,
        headers,
        body,
        client_accept_encoding: client_encoding,
    })
}

#[op2]
#[allow(
    clippy::too_many_arguments,
    reason = "one flat call instead of an object per request"
)]
pub fn op_pr_forward(
    state: Rc<RefCell<OpState>>,
    #[smi] request: u32,
    #[string] party: String,
    #[string] room: String,
    #[string] method: String,
    #[string] url: String,
    #[serde] headers: HeaderTexts,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
    #[string] client_encoding: Option<String>,
) -> Result<(), JsErrorBox> {
    let http = outgoing(&state, method, url, headers, bytes, rid, client_encoding)?;
    let requests = requests(&state.borrow()).clone();
    requests.forward(request, party, room, http);
    Ok(())
}

/// What [`op_pr_stub_fetch`] and [`op_pr_asset`] answer. `socket` is set when the room answered 101.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
pub struct StubAnswer {
    status: u16,
    reason: String,
    headers: HeaderTexts,
    bytes: Option<ToJsBuffer>,
    rid: Option<ResourceId>,
    socket: Option<u32>,
}

impl StubAnswer {
    fn new(state: &mut OpState, reply: StubReply) -> Self {
        let reply = match reply {
            StubReply::Response(reply) => reply,
            StubReply::Socket(socket, headers) => {
                return StubAnswer {
                    status: 101,
                    reason: String::new(),
                    headers: header_pairs(&headers),
                    bytes: None,
                    rid: None,
                    socket: Some(socket),
                };
            }
        };
        let (bytes, rid) = match reply.body {
            Body::Empty => (None, None),
            Body::Bytes(bytes) => (Some(ToJsBuffer::from(bytes.to_vec())), None),
            stream @ Body::Stream(_) => {
                let rid = state.resource_table.add(BodyResource::new(stream));
                (None, Some(rid))
            }
        };
        StubAnswer {
            status: reply.status,
            reason: reply.reason,
            headers: header_pairs(&reply.headers),
            bytes,
            rid,
            socket: None,
        }
    }
}

#[op2]
#[serde]
#[allow(
    clippy::too_many_arguments,
    reason = "one flat call instead of an object per request"
)]
pub async fn op_pr_stub_fetch(
    state: Rc<RefCell<OpState>>,
    #[string] party: String,
    #[string] room: String,
    #[string] method: String,
    #[string] url: String,
    #[serde] headers: HeaderTexts,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
    #[string] client_encoding: Option<String>,
) -> Result<StubAnswer, JsErrorBox> {
    let head = method == "HEAD";
    let http = outgoing(&state, method, url, headers, bytes, rid, client_encoding)?;
    let answer = {
        let requests = requests(&state.borrow()).clone();
        requests.stub_fetch(party, room, http)
    };
    let mut reply = answer.await.map_err(JsErrorBox::generic)?;
    if head && let StubReply::Response(reply) = &mut reply {
        // The answer to HEAD has no body, whatever the room gave it (RFC 9110, section 9.3.2).
        reply.body = Body::Empty;
    }
    Ok(StubAnswer::new(&mut state.borrow_mut(), reply))
}

/// A request for a WebSocket of another server (section 11: `fetch` with `Upgrade`).
#[op2]
#[serde]
pub async fn op_pr_fetch_socket(
    state: Rc<RefCell<OpState>>,
    #[string] url: String,
    #[serde] headers: HeaderTexts,
) -> Result<StubAnswer, JsErrorBox> {
    let answer = {
        let requests = requests(&state.borrow()).clone();
        requests.fetch_socket(url, header_list(headers))
    };
    let reply = answer.await.map_err(JsErrorBox::type_error)?;
    Ok(StubAnswer::new(&mut state.borrow_mut(), reply))
}

/// A static file of the project; null when there is none at `path`.
#[op2]
#[serde]
pub fn op_pr_asset(state: &mut OpState, #[string] path: String) -> Option<StubAnswer> {
    let reply = requests(state).asset(&path)?;
    Some(StubAnswer::new(state, StubReply::Response(reply)))
}
