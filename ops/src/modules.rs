//! CommonJS, JSON, text, bytes and WebAssembly as ops: what `61_modules.js` builds `require` from.
//! Which file a specifier means is decided by [`Modules`](crate::modules_interface::Modules).

use std::sync::Arc;

use deno_core::FastString;
use deno_core::OpState;
use deno_core::op2;
use deno_core::v8;

use crate::modules_interface::Required;
use crate::modules_interface::SharedModules;
use crate::script::CompiledFunction;
use crate::script::compile_function;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum ModulesOpError {
    #[class(type)]
    #[error("Cannot find this module in the project: `{0}`")]
    Unknown(String),
    #[class(range)]
    #[error("This file is too long for a string: `{0}`")]
    TooLong(String),
}

const FILE: &str = "file:";

fn modules(state: &OpState) -> Option<SharedModules> {
    state.try_borrow::<SharedModules>().cloned()
}

/// The URL of a CommonJS file, which most are; of all else a word that says what it is, a space, and the rest.
/// What the URL of a file starts with is no such word.
#[op2]
#[string]
pub fn op_pr_module_require(
    state: &OpState,
    #[string] referrer: &str,
    #[string] specifier: &str,
) -> String {
    let required = match modules(state) {
        Some(modules) => modules.require(referrer, specifier),
        None => Required::Missing(format!("Cannot find module '{specifier}'")),
    };
    match required {
        Required::CommonJs(url) if url.starts_with(FILE) => url,
        Required::CommonJs(url) => format!("common {url}"),
        Required::Es(url) => format!("es {url}"),
        Required::Json(url) => format!("json {url}"),
        Required::Text(url) => format!("text {url}"),
        Required::Wasm(url) => format!("wasm {url}"),
        Required::Bytes(url) => format!("bytes {url}"),
        Required::Builtin(url) => format!("builtin {url}"),
        Required::Empty => "empty ".to_owned(),
        Required::Missing(reason) => format!("missing {reason}"),
    }
}

/// The function that a CommonJS file is the body of. V8 keeps `name`, its URL, which is why no copy of it is
/// made. Throws V8's own `SyntaxError`.
#[op2]
pub fn op_pr_module_compile<'s, 'i>(
    state: &OpState,
    scope: &mut v8::PinScope<'s, 'i>,
    name: v8::Local<'s, v8::String>,
) -> Result<v8::Local<'s, v8::Value>, ModulesOpError> {
    let modules = modules(state);
    let url = name.to_rust_string_lossy(scope);
    let script = modules.as_ref().and_then(|modules| modules.script(&url));
    let (Some(modules), Some(script)) = (modules, script) else {
        return Err(ModulesOpError::Unknown(url));
    };
    let compiled = compile(scope, name, &script.text, script.code_cache)
        .ok_or(ModulesOpError::TooLong(url))?;
    if compiled.is_code_refused {
        modules.code_refused();
    }
    // Without a function there is an exception on its way.
    Ok(match compiled.function {
        Some(function) => function.into(),
        None => v8::undefined(scope).into(),
    })
}

/// V8's code of the function of a CommonJS file that has run in this isolate, with all that it called.
/// `None`: V8 cannot keep it.
pub fn code_of_function(
    scope: &mut v8::PinScope<'_, '_>,
    url: &str,
    text: &FastString,
) -> Option<v8::UniqueRef<v8::CachedData<'static>>> {
    let name = v8::String::new(scope, url)?;
    // V8 finds the text among those that it has compiled.
    compile(scope, name, text, None)?
        .function?
        .create_code_cache()
}

/// `None`: the text is too long.
fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::String>,
    text: &FastString,
    code_cache: Option<&'static [u8]>,
) -> Option<CompiledFunction<'s>> {
    const PARAMETERS: [&str; 5] = ["exports", "require", "module", "__filename", "__dirname"];
    compile_function(scope, name, text, &PARAMETERS, code_cache)
}

#[op2]
#[string]
pub fn op_pr_module_text(state: &OpState, #[string] url: &str) -> Result<String, ModulesOpError> {
    let text = modules(state).and_then(|modules| modules.text(url));
    let text = text.ok_or_else(|| ModulesOpError::Unknown(url.to_owned()))?;
    Ok(String::from(&*text))
}

/// A new `ArrayBuffer` with a file's bytes.
#[op2]
pub fn op_pr_module_bytes<'s, 'i>(
    state: &OpState,
    scope: &mut v8::PinScope<'s, 'i>,
    #[string] url: &str,
) -> Result<v8::Local<'s, v8::ArrayBuffer>, ModulesOpError> {
    let bytes: Option<Arc<[u8]>> = modules(state).and_then(|modules| modules.bytes(url));
    let bytes = bytes.ok_or_else(|| ModulesOpError::Unknown(url.to_owned()))?;
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes.to_vec()).make_shared();
    Ok(v8::ArrayBuffer::with_backing_store(scope, &store))
}

/// The `WebAssembly.Module` of a file; all isolates share its code. Throws V8's own `CompileError`.
#[op2]
pub fn op_pr_module_wasm<'s, 'i>(
    state: &OpState,
    scope: &mut v8::PinScope<'s, 'i>,
    #[string] url: &str,
) -> Result<v8::Local<'s, v8::Value>, ModulesOpError> {
    let wasm = modules(state).and_then(|modules| modules.wasm(url));
    let wasm = wasm.ok_or_else(|| ModulesOpError::Unknown(url.to_owned()))?;
    let module = match wasm.compiled.get() {
        Some(compiled) => v8::WasmModuleObject::from_compiled_module(scope, compiled),
        None => {
            let module = v8::WasmModuleObject::compile(scope, &wasm.bytes);
            if let Some(module) = &module {
                wasm.compiled.get_or_init(|| module.get_compiled_module());
            }
            module
        }
    };
    // Without a module there is an exception on its way.
    Ok(match module {
        Some(module) => module.into(),
        None => v8::undefined(scope).into(),
    })
}
