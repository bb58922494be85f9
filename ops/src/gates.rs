//! What holds a room's events back, keeps it alive and ends it, as ops.

use deno_core::OpState;
use deno_core::op2;

use crate::interface::SharedGates;

fn gates(state: &OpState) -> SharedGates {
    state.borrow::<SharedGates>().clone()
}

#[op2(fast)]
pub fn op_pr_gate_close(state: &OpState) {
    gates(state).gate_close();
}

#[op2(fast)]
pub fn op_pr_gate_open(state: &OpState) {
    gates(state).gate_open();
}

#[op2(fast)]
pub fn op_pr_gate_pause(state: &OpState) {
    gates(state).gate_pause();
}

#[op2(fast)]
pub fn op_pr_gate_resume(state: &OpState) {
    gates(state).gate_resume();
}

#[op2(fast)]
pub fn op_pr_work_started(state: &OpState) {
    gates(state).work_started();
}

#[op2(fast)]
pub fn op_pr_work_finished(state: &OpState) {
    gates(state).work_finished();
}

#[op2(fast)]
pub fn op_pr_reset(state: &OpState, #[string] reason: String) {
    gates(state).reset(reason);
}
