//! How much memory there is, how much of it this process has, and which thread's. Decides nothing.
//!
//! - [`account`]: what Rust holds for each isolate, by the thread that serves it
//! - [`allocator`]: finds whose an allocation is
//! - [`native`]: the allocator below
//! - [`machine`]: what the machine and the process's control groups have, and still give
//! - [`mod@groups`]: the control groups of the process, for all that they limit
//! - [`gauge`]: the latest figures of both, for whoever decides

pub mod account;
mod allocator;
mod gauge;
mod groups;
mod machine;
mod native;

pub use account::Account;
pub use allocator::Accounting;
pub use gauge::{Figures, Gauge};
pub use groups::groups;
pub use machine::{Machine, resident};
pub use native::{return_memory, thread_cache};
