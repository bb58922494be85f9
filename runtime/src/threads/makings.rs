//! What the threads of a server make their isolates with. One for all of them; it is given, and never
//! looked up.

use std::sync::Arc;

use super::turns::Turns;
use crate::host::Outside;
use crate::project::{ConsoleColors, Limits};
use crate::watch::Watchdog;

pub struct Makings {
    pub limits: Limits,
    pub outside: Outside,
    pub watchdog: Arc<Watchdog>,
    /// `127.0.0.1:<port>`: the host in stubs' URLs before any request has told another.
    pub host: String,
    pub colors: ConsoleColors,
    /// Turns to make an isolate.
    pub turns: Arc<Turns>,
}

impl Makings {
    pub fn new(
        limits: Limits,
        outside: Outside,
        watchdog: Arc<Watchdog>,
        host: String,
        colors: ConsoleColors,
    ) -> Arc<Self> {
        Arc::new(Makings {
            limits,
            outside,
            watchdog,
            host,
            colors,
            turns: Arc::new(Turns::for_each_core()),
        })
    }

    /// The same for another server of the process.
    pub fn beside(&self, outside: Outside, host: String) -> Arc<Self> {
        Arc::new(Makings {
            limits: self.limits,
            outside,
            watchdog: self.watchdog.clone(),
            host,
            colors: self.colors,
            turns: self.turns.clone(),
        })
    }
}
