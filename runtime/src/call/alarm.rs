//! An alarm as it travels to its room: a ticket, whose end goes back to whoever made it. Knows no
//! scheduler.

use partyrun_ops::storage_interface::AlarmEnd;

use super::address::RoomKey;

/// What became of an alarm on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketEnd {
    /// Its room has said so.
    Told(AlarmEnd),
    /// Nobody has said anything: the ticket is gone. Counts as a failure.
    Dropped,
}

type OnEnd = Box<dyn FnOnce(TicketEnd) -> bool + Send>;

/// An alarm on its way to its room, or being handled there.
pub struct DueAlarm {
    key: RoomKey,
    at_ms: i64,
    /// `None` once it has ended.
    on_end: Option<OnEnd>,
    /// What is held until the room is there.
    until_taken: Option<Box<dyn Send>>,
}

impl DueAlarm {
    /// `at_ms` is when it was due, in milliseconds since 1970. `on_end` is called once, and returns false
    /// if the alarm has failed for the last time.
    pub fn new(
        key: RoomKey,
        at_ms: i64,
        on_end: impl FnOnce(TicketEnd) -> bool + Send + 'static,
    ) -> Self {
        DueAlarm {
            key,
            at_ms,
            on_end: Some(Box::new(on_end)),
            until_taken: None,
        }
    }

    /// Holds `place` until the room is there, or the ticket is gone.
    pub fn hold_until_taken(&mut self, place: impl Send + 'static) {
        self.until_taken = Some(Box::new(place));
    }

    pub fn key(&self) -> &RoomKey {
        &self.key
    }

    /// When it was due, in milliseconds since 1970.
    pub fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// The room is there and has taken it.
    pub fn taken(&mut self) {
        self.until_taken = None;
    }

    /// Returns false if it has failed for the last time and is to be deleted.
    pub fn end(mut self, end: AlarmEnd) -> bool {
        let on_end = self.on_end.take();
        on_end.is_none_or(|on_end| on_end(TicketEnd::Told(end)))
    }

    /// Takes the ticket back: it did not reach its room, and has not ended.
    pub fn give_back(mut self) {
        self.on_end = None;
    }
}

impl Drop for DueAlarm {
    fn drop(&mut self) {
        if let Some(on_end) = self.on_end.take() {
            on_end(TicketEnd::Dropped);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    fn ticket() -> (DueAlarm, Receiver<TicketEnd>) {
        let (sender, ends) = channel();
        let on_end = move |end| sender.send(end).is_err();
        (DueAlarm::new(RoomKey::new("main", "a"), 5, on_end), ends)
    }

    #[test]
    fn end_of_a_ticket_is_heard_once() {
        let (alarm, ends) = ticket();
        assert!(!alarm.end(AlarmEnd::Settled));
        assert_eq!(ends.try_recv(), Ok(TicketEnd::Told(AlarmEnd::Settled)));
        assert!(ends.try_recv().is_err());
    }

    #[test]
    fn ticket_that_is_lost_has_failed_and_one_that_is_given_back_has_not() {
        let (lost, ends) = ticket();
        drop(lost);
        assert_eq!(ends.try_recv(), Ok(TicketEnd::Dropped));
        let (back, ends) = ticket();
        back.give_back();
        assert!(ends.try_recv().is_err());
    }

    #[test]
    fn place_is_held_until_the_alarm_is_taken() {
        let (mut alarm, _ends) = ticket();
        let (place, held) = channel::<()>();
        alarm.hold_until_taken(place);
        assert!(matches!(
            held.try_recv(),
            Err(std::sync::mpsc::TryRecvError::Empty)
        ));
        alarm.taken();
        assert!(matches!(
            held.try_recv(),
            Err(std::sync::mpsc::TryRecvError::Disconnected)
        ));
    }
}
