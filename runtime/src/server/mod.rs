//! The server: ties listener, rooms, worker and storage together, and swaps code under them.

mod accept;
mod control;
mod crons;
mod exchange;
mod first_line;
mod head;
mod http;
mod identity;
mod intake;
mod io;
mod live;
mod own_answer;
pub mod party_url;
mod ready;
mod reply;
mod route;
mod spelling;
mod target;
mod tls;
mod unknown_parties;
mod upgrade;
mod wire;

pub use control::{ControlOptions, EventFeed, token as control_token};
pub(crate) use http::header_list;
pub use identity::{IdentityFault, TlsError};
pub(crate) use intake::take_body;
pub use live::{Live, ProblemSource};
pub(crate) use upgrade::accept_key;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_rustls::TlsAcceptor;

use self::crons::CronTask;
use self::io::IoThread;
use self::unknown_parties::UnknownParties;
use crate::alarms::Alarms;
use crate::bindings::ProjectBindings;
use crate::event::Generation;
use crate::isolate::{self, LoadError};
use crate::project::{Event, Project, Reporter, ServerOptions, StateDir};
use crate::rooms::{Rooms, Surroundings};
use crate::storage::{Location, StorageError, StorageHandle, StorageThread};
use crate::watchdog::Watchdog;
use crate::worker::{PartyTable, Worker};

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

/// What requests are routed to at the moment.
struct Current {
    generation: Generation,
    table: PartyTable,
    worker: Worker,
}

/// What each connection of the front door needs.
struct FrontDoor {
    current: RwLock<Arc<Current>>,
    rooms: Arc<Rooms>,
    reporter: Arc<dyn Reporter>,
    unknown_parties: UnknownParties,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl FrontDoor {
    fn current(&self) -> Arc<Current> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }
}

/// A running server. It serves until [`Server::shutdown`].
pub struct Server {
    door: Arc<FrontDoor>,
    io: IoThread,
    storage: StorageHandle,
    watchdog: Arc<Watchdog>,
    crons: CronTask,
}

impl Server {
    /// Starts serving `project` on a listener that is bound already. Call it on the main thread: it
    /// prepares V8 for the process.
    ///
    /// # Errors
    /// When the storage cannot be opened, or the project's code cannot be loaded.
    pub fn start(
        options: ServerOptions,
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
        let alarms = Alarms::open(storage.clone()).map_err(StorageError::from)?;
        let watchdog = Watchdog::start(options.limits.turn, reporter.clone())?;
        let address = first_address(&options.listeners)?;
        partyrun_ops::proxy::serve_on(address.port());
        let bindings = ProjectBindings::new(storage.clone());
        let rooms = Rooms::new(Surroundings {
            limits: options.limits,
            storage: storage.clone(),
            alarms: alarms.clone(),
            bindings: Arc::new(bindings.clone()),
            watchdog: watchdog.clone(),
            reporter: reporter.clone(),
            assets: options.assets,
            host: format!("127.0.0.1:{}", address.port()),
            colors: options.colors,
        });
        let generation = Generation {
            project: Arc::new(project),
        };
        // Its isolate is the process's first, which sets up what V8 shares between all of them: rooms
        // may only start after it.
        let (worker, table) =
            Worker::start(rooms.clone(), generation.clone()).map_err(UserCodeError::from)?;
        rooms.reload(generation.clone());
        watch_renewals(&storage, &rooms, bindings.forgetting());
        let door = Arc::new(FrontDoor {
            current: RwLock::new(Arc::new(Current {
                generation,
                table,
                worker,
            })),
            rooms,
            reporter,
            unknown_parties: UnknownParties::default(),
            address,
            tls,
        });
        let io = IoThread::start()?;
        for listener in options.listeners {
            listener.set_nonblocking(true)?;
            let listener = {
                let _context = io.handle().enter();
                tokio::net::TcpListener::from_std(listener)?
            };
            io.spawn(http::serve(listener, door.clone()));
        }
        io.spawn(alarms.run(door.rooms.clone()));
        let crons = CronTask::new(options.crons);
        crons.restart(io.handle(), &door);
        Ok(Server {
            door,
            io,
            storage,
            watchdog,
            crons,
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
        self.door.rooms.surroundings.assets.live.changed();
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
        let (worker, table) = Worker::start(self.door.rooms.clone(), generation.clone())?;
        let next = Arc::new(Current {
            generation: generation.clone(),
            table,
            worker,
        });
        let mut current = self
            .door
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Rooms first: a request that is routed by the new table must not meet the old code.
        self.door.rooms.reload(generation);
        *current = next;
        drop(current);
        self.crons.restart(self.io.handle(), &self.door);
        Ok(())
    }

    /// Stops serving: sockets are cut, storage is flushed. Takes less than a second.
    pub fn shutdown(self) {
        self.door.current().worker.shutdown();
        self.door.rooms.shutdown();
        self.io.stop(SHUTDOWN_PATIENCE);
        self.watchdog.stop_all();
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
    forget_tables: impl Fn() + Send + 'static,
) {
    // Not a strong reference: the storage thread must not keep itself alive by it.
    let rooms = Arc::downgrade(rooms);
    storage.watch_renewals(Box::new(move || {
        forget_tables();
        if let Some(rooms) = rooms.upgrade() {
            rooms.surroundings.alarms.forget();
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
