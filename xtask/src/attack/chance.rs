//! Random numbers that are the same for the same seed. Good enough to choose by, and nothing else.

use std::ops::Range;
use std::time::Duration;

pub struct Chance(u64);

impl Chance {
    /// `stream` tells apart what uses the same seed at the same time.
    pub fn new(seed: u64, stream: u64) -> Chance {
        let mut chance = Chance(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        chance.number();
        chance
    }

    /// Splitmix, by Steele, Lea and Flood.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    pub fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(range.start + self.below(range.end - range.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_a_stream_tells_apart() {
        let numbers = |seed, stream| {
            let mut chance = Chance::new(seed, stream);
            [chance.number(), chance.number(), chance.number()]
        };
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(1, 3));
        assert_ne!(numbers(1, 2), numbers(2, 2));
        let mut chance = Chance::new(7, 0);
        assert!((0..1000).all(|_| (3..9).contains(&chance.millis(3..9).as_millis())));
    }
}
