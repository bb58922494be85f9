//! The types by which `cli` says what to run and learns what happens. Decides nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use partyrun_ops::bindings_interface::VectorIndex;
use partyrun_ops::interface::Level;
use serde::Serialize;

use crate::modules::{CodeCounts, ModuleGraph, Place};

/// A project at one point in time: its code and its settings.
#[derive(Clone)]
pub struct Project {
    pub name: String,
    pub graph: Arc<ModuleGraph>,
    /// Names of the parties, `main` first.
    pub parties: Vec<String>,
    /// `room.env` and `lobby.env` (section 8.2).
    pub vars: serde_json::Map<String, serde_json::Value>,
    /// Names and expressions of crons, in the configuration's order (section 7.2).
    pub crons: Vec<(String, String)>,
    /// `process.env` (section 8.3).
    pub process_env: serde_json::Map<String, serde_json::Value>,
    /// What rooms and lobbies are bound to.
    pub bindings: BindingSettings,
    /// Whether sockets of rooms that do not hibernate stay open when new code comes.
    pub keeps_sockets: bool,
}

impl Project {
    /// Party names as `context.parties` lists them: `main` last (section 2.5).
    pub fn party_names(&self) -> Vec<&str> {
        let names = self.parties.iter().map(String::as_str);
        let others = names.filter(|name| *name != "main");
        others.chain(std::iter::once("main")).collect()
    }

    /// Whether running `other` instead would change nothing.
    pub fn is_same(&self, other: &Project) -> bool {
        self.name == other.name
            && self.parties == other.parties
            && self.vars == other.vars
            && self.crons == other.crons
            && self.process_env == other.process_env
            && self.bindings == other.bindings
            && self.keeps_sockets == other.keeps_sockets
            && self.graph.is_same_code(&other.graph)
    }
}

/// The bindings of a project, by the names that the program uses (section 9.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BindingSettings {
    /// `context.bindings.r2`
    pub r2: Vec<String>,
    /// `context.bindings.kv`
    pub kv: Vec<String>,
    /// `context.vectorize`
    pub vectorize: BTreeMap<String, VectorIndex>,
    /// `context.ai`, or `None` when there is none.
    pub ai: Option<serde_json::Value>,
}

/// The smallest heap, in bytes, with which ordinary projects start.
const MIN_HEAP: usize = 128 << 20;

/// What one room may take before it is ended, so that the others and the process go on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest WebSocket message accepted from a client, in bytes.
    pub max_message: usize,
    /// Most bytes that may wait for a client that does not read.
    pub max_queue: usize,
    /// JavaScript heap of one isolate, in bytes.
    pub heap: usize,
    /// ArrayBuffers of one isolate, in bytes; they are not part of its heap.
    pub buffers: usize,
    /// What Rust holds for one isolate, in bytes: blobs, compressors, messages, bodies.
    pub held: usize,
    /// Memory that the machine is assumed to have, in bytes; `None` asks the system.
    pub memory: Option<u64>,
    /// What the process may have before the machine itself is short, in bytes; `None` if that is not known.
    pub process: Option<u64>,
    /// Longest time that one room may compute without yielding.
    pub turn: Duration,
    /// A room without sockets, or a hibernating one, ends this long after its last event.
    pub idle: Duration,
    /// Most rooms alive at once; `None` derives it from what the system allows.
    pub rooms: Option<usize>,
    /// Isolates kept ready for rooms that do not exist yet.
    pub spares: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_message: 1 << 20,
            max_queue: 64 << 20,
            heap: 512 << 20,
            buffers: 1 << 30,
            held: 1 << 30,
            memory: None,
            process: None,
            turn: Duration::from_secs(30),
            idle: Duration::from_secs(10),
            rooms: None,
            spares: 2,
        }
    }
}

impl Limits {
    /// The same limits, lowered for a process that may have `ceiling` bytes: no room may use all of them
    /// before it reaches its own limit.
    #[must_use]
    pub fn within(mut self, ceiling: u64) -> Self {
        // The ceiling leaves a quarter to others and to what is late in coming back.
        self.process = Some(ceiling / 3 * 4);
        let ceiling = usize::try_from(ceiling).unwrap_or(usize::MAX);
        self.heap = self.heap.min((ceiling / 3).max(MIN_HEAP));
        self.buffers = self.buffers.min(ceiling / 2);
        self.held = self.held.min(ceiling / 2);
        self
    }
}

