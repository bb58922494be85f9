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
    let text = match text.contains("ext:") {
        true => without_our_frames(&text),
        false => text,
    };
    host(state).console(Level::from_console(level), text);
}

#[op2(fast)]
pub fn op_pr_console_clear(state: &OpState) {
    host(state).console_clear();
}

/// Reports an exception of user code that nobody caught, as the console shows it.
#[op2(fast)]
pub fn op_pr_user_error(state: &OpState, #[string] context: &str, #[string] text: &str) {
    host(state).user_error(context, without_our_frames(text));
}

/// Causes of causes are told up to here.
const MAX_CAUSES: usize = 8;

/// An exception that ended the loading of user code: message and mapped stack, and those of its causes.
pub fn describe(error: &JsError) -> String {
    let causes = std::iter::successors(Some(error), |error| error.cause.as_deref());
    let told: Vec<_> = causes.take(MAX_CAUSES).map(describe_alone).collect();
    told.join("\nCaused by: ")
}

fn describe_alone(error: &JsError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Uncaught ").unwrap_or(&text);
    let is_ours = |line: &str| place(line).and_then(behind_ours).is_some();
    let mut lines: Vec<_> = text.lines().filter(|line| !is_ours(line)).collect();
    if error.stack.is_none() && error.frames.is_empty() {
        lines.push("(what was thrown is no Error, so it does not say where)");
    }
    lines.join("\n")
}

/// A text with stacks, without the frames of the runtime's own scripts: nobody can edit those.
fn without_our_frames(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        match place(line).and_then(behind_ours) {
            Some(rest) => kept.push_str(rest),
            None if number == 0 => kept.push_str(line),
            None => {
                kept.push('\n');
                kept.push_str(line);
            }
        }
    }
    kept
}

/// What a line of a stack says behind `at`; the line may be dimmed.
fn place(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("\u{1b}[90m").unwrap_or(line);
    line.trim_start().strip_prefix("at ")
}

/// What stands behind a place in a script of ours: the properties of an error open there.
fn behind_ours(place: &str) -> Option<&str> {
    let name = match place.strip_prefix("ext:") {
        Some(name) => name,
        None => place.split_once("(ext:")?.1,
    };
    let end = name.find([')', ' ', ',', '\u{1b}']).unwrap_or(name.len());
    let rest = &name[end..];
    Some(rest.strip_prefix(')').unwrap_or(rest))
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
pub fn op_pr_gate_pause(state: &OpState) {
    host(state).gate_pause();
}

#[op2(fast)]
pub fn op_pr_gate_resume(state: &OpState) {
    host(state).gate_resume();
}

#[op2(fast)]
pub fn op_pr_work_started(state: &OpState) {
    host(state).work_started();
}

#[op2(fast)]
pub fn op_pr_work_finished(state: &OpState) {
    host(state).work_finished();
}

/// Counts memory outside the heap that V8 does not count itself: so many bytes more, or fewer. Not a
/// fast op, as V8 may collect garbage.
#[op2(nofast)]
pub fn op_pr_outside_memory(scope: &mut v8::PinScope<'_, '_>, #[number] bytes: i64) {
    scope.adjust_amount_of_external_allocated_memory(bytes);
}

#[op2(fast)]
pub fn op_pr_reset(state: &OpState, #[string] reason: String) {
    host(state).reset(reason);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_runtime_are_left_out_and_what_follows_them_stays() {
        let text = "Error: x\n    at f (file:///p/a.ts:1:2)\n    at ext:partyrun/40_room.js:3:4\n    \
                    at g (ext:partyrun/40_room.js:5:6) {\n  code: 1\n}";
        let kept = "Error: x\n    at f (file:///p/a.ts:1:2) {\n  code: 1\n}";
        assert_eq!(without_our_frames(text), kept);
    }

    #[test]
    fn dimmed_frames_are_frames() {
        let text =
            "Error: x\n    at file:///p/a.ts:1:2\n\u{1b}[90m    at g (ext:a.js:5:6)\u{1b}[39m,";
        let kept = "Error: x\n    at file:///p/a.ts:1:2\u{1b}[39m,";
        assert_eq!(without_our_frames(text), kept);
    }

    #[test]
    fn what_is_no_frame_stays() {
        assert_eq!(
            without_our_frames("Error: x\n    at g (ext:a.js:5:6)"),
            "Error: x"
        );
        assert_eq!(without_our_frames("look at ext:a\nb"), "look at ext:a\nb");
    }
}
