//! Has pages with `--live` show the errors of user code that are reported. Passes everything on as it comes.

use std::sync::Arc;

use serde_json::Value;

use crate::pages::Assets;
use crate::project::{Event, Reporter, Trouble};

struct Faults {
    pages: Arc<Assets>,
    reporter: Arc<dyn Reporter>,
}

/// What `reporter` is told, for `pages` too, if they listen.
pub fn shown_in(pages: &Arc<Assets>, reporter: Arc<dyn Reporter>) -> Arc<dyn Reporter> {
    match pages.live.is_on() {
        true => Arc::new(Faults {
            pages: pages.clone(),
            reporter,
        }),
        false => reporter,
    }
}

impl Reporter for Faults {
    fn report(&self, event: Event) {
        if let Event::UserError {
            context,
            text,
            room,
            place,
        } = &event
        {
            self.pages.live.failed(Trouble {
                context: context.clone(),
                text: text.clone(),
                room: room.clone(),
                place: place.clone(),
            });
        }
        self.reporter.report(event);
    }

    /// Pages are those of the space with which the server started.
    fn report_of(&self, space: &str, event: Event) {
        self.reporter.report_of(space, event);
    }

    fn record(&self, space: Option<&str>, event: &Event) -> Option<Value> {
        self.reporter.record(space, event)
    }

    fn shorten(&self, text: &str) -> String {
        self.reporter.shorten(text)
    }

    fn wants_sockets(&self) -> bool {
        self.reporter.wants_sockets()
    }
}
