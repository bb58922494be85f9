//! How V8 compiles a text as the body of a function: what is compiled once more in the same isolate is
//! found among what it has compiled, and code that was kept is taken, only if name, place and parameters
//! are the same. So all say them here.
//!
//! Never keeps a function or its code.

use deno_core::FastString;
use deno_core::v8;

/// What came of a text.
pub struct CompiledFunction<'s> {
    /// `None`: an exception is on its way.
    pub function: Option<v8::Local<'s, v8::Function>>,
    /// V8 does not take the code that was given with the text.
    pub is_code_refused: bool,
}

/// Compiles the body `text` of a function with `parameters`, or takes its `code`. V8 keeps `name` itself, and
/// nothing of a text that is static ASCII. `None`: the text is too long for V8.
pub fn compile_function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::String>,
    text: &FastString,
    parameters: &[&str],
    code: Option<&[u8]>,
) -> Option<CompiledFunction<'s>> {
    let text = text.v8_string(scope).ok()?;
    let origin = v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        false,
        None,
    );
    let mut names = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        // V8 has one string for all names that are the same, and looks for it anyway.
        let internalized = v8::NewStringType::Internalized;
        names.push(v8::String::new_from_utf8(
            scope,
            parameter.as_bytes(),
            internalized,
        )?);
    }
    let (mut source, options) = match code {
        Some(code) => (
            v8::script_compiler::Source::new_with_cached_data(
                text,
                Some(&origin),
                v8::CachedData::new(code),
            ),
            v8::script_compiler::CompileOptions::ConsumeCodeCache,
        ),
        None => (
            v8::script_compiler::Source::new(text, Some(&origin)),
            v8::script_compiler::CompileOptions::NoCompileOptions,
        ),
    };
    let function = v8::script_compiler::compile_function(
        scope,
        &mut source,
        &names,
        &[],
        options,
        v8::script_compiler::NoCacheReason::NoReason,
    );
    let cached = source.get_cached_data();
    Some(CompiledFunction {
        function,
        is_code_refused: cached.is_some_and(v8::CachedData::rejected),
    })
}
