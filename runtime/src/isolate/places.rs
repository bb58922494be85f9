//! Where the handlers of a party's rooms stand in their modules. Runs nothing of user code: a handler has no
//! place unless it is a plain method of the class, of what that extends, or of an object with handlers.

use deno_core::v8;

use super::Isolate;

/// Those in which a room can wait without end.
const HANDLERS: [&str; 2] = ["onRequest", "onAlarm"];
/// Classes above this many are not looked at.
const MOST_PARENTS: usize = 32;

/// A function in the text of a module that V8 has compiled; line and column are 1-based.
pub struct HandlerPlace {
    pub handler: &'static str,
    pub script: String,
    pub line: u32,
    pub column: u32,
}

impl Isolate {
    /// The places of a party's handlers. `export` is its default export.
    pub fn handler_places(&mut self, export: &v8::Global<v8::Value>) -> Vec<HandlerPlace> {
        deno_core::scope!(scope, &mut self.runtime);
        v8::tc_scope!(let scope, scope);
        let export = v8::Local::new(scope, export);
        let Some(rooms) = handlers_of(scope, export) else {
            return Vec::new();
        };
        let places = HANDLERS.iter().filter_map(|handler| {
            let function = method(scope, rooms, handler)?;
            let script = function.get_script_origin(scope);
            Some(HandlerPlace {
                handler,
                script: script.resource_name()?.to_rust_string_lossy(scope),
                line: function.get_script_line_number()? + 1,
                column: function.get_script_column_number()? + 1,
            })
        });
        places.collect()
    }
}

/// What has the handlers of rooms: what the instances of a class inherit, or the object that is no class.
fn handlers_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    export: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    match export.try_cast::<v8::Function>() {
        Ok(class) => value(scope, class.into(), "prototype")?.try_into().ok(),
        Err(_) => export.try_into().ok(),
    }
}

/// The value of an own property; `None` for one that has a getter.
fn value<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    if object.is_proxy() {
        return None;
    }
    let name = v8::String::new(scope, name)?;
    let descriptor = object.get_own_property_descriptor(scope, name.into())?;
    let descriptor: v8::Local<v8::Object> = descriptor.try_into().ok()?;
    let value = v8::String::new(scope, "value")?;
    descriptor.get(scope, value.into())
}

fn method<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    rooms: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Function>> {
    let mut object = rooms;
    for _ in 0..MOST_PARENTS {
        let found = value(scope, object, name);
        if let Some(function) = found.and_then(|found| found.try_into().ok()) {
            return Some(function);
        }
        if object.is_proxy() {
            return None;
        }
        object = object.get_prototype(scope)?.try_into().ok()?;
    }
    None
}
