//! Spares that the registry of one server of the process lends to that of another, as threads with their
//! isolates are the same for all until they have a room. Never makes one for the borrower.

use std::sync::{Arc, Weak};

use super::spare::{Spare, take_spare};
use super::{Main, Rooms};
use crate::call::Home;
use crate::memory::Gauge;
use crate::project::{Limits, Reporter};

/// Who lends, and where the spares are to belong.
pub(super) struct Lender {
    rooms: Arc<Rooms>,
    home: Home,
}

impl Lender {
    /// The spare for a room of this party, with where it belongs from now on.
    pub(super) fn lend(&self, party: &Arc<str>) -> (Option<Spare>, Option<Home>) {
        let mut inner = self.rooms.inner();
        if inner.closed {
            return (None, None);
        }
        let spare = take_spare(&mut inner.spares, party);
        inner.latest = Some(party.clone());
        self.rooms.refill(&mut inner);
        let home = spare.is_some().then(|| self.home.clone());
        (spare, home)
    }
}

impl Rooms {
    /// Another registry, whose rooms begin on spares of this one. `home` says what they get to know of the
    /// new one.
    pub fn beside(
        self: &Arc<Self>,
        limits: &Limits,
        memory: Arc<Gauge>,
        reporter: Arc<dyn Reporter>,
        main: Main,
        home: impl FnOnce(Weak<Rooms>) -> Home,
    ) -> Arc<Rooms> {
        let most = self.inner().places.most();
        Arc::new_cyclic(|rooms| {
            let lender = Lender {
                rooms: self.clone(),
                home: home(rooms.clone()),
            };
            Rooms::with(most, limits, memory, reporter, main, Some(lender))
        })
    }
}
