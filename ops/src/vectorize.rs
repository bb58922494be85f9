//! Vector indexes (`context.vectorize`) and data points (`analytics`) as ops. Arguments are JavaScript's
//! to check; what a vector must fit to be stored or compared is the index's.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::op2;
use deno_error::JsErrorBox;

use crate::bindings::bindings;
use crate::bindings::failed;
use crate::bindings_interface::Vector;
use crate::bindings_interface::VectorIndex;
use crate::bindings_interface::VectorMatch;
use crate::bindings_interface::VectorQuery;

/// Dimensions, 0 when they are not known yet, and the number of vectors.
#[op2]
#[serde]
pub fn op_pr_vector_describe(
    state: Rc<RefCell<OpState>>,
    #[serde] index: VectorIndex,
) -> impl Future<Output = Result<(usize, u64), JsErrorBox>> {
    let described = bindings(&state).vector_describe(index);
    async move {
        let (dimensions, count) = described.await.map_err(failed)?;
        Ok((dimensions.unwrap_or(0), count))
    }
}

#[op2]
#[serde]
pub fn op_pr_vector_put(
    state: Rc<RefCell<OpState>>,
    #[serde] index: VectorIndex,
    #[serde] vectors: Vec<Vector>,
    replace: bool,
) -> impl Future<Output = Result<Vec<String>, JsErrorBox>> {
    let stored = bindings(&state).vector_put(index, vectors, replace);
    async move { stored.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_vector_query(
    state: Rc<RefCell<OpState>>,
    #[serde] index: VectorIndex,
    #[serde] query: VectorQuery,
) -> impl Future<Output = Result<Vec<VectorMatch>, JsErrorBox>> {
    let matches = bindings(&state).vector_query(index, query);
    async move { matches.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_vector_get(
    state: Rc<RefCell<OpState>>,
    #[serde] index: VectorIndex,
    #[serde] ids: Vec<String>,
) -> impl Future<Output = Result<Vec<Vector>, JsErrorBox>> {
    let found = bindings(&state).vector_get(index, ids);
    async move { found.await.map_err(failed) }
}

#[op2]
#[serde]
pub fn op_pr_vector_delete(
    state: Rc<RefCell<OpState>>,
    #[serde] index: VectorIndex,
    #[serde] ids: Vec<String>,
) -> impl Future<Output = Result<Vec<String>, JsErrorBox>> {
    let deleted = bindings(&state).vector_delete(index, ids);
    async move { deleted.await.map_err(failed) }
}

/// Keeps a data point, JSON text.
#[op2(fast)]
pub fn op_pr_data_point(state: Rc<RefCell<OpState>>, #[string] point: String) {
    bindings(&state).data_point(point);
}
