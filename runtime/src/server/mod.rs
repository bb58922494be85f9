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
mod prepared;
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
pub use prepared::Prepared;
pub use token::token as control_token;
pub use whereabouts::{Attendance, Whereabouts};

use std::sync::Arc;
use std::time::Duration;

use self::inspect::Inspection;
use self::io::IoThread;
use self::spaces::Spaces;
use crate::call::Generation;
use crate::isolate::{Handlers, LoadError};
use crate::project::{Event, Project, Reporter};
use crate::storage::StorageError;
use crate::threads::{Blank, Worker};

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

/// What is under way for code that is expected.
#[derive(Default)]
pub struct Expected(Option<Blank>);

impl Server {
    /// Starts serving `project`, as [`Server::prepare`] and [`Prepared::serve`] do.
    ///
    /// # Errors
    /// As theirs.
    pub fn start(
        options: ServerOptions,
        project: Project,
        reporter: Arc<dyn Reporter>,
    ) -> Result<Server, StartError> {
        Server::prepare(options, reporter)?.serve(project)
    }

    /// Begins the isolates that new code is about to need, while it is being built. They are for
    /// [`Server::reload`]; if they are dropped, nothing has happened.
    pub fn expect_code(&self) -> Expected {
        let door = &self.spaces.main.door;
        let makings = self.spaces.main.makings.clone();
        let table = &door.current().table;
        // Else the thread that loads the code is there for the next room.
        if table.len() > 1 || table.values().any(Handlers::is_any_static) {
            door.rooms.prepare();
        }
        // Without one it is made when the code is there.
        Expected(Worker::prepare(makings, door.rooms.clone()).ok())
    }

    /// Swaps in new code. Blocks until it is loaded; requests go on meanwhile, to the old code.
    /// Returns whether anything was new: a file that was only touched closes no sockets.
    ///
    /// # Errors
    /// When the new code cannot be loaded: then the old code stays.
    pub fn reload(&self, project: Project, expected: Expected) -> Result<bool, UserCodeError> {
        let door = &self.spaces.main.door;
        if door.current().generation.project.is_same(&project) {
            return Ok(false);
        }
        let project = Arc::new(project);
        self.run(Generation { project }, expected)?;
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
        self.run(main.door.current().generation.clone(), Expected::default())?;
        Ok(())
    }

    /// Makes `generation` what runs, once its code is loaded.
    fn run(&self, generation: Generation, expected: Expected) -> Result<(), UserCodeError> {
        let main = &self.spaces.main;
        let (makings, rooms) = (main.makings.clone(), main.door.rooms.clone());
        let started = Worker::start(makings, rooms, generation.clone(), expected.0)?;
        main.makings.watchdog.renew(&generation.project);
        main.adopt(generation, started, self.io.handle());
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
/// The file of the storage that is kept in `folder`.
#[must_use]
pub fn storage_file(folder: &std::path::Path) -> std::path::PathBuf {
    folder.join(STORAGE_FILE)
}
