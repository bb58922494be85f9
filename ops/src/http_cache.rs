//! `caches`: responses that user code keeps (specification, section 11). Where they are kept, and for
//! how long, is for the implementor of [`HttpCache`] to know.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ToJsBuffer;
use deno_core::op2;
use deno_core::serde::Serialize;
use deno_error::JsErrorBox;

use crate::http::HeaderTexts;
use crate::http::header_list;
use crate::http::header_pairs;
use crate::message::HeaderList;
use crate::message::LocalFuture;

/// Which response: the cache's name, empty for the default one, and the request's URL.
#[derive(Clone, Debug)]
pub struct CacheKey {
    pub cache: String,
    pub url: String,
}

/// A response in the cache.
#[derive(Clone, Debug)]
pub struct CachedResponse {
    pub status: u16,
    /// Reason phrase, empty for the usual one.
    pub reason: String,
    pub headers: HeaderList,
    pub body: Bytes,
    /// Seconds since it was kept.
    pub age: u64,
}

/// What is done with a cache.
pub enum CacheCall {
    /// Keeps the response if its headers allow it. The headers are those of the request.
    Put(CacheKey, HeaderList, CachedResponse),
    Match(CacheKey),
    Delete(CacheKey),
}

/// What it came to.
pub enum CacheReply {
    /// Put, or nothing matched, or nothing was deleted.
    Nothing,
    Found(CachedResponse),
    Deleted,
}

/// The project's `caches`, one for all isolates.
pub trait HttpCache {
    /// Looks into, or changes, a cache.
    fn http_cache(&self, call: CacheCall) -> LocalFuture<Result<CacheReply, String>>;
}

pub type SharedHttpCache = Rc<dyn HttpCache>;

async fn call(state: &Rc<RefCell<OpState>>, call: CacheCall) -> Result<CacheReply, JsErrorBox> {
    let reply = state.borrow().borrow::<SharedHttpCache>().http_cache(call);
    reply.await.map_err(JsErrorBox::generic)
}

#[op2]
#[allow(
    clippy::too_many_arguments,
    reason = "one flat call instead of an object per response"
)]
pub async fn op_pr_cache_put(
    state: Rc<RefCell<OpState>>,
    #[string] cache: String,
    #[string] url: String,
    #[serde] request_headers: HeaderTexts,
    #[smi] status: u16,
    #[string] reason: String,
    #[serde] headers: HeaderTexts,
    #[buffer] body: JsBuffer,
) -> Result<(), JsErrorBox> {
    let response = CachedResponse {
        status,
        reason,
        headers: header_list(headers),
        body: Bytes::copy_from_slice(&body),
        age: 0,
    };
    let key = CacheKey { cache, url };
    let put = CacheCall::Put(key, header_list(request_headers), response);
    call(&state, put).await.map(drop)
}

/// A kept response for JavaScript.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct Kept {
    status: u16,
    reason: String,
    headers: HeaderTexts,
    body: ToJsBuffer,
    age: u64,
}

#[op2]
#[serde]
pub async fn op_pr_cache_match(
    state: Rc<RefCell<OpState>>,
    #[string] cache: String,
    #[string] url: String,
) -> Result<Option<Kept>, JsErrorBox> {
    let found = call(&state, CacheCall::Match(CacheKey { cache, url })).await?;
    let CacheReply::Found(response) = found else {
        return Ok(None);
    };
    Ok(Some(Kept {
        status: response.status,
        reason: response.reason,
        headers: header_pairs(&response.headers),
        body: response.body.to_vec().into(),
        age: response.age,
    }))
}

#[op2]
pub async fn op_pr_cache_delete(
    state: Rc<RefCell<OpState>>,
    #[string] cache: String,
    #[string] url: String,
) -> Result<bool, JsErrorBox> {
    let deleted = call(&state, CacheCall::Delete(CacheKey { cache, url })).await?;
    Ok(matches!(deleted, CacheReply::Deleted))
}
