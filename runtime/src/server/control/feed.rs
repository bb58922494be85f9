//! Events on their way to whoever listens over a WebSocket. Knows nothing of what they say.

use std::sync::Arc;

use tokio::sync::broadcast;

/// How many events may wait for a listener; it hears how many it has missed.
const WAITING: usize = 4096;

/// One line of JSON for each event. Any thread may add one.
pub struct EventFeed(broadcast::Sender<Arc<str>>);

impl Default for EventFeed {
    fn default() -> Self {
        EventFeed(broadcast::Sender::new(WAITING))
    }
}

impl EventFeed {
    /// Whether anybody would hear of an event.
    pub fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Tells all who listen.
    pub fn tell(&self, line: &str) {
        // Without a listener there is nobody to tell.
        let _ = self.0.send(line.into());
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }
}
