//! Owns how a JavaScript value becomes bytes and a value again: V8's structured clone format, version
//! 15, which is also what the original's files hold. It never decides where the bytes go.
//!
//! Objects of the web standards' classes are JavaScript objects here, so V8 would store them as plain
//! ones. They carry a brand by which they are told apart, and hooks in JavaScript describe the few
//! that can be stored and refuse the others.

use std::rc::Rc;

use bytes::Bytes;
use deno_core::v8;
use deno_core::v8::ValueDeserializerHelper;
use deno_core::v8::ValueSerializerHelper;

/// Precedes the description of an object by our hooks ("prun" in ASCII). The original numbers its
/// kinds of objects from 0, so that neither takes the other's for its own.
const DESCRIBED: u32 = 0x7072_756e;

/// What the isolate's JavaScript adds to V8's cloning.
pub(crate) struct CloneHooks {
    /// The property that every object of a web standard's class has.
    pub(crate) brand: v8::Global<v8::Symbol>,
    /// Gives a branded object's description, or throws the error that refuses it.
    pub(crate) describe: v8::Global<v8::Function>,
    /// Makes an object of its description.
    pub(crate) revive: v8::Global<v8::Function>,
    /// Makes a `DataCloneError` of a message.
    pub(crate) refusal: v8::Global<v8::Function>,
}

/// The value's bytes, or `None` with an exception pending.
pub(crate) fn serialize<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    hooks: &Rc<CloneHooks>,
    value: v8::Local<'s, v8::Value>,
) -> Option<Bytes> {
    v8::tc_scope!(let scope, scope);
    let serializer = v8::ValueSerializer::new(scope, Box::new(Writer(hooks.clone())));
    serializer.write_header();
    let written = serializer.write_value(scope.get_current_context(), value);
    if scope.has_caught() || scope.has_terminated() {
        scope.rethrow();
        return None;
    }
    debug_assert_eq!(written, Some(true), "V8 throws when it cannot write");
    // V8 grows its buffer in steps; what is kept for long should not keep the rest of the last one.
    Some(Bytes::from(serializer.release().into_boxed_slice()))
}

/// A new value made of bytes that [`serialize`] or the original wrote, or `None` with an exception
/// pending.
pub(crate) fn deserialize<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    hooks: &Rc<CloneHooks>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::Value>> {
    let context = scope.get_current_context();
    v8::tc_scope!(let scope, scope);
    let deserializer = v8::ValueDeserializer::new(scope, Box::new(Reader(hooks.clone())), bytes);
    let readable = deserializer.read_header(context).unwrap_or(false);
    let value = readable.then(|| deserializer.read_value(context)).flatten();
    if scope.has_caught() || scope.has_terminated() {
        scope.rethrow();
        return None;
    }
    if value.is_none() {
        throw(scope, "A stored value cannot be read: it is damaged");
        scope.rethrow();
    }
    value
}

struct Writer(Rc<CloneHooks>);

impl Writer {
    fn refuse(&self, scope: &mut v8::PinScope<'_, '_>, message: v8::Local<'_, v8::String>) {
        let refusal = v8::Local::new(scope, &self.0.refusal);
        let undefined = v8::undefined(scope);
        // A hook that fails has left its own exception.
        if let Some(error) = refusal.call(scope, undefined.into(), &[message.into()]) {
            scope.throw_exception(error);
        }
    }

    fn refuse_kind(&self, scope: &mut v8::PinScope<'_, '_>, kind: &str) {
        let message = text(scope, &format!("#<{kind}> could not be cloned."));
        self.refuse(scope, message);
    }
}

impl v8::ValueSerializerImpl for Writer {
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        self.refuse(scope, message);
    }

    fn has_custom_host_object(&self, _isolate: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Option<bool> {
        let brand = v8::Local::new(scope, &self.0.brand);
        object.has(scope, brand.into())
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        serializer: &dyn v8::ValueSerializerHelper,
    ) -> Option<bool> {
        let describe = v8::Local::new(scope, &self.0.describe);
        let undefined = v8::undefined(scope);
        let description = describe.call(scope, undefined.into(), &[object.into()])?;
        serializer.write_uint32(DESCRIBED);
        serializer.write_value(scope.get_current_context(), description)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        _buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        self.refuse_kind(scope, "SharedArrayBuffer");
        None
    }

    fn get_wasm_module_transfer_id(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        _module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        self.refuse_kind(scope, "Module");
        None
    }
}

struct Reader(Rc<CloneHooks>);

impl v8::ValueDeserializerImpl for Reader {
    fn read_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        deserializer: &dyn v8::ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        let mut kind = 0;
        if !deserializer.read_uint32(&mut kind) || kind != DESCRIBED {
            throw(
                scope,
                &format!(
                    "A stored value cannot be read: it holds an object of unknown kind: `{kind}`"
                ),
            );
            return None;
        }
        let description = deserializer.read_value(scope.get_current_context())?;
        // V8 forbids JavaScript while it reads; the hook only calls constructors of the standards.
        let scope = std::pin::pin!(v8::AllowJavascriptExecutionScope::new(scope));
        let scope = &mut scope.init();
        let revive = v8::Local::new(scope, &self.0.revive);
        let undefined = v8::undefined(scope);
        let revived = revive.call(scope, undefined.into(), &[description])?;
        revived.to_object(scope)
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        _scope: &mut v8::PinScope<'s, '_>,
        _id: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        None
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        _scope: &mut v8::PinScope<'s, '_>,
        _id: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        None
    }
}

fn throw(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    let message = text(scope, message);
    let error = v8::Exception::error(scope, message);
    scope.throw_exception(error);
}

fn text<'s>(scope: &mut v8::PinScope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new(scope, text).expect("the text is far shorter than V8's longest string")
}
