//! What the bindings' ops need from the runtime: key-value namespaces, object buckets, vector indexes
//! and data points, all shared by every isolate of the project. Owns no storage and no V8 values;
//! `runtime` implements [`Bindings`].

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use deno_core::serde::Deserialize;
use deno_core::serde::Serialize;
use deno_core::serde_json;

use crate::message::LocalFuture;
use crate::storage_interface::StorageFailure;

/// What a call to a binding comes to. The text is fit for the user.
pub type Outcome<T> = LocalFuture<Result<T, StorageFailure>>;

/// A value of a key-value namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvValue {
    pub value: Bytes,
    /// JSON text.
    pub metadata: Option<String>,
    /// Seconds since 1970, after which the value is gone.
    pub expiration: Option<i64>,
}

/// A key as `list` tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct KvKey {
    pub name: String,
    pub expiration: Option<i64>,
    /// JSON text.
    pub metadata: Option<String>,
}

/// A part of a list, in the order of the names' UTF-8 bytes.
#[derive(Debug, Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct KvPage {
    pub keys: Vec<KvKey>,
    /// Whether there are more after these.
    pub more: bool,
}

/// What is known of an object without its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
pub struct ObjectRecord {
    pub key: String,
    /// Names this content; another `put` of the same key has another.
    pub version: String,
    /// Bytes.
    pub size: u64,
    pub etag: String,
    /// Milliseconds since 1970.
    pub uploaded: i64,
    /// `httpMetadata` as JSON text; the date in it is in milliseconds since 1970.
    pub http: String,
    /// `customMetadata` as JSON text.
    pub custom: String,
    /// Names of algorithms and digests in hexadecimal.
    pub checksums: BTreeMap<String, String>,
}

/// When an operation on an object may go ahead (`onlyIf`). An etag of `*` stands for any.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase", default)]
pub struct Condition {
    pub etag_matches: Option<Vec<String>>,
    pub etag_does_not_match: Option<Vec<String>>,
    /// Milliseconds since 1970, as the next two.
    pub uploaded_before: Option<f64>,
    pub uploaded_after: Option<f64>,
    pub seconds_granularity: bool,
}

impl Condition {
    /// Whether the current object, or there being none, satisfies the condition (RFC 9110, section 13).
    pub fn holds(&self, current: Option<&ObjectRecord>) -> bool {
        let Some(object) = current else {
            return self.etag_matches.is_none() && self.uploaded_after.is_none();
        };
        let has =
            |etags: &Vec<String>| etags.iter().any(|etag| etag == "*" || *etag == object.etag);
        let granularity = if self.seconds_granularity {
            1000.0
        } else {
            1.0
        };
        let floor = |time: f64| (time / granularity).floor();
        let uploaded = floor(object.uploaded as f64);
        let matches = self.etag_matches.as_ref().is_none_or(has);
        let differs = !self.etag_does_not_match.as_ref().is_some_and(has);
        // An etag is the better witness: where one is asked for, it outweighs the date.
        let after = self
            .uploaded_after
            .is_none_or(|time| floor(time) < uploaded)
            || (self.etag_does_not_match.is_some() && differs);
        let before = self
            .uploaded_before
            .is_none_or(|time| uploaded < floor(time))
            || (self.etag_matches.is_some() && matches);
        matches && differs && after && before
    }
}

/// Bytes on their way into a bucket: stored already, and belonging to nothing yet. What is dropped
/// before it is used is removed again.
pub trait Upload {
    /// Adds bytes at the end.
    fn append(&self, bytes: Bytes) -> Outcome<()>;
    /// Names the upload to the operations that use it.
    fn id(&self) -> i64;
}

/// An object as it was when it was asked for. It can be read while this is kept, whatever happens to
/// its key meanwhile.
pub trait StoredObject {
    fn record(&self) -> &ObjectRecord;
    /// Up to `length` bytes from `offset`; fewer at the end and between the pieces that it is kept in.
    fn read(&self, offset: u64, length: u64) -> Outcome<Bytes>;
}

/// Which objects a list gives.
#[derive(Clone, Debug, Default)]
pub struct ObjectRange {
    pub prefix: String,
    /// Names with this text after the prefix are given once, up to and including it.
    pub delimiter: Option<String>,
    /// Only names after this one.
    pub after: Option<String>,
    /// Most names given.
    pub limit: usize,
}

/// A part of a list of objects, in the order of their names' UTF-8 bytes.
#[derive(Debug, Default, Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct ObjectPage {
    pub objects: Vec<ObjectRecord>,
    pub prefixes: Vec<String>,
    /// Where the next part starts, when there is one.
    pub next: Option<String>,
}

/// A part of a multipart upload as `complete` names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
pub struct PartName {
    pub part_number: u32,
    pub etag: String,
}

/// How the similarity of two vectors is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde", rename_all = "kebab-case")]
pub enum Metric {
    /// From -1 to 1, the same direction.
    Cosine,
    /// The distance: 0 for the same vector.
    Euclidean,
    /// The negative product: the smaller, the more similar.
    DotProduct,
}

/// A vector index: its name, and what the configuration says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub struct VectorIndex {
    pub name: String,
    /// Values in each vector; `None` leaves it to the first vector.
    pub dimensions: Option<usize>,
    pub metric: Metric,
}

/// A vector with what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub struct Vector {
    pub id: String,
    pub values: Vec<f64>,
    pub namespace: Option<String>,
    /// JSON text of an object.
    pub metadata: Option<String>,
}

