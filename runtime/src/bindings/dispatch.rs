//! Which function does each operation on a binding, and what it gets. Owns no data.

use partyrun_ops::bindings_interface::{
    Bindings, Condition, KvPage, KvValue, ObjectPage, ObjectRange, ObjectRecord, Outcome, PartName,
    StoredObject, Upload, Vector, VectorIndex, VectorMatch, VectorQuery,
};

use super::project::ProjectBindings;
use super::{analytics, kv, multipart, objects, vectors};

impl Bindings for ProjectBindings {
    fn kv_get(&self, namespace: String, keys: Vec<String>) -> Outcome<Vec<Option<KvValue>>> {
        let now = self.clock.now_ms();
        self.job(move |sql| kv::get(sql, &namespace, &keys, now))
    }

    fn kv_put(&self, namespace: String, key: String, value: KvValue) -> Outcome<()> {
        let now = self.clock.now_ms();
        self.job(move |sql| kv::put(sql, &namespace, &key, &value, now))
    }

    fn kv_delete(&self, namespace: String, key: String) -> Outcome<()> {
        self.job(move |sql| kv::delete(sql, &namespace, &key))
    }

    fn kv_list(
        &self,
        namespace: String,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Outcome<KvPage> {
        let now = self.clock.now_ms();
        self.job(move |sql| kv::list(sql, &namespace, &prefix, after.as_deref(), limit, now))
    }

    fn object(&self, bucket: String, key: String) -> Outcome<Option<Box<dyn StoredObject>>> {
        objects::open(self, bucket, key)
    }

    fn object_upload(&self) -> Outcome<Box<dyn Upload>> {
        objects::upload(self)
    }

    fn object_put(
        &self,
        bucket: String,
        record: ObjectRecord,
        upload: i64,
        condition: Condition,
    ) -> Outcome<Option<ObjectRecord>> {
        let (pins, now) = (self.pins.clone(), self.clock.now_ms());
        self.job(move |sql| objects::put(sql, &pins, &bucket, record, upload, &condition, now))
    }

    fn object_delete(&self, bucket: String, keys: Vec<String>) -> Outcome<()> {
        let pins = self.pins.clone();
        self.job(move |sql| objects::delete(sql, &pins, &bucket, &keys))
    }

    fn object_list(&self, bucket: String, range: ObjectRange) -> Outcome<ObjectPage> {
        self.job(move |sql| objects::list(sql, &bucket, &range))
    }

    fn multipart_create(&self, bucket: String, record: ObjectRecord) -> Outcome<String> {
        self.job(move |sql| multipart::create(sql, &bucket, &record))
    }

    fn multipart_part(
        &self,
        bucket: String,
        key: String,
        id: String,
        part: PartName,
        upload: i64,
    ) -> Outcome<()> {
        let pins = self.pins.clone();
        self.job(move |sql| multipart::put(sql, &pins, &bucket, &key, &id, &part, upload))
    }

    fn multipart_abort(&self, bucket: String, key: String, id: String) -> Outcome<()> {
        let pins = self.pins.clone();
        self.job(move |sql| multipart::abort(sql, &pins, &bucket, &key, &id))
    }

    fn multipart_complete(
        &self,
        bucket: String,
        key: String,
        id: String,
        parts: Vec<PartName>,
    ) -> Outcome<ObjectRecord> {
        let (pins, now) = (self.pins.clone(), self.clock.now_ms());
        self.job(move |sql| multipart::complete(sql, &pins, &bucket, &key, &id, &parts, now))
    }

    fn vector_describe(&self, index: VectorIndex) -> Outcome<(Option<usize>, u64)> {
        self.job(move |sql| vectors::describe(sql, &index))
    }

    fn vector_put(
        &self,
        index: VectorIndex,
        vectors: Vec<Vector>,
        replace: bool,
    ) -> Outcome<Vec<String>> {
        self.job(move |sql| vectors::put(sql, &index, &vectors, replace))
    }

    fn vector_query(&self, index: VectorIndex, query: VectorQuery) -> Outcome<Vec<VectorMatch>> {
        let bindings = self.clone();
        Box::pin(async move { vectors::query(&bindings, index, query).await })
    }

    fn vector_get(&self, index: VectorIndex, ids: Vec<String>) -> Outcome<Vec<Vector>> {
        self.job(move |sql| vectors::get(sql, &index, &ids))
    }

    fn vector_delete(&self, index: VectorIndex, ids: Vec<String>) -> Outcome<Vec<String>> {
        self.job(move |sql| vectors::delete(sql, &index, &ids))
    }

    fn data_point(&self, point: String) {
        // Nobody waits for it; when the storage is closed, nobody reads it either.
        let now = self.clock.now_ms();
        drop(self.job(move |sql| analytics::keep(sql, &point, now)));
    }
}
