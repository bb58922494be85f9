//! A space: one server of the process, with a URL, rooms, storage, alarms, crons, caches, bindings, a clock
//! and logs of its own. Owns what begins and ends with it; the code, the thread of io and the watchdog are
//! the process's.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::crons::CronTask;
use super::door::{Current, FrontDoor};
use super::http;
use super::logs::Logs;
use super::swap::swap;
use crate::bindings::ProjectBindings;
use crate::call::{Generation, Leave, RoomKey};
use crate::clock::Alarms;
use crate::host::{Outbound, Outside};
use crate::pages::Assets;
use crate::project::{Event, Project, Reporter};
use crate::rooms::{Main, Rooms};
use crate::storage::{Location, StorageError, StorageHandle, StorageThread};
use crate::threads::{Makings, Started, Worker, room};
use crate::time::Clock;

/// The id of the space with which the server starts.
pub(super) const MAIN: &str = "main";

/// How long handlers may take that are under way when a space is closed.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// A running space. It serves until [`Space::close`].
pub(super) struct Space {
    pub id: String,
    pub door: Arc<FrontDoor>,
    pub storage: StorageHandle,
    pub makings: Arc<Makings>,
    pub alarms: Arc<Alarms>,
    pub bindings: ProjectBindings,
    pub crons: CronTask,
    pub logs: Arc<Logs>,
    /// What stands over the variables of the configuration.
    pub vars: Map<String, Value>,
    /// What the clock is told whenever the space begins, as the control plane takes it; null if nothing.
    pub first_clock: Value,
    /// Whoever changes the clock comes after whoever does.
    pub clock_turn: tokio::sync::Mutex<()>,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// What is the space's own when it begins, and each time that it is reset.
#[derive(Default)]
pub(super) struct Beginning {
    /// Put over the variables of the configuration.
    pub vars: Map<String, Value>,
    /// What the clock is told, as the control plane takes it; null if nothing.
    pub first_clock: Value,
}

/// What a space stands on: its storage, and what reads and writes there.
pub(super) struct Ground {
    pub storage: StorageHandle,
    pub alarms: Arc<Alarms>,
    pub bindings: ProjectBindings,
    pub outside: Outside,
}

impl Ground {
    /// Opens the storage at `location`, for a space that goes by `clock`.
    pub fn open(
        location: &Location,
        clock: Clock,
        pages: Arc<Assets>,
        outbound: Outbound,
        reporter: Arc<dyn Reporter>,
    ) -> Result<Ground, StorageError> {
        let notices = {
            let reporter = reporter.clone();
            move |text| reporter.report(Event::Notice(text))
        };
        let storage = StorageThread::open(location, Arc::new(notices))?;
        let alarms = Alarms::open(storage.clone(), clock.clone()).map_err(StorageError::from)?;
        let bindings = ProjectBindings::new(storage.clone(), clock.clone());
        let outside = Outside {
            storage: storage.clone(),
            clock,
            bindings: Arc::new(bindings.clone()),
            pages,
            outbound: Arc::new(outbound),
            reporter,
        };
        Ok(Ground {
            storage,
            alarms,
            bindings,
            outside,
        })
    }
}

/// What the threads of rooms do that have these makings.
pub(super) fn main_of(makings: &Arc<Makings>) -> Main {
    let makings = makings.clone();
    Box::new(move |rooms, receiver, preparing| {
        room::main(makings.clone(), rooms, receiver, preparing);
    })
}

impl Space {
    pub fn new(
        id: String,
        door: FrontDoor,
        ground: Ground,
        makings: Arc<Makings>,
        crons: CronTask,
        logs: Arc<Logs>,
        beginning: Beginning,
    ) -> Arc<Space> {
        let Beginning { vars, first_clock } = beginning;
        let Ground {
            storage,
            alarms,
            bindings,
            ..
        } = ground;
        watch_renewals(&storage, &door.rooms, &alarms, bindings.forgetting());
        Arc::new(Space {
            id,
            door: Arc::new(door),
            storage,
            makings,
            alarms,
            bindings,
            crons,
            logs,
            vars,
            first_clock,
            clock_turn: tokio::sync::Mutex::default(),
            tasks: Mutex::default(),
        })
    }

