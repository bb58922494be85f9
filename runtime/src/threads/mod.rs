//! The two kinds of threads that own an isolate, a room's and the worker's, and the loop that both run.

mod ahead;
mod arrivals;
mod ending;
mod instance;
mod makings;
mod owner;
pub mod room;
mod turns;
mod whose;
mod worker;

pub use makings::Makings;
pub use whose::room_of_this_thread;
pub use worker::{PartyTable, Worker};
