//! An isolate as a room's, without a room, a socket or a request: for conformance tests, which run one
//! script or module in it. Never serves anything.

use std::rc::Rc;
use std::sync::Arc;

use deno_core::JsRuntime;

use crate::alarms::Alarms;
use crate::assets::Assets;
use crate::bindings::ProjectBindings;
use crate::host::IsolateHost;
use crate::isolate::{self, Isolate, LoadError, Verdict};
use crate::modules::ModuleGraph;
use crate::project::{ConsoleColors, Event, Limits, Reporter};
use crate::rooms::{Rooms, Surroundings};
use crate::server::StartError;
use crate::storage::{Location, StorageError, StorageThread};
use crate::watchdog::Watchdog;

/// What such isolates of a process share.
pub struct LoneIsolates {
    rooms: Arc<Rooms>,
}

impl LoneIsolates {
    /// Prepares V8 for the process. Call it once, on the main thread.
    ///
    /// # Errors
    /// When the system refuses a thread or a temporary file.
    pub fn start(limits: Limits, reporter: Arc<dyn Reporter>) -> Result<Self, StartError> {
        isolate::start_v8();
        let notices = {
            let reporter = reporter.clone();
            move |text| reporter.report(Event::Notice(text))
        };
        let storage = StorageThread::open(&Location::Temporary, Arc::new(notices))?;
        let surroundings = Surroundings {
            limits,
            alarms: Alarms::open(storage.clone()).map_err(StorageError::from)?,
            bindings: Arc::new(ProjectBindings::new(storage.clone())),
            storage,
            watchdog: Watchdog::start(&limits, reporter.clone())?,
            reporter,
            assets: Arc::new(Assets::default()),
            host: "127.0.0.1:0".to_owned(),
            colors: ConsoleColors::default(),
        };
        // Without a generation no room is made.
        let rooms = Rooms::new(surroundings, Box::new(|_, _, _| ()));
        Ok(Self { rooms })
    }

    /// Restores the snapshot on this thread, in the context of a tokio runtime with one thread.
    ///
    /// # Errors
    /// When the start scripts fail.
    pub fn isolate(&self) -> Result<LoneIsolate, LoadError> {
        let surroundings = &self.rooms.surroundings;
        let (reporter, limits) = (surroundings.reporter.clone(), surroundings.limits);
        let host = IsolateHost::new(self.rooms.clone(), reporter, limits);
        let isolate = Isolate::new(host.services(), limits)?;
        host.watch(isolate.health().clone());
        Ok(LoneIsolate {
            isolate,
            _host: host,
        })
    }
}

/// One isolate, with every global that user code has.
pub struct LoneIsolate {
    isolate: Isolate,
    /// Outlives the isolate.
    _host: Rc<IsolateHost>,
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
