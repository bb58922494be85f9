//! What is kept of a module that was cut, from one build to the next. Never cuts one.

use std::sync::Arc;

use crate::modules::compiled::Compiled;

/// A file's module without some of its statements.
pub(in crate::modules) struct Variant {
    /// The whole one.
    pub of: Arc<Compiled>,
    /// Which statements, and which imports.
    pub key: u64,
    pub module: Arc<Compiled>,
}
