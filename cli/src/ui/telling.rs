//! Events on their way out: printed as lines of JSON in the place of texts, and told to whoever else
//! listens. What an event says is `machine`'s business.

use std::sync::Arc;

use partyrun_runtime::EventFeed;

use super::queue::Stream;
use super::{Printer, Styles};
use crate::machine::LogFormat;
use crate::machine::events::Record;

impl Printer {
    /// Tells of an event: where events are printed, and whoever else listens.
    pub fn emit(&self, record: &Record) {
        let Some(line) = self.told(record) else {
            return;
        };
        self.push(Stream::Out, line);
    }

    /// The same for one that may be left out when nobody keeps up with reading.
    pub fn offer(&self, record: &Record) {
        let Some(line) = self.told(record) else {
            return;
        };
        self.leave(Stream::Out, line);
    }

    /// Tells those who listen; gives the line that is to be printed.
    fn told(&self, record: &Record) -> Option<String> {
        let feed = self.feed.as_ref().filter(|feed| feed.is_heard());
        if !self.is_json && feed.is_none() {
            return None;
        }
        let line = record.line();
        if let Some(feed) = feed {
            feed.tell(&line);
        }
        self.is_json.then_some(line)
    }

    /// A printer of whose events `feed` hears, too.
    pub fn heard_by(&self, feed: Arc<EventFeed>) -> Printer {
        Printer {
            feed: Some(feed),
            ..self.clone()
        }
    }

    /// Whether an event has anybody to hear of it.
    pub fn tells_events(&self) -> bool {
        self.is_json || self.feed.as_ref().is_some_and(|feed| feed.is_heard())
    }

    /// Whether there may be somebody at some time.
    pub fn may_tell_events(&self) -> bool {
        self.is_json || self.feed.is_some()
    }

    /// A printer in the format that is asked for.
    pub fn in_format(&self, format: LogFormat) -> Printer {
        match format {
            LogFormat::Text => self.clone(),
            LogFormat::Json => self.of_events(),
        }
    }

    /// A printer of events: each text is one.
    fn of_events(&self) -> Printer {
        self.queue.0.count_as_events();
        Printer {
            is_json: true,
            out_styles: Styles::default(),
            err_styles: Styles::default(),
            out_is_terminal: false,
            err_is_terminal: false,
            ..self.clone()
        }
    }

    /// Whether events are printed.
    pub fn is_of_events(&self) -> bool {
        self.is_json
    }
}
