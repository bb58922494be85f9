//! Where the hands of an adjustable clock are, in whole milliseconds. Tells nobody.

use std::time::Instant;

use super::Earlier;

pub(super) struct Hands {
    /// What it showed at `since`; `None` for the system's time.
    wall: Option<i64>,
    /// What had passed by it at `since`.
    passed: i64,
    since: Instant,
    is_frozen: bool,
    /// Somebody leads it from one event to the next.
    pub is_led: bool,
    /// How often.
    pub leads: u64,
}

impl Default for Hands {
    fn default() -> Self {
        Hands {
            wall: None,
            passed: 0,
            since: Instant::now(),
            is_frozen: false,
            is_led: false,
            leads: 0,
        }
    }
}

impl Hands {
    fn elapsed(&self) -> i64 {
        if self.is_frozen {
            return 0;
        }
        i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    pub fn wall(&self, system: impl FnOnce() -> i64) -> i64 {
        match self.wall {
            None => system(),
            Some(wall) => wall.saturating_add(self.elapsed()),
        }
    }

    pub fn passed(&self) -> i64 {
        self.passed.saturating_add(self.elapsed())
    }

    pub fn is_controlled(&self) -> bool {
        self.wall.is_some()
    }

    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// Has it begin again from what it shows, some milliseconds later.
    fn move_by(&mut self, ahead: i64, system: i64) {
        let (wall, passed) = (self.wall(|| system), self.passed());
        self.wall = Some(wall.saturating_add(ahead));
        self.passed = passed.saturating_add(ahead);
        self.since = Instant::now();
    }

    pub fn freeze(&mut self, system: i64) {
        self.move_by(0, system);
        self.is_frozen = true;
    }

    pub fn set(&mut self, at: i64, system: i64) -> Result<(), Earlier> {
        let shown = self.wall(|| system);
        if at < shown {
            return Err(Earlier { shown, wanted: at });
        }
        self.move_by(at - shown, system);
        Ok(())
    }

    /// Shows `wall`, whatever it showed before; `None` is the system's time.
    pub fn begin(&mut self, wall: Option<i64>, is_frozen: bool) {
        self.resume();
        self.wall = wall;
        self.is_frozen = is_frozen;
    }

    pub fn resume(&mut self) {
        self.passed = self.passed();
        self.since = Instant::now();
        self.wall = None;
        self.is_frozen = false;
        self.is_led = false;
    }
}
