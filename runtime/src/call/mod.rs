//! What travels between the front door, rooms and the worker: addresses, requests and their answers,
//! transports, alarms. Plain data and its ways; owns no thread and knows no isolate.

mod address;
mod alarm;
mod beat;
pub mod body;
mod http;
mod idle;
mod look;
pub mod party_url;
mod pipe;
mod reply;
mod request;
mod standing;
mod touch;
mod transport;

pub use address::{Chain, Generation, RoomKey};
pub use alarm::{DueAlarm, TicketEnd};
pub use beat::{Beat, Stand};
pub use body::take_body;
pub use http::{header_list, is_upgrade, name_bytes, text_reply};
pub use idle::IdleMark;
#[cfg(test)]
pub use idle::start;
pub use look::{Course, Figures, Look, Passed, Tap, TapEnd};
pub use pipe::{PipeBroken, PipeEnd, PipeMessage, PipeReceiver, PipeSender, pipe};
pub use reply::{Owed, ReplySender, question};
pub use request::{
    CronRun, Home, Leave, Leaving, Reply, RequestKind, RoomEvent, RoomRequest, StaticCall, Visitor,
    WorkerEvent,
};
pub use standing::{Heard, Pending, Probe, STREAM, Standing};
pub use touch::{BadLine, Manner, Touch};
pub use transport::{Transport, TransportSlot};
