//! An isolate as a room's, without a room, a socket or a request: for conformance tests, which run one
//! script or module in it. Starts no storage, no alarms and no watchdog, and never serves anything.

mod nothing;

use std::rc::Rc;
use std::sync::Arc;

use deno_core::JsRuntime;

use crate::isolate::{self, Isolate, LoadError, Verdict};
use crate::modules::ModuleGraph;
use crate::project::{Limits, Reporter};
use crate::time::Clock;
use nothing::LoneHost;

/// What such isolates of a process share.
pub struct LoneIsolates {
    limits: Limits,
    reporter: Arc<dyn Reporter>,
    clock: Clock,
}

impl LoneIsolates {
    /// Prepares V8 for the process. Call it once, on the main thread.
    pub fn start(limits: Limits, reporter: Arc<dyn Reporter>) -> Self {
        isolate::start_v8();
        LoneIsolates {
            limits,
            reporter,
            clock: Clock::system(),
        }
    }

    /// The same, by a clock that could be set.
    #[must_use]
    pub fn with_settable_clock(mut self) -> Self {
        self.clock = Clock::adjustable();
        self
    }

    /// Restores the snapshot on this thread, in the context of a tokio runtime with one thread.
    ///
    /// # Errors
    /// When the start scripts fail.
    pub fn isolate(&self) -> Result<LoneIsolate, LoadError> {
        let host = Rc::new(LoneHost::new(self.reporter.clone(), self.clock.clone()));
        let isolate = Isolate::new(host.services(), self.limits)?;
        Ok(LoneIsolate { isolate })
    }
}

/// One isolate, with every global that user code has.
pub struct LoneIsolate {
    isolate: Isolate,
}

impl LoneIsolate {
    /// Takes the modules of `graph` for what will be imported.
    pub fn set_graph(&mut self, graph: Arc<ModuleGraph>) {
        self.isolate.set_graph(graph);
    }

    pub fn runtime(&mut self) -> &mut JsRuntime {
        self.isolate.runtime()
    }

    /// Whether it was stopped because its heap reached the limit.
    pub fn is_out_of_memory(&self) -> bool {
        self.isolate.health().verdict() == Verdict::OutOfMemory
    }
}
