//! Bodies across the isolate's border: a [`Body`] as a readable resource, and a readable resource
//! of JavaScript as a [`Body`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use deno_core::AsyncRefCell;
use deno_core::AsyncResult;
use deno_core::BufView;
use deno_core::CancelHandle;
use deno_core::CancelTryFuture;
use deno_core::OpState;
use deno_core::RcRef;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::futures::FutureExt;
use deno_core::op2;
use deno_error::JsErrorBox;
use tokio::sync::watch;

use crate::body_stream::BodyStream;
use crate::body_stream::Unread;
use crate::body_stream::body_stream;
use crate::interface::{SharedConsole, SharedGates};
use crate::message::Body;

/// Bytes of one read from JavaScript's stream on their way out.
const CHUNK: usize = 64 * 1024;
/// Chunks that may wait for a slow reader before the producing stream feels backpressure.
const CHUNKS_IN_FLIGHT: usize = 4;

/// An incoming body, read chunk by chunk by a `ReadableStream`.
pub struct BodyResource {
    stream: AsyncRefCell<State>,
    cancel: CancelHandle,
    /// Bytes of the whole, when they are known.
    length: Option<u64>,
}

struct State {
    rest: Bytes,
    stream: Option<BodyStream>,
}

impl BodyResource {
    pub fn new(body: Body) -> Self {
        let length = match &body {
            Body::Empty => Some(0),
            Body::Bytes(bytes) => Some(bytes.len() as u64),
            Body::Stream(stream) => stream.length,
        };
        let state = match body {
            Body::Empty => State {
                rest: Bytes::new(),
                stream: None,
            },
            Body::Bytes(rest) => State { rest, stream: None },
            Body::Stream(stream) => State {
                rest: Bytes::new(),
                stream: Some(stream),
            },
        };
        BodyResource {
            stream: AsyncRefCell::new(state),
            cancel: CancelHandle::new(),
            length,
        }
    }

    /// The body again, when nothing of it was read: it can travel on without passing through
    /// JavaScript.
    fn into_body(self) -> Body {
        let state = self.stream.into_inner();
        match state.stream {
            Some(stream) => Body::Stream(stream),
            None => Body::Bytes(state.rest),
        }
    }
}

impl Resource for BodyResource {
    fn name(&self) -> Cow<'_, str> {
        "partyrunBody".into()
    }

    fn read(self: Rc<Self>, limit: usize) -> AsyncResult<BufView> {
        let cancel = RcRef::map(self.clone(), |this| &this.cancel);
        async move {
            let mut state = RcRef::map(self, |this| &this.stream).borrow_mut().await;
            while state.rest.is_empty() {
                let Some(stream) = state.stream.as_mut() else {
                    return Ok(BufView::empty());
                };
                match stream.next().await {
                    Some(Ok(chunk)) => state.rest = chunk,
                    Some(Err(message)) => return Err(JsErrorBox::type_error(message)),
                    None => state.stream = None,
                }
            }
            let length = limit.min(state.rest.len());
            Ok(BufView::from(state.rest.split_to(length)))
        }
        .try_or_cancel(cancel)
        .boxed_local()
    }

    fn size_hint(&self) -> (u64, Option<u64>) {
        (self.length.unwrap_or(0), self.length)
    }

    fn close(self: Rc<Self>) {
        self.cancel.cancel();
    }
}

/// Length of a resource in bytes before the first read, or -1 if unknown.
#[op2(fast)]
#[number]
pub fn op_pr_resource_length(state: &mut OpState, #[smi] rid: ResourceId) -> i64 {
    let Ok(resource) = state.resource_table.get_any(rid) else {
        return -1;
    };
    match resource.size_hint() {
        (low, Some(high)) if low == high => i64::try_from(low).unwrap_or(-1),
        _ => -1,
    }
}

/// Takes a body that nobody has read out of the resource table.
pub fn take_unread(state: &mut OpState, rid: ResourceId) -> Option<Body> {
    let resource = state.resource_table.take::<BodyResource>(rid).ok()?;
    Rc::try_unwrap(resource).ok().map(BodyResource::into_body)
}

/// Ends with the isolate whose `OpState` holds it, and ends the isolate's pumps with it.
pub struct Lifetime(watch::Sender<()>);

impl Default for Lifetime {
    fn default() -> Self {
        Lifetime(watch::Sender::new(()))
    }
}

/// Counts a stream that is being pumped.
pub(crate) struct Streaming(SharedGates);

impl Streaming {
    pub(crate) fn start(gates: SharedGates) -> Self {
        gates.stream_started();
        Streaming(gates)
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.stream_finished();
    }
}

/// What a stream's reader gets when the stream gives something else than bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NotBytes {
    /// What there was until then, as a whole: an answer ends so in the original.
    End,
    Failure,
}

/// What deno_web says of a chunk that is no bytes, and what is of use to whoever wrote the stream.
const NO_BYTES: &str = "expected typed ArrayBufferView";
const NOT_BYTES: &str = "This ReadableStream did not return bytes. Enqueue `new TextEncoder().encode(text)` instead of a text, or pipe the stream through a `TextEncoderStream`.";

/// Turns a readable resource (a JavaScript stream) into a [`Body`]. The task that pumps it lives on
/// this isolate's thread. It ends with the stream, with the isolate, or when the reader is gone: then
/// the resource is closed, which cancels the stream.
pub fn pump(
    state: Rc<RefCell<OpState>>,
    rid: ResourceId,
    not_bytes: NotBytes,
) -> Result<Body, JsErrorBox> {
    let (resource, mut life, gates, console) = {
        let mut state = state.borrow_mut();
        let resource = state
            .resource_table
            .take_any(rid)
            .map_err(JsErrorBox::from_err)?;
        let life = state.borrow::<Lifetime>().0.subscribe();
        let gates = state.borrow::<SharedGates>().clone();
        let console = state.borrow::<SharedConsole>().clone();
        (resource, life, gates, console)
    };
    let streaming = Streaming::start(gates);
    let (sender, stream) = body_stream(CHUNKS_IN_FLIGHT, None);
    tokio::task::spawn_local(async move {
        let failure = loop {
            let read = resource.clone().read(CHUNK);
            tokio::select! {
                // First: an isolate that goes closes its resources, which reads as a clean end.
                biased;
                _ = life.changed() => break Some("The room was restarted".to_owned()),
                chunk = read => match chunk {
                    Ok(view) if view.is_empty() => break None,
                    Ok(view) => {
                        if sender.send(Bytes::copy_from_slice(&view)).await == Err(Unread) {
                            break None;
                        }
                    }
                    Err(error) => {
                        let mut message = error.to_string();
                        let is_no_bytes = message == NO_BYTES;
                        if is_no_bytes {
                            message = NOT_BYTES.to_owned();
                        }
                        console.user_error("Response stream error", message.clone());
                        let ends = is_no_bytes && not_bytes == NotBytes::End;
                        break (!ends).then_some(message);
                    }
                },
                () = sender.closed() => break None,
            }
        };
        match failure {
            None => sender.finish(),
            Some(message) => sender.fail(message),
        }
        resource.close();
        drop(streaming);
    });
    Ok(Body::Stream(stream))
}
