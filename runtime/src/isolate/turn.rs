//! A stretch of JavaScript, and how long it has taken. What a debugger makes it wait is not its own time.
//! Decides nothing.

use std::time::Instant;

use super::limits::Health;
use super::turn_stack::Frame;

/// A stretch of JavaScript.
pub(super) struct Turn {
    started: Instant,
    /// Since when a debugger holds it.
    paused: Option<Instant>,
    /// Where it was when last looked at; nothing before it is long.
    pub frames: Vec<Frame>,
    /// The user has been told that it is long.
    pub is_told: bool,
}

impl Turn {
    pub fn start() -> Self {
        Turn {
            started: Instant::now(),
            paused: None,
            frames: Vec::new(),
            is_told: false,
        }
    }

    /// When it would have begun had nothing held it; `None` while a debugger does.
    pub fn since(&self) -> Option<Instant> {
        self.paused.is_none().then_some(self.started)
    }

    /// Whether it computes since before `earliest`.
    pub fn is_older(&self, earliest: Instant) -> bool {
        self.since().is_some_and(|since| since < earliest)
    }

    pub fn pause(&mut self) {
        self.paused.get_or_insert_with(Instant::now);
    }

    pub fn resume(&mut self) {
        if let Some(paused) = self.paused.take() {
            self.started += paused.elapsed();
        }
    }
}

/// Ends a stretch of JavaScript when it is dropped.
pub struct TurnMark(pub(super) Health);

impl Drop for TurnMark {
    fn drop(&mut self) {
        self.0.end_turn();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_in_a_debugger_does_not_count() {
        let mut turn = Turn::start();
        let began = turn.since().expect("it computes");
        turn.pause();
        assert_eq!(turn.since(), None);
        assert!(!turn.is_older(Instant::now() + Duration::from_secs(9)));
        let paused = turn.paused.expect("it is held");
        turn.paused = paused.checked_sub(Duration::from_secs(5));
        turn.resume();
        let moved = turn.since().expect("it computes").duration_since(began);
        assert!(moved >= Duration::from_secs(5), "{moved:?}");
    }
}