    /// Serves on these listeners, by tasks of `io`.
    pub fn serve(&self, listeners: Vec<TcpListener>, io: &Handle) -> std::io::Result<()> {
        let mut tasks = Vec::new();
        for listener in listeners {
            listener.set_nonblocking(true)?;
            let listener = {
                let _context = io.enter();
                tokio::net::TcpListener::from_std(listener)?
            };
            let serving = io.spawn(http::serve(listener, self.door.clone()));
            tasks.push(serving.abort_handle());
        }
        let alarms = self.alarms.clone().run(self.door.rooms.clone());
        tasks.push(io.spawn(alarms).abort_handle());
        let mut known = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(tasks);
        drop(known);
        self.crons.restart(io, &self.door);
        Ok(())
    }

    /// Runs `generation`, whose code is loaded by `worker`, from here on.
    pub fn adopt(&self, generation: Generation, started: Started, io: &Handle) {
        let Started {
            worker,
            table,
            spare,
        } = started;
        let next = Arc::new(Current {
            generation: generation.clone(),
            table,
            worker,
        });
        // A request that is routed by the new table must not meet the old code.
        swap(&self.door.current, next, || {
            // What is paused hears of nothing.
            self.makings.leave_old_code(&generation.project);
            self.door.rooms.reload(generation, spare);
        });
        self.alarms.unpark();
        self.crons.restart(io, &self.door);
    }

    /// Runs what `main` runs, with the variables of this space.
    pub fn follow(&self, main: &Current, io: &Handle) {
        let generation = with_vars(&main.generation, &self.vars);
        let (makings, rooms) = (self.makings.clone(), self.door.rooms.clone());
        let worker = Worker::lazy(makings, rooms, generation.clone());
        let started = Started {
            worker,
            table: main.table.clone(),
            spare: None,
        };
        self.adopt(generation, started, io);
    }

    /// Has a room go, also one that is paused in a debugger.
    pub fn send_away(
        &self,
        key: &RoomKey,
        how: Leave,
    ) -> Option<oneshot::Receiver<Result<(), usize>>> {
        self.makings.let_go(key);
        self.door.rooms.leave(key, how)
    }

    /// Ends all rooms, and closes their sockets with 1012.
    pub async fn end_rooms(&self) {
        let rooms = &self.door.rooms;
        let leaving: Vec<_> = rooms
            .live()
            .iter()
            .filter_map(|key| self.send_away(key, Leave::Close))
            .collect();
        for left in leaving {
            // One that has ended in another way has left, too.
            let _ = left.await;
        }
    }

    /// Ends it, with all that it stores.
    pub async fn close(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.iter().for_each(AbortHandle::abort);
        self.crons.stop();
        // Nobody is there any more to hear of what handlers are still about.
        let _ = tokio::time::timeout(CLOSE_PATIENCE, self.end_rooms()).await;
        self.door.current().worker.shutdown();
        self.door.rooms.shutdown();
        let storage = self.storage.clone();
        // What it says of a storage that nobody keeps is nothing to anybody.
        let _ = tokio::task::spawn_blocking(move || storage.close()).await;
    }

    /// Ends it with the process.
    pub fn shutdown(&self) {
        self.door.current().worker.shutdown();
        self.door.rooms.shutdown();
    }
}

/// The same code, with other variables; the very same if there are none.
pub(super) fn with_vars(generation: &Generation, vars: &Map<String, Value>) -> Generation {
    if vars.is_empty() {
        return generation.clone();
    }
    let mut project = Project::clone(&generation.project);
    project.vars.extend(vars.clone());
    Generation {
        project: Arc::new(project),
    }
}

/// Has all begin anew when the storage does.
fn watch_renewals(
    storage: &StorageHandle,
    rooms: &Arc<Rooms>,
    alarms: &Arc<Alarms>,
    forget_tables: impl Fn() + Send + 'static,
) {
    // Not a strong reference: the storage thread must not keep itself alive by it.
    let (rooms, alarms): (Weak<Rooms>, Weak<Alarms>) =
        (Arc::downgrade(rooms), Arc::downgrade(alarms));
    let begin_anew = move || {
        forget_tables();
        if let Some(alarms) = alarms.upgrade() {
            alarms.forget();
        }
        if let Some(rooms) = rooms.upgrade() {
            rooms.restart();
        }
    };
    storage.watch_renewals(storage.renewals(), Box::new(begin_anew));
}
