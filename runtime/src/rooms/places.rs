//! Whether there is a place for one more room, and how many idle ones should make way: by how many there may be,
//! and by memory. Knows no room.

use super::bounds::RoomBound;
use super::refusals::Refusal;
use super::scarcity::{Scarcity, Share};
use crate::memory::Figures;

/// What a room costs in memory before that has been measured, and the bounds of what is believed: a
/// few that hold much say nothing of the next one.
const COST: u64 = 2 << 20;
const LEAST_COST: u64 = 1 << 20;
const MOST_COST: u64 = 16 << 20;

/// What idle rooms may have together, which is what keeps them for those who come back: this part of what the
/// process may have, up to so much. A burst of rooms, as a test suite makes them, should not wait for the
/// ends of others.
const IDLE_BYTES: u64 = 2 << 30;
const IDLE_PART: u64 = 8;
/// Of what the process may have, what is not for idle rooms at all, and what is for no new room.
const SHORT: (u64, u64) = (3, 4);
const FULL: (u64, u64) = (15, 16);

fn part(of: u64, (part, whole): (u64, u64)) -> u64 {
    of / whole * part
}

/// What is to be done for one more room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// So many idle ones should go.
    pub evict: usize,
    /// Why there is no place.
    pub refusal: Option<Refusal>,
}

/// What has been learned of rooms.
pub(super) struct Places {
    most: RoomBound,
    scarcity: Scarcity,
    /// What the process had before it had rooms.
    before: Option<u64>,
    /// The latest look at memory, and the rooms that there were when it was first seen.
    look: u64,
    counted: usize,
}

impl Places {
    /// `most`: rooms alive at once, whatever memory there is.
    pub fn new(most: RoomBound) -> Self {
        Places {
            most,
            scarcity: Scarcity::default(),
            before: None,
            look: 0,
            counted: 0,
        }
    }

    /// For one more room than the `live` ones, of which `idle` could go and `going` are about to.
    pub fn decide(
        &mut self,
        live: usize,
        idle: usize,
        going: usize,
        memory: Option<Figures>,
    ) -> Decision {
        let most = self.most.rooms;
        let by_count = (live + 1).saturating_sub(most - most / 8);
        let refusal = (live >= most).then(|| Refusal {
            text: format!("the limit of {most} live rooms is reached"),
            more: self.most.origin(),
        });
        let decision = Decision {
            evict: by_count.min(idle),
            refusal,
        };
        match memory {
            Some(memory) => self.weigh(decision, (live, idle, going), memory),
            None => decision,
        }
    }

    /// Rooms alive at once, whatever memory there is.
    pub fn most(&self) -> RoomBound {
        self.most.clone()
    }

    /// What is to be told when there are `in_use` rooms that could not go.
    pub fn news(&mut self, in_use: usize, memory: Option<Figures>) -> Option<String> {
        let share = memory.zip(self.before).map(|(memory, before)| Share {
            before,
            cost: self.cost(memory.resident.saturating_sub(before)),
            short: part(memory.ceiling, SHORT),
            full: part(memory.ceiling, FULL),
        });
        self.scarcity.news(in_use, &self.most, share)
    }

