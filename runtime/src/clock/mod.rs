//! What happens at its time, without a request: rooms' alarms and the project's crons. Never runs a
//! handler.

mod alarms;
pub mod crons;
mod waking;

pub use alarms::{Alarms, NotRun};
pub use crons::{CronError, check_cron};
