//! V8's side of running a text: compile, run, name what was thrown. Knows nothing of tests.

use deno_core::v8;

use crate::ending::{Ending, When};

/// A string of V8's.
pub fn string<'s>(scope: &v8::PinScope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new(scope, text).expect("the text is shorter than V8's longest")
}

/// Compiles and runs a script in the current context; returns its value.
///
/// # Errors
/// What was thrown, at `parse` or at `run`.
pub fn run_script(
    scope: &mut v8::PinScope,
    name: &str,
    source: &str,
    (parse, run): (When, When),
) -> Result<v8::Global<v8::Value>, Ending> {
    v8::tc_scope!(let scope, scope);
    let resource = string(scope, name);
    let origin = v8::ScriptOrigin::new(
        scope,
        resource.into(),
        0,
        0,
        false,
        0,
        None,
        false,
        false,
        false,
        None,
    );
    let source = string(scope, source);
    let Some(script) = v8::Script::compile(scope, source, Some(&origin)) else {
        return Err(caught(scope, parse));
    };
    match script.run(scope) {
        Some(value) => Ok(v8::Global::new(scope, value)),
        None => Err(caught(scope, run)),
    }
}

/// What a scope has caught.
pub fn caught(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
    when: When,
) -> Ending {
    match scope.exception() {
        Some(exception) if !scope.has_terminated() => {
            scope.reset();
            thrown(scope, exception, when)
        }
        _ => Ending::Broken("It was stopped: it took too long or too much memory".to_owned()),
    }
}

/// An exception as an ending. Its getters may run code of the test.
pub fn thrown(scope: &mut v8::PinScope, exception: v8::Local<v8::Value>, when: When) -> Ending {
    v8::tc_scope!(let scope, scope);
    Ending::Threw {
        when,
        kind: constructor_name(scope, exception).unwrap_or_else(|| "no object".to_owned()),
        message: message(scope, exception),
    }
}

fn constructor_name(scope: &mut v8::PinScope, value: v8::Local<v8::Value>) -> Option<String> {
    let object = v8::Local::<v8::Object>::try_from(value).ok()?;
    let key = string(scope, "constructor");
    let constructor = object.get(scope, key.into())?;
    let constructor = v8::Local::<v8::Object>::try_from(constructor).ok()?;
    let key = string(scope, "name");
    let name = constructor.get(scope, key.into())?;
    Some(name.to_rust_string_lossy(scope))
}

fn message(scope: &mut v8::PinScope, value: v8::Local<v8::Value>) -> String {
    let own = v8::Local::<v8::Object>::try_from(value)
        .ok()
        .and_then(|object| {
            let key = string(scope, "message");
            object.get(scope, key.into())
        });
    let shown = own
        .filter(|message| !message.is_undefined())
        .unwrap_or(value);
    match shown.to_string(scope) {
        Some(text) => text.to_rust_string_lossy(scope),
        None => "its text cannot be had".to_owned(),
    }
}
