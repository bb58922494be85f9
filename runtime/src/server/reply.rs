//! Our answers as hyper's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use hyper::{Response, StatusCode};
use partyrun_ops::body_stream::BodyStream;
use partyrun_ops::message::{Body, HttpReply};

use super::head;

/// The body of an answer, for hyper.
pub enum ReplyBody {
    Full(Option<Bytes>),
    Stream(BodyStream),
    /// What came before the failure is on its way.
    Failed(String),
}

/// A stream that failed in user code: hyper cuts the connection, which tells the client.
#[derive(Debug, thiserror::Error)]
#[error("The response's body failed: {0}")]
pub struct StreamFailed(String);

impl HttpBody for ReplyBody {
    type Data = Bytes;
    type Error = StreamFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamFailed>>> {
        match &mut *self {
            ReplyBody::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            ReplyBody::Stream(stream) => {
                let Some(chunk) = ready!(stream.poll_next(cx)) else {
                    return Poll::Ready(None);
                };
                match chunk {
                    Ok(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                    Err(text) => {
                        // hyper drops what it has not written when a body fails, and writes it when
                        // a body makes it wait.
                        *self = ReplyBody::Failed(text);
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                }
            }
            ReplyBody::Failed(text) => {
                let failure = StreamFailed(std::mem::take(text));
                Poll::Ready(Some(Err(failure)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, ReplyBody::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Full(None) => SizeHint::with_exact(0),
            ReplyBody::Full(Some(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            ReplyBody::Stream(stream) => match stream.length {
                Some(length) => SizeHint::with_exact(length),
                None => SizeHint::default(),
            },
            ReplyBody::Failed(_) => SizeHint::default(),
        }
    }
}

impl ReplyBody {
    pub fn empty() -> Self {
        ReplyBody::Full(None)
    }
}

/// The phrase for a status that has none of its own, by class (section 3.7).
fn class_phrase(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "Informational",
        2 => "Successful",
        3 => "Redirection",
        4 => "Client Error",
        _ => "Server Error",
    }
}

/// Whether an answer of this status has no length to tell (RFC 9110, section 8.6).
fn has_no_length(status: StatusCode) -> bool {
    [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
        || status.is_informational()
}

/// An answer as hyper sends it, and its reason phrase. Headers that are not HTTP are left out; a
/// length that user code states gives way to the real one, and to none when that is not known. Only
/// the answer to a `HEAD` has the stated one.
pub fn to_http(reply: HttpReply, head: bool) -> (Response<ReplyBody>, String) {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let length = match &reply.body {
        Body::Empty => Some(0),
        Body::Bytes(bytes) => Some(bytes.len() as u64),
        Body::Stream(stream) => stream.length,
    };
    let bare = head || has_no_length(status);
    let body = match reply.body {
        _ if bare => ReplyBody::empty(),
        // hyper writes the length of no body behind all other headers.
        Body::Empty => ReplyBody::Full(Some(Bytes::new())),
        Body::Bytes(bytes) => ReplyBody::Full(Some(bytes)),
        Body::Stream(stream) => ReplyBody::Stream(stream),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if head {
        let mut stated = reply.headers.iter();
        let stated = stated.find(|(name, _)| name.eq_ignore_ascii_case(b"content-length"));
        let stated = stated.and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok());
        if let Some::<u64>(length) = stated {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
    } else if !bare {
        match length {
            Some(length) => headers.insert(CONTENT_LENGTH, HeaderValue::from(length)),
            None => headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked")),
        };
    }
    head::extend(&mut response, reply.headers, |name| name != CONTENT_LENGTH);
    let reason = match (reply.reason, status.canonical_reason()) {
        (given, _) if !given.is_empty() => given,
        (_, Some(usual)) => return (response, usual.to_owned()),
        (_, None) => class_phrase(status).to_owned(),
    };
    if let Ok(phrase) = hyper::ext::ReasonPhrase::try_from(reason.as_bytes()) {
        response.extensions_mut().insert(phrase);
    }
    (response, reason)
}
