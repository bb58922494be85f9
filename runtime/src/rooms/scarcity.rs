//! What is told, once each, when rooms in use are about to be as many as there can be, by number or by memory.
//! Decides nothing.

use super::bounds::RoomBound;

/// Of the rooms that there may be, so many in use are told of.
const SCARCE: (usize, usize) = (3, 4);
/// Fewer rooms in use than this are not what memory is short for.
const MANY: u64 = 64;

#[derive(Default)]
pub(super) struct Scarcity {
    is_number_told: bool,
    is_memory_told: bool,
}

/// What rooms in use have of memory, in bytes.
pub(super) struct Share {
    /// The process without rooms.
    pub before: u64,
    /// One room.
    pub cost: u64,
    /// What the process may have before idle rooms are not kept, and before there is no new room.
    pub short: u64,
    pub full: u64,
}

impl Scarcity {
    /// What to tell if there are `in_use` rooms that could not go.
    pub fn news(
        &mut self,
        in_use: usize,
        most: &RoomBound,
        share: Option<Share>,
    ) -> Option<String> {
        self.of_number(in_use, most)
            .or_else(|| self.of_memory(in_use as u64, &share?))
    }

    fn of_number(&mut self, in_use: usize, most: &RoomBound) -> Option<String> {
        let (part, whole) = SCARCE;
        if self.is_number_told || most.is_given() || in_use < (most.rooms / whole * part).max(1) {
            return None;
        }
        self.is_number_told = true;
        Some(format!(
            "{in_use} rooms are in use at once, and requests that need more rooms than there can be get 503. Rooms \
             alive at once: at most {most}"
        ))
    }

    fn of_memory(&mut self, in_use: u64, share: &Share) -> Option<String> {
        let Share {
            before,
            cost,
            short,
            full,
        } = share;
        let taken = in_use.saturating_mul(*cost).saturating_add(*before);
        if self.is_memory_told || in_use < MANY || taken <= *short {
            return None;
        }
        self.is_memory_told = true;
        Some(format!(
            "{in_use} rooms are in use at once and have about {} MiB each, and requests that need more rooms than fit \
             into memory get 503. Memory that the process may have for that: {} MiB",
            cost >> 20,
            full >> 20,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn bound() -> RoomBound {
        RoomBound::by(Some(65_530), None, None)
    }

    fn share(cost: u64) -> Share {
        Share {
            before: 20 * MIB,
            cost: cost * MIB,
            short: 750 * MIB,
            full: 900 * MIB,
        }
    }

    #[test]
    fn three_quarters_of_the_rooms_are_told_of_once_with_the_limit() {
        let mut scarcity = Scarcity::default();
        assert_eq!(scarcity.news(2045, &bound(), None), None);
        let told = scarcity.news(2046, &bound(), None);
        assert_eq!(
            told.as_deref(),
            Some(
                "2046 rooms are in use at once, and requests that need more rooms than there can be get 503. Rooms \
                 alive at once: at most 2730. It comes from `vm.max_map_count`, which is 65530; for more: `sudo \
                 sysctl -w vm.max_map_count=262120`"
            )
        );
        assert_eq!(scarcity.news(2730, &bound(), None), None);
    }

    #[test]
    fn a_number_that_was_given_is_known() {
        let mut scarcity = Scarcity::default();
        assert_eq!(scarcity.news(10, &RoomBound::given(10), None), None);
    }

    #[test]
    fn memory_that_rooms_in_use_have_is_told_of_once() {
        let mut scarcity = Scarcity::default();
        let mut news = |in_use, cost| scarcity.news(in_use, &bound(), Some(share(cost)));
        assert_eq!(news(182, 4), None);
        assert_eq!(news(60, 16), None, "a few large ones are not many rooms");
        assert_eq!(
            news(183, 4).as_deref(),
            Some(
                "183 rooms are in use at once and have about 4 MiB each, and requests that need more rooms than fit \
                 into memory get 503. Memory that the process may have for that: 900 MiB"
            )
        );
        assert_eq!(news(200, 4), None);
    }
}
