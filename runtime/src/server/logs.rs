//! What a space has said, for whoever asks later: the latest of what its rooms printed, threw and did at
//! their times. Passes everything on as it comes; words nothing.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::requests::Requests;
use crate::project::{Event, Reporter};

/// More are forgotten, the oldest first.
const MOST: usize = 1_000;
/// The same while nobody has asked: only errors are kept, for whoever comes to look because of one.
const MOST_UNASKED: usize = 50;
/// And so much of each, in bytes.
const LONGEST_UNASKED: usize = 16 << 10;

/// The reporter of a space.
pub(super) struct Logs {
    /// `None` for the space with which the server started.
    space: Option<String>,
    reporter: Arc<dyn Reporter>,
    /// Somebody asks. Until then only errors are kept.
    is_kept: AtomicBool,
    kept: Mutex<Kept>,
    pub requests: Requests,
}

#[derive(Default)]
struct Kept {
    events: VecDeque<(u64, u64, Event)>,
    next: u64,
}

impl Kept {
    fn push(&mut self, event: Event, most: usize) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = since.map_or(0, |since| since.as_millis() as u64);
        let number = self.next;
        self.next += 1;
        while self.events.len() >= most {
            self.events.pop_front();
        }
        self.events.push_back((number, time, event));
    }
}

/// The beginning of an error of user code; `None` of anything else.
fn cut(event: &Event) -> Option<Event> {
    let Event::UserError {
        context,
        text,
        room,
        place,
    } = event
    else {
        return None;
    };
    Some(Event::UserError {
        context: context.clone(),
        text: text[..text.floor_char_boundary(LONGEST_UNASKED)].to_owned(),
        room: room.clone(),
        place: place.clone(),
    })
}

impl Logs {
    pub fn new(space: Option<String>, reporter: Arc<dyn Reporter>) -> Arc<Self> {
        Arc::new(Logs {
            is_kept: AtomicBool::new(space.is_some()),
            space,
            reporter,
            kept: Mutex::default(),
            requests: Requests::default(),
        })
    }

    /// Keeps what is said from here on.
    pub fn keep(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was said from number `since` on, if it is one of `names`; and the number of what comes next.
    pub fn since(&self, since: u64, names: &[&str]) -> (Vec<Value>, u64) {
        let kept = self.kept();
        let later: Vec<_> = kept
            .events
            .iter()
            .filter(|(number, ..)| *number >= since)
            .cloned()
            .collect();
        let next = kept.next;
        drop(kept);
        let told = later.into_iter().filter_map(|(_, time, event)| {
            let mut record = self.reporter.record(self.space.as_deref(), &event)?;
            record["time"] = time.into();
            let name = record["event"].as_str().unwrap_or_default();
            let is_asked = names.is_empty() || names.contains(&name);
            is_asked.then_some(record)
        });
        (told.collect(), next)
    }

    pub fn forget(&self) {
        self.kept().events.clear();
    }
}

impl Reporter for Logs {
    fn report(&self, event: Event) {
        self.requests.tell(&event);
        let is_of_interest = matches!(
            event,
            Event::Console { .. }
                | Event::UserError { .. }
                | Event::Alarm { .. }
                | Event::Cron { .. }
                | Event::Notice(_)
        );
        if is_of_interest {
            match self.is_kept.load(Ordering::Relaxed) {
                true => self.kept().push(event.clone(), MOST),
                false => {
                    if let Some(error) = cut(&event) {
                        self.kept().push(error, MOST_UNASKED);
                    }
                }
            }
        }
        match &self.space {
            Some(space) => self.reporter.report_of(space, event),
            None => self.reporter.report(event),
        }
    }

    fn shorten(&self, text: &str) -> String {
        self.reporter.shorten(text)
    }

    fn wants_sockets(&self) -> bool {
        self.reporter.wants_sockets()
    }
}
