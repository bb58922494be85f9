//! What the hosts of a server's isolates share: the ways out of their threads.

use std::sync::Arc;

use partyrun_ops::bindings_interface::SharedBindings;

use super::way_out::Outbound;
use crate::pages::Assets;
use crate::project::Reporter;
use crate::storage::StorageHandle;
use crate::time::Clock;

/// What an isolate reaches besides rooms and the network. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    pub storage: StorageHandle,
    pub clock: Clock,
    pub bindings: SharedBindings,
    pub pages: Arc<Assets>,
    pub outbound: Arc<Outbound>,
    pub reporter: Arc<dyn Reporter>,
}
