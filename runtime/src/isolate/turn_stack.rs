//! Where JavaScript is at the moment: frames that an interrupt reads, and how they are told to a
//! person. Never runs JavaScript, and decides nothing about what it finds.

use std::fmt::Write;

use deno_core::{JsRuntime, v8};

use crate::modules::ModuleGraph;

/// Maximum number of frames reported; V8's default for errors.
const MAX_FRAMES: usize = 10;
/// Most frames that are looked at for them: those of the runtime's own scripts are left out.
const MAX_DEPTH: usize = 64;
/// What the names of those scripts start with.
const OWN_SCHEME: &str = "ext:";

/// A call that has not returned, in a script of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Empty outside of functions, and in those without a name.
    function: String,
    script: String,
    line: u32,
    column: u32,
}

impl Frame {
    /// `<file>:<line>:<column>`, as the user wrote it.
    pub fn place(&self, graph: &ModuleGraph) -> String {
        let (line, column) = graph
            .original_position(&self.script, self.line, self.column)
            .unwrap_or((self.line, self.column));
        format!("{}:{line}:{column}", self.script)
    }
}

/// `frames` as the stack of an error: a line each, which starts with a line feed.
pub fn describe(frames: &[Frame], graph: &ModuleGraph) -> String {
    let mut text = String::new();
    for frame in frames {
        let place = frame.place(graph);
        let written = match frame.function.as_str() {
            "" => write!(text, "\n    at {place}"),
            function => write!(text, "\n    at {function} ({place})"),
        };
        written.expect("a String takes everything");
    }
    text
}

/// The context in which a scope for reading the stack is made. It is kept by the isolate.
struct Home(v8::Global<v8::Context>);

/// Has the stacks of an isolate be readable.
pub fn prepare(runtime: &mut JsRuntime) {
    let home = Home(runtime.main_context());
    runtime.v8_isolate().set_slot(home);
}

/// What runs in the isolate, innermost first. Nothing when [`prepare`] has not been called.
///
/// # Safety
/// V8 must be calling back, on the isolate's thread.
pub unsafe fn current(isolate: &mut v8::Isolate) -> Vec<Frame> {
    let Some(home) = isolate.get_slot::<Home>().map(|home| home.0.clone()) else {
        return Vec::new();
    };
    // SAFETY: by this function's own condition.
    v8::callback_scope!(unsafe scope, isolate);
    let context = v8::Local::new(scope, home);
    let scope = &mut v8::ContextScope::new(scope, context);
    let Some(stack) = v8::StackTrace::current_stack_trace(scope, MAX_DEPTH) else {
        return Vec::new();
    };
    let frames = (0..stack.get_frame_count()).filter_map(|index| {
        let frame = stack.get_frame(scope, index)?;
        let script = frame.get_script_name(scope)?.to_rust_string_lossy(scope);
        if script.starts_with(OWN_SCHEME) {
            return None;
        }
        let name = frame.get_function_name(scope);
        let name = name.map_or_else(String::new, |name| name.to_rust_string_lossy(scope));
        Some(Frame {
            function: match frame.is_constructor() {
                true => format!("new {name}"),
                false => name,
            },
            script,
            line: u32::try_from(frame.get_line_number()).unwrap_or(0),
            column: u32::try_from(frame.get_column()).unwrap_or(0),
        })
    });
    frames.take(MAX_FRAMES).collect()
}
