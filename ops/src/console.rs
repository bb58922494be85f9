//! What user code and its exceptions put on the console. How an exception reads is decided here; where
//! it is printed is for [`Console`](crate::interface::Console) to know.

use deno_core::OpState;
use deno_core::error::JsError;
use deno_core::op2;
use deno_core::v8;

use crate::interface::FunctionPlace;
use crate::interface::Level;
use crate::interface::SharedConsole;

fn console(state: &OpState) -> SharedConsole {
    state.borrow::<SharedConsole>().clone()
}

#[op2(fast)]
pub fn op_pr_console(state: &OpState, #[string] text: String, #[smi] level: i32) {
    console(state).console(Level::from_console(level), text);
}

#[op2(fast)]
pub fn op_pr_console_clear(state: &OpState) {
    console(state).console_clear();
}

/// Reports an exception of user code that nobody caught, as the console shows it.
#[op2(fast)]
pub fn op_pr_user_error(state: &OpState, #[string] context: &str, #[string] text: String) {
    console(state).user_error(context, text);
}

/// Warns of `subject`, at its place if it is a function. `name` is what it is called where it is written.
#[op2(fast)]
pub fn op_pr_warn_of(
    state: &OpState,
    scope: &mut v8::PinScope<'_, '_>,
    subject: v8::Local<'_, v8::Value>,
    #[string] name: String,
    #[string] text: String,
) {
    let place = function_place(scope, subject, name).unwrap_or_default();
    console(state).warn_of(place, text);
}

/// Where a function stands in the text that V8 has; `None` of what is none, and of the platform's own.
pub(crate) fn function_place(
    scope: &mut v8::PinScope<'_, '_>,
    subject: v8::Local<'_, v8::Value>,
    name: String,
) -> Option<FunctionPlace> {
    let function = subject.try_cast::<v8::Function>().ok()?;
    let file = function.get_script_origin(scope).resource_name()?;
    Some(FunctionPlace {
        file: file.to_rust_string_lossy(scope),
        line: function.get_script_line_number()? + 1,
        column: function.get_script_column_number()? + 1,
        name,
    })
}

/// Tells the developer, once for each kind, what happens to this room.
#[op2(fast)]
pub fn op_pr_tell_once(state: &OpState, #[string] kind: &str, #[string] text: &str) {
    console(state).tell_once(kind, text);
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
    let mut lines: Vec<_> = text.lines().filter(|line| !is_our_frame(line)).collect();
    if error.stack.is_none() && error.frames.is_empty() {
        lines.push("(what was thrown is no Error, so it does not say where)");
    }
    lines.join("\n")
}

/// Whether a line of a stack names one of the runtime's own scripts, which nobody can edit. Stacks of
/// errors have none; V8 writes them for what is thrown and is no error.
fn is_our_frame(line: &str) -> bool {
    let place = line.trim_start().strip_prefix("at ");
    place.is_some_and(|place| place.starts_with("ext:") || place.contains("(ext:"))
}

/// Prints a message that is printed once in the life of the process.
#[op2(fast)]
pub fn op_pr_say_once(state: &OpState, #[string] text: &str, #[smi] level: i32) {
    console(state).say_once(Level::from_console(level), text);
}

#[op2(fast)]
pub fn op_pr_is_inspected(state: &OpState) -> bool {
    console(state).is_inspected()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_runtime_are_told_from_others() {
        assert!(is_our_frame("    at ext:partyrun/40_room.js:3:4"));
        assert!(is_our_frame("    at g (ext:partyrun/40_room.js:5:6)"));
        assert!(!is_our_frame("    at f (file:///p/a.ts:1:2)"));
        assert!(!is_our_frame("look at ext:a"));
    }
}
