//! The server: ties listener, rooms, worker and storage together, and swaps code under them.

mod accept;
mod advance;
mod allowed_hosts;
mod asker;
mod control;
mod crons;
mod dashboard;
mod door;
mod error_page;
mod exchange;
mod faults;
mod first_line;
mod guard;
mod head;
mod head_timer;
mod http;
mod identity;
mod inspect;
mod intake;
mod io;
mod logs;
mod options;
mod ours;
mod own_answer;
mod peer;
mod place;
mod put_back;
#[cfg(test)]
mod random_tests;
mod ready;
mod refusal;
mod reply;
mod requests;
mod route;
mod space;
mod spaces;
mod spelling;
mod swap;
mod target;
mod tls;
mod token;
mod told;
mod unknown_parties;
mod upgrade;
mod visits;
mod welcome;
mod whereabouts;
mod wire;

pub use allowed_hosts::{AllowedHost, AllowedHostError};
pub use control::{ControlOptions, EventFeed};
pub use dashboard::PATH as DASHBOARD_PATH;
pub use identity::{IdentityFault, TlsError};
pub use options::{Crons, Identity, InspectOptions, ServerOptions, StateDir};
pub use token::token as control_token;
pub use whereabouts::{Attendance, Whereabouts};

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use self::crons::CronTask;
use self::door::{Current, FrontDoor};
use self::guard::Guard;
use self::inspect::Inspection;
use self::io::IoThread;
use self::logs::Logs;
use self::space::{Beginning, Ground, Space, main_of};
use self::spaces::Spaces;
use self::unknown_parties::UnknownParties;
use self::visits::Visits;
use crate::call::Generation;
use crate::host::Outbound;
use crate::isolate::{self, LoadError};
use crate::project::{Event, Project, Reporter};
use crate::rooms::{Rooms, raise_file_limit};
use crate::storage::{Location, StorageError};
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
    #[error("Cannot serve https: {0}")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    UserCode(#[from] UserCodeError),
}

