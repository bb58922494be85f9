//! Modules for V8 alone: files, and JSON by `with { type: "json" }`. A file is one module, however it
//! is named.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use deno_core::v8;

use crate::ending::{Ending, When};
use crate::javascript::{caught, string};

thread_local! {
    static MODULES: RefCell<Modules> = RefCell::default();
}

/// The modules of the isolate of this thread.
#[derive(Default)]
struct Modules {
    by_key: HashMap<Key, v8::Global<v8::Module>>,
    files: HashMap<v8::Global<v8::Module>, PathBuf>,
    /// What JSON modules export.
    values: HashMap<v8::Global<v8::Module>, v8::Global<v8::Value>>,
    imports: Vec<Import>,
}

/// A file, and what it is read as.
type Key = (PathBuf, Option<String>);

/// Answers the isolate's questions for modules.
pub fn install(isolate: &mut v8::Isolate) {
    isolate.set_host_import_module_dynamically_callback(import_dynamically);
}

/// Drops everything; call it before the isolate goes.
pub fn forget() {
    MODULES.take();
}

/// Loads, links and evaluates a file; returns the promise of its end.
///
/// # Errors
/// What V8 throws meanwhile.
pub fn evaluate(scope: &mut v8::PinScope, file: &Path) -> Result<v8::Global<v8::Promise>, Ending> {
    v8::tc_scope!(let scope, scope);
    let Some(module) = load(scope, (file.to_owned(), None)) else {
        return Err(caught(scope, When::Parse));
    };
    if module.instantiate_module(scope, resolve) != Some(true) {
        return Err(caught(scope, When::Resolution));
    }
    let Some(value) = module.evaluate(scope) else {
        return Err(caught(scope, When::Runtime));
    };
    let promise = v8::Local::<v8::Promise>::try_from(value)
        .expect("V8 evaluates modules to promises since there is top-level await");
    Ok(v8::Global::new(scope, promise))
}

/// A module, compiled when it is first asked for. `None` leaves an exception.
fn load<'s>(scope: &mut v8::PinScope<'s, '_>, key: Key) -> Option<v8::Local<'s, v8::Module>> {
    let known = MODULES.with_borrow(|modules| modules.by_key.get(&key).cloned());
    if let Some(known) = known {
        return Some(v8::Local::new(scope, &known));
    }
    let text = match std::fs::read(&key.0) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            let text = format!("Cannot read `{}`: {error}", key.0.display());
            let text = string(scope, &text);
            let error = v8::Exception::type_error(scope, text);
            scope.throw_exception(error);
            return None;
        }
    };
    let module = match key.1.as_deref() {
        None => compile(scope, &key.0, &text)?,
        Some("json") => json(scope, &text)?,
        Some(other) => {
            let text = string(scope, &format!("This type is not supported: `{other}`"));
            let error = v8::Exception::type_error(scope, text);
            scope.throw_exception(error);
            return None;
        }
    };
    let global = v8::Global::new(scope, module);
    MODULES.with_borrow_mut(|modules| {
        modules.files.insert(global.clone(), key.0.clone());
        modules.by_key.insert(key, global);
    });
    Some(module)
}

fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &Path,
    text: &str,
) -> Option<v8::Local<'s, v8::Module>> {
    let name = string(scope, &file.to_string_lossy());
    let origin = v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        0,
        None,
        false,
        false,
        true,
        None,
    );
    let text = string(scope, text);
    let mut source = v8::script_compiler::Source::new(text, Some(&origin));
    v8::script_compiler::compile_module(scope, &mut source)
}

fn json<'s>(scope: &mut v8::PinScope<'s, '_>, text: &str) -> Option<v8::Local<'s, v8::Module>> {
    let text = string(scope, text);
    let value = v8::json::parse(scope, text)?;
    let name = string(scope, "json");
    let default = string(scope, "default");
    let module = v8::Module::create_synthetic_module(scope, name, &[default], export_json);
    let (key, value) = (
        v8::Global::new(scope, module),
        v8::Global::new(scope, value),
    );
    MODULES.with_borrow_mut(|modules| modules.values.insert(key, value));
    Some(module)
}

fn export_json<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::callback_scope!(unsafe scope, context);
    let key = v8::Global::new(scope, module);
    let value = MODULES.with_borrow(|modules| modules.values.get(&key).cloned())?;
    let value = v8::Local::new(scope, &value);
    let default = string(scope, "default");
    module.set_synthetic_module_export(scope, default, value)?;
    let resolver = v8::PromiseResolver::new(scope)?;
    let undefined = v8::undefined(scope);
    resolver.resolve(scope, undefined.into());
    Some(resolver.get_promise(scope).into())
}

