//! The deno_core extensions of partyrun: web standards from the deno crates, and ours.
//!
//! - [`interface`]: what the ops need from the runtime ([`interface::Host`]), and what crosses it
//! - [`storage_interface`], [`bindings_interface`]: the same for a room's storage and for bindings
//! - [`modules_interface`]: the same for a project's module graph
//! - `http`, `socket`, `room`, `storage`, `modules`, `kv`, `r2`, `vectorize`: ops, one file per capability
//! - `digest`, `cipher`, `compression`, `tcp`: ops under the builtin modules (js/node)
//! - `long_work`: what is told of ops that take a thread for long
//! - [`body`]: bodies between clients, isolates and streams
//! - [`html`]: what HTMLRewriter and its listeners say to each other
//! - [`script`]: how V8 compiles functions from texts
//! - [`selector`]: which selectors it takes
//! - [`http_cache`]: responses that user code keeps
//! - `events`: what becomes of exceptions in listeners
//! - [`dial`], [`proxy`], [`tls`]: the connections of `fetch` and WebSockets to elsewhere, directly or through a proxy
//! - [`extensions`]: the list of extensions, which the snapshot and the runtime must agree on

mod alarm;
pub mod bindings_interface;
pub mod body;
pub mod body_stream;
pub mod checksums;
mod cipher;
mod compression;
pub mod dial;
mod digest;
mod events;
pub mod extensions;
mod fetch;
pub mod html;
mod http;
pub mod http_cache;
mod http_client;
pub mod interface;
mod keys;
mod kv;
mod long_work;
mod modules;
pub mod modules_interface;
mod outbound;
pub mod proxy;
mod r2;
mod room;
pub mod script;
pub mod selector;
mod socket;
mod storage;
pub mod storage_interface;
#[cfg(test)]
mod storage_testing;
#[cfg(test)]
mod storage_tests;
mod storage_value;
mod tcp;
pub mod tls;
mod trust;
mod vectorize;

pub use http::RequestHead;
pub use modules::code_of_function;
pub use room::describe;
