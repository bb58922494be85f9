//! What the registry reports of itself, and what is reported once for all of its rooms. Decides nothing.

use std::sync::{MutexGuard, PoisonError};

use partyrun_ops::interface::Level;

use super::{Inner, Rooms};
use crate::project::Event;

impl Rooms {
    /// Reports one of the runtime's own messages, once.
    pub fn say_once(&self, level: Level, text: &str) {
        if self.is_first(text.to_owned()) {
            self.reporter.report(Event::Console {
                level,
                text: text.to_owned(),
                room: None,
                place: None,
            });
        }
    }

    /// Reports something, unless the same `kind` has been reported.
    pub fn notice_once(&self, kind: String, text: String) {
        if self.is_first(kind) {
            self.notice(text);
        }
    }

    /// Whether nothing of this `kind` has been reported. The lock is released before the reporter is called,
    /// which may wait for a terminal.
    fn is_first(&self, kind: String) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(kind)
    }

    pub fn notice(&self, text: String) {
        self.reporter.report(Event::Notice(text));
    }

    /// Reports a room that cannot be made, unless another was reported just before.
    pub fn tell_of_refusal(&self, text: String) {
        if let Some(text) = self.refusals.notice(text) {
            self.notice(text);
        }
    }

    /// Lets others have the registry, and then tells what there is to tell of it, as the terminal may be slow.
    pub(super) fn release(&self, mut inner: MutexGuard<'_, Inner>) {
        let news = inner.news.take();
        drop(inner);
        if let Some(text) = news {
            self.notice(text);
        }
    }
}
