//! The server: ties listener, rooms, worker and storage together, and swaps code under them.

mod accept;
mod allowed_hosts;
mod asker;
mod control;
mod crons;
mod door;
mod exchange;
mod first_line;
mod guard;
mod head;
mod http;
mod identity;
mod inspect;
mod intake;
mod io;
mod options;
mod ours;
mod own_answer;
#[cfg(test)]
mod random_tests;
mod ready;
mod refusal;
mod reply;
mod route;
mod spelling;
mod swap;
mod target;
mod tls;
mod unknown_parties;
mod upgrade;
mod wire;

pub use allowed_hosts::{AllowedHost, AllowedHostError};
pub use control::{ControlOptions, EventFeed, token as control_token};
pub use identity::{IdentityFault, TlsError};
pub use options::{Crons, Identity, InspectOptions, ServerOptions, StateDir};

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use self::crons::CronTask;
use self::door::{Current, FrontDoor};
use self::guard::Guard;
use self::inspect::Inspection;
use self::io::IoThread;
use self::swap::swap;
use self::unknown_parties::UnknownParties;
use crate::bindings::ProjectBindings;
use crate::call::Generation;
use crate::clock::Alarms;
use crate::host::Outside;
use crate::isolate::{self, LoadError};
use crate::project::{Event, Project, Reporter};
use crate::rooms::Rooms;
use crate::storage::{Location, StorageError, StorageHandle, StorageThread};
use crate::threads::room;
use crate::threads::{Makings, Worker};
use crate::time::Clock;
use crate::watch::Watchdog;

/// The name of the project's storage file in its state folder.
const STORAGE_FILE: &str = "partyrun.sqlite";
/// How long the connections may take to end before the process goes on without them.
const SHUTDOWN_PATIENCE: Duration = Duration::from_millis(300);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system refused a thread or a socket.
    #[error("Cannot start the server: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("https: cannot be served: {0}")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    UserCode(#[from] UserCodeError),
}

/// User code that throws while it is loaded, or exports what is no party server. The text has the
/// source-mapped stack.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UserCodeError(String);

impl From<LoadError> for UserCodeError {
    fn from(error: LoadError) -> Self {
        UserCodeError(error.0)
    }
}

/// A running server. It serves until [`Server::shutdown`].
pub struct Server {
    door: Arc<FrontDoor>,
    io: IoThread,
    storage: StorageHandle,
    makings: Arc<Makings>,
    alarms: Arc<Alarms>,
    crons: CronTask,
    inspection: Option<Inspection>,
}

impl Server {
    /// Starts serving `project` on a listener that is bound already. Call it on the main thread: it
    /// prepares V8 for the process.
    ///
    /// # Errors
    /// When the storage cannot be opened, or the project's code cannot be loaded.
    pub fn start(
        mut options: ServerOptions,
        project: Project,
        reporter: Arc<dyn Reporter>,
    ) -> Result<Server, StartError> {
        let tls = match &options.identity {
            Some(identity) => Some(tls::acceptor(identity)?),
            None => None,
        };
        isolate::start_v8();
        raise_file_limit();
        let location = match options.state {
            StateDir::Folder(folder) => Location::File(folder.join(STORAGE_FILE)),
            StateDir::Temporary => Location::Temporary,
        };
        let storage = {
            let reporter = reporter.clone();
            let notices = move |text| reporter.report(Event::Notice(text));
            StorageThread::open(&location, Arc::new(notices))?
        };
        let clock = Clock::system();
        let alarms = Alarms::open(storage.clone(), clock.clone()).map_err(StorageError::from)?;
        let watchdog = Watchdog::start(&options.limits, reporter.clone())?;
        if let Some(memory) = watchdog.gauge().figures() {
            options.limits = options.limits.within(memory.ceiling);
        }
        let address = first_address(&options.listeners)?;
        partyrun_ops::proxy::serve_on(address.port());
        let bindings = ProjectBindings::new(storage.clone(), clock.clone());
        let inspect = options.inspect.take();
        let targets = inspect
            .as_ref()
            .map(|options| inspect::targets(options, &reporter));
        let makings = Makings::new(
            options.limits,
            Outside {
                storage: storage.clone(),
                clock: clock.clone(),
                bindings: Arc::new(bindings.clone()),
                pages: options.assets.clone(),
                reporter: reporter.clone(),
            },
            watchdog.clone(),
            format!("127.0.0.1:{}", address.port()),
            options.colors,
            targets.clone(),
        );
        let main = {
            let makings = makings.clone();
            Box::new(move |rooms, receiver, preparing| {
                room::main(makings.clone(), rooms, receiver, preparing);
            })
        };
        let rooms = Rooms::new(&options.limits, watchdog.gauge(), reporter.clone(), main);
        let idle = Arc::downgrade(&rooms);
        // Not a strong reference: the watchdog must not keep rooms alive.
        watchdog.when_short(Box::new(move || {
            if let Some(rooms) = idle.upgrade() {
                rooms.evict_idle();
            }
        }));
        // Before the worker, which may wait for a debugger.
        let inspection = match inspect.zip(targets) {
            Some((options, targets)) => {
                let (rooms, reporter) = (rooms.clone(), reporter.clone());
                Some(Inspection::start(options, targets, rooms, reporter)?)
            }
            None => None,
        };
        let generation = Generation {
            project: Arc::new(project),
        };
        // Its isolate is the process's first, which sets up what V8 shares between all of them: rooms
        // may only start after it.
        let (worker, table) = Worker::start(makings.clone(), rooms.clone(), generation.clone())
            .map_err(UserCodeError::from)?;
        watchdog.renew(&generation.project);
        rooms.reload(generation.clone());
        watch_renewals(&storage, &rooms, &alarms, bindings.forgetting());
        let door = Arc::new(FrontDoor {
            current: RwLock::new(Arc::new(Current {
                generation,
                table,
                worker,
            })),
            rooms,
            pages: options.assets,
            clock,
            reporter,
            unknown_parties: UnknownParties::default(),
            guard: Guard::new(options.allowed_hosts),
            address,
            tls,
        });
        let io = IoThread::start("io")?;
        for listener in options.listeners {
            listener.set_nonblocking(true)?;
            let listener = {
                let _context = io.handle().enter();
                tokio::net::TcpListener::from_std(listener)?
            };
            io.spawn(http::serve(listener, door.clone()));
        }
        io.spawn(alarms.clone().run(door.rooms.clone()));
        let crons = CronTask::new(options.crons);
        crons.restart(io.handle(), &door);
        Ok(Server {
            door,
            io,
            storage,
            makings,
            alarms,
            crons,
            inspection,
        })
    }

