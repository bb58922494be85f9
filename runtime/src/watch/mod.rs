//! What looks at isolates and at the process from outside: the watchdog, what it does when memory runs
//! short, and what is given back in a quiet moment.

mod quiet;
mod relief;
mod watchdog;

pub use quiet::return_memory_at_times;
pub use watchdog::{WatchGuard, Watchdog};
