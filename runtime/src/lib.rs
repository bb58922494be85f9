//! Runs a party project: rooms with an isolate and a thread each, the worker isolate for static
//! handlers, the listener in front of them, and the storage below.
//!
//! # Layout
//! - [`project`]: what to run and where to report; the types that `cli` speaks
//! - [`modules`]: from files to a graph that isolates load
//! - `isolate`: one V8 isolate: creation, loading, delivering events
//! - `host`: what an isolate's JavaScript can reach: requests, sockets, gates
//! - `instance`: the loop of a thread that owns an isolate; `arrivals`: the order of its events
//! - `assets`: the project's static files
//! - `room`, `rooms`, `worker`: the two kinds of such threads, and the registry of rooms
//! - `lone`: an isolate without all that, for conformance tests
//! - `alarms`, `crons`: what happens at its time, without a request
//! - `watchdog`: what stops an isolate from outside; `memory`: how much of it there is
//! - `server`: listener, routing, upgrades
//! - [`socket`]: WebSocket bytes and frames
//! - [`storage`]: one SQLite file and its thread; `bindings`: what else is in the file
//!
//! # How a message travels
//! After the 101 the TCP stream belongs to its room's thread: a read is decoded there, its handler
//! runs there, and what the handler sent is written there, one vectored write per connection at the
//! end of the JavaScript turn. No message crosses a thread.

mod alarms;
mod arrivals;
mod assets;
mod bindings;
mod crons;
mod event;
mod host;
mod html;
mod instance;
mod isolate;
mod lone;
mod memory;
pub mod modules;
mod project;
mod quiet;
mod reply;
mod room;
mod rooms;
mod server;
pub mod socket;
pub mod storage;
mod watchdog;
mod worker;

pub use assets::{Assets, ClientBuild};
pub use crons::{CronError, check_cron};
pub use deno_core::v8::VERSION_STRING as V8_VERSION;
pub use isolate::LoadError;
pub use lone::{LoneIsolate, LoneIsolates};
pub use partyrun_js::LICENSES;
pub use partyrun_ops::bindings_interface::{Metric, VectorIndex};
pub use partyrun_ops::interface::Level;
pub use partyrun_ops::tls::problems as certificate_problems;
pub use project::{
    BindingSettings, ConsoleColors, Crons, Event, Identity, Limits, Project, Reporter, RoomAddress,
    ServerOptions, StateDir,
};
pub use server::{
    ControlOptions, EventFeed, IdentityFault, ProblemSource, Server, StartError, TlsError,
    UserCodeError, control_token,
};