/// Which of the two outputs may be coloured.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleColors {
    /// Where logs go.
    pub out: bool,
    /// Where warnings and errors go.
    pub err: bool,
}

impl ConsoleColors {
    /// The form that the configuration of an isolate has.
    pub(crate) fn to_json(self) -> serde_json::Value {
        serde_json::json!({ "out": self.out, "err": self.err })
    }
}

/// The address of a room, as messages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomAddress {
    pub party: String,
    pub room: String,
}

impl fmt::Display for RoomAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.party, self.room)
    }
}

/// An exception of user code that nobody caught, as it was reported.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub context: String,
    pub text: String,
    pub room: Option<RoomAddress>,
    pub place: Option<Box<Place>>,
}

/// Something that a person running the server wants to see.
#[derive(Clone, Debug)]
pub enum Event {
    /// A request of a client has been answered (a socket: has been upgraded).
    Request {
        method: String,
        path: String,
        status: u16,
        /// Reason phrase; may be empty.
        reason: String,
        elapsed: Duration,
    },
    /// User code used the console.
    Console {
        level: Level,
        text: String,
        room: Option<RoomAddress>,
        /// Where in the project's code it is about.
        place: Option<Box<Place>>,
    },
    /// User code asked for an empty screen.
    ConsoleClear,
    /// User code threw and nobody caught it. `text` is the source-mapped stack.
    UserError {
        context: String,
        text: String,
        room: Option<RoomAddress>,
        /// Where in the project's code it happened; the file is a URL.
        place: Option<Box<Place>>,
    },
    /// The modules of a room, or of the worker, have been loaded.
    Loaded {
        room: Option<RoomAddress>,
        code: CodeCounts,
    },
    /// A socket of a room, or of the static handlers, is connected.
    SocketOpen {
        room: Option<RoomAddress>,
        /// The id of the connection, if it is one of a room's.
        connection: Option<String>,
    },
    /// A socket has ended: its peer closed it, broke a rule, or is gone.
    SocketClose {
        room: Option<RoomAddress>,
        connection: Option<String>,
        code: u16,
        reason: String,
        /// Whether there was a Close frame.
        clean: bool,
    },
    /// The handler of a room's alarm has ended.
    Alarm {
        room: Option<RoomAddress>,
        /// When it was due, in milliseconds since 1970.
        due_ms: i64,
        elapsed: Duration,
        /// It failed and will be tried again.
        is_retried: bool,
    },
    /// A cron has run.
    Cron {
        name: String,
        expression: String,
        /// What its answer would be to a client.
        status: u16,
        /// Reason phrase; may be empty.
        reason: String,
        elapsed: Duration,
    },
    /// Something that the server did on its own and that would surprise its user.
    Notice(String),
}

/// Receives events. Called from many threads, those of rooms among them, so it must not block for long.
pub trait Reporter: Send + Sync {
    fn report(&self, event: Event);

    /// The same for an event of a space other than the one with which the server started.
    fn report_of(&self, space: &str, event: Event) {
        let _ = space;
        self.report(event);
    }

    /// An event as data, for programs; `None` if it is nothing to them.
    fn record(&self, space: Option<&str>, event: &Event) -> Option<serde_json::Value> {
        let _ = (space, event);
        None
    }

    /// A text in which files are named as the user knows them.
    fn shorten(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Whether events of sockets are wanted. If not, they are not made.
    fn wants_sockets(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn limits_shrink_where_the_process_may_have_little() {
        let limits = |ceiling_mib: u64| {
            let Limits {
                heap,
                buffers,
                held,
                ..
            } = Limits::default().within(ceiling_mib << 20);
            [heap / MIB, buffers / MIB, held / MIB]
        };
        assert_eq!(limits(18_000), [512, 1024, 1024]);
        assert_eq!(limits(1_200), [400, 600, 600]);
        assert_eq!(limits(200), [128, 100, 100]);
    }
}
