//! The deno_core extensions of partyrun: web standards from the deno crates, and ours.
//!
//! - [`message`]: the values that cross between an isolate and its thread
//! - [`interface`]: what the ops need from the runtime, a trait for each concern
//! - [`storage_interface`], [`bindings_interface`]: the same for a room's storage and for bindings
//! - [`modules_interface`]: the same for a project's module graph
//! - `clock`, `console`, `gates`, `http`, `socket`, `alarm`, `storage`, `modules`, `kv`, `r2`, `vectorize`: ops, one file per capability
//! - `digest`, `cipher`, `compression`, `tcp`: ops under the builtin modules (js/node)
//! - `long_work`: what is told of ops that take a thread for long
//! - [`body`]: bodies between clients, isolates and streams
//! - [`html`]: what HTMLRewriter and its listeners say to each other
//! - [`script`]: how V8 compiles functions from texts
//! - [`selector`]: which selectors it takes
//! - [`http_cache`]: responses that user code keeps
//! - `held`: what Rust holds for user code is refused beyond a limit
//! - `events`: what becomes of exceptions in listeners
//! - `slips`: names that are nearly those of handlers
//! - [`dial`], [`proxy`], [`tls`]: the connections of `fetch` and WebSockets to elsewhere, directly or through a proxy
//! - `extension`: all ops in one extension, to which the crate `js` adds the scripts

mod alarm;
mod bindings;
pub mod bindings_interface;
pub mod body;
pub mod body_stream;
#[cfg(test)]
#[path = "../../runtime/src/chance.rs"]
mod chance;
pub mod checksums;
mod cipher;
mod clock;
mod compression;
mod console;
pub mod dial;
mod digest;
mod events;
mod extension;
mod fetch;
mod gates;
mod held;
pub mod html;
mod http;
pub mod http_cache;
mod http_client;
pub mod interface;
mod keys;
mod kv;
mod long_work;
mod memory;
pub mod message;
mod modules;
pub mod modules_interface;
mod outbound;
pub mod proxy;
mod r2;
pub mod script;
pub mod selector;
mod slips;
mod socket;
mod storage;
pub mod storage_interface;
mod storage_value;
mod tcp;
pub mod tls;
mod trust;
mod vectorize;
pub mod way_out;

pub use console::describe;
pub use events::with_lasting_isolates;
pub use extension::{Services, partyrun_ops};
pub use held::with_limits;
pub use http::RequestHead;
pub use modules::code_of_function;
pub use outbound::as_workers_need_it;
