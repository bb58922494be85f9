//! Key-value namespaces (`context.bindings.kv`) as ops. Arguments are JavaScript's to check, all but the
//! size of a value, which is only known once it is read.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use bytes::Bytes;
use bytes::BytesMut;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ToJsBuffer;
use deno_core::op2;
use deno_core::serde::Serialize;
use deno_error::JsErrorBox;

use crate::bindings::bindings;
use crate::bindings::failed;
use crate::bindings_interface::KvPage;
use crate::bindings_interface::KvValue;
use crate::http::take_body;
use crate::message::Body;

/// Greatest size of a value, as on the platform.
const MAX_VALUE_BYTES: usize = 25 * 1024 * 1024;

/// A value on its way to JavaScript.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct KvAnswer {
    value: ToJsBuffer,
    metadata: Option<String>,
}

#[op2]
#[serde]
pub fn op_pr_kv_get(
    state: Rc<RefCell<OpState>>,
    #[string] namespace: String,
    #[serde] keys: Vec<String>,
) -> impl Future<Output = Result<Vec<Option<KvAnswer>>, JsErrorBox>> {
    let values = bindings(&state).kv_get(namespace, keys);
    async move {
        let answer = |found: KvValue| KvAnswer {
            value: ToJsBuffer::from(found.value.to_vec()),
            metadata: found.metadata,
        };
        let values = values.await.map_err(failed)?;
        Ok(values.into_iter().map(|found| found.map(answer)).collect())
    }
}

/// `expiration` is in seconds since 1970, not positive for none; the body as in `op_pr_respond`.
#[op2]
pub fn op_pr_kv_put(
    state: Rc<RefCell<OpState>>,
    #[string] namespace: String,
    #[string] key: String,
    expiration: f64,
    #[string] metadata: Option<String>,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
) -> Result<impl Future<Output = Result<(), JsErrorBox>>, JsErrorBox> {
    let body = take_body(&state, bytes, rid)?;
    let bindings = bindings(&state);
    Ok(async move {
        let value = KvValue {
            value: collect(body).await?,
            metadata,
            expiration: (expiration > 0.0).then_some(expiration as i64),
        };
        let put = bindings.kv_put(namespace, key, value);
        put.await.map_err(failed)
    })
}

#[op2]
pub fn op_pr_kv_delete(
    state: Rc<RefCell<OpState>>,
    #[string] namespace: String,
    #[string] key: String,
) -> impl Future<Output = Result<(), JsErrorBox>> {
    let deleted = bindings(&state).kv_delete(namespace, key);
    async move { deleted.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_kv_list(
    state: Rc<RefCell<OpState>>,
    #[string] namespace: String,
    #[string] prefix: String,
    #[string] after: Option<String>,
    #[smi] limit: u32,
) -> impl Future<Output = Result<KvPage, JsErrorBox>> {
    let page = bindings(&state).kv_list(namespace, prefix, after, limit as usize);
    async move { page.await.map_err(failed) }
}

/// The whole of a body, as long as it may be a value.
async fn collect(body: Body) -> Result<Bytes, JsErrorBox> {
    let mut stream = match body {
        Body::Empty => return Ok(Bytes::new()),
        Body::Bytes(bytes) => return checked(bytes),
        Body::Stream(stream) => stream,
    };
    let mut whole = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        whole.extend_from_slice(&chunk.map_err(JsErrorBox::type_error)?);
        if whole.len() > MAX_VALUE_BYTES {
            break;
        }
    }
    checked(whole.freeze())
}

fn checked(value: Bytes) -> Result<Bytes, JsErrorBox> {
    match value.len() {
        0..=MAX_VALUE_BYTES => Ok(value),
        length => Err(JsErrorBox::generic(format!(
            "KV PUT failed: 413 Value length of {length} exceeds limit of {MAX_VALUE_BYTES}."
        ))),
    }
}
