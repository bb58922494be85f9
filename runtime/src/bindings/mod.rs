//! Owns the data of the project's bindings, in the same file as the rooms': key-value namespaces, object
//! buckets, vector indexes, data points. Every operation is a job for the storage thread with a
//! transaction of its own; it never holds one between jobs, and never sees V8.

mod analytics;
mod answer;
mod contents;
mod dispatch;
mod filter;
mod kv;
mod multipart;
mod objects;
mod pin;
mod pins;
mod project;
mod schema;
mod similarity;
mod vectors;

pub use self::project::ProjectBindings;
