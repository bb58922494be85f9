//! How a server is started. Decides nothing.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use super::allowed_hosts::AllowedHost;
use crate::pages::Assets;
use crate::project::{ConsoleColors, Limits};

/// Where rooms keep their data.
pub enum StateDir {
    /// In this folder, which is made when missing.
    Folder(PathBuf),
    /// Until the server ends.
    Temporary,
}

/// Whether crons run at their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crons {
    /// Only when they are asked for, as in the original.
    OnRequest,
    /// By a clock that is so many milliseconds ahead of the system's.
    AtTheirTimes { ahead_ms: i64 },
}

/// What a server proves itself with over TLS, as PEM. One text may hold both.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, with its chain.
    pub certificate: Vec<u8>,
    /// The private key of the certificate.
    pub key: Vec<u8>,
}

/// Whether and how debuggers may attach.
pub struct InspectOptions {
    pub listener: TcpListener,
    /// The first room and the worker wait for a debugger before they load anything.
    pub waits: bool,
    /// Debuggers are shown the runtime's own scripts too.
    pub shows_internals: bool,
}

/// How to serve.
pub struct ServerOptions {
    /// One for each address, all of one port; the first is the one that is told of. Without any, nobody is served
    /// and no alarm or cron runs: there is only the control plane.
    pub listeners: Vec<TcpListener>,
    /// The static files, which change without a reload.
    pub assets: Arc<Assets>,
    pub state: StateDir,
    pub limits: Limits,
    /// Whether requests of user code go to the network that no test answers.
    pub has_network: bool,
    pub crons: Crons,
    /// Whether the clock can be told to show another time than the system's. Isolates are made for it then.
    pub has_settable_clock: bool,
    /// Set to serve https: and wss:.
    pub identity: Option<Identity>,
    /// Names that lead to this server besides those that always do.
    pub allowed_hosts: Vec<AllowedHost>,
    pub colors: ConsoleColors,
    /// Whether there is a dashboard for people at this machine.
    pub has_dashboard: bool,
    /// Whether a browser that goes to `/` is shown where the rooms are, if the project has nothing there.
    pub welcomes: bool,
    /// Set to let debuggers in.
    pub inspect: Option<InspectOptions>,
}
