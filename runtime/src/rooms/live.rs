//! A room that has a thread, as the registry knows it, and since when it has been idle. Never decides
//! that one must go.

use std::collections::HashMap;
use tokio::sync::mpsc::UnboundedSender;

use crate::call::{IdleMark, Owed, RoomEvent, RoomKey};

pub(super) struct Live {
    events: UnboundedSender<RoomEvent>,
    owed: Owed,
    idle: IdleMark,
    /// It has been asked to go, and nothing has been sent to it since.
    is_going: bool,
}

impl Live {
    pub fn new(events: UnboundedSender<RoomEvent>, idle: IdleMark) -> Self {
        Live {
            events,
            owed: Owed::default(),
            idle,
            is_going: false,
        }
    }

    /// Gives the event back when the thread is gone.
    pub fn send(&mut self, event: RoomEvent) -> Option<RoomEvent> {
        if let RoomEvent::Http(request) = &event {
            self.owed.note(&request.reply);
        }
        if !matches!(event, RoomEvent::Probe(_) | RoomEvent::Look(_)) {
            self.is_going = matches!(event, RoomEvent::Evict);
        }
        self.events.send(event).err().map(|unsent| unsent.0)
    }

    /// Answers what it owes, because its thread does not come back.
    pub fn answer_owed(&self, status: u16, text: &str) {
        self.owed.answer(status, text);
    }

    fn idle_since(&self) -> Option<u64> {
        if self.is_going {
            return None;
        }
        self.idle.get()
    }
}

pub(super) type LiveRooms = HashMap<RoomKey, Live>;

/// How many rooms there are of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Could go.
    pub idle: usize,
    /// Could not: also those that were asked to go, and were given something to do before.
    pub in_use: usize,
    /// Are on their way.
    pub going: usize,
}

impl Count {
    pub fn of(live: &LiveRooms) -> Self {
        let mut count = Count::default();
        for room in live.values() {
            let kind = match (room.idle.get(), room.is_going) {
                (None, _) => &mut count.in_use,
                (Some(_), false) => &mut count.idle,
                (Some(_), true) => &mut count.going,
            };
            *kind += 1;
        }
        count
    }
}

/// Asks `count` idle rooms to end, those that have been idle for longest.
pub(super) fn evict(live: &mut LiveRooms, count: usize) {
    let mut idle: Vec<_> = live
        .iter_mut()
        .filter_map(|(_, room)| Some((room.idle_since()?, room)))
        .collect();
    let count = count.min(idle.len());
    if count == 0 {
        return;
    }
    idle.select_nth_unstable_by_key(count - 1, |(since, _)| *since);
    for (_, room) in idle.into_iter().take(count) {
        // One whose thread has ended has gone.
        let _ = room.send(RoomEvent::Evict);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::call::start;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    struct Registry {
        live: LiveRooms,
        threads: Vec<(&'static str, IdleMark, UnboundedReceiver<RoomEvent>)>,
    }

    fn registry(rooms: &[(&'static str, Option<u64>)]) -> Registry {
        start();
        let mut registry = Registry {
            live: LiveRooms::new(),
            threads: Vec::new(),
        };
        for (name, idle_since) in rooms {
            let (events, receiver) = unbounded_channel();
            let mark = IdleMark::default();
            mark.set(idle_since.map(|at| start() + Duration::from_secs(at)));
            registry
                .live
                .insert(RoomKey::new("main", name), Live::new(events, mark.clone()));
            registry.threads.push((name, mark, receiver));
        }
        registry
    }

    impl Registry {
        /// Idle, in use, going.
        fn count(&self) -> (usize, usize, usize) {
            let Count {
                idle,
                in_use,
                going,
            } = Count::of(&self.live);
            (idle, in_use, going)
        }

        /// Those that have been asked to go since the last call.
        fn asked(&mut self) -> Vec<&'static str> {
            let asked = |(name, _, receiver): &mut (_, _, UnboundedReceiver<RoomEvent>)| {
                matches!(receiver.try_recv(), Ok(RoomEvent::Evict)).then_some(*name)
            };
            self.threads.iter_mut().filter_map(asked).collect()
        }
    }

    #[test]
    fn those_that_have_been_idle_for_longest_go_first() {
        let mut rooms = registry(&[
            ("a", Some(3)),
            ("b", None),
            ("c", Some(1)),
            ("d", Some(2)),
            ("e", Some(4)),
        ]);
        assert_eq!(rooms.count(), (4, 1, 0));
        evict(&mut rooms.live, 2);
        assert_eq!(rooms.asked(), ["c", "d"]);
        assert_eq!(rooms.count(), (2, 1, 2));
        evict(&mut rooms.live, 9);
        assert_eq!(rooms.asked(), ["a", "e"]);
        evict(&mut rooms.live, 9);
        assert!(rooms.asked().is_empty());
    }

    #[test]
    fn one_that_is_used_again_may_go_again() {
        let mut rooms = registry(&[("a", Some(1))]);
        evict(&mut rooms.live, 1);
        assert_eq!(rooms.asked(), ["a"]);
        let key = RoomKey::new("main", "a");
        let room = rooms.live.get_mut(&key).expect("it is there");
        assert!(room.send(RoomEvent::Rouse).is_none());
        assert_eq!(rooms.count(), (1, 0, 0));
    }

    #[test]
    fn one_that_is_asked_to_go_while_it_works_is_not_on_its_way() {
        let mut rooms = registry(&[("a", Some(1))]);
        evict(&mut rooms.live, 1);
        let (_, mark, _) = &rooms.threads[0];
        mark.set(None);
        assert_eq!(rooms.count(), (0, 1, 0));
    }
}
