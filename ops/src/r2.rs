//! Object buckets (`context.bindings.r2`) as ops: bytes stream between bodies and the storage in pieces,
//! never whole. Arguments are JavaScript's to check; digests and sizes are only known here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use bytes::Bytes;
use bytes::BytesMut;
use deno_core::GarbageCollected;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::op2;
use deno_core::serde::Deserialize;
use deno_core::v8;
use deno_error::JsErrorBox;

use crate::bindings::bindings;
use crate::bindings::failed;
use crate::bindings_interface::Condition;
use crate::bindings_interface::ObjectPage;
use crate::bindings_interface::ObjectRange;
use crate::bindings_interface::ObjectRecord;
use crate::bindings_interface::PartName;
use crate::bindings_interface::SharedBindings;
use crate::bindings_interface::StoredObject;
use crate::bindings_interface::Upload;
use crate::body::BodyResource;
use crate::body::Streaming;
use crate::body_stream::Unread;
use crate::body_stream::body_stream;
use crate::checksums::Digests;
use crate::http::take_body;
use crate::interface::SharedGates;
use crate::message::Body;

/// An object is stored and read in pieces of at most so many bytes.
const PIECE: usize = 1024 * 1024;

/// Greatest size of an object or a part. The platform allows five times as much; a development
/// machine's disk should not fill up by a loop.
const MAX_OBJECT_BYTES: u64 = 1024 * 1024 * 1024;

/// An object that was asked for, as long as JavaScript may still want its bytes.
pub struct ObjectHandle(Rc<dyn StoredObject>);

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for ObjectHandle {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"ObjectHandle"
    }
}

/// The object, or null when there is none.
#[op2]
#[cppgc]
pub fn op_pr_r2_get(
    state: Rc<RefCell<OpState>>,
    #[string] bucket: String,
    #[string] key: String,
) -> impl Future<Output = Result<Option<ObjectHandle>, JsErrorBox>> {
    let object = bindings(&state).object(bucket, key);
    async move {
        let object = object.await.map_err(failed)?;
        Ok(object.map(|object| ObjectHandle(object.into())))
    }
}

#[op2]
#[serde]
pub fn op_pr_r2_record(#[cppgc] object: &ObjectHandle) -> ObjectRecord {
    object.0.record().clone()
}

#[op2]
pub fn op_pr_r2_matches(#[cppgc] object: &ObjectHandle, #[serde] condition: Condition) -> bool {
    condition.holds(Some(object.0.record()))
}

/// Bytes of an object as a readable resource.
#[op2(fast)]
#[smi]
pub fn op_pr_r2_body(
    state: &mut OpState,
    #[cppgc] object: &ObjectHandle,
    #[number] offset: u64,
    #[number] length: u64,
) -> ResourceId {
    let gates = state.borrow::<SharedGates>().clone();
    let object = object.0.clone();
    let (sender, stream) = body_stream(1, Some(length));
    tokio::task::spawn_local(async move {
        // A body of one piece is on its way at once; a longer one needs this isolate until its end.
        let _streaming = (length > PIECE as u64).then(|| Streaming::start(gates));
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let piece = match object.read(at, (end - at).min(PIECE as u64)).await {
                Ok(piece) if piece.is_empty() => return,
                Ok(piece) => piece,
                Err(failure) => return sender.fail(failure.to_string()),
            };
            at += piece.len() as u64;
            if sender.send(piece).await == Err(Unread) {
                return;
            }
        }
        sender.finish();
    });
    let body = BodyResource::new(Body::Stream(stream));
    state.resource_table.add(body)
}

/// What `put` is told besides the bytes.
#[derive(Deserialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
pub struct PutOptions {
    bucket: String,
    key: String,
    http: String,
    custom: String,
    condition: Condition,
    /// An algorithm and the digest, in hexadecimal, that the bytes must have.
    checksum: Option<(String, String)>,
}

/// Resolves null when the condition does not hold.
#[op2]
#[serde]
pub fn op_pr_r2_put(
    state: Rc<RefCell<OpState>>,
    #[serde] options: PutOptions,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
) -> Result<impl Future<Output = Result<Option<ObjectRecord>, JsErrorBox>>, JsErrorBox> {
    let body = take_body(&state, bytes, rid)?;
    let bindings = bindings(&state);
    Ok(async move {
        let expected = options.checksum;
        let mut digests = Digests::new(expected.as_ref().map(|(name, _)| name.as_str()));
        let (upload, size) = store(&bindings, body, &mut digests, "put").await?;
        let checksums = digests.finish();
        if let Some((name, wanted)) = expected {
            verify(&name, &wanted, &checksums)?;
        }
        let record = ObjectRecord {
            key: options.key,
            version: uuid::Uuid::new_v4().simple().to_string(),
            size,
            etag: checksums["md5"].clone(),
            uploaded: 0,
            http: options.http,
            custom: options.custom,
            checksums,
        };
        let put = bindings.object_put(options.bucket, record, upload.id(), options.condition);
        put.await.map_err(failed)
    })
}

