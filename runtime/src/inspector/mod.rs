//! What debuggers are shown of the isolates of a server, in the Chrome DevTools Protocol: which there are,
//! and, for each debugger that attaches to one, a proxy that outlives the isolate. Owns no socket; V8's own
//! part of the protocol it passes on.

mod attachment;
mod message;
mod rewrite;
mod root;
mod state;
mod target;
mod targets;

pub use attachment::Attachment;
pub use root::{Root, TITLE};
pub use target::{Target, Who};
pub use targets::{Manner, Targets};
