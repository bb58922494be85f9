//! `$262` and `print`: what test262 asks of a host, in any context. One run at a time per thread.

use std::cell::RefCell;

use deno_core::v8;

use crate::agents::{self, Agents};
use crate::javascript::string;

/// The two lines with which asynchronous tests end, of test262's `doneprintHandle.js`.
const COMPLETE: &str = "Test262:AsyncTestComplete";
const FAILURE: &str = "Test262:AsyncTestFailure:";

thread_local! {
    static RUN: RefCell<Run> = RefCell::default();
}

/// What the host knows of the run that is going on.
#[derive(Default)]
struct Run {
    /// The first thing that the test said of its end.
    said: Option<Result<(), String>>,
    agents: Agents,
    /// Whether contexts hold pointers of deno_core's, which new realms must hold as well.
    of_deno: bool,
}

/// Starts a run: everything that the last one left is gone. `of_deno`: its isolate is deno_core's.
pub fn begin(of_deno: bool) {
    let last = RUN.take();
    last.agents.end();
    RUN.with_borrow_mut(|run| run.of_deno = of_deno);
}

/// What an asynchronous test has said of its end so far.
pub fn said() -> Option<Result<(), String>> {
    RUN.with_borrow(|run| run.said.clone())
}

/// Gives the current context `$262` and `print`; returns the first.
pub fn install<'s>(scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Object> {
    let context = scope.get_current_context();
    let global = context.global(scope);
    let host = v8::Object::new(scope);
    method(scope, host, "createRealm", create_realm);
    method(scope, host, "detachArrayBuffer", detach_array_buffer);
    method(scope, host, "evalScript", eval_script);
    method(scope, host, "gc", collect_garbage);
    method(scope, host, "clearKeptObjects", clear_kept_objects);
    property(scope, host, "global", global.into());
    if let Some(constructor) = abstract_module_source(scope) {
        property(scope, host, "AbstractModuleSource", constructor);
    }
    let agent = v8::Object::new(scope);
    method(scope, agent, "start", start_agent);
    method(scope, agent, "broadcast", broadcast);
    method(scope, agent, "getReport", get_report);
    method(scope, agent, "sleep", agents::sleep);
    method(scope, agent, "monotonicNow", agents::monotonic_now);
    property(scope, host, "agent", agent.into());
    property(scope, global, "$262", host.into());
    method(scope, global, "print", print);
    host
}

/// Defines a hidden property.
pub fn property(
    scope: &mut v8::PinScope,
    object: v8::Local<v8::Object>,
    name: &str,
    value: v8::Local<v8::Value>,
) {
    let key = string(scope, name);
    object.define_own_property(scope, key.into(), value, v8::PropertyAttribute::DONT_ENUM);
}

/// Defines a hidden function.
pub fn method(
    scope: &mut v8::PinScope,
    object: v8::Local<v8::Object>,
    name: &str,
    callback: impl v8::MapFnTo<v8::FunctionCallback>,
) {
    let function = v8::Function::new(scope, callback).expect("no JavaScript runs that could throw");
    let text = string(scope, name);
    function.set_name(text);
    property(scope, object, name, function.into());
}

fn print(scope: &mut v8::PinScope, arguments: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    let line = arguments.get(0).to_rust_string_lossy(scope);
    let said = if line == COMPLETE {
        Ok(())
    } else if let Some(reason) = line.strip_prefix(FAILURE) {
        Err(reason.to_owned())
    } else {
        return;
    };
    RUN.with_borrow_mut(|run| {
        // Saying two things is a failure, whichever came first.
        run.said = Some(match run.said.take() {
            None => said,
            Some(Err(first)) => Err(first),
            Some(Ok(())) => Err("$DONE was called twice".to_owned()),
        });
    });
}

fn create_realm(
    scope: &mut v8::PinScope,
    _: v8::FunctionCallbackArguments,
    mut result: v8::ReturnValue,
) {
    let here = scope.get_current_context();
    let realm = v8::Context::new(scope, Default::default());
    // Otherwise neither could touch the other's global object.
    let token = here.get_security_token(scope);
    realm.set_security_token(token);
    if RUN.with_borrow(|run| run.of_deno) {
        share_state(here, realm);
    }
    let scope = &mut v8::ContextScope::new(scope, realm);
    let host = install(scope);
    result.set(host.into());
}

/// Lets deno_core's callbacks find in `realm` what they find in `here`.
fn share_state(here: v8::Local<v8::Context>, realm: v8::Local<v8::Context>) {
    for slot in [
        deno_core::CONTEXT_STATE_SLOT_INDEX,
        deno_core::MODULE_MAP_SLOT_INDEX,
    ] {
        let state = here.get_aligned_pointer_from_embedder_data(slot);
        // SAFETY: what the pointers point to belongs to the isolate's main realm, which deno_core ends
        // with the isolate; no JavaScript of `realm` runs after that.
        unsafe { realm.set_aligned_pointer_in_embedder_data(slot, state) };
    }
}

fn eval_script(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    mut result: v8::ReturnValue,
) {
    let Some(source) = arguments.get(0).to_string(scope) else {
        return;
    };
    // An exception of either step is the caller's.
    if let Some(script) = v8::Script::compile(scope, source, None)
        && let Some(value) = script.run(scope)
    {
        result.set(value);
    }
}

fn detach_array_buffer(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let detached = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0))
        .ok()
        .and_then(|buffer| buffer.is_detachable().then(|| buffer.detach(None)))
        .flatten();
    if detached != Some(true) {
        throw_type_error(scope, "This is no ArrayBuffer that can be detached");
    }
}

fn collect_garbage(scope: &mut v8::PinScope, _: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    scope.low_memory_notification();
}

fn clear_kept_objects(
    scope: &mut v8::PinScope,
    _: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    scope.clear_kept_objects();
}

/// The constructor that no global name leads to.
fn abstract_module_source<'s>(
    scope: &mut v8::PinScope<'s, '_>,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::tc_scope!(let scope, scope);
    let source = string(scope, "Object.getPrototypeOf(WebAssembly.Module)");
    let value = v8::Script::compile(scope, source, None)?.run(scope)?;
    let function = v8::Local::<v8::Function>::try_from(value).ok()?;
    let name = function.get_name(scope).to_rust_string_lossy(scope);
    (name == "AbstractModuleSource").then_some(value)
}

fn start_agent(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let source = arguments.get(0).to_rust_string_lossy(scope);
    if let Err(error) = RUN.with_borrow_mut(|run| run.agents.start(source)) {
        throw_type_error(scope, &format!("Cannot start an agent: {error}"));
    }
}

fn broadcast(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(arguments.get(0)) else {
        return throw_type_error(scope, "This is no SharedArrayBuffer");
    };
    let number = arguments.get(1).number_value(scope).unwrap_or(0.0);
    RUN.with_borrow(|run| run.agents.broadcast(&buffer.get_backing_store(), number));
}

fn get_report(
    scope: &mut v8::PinScope,
    _: v8::FunctionCallbackArguments,
    mut result: v8::ReturnValue,
) {
    match RUN.with_borrow(|run| run.agents.report()) {
        Some(text) => result.set(string(scope, &text).into()),
        None => result.set_null(),
    }
}

fn throw_type_error(scope: &mut v8::PinScope, text: &str) {
    let text = string(scope, text);
    let error = v8::Exception::type_error(scope, text);
    scope.throw_exception(error);
}