/// What to search for.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub struct VectorQuery {
    pub vector: Vec<f64>,
    /// Most matches given.
    pub top: usize,
    pub namespace: Option<String>,
    /// JSON text: its parser has a limit of depth, where reading the object itself would recurse as deep
    /// as it nests.
    #[serde(deserialize_with = "from_text")]
    pub filter: Option<serde_json::Map<String, serde_json::Value>>,
}

fn from_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: deno_core::serde::Deserializer<'de>,
    T: deno_core::serde::de::DeserializeOwned,
{
    let text = Option::<String>::deserialize(deserializer)?;
    let value = text.map(|text| serde_json::from_str(&text)).transpose();
    value.map_err(deno_core::serde::de::Error::custom)
}

/// A vector that was found.
#[derive(Clone, Debug, Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct VectorMatch {
    pub score: f64,
    #[serde(flatten)]
    pub vector: Vector,
}

/// The bindings of a project. Called on an isolate's thread; nothing of it waits on that thread but
/// for a queue that is full. What is acknowledged is committed.
pub trait Bindings {
    /// The values of `keys`, in their order.
    fn kv_get(&self, namespace: String, keys: Vec<String>) -> Outcome<Vec<Option<KvValue>>>;
    fn kv_put(&self, namespace: String, key: String, value: KvValue) -> Outcome<()>;
    fn kv_delete(&self, namespace: String, key: String) -> Outcome<()>;
    /// At most `limit` keys that start with `prefix` and come after `after`.
    fn kv_list(
        &self,
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Outcome<KvPage>;

    fn object(&self, bucket: String, key: String) -> Outcome<Option<Box<dyn StoredObject>>>;
    fn object_upload(&self) -> Outcome<Box<dyn Upload>>;
    /// Makes an upload the object `record.key`, when `condition` holds; else resolves `None`.
    fn object_put(
        &self,
        bucket: String,
        record: ObjectRecord,
        upload: i64,
        condition: Condition,
    ) -> Outcome<Option<ObjectRecord>>;
    fn object_delete(&self, bucket: String, keys: Vec<String>) -> Outcome<()>;
    fn object_list(&self, bucket: String, range: ObjectRange) -> Outcome<ObjectPage>;

    /// Starts a multipart upload and resolves its id. Of `record`, the key and the metadata count.
    fn multipart_create(&self, bucket: String, record: ObjectRecord) -> Outcome<String>;
    /// Makes an upload the part `number`.
    fn multipart_part(
        &self,
        bucket: String,
        key: String,
        id: String,
        part: PartName,
        upload: i64,
    ) -> Outcome<()>;
    fn multipart_abort(&self, bucket: String, key: String, id: String) -> Outcome<()>;
    /// Makes the parts, in order of their numbers, one object.
    fn multipart_complete(
        &self,
        bucket: String,
        key: String,
        id: String,
        parts: Vec<PartName>,
    ) -> Outcome<ObjectRecord>;

    /// Dimensions, when they are known, and the number of vectors.
    fn vector_describe(&self, index: VectorIndex) -> Outcome<(Option<usize>, u64)>;
    /// Stores vectors and resolves the ids of those that were stored: all with `replace`, else those
    /// that were not there.
    fn vector_put(
        &self,
        index: VectorIndex,
        vectors: Vec<Vector>,
        replace: bool,
    ) -> Outcome<Vec<String>>;
    /// The most similar vectors, the best first.
    fn vector_query(&self, index: VectorIndex, query: VectorQuery) -> Outcome<Vec<VectorMatch>>;
    /// Those of `ids` that exist, in the order asked.
    fn vector_get(&self, index: VectorIndex, ids: Vec<String>) -> Outcome<Vec<Vector>>;
    /// Resolves those of `ids` that existed.
    fn vector_delete(&self, index: VectorIndex, ids: Vec<String>) -> Outcome<Vec<String>>;

    /// Keeps a data point, JSON text.
    fn data_point(&self, point: String);
}

/// The bindings as an isolate shares them.
pub type SharedBindings = Arc<dyn Bindings + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> ObjectRecord {
        ObjectRecord {
            etag: "e".to_owned(),
            uploaded: 1_500,
            ..ObjectRecord::default()
        }
    }

    fn holds(condition: Condition) -> bool {
        condition.holds(Some(&object()))
    }

    #[test]
    fn without_an_object_only_what_asks_for_one_fails() {
        let absent = Condition {
            etag_does_not_match: Some(vec!["*".to_owned()]),
            uploaded_before: Some(0.0),
            ..Condition::default()
        };
        assert!(absent.holds(None) && Condition::default().holds(None));
        let present = Condition {
            etag_matches: Some(vec!["*".to_owned()]),
            ..Condition::default()
        };
        assert!(!present.holds(None) && holds(present));
    }

    #[test]
    fn an_etag_outweighs_a_date() {
        let before = |etag: Option<&str>| Condition {
            etag_matches: etag.map(|etag| vec![etag.to_owned()]),
            uploaded_before: Some(1_000.0),
            ..Condition::default()
        };
        assert!(!holds(before(None)) && holds(before(Some("e"))) && !holds(before(Some("f"))));
    }

    #[test]
    fn seconds_can_be_the_granularity_of_dates() {
        let after = |seconds_granularity| Condition {
            uploaded_after: Some(1_400.0),
            seconds_granularity,
            ..Condition::default()
        };
        assert!(holds(after(false)) && !holds(after(true)));
    }
}
