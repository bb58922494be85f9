//! What an isolate reports before it is known whose it is. Sends nothing.

use std::cell::RefCell;

use crate::project::{Event, RoomAddress};

/// Reports on their way out.
#[derive(Default)]
pub struct Reports(RefCell<State>);

#[derive(Default)]
enum State {
    #[default]
    Out,
    /// They wait for a room.
    Held(Vec<Event>),
    /// They go out, and once more when there is a room, as if its code had run by itself.
    Repeated(Vec<Event>),
    /// They go out; these are for the room.
    Kept(Vec<Event>),
}

impl Reports {
    /// What is to go out of a report.
    pub fn take_in(&self, event: Event) -> Option<Event> {
        match &mut *self.0.borrow_mut() {
            State::Held(events) => {
                events.push(event);
                return None;
            }
            State::Repeated(events) => events.push(event.clone()),
            State::Out | State::Kept(_) => {}
        }
        Some(event)
    }

    /// Holds back what comes from here on.
    pub fn hold(&self) {
        self.0.replace(State::Held(Vec::new()));
    }

    /// Has what comes from here on come once more.
    pub fn repeat(&self) {
        self.0.replace(State::Repeated(Vec::new()));
    }

    /// Has no more of it come once more.
    pub fn repeat_no_more(&self) {
        let kept = match self.0.take() {
            State::Repeated(events) => State::Kept(events),
            other => other,
        };
        self.0.replace(kept);
    }

    /// What there is for a room, with its address.
    pub fn of_room(&self, address: Option<&RoomAddress>) -> Vec<Event> {
        let mut events = match self.0.take() {
            State::Out => Vec::new(),
            State::Held(events) | State::Repeated(events) | State::Kept(events) => events,
        };
        for event in &mut events {
            if let Event::Console { room, .. }
            | Event::UserError { room, .. }
            | Event::Loaded { room, .. } = event
            {
                *room = address.cloned();
            }
        }
        events
    }

    /// Drops them: their code will run again.
    pub fn forget(&self) {
        self.0.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Event {
        Event::Notice(text.to_owned())
    }

    fn texts(events: impl IntoIterator<Item = Event>) -> Vec<String> {
        let text = |event| match event {
            Event::Notice(text) => text,
            other => panic!("a notice went in, and came out as {other:?}"),
        };
        events.into_iter().map(text).collect()
    }

    #[test]
    fn what_is_held_comes_with_the_room_and_once() {
        let reports = Reports::default();
        reports.hold();
        assert!(reports.take_in(said("a")).is_none());
        assert_eq!(texts(reports.of_room(None)), ["a"]);
        assert_eq!(texts(reports.take_in(said("b"))), ["b"]);
        assert!(reports.of_room(None).is_empty());
    }

    #[test]
    fn what_is_repeated_comes_at_once_and_with_the_room() {
        let reports = Reports::default();
        reports.repeat();
        assert_eq!(texts(reports.take_in(said("a"))), ["a"]);
        reports.repeat_no_more();
        assert_eq!(texts(reports.take_in(said("b"))), ["b"]);
        assert_eq!(texts(reports.of_room(None)), ["a"]);
    }

    #[test]
    fn what_is_forgotten_never_comes() {
        let reports = Reports::default();
        reports.hold();
        reports.take_in(said("a"));
        reports.forget();
        assert!(reports.of_room(None).is_empty());
    }
}
