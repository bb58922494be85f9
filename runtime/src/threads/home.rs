//! Where a thread belongs that was made ahead for another server of the process. Decides nothing.

use std::sync::{Arc, Weak};

use super::makings::Makings;
use crate::call::Home;
use crate::rooms::Rooms;

struct Elsewhere {
    makings: Arc<Makings>,
    /// Not a strong reference: the registry knows its own home.
    rooms: Weak<Rooms>,
}

/// With these makings, among these rooms.
pub fn home(makings: Arc<Makings>, rooms: Weak<Rooms>) -> Home {
    Arc::new(Elsewhere { makings, rooms })
}

/// What is in a home; `None` if its server has ended.
pub(super) fn enter(home: &Home) -> Option<(Arc<Makings>, Arc<Rooms>)> {
    let home = home.downcast_ref::<Elsewhere>()?;
    Some((home.makings.clone(), home.rooms.upgrade()?))
}
