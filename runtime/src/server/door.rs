//! What every connection of the front door needs: where requests go at the moment, and whom to tell.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use partyrun_ops::message::HttpRequest;
use tokio_rustls::TlsAcceptor;

use super::asker::Way;
use super::guard::Guard;
use super::unknown_parties::UnknownParties;
use super::visits::Visits;
use crate::call::{Generation, Reply};
use crate::pages::Assets;
use crate::project::Reporter;
use crate::rooms::Rooms;
use crate::threads::{PartyTable, Worker};
use crate::time::Clock;

/// What requests are routed to at the moment.
pub struct Current {
    pub generation: Generation,
    pub table: PartyTable,
    pub worker: Worker,
}

/// A page of the server's own that lets people in by itself.
pub trait Dashboard: Send + Sync {
    /// Whether a path is one of its.
    fn owns(&self, path: &str) -> bool;

    /// Gets the answer to a request for `path`, which is its.
    fn answer(&self, door: &FrontDoor, way: Way, path: &str, http: &HttpRequest) -> Reply;
}

/// What each connection of the front door needs.
pub struct FrontDoor {
    pub current: RwLock<Arc<Current>>,
    pub rooms: Arc<Rooms>,
    pub visits: Arc<Visits>,
    pub pages: Arc<Assets>,
    pub reporter: Arc<dyn Reporter>,
    pub unknown_parties: UnknownParties,
    pub guard: Guard,
    /// Set if there is one.
    pub dashboard: OnceLock<Box<dyn Dashboard>>,
    pub welcomes: bool,
    pub clock: Clock,
    pub address: SocketAddr,
    pub tls: Option<TlsAcceptor>,
}

impl FrontDoor {
    /// The dashboard, if `path` is its.
    pub fn dashboard_at(&self, path: &str) -> Option<&dyn Dashboard> {
        let dashboard = self.dashboard.get()?;
        dashboard.owns(path).then_some(&**dashboard)
    }

    /// What requests are routed to now.
    pub fn current(&self) -> Arc<Current> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }
}
