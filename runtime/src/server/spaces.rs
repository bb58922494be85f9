//! All spaces of the process: the one with which it started, and those that are opened beside it. Owns the
//! list; what a space is made of is `space`'s business.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use tokio::runtime::Handle;

use super::StartError;
use super::crons::CronTask;
use super::door::{Current, FrontDoor};
use super::guard::Guard;
use super::logs::Logs;
use super::space::{Beginning, Ground, MAIN, Space, main_of, with_vars};
use super::unknown_parties::UnknownParties;
use super::visits::Visits;
use crate::host::Outbound;
use crate::project::Reporter;
use crate::rooms::Rooms;
use crate::storage::Location;
use crate::threads::{Worker, home};
use crate::time::Clock;

pub(super) struct Spaces {
    pub main: Arc<Space>,
    /// To whom all of them report.
    reporter: Arc<dyn Reporter>,
    others: Mutex<Others>,
}

/// How a space begins.
pub(super) struct Opening {
    pub beginning: Beginning,
    /// Whether rooms reach the network; `None` as from the main space.
    pub has_network: Option<bool>,
}

#[derive(Default)]
struct Others {
    opened: u64,
    list: Vec<Arc<Space>>,
}

impl Spaces {
    pub fn new(main: Arc<Space>, reporter: Arc<dyn Reporter>) -> Arc<Spaces> {
        Arc::new(Spaces {
            main,
            reporter,
            others: Mutex::default(),
        })
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main one first.
    pub fn all(&self) -> Vec<Arc<Space>> {
        let mut all = vec![self.main.clone()];
        all.extend(self.others().list.iter().cloned());
        all
    }

    pub fn find(&self, id: &str) -> Option<Arc<Space>> {
        if id == MAIN {
            return Some(self.main.clone());
        }
        let others = self.others();
        others.list.iter().find(|space| space.id == id).cloned()
    }

    /// Takes a space off the list; the main one stays.
    pub fn take(&self, id: &str) -> Option<Arc<Space>> {
        let mut others = self.others();
        let at = others.list.iter().position(|space| space.id == id)?;
        Some(others.list.remove(at))
    }

    /// Takes all but the main one off the list.
    pub fn take_others(&self) -> Vec<Arc<Space>> {
        std::mem::take(&mut self.others().list)
    }

    /// Opens a space that goes by `clock`. Blocks for as long as the storage takes to open.
    ///
    /// # Errors
    /// When the system refuses a port, a thread or the storage.
    pub fn open(
        &self,
        opening: Opening,
        clock: Clock,
        io: &Handle,
    ) -> Result<Arc<Space>, StartError> {
        let Opening {
            has_network,
            beginning,
        } = opening;
        let id = {
            let mut others = self.others();
            others.opened += 1;
            format!("s{}", others.opened)
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let main = &self.main;
        let logs = Logs::new(Some(id.clone()), self.reporter.clone());
        let pages = main.door.pages.clone();
        let has_network =
            has_network.unwrap_or_else(|| main.makings.outside.outbound.has_network());
        let outbound = Outbound::new(address.port(), has_network);
        outbound.watch();
        let location = Location::Temporary;
        let ground = Ground::open(&location, clock.clone(), pages, outbound, logs.clone())?;
        let makings = main.makings.beside(
            &id,
            ground.outside.clone(),
            format!("127.0.0.1:{}", address.port()),
        );
        let rooms = Rooms::beside(
            &main.door.rooms,
            &makings.limits,
            makings.watchdog.gauge(),
            logs.clone(),
            main_of(&makings),
            |rooms| home(makings.clone(), rooms),
        );
        let current = main.door.current();
        let generation = with_vars(&current.generation, &beginning.vars);
        rooms.reload(generation.clone(), None);
        let worker = Worker::lazy(makings.clone(), rooms.clone(), generation.clone());
        let door = FrontDoor {
            visits: Visits::new(rooms.clone()),
            current: RwLock::new(Arc::new(Current {
                generation,
                table: current.table.clone(),
                worker,
            })),
            rooms,
            pages: main.door.pages.clone(),
            clock,
            reporter: logs.clone(),
            unknown_parties: UnknownParties::default(),
            guard: Guard::new(main.door.guard.allowed()),
            // What opens spaces is a program.
            dashboard: OnceLock::new(),
            welcomes: false,
            address,
            tls: main.door.tls.clone(),
        };
        let crons = CronTask::new(main.crons.when());
        let space = Space::new(id, door, ground, makings, crons, logs, beginning);
        space.serve(vec![listener], io)?;
        self.others().list.push(space.clone());
        // A save that came in between did not know of it.
        let latest = main.door.current();
        if !Arc::ptr_eq(&latest, &current) {
            space.follow(&latest, io);
        }
        Ok(space)
    }
}