fn resolve<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    v8::callback_scope!(unsafe scope, context);
    let referrer = v8::Global::new(scope, referrer);
    let file = MODULES.with_borrow(|modules| modules.files.get(&referrer).cloned())?;
    // Key, value and position of each.
    let kind = attribute(scope, attributes, 3);
    let file = beside(&file, &specifier.to_rust_string_lossy(scope));
    load(scope, (file, kind))
}

/// The file that `specifier` means in `file`.
fn beside(file: &Path, specifier: &str) -> PathBuf {
    let path = file.parent().unwrap_or(file).join(specifier);
    path.canonicalize().unwrap_or(path)
}

/// The value of `type`; each attribute takes `width` elements.
fn attribute(
    scope: &mut v8::PinScope,
    attributes: v8::Local<v8::FixedArray>,
    width: usize,
) -> Option<String> {
    let text = |index: usize| {
        let data = attributes.get(scope, index)?;
        let value = v8::Local::<v8::Value>::try_from(data).ok()?;
        Some(value.to_rust_string_lossy(scope))
    };
    let mut indices = (0..attributes.length()).step_by(width);
    let index = indices.find(|index| text(*index).as_deref() == Some("type"))?;
    text(index + 1)
}

/// An `import()` under way.
struct Import {
    resolver: v8::Global<v8::PromiseResolver>,
    file: PathBuf,
    kind: Option<String>,
    /// Once the module is being evaluated.
    namespace: Option<v8::Global<v8::Value>>,
}

fn import_dynamically<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Data>,
    referrer: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let resolver = v8::PromiseResolver::new(scope)?;
    let referrer = PathBuf::from(referrer.to_rust_string_lossy(scope));
    let import = Import {
        resolver: v8::Global::new(scope, resolver),
        file: beside(&referrer, &specifier.to_rust_string_lossy(scope)),
        kind: attribute(scope, attributes, 2),
        namespace: None,
    };
    let number = MODULES.with_borrow_mut(|modules| {
        modules.imports.push(import);
        modules.imports.len() - 1
    });
    // Nothing of the module runs before the caller has gone on.
    let job = function(scope, number, import_now)?;
    scope.enqueue_microtask(job);
    Some(resolver.get_promise(scope))
}

/// A function that knows the number of an import.
fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    number: usize,
    callback: impl v8::MapFnTo<v8::FunctionCallback>,
) -> Option<v8::Local<'s, v8::Function>> {
    let number = v8::Number::new(scope, number as f64);
    v8::Function::builder(callback)
        .data(number.into())
        .build(scope)
}

/// The number that a function was made with.
fn number(scope: &mut v8::PinScope, arguments: &v8::FunctionCallbackArguments) -> usize {
    arguments.data().number_value(scope).unwrap_or(0.0) as usize
}

fn import_now(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let number = number(scope, &arguments);
    let (resolver, key) = MODULES.with_borrow(|modules| {
        let import = &modules.imports[number];
        (
            import.resolver.clone(),
            (import.file.clone(), import.kind.clone()),
        )
    });
    v8::tc_scope!(let scope, scope);
    let evaluated = load(scope, key).and_then(|module| {
        (module.instantiate_module(scope, resolve) == Some(true)).then_some(())?;
        Some((module, module.evaluate(scope)?))
    });
    let Some((module, evaluation)) = evaluated else {
        if let Some(error) = scope.exception() {
            scope.reset();
            v8::Local::new(scope, &resolver).reject(scope, error);
        }
        return;
    };
    let namespace = v8::Global::new(scope, module.get_module_namespace());
    MODULES.with_borrow_mut(|modules| modules.imports[number].namespace = Some(namespace));
    if let Ok(evaluation) = v8::Local::<v8::Promise>::try_from(evaluation)
        && let Some(fulfilled) = function(scope, number, fulfil)
        && let Some(rejected) = function(scope, number, reject)
    {
        evaluation.then2(scope, fulfilled, rejected);
    }
}

fn fulfil(scope: &mut v8::PinScope, arguments: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    let number = number(scope, &arguments);
    let (resolver, namespace) = MODULES.with_borrow(|modules| {
        let import = &modules.imports[number];
        (import.resolver.clone(), import.namespace.clone())
    });
    if let Some(namespace) = namespace {
        let namespace = v8::Local::new(scope, &namespace);
        v8::Local::new(scope, &resolver).resolve(scope, namespace);
    }
}

fn reject(scope: &mut v8::PinScope, arguments: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    let number = number(scope, &arguments);
    let resolver = MODULES.with_borrow(|modules| modules.imports[number].resolver.clone());
    v8::Local::new(scope, &resolver).reject(scope, arguments.get(0));
}
