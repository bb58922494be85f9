//! Errors whose texts are too long to be copied: V8 cannot make a stack that is longer than its longest
//! string, and deno_core, which makes them, ends the process then; and a text that was put together from
//! others is copied within the heap, which has no room for it.

use deno_core::v8;

/// Longest text, in characters, that is taken as it is.
const MAX_CHARACTERS: usize = 1 << 20;
/// Causes of causes are looked at up to here.
const MAX_CAUSES: usize = 8;
/// And what it inherits from.
const MAX_HOLDERS: usize = 16;

/// What stands for a text that is too long.
fn counted(length: usize) -> String {
    format!("(a text of {length} characters)")
}

/// A property of an error, asked for once. User code may have made it a getter, which may throw.
fn property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::tc_scope!(let scope, scope);
    let name = v8::String::new(scope, name).expect("a short string fits");
    object.get(scope, name.into())
}

fn too_long(value: Option<v8::Local<'_, v8::Value>>) -> Option<usize> {
    let text: v8::Local<v8::String> = value?.try_cast().ok()?;
    Some(text.length()).filter(|length| *length > MAX_CHARACTERS)
}

/// Whether a property gives the same value whenever it is asked for: it is no getter, of the error or of
/// what it inherits from.
fn is_plain<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    name: &str,
) -> bool {
    v8::tc_scope!(let scope, scope);
    let name = v8::String::new(scope, name).expect("a short string fits");
    let value = v8::String::new(scope, "value").expect("a short string fits");
    let mut holder = error;
    for _ in 0..MAX_HOLDERS {
        if holder.is_proxy() {
            return false;
        }
        let found = holder.get_own_property_descriptor(scope, name.into());
        if let Some(found) = found.and_then(|found| found.try_cast::<v8::Object>().ok()) {
            return found.has_own_property(scope, value.into()) == Some(true);
        }
        let next = holder.get_prototype(scope);
        match next.and_then(|next| next.try_cast::<v8::Object>().ok()) {
            Some(next) => holder = next,
            None => return true,
        }
    }
    false
}

/// What a stack is made for instead of `error`, when its texts are too long, or may be when they are
/// asked for again.
pub(super) fn short_stand_in<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let object = error.try_cast::<v8::Object>().ok()?;
    let texts = ["name", "message"].map(|key| (key, property(scope, object, key)));
    let is_short = texts.iter().all(|(_, text)| too_long(*text).is_none());
    if is_short && texts.iter().all(|(key, _)| is_plain(scope, object, key)) {
        return None;
    }
    let stand_in = v8::Object::new(scope);
    for (key, text) in texts {
        let text = match too_long(text) {
            Some(length) => v8::String::new(scope, &counted(length)).map(Into::into),
            None => text,
        };
        let key = v8::String::new(scope, key).expect("a short string fits");
        if let Some(text) = text {
            stand_in.set(scope, key.into(), text);
        }
    }
    Some(stand_in.into())
}

/// What is reported of an exception that is too long to be read, or whose causes are.
pub(super) fn described<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    exception: v8::Local<'s, v8::Value>,
) -> Option<String> {
    if let Some(length) = too_long(Some(exception)) {
        return Some(counted(length));
    }
    let mut error = exception;
    for _ in 0..MAX_CAUSES {
        if !error.is_native_error() {
            return None;
        }
        let object = error.try_cast::<v8::Object>().ok()?;
        for key in ["name", "message", "stack"] {
            let text = property(scope, object, key);
            if let Some(length) = too_long(text) {
                return Some(format!(
                    "An error whose {key} is too long: {}",
                    counted(length)
                ));
            }
        }
        error = property(scope, object, "cause")?;
    }
    None
}