    /// Swaps in new code. Blocks until it is loaded; requests go on meanwhile, to the old code.
    /// Answers whether there was anything new: a file that was only touched costs nobody a socket.
    ///
    /// # Errors
    /// When the new code cannot be loaded: then the old code stays.
    pub fn reload(&self, project: Project) -> Result<bool, UserCodeError> {
        let current = self.door.current();
        if current.generation.project.is_same(&project) {
            return Ok(false);
        }
        self.run(Generation {
            project: Arc::new(project),
        })?;
        self.door.pages.live.changed();
        Ok(true)
    }

    /// Has all code of the project begin again, with empty storage if that is not kept in a folder.
    ///
    /// # Errors
    /// When the storage or the code cannot begin.
    pub fn begin_anew(&self) -> Result<(), StartError> {
        self.storage.begin_anew()?;
        self.run(self.door.current().generation.clone())?;
        Ok(())
    }

    /// Makes `generation` what runs, once its code is loaded.
    fn run(&self, generation: Generation) -> Result<(), UserCodeError> {
        let (worker, table) = Worker::start(
            self.makings.clone(),
            self.door.rooms.clone(),
            generation.clone(),
        )?;
        let next = Arc::new(Current {
            generation: generation.clone(),
            table,
            worker,
        });
        // A request that is routed by the new table must not meet the old code.
        swap(&self.door.current, next, || {
            self.makings.watchdog.renew(&generation.project);
            // What is paused hears of nothing.
            if let Some(targets) = &self.makings.targets {
                targets.leave_old_code(&generation.project);
            }
            self.door.rooms.reload(generation);
        });
        self.alarms.unpark();
        self.crons.restart(self.io.handle(), &self.door);
        Ok(())
    }

    /// Goes by other names from here on.
    pub fn allow_hosts(&self, allowed: Vec<AllowedHost>) {
        self.door.guard.allow(allowed);
    }

    /// Stops serving: sockets are cut, storage is flushed. Takes less than a second.
    pub fn shutdown(self) {
        if let Some(inspection) = &self.inspection {
            inspection.send_away();
        }
        self.door.current().worker.shutdown();
        self.door.rooms.shutdown();
        self.io.stop(SHUTDOWN_PATIENCE);
        self.makings.watchdog.stop_all();
        if let Some(inspection) = self.inspection {
            inspection.stop();
        }
        if let Err(error) = self.storage.close() {
            let text = error.to_string();
            self.door.reporter.report(Event::Notice(text));
        }
    }
}

/// The address to tell of. All listeners have its port.
fn first_address(listeners: &[std::net::TcpListener]) -> std::io::Result<SocketAddr> {
    let first = listeners.first();
    first.map_or(
        Err(std::io::ErrorKind::AddrNotAvailable.into()),
        std::net::TcpListener::local_addr,
    )
}

/// Has all begin anew when the storage does.
fn watch_renewals(
    storage: &StorageHandle,
    rooms: &Arc<Rooms>,
    alarms: &Arc<Alarms>,
    forget_tables: impl Fn() + Send + 'static,
) {
    // Not a strong reference: the storage thread must not keep itself alive by it.
    let (rooms, alarms) = (Arc::downgrade(rooms), Arc::downgrade(alarms));
    storage.watch_renewals(Box::new(move || {
        forget_tables();
        if let Some(alarms) = alarms.upgrade() {
            alarms.forget();
        }
        if let Some(rooms) = rooms.upgrade() {
            rooms.restart();
        }
    }));
}

/// A room takes four file descriptors and each socket one; shells allow 1,024.
fn raise_file_limit() {
    #[cfg(unix)]
    {
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: both calls only read or write the struct given.
        unsafe {
            if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
                limit.rlim_cur = limit.rlim_max;
                // Without it the system's own limit holds, which the accept loop reports.
                libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
            }
        }
    }
}
