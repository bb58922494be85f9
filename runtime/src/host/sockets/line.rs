//! Bad lines that a test asks for: what the room sends on such a connection is late, or lost. Close frames
//! are neither: a test closes connections apart from that.

use std::collections::VecDeque;
use std::time::Duration;

use crate::call::BadLine;
use crate::socket::Frame;

/// The state of a bad line.
pub(super) struct Line {
    line: BadLine,
    /// Of the generator that says what is lost.
    state: u64,
    /// With the turns that sent them.
    late: VecDeque<(Frame, u64)>,
}

impl Line {
    pub(super) fn new(line: BadLine) -> Self {
        Line {
            line,
            state: line.seed,
            late: VecDeque::new(),
        }
    }

    /// Becomes another one, or a good one. What is late stays so.
    pub(super) fn change(&mut self, line: Option<BadLine>) {
        const GOOD: BadLine = BadLine {
            delay_ms: 0,
            drop: 0.0,
            seed: 0,
        };
        self.line = line.unwrap_or(GOOD);
        self.state = self.line.seed;
    }

    /// The message that has been late for longest.
    pub(super) fn take_late(&mut self) -> Option<(Frame, u64)> {
        self.late.pop_front()
    }

    /// Whether a message is on its way.
    pub(super) fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whether the next message is lost: by SplitMix64, so that a seed says it for all times.
    fn loses(&mut self) -> bool {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let share = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        share < self.line.drop
    }

    /// Takes a message in, and says what becomes of it.
    pub(super) fn lets_pass(&mut self, frame: &Frame, turn: u64) -> Passage {
        if self.loses() {
            return Passage::Lost;
        }
        // Nothing overtakes what is late.
        if self.line.delay_ms == 0 && self.late.is_empty() {
            return Passage::Now;
        }
        self.late.push_back((frame.clone(), turn));
        Passage::After(Duration::from_millis(self.line.delay_ms))
    }
}

/// What becomes of a message.
pub(super) enum Passage {
    Now,
    After(Duration),
    Lost,
}
