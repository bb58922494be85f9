//! The two ops below deno_fetch's `fetch`: sending a request, and its answer. Their connections are
//! those of `dial`, kept for a room's next requests. Follows no redirect and knows no cache: that is JavaScript's.

#![expect(clippy::result_large_err, reason = "the errors are deno_fetch's")]

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use data_url::DataUrl;
use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::Canceled;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::convert::ByteString;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::url::Url;
use deno_core::v8;
use deno_fetch::FetchCancelHandle;
use deno_fetch::FetchError;
use deno_fetch::FetchResponse;
use deno_fetch::FetchResponseResource;
use deno_fetch::FetchReturn;
use deno_fetch::ReqBody;
use deno_fetch::ResBody;
use deno_fetch::ResourceToBodyAdapter;
use http_body_util::BodyExt;
use http_body_util::Full;

use ::http::HeaderName;
use ::http::HeaderValue;
use ::http::Method;
use ::http::Request;
use ::http::Response;
use ::http::Uri;
use ::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};

use crate::http_client::Client;
use crate::http_client::SendError;
use crate::http_client::WasDecoded;
use crate::outbound;
use crate::way_out;

type Sent = Result<Result<Response<ResBody>, SendError>, Canceled>;

/// A request that is sent when its answer is asked for.
struct Sending {
    answer: Pin<Box<dyn Future<Output = Sent>>>,
    url: Url,
}

impl Resource for Sending {
    fn name(&self) -> std::borrow::Cow<'_, str> {
        "fetchRequest".into()
    }
}

/// Prepares a request. The arguments are those of deno_fetch's op of this purpose; there are no clients to
/// choose from.
#[op2]
#[allow(
    clippy::too_many_arguments,
    reason = "they are those of deno_fetch's op"
)]
pub fn op_pr_fetch(
    scope: &mut v8::PinScope<'_, '_>,
    state: &mut OpState,
    #[scoped] method: ByteString,
    #[string] url: String,
    #[scoped] headers: Vec<(ByteString, ByteString)>,
    #[smi] _client: Option<u32>,
    has_body: bool,
    data: Option<Uint8Array>,
    #[smi] resource: Option<ResourceId>,
) -> Result<FetchReturn, FetchError> {
    let mut url = Url::parse(&url)?;
    let method = Method::from_bytes(&method)?;
    match url.scheme() {
        "http" | "https" => {}
        "data" => return data_url(state, url),
        "file" => return Err(FetchError::NetworkError),
        "blob" => return Err(FetchError::BlobNotFound),
        other => return Err(FetchError::SchemeNotSupported(other.to_owned())),
    }
    let user = deno_fetch::extract_authority(&mut url);
    let uri: Uri = url
        .as_str()
        .parse()
        .map_err(|_| FetchError::InvalidUrl(url.clone()))?;
    let (body, length) = body(state, &method, has_body, data, resource)?;
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    if let Some((user, password)) = user {
        let value = deno_fetch::basic_auth(&user, password.as_deref());
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    if let Some(length) = length {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    for (name, value) in headers {
        let name = HeaderName::from_bytes(&name)?;
        let value = HeaderValue::from_bytes(&value)?;
        if name != HOST && name != CONTENT_LENGTH {
            request.headers_mut().append(name, value);
        }
    }
    outbound::tidy(&mut request);
    let client = Client::of(state);
    let begun = way_out::begin(state, scope);
    Ok(prepared(state, url, way_out::send(client, begun, request)))
}

/// The body of a request, and its length if that is known.
fn body(
    state: &mut OpState,
    method: &Method,
    has_body: bool,
    data: Option<Uint8Array>,
    resource: Option<ResourceId>,
) -> Result<(ReqBody, Option<u64>), FetchError> {
    if !has_body {
        let is_empty = matches!(*method, Method::POST | Method::PUT);
        return Ok((ReqBody::empty(), is_empty.then_some(0)));
    }
    if let Some(data) = data {
        let length = data.len() as u64;
        return Ok((ReqBody::full(data.0.into()), Some(length)));
    }
    let resource = resource.ok_or(FetchError::NetworkError)?;
    let resource = state.resource_table.take_any(resource)?;
    let length = match resource.size_hint() {
        (least, Some(most)) if least == most && least > 0 => Some(least),
        _ => None,
    };
    let body = ReqBody::streaming(ResourceToBodyAdapter::new(resource));
    Ok((body, length))
}

fn data_url(state: &mut OpState, url: Url) -> Result<FetchReturn, FetchError> {
    let data = DataUrl::process(url.as_str()).map_err(FetchError::DataUrl)?;
    let (bytes, _) = data.decode_to_vec().map_err(FetchError::Base64)?;
    let body = Full::new(bytes.into()).map_err(|never| match never {});
    let response = Response::builder()
        .header(CONTENT_TYPE, data.mime_type().to_string())
        .body(body.boxed())?;
    Ok(prepared(state, url, async { Ok(response) }))
}

fn prepared(
    state: &mut OpState,
    url: Url,
    answer: impl Future<Output = Result<Response<ResBody>, SendError>> + 'static,
) -> FetchReturn {
    let cancel = CancelHandle::new_rc();
    let request_rid = state.resource_table.add(Sending {
        answer: Box::pin(answer.or_cancel(cancel.clone())),
        url,
    });
    let cancel_handle_rid = state.resource_table.add(FetchCancelHandle(cancel));
    FetchReturn {
        request_rid,
        cancel_handle_rid: Some(cancel_handle_rid),
    }
}

/// Sends it, and gives the head of the answer with its body's number, or why there is none.
#[op2]
pub async fn op_pr_fetch_send(
    state: Rc<RefCell<OpState>>,
    #[smi] rid: ResourceId,
) -> Result<FetchResponse, FetchError> {
    let sending = state.borrow_mut().resource_table.take::<Sending>(rid)?;
    let Ok(sending) = Rc::try_unwrap(sending) else {
        return Err(FetchError::RequestCanceled);
    };
    let response = match sending.answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            return Ok(FetchResponse {
                error: Some((error.text, error.cause)),
                ..Default::default()
            });
        }
        Err(Canceled) => return Err(FetchError::RequestCanceled),
    };
    let status = response.status();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().into(), value.as_bytes().into()))
        .collect();
    let content_length = hyper::body::Body::size_hint(response.body()).exact();
    let body_decoded = response.extensions().get::<WasDecoded>().is_some();
    let resource = FetchResponseResource::new(response, content_length);
    Ok(FetchResponse {
        status: status.as_u16(),
        status_text: status.canonical_reason().unwrap_or_default().to_owned(),
        headers,
        url: sending.url.into(),
        response_rid: state.borrow_mut().resource_table.add(resource),
        content_length,
        body_decoded,
        error: None,
    })
}