    fn weigh(
        &mut self,
        other: Decision,
        (live, idle, going): (usize, usize, usize),
        memory: Figures,
    ) -> Decision {
        let Figures {
            look,
            resident,
            owed,
            ceiling,
        } = memory;
        if look != self.look {
            (self.look, self.counted) = (look, live);
        }
        let before = match live {
            0 => *self.before.insert(resident),
            _ => *self.before.get_or_insert(resident),
        };
        let cost = self.cost(resident.saturating_sub(before));
        let new = (live + 1).saturating_sub(self.counted) as u64;
        let expected = resident + new * cost;
        let kept = (ceiling / IDLE_PART).min(IDLE_BYTES) / cost;
        let by_memory = match expected > part(ceiling, SHORT) {
            true => idle,
            false => idle.saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX)),
        };
        // Whatever those have that make way for it is about to come back.
        let has_way = (idle + going) as u64 >= new;
        let is_full = !has_way && expected.saturating_sub(owed) > part(ceiling, FULL);
        let refusal = is_full.then(|| {
            Refusal::from(format!(
                "memory is short: {live} rooms are alive, and the process has {} MiB of the {} MiB that it may have",
                resident >> 20,
                ceiling >> 20
            ))
        });
        Decision {
            evict: other.evict.max(by_memory),
            refusal: other.refusal.or(refusal),
        }
    }

    /// What a room costs, when all that were counted have `bytes`.
    fn cost(&self, bytes: u64) -> u64 {
        match self.counted {
            0 => COST,
            rooms => (bytes / rooms as u64).clamp(LEAST_COST, MOST_COST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn memory(look: u64, resident: u64, ceiling: u64) -> Option<Figures> {
        Some(Figures {
            look,
            resident: resident * MIB,
            owed: 0,
            ceiling: ceiling * MIB,
        })
    }

    fn places(most: usize) -> Places {
        let mut places = Places::new(RoomBound::given(most));
        places.decide(0, 0, 0, memory(1, 100, 16_000));
        places
    }

    #[test]
    fn few_rooms_are_left_alone() {
        let decision = places(1000).decide(100, 90, 0, memory(2, 300, 16_000));
        assert_eq!(
            decision,
            Decision {
                evict: 0,
                refusal: None
            }
        );
    }

    #[test]
    fn idle_rooms_have_a_share_by_what_rooms_cost() {
        let cost_4 = places(10_000).decide(800, 600, 0, memory(2, 3_300, 32_000));
        assert_eq!(cost_4.evict, 600 - 2048 / 4);
        let small_machine = places(10_000).decide(100, 90, 0, memory(2, 300, 1536));
        assert_eq!(small_machine.evict, 0, "192 MiB for 90 rooms of 2");
        let small_machine = places(10_000).decide(200, 190, 0, memory(2, 500, 1536));
        assert_eq!(small_machine.evict, 190 - 96);
    }

    #[test]
    fn short_memory_is_for_rooms_that_work() {
        let decision = places(10_000).decide(400, 30, 0, memory(2, 1200, 1536));
        assert_eq!(decision.evict, 30);
        assert_eq!(decision.refusal, None);
    }

    #[test]
    fn without_memory_there_is_no_place() {
        let decision = places(10_000).decide(500, 0, 0, memory(2, 1500, 1536));
        let refusal = decision.refusal.expect("it is full");
        let Refusal { text, more } = refusal;
        assert!(text.contains("1500 MiB of the 1536 MiB"), "{text}");
        assert_eq!(more, None);
    }

    /// The room that had too much takes a while to end.
    #[test]
    fn memory_that_is_about_to_come_back_is_a_place() {
        let memory = memory(2, 1700, 1536);
        let decide = |memory| places(10_000).decide(3, 0, 0, memory).refusal;
        assert!(decide(memory).is_some());
        let owed = |owed| {
            memory.map(|figures| Figures {
                owed: owed * MIB,
                ..figures
            })
        };
        assert!(decide(owed(100)).is_some(), "what is left is too much");
        assert_eq!(decide(owed(1500)), None);
    }

    /// What a room has left in its heap goes with it.
    #[test]
    fn rooms_that_make_way_are_places_for_as_many() {
        let full = memory(2, 1700, 1536);
        let decide = |idle, going| places(10_000).decide(3, idle, going, full);
        assert!(decide(0, 0).refusal.is_some());
        assert_eq!(decide(1, 0).refusal, None);
        assert_eq!(decide(1, 0).evict, 1);
        assert_eq!(decide(0, 1).refusal, None);
        let mut places = places(10_000);
        assert_eq!(places.decide(3, 0, 2, full).refusal, None);
        assert_eq!(places.decide(4, 0, 2, full).refusal, None);
        assert!(places.decide(5, 0, 2, full).refusal.is_some());
    }

    /// A burst is faster than looks at memory.
    #[test]
    fn rooms_made_since_the_last_look_count() {
        let mut places = places(10_000);
        assert_eq!(
            places.decide(300, 0, 0, memory(2, 1000, 1536)).refusal,
            None
        );
        assert_eq!(
            places.decide(400, 0, 0, memory(2, 1000, 1536)).refusal,
            None
        );
        let decision = places.decide(500, 0, 0, memory(2, 1000, 1536));
        assert!(decision.refusal.is_some(), "200 more of 3 MiB each");
    }

    #[test]
    fn the_systems_limit_holds_without_figures() {
        let mut places = Places::new(RoomBound::given(80));
        let decision = |live, idle, places: &mut Places| places.decide(live, idle, 0, None);
        assert_eq!(decision(69, 60, &mut places).evict, 0);
        assert_eq!(decision(75, 60, &mut places).evict, 6, "some are to spare");
        assert_eq!(decision(79, 0, &mut places).refusal, None);
        assert!(decision(80, 0, &mut places).refusal.is_some());
    }
}