fn verify(
    name: &str,
    wanted: &str,
    checksums: &BTreeMap<String, String>,
) -> Result<(), JsErrorBox> {
    let actual = checksums.get(name).map_or("", String::as_str);
    if actual == wanted {
        return Ok(());
    }
    let shown = match name {
        "md5" => "MD5".to_owned(),
        sha => sha.replace("sha", "SHA-"),
    };
    Err(JsErrorBox::generic(format!(
        "put: The {shown} checksum you specified did not match what we received.\n\
         You provided a {shown} checksum with value: {wanted}\n\
         Actual {shown} was: {actual} (10037)"
    )))
}

/// Stores a body in pieces; gives the upload and its size.
async fn store(
    bindings: &SharedBindings,
    body: Body,
    digests: &mut Digests,
    method: &str,
) -> Result<(Box<dyn Upload>, u64), JsErrorBox> {
    let upload = bindings.object_upload().await.map_err(failed)?;
    let mut size = 0;
    let mut waiting = BytesMut::new();
    let mut chunks = Chunks(body);
    while let Some(mut chunk) = chunks.next().await? {
        size += chunk.len() as u64;
        if size > MAX_OBJECT_BYTES {
            return Err(JsErrorBox::generic(format!(
                "{method}: Your proposed upload exceeds the maximum allowed object size of {MAX_OBJECT_BYTES} bytes. (10005)"
            )));
        }
        digests.update(&chunk);
        while !chunk.is_empty() {
            let taken = chunk.split_to(chunk.len().min(PIECE - waiting.len()));
            waiting.extend_from_slice(&taken);
            if waiting.len() == PIECE {
                let piece = std::mem::take(&mut waiting).freeze();
                upload.append(piece).await.map_err(failed)?;
            }
        }
    }
    if !waiting.is_empty() {
        upload.append(waiting.freeze()).await.map_err(failed)?;
    }
    Ok((upload, size))
}

/// The bytes of a body as they come.
struct Chunks(Body);

impl Chunks {
    async fn next(&mut self) -> Result<Option<Bytes>, JsErrorBox> {
        match &mut self.0 {
            Body::Empty => Ok(None),
            Body::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Ok((!bytes.is_empty()).then_some(bytes))
            }
            Body::Stream(stream) => {
                let chunk = stream.next().await;
                chunk.transpose().map_err(JsErrorBox::type_error)
            }
        }
    }
}

#[op2]
pub fn op_pr_r2_delete(
    state: Rc<RefCell<OpState>>,
    #[string] bucket: String,
    #[serde] keys: Vec<String>,
) -> impl Future<Output = Result<(), JsErrorBox>> {
    let deleted = bindings(&state).object_delete(bucket, keys);
    async move { deleted.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_r2_list(
    state: Rc<RefCell<OpState>>,
    #[string] bucket: String,
    #[string] prefix: String,
    #[string] delimiter: Option<String>,
    #[string] after: Option<String>,
    #[smi] limit: u32,
) -> impl Future<Output = Result<ObjectPage, JsErrorBox>> {
    let range = ObjectRange {
        prefix,
        delimiter,
        after,
        limit: limit as usize,
    };
    let page = bindings(&state).object_list(bucket, range);
    async move { page.await.map_err(failed) }
}

#[op2]
#[string]
pub fn op_pr_r2_multipart_create(
    state: Rc<RefCell<OpState>>,
    #[string] bucket: String,
    #[string] key: String,
    #[string] http: String,
    #[string] custom: String,
) -> impl Future<Output = Result<String, JsErrorBox>> {
    let record = ObjectRecord {
        key,
        http,
        custom,
        ..ObjectRecord::default()
    };
    let created = bindings(&state).multipart_create(bucket, record);
    async move { created.await.map_err(failed) }
}

/// Names a multipart upload.
#[derive(Deserialize)]
#[serde(crate = "deno_core::serde")]
pub struct MultipartName {
    bucket: String,
    key: String,
    id: String,
}

/// Resolves the part's etag.
#[op2]
#[string]
pub fn op_pr_r2_multipart_part(
    state: Rc<RefCell<OpState>>,
    #[serde] name: MultipartName,
    #[smi] part_number: u32,
    #[buffer] bytes: Option<JsBuffer>,
    #[smi] rid: i32,
) -> Result<impl Future<Output = Result<String, JsErrorBox>>, JsErrorBox> {
    let body = take_body(&state, bytes, rid)?;
    let bindings = bindings(&state);
    Ok(async move {
        let mut digests = Digests::new(None);
        let (upload, _) = store(&bindings, body, &mut digests, "uploadPart").await?;
        let etag = digests.finish()["md5"].clone();
        let part = PartName {
            part_number,
            etag: etag.clone(),
        };
        let put = bindings.multipart_part(name.bucket, name.key, name.id, part, upload.id());
        put.await.map_err(failed)?;
        Ok(etag)
    })
}

#[op2]
pub fn op_pr_r2_multipart_abort(
    state: Rc<RefCell<OpState>>,
    #[serde] name: MultipartName,
) -> impl Future<Output = Result<(), JsErrorBox>> {
    let aborted = bindings(&state).multipart_abort(name.bucket, name.key, name.id);
    async move { aborted.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_r2_multipart_complete(
    state: Rc<RefCell<OpState>>,
    #[serde] name: MultipartName,
    #[serde] parts: Vec<PartName>,
) -> impl Future<Output = Result<ObjectRecord, JsErrorBox>> {
    let bindings = bindings(&state);
    let completed = bindings.multipart_complete(name.bucket, name.key, name.id, parts);
    async move { completed.await.map_err(failed) }
}
