//! What the ops of all bindings share: the way to them, and how their failures reach JavaScript.

use std::cell::RefCell;

use deno_core::OpState;
use deno_error::JsErrorBox;

use crate::bindings_interface::SharedBindings;
use crate::storage_interface::StorageFailure;

pub(crate) fn bindings(state: &RefCell<OpState>) -> SharedBindings {
    state.borrow().borrow::<SharedBindings>().clone()
}

pub(crate) fn failed(failure: StorageFailure) -> JsErrorBox {
    JsErrorBox::generic(failure.to_string())
}
