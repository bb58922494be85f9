//! A room's alarm as ops: what user code may ask of it, and the two ends of its handler. When it is
//! due, and when it is tried again, is the runtime's to know (specification, section 7.1).

use deno_core::OpState;
use deno_core::op2;

use crate::interface::SharedGates;
use crate::storage::StorageOpError;
use crate::storage_interface::AlarmEnd;
use crate::storage_interface::SharedStorage;

/// Stands for no alarm: the time of one is later.
const NONE: f64 = 0.0;

/// When the alarm is due, in milliseconds since 1970; 0 when there is none.
#[op2(fast)]
pub fn op_pr_alarm_get(state: &OpState) -> Result<f64, StorageOpError> {
    let alarm = state.borrow::<SharedStorage>().alarm()?;
    Ok(alarm.map_or(NONE, |at| at as f64))
}

/// Sets the alarm; 0 deletes it. `at` is a whole number, which JavaScript has made sure of.
#[op2(fast)]
pub fn op_pr_alarm_set(state: &OpState, at: f64) {
    let alarm = (at != NONE).then_some(at as i64);
    state.borrow::<SharedStorage>().set_alarm(alarm);
}

/// Whether the handler is to run for the alarm that was due at `at`.
#[op2(fast)]
pub fn op_pr_alarm_begin(state: &OpState, at: f64) -> bool {
    let begun = state.borrow::<SharedStorage>().begin_alarm(at as i64);
    match begun {
        Ok(true) => {
            state.borrow::<SharedGates>().alarm_begun();
            return true;
        }
        Ok(false) => state.borrow::<SharedGates>().alarm_ended(AlarmEnd::Settled),
        Err(_) => state
            .borrow::<SharedGates>()
            .alarm_ended(AlarmEnd::Unsettled),
    };
    false
}

/// The handler has ended.
#[op2(fast)]
pub fn op_pr_alarm_end(state: &OpState, succeeded: bool) {
    let storage = state.borrow::<SharedStorage>();
    let end = storage.end_alarm(succeeded);
    if !state.borrow::<SharedGates>().alarm_ended(end) {
        storage.set_alarm(None);
    }
}
