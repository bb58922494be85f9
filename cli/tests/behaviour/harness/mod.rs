//! What every behaviour test starts from: a scratch project, a running `partyrun dev`, and clients.
//!
//! Knows the command line, HTTP and WebSocket; knows nothing of any single behaviour.

mod adapter;
mod blocks;
mod browser;
mod controlled;
mod debugger;
mod dev;
mod devtools;
mod drawing;
mod frames;
mod held;
mod http;
mod keyboard;
mod line;
mod log;
mod packed;
mod page;
mod processes;
mod project;
mod socket;
mod terminal;

pub use adapter::Adapter;
pub use blocks::blocks;
pub use browser::Browser;
pub use controlled::{Controlled, Outbound, Space, refusal};
pub use debugger::{DebugPort, Debugger};
pub use dev::{Dev, ready_port, rest_of};
pub use devtools::DevTools;
pub use frames::{RawSocket, masked, opcode, unmasked};
pub use held::Held;
pub use http::{Request, get, request};
pub use line::Line;
pub use log::Log;
pub use packed::{Tarballs, install, installed, platform};
pub use page::Page;
pub use processes::{Family, Running};
pub use project::{Exit, Project, fixtures_folder, install_packages, program, run, run_in};
pub use socket::{Closed, Socket};
pub use terminal::Terminal;

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for something that must happen. Long, because it is only spent by a
/// failing test, and the machine may be busy with a build.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// The room most tests talk to.
pub const ROOM: &str = "/parties/main/r";

/// Tries `attempt` until it gives a value.
///
/// # Panics
/// When [`PATIENCE`] is over; `what` says what never came.
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "Never happened: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
