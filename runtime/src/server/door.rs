//! What every connection of the front door needs: where requests go at the moment, and whom to tell.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;

use super::guard::Guard;
use super::unknown_parties::UnknownParties;
use crate::call::Generation;
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

/// What each connection of the front door needs.
pub struct FrontDoor {
    pub current: RwLock<Arc<Current>>,
    pub rooms: Arc<Rooms>,
    pub pages: Arc<Assets>,
    pub reporter: Arc<dyn Reporter>,
    pub unknown_parties: UnknownParties,
    pub guard: Guard,
    pub welcomes: bool,
    pub clock: Clock,
    pub address: SocketAddr,
    pub tls: Option<TlsAcceptor>,
}

impl FrontDoor {
    /// What requests are routed to now.
    pub fn current(&self) -> Arc<Current> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }
}
