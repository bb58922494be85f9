//! Runs a party project: rooms with an isolate and a thread each, the worker isolate for static
//! handlers, the listener in front of them, and the storage below.
//!
//! # Layout
//! From the top down; each folder imports only what is below it (`cargo xtask layers`).
//! - `lone`: an isolate without a server, for conformance tests
//! - [`Server`]: listener, routing, upgrades, the swap of code
//! - `threads`: the threads of rooms and of the worker, and the loop that both run
//! - `host`: what an isolate's JavaScript can reach: requests, sockets, gates
//! - `clock`: what happens at its time: alarms and crons
//! - `rooms`: the directory of live rooms; it only posts
//! - `inspector`: what debuggers are shown of isolates
//! - `watch`: what looks at isolates and memory from outside
//! - `isolate`: one V8 isolate: creation, loading, delivering events
//! - `pages`: the project's static files, pages that reload themselves, the dashboard's page
//! - `call`: what travels between all of these
//! - `bindings`: what a project is bound to besides its rooms' storage
//! - [`Project`]: what to run and where to report; the types that `cli` speaks
//! - [`socket`]: WebSocket bytes and frames
//! - [`storage`]: one SQLite file and its thread
//! - [`modules`]: from files to a graph that isolates load
//! - `memory`: how much of it there is, and whose it is; `time`: the clock that all of these read
//!
//! # How a message travels
//! After the 101 the TCP stream belongs to its room's thread: a read is decoded there, its handler
//! runs there, and what the handler sent is written there, one vectored write per connection at the
//! end of the JavaScript turn. No message crosses a thread.

#[cfg(not(unix))]
compile_error!("partyrun runs on Linux and macOS; on Windows, build and use it in WSL 2");

mod bindings;
mod call;
#[cfg(test)]
mod chance;
mod clock;
mod host;
mod inspector;
mod isolate;
mod lone;
mod memory;
pub mod modules;
mod pages;
mod project;
mod rooms;
mod server;
pub mod socket;
pub mod storage;
#[cfg(test)]
mod testing;
mod threads;
mod time;
mod watch;

#[global_allocator]
static ALLOCATOR: memory::Accounting = memory::Accounting;

pub use clock::{CronError, check_cron};
pub use deno_core::v8::VERSION_STRING as V8_VERSION;
pub use isolate::LoadError;
pub use lone::{LoneIsolate, LoneIsolates};
pub use pages::{Assets, ClientBuild, ProblemSource};
pub use partyrun_js::LICENSES;
pub use partyrun_ops::bindings_interface::{Metric, VectorIndex};
pub use partyrun_ops::interface::Level;
pub use partyrun_ops::tls::problems as certificate_problems;
pub use project::{BindingSettings, ConsoleColors, Event, Limits, Project, Reporter, RoomAddress};
pub use rooms::most_rooms;
pub use server::{
    AllowedHost, AllowedHostError, Attendance, ControlOptions, Crons, DASHBOARD_PATH, EventFeed,
    Expected, Identity, IdentityFault, InspectOptions, Prepared, Server, ServerOptions, StartError,
    StateDir, TlsError, UserCodeError, Whereabouts, control_token, storage_file,
};
pub use threads::room_of_this_thread;
