//! The start of a server, in two steps: what needs no code of the project, and the rest. Between them the code is
//! built, and meanwhile isolates are made.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock, RwLock};

use tokio_rustls::TlsAcceptor;

use super::crons::CronTask;
use super::door::{Current, FrontDoor};
use super::guard::Guard;
use super::inspect::Inspection;
use super::io::IoThread;
use super::logs::Logs;
use super::space::{self, Beginning, Ground, Space, main_of};
use super::spaces::Spaces;
use super::unknown_parties::UnknownParties;
use super::visits::Visits;
use super::{
    Server, ServerOptions, StartError, StateDir, UserCodeError, dashboard, faults, inspect,
    storage_file, tls,
};
use crate::call::Generation;
use crate::host::Outbound;
use crate::isolate;
use crate::project::{Project, Reporter};
use crate::rooms::{Rooms, raise_file_limit};
use crate::storage::Location;
use crate::threads::{Blank, Makings, Started, Worker};
use crate::time::Clock;
use crate::watch::Watchdog;

/// A server without code. If it is dropped, its storage is closed before that returns.
pub struct Prepared(Option<Parts>);

struct Parts {
    options: ServerOptions,
    tls: Option<TlsAcceptor>,
    reporter: Arc<dyn Reporter>,
    logs: Arc<Logs>,
    clock: Clock,
    address: SocketAddr,
    ground: Ground,
    watchdog: Arc<Watchdog>,
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    inspection: Option<Inspection>,
    blank: Option<Blank>,
}

impl Server {
    /// Prepares to serve on listeners that are bound already. Call it on the main thread: it prepares V8 for the
    /// process.
    ///
    /// # Errors
    /// When the storage cannot be opened, or the system refuses a thread.
    pub fn prepare(
        mut options: ServerOptions,
        reporter: Arc<dyn Reporter>,
    ) -> Result<Prepared, StartError> {
        let tls = match &options.identity {
            Some(identity) => Some(tls::acceptor(identity)?),
            None => None,
        };
        isolate::start_v8();
        raise_file_limit();
        let location = match &options.state {
            StateDir::Folder(folder) => Location::File(storage_file(folder)),
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
        // Without one it is made when there is code.
        let blank = Worker::prepare(makings.clone(), rooms.clone()).ok();
        Ok(Prepared(Some(Parts {
            options,
            tls,
            reporter,
            logs,
            clock,
            address,
            ground,
            watchdog,
            makings,
            rooms,
            inspection,
            blank,
        })))
    }
}

impl Prepared {
    /// Starts serving `project`.
    ///
    /// # Errors
    /// When the project's code cannot be loaded, or the system refuses a thread or a socket.
    pub fn serve(mut self, project: Project) -> Result<Server, StartError> {
        let parts = self.0.as_mut().expect("it is taken once, below");
        let generation = Generation {
            project: Arc::new(project),
        };
        let started = Worker::start(
            parts.makings.clone(),
            parts.rooms.clone(),
            generation.clone(),
            parts.blank.take(),
        );
        let started = started.map_err(UserCodeError::from)?;
        let parts = self.0.take().expect("it is taken once, here");
        parts.serve(generation, started)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if let Some(parts) = self.0.take() {
            // A spare's thread holds the storage open, whose file the next start locks.
            drop(parts.blank);
            parts.rooms.shutdown();
            // What is told is why the code is not served.
            let _ = parts.ground.storage.close();
        }
    }
}

impl Parts {
    fn serve(self, generation: Generation, started: Started) -> Result<Server, StartError> {
        let options = self.options;
        let Started {
            worker,
            table,
            spare,
        } = started;
        self.watchdog.renew(&generation.project);
        self.rooms.reload(generation.clone(), spare);
        let door = FrontDoor {
            current: RwLock::new(Arc::new(Current {
                generation,
                table,
                worker,
            })),
            visits: Visits::new(self.rooms.clone()),
            rooms: self.rooms,
            pages: options.assets,
            clock: self.clock,
            reporter: self.logs.clone(),
            unknown_parties: UnknownParties::default(),
            guard: Guard::new(options.allowed_hosts),
            dashboard: OnceLock::new(),
            welcomes: options.welcomes,
            address: self.address,
            tls: self.tls,
        };
        let (id, crons) = (space::MAIN.to_owned(), CronTask::new(options.crons));
        let beginning = Beginning::default();
        let main = Space::new(
            id,
            door,
            self.ground,
            self.makings,
            crons,
            self.logs,
            beginning,
        );
        if options.has_dashboard {
            dashboard::open(&main);
        }
        let spaces = Spaces::new(main, self.reporter);
        let idle = Arc::downgrade(&spaces);
        // Not a strong reference: the watchdog must not keep rooms alive.
        self.watchdog.when_short(Box::new(move || {
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
            inspection: self.inspection,
        })
    }
}

fn first_address(listeners: &[TcpListener]) -> std::io::Result<SocketAddr> {
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let first = listeners.first();
    first.map_or(Ok(nowhere), TcpListener::local_addr)
}
