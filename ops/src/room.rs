//! What a room or worker isolate tells its thread: console output, exceptions, the gate, and work
//! that outlives a handler.

use deno_core::OpState;
use deno_core::error::JsError;
use deno_core::op2;
use deno_core::v8;

use crate::interface::Level;
use crate::interface::SharedHost;

fn host(state: &OpState) -> SharedHost {
    state.borrow::<SharedHost>().clone()
}

#[op2(fast)]
pub fn op_pr_console(state: &OpState, #[string] text: String, #[smi] level: i32) {
    host(state).console(Level::from_console(level), text);
}

/// Formats an exception of user code with its source-mapped stack and reports it.
#[op2(fast, reentrant)]
pub fn op_pr_user_error<'s, 'i>(
    state: &OpState,
    scope: &mut v8::PinScope<'s, 'i>,
    #[string] context: &str,
    error: v8::Local<'s, v8::Value>,
) {
    let error = JsError::from_v8_exception(scope, error);
    host(state).user_error(context, describe(&error));
}

/// An exception as a terminal shows it: message, mapped stack, causes. Frames of the runtime's own
/// scripts are left out, unless there are no others: nobody can edit those.
pub fn describe(error: &JsError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Uncaught ").unwrap_or(&text);
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let is_ours = |line: &str| line.contains("(ext:") || line.trim_start().starts_with("at ext:");
    if !text.lines().any(|line| is_frame(line) && !is_ours(line)) {
        return text.to_owned();
    }
    let kept = text
        .lines()
        .filter(|line| !(is_frame(line) && is_ours(line)));
    kept.collect::<Vec<_>>().join("\n")
}

/// An id for a connection that brings none: a random UUID (section 2.6).
#[op2]
#[string]
pub fn op_pr_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[op2(fast)]
pub fn op_pr_gate_close(state: &OpState) {
    host(state).gate_close();
}

#[op2(fast)]
pub fn op_pr_gate_open(state: &OpState) {
    host(state).gate_open();
}

#[op2(fast)]
pub fn op_pr_work_started(state: &OpState) {
    host(state).work_started();
}

#[op2(fast)]
pub fn op_pr_work_finished(state: &OpState) {
    host(state).work_finished();
}

#[op2(fast)]
pub fn op_pr_reset(state: &OpState, #[string] reason: String) {
    host(state).reset(reason);
}
