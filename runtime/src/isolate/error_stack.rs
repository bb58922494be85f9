//! What `error.stack` tells: the frames of user code and of modules that have names of Node.js. Those
//! of the runtime's own scripts nobody can edit, and programs send stacks to their clients and to
//! services that collect errors.
//!
//! V8 asks for a stack with its first reader, so that errors nobody looks at cost nothing.

use deno_core::error::prepare_stack_trace_callback;
use deno_core::v8;

use super::long_error::short_stand_in;

/// The scheme of the runtime's scripts and of those it is built on.
const OURS: &str = "ext:";

/// Answers V8 for an isolate whose stacks leave out our frames.
pub(super) fn prepare<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    error: v8::Local<'s, v8::Value>,
    frames: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
    let mut kept = Vec::with_capacity(frames.length() as usize);
    for index in 0..frames.length() {
        match frames.get_index(scope, index) {
            Some(frame) if !is_ours(scope, frame) => kept.push(frame),
            _ => {}
        }
    }
    let frames = match kept.len() == frames.length() as usize {
        true => frames,
        false => v8::Array::new_with_elements(scope, &kept),
    };
    let error = short_stand_in(scope, error).unwrap_or(error);
    prepare_stack_trace_callback(scope, error, frames)
}

fn is_ours(scope: &mut v8::PinScope<'_, '_>, frame: v8::Local<'_, v8::Value>) -> bool {
    // User code can reach the methods of frames, and replace them by what throws.
    v8::tc_scope!(let scope, scope);
    let name = v8::String::new(scope, "getFileName").expect("a short string fits");
    let file = frame
        .to_object(scope)
        .and_then(|frame| frame.get(scope, name.into()))
        .and_then(|method| method.try_cast::<v8::Function>().ok())
        .and_then(|method| method.call(scope, frame, &[]))
        .and_then(|file| file.try_cast::<v8::String>().ok());
    file.is_some_and(|file| file.to_rust_string_lossy(scope).starts_with(OURS))
}
