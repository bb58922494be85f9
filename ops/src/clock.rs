//! The clock of an isolate as ops: what time it is, and when it next wants to be called. JavaScript asks for
//! more than the time only where the clock can be told to show another one.

use std::time::{SystemTime, UNIX_EPOCH};

use deno_core::OpState;
use deno_core::op2;

use crate::interface::SharedTime;

/// Stands for no timer, and for no need to wait for one: no time is below zero.
const NONE: f64 = -1.0;

fn time(state: &OpState) -> Option<&SharedTime> {
    state.try_borrow::<SharedTime>()
}

/// Milliseconds since 1970, by the clock that the isolate goes by.
#[op2(fast)]
pub fn op_pr_clock_now(state: &OpState) -> f64 {
    match time(state) {
        Some(time) => time.now_ms() as f64,
        None => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0.0, |since| since.as_millis() as f64)
        }
    }
}

/// Whether it shows another time than the system's.
#[op2(fast)]
pub fn op_pr_clock_is_controlled(state: &OpState) -> bool {
    time(state).is_some_and(|time| time.is_controlled())
}

/// Milliseconds that have passed by it, which never go back.
#[op2(fast)]
pub fn op_pr_clock_passed(state: &OpState) -> f64 {
    time(state).map_or(0.0, |time| time.passed_ms() as f64)
}

/// Says when the first timer is due, -1 for none. Returns the real milliseconds to wait for it, -1 if it is
/// told when its time has come.
#[op2(fast)]
pub fn op_pr_clock_next(state: &OpState, due: f64) -> f64 {
    let due = (due >= 0.0).then_some(due as i64);
    let wait = time(state).and_then(|time| time.next_timer(due));
    wait.map_or(NONE, |wait| wait as f64)
}
