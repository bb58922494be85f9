//! The two kinds of threads that own an isolate, a room's and the worker's, and the loop that both run.

mod ahead;
mod arrivals;
mod ended;
mod ending;
mod explained;
mod handover;
mod home;
mod instance;
mod main_task;
mod makings;
mod naming;
mod owner;
mod probes;
mod rest;
pub mod room;
mod scheduling;
mod turns;
mod whose;
mod worker;

pub use home::home;
pub use makings::Makings;
pub use whose::room_of_this_thread;
pub use worker::{Blank, PartyTable, Started, Worker};