/// User code that throws while it is loaded, or exports something that is not a party server. The text has the
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
    spaces: Arc<Spaces>,
    io: IoThread,
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
            StateDir::Folder(folder) => Location::File(storage_file(&folder)),
            StateDir::Temporary => Location::Temporary,
        };
        let reporter = faults::shown_in(&options.assets, reporter);
        let logs = Logs::new(None, reporter.clone());
        let clock = match options.has_settable_clock {
            true => Clock::adjustable(),
            false => Clock::system(),
        };
        let pages = options.assets.clone();
        let address = first_address(&options.listeners)?;
        let outbound = Outbound::new(address.port(), options.has_network);
        let ground = Ground::open(&location, clock.clone(), pages, outbound, logs.clone())?;
        let watchdog = Watchdog::start(&options.limits, reporter.clone())?;
        if let Some(memory) = watchdog.gauge().figures() {
            options.limits = options.limits.within(memory.ceiling);
        }
        partyrun_ops::proxy::serve_on(address.port());
        let inspect = options.inspect.take();
        let targets = inspect
            .as_ref()
            .map(|options| inspect::targets(options, &reporter));
        let makings = Makings::new(
            options.limits,
            ground.outside.clone(),
            watchdog.clone(),
            format!("127.0.0.1:{}", address.port()),
            options.colors,
            targets.clone(),
        );
        let gauge = watchdog.gauge();
        let rooms = Rooms::new(&options.limits, gauge, logs.clone(), main_of(&makings));
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
        // At the same time as the worker's isolate.
        rooms.prepare();
        let started = Worker::start(makings.clone(), rooms.clone(), generation.clone());
        let (worker, table) = started.map_err(|error| {
            // The spare's thread holds the storage open, whose file the next start locks.
            rooms.shutdown();
            // What is told is why the code did not load.
            let _ = ground.storage.close();
            UserCodeError::from(error)
        })?;
        watchdog.renew(&generation.project);
        rooms.reload(generation.clone());
        let door = FrontDoor {
            current: RwLock::new(Arc::new(Current {
                generation,
                table,
                worker,
            })),
            visits: Visits::new(rooms.clone()),
            rooms,
            pages: options.assets,
            clock,
            reporter: logs.clone(),
            unknown_parties: UnknownParties::default(),
            guard: Guard::new(options.allowed_hosts),
            dashboard: OnceLock::new(),
            welcomes: options.welcomes,
            address,
            tls,
        };
        let (id, crons) = (space::MAIN.to_owned(), CronTask::new(options.crons));
        let main = Space::new(id, door, ground, makings, crons, logs, Beginning::default());
        if options.has_dashboard {
            dashboard::open(&main);
        }
        let spaces = Spaces::new(main, reporter);
        let idle = Arc::downgrade(&spaces);
        // Not a strong reference: the watchdog must not keep rooms alive.
        watchdog.when_short(Box::new(move || {
            for space in idle.upgrade().iter().flat_map(|spaces| spaces.all()) {
                space.door.rooms.evict_idle();
            }
        }));
        let io = IoThread::start("io")?;
        if !options.listeners.is_empty() {
            spaces.main.serve(options.listeners, io.handle())?;
        }
        Ok(Server {
            spaces,
            io,
            inspection,
        })
    }

    /// Swaps in new code. Blocks until it is loaded; requests go on meanwhile, to the old code.
    /// Returns whether anything was new: a file that was only touched closes no sockets.
    ///
    /// # Errors
    /// When the new code cannot be loaded: then the old code stays.
    pub fn reload(&self, project: Project) -> Result<bool, UserCodeError> {
        let door = &self.spaces.main.door;
        if door.current().generation.project.is_same(&project) {
            return Ok(false);
        }
        self.run(Generation {
            project: Arc::new(project),
        })?;
        door.pages.live.changed();
        Ok(true)
    }

    /// Has all code of the project begin again, with empty storage if that is not kept in a folder. Other
    /// spaces end.
    ///
    /// # Errors
    /// When the storage or the code cannot begin.
    pub fn begin_anew(&self) -> Result<(), StartError> {
        for space in self.spaces.take_others() {
            self.io.handle().block_on(space.close());
        }
        let main = &self.spaces.main;
        main.storage.begin_anew()?;
        self.run(main.door.current().generation.clone())?;
        Ok(())
    }

    /// Makes `generation` what runs, once its code is loaded.
    fn run(&self, generation: Generation) -> Result<(), UserCodeError> {
        let main = &self.spaces.main;
        let (makings, rooms) = (main.makings.clone(), main.door.rooms.clone());
        let (worker, table) = Worker::start(makings, rooms, generation.clone())?;
        main.makings.watchdog.renew(&generation.project);
        main.adopt(generation, table, worker, self.io.handle());
        let current = main.door.current();
        for space in self.spaces.all().iter().skip(1) {
            space.follow(&current, self.io.handle());
        }
        Ok(())
    }

    /// Replaces the host names under which the server may be reached.
    pub fn allow_hosts(&self, allowed: Vec<AllowedHost>) {
        for space in self.spaces.all() {
            space.door.guard.allow(allowed.clone());
        }
    }

    /// Stops serving: sockets are cut, storage is flushed. Takes less than a second.
    pub fn shutdown(self) {
        if let Some(inspection) = &self.inspection {
            inspection.send_away();
        }
        for space in self.spaces.all() {
            space.shutdown();
        }
        self.io.stop(SHUTDOWN_PATIENCE);
        let main = &self.spaces.main;
        main.makings.watchdog.stop_all();
        if let Some(inspection) = self.inspection {
            inspection.stop();
        }
        if let Err(error) = main.storage.close() {
            let text = error.to_string();
            main.door.reporter.report(Event::Notice(text));
        }
    }
}

/// The address to report. All listeners have its port.
fn first_address(listeners: &[std::net::TcpListener]) -> std::io::Result<SocketAddr> {
    let nowhere = SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
    let first = listeners.first();
    first.map_or(Ok(nowhere), std::net::TcpListener::local_addr)
}

/// The file of the storage that is kept in `folder`.
#[must_use]
pub fn storage_file(folder: &std::path::Path) -> std::path::PathBuf {
    folder.join(STORAGE_FILE)
}
