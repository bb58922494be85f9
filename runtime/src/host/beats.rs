//! How an isolate goes by a clock that can be set: when its first timer is due, and what whoever leads the
//! clock has said. Never runs a timer.

use std::cell::{Cell, RefCell};
use std::task::Waker;

use tokio::sync::oneshot;

use partyrun_ops::interface::Time;

use super::IsolateHost;
use crate::call::{Beat, Stand};
use crate::time::{Clock, NextTimer, TimerPlace};

/// The beats of one isolate's host.
#[derive(Default)]
pub struct Beats {
    /// When the first timer is due, by what has passed.
    due: Cell<Option<i64>>,
    /// Where others see that, while the isolate runs.
    place: RefCell<Option<TimerPlace>>,
    ticks: Cell<usize>,
    asked: RefCell<Vec<oneshot::Sender<Stand>>>,
    turns: Cell<u64>,
}

impl Beats {
    pub fn take_in(&self, beat: Beat) {
        match beat {
            Beat::Tick => self.ticks.set(self.ticks.get() + 1),
            Beat::Ask(told) => self.asked.borrow_mut().push(told),
        }
    }

    /// Whether there is a tick that JavaScript has not had.
    pub fn take_tick(&self) -> bool {
        let ticks = self.ticks.get();
        self.ticks.set(ticks.saturating_sub(1));
        ticks > 0
    }

    /// Whether timers of JavaScript's wait.
    pub fn has_timers(&self) -> bool {
        self.due.get().is_some()
    }

    pub fn count_turn(&self) {
        self.turns.set(self.turns.get() + 1);
    }
}

impl IsolateHost {
    pub fn clock(&self) -> Clock {
        self.outside.borrow().clock.clone()
    }

    /// The isolate runs from here on: what it waits for counts.
    pub fn begin_beats(&self) {
        *self.beats.place.borrow_mut() = self.clock().timers().map(|timers| timers.place());
        self.publish();
    }

    /// The isolate is gone, with its timers.
    pub fn end_beats(&self) {
        self.beats.place.take();
        self.beats.due.set(None);
        self.beats.ticks.set(0);
    }

    /// Whether a timer's time has come.
    pub fn has_due_timer(&self) -> bool {
        let due = self.beats.due.get();
        due.is_some_and(|due| due <= self.clock().passed_ms())
    }

    /// Tells whoever has asked how it stands. Nothing is to be done for now, but for what waits in the owner
    /// if `has_work`.
    pub fn tell_stand(&self, has_work: bool, waker: &Waker) {
        let asked = std::mem::take(&mut *self.beats.asked.borrow_mut());
        if asked.is_empty() {
            return;
        }
        let due = self.beats.due.get();
        let stand = Stand {
            turns: self.beats.turns.get(),
            is_leaving: has_work
                || !self.output_gate.is_settled(waker)
                || !self.replies.borrow().is_empty()
                || !self.calls.borrow().is_empty()
                || (self.input_gate.is_open() && !self.inbox.is_empty())
                || (self.has_due_timer() && !self.clock().is_led()),
            is_busy: self.is_busy() && due.is_none(),
        };
        for told in asked {
            // Whoever asked may have given up.
            let _ = told.send(stand);
        }
    }

    fn publish(&self) {
        if let Some(place) = &*self.beats.place.borrow() {
            let room = self.key.borrow();
            let room = room
                .as_ref()
                .map(|key| (key.party.clone(), key.room.clone()));
            place.set(self.beats.due.get().map(|due| NextTimer { due, room }));
        }
    }
}

impl Time for IsolateHost {
    fn now_ms(&self) -> i64 {
        self.clock().now_ms()
    }

    fn is_controlled(&self) -> bool {
        self.clock().is_controlled()
    }

    fn passed_ms(&self) -> i64 {
        self.clock().passed_ms()
    }

    fn next_timer(&self, due: Option<i64>) -> Option<i64> {
        self.beats.due.set(due);
        self.publish();
        let wait = due? - self.clock().passed_ms();
        // Whoever leads the clock ticks; one that stands still comes to no later time by itself.
        let is_told = self.clock().is_led() || (wait > 0 && self.clock().is_frozen());
        (!is_told).then_some(wait.max(0))
    }
}
